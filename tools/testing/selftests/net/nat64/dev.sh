#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# pool4 entries of interfaces: they have the addresses of what is called so, and
# follow them. What is lent of an address that goes, goes before the command that
# takes it away returns, and nothing else does.
#
#	client ---------------- router ------------------ server
#	2001:db8::8             wan  192.0.2.1            192.0.2.24
#	2001:db8:1::/48         up0  198.51.100.0/24 and others, a dummy
#				up1  likewise

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
other=''
setup_net
setup_ns other
ip -n "$client" route add local 2001:db8:1::/48 dev lo
ip -n "$router" route add 2001:db8:1::/48 via 2001:db8::8
sysctl_in "$client" net.ipv6.ip_nonlocal_bind=1
sysctl_in "$router" net.ipv6.icmp.ratelimit=0 net.ipv4.conf.all.promote_secondaries=0 \
	net.ipv4.conf.default.promote_secondaries=0 'net.ipv4.ip_local_port_range=32768 60999'
setup_instance "$router"
echo 0 > "$instance/allocation/hold_down"
far=64:ff9b::192.0.2.24
for protocol in udp tcp; do serve "$server" $protocol '192.0.2.24#80'; done

# Each address has so many ports by default.
ports=$((65535 - 61001 + 1))

up() { ip -n "$router" "$@" || die "ip $*"; }

# add DEV NAME...: the addresses
add() {
	local addr
	for addr in "${@:2}"; do echo "addr add $addr dev $1"; done | ip -n "$router" -batch -
}

attempt() { peer "$router" attempt "$1" "$instance/${2}" "${@:3}"; }

# gauge ENTRY NAME
gauge() {
	local value
	read -r value < "$sysfs/instances/$router/pool4/$1/$2"
	echo "$value"
}

# has NAME ENTRY N: so many addresses
has() { is "$1" "$(gauge "$2" tcp_capacity)" $(($3 * ports)); }

# The bindings are looked at often, so that starts no program.
declare -A lent=() was=()

# look: sets lent to what is lent
look() {
	local protocol client end _

	request read "$router" "$tmp/read" /proc/net/nat64/bib
	lent=()
	while read -r protocol client end _; do
		[ "$protocol" = protocol ] || lent["$protocol $client $end"]=1
	done < "$tmp/read"
}

# remember: what is lent now is what kept compares with
remember() {
	local key

	look
	was=()
	for key in "${!lent[@]}"; do was[$key]=1; done
}

