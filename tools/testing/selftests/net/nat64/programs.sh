#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Real programs that speak IPv6, against real servers that speak IPv4 only, with
# nft looking on where it should see them.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1              192.0.2.24
#	curl dig iperf3 ping    nft                      http.server unbound iperf3

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
setup_instance "$router" 203.0.113.1
far=64:ff9b::192.0.2.24

install_counters() {
	on "$router" nft -f - <<-END
	table ip nat64_test {
		counter forward { }
		counter postrouting { }
		chain forward {
			type filter hook forward priority 0;
			iifname lan oifname wan ip saddr 203.0.113.1 ct state untracked counter name forward;
		}
		chain postrouting {
			type filter hook postrouting priority 0;
			oifname wan ip saddr 203.0.113.1 ct state untracked counter name postrouting;
		}
	}
	table ip6 nat64_test {
		counter forward { }
		counter postrouting { }
		counter pool6 { }
		chain forward {
			type filter hook forward priority 0;
			iifname wan oifname lan ip6 saddr 64:ff9b::/96 ct state untracked counter name forward;
			ip6 daddr 64:ff9b::/96 counter name pool6;
		}
		chain postrouting {
			type filter hook postrouting priority 0;
			oifname lan ip6 saddr 64:ff9b::/96 ct state untracked counter name postrouting;
			ip6 daddr 64:ff9b::/96 counter name pool6;
		}
	}
	END
}

seen=0
if ! have nft; then
	skip "nft looks on" "nft is not installed"
elif ! install_counters; then
	skip "nft looks on" "this kernel has no nft"
else
	seen=1
fi

# --- ping, and what nft sees ------------------------------------------------------

snapshot
check "ping" on "$client" ping -c 5 -i 0.2 -W 5 $far
counters "five echoes each way" 6to4_icmp_packets=5 4to6_icmp_packets=5 '~*_icmp_bytes' \
	bindings_created=1 sessions_created=1
if [ $seen -eq 1 ]; then
	is "IPv4's FORWARD sees them go" "$(nft_count "$router" ip forward)" 5
	is "IPv4's POSTROUTING sees them go" "$(nft_count "$router" ip postrouting)" 5
	is "IPv6's FORWARD sees them come" "$(nft_count "$router" ip6 forward)" 5
	is "IPv6's POSTROUTING sees them come" "$(nft_count "$router" ip6 postrouting)" 5
	is "each hook sees the bytes of its family: IPv4" "$(nft_count "$router" ip forward bytes)" 420
	is "each hook sees the bytes of its family: IPv6" "$(nft_count "$router" ip6 forward bytes)" 520
fi
check "ping with 1,400 bytes" on "$client" ping -c 2 -i 0.2 -s 1400 -W 5 $far

# --- curl ---------------------------------------------------------------------------

digest() { sha256sum < "$1" | cut -d' ' -f1; }

fetch() { on "$client" curl -sS -m 300 -o "$tmp/got" "http://[$far]/$1"; }

test_http() {
	local size
	size=$(scale 100M 8M)
	mkdir "$tmp/www"
	echo "IPv4 only" > "$tmp/www/small"
	head -c "$size" /dev/urandom > "$tmp/www/big"
	bg "$server" python3 -m http.server --bind 192.0.2.24 --directory "$tmp/www" 80
	wait_for 20 listening "$server" 80 || die "no HTTP server: $(output "$bg")"
	snapshot
	check "curl: a small file" fetch small
	is "curl: is what the server has" "$(cat "$tmp/got")" "IPv4 only"
	check "curl: $size" fetch big
	is "curl: the same digest" "$(digest "$tmp/got")" "$(digest "$tmp/www/big")"
	no_drops "curl: nothing was dropped"
	rm -rf "$tmp/www" "$tmp/got"
}
if have curl; then test_http; else skip "curl" "curl is not installed"; fi

# --- dig ----------------------------------------------------------------------------

