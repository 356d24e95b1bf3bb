#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The translating machine itself: as a client of IPv4 servers, as a server for
# IPv6 clients, and as a host whose address is also pool4's.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             192.0.2.1                192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
setup_instance "$router" 192.0.2.1
# connect() needs a route, whichever, before any hook sees a packet.
ip -n "$router" route add 64:ff9b::/96 dev lan

for protocol in udp tcp; do
	serve "$server" $protocol '192.0.2.24#80'
	serve "$router" $protocol '192.0.2.1#22'
	snapshot
	like "$protocol: the box itself is a client" \
		"$(ask "$router" $protocol '64:ff9b::192.0.2.24#80')" \
		"2001:db8::1#[0-9]+ 192\.0\.2\.1#6[0-9]+ 192\.0\.2\.24#80"
	counters "$protocol: as any other" '~[64]to[64]_'$protocol'_*' bindings_created=1 sessions_created=1
	snapshot
	like "$protocol: the box's IPv4 service serves IPv6 clients" \
		"$(ask "$client" $protocol '64:ff9b::192.0.2.1#22')" \
		"2001:db8::8#[0-9]+ 192\.0\.2\.1#6[0-9]+ 192\.0\.2\.1#22"
	counters "$protocol: its answers too" '~[64]to[64]_'$protocol'_*' bindings_created=1 sessions_created=1
	snapshot
	like "$protocol: IPv4 clients reach it as before" \
		"$(ask "$server" $protocol '192.0.2.1#22')" \
		"192\.0\.2\.24#[0-9]+ 192\.0\.2\.24#[0-9]+ 192\.0\.2\.1#22"
	counters "$protocol: their packets are given back" given_back+1
	snapshot
	like "$protocol: and the box reaches IPv4 servers as before" \
		"$(ask "$router" $protocol '192.0.2.24#80')" \
		"192\.0\.2\.1#[0-9]+ 192\.0\.2\.1#[0-9]+ 192\.0\.2\.24#80"
	counters "$protocol: the answers are given back" given_back+1
done

snapshot
check "icmp: the box pings through the translator" \
	on "$router" ping -c 2 -i 0.2 -W 5 64:ff9b::192.0.2.24
check "icmp: the box answers through the translator" \
	on "$client" ping -c 2 -i 0.2 -W 5 64:ff9b::192.0.2.1
counters "icmp: four echoes both ways" 6to4_icmp_packets=4 4to6_icmp_packets=4 '~*_icmp_bytes' \
	bindings_created=2 sessions_created=2
snapshot
check "icmp: the box is pinged as before" on "$server" ping -c 2 -i 0.2 -W 5 192.0.2.1
check "icmp: whatever the id" on "$server" ping -e 61500 -c 2 -i 0.2 -W 5 192.0.2.1
check "icmp: the box pings as before" on "$router" ping -c 2 -i 0.2 -W 5 192.0.2.24
counters "icmp: six packets are given back" given_back=6

# A SYN for a port of pool4 on the box's own address: a socket of the box's takes
# it; else it is stored, but for a connection of the box to itself.
serve "$router" tcp '192.0.2.1#61002'
check "tcp: a socket on a port of pool4 is served" ask "$server" tcp '192.0.2.1#61002'
snapshot
check_not "tcp: a port of pool4 where nobody listens" ask "$server" tcp -t 1 '192.0.2.1#61003'
is "tcp: a SYN for it is stored" "$(counter stored_syns)" 1
counters "tcp: and nothing else comes of it" '~drop_repeated_syn'
snapshot
check_not "tcp: the box asks itself" ask "$router" tcp -t 5 '192.0.2.1#61004'
counters "tcp: that is not stored" given_back+1
echo 1 > "$instance/filtering/drop_external_tcp"
snapshot
check_not "tcp: drop_external_tcp: nobody listens" ask "$server" tcp -t 5 '192.0.2.1#61005'
counters "tcp: drop_external_tcp: the box itself refuses" given_back+1
echo 0 > "$instance/filtering/drop_external_tcp"

if have nft; then
	on "$router" nft -f - <<-END
	table ip nat64_test {
		counter out { }
		counter in { }
		chain output { type filter hook output priority 0; udp dport 80 udp sport 61001-65535 counter name out; }
		chain input { type filter hook input priority 0; udp dport 22 udp sport 61001-65535 counter name in; }
	}
	END
	check "asked once more" ask "$router" udp '64:ff9b::192.0.2.24#80'
	is "OUTPUT sees what the box sends, translated" "$(nft_count "$router" ip out)" 1
	check "asked once more" ask "$client" udp '64:ff9b::192.0.2.1#22'
	is "INPUT sees what the box gets, translated" "$(nft_count "$router" ip in)" 1
else
	skip "OUTPUT sees what the box sends" "nft is not installed"
fi
