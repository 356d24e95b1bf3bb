#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh KERNEL... makes the kernels ready and builds the module for each:
#
#	build/<kernel>/nat64.ko		the module
#	build/<kernel>/log		what make said
#	build/<kernel>/lib/modules	the kernel's modules and ours, for modprobe
#
# The source directories are never written to: make works in a copy.

set -euo pipefail
# shellcheck source=tools/testing/vm/lib.sh
. "$(dirname "$0")/lib.sh"

usage() { echo "usage: $0 [-C] ${vm_kernels// /|}..." >&2; exit 2; }

# -C: sparse looks at every file, too.
check=()
[ "${1-}" != -C ] || { check=(C=2); shift; need sparse; }
[ $# -gt 0 ] || usage

# copy_sources DIR: as the tree is, time stamps too, so that make builds what
# has changed and no more.
copy_sources() {
	mkdir -p "$1"
	# By content, and with new times: what was edited while a build ran must not
	# look older than its object.
	rsync -rlp --checksum --delete --filter='P .*' --filter='P *.o' --filter='P *.ko' \
		--filter='P *.mod' --filter='P *.mod.c' --filter='P Module.symvers' \
		--filter='P modules.order' --filter='+ /Kbuild' --filter='+ /kernel/***' \
		--filter='- *' "$vm_tree/" "$1/"
}

# in_chroot DIR COMMAND...: with DIR at /mnt, and /proc, which objtool wants. The
# mounts end with the command.
in_chroot() {
	# shellcheck disable=SC2016
	unshare --mount bash -euc 'root=$1 dir=$2
		shift 2
		mount -t proc proc "$root/proc"
		mount --bind "$dir" "$root/mnt"
		exec chroot "$root" "$@"' - "$vm_dir/chroot" "$@"
}

# unit_tests: arguments of make. They are written for the KUnit of the newest kernel;
# bookworm's 6.12, the substitute for it, has an older one, and goes without them.
unit_tests() {
	if grep -q 'generate_params)(struct kunit' "$vm_dir/headers/source/include/kunit/test.h"; then
		echo CONFIG_NAT64_KUNIT_TEST=y KCFLAGS=-DCONFIG_NAT64_KUNIT_TEST=1
	else
		say "no unit tests: $(cat "$vm_dir/release") has an old KUnit"
	fi
}

# module_make KERNEL DIR ARG...: kbuild, the way this kernel wants it.
module_make() {
	local kernel=$1 dir=$2 unit_tests
	shift 2
	case $kernel in
	uml*)
		read -r -a unit_tests < <(unit_tests) || true
		make -C "$vm_dir/headers" M="$dir" ARCH=um "${unit_tests[@]}" "$@" ;;
	latest)
		in_chroot "$dir" make -C "/usr/src/linux-headers-$(cat "$vm_dir/release")" \
			M=/mnt "$@" ;;
	*)
		make -C "$(realpath "$vm_dir/headers")" M="$dir" "$@" ;;
	esac
}

# What modprobe in the guest reads: the kernel's modules, and ours as an update.
install_modules() {
	local out=$1 release lib
	release=$(cat "$vm_dir/release")
	lib=$out/lib/modules/$release

	rm -rf "${out:?}/lib"
	mkdir -p "$lib/updates"
	ln -s "$vm_dir"/modules/* "$lib/"
	rm -f "$lib"/modules.*
	cp "$vm_dir"/modules/modules.{order,builtin,builtin.modinfo} "$lib"
	cp "$out/nat64.ko" "$lib/updates"
	depmod -b "$out" "$release"
}

build() {
	local kernel=$1 out=$vm_tree/build/$1 copy=$vm_tree/build/$1/src status=0

	prepare "$kernel"
	copy_sources "$copy"
	say "$kernel: building nat64.ko"
	module_make "$kernel" "$copy" W=1 "${check[@]}" "-j$vm_jobs" modules \
		> "$out/log" 2>&1 || status=$?
	grep -E 'warning:|error:|WARNING|ERROR|\*\*\*' "$out/log" >&2 || true
	[ $status -eq 0 ] || die "$kernel: nat64.ko does not build; see $out/log"
	if ! cmp -s "$copy/kernel/nat64.ko" "$out/nat64.ko" || [ ! -e "$out/lib" ]; then
		cp "$copy/kernel/nat64.ko" "$out/nat64.ko"
		install_modules "$out"
	fi
}

# pahole: for the headers of 6.12, which have BTF. Before any kernel is made ready:
# kbuild warns of a module when pahole came in after its kernel.
need make gcc libc6-dev rsync kmod pahole
for k in "$@"; do
	mkdir -p "$vm_tree/build/$k"
	exec {fd}> "$vm_tree/build/$k/lock"
	flock "$fd"
	build "$k"
	exec {fd}>&-
done
