#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The speed of one TCP stream with all offloads on, translated, beside that of plain
# IPv6 forwarding on the same machines. The runs take turns, and medians count, for
# a machine's speed changes with the time of day.
#
#	client ---------- router ---------- server
#	2001:db8::8       203.0.113.1       192.0.2.24, 2001:db8:1::24
#
#	speed.sh [RUNS [SECONDS]]

# shellcheck source-path=SCRIPTDIR source=../selftests/net/nat64/lib.sh
. "$(dirname "$0")/../selftests/net/nat64/lib.sh"

runs=${1-5} seconds=${2-3}

trap clean_up EXIT
need_tools ip iperf3 python3
start_work
setup_net
setup_instance "$router" 203.0.113.1
on "$server" sysctl -qw net.ipv6.conf.all.disable_ipv6=0
on "$router" sysctl -qw net.ipv6.conf.all.forwarding=1
ip -n "$router" addr add 2001:db8:1::1/64 dev wan nodad
ip -n "$server" addr add 2001:db8:1::24/64 dev eth0 nodad
ip -n "$server" route add default via 2001:db8:1::1
for address in 192.0.2.24 2001:db8:1::24; do
	bg "$server" iperf3 -s -B $address
	wait_for 20 on "$server" sh -c "ss -Hltn 'sport = :5201' | grep -qF $address" ||
		die "no iperf3 server"
done

# speed ADDRESS ARGUMENTS...: Mbit/s
speed() {
	on "$client" iperf3 -6 -J -t "$seconds" -c "$@" > "$tmp/iperf" || die "$(tail -n 5 "$tmp/iperf")"
	python3 -c 'import json, sys
print(int(json.load(open(sys.argv[1]))["end"]["sum_received"]["bits_per_second"] / 1e6))' "$tmp/iperf"
}

median() { sort -n | sed -n "$(((runs + 1) / 2))p"; }

compare() {
	local way=$1 i plain ours
	shift
	: > "$tmp/plain"
	: > "$tmp/ours"
	for ((i = 0; i < runs; i++)); do
		speed 2001:db8:1::24 "$@" >> "$tmp/plain"
		speed 64:ff9b::192.0.2.24 "$@" >> "$tmp/ours"
	done
	plain=$(median < "$tmp/plain") ours=$(median < "$tmp/ours")
	printf '%-12s %12s %12s %8s\n' "$way" "$plain" "$ours" \
		"$(awk "BEGIN { printf \"%.2f\", $ours / $plain }")"
	paste -sd' ' "$tmp/plain" | sed 's/^/  forwarded:  /'
	paste -sd' ' "$tmp/ours" | sed 's/^/  translated: /'
}

echo "Linux $(uname -r), $(nproc) CPUs; one TCP stream, Mbit/s, medians of $runs runs of $seconds s"
printf '%-12s %12s %12s %8s\n' "" "IPv6 routed" translated ratio
compare 6-\>4
compare 4-\>6 -R
