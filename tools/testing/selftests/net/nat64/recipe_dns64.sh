#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/dns64.rst: with unbound, then the same with bind9.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start dig curl unbound named named-checkconf unbound-checkconf
setup_lab wan
doc=recipes/dns64.rst

# The Internet's name server.
cat > "$tmp/upstream.conf" <<-END
	server:
		interface: 198.51.100.53
		access-control: 0.0.0.0/0 allow
		do-ip6: no
		do-daemonize: no
		chroot: ""
		username: ""
		directory: "$tmp"
		pidfile: "$tmp/upstream.pid"
		use-syslog: no
		module-config: "iterator"
		local-zone: "example.net." static
		local-data: "www.example.net. A 198.51.100.80"
		local-data: "dual.example.net. A 198.51.100.80"
		local-data: "dual.example.net. AAAA 2001:db8:2::80"
		local-zone: "ipv4only.arpa." static
		local-data: "ipv4only.arpa. A 192.0.0.170"
		local-data: "ipv4only.arpa. A 192.0.0.171"
	remote-control:
		control-enable: no
END
bg_as server unbound -c "$tmp/upstream.conf"
upstream=$bg
answers() { as "$1" dig +short +tries=1 +time=2 "@$2" www.example.net A | grep -q 198.51.100.80; }
wait_for 20 answers server 198.51.100.53 || die "no name server: $(output "$upstream")"
web server 198.51.100.80

# Its root is not the real one, whose key both would ask for.
as router rm -f /etc/unbound/unbound.conf.d/root-auto-trust-anchor-file.conf
amend() { sed 's/dnssec-validation auto/dnssec-validation no/'; }

recipe $doc 1 2
check "unbound takes its file" as router unbound-checkconf
bg_as router unbound -d -p
resolver=$bg
wait_for 20 answers client 2001:db8:1::1 || die "unbound: $(output "$bg")"
recipe $doc 4 99
stop "$resolver"

recipe $doc 3 3
as router mkdir -p /run/named /var/cache/bind
check "bind9 takes its file" as router named-checkconf
bg_as router named -g
resolver=$bg
wait_for 20 answers client 2001:db8:1::1 || die "named: $(output "$bg")"
recipe $doc 4 99
stop "$resolver"
