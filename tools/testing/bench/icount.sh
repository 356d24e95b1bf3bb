#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How many instructions one packet costs. To be run in a guest whose clock counts
# instructions (run.sh does it): pktgen's nanoseconds are then instructions.
#
#	client ---------- router ---------- server
#	2001:db8::8       203.0.113.1       192.0.2.24, 2001:db8:1::24
#	10.0.0.8          192.0.2.1
#
# UDP, 82 bytes of IPv6 or 62 of IPv4 with Ethernet's 14, one skb a packet, one CPU.
# The receiver drops in raw PREROUTING. The base is the same with the router as the
# receiver; the table shows what comes on top of it.
#
#	icount.sh [-n PACKETS] [CASE...]

# shellcheck source-path=SCRIPTDIR source=../selftests/net/nat64/lib.sh
. "$(dirname "$0")/../selftests/net/nat64/lib.sh"

packets=20000
[ "${1-}" != -n ] || { packets=$2; shift 2; }
only=" $* "

# --- the machines -----------------------------------------------------------------

# Of both families everywhere; neighbours are permanent, so that no timer of theirs
# fires in a run.
machines() {
	setup_ns client router server
	ip -n "$client" link add eth0 address 02:00:00:00:00:01 type veth \
		peer name lan address 02:00:00:00:00:02 netns "$router"
	ip -n "$router" link add wan address 02:00:00:00:00:03 type veth \
		peer name eth0 address 02:00:00:00:00:04 netns "$server"
	ip -n "$client" link set eth0 up
	ip -n "$router" link set lan up
	ip -n "$router" link set wan up
	ip -n "$server" link set eth0 up
	addresses
	neighbours
}

addresses() {
	ip -n "$client" addr add 2001:db8::8/64 dev eth0 nodad
	ip -n "$client" addr add 10.0.0.8/24 dev eth0
	ip -n "$router" addr add 2001:db8::1/64 dev lan nodad
	ip -n "$router" addr add 10.0.0.1/24 dev lan
	ip -n "$router" addr add 2001:db8:1::1/64 dev wan nodad
	ip -n "$router" addr add 192.0.2.1/24 dev wan
	ip -n "$server" addr add 2001:db8:1::24/64 dev eth0 nodad
	ip -n "$server" addr add 192.0.2.24/24 dev eth0
}

neighbours() {
	local addr
	for addr in 2001:db8::8 10.0.0.8; do
		ip -n "$router" neigh replace $addr lladdr 02:00:00:00:00:01 dev lan nud permanent
	done
	for addr in 2001:db8:1::24 192.0.2.24; do
		ip -n "$router" neigh replace $addr lladdr 02:00:00:00:00:04 dev wan nud permanent
	done
}

