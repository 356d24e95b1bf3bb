#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nat64-save and nat64-restore: what is saved is restored, by dash and by busybox alone;
# from any state to any other; flows of what stays go on; what fails, at whatever step,
# leaves the old state; and what is wrong is told with its line.
#
#	client ------- router ------- server		as in lib.sh; the instance "r" is the router's

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start setpriv diff
scripts=$(realpath "$here/../../../../../scripts")
# made: what anybody has made in the initial instance, and other instances.
made() {
	find "$config"/{instances,pool4,bib/tcp,bib/udp,bib/icmp} -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' '
}

load_module
mount_configfs
[ -z "$(made)" ] || skip_all "this box has a configuration, which would be changed"
untouched=$tmp/untouched
"$scripts/nat64-save" > "$untouched" || die "nat64-save failed"

blue=''
setup_net
setup_ns blue
instances=("$config"/instances/{r,b,one,two})
instance=$config/instances/r stats=$sysfs/instances/r/stats

# with_busybox COMMAND...: nothing else is found.
with_busybox() { env -i PATH="$tmp/busybox" ${TMPDIR:+TMPDIR="$TMPDIR"} "$tmp/busybox/sh" "$@"; }
with_dash() { sh "$@"; }
shell=with_dash

save() { $shell "$scripts/nat64-save"; }

# restore ARGUMENTS...: sets status, output and errors.
restore() {
	status=0
	$shell "$scripts/nat64-restore" "$@" > "$tmp/stdout" 2> "$tmp/stderr" || status=$?
	output=$(< "$tmp/stdout") errors=$(< "$tmp/stderr")
}

# text LINE...: in $tmp/text, with what all of them have.
text() { printf '%s\n' "${base[@]}" "$@" > "$tmp/text"; }

# same NAME FILE: what is in force is what was saved there.
same() {
	local differs
	if differs=$(save | diff "$2" -); then pass "$1"; else fail "$1" "$differs"; fi
}

# refused NAME STATUS REGEX: by the last restore, and nothing has changed.
refused() {
	like "$1: it is told" "$status $errors" "$2 $3"
	same "$1: nothing has changed" "$tmp/before"
}

base=(
	"instances/r/netns $router"
	'instances/r/pool4/203.0.113.1#5000-5999/'
	'instances/r/timeouts/icmp 3600'
	'instances/r/timeouts/tcp_trans_open 3600'
)

# Not for the client.
marked=('instances/r/pool4/203.0.113.2#7000-7999/mark 5/15' 'instances/r/pool4/203.0.113.2#8000-8999/mark 5/15')

# --- from nothing, and with flows ----------------------------------------------------------

text 'pool4/198.51.100.1/  # with a comment' 'bib/tcp/198.51.100.9#80/ipv6 2001:db8::80#80' \
	"${marked[@]}" 'pool4/198.51.100.2#1000-1999/mark 1/255' \
	'instances/r/pool4/203.0.113.2#8000-8999/udp 8500-8999, 8000-8099' '# timeouts/udp 5'
restore --dry-run "$tmp/text"
is "--dry-run finds differences" "$status" 4
like "and prints them" "$output" $'.*\n\\+pool4/198.51.100.1/tcp 61001-65535\n.*'
same "and changes nothing" "$untouched"
restore "$tmp/text"
is "a text is restored" "$status $output$errors" '0 '
is "directories have their defaults" "$(< "$config/pool4/198.51.100.1/tcp")" 61001-65535
is "lines have what they say" \
	"$(< "$instance/pool4/203.0.113.2#8000-8999/udp") $(< "$config/pool4/198.51.100.2#1000-1999/mark")" \
	'8000-8099,8500-8999 0x1/0xff'
is "static bindings too" "$(< "$config/bib/tcp/198.51.100.9#80/ipv6")" '2001:db8::80#80'
is "the instance is where it belongs" "$(< "$instance/netns")" "$(on "$router" readlink /proc/self/ns/net)"
restore --dry-run "$tmp/text"
is "then nothing differs" "$status $output" '0 '
save > "$tmp/before"
restore --dry-run "$tmp/before"
is "nor from what is saved" "$status $output" '0 '
like "which pins no default" "$(< "$tmp/before")" $'.*\n# limits/sessions [0-9]+\n.*'
is "no instance is left behind" "$(cd "$config/instances" && echo *)" r

