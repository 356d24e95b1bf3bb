#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Transport addresses that the box and its clients both want: whoever comes second
# does without, and nobody gets the other's packets. The box's own address has one
# port in pool4, and that in the range of its own sockets.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             192.0.2.1#40000          192.0.2.24, .25, .99

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
setup_instance "$router"
mine='192.0.2.1#40000' entry=$instance/pool4/192.0.2.1#61100-65535

# lend RANGE: of each protocol; no client has anything.
lend() {
	local protocol
	[ ! -d "$entry" ] || rmdir "$entry"
	mkdir "$entry"
	echo 1 > "$entry/force"
	for protocol in tcp udp icmp; do echo "$1" > "$entry/$protocol"; done
}

# logged ADDRESS: how often, that it is the box's.
logged() { grep -c "$1 is this host's" "$instance/error_log"; }

# For the end of this test: the sysctl is looked at now and then.
for other in '192.0.2.66#61001-61050' '192.0.2.67#40000-40050'; do
	mkdir "$instance/pool4/$other"
	echo 1 > "$instance/pool4/$other/mark"	# no client's
done
ip -n "$router" addr add 192.0.2.66/32 dev wan
is "an address of pool4 may come" "$(logged 192.0.2.66)" 0
sysctl_in "$router" net.ipv4.ip_local_port_range='32768 61010'

refused='drop_host_port+1 icmp_errors_sent+1 ~given_back'

for protocol in udp tcp; do
	serve "$server" $protocol '192.0.2.24#80' '192.0.2.25#80' '192.0.2.99#80'
	lend 40000

	# The box is first.
	hold "$router" $protocol -s $mine '192.0.2.24#80'
	is "$protocol: the box has a connection" "$answers" 1
	check "$protocol: it is noted" [ "$(counter host_flows)" -ge 1 ]
	snapshot
	is "$protocol: its port is not lent for the same server" \
		"$(ask "$client" $protocol -t 10 '64:ff9b::192.0.2.24#80')" EHOSTUNREACH
	# shellcheck disable=SC2086	# several words
	counters "$protocol: that is counted, and the client is told" $refused
	like "$protocol: it is lent for another" \
		"$(ask "$client" $protocol -s '2001:db8::8#5001' '64:ff9b::192.0.2.25#80')" \
		"2001:db8::8#5001 192\.0\.2\.1#40000 192\.0\.2\.25#80"
	snapshot
	is "$protocol: and then does not serve for the box's either" \
		"$(ask "$client" $protocol -t 10 -s '2001:db8::8#5001' '64:ff9b::192.0.2.24#80')" \
		EHOSTUNREACH
	# shellcheck disable=SC2086
	counters "$protocol: that is counted, too" $refused
	ask_again
	is "$protocol: the box has not noticed" "$answers" 1
	release

	# A client is first.
	lend 40000
	hold "$client" $protocol -s '2001:db8::8#5002' '64:ff9b::192.0.2.99#80'
	is "$protocol: a client has a connection" "$answers" 1
	snapshot
	check_not "$protocol: the box gets none to the same server" \
		ask "$router" $protocol -t 1 -s $mine '192.0.2.99#80'
	counters "$protocol: that is counted" drop_host_flow+1
	ask_again
	is "$protocol: the client has not noticed" "$answers" 1
	check "$protocol: the box gets one to another server" \
		ask "$router" $protocol -s $mine '192.0.2.25#80'

	# A socket that waits for whoever comes.
	serve "$router" $protocol $mine
	service=$bg
	like "$protocol: a service of the box is reached on a port that is lent" \
		"$(ask "$server" $protocol -s '192.0.2.24#0' '192.0.2.1#40000')" \
		"192\.0\.2\.24#[0-9]+ 192\.0\.2\.24#[0-9]+ 192\.0\.2\.1#40000"
	ask_again
	is "$protocol: the client has not noticed that either" "$answers" 1
	release
	lend 40000
	snapshot
	is "$protocol: the port of a service is not lent" \
		"$(ask "$client" $protocol -t 10 '64:ff9b::192.0.2.99#80')" EHOSTUNREACH
	# shellcheck disable=SC2086
	counters "$protocol: that is counted as well" $refused
	lend 39999-40000
	like "$protocol: but the one beside it" \
		"$(ask "$client" $protocol '64:ff9b::192.0.2.99#80')" \
		"2001:db8::8#[0-9]+ 192\.0\.2\.1#39999 192\.0\.2\.99#80"
	stop "$service"
done

echo_of() { on "$1" ping "${@:2}" -c 1 -W 5; }
lend 40000
check "icmp: the box pings a server" echo_of "$router" -e 40000 192.0.2.24
snapshot
check_not "icmp: the id is not lent for that" echo_of "$client" 64:ff9b::192.0.2.24
# shellcheck disable=SC2086
counters "icmp: that is counted" $refused
check "icmp: it is lent for another" echo_of "$client" -e 5 64:ff9b::192.0.2.25
snapshot
check_not "icmp: where the box has to do without" echo_of "$router" -e 40000 192.0.2.25
counters "icmp: that is counted, too" drop_host_flow=1
check "icmp: the box goes on with its server" echo_of "$router" -e 40000 192.0.2.24
check "icmp: the client with its" echo_of "$client" -e 5 64:ff9b::192.0.2.25

is "an address that comes with a collision is told of" "$(logged 192.0.2.67)" 0
ip -n "$router" addr add 192.0.2.67/32 dev wan
is "at once" "$(logged 192.0.2.67)" 1
ip -n "$router" addr add 192.0.2.68/32 dev wan
is "and once" "$(logged 192.0.2.67)" 1
# That is looked at every ten seconds.
told() { [ "$(logged 192.0.2.66)" -eq 1 ]; }
check "a sysctl that makes a collision is told of" wait_for 20 told
