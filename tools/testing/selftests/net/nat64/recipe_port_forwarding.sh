#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/port-forwarding.rst

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start curl nft
setup_lab wan
ip -n "$server" route add 203.0.113.0/24 via 192.0.2.1
ip -n "$client" addr add 2001:db8:1::9/64 dev eth0 nodad
web client 2001:db8:1::8
web client 2001:db8:1::9
recipe recipes/port-forwarding.rst
snapshot
check_not "the binding that was taken away is no more" \
	as server curl -s -m 2 http://203.0.113.5:8080/
as router nft flush ruleset
