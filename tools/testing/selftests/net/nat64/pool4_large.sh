#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# pool4 on a large scale: thousands of entries, with marks and without; a /16; thousands
# of static bindings. With NAT64_LARGE=1 it is 10,000 entries and 4,000 bindings, for
# which a kernel that checks itself at each step would take minutes.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_pool4.sh
. "$here/lib_pool4.sh"

start python3
setup_lab
ip -n "$router" route add 64:ff9b::/96 via 2001:db8::8	# so that the router itself may ask
if [ "${NAT64_LARGE-}" = 1 ]; then
	lab pool4_large.py 10000 2000 4000
else
	lab pool4_large.py 2000 1000 1000
fi
