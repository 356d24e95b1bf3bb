#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Under traffic, what is removed goes and what is not stays: ranges, entries,
# devices, namespaces, the module.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1, .2          192.0.2.24
#	2001:db8::9: a flood                             198.51.100.7: never answers

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
ip -n "$router" route add 198.51.100.0/24 via 192.0.2.24
far=64:ff9b::192.0.2.24
flows=$(scale 100 20)
dmesg > "$tmp/dmesg"

begin_flood() {
	begin "$client" flood -n 20 -w "$(scale 0 0.01)" -s '2001:db8::9#4000' \
		'64:ff9b::198.51.100.7#9'
	flood=$bg
}

flowing() { [ "$(delta "$1")" -gt 0 ]; }
# under NAME COUNTER: the flood is running and ends in this counter.
under() {
	snapshot
	check "$1" wait_for 30 flowing "$2"
}

# mine TABLE: without the flood's
mine() { "$1" | grep '2001:db8::8#'; }
bindings() { mine bib | awk '{ print $1, $2, $3 }' | sort; }

# --- ranges ------------------------------------------------------------------------

setup_instance "$router" '203.0.113.1#5000-6000'
entry=$instance/pool4/203.0.113.1#5000-6000
serve "$server" udp '192.0.2.24#53'
serve "$server" tcp '192.0.2.24#80'
begin_flood
under "the flood is translated" 6to4_udp_packets
for protocol in udp tcp; do
	port=53
	[ $protocol = udp ] || port=80
	hold "$client" $protocol -n "$flows" -t 5 -s '2001:db8::8#4000' "$far#$port"
	is "$protocol: $flows flows" "$answers" "$flows"
	bindings | awk -v p=$protocol '{ split($3, e, "#"); if ($1 != p || e[2] <= 5400) print }' > "$tmp/stay"
	echo 5000-5400 > "$entry/$protocol"
	is "$protocol: a smaller range takes just the others away" "$(bindings)" "$(cat "$tmp/stay")"
	is "$protocol: and their sessions" "$(mine sessions | wc -l)" "$(wc -l < "$tmp/stay")"
	if [ $protocol = udp ]; then
		ask_again
		is "udp: all go on, those with a new port" "$answers" "$flows"
	fi
	echo 5000-6000 > "$entry/$protocol"
	bindings > "$tmp/stay"
	echo 4000-7000 > "$entry/$protocol"
	is "$protocol: a larger range takes nothing away" "$(bindings)" "$(cat "$tmp/stay")"
	echo 5000-6000 > "$entry/$protocol"
	release
done

# --- enabled --------------------------------------------------------------------------

hold "$client" udp -n 5 -t 5 -s '2001:db8::8#7000' "$far#53"
is "five flows" "$answers" 5
echo drain > "$instance/enabled"
ask_again
is "drain: they go on" "$answers" 5
snapshot
check_not "drain: no new one" ask "$client" udp -t 1 -s '2001:db8::8#8000' "$far#53"
check "drain: is counted" [ "$(delta drop_draining)" -ge 1 ]
mine sessions | awk '{ print $2, $3, $4, $5 }' | sort > "$tmp/stay"
echo 0 > "$instance/enabled"
ask_again
is "0: nothing is translated" "$answers" 0
is "0: but nothing forgotten" \
	"$(mine sessions | awk '{ print $2, $3, $4, $5 }' | sort)" "$(cat "$tmp/stay")"
echo 1 > "$instance/enabled"
ask_again
is "1: they go on" "$answers" 5
check "1: new ones too" ask "$client" udp -s '2001:db8::8#8000' "$far#53"
release

# --- entries ----------------------------------------------------------------------------

for round in 1 2 3; do
	under "the flood is translated" 6to4_udp_packets
	check "rmdir $round of an entry" rmdir "$entry"
	is "its bindings are gone" "$(bib | wc -l) $(counter bindings)" "0 0"
	is "its sessions are gone" "$(sessions | wc -l) $(counter sessions)" "0 0"
	check "mkdir $round" mkdir "$entry"
done
# Of two entries one goes.
check "a second entry" mkdir "$instance/pool4/203.0.113.2"
ask "$client" udp -n 20 -s '2001:db8::8#9001' "$far#53" > /dev/null
is "20 flows" "$(bindings | grep -c '#90[0-9][0-9] 203')" 20
bindings | grep ' 203.0.113.2#' > "$tmp/stay"
check "one entry goes" rmdir "$entry"
is "the other's bindings stay" "$(bindings)" "$(cat "$tmp/stay")"
mkdir "$entry"
rmdir "$instance/pool4/203.0.113.2"

