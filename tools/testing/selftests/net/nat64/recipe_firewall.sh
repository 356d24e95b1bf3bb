#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/firewall.rst

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start curl nft ping
setup_lab wan
ip -n "$server" addr add 203.0.113.9/32 dev lo
for addr in 198.51.100.80 198.51.100.81 203.0.113.9; do web server $addr; done
recipe recipes/firewall.rst 1 1
fetch() { as client curl -s -m 5 "http://[64:ff9b::$1]/"; }
for addr in 198.51.100.81 203.0.113.9; do
	is "without rules $addr answers" "$(fetch $addr)" "Hello from $addr"
done
recipe recipes/firewall.rst 2 4
snapshot
check_not "what is refused before" as client curl -s -m 2 'http://[64:ff9b::198.51.100.81]/'
counters "the translator has not seen"
recipe recipes/firewall.rst 5 99

# A packet with that source that comes from outside, as it is.
ip -n "$server" link set eth0 addrgenmode none
sysctl_in "$server" net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.eth0.disable_ipv6=0
sysctl_in "$router" net.ipv6.conf.all.forwarding=1
ip -n "$router" addr add 2001:db8:2::1/64 dev wan nodad
ip -n "$server" addr add 2001:db8:2::2/64 dev eth0 nodad
ip -n "$server" addr add 64:ff9b::1/128 dev lo nodad
ip -n "$server" route add 2001:db8:1::/64 via 2001:db8:2::1 src 64:ff9b::1
mac=$(ip -n "$router" -br link show dev wan | awk '{ print $3 }')
ip -n "$server" neigh add 2001:db8:2::1 lladdr "$mac" dev eth0
# shellcheck disable=SC2016
echoes() { as client awk '$1 == "Icmp6InEchos" { print $2 }' /proc/net/snmp6; }
intrude() { as server ping -c 1 -W 1 -I 64:ff9b::1 2001:db8:1::8 > /dev/null; }
heard=$(echoes)
intrude
is "who pretends to be behind the prefix is not let in" "$(echoes)" "$heard"
as router nft delete table inet after
intrude
is "but for the rules it would be" "$(echoes)" $((heard + 1))
