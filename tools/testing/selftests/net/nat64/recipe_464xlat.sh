#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/464xlat.rst: the CLAT is tayga.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start curl ping sysctl tayga
setup_lab wan
[ -c /dev/net/tun ] || skip_all "there is no /dev/net/tun"
web server 198.51.100.80
recipe recipes/464xlat.rst
mapfile -tO ${#pids[@]} pids < <(ip netns pids "$client")
