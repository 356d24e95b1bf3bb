#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Several settings of a pool4 entry change in one step: what the entry would be is
# what is checked, a refusal changes nothing, and while entries are switched to and
# fro under traffic no flow ever gets what neither of two states has.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1 to .4        198.51.100.7: never answers

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start nft
setup_net
setup_instance "$router"
ip -n "$router" route add 198.51.100.0/24 via 192.0.2.24
pool4=$instance/pool4
far=64:ff9b::198.51.100.7
near=64:ff9b::192.0.2.24
serve "$server" tcp '192.0.2.24#80' '192.0.2.24#81'
serve "$server" udp '192.0.2.24#80'

# settings ENTRY: in one line.
settings() {
	local lines
	mapfile -t lines < "$pool4/$1/config"
	echo "${lines[*]}"
}

# set_to ENTRY SETTING...: in one write; echo would make one of each line.
set_to() { echo "${*:2}" > "$pool4/$1/config"; }

# refused NAME ERRNO ENTRY SETTING...: and nothing has changed.
refused() {
	local old bindings
	old=$(settings "$3") bindings=$(bib)
	set_to "${@:3}" 2>/dev/null && fail "$1" "was taken: $(settings "$3")" && return
	like "$1" "$(tail -n 1 "$instance/error_log")" ".* pool4/$3/config \".*\" ($2): .*"
	is "... and changes nothing" "$(settings "$3")" "$old"
	is "... nor ends anything" "$(bib)" "$bindings"
}

capacity() { cat "$sysfs/instances/$router/pool4/$1/"{tcp,udp,icmp}_capacity | tr '\n' ' '; }

# --- an entry without ports, and one write that makes it live -----------------------------

mkdir "$pool4/203.0.113.1" "$pool4/203.0.113.1#" "$pool4/203.0.113.0_24#"
is "three entries of one address" "$(find "$pool4" -mindepth 1 -type d | wc -l)" 3
is "the name without ports has none" "$(settings '203.0.113.1#')" 'tcp= udp= icmp= mark=0/0 force=0'
is "nor anything to lend" "$(capacity '203.0.113.1#')" '0 0 0 '
rmdir "$pool4/203.0.113.0_24#"
echo 1 > "$instance/staged"
is "staged: what there is stays" "$(capacity '203.0.113.1')" '4535 4535 4535 '
# The second one has a port of the first, the third is the host's own.
mkdir "$pool4/203.0.113.1#61001-65535" "$pool4/203.0.113.0_24" "$pool4/192.0.2.1#40000"
echo 0 > "$instance/staged"
for entry in '203.0.113.1#61001-65535' 203.0.113.0_24 '192.0.2.1#40000'; do
	is "staged: $entry has no ports" "$(settings "$entry")" 'tcp= udp= icmp= mark=0/0 force=0'
	is "nor anything to lend" "$(capacity "$entry")" '0 0 0 '
	refused "those of its name are another's" "EEXIST|EADDRINUSE" "$entry" 'tcp=61001 udp=40000'
	rmdir "$pool4/$entry"
done
rmdir "$pool4/203.0.113.1"
mkdir "$pool4/203.0.113.1"
is "no longer staged: it has those of its name" "$(capacity 203.0.113.1)" '4535 4535 4535 '
rmdir "$pool4/203.0.113.1"
snapshot
is "it serves nobody" "$(ask "$client" udp "$near#80")" EACCES
counters "and that is counted" drop_no_pool4=1 icmp_errors_sent=1
check "one write makes it live" \
	set_to '203.0.113.1#' 'tcp=5000-5999 udp=5000-5999, 7000 mark=0/0'
is "with just what was written" "$(settings '203.0.113.1#')" \
	'tcp=5000-5999 udp=5000-5999,7000 icmp= mark=0/0 force=0'
is "and so many ports" "$(capacity '203.0.113.1#')" '1000 1001 0 '
like "it serves clients" "$(ask "$client" udp "$near#80")" '.* 203\.0\.113\.1#(5[0-9]{3}|7000) .*'

# --- what an edit no longer covers, and what is refused ------------------------------------

hold "$client" tcp -n 5 "$near#80"
is "5 connections are held" "$answers" 5
kept=$(bib | grep '^tcp')
check "an edit of the other protocols" set_to '203.0.113.1#' 'udp=6000 icmp=1-999'
is "has ended what it does not cover" "$(bib | grep -c '^udp')" 0
is "and nothing else" "$(bib | grep '^tcp')" "$kept"
ask_again
is "5 connections go on" "$answers" 5

mkdir "$pool4/203.0.113.1"	# 61001-65535
refused "a port of another entry" EEXIST '203.0.113.1#' 'tcp=5000-5999 mark=1/1 icmp=7 udp=65535'
refused "a port that there is not" EINVAL '203.0.113.1#' 'tcp= mark=1/1 udp=5000-70000'
like "... and the log has it" "$(tail -n 1 "$instance/error_log")" '.* EINVAL: udp: 5000-70000: .*'
refused "an unknown setting" EINVAL '203.0.113.1#' 'tcp= ports=5000'
refused "a setting that is there twice" EINVAL '203.0.113.1#' 'tcp= udp= tcp=5000'
refused "a wrong word at the end" EINVAL '203.0.113.1#' 'tcp= udp=5000 force=yes'
ask_again
is "5 connections still go on" "$answers" 5
kept=$(counter bindings_deleted)
set_to '203.0.113.1#' "$(settings '203.0.113.1#')"
is "what is so already ends nothing" "$(counter bindings_deleted)" "$kept"

