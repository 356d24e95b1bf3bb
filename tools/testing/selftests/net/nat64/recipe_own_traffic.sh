#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/own-traffic.rst

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start curl
setup_lab wan
web server 198.51.100.80
web router 192.0.2.1 8080
recipe recipes/own-traffic.rst