serve "$server" udp '192.0.2.24#80'
serve "$server" tcp '192.0.2.24#80'
hold "$client" -n 20 tcp '64:ff9b::192.0.2.24#80'
is "20 flows" "$answers" 20
flows=$(bib)
snapshot

text "${marked[@]}" 'instances/r/pool4/203.0.113.2#7000-7999/tcp 8100-8499' 'instances/r/pool4/203.0.113.2#8000-8999/tcp 7000-7999' \
	'instances/r/pool4/203.0.113.2#8000-8999/udp 7000-7999' 'instances/r/pool4/203.0.113.2#7000-7999/udp 8000-8999' \
	'instances/r/pool4/203.0.113.3/' 'instances/r/timeouts/udp 400' 'instances/r/limits/sessions_per_client 50' \
	"instances/b/netns $blue" 'instances/b/pool4/203.0.113.1/' 'instances/b/enabled drain'
save > "$tmp/before"
restore "$tmp/text"
is "to another text, in which entries swap their ports" "$status $output$errors" '0 '
is "it is in force" "$(cat "$instance/pool4/203.0.113.2#"{7000-7999,8000-8999}/udp | tr '\n' ' ')" \
	'8000-8999 7000-7999 '
ask_again
is "the flows of what stayed go on" "$answers" 20
is "by the same bindings" "$(bib | sort)" "$(sort <<< "$flows")"
is "what nobody named is gone" "$(made)" 'b r '
save > "$tmp/second"
restore "$tmp/before"
is "and back" "$status $output$errors" '0 '
same "to what it was" "$tmp/before"
ask_again
is "and the flows go on" "$answers" 20

# What one entry has by its name another one has in the end.
text 'pool4/198.51.100.4#61001-65535/' 'pool4/198.51.100.4/tcp 1-5' 'pool4/198.51.100.4/udp' 'pool4/198.51.100.4/icmp' \
	'pool4/198.51.100.4_30#1-9/tcp 10-19' 'pool4/198.51.100.4_30#1-9/udp 5' 'pool4/198.51.100.4#10-19/tcp 6-9' \
	'pool4/198.51.100.4#10-19/udp 6-9' 'denied_ipv4 198.51.100.0/24' \
	'bib/udp/198.51.100.9#80/ipv6 2001:db8:64::1#80' 'pool6 2001:db8::/32' 'bib/udp/198.51.100.9#81/ipv6 64:ff9b::1#80'
restore "$tmp/text"
like "a static binding inside pool6 is refused" "$status $errors" '3 .*:1[0-9]: bib/udp/198.51.100.9#80/ipv6 .*'
sed -i '/2001:db8:64/d' "$tmp/text"
restore "$tmp/text"
is "entries of the same addresses" "$status $errors" '0 '
restore --dry-run "$tmp/text"
is "are what they are to be" "$status $output" '0 '
save > "$tmp/crowd"
for at in 'pool4/198.51.100.4/tcp 1-7' 'pool4/198.51.100.6#5/' 'pool4/198.51.100.0_24#19/'; do
	{ grep -vx 'pool4/198.51.100.4/tcp .*' "$tmp/crowd"; echo "$at"; } > "$tmp/text"
	restore "$tmp/text"
	like "$at is refused beside what stays" "$status $errors" '3 .*: pool4/198.51.100.* EEXIST: .*'
done
same "nothing has changed" "$tmp/crowd"
restore "$tmp/before"
same "and are gone" "$tmp/before"

# --- what fails ---------------------------------------------------------------------------

# 192.0.2.1 is the router's, which nobody but its own network namespace knows.
text "${marked[0]}" 'instances/r/pool4/192.0.2.1#40000-40099/' 'instances/r/pool4/203.0.113.2#7000-7999/tcp 7000-7099' \
	'pool4/198.51.100.3/' "instances/b/netns $blue" 'timeouts/udp 444' 'instances/r/enabled drain'
