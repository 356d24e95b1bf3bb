#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Mutated packets come from all sides while the configuration changes: the kernel
# does not complain, what is translated is well-formed, every way for a packet to
# end is reached, and afterwards all is as it was. To be run in a guest: run.sh.
#
#	client ---------------- router ----------------- server
#	2001:db8::8 to ::a      192.0.2.1                192.0.2.24, .25, .99
#	2001:db8:1::8           203.0.113.1, .2          198.51.100.7
#	(a smaller MTU)         tun and tap devices      (a smaller MTU)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fuzz=$here
# shellcheck source-path=SCRIPTDIR source=../selftests/net/nat64/lib.sh
. "$here/../selftests/net/nat64/lib.sh"

usage() {
	cat >&2 <<-END
	usage: $0 [-s SEED] [-f FIRST STEP] [-n STEPS] [-k KIND] [-F]
	  -s  a number, or random (1)
	  -f  replay from this step on (0)
	  -n  so many steps, of 1.25 packets on average (160000; -F: 16000)
	  -k  mostly one kind of packet, a builder of corpus.py
	  -F  allocations fail now and then
	END
	exit 2
}

seed=1 first=0 steps='' kind='' fail='' options=()
while getopts s:f:n:k:F opt; do
	case $opt in
	s) seed=$OPTARG ;;
	f) first=$OPTARG ;;
	n) steps=$OPTARG ;;
	k) kind=$OPTARG options+=(--only "$kind") ;;
	F) fail=1 options+=(--fail) ;;
	*) usage ;;
	esac
done
steps=${steps:-$([ -z "$fail" ] && echo 160000 || echo 16000)}
[ "$seed" != random ] || seed=$SRANDOM

start nft ping ethtool
echo "# seed $seed, steps $first to $((first + steps - 1))${fail:+, allocations fail}"

client_mac=02:00:00:00:06:08 server_mac=02:00:00:00:04:24
lan_mac=02:00:00:00:06:01 wan_mac=02:00:00:00:04:01

set_link() { ip -n "$1" link set "$2" address "$3" mtu 9000; }

# What the router sends arrives without anybody asking where.
set_neighbours() {
	local addr

	for addr in 8 9 a b; do
		ip -n "$router" neigh replace "2001:db8::$addr" lladdr $client_mac dev lan nud permanent
	done
	for addr in 24 25 99; do
		ip -n "$router" neigh replace "192.0.2.$addr" lladdr $server_mac dev wan nud permanent
	done
}

set_routes() {
	ip -n "$client" addr add 2001:db8:1::8/128 dev eth0 nodad
	ip -n "$router" route add 2001:db8:1::/64 via 2001:db8::8 mtu 1400
	ip -n "$router" route add default via 2001:db8::8
	ip -n "$router" route add 64:ff9b::/96 dev lan
	ip -n "$router" route add 2001:db8:6464::/48 dev lan
	ip -n "$router" route add 198.51.100.0/24 via 192.0.2.24 mtu 1400
	ip -n "$router" route add default via 192.0.2.24
	ip -n "$router" route add unreachable 198.18.0.0/15
}

# Errors are sent as often as there is a reason, and fragments wait no longer
# than a test can.
set_sysctls() {
	on "$router" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
		net.ipv4.ipfrag_time=1 net.ipv4.ipfrag_max_dist=0
	on "$router" sysctl -qw net.netfilter.nf_conntrack_frag6_timeout=1 \
		net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000 || true
}

# The neighbours do not answer what they cannot have sent.
mute() {
	local ns

	for ns in "$client" "$server"; do
		on "$ns" nft -f - <<-END
			table inet mute {
				chain prerouting {
					type filter hook prerouting priority raw;
					drop
				}
			}
		END
	done
}

unmute() {
	on "$client" nft delete table inet mute
	on "$server" nft delete table inet mute
}

if [ -n "$fail" ] && [ -n "${NAT64_KO-}" ]; then
	load_module
	unload_module
	check "loading the module fails well" python3 "$fuzz/load.py" "$NAT64_KO"
fi

modprobe -q tun || true		# may be built in
setup_net
set_link "$client" eth0 $client_mac
set_link "$router" lan $lan_mac
set_link "$router" wan $wan_mac
set_link "$server" eth0 $server_mac
set_neighbours
set_routes
set_sysctls
# Where GRO is on it waits a moment for what is to be put together.
for dev in lan wan; do
	ip netns exec "$router" sh -c "echo 2000000 > /sys/class/net/$dev/gro_flush_timeout"
