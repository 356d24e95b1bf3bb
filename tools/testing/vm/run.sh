#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs a command as root in a guest with the kernel under test, in the project's
# root directory, with the module built for that kernel (NAT64_KO names it, and
# modprobe finds it). The guest's file system is the host's, read-only but for
# build/; /tmp and /run are its own. The command's output comes out as it comes,
# its exit status is this script's; 125 is for a kernel that complains, memory
# that leaks, a module that cannot be unloaded, a guest that does not reach its end
# or does not even begin.

set -euo pipefail
# shellcheck source=tools/testing/vm/lib.sh
. "$(dirname "$0")/lib.sh"

usage() {
	cat >&2 <<-END
	usage: $0 -k KERNEL [-c CPUS] [-m MEM] [-t SECONDS] [-p PACKAGES] [-i] -- COMMAND...
	  -k  ${vm_kernels// /, }
	  -c  number of CPUs (2; uml: 1, because with more it hangs now and then
	      on a busy machine, in the run queue's lock that nobody holds)
	  -m  memory (1G)
	  -t  kill the guest after so many seconds (900)
	  -p  Debian packages that the command wants, to be installed if missing
	  -i  QEMU: one CPU whose time is its instructions (-icount shift=0,sleep=off)
	END
	exit 2
}

kernel='' cpus='' mem=1G limit=900 wanted='' icount=()
while getopts k:c:m:t:p:i opt; do
	case $opt in
	k) kernel=$OPTARG ;;
	c) cpus=$OPTARG ;;
	m) mem=$OPTARG ;;
	t) limit=$OPTARG ;;
	p) wanted=$OPTARG ;;
	i) icount=(-icount "shift=0,sleep=off") cpus=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
{ [ -n "$kernel" ] && [ $# -gt 0 ]; } || usage
[[ $vm_tree != *[[:space:]]* ]] || die "a guest cannot be told a path with a blank: $vm_tree"

# shellcheck disable=SC2086
need busybox-static kmod iproute2 procps util-linux $wanted
"$vm_here/build.sh" "$kernel" || exit 125
prepare "$kernel"
if [ -z "$cpus" ]; then
	cpus=2
	[[ $kernel != uml* ]] || cpus=1
fi
build=$vm_tree/build/$kernel
mkdir -p "$build/run"
run=$(mktemp -d "$build/run/XXXXXX")
pids=()
trap '[ -z "${pids[*]}" ] || kill "${pids[@]}" 2>/dev/null || true; rm -rf "$run"' EXIT
trap 'exit 130' INT TERM

# What the guest's kernel hands to init as its environment.
off=reboot
[[ $kernel != uml* ]] || off=poweroff
environment=(VM_INIT="$vm_here/init.sh" VM_RUN="$run" VM_BUILD="$build"
	     VM_TREE="$vm_tree" VM_CACHE="$vm_cache" VM_OFF="$off")
common=(panic=-1 oops=panic log_buf_len=4M printk.time=1)

{
	printf 'export %q\n' NAT64_KO="$build/nat64.ko" NAT64_KERNEL="$kernel"
	printf 'set --'
	printf ' %q' "$@"
	echo
} > "$run/command"

# Both become the guest; its console goes to a file, and the command's output
# into two FIFOs: a guest makes non-blocking what it writes to, which our own
# caller's pipe must not be.
run_uml() {
	local tmp=/tmp

	[ "$(df --output=avail -m /dev/shm 2>/dev/null | tail -1)" -lt 3000 ] || tmp=/dev/shm
	TMPDIR=$tmp exec timeout -k 5 "$limit" "$vm_dir/linux" \
		mem="$mem" ncpus="$cpus" seccomp=on \
		rootfstype=hostfs root=/dev/root rw init="$vm_here/init.sh" \
		con=null con0=null,fd:1 con1=null,fd:3 con2=null,fd:4 \
		"${common[@]}" "${environment[@]}" \
		> "$run/console" 2>&1 3> "$run/out" 4> "$run/err"
}

accel() {
	if grep -qwE 'vmx|svm' /proc/cpuinfo && [ -w /dev/kvm ] && [ -z "${icount[*]}" ]; then
		echo kvm
	else
		echo tcg,thread=single
	fi
}

run_qemu() {
	local cpu=max

	# A string instruction of newer CPUs counts once for each byte.
	[ ${#icount[@]} -eq 0 ] || cpu=qemu64
	exec timeout -k 5 "$limit" qemu-system-x86_64 -accel "$(accel)" "${icount[@]}" \
		-machine q35 -cpu $cpu -smp "$cpus" -m "$mem" -nodefaults -display none -no-reboot \
		-object memory-backend-memfd,id=mem,size="$mem",share=on -numa node,memdev=mem \
		-chardev socket,id=fs,path="$run/fs" -device vhost-user-fs-pci,chardev=fs,tag=root \
		-chardev file,id=out,path="$run/out" -chardev file,id=err,path="$run/err" \
		-device virtio-serial-pci -device virtserialport,chardev=out,nr=1 \
		-device virtserialport,chardev=err,nr=2 -serial file:"$run/console" \
		-kernel "$vm_dir/vmlinuz" -initrd "$vm_dir/initramfs" \
		-append "console=ttyS0 loglevel=5 no_timer_check mitigations=off ${common[*]} ${environment[*]}" \
		> "$run/qemu" 2>&1
}

start_virtiofsd() {
	/usr/lib/qemu/virtiofsd --socket-path="$run/fs" -o source=/ -o sandbox=chroot -o cache=always \
		> "$run/virtiofsd" 2>&1 &
	pids+=($!)
	for _ in {1..1200}; do
		[ ! -S "$run/fs" ] || return 0
		kill -0 "${pids[-1]}" 2> /dev/null || break
		sleep 0.05
	done
	cat "$run/virtiofsd" >&2
	die "virtiofsd does not start"
}

# Anchored at the beginning of a line: boot messages have such words inside.
splats() {
	grep -aE '^(\[[^]]*\] ?)*(WARNING:|BUG:|KASAN:|UBSAN:|Oops|general protection fault|kernel BUG|Kernel panic|INFO: (task|rcu|NMI|possible|trying)|rcu: INFO|rcu: .*(stall|starved)|watchdog: BUG|refcount_t:|ref_tracker:|unregister_netdevice: waiting|unreferenced object|-+\[ cut here|list_(add|del) corruption)' "$@"
}

mkfifo "$run/out" "$run/err"
cat "$run/out" &
readers=$!
cat "$run/err" >&2 &
readers+=" $!"
if [[ $kernel == uml* ]]; then
	run_uml < /dev/null &
else
	start_virtiofsd
	run_qemu < /dev/null &
fi
guest=$!
pids+=("$guest")
ended=0
wait "$guest" || ended=$?
# shellcheck disable=SC2086
[ ! -e "$run/dmesg" ] || wait $readers

# Another guest of this kernel may end at the same moment: ours is looked at here.
log=$run/kernel.log
tr -d '\r' < "$run/console" > "$log" || true
[ ! -s "$run/dmesg" ] || cp "$run/dmesg" "$log"
cp "$log" "$build/kernel.log"

failure() { say "$kernel: $*"; failed=1; }

failed=0
if [ $ended -eq 124 ] || [ $ended -eq 137 ]; then
	failure "killed: the guest took more than $limit seconds"
elif [ ! -e "$run/dmesg" ]; then
	failure "the guest ended early"
	cat "$run/qemu" >&2 2>/dev/null || true
fi
if [ -s "$run/problems" ]; then
	failure "$(cat "$run/problems")"
fi
if splats "$log" > "$run/splats"; then
	failure "the kernel complained:"
	grep -aF -m 1 -A 60 -e "$(head -n 1 "$run/splats")" "$log" >&2
fi
if [ $failed -ne 0 ]; then
	[ -s "$run/splats" ] || [ -s "$run/problems" ] || tail -n 30 "$log" >&2
	exit 125
fi
exit "$(cat "$run/status")"
