#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The quick start as a person types it, into the smallest shell there is, and what
# it leaves: the default instance, its directories and their defaults.
#
#	client ---------- this machine ---------- server
#	2001:db8:64::8    2001:db8:64::1          192.0.2.24
#	(IPv6 only)       192.0.2.1               (IPv4 only)

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start busybox ping
pool4=$config/pool4/192.0.2.1

near() { ip link show "$1" > /dev/null 2>&1; }

# The only test that touches the initial namespace asks first.
mount_configfs
load_dependencies
if [ -d /sys/module/nat64 ]; then
	[ -z "$(ls $config/pool4)" ] || skip_all "the default instance is in use"
	first='modprobe nat64'
else
	first=${NAT64_KO:+insmod $NAT64_KO}
	first=${first:-modprobe nat64}
	loaded=1
fi
ip -4 addr show | grep -q ' 192\.0\.2\.' && skip_all "192.0.2.0/24 is in use here"

setup_ns client server
near=n64c$$ far=n64s$$
link_here() {
	ip link add "$1" type veth peer name eth0 netns "$2" || die "no veth"
	ip link set "$1" up
	ip -n "$2" link set eth0 up
}
link_here "$near" "$client"
link_here "$far" "$server"
ip -n "$client" addr add 2001:db8:64::8/64 dev eth0 nodad
ip -n "$client" route add default via 2001:db8:64::1
ip addr add 2001:db8:64::1/64 dev "$near" nodad
ip addr add 192.0.2.1/24 dev "$far"
ip -n "$server" addr add 192.0.2.24/24 dev eth0

quick_start() {
	busybox sh -e <<-END
	$first
	mkdir /sys/kernel/config/nat64/pool4/192.0.2.1
	END
}

# What people do next.
ranges() {
	busybox sh -e <<-'END'
	cd /sys/kernel/config/nat64/pool4/192.0.2.1
	echo 62000-63000,1024-2047 > tcp
	test "$(cat tcp)" = 1024-2047,62000-63000
	echo 61001-65535 > tcp
	END
}

check "busybox sh types the quick start" quick_start
[ -d $pool4 ] || die "there is nothing to test"
instances+=("$config")
check "and ranges" ranges
is "the entry is there" "$(busybox ls $config/pool4)" 192.0.2.1

read_back() { busybox tr '\n' ' ' < "$config/$1" | sed 's/ *$//'; }

while IFS='|' read -r path value; do
	is "$path is '$value'" "$(read_back "$path")" "$value"
done <<END
enabled|1
staged|0
pool6|64:ff9b::/96
denied_ipv4|0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4
netns|$(readlink /proc/self/ns/net)
error_log|
pool4/192.0.2.1/tcp|61001-65535
pool4/192.0.2.1/udp|61001-65535
pool4/192.0.2.1/icmp|61001-65535
pool4/192.0.2.1/mark|0/0
pool4/192.0.2.1/force|0
timeouts/udp|300
timeouts/icmp|60
timeouts/tcp_est|7200
timeouts/tcp_trans_open|240
timeouts/tcp_trans_close|240
timeouts/tcp_in_syn|6
timeouts/allow_below_rfc|0
END
like "limits/sessions has a default" "$(read_back limits/sessions)" '[1-9][0-9]*'

mode() { stat -c '%a %U %F' "$config/$1"; }
for path in pool4 bib bib/tcp bib/udp bib/icmp timeouts limits instances pool4/192.0.2.1; do
	is "$path/ is a directory" "$(mode "$path")" "755 root directory"
done
for path in enabled staged pool6 denied_ipv4 pool4/192.0.2.1/{tcp,udp,icmp,mark,force} \
	    timeouts/{udp,icmp,tcp_est,tcp_trans_open,tcp_trans_close,tcp_in_syn,allow_below_rfc} \
	    limits/sessions; do
	is "$path can be written" "$(mode "$path")" "644 root regular file"
done
for path in netns error_log; do
	is "$path can only be read" "$(mode "$path")" "444 root regular file"
done
is "counters can only be read" "$(stat -c %a "$stats/given_back")" 444
is "the tables name clients: not for everybody" \
	"$(stat -c %a /proc/net/nat64/bib /proc/net/nat64/sessions | tr '\n' ' ')" "440 440 "

wait_for 20 on "$client" ping -c 1 -W 1 2001:db8:64::1 || die "the client does not reach us"
snapshot
check "ping" on "$client" ping -c 3 -i 0.2 -W 5 64:ff9b::192.0.2.24
serve "$server" udp '192.0.2.24#53'
serve "$server" tcp '192.0.2.24#80'
ports='6(1(00[1-9]|0[1-9].|[1-9]..)|[2-4]...|5([0-4]..|5([0-2].|3[0-5])))'
like "UDP, from a port of the default range" "$(ask "$client" udp '64:ff9b::192.0.2.24#53')" \
	"2001:db8:64::8#[0-9]+ 192\.0\.2\.1#$ports 192\.0\.2\.24#53"
like "TCP, from a port of the default range" "$(ask "$client" tcp '64:ff9b::192.0.2.24#80')" \
	"2001:db8:64::8#[0-9]+ 192\.0\.2\.1#$ports 192\.0\.2\.24#80"
counters "these packets were counted, and nothing else" 6to4_icmp_packets=3 4to6_icmp_packets=3 \
	6to4_udp_packets=1 4to6_udp_packets=1 6to4_tcp_packets+4 4to6_tcp_packets+3 '~*_bytes' \
	bindings_created=3 sessions_created=3

check "rmdir takes it away" rmdir $pool4
is "with all its bindings" "$(wc -l < /proc/net/nat64/bib)" 1
check_not "and nothing is translated any more" on "$client" ping -c 1 -W 1 64:ff9b::192.0.2.24
if [ $loaded -eq 1 ]; then
	check "rmmod" unload_module
	check_not "leaves nothing in configfs" ls $config
	check_not "nor in sysfs" ls $sysfs
	check_not "nor in procfs" ls /proc/net/nat64
fi
