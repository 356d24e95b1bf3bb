#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scripts/nat64-exporter: each value of sysfs once and right, whatever the names,
# nothing about clients, files that are always whole, and no program for each value.
#
#	client ---------- router ---------- server
#	2001:db8::8       203.0.113.1       192.0.2.24

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

exporter=$here/../../../../../scripts/nat64-exporter

start setpriv busybox
setup_net
setup_instance "$router" '203.0.113.1#5000-6000' '203.0.113.8_29'
serve "$server" udp '192.0.2.24#80'

# expected: what the exporter has to say of an instance's sysfs, in other words.
# expected LABEL DIR
expected_of() {
	local label="nat64_instance=\"$1\"" file name value entry
	for file in "$2"/stats/*; do
		read -r value < "$file"
		name=${file##*/}
		case $name in
		?to?_*_packets|?to?_*_bytes)
			entry=${name#*_}
			echo "nat64_${name##*_}_total{$label,direction=\"${name%%_*}\",protocol=\"${entry%_*}\"} $value" ;;
		drop_*)
			echo "nat64_dropped_total{$label,reason=\"${name#drop_}\"} $value" ;;
		bindings|sessions|stored_syns|held_ports|host_flows)
			echo "nat64_$name{$label} $value" ;;
		*)
			echo "nat64_${name}_total{$label} $value" ;;
		esac
	done
	for file in "$2"/pool4/*/*; do
		[ -e "$file" ] || continue
		read -r value < "$file"
		name=${file##*/} entry=${file%/*} entry=${entry##*/}
		case $name in
		exhausted)
			echo "nat64_pool4_exhausted_total{$label,entry=\"$entry\"} $value" ;;
		*)	echo "nat64_pool4_${name#*_}{$label,entry=\"$entry\",protocol=\"${name%_*}\"} $value" ;;
		esac
	done
}

# samples FILE LABEL
samples() { grep -F "{nat64_instance=\"$2\"" "$1" | grep -v -e '^nat64_limit_' -e '^nat64_enabled' -e '^nat64_draining' | sort; }

ask "$client" udp -s '2001:db8::8#5123' '64:ff9b::192.0.2.24#80' > /dev/null
ask "$client" udp -s '2001:db8::8#5123' '64:ff9b::192.0.2.24#80' > /dev/null
ask "$client" udp -s '2001:db8::9#5123' '64:ff9b::192.0.2.24#80' > /dev/null

