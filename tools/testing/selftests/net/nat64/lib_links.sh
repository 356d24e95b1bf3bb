# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# lib.sh sets them
#
# A translator whose links are made of this and that. Source it after
# lib_digest.sh.
#
#	client ------------------- router ------------------- server
#	2001:db8::8 eth0       lan 203.0.113.1 wan       eth0 192.0.2.24
#	                 /                      \
#	              cable                    cable
#
# A cable is a function, called with NS DEVICE ROUTER'S DEVICE, that makes both
# devices, or fails where there is no such thing. Each row makes both cables anew:
# all that the translator remembers of the ones before has to go.

far=64:ff9b::192.0.2.24
much=$(scale 2000000 1000000)
other=''	# a further namespace
segment=1000	# the datagrams that super-packets are made of; 0: none are

start_links() {
	setup_ns client router server
	setup_instance "$router" 203.0.113.1
	look_on "$router" || skip_all "this kernel has no nft"
	digest_server "$server" '0.0.0.0#9000'
	digest_client "$client"
	read_stacks
}

plain() { link "$1" "$2" "$router" "$3"; }

# tagged NS DEVICE ON ID [PROTOCOL]: a VLAN
tagged() {
	ip -n "$1" link add link "$3" name "$2" type vlan id "$4" proto "${5-802.1q}" &&
		ip -n "$1" link set "$2" up
}

cables=()

unplug() {
	local ns dev

	stop "${cables[@]}"
	cables=()
	for ns in "$client" "$router" "$server" $other; do
		while IFS=' @' read -r dev _; do
			# Gone already with its other end, or with what it was on.
			[ "$dev" = lo ] || ip -n "$ns" link del "$dev" 2> /dev/null
		done < <(ip -n "$ns" -br link)
	done
}

# plug LAN WAN: if it cannot, why_not says so.
why_not=''
plug() {
	unplug
	why_not=''
	if ! "$1" "$client" eth0 lan 2> "$tmp/plug" || ! "$2" "$server" eth0 wan 2>> "$tmp/plug"
	then
		why_not="cannot be made here: $(head -n 1 "$tmp/plug")"
		return 1
	fi
	address_net "$client" "$router" "$server"
}

# both_ways NAME [SPEC...]: TCP up and down, UDP there and back, with super-packets,
# too. SPEC is for what may be counted, see counters.
both_ways() {
	local name=$1
	shift
	snapshot
	read_nft
	same "$name, up" up "$much" "$far#9000"
	same "$name, down" down "$much" "$far#9000"
	same "$name, UDP" echo 1000 100 "$far#9000"
	[ "$segment" -eq 0 ] || same "$name, UDP_SEGMENT" echo 20000 5 "$far#9001" "$segment"
	counters "$name: nothing was dropped" '~[64]to[64]_*' '~bindings_*' '~sessions_*' \
		'~given_back' "$@"
	stacks_are_content "$name"
	read_nft
	check "$name: nft saw it forwarded both ways" \
		[ "${packets[up]}" -gt 100 -a "${packets[down]}" -gt 100 ]
}

# row NAME LAN WAN
row() {
	if plug "$2" "$3"; then both_ways "$1"; else skip "$1" "$why_not"; fi
}
