#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# RFC 6056: 10,000 flows of one client, and thousands of clients: that their ports are
# random, by statistics over what the server sees. See pool4_random.py.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_pool4.sh
. "$here/lib_pool4.sh"

start python3
setup_lab
lab pool4_random.py 10000
