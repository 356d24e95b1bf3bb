#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Super-packets of every kind pass, whole where they can, checksums that the
# hardware is to compute come out right, and all of it without the offloads, too.
#
#	client ---------------- router ----------------- server
#	2001:db8::8 eth0    lan 203.0.113.1 wan     eth0 192.0.2.24
#	                        nft
#
# Each row says what comes to the router (big: over 64 KiB, large: a super-packet,
# small) and what leaves the translator, so that none passes because an offload was
# off. The ratio of speeds is the affair of tools/testing/bench/ratio.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_digest.sh
. "$here/lib_digest.sh"

start nft ethtool nstat
setup_net
setup_instance "$router" 203.0.113.1
far=64:ff9b::192.0.2.24
much=$(scale 5000000 4000000) little=$(scale 1000000 500000)

look_on "$router" || skip_all "this kernel has no nft"
digest_server "$server" '192.0.2.24#9000'
digest_client "$client"

# --- offloads ------------------------------------------------------------------

# What ethtool -k calls them.
declare -A long=(
	[gro]=generic-receive-offload [gso]=generic-segmentation-offload
	[tso]=tcp-segmentation-offload [tx]=tx-checksumming [rx]=rx-checksumming
	[sg]=scatter-gather
)

# The state of each, and whether the devices have it already.
declare -A state=()
settled=1

