#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nat64-doctor: a healthy box has no finding. Each defect is made, seen, and mended by
# the command that it says.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

script=$here/../../../../../scripts/nat64-doctor
[ -e "$script" ] || script=$(command -v nat64-doctor)
shell=dash

# doctor ARGUMENT...: on the router; sets findings and status.
doctor() {
	# shellcheck disable=SC2086	# "busybox sh"
	findings=$(on "$router" $shell "$script" "$@" 2>&1)
	status=$?
}

# sick NAME LEVEL CHECK TEXT: the check's only finding is of this level, and has TEXT.
sick() {
	local n

	checked=$3
	doctor -q -c "$3"
	n=$(grep -cE '^(warn|bad) ' <<< "$findings")
	if [ "$n" -eq 1 ] && grep -qE "^$2 $3: .*$4" <<< "$findings" &&
	   [ $status -eq "$([ "$2" = bad ] && echo 1 || echo 0)" ]; then
		pass "$1"
	else
		fail "$1" "status $status"$'\n'"$findings"
	fi
}

checked=''

# mend NAME [SED]: runs what is behind "do:", with the words in capitals filled in.
mend() {
	local command

	command=$(sed -n 's/^    do: //p' <<< "$findings" | sed "${2-}")
	if ! on "$router" sh -ec "$command" > "$tmp/mend" 2>&1; then
		fail "$1: it is mended" "$command: $(cat "$tmp/mend")"
		return
	fi
	doctor -q -c "$checked"
	is "$1: it is mended" "$status $findings" "0 "
}

# defect NAME LEVEL CHECK TEXT [SED]: sick, then mended.
defect() {
	sick "${@:1:4}"
	mend "$1" "${5-}"
}

start nft dash ethtool busybox
[ -n "$script" ] || skip_all "no nat64-doctor"

# Before there is anything.
if [ ! -d /sys/module/nat64 ]; then
	out=$($shell "$script" 2>&1)
	is "without the module: status 3" "$?" 3
	like "and it says so" "$out" '.*modprobe nat64.*'
fi

