#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/quickstart.rst, typed into a fresh Debian as it is there, through the
# reboot; and then looked at whether that box does what was promised.

# shellcheck source=tools/testing/system/lib.sh
. "$(dirname "$0")/lib.sh"

commands "$vm_tree/Documentation/quickstart.rst" > "$work/commands"
sed '/^reboot$/q' "$work/commands" > "$work/before"
sed '1,/^reboot$/d' "$work/commands" > "$work/after"
there_are_commands() { grep -x reboot "$work/before" && grep -c . "$work/after"; }
must "the document has commands, and a reboot among them" there_are_commands

fresh_debian "$work/root"
copy_tree "$work/root/root/nat64"
disk "$work/root"

# A web server that the client can get at by translation alone: 10.0.2.2 is this machine.
mkdir "$work/www"
echo translated > "$work/www/page"
port=$((20000 + $$ % 20000))
need python3
python3 -m http.server -b 127.0.0.1 -d "$work/www" $port > "$out/server.log" 2>&1 &
# shellcheck disable=SC2034	# the trap's
server=$!

# In the clone, a command that fails ends it.
first() { { echo 'cd nat64; set -ex'; cat "$work/before"; } | boot first 3000; }

again() {
	{
		echo 'set -ex'
		cat "$work/after"
		cat <<-END
			ip netns exec client busybox wget -qO- 'http://[64:ff9b::10.0.2.2]:$port/page' | grep -x translated
			nat64-restore --dry-run
			systemctl is-active nat64 nat64-exporter.timer prometheus-node-exporter
			test "\$(systemctl is-system-running || true)" != degraded
			until curl -s http://localhost:9100/metrics | tee /root/metrics |
				grep '^nat64_packets_total.*tcp.* [1-9]'; do sleep 2; done
			test "\$(cat /sys/kernel/config/nat64/pool4/dev:eth0/tcp)" = 61001-65535
		END
	} | boot again 900
}

must "up to the reboot every command succeeds" first
said() { grep -E "$1" "$out/$2.typed"; }
check "the client's ping was answered" said '3 packets transmitted, 3 received' first
check "and is in the table" said '^icmp 2001:db8:64::2#' first
check "metrics came from node_exporter" said '^nat64_packets_total' first
must "after the reboot it translates, as configured, ping and TCP, and is watched" again
check "the ping was answered again" said '3 packets transmitted, 3 received' again