restore "$tmp/text"
refused "ports of the box itself" 1 $'.*instances/r/pool4/192.0.2.1#40000-40099.* EADDRINUSE: .*\n.*the old .* is back'
ask_again
is "the flows go on" "$answers" 20

# Nor does it hold up the way back that nobody hears of it any more.
mkfifo "$tmp/deaf"
: < "$tmp/deaf" &
exec {deaf}> "$tmp/deaf"
wait $!
status=0
sh "$scripts/nat64-restore" "$tmp/text" 2>&"$deaf" || status=$?
exec {deaf}>&-
is "nobody listens: it fails" "$status" 1
same "nobody listens: nothing has changed" "$tmp/before"

# What was there may be what could not be made: a client inside pool6.
sed 's|^# pool6 .*|pool6 2001:db9::/32|; $a bib/udp/198.51.100.9#81/ipv6 2001:db8:64::1#80' "$tmp/before" > "$tmp/inside"
restore "$tmp/inside"
is "a binding" "$status $errors" '0 '
echo 2001:db8::/32 > "$config/pool6"
mv "$tmp/before" "$tmp/outside"
save > "$tmp/before"
restore "$tmp/text"
refused "with a client that got inside pool6" 1 $'.* EADDRINUSE: .*\n.*the old .* is back'
mv "$tmp/outside" "$tmp/before"
restore "$tmp/before"
is "and away" "$status $errors" '0 '

# Whose addresses an interface has the kernel alone knows.
text "${marked[@]}" 'instances/r/pool4/dev:wan/'
cp "$tmp/text" "$tmp/whole"
text "${marked[@]}" 'instances/r/pool4/dev:wan/'{tcp,udp,icmp}' 1024-2000' 'instances/r/pool4/192.0.2.1/'
for at in "$tmp/whole" "$tmp/text" "$tmp/whole"; do
	restore "$at"
	is "an interface and its address share ports" "$status $errors" '0 '
done
restore "$tmp/before"

# The instance b goes before that is found.
restore "$tmp/second"
text "${marked[@]}" 'instances/r/pool4/192.0.2.1#40000-40099/'
cp "$tmp/before" "$tmp/first"
cp "$tmp/second" "$tmp/before"
restore "$tmp/text"
refused "an instance that goes" 1 $'.* EADDRINUSE: .*\n.*the old .* is back'
cp "$tmp/first" "$tmp/before"
restore "$tmp/before"
is "back to the first state" "$status" 0

