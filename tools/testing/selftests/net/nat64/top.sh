#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scripts/nat64-top: its numbers against traffic that is known, and how it behaves
# in a terminal (tmux's).
#
#	client ---------- router ---------- server
#	2001:db8::8       203.0.113.1       192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

top=$here/../../../../../scripts/nat64-top

start setpriv tmux busybox stty
setup_net
setup_instance "$router" '203.0.113.1#5000-5099' '203.0.113.9#6000-6999'
echo 1000 > "$instance/limits/sessions"
rmdir "$instance/pool4/203.0.113.9#6000-6999"
serve "$server" udp '192.0.2.24#80'

# --- batch ----------------------------------------------------------------------

bg "$router" "$top" -b -d 0.3
batch=$bg log=$tmp/out.$bg
check "batch: a first frame at once" wait_for 10 grep -q '^clients' "$log"
frame=$(cat "$log")
like "batch: the instance of this network namespace" "${frame%%$'\n'*}" "nat64-top .* instance $router"
check "batch: no rates yet" grep -qE '^udp +- +- +- +-$' "$log"
check_not "batch: no escape sequences" grep -q $'\033' "$log"

# total COLUMN: what the rates of UDP in the log say that there was in all.
total() {
	awk -v column="$1" '
		function value(s,   unit) {
			unit = substr(s, length(s))
			return s * (unit == "k" ? 1e3 : unit == "M" ? 1e6 : 1)
		}
		/^nat64-top / { span = $(NF - 1) }
		$1 == "udp" && $2 != "-" { sum += value($column) * span }
		END { printf "%.3f\n", sum }' "$log"
}

# about VALUE TOTAL: to the digits that are shown.
about() { awk -v x="$1" -v y="$2" 'BEGIN { exit !(x > y * 0.985 && x < y * 1.015) }'; }

# seen COLUMN TOTAL
seen() { about "$(total "$1")" "$2"; }

snapshot
hold "$client" udp -n 30 -s '2001:db8::8#4000' '64:ff9b::192.0.2.24#80'
many=$held
hold "$client" udp -n 5 -s '2001:db8::9#4000' '64:ff9b::192.0.2.24#80'
held=$many
ask_again
ask_again
check "batch: packets, 6to4" wait_for 20 seen 2 95
check "batch: packets, 4to6" wait_for 20 seen 4 95
check "batch: bits, 6to4" wait_for 20 seen 3 $(($(delta 6to4_udp_bytes) * 8))
check "batch: bits, 4to6" wait_for 20 seen 5 $(($(delta 4to6_udp_bytes) * 8))
stop "$batch"
total 2 | diag

# shown COMMAND...: sets frame, what is shown at once.
shown() { frame=$(on "$router" "$@" -b -n 1) || frame="status $?: $frame"; }
# row PATTERN: the fields of that line, with one blank between them.
row() { grep -E "$1" <<< "$frame" | tr -s ' ' | sed 's/ $//'; }

# Nothing listens there, and the limit is passed.
on "$client" ip -6 route add 64:ff9b:1::/96 via 2001:db8::1
echo 35 > "$instance/limits/sessions"
for i in 1 2 3; do
	ask "$client" udp -t 0.1 -s "2001:db8::a#400$i" '64:ff9b::192.0.2.24#80' > /dev/null
done
shown "$top"
is "bindings, sessions and the limit" "$(row '^bindings' | cut -d' ' -f 1-8)" \
	"bindings 35 sessions 35 of 35 (100 %)"
is "pool4 as a bar" "$(row '^203.* udp')" "203.0.113.1#5000-5099 udp 35 100 [#######.............] 35 %"
is "a protocol without use" "$(row '^203.* tcp')" "203.0.113.1#5000-5099 tcp 0 100 [....................] 0 %"
is "drops" "$(row '^session_limit')" "session_limit - $(counter drop_session_limit)"
is "clients, the busiest first" "$(row '^2001:')" "2001:db8::8 30 30"$'\n'"2001:db8::9 5 5"
first=$frame
shown busybox sh "$top"
is "busybox shows the same" "$(sed 1d <<< "$frame")" "$(sed 1d <<< "$first")"
shown setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$top"
is "clients are for root only" "$(grep -A 1 ^clients <<< "$frame" | tail -n 1)" "(only root may see them)"
check_not "so that none is shown" grep -q 2001:db8 <<< "$frame"
is "the rest is for everybody" "$(row '^203.* udp')" \
	"203.0.113.1#5000-5099 udp 35 100 [#######.............] 35 %"
