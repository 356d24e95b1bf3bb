#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "make check": builds the module for every kernel, checks the style, runs the
# unit tests and the selftests, and sums up; "make check-quick" (check.sh quick)
# does it on one kernel. Every build and every KTAP line is one item. What failed
# is told again at the end; the last line is the sum. Logs stay in build/check/.

set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tools/testing/vm/lib.sh
. tools/testing/vm/lib.sh

selftests=tools/testing/selftests/net/nat64
vm=tools/testing/vm
out=build/check
results=$out/results.${1-all}

# result pass|fail|skip NAME [LOG [FIRST LINE]]
result() {
	local IFS=$'\t'

	printf '%s\n' "$*" >> "$results"
	case $1 in
	fail)	printf 'not ok %s\n' "$2" ;;
	esac
}

# tally PREFIX LOG [TEST...]: the KTAP lines of a log. A test is what follows
# "# selftests: "; each has to keep its plan, and those named have to be there.
tally() {
	local prefix=$1 log=$2 status name line
	shift 2
	while IFS=$'\t' read -r status name line; do
		result "$status" "$prefix: $name" "$log" "$line"
	done < <(awk -v wanted="$*" '
		function report(status, name) { print status "\t" name "\t" NR }
		function end_test() {
			if (title == "" && !seen)
				return
			if (plan == "")
				report("fail", title "has no plan: it did not reach its end")
			else if (plan != seen)
				report("fail", title "ran " seen " tests of " plan)
		}
		/^# selftests: / {
			end_test()
			title = $NF
			sub(/.*\//, "", title)
			there[title] = 1
			title = title ": "
			plan = ""
			seen = 0
		}
		/^[0-9]+\.\.[0-9]+/ {
			split($1, range, "[.][.]")
			plan = range[2]
			if (/# SKIP/)
				report("skip", title $0)
		}
		/^(not )?ok [0-9]+/ {
			seen++
			total++
			name = $0
			sub(/^(not )?ok [0-9]+ (- )?/, "", name)
			report(/^not/ ? "fail" : / # SKIP/ ? "skip" : "pass", title name)
		}
		END {
			end_test()
			n = split(wanted, list, " ")
			for (i = 1; i <= n; i++)
				if (!there[list[i]])
					report("fail", list[i] ": did not run")
			if (!total)
				report("fail", "no test ran")
		}' "$log")
}

step() {
	local started=$SECONDS name=$1 before after status=0
	shift
	touch "$results"
	before=$(wc -l < "$results")
	"$@" || status=$?
	after=$(tail -n +$((before + 1)) "$results" | cut -f 1 | sort | uniq -c | tr -s ' \n' ' ')
	printf '%s: %s(%d s)\n' "$name" "${after# }" $((SECONDS - started))
	return $status
}

# item NAME COMMAND...: one that passes or fails as a whole.
item() {
	local name=$1 log=$out/${1//[^a-zA-Z0-9.-]/_}.log
	shift
	# What dies there is one that failed.
	if ("$@") > "$log" 2>&1; then
		result pass "$name"
	else
		result fail "$name" "$log"
		return 1
	fi
}

# From scratch, so that a warning is not missed because nothing had to be built.
build_quietly() {
	rm -rf "build/$1/src" "build/$1/nat64.ko"
	"$vm/build.sh" "$1" && ! grep -E '[Ww]arning:|WARNING' "build/$1/log"
}

# What does not build has failed once; of its tests there is nothing to say.
build() { step "build $1" item "build for $1, without warnings" build_quietly "$1"; }

# What a person types, where there is nothing but what the module is built from:
# afterwards modprobe finds it.
make_install() {
	local tree=$PWD/$out/tree root=$PWD/$out/root release arguments

	prepare 6.1
	release=$(cat "$vm_dir/release")
	arguments=(-C "$tree" KDIR="$(realpath "$vm_dir/headers")" INSTALL_MOD_PATH="$root")
	rm -rf "$tree"
	mkdir -p "$tree" "$root"
	make copy-source DESTDIR="$tree"
	make "${arguments[@]}" "-j$vm_jobs" && make "${arguments[@]}" install &&
		modprobe -d "$root" -S "$release" --show-depends nat64 | grep -q '/nat64\.ko'
}

items_of_install() {
	item "make && make install" make_install
	item "make install-scripts uninstall-scripts" uninstall_scripts
}

# What is left of the scripts is the directory of the user's files.
uninstall_scripts() {
	local root=$PWD/$out/scripts

	make install-scripts DESTDIR="$root" && [ -x "$root/usr/sbin/nat64-restore" ] &&
		make uninstall-scripts DESTDIR="$root" && [ -d "$root/etc/nat64.d" ] &&
		! find "$root" ! -type d | grep .
}

style() {
	scripts/style.sh > "$out/style.log" 2>&1 || true
	tally style "$out/style.log"
}

# guest KERNEL NAME SECONDS COMMAND...: its output goes to a log. That the guest
# reached its end, and its kernel had nothing to complain of, is an item, too.
guest() {
	local kernel=$1 name=$2 limit=$3 status=0
	shift 3
	"$vm/run.sh" -k "$kernel" -t "$limit" -- "$@" > "$out/$kernel-$name.log" 2>&1 || status=$?
	content "$kernel" "$name" $status
}

# content KERNEL NAME STATUS: had the guest's kernel nothing to complain of?
content() {
	if [ "$3" -eq 125 ]; then
		result fail "$1: $2: no complaint of the kernel's" "$out/$1-$2.log"
	else
		result pass "$1: $2: no complaint of the kernel's"
	fi
}

# KUnit indents the cases of a suite by four; as tests of a suite they look like
# those of a selftest.
unit_tests() {
	local log=$out/$1-kunit.log

	guest "$1" kunit 300 sh -c 'modprobe nat64 && cat /sys/kernel/debug/kunit/*/results'
	sed -nE '/^ {4}# Subtest: /s//# selftests: /p; /^ {4}((not )?ok |1\.\.|#)/s/^ {4}//p' \
		"$log" > "$log.ktap"
	tally "$1: kunit" "$log.ktap"
}

# self_tests KERNEL NAME SECONDS TEST...
self_tests() {
	guest "$1" "$2" "$3" "$selftests/run.sh" "${@:4}"
	tally "$1" "$out/$1-$2.log" "${@:4}"
}

# large KERNEL: what is too much for a kernel with KASAN.
large() {
	guest "$1" large 600 env NAT64_LARGE=1 $selftests/run.sh pool4_large.sh
	tally "$1" "$out/$1-large.log" pool4_large.sh
}

# races KERNEL: on two CPUs. UML hangs there now and then, whatever runs; so it has
# three tries to reach the end, and what it says there counts.
races() {
	local log=$out/$1-races.log status

	for _ in 1 2 3; do
		status=0
		"$vm/run.sh" -k "$1" -c 2 -t 150 -- "$selftests/run.sh" races.sh > "$log" 2>&1 ||
			status=$?
		if ! grep -q 'the guest took more than' "$log"; then
			content "$1" races $status
			tally "$1: two CPUs" "$log" races.sh
			return
		fi
	done
	result skip "$1: two CPUs: races.sh: UML hung three times"
}

# those LIST: the tests of one of the Makefile's lists.
those() { make -s -C $selftests "$1" | xargs -rn 1; }

# parts KERNEL: in how many guests at once the tests run. Without KASAN they mostly
# wait, so that a third one finds time.
parts() { if [ "$1" = uml ]; then echo 3; else echo 2; fi; }

# part NUMBER PARTS: every second or third test, so that all have about as much to do.
part() { those list | awk -v which="$1" -v parts="$2" 'NR % parts == which % parts'; }

# fuzz KERNEL NAME SECONDS ARGUMENTS...: see tools/testing/fuzz/fuzz.sh. The seed is
# always the same, so that a change fails by what it does and not by luck;
# NAT64_FUZZ_SEED=random, or a number, looks elsewhere.
fuzz() {
	local seed=${NAT64_FUZZ_SEED:-1} name
	[ "$seed" != random ] || seed=$SRANDOM
	name=$2-seed-$seed

	guest "$1" "$name" "$3" tools/testing/fuzz/fuzz.sh -s "$seed" "${@:4}"
	tally "$1: $2" "$out/$1-$name.log"
}

# Translating must cost less than nft's masquerade does. How fast TCP is, is told in
# the log; only that there is some is asked.
benches() {
	item "bench: what a packet costs" \
		tools/testing/bench/run.sh -n 2000 masquerade_1 ours_{6to4,4to6}_1 || true
	NAT64_BENCH_KERNEL=6.1 item "bench: TCP, translated and forwarded" \
		tools/testing/bench/ratio.sh 3 2 || true
	cat "$out"/bench_*.log
}

# options SCRIPT: the long ones that its --help has.
options() { "$1" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u; }

# The manual page of a script: without warnings, and with all its options.
man_page() {
	local page=Documentation/man/${1##*/}.8.rst option

	rst2man --halt=warning "$page" > "$out/${1##*/}.8" || return
	for option in $(options "$1"); do
		grep -qF -- "$option" "$page" || { echo "$page lacks $option"; return 1; }
	done
}

# check_abi PROGRAM: the one that the kernel's own ABI files are checked with.
check_abi() {
	local warnings

	if ! warnings=$(python3 "$1" -D Documentation/ABI validate 2>&1) ||
	   [ -n "$warnings" ]; then
		echo "$warnings"
		return 1
	fi
}

docs() {
	local script page abi

	need python3-sphinx python3-docutils make
	item "documents: HTML, without warnings" make -s htmldocs || true
	while read -r page; do
		item "documents: $page is there" test -s "build/html/$page.html" || true
	done < <(sed -n '/toctree::/,/^[^ ]/s/^   \([a-z]*\)$/\1/p' Documentation/index.rst)
	for script in scripts/nat64-*; do
		[ ! -x "$script" ] || item "manual page: ${script##*/}" man_page "$script" || true
	done
	abi=$(kernel_source)/tools/docs/get_abi.py
	if [ -e "$abi" ]; then
		item "documents: ABI files, as the kernel checks them" check_abi "$abi" || true
	else
		result skip "documents: ABI files: the kernel's source has no get_abi.py"
	fi
}

# The packages that the tests use inside the guests; the rest asks for its own.
tools() {
	need git make gcc python3 python3-scapy nftables iperf3 bind9-dnsutils curl \
		traceroute mtr-tiny iputils-tracepath iputils-ping ethtool iproute2 procps busybox-static \
		wireguard-tools iputils-arping iptables ufw ansible-core systemd tmux
	need_idle unbound bind9:named tayga bird2:bird firewalld prometheus \
		prometheus-node-exporter containerd docker.io:docker.socket docker.io:docker
	(locked radvd newer_radvd) || true
}

# need_idle PACKAGE[:SERVICE]...: what tests start in a guest is not to run here.
need_idle() {
	local policy=/usr/sbin/policy-rc.d new=() made=0 name

	for name; do
		[ -z "$(missing "${name%:*}")" ] || new+=("$name")
	done
	[ ${#new[@]} -gt 0 ] || return 0
	if [ ! -e $policy ]; then
		made=1
		printf '#!/bin/sh\nexit 101\n' > $policy
		chmod +x $policy
	fi
	need "${new[@]%:*}"
	[ $made -eq 0 ] || rm $policy
	systemctl --quiet disable "${new[@]#*:}" 2> /dev/null || true
}

# PREF64 came after bookworm's radvd. Trixie's runs with a libc of its own; where that
# is not to be had, the recipe's test is skipped.
newer_radvd() {
	local dir=$vm_cache/radvd pkg version

	[ ! -e "$dir/ready" ] || return 0
	package_of source	# then the lists are there
	rm -rf "$dir"
	if ! unpack "$dir" radvd/trixie libc6/trixie || [ ! -x "$dir/usr/sbin/radvd" ]; then
		say "no radvd that knows PREF64"
		return
	fi
	cat > "$dir/radvd" <<-'END'
		#!/bin/sh
		dir=$(dirname "$0")/usr
		exec "$dir"/lib64/ld-linux-x86-64.so.2 --library-path "$dir/lib/x86_64-linux-gnu" \
			"$dir/sbin/radvd" "$@"
	END
	chmod +x "$dir/radvd"
	touch "$dir/ready"
}

# job NAME: what can go on by itself; "build-KERNEL" comes before the others. They
# share nothing but the cache, so that two may go on at a time, each on a core of its
# own. What does not build has failed once: of its tests there is nothing to say.
job() {
	local tests
	case $1 in
	build-*)
		build "${1#build-}" || true
		return ;;
	style)
		step style style
		return ;;
	docs)
		step documents docs
		return ;;
	bench)
		step bench benches
		return ;;
	install)
		step "make install" items_of_install || true
		return ;;
	esac
	[ -e "build/${1%%:*}/nat64.ko" ] || return 0
	case $1 in
	*:unit)
		step "${1%:*}: unit tests" unit_tests "${1%:*}" ;;
	*:[123])
		mapfile -t tests < <(part "${1#*:}" "$(parts "${1%:*}")")
		step "${1%:*}: selftests, part ${1#*:} of $(parts "${1%:*}")" \
			self_tests "${1%:*}" "selftests-${1#*:}" 1800 "${tests[@]}" ;;
	*:operator)
		mapfile -t tests < <(those list_operator)
		step "${1%:*}: an operator's tools" self_tests "${1%:*}" operator 1500 "${tests[@]}" ;;
	*:xtables)
		step "${1%:*}: FORWARD policies of xtables" \
			self_tests "${1%:*}" xtables 900 recipe_forward_xtables.sh ;;
	*:races)
		step "${1%:*}: races on two CPUs" races "${1%:*}" ;;
	*:large)
		step "${1%:*}: pool4 on a large scale" large "${1%:*}" ;;
	*:fuzz)
		step "${1%:*}: fuzz" fuzz "${1%:*}" fuzz 900 ;;
	*:fail)
		step "${1%:*}: fuzz, allocations fail" fuzz "${1%:*}" fail 600 -F ;;
	*)
		mapfile -t tests < <(those list_real)
		step "$1: selftests" self_tests "$1" selftests 2400 "${tests[@]}" ;;
	esac
}

