#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The guest's PID 1. Its root is the host's file system, which it may read but
# not change, build/ of the project aside; run.sh left in $VM_RUN (a directory
# under build/) what to do, and finds there how it went:
#
#	command		shell: exports, and "set -- COMMAND..."
#	status		the command's exit status
#	dmesg		the kernel's log
#	problems	what else is wrong
#
# busybox, because what takes it no exec is some ten times faster under TCG.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/tmp TERM=dumb LANG=C.UTF-8
umask 022

mount_all() {
	# Not by busybox, which runs itself as /proc/self/exe: here still the host's.
	/bin/mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs dev /dev
	mkdir -p /dev/pts /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t tmpfs shm /dev/shm
	ln -sfn /proc/self/fd /dev/fd
	ln -sf /proc/self/fd/0 /dev/stdin
	ln -sf /proc/self/fd/1 /dev/stdout
	ln -sf /proc/self/fd/2 /dev/stderr
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
	[ -d /lib/modules ] || mkdir -p /lib/modules
	mount -o bind "$VM_BUILD/lib/modules" /lib/modules
	[ -d /sys/kernel/config ] || /sbin/modprobe configfs
	mount -t configfs configfs /sys/kernel/config
}

# tmpfs_on DIR KEEP...: what is to be kept and lies below it shows through.
tmpfs_on() {
	dir=$1
	shift
	mount -t tmpfs tmpfs /mnt
	chmod 1777 /mnt
	for keep; do
		case $keep in
		"$dir"/*)
			mkdir -p "/mnt/${keep#"$dir"/}"
			mount -o rbind "$keep" "/mnt/${keep#"$dir"/}" ;;
		esac
	done
	mount -o move /mnt "$dir"
}

seal_root() {
	mount -o bind "$VM_TREE" "$VM_TREE"
	mount -o bind "$VM_TREE/build" "$VM_TREE/build"
	mount -o remount,bind,ro /
	mount -o remount,bind,ro "$VM_TREE"
	for place in /tmp /run /var/tmp; do
		tmpfs_on $place "$VM_TREE" "$VM_CACHE"
	done
}

# The two channels to the host: virtio-serial ports, or UML's terminals.
open_channels() {
	set -- /dev/vport*p1 /dev/vport*p2
	if [ ! -e "$1" ]; then
		set -- /dev/tty1 /dev/tty2
		stty -F "$1" raw -echo
		stty -F "$2" raw -echo
	fi
	exec 3> "$1" 4> "$2"
}

# Through pipes, so that the command and its children may open /dev/stderr, and
# so that it behaves as it does anywhere else without a terminal.
# shellcheck disable=SC2120
run_command() {
	mkfifo /run/vm.out /run/vm.err
	cat /run/vm.out >&3 3>&- 4>&- &
	readers=$!
	cat /run/vm.err >&4 3>&- 4>&- &
	readers="$readers $!"
	(
		# shellcheck source=/dev/null
		. "$VM_RUN/command"
		cd "$VM_TREE" && exec "$@" < /dev/null > /run/vm.out 2> /run/vm.err
	) 3>&- 4>&-
	echo $? > "$VM_RUN/status"
}

# Ends whatever the command left running: the pipes close, their readers end.
# Kernel threads do not mind.
drain() {
	left=
	for pid in /proc/[0-9]*; do
		pid=${pid#/proc/}
		case " 1 $readers " in
		*" $pid "*) ;;
		*) left="$left $pid" ;;
		esac
	done
	# shellcheck disable=SC2086
	kill -KILL $left 2>/dev/null
	# shellcheck disable=SC2086
	wait $readers
	exec 3>&- 4>&-
}

problem() { echo "$*" >> "$VM_RUN/problems"; }

# The configuration pins the module; default groups go with their parents.
unload() {
	[ -d /sys/module/nat64 ] || return
	find /sys/kernel/config/nat64 -mindepth 2 -depth -type d -exec rmdir {} \; 2>/dev/null
	/sbin/rmmod nat64 || problem "nat64 cannot be unloaded"
}

# kmemleak believes in a leak after 5 seconds, and sees some only when it looks
# again.
find_leaks() {
	leaks=/sys/kernel/debug/kmemleak
	[ -w $leaks ] || return
	unload
	sleep 6
	echo scan > $leaks
	echo scan > $leaks
	[ -z "$(head -c 1 $leaks)" ] || problem "memory leaked: $(head -n 100 $leaks)"
}

mount_all
seal_root
open_channels
ip link set lo up
echo nat64-vm > /proc/sys/kernel/hostname
# shellcheck disable=SC2119
run_command
drain
find_leaks
dmesg > "$VM_RUN/dmesg"
sync
exec busybox "$VM_OFF" -f