setup_net
setup_instance "$router" 192.0.2.1
ip -n "$router" route add default via 192.0.2.24
sysctl_in "$router" net.ipv6.conf.all.forwarding=1
name=${instance##*/}

# The guest's clock is nobody's to set; it says that it is synchronized.
mkdir "$tmp/bin"
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "${CLOCK-yes}"\n' > "$tmp/bin/timedatectl"
chmod +x "$tmp/bin/timedatectl"
PATH=$tmp/bin:$PATH

for shell in dash "busybox sh"; do
	doctor -i "$name"
	is "$shell: a healthy box: status 0" $status 0
	is "$shell: no finding" "$(grep -E '^(warn|bad)|^nat64|not found' <<< "$findings")" ""
	like "$shell: a line for each check" "$(grep -c '^ok ' <<< "$findings")" '1[4-9]'
done
shell=dash
echo "$findings" | diag
doctor -q
is "--quiet says nothing then" "$status $findings" "0 "

# --- how it is called -----------------------------------------------------------------

doctor --help
like "--help" "$status $findings" '0 usage: .*'
doctor --nonsense
like "wrong usage: status 2" "$status $findings" '2 .*--nonsense.*'
doctor -i
like "no argument: status 2" "$status $findings" '2 .*-i.*'
doctor -c nothing
like "no such check: status 2" "$status $findings" '2 .*nothing.*firewall.*'
doctor -i nobody
like "no such instance: status 3" "$status $findings" '3 .*nobody.*'
out=$(on "$client" dash "$script" -i "$name" 2>&1)
like "from another namespace: status 3" "$? $out" '3 .*nsenter.*'
out=$(on "$client" dash "$script" 2>&1)
like "a namespace without an instance: status 3" "$? $out" '3 .*no instance.*'

# --- the instance ----------------------------------------------------------------------

echo 0 > "$instance/enabled"
defect "switched off" bad enabled "off"
echo drain > "$instance/enabled"
defect "draining" warn enabled "drain"
echo 1 > "$instance/staged"
defect "staged" warn pool4 "staged"
echo 0 > "$instance/staged"
rmdir "$instance/pool4/192.0.2.1"
defect "nothing in pool4" bad pool4 "nothing" 's/ADDRESS/192.0.2.1/'
mkdir "$instance/bib/tcp/192.0.2.1#80"
defect "a static binding without its client" warn bib "192.0.2.1#80" 's/ADDRESS#PORT/2001:db8::8#80/'
rmdir "$instance/bib/tcp/192.0.2.1#80"

for protocol in tcp udp icmp; do echo > "$instance/pool4/192.0.2.1/$protocol"; done
defect "an entry without ports" warn pool4 "no ports"

rmdir "$instance/pool4/192.0.2.1"
mkdir "$instance/pool4/dev:a#b#5000"
sick "a # in its name" warn pool4 "no interface a#b"
rmdir "$instance/pool4/dev:a#b#5000"
mkdir "$instance/pool4/dev:up0"
sick "an interface that is not there" warn pool4 "no interface up0"
ip -n "$router" link add up0 type dummy
sick "it is down" warn pool4 "up0 is down"
check "it is down: it is mended" on "$router" sh -ec "$(sed -n 's/^    do: //p' <<< "$findings")"
sick "it has no address" warn pool4 "no IPv4 address"
mend "it has no address" 's|ADDRESS/LENGTH|203.0.113.9/32|'
rmdir "$instance/pool4/dev:up0"
ip -n "$router" link del up0
mkdir "$instance/pool4/192.0.2.1"

echo 61001-61010 > "$instance/pool4/192.0.2.1/udp"
serve "$server" udp '192.0.2.24#53'
hold "$client" udp -n 10 '64:ff9b::192.0.2.24#53'
defect "the ports are used up" warn pool4 "10 of 10 udp ports" 's/mkdir .*/echo 61001-65535 > '"${instance//\//\\/}"'\/pool4\/192.0.2.1\/udp/'
limit=$(cat "$instance/limits/sessions")
echo 11 > "$instance/limits/sessions"
defect "limits/sessions is nearly reached" warn limits "10 of 11"
echo "$limit" > "$instance/limits/sessions"
release

setup_ns dead
# shellcheck disable=SC2154
on "$dead" mkdir "$config/instances/$dead"
instances+=("$config/instances/$dead")
mkdir "$config/instances/$dead/pool4/192.0.2.1"
on "$dead" mkdir "$config/instances/$dead/bib/udp/192.0.2.1#7"
ip netns del "$dead"
gone() { [ "$(cat "$config/instances/$dead/netns")" = - ]; }
wait_for 20 gone
defect "an instance whose namespace is gone" warn instances "$dead"

# --- the kernel around it ----------------------------------------------------------------

sysctl_in "$router" net.ipv6.conf.all.forwarding=0
defect "no forwarding of IPv6" warn forwarding "forwarding is 0"
ip -n "$router" route del default
defect "no default route" warn routes "no IPv4 default" 's/GATEWAY/192.0.2.24/'
ip -n "$router" -6 route add 64:ff9b::198.51.100.0/120 via 2001:db8::8
defect "a longer route inside the prefix" warn routes "64:ff9b::c633:6400/120"
ip -n "$router" -6 route add blackhole 64:ff9b::/96
doctor -q -c routes
is "a route of the prefix itself is none" "$findings" ""
ip -n "$router" -6 route del 64:ff9b::/96
ip -n "$router" -6 route add 64:ff9b::/96 nexthop via 2001:db8::8 dev lan nexthop via 2001:db8::9 dev lan
doctor -q -c routes
is "nor is one with nexthops" "$findings" ""
ip -n "$router" -6 route del 64:ff9b::/96
ip -n "$router" -6 route add unreachable 64:ff9b::198.51.100.0/120
defect "one that leads nowhere is" warn routes "64:ff9b::c633:6400/120"
ip -n "$router" -6 addr add 64:ff9b::1/128 dev lan nodad
sick "an address of the box inside the prefix" warn routes "64:ff9b::1 "
ip -n "$router" -6 addr del 64:ff9b::1/128 dev lan

mkdir "$instance/pool4/192.0.2.7"
on "$router" ip neigh flush all
defect "nobody answers ARP for an address" bad addresses "192.0.2.7 on wan"
serve "$server" udp '192.0.2.99#7'
like "with that the address works" "$(for i in 1 2 3 4 5 6; do
	ask "$client" udp -s "2001:db8::$((i % 2 + 8))#$((5000 + i))" '64:ff9b::192.0.2.99#7'; done | tr '\n' ' ')" \
	'(2001:[^ ]* [^E ]* [^ ]* ?){6}'
