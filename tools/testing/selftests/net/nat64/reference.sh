#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The commands of Documentation/reference/, typed as they stand; see lib_recipe.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

# as MACHINE COMMAND...: these pages begin where the instance is.
as() {
	nsenter -t "${machines[$1]}" -m -n -- \
		sh -c 'cd /sys/kernel/config/nat64 && exec "$@"' sh "${@:2}"
}

# empty: no entries, no bindings, nothing reserved.
empty() {
	remove_config "$instance"
	sysctl_in "$router" net.ipv4.ip_local_reserved_ports=
}

start ping sysctl
setup_lab wan
echo 0 > "$instance/timeouts/allow_below_rfc"
mkdir "$instance/pool4/192.0.2.1"
check "a client pings" on "$client" ping -c 1 -W 5 64:ff9b::198.51.100.80
recipe reference/tables.rst
empty
for page in instance pool4 bib limits; do
	recipe reference/$page.rst
	check "$page: there was something to type" [ -s "$tmp/blocks.reference_$page.rst/001" ]
	empty
done
