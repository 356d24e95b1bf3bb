#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Does what Documentation/migration.rst says: each ``mkdir``, ``echo`` and ``rmdir`` in
# its tables, in their order, in an instance. And in all documents: files that they
# name, timeouts/udp and the like, and counters, are there.

# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2016
. "$(dirname "$0")/lib.sh"

start find
documents=$here/../../../../../Documentation
[ -e "$documents/migration.rst" ] || skip_all "Documentation/migration.rst is not here"
setup_ns router
setup_instance "$router"

# literals PAGE: what is between two pairs of ``, also over the end of a line.
literals() { tr -s ' \n' '  ' < "$1" | grep -oE '``[^`]+``' | tr -d '`'; }

cd "$instance" || die "cd $instance failed"
mapfile -t commands < <(literals "$documents/migration.rst" |
	grep -E '^(mkdir|echo|rmdir) [^/]' | grep -v NAME)
for command in "${commands[@]}"; do
	check "$command" bash -c "$command"
done
check "these were all" [ ${#commands[@]} -gt 40 ]
cd /

mapfile -t pages < <(find "$documents" -name '*.rst')

# named REGEX: what the documents name so.
named() { cat "${pages[@]}" | grep -ohE "$1" | sort -u; }

missing=''
for path in $(named '\b(timeouts|allocation|filtering|limits|translation)/[a-z][a-z0-9_]+'); do
	[ -e "$instance/$path" ] || missing+="$path "
done
is "files that are named are there" "$missing" ''
missing=''
for name in $(named '``drop_[a-z0-9_]+``|stats/[a-z0-9_]+\b' | tr -d '`'); do
	name=${name#stats/}
	[[ $name == *_ || -e "$stats/$name" ]] || missing+="$name "
done
is "so are counters" "$missing" ''