test_dns() {
	cat > "$tmp/unbound.conf" <<-END
	server:
		interface: 192.0.2.24
		do-ip6: no
		do-daemonize: no
		access-control: 0.0.0.0/0 allow
		chroot: ""
		username: ""
		directory: "$tmp"
		pidfile: "$tmp/unbound.pid"
		use-syslog: no
		logfile: ""
		module-config: "iterator"
		local-zone: "example." static
		local-data: "www.example. A 192.0.2.80"
	remote-control:
		control-enable: no
	END
	bg "$server" unbound -c "$tmp/unbound.conf"
	wait_for 20 listening "$server" 53 || die "no DNS server: $(output "$bg")"
	snapshot
	is "dig over UDP" "$(on "$client" dig +short +tries=3 "@$far" www.example A)" 192.0.2.80
	is "dig over TCP" "$(on "$client" dig +short +tcp "@$far" www.example A)" 192.0.2.80
	no_drops "dig: nothing was dropped"
}
if have dig && have unbound; then test_dns; else skip "dig" "dig or unbound is not installed"; fi

# --- iperf3 -------------------------------------------------------------------------

# iperf NAME ARGUMENTS...: every datagram must have arrived; of a stream iperf3 does not
# count what is still on its way when it ends.
iperf() {
	local name=$1 sent got
	shift
	if ! on "$client" iperf3 -6 -J -c $far "$@" > "$tmp/iperf"; then
		fail "iperf3: $name" "$(tail -n 5 "$tmp/iperf")"
		return
	fi
	read -r sent got < <(python3 - "$tmp/iperf" <<-'END'
	import json, sys
	end = json.load(open(sys.argv[1]))["end"]
	if "lost_packets" in end.get("sum", {}):
	    print(end["sum"]["packets"], end["sum"]["packets"] - end["sum"]["lost_packets"])
	else:
	    print(end["sum_sent"]["bytes"], end["sum_received"]["bytes"])
	END
	)
	# On a slow machine that can be a lot; that all arrives is curl's to show.
	[ "$got" -gt 0 ] && { [[ $name == *TCP* ]] || [ "$got" -ge "$((sent * 99 / 100))" ]; }
	check "iperf3: $name: $got of $sent arrived" [ $? -eq 0 ]
}

# The UDP runs fit into a socket's buffer (some 90 datagrams of this size, as memory is
# counted), so that nothing need be lost however late the receiver wakes up.
test_iperf() {
	local bulk
	bulk=$(scale 100M 10M)
	bg "$server" iperf3 -s -4 -B 192.0.2.24
	wait_for 20 listening "$server" 5201 || die "no iperf3 server: $(output "$bg")"
	if have ethtool; then
		check "offloads are on" grep -q 'tcp-segmentation-offload: on' \
			<(on "$client" ethtool -k eth0)
	fi
	snapshot
	iperf "TCP up" -n "$bulk"
	iperf "TCP down" -n "$bulk" -R
	iperf "4 x TCP up" -n "$(scale 50M 2M)" -P 4
	iperf "UDP up" -u -b 10M -n 60K -l 1200
	iperf "UDP down" -u -b 10M -n 60K -l 1200 -R
	no_drops "iperf3: nothing was dropped"
}
if have iperf3; then test_iperf; else skip "iperf3" "iperf3 is not installed"; fi

# --- many at once -----------------------------------------------------------------------

serve "$server" tcp '192.0.2.24#7'
serve "$server" udp '192.0.2.24#7'
many=$(scale 200 50)
for protocol in tcp udp; do
	snapshot
	# Of an address that had no flow yet: with a port that a program before had, there
	# is a binding already.
	check "$many $protocol flows at once" \
		ask "$client" $protocol -n "$many" -s '2001:db8::9#20000' "$far#7"
	counters "$many bindings, $many sessions" '~[64]to[64]_'$protocol'_*' \
		bindings_created="$many" sessions_created="$many"
done

if [ $seen -eq 1 ]; then
	is "IPv6's FORWARD and POSTROUTING never saw pool6" "$(nft_count "$router" ip6 pool6)" 0
	is "conntrack has no entry" \
		"$(on "$router" cat /proc/sys/net/netfilter/nf_conntrack_count)" 0
fi