# inject PROGRAM N COMMAND: the program fails the Nth time, or what else the command does.
mkdir "$tmp/inject"
inject() {
	rm -f "$tmp/inject"/*
	echo "$2" > "$tmp/count"
	cat > "$tmp/inject/$1" <<-END
		#!/bin/sh
		# Those of its own place, and of what checks, are not meant.
		case \$* in
		*nat64-restore*) exec /bin/$1 "\$@" ;;
		*instances/*|pool4/*198*|bib/*198*) ;;
		*) exec /bin/$1 "\$@" ;;
		esac
		[ "\$PWD" = $config ] || exec /bin/$1 "\$@"
		read -r n < $tmp/count
		echo \$((n - 1)) > $tmp/count
		[ "\$n" -ne 1 ] || { $3; }
		exec /bin/$1 "\$@"
	END
	chmod +x "$tmp/inject/$1"
}
with_injection() { PATH=$tmp/inject:$PATH sh "$@"; }

cp "$tmp/second" "$tmp/text"
for at in mkdir\ 1 mkdir\ 2 rmdir\ 1; do
	# shellcheck disable=SC2086
	inject $at 'echo "injected: no" >&2; exit 1'
	shell=with_injection
	restore "$tmp/text"
	shell=with_dash
	refused "$at fails" 1 $'.*\n.*the old .* is back'
done
for at in mkdir\ 2 rmdir\ 1; do
	# shellcheck disable=SC2016,SC2086
	inject $at 'kill -TERM $PPID'
	shell=with_injection
	restore "$tmp/text"
	shell=with_dash
	refused "SIGTERM at $at" 1 $'.*signal\n.*the old .* is back'
done
ask_again
is "still the flows go on" "$answers" 20

# New entries never have what their names say and the text does not, and what they are
# to have others may hold that stay, as long as it is not the same.
text 'pool4/198.51.100.5#61001-61500/'
restore "$tmp/text"
save > "$tmp/crowd"
has_tcp() { for name; do echo "$name $(< "$config/pool4/$name/tcp")"; done; }
text 'pool4/198.51.100.5#61001-61500/' 'pool4/198.51.100.5/mark 5/15' \
	'pool4/198.51.100.5/'{tcp,udp,icmp}' 62000-62999' 'pool4/198.51.100.4_30#61001/'{tcp,udp,icmp}' 7'
# shellcheck disable=SC2016
inject mkdir 1 "/bin/mkdir \"\$@\"; status=\$?; cat pool4/*198*/tcp > $tmp/half; exit \$status"
shell=with_injection
restore "$tmp/text"
shell=with_dash
is "names with ports that another one has" "$status $errors" '0 '
is "when the entries are made they have none" "$(tr '\n' ' ' < "$tmp/half")" ' 61001-61500  '
is "then what the text says" "$(has_tcp 198.51.100.{4_30#61001,5,5#61001-61500})" \
	$'198.51.100.4_30#61001 7\n198.51.100.5 62000-62999\n198.51.100.5#61001-61500 61001-61500'
restore - < "$tmp/crowd"
same "and back" "$tmp/crowd"
# shellcheck disable=SC2016
inject mkdir 1 'kill -KILL $PPID'
shell=with_injection
restore "$tmp/text"
shell=with_dash
is "killed: new entries would have no ports" "$(< "$config/staged")" 1
restore "$tmp/before"
is "the next one mends that" "$status $errors $(< "$config/staged")" '0  0'
same "and all the rest" "$tmp/before"
ask_again
is "and the flows go on" "$answers" 20

unshare -n mkdir "$config/instances/nat64-restore.4194305"
mkdir "$config/instances/nat64-restore.4194305/pool4/192.0.2.1" 2>/dev/null
restore --dry-run "$tmp/before"
is "what one that was killed left is taken away" "$status $(cd "$config/instances" && echo *)" '0 r'
(exec -a nat64-restore sleep 1000) &
pids+=($!)
wait_for 10 grep -q nat64-restore "/proc/$!/cmdline"
unshare -n mkdir "$config/instances/nat64-restore.$!"
restore "$tmp/second"
refused "another one is running" 1 ".*another one is running, process $!"
is "whose instance stays" "$(cd "$config/instances" && echo *)" "nat64-restore.$! r"
rmdir "$config/instances/nat64-restore.$!"

if have busybox && busybox --list | grep -qx unshare; then
	mkdir "$tmp/busybox"
	for applet in $(busybox --list); do ln -s "$(command -v busybox)" "$tmp/busybox/$applet"; done
	others=(with_busybox with_dash)
else
	skip "busybox alone" "it is not installed, or lacks unshare"
	others=(with_dash)
fi
mkdir "$tmp/small"

# --- what is wrong --------------------------------------------------------------------------

cat > "$tmp/text" <<-END
	pool4/192.0.2.1/tcp 1-70000
	pool4/192.0.2.1/udp

	pool4/192.0.2.300/
	timeouts/udp 5
	instances/r/netns $router
	instances/r/pool6 64:ff9b::/97
	instances/r/bib/tcp/192.0.2.1#80/ipv6 nobody
	pool4/192.0.2.2#1-1000/
	pool4/192.0.2.2#1000-2000/
END
restore "$tmp/text"
is "values that the kernel refuses: 3" "$status" 3
is "each has its line" "$(sed -n "s|^$tmp/text:\([0-9]*\): .*E[A-Z]*: .*|\1|p" <<< "$errors" | sort -nu | tr '\n' ' ')" \
	'1 4 5 7 8 10 '
same "nothing has changed" "$tmp/before"

n=0
while IFS='|' read -r regex line; do
	printf 'timeouts/udp 300\n%s\n' "$line" > "$tmp/text$n"
	expected[n]="$regex" lines[n]="$line"
	n=$((n + 1))
done <<-'END'
	no such setting|timeouts/gre 5
	no such setting|foo
	read-only|error_log x
	read-only|netns blue
	second time|timeouts/udp 301
	ends in /|pool4/192.0.2.1
	tcp, udp, icmp|pool4/192.0.2.1/sctp 5
	no value|pool4/192.0.2.1/ 5
	begins below|/sys/kernel/config/nat64/pool4/192.0.2.1/tcp 5
	begins below|pool4/../enabled 0
	there is no network namespace|instances/x/netns nowhere
	there is no network namespace|instances/x/netns net:[1]
	there is no network namespace|instances/x/netns net:[.*]
	netns is missing|instances/x/pool4/192.0.2.1/
	reserved|instances/nat64-restore.1/enabled 1
END
is "$n lines" "$n" 15
for ((i = 0; i < n; i++)); do
	restore "$tmp/text$i"
	like "\"${lines[i]}\": ${expected[i]}" "$status $errors" "3 .*/text$i:[12]: .*${expected[i]}.*"
done
printf '%s\n' "instances/x/netns $router" "instances/y/netns /run/netns/$router" > "$tmp/text"
restore "$tmp/text"
like "two instances in a network namespace" "$status $errors" "3 .*:2: instances/y.* has an instance already, instances/x"
same "nothing has changed" "$tmp/before"

restore --wrong
like "usage" "$status $errors" '2 usage: .*'
restore --help
like "--help" "$status $output$errors" '0 usage: .*'
restore "$tmp/nowhere"
like "a file that is not there" "$status $errors" '1 .*nowhere.*'
NAT64_CONF_DIR=$tmp/none restore
like "no files at all take nothing away" "$status $errors" '1 .*empty file'
mkdir "$tmp/conf"
head -n 20 "$tmp/before" > "$tmp/conf/10.conf"
tail -n +21 "$tmp/before" > "$tmp/conf/20.conf"
NAT64_CONF_DIR=$tmp/conf restore --dry-run
is "files are taken together" "$status $errors" '0 '
save_to() { status=0; errors=$($shell "$scripts/nat64-save" "$@" 2>&1 > "$tmp/stdout") || status=$?; }
for shell in "${others[@]}"; do
	status=0
	$shell "$scripts/nat64-save" > /dev/full 2> "$tmp/stderr" || status=$?
	like "$shell: nat64-save has no room" "$status $(< "$tmp/stderr")" '[1-9]+ .+'
	cp "$tmp/before" "$tmp/kept"
	save_to -o "$tmp/kept"
	is "$shell: nat64-save -o" "$status $errors $(stat -c %a "$tmp/kept")" '0  600'
	same "$shell: which has all" "$tmp/kept"
	mount -t tmpfs -o size=4k small "$tmp/small"
	echo old > "$tmp/small/kept"
	save_to -o "$tmp/small/kept"
	like "$shell: nat64-save -o has no room" "$status $errors $(cat "$tmp/small/kept" && ls "$tmp/small")" \
		$'1 (.*\n)?nat64-save: .* is as it was old\nkept'
	umount "$tmp/small"
done
shell=with_dash
NAT64_CONFIG=$tmp/none save_to -o "$tmp/kept"
like "nat64-save -o fails" "$status $errors" '1 nat64-save: no nat64 .*'
same "the old text is kept" "$tmp/kept"
save_to -o
like "nat64-save -o without a file" "$status $errors" '2 nat64-save: -o wants a FILE.*'
unprivileged=$(setpriv --reuid 65534 --clear-groups "$scripts/nat64-save" 2>&1)
like "who may not read all gets nothing" "$? $unprivileged" '1 nat64-save: .*root.*'

# --- network namespaces that are gone ----------------------------------------------------------

text "instances/b/netns $blue" 'instances/b/pool4/203.0.113.1/'
restore "$tmp/text"
save > "$tmp/with"
ip netns del "$blue"
wait_for 10 grep -qx -- - "$config/instances/b/netns"
like "an instance without its namespace is not saved" "$(save)" $'.*\n# The instance b\n# is not saved.*'
restore "$tmp/with"
like "nor restored" "$status $errors" '3 .*no network namespace.*'
ip netns add "$blue"
restore "$tmp/with"
is "with a new namespace it is" "$status $errors" '0 '
same "as it was" "$tmp/with"
ip netns del "$blue"
wait_for 10 grep -qx -- - "$config/instances/b/netns"
restore "$tmp/before"
is "nobody asks for it: it goes" "$status $errors $(cd "$config/instances" && echo *)" '0  r'
ip netns add "$blue"

# --- busybox alone, and states by chance --------------------------------------------------------

for shell in "${others[@]}"; do
	restore "$tmp/second"
	is "$shell: there" "$status $output$errors" '0 '
	same "$shell: as another shell saved it" "$tmp/second"
	restore "$tmp/before"
	is "$shell: and back" "$status $output$errors" '0 '
	same "$shell: as it was" "$tmp/before"
done

# --- no room for temporary files ----------------------------------------------------------------

text 'pool4/198.51.100.0_28#'{1..20}'/udp' 'timeouts/udp 333'
cp "$tmp/text" "$tmp/less"
text 'pool4/198.51.100.0_28#'{1..60}'/udp'
for shell in "${others[@]}"; do
	result=''
	for size in 16 110 400; do
		restore "$tmp/less"
		save > "$tmp/before.less"
		mount -t tmpfs -o size=${size}k small "$tmp/small"
		TMPDIR=$tmp/small restore "$tmp/text"
		umount "$tmp/small"
		case $status in
		0) restore --dry-run "$tmp/text" ;;
		1) restore --dry-run "$tmp/before.less"; status=1$status ;;
		esac
		result+="$status "
	done
	like "$shell: nothing is done, or all" "$result" '(10 )+(0 )+'
