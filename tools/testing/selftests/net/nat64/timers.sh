#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Sessions end when their time is up, with them their binding, and then the port
# is free again; others are not touched. A change of a timeout counts from a
# session's next packet.
#
#	client ---------------- router ----------------- server
#	2001:db8::8             203.0.113.1#5000-6000    192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start ping
setup_net
setup_instance "$router" '203.0.113.1#5000-6000'
entry=$sysfs/instances/$router/pool4/203.0.113.1#5000-6000
# 198.51.100.0/24 never answers: the server does not forward.
ip -n "$router" route add 198.51.100.0/24 via 192.0.2.24

timeout_is() { echo "$2" > "$instance/timeouts/$1"; }
# left PROTOCOL [REGEX]: how many sessions there are
left() { sessions | awk -v p="^$1\$" -v e="${2-.}" '$1 ~ p && $0 ~ e' | wc -l; }
none_left() { [ "$(left "$@")" -eq 0 ]; }
bindings_left() { bib | awk -v p="$1" '$1 == p' | wc -l; }
used() { cat "$entry/$1_used"; }

serve "$server" udp '192.0.2.24#53'
serve "$server" tcp '192.0.2.24#80'

timeout_is allow_below_rfc 1
# Several at a time, as each takes the sweep a round.
snapshot
check "udp: a long-lived session" ask "$client" udp -s '2001:db8::8#1000' '64:ff9b::192.0.2.24#53'
for name in udp icmp tcp_trans_close; do timeout_is $name 1; done
check "udp: a short-lived one" ask "$client" udp -s '2001:db8::8#2000' '64:ff9b::192.0.2.24#53'
check "icmp: a session" on "$client" ping -c 1 -W 5 64:ff9b::192.0.2.24
check "tcp: a connection that is closed" ask "$client" tcp '64:ff9b::192.0.2.24#80'
timeout_is tcp_trans_open 1
# One SYN only, so that its successors do not begin the session anew.
check "tcp: a connection that is never answered" peer "$client" race \
	tcp -p 1 -s '2001:db8::8#3000' '64:ff9b::198.51.100.7#80'
check "udp: the short-lived one ends" wait_for 60 none_left udp '2001:db8::8#2000'
is "udp: and its binding" "$(bindings_left udp)" 1
is "udp: and its port is free" "$(used udp)" 1
is "udp: the long-lived one is still there" "$(left udp '2001:db8::8#1000')" 1
check "icmp: it ends" wait_for 60 none_left icmp
is "icmp: its id is free" "$(used icmp)" 0
check "tcp: the closed one ends" wait_for 60 none_left tcp '192\.0\.2\.24#80'
check "tcp: the other one ends" wait_for 60 none_left tcp
is "tcp: their ports are free" "$(used tcp)" 0
counters "as many ended as began, but for one" '~[64]to[64]_*' \
	bindings_created=5 bindings_deleted=4 sessions_created=5 sessions_deleted=4

# Established ones have a clock of their own. When it has run down the client is
# asked (RFC 6146, 3.5.2.2): the connection of one that answers goes on.
state_is() { sessions | grep -qE "^tcp .* $1 $2\$"; }
probed() { [ "$(counter probes_sent)" -gt "$1" ]; }
for name in tcp_trans_open tcp_trans_close tcp_est; do timeout_is $name 7200; done
snapshot
check "udp: the next packet makes it short-lived" \
	ask "$client" udp -s '2001:db8::8#1000' '64:ff9b::192.0.2.24#53'
hold "$client" tcp -s '2001:db8::8#4000' '64:ff9b::192.0.2.24#80'
check "tcp: an established one" state_is established '7[12][0-9][0-9]'
timeout_is tcp_est 1
ask_again
check "tcp: idle, it is probed" wait_for 60 probed 0
timeout_is tcp_est 7200
check "tcp: the client's answer revives it" wait_for 60 state_is established '7[12][0-9][0-9]'
check "udp: it ends" wait_for 60 none_left udp
is "udp: all ports are free" "$(used udp)" 0
counters "tcp: it is the same session" '~[64]to[64]_*' probes_sent+1 \
	bindings_created=1 sessions_created=1 bindings_deleted=1 sessions_deleted=1
ask_again
is "tcp: and it is as good as ever" "$answers" 1
# The client, that has gone, does not know it any more.
timeout_is tcp_est 1
ask_again
timeout_is tcp_trans_close 1
probes=$(counter probes_sent)
snapshot
ip -n "$client" addr del 2001:db8::8/64 dev eth0
check "tcp: a client that is gone is probed, too" wait_for 60 probed "$probes"
check "tcp: its session ends" wait_for 60 none_left tcp
is "tcp: its port is free" "$(used tcp)" 0
counters "tcp: after one probe" '~[64]to[64]_tcp_*' probes_sent+1 \
	bindings_deleted=1 sessions_deleted=1
release

# RFC 6888, REQ-8: the port of a binding that has ended rests.
rmdir "$instance/pool4/203.0.113.1#5000-6000"
is "who changes pool4 need not wait" "$(counter held_ports)" 0
is "hold_down is 120" "$(cat "$instance/allocation/hold_down")" 120
is "hold_down_max is 25" "$(cat "$instance/allocation/hold_down_max")" 25
check_not "hold_down_max takes no 101" sh -c "echo 101 > '$instance/allocation/hold_down_max'" 
echo 3600 > "$instance/allocation/hold_down"
echo 100 > "$instance/allocation/hold_down_max"
mkdir "$instance/pool4/203.0.113.1#5000-5003"
entry=$sysfs/instances/$router/pool4/203.0.113.1#5000-5003
port_of() { bib | sed -n "s/^udp 2001:db8::8#$1 203\\.0\\.113\\.1#\\([0-9]*\\) .*/\\1/p"; }
ip -n "$client" addr replace 2001:db8::8/64 dev eth0 nodad
timeout_is udp 3600
timeout_is tcp_est 7200
check "hold-down: a session" ask "$client" udp -s '2001:db8::8#5000' '64:ff9b::192.0.2.24#53'
first=$(port_of 5000)
like "hold-down: and its port" "$first" '500[0-3]'
timeout_is udp 1
check "hold-down: it is short-lived" ask "$client" udp -s '2001:db8::8#5000' '64:ff9b::192.0.2.24#53'
check "hold-down: a connection that is closed" ask "$client" tcp '64:ff9b::192.0.2.24#80'
check "hold-down: they end" wait_for 60 none_left '(udp|tcp)'
is "hold-down: its port is not lent" "$(used udp)" 0
is "hold-down: but held, other than that of the connection" "$(counter held_ports)" 1
timeout_is udp 3600
check "hold-down: three others" ask "$client" udp -n 3 -s '2001:db8::8#6000' '64:ff9b::192.0.2.24#53'
check_not "hold-down: none of them has it" grep -q "#$first " <(bib)
check "hold-down: a fourth" ask "$client" udp -s '2001:db8::8#7000' '64:ff9b::192.0.2.24#53'
is "hold-down: has it, when no other is free" "$(port_of 7000)" "$first"
is "hold-down: it is held no more" "$(counter held_ports)" 0
rmdir "$instance/pool4/203.0.113.1#5000-5003"

is "no binding is left" "$(counter bindings)" 0
is "no session is left" "$(counter sessions)" 0
