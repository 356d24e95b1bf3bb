# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of the system share: a fresh Debian bookworm with its own kernel, as
# a directory to work in by chroot (fast) or as the disk of a virtual machine (slow,
# and real). A test sources this file, makes assertions (each prints one KTAP line)
# and ends; cleaning up, the plan and the exit status are the EXIT trap's.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tools/testing/vm/lib.sh
. "$here/../vm/lib.sh"

work=$(mktemp -d "$vm_cache/system.XXXXXX")
# shellcheck disable=SC2034	# for those who source it
out=$vm_tree/build/system/$(basename "$0" .sh)
rm -rf "$out"
mkdir -p "$out"

# --- KTAP --------------------------------------------------------------------

n_tests=0 n_failed=0

pass() { echo "ok $((++n_tests)) $1"; }

# fail NAME [LOG]
fail() {
	echo "not ok $((++n_tests)) $1"
	n_failed=$((n_failed + 1))
	[ $# -lt 2 ] || tail -n 40 "$2" | tr -d '\r' | sed 's/^/# /'
}

# check NAME COMMAND...: its output is kept in build/system/<test>/.
check() {
	local name=$1 log=$out/${1//[^a-zA-Z0-9.-]/_}.log
	shift
	if "$@" > "$log" 2>&1 < /dev/null; then pass "$name"; else fail "$name" "$log"; fi
}

# must NAME COMMAND...: a check without which there is no use in going on.
must() {
	local failed=$n_failed
	check "$@"
	[ $n_failed -eq "$failed" ] || exit 1
}

server=''
finish() {
	local status=$?

	trap - EXIT
	[ -z "$server" ] || kill "$server"
	rm -rf "$work"
	[ $status -eq 0 ] || [ $n_failed -gt 0 ] || fail "the test ran to its end (status $status)"
	echo "1..$n_tests"
	[ $n_failed -eq 0 ]
}
trap finish EXIT
trap 'exit 130' INT TERM
echo "KTAP version 1"

# --- a fresh Debian ------------------------------------------------------------

# inside DIR COMMAND...: in a chroot with namespaces of its own. What is installed
# there starts nothing: it finds no systemd.
inside() {
	local dir=$1
	shift
	unshare --mount --pid --fork --kill-child --root="$dir" --mount-proc=/proc \
		--wd=/root env -i HOME=/root TERM=dumb DEBIAN_FRONTEND=noninteractive \
		PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"
}

# What the VM does with the commands it is given: see boot.
typist() {
	cat > "$1/usr/local/sbin/typist" <<-'END'
		#!/bin/sh
		# Runs the commands on the second disk, in a login shell of root's.
		tr -d '\000' < /dev/vdb > /run/typed
		cd /root
		HOME=/root bash -l /run/typed
		echo "typist: status $?"
		poweroff
	END
	chmod +x "$1/usr/local/sbin/typist"
	cat > "$1/etc/systemd/system/typist.service" <<-END
		[Unit]
		After=multi-user.target network-online.target
		Wants=network-online.target
		ConditionPathExists=/dev/vdb
		[Service]
		ExecStart=/usr/local/sbin/typist
		StandardOutput=file:/dev/ttyS1
		StandardError=file:/dev/ttyS1
		[Install]
		WantedBy=default.target
	END
	ln -s ../typist.service "$1/etc/systemd/system/default.target.wants/" 2>/dev/null || {
		mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
		ln -s ../typist.service "$1/etc/systemd/system/multi-user.target.wants/"
	}
}

make_base() {
	local dir=$1 image=$2 root=$1/root

	[ ! -e "$dir/ready" ] || return 0
	say "making a Debian bookworm with $image"
	rm -rf "$dir"
	mkdir -p "$dir"
	debootstrap --variant=minbase --include="$base_packages" bookworm "$root" \
		"$(cat "$vm_cache/apt/mirror")" > "$dir/log" 2>&1 ||
		{ tail -n 30 "$dir/log" >&2; die "debootstrap failed"; }
	system_sources > "$root/etc/apt/sources.list"
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	echo box > "$root/etc/hostname"
	printf '127.0.0.1 localhost\n127.0.1.1 box\n' > "$root/etc/hosts"
	echo '/dev/vda / ext4 errors=remount-ro 0 1' > "$root/etc/fstab"
	printf '%s\n' 'auto lo' 'iface lo inet loopback' 'auto eth0' 'iface eth0 inet dhcp' \
		> "$root/etc/network/interfaces"
	inside "$root" sh -c "passwd -d root && apt-get -qq update && apt-get -qq -y upgrade &&
		apt-get -qq -y install --no-install-recommends $image && apt-get clean" \
		>> "$dir/log" 2>&1 || { tail -n 30 "$dir/log" >&2; die "$image cannot be installed"; }
	typist "$root"
	touch "$dir/ready"
	find "$vm_cache" -maxdepth 1 -name 'system-[0-9]*' -mtime +7 -exec rm -rf {} +
}

base_packages=systemd-sysv,udev,dbus,ifupdown,isc-dhcp-client,iproute2,iputils-ping,kmod,busybox
base_packages+=,initramfs-tools,zstd,ca-certificates,procps,login

# fresh_debian DIR: a copy that is the caller's.
fresh_debian() {
	local pkg version key

	need debootstrap e2fsprogs qemu-system-x86
	package_of 6.1
	key=$({ declare -f make_base typist && echo "$base_packages"; } | sha256sum)
	base=$vm_cache/system-$version-${key:0:12}
	# The version of its kernel, whose headers the mirror has.
	release=${pkg#linux-image-}
	[ -e "$base/ready" ] || locked system make_base "$base" "$pkg"
	touch "$base"
	cp -a "$base/root" "$1"
}

# copy_tree DIR: what git knows, or would know.
copy_tree() {
	local file

	mkdir -p "$1"
	git -C "$vm_tree" ls-files -co --exclude-standard | while read -r file; do
		[ ! -e "$vm_tree/$file" ] || echo "$file"
	done | tar -C "$vm_tree" -cf - -T - | tar -C "$1" --no-same-owner -xf -
}

# install_tree DIR: the module as "make install" does it, the scripts as "make
# install-scripts".
install_tree() {
	local modules=$1/lib/modules/$release/updates

	"$vm_here/build.sh" 6.1 && mkdir -p "$modules" &&
		cp "$vm_tree/build/6.1/nat64.ko" "$modules" &&
		inside "$1" depmod "$release" &&
		make -C "$vm_tree" install-scripts DESTDIR="$1" RST2MAN=missing
}

# commands FILE: what is to be typed, the blocks of sh; a line "reboot" ends a part.
commands() {
	awk '
		/^\.\. code-block:: sh$/ { inside = 1; next }
		/^[^ ]/ { inside = 0 }
		inside { sub(/^    /, ""); print }
	' "$1"
}

# --- a virtual machine -----------------------------------------------------------

# disk DIR: makes the directory a disk, $work/disk.
disk() {
	truncate -s 4G "$work/disk"
	mke2fs -q -F -t ext4 -d "$1" "$work/disk"
}

# from_disk PATTERN FILE: takes a file of /boot from the disk, as the boot loader would.
from_disk() {
	local name

	name=$(debugfs -R 'ls -p /boot' "$work/disk" 2>/dev/null | cut -d / -f 6 |
		grep -E "^$1" | sort -V | tail -n 1)
	[ -n "$name" ]
	debugfs -R "dump /boot/$name $2" "$work/disk" 2>/dev/null
}

# qemu NAME SECONDS KERNEL INITRD ARGUMENTS...: the console is kept in $out/NAME.console.
qemu() {
	local name=$1 limit=$2 kernel=$3 initrd=$4
	shift 4
	timeout -k 5 "$limit" qemu-system-x86_64 -accel tcg -machine q35 -cpu max -smp 2 -m 2G \
		-nodefaults -display none -no-reboot -serial file:"$out/$name.console" \
		-kernel "$kernel" -initrd "$initrd" -device virtio-rng-pci "$@"
}

# words: what tests may type as well, once they begin with these. "!" would end nothing.
words() {
	cat <<-'END'
		not() { if "$@"; then return 1; fi; }
		make_client() {
			ip netns add client
			ip link add lan type veth peer name eth0 netns client
			ip addr add 2001:db8:64::1/64 dev lan nodad
			ip link set lan up
			ip -n client addr add 2001:db8:64::2/64 dev eth0 nodad
			ip -n client link set eth0 up
			ip -n client route add default via 2001:db8:64::1
		}
	END
}

# boot NAME SECONDS: the machine starts from $work/disk, and root types what stdin
# has; what comes of it goes to $out/NAME.typed. It ends when they end, with their
# status, or when they say reboot, as 0.
boot() {
	local name=$1 limit=$2 status
	local append="root=/dev/vda rw console=ttyS0 net.ifnames=0 no_timer_check mitigations=off quiet panic=-1"

	{ cat; head -c 65536 /dev/zero; } | head -c 65536 > "$work/typed"
	from_disk 'vmlinuz-' "$work/vmlinuz"
	from_disk 'initrd.img-' "$work/initrd"
	qemu "$name" "$limit" "$work/vmlinuz" "$work/initrd" -append "$append" \
		-drive file="$work/disk",if=virtio,format=raw,cache=unsafe \
		-drive file="$work/typed",if=virtio,format=raw \
		-netdev user,id=net,ipv6=off -device virtio-net-pci,netdev=net \
		-serial file:"$out/$name.typed" || { echo "qemu: status $?"; return 1; }
	! grep -aE '(WARNING|BUG|Oops|Kernel panic)' "$out/$name.console" || return 1
	status=$(tr -d '\r' < "$out/$name.typed" | sed -n 's/^typist: status //p')
	cat "$out/$name.typed"
	[ "${status:-0}" -eq 0 ]
}
