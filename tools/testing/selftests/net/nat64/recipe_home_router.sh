#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/home-router.rst; ppp0 is a veth.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start curl nft sysctl
home=''
setup_ns home
setup_lab ppp0
ip -n "$router" -batch - <<-END
	link add br0 type bridge
	link set br0 up
END
link "$home" eth0 "$router" home
ip -n "$home" addr add 192.168.1.8/24 dev eth0
ip -n "$home" route add default via 192.168.1.1
# The LAN has two machines; "lan" is a bridge of their ports.
ip -n "$router" -batch - <<-END
	link set lan down
	link set lan name port1
	link set br0 name lan
	link set port1 master lan
	link set home master lan
	link set port1 up
	link set lan up
	addr add 2001:db8:1::1/64 dev lan nodad
	addr add 192.168.1.1/24 dev lan
END
web server 198.51.100.80
recipe recipes/home-router.rst

fetch() { as "$1" curl -s -m 10 "$2"; }
fetch4() { on "$home" curl -s -m 10 "http://198.51.100.80/"; }
is "the IPv4 LAN, too" "$(fetch4)" "Hello from 198.51.100.80"
check_not "the Internet does not get in" on "$server" ping -c 1 -W 1 192.168.1.8
ip -n "$router" addr del 192.0.2.1/24 dev ppp0
ip -n "$router" addr add 192.0.2.77/24 dev ppp0
ip -n "$router" route add default via 192.0.2.254
is "another address: the IPv6 LAN" "$(fetch client 'http://[64:ff9b::198.51.100.80]/')" \
	"Hello from 198.51.100.80"
like "which has it" "$(bib | cut -d' ' -f3)" '192\.0\.2\.77#[0-9]+'
is "another address: the IPv4 LAN" "$(fetch4)" "Hello from 198.51.100.80"
as router nft delete chain inet filter forward
as router nft -f - <<-END
	table inet filter {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			iifname "lan" oifname "ppp0" accept
		}
	}
END
snapshot
check_not "without the rule for what is untracked no answer comes" \
	as client curl -s -m 2 'http://[64:ff9b::198.51.100.80]/'
check "which is counted" [ "$(delta drop_forward_denied)" -gt 0 ]
