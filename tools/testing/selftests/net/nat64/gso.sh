#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Super-packets pass whole, checksums that the hardware is to compute come out
# right, and all of it without the offloads as well.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1, nft         192.0.2.24
#
# The ratio of speeds is the affair of tools/testing/bench/ratio.sh: here counts
# what cannot depend on the machine.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start nft iperf3 ethtool
setup_net
setup_instance "$router" 203.0.113.1
far=64:ff9b::192.0.2.24
bulk=$(scale 64M 16M)

on "$router" nft -f - <<-END || skip_all "this kernel has no nft"
	table inet nat64_test {
		counter up { }
		counter down { }
		chain forward {
			type filter hook forward priority 0;
			oifname wan ip protocol tcp counter name up;
			oifname lan ip6 nexthdr tcp counter name down;
		}
	}
END
bg "$server" iperf3 -s -4 -B 192.0.2.24
wait_for 20 listening "$server" 5201 || die "no iperf3 server"

# bulk NAME COUNTER ARGUMENTS...
bulk() {
	local name=$1 counter=$2 packets bytes sent lost
	shift 2
	on "$router" nft reset counters > /dev/null
	snapshot
	if ! on "$client" iperf3 -6 -J -c $far -n "$bulk" "$@" > "$tmp/iperf"; then
		fail "$name" "$(tail -n 5 "$tmp/iperf")"
		return
	fi
	read -r sent lost < <(python3 - "$tmp/iperf" <<-'END'
	import json, sys
	end = json.load(open(sys.argv[1]))["end"]
	print(end["sum_received"]["bytes"], end["sum_sent"].get("retransmits", 0))
	END
	)
	packets=$(nft_count "$router" inet "$counter")
	bytes=$(nft_count "$router" inet "$counter" bytes)
	pass "$name"
	echo "# $sent bytes in $packets packets of $((bytes / (packets + 1))), $lost retransmissions"
	check "$name: FORWARD saw all of it" [ "$bytes" -ge "$sent" ]
	check "$name: few retransmissions" [ $((lost * 1400 * 20)) -lt "$sent" ]
	no_drops "$name: nothing was dropped"
	size=$((bytes / (packets + 1)))
}

offload() { on "$1" ethtool -K "$2" "${@:3}" > /dev/null 2>&1; }
everywhere() {
	offload "$client" eth0 "$@" && offload "$server" eth0 "$@" &&
		offload "$router" lan "$@" && offload "$router" wan "$@"
}

bulk "up, offloads on" up
check "super-packets stay whole" [ "$size" -gt 10000 ]
bulk "down, offloads on" down -R
check "super-packets stay whole" [ "$size" -gt 10000 ]
bulk "both ways at once" up --bidir

everywhere gro on && bulk "up, GRO on" up && bulk "down, GRO on" down -R
everywhere gro off

offload "$router" wan tso off gso off
bulk "up, segmented behind the translator" up
offload "$router" wan tso on gso on
offload "$router" lan tso off gso off
bulk "down, segmented behind the translator" down -R
offload "$router" lan tso on gso on

everywhere tx off
bulk=$(scale 16M 8M)
bulk "up, checksums in software" up
check "no super-packets" [ "$size" -le 1500 ]
bulk "down, checksums in software" down -R
check "no super-packets" [ "$size" -le 1500 ]
everywhere tx on tso on

# UDP super-packets are cut behind the translator, each piece with its checksum.
segments() {
	local name=$1 from=$2 to=$3 near=$4 endpoint=$5 sent
	begin "$to" sink 20 "$near"
	snapshot
	sent=$(peer "$from" segments -n 20 "$endpoint")
	end "$bg" wait
	is "$name: 20 datagrams in one" "$(output "$bg")" "$sent"
	no_drops "$name: nothing was dropped"
}
segments "UDP_SEGMENT up" "$client" "$server" '192.0.2.24#9000' "$far#9000"
mkdir "$instance/bib/udp/203.0.113.1#9001" &&
	echo '2001:db8::8#9001' > "$instance/bib/udp/203.0.113.1#9001/ipv6"
segments "UDP_SEGMENT down" "$server" "$client" '2001:db8::8#9001' '203.0.113.1#9001'
