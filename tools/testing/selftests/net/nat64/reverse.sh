#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that begin on the IPv4 side: through a dynamic binding (endpoint-
# independent filtering), through a static one, and where there is none.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1#5000-6000    192.0.2.24, .25, .99
#	                        203.0.113.77: only static

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
setup_instance "$router" '203.0.113.1#5000-6000'

public() { cut -d' ' -f2; }	# of what "ask" prints: how the server saw it

# static PROTOCOL IPV4 IPV6
static() {
	mkdir "$instance/bib/$1/$2" && echo "$3" > "$instance/bib/$1/$2/ipv6"
}

# A binding that a client made is open to everybody (RFC 6146, 3.5.1, with
# address_dependent filtering off).
for protocol in udp tcp; do
	serve "$server" $protocol '192.0.2.24#80'
	seen=$(ask "$client" $protocol -s '2001:db8::8#7000' '64:ff9b::192.0.2.24#80' | public)
	serve "$client" $protocol '2001:db8::8#7000'
	snapshot
	like "$protocol: a stranger comes through the binding" \
		"$(ask "$server" $protocol -s '192.0.2.99#9999' "$seen")" \
		"192\.0\.2\.99#9999 64:ff9b::c000:263#9999 2001:db8::8#7000"
	counters "$protocol: it made one session, no binding" '~[64]to[64]_'$protocol'_*' \
		sessions_created=1
	is "$protocol: two sessions of one binding" "$(bib | awk -v p=$protocol '$1 == p { print $5 }')" 2
done

check "icmp: a client pings" on "$client" ping -e 7 -c 1 -W 5 64:ff9b::192.0.2.24
id=$(bib | sed -n 's/^icmp .* 203\.0\.113\.1#\([0-9]*\) .*/\1/p')
snapshot
check "icmp: a stranger pings through the binding" \
	on "$server" ping -e "$id" -I 192.0.2.99 -c 2 -i 0.2 -W 5 203.0.113.1
counters "icmp: it made one session, no binding" 4to6_icmp_packets=2 6to4_icmp_packets=2 \
	'~*_icmp_bytes' sessions_created=1

# Static bindings, on an address of pool4 and on one that is not.
for address in 203.0.113.1 203.0.113.77; do
	for protocol in udp tcp; do
		check "static $protocol $address#80" static $protocol "$address#80" '2001:db8::8#80'
		[ $address = 203.0.113.77 ] || serve "$client" $protocol '2001:db8::8#80'
		snapshot
		like "$protocol: reaches the server behind $address" \
			"$(ask "$server" $protocol -s '192.0.2.99#9998' "$address#80")" \
			"192\.0\.2\.99#9998 64:ff9b::c000:263#9998 2001:db8::8#80"
		counters "$protocol: it made one session, no binding" '~[64]to[64]_'$protocol'_*' \
			sessions_created=1
		check "$protocol: is listed" grep -qE \
			"^$protocol 2001:db8::8#80 $address#80 static [1-9]" <(bib)
	done 
	check "static icmp $address#99" static icmp "$address#99" '2001:db8::8#99'
	check "icmp: the static id is answered" \
		on "$server" ping -e 99 -c 1 -W 5 $address
	# One IPv6 endpoint has one IPv4 endpoint: make room for the next round.
	rmdir "$instance"/bib/*/"$address"'#'*
	check_not "rmdir takes static bindings away" grep -q static <(bib)
done

# From inside, the holder of a static binding appears as it.
serve "$server" udp '192.0.2.25#53'
check "static udp 203.0.113.77#123" static udp '203.0.113.77#123' '2001:db8::9#4000'
is "a client goes out through its static binding" \
	"$(ask "$client" udp -s '2001:db8::9#4000' '64:ff9b::192.0.2.25#53')" \
	"2001:db8::9#4000 203.0.113.77#123 192.0.2.25#53"
echo > "$instance/bib/udp/203.0.113.77#123/ipv6"
check_not "an empty one is not in force" grep -q '203.0.113.77#123' <(bib)
rmdir "$instance/bib/udp/203.0.113.77#123"

# Where there is no binding nothing gets through. The address is not local: a
# port in a range of pool4 is ours to drop, any other may be another machine's.
unused() {
	local port
	for port in {5000..6000}; do
		bib | grep -q "#$port " || { echo "$port"; return; }
	done
}
free=$(unused)
snapshot
check_not "udp: no binding, no answer" ask "$server" udp -t 1 "203.0.113.1#$free"
check_not "icmp: no binding, no answer" on "$server" ping -e "$free" -c 1 -W 1 203.0.113.1
counters "both are dropped for that reason" drop_no_binding=2
snapshot
check_not "udp: outside of the ranges, no answer" ask "$server" udp -t 1 '203.0.113.1#7777'
check_not "tcp: outside of the ranges, no answer" ask "$server" tcp -t 1 '203.0.113.1#7777'
check_not "icmp: outside of the ranges, no answer" \
	on "$server" ping -e 7777 -c 1 -W 1 203.0.113.1
counters "they are given back" given_back+3
snapshot
check_not "tcp: no binding, no connection" ask "$server" tcp -t 1 "203.0.113.1#$free"
counters "a SYN is dropped or stored, not given back" '~drop_*' '~stored_*'