rmdir "$instance/pool4/192.0.2.7"
ip -n "$router" addr del 192.0.2.7/32 dev wan
mkdir "$instance/pool4/192.0.2.32_28"
defect "nor for a prefix" bad addresses "192.0.2.32/28 on wan"
rmdir "$instance/pool4/192.0.2.32_28"
ip -n "$router" route del local 192.0.2.32/28 dev wan
mkdir "$instance/pool4/192.0.2.7"
ip -n "$router" route add 192.0.2.7/32 dev lo
ip -n "$router" neigh add proxy 192.0.2.7 dev wan
doctor -q -c addresses
is "proxy ARP is an answer" "$findings" ""
rmdir "$instance/pool4/192.0.2.7"
ip -n "$router" link add link wan name wan.100 type vlan id 100 2> /dev/null ||
	ip -n "$router" link add wan.100 type dummy
ip -n "$router" link set wan.100 up
ip -n "$router" addr add 198.18.7.1/24 dev wan.100
mkdir "$instance/pool4/198.18.7.7"
ip -n "$router" route add 198.18.7.7/32 dev lo
sick "a dot in the interface's name" bad addresses "198.18.7.7 on wan.100"
echo 1 | on "$router" tee /proc/sys/net/ipv4/conf/wan.100/proxy_arp > "$tmp/tee"
doctor -q -c addresses
is "proxy ARP is an answer there, too" "$findings" ""
rmdir "$instance/pool4/198.18.7.7"

sysctl_in "$router" net.ipv4.ip_forward=1
mkdir "$instance/pool4/203.0.113.0_28"
defect "what is routed here goes round and round" warn addresses "203.0.113.0/28"
rmdir "$instance/pool4/203.0.113.0_28"

echo 1 > "$instance/pool4/192.0.2.1/force"
echo 40000-40009,61001-65535 > "$instance/pool4/192.0.2.1/tcp"
sysctl_in "$router" net.ipv4.ip_local_reserved_ports=40003
defect "the box's own ports" warn ports "40000-40002,40004-40009 to its own"
echo 40000-40010 > "$instance/pool4/192.0.2.1/tcp"
echo 40000-40900 > "$instance/pool4/192.0.2.1/udp"
defect "of two protocols, which begin alike" warn ports "40900 to its own"
echo 61001-65535 | tee "$instance/pool4/192.0.2.1/tcp" > "$instance/pool4/192.0.2.1/udp"

ip -n "$router" link add second type dummy
ip -n "$router" link set second up
ip -n "$router" addr add 198.51.100.1/24 dev second
ip -n "$router" route add default dev second metric 9
sysctl_in "$router" net.ipv4.conf.wan.rp_filter=1 net.ipv4.conf.second.rp_filter=0 \
	net.ipv4.conf.all.rp_filter=0
defect "a strict rp_filter, and two providers" warn rp_filter "wan"
sysctl_in "$router" net.ipv4.conf.wan.rp_filter=1 net.ipv4.conf.all.rp_filter=2
doctor -q -c rp_filter
is "all that is loose is more" "$findings" ""
sysctl_in "$router" net.ipv4.conf.all.rp_filter=0
ip -n "$router" link del second
ip -n "$router" route add default dev wan.100 metric 9
on "$router" sh -c 'echo 1 > /proc/sys/net/ipv4/conf/wan.100/rp_filter; echo 0 > /proc/sys/net/ipv4/conf/wan/rp_filter'
defect "a strict one with a dot in its name" warn rp_filter "wan.100"
ip -n "$router" link del wan.100

# --- firewalls ----------------------------------------------------------------------------

