#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What an instance takes and refuses because of what else it has, or the box: floors,
# overlaps, the host's own ports. What is taken reads back, and what reads back is
# taken. What is refused has its errno, changes nothing, and adds one line to the
# error_log that tells the path and what was written. (What attributes and names take
# by themselves: errors.sh.)

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start python3
setup_net
setup_instance "$router"

value='' log='' line='' shown='' flat='' errno=''
coproc attempts { exec python3 "$here/attempt.py"; }
to=${attempts[1]} from=${attempts[0]}

# attempt VERB PATH [DATA]: sets errno.
attempt() {
	local IFS=$'\t'
	echo "$1	$instance/$2${3+	$3}" >&"$to"
	read -r errno <&"$from"
}

# There are many rows, so what follows starts no program: it reads into variables.

# value PATH: sets value to what is read there.
value() {
	value=
	[ ! -f "$instance/$1" ] || IFS= read -r -d '' value < "$instance/$1" || true
}

# log: sets log to the error_log.
log() {
	IFS= read -r -d '' log < "$instance/error_log" || true
	log=${log%$'\n'}
}

# new_line OLD: sets line to the one that was added since the log was OLD; fails if
# it was not just one. Old lines may have gone at the front.
new_line() {
	local rest
	log
	line=${log##*$'\n'} rest=''
	[[ $log != *$'\n'* ]] || rest=${log%$'\n'*}
	[ -n "$log" ] && [ "$log" != "$1" ] && [[ -z $1 || -n $rest ]] && [[ $1 == *"$rest" ]]
}

# shown DATA: sets shown to how a name of an assertion has it.
shown() { if [ ${#1} -gt 60 ]; then shown="${#1} characters"; else shown=$1; fi; }

# refuse ERRNO|ERRNO VERB PATH [DATA]
refuse() {
	local wanted=$1 verb=$2 path=$3 data=${4-} old before name problem=''
	shown "$path" && name="$verb $shown"
	[ $# -eq 3 ] || { shown "$data" && name+=" \"$shown\""; }
	name+=" is refused: $wanted"
	log && before=$log
	value "$path" && old=$value
	attempt "$verb" "$path" ${4+"$data"}
	[[ $errno =~ ^($wanted)$ ]] || problem+="errno $errno"$'\n'
	value "$path"
	[ "$value" = "$old" ] || problem+="now reads $value"
	[ "$verb" != mkdir ] || [ ! -d "$instance/$path" ] || problem+="the directory is there"$'\n'
	new_line "$before" || problem+="not one new line"$'\n'
	case $path in
	bib/*/ipv6)
		# What is written there names a client.
		names "$path"
		[ ${#data} -lt 10 ] || [[ $line != *"${data:0:10}"* ]] || problem+="is in the log"$'\n' ;;
	*)
		names "$path" "${data%\\n}" ;;
	esac
	if [ -z "$problem" ]; then pass "$name"; else fail "$name" "$problem$line"; fi
	[ "$verb" != mkdir ] || [ ! -d "$instance/$path" ] || rmdir "$instance/$path"
}

# names PATH DATA: the new line has both, where they are short and plain enough.
names() {
	local word
	for word; do
		if [ ${#word} -lt 100 ] && [[ $word != *\\* && $line != *"$word"* ]]; then
			problem+="not named: $word"$'\n'
		fi
	done
}

# flat: value with its words parted by single blanks.
flat() {
	local words
	read -r -d '' -a words <<< "$value" || true
	flat="${words[*]}"
}

# accept PATH DATA [READS]: is written, reads READS (or DATA), and takes that again.
accept() {
	local path=$1 data=$2 reads=${3-$2} before name again problem=''
	shown "$data" && name="$path takes \"$shown\""
	log && before=$log
	attempt write "$path" "$data"
	log
	[ "$errno" = OK ] || problem+="errno $errno"$'\n'
	value "$path" && again=$value
	flat
	[ "$flat" = "$reads" ] || problem+="reads \"$flat\", not \"$reads\""$'\n'
	printf %s "$again" > "$instance/$path" || problem+="does not take what it reads"$'\n'
	value "$path"
	[ "$value" = "$again" ] || problem+="then reads $value"
	log
	[ "$log" = "$before" ] || problem+="error_log: ${log##*$'\n'}"$'\n'
	if [ -z "$problem" ]; then pass "$name"; else fail "$name" "$problem"; fi
}

# make PATH: a directory that may be made; it stays.
make() {
	local before
	log && before=$log
	attempt mkdir "$1"
	log
	is "mkdir $1 works" "$errno ${log#"$before"}" "OK "
}

# may NAME TCP: a name that may be made, and its ranges; it goes again.
may() {
	make "pool4/$1"
	value "pool4/$1/tcp"
	is "pool4/$1/tcp" "${value%$'\n'}" "$2"
	rmdir "$instance/pool4/$1"
}

# --- timeouts --------------------------------------------------------------------

while read -r name floor rfc; do
	accept "timeouts/$name" "$floor"
	accept "timeouts/$name" $((floor + 1))
	accept "timeouts/$name" "$((floor + 2))\\n" $((floor + 2))
	refuse 'EINVAL|ERANGE' write "timeouts/$name" $((floor - 1))
	like "timeouts/$name: the log names the RFC" "$line" ".*$rfc.*"
	accept timeouts/allow_below_rfc 1
	accept "timeouts/$name" 1
	refuse 'EINVAL|ERANGE' write "timeouts/$name" 0
	refuse EINVAL write timeouts/allow_below_rfc 0
	accept "timeouts/$name" "$floor"
	accept timeouts/allow_below_rfc 0
done <<-END
	udp 120 RFC.?(4787|6146|6888)
	icmp 60 RFC.?(5508|6146)
	tcp_est 7200 RFC.?(5382|6146|7857)
	tcp_trans_open 240 RFC.?(5382|6146|7857)
	tcp_trans_close 240 RFC.?(5382|6146|7857)
	tcp_in_syn 6 RFC.?(5382|6146)
END

# --- overlaps -------------------------------------------------------------------------------

make 'pool4/203.0.113.1#5000-6000'
make 'pool4/203.0.113.1#6001-7000'
make 'pool4/203.0.113.64_28'
entry='pool4/203.0.113.1#5000-6000'
refuse EEXIST mkdir 'pool4/203.0.113.1#6000'
refuse EEXIST mkdir 'pool4/203.0.113.1#1-65535'
refuse EEXIST mkdir 'pool4/203.0.113.1#4000-5000'
refuse EEXIST mkdir 'pool4/203.0.113.0_24#6000-6100'
refuse EEXIST mkdir pool4/203.0.113.70
refuse EEXIST mkdir pool4/203.0.113.64_30
may 203.0.113.1 61001-65535
may '203.0.113.70#5000' 5000
may '203.0.113.70#' ''

# What the VFS refuses by itself has no line.
log && before=$log
attempt mkdir "$entry"
is "a directory cannot be made twice" "$errno" EEXIST
log
is "of which the log says nothing" "$log" "$before"

# --- an entry's attributes -----------------------------------------------------------------------

for protocol in tcp udp icmp; do
	accept "$entry/$protocol" '7001-7500,4000' '4000,7001-7500'
	accept "$entry/$protocol" 5000-6000
	for bad in 6001 5000-7000 1-65535; do
		refuse EEXIST write "$entry/$protocol" "$bad"
	done
done
# all TCP UDP ICMP MARK FORCE: what config reads, in one line.
all() { echo "tcp=$1 udp=$2 icmp=$3 mark=$4 force=$5"; }

accept "$entry/config" 'tcp=5000-5999' "$(all 5000-5999 5000-6000 5000-6000 0/0 0)"
accept "$entry/config" 'udp=\nicmp= 7 \n' "$(all 5000-5999 '' 7 0/0 0)"
accept "$entry/config" ' \n tcp=\n\tmark=1\nforce=1' "$(all '' '' 7 0x1/0xffffffff 1)"
accept "$entry/config" 'force=0 mark=0x1/0xf tcp=4000, 3000 udp=1' "$(all 3000,4000 1 7 0x1/0xf 0)"
accept "$entry/config" 'tcp=1\n2 5\nudp=1' "$(all 1-2,5 1 7 0x1/0xf 0)"
accept "$entry/config" "$(all 5000-6000 5000-6000 5000-6000 0/0 0)"
refuse EINVAL write "$entry/config" 'tcp=5000 udp=5000-70000'
like "the log names the setting" "$line" '.* EINVAL: udp: 5000-70000: .*'
for bad in tcp=6001 'tcp=5000 udp=1-65535' 'mark=1/1 tcp= udp= icmp=6500 force=1'; do
	refuse EEXIST write "$entry/config" "$bad"
done

# Whatever its marks, no two entries hold the same transport address.
accept 'pool4/203.0.113.1#6001-7000/mark' 1/1 0x1/0x1
refuse EEXIST write "$entry/tcp" 5000-6001

# --- the host's own ports: 192.0.2.1 is local to the router --------------------------------------

on "$router" sysctl -qw net.ipv4.ip_local_port_range='32768 60999'
may '192.0.2.1' 61001-65535
may '192.0.2.1#1024-32767' 1024-32767
refuse EADDRINUSE mkdir 'pool4/192.0.2.1#50000-50010'
like "the log names the sysctl to set" "$line" '.*ip_local_reserved_ports.*'
refuse EADDRINUSE mkdir 'pool4/192.0.2.1#1024-32768'
refuse EADDRINUSE mkdir 'pool4/192.0.2.1#60999-61005'
refuse EADDRINUSE mkdir 'pool4/192.0.2.0_28#50000-50010'
may '203.0.113.1#50000-50010' 50000-50010
make pool4/192.0.2.1
refuse EADDRINUSE write pool4/192.0.2.1/tcp 50000-50010
refuse EADDRINUSE write pool4/192.0.2.1/udp 50000-50010
accept pool4/192.0.2.1/icmp 1-65535
accept pool4/192.0.2.1/config "$(all 50000-50010 32768 7 0/0 1)"
for bad in force=0 'force=0 udp=1' 'tcp=50000 force=0 udp=' 'tcp= udp=50000 force=0'; do
	refuse EADDRINUSE write pool4/192.0.2.1/config "$bad"
done
accept pool4/192.0.2.1/config "$(all '' 61001-65535 1-65535 0/0 0)"
refuse EADDRINUSE write pool4/192.0.2.1/config 'udp= tcp=50000'
may '192.0.2.1#' ''
accept pool4/192.0.2.1/force 1
accept pool4/192.0.2.1/tcp 50000-50010
accept pool4/192.0.2.1/tcp 61001-65535
accept pool4/192.0.2.1/force 0
on "$router" sysctl -qw net.ipv4.ip_local_reserved_ports=50000-50010
accept pool4/192.0.2.1/tcp 50000-50010
refuse EADDRINUSE write pool4/192.0.2.1/tcp 50000-50011

# --- static bindings ---------------------------------------------------------------------------

for protocol in tcp udp icmp; do
	make "bib/$protocol/203.0.113.1#5000"
	make "bib/$protocol/198.51.100.1#80"
	accept "bib/$protocol/198.51.100.1#80/ipv6" '2001:db8:7::5#80'
	accept "bib/$protocol/198.51.100.1#80/ipv6" '2001:DB8:7:0::5#81\n' '2001:db8:7::5#81'
	refuse EEXIST write "bib/$protocol/203.0.113.1#5000/ipv6" '2001:db8:7::5#81'
	accept "bib/$protocol/198.51.100.1#80/ipv6" '\n' ''
done

# What would be too long to be written back is not read from config.
list=$(seq -s , 1001 2 2601) list=${list%,}
attempt write "$entry/config" "tcp=$list udp= icmp="
is "config takes a long list" "$errno" OK
check "and reads it" grep -qx "tcp=$list" "$instance/$entry/config"
attempt write "$entry/udp" "$list"
is "there may be another" "$errno" OK
check_not "then config does not read" cat "$instance/$entry/config"
value "$entry/udp"
is "but each by itself does" "${value%$'\n'}" "$list"

attempt write "$entry/config" "tcp=$list udp=$list"
log
is "nor can it be written" "$errno" E2BIG
like "and the log says how else" "${log##*$'\n'}" '.* E2BIG: too long, .* tcp, udp and icmp.*'

# --- the rest ---------------------------------------------------------------------------------------

is "the error_log stays below 4 KiB" "$(($(wc -c < "$instance/error_log") <= 4096))" 1
check_not "and has no address of a client" grep -qE '2001:db8:7|2001:db8::[6-9ab]' "$instance/error_log"