frame=$("$top" -b -n 1 -i "$router")
is "from another network namespace: all but the clients" "$(row '^203.* udp')" \
	"203.0.113.1#5000-5099 udp 35 100 [#######.............] 35 %"
like "clients: where they can be seen" "$(grep -A 1 ^clients <<< "$frame" | tail -n 1)" \
	"\(of another network namespace.*"
echo drain > "$instance/enabled"
shown "$top"
like "drain is told" "${frame%%$'\n'*}" ".*instance $router, draining"
echo 1 > "$instance/enabled"

# refused STATUS ARGUMENT...
refused() {
	"$top" -b -n 1 "${@:2}" > "$tmp/stdout" 2> "$tmp/stderr"
	is "refused: ${*:2}" "$? $(wc -c < "$tmp/stdout") $(cut -d: -f1 < "$tmp/stderr")" "$1 0 nat64-top"
}
refused 2 -x
refused 2 -d 0
refused 2 -d 1.2.3
refused 2 -d 1e3
refused 2 -n x
refused 2 -n
refused 1 -i nobody
refused 1 -i ../stats
NAT64_SYSFS=$tmp/none "$top" > /dev/null 2>&1
is "without the module: status 1" $? 1
check "--help" "$top" --help

# --- a terminal -------------------------------------------------------------------

n_sessions=0
terminal() { tmux -S "$tmp/tmux$n_sessions" -f /dev/null "$@"; }
screen() { terminal capture-pane -p -t top; }
on_screen() { screen | grep -qE -- "$1"; }
not_on_screen() { ! on_screen "$1"; }
height() { screen | awk 'NF { n = NR } END { print n + 0 }'; }

# The shell says what is left of the terminal's modes when the script has ended.
cat > "$tmp/session" <<-END
	trap : INT
	before=\$(stty -g)
	nsenter --net=/run/netns/$router -- $top -d 3600
	echo "status \$?"
	[ "\$(stty -g)" = "\$before" ] && echo the modes are as before
	sleep 3600
END

# begin_session: in 100 columns and 40 rows.
begin_session() {
	n_sessions=$((n_sessions + 1))
	TERM=xterm terminal new-session -d -s top -x 100 -y 40 "sh $tmp/session"
	wait_for 20 on_screen '^clients'
}

restored() {
	check "$1: ends" wait_for 10 on_screen "^status $2"
	check "$1: the terminal's modes are as before" wait_for 10 on_screen '^the modes are as before'
	is "$1: the cursor is back, the other screen gone" \
		"$(terminal display-message -p -t top '#{cursor_flag}#{alternate_on}')" 10
	check "$1: nothing of it is left" not_on_screen '^clients'
	terminal kill-server
}

check "terminal: the first frame" begin_session
is "terminal: an alternate screen, without cursor" \
	"$(terminal display-message -p -t top '#{cursor_flag}#{alternate_on}')" 01
check "terminal: the same as in batch" on_screen '^203.* udp +35 +100 +\[#######\.+\] +35 %'
held=$many
ask_again
terminal send-keys -t top Space
check "space: rates at once" wait_for 10 on_screen '^udp +[0-9.k]+ '
rate=$(screen | awk '/^nat64-top/ { span = $(NF - 1) } $1 == "udp" { print $2 * span }')
# One digit behind the point is all that is shown of it.
check "space: the rate ($rate packets in all)" awk -v x="$rate" 'BEGIN { exit !(x > 28.5 && x < 31.5) }'
terminal resize-window -t top -x 60 -y 12
# tmux itself keeps the lower lines.
redrawn() { [ "$(height)" -le 12 ] && not_on_screen '4to6 bit/s' && screen | head -n 1 | grep -q ^nat64-top; }
check "resized: narrower and lower" wait_for 10 redrawn
terminal resize-window -t top -x 120 -y 40
check "resized: wider and higher" wait_for 10 on_screen '^clients'
terminal send-keys -t top c
check "c: no clients" wait_for 10 on_screen 'c shows them'
terminal send-keys -t top i
check "i: another instance" wait_for 10 not_on_screen "instance $router"
terminal send-keys -t top q
restored "q" 0
check "once more" begin_session
terminal send-keys -t top C-c
restored "^C" 130
