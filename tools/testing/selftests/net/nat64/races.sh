#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The same new flows begin on all CPUs at the same moment, while the tables are
# read and the configuration changes: everything is there exactly once.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1              198.51.100.7: never answers

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
setup_instance "$router" '203.0.113.1#1024-65535'
ip -n "$router" route add 198.51.100.0/24 via 192.0.2.24
far=64:ff9b::198.51.100.7
count=$(scale 2000 200)
if [ "$(nproc)" -eq 1 ]; then
	echo "# one CPU only: this is not much of a race"
	count=$(scale 500 200)
fi

# The neighbours are known, so that no first packet waits for them.
check "the server is reached" on "$client" ping -c 1 -W 5 64:ff9b::192.0.2.24

race() { peer "$client" race "$@"; }

lines() { "$1" | awk -v p="$2" '$1 == p'; }

# consistent PROTOCOL BINDINGS SESSIONS: what is there, by all accounts.
consistent() {
	is "$1: $2 bindings in the table" "$(lines bib "$1" | wc -l)" "$2"
	is "$1: each with a port of its own" "$(lines bib "$1" | awk '{ print $3 }' | sort -u | wc -l)" "$2"
	is "$1: each for another client" "$(lines bib "$1" | awk '{ print $2 }' | sort -u | wc -l)" "$2"
	is "$1: $3 sessions in the table" "$(lines sessions "$1" | wc -l)" "$3"
	is "$1: no two the same" "$(lines sessions "$1" | awk '{ print $2, $3, $4, $5 }' | sort -u | wc -l)" "$3"
	is "$1: the bindings count $3 sessions" "$(lines bib "$1" | awk '{ n += $5 } END { print n + 0 }')" "$3"
	is "$1: ports in use" \
		"$(cat "$sysfs/instances/$router/pool4/203.0.113.1#1024-65535/$1_used")" "$2"
}

accounts() {
	is "bindings created, less deleted, are those there are" \
		$(($(counter bindings_created) - $(counter bindings_deleted))) "$(counter bindings)"
	is "sessions created, less deleted, are those there are" \
		$(($(counter sessions_created) - $(counter sessions_deleted))) "$(counter sessions)"
	is "the gauge of bindings is the table's length" "$(counter bindings)" "$(bib | wc -l)"
	is "the gauge of sessions is the table's length" "$(counter sessions)" "$(sessions | wc -l)"
}

clear_icmp() { echo > "$entry/icmp"; echo 1024-65535 > "$entry/icmp"; }
entry=$instance/pool4/203.0.113.1#1024-65535
clear_icmp

for protocol in udp tcp icmp; do
	snapshot
	check "$protocol: $count flows, each begun twice at once" \
		race $protocol -n "$count" -s '2001:db8::8#10000' "$far#7"
	consistent $protocol "$count" "$count"
	counters "$protocol: and counted once" '~6to4_'$protocol'_*' \
		bindings_created="$count" sessions_created="$count"
done
accounts

# The flows of one client endpoint to many servers share one binding.
for protocol in udp tcp; do
	snapshot
	check "$protocol: one endpoint, $count servers, each asked twice at once" \
		race $protocol -o -n "$count" -s '2001:db8::9#9000' "$far#20000"
	consistent $protocol $((count + 1)) $((count * 2))
	counters "$protocol: and counted once" '~6to4_'$protocol'_*' \
		bindings_created=1 sessions_created="$count"
done
snapshot
check "four processes at once" race udp -p 4 -n "$count" -s '2001:db8::a#10000' "$far#7"
consistent udp $((count * 2 + 1)) $((count * 3))
accounts

# What a client has is counted by all CPUs, too.
echo 64 > "$instance/limits/client_prefix_len"
echo 100 > "$instance/limits/bindings_per_client"
echo > "$entry/udp"
echo 1024-65535 > "$entry/udp"
snapshot
race udp -p 4 -n 200 -s '2001:db8::8#30000' "$far#7" > /dev/null
is "a client's bindings are counted exactly" "$(lines bib udp | wc -l)" 100
counters "and those refused" '~6to4_udp_*' bindings_created=100 sessions_created=100 \
	'drop_client_limit+100' '~icmp_errors_sent'
echo 0 > "$instance/limits/bindings_per_client"
echo 50 > "$instance/limits/sessions_per_client"
echo > "$entry/udp"
echo 1024-65535 > "$entry/udp"
race udp -o -p 4 -n 200 -s '2001:db8::9#9000' "$far#20000" > /dev/null
is "so are its sessions" "$(lines sessions udp | wc -l)" 50
echo 0 > "$instance/limits/sessions_per_client"
accounts

# --- with somebody reading and somebody changing ---------------------------------------

# Each of these goes round until its file is taken away, and says how often.
busy=$tmp/busy
touch "$busy"

read_all() {
	local n=0
	while [ -e "$busy" ]; do
		cat /proc/net/nat64/sessions /proc/net/nat64/bib "$stats"/* "$instance/pool6" \
			"$instance/error_log" > /dev/null || return
		n=$((n + 1))
	done
	echo "$n"
}

# The entry that comes and goes has ports that no flow here wants: one that got them
# would die with it.
change_all() {
	local n=0
	while [ -e "$busy" ]; do
		echo '64:ff9b::/96 2001:db8:6464::/96' > "$instance/pool6" || return
		mkdir "$instance/pool4/203.0.113.1#100-200" || return
		echo 100-150 > "$instance/pool4/203.0.113.1#100-200/udp" || return
		echo 400 > "$instance/timeouts/udp" || return
		mkdir "$instance/bib/udp/203.0.113.3#80" || return
		echo '2001:db8::77#80' > "$instance/bib/udp/203.0.113.3#80/ipv6" || return
		rmdir "$instance/bib/udp/203.0.113.3#80" || return
		rmdir "$instance/pool4/203.0.113.1#100-200" || return
		echo '64:ff9b::/96' > "$instance/pool6" || return
		n=$((n + 1))
	done
	echo "$n"
}

export busy instance stats
export -f read_all change_all
bg "$router" bash -c read_all
reader=$bg
bg "$router" bash -c change_all
changer=$bg
for round in 1 2 3; do
	check "round $round of new flows meanwhile" \
		race udp -n "$count" -s "2001:db8::b#${round}0000" "$far#7"
done
serve "$server" tcp '192.0.2.24#80'
check "and of real connections" ask "$client" tcp -n "$(scale 200 30)" '64:ff9b::192.0.2.24#80'
rm "$busy"
check "the tables could be read all the time" wait "$reader"
check "the configuration changed all the time" wait "$changer"
echo "# read $(output "$reader") times, changed $(output "$changer") times"
check "each at least once" \
	[ "$(($(output "$reader" | tail -n 1) * $(output "$changer" | tail -n 1)))" -gt 0 ]
accounts

echo 5000 > "$entry/udp"
is "a smaller range takes all other bindings away" "$(lines bib udp | grep -vc '#5000 dynamic')" 0
rmdir "$entry"
is "rmdir takes everything away: bindings" "$(counter bindings)" 0
is "rmdir takes everything away: sessions" "$(counter sessions)" 0
accounts
