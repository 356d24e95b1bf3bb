#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# "make check-system": what a whole Debian machine is needed for, half an hour or more
# of it. run.sh [TEST...] runs some of the tests. Logs stay in build/system/.

set -euo pipefail
cd "$(dirname "$0")"
logs=../../../build/system
mkdir -p "$logs"

[ $# -gt 0 ] || set -- package.sh quickstart.sh initramfs.sh openrc.sh
passed=0 failed=0
for test; do
	log=$logs/$test.log started=$SECONDS
	echo "# selftests: system: $test"
	"./$test" 2>&1 | tee "$log" || true
	ok=$(grep -c '^ok ' "$log" || true)
	not=$(grep -c '^not ok ' "$log" || true)
	# A test that broke off has no plan, or not that one.
	if ! grep -qx "1\.\.$((ok + not))" "$log" || [ $((ok + not)) -eq 0 ]; then
		echo "not ok $test did not reach its end"
		not=$((not + 1))
	fi
	echo "# $test: $ok passed, $not failed ($((SECONDS - started)) s)"
	passed=$((passed + ok)) failed=$((failed + not))
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