# Ports and "force" are judged as they will be together. 192.0.2.1 is the router's.
mkdir "$pool4/192.0.2.1#"
refused "the host's own ports" EADDRINUSE '192.0.2.1#' 'tcp=40000-40009 mark=2/2'
check "... but not with force" set_to '192.0.2.1#' 'tcp=40000-40009 mark=2/2 force=1'
refused "force can not go alone" EADDRINUSE '192.0.2.1#' 'force=0 mark=0/0'
check "... but with the ports" set_to '192.0.2.1#' 'force=0 mark=0/0 tcp='
rmdir "$pool4/192.0.2.1#"

# One entry's settings for another: cat makes one write of them.
mkdir "$pool4/203.0.113.2#"
cat "$pool4/203.0.113.1#/config" > "$pool4/203.0.113.2#/config"
is "cat copies an entry" "$(settings '203.0.113.2#')" "$(settings '203.0.113.1#')"
release
rmdir "$pool4"/*

# --- under traffic -----------------------------------------------------------------------------

# one: for clients with mark 1, or for those with mark 2 and with other ports; rest: for
# whom it does not serve; kept: TCP goes on from one state to the other.
mkdir "$pool4/203.0.113.1#" "$pool4/203.0.113.2#1024-65535" "$pool4/203.0.113.3#"
one='203.0.113.1#' rest='203.0.113.2#1024-65535' kept='203.0.113.3#'
one_a='tcp=2000-29999 udp=2000-29999 mark=0x1/0x1 icmp='
one_b='icmp=1-9 mark=0x2/0x2 udp=30000-60000 tcp=30000-60000'
kept_a='tcp=7000-7099 udp=7000-7099 mark=0x4/0x4'
kept_b='force=1 udp= tcp=7000-7199'
set_to "$one" "$one_a" || die "no first state"
set_to "$kept" "$kept_a" || die "no first state"

on "$router" nft -f - <<-END || die "no nft"
	table ip6 nat64_test {
		chain raw {
			type filter hook prerouting priority raw
			meta l4proto { tcp, udp } th dport 1 meta mark set 1
			meta l4proto { tcp, udp } th dport 2 meta mark set 2
			meta l4proto { tcp, udp } th dport 81 meta mark set 4
		}
	}
END
on "$server" nft -f - <<-END || die "no nft"
	table ip nat64_test {
		counter one_a { }
		counter one_b { }
		counter rest { }
		counter wrong { }
		chain raw {
			type filter hook prerouting priority raw
			ip daddr != 198.51.100.7 accept
			meta l4proto != { tcp, udp } accept
			ip saddr 203.0.113.2 counter name rest drop
			ip saddr 203.0.113.1 th sport 2000-29999 th dport 1 counter name one_a drop
			ip saddr 203.0.113.1 th sport 30000-60000 th dport 2 counter name one_b drop
			counter name wrong drop
		}
	}
END

hold "$client" tcp -n 5 -s '2001:db8::8#3000' "$near#81"
is "5 connections are held" "$answers" 5
like "of the entry that is for them" "$(bib | awk '$1 == "tcp" { print $3 }' | head -n 1)" '203\.0\.113\.3#70[0-9]{2}'
held_bindings() { bib | grep '203\.0\.113\.3#' | sort; }
held_tcp=$(held_bindings)

busy=$tmp/busy
touch "$busy"

# Goes round until the file is taken away, and says how often.
switch_all() {
	local n=0
	while [ -e "$busy" ]; do
		echo "$one_b" > "$one/config" || return
		echo "$kept_b" > "$kept/config" || return
		echo 'icmp=1-65535' > "$rest/config" || return
		echo "$one_a" > "$one/config" || return
		echo "$kept_a force=0" > "$kept/config" || return
		echo 'force=1 icmp=' > "$rest/config" || return
		n=$((n + 1))
	done
	echo "$n"
}

one=$pool4/$one rest=$pool4/$rest kept=$pool4/$kept
export busy one rest kept one_a one_b kept_a kept_b
export -f switch_all
snapshot
bg "$router" bash -c switch_all
switcher=$bg
count=$(scale 250 60)
bad=0 first=4000
for protocol in udp tcp udp; do
	for source in 9 a b; do
		for mark in 1 2; do
			peer "$client" race $protocol -n "$count" -s "2001:db8::$source#$first" \
				"$far#$mark" > /dev/null || bad=$((bad + 1))
			first=$((first + count))
		done
	done
done
is "new flows began all the time" "$bad" 0
rm "$busy"
check "the entries changed all the time" wait "$switcher"
echo "# changed to and fro $(output "$switcher") times"
is "each at least a few times" "$(($(output "$switcher") >= 3))" 1

# Each flow's first packet is sent twice.
sum=0
for name in one_a one_b rest; do
	n=$(nft_count "$server" ip $name)
	echo "# $name: $n packets"
	is "$name: has served some" "$((n > 0))" 1
	sum=$((sum + n))
done
is "no flow ever got what neither state has" "$(nft_count "$server" ip wrong)" 0
is "all packets arrived" "$sum" $((18 * count * 2))
no_drops "no client was refused, nothing was dropped"
ask_again
is "the connections that both states cover go on" "$answers" 5
is "with the bindings they had" "$(held_bindings)" "$held_tcp"
release
is "bindings created, less deleted, are those there are" \
	$(($(counter bindings_created) - $(counter bindings_deleted))) "$(counter bindings)"
