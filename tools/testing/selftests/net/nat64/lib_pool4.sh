# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154	# lib.sh sets them
#
# What the tests of pool4 share that send thousands of packets: see pool4_lab.py, which
# holds both ends of the router's links. Source it after lib.sh.
#
#	         eth6 ------- lan 2001:db8::1/64, 2001:db8:8::/48 is behind it
#	outside                router
#	         eth4 ------- wan 192.0.2.1/24, so is all of IPv4

outside=''

setup_lab() {
	setup_ns router outside
	link "$outside" eth6 "$router" lan
	link "$outside" eth4 "$router" wan
	ip -n "$outside" link set eth6 address 02:00:00:00:06:02
	ip -n "$outside" link set eth4 address 02:00:00:00:04:02
	ip -n "$router" link set lan address 02:00:00:00:06:01
	ip -n "$router" link set wan address 02:00:00:00:04:01
	sysctl_in "$outside" net.ipv6.conf.all.disable_ipv6=1 net.ipv4.conf.all.arp_ignore=8
	sysctl_in "$router" net.ipv6.conf.wan.disable_ipv6=1
	ip -n "$router" -batch - <<-END
		addr add 2001:db8::1/64 dev lan nodad
		addr add 192.0.2.1/24 dev wan
		neigh add 2001:db8::8 lladdr 02:00:00:00:06:02 dev lan nud permanent
		neigh add 192.0.2.24 lladdr 02:00:00:00:04:02 dev wan nud permanent
		route add default via 192.0.2.24
		route add 2001:db8:8::/48 via 2001:db8::8
	END
	setup_instance "$router"
	# Nothing expires, nothing is answered.
	echo 86400 > "$instance/timeouts/udp"
	echo 86400 > "$instance/timeouts/tcp_in_syn"
	echo off > "$instance/translation/icmp_errors"
	mkdir "$instance/bib/udp/198.18.255.94#9" || die "no static binding"
	echo '2001:db8:8::5e#9' > "$instance/bib/udp/198.18.255.94#9/ipv6" || die "no static binding"
}

# setup_marks: clients of 2001:db8:8:<mark>::/64 have that mark.
setup_marks() {
	on "$router" nft -f - <<-END || skip_all "no nft"
		table ip6 nat64_test {
			map marks {
				type ipv6_addr : mark
				flags interval
				elements = { 2001:db8:8:1::/64 : 0x1, 2001:db8:8:2::/64 : 0x2,
					     2001:db8:8:3::/64 : 0x3, 2001:db8:8:10::/64 : 0x10,
					     2001:db8:8:11::/64 : 0x11, 2001:db8:8:13::/64 : 0x13 }
			}
			chain prerouting {
				type filter hook prerouting priority raw
				meta mark set ip6 saddr map @marks
			}
		}
	END
}

# lab PROGRAM ARGUMENT...: its assertions are ours, its other lines are remarks.
lab() {
	local line plan=''

	while IFS= read -r line; do
		if [[ $line =~ ^ok\ (.*) ]]; then
			pass "${BASH_REMATCH[1]}"
		elif [[ $line =~ ^not\ ok\ (.*) ]]; then
			fail "${BASH_REMATCH[1]}"
		elif [ "$line" = end ]; then
			plan=$line
		else
			echo "# $line"
		fi
	done < <(on "$router" python3 -ES "$here/$1" "$instance" "${stats%/stats}" "$outside" "${@:2}" 2>&1)
	[ -n "$plan" ] || fail "$1 reaches its end"
}
