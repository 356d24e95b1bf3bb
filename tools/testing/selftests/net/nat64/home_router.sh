#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The home router with one public address: it masquerades its IPv4 LAN, and
# translates for its IPv6 LAN, behind the same address and the same ports at once.
#
#	client ---------- lan 2001:db8::1    router    wan 192.0.2.1 ---------- server
#	home -- 192.168.1.8 -- home 192.168.1.1

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start nft
setup_net
setup_ns home
# shellcheck disable=SC2154	# setup_ns sets it
link "$home" eth0 "$router" home
ip -n "$home" -batch - <<-END
	addr add 192.168.1.8/24 dev eth0
	route add default via 192.168.1.1
END
ip -n "$router" addr add 192.168.1.1/24 dev home
sysctl_in "$router" net.ipv4.ip_forward=1
setup_instance "$router" 192.0.2.1

ports=40000-40255
entry=$instance/pool4/192.0.2.1
echo 1 > "$entry/force"
for protocol in tcp udp; do echo $ports > "$entry/$protocol"; done
on "$router" nft -f - <<-END || skip_all "nft has no masquerade"
	table ip nat64_test {
		chain postrouting {
			type nat hook postrouting priority srcnat
			oifname "wan" ip protocol { tcp, udp } masquerade to :$ports fully-random
			oifname "wan" masquerade
		}
	}
END

servers=('192.0.2.24#80' '192.0.2.25#80')
bg "$server" python3 -ES "$here/talk.py" mirror "${servers[@]}"
ready() { grep -q ready "$tmp/out.$bg"; }
wait_for 20 ready || die "the server does not start: $(output "$bg")"

# talk NS PREFIX PROTOCOL COUNT ROUNDS: its pid is in $bg.
talk() { bg "$1" python3 -ES "$here/talk.py" talk "${@:3}" "${servers[@]/#/$2}"; }

# Both LANs and the box itself, all at once, from the same ports to the same servers.
for protocol in udp tcp; do
	snapshot
	talk "$client" 64:ff9b:: $protocol 40 2
	ours=$bg
	talk "$home" '' $protocol 40 2
	masqueraded=$bg
	talk "$router" '' $protocol 10 2
	wait "$ours" "$masqueraded" "$bg"
	is "$protocol: the IPv6 LAN: all are answered, none crossed" "$(output "$ours")" "80 0"
	is "$protocol: the IPv4 LAN: likewise" "$(output "$masqueraded")" "80 0"
	is "$protocol: the box itself: likewise" "$(output "$bg")" "20 0"
	# 100 of them, but that a socket of the second round may get the port of one of the
	# first, to the same server: one in 30 times.
	check "$protocol: the LANs share the ports" [ "$(counter host_flows)" -ge 95 ]
	counters "$protocol: no other reason to drop" '~[64]to[64]_*' '~bindings_*' '~sessions_*' \
		'~given_back' '~drop_host_*' '~icmp_errors_sent' '~ports_exhausted' '~drop_ports_exhausted'
done

# One port for all: who comes second waits until the first has gone.
serve "$server" udp '192.0.2.99#80'
rmdir "$entry" && mkdir "$entry"
echo 1 > "$entry/force"
echo 40000 > "$entry/udp"
on "$router" nft -f - <<-END
	flush table ip nat64_test
	table ip nat64_test {
		chain postrouting { oifname "wan" ip protocol udp masquerade to :40000; }
	}
END
hold "$home" udp '192.0.2.99#80'
is "the IPv4 LAN has the only port" "$answers" 1
snapshot
is "a client does without" "$(ask "$client" udp -t 10 '64:ff9b::192.0.2.99#80')" EHOSTUNREACH
counters "that is counted" drop_host_port+1 icmp_errors_sent+1
ask_again
is "the IPv4 LAN has not noticed" "$answers" 1
release
serve "$server" udp '192.0.2.99#81'
hold "$client" udp '64:ff9b::192.0.2.99#81'
is "for another server a client has it" "$answers" 1
snapshot
is "and the IPv4 LAN does without" "$(ask "$home" udp -t 1 '192.0.2.99#81')" ETIMEDOUT
counters "that is counted, too" drop_host_flow+1
ask_again
is "the client has not noticed" "$answers" 1

# Source NAT to an address that is routed to the box, and not its own.
on "$router" nft -f - <<-END
	flush table ip nat64_test
	table ip nat64_test {
		chain postrouting { oifname "wan" ip protocol udp snat to 203.0.113.7:40000; }
	}
END
release
rmdir "$entry"
mkdir "$instance/pool4/203.0.113.7#40000"
serve "$server" udp '192.0.2.99#82'
hold "$home" udp '192.0.2.99#82'
is "source NAT: the IPv4 LAN gets answers to an address of pool4" "$answers" 1
# Its next packet is noted, once the answer has told of it.
noted() { ask_again; [ "$(counter host_flows)" -gt "$noted" ]; }
noted=$(counter host_flows)
check "source NAT: it is noted" wait_for 10 noted
snapshot
is "source NAT: a client does without" "$(ask "$client" udp -t 10 '64:ff9b::192.0.2.99#82')" EHOSTUNREACH
counters "source NAT: that is counted" drop_host_port+1 icmp_errors_sent+1
ask_again
is "source NAT: the IPv4 LAN has not noticed" "$answers" 1