# offload NS:DEV NAME on|off...
offload() {
	local end=$1
	shift
	while [ $# -gt 0 ]; do
		state[$end $1]=$2
		shift 2
	done
	settled=0
}

# why_not: the reason for which a row cannot be.
why_not=''

# settle_end NS:DEV: sets them, and sees to it that they are so.
settle_end() {
	local ns=${1%:*} dev=${1#*:} key name has set=()

	for key in "${!state[@]}"; do
		[[ $key != "$1 "* ]] || set+=("${key#* }" "${state[$key]}")
	done
	on "$ns" ethtool -K "$dev" "${set[@]}" > "$tmp/ethtool" 2>&1
	has=$(on "$ns" ethtool -k "$dev")
	for key in "${!state[@]}"; do
		name=${key#* }
		[[ $key != "$1 "* || $has == *[[:space:]]"${long[$name]-$name}: ${state[$key]}"* ]] ||
			why_not="$dev: $name cannot be ${state[$key]}"
	done
}

ends=("$client:eth0" "$router:lan" "$router:wan" "$server:eth0")
settle() {
	local end
	[ $settled -eq 0 ] || return
	for end in "${ends[@]}"; do settle_end "$end"; done
	settled=1
}

# The two that send, and those of the router that receive.
senders() { offload "${ends[0]}" "$@"; offload "${ends[3]}" "$@"; }
receivers() { offload "${ends[1]}" "$@"; offload "${ends[2]}" "$@"; }
everywhere() { senders "$@"; receivers "$@"; }

all_on() {
	why_not=''
	everywhere tx on rx on sg on tso on gso on gro off \
		rx-gro-list off rx-udp-gro-forwarding off tx-udp-segmentation on
}

# --- rows ----------------------------------------------------------------------

# some_or_none COUNTER...: of which there were some, in words.
some_or_none() {
	local counter said=''
	for counter; do
		if [ "${packets[$counter]}" -gt 0 ]; then said+=" some"; else said+=" none"; fi
	done
	echo "${said# }"
}

# until_big LINE...: how much comes by one interrupt, of which GRO makes one, is for the
# scheduler to say; so there are some tries.
until_big() {
	local try digests
	for try in {1..20}; do
		[ "${packets[big_in]}" -eq 0 ] || return
		echo "# try $try: nothing over 64 KiB came"
		echo "$*" >&"$client_to"
		read -r digests <&"$client_from" || die "digest.py broke off: $digests"
		read_nft
	done
}

# row NAME IN OUT LINE...: see digest.py.
row() {
	local name=$1 big=none large_in=none large_out=none

	settle
	if [ -n "$why_not" ]; then
		skip "$name" "$why_not"
		return
	fi
	[ "$2" != big ] || big=some
	[ "$2" = small ] || large_in=some
	[ "$3" = small ] || large_out=some
	read_nft
	snapshot
	same "$name" "${@:4}"
	read_nft
	[ $big = none ] || until_big "${@:4}"
	is "$name: $2 ones come in, $3 ones go on" \
		"$(some_or_none big_in large_in big_out large_out)" \
		"$big $large_in none $large_out"
	stacks_are_content "$name"
	no_drops "$name: nothing was dropped"
}

both() {
	local name=$1 in=$2 out=$3 bytes=$4
	row "$name, up" "$in" "$out" up "$bytes" "$far#9000"
	row "$name, down" "$in" "$out" down "$bytes" "$far#9000"
}

# udp NAME IN OUT: with the sockets' own super-packets (UDP_SEGMENT, UDP_GRO).
udp() { row "$1" "$2" "$3" echo 20000 20 "$far#9001" 1000; }

read_stacks
all_on
both "TSO" large large "$much"
udp "UDP_SEGMENT" large large

senders tso off gso off tx-udp-segmentation off
both "segmented by the sender" small small "$little"
udp "UDP segmented by the sender" small small

receivers gro on
senders gso on
both "GRO" large large "$much"
senders tso on tx-udp-segmentation on

all_on
receivers gro on rx-udp-gro-forwarding on
senders tx-udp-segmentation off
udp "UDP GRO" large large

# Their segments have headers of their own: they are cut before the translation.
all_on
receivers gro on rx-gro-list on
senders tso off tx-udp-segmentation off
tcp=small
at_least 6.10 || tcp=large	# a fraglist was for UDP only
both "fraglist GRO" large $tcp "$much"
udp "UDP fraglist GRO" large small

all_on
receivers tso off tx-udp-segmentation off
both "segmented behind the translator" large large "$much"
udp "UDP segmented behind the translator" large large

all_on
receivers tx off sg off gso off tso off tx-udp-segmentation off
both "behind the translator neither sg nor checksums" large large "$much"

all_on
everywhere tx off tso off tx-udp-segmentation off
both "checksums in software" small small "$little"
row "UDP, checksums in software" small small echo 1000 200 "$far#9000"
receivers gro on
both "checksums in software, GRO" large large "$much"

all_on
senders sg off gso off tso off tx-udp-segmentation off
both "linear" small small "$little"

all_on
receivers rx off
both "rx checksums off" large large "$much"

# --- over 64 KiB -----------------------------------------------------------------

# max_size NS:DEV NAME...: up to 150,000 bytes. ip may not know the names yet.
max_size() {
	on "${1%:*}" python3 - "${1#*:}" "${@:2}" 2>&1 <<-'END' || why_not="no $2"
	import socket, struct, sys

	IFLA = {"gso_max_size": 41, "gro_max_size": 58,
	        "gso_ipv4_max_size": 63, "gro_ipv4_max_size": 64}
	RTM_NEWLINK, RTM_GETLINK, NLM_F_REQUEST, NLM_F_ACK = 16, 18, 1, 4
	NLMSG_ERROR = 2

	def ask(kind, attributes=b""):
	    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
	    body = struct.pack("BxHiII", 0, 0, socket.if_nametoindex(sys.argv[1]), 0, 0) + attributes
	    flags = NLM_F_REQUEST | (NLM_F_ACK if kind == RTM_NEWLINK else 0)
	    s.send(struct.pack("IHHII", 16 + len(body), kind, flags, 1, 0) + body)
	    return s.recv(65536)

	wanted = {IFLA[name]: 150000 for name in sys.argv[2:]}
	ask(RTM_NEWLINK, b"".join(struct.pack("HHI", 8, *item) for item in wanted.items()))
	answer = ask(RTM_GETLINK)
	found, at = {}, 32
	while at < len(answer):
	    size, kind = struct.unpack_from("HH", answer, at)
	    found[kind] = answer[at + 4:at + size]
	    at += (size + 3) // 4 * 4
	for kind, value in wanted.items():
	    if found.get(kind) != struct.pack("I", value):
	        sys.exit(f"{kind} is {found.get(kind)}")
	END
}

all_on
max_size "$client:eth0" gso_max_size
row "BIG TCP, up" big large up "$much" "$far#9000"

# GRO makes some, too, out of what comes by one interrupt.
receivers gro on
senders tso off
max_size "$router:lan" gro_max_size
row "BIG TCP made by GRO, up" big large up "$much" "$far#9000"

max_size "$router:wan" gro_ipv4_max_size
max_size "$server:eth0" gso_ipv4_max_size
row "BIG TCP over IPv4 made by GRO, down" big large down "$much" "$far#9000"
receivers gro off
senders tso on
row "BIG TCP over IPv4, down" big large down "$much" "$far#9000"
