#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is not translated: it is counted by cause and, mostly, the client is told
# by an ICMPv6 error; other flows go on.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1#5000-5003    192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
on "$router" sysctl -qw net.ipv6.icmp.ratelimit=0
setup_instance "$router"
far=64:ff9b::192.0.2.24
serve "$server" udp '192.0.2.24#53'
serve "$server" tcp '192.0.2.24#80'
entry=203.0.113.1#5000-5003

exhausted() { cat "$sysfs/instances/$router/pool4/$entry/exhausted"; }

# Without a pool4 entry nothing happens at all, with one of another protocol it does.
mkdir "$instance/pool4/$entry"
echo > "$instance/pool4/$entry/udp"
snapshot
is "no pool4 for UDP: administratively prohibited" "$(ask "$client" udp "$far#53")" EACCES
counters "no_pool4" drop_no_pool4=1 icmp_errors_sent=1
check "TCP is not concerned" ask "$client" tcp "$far#80"
echo 5000-5003 > "$instance/pool4/$entry/udp"

snapshot
check "four flows have the four ports" ask "$client" udp -n 4 -s '2001:db8::8#4000' "$far#53"
is "all four" "$(bib | awk '$1 == "udp" { print $3 }' | sort | tr '\n' ' ')" \
	"203.0.113.1#5000 203.0.113.1#5001 203.0.113.1#5002 203.0.113.1#5003 "
counters "none was refused" '~[64]to[64]_udp_*' bindings_created=4 sessions_created=4
is "the entry says so too" "$(exhausted)" 0
snapshot
is "the fifth: address unreachable" "$(ask "$client" udp -s '2001:db8::8#4004' "$far#53")" EHOSTUNREACH
is "nor for another client" "$(ask "$client" udp -s '2001:db8::9#4000' "$far#53")" EHOSTUNREACH
counters "ports_exhausted" ports_exhausted=2 drop_ports_exhausted=2 icmp_errors_sent=2
is "the entry counts them" "$(exhausted)" 2
snapshot
check "the four go on" ask "$client" udp -n 4 -s '2001:db8::8#4000' "$far#53"
counters "unharmed" 6to4_udp_packets=4 4to6_udp_packets=4 '~*_bytes'
check "TCP has ports of its own" ask "$client" tcp "$far#80"
check "ICMP has ids of its own" on "$client" ping -c 1 -W 5 $far

# ping shows which error it is, and from whom.
snapshot
for id in 1 2 3; do on "$client" ping -e $id -c 1 -W 5 $far > /dev/null; done
on "$client" ping -e 9 -c 1 -W 5 $far > "$tmp/ping"
check "ping: the router says address unreachable" \
	grep -q 'From 2001:db8::1 .*Destination unreachable: Address unreachable' "$tmp/ping"
counters "ports_exhausted for ICMP" '~[64]to[64]_icmp_*' bindings_created=3 sessions_created=3 \
	ports_exhausted=1 drop_ports_exhausted=1 icmp_errors_sent=1

echo 5000-5007 > "$instance/pool4/$entry/udp"
check "with more ports it works" ask "$client" udp -s '2001:db8::a#4004' "$far#53"
rmdir "$instance"/pool4/*
is "rmdir frees everything" "$(counter bindings) $(counter sessions)" "0 0"

# --- allocation/pairing -----------------------------------------------------------

is "pairing is hard" "$(cat "$instance/allocation/pairing")" hard
mkdir "$instance/pool4/203.0.113.4_31#5000"
check "one client has one address" ask "$client" udp -s '2001:db8::8#4000' "$far#53"
is "hard: it is full" "$(ask "$client" udp -s '2001:db8::8#4001' "$far#53")" EHOSTUNREACH
check_not "pairing takes no other word" sh -c "echo firm > '$instance/allocation/pairing'"
echo soft > "$instance/allocation/pairing"
check "soft: then the client has another" ask "$client" udp -s '2001:db8::8#4001' "$far#53"
is "both are in use" "$(bib | awk '{ print $3 }' | sort | tr '\n' ' ')" \
	"203.0.113.4#5000 203.0.113.5#5000 "
is "soft: all are full" "$(ask "$client" udp -s '2001:db8::8#4002' "$far#53")" EHOSTUNREACH
mkdir "$instance/pool4/203.0.113.77#5000"
check "soft: an address far from them is used as well" \
	ask "$client" udp -s '2001:db8::8#4002' "$far#53"
echo hard > "$instance/allocation/pairing"
rmdir "$instance"/pool4/*

# --- limits/sessions ------------------------------------------------------------

mkdir "$instance/pool4/203.0.113.1"
echo 3 > "$instance/limits/sessions"
snapshot
check "three sessions may be" ask "$client" udp -n 3 -s '2001:db8::8#4000' "$far#53"
check_not "a fourth may not" ask "$client" udp -t 1 -s '2001:db8::8#4003' "$far#53"
counters "session_limit" '~[64]to[64]_udp_*' bindings_created=3 sessions_created=3 \
	drop_session_limit=1 '~icmp_errors_sent'
is "no binding is left behind" "$(bib | wc -l)" 3
check "the three go on" ask "$client" udp -n 3 -s '2001:db8::8#4000' "$far#53"
echo 4 > "$instance/limits/sessions"
check "the limit can be raised" ask "$client" udp -s '2001:db8::8#4003' "$far#53"
echo 0 > "$instance/limits/sessions"
check "or taken away" ask "$client" udp -n 5 -s '2001:db8::9#4000' "$far#53"

# --- addresses ---------------------------------------------------------------------

for address in 127.0.0.1 169.254.169.254 224.0.0.1 255.255.255.255 0.0.0.1; do
	snapshot
	is "$address is out of reach" "$(ask "$client" udp "64:ff9b::$address#53")" EACCES
	counters "denied_ipv4" drop_denied_ipv4=1 icmp_errors_sent=1
done
echo 192.0.2.24/32 > "$instance/denied_ipv4"
snapshot
is "what the administrator denies too" "$(ask "$client" udp "$far#53")" EACCES
counters "denied_ipv4" drop_denied_ipv4=1 icmp_errors_sent=1
snapshot
check "but nothing else" on "$client" ping -c 1 -W 5 64:ff9b::192.0.2.25
counters "nothing was denied" '~[64]to[64]_icmp_*' bindings_created=1 sessions_created=1

ip -n "$client" addr add 64:ff9b::192.0.2.9/128 dev lo nodad
ip -n "$router" route add 64:ff9b::192.0.2.9/128 via 2001:db8::8
snapshot
check_not "a source inside pool6 is not served" \
	ask "$client" udp -t 1 -s '64:ff9b::192.0.2.9#4000' 64:ff9b::192.0.2.25#53
counters "bad_source, silently" drop_bad_source=1