done
on "$router" nft -f - <<-END
	table inet fuzz {
		chain early { type filter hook prerouting priority -450; }
		chain raw { type filter hook prerouting priority raw; }
		chain forward { type filter hook forward priority 0; }
		chain postrouting { type nat hook postrouting priority srcnat; }
	}
END
setup_instance "$router"
# Stored SYNs come to their end while the test still runs.
echo 1 > "$instance/timeouts/allow_below_rfc"
echo 1 > "$instance/timeouts/tcp_in_syn"
mute

# --- the run ---------------------------------------------------------------------

snapshot
python3 "$fuzz/fuzz.py" --seed "$seed" --from "$first" --count "$steps" "${options[@]}" \
	--corpus "$fuzz/corpus.txt" --macs $lan_mac,$wan_mac --instance "$instance" --stats "$stats" \
	--client "$client" --router "$router" --server "$server"
is "seed $seed: nothing to complain of" $? 0

ends() { (cd "$stats" && ls -d drop_*); }
flows() { echo {6to4,4to6}_{tcp,udp,icmp,icmp_error}_packets hairpinned; }

echo "# translated, and how the rest ended:"
# shellcheck disable=SC2046
for counter in $(flows) $(ends) given_back icmp_errors_sent {bindings,sessions}_created; do
	printf '# %8d %s\n' "$(delta "$counter")" "$counter"
done

# reached NAME COUNTER...: each of them moved.
reached() {
	local name=$1 counter missed=''
	shift
	for counter; do
		[ "$(delta "$counter")" -gt 0 ] || missed+="$counter "
	done
	is "seed $seed: $name" "$missed" ''
}

# A replay, or one kind of packet, need not get everywhere.
if [[ $steps -ge 15000 && -z $kind ]]; then
	# shellcheck disable=SC2046
	reached "all is translated, both ways" $(flows)
	[ -z "$fail" ] || reached "there was no memory for some packets" drop_no_memory
fi
# Nothing that a fuzzer does leads to the ends that are left out, or only by luck.
if [[ $steps -ge 100000 && -z $kind ]]; then
	# shellcheck disable=SC2046
	reached "every end is reached" $(ends | grep -vxE 'drop_(lro|xfrm_policy|no_memory|syn_limit|simultaneous_open|repeated_syn)')
fi

# --- and afterwards ------------------------------------------------------------------

gauges() { for gauge in bindings sessions; do echo "$gauge=$(counter $gauge)"; done; }
remove_config "$instance"
is "without entries there is no state" "$(gauges)" $'bindings=0\nsessions=0'

unmute
echo 64:ff9b::/96 > "$instance/pool6"
mkdir "$instance/pool4/203.0.113.1"
for protocol in tcp udp icmp; do
	mkdir "$instance/bib/$protocol/203.0.113.2#80"
	echo 2001:db8::8#8080 > "$instance/bib/$protocol/203.0.113.2#80/ipv6"
done
for protocol in udp tcp; do
	serve "$server" $protocol '192.0.2.24#80'
	serve "$client" $protocol '2001:db8::8#8080'
	like "$protocol: from IPv6" "$(ask "$client" $protocol '64:ff9b::192.0.2.24#80')" \
		"2001:db8::8#[0-9]+ 203\.0\.113\.1#6[0-9]+ 192\.0\.2\.24#80"
	like "$protocol: from IPv4" "$(ask "$server" $protocol '203.0.113.2#80')" \
		"192\.0\.2\.24#[0-9]+ 64:ff9b::c000:218#[0-9]+ 2001:db8::8#8080"
done
check "icmp: from IPv6" on "$client" ping -c 2 -i 0.2 -W 5 64:ff9b::192.0.2.24
check "icmp: from IPv4" on "$server" ping -e 80 -c 2 -i 0.2 -W 5 203.0.113.2

remove_instance "$instance"
check "the module can be unloaded" unload_module
[ $n_failed -eq 0 ] ||
	echo "# to see this again: tools/testing/fuzz/run.sh -s $seed -f $first -n $steps" \
		"${kind:+-k $kind}" "${fail:+-F}"
