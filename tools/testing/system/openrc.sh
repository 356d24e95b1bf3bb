#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A Debian that OpenRC boots, and the service for it: configured at boot, reloaded,
# stopped, and what is wrong in the files told by them.

# shellcheck source=tools/testing/system/lib.sh
. "$(dirname "$0")/lib.sh"

target=$work/root
fresh_debian "$target"
must "module and scripts are installed" install_tree "$target"

with_openrc() {
	inside "$target" sh -exc 'apt-get -qq update
		apt-get -qq -y install --no-install-recommends sysvinit-core openrc
		install -m 755 /usr/share/doc/nat64/examples/openrc/nat64 /etc/init.d/
		rc-update add nat64 sysinit
		echo "typ:2345:once:/usr/local/sbin/typist > /dev/ttyS1 2>&1" >> /etc/inittab'
}
must "OpenRC is installed, and the service added" with_openrc
echo 'pool4/dev:eth0/' > "$target/etc/nat64.d/box.conf"
disk "$target"

use() {
	{ words; cat <<-'END'; } | boot use 900
		set -ex
		cd /sys/kernel/config/nat64
		grep -x init /proc/1/comm
		rc-service nat64 status
		test "$(cat pool4/dev:eth0/tcp)" = 61001-65535
		make_client
		ip netns exec client ping -c 3 64:ff9b::10.0.2.2
		echo 'timeouts/udp 400' > /etc/nat64.d/other.conf
		rc-service nat64 reload
		test "$(cat timeouts/udp)" = 400
		echo 'timeouts/udp 5' > /etc/nat64.d/other.conf
		not rc-service nat64 reload 2> /root/told
		grep 'other.conf:1: timeouts/udp "5" EINVAL: .*' /root/told
		test "$(cat timeouts/udp)" = 400
		rc-service nat64 stop
		test "$(cat timeouts/udp)" = 400
		not rc-service nat64 start
		echo 'timeouts/udp 500' > /etc/nat64.d/other.conf
		rc-service nat64 start
		test "$(cat timeouts/udp)" = 500
		rc-service nat64 stop
		mv /etc/nat64.d /root/
		rc-service nat64 start
		test "$(cat timeouts/udp)" = 500
		ip netns exec client ping -c 1 64:ff9b::10.0.2.2
	END
}
must "it is configured when the box has booted, reloaded, stopped and started" use