sysctl_in "$router" net.ipv4.ip_forward=0
on "$router" nft -f - <<-END
	table inet filter {
		chain extra { tcp dport 22 accept; }
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
			jump extra
		}
	}
END
is "a stateful policy: nothing passes" "$(ask "$client" udp -t 1 '64:ff9b::192.0.2.24#53')" ETIMEDOUT
doctor -c firewall
is "two rules are wanted" "$(grep -c '^warn firewall' <<< "$findings")" 2
sed -n 's/^    do: //p' <<< "$findings" > "$tmp/rules"
doctor -c counters
like "the counter tells, too" "$(grep '^ok counters' <<< "$findings")" '.*forward_denied.*'
check "they are taken" on "$router" sh -e "$tmp/rules"
doctor -q -c firewall
is "with them there is no finding" "$status $findings" "0 "
like "and packets pass" "$(ask "$client" udp '64:ff9b::192.0.2.24#53')" '2001:db8::8.*'
on "$router" nft -f - <<-END
	flush chain inet filter forward
	add rule inet filter forward ct state established,related accept
	add rule inet filter extra ct state untracked accept
	add rule inet filter forward jump extra
END
doctor -q -c firewall
is "a rule in a chain that is jumped to is one" "$findings" ""
on "$router" nft -f - <<-END
	flush chain inet filter extra
	add rule inet filter extra ip6 saddr 64:ff9b::/96 accept
	add rule inet filter extra ip saddr 192.0.2.10 accept
END
sick "a rule for another address that begins alike" warn firewall "IPv4"
on "$router" nft delete table inet filter
on "$router" nft -f - <<-END
	table ip6 filter {
		chain FORWARD {
			type filter hook forward priority filter; policy accept;
			iifname "lan" accept
			counter reject
		}
	}
END
defect "a reject at the end, of IPv6 alone" warn firewall "IPv6"
on "$router" nft delete table ip6 filter

# --- links ----------------------------------------------------------------------------------

ip -n "$router" link add small type dummy
ip -n "$router" link set small mtu 1000 up
defect "a link too small for IPv6" warn mtu "small has 1000"
ip -n "$router" link del small
echo 1400 > "$instance/translation/lowest_ipv6_mtu"
sysctl_in "$router" net.ipv6.conf.lan.mtu=1300
defect "lowest_ipv6_mtu is more than a link takes" warn mtu "lan takes 1300"
sysctl_in "$router" net.ipv6.conf.lan.mtu=1500
echo off > "$instance/translation/icmp_errors"
defect "no ICMP errors" warn mtu "icmp_errors"
ip -n "$router" link add merge type bond 2> /dev/null
if ip -n "$router" link set merge up && on "$router" ethtool -K merge lro on 2> /dev/null &&
   on "$router" ethtool -k merge | grep -q '^large-receive-offload: on'; then
	defect "LRO" bad offloads "merge"
else
	skip "LRO" "no interface here has it"
fi
ip -n "$router" link del merge 2> /dev/null

# --- DNS64 ----------------------------------------------------------------------------------

# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$AAAA"\n' > "$tmp/bin/dig"
chmod +x "$tmp/bin/dig"
while read -r prefix AAAA; do
	export AAAA
	echo "$prefix" > "$instance/pool6"
	doctor -q -c dns64
	is "DNS64: $AAAA is in $prefix" "$status $findings" "0 "
done <<-END
	64:ff9b::/96 64:ff9b::c000:aa
	2001:db8:1:2:3:4::/96 2001:db8:1:2:3:4:c000:aa
	2001:db8:100::/40 2001:db8:1c0:0:aa::
	2001:db8:1:a00::/56 2001:db8:1:ac0:0:aa00::
	2001:db8::/32 2001:db8:c000:aa::
END
export AAAA=2001:db9:c000:aa::
sick "DNS64: the prefix is another" warn dns64 "in no prefix"
echo 64:ff9b::/96 > "$instance/pool6"
rm "$tmp/bin/dig"

export CLOCK=no
sick "a clock that nobody sets" warn clock "not synchronized"
unset CLOCK

doctor -q
is "in the end all is well" "$status $findings" "0 "