forwarding() {
	on "$router" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

# sink NS: drops what the sender sends, and counts it.
sink() {
	on "$1" nft -f - <<-END
	table ip nat64_test {
		counter sink { }
		chain prerouting { type filter hook prerouting priority raw; meta l4proto udp counter name sink drop; }
	}
	table ip6 nat64_test {
		counter sink { }
		chain prerouting { type filter hook prerouting priority raw; meta l4proto udp counter name sink drop; }
	}
	END
}

sunk() { echo $(($(nft_count "$1" ip sink) + $(nft_count "$1" ip6 sink))); }

masquerade() {
	on "$router" nft -f - <<-END
	table ip nat64_nat {
		chain postrouting { type nat hook postrouting priority srcnat; oifname wan masquerade; }
	}
	END
}

flowtable() {
	on "$router" nft -f - <<-END
	table ip nat64_nat {
		flowtable fast { hook ingress priority 0; devices = { lan, wan }; }
		chain forward { type filter hook forward priority 0; meta l4proto udp flow add @fast; }
	}
	END
}

# --- pktgen -----------------------------------------------------------------------

# pktgen NS FILE LINE...
pktgen() {
	local file=/proc/net/pktgen/$2 line
	for line in "${@:3}"; do
		on "$1" tee "$file" <<< "$line" > /dev/null || die "pktgen does not take $line"
	done
}

# past LO-HI: pktgen's upper end is the first port that it does not use, but where
# there is only one.
past() { echo $((${1#*-} + (${1#*-} > ${1%-*} && ${1#*-} < 65535))); }

# aim NS VERSION FROM TO SOURCE-PORTS DESTINATION-PORTS [LINE...]: what is sent; ports
# are LO-HI and count up from packet to packet, LINEs are pktgen's.
aim() {
	local ns=$1 lines
	pktgen "$ns" kpktgend_0 rem_device_all 'add_device eth0'
	if [ "$2" = 6 ]; then
		lines=("pkt_size 82" "src6 $3" "dst6 $4")
	else
		lines=("pkt_size 62" "src_min $3" "src_max $3" "dst_min $4" "dst_max $4")
	fi
	# Checksums are left to the device, as those of a socket's packet are.
	lines+=("dst_mac $(router_of "$ns")" "udp_src_min ${5%-*}" "udp_src_max $(past "$5")"
		"udp_dst_min ${6%-*}" "udp_dst_max $(past "$6")" "clone_skb 0" "burst 1" "delay 0"
		"flag UDPCSUM")
	pktgen "$ns" eth0 "${lines[@]}" "${@:7}"
}

router_of() {
	if [ "$1" = "$client" ]; then echo 02:00:00:00:00:02; else echo 02:00:00:00:00:03; fi
}

# send NS COUNT: prints nanoseconds
send() {
	pktgen "$1" eth0 "count $2"
	pktgen "$1" pgctrl start
	on "$1" cat /proc/net/pktgen/eth0 > "$tmp/result"
	grep -q 'Result: OK' "$tmp/result" || die "pktgen: $(cat "$tmp/result")"
	sed -n 's/^Result: OK: \([0-9]*\)(.*/\1/p' "$tmp/result" | awk '{ print $1 * 1000 }'
}

# The last ones may still be on their way when pktgen has ended.
has_sunk() { [ "$(sunk "$1")" -ge "$2" ]; }

# measure NS RECEIVER [COUNT]: instructions a packet, in $cost; all must arrive.
measure() {
	local ns=$1 receiver=$2 count=${3-$packets} had time
	had=$(sunk "$receiver")
	time=$(send "$ns" "$count")
	wait_for 5 has_sunk "$receiver" $((had + count)) ||
		die "only $(($(sunk "$receiver") - had)) of $count packets arrived"
	cost=$((time / count))
}

# twice NS RECEIVER: the cheaper of two runs, and how far the other is off.
spread=0
twice() {
	local first
	measure "$@"
	first=$cost
	measure "$@"
	spread=$((cost > first ? cost - first : first - cost))
	[ "$cost" -le "$first" ] || cost=$first
}

# --- cases --------------------------------------------------------------------------

# Each begins with new machines and leaves what a packet costs in $cost.

base6() {
	sink "$router"
	aim "$client" 6 2001:db8::8 2001:db8:1::24 9-9 9-9
	twice "$client" "$router"
}

base4() {
	sink "$router"
	aim "$client" 4 10.0.0.8 192.0.2.24 9-9 9-9
	twice "$client" "$router"
}

forward6() {
	forwarding
	sink "$server"
	aim "$client" 6 2001:db8::8 2001:db8:1::24 9-9 9-9
	twice "$client" "$server"
}

forward4() {
	forwarding
	sink "$server"
	aim "$client" 4 10.0.0.8 192.0.2.24 9-9 9-9
	twice "$client" "$server"
}

# both_ways PORTS TO: makes conntrack's flows established, by one packet forth and
# one back.
both_ways() {
	local n=$((${1#*-} - ${1%-*} + 1))
	aim "$client" 4 10.0.0.8 192.0.2.24 "$1" 9-9
	send "$client" $n > /dev/null
	aim "$server" 4 192.0.2.24 "$2" 9-9 "$1"
	send "$server" $n > /dev/null
	aim "$client" 4 10.0.0.8 192.0.2.24 "$1" 9-9
	send "$client" $n > /dev/null
}

flowtable4() {
	forwarding
	flowtable
	sink "$server"
	both_ways 10000-10000 10.0.0.8
	twice "$client" "$server"
}

# masquerade_flows PORTS
masquerade_flows() {
	forwarding
	masquerade
	sink "$server"
	sink "$client"
	both_ways "$1" 192.0.2.1
	twice "$client" "$server"
}

masquerade_1() { masquerade_flows 10000-10000; }
masquerade_1000() { masquerade_flows 10000-10999; }

# From anywhere, so that ports collide and others have to be found.
masquerade_new() {
	forwarding
	masquerade
	sink "$server"
	ip -n "$router" route add 10.0.0.0/8 dev lan
	aim "$client" 4 10.0.0.8 192.0.2.24 1024-65535 9-9 'flag IPSRC_RND' 'flag UDPSRC_RND' \
		'src_min 10.1.0.0' 'src_max 10.1.255.255'
	send "$client" 5000 > /dev/null
	measure "$client" "$server"
}

# translator POOL4: and the client's packets for the server
translator() {
	setup_instance "$router" "$1"
	sink "$server"
	sink "$client"
	ip -n "$server" route replace 198.18.0.0/15 via 192.0.2.1
}

# up PORTS: makes the flows
up() {
	aim "$client" 6 2001:db8::8 64:ff9b::c000:218 "$1" 9-9
	send "$client" $((${1#*-} - ${1%-*} + 1)) > /dev/null
}

ours_6to4_1() {
	translator 203.0.113.1
	up 10000-10000
	twice "$client" "$server"
}

ours_6to4_1000() {
	translator 203.0.113.1
	up 10000-10999
	twice "$client" "$server"
}

ours_4to6_1() {
	translator 203.0.113.1#20000
	up 10000-10000
	aim "$server" 4 192.0.2.24 203.0.113.1 9-9 20000-20000
	send "$server" 1 > /dev/null
	twice "$server" "$client"
}

# As many ports as flows, so that each of them is in use.
ours_4to6_1000() {
	translator 203.0.113.1#20000-20999
	up 10000-10999
	aim "$server" 4 192.0.2.24 203.0.113.1 9-9 20000-20999
	send "$server" 1000 > /dev/null
	twice "$server" "$client"
}

# A thousand flows of each of many clients, each a new binding and a new session. A
# warm-up grows what grows.
ours_new() {
	local client_number sum=0 clients=$(((packets + 999) / 1000))

	translator 198.18.0.0_20#1024-65535
	ip -n "$router" route add 2001:db8:8::/64 dev lan
	for client_number in $(seq 5); do
		aim "$client" 6 "2001:db8:8::aaaa:$client_number" 64:ff9b::c000:218 10000-10999 9-9
		send "$client" 1000 > /dev/null
	done
	snapshot
	for client_number in $(seq "$clients"); do
		aim "$client" 6 "2001:db8:8::$client_number" 64:ff9b::c000:218 10000-10999 9-9
		measure "$client" "$server" 1000
		sum=$((sum + cost))
	done
	cost=$((sum / clients))
	[ "$(delta sessions_created)" -eq $((clients * 1000)) ] ||
		die "$(delta sessions_created) sessions for $clients,000 packets"
}

# --- new flows, the fuller the pool ---------------------------------------------------

# All clients share one address, of so many ports.
all_ports=64512 seen=0

# new_client: one nobody has seen; its source ports count up.
new_client() {
	seen=$((seen + 1))
	aim "$client" 6 "2001:db8:8::$seen" 64:ff9b::c000:218 1024-65535 9-9
}

are_lent() { [ "$(counter bindings)" -eq "$1" ]; }

# lend COUNT: so many ports are lent from now on.
lend() {
	local more=$(($1 - $(counter bindings)))
	new_client
	[ $more -le 0 ] || send "$client" $more > /dev/null
	wait_for 5 are_lent "$1" || die "$(counter bindings) ports are lent, not $1"
}

# fill_row LENT COUNT BASE: the cheaper of two runs, for a tick or a round of the
# worker that ends sessions falls into some; of COUNT packets, each lent another port.
fill_row() {
	local first
	lend "$1"
	new_client
	measure "$client" "$server" "$2"
	first=$cost
	new_client
	measure "$client" "$server" "$2"
	[ "$cost" -le "$first" ] || cost=$first
	are_lent $(($1 + 2 * $2)) || die "$(counter bindings) ports are lent"
	printf '%-52s %9s\n' "$(awk "BEGIN { printf \"  %.2f to %.2f %% lent\",
		100 * $1 / $all_ports, 100 * ($1 + 2 * $2) / $all_ports }")" $((cost - $3))
}

refused() { [ "$(delta drop_ports_exhausted)" -eq "$1" ]; }

# refuse COUNT: what each costs, without an error that is sent.
refuse() {
	snapshot
	cost=$(($(send "$client" "$1") / $1))
	wait_for 5 refused "$1" || die "$(delta drop_ports_exhausted) of $1 packets were refused"
}

# full_row COUNT BASE
full_row() {
	local first
	lend $all_ports
	new_client
	echo off > "$instance/translation/icmp_errors"
	refuse "$1"
	first=$cost
	refuse "$1"
	printf '%-52s %9s\n' "  all lent: refused" $((cost < first ? cost - $2 : first - $2))
}

# fill BASE
fill() {
	wanted fill || return 0
	machines
	translator "203.0.113.1#1024-65535"
	ip -n "$router" route add 2001:db8:8::/64 dev lan
	sysctl -qw net.core.netdev_max_backlog=$all_ports
	echo "nat64, every packet a new flow, of one address with $all_ports ports:"
	fill_row 200 250 "$1"
	fill_row $((all_ports / 2)) 250 "$1"
	fill_row $((all_ports * 9 / 10)) 250 "$1"
	fill_row $((all_ports * 99 / 100)) 250 "$1"
	fill_row $((all_ports * 999 / 1000)) 30 "$1"
	full_row 1000 "$1"
	forget
}

# --- the table ----------------------------------------------------------------------

wanted() { [ "$only" = '  ' ] || [[ $only == *" $1 "* ]]; }

forget() {
	local item
	for item in "${instances[@]}"; do remove_instance "$item"; done
	for item in "${namespaces[@]}"; do ip netns del "$item"; done
	instances=() namespaces=()
}

declare -A costs=()

# run CASE BASE REFERENCE TEXT
run() {
	local case=$1 base=$2 reference=$3 text=$4
	wanted "$case" || return 0
	machines
	"$case"
	costs[$case]=$((cost - base))
	printf '%-52s %9s %9s %7s\n' "$text" "${costs[$case]}" "$reference" "$spread"
	spread=0
	forget
}

# at_most LIMIT CASE...: of those that were measured
at_most() {
	local limit=$1 case
	for case in "${@:2}"; do
		[ "${costs[$case]-0}" -le "$limit" ] || die "$case costs more than $limit"
	done
}

cpu_free() { [ "$(nproc)" -eq 1 ] || die "more than one CPU: the clock is no count of instructions"; }

trap clean_up EXIT
need_tools ip nft python3
start_work
cpu_free
load_dependencies
modprobe -a pktgen nf_tables 2>/dev/null || true
[ -d /proc/net/pktgen ] || die "this kernel has no pktgen"
load_module
mount_configfs
# When ksoftirqd gets its turn, the sender may be ahead of it.
sysctl -qw net.core.netdev_max_backlog="$packets"

echo "Linux $(uname -r), ${NAT64_QEMU-QEMU}; instructions a packet"
printf '%-52s %9s %9s %7s\n' "" measured design.md spread
machines; base6; base_6=$cost; base_6s=$spread; forget
machines; base4; base_4=$cost; forget
printf '%-52s %9s %9s %7s\n' \
	"base: generated and dropped at the router, IPv6" "$base_6" 3815 "$base_6s" \
	"the same, IPv4" "$base_4" 3770 "$spread"
echo "above the base:"
run flowtable4 "$base_4" 1960 "IPv4 forwarding, nft flowtable"
run forward4 "$base_4" 3230 "IPv4 forwarding"
run forward6 "$base_6" 3760 "IPv6 forwarding"
run masquerade_1 "$base_4" 5130 "nft masquerade, 1 flow"
run masquerade_1000 "$base_4" 5140 "nft masquerade, 1,000 flows"
run ours_6to4_1 "$base_6" "" "nat64 6->4, 1 flow"
run ours_6to4_1000 "$base_6" "" "nat64 6->4, 1,000 flows"
run ours_4to6_1 "$base_4" "" "nat64 4->6, 1 flow"
run ours_4to6_1000 "$base_4" "" "nat64 4->6, 1,000 flows"
run masquerade_new "$base_4" 21470 "nft masquerade, every packet a new flow"
run ours_new "$base_6" "" "nat64, every packet a new flow"
fill "$base_6"
[ -z "${costs[masquerade_1]-}" ] ||
	at_most "${costs[masquerade_1]}" ours_{6to4,4to6}_{1,1000}
at_most 12000 ours_new
