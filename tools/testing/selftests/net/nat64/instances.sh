#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Two instances at once in two namespaces that use the same addresses, and what
# becomes of an instance whose namespace dies.
#
#	client  ------- router  ------- server
#	client2 ------- router2 ------- server2		the same addresses again

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
client2='' router2='' server2=''
setup_net
setup_ns client2 router2 server2
link "$client2" eth0 "$router2" lan
link "$router2" wan "$server2" eth0
address_net "$client2" "$router2" "$server2"

setup_instance "$router" '203.0.113.1#5000-5999'
one=$instance
setup_instance "$router2" '203.0.113.1#6000-6999'
two=$instance

clients=("$client" "$client2") servers=("$server" "$server2")
for n in 1 2; do
	c=${clients[n - 1]} s=${servers[n - 1]}
	serve "$s" udp '192.0.2.24#80'
	serve "$s" tcp '192.0.2.24#80'
	for protocol in udp tcp; do
		like "instance $n: $protocol through its own pool4" \
			"$(ask "$c" $protocol -s '2001:db8::8#5123' '64:ff9b::192.0.2.24#80')" \
			"2001:db8::8#5123 203\.0\.113\.1#$((n + 4))[0-9]{3} 192\.0\.2\.24#80"
	done
done
for r in "$router" "$router2"; do
	is "each has its own table" "$(on "$r" sed 1d /proc/net/nat64/bib | wc -l)" 2
	is "each counts for itself" "$(cat "$sysfs/instances/$r/stats/bindings")" 2
done
is "the first knows its namespace" "$(cat "$one/netns")" "$(on "$router" readlink /proc/self/ns/net)"
is "the second too" "$(cat "$two/netns")" "$(on "$router2" readlink /proc/self/ns/net)"

# attempt NS VERB PATH [DATA]: the errno
attempt() { peer "$1" attempt "${@:2}"; }
is "one instance a namespace: a second is busy" \
	"$(attempt "$router" mkdir "$config/instances/nat64-$$-second")" EBUSY
is "a name is used once" "$(attempt "$server" mkdir "$one")" EEXIST

# A namespace dies as soon as its last name and process are gone.
ip netns del "$router2"
namespaces=("$client" "$router" "$server" "$client2" "$server2")
gone() { [ "$(cat "$two/netns")" = - ]; }
check "the namespace is gone: netns says so" wait_for 30 gone
is "writes are refused: pool6" "$(attempt "$router" write "$two/pool6" 64:ff9b::/96)" ENODEV
is "writes are refused: enabled" "$(attempt "$router" write "$two/enabled" 0)" ENODEV
is "writes are refused: timeouts" "$(attempt "$router" write "$two/timeouts/udp" 200)" ENODEV
is "writes are refused: an entry's ranges" \
	"$(attempt "$router" write "$two/pool4/203.0.113.1#6000-6999/udp" 7000)" ENODEV
is "no new entry" "$(attempt "$router" mkdir "$two/pool4/203.0.113.9")" ENODEV
check "everything can still be read" cat "$two/pool6" "$two/enabled" "$two/timeouts/udp"
check "rmdir of the entry works" rmdir "$two/pool4/203.0.113.1#6000-6999"
check "rmdir of the instance works" rmdir "$two"
check_not "its counters are gone" ls "$sysfs/instances/$router2"

stats=$sysfs/instances/$router/stats instance=$one
snapshot
check "the other instance does not care" ask "$client" udp '64:ff9b::192.0.2.24#80'
counters "and counts on" 6to4_udp_packets=1 4to6_udp_packets=1 '~*_udp_bytes' \
	bindings_created=1 sessions_created=1

is "the name is free again" "$(attempt "$client" mkdir "$two")" OK
instances+=("$two")
is "an instance without entries translates nothing" "$(ls "$two/pool4")" ""