# --- devices --------------------------------------------------------------------------

# removed COMMAND...: comes back, and no reference keeps the device.
removed() { timeout 100 "$@"; }

for round in 1 2; do
	under "the flood is translated" 6to4_udp_packets
	check "the device towards the server goes, round $round" \
		removed ip -n "$router" link del wan
	under "the flood has no route" drop_no_route
	link "$router" wan "$server" eth0
	ip -n "$router" addr add 192.0.2.1/24 dev wan
	ip -n "$server" addr add 192.0.2.24/24 dev eth0
	ip -n "$server" route add default via 192.0.2.1
	ip -n "$router" route add 198.51.100.0/24 via 192.0.2.24
	check "back again: an old flow" ask "$client" udp -s '2001:db8::8#8000' "$far#53"
	check "back again: a new flow" ask "$client" udp "$far#53"
done
under "the flood is translated" 6to4_udp_packets
check "the device towards the client goes" removed ip -n "$router" link del lan
stop "$flood"
link "$client" eth0 "$router" lan
for addr in 8 9; do ip -n "$client" addr add "2001:db8::$addr/64" dev eth0 nodad; done
ip -n "$client" route add default via 2001:db8::1 src 2001:db8::8
ip -n "$router" addr add 2001:db8::1/64 dev lan nodad
# A new device takes its time until it answers neighbours.
wait_for 20 on "$client" ping -c 1 -W 1 2001:db8::1
check "back again: an old flow" ask "$client" udp -s '2001:db8::8#8000' "$far#53"

# --- another way to the server -------------------------------------------------------------

begin_flood
link "$router" wan2 "$server" eth1
ip -n "$router" addr add 198.18.0.1/24 dev wan2
ip -n "$server" addr add 198.18.0.24/24 dev eth1
on "$server" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth1.rp_filter=0
arrives() { [ "$(received "$server" eth1)" -gt "$1" ]; }
ip -n "$router" route replace 198.51.100.0/24 via 198.18.0.24
check "an established flow follows a changed route" \
	wait_for 30 arrives $(($(received "$server" eth1) + 100))

# --- the namespace -------------------------------------------------------------------------

under "the flood is translated" 6to4_udp_packets
removed ip netns del "$router"
namespaces=("$client" "$server")
gone() { [ "$(cat "$instance/netns")" = - ]; }
check "the namespace dies under traffic" wait_for 60 gone
check "rmdir of what is left: the entry" rmdir "$entry"
check "rmdir of what is left: the instance" rmdir "$instance"
stop "$flood"

# --- the module ----------------------------------------------------------------------------

setup_router() {
	setup_ns router
	ip -n "$client" link del eth0 2> /dev/null
	link "$client" eth0 "$router" lan
	link "$router" wan "$server" eth0
	address_net "$client" "$router" "$server"
	ip -n "$router" route add 198.51.100.0/24 via 192.0.2.24
}

rounds() {
	local round
	for round in $(seq "$(scale 5 3)"); do
		setup_instance "$router" 203.0.113.1
		check "round $round: loaded, it translates" ask "$client" udp "$far#53"
		under "round $round: the flood too" 6to4_udp_packets
		check "round $round: rmdir" rmdir "$instance/pool4/203.0.113.1"
		check "round $round: rmdir" rmdir "$instance"
		check "round $round: rmmod under traffic" unload_module
		check_not "round $round: nothing is left" ls $config $sysfs /proc/net/nat64
	done
}

setup_router
if [ $loaded -eq 1 ]; then
	begin_flood
	rounds
	setup_instance "$router" 203.0.113.1
	check_not "configfs pins the module" rmmod nat64
	# rmmod with the namespace just gone and its work perhaps not yet done.
	ip netns del "$router"
	namespaces=("$client" "$server")
	rmdir "$instance/pool4/203.0.113.1" "$instance"
	check "rmmod right after the namespace" unload_module
else
	skip "rmmod" "the module was loaded before"
fi

complaints() {
	dmesg | diff "$tmp/dmesg" - | grep -E 'unregister_netdevice|WARNING|BUG|Oops|refcount|leak'
}
check_not "the kernel has no complaint" complaints
