#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel's log: one line when the module is loaded, and nothing else while all
# goes well, whatever users write and strangers send. What an operator has to do
# something about is told with what to do, and not often, however often it happens.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start python3 ping
[ ! -d /sys/module/nat64 ] || skip_all "nat64 is loaded already"

# lines: of the module's since the test began, without their times, in $lines.
began=$(dmesg | wc -l)
lines=()
lines() {
	mapfile -t lines < <(dmesg | tail -n +$((began + 1)) | sed 's/^\[[^]]*\] //' |
		grep -E '^nat64|callbacks suppressed' |
		grep -vE 'loading out-of-tree module|module verification failed')
}

at_least() { [ "$(counter "$1")" -ge "$2" ]; }

load_module
lines
is "one line when it is loaded" ${#lines[@]} 1
version=$(cat /sys/module/nat64/version)
like "with the version, and what to do" "${lines[0]}" "nat64: ${version//./\\.} is ready; mkdir /sys/.*"
dkms=$here/../../../../../dkms.conf
[ ! -f "$dkms" ] || is "the version is that of dkms.conf" "$version" "$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$dkms")"

# --- nothing more -----------------------------------------------------------------------

setup_net
setup_instance "$router" '203.0.113.1' 'dev:wan'
serve "$server" udp '192.0.2.24#80'
serve "$server" tcp '192.0.2.24#80'
hold "$client" tcp -n 50 '64:ff9b::192.0.2.24#80'
is "connections" "$answers" 50
is "datagrams" "$(ask "$client" udp -n 200 '64:ff9b::192.0.2.24#80' | grep -c '^2001:')" 200
check "pings" on "$client" ping -c 3 -i 0.2 -W 5 64:ff9b::192.0.2.24
for path in enabled pool6 denied_ipv4 timeouts/udp limits/sessions pool4/203.0.113.1/{tcp,mark,config}; do
	for text in x '' 99999999999 "$(printf '1%.0s' {1..5000})"; do
		echo "$text" > "$instance/$path"
	done
done 2> /dev/null
mkdir "$instance"/pool4/{x,203.0.113.1_24,203.0.113.1#61001} "$instance"/bib/tcp/x 2> /dev/null
mkdir "$instance/bib/tcp/203.0.113.7#80"
echo '2001:db8::8#80' > "$instance/bib/tcp/203.0.113.7#80/ipv6"
begin "$client" flood -n 500 '64:ff9b::192.0.2.99#9'	# nobody answers
flooding=$bg
begin "$server" flood -n 500 '203.0.113.1#61500'		# nobody's
wait_for 20 at_least sessions_created 500
wait_for 20 at_least drop_no_binding 100
stop "$flooding" "$bg"
ask "$client" udp -n 5 -t 1 '64:ff9b::127.0.0.1#80' > /dev/null
ask "$client" udp -n 5 -t 1 '64:ff9b::198.51.100.1#80' > /dev/null
for word in 0 1 drain 1; do echo "$word" > "$instance/enabled"; done
rmdir "$instance/pool4/203.0.113.1"
mkdir "$instance/pool4/203.0.113.1"
lines
is "configuring, refusals, traffic and floods are no news" "$(printf '%s\n' "${lines[@]:1}")" ''
release

# --- what an operator has to know ------------------------------------------------------------

# told NAME REGEX: a few lines are like this; all others that are new are not there.
told() {
	local i wrong=''
	lines
	for ((i = known; i < ${#lines[@]}; i++)); do
		[[ ${lines[i]} =~ ^nat64:\ net:\[[0-9]+\]:\ ($2)$ ]] || wrong+="${lines[i]}"$'\n'
	done
	like "$1 is told" "$((${#lines[@]} - known))" "$3"
	is "$1: with what to do" "$wrong" ''
	known=${#lines[@]}
}

known=1
echo 10 > "$instance/limits/sessions"
begin "$client" flood -n 300 '64:ff9b::192.0.2.99#9'
wait_for 20 at_least drop_session_limit 300
stop "$bg"
told "a limit" 'dropped: limits/sessions is reached; raise limits/sessions.*' '[1-3]'
echo 0 > "$instance/limits/sessions"

echo 5 > "$instance/limits/bindings_per_client"
begin "$client" flood -n 300 '64:ff9b::192.0.2.99#9'
wait_for 20 at_least drop_client_limit 300
stop "$bg"
told "another limit" 'dropped: limits/ for a client are reached.*; .*raise the limits' '[1-3]'
echo 0 > "$instance/limits/bindings_per_client"

rmdir "$instance/pool4/203.0.113.1" "$instance/pool4/dev:wan"
mkdir "$instance/pool4/203.0.113.1#5000-5003"
begin "$client" flood -n 300 '64:ff9b::192.0.2.99#9'
wait_for 20 at_least ports_exhausted 300
stop "$bg"
told "that ports are used up" 'dropped: the client.s pool4 address has no port left; add addresses or ports.*' '[1-3]'

# flap ADDRESS: it comes to an interface, and goes, thirty times.
flap() {
	for _ in {1..30}; do
		echo "addr add $1/32 dev wan"
		echo "addr del $1/32 dev wan"
	done | ip -n "$router" -batch -
}

sysctl_in "$router" net.ipv4.ip_local_port_range='32768 60999'
mkdir "$instance/pool4/192.0.2.66#40000"
flap 192.0.2.66
told "an address that comes with a collision" \
	'pool4/192.0.2.66#40000: 192.0.2.66 is this host.s, .*; add 40000-40000 to .*, or use others, e\.g\. 61001-65535' '10|[1-9]'

mkdir "$instance/pool4/203.0.113.66" "$instance/pool4/dev:wan"
flap 203.0.113.66
told "an interface's address that is left out" \
	'pool4/dev:wan: 203.0.113.66 is left out: tcp port .* is in pool4/203.0.113.66; .*, e\.g\. rmdir .*' '10|[1-9]'

remove_instance "$instance"
check "rmmod" unload_module
told "nothing of the end" '' 0
