#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# limits/ for each client: who has enough gets no more, and is told; others do not
# notice. A client may be all of a prefix.
#
#	client ---------------- router ----------------- server
#	2001:db8::8, ::9, ::a   203.0.113.1#5000-5007    192.0.2.24, .25, .99
#	2001:db8:bad::/64

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start sysctl
setup_net
on "$router" sysctl -qw net.ipv6.icmp.ratelimit=0
on "$client" sysctl -qw net.ipv6.ip_nonlocal_bind=1
ip -n "$client" route add local 2001:db8:bad::/64 dev lo
ip -n "$router" route add 2001:db8:bad::/64 via 2001:db8::8
setup_instance "$router" '203.0.113.1#5000-5007'
echo 3600 > "$instance/timeouts/udp"
far=64:ff9b::192.0.2.24
serve "$server" udp 192.0.2.24#53 192.0.2.25#53 192.0.2.99#53

# limit NAME VALUE
limit() { echo "$2" > "$instance/limits/$1"; }

# as SOURCE [SERVER]: what one packet gets
as() { ask "$client" udp -s "$1" "64:ff9b::${2-192.0.2.24}#53"; }

# renew: nobody has anything.
renew() {
	rmdir "$instance/pool4/203.0.113.1#5000-5007"
	mkdir "$instance/pool4/203.0.113.1#5000-5007"
}

for name in sessions_per_client bindings_per_client binding_rate_per_client; do
	is "$name is 0" "$(cat "$instance/limits/$name")" 0
done
is "client_prefix_len is 128" "$(cat "$instance/limits/client_prefix_len")" 128
for value in 0 129 -1 x ''; do
	check_not "client_prefix_len refuses '$value'" limit client_prefix_len "$value" 2> /dev/null
done

# --- bindings ---------------------------------------------------------------------

limit bindings_per_client 3
snapshot
check "three bindings may be" ask "$client" udp -n 3 -s '2001:db8::8#4000' "$far#53"
is "a fourth may not: administratively prohibited" "$(as '2001:db8::8#4003')" EACCES
counters "client_limit" '~[64]to[64]_udp_*' bindings_created=3 sessions_created=3 \
	drop_client_limit=1 icmp_errors_sent=1
check "another client does not notice" ask "$client" udp -n 3 -s '2001:db8::9#4000' "$far#53"
check "the three go on" ask "$client" udp -n 3 -s '2001:db8::8#4000' "$far#53"
check "to other servers, too" as '2001:db8::8#4000' 192.0.2.25
limit bindings_per_client 2
check "a lower limit harms none of them" ask "$client" udp -n 3 -s '2001:db8::8#4000' "$far#53"
limit bindings_per_client 4
check "a higher one lets others in" as '2001:db8::8#4003'
is "but no more" "$(as '2001:db8::8#4004')" EACCES
renew
check "what has ended does not count" ask "$client" udp -n 4 -s '2001:db8::8#4000' "$far#53"
limit bindings_per_client 0
check "without a limit there are as many as ports" as '2001:db8::8#4004'
renew

# --- sessions ---------------------------------------------------------------------

check "a session before there is a limit" as '2001:db8::a#4000'
limit sessions_per_client 2
snapshot
check "it counts: one more" as '2001:db8::a#4000' 192.0.2.25
is "but no third" "$(as '2001:db8::a#4000' 192.0.2.99)" EACCES
is "nor of another binding" "$(as '2001:db8::a#4001')" EACCES
counters "client_limit" '~[64]to[64]_udp_*' sessions_created=1 '~bindings_*' \
	drop_client_limit=2 icmp_errors_sent=2
is "no binding is left behind" "$(bib | wc -l)" 1
port=$(bib | sed -n 's/.* 203\.0\.113\.1#\([0-9]*\) .*/\1/p')
snapshot
check_not "nor from IPv4" ask "$server" udp -t 5 -s '192.0.2.99#9999' "203.0.113.1#$port"
counters "which is told, too" drop_client_limit=1 icmp_errors_sent=1
check "another client does not notice" as '2001:db8::9#4000'
check "the two go on" as '2001:db8::a#4000' 192.0.2.25
limit sessions_per_client 0
renew

# --- bindings a second -------------------------------------------------------------

limit binding_rate_per_client 2
snapshot
ask "$client" udp -t 1 -n 8 -s '2001:db8::8#4000' "$far#53" > /dev/null
refused=$(($(counter drop_client_limit) - before[drop_client_limit]))
check "not all of a burst" [ $refused -gt 0 ]
check "another client does not notice" as '2001:db8::9#4000'
check "a moment later there is one more" wait_for 60 as '2001:db8::8#5000'
limit binding_rate_per_client 0
renew

# --- a client that has many addresses -------------------------------------------------

limit client_prefix_len 64
limit bindings_per_client 4
snapshot
got=0
for n in {1..12}; do
	answer=$(as "2001:db8:bad::$n#4000")
	[ "$answer" = EACCES ] || got=$((got + 1))
done
is "all addresses of a /64 have what one client has" $got 4
counters "the rest is refused" '~[64]to[64]_udp_*' bindings_created=4 sessions_created=4 \
	drop_client_limit=8 icmp_errors_sent=8
check "so another client is not starved" as '2001:db8::8#4000'
limit client_prefix_len 128
limit bindings_per_client 0
for n in {1..12}; do as "2001:db8:bad::$n#5000" > /dev/null; done
is "which it is without" "$(as '2001:db8::9#4000')" EHOSTUNREACH
renew

# --- while that client does not stop ---------------------------------------------------

refused_again() { [ "$(counter drop_client_limit)" -gt "$refused" ]; }

# flooded: it has got what it may, and wants more.
flooded() {
	renew
	refused=$(counter drop_client_limit)
	wait_for 60 refused_again
}

limit client_prefix_len 64
limit bindings_per_client 5
begin "$client" flood -a -n 40 -w 0.05 -s '2001:db8:bad::1#6000' "$far#53"
check "a flood: from all of a /64, it is refused" flooded
check "a flood: another client does not notice" ask "$client" udp -n 3 -s '2001:db8::8#4000' "$far#53"
limit bindings_per_client 0
limit sessions_per_client 5
limit sessions 8
check "a flood: its sessions are refused" flooded
check "a flood: another client has the rest of limits/sessions" \
	ask "$client" udp -n 3 -s '2001:db8::8#4000' "$far#53"
is "a flood: which is all there may be" "$(as '2001:db8::8#4003')" EACCES
is "a flood: it has what one client may have" "$(sessions | grep -c ' 2001:db8:bad::')" 5
end "$bg"
limit sessions_per_client 0
limit sessions 0
renew
is "nothing is left" "$(counter bindings) $(counter sessions)" "0 0"
