#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fragments, and packets that have to become some (RFC 7915, 4.1, 5.1.1; RFC 6146,
# 3.4): the tables of packets_fragments.py, and programs with large datagrams.
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                  translator           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1              192.0.2.24

# shellcheck source-path=SCRIPTDIR source=packets.sh
. "$(dirname "$0")/packets.sh"
# shellcheck source=lib_digest.sh
. "$(dirname "$0")/lib_digest.sh"

start ethtool ping
setup_packets
tables "$@" fragments_4to6 fragments_6to4 lost memory notrack sizes

setup_net
setup_instance "$router" '203.0.113.1#5000-5999'
static icmp '203.0.113.1#5000' '2001:db8::8#4000'
digest_server "$server" '192.0.2.24#7'

snapshot
for size in 1232 1233 1472 2000 10000 60000; do
	check "ping with $size bytes" \
		on "$client" ping -c 3 -i 0.1 -W 10 -s $size 64:ff9b::192.0.2.24
	check "ping with $size bytes from IPv4" \
		on "$server" ping -e 5000 -c 3 -i 0.1 -W 10 -s $size 203.0.113.1
	check "udp with $size bytes" on "$client" python3 "$here/resend.py" $size \
		'64:ff9b::192.0.2.24#7'
done
# The answer to 1,472 bytes of UDP has DF, until the server knows better.
counters "nothing else of it is dropped" '~[64]to[64]_*' '~bindings_*' '~sessions_*' \
	drop_too_big=1 icmp_errors_sent=1
