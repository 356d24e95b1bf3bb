#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/pref64.rst

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start sysctl

# Of a libc of its own, where check.sh has put one.
knows_pref64() {
	"$1" --version 2>&1 | grep -qE '^Version: (2\.[2-9][0-9]|[3-9])'
}
radvd=''
for candidate in radvd "${VM_CACHE-}/radvd/radvd"; do
	if knows_pref64 "$candidate"; then radvd=$candidate; fi
done
[ -n "$radvd" ] || skip_all "no radvd that is 2.20 or newer"

setup_lab wan
recipe recipes/pref64.rst
check "radvd takes its file" as router "$radvd" -c -C /etc/radvd.conf
bg_as router "$radvd" -n -m stderr -C /etc/radvd.conf
daemon=$bg

cat > "$tmp/solicit.py" <<-'END'
	"""Asks for an advertisement; prints its options of the type 38."""
	import socket
	s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
	s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
	eth0 = socket.if_nametoindex("eth0")
	s.settimeout(5)
	s.sendto(bytes([133] + 7 * [0]), ("ff02::2", 0, 0, eth0))
	data = b""
	while data[:1] != b"\x86":
	    data = s.recv(2000)
	data = data[16:]
	while len(data) > 1:
	    option, data = data[:8 * data[1]], data[8 * data[1]:]
	    if option[0] == 38:
	        print(option.hex(" ", 2))
END
advertised() { as client python3 -ES "$tmp/solicit.py" > "$tmp/option" && [ -s "$tmp/option" ]; }
wait_for 20 advertised || die "no advertisement with the option: $(output "$daemon")"
is "a client gets the prefix" "$(cat "$tmp/option")" \
	"$(sed -n 's/^    \(2602 .*\)/\1/p' "$documents/recipes/pref64.rst")"
stop "$daemon"
