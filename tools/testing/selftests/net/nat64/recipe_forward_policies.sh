#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/forward-policies.rst: under each policy there is no answer
# without the rules, and one with them. Of nft and firewalld here, of xtables, which
# not all kernels have, in recipe_forward_xtables.sh. nft's is written here, the others by
# the programs themselves.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

doc=recipes/forward-policies.rst

# under NAME BLOCK: the policy is in force; BLOCK of the document has the rules.
under() {
	snapshot
	check_not "$1: no answer" as client curl -s -m 2 'http://[64:ff9b::198.51.100.80]/'
	check "$1: drop_forward_denied" [ "$(delta drop_forward_denied)" -gt 0 ]
	recipe $doc "$2" "$2"
	recipe $doc 6 6
	as router nft flush ruleset
}

nft_policy() {
	as router nft -f - <<-END
		table inet filter {
			chain forward {
				type filter hook forward priority filter; policy drop;
				ct state established,related accept
			}
		}
	END
}

# It sets them when it starts, without any container, and the policy if it finds that the
# box does not forward.
docker_policy() {
	sysctl_in "$router" net.ipv4.ip_forward=0
	as router mount -t cgroup2 cgroup /sys/fs/cgroup
	bg_as router dockerd --data-root "$tmp/docker" --storage-driver vfs --group root
	docker=$bg
	wait_for 60 as router docker version
}

# Of the zone internal as Debian has it, Samba's conntrack helper is not in all kernels.
firewalld_policy() {
	as router sh -ec 'mkdir -p /etc/firewalld/zones
		grep -v samba-client /usr/lib/firewalld/zones/internal.xml > /etc/firewalld/zones/internal.xml'
	as router mkdir -p /run/dbus /run/firewalld
	bg_as router dbus-daemon --system --nofork --nopidfile
	wait_for 20 as router test -S /run/dbus/system_bus_socket || return
	bg_as router firewalld --nofork --nopid
	wait_for 60 as router firewall-cmd --state
}

ufw_policy() { as router ufw --force enable; }

# policy NAME PROGRAM BLOCK
policy() {
	if ! have "$2"; then
		skip "$1" "$2 is not installed"
	elif ! "$1_policy" > "$tmp/policy" 2>&1; then
		fail "$1: the policy" "$(cat "$tmp/policy"; output "$bg")"
	else
		under "$1" "$3"
	fi
}

start curl nft
setup_lab wan
sysctl_in "$router" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
web server 198.51.100.80
if [ -z "${xtables-}" ]; then
	recipe $doc 1 1
	policy nft nft 2
	policy firewalld firewalld 4
else
	need_tools iptables
	as router iptables -A FORWARD -m conntrack --ctstate UNTRACKED 2> "$tmp/xtables" ||
		skip_all "this kernel has no xtables: $(head -n 1 "$tmp/xtables")"
	as router iptables -F FORWARD
	recipe $doc 1 1
	policy docker dockerd 3
	stop ${docker:+"$docker"}
	policy ufw ufw 5
fi
