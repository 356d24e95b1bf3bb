# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of nat64 share. A test sources this file, calls start, makes
# assertions (each prints one KTAP line) and ends; cleaning up, the plan and the
# exit status are the EXIT trap's. Environment:
#
#	NAT64_KO	the module to insmod; otherwise modprobe nat64
#	NAT64_SLOW	1: a machine that computes slowly, less of everything

set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
configfs=/sys/kernel/config
config=$configfs/nat64
sysfs=/sys/kernel/nat64
peer=$here/peer.py

# The names of the namespaces; setup_ns sets those it makes.
client='' router='' server=''

# The instance that the counters and the error_log are read from.
instance=$config stats=$sysfs/stats

case ${NAT64_SLOW-}${NAT64_KERNEL-} in
1*|6.1|6.12|latest) slow=1 ;;
*) slow=0 ;;
esac

# scale FAST SLOW: how many of something are right for this machine.
scale() { if [ $slow -eq 1 ]; then echo "$2"; else echo "$1"; fi; }

# --- KTAP --------------------------------------------------------------------

n_tests=0 n_failed=0 n_skipped=0 skip_reason=''

diag() { sed 's/^/# /'; }

pass() { echo "ok $((++n_tests)) $1"; }

# fail NAME [DIAGNOSTICS]
fail() {
	echo "not ok $((++n_tests)) $1"
	n_failed=$((n_failed + 1))
	[ -z "${2-}" ] || diag <<< "$2"
}

skip() { echo "ok $((++n_tests)) $1 # SKIP $2"; n_skipped=$((n_skipped + 1)); }

# skip_all REASON: nothing here can be tested on this machine.
skip_all() { skip_reason=$1; exit 4; }

# die REASON: the test cannot go on, which is a failure.
died=''
die() {
	died=$1
	echo "Bail out! $1"
	exit 1
}

# check NAME COMMAND...: the assertion is that COMMAND succeeds.
check() {
	local name=$1
	shift
	if "$@" > "$tmp/check" 2>&1; then
		pass "$name"
	else
		fail "$name" "$* failed: $(tail -n 20 "$tmp/check")"
	fi
}

check_not() {
	local name=$1
	shift
	if "$@" > "$tmp/check" 2>&1; then
		fail "$name" "$* succeeded: $(tail -n 20 "$tmp/check")"
	else
		pass "$name"
	fi
}

# is NAME GOT WANTED
is() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2"$'\n'"wanted: $3"; fi
}

# like NAME GOT REGEX: the whole of GOT matches.
like() {
	if [[ $2 =~ ^($3)$ ]]; then pass "$1"; else fail "$1" "got:    $2"$'\n'"wanted: $3"; fi
}

# --- what is there -------------------------------------------------------------

have() { command -v "$1" > /dev/null; }

need_tools() {
	local tool
	for tool; do have "$tool" || skip_all "$tool is not installed"; done
}

# wait_for SECONDS COMMAND...: until it succeeds; the bound is for what never will.
# Between two tries nothing is read from a FIFO, which starts no program.
wait_for() {
	local end=$((SECONDS + $1 * (1 + 3 * slow)))
	shift
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -le $end ] || return 1
		read -rt 0.05 -u "$silence" || true
	done
}

loaded=0 mounted=0

load_dependencies() {
	local module
	for module in configfs nf_defrag_ipv4 nf_defrag_ipv6 veth; do
		modprobe -q "$module" || true	# may be built in
	done
}

insert_module() {
	local filter=/sys/module/kunit/parameters/filter_glob
	# Unit tests in the module would run each time it is loaded.
	[ ! -w $filter ] || echo no_unit_tests > $filter
	if [ -n "${NAT64_KO-}" ]; then insmod "$NAT64_KO"; else modprobe nat64; fi
}

load_module() {
	[ ! -d /sys/module/nat64 ] || return 0
	load_dependencies
	insert_module || die "the module nat64 cannot be loaded"
	loaded=1
}

unload_module() {
	[ $loaded -eq 1 ] && [ -d /sys/module/nat64 ] || return 0
	rmmod nat64 || return
	loaded=0
}

