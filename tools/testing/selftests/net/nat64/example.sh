#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The example of the manual and of RFC 6146: 2001:db8::8#5123 asks
# 64:ff9b::192.0.2.24#80 through pool4 203.0.113.1#5000-6000.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1#5000-6000    192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
setup_instance "$router" '203.0.113.1#5000-6000'

client6='2001:db8::8#5123' server6='64:ff9b::192.0.2.24#80' server4='192.0.2.24#80'
shown6='64:ff9b::c000:218#80'	# as the kernel writes server6
range='(5[0-9][0-9][0-9]|6000)'

# row TABLE PROTOCOL: the columns of its only line, without what changes with time.
bib_row() { bib | awk -v p="$1" '$1 == p'; }
session_row() { sessions | awk -v p="$1" '$1 == p'; }

serve "$server" udp $server4
serve "$server" tcp $server4

try() {
	local protocol=$1 state=$2 answer port
	snapshot
	answer=$(ask "$client" "$protocol" -s $client6 $server6)
	like "$protocol: the server sees a port of the range, and answers" "$answer" \
		"$client6 203\.0\.113\.1#$range $server4"
	port=${answer#*203.0.113.1#} port=${port%% *}
	is "$protocol: the binding" "$(bib_row "$protocol")" \
		"$protocol $client6 203.0.113.1#$port dynamic 1"
	like "$protocol: the session" "$(session_row "$protocol")" \
		"$protocol $client6 $shown6 203.0.113.1#$port $server4 $state [1-9][0-9]*"
}

try udp -
# RFC 6146, 3.5.1.1: the parity of the port is kept for UDP, as RTP wants it.
is "udp: an odd port for an odd port" "$(bib_row udp | awk '{ split($3, e, "#"); print e[2] % 2 }')" 1
counters "udp: one packet each way" 6to4_udp_packets=1 4to6_udp_packets=1 '~*_udp_bytes' \
	bindings_created=1 sessions_created=1
is "udp: expires as configured" "$(session_row udp | awk '{ print ($7 > 60 && $7 <= 300) }')" 1
try tcp '[a-z0-9_]+'
counters "tcp: nothing was dropped or given back" 6to4_tcp_packets+4 4to6_tcp_packets+3 \
	'~*_tcp_bytes' bindings_created=1 sessions_created=1

snapshot
check "icmp: replies come back to the query id" \
	on "$client" ping -e 77 -c 3 -i 0.2 -W 5 64:ff9b::192.0.2.24
like "icmp: the binding" "$(bib_row icmp)" "icmp 2001:db8::8#77 203\.0\.113\.1#$range dynamic 1"
id=$(bib_row icmp | sed 's/.*203\.0\.113\.1#\([0-9]*\).*/\1/')
like "icmp: the session" "$(session_row icmp)" \
	"icmp 2001:db8::8#77 64:ff9b::c000:218#77 203\.0\.113\.1#$id 192\.0\.2\.24#$id - [1-9][0-9]*"
counters "icmp: three packets each way" 6to4_icmp_packets=3 4to6_icmp_packets=3 \
	'~*_icmp_bytes' bindings_created=1 sessions_created=1

is "the gauges agree: bindings" "$(counter bindings)" 3
is "the gauges agree: sessions" "$(counter sessions)" 3
is "the entry counts its ports: udp" \
	"$(cat "$sysfs/instances/$router/pool4/203.0.113.1#5000-6000/"udp_{used,capacity} | tr '\n' ' ')" "1 1001 "

# RFC 6146, 1.2.2: another address of the same client host is another host; the
# same endpoint keeps its binding towards any server.
snapshot
first=$(ask "$client" udp -s $client6 $server6)
serve "$server" udp '192.0.2.25#99'
second=$(ask "$client" udp -s $client6 '64:ff9b::192.0.2.25#99')
is "one endpoint has one binding, whomever it asks" \
	"$(cut -d' ' -f2 <<< "$second")" "$(cut -d' ' -f2 <<< "$first")"
other=$(ask "$client" udp -s '2001:db8::9#5123' $server6)
like "another client has another" "$other" "2001:db8::9#5123 203\.0\.113\.1#$range $server4"
[ "$(cut -d' ' -f2 <<< "$other")" != "$(cut -d' ' -f2 <<< "$first")" ]
check "at another port" [ $? -eq 0 ]
counters "one new binding, two new sessions" 6to4_udp_packets=3 4to6_udp_packets=3 '~*_udp_bytes' \
	bindings_created=1 sessions_created=2