done
restore "$tmp/before"

many=$(seq -s , 1 2 1857)
# More than can be read or written at once.
text "pool4/192.0.2.7/tcp $many" "pool4/192.0.2.7/udp $many" 'pool4/192.0.2.7/mark 1/1'
for shell in "${others[@]}"; do
	restore "$tmp/text"
	is "$shell: values of $(wc -c < "$config/pool4/192.0.2.7/tcp") bytes" \
		"$status $(< "$config/pool4/192.0.2.7/tcp") $(< "$config/pool4/192.0.2.7/udp")" "0 $many $many"
	is "$shell: are saved" "$(save | grep -c " $many\$")" 2
	restore "$tmp/before"
done

for seed in $(seq 1 "$(scale 6 2)"); do
	shell=${others[seed % ${#others[@]}]}
	python3 -ES "$here/save_restore.py" "$seed" "$blue" > "$tmp/text"
	restore "$tmp/text"
	is "state $seed is restored" "$status $output$errors" '0 '
	save > "$tmp/state.$seed"
	[ "$seed" -gt 1 ] || continue
	restore "$tmp/state.$((seed - 1))"
	is "back to state $((seed - 1))" "$status $output$errors" '0 '
	same "which is what it was" "$tmp/state.$((seed - 1))"
done
shell=with_dash
restore "$tmp/before"
ask_again
restore /dev/null
is "an empty text takes everything away" "$status $output$errors" '0 '
same "to what a new module has" "$untouched"

# --- the unit -----------------------------------------------------------------------------------

if have systemd-analyze; then
	sed "s|/usr/sbin|$scripts|" "$scripts/systemd/nat64.service" > "$tmp/nat64.service"
	check "systemd has nothing against nat64.service" \
		systemd-analyze verify --man=no "$tmp/nat64.service"
else
	skip "nat64.service" "systemd-analyze is not installed"
fi
