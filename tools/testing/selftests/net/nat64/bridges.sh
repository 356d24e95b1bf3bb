#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The translator is a bridge, too, on either side. With br_netfilter its hooks see
# what the bridge carries, which is not all for it.
#
#	client eth0 --- lan-1 [lan] router [wan] wan-1 --- eth0 server
#	2001:db8::8           [   ]        [   ]           192.0.2.24
#	other eth0  --- lan-2 [   ]        [   ] wan-2 --- eth1 other

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_digest.sh
. "$here/lib_digest.sh"
# shellcheck source-path=SCRIPTDIR source=lib_links.sh
. "$here/lib_links.sh"

start nstat nft
start_links
setup_ns other
on "$other" sysctl -qw net.ipv6.bindv6only=1
serve "$other" tcp '::#7' '0.0.0.0#7'

bridge() {
	local port

	link "$1" "$2" "$router" "$3-1"
	case $3 in
	lan) link "$other" eth0 "$router" "$3-2" ;;
	wan) link "$other" eth1 "$router" "$3-2" ;;
	esac
	ip -n "$router" link add "$3" type bridge || return
	for port in "$3-1" "$3-2"; do
		ip -n "$router" link set "$port" master "$3"
	done
	ip -n "$router" link set "$3" up
}

# The bridge sees tagged frames; the router's own end is above it.
vlan_on_bridge() {
	link "$1" "$2-1" "$router" "$3-1"
	ip -n "$router" link add "$3-0" type bridge &&
		ip -n "$router" link set "$3-1" master "$3-0" &&
		ip -n "$router" link set "$3-0" up &&
		tagged "$1" "$2" "$2-1" 7 && tagged "$router" "$3" "$3-0" 7
}

# bridge_nf NAME=VALUE...
bridge_nf() {
	on "$router" sysctl -qw "${@/#/net.bridge.bridge-nf-}" 2> "$tmp/plug" ||
		why_not="no br_netfilter"
}

# To addresses that are the translator's, but of another machine's frames.
merely_bridged() {
	local name=$1 answer

	ip -n "$other" addr add 2001:db8::77/64 dev eth0 nodad
	ip -n "$other" addr add $far/128 dev eth0 nodad
	ip -n "$client" route add $far/128 via 2001:db8::77 src 2001:db8::8
	ip -n "$other" addr add 192.0.2.77/24 dev eth1
	ip -n "$other" addr add 203.0.113.1/32 dev eth1
	ip -n "$server" route add 203.0.113.1/32 via 192.0.2.77
	snapshot
	answer=$(ask "$client" tcp "$far#7")
	like "$name: IPv6 to another's pool6 is not touched" "$answer" \
		"2001:db8::8#[0-9]+ 2001:db8::8#[0-9]+ 64:ff9b::c000:218#7"
	answer=$(ask "$server" tcp '203.0.113.1#7')
	like "$name: IPv4 to another's pool4 is not touched" "$answer" \
		"192.0.2.24#[0-9]+ 192.0.2.24#[0-9]+ 203.0.113.1#7"
	counters "$name: the translator did nothing"
	ip -n "$client" route del $far/128
	ip -n "$server" route del 203.0.113.1/32
}

# A binding that bridged packets must not meet.
mkdir "$instance/bib/tcp/203.0.113.1#7"
echo '2001:db8::8#7' > "$instance/bib/tcp/203.0.113.1#7/ipv6"
modprobe -q br_netfilter
for nf in 0 1; do
	name="bridge, br_netfilter $nf"
	why_not=''
	bridge_nf call-iptables=$nf call-ip6tables=$nf
	if [ -n "$why_not" ] && [ $nf -eq 1 ]; then
		skip "$name" "$why_not"
	elif plug bridge bridge; then
		both_ways "$name"
		merely_bridged "$name"
	else
		skip "$name" "$why_not"
	fi
done
why_not=''
bridge_nf call-iptables=1 call-ip6tables=1 filter-vlan-tagged=1
if [ -z "$why_not" ]; then
	row "VLAN on a bridge, br_netfilter 1" vlan_on_bridge vlan_on_bridge
else
	skip "VLAN on a bridge, br_netfilter 1" "$why_not"
fi