check "it prints the metrics" "$exporter" -o "$tmp/one.prom"
is "each value of the instance's sysfs, and no other" "$(samples "$tmp/one.prom" "$router")" \
	"$(expected_of "$router" "${stats%/*}" | sort)"
is "each value of the default instance's" "$(samples "$tmp/one.prom" default)" \
	"$(expected_of default $sysfs | sort)"
value() { sed -n "s/^$1{nat64_instance=\"$router\"$2} //p" "$tmp/one.prom"; }
is "what the traffic was: packets" "$(value nat64_packets_total ',direction="6to4",protocol="udp"')" 3
is "what the traffic was: bindings" "$(value nat64_bindings '')" 2
is "what the traffic was: ports" \
	"$(value nat64_pool4_used ',entry="[^"]*",protocol="udp"' | awk '{ n += $1 } END { print n }')" 2
is "the limits" "$(grep -c "^nat64_limit_.*{nat64_instance=\"$router\"}" "$tmp/one.prom")" \
	"$(find "$instance/limits" -type f | wc -l)"
is "limits/sessions" "$(value nat64_limit_sessions '')" "$(cat "$instance/limits/sessions")"
is "the module is up" "$(grep ^nat64_up "$tmp/one.prom")" "nat64_up 1"
check_not "no address of a client" grep -qi 2001:db8 "$tmp/one.prom"

# check_format FILE: a metric is told of once, and its samples stand together.
check_format() {
	awk '
		/^# HELP / { if (seen[$3]++) exit wrong = 1; helped = $3; next }
		/^# TYPE / { if ($3 != helped) exit wrong = 1; typed = $3; next }
		!match($0, /^[a-z0-9_]+/) || substr($0, 1, RLENGTH) != typed { exit wrong = 1 }
		sample[substr($0, 1, length($0) - length($NF))]++ { exit wrong = 1 }
		$NF !~ /^[0-9]+$/ { exit wrong = 1 }
		END { exit wrong || !NR }' "$1"
}
check "HELP, TYPE, then the samples, none twice" check_format "$tmp/one.prom"
if have promtool; then
	check "promtool has no complaint" promtool check metrics < "$tmp/one.prom"
else
	skip "promtool has no complaint" "promtool is not installed"
fi

echo drain > "$instance/enabled"
"$exporter" > "$tmp/drain"
is "drain" "$(grep -E '^nat64_(enabled|draining)' "$tmp/drain" | grep -F "\"$router\"")" \
	"nat64_enabled{nat64_instance=\"$router\"} 1"$'\n'"nat64_draining{nat64_instance=\"$router\"} 1"
echo 0 > "$instance/enabled"
"$exporter" > "$tmp/off"
is "not enabled" "$(grep -E '^nat64_(enabled|draining)' "$tmp/off" | grep -F "\"$router\"")" \
	"nat64_enabled{nat64_instance=\"$router\"} 0"$'\n'"nat64_draining{nat64_instance=\"$router\"} 0"
echo 1 > "$instance/enabled"

"$exporter" > "$tmp/dash"
busybox sh "$exporter" > "$tmp/busybox"
is "busybox says the same" "$(sort "$tmp/busybox")" "$(sort "$tmp/dash")"
mkdir -m 777 "$tmp/open"
chmod 755 "$tmp"
setpriv --reuid=65534 --regid=65534 --clear-groups "$exporter" -o "$tmp/open/nobody.prom"
is "nobody may do it" "$(sort "$tmp/open/nobody.prom")" "$(sort "$tmp/dash")"

# Names that need care. mkdir makes them, so they are there to be met.
names=(default 'quo"te\\back' $'line\nfeed:7' $'latin\xe9')
labels=(instances/default 'quo\"te\\\\back' 'line\nfeed:7' 'latin\\xe9')
for i in "${!names[@]}"; do
	setup_ns "odd$i"
	ns=odd$i
	on "${!ns}" mkdir "$config/instances/${names[i]}" || die "mkdir ${names[i]}"
	instances+=("$config/instances/${names[i]}")
done
"$exporter" > "$tmp/odd"
for i in "${!names[@]}"; do
	is "the name ${labels[i]}" "$(samples "$tmp/odd" "${labels[i]}")" \
		"$(expected_of "${labels[i]}" "$sysfs/instances/${names[i]}" | sort)"
done
check "still the same format" check_format "$tmp/odd"
! have promtool || check "nor has promtool" promtool check metrics < "$tmp/odd"

# -o
is "the file can be read by anybody" "$(stat -c %a "$tmp/one.prom")" 644
exec {old}< "$tmp/one.prom"
"$exporter" -o "$tmp/one.prom"
check_not "it is replaced, not written anew: who reads it has the old one" \
	cmp -s "/dev/fd/$old" "$tmp/one.prom"
check "the whole of it" check_format "/dev/fd/$old"
mkdir "$tmp/small"
mount -t tmpfs -o size=4k none "$tmp/small"
echo old > "$tmp/small/a.prom" 2>/dev/null
check_not "no room: refused" "$exporter" -o "$tmp/small/a.prom"
is "no room: nothing else is left" "$(ls "$tmp/small")" a.prom
umount "$tmp/small"
"$exporter" -o "$tmp/nowhere/a.prom" 2> "$tmp/err"
is "no such directory: status 1" $? 1
like "and says so" "$(tail -n 1 "$tmp/err")" "nat64-exporter: .*$tmp/nowhere/a.prom"
"$exporter" -x 2> "$tmp/err"
is "wrong usage: status 2" $? 2
like "wrong usage: a message" "$(cat "$tmp/err")" "nat64-exporter: .*-x.*"
check "--help" "$exporter" --help
is "without the module" "$(NAT64_SYSFS=$tmp/none NAT64_CONFIG=$tmp/none "$exporter" | tail -n 1)" "nat64_up 0"

# What a thousand entries cost: not one program more.
started() { awk '$1 == "processes" { print $2 }' /proc/stat; }
cost() {
	local from
	from=$(started)
	"$exporter" > "$tmp/cost"
	echo $(($(started) - from))
}
# Threads of the kernel's own count as well.
least() { for _ in 1 2 3 4; do cost; done | sort -n | head -n 1; }
few=$(least)
mapfile -t entries < <(seq -f "$instance/pool4/198.18.0.%g#61001-61100" 1 250;
	seq -f "$instance/pool4/198.18.1.%g#61001-61100" 1 250
	seq -f "$instance/pool4/198.18.2.%g#61001-61100" 1 250
	seq -f "$instance/pool4/198.18.3.%g#61001-61100" 1 248)
mkdir "${entries[@]}"
is "1,000 entries need no more programs" "$(least)" "$few"
is "and are all there" "$(grep -c '^nat64_pool4_capacity{.*protocol="icmp"' "$tmp/cost")" 1000
rmdir "${entries[@]}"
