#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The checks that need no guest, one KTAP line each: checkpatch, kernel-doc and
# sparse with the newest kernel's source, shellcheck, and what is our own.
# shellcheck disable=SC2317	# check() calls them all

set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/testing/vm/lib.sh
. tools/testing/vm/lib.sh

need git perl python3 shellcheck busybox-static make gcc
source=$(kernel_source)
mapfile -t files < <(git ls-files -co --exclude-standard | while read -r f; do
	[ ! -f "$f" ] || echo "$f"
done)
mapfile -t code < <(printf '%s\n' "${files[@]}" | grep -E '\.[ch]$')
mapfile -t kernel < <(printf '%s\n' "${code[@]}" | grep '^kernel/')
mapfile -t scripts < <(grep -lE '^#!.*[ /](ba|da|)sh|^# shellcheck shell=' "${files[@]}")

# Not for us: what is only about patches, lists of our own made with macros, the
# kernel's and netfilter's own names in mixed case (known only inside the tree),
# comments on a lock beside it (they are kernel-doc, above), and what the oldest
# kernel we support does not have. compat.h is where versions are compared, and asked
# with <> whether there is a header; trace.h has the form of all headers of events.
checkpatch() {
	local found not_us elsewhere
	elsewhere='/compat\.h:[0-9]+: .*:(LINUX_VERSION_CODE|CONSTANT_COMPARISON|SPACING):'
	elsewhere+='|/trace\.h:[0-9]+: .*:(PARENTHESIS_ALIGNMENT|OPEN_ENDED_LINE|TRAILING_SEMICOLON):'
	not_us=COMPLEX_MACRO,MACRO_ARG_REUSE,MACRO_ARG_UNUSED,CAMELCASE
	not_us+=,UNCOMMENTED_DEFINITION,ALLOC_WITH_SIZEOF,FILE_PATH_CHANGES

	# From its own tree, because it leaves a list of names where it runs.
	found=$({
		cd "$source"
		scripts/checkpatch.pl --strict --terse --show-types --no-summary \
			--ignore "$not_us" -f "${code[@]/#/$vm_tree/}"
	} 2>&1 | grep -vE "$elsewhere" || true)
	echo "$found"
	[ -z "$found" ]
}

kernel_doc() { "$source/scripts/kernel-doc" -none -Werror "${kernel[@]}"; }

# What it says of the kernel's headers is not ours to mend.
sparse() {
	tools/testing/vm/build.sh -C uml-debug > /dev/null || return
	! grep -E '^kernel/.*: (warning|error):' build/uml-debug/log
}

shell_check() { shellcheck -x "${scripts[@]}"; }

shell_syntax() {
	local f

	for f in "${scripts[@]}"; do
		case $(head -n 1 "$f") in
		*bash*|'# SPDX'*) bash -n "$f" || return ;;
		*) dash -n "$f" && busybox sh -n "$f" || return ;;
		esac
	done
}

spdx() {
	! grep -L 'SPDX-License-Identifier: ' "${code[@]}" "${scripts[@]}" \
		Makefile Kbuild Kconfig kernel/Kbuild kernel/Kconfig | grep .
}

python_syntax() {
	printf '%s\n' "${files[@]}" | grep '\.py$' | while read -r f; do
		python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$f" || return
	done
}

layers() { python3 scripts/layers.py; }

n=0 failed=0
# check NAME COMMAND [NEEDS]: skipped where NEEDS is not (yet) there.
check() {
	local out

	n=$((n + 1))
	if [ $# -gt 2 ] && [ ! -e "$3" ]; then
		echo "ok $n style: $1 # SKIP no $3"
	elif out=$("$2" 2>&1); then
		echo "ok $n style: $1"
	else
		echo "not ok $n style: $1"
		echo "# ${out//$'\n'/$'\n'# }"
		failed=1
	fi
}

echo "KTAP version 1"
check "checkpatch --strict" checkpatch
check "kernel-doc" kernel_doc
check "sparse" sparse
check "shellcheck" shell_check
check "shell syntax (bash; dash and busybox)" shell_syntax
check "python syntax" python_syntax
check "SPDX lines" spdx
check "layers.py" layers scripts/layers.py
echo "1..$n"
exit $failed
