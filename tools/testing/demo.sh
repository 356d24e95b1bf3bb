#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A newcomer's tour, typed before your eyes: this machine becomes a NAT64 by one
# mkdir, and a host that has nothing but IPv6 fetches a page from one that has
# nothing but IPv4. "make demo" runs it as root in a virtual machine.
#
#	client ---------- this machine ---------- server
#	2001:db8::8       2001:db8::1             198.51.100.80
#	IPv6 only         192.0.2.1               IPv4 only

set -u
cd "$(dirname "$0")" || exit 1
tree=/sys/kernel/config/nat64
page=$(mktemp -d)
pids=()

say() { printf '\n%s\n' "$*" | fold -s -w 80; }

# type COMMAND: shows it as it is typed, then does it.
type() {
	printf '    # %s\n' "$1"
	bash -c "$1" 2>&1 | sed 's/^/    /'
	return "${PIPESTATUS[0]}"
}

clean_up() {
	kill "${pids[@]}"
	rmdir $tree/pool4/*
	ip netns del client
	ip netns del server
	rm -rf "$page"
} 2>/dev/null
trap clean_up EXIT

fail() { echo "demo: $*" >&2; exit 1; }

# --- the scenery ---------------------------------------------------------------

hosts() {
	ip netns add client
	ip netns add server
	ip link add lan type veth peer name eth0 netns client
	ip link add wan type veth peer name eth0 netns server
	ip link set lan up
	ip link set wan up
	ip addr add 2001:db8::1/64 dev lan nodad
	ip addr add 192.0.2.1/24 dev wan
	ip route add 198.51.100.0/24 via 192.0.2.80
	ip -n client link set eth0 up
	ip -n client addr add 2001:db8::8/64 dev eth0 nodad
	ip -n client route add default via 2001:db8::1
	ip -n server link set eth0 up
	ip -n server addr add 192.0.2.80/24 dev eth0
	ip -n server addr add 198.51.100.80/32 dev eth0
	ip netns exec server sysctl -qw net.ipv6.conf.all.disable_ipv6=1
}

serve() {
	echo 'Hello from the IPv4 Internet.' > "$page/index.html"
	ip netns exec server python3 -m http.server --bind 198.51.100.80 \
		--directory "$page" 80 > /dev/null 2>&1 &
	pids+=($!)
	for _ in {1..200}; do
		ip netns exec server ss -Hltn 'sport = :80' | grep -q . && return
		sleep 0.1
	done
	fail "the web server does not start"
}

# show DIR: the directory tree, each file with its value.
show() {
	local dir=$1 indent=${2-    } entry value
	for entry in "$dir"/*; do
		if [ -d "$entry" ]; then
			printf '%s%s/\n' "$indent" "${entry##*/}"
			show "$entry" "$indent    "
		elif [ -e "$entry" ]; then
			value=$(tr '\n' ' ' < "$entry")
			printf '%s%-18s %s\n' "$indent" "${entry##*/}" "${value:0:60}"
		fi
	done
}

hosts || fail "cannot make the client and the server"
serve

# --- the tour --------------------------------------------------------------------

cat <<'END'

    client ------------------ this machine ------------------ server
    2001:db8::8               2001:db8::1                     198.51.100.80
    has IPv6 only             192.0.2.1                       has IPv4 only
END

say "The client has no IPv4 address, the server no IPv6 address:"
type 'ip -n client -br addr show eth0'
type 'ip -n server -br addr show eth0'

say "This machine becomes the translator between them. Two lines, nothing else:"
type "${NAT64_DEMO_LOAD:-modprobe nat64}" || fail "the module cannot be loaded"
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
type "mkdir $tree/pool4/192.0.2.1" || fail "mkdir failed"

say "For an IPv6 host the whole IPv4 Internet now lies in 64:ff9b::/96. The client" \
	"fetches the server's page (198.51.100.80, written behind that prefix):"
type "ip netns exec client curl -sS -m 60 'http://[64:ff9b::198.51.100.80]/'" > "$page/seen"
status=$?
cat "$page/seen"
[ $status -eq 0 ] || fail "the page did not arrive"
grep -q 'Hello from the IPv4 Internet' "$page/seen" || fail "that is another page"

say "And ping:"
type "ip netns exec client ping -c 2 -i 0.2 64:ff9b::198.51.100.80" || fail "ping failed"

say "Which IPv4 port stands for which of the client's ports? The bindings:"
type 'cat /proc/net/nat64/bib'

say "Who talks to whom? The sessions:"
type 'cat /proc/net/nat64/sessions'

say "What was counted (those that are not 0):"
type 'cd /sys/kernel/nat64/stats && grep . * | grep -v :0$'

say "How it is configured: directories are made with mkdir, files take what you" \
	"echo into them and show it with cat. Everything here is a default."
echo "    $tree/"
show $tree

say "A wrong word is refused, and the reason can be read:"
type "mkdir $tree/pool4/192.0.2.300"
type "tail -n 1 $tree/error_log"

say "Taken away under full traffic, as you like:"
type "rmdir $tree/pool4/192.0.2.1" || fail "rmdir failed"
type 'rmmod nat64' || fail "rmmod failed"
echo
