#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/pool4-addresses.rst

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start ping arping sysctl
setup_lab wan
ip -n "$server" route add 203.0.113.0/28 via 192.0.2.1
recipe recipes/pool4-addresses.rst
