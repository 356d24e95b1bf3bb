#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs tables of packets.py: packets.sh [-k PATTERN] [TABLE...]. The tests that
# have tables source it, and take -k, too. Both wires of the router end in one namespace that has
# no address, so that only the router ever answers:
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                      router           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24
#
# 2001:db8::8 (and ::9) are clients, 192.0.2.24 and .25 servers; 198.51.100.7 and
# 2001:db8:1::7 are routers on the way to them.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

outside='' translator=''

# permanent NS DEV LLADDR ADDRESS...: no neighbour is ever asked for.
permanent() {
	local ns=$1 dev=$2 lladdr=$3 address
	shift 3
	for address; do
		ip -n "$ns" neigh add "$address" lladdr "$lladdr" dev "$dev" nud permanent
	done
}

# static PROTOCOL IPV4 IPV6
static() {
	if ! { mkdir "$instance/bib/$1/$2" && echo "$3" > "$instance/bib/$1/$2/ipv6"; }; then
		die "static binding $1 $2: $(cat "$instance/error_log")"
	fi
}

setup_wires() {
	# A name of its own, so that a test may call setup_net besides.
	setup_ns translator outside
	router=$translator
	link "$outside" eth6 "$router" lan
	link "$outside" eth4 "$router" wan
	ip -n "$outside" link set eth6 address 02:00:00:00:06:02 mtu 9000
	ip -n "$outside" link set eth4 address 02:00:00:00:04:02 mtu 9000
	ip -n "$router" link set lan address 02:00:00:00:06:01
	ip -n "$router" link set wan address 02:00:00:00:04:01
	on "$outside" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.conf.all.arp_ignore=8
	on "$router" sysctl -qw net.ipv6.conf.wan.disable_ipv6=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.wan.rp_filter=0 \
		net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0
	# What a device would compute has to be in the packet that is compared.
	on "$router" ethtool -K lan tx off > /dev/null
	on "$router" ethtool -K wan tx off > /dev/null
}

address_wires() {
	ip -n "$router" addr add 2001:db8::1/64 dev lan nodad
	ip -n "$router" addr add 192.0.2.1/24 dev wan
	permanent "$router" lan 02:00:00:00:06:02 2001:db8::{5e,8,9,a}
	permanent "$router" wan 02:00:00:00:04:02 192.0.2.{24,25}
	ip -n "$router" route add default via 192.0.2.24
	ip -n "$router" route add default via 2001:db8::8
}

setup_packets() {
	local protocol

	/usr/bin/python3 -c 'import scapy' 2>/dev/null || skip_all "python3-scapy is not installed"
	setup_wires
	address_wires
	setup_instance "$router" '203.0.113.1#5000-5999'
	echo 3600 > "$instance/timeouts/udp"
	for protocol in udp tcp icmp; do
		static $protocol '203.0.113.1#5000' '2001:db8::8#4000'
		static $protocol '203.0.113.1#5002' '2001:db8::9#4002'
	done
	static udp '203.0.113.94#9' '2001:db8::5e#9'	# the sentinels'
}

# attribute PATH DEFAULT TAKEN... / REFUSED...: what one of the instance's takes.
attribute() {
	local name=${1##*/} path=$instance/$1 default=$2 value refused=0
	shift 2
	is "$name is $default" "$(cat "$path" 2>&1)" "$default"
	for value; do
		if [ "$value" = / ]; then
			refused=1
		elif [ $refused -eq 0 ]; then
			check "$name takes $value" sh -c "echo '$value' > '$path'"
			is "$name reads back $value" "$(cat "$path" 2>&1)" "$value"
		else
			check_not "$name refuses '$value'" sh -c "echo '$value' > '$path'"
		fi
	done
	check "$name takes $default again" sh -c "echo '$default' > '$path'"
}

# tables ARGUMENT...: each row of packets.py is one assertion here.
tables() {
	local line plan=''

	while read -r line; do
		if [[ $line =~ ^ok\ [0-9]+\ (.*) ]]; then
			pass "${BASH_REMATCH[1]}"
		elif [[ $line =~ ^not\ ok\ [0-9]+\ (.*) ]]; then
			fail "${BASH_REMATCH[1]}"
		elif [[ $line == 1..* ]]; then
			plan=$line
		else
			echo "$line"
		fi
	done < <(on "$outside" /usr/bin/python3 "$here/packets.py" --instance "$instance" \
			--stats "$stats" --router "$router" "$@" 2>&1)
	[ -n "$plan" ] || fail "packets.py $* reaches its end"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	start ethtool
	setup_packets
	tables "$@"
fi