# kept NAME [REGEX]: of what was lent all is that does not match, and nothing else.
# Sets died to how many are not.
died=0
kept() {
	local key wrong=''

	look
	died=0
	for key in "${!was[@]}"; do
		if [ $# -gt 1 ] && [[ $key =~ $2 ]]; then
			died=$((died + 1))
			[ -z "${lent[$key]-}" ] || wrong+="still lent: $key"$'\n'
		else
			[ -n "${lent[$key]-}" ] || wrong+="no longer lent: $key"$'\n'
		fi
	done
	for key in "${!lent[@]}"; do
		[ -n "${was[$key]-}" ] || wrong+="new: $key"$'\n'
	done
	if [ -z "$wrong" ]; then pass "$1"; else fail "$1" "$wrong"; fi
}

nothing_lent() { is "$1" "$(counter bindings)" 0; }

errors=()
read_errors() { mapfile -t errors < "$instance/error_log"; }

# seen [SOURCE]: which address the server sees
seen() {
	local line
	line=$(ask "$client" udp -t 5 ${1:+-s "$1"} "$far#80")
	line=${line#* }
	echo "${line%%#*}"
}

# client_of ADDRESS: new clients ask; sets who to one that is lent of it. Which one that
# is, is up to a secret.
who='' round=0
client_of() {
	local own seen _

	while [ $((++round)) -lt 200 ]; do
		ask "$client" udp -a -n 16 -t 5 -s "2001:db8:1:$round::1#4000" "$far#80" > "$tmp/asked"
		while read -r own seen _; do
			who=${own%#*}
			[ "${seen%#*}" != "$1" ] || return 0
		done < "$tmp/asked"
	done
	die "nobody is lent of $1: $(cut -d' ' -f2 "$tmp/asked")"
}

# gone NAME ADDRESS COMMAND...: takes the address away, and just what is lent of it.
gone() {
	local name=$1 addr=$2
	shift 2
	remember
	snapshot
	check "$name" "$@"
	kept "$name: what is lent of it goes, all else stays" " $addr#"
	counters "$name: $died bindings have gone" bindings_deleted="$died" '~sessions_deleted'
}

# --- before there is anything ------------------------------------------------------

check "an interface need not be there" mkdir "$instance/pool4/dev:up0"
is "nothing is wrong" "$(cat "$instance/error_log")" ""
has "it has no address" dev:up0 0
is "its ports" "$(cat "$instance/pool4/dev:up0/tcp")" 61001-65535
snapshot
is "there is nothing to lend: administratively prohibited" "$(ask "$client" udp "$far#80")" EACCES
counters "no_pool4" drop_no_pool4=1 icmp_errors_sent=1
up link add up0 type dummy
has "the interface alone is not enough" dev:up0 0
add up0 198.51.100.1/24
has "nor is its address while it is down" dev:up0 0
up link set up0 up
has "it is up" dev:up0 1
like "udp" "$(ask "$client" udp "$far#80")" \
	"2001:db8::8#[0-9]+ 198\.51\.100\.1#6[0-9]+ 192\.0\.2\.24#80"
like "tcp" "$(ask "$client" tcp "$far#80")" \
	"2001:db8::8#[0-9]+ 198\.51\.100\.1#6[0-9]+ 192\.0\.2\.24#80"
check "icmp" on "$client" ping -c 1 -W 5 $far
is "one of each is lent" "$(gauge dev:up0 tcp_used) $(gauge dev:up0 udp_used) $(gauge dev:up0 icmp_used)" \
	"1 1 1"

# --- several addresses ------------------------------------------------------------------

remember
add up0 198.51.100.2/24 203.0.113.7/32
has "secondary ones and those of other nets count" dev:up0 3
kept "who has a binding keeps it"
client_of 198.51.100.1
hold "$client" tcp -n 3 -t 5 -s "$who#0" "$far#80"
is "three flows of the first" "$answers" 3
first=$held
client_of 203.0.113.7
hold "$client" tcp -n 3 -t 5 -s "$who#0" "$far#80"
is "three flows of the third" "$answers" 3
third=$held
client_of 198.51.100.2
is "the entry counts what is lent of all" "$(gauge dev:up0 tcp_used)" 7
gone "one is deleted" 198.51.100.2 ip -n "$router" addr del 198.51.100.2/24 dev up0
has "two are left" dev:up0 2
held=$first
ask_again
is "flows of the first go on" "$answers" 3
held=$third
ask_again
is "flows of the third go on" "$answers" 3
like "its client has another address now" "$(seen "$who#3000")" "198.51.100.1|203.0.113.7"
gone "the first is deleted" 198.51.100.1 ip -n "$router" addr del 198.51.100.1/24 dev up0
held=$third
ask_again
is "flows of the third go on" "$answers" 3
is "all clients have the third" "$(seen) $(seen "$who#3001")" "203.0.113.7 203.0.113.7"

# Without its primary address a net has no secondary ones, unless they are promoted.
add up0 198.51.100.1/24 198.51.100.2/24 198.51.100.3/24
has "four" dev:up0 4
client_of 198.51.100.2
gone "secondary addresses go" 198.51.100.2 ip -n "$router" addr del 198.51.100.2/24 dev up0
check "the primary one takes the others along" ip -n "$router" addr del 198.51.100.1/24 dev up0
has "one" dev:up0 1
sysctl_in "$router" net.ipv4.conf.up0.promote_secondaries=1
add up0 198.51.100.1/24 198.51.100.2/24 198.51.100.3/24
client_of 198.51.100.2
client_of 198.51.100.1
gone "the primary one goes, the others are promoted" 198.51.100.1 \
	ip -n "$router" addr del 198.51.100.1/24 dev up0
has "three" dev:up0 3
held=$third
ask_again
is "flows of what was there all the time go on" "$answers" 3
release

# The same address twice, of two nets, is one.
add up0 203.0.113.7/24
has "an address of two nets is one" dev:up0 3
client_of 203.0.113.7
remember
up addr del 203.0.113.7/32 dev up0
kept "of which one may go"

# --- up, down, names -----------------------------------------------------------------------

check "another entry, of another interface" mkdir "$instance/pool4/dev:up1"
up link add up1 type dummy
up link set up1 up
add up1 203.0.113.77/32
has "it has an address" dev:up1 1
client_of 203.0.113.77
client_of 198.51.100.2
remember
check "an interface goes down" ip -n "$router" link set up0 down
kept "what is lent of it goes, of the other one nothing" ' (198.51.100|203.0.113.7#)'
has "no address" dev:up0 0
is "the other one serves" "$(seen)" 203.0.113.77
up link set up0 up
has "up again" dev:up0 3

# rename DEV NEW: not all kernels do it while it is up
rename() {
	ip -n "$router" link set "$1" name "$2" 2> /dev/null || {
		up link set "$1" down
		up link set "$1" name "$2"
		up link set "$2" up
	}
}
client_of 203.0.113.77
client_of 203.0.113.7
remember
rename up0 old0
kept "an interface has another name: what is lent of it goes" ' (198.51.100|203.0.113.7#)'
has "no address" dev:up0 0
rename up1 up0
has "another one gets the name: its entry has no address" dev:up1 0
has "its address has the other entry" dev:up0 1
is "and is lent" "$(seen)" 203.0.113.77
up link property add dev up0 altname another-name
check "an entry for another name of it" mkdir "$instance/pool4/dev:another-name#5000"
is "which does not count" "$(gauge "dev:another-name#5000" tcp_capacity)" 0
rmdir "$instance/pool4/dev:another-name#5000"

gone "it is deleted" 203.0.113.77 ip -n "$router" link del up0
has "no address" dev:up0 0
rename old0 up0
has "the other one is back" dev:up0 3
client_of 203.0.113.7
snapshot
check "it moves to another namespace" ip -n "$router" link set up0 netns "$other"
nothing_lent "nothing is lent"
has "no address" dev:up0 0
up link add up0 type dummy
up link set up0 up
add up0 198.51.100.1/24
has "one is made anew" dev:up0 1
is "and lent" "$(seen)" 198.51.100.1

# --- the link that all goes through gets another address ------------------------------------

check "an entry for wan" mkdir "$instance/pool4/dev:wan"
rmdir "$instance/pool4/dev:up0" "$instance/pool4/dev:up1"
is "the address of wan is lent" "$(seen)" 192.0.2.1
hold "$client" udp -n 5 -t 5 -s '2001:db8::9#5000' "$far#80"
is "five flows" "$answers" 5
up addr del 192.0.2.1/24 dev wan
is "without an address: administratively prohibited" "$(ask "$client" udp "$far#80")" EACCES
nothing_lent "nothing is lent"
add wan 192.0.2.111/24
ask_again
is "with another one all go on, with new ports" "$answers" 5
look
is "of it" "$(printf '%s\n' "${!lent[@]}" | grep -c ' 192.0.2.111#')" 5
release
up addr del 192.0.2.111/24 dev wan
add wan 192.0.2.1/24
rmdir "$instance/pool4/dev:wan"
nothing_lent "without the entry nothing is lent"

# --- two that want the same -------------------------------------------------------------

# left_out NAME ENTRY ADDRESS ERRNO: that is the last line
left_out() {
	read_errors
	like "$1" "${errors[-1]}" "[^ ]+ [^ ]*( [^ ]*)?pool4/$2 $4: ${3//./\\.} is left out: .*"
}

mkdir "$instance/pool4/203.0.113.1" "$instance/pool4/dev:up0" "$instance/pool4/dev:up1"
up link add up1 type dummy
up link set up1 up
read_errors
n_errors=${#errors[@]}
add up0 203.0.113.1/32 203.0.113.2/32
left_out "an address that a fixed entry has is left out" dev:up0 203.0.113.1 EEXIST
has "but no other" dev:up0 2
like "the kernel's log tells it, too" \
	"$(dmesg | grep -c "pool4/dev:up0: 203.0.113.1 is left out: tcp port 61001")" "[1-9][0-9]*"
add up1 203.0.113.2/32 203.0.113.3/32
left_out "one that another interface has, too" dev:up1 203.0.113.2 EEXIST
has "but no other" dev:up1 1
up addr del 203.0.113.3/32 dev up1
add up1 203.0.113.3/32
read_errors
is "each is told once" ${#errors[@]} $((n_errors + 2))
client_of 203.0.113.1
gone "the fixed entry goes" 203.0.113.1 rmdir "$instance/pool4/203.0.113.1"
has "and the interface has the address" dev:up0 3
is "which a fixed one cannot have now" "$(attempt mkdir pool4/203.0.113.1)" EEXIST
is "nor a prefix" "$(attempt mkdir pool4/203.0.113.0_24)" EEXIST
is "but other ports of it" "$(attempt mkdir 'pool4/203.0.113.1#5000-5999')" OK
is "which this one cannot have then" "$(attempt write pool4/dev:up0/udp 5999-6999)" EEXIST
is "whoever asks" "$(attempt write 'pool4/203.0.113.1#5000-5999/icmp' 61001)" EEXIST
client_of 203.0.113.2
remember
up addr del 203.0.113.2/32 dev up0
has "the address of both goes from one: the other has it" dev:up1 2
kept "and what is lent of it stays so"
add up0 203.0.113.2/32
left_out "who has it keeps it" dev:up0 203.0.113.2 EEXIST
echo 61001-65534 > "$instance/pool4/dev:up1/tcp"
has "other ports of one protocol are not enough" dev:up0 2
for protocol in tcp udp icmp; do echo 4000-4999 > "$instance/pool4/dev:up1/$protocol"; done
has "other ports of all are" dev:up0 3
client_of 203.0.113.2

is "an entry of the same interface" "$(attempt mkdir 'pool4/dev:up0#65535')" EEXIST
read_errors
like "is told so" "${errors[-1]}" ".* pool4/dev:up0#65535 EEXIST: tcp port 65535 of .*"
is "with ports of its own it may be" "$(attempt mkdir 'pool4/dev:up0#61000')" OK
is "so are ranges" "$(attempt write 'pool4/dev:up0#61000/udp' 61000-61001)" EEXIST
is "where there is no address, too" "$(attempt mkdir pool4/dev:none)" OK
is "entries of one interface" "$(attempt mkdir 'pool4/dev:none#65535')" EEXIST
rmdir "$instance/pool4/dev:none" "$instance/pool4/dev:up0#61000" "$instance/pool4/203.0.113.1#5000-5999"
mkdir "$instance/pool4/203.0.113.99"
up addr flush dev up1
add up1 203.0.113.99/32
rmdir "$instance/pool4/dev:up1"
is "an interface with an address of another entry" "$(attempt mkdir pool4/dev:up1)" EEXIST
is "but with ports of its own" "$(attempt mkdir 'pool4/dev:up1#5000')" OK
remove_config "$instance"

# --- what may not be lent ------------------------------------------------------------------

up addr flush dev up0
up addr flush dev up1
mkdir "$instance/pool4/dev:up0"
add up0 203.0.113.1/32
for addr in 169.254.1.1 127.0.0.2; do
	add up0 $addr/32
	left_out "$addr is left out" dev:up0 $addr EINVAL
	has "but not the other one" dev:up0 1
done
ip -n "$router" addr add 203.0.113.2/32 dev up0 scope link
left_out "so is what is for a link only" dev:up0 203.0.113.2 EINVAL
has "one" dev:up0 1
denied=$(tr '\n' ' ' < "$instance/denied_ipv4")
echo "${denied/169.254.0.0\/16/}" > "$instance/denied_ipv4"
has "it is no longer denied" dev:up0 2
client_of 169.254.1.1
client_of 203.0.113.1
deny() { echo "$denied" > "$instance/denied_ipv4"; }
gone "it is denied again" 169.254.1.1 deny
left_out "and left out" dev:up0 169.254.1.1 EINVAL
has "one" dev:up0 1

is "the host's own ports" "$(attempt mkdir 'pool4/dev:up1#50000-50010')" EADDRINUSE
is "even if there is no interface" "$(attempt mkdir 'pool4/dev:none#50000-50010')" EADDRINUSE
read_errors
like "the log names it, and the sysctl to set" "${errors[-1]}" ".* none .*ip_local_reserved_ports.*"
is "ranges, too" "$(attempt write pool4/dev:up0/tcp 50000-50010)" EADDRINUSE
echo 1 > "$instance/pool4/dev:up0/force"
is "unless they are forced" "$(attempt write pool4/dev:up0/tcp 50000-50010)" OK
is "which they stay" "$(attempt write pool4/dev:up0/force 0)" EADDRINUSE
echo 61001-65535 > "$instance/pool4/dev:up0/tcp"
is "until they are others" "$(attempt write pool4/dev:up0/force 0)" OK
sysctl_in "$router" 'net.ipv4.ip_local_port_range=32768 61001'
add up0 203.0.113.3/32
left_out "the host has begun to use them itself" dev:up0 203.0.113.3 EADDRINUSE
has "what was there stays" dev:up0 1
sysctl_in "$router" net.ipv4.ip_local_reserved_ports=61001
add up0 203.0.113.4/32
has "no longer: the next change takes up both" dev:up0 3

# --- ranges and marks ------------------------------------------------------------------------

up addr flush dev up0
has "all are flushed" dev:up0 0
add up0 203.0.113.1/32 203.0.113.2/32
client_of 203.0.113.1
hold "$client" udp -n 30 -t 5 -s "$who#4100" "$far#80"
client_of 203.0.113.2
one=$held
hold "$client" udp -n 30 -t 5 -s "$who#4100" "$far#80"
remember
echo 61001-63000 > "$instance/pool4/dev:up0/udp"
kept "a smaller range counts for all addresses, and takes just the others away" \
	'#(6300[1-9]|630[1-9].|63[1-9]..|6[45]...)$'
is "it has so many ports" "$(gauge dev:up0 udp_capacity)" 4000
is "of which are lent" "$(gauge dev:up0 udp_used)" ${#lent[@]}
release
held=$one
release
echo > "$instance/pool4/dev:up0/udp"
is "no ports of UDP: administratively prohibited" "$(ask "$client" udp "$far#80")" EACCES
check "those of TCP are lent" ask "$client" tcp "$far#80"
echo 61001-61002 > "$instance/pool4/dev:up0/udp"
ask "$client" udp -n 3 -s '2001:db8::8#6000' "$far#80" > /dev/null
is "exhaustion is counted" "$(gauge dev:up0 exhausted)" 1
echo 61001-65535 > "$instance/pool4/dev:up0/udp"

echo 1/1 > "$instance/pool4/dev:up0/mark"
nothing_lent "a mark: nothing is lent without it"
is "nor for others" "$(ask "$client" udp "$far#80")" EACCES
add up0 203.0.113.3/32
is "a new address has it, too" "$(ask "$client" udp "$far#80")" EACCES
if have nft; then
	on "$router" nft -f - <<-END
	table ip6 nat64_test {
		chain raw { type filter hook prerouting priority raw; meta mark set 1; }
	}
	END
	client_of 203.0.113.3
	pass "who has the mark is lent of it"
	on "$router" nft delete table ip6 nat64_test
else
	skip "marks" "no nft"
fi
echo 0/0 > "$instance/pool4/dev:up0/mark"

# --- under traffic ------------------------------------------------------------------------

# Addresses come and go while others are lent.
begin "$client" flood -n 5 -w "$(scale 0 0.01)" -s '2001:db8::9#4000' "$far#9"
flowing() { [ "$(delta "$1")" -gt "${2-0}" ]; }
snapshot
check "the flood is translated" wait_for 30 flowing 6to4_udp_packets
client_of 203.0.113.2
hold "$client" tcp -n 5 -t 5 -s "$who#0" "$far#80"
up addr flush dev up1
mkdir "$instance/pool4/dev:up1"
for n in $(seq "$(scale 20 5)"); do
	echo "addr add 203.0.113.4/32 dev up0"
	echo "addr add 203.0.113.5/32 dev up1"
	echo "link set up1 down"
	echo "addr del 203.0.113.4/32 dev up0"
	echo "link set up1 up"
	echo "addr add 203.0.113.4/32 dev up1"
	echo "addr del 203.0.113.4/32 dev up1"
	echo "addr del 203.0.113.5/32 dev up1"
done > "$tmp/batch"
check "addresses come and go, $n times" ip -n "$router" -batch "$tmp/batch"
has "at the end all is as before" dev:up0 3
has "and there" dev:up1 0
look
unlike() { ! [[ "${!lent[*]}" =~ $1 ]]; }
check "nothing is lent of those" unlike ' 203.0.113.[45]#'
ask_again
is "the flows of what stayed go on" "$answers" 5
release
snapshot
check "the flood goes on" wait_for 30 flowing 6to4_udp_packets
check "rmdir under traffic" rmdir "$instance/pool4/dev:up0"
nothing_lent "nothing is lent"
check "mkdir under traffic" mkdir "$instance/pool4/dev:up0"
snapshot
check "the flood is translated again" wait_for 30 flowing 6to4_udp_packets
is "what was created, less what was deleted, is what there is" \
	$(($(counter bindings_created) - $(counter bindings_deleted))) "$(counter bindings)"

# --- the end --------------------------------------------------------------------------------

ip netns del "$router"
namespaces=("$client" "$server" "$other")
dead() { [ "$(cat "$instance/netns")" = - ]; }
check "the namespace dies under traffic" wait_for 60 dead
has "no address" dev:up0 0
is "nothing is lent" "$(counter bindings) $(counter sessions)" "0 0"
check "rmdir of what is left" rmdir "$instance/pool4/dev:up0" "$instance/pool4/dev:up1" "$instance"
