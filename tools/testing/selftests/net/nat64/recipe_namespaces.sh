#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/namespaces.rst. The namespace blue is the router's; of podman it
# is only asked which process a container has.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start ping
host=''
setup_lab wan
remove_instance "$instance"
for name in blue red; do
	[ ! -e "$config/instances/$name" ] || skip_all "there is an instance $name"
	instances+=("$config/instances/$name")
done
instance=$config/instances/blue stats=$sysfs/instances/blue/stats

setup_ns host
machine host "$host"
# shellcheck disable=SC2016
as host sh -ec 'mkdir -p /run/netns && : > /run/netns/blue && mount --bind "$1" /run/netns/blue' \
	sh "/proc/${machines[router]}/ns/net" || die "the host does not know the namespace"
bg_as host unshare -n sleep infinity
container=$bg
mkdir "$tmp/bin"
printf '#!/bin/sh\necho %s\n' "$container" > "$tmp/bin/podman"
chmod +x "$tmp/bin/podman"
PATH=$tmp/bin:$PATH
recipe recipes/namespaces.rst 1 6
is "the container has an instance" "$(cat "$config/instances/red/netns")" \
	"$(readlink "/proc/$container/ns/net")"
recipe recipes/namespaces.rst 7 99
check_not "all is gone" ls "$config/instances/blue" "$config/instances/red"