mount_configfs() {
	! mountpoint -q $configfs || return 0
	mount -t configfs none $configfs || die "configfs cannot be mounted"
	mounted=1
}

# --- cleaning up -----------------------------------------------------------------

tmp='' pids=() namespaces=() instances=()

# remove_config DIR: every directory a user made below an instance's.
remove_config() {
	find "$1/pool4" "$1/bib/tcp" "$1/bib/udp" "$1/bib/icmp" -mindepth 1 -maxdepth 1 \
		-type d -exec rmdir {} +
}

remove_instance() {
	[ -d "$1" ] || return 0
	remove_config "$1"
	rmdir "$1"
}

# stop PID...: of what bg and begin have started.
stop() {
	local pid
	for pid; do
		if [ -n "${begun[$pid]-}" ]; then
			end "$pid"
		else
			kill "$pid" 2>/dev/null
			wait "$pid" 2>/dev/null
		fi
	done
}

clean_up() {
	local item

	begun=()	# they end with the agent
	stop ${agent:+"$agent"} "${pids[@]}"
	for item in "${instances[@]}"; do remove_instance "$item"; done
	for item in "${namespaces[@]}"; do ip netns del "$item"; done
	unload_module
	[ $mounted -eq 0 ] || umount $configfs
	rm -rf "$tmp"
} 2>/dev/null

# What one wants to see when something failed.
show_state() {
	local ns

	{
		grep -HvxE 0 "$stats"/* | sed 's|.*/||'
		cat "$instance/error_log"
		for ns in "${namespaces[@]}"; do
			on "$ns" cat /proc/net/nat64/bib /proc/net/nat64/sessions | head -n 30
		done
		dmesg | tail -n 5
	} 2>/dev/null | diag
}

finish() {
	local status=$?

	trap - EXIT
	[ $n_failed -eq 0 ] || show_state
	clean_up
	if [ -n "$skip_reason" ]; then
		echo "1..0 # SKIP $skip_reason"
		exit 4
	fi
	if [ $status -ne 0 ]; then
		fail "the test ran to its end" "status $status${died:+: $died}"
	fi
	echo "1..$n_tests"
	[ $n_failed -eq 0 ] || exit 1
	[ $n_tests -gt $n_skipped ] || exit 4
	exit 0
}

# start TOOL...: to be called first, with the programs the whole test needs.
start() {
	echo "KTAP version 1"
	trap finish EXIT
	trap 'exit 130' INT TERM
	trap 'exit 141' PIPE	# peer.py's agent has ended
	[ "$(id -u)" -eq 0 ] || skip_all "needs root"
	need_tools ip nsenter python3 "$@"
	start_work
}

# start_work: the directory $tmp, with what peer and wait_for stand on.
start_work() {
	ulimit -n 16384		# thousands of sockets
	tmp=$(mktemp -d)
	mkfifo "$tmp/silence" "$tmp/requests" "$tmp/replies"
	exec {silence}<> "$tmp/silence"
	start_agent
}

# --- namespaces --------------------------------------------------------------------

# on NS COMMAND...: not ip netns exec, which remounts /sys and so hides configfs.
on() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$ns" -- "$@"
}

# bg NS COMMAND...: in the background, output in $tmp/out.<pid>; its pid is in $bg.
bg=''
bg() {
	local ns=$1
	shift
	# exec, so that $! is the program and no shell that waits for it.
	{ exec nsenter --net="/run/netns/$ns" -- "$@"; } \
		> "$tmp/out.$BASHPID" 2>&1 < /dev/null &
	bg=$!
	pids+=("$bg")
}

output() { print "$tmp/out.$1"; }

# setup_ns NAME...: sets each variable NAME to a new namespace's unique name.
setup_ns() {
	local name ns

	for name; do
		ns=nat64-$$-$name
		printf -v "$name" %s "$ns"
		ip netns add "$ns" || die "no network namespaces"
		namespaces+=("$ns")
		ip -n "$ns" link set lo up
		# No address is ever tentative, so nothing has to wait for it.
		sysctl_in "$ns" net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0
	done
}

# link NS DEV NS DEV
link() {
	ip -n "$1" link add "$2" type veth peer name "$4" netns "$3" || die "no veth"
	ip -n "$1" link set "$2" up
	ip -n "$3" link set "$4" up
}