at_once=2

# xargs would not wait for the others if it saw one end by a signal.
run_jobs() {
	# shellcheck disable=SC2016
	printf '%s\n' "$@" |
		xargs -n 1 -P "$at_once" bash -c 'tools/testing/check.sh "$1" || {
			echo "job $1 broke off"
			printf "fail\tjob %s broke off, see above\n" "$1" >> "$0/results.broken"
		}' "$out"
}

# Every row of Documentation/conformance.rst must have tests that passed.
conformance() {
	scripts/conformance.py "$out"/results.uml-debug:* > "$out/conformance.log" 2>&1 || true
	tally all "$out/conformance.log"
}

summary() {
	local status name log line passed failed skipped

	cat "$out"/results.* > "$out/results"
	results=$out/results
	passed=$(grep -c ^pass "$results" || true)
	failed=$(grep -c ^fail "$results" || true)
	skipped=$(grep -c ^skip "$results" || true)
	grep ^skip "$results" | cut -f 2 | sed 's/^/skipped: /' || true
	while IFS=$'\t' read -r status name log line; do
		[ "$status" = fail ] || continue
		printf '\nnot ok %s\n' "$name"
		if [ -n "$line" ]; then
			sed -n "$((line > 5 ? line - 5 : 1)),$((line + 20))p" "$log"
		elif [ -n "$log" ]; then
			tail -n 40 "$log"
		fi | sed 's/^/    /'
	done < "$results"
	echo
	# In short, for who reads the last lines only.
	grep ^fail "$results" | cut -f 2 | head -n 30 | sed 's/^/failed: /' || true
	printf '%d passed, %d failed' "$passed" "$failed"
	[ "$skipped" -eq 0 ] || printf ', %d skipped' "$skipped"
	echo
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# The longest first, so that both cores have something to do until the end. What
# runs programs more than packets runs on plain UML.
all() {
	run_jobs build-{uml-debug,6.1,6.12,latest,uml}
	run_jobs uml-debug:{1,2} latest uml:operator 6.12 6.1 6.12:xtables uml-debug:{fuzz,fail,unit} bench uml:{large,races} style docs install
	step conformance conformance
}

# Without KASAN everything takes a tenth of the time.
quick() {
	run_jobs build-uml
	at_once=3
	run_jobs uml:{1,2,3,unit}
}

case ${1-all} in
all|quick)
	tools
	rm -rf "$out"
	mkdir -p "$out"
	"${1-all}"
	summary ;;
*)	job "$1" ;;
esac
