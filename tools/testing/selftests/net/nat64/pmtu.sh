#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Path MTU discovery through the translator: bulk TCP both ways and datagrams of
# 4,000 bytes, where one link is smaller than all others: the translator's own, or
# one on the way, whose router says so. The ends' links are large, so that nothing
# is known beforehand.
#
#	          9000        path         own           own        path        9000
#	client -------- far6 ------ near6 ------ router ------ near4 ------ far4 -------- server
#	2001:db8::8                            203.0.113.1                            192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_digest.sh
. "$(dirname "$0")/lib_digest.sh"

start ping
far6='' near6='' near4='' far4=''
setup_ns client far6 near6 router near4 far4 server

# hop NS DEV ADDRESS NS DEV ADDRESS: a link, the second the first's default gateway
hop() {
	link "$1" "$2" "$4" "$5"
	ip -n "$1" link set "$2" mtu 9000
	ip -n "$4" link set "$5" mtu 9000
	ip -n "$1" addr add "$3" dev "$2" ${dad-}
	ip -n "$4" addr add "$6" dev "$5" ${dad-}
}

dad=nodad
hop "$client" eth0 2001:db8::8/64 "$far6" left 2001:db8::1/64
hop "$far6" right 2001:db8:1::2/64 "$near6" left 2001:db8:1::1/64
hop "$near6" right 2001:db8:2::2/64 "$router" lan 2001:db8:2::1/64
dad=
hop "$router" wan 198.51.100.1/30 "$near4" left 198.51.100.2/30
hop "$near4" right 198.51.100.5/30 "$far4" left 198.51.100.6/30
hop "$far4" right 192.0.2.1/24 "$server" eth0 192.0.2.24/24
ip -n "$client" route add default via 2001:db8::1
ip -n "$far6" route add default via 2001:db8:1::1
ip -n "$near6" route add default via 2001:db8:2::1
ip -n "$near6" route add 2001:db8::/64 via 2001:db8:1::2
ip -n "$router" route add 2001:db8::/63 via 2001:db8:2::2
ip -n "$router" route add default via 198.51.100.2
ip -n "$near4" route add default via 198.51.100.6
ip -n "$near4" route add 203.0.113.0/24 via 198.51.100.1
ip -n "$far4" route add default via 198.51.100.5
ip -n "$server" route add default via 192.0.2.1
for ns in "$far6" "$near6" "$near4" "$far4"; do
	on "$ns" sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv4.ip_forward=1 \
		net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
done
on "$router" sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
setup_instance "$router" 203.0.113.1
digest_server "$server" '192.0.2.24#7'
digest_client "$client"
on "$client" ping -c 1 -W 10 64:ff9b::192.0.2.24 > "$tmp/ping" 2>&1 ||
	die "the machines are not connected: $(cat "$tmp/ping")"

tcp() { same "$1" "$2" "$(scale 1000000 300000)" '64:ff9b::192.0.2.24#7'; }

# set_link WHERE MTU
set_link() {
	case $1 in
	own6)	set -- "$2" "$near6" right "$router" lan ;;
	path6)	set -- "$2" "$far6" right "$near6" left ;;
	own4)	set -- "$2" "$router" wan "$near4" left ;;
	path4)	set -- "$2" "$near4" right "$far4" left ;;
	esac
	ip -n "$2" link set "$3" mtu "$1"
	ip -n "$4" link set "$5" mtu "$1"
}

forget() {
	ip -n "$client" -6 route flush cache
	ip -n "$server" route flush cache
}

# known NS ADDRESS: the path MTU it has learned; empty: none
known() {
	ip -n "$1" route get "$2" | sed -nE 's/.* mtu (lock )?([0-9]+).*/\2/p'
}

wanted=" $* "

# one WHERE MTU: all of it with that link
one() {
	local where=$1 mtu=$2 learned

	[[ $wanted == *" $where "* || $wanted == '  ' ]] || return 0
	set_link "$where" "$mtu"
	forget
	snapshot
	# Who sends over the translator first learns first: what an end knows already
	# it tells the other as its MSS.
	case $where in
	*4)	tcp "$where $mtu: tcp to the server" up
		learned=$(known "$client" 64:ff9b::192.0.2.24)
		is "$where $mtu: the client has learned it" "$learned" \
			$((mtu + 20 > 1280 ? mtu + 20 : 1280))
		tcp "$where $mtu: tcp from the server" down ;;
	*6)	tcp "$where $mtu: tcp from the server" down
		learned=$(known "$server" 203.0.113.1)
		is "$where $mtu: the server has learned it" "$learned" $((mtu - 20))
		tcp "$where $mtu: tcp to the server" up ;;
	esac
	case $where in
	own*)	counters "$where $mtu: the translator said so" icmp_errors_sent+1 drop_too_big+1 \
			'~[64]to[64]_[tu]*' '~bindings_*' '~sessions_*' ;;
	path4)	counters "$where $mtu: a router said so" 4to6_icmp_error_packets+1 \
			'~[64]to[64]_[tu]*' '~4to6_icmp_error_bytes' '~bindings_*' '~sessions_*' ;;
	path6)	counters "$where $mtu: a router said so" 6to4_icmp_error_packets+1 \
			'~[64]to[64]_[tu]*' '~6to4_icmp_error_bytes' '~bindings_*' '~sessions_*' ;;
	esac
	forget
	check "$where $mtu: 4000 bytes of udp both ways" \
		on "$client" python3 "$here/resend.py" 4000 '64:ff9b::192.0.2.24#7'
	check "$where $mtu: ping with 4000 bytes" \
		on "$client" ping -c 3 -i 0.2 -W 5 -s 4000 -M dont 64:ff9b::192.0.2.24
	set_link "$where" 9000
}

for mtu in 1400 1280 1000 905; do
	one path4 $mtu
	one own4 $mtu
done
for mtu in 1280 1420 1500; do
	one path6 $mtu
	one own6 $mtu
done