# setup_net: the usual three machines; the router does not even forward.
#
#	client ---------- eth0 2001:db8::8/64, and ::9 to ::b
#	  |
#	  | lan 2001:db8::1/64
#	router            pool4 is routed to it, 203.0.113.0/24
#	  | wan 192.0.2.1/24
#	  |
#	server ---------- eth0 192.0.2.24/24, and .25 and .99
setup_net() {
	setup_ns client router server
	link "$client" eth0 "$router" lan
	link "$router" wan "$server" eth0
	address_net "$client" "$router" "$server"
}

# address_net CLIENT ROUTER SERVER
address_net() {
	ip -n "$1" -batch - <<-END
		addr add 2001:db8::8/64 dev eth0 nodad
		addr add 2001:db8::9/64 dev eth0 nodad
		addr add 2001:db8::a/64 dev eth0 nodad
		addr add 2001:db8::b/64 dev eth0 nodad
		route add default via 2001:db8::1 src 2001:db8::8
	END
	ip -n "$2" -batch - <<-END
		addr add 2001:db8::1/64 dev lan nodad
		addr add 192.0.2.1/24 dev wan
	END
	ip -n "$3" -batch - <<-END
		addr add 192.0.2.24/24 dev eth0
		addr add 192.0.2.25/24 dev eth0
		addr add 192.0.2.99/24 dev eth0
		route add default via 192.0.2.1
	END
	sysctl_in "$3" net.ipv6.conf.all.disable_ipv6=1
}

# setup_instance NS [POOL4 ENTRY...]: an instance for the namespace, so that
# what runs in the initial one is not disturbed. Sets instance and stats.
setup_instance() {
	local ns=$1 entry
	shift
	load_module
	mount_configfs
	instance=$config/instances/$ns
	stats=$sysfs/instances/$ns/stats
	on "$ns" mkdir "$instance" || die "mkdir $instance failed"
	instances+=("$instance")
	# However slow the machine is, nothing expires but where a test wants it.
	for entry in icmp tcp_trans_open tcp_trans_close tcp_in_syn; do
		echo 3600 > "$instance/timeouts/$entry" || die "$entry: $(cat "$instance/error_log")"
	done
	for entry; do
		mkdir "$instance/pool4/$entry" || die "mkdir pool4/$entry failed"
	done
}

# --- peers -----------------------------------------------------------------------

# One peer.py serves a whole test: it is asked by lines, and forks. To start Python
# takes a second on an emulated machine. One request at a time; subshells may.
agent='' to_agent='' from_agent='' reply=''
declare -A begun=()

start_agent() {
	python3 -ES "$peer" agent < "$tmp/requests" > "$tmp/replies" &
	agent=$!
	exec {to_agent}> "$tmp/requests" {from_agent}< "$tmp/replies"
}

# request WORD...: sets reply.
request() {
	local IFS=$'\t'
	echo "$*" >&"$to_agent"
	read -r reply <&"$from_agent" || die "peer.py has ended: $*"
}

