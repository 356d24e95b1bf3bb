#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/troubleshooting.rst, tuning.rst: what they tell to type, and that the
# counters and the files of the configuration which all documents name are there.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start nft sysctl
setup_lab wan
mkdir "$instance/pool4/192.0.2.1"
recipe troubleshooting.rst
recipe tuning.rst

mapfile -t texts < <(find "$documents" -maxdepth 1 \( -name troubleshooting.rst -o -name tuning.rst \)
	find "$documents/recipes" -name '*.rst')

unknown=''
while read -r name; do
	[ -e "$stats/$name" ] || unknown+="$name "
done < <(grep -hoE '(drop|6to4|4to6)_[a-z0-9_]+[a-z0-9]' "${texts[@]}" | sort -u)
is "every counter that is named exists" "$unknown" ""

unknown=''
while read -r name; do
	[ -e "$instance/$name" ] || unknown+="$name "
done < <(grep -hoE '\b(timeouts|limits|translation|filtering|allocation)/[a-z0-9_]+' "${texts[@]}" | sort -u)
is "every setting that is named exists" "$unknown" ""

unknown=''
while read -r page; do
	grep -qF "recipes/${page##*/}" "$here"/recipe_*.sh || unknown+="$page "
done < <(grep -lE '^\.\. (on|file|see): ' "$documents"/recipes/*.rst)
is "every recipe that can be typed is" "$unknown" ""

# The client that has most, as the document finds it.
serve "$server" udp '198.51.100.80#53'
check "some flows" ask "$client" udp -n 3 '64:ff9b::198.51.100.80#53'
awk '/^ +awk/, /sort/' "$documents/troubleshooting.rst" > "$tmp/who"
is "who has most" "$(as router sh "$tmp/who")" "3 2001:db8:1::8"
