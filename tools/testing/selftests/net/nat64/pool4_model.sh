#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Whom an entry serves, by marks; then random edits of pool4 and of static bindings under
# traffic of many clients, by all accounts as pool4_model.py has it. The seed is always
# the same, so that a change fails by what it does and not by luck.
#
#	pool4_model.sh [-s SEED|random] [-n STEPS]

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_pool4.sh
. "$here/lib_pool4.sh"

seed=4 steps=$(scale 3000 300) everything=$(scale all "")
while getopts s:n: opt; do
	case $opt in
	s) seed=$OPTARG everything='' ;;
	n) steps=$OPTARG everything='' ;;
	*) exit 2 ;;
	esac
done
[ "$seed" != random ] || seed=$SRANDOM

start nft
setup_lab
ip -n "$router" route add 64:ff9b::/96 via 2001:db8::8	# so that the router itself may ask
setup_marks
[ -z "$everything" ] || lab pool4_marks.py
lab pool4_model.py "$seed" "$steps" ${everything:+"$everything"}