# print FILE: cat, but starts no program.
print() {
	local lines
	mapfile -t lines < "$1"
	[ ${#lines[@]} -eq 0 ] || printf '%s\n' "${lines[@]}"
}

# peer NS VERB ARGUMENTS...: does what peer.py says of the verb, in the namespace.
peer() {
	request run "$1" "$tmp/peer" "${@:2}"
	print "$tmp/peer"
	return "$reply"
}

# read_in NS PATH: what the file has in the namespace.
read_in() {
	request read "$1" "$tmp/read" "$2"
	print "$tmp/read"
}

# sysctl_in NS NAME=VALUE...
sysctl_in() {
	local words=() setting name
	for setting in "${@:2}"; do
		name=${setting%%=*}
		words+=("/proc/sys/${name//.//}" "${setting#*=}")
	done
	request write "$1" "${words[@]}"
}

# begin NS VERB ARGUMENTS...: the same in the background, from when it is ready on.
# Its pid is in $bg, for stop, output and end; what it told is in $reply.
begin() {
	request begin "$1" "$tmp/out" "${@:2}"
	bg=${reply%% *} reply=${reply#* }
	[ "$reply" != failed ] || die "peer.py ${*:2}: $(output "$bg")"
	begun[$bg]=1
	pids+=("$bg")
}

# end PID [wait]: stops it, or waits until it ends by itself; its status.
end() {
	unset "begun[$1]"
	request "${2-end}" "$1"
	return "$reply"
}

# serve NS PROTOCOL ENDPOINT...: its pid is in $bg.
serve() { begin "$1" serve "${@:2}"; }

# ask NS ARGUMENTS...: prints "own seen at".
ask() { peer "$1" ask "${@:2}"; }

# hold NS ARGUMENTS...: flows that are kept; sets answers to how many are answered.
# ask_again asks on each of them; release closes them.
answers=0 held=''
hold() {
	begin "$1" hold "${@:2}"
	# shellcheck disable=SC2034	# for the test
	held=$bg answers=$reply
}

ask_again() {
	request again "$held"
	# shellcheck disable=SC2034
	answers=$reply
}

release() { end "$held"; }

# listening NS PORT: something listens there, on TCP.
listening() { on "$1" ss -Hltn "sport = :$2" | grep -q .; }

# received NS DEV: packets
received() { read_in "$1" /proc/net/dev | awk -v dev="$2:" '$1 == dev { print $3 }'; }

# table NAME: without its header.
table() {
	local lines
	request read "$router" "$tmp/read" "/proc/net/nat64/$1"
	mapfile -ts 1 lines < "$tmp/read"
	[ ${#lines[@]} -eq 0 ] || printf '%s\n' "${lines[@]}"
}

bib() { table bib; }
sessions() { table sessions; }

# --- counters ------------------------------------------------------------------

declare -A before=()

# There are many counters, so that what follows starts no program.

counter() {
	local value
	read -r value < "$stats/$1" && echo "$value"
}

is_gauge() { [[ $1 == @(bindings|sessions|stored_syns|held_ports|host_flows) ]]; }

# read_counters ARRAY
read_counters() {
	local -n array=$1
	local file value

	array=()
	for file in "$stats"/*; do
		read -r value < "$file" || die "no counters in $stats"
		# shellcheck disable=SC2034	# it is the caller's
		array[${file##*/}]=$value
	done
}

# snapshot: what "counters" compares with.
snapshot() { read_counters before; }

# delta NAME: by how much the counter grew since.
delta() { echo $(($(counter "$1") - ${before[$1]})); }

# expected NAME DELTA SPEC...: whether one of the SPECs allows it.
expected() {
	local name=$1 delta=$2 spec
	shift 2
	for spec; do
		case $spec in
		"$name"=*) [ "$delta" -eq "${spec#*=}" ]; return ;;
		"$name"+*) [ "$delta" -ge "${spec#*+}" ]; return ;;
		"~"*)
			# shellcheck disable=SC2053	# a pattern on purpose
			[[ $name != ${spec#\~} ]] || return 0
			;;
		esac
	done
	[ "$delta" -eq 0 ]
}

# counters NAME SPEC...: exactly these counters moved since the snapshot. SPEC is
# counter=N (by just so much), counter+N (by that or more), ~glob (may move).
counters() {
	local name=$1 counter delta wrong=''
	local -A after
	shift
	read_counters after
	for counter in "${!before[@]}"; do
		! is_gauge "$counter" || continue
		delta=$((after[$counter] - before[$counter]))
		expected "$counter" "$delta" "$@" ||
			wrong+="$counter moved by $delta"$'\n'
	done
	if [ -z "$wrong" ]; then pass "$name"; else fail "$name" "${wrong}expected: $*"; fi
}

# drops: the sum of all that was dropped since the snapshot, with names.
no_drops() {
	counters "$1" '~[64]to[64]_*' '~bindings_*' '~sessions_*' '~given_back'
}

# nft_count NS FAMILY COUNTER [bytes]: of the table nat64_test.
nft_count() {
	on "$1" nft list counter "$2" nat64_test "$3" |
		awk -v what="${4-packets}" '{ for (i = 1; i < NF; i++) if ($i == what) print $(i + 1) }'
}
