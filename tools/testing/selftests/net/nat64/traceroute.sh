#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Programs that find a path show every IPv4 hop of it, by its address in pool6.
#
#	client ------- router ------- hop1 ------- hop2 ------- hop3 ------- server
#	2001:db8::8    2001:db8::1    198.51.100.2, .6, .10                  192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start sed
hop1='' hop2='' hop3=''
setup_ns client router hop1 hop2 hop3 server
link "$client" eth0 "$router" lan
link "$router" wan "$hop1" left
link "$hop1" right "$hop2" left
link "$hop2" right "$hop3" left
link "$hop3" right "$server" eth0
ip -n "$client" addr add 2001:db8::8/64 dev eth0 nodad
ip -n "$router" addr add 2001:db8::1/64 dev lan nodad
ip -n "$router" addr add 198.51.100.1/30 dev wan
ip -n "$hop1" addr add 198.51.100.2/30 dev left
ip -n "$hop1" addr add 198.51.100.5/30 dev right
ip -n "$hop2" addr add 198.51.100.6/30 dev left
ip -n "$hop2" addr add 198.51.100.9/30 dev right
ip -n "$hop3" addr add 198.51.100.10/30 dev left
ip -n "$hop3" addr add 192.0.2.1/24 dev right
ip -n "$server" addr add 192.0.2.24/24 dev eth0
ip -n "$client" route add default via 2001:db8::1
ip -n "$router" route add default via 198.51.100.2
ip -n "$hop1" route add default via 198.51.100.6
ip -n "$hop1" route add 203.0.113.0/24 via 198.51.100.1
ip -n "$hop2" route add default via 198.51.100.10
ip -n "$hop2" route add 203.0.113.0/24 via 198.51.100.5
ip -n "$hop3" route add default via 198.51.100.9
ip -n "$server" route add default via 192.0.2.1
for ns in "$router" "$hop1" "$hop2" "$hop3" "$server"; do
	on "$ns" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 \
		net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
on "$server" sysctl -qw net.ipv4.ip_forward=0
setup_instance "$router" 203.0.113.1

target=64:ff9b::192.0.2.24
wanted="1 2001:db8::1
2 64:ff9b::c633:6402
3 64:ff9b::c633:6406
4 64:ff9b::c633:640a
5 64:ff9b::c000:218"

# hops NAME COMMAND...: lines "N ... ADDRESS ..." of its output are the hops wanted.
hops() {
	local name=$1
	shift
	if ! have "$1"; then
		skip "$name" "$1 is not installed"
		return
	fi
	on "$client" "$@" > "$tmp/hops" 2>&1
	is "$name shows every hop" "$(sed -nE \
		's/^ *([0-9]+)[.:?| -]+([0-9a-f]*:[0-9a-f:]+)( .*)?$/\1 \2/p' "$tmp/hops" | uniq)" \
		"$wanted"
	diag < "$tmp/hops"
}

snapshot
hops "traceroute with udp" traceroute -6 -n -m 7 -q 1 -N 1 -w 5 $target
hops "traceroute with icmp" traceroute -6 -n -m 7 -q 1 -N 1 -w 5 -I $target
hops "traceroute with tcp" traceroute -6 -n -m 7 -q 1 -N 1 -w 5 -T -p 80 $target
hops "mtr with icmp" mtr -6 -n -m 7 -r -c 1 $target
hops "mtr with udp" mtr -6 -n -m 7 -r -c 1 -u $target
hops "mtr with tcp" mtr -6 -n -m 7 -r -c 1 -T -P 80 $target
hops "tracepath" tracepath -6 -n -m 7 $target
# What has spent its hop limit at the translator is the only thing that ends.
counters "the hops' errors are translated, nothing is lost" drop_hop_limit+1 icmp_errors_sent+1 \
	'~[64]to[64]_*' '~*ions_created' '~*ings_created'
