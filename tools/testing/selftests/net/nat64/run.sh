#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the tests it is given one after the other and sums up: "N passed, N
# failed, N skipped" counts their KTAP lines, and a test that breaks off counts
# as one more failure.

set -u
cd "$(dirname "$0")" || exit 1
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run() {
	local status ok not_ok skip

	echo "# selftests: net/nat64: $1"
	"./$1" | tee "$log"
	status=${PIPESTATUS[0]}
	skip=$(grep -cE '^ok .*# SKIP|^1\.\.0 # SKIP' "$log")
	ok=$(grep -c '^ok ' "$log")
	not_ok=$(grep -c '^not ok ' "$log")
	ok=$((ok - $(grep -cE '^ok .*# SKIP' "$log")))
	if [ "$not_ok" -eq 0 ] && [ "$status" -ne 0 ] && [ "$status" -ne 4 ]; then
		echo "not ok $((ok + skip + 1)) $1 broke off with status $status"
		not_ok=1
	fi
	passed=$((passed + ok)) failed=$((failed + not_ok)) skipped=$((skipped + skip))
	printf '# %s: %d passed, %d failed, %d skipped, %d s\n' \
		"$1" "$ok" "$not_ok" "$skip" "$((SECONDS - started))"
}

for test; do
	started=$SECONDS
	run "$test"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
