#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/cgn.rst

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start ping
setup_lab wan
ip -n "$server" route add 203.0.113.0/24 via 192.0.2.1
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing 2> /dev/null ||
	skip_all "there is no tracefs"
[ -d /sys/kernel/tracing/events/nat64 ] || skip_all "this kernel has no tracepoints in modules"
: > /sys/kernel/tracing/trace
recipe recipes/cgn.rst

serve "$server" udp '198.51.100.80#53'
far='64:ff9b::198.51.100.80#53'
check "a client" ask "$client" udp -s '2001:db8:1::8#4000' "$far"
check "its binding is in the log" \
	grep -qE 'nat64_binding_created: .* udp .*#4000 203\.0\.113\.[0-9]+#' /sys/kernel/tracing/trace
for event in created deleted; do
	echo 0 > /sys/kernel/tracing/events/nat64/nat64_binding_$event/enable
done
echo 0 > "$instance/limits/binding_rate_per_client"
echo 5 > "$instance/limits/bindings_per_client"
ip -n "$client" addr add 2001:db8:1:ff::8/64 dev eth0 nodad
ip -n "$router" route add 2001:db8:1:ff::/64 via 2001:db8:1::8
check "a customer has many addresses" ask "$client" udp -n 3 -s '2001:db8:1:ff::8#4000' "$far"
snapshot
is "but one limit" "$(ask "$client" udp -s '2001:db8:1:ff::8#5000' "$far")" EACCES
counters "which is counted" drop_client_limit=1 icmp_errors_sent=1
