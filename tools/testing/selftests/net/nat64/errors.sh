#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Each way to misuse an attribute or the name of a directory: the errno, that nothing
# has changed, and what the error_log says. The tables are in errors.py; here is what
# depends on something else. What an error_log offers as an example is done.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start python3

# table_of ARGUMENTS...: the results of errors.py.
table_of() {
	local status name why
	while IFS=$'\t' read -r status name why; do
		if [ "$status" = ok ]; then pass "$name"; else fail "$name" "$why"; fi
	done < "$tmp/table"
}

run_table() {
	check "errors.py $1" python3 -ES "$here/errors.py" "$@"
	cp "$tmp/check" "$tmp/table"
	table_of
}

# refused NAME ERRNO VERB PATH [DATA]: sets why to what the log says, example to its end.
why='' example=''
refused() {
	local name=$1 wanted=$2 IFS=$'\t'
	is "$name" "$(python3 -ES "$here/attempt.py" <<< "$3	$instance/$4${5+	$5}")" "$wanted"
	why=$(tail -n 1 "$instance/error_log")
	why=${why#*" $wanted: "}
	example=${why##*e.g. }
}

# done_so NAME: what the example says is done, in the instance's directory.
done_so() { check "$1: $example" bash -ec "cd '$instance' && ${example/echo > /echo > }"; }

setup_ns router
setup_instance "$router"
for entry in 'pool4/192.0.2.77#5000' bib/tcp/192.0.2.77#1 bib/udp/192.0.2.77#1 bib/icmp/192.0.2.77#1; do
	mkdir "$instance/$entry" || die "$entry"
done
run_table attributes "$instance"
run_table names "$instance"

# --- what has an example that depends ---------------------------------------------------

echo 1 > "$instance/timeouts/allow_below_rfc"
echo 5 > "$instance/timeouts/udp"
refused "a floor that a timer is below" EINVAL write timeouts/allow_below_rfc 0
done_so "its example"
check "then it is taken" sh -c "echo 0 > $instance/timeouts/allow_below_rfc"

mkdir "$instance/pool4/203.0.113.1#5000-6000"
refused "ports that another entry has" EEXIST mkdir pool4/203.0.113.0_28#1-65535
like "it is named" "$why" '.*pool4/203\.0\.113\.1#5000-6000.*'
done_so "its example"
check "then it is taken" mkdir "$instance/pool4/203.0.113.0_28#1-65535"

echo '2001:db8:7::5#80' > "$instance/bib/tcp/192.0.2.77#1/ipv6"
mkdir "$instance/bib/tcp/203.0.113.1#2"
refused "a client's that another binding has" EEXIST write 'bib/tcp/203.0.113.1#2/ipv6' '2001:db8:7::5#80'
done_so "its example"
check "then it is taken" sh -c "echo '2001:db8:7::5#80' > '$instance/bib/tcp/203.0.113.1#2/ipv6'"
check_not "no address of a client is in the log" grep -q '2001:db8:7' "$instance/error_log"

ip -n "$router" addr add 192.0.2.1/32 dev lo
sysctl_in "$router" net.ipv4.ip_local_port_range='32768 60999'
refused "the host's own ports" EADDRINUSE mkdir 'pool4/192.0.2.1#50000-61500'
check "others, as in its example, are taken" mkdir "$instance/pool4/192.0.2.1#$example"
rmdir "$instance/pool4/192.0.2.1#$example"
ports=$(sed -n 's/.* add \([0-9-]*\) to .*/\1/p' <<< "$why")
sysctl_in "$router" net.ipv4.ip_local_reserved_ports="$ports"
check "with those that it names reserved ($ports) it is taken" mkdir "$instance/pool4/192.0.2.1#50000-61500"

refused "a second instance of a namespace" EBUSY mkdir "../nat64-$$-second"
why=$(tail -n 1 $config/error_log)
like "has its line in the error_log of the first" "$why" ".*instances/nat64-$$-second EBUSY: .*; .*, e\.g\. nsenter .*"

check "the error_log is less than 4 KiB" [ "$(wc -c < "$instance/error_log")" -lt 4096 ]

# --- a namespace that is gone --------------------------------------------------------------

setup_ns gone
# shellcheck disable=SC2154	# setup_ns sets it
setup_instance "$gone" 192.0.2.1
mkdir "$instance/bib/tcp/192.0.2.1#1"
ip netns del "$gone"
is_gone() { [ "$(cat "$instance/netns")" = - ]; }
check "a namespace goes" wait_for 20 is_gone
run_table dead "$instance"
check "rmdir is left" remove_instance "$instance"
