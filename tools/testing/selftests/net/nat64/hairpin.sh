#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# From one client to another by its IPv4 address (RFC 6146, 3.8): the tables of
# packets_hairpin.py, and programs.
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                  translator           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24
#
#	client ---------------- router ----------------- server
#	2001:db8::8, ::9        203.0.113.1              (sees nothing)

# shellcheck source-path=SCRIPTDIR source=packets.sh
. "$(dirname "$0")/packets.sh"

start ethtool ping
setup_packets
tables "$@" hairpin hairpin_errors

setup_net
setup_instance "$router" '203.0.113.1#5000-5999'
for protocol in udp tcp; do
	static $protocol '203.0.113.1#5000' '2001:db8::8#4000'
	static $protocol '203.0.113.1#5080' '2001:db8::9#80'
	serve "$client" $protocol '2001:db8::9#80'
	snapshot
	is "$protocol: both see each other by the IPv4 address" \
		"$(ask "$client" $protocol -s '2001:db8::8#4000' '64:ff9b::203.0.113.1#5080')" \
		"2001:db8::8#4000 64:ff9b::cb00:7101#5000 2001:db8::9#80"
	counters "$protocol: as hairpinned, without a drop" hairpinned+2 '~[64]to[64]_*' \
		sessions_created+1
	snapshot
	like "$protocol: of a dynamic binding, too" \
		"$(ask "$client" $protocol -s '2001:db8::a#4000' '64:ff9b::203.0.113.1#5080')" \
		"2001:db8::a#4000 64:ff9b::cb00:7101#5[0-9]+ 2001:db8::9#80"
	counters "$protocol: as hairpinned, without a drop" hairpinned+2 '~[64]to[64]_*' \
		sessions_created+1 bindings_created=1
done
is "udp: nobody listens there: the client is told" \
	"$(ask "$client" udp -s '2001:db8::b#4000' '64:ff9b::203.0.113.1#5000')" ECONNREFUSED

mkdir "$instance/pool4/203.0.113.2#5000-5999"
static icmp '203.0.113.1#5000' '2001:db8::8#4000'
static icmp '203.0.113.2#5000' '2001:db8::9#4002'
snapshot
check "icmp: one client pings the other" \
	on "$client" ping -e 4000 -c 3 -i 0.2 -W 5 -I 2001:db8::8 64:ff9b::203.0.113.2
counters "icmp: as hairpinned, without a drop" hairpinned=6 '~[64]to[64]_*' sessions_created+1
