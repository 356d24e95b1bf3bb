#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Debian package: built in one fresh Debian, installed in another, which then
# boots, uses it, by hand and by the Ansible role, and takes it away again.

# shellcheck source=tools/testing/system/lib.sh
. "$(dirname "$0")/lib.sh"

# --- built -------------------------------------------------------------------

builder=$work/builder
target=$work/target
fresh_debian "$builder"
copy_tree "$builder/root/nat64"

tools() {
	inside "$builder" sh -c 'apt-get -qq update && apt-get -qq -y install \
		--no-install-recommends dpkg-dev lintian && apt-get -qq -y build-dep \
		--no-install-recommends /root/nat64'
}

build() { inside "$builder" sh -c 'cd nat64 && dpkg-buildpackage -us -uc'; }

must "what the package says it needs to be built can be installed" tools
must "dpkg-buildpackage" build
check "lintian finds no error" inside "$builder" sh -c 'lintian --fail-on error *.changes'
deb=$(cd "$builder/root" && echo nat64-dkms_*_all.deb)

# --- what is in it -------------------------------------------------------------

dpkg-deb --contents "$builder/root/$deb" | awk '{ print $6 }' > "$out/contents"
has() { grep -xF "./$1" "$out/contents"; }

for script in "$vm_tree"/scripts/nat64-*; do
	name=${script##*/}
	check "has $name" has "usr/sbin/$name"
	check "has its man page" has "usr/share/man/man8/$name.8.gz"
done
for unit in "$vm_tree"/scripts/systemd/nat64*; do
	check "has ${unit##*/}" has "lib/systemd/system/${unit##*/}"
done
check "has the directory of configurations" has etc/nat64.d/
for_root_alone() { dpkg-deb --contents "$builder/root/$deb" | grep -E '^drwx------ root/root .* \./etc/nat64\.d/$'; }
check "which is root's alone, as it may have addresses of clients" for_root_alone
check "has the initramfs hook" has usr/share/initramfs-tools/hooks/nat64
source_is_whole() {
	local file
	while read -r file; do
		has "usr/src/nat64-0.1/$file" || return
	done < <(git -C "$vm_tree" ls-files 'kernel/*.[ch]' Kbuild Makefile kernel/Kbuild dkms.conf)
}
check "has all that the module is built from" source_is_whole
no_tests() { ! grep -E 'tools/testing|\.git|\.ci' "$out/contents"; }
check "has nothing that only developers need" no_tests

# --- installed -----------------------------------------------------------------

fresh_debian "$target"
leftovers() {
	(cd "$1" && find . -xdev -path ./proc -prune -o -path ./root -prune -o -iname '*nat64*' -print | sort)
}
leftovers "$target" > "$out/before"
cp "$builder/root/$deb" "$target/root/"
install_it() {
	inside "$target" sh -c "apt-get -qq update && apt-get -qq -y install \
		--no-install-recommends linux-headers-$release ansible-core ./$deb"
}
must "apt installs it, and DKMS builds it for $release" install_it
dkms_has_it() { inside "$target" dkms status nat64 | grep -F "$release" | grep -w installed; }
check "dkms status says that it is installed" dkms_has_it
check "modinfo finds it" inside "$target" modinfo -k "$release" nat64
signed() {
	inside "$target" modinfo -k "$release" -F signer nat64 | grep -x 'DKMS module signing key' &&
		ls -l "$target/var/lib/dkms/mok.key" "$target/var/lib/dkms/mok.pub"
}
check "DKMS has signed it, for Secure Boot, with a key of its own" signed
again() {
	inside "$target" dpkg -i "./$deb" && dkms_has_it
}
check "installed over itself, as by an upgrade, it is there again" again
for script in "$vm_tree"/scripts/nat64-*; do
	check "${script##*/} --help" inside "$target" "${script##*/}" --help
done
units_are_off() {
	local unit
	for unit in "$vm_tree"/scripts/systemd/nat64*; do
		! inside "$target" systemctl is-enabled "${unit##*/}" | grep -x enabled || return
	done
}
check "no unit is enabled: nobody's packets change" units_are_off

# --- used and purged -------------------------------------------------------------

disk "$target"
# What needs a machine that has booted: the service, and another role's file.
play() {
	boot play 3000 <<-'END'
		set -ex
		export ANSIBLE_ROLES_PATH=/usr/share/doc/nat64-dkms/examples/ansible/roles
		cat > play.yml <<-'YAML'
			- hosts: localhost
			  connection: local
			  gather_facts: false
			  roles:
			    - role: nat64
			      vars:
			        nat64_pool4:
			          - name: dev:eth0
			            tcp: 62000-63000
			  tasks:
			    - ansible.builtin.copy:
			        dest: /etc/nat64.d/60-other.conf
			        content: "timeouts/udp 400\n"
			        mode: "0600"
			      notify: Restore nat64
		YAML
		modprobe nat64
		ansible-playbook play.yml --check | tee check
		grep 'changed=[1-9].* failed=0' check
		test "$(systemctl is-enabled nat64)" = disabled
		ansible-playbook play.yml | tee first
		grep 'changed=[1-9].* failed=0' first
		test "$(cat /sys/kernel/config/nat64/pool4/dev:eth0/tcp)" = 62000-63000
		test "$(cat /sys/kernel/config/nat64/timeouts/udp)" = 400
		systemctl is-enabled nat64
		ansible-playbook play.yml | tee second
		grep 'changed=0 .* failed=0' second
		rmdir /sys/kernel/config/nat64/pool4/dev:eth0
		systemctl restart nat64
		nat64-restore --dry-run
		test "$(cat /sys/kernel/config/nat64/pool4/dev:eth0/tcp)" = 62000-63000
		systemctl disable nat64
		rm /etc/nat64.d/*.conf
	END
}
must "the Ansible role configures it and enables the service, and then changes nothing" play
use() {
	{ words; cat <<-'END'; } | boot use 3000
		set -ex
		test "$(systemctl is-system-running || true)" != degraded
		modprobe nat64
		mkdir /sys/kernel/config/nat64/pool4/dev:eth0
		make_client
		ip netns exec client ping -c 3 64:ff9b::10.0.2.2
		nat64-doctor
		nat64-exporter | grep '^nat64_packets_total.*[1-9]$'
		nat64-top -b -n 1 | grep dev:eth0
		nat64-save -o /etc/nat64.d/box.conf
		systemctl enable --now nat64
		ip netns exec client ping -c 1 64:ff9b::10.0.2.2
		rmdir /sys/kernel/config/nat64/pool4/dev:eth0
		systemctl restart nat64
		ip netns exec client ping -c 1 64:ff9b::10.0.2.2
		test "$(systemctl is-system-running || true)" != degraded
		rm /etc/nat64.d/box.conf
		rmdir /sys/kernel/config/nat64/pool4/dev:eth0
		modprobe -r nat64
		DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge nat64-dkms
		test ! -e /sys/module/nat64
		not modinfo nat64
		not systemctl cat nat64
		test "$(systemctl is-system-running || true)" != degraded
		find / -xdev -path /proc -prune -o -path /root -prune -o -path /run -prune -o -iname '*nat64*' -print > /root/left
	END
}
must "a machine with it boots, translates, saves, restores, and purges it" use
nothing_left() {
	debugfs -R 'dump /root/left /dev/stdout' "$work/disk" 2>/dev/null | sed 's|^/|./|' |
		sort | diff "$out/before" -
}
check "and nothing of it is left" nothing_left
