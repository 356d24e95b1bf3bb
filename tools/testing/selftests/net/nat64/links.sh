#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whatever the translator's links are made of, what arrives is what was sent.
#
#	client ------------------- router ------------------- server
#	2001:db8::8 eth0       lan 203.0.113.1 wan       eth0 192.0.2.24
#	                 /                      \
#	      VLAN, bond, tun, ...          the same, or veth

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_digest.sh
. "$here/lib_digest.sh"
# shellcheck source-path=SCRIPTDIR source=lib_links.sh
. "$here/lib_links.sh"

start nstat nft
start_links

vlan() {
	link "$1" "$2-1" "$router" "$3-1"
	tagged "$1" "$2" "$2-1" 7 && tagged "$router" "$3" "$3-1" 7
}

vlan_in_vlan() {
	link "$1" "$2-1" "$router" "$3-1"
	tagged "$1" "$2-2" "$2-1" 8 802.1ad && tagged "$1" "$2" "$2-2" 7 &&
		tagged "$router" "$3-2" "$3-1" 8 802.1ad && tagged "$router" "$3" "$3-2" 7
}

carrier() { [ "$(on "$1" ip -br link show "$2" | awk '{ print $2 }')" = UP ]; }

# settled NS DEVICE: both ends of the link have to use the same of the two ports.
settled() {
	carrier "$1" "$2" || return
	[ "$mode" != active-backup ] ||
		on "$1" ip -d link show "$2" | grep -q "active_slave $2-1 "
}

# bonded NS DEVICE: of DEVICE-1 and DEVICE-2
bonded() {
	local port

	ip -n "$1" link add "$2" type bond mode "$mode" miimon 50 \
		xmit_hash_policy layer3+4 || return
	for port in "$2-1" "$2-2"; do
		ip -n "$1" link set "$port" down
		ip -n "$1" link set "$port" master "$2" || return
	done
	[ "$mode" != active-backup ] ||
		ip -n "$1" link set "$2" type bond primary "$2-1" || return
	ip -n "$1" link set "$2" up
}

bond() {
	local mode=${4-balance-xor}

	link "$1" "$2-1" "$router" "$3-1"
	link "$1" "$2-2" "$router" "$3-2"
	bonded "$1" "$2" && bonded "$router" "$3" &&
		wait_for 10 settled "$1" "$2" && wait_for 10 settled "$router" "$3"
}

bond_backup() { bond "$@" active-backup; }

tun() {
	[ -e /dev/net/tun ] || modprobe -q tun || return
	# shellcheck disable=SC2086
	background cable.py "$1" python3 "$here/cable.py" ${4-} "$1" "$2" "$router" "$3"
	cables+=("$bg")
	ip -n "$1" link set "$2" up && ip -n "$router" link set "$3" up
}

tun_offloads() { tun "$@" -o; }
# Made from what tun has since 6.2.
tun_fragments() { at_least 6.2 && tun "$@" -u; }

# wg_end NS DEVICE ADDRESS PEER'S PUBLIC KEY AND ADDRESS: its own key is there.
wg_end() {
	ip -n "$1" addr add "$3/24" dev "$2-1"
	on "$1" wg set "$2" listen-port 51820 private-key "$tmp/key-$3" \
		peer "$4" endpoint "$5:51820" allowed-ips 0.0.0.0/0,::/0 &&
		ip -n "$1" link set "$2" up
}

wireguard() {
	local net=10.0.0 end

	[ "$3" = lan ] || net=10.0.1

	have wg || return
	ip -n "$1" link add "$2" type wireguard && ip -n "$router" link add "$3" type wireguard ||
		return
	link "$1" "$2-1" "$router" "$3-1"
	for end in 1 2; do wg genkey > "$tmp/key-$net.$end"; done
	wg_end "$1" "$2" "$net.1" "$(wg pubkey < "$tmp/key-$net.2")" "$net.2" &&
		wg_end "$router" "$3" "$net.2" "$(wg pubkey < "$tmp/key-$net.1")" "$net.1"
}

# The hook comes before the VRF, so the way there is of the main table, which also
# has to know the way back.
vrf() {
	plain "$@"
	ip -n "$router" link add red type vrf table 10 && ip -n "$router" link set red up &&
		ip -n "$router" link set "$3" master red
}

if plug vrf plain; then
	ip -n "$router" -6 route add 2001:db8::/64 dev red
	both_ways "VRF, with a route out of it"
else
	skip "VRF, with a route out of it" "$why_not"
fi
row "VLAN" vlan vlan
row "VLAN in VLAN" vlan_in_vlan plain
row "bond, balance-xor" bond bond
row "bond, active-backup" bond_backup plain
# snmp NAME: of the router's /proc/net/snmp, for IPv4.
snmp() { on "$router" nstat -asz "Ip$1" | awk -v name="Ip$1" '$1 == name { print $2 }'; }

row "tun" tun tun
[ -n "$why_not" ] || is "tun: no super-packet came in" "${packets[large_in]}" 0
row "tun with offloads" tun_offloads tun_offloads
[ -n "$why_not" ] || check "tun with offloads: super-packets came in" [ "${packets[large_in]}" -gt 0 ]
[ -n "$why_not" ] || check "tun with offloads: and went on" [ "${packets[large_out]}" -gt 0 ]
created=$(snmp FragCreates)
row "tun with UDP to be fragmented" tun_fragments tun_fragments
[ -n "$why_not" ] || check "tun with UDP to be fragmented: it was" \
	[ "$(snmp FragCreates)" -gt "$created" ]
row "WireGuard" wireguard plain
row "WireGuard over IPv4" plain wireguard
