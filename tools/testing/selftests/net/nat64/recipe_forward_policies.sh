#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/forward-policies.rst: under each policy there is no answer
# without the rules, and one with them. Docker's rules are written as it writes them.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start curl nft
setup_lab wan
sysctl_in "$router" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
web server 198.51.100.80
doc=recipes/forward-policies.rst
recipe $doc 1 1

# under NAME BLOCK: the policy is in force; BLOCK of the document has the rules.
under() {
	snapshot
	check_not "$1: no answer" as client curl -s -m 2 'http://[64:ff9b::198.51.100.80]/'
	check "$1: drop_forward_denied" [ "$(delta drop_forward_denied)" -gt 0 ]
	recipe $doc "$2" "$2"
	recipe $doc 6 6
	as router nft flush ruleset
}

as router nft -f - <<-END
	table inet filter {
		chain forward {
			type filter hook forward priority filter; policy drop;
			ct state established,related accept
		}
	}
END
under nft 2

docker() {
	local iptables
	for iptables in iptables ip6tables; do
		as router $iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT || return
		as router $iptables -P FORWARD DROP
	done
	as router iptables -N DOCKER-USER
	as router iptables -A DOCKER-USER -j RETURN
	as router iptables -I FORWARD -j DOCKER-USER
}
if ! have iptables; then
	skip "Docker" "iptables is not installed"
elif ! docker 2> "$tmp/docker"; then
	skip "Docker" "this kernel has no xtables: $(head -n 1 "$tmp/docker")"
	as router nft flush ruleset
else
	under Docker 3
fi

# Of the zone internal as Debian has it, Samba's conntrack helper is not in all kernels.
firewalld() {
	as router sh -ec 'mkdir -p /etc/firewalld/zones
		grep -v samba-client /usr/lib/firewalld/zones/internal.xml > /etc/firewalld/zones/internal.xml'
	as router mkdir -p /run/dbus /run/firewalld
	bg_as router dbus-daemon --system --nofork --nopidfile
	wait_for 20 as router test -S /run/dbus/system_bus_socket || return
	bg_as router firewalld --nofork --nopid
	wait_for 60 as router firewall-cmd --state
}
if ! have firewalld; then
	skip "firewalld" "firewalld is not installed"
elif ! firewalld > "$tmp/firewalld" 2>&1; then
	fail "firewalld" "$(cat "$tmp/firewalld"; output "$bg")"
else
	under firewalld 4
	stop "$bg"
fi

if ! have ufw; then
	skip "ufw" "ufw is not installed"
elif ! as router ufw --force enable > "$tmp/ufw" 2>&1; then
	skip "ufw" "it does not start: $(grep -m 1 . "$tmp/ufw")"
else
	under ufw 5
fi
