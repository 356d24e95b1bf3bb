#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# No address of a client is readable by the unprivileged: all files of the module are
# read as somebody without any capability, after clients had flows, limits were hit and
# mistakes were made with their addresses. Root, who is the proof that there is
# something to find, finds it in the tables, in static bindings and in traces.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start python3 ping
setup_net
setup_instance "$router" '203.0.113.1#5000-5003'
echo send > "$instance/translation/icmp_errors"
sysctl_in "$router" net.ipv6.icmp.ratelimit=0
tracing=/sys/kernel/tracing
clients='2001:0?db8:0?0?7:|2001:0?db8::[89ab]\b|20010db80007|20010db8000000000000000000000008'

# find_as USER PATH...: where the user finds a client; sets found, and counts to the rest.
found='' counts=''
find_as() {
	local lines
	mapfile -t lines < <(on "$router" python3 -ES "$here/private.py" "$1" "$clients" "${@:2}")
	counts=${lines[-1]}
	unset 'lines[-1]'
	found=${lines[*]#"$instance/"}
}

try() { python3 -ES "$here/attempt.py" <<< "${1//|/$'\t'}"; }

# --- clients leave traces wherever they can ---------------------------------------------

[ -d $tracing/events ] || mount -t tracefs tracefs $tracing 2> /dev/null
traced=0
if [ -d $tracing/events/nat64 ]; then
	echo 1 > $tracing/events/nat64/enable && traced=1
fi
mkdir "$instance/bib/tcp/203.0.113.9#80" "$instance/bib/tcp/203.0.113.9#81"
echo '2001:db8:7::5#80' > "$instance/bib/tcp/203.0.113.9#80/ipv6"
serve "$server" udp '192.0.2.24#80'
serve "$server" tcp '192.0.2.24#80'
hold "$client" tcp -n 2 '64:ff9b::192.0.2.24#80'
is "clients have connections" "$answers" 2
check "and ping" on "$client" ping -c 1 -W 5 64:ff9b::192.0.2.24
for limit in sessions_per_client=1 sessions=3; do
	echo "${limit#*=}" > "$instance/limits/${limit%=*}"
	like "some are refused: $limit" "$(ask "$client" udp -n 8 -t 5 '64:ff9b::192.0.2.24#80' | grep -c EACCES)" '[5-8]'
	echo 0 > "$instance/limits/${limit%=*}"
done
check_not "there are more clients than ports" ask "$client" udp -n 8 -t 5 '64:ff9b::192.0.2.24#80'

while IFS='=' read -r path text; do
	like "$path is not for $text" "$(try "write|$instance/$path|$text")" "EINVAL|EEXIST|E2BIG"
done <<-END
	bib/tcp/203.0.113.9#81/ipv6=2001:db8:7::5#80
	bib/tcp/203.0.113.9#81/ipv6=2001:db8:7::5
	bib/tcp/203.0.113.9#81/ipv6=$(printf '2001:db8:7::5#%.0s' {1..400})
	enabled=2001:db8:7::5
	pool6=2001:db8:7::5#80
	pool6=2001:db8:7::5/64
	pool6=64:ff9b::/96 2001:db8:7::5/128
	denied_ipv4=2001:db8:7::5/128
	denied_ipv4=10.0.0.0/8 2001:db8:7::5
	limits/sessions=2001:db8:7::5
	translation/tos=2001:db8:7::5
	translation/mtu_plateaus=1500 2001:db8:7::5
	pool4/203.0.113.1#5000-5003/tcp=5000 2001:db8:7::5#80
	pool4/203.0.113.1#5000-5003/mark=2001:db8:7::5
	pool4/203.0.113.1#5000-5003/config=tcp=5000 udp=2001:db8:7::5
	pool4/203.0.113.1#5000-5003/config=client=2001:db8:7::5
END
for name in pool4/2001:db8:7::5 'pool4/2001:db8:7::5#5000' 'bib/tcp/2001:db8:7::5#80' \
	    'pool4/dev:2001:db8:7::5' 'pool4/dev:x#2001:db8:7::5'; do
	is "mkdir $name" "$(try "mkdir|$instance/$name")" EINVAL
done

# --- who finds them ---------------------------------------------------------------------------

places=(/sys/kernel/nat64 "$instance" "$config/error_log" /proc/net/nat64 /sys/module/nat64)
find_as 0 "${places[@]}"
is "root finds them in the tables and in static bindings" "$found" \
	'bib/tcp/203.0.113.9#80/ipv6 /proc/net/nat64/bib /proc/net/nat64/sessions'
if [ $traced -eq 1 ]; then
	find_as 0 $tracing/trace
	is "and in traces" "$found" $tracing/trace
fi
find_as 65534 "${places[@]}" $tracing /sys/kernel/debug /proc/kmsg
is "nobody finds them anywhere" "$found" ''
like "but reads the rest" "$counts" '[1-9][0-9]{2,} read, [1-9][0-9]* refused'
is "the tables are not for everybody" "$(on "$router" stat -c '%a %U' /proc/net/nat64/bib /proc/net/nat64/sessions | uniq)" \
	'440 root'
is "nor is a static binding's client" "$(stat -c '%a %U' "$instance/bib/tcp/203.0.113.9#80/ipv6")" '600 root'
if unshare -Ur true 2> /dev/null; then
	check_not "who is root of a user namespace alone does not read the tables" on "$router" \
		setpriv --reuid=65534 --regid=65534 --clear-groups unshare -Ur cat /proc/net/nat64/bib
fi
dmesg > "$tmp/dmesg"
check "the kernel's log has told of what was refused" grep -q 'nat64: .*dropped: .*limit' "$tmp/dmesg"
check_not "without a client" grep -E "nat64.*($clients)" "$tmp/dmesg"
[ $traced -eq 0 ] || echo 0 > $tracing/events/nat64/enable
