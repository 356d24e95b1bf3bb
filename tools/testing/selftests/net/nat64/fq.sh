#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets that leave through fq: their time stamps, and how fast they may go.
#
#	client ------------------- router ------------------- server
#	2001:db8::8 eth0    fq lan 203.0.113.1 wan fq    eth0 192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_digest.sh
. "$here/lib_digest.sh"
# shellcheck source-path=SCRIPTDIR source=lib_links.sh
. "$here/lib_links.sh"

start nstat nft tc
start_links

fq() { plain "$@" && on "$router" tc qdisc replace dev "$3" root fq; }
fq_maxrate() { plain "$@" && on "$router" tc qdisc replace dev "$3" root fq maxrate 100mbit; }

# throttled DEVICE: how often fq made a flow wait.
throttled() {
	on "$router" tc -s qdisc show dev "$1" |
		sed -n 's/.*highprio.* throttled \([0-9]*\).*/\1/p'
}

# A socket that wants time stamps gives each packet one of the real clock; the fq of
# kernels before 7 would drop it as one of the far future, were it not taken off. The
# packets are clones besides: that their headers are rewritten is nothing the tap may see.
tap_test() {
	local fd

	plug fq fq || { skip "fq" "$why_not"; return; }
	mkfifo "$tmp/tap"
	nsenter --net="/run/netns/$router" -- python3 "$digest" tap 6 lan \
		< "$tmp/tap" > "$tmp/tapped" 2>&1 &
	pids+=($!)
	exec {fd}> "$tmp/tap"
	wait_for 20 grep -qx ready "$tmp/tapped" || die "no tap: $(cat "$tmp/tapped")"
	both_ways "fq, and a tap"
	exec {fd}>&-
	wait "${pids[-1]}"
	like "the tap saw IPv6 only" "$(sed 1d "$tmp/tapped")" '[1-9][0-9]{2,} 0'
}
tap_test

if plug fq_maxrate fq_maxrate; then
	both_ways "fq maxrate"
	check "fq maxrate: made flows wait up" [ "$(throttled wan)" -gt 0 ]
	check "fq maxrate: made flows wait down" [ "$(throttled lan)" -gt 0 ]
else
	skip "fq maxrate" "$why_not"
fi

# The box's own: what the socket wants has to survive the translation. fq paces
# each TCP socket, but one without a rate of its own hardly ever.
if plug plain fq; then
	ip -n "$router" -6 route add 64:ff9b::/96 dev lan
	digest_client "$router"
	snapshot
	same "pacing by the socket, no rate" up "$much" "$far#9000"
	free=$(throttled wan)
	began=${EPOCHREALTIME/./}
	same "pacing by the socket" up "$much" "$far#9000" 2500000
	took=$((${EPOCHREALTIME/./} - began))
	waits=$(($(throttled wan) - free))
	echo "# flows waited $free times without a rate, $waits times with one"
	check "pacing by the socket: it takes its time, $took us" [ $took -ge $((much * 28 / 100)) ]
	no_drops "pacing by the socket: nothing was dropped"
else
	skip "pacing by the socket" "$why_not"
fi
