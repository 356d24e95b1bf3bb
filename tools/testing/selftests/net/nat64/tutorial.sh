#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Types all that Documentation/tutorial.rst shows, and compares what comes out with
# what it shows: "..." stands for anything, and a random port for another one.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start curl ping sysctl
page=$here/../../../../../Documentation/tutorial.rst
[ -e "$page" ] || skip_all "Documentation/tutorial.rst is not here"
for name in client box server; do
	[ ! -e /run/netns/$name ] || skip_all "there is a namespace $name already"
done
load_module
mount_configfs
namespaces=(client box server)
instances=("$config/instances/box")
export LC_ALL=C

modprobe() { :; }	# load_module has

# type_in COMMAND: as a person would, in one shell.
type_in() {
	eval "$1" > "$tmp/out" 2>&1
	[[ $1 != *'&' ]] || pids+=($!)
	[[ $1 != *http.server* ]] || wait_for 20 listening server 80 ||
		die "no server: $(cat /tmp/pages/log)"
}

# pattern TEXT: a regular expression.
# shellcheck disable=SC2016
pattern() {
	sed -E 's/[][\\.*^$()+?{}|]/\\&/g; s/\\\.\\\.\\\./.*/g; s/#6[1-5][0-9]{3}/#6[1-5][0-9]{3}/g' <<< "$1"
}

# try COMMAND OUTPUT
try() {
	type_in "$1"
	like "$1" "$(< "$tmp/out")" "$(pattern "$2")"
}

# blocks: the lines of literal blocks that are typed, or come out.
blocks() { awk '/^    # / { inside = 1 } /^$/ || /^[^ ]/ { inside = 0 } inside { print substr($0, 5) }' "$page"; }

command='' shown=''
mapfile -t lines < <(blocks; echo '# :')
for line in "${lines[@]}"; do
	if [[ $line == '# '* ]]; then
		[ -z "$command" ] || try "$command" "${shown%$'\n'}"
		command=${line#'# '} shown=''
	else
		shown+=$line$'\n'
	fi
done
check "there was something to type" [ $n_tests -gt 50 ]
check_not "it leaves no namespace" ls /run/netns/client /run/netns/box /run/netns/server
check_not "nor an instance" ls "$config/instances/box"
namespaces=() instances=()
