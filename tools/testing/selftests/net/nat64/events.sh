#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tracepoints nat64:*, as they are read without any tool.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1#5000         192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

tracing=/sys/kernel/tracing

start readlink
mountpoint -q $tracing || mount -t tracefs none $tracing 2> /dev/null ||
	skip_all "there is no tracefs"
setup_net
setup_instance "$router" '203.0.113.1#5000'
[ -d $tracing/events/nat64 ] || skip_all "this kernel has no tracepoints in modules"
net=$(on "$router" readlink /proc/self/ns/net)
echo 3600 > "$instance/timeouts/udp"
echo 1 > $tracing/events/nat64/enable
: > $tracing/trace

# told NAME EVENT REGEX: the first such event since the trace was emptied.
told() {
	local events
	events=$(grep -m 1 " $2: " $tracing/trace)
	like "$1" "${events#*"$2": }" "net:\[${net//[^0-9]/}\] $3"
}

serve "$server" udp '192.0.2.24#53'
check "a client asks" ask "$client" udp -s '2001:db8::8#4000' '64:ff9b::192.0.2.24#53'
client6='2001:0db8:0000:0000:0000:0000:0000:0008|2001:db8::8'
told "a binding begins" nat64_binding_created \
	"udp ($client6)#4000 203\.0\.113\.1#5000 dynamic"
told "a session begins" nat64_session_created \
	"udp ($client6)#4000 203\.0\.113\.1#5000 192\.0\.2\.24#53"
: > $tracing/trace
check_not "another asks" ask "$client" udp -t 1 -s '2001:db8::9#4000' '64:ff9b::192.0.2.24#53'
told "there is no port left" nat64_ports_exhausted "udp 2001:db8::9#4000 mark (0|0x0)"
told "its packet ends here" nat64_drop \
	'skbaddr=[^ ]* protocol=0x86dd len=[0-9]+ reason: ports_exhausted'
: > $tracing/trace
rmdir "$instance/pool4/203.0.113.1#5000"
told "the session ends" nat64_session_deleted \
	"udp ($client6)#4000 203\.0\.113\.1#5000 192\.0\.2\.24#53"
told "the binding ends" nat64_binding_deleted \
	"udp ($client6)#4000 203\.0\.113\.1#5000 dynamic"
: > $tracing/trace
mkdir "$instance/bib/tcp/203.0.113.9#80"
echo '2001:db8::8#80' > "$instance/bib/tcp/203.0.113.9#80/ipv6"
told "a static binding begins" nat64_binding_created \
	"tcp ($client6)#80 203\.0\.113\.9#80 static"
echo 0 > $tracing/events/nat64/enable
