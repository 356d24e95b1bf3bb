#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# RFC 7915, 5.6: what has a route of its own inside pool6 is forwarded as it is.
#
#	client ---------- router ---------- server
#	2001:db8::8       203.0.113.1       192.0.2.24, 192.0.2.25
#	                                    64:ff9b::192.0.2.25, 64:ff9b::192.0.2.99

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
setup_instance "$router" 203.0.113.1
on "$router" sysctl -qw net.ipv6.conf.all.forwarding=1
on "$server" sysctl -qw net.ipv6.conf.all.disable_ipv6=0
ip -n "$router" addr add 2001:db8:1::1/64 dev wan nodad
ip -n "$server" addr add 2001:db8:1::24/64 dev eth0 nodad
for addr in 25 99; do ip -n "$server" addr add 64:ff9b::192.0.2.$addr/128 dev lo nodad; done
ip -n "$server" route add default via 2001:db8:1::1
serve "$server" udp '192.0.2.24#7' '192.0.2.25#7' '192.0.2.99#7' '64:ff9b::192.0.2.25#7' \
	'64:ff9b::192.0.2.99#7'

# seen ADDRESS PORT: whom the server at 64:ff9b::ADDRESS takes the client for
seen() { ask "$client" udp -s "2001:db8::8#$2" "64:ff9b::$1#7" | cut -d' ' -f2; }
translated='203\.0\.113\.1#.*'

like "without such a route all is translated" "$(seen 192.0.2.24 4000)" "$translated"

ip -n "$router" route add 64:ff9b::/96 via 2001:db8:1::24
like "a route to the prefix itself changes nothing" "$(seen 192.0.2.24 4001)" "$translated"

ip -n "$router" route add 64:ff9b::192.0.2.25/128 via 2001:db8:1::24
snapshot
is "what has a route of its own is forwarded" "$(seen 192.0.2.25 4002)" '2001:db8::8#4002'
counters "and not counted"
like "the neighbour of it is translated" "$(seen 192.0.2.24 4003)" "$translated"
like "so is what is beyond that route" "$(seen 192.0.2.99 4004)" "$translated"

ip -n "$router" route add 64:ff9b::192.0.2.96/123 via 2001:db8:1::24
is "a longer prefix is enough" "$(seen 192.0.2.99 4005)" '2001:db8::8#4005'
like "a flow that is translated goes on" "$(seen 192.0.2.99 4004)" "$translated"

ip -n "$router" route del 64:ff9b::192.0.2.25/128
like "without it it is translated again" "$(seen 192.0.2.25 4006)" "$translated"

# RFC 6888, R6: not for all ports, either.
if ip -n "$router" -6 rule add ipproto udp dport 8 lookup 8 2> "$tmp/rule"; then
	ip -n "$router" route add 64:ff9b::192.0.2.25/128 via 2001:db8:1::24 table 8
	serve "$server" udp '192.0.2.25#8' '64:ff9b::192.0.2.25#8'
	is "a rule's port is forwarded" \
		"$(ask "$client" udp -s '2001:db8::8#4008' '64:ff9b::192.0.2.25#8' | cut -d' ' -f2)" \
		'2001:db8::8#4008'
	like "other ports are translated" "$(seen 192.0.2.25 4008)" "$translated"
else
	skip "a rule's port is forwarded" "$(head -n 1 "$tmp/rule")"
fi

ip -n "$router" addr add 64:ff9b::192.0.2.200/128 dev lo nodad
check "an address of the box's own answers for itself" \
	on "$client" ping -c 1 -W 10 64:ff9b::192.0.2.200

ip -n "$router" route add 64:ff9b::192.0.2.25/128 via 2001:db8:1::24
is "of the box itself, too" \
	"$(ask "$router" udp -s '2001:db8:1::1#4007' '64:ff9b::192.0.2.25#7' | cut -d' ' -f2)" \
	'2001:db8:1::1#4007'
