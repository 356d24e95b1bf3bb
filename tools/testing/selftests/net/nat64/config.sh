#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tables of what the attributes and the names of directories take and refuse. What
# is taken reads back, and what reads back is taken. What is refused has its errno,
# changes nothing, and adds one line to the error_log that tells the path and what
# was written.

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

long=$(printf '7%.0s' {1..4094})

# --- enabled -----------------------------------------------------------------------

accept enabled 0
accept enabled drain
accept enabled 1
accept enabled '0\n' 0
accept enabled ' 1 \n' 1
for bad in 2 -1 yes on drained 11 '\n' '1 0' '1\n\n0' '\x00' '1\x00' '\xff\xfe'; do
	refuse EINVAL write enabled "$bad"
done

# --- pool6 -------------------------------------------------------------------------

for length in 32 40 48 56 64 96; do
	accept pool6 "2001:db8::/$length"
done
accept pool6 '64:ff9b::/96 2001:db8:1::/96' '64:ff9b::/96 2001:db8:1::/96'
accept pool6 '64:ff9b::/96\n2001:db8:1::/48\n' '64:ff9b::/96 2001:db8:1::/48'
accept pool6 '  64:ff9b:1:abcd::/96\t 2001:db8:2::/96 \n' '64:ff9b:1:abcd::/96 2001:db8:2::/96'
accept pool6 '2001:DB8:0:0:0::/96' '2001:db8::/96'
accept pool6 '64:ff9b::/96'
for bad in 64:ff9b::/97 64:ff9b::/95 64:ff9b::/33 64:ff9b::/0 64:ff9b::/128 64:ff9b::/129 \
	   64:ff9b:: 64:ff9b::/ /96 64:ff9b::1/96 2001:db8:1::/32 ff00::/96 ff02::/32 ::/96 ::1/96 \
	   fe80::/64 2001:db8:0:0:100::/96 2001:db8:0:0:ff00::/96 192.0.2.0/24 garbage \
	   '64:ff9b::/96 64:ff9b::/97' '64:ff9b::/-96' '64:ff9b::/96x' '64:ff9b::/9 6' '64:ff9b::/096' \
	   '\xff\xff' '64:ff9b::/96\x00'; do
	refuse EINVAL write pool6 "$bad"
done
for bad in '64:ff9b::/96 64:ff9b::/96' '2001:db8::/32 2001:db8:1::/48' '2001:db8:1::/96 2001:db8::/32'; do
	refuse 'EINVAL|EEXIST' write pool6 "$bad"
done

# --- denied_ipv4 ---------------------------------------------------------------------

default=$(tr '\n' ' ' < "$instance/denied_ipv4" | sed 's/ *$//')
accept denied_ipv4 '10.0.0.0/8'
accept denied_ipv4 '10.0.0.0/8\n192.168.0.0/16\n' '10.0.0.0/8 192.168.0.0/16'
accept denied_ipv4 '198.51.100.7/32' '198.51.100.7'
accept denied_ipv4 '\n' ''
accept denied_ipv4 "$default"
for bad in 10.0.0.0/33 10.0.0.1/8 300.0.0.0/8 10.0.0/8 '10.0.0.0/8,11.0.0.0/8' 64:ff9b::/96 x '\x01'; do
	refuse EINVAL write denied_ipv4 "$bad"
done

# --- timeouts, limits --------------------------------------------------------------------

while read -r name floor rfc; do
	accept "timeouts/$name" "$floor"
	accept "timeouts/$name" $((floor + 1))
	accept "timeouts/$name" "$((floor + 2))\\n" $((floor + 2))
	refuse 'EINVAL|ERANGE' write "timeouts/$name" $((floor - 1))
	like "timeouts/$name: the log names the RFC" "$line" ".*$rfc.*"
	for bad in 0 -1 x '\n' 1e9 0x100 99999999999999999999 '300 300' '300s'; do
		refuse 'EINVAL|ERANGE' write "timeouts/$name" "$bad"
	done
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
for bad in 2 -1 x '\n' '1 1'; do refuse EINVAL write timeouts/allow_below_rfc "$bad"; done
accept limits/sessions 0
accept limits/sessions 1000
for bad in -1 x '\n' 1.5 18446744073709551616 '5 5'; do
	refuse 'EINVAL|ERANGE' write limits/sessions "$bad"
done

# --- the names of pool4 entries ---------------------------------------------------------------

may 203.0.113.1 61001-65535
may '203.0.113.1#5000-6000' 5000-6000
may '203.0.113.1#5000' 5000
may '203.0.113.1#5000-5000' 5000
may '203.0.113.1#1-65535' 1-65535
may '203.0.113.0_28' 61001-65535
may '203.0.113.0_28#1024-65535' 1024-65535
may 203.0.113.7_32 61001-65535
may 203.0.113.6_31 61001-65535
may 198.18.0.0_15 61001-65535
may '203.0.113.1#' ''
may '203.0.113.0_28#' ''
may 'dev:ppp0#' ''
may dev:ppp0 61001-65535
may 'dev:ppp0#5000-6000' 5000-6000
may 'dev:br-lan.7@x#5000' 5000
may 'dev:a#b#61001' 61001
for bad in 300.1.1.1 203.0.113 203.0.113.1.1 203.0.113.01 0203.0.113.1 0x7f.1.1.1 203.0.113.1- \
	   203.0.113.1#0 203.0.113.1#0-5 203.0.113.1#6000-5000 203.0.113.1#70000 \
	   203.0.113.1#5000-70000 203.0.113.1#5000- 203.0.113.1#-5000 203.0.113.1#x 203.0.113.1#5000-6000-7000 \
	   203.0.113.1#05000 203.0.113.1##5000 203.0.113.1#5000,6000 203.0.113.1#5000#6000 \
	   203.0.113.0_33 203.0.113.0_-1 203.0.113.0_ 203.0.113.0_x 203.0.113.1_28 203.0.113.0_24x 203.0.113.0_024 \
	   224.0.0.1 239.255.255.255 255.255.255.255 0.0.0.0 0.0.0.0_0 127.0.0.1 169.254.1.1 240.0.0.1 \
	   garbage 2001:db8::1 '203.0.113.1 ' ' 203.0.113.1' '203.0.113.1 #5000' _28 '#5000-6000' \
	   4294967295 203.0.113.1:5000 dev: dev dev:#5000 dev:# dev:ppp0#0 dev:ppp0#x 'dev:ppp 0' dev:ppp0:1 \
	   dev:. dev:.. dev:sixteen-letters- dev:ppp0#6000-5000 dev:ppp0#5000,6000 Dev:ppp0; do
	refuse EINVAL mkdir "pool4/$bad"
done
refuse 'EINVAL|ENAMETOOLONG' mkdir "pool4/$(printf 'x%.0s' {1..100})"

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
	accept "$entry/$protocol" '5000-5999'
	accept "$entry/$protocol" 4000
	accept "$entry/$protocol" '7001-7500,4000' '4000,7001-7500'
	accept "$entry/$protocol" '5003,5001,5002,5000-5001' '5000-5003'
	accept "$entry/$protocol" '100-200,201-300' '100-300'
	accept "$entry/$protocol" ' 5000-5010 , 5020 \n' '5000-5010,5020'
	accept "$entry/$protocol" '5000 5020' 5000,5020
	accept "$entry/$protocol" '5000 6000' '5000,6000'
	accept "$entry/$protocol" ',5000,,6000' '5000,6000'
	accept "$entry/$protocol" '\n' ''
	accept "$entry/$protocol" 65535
	accept "$entry/$protocol" 5000-6000
	for bad in 0 0-100 70000 6000-5000 5000- -5000 x 5000-x '5000;6000' 5000--6000 05000 0x10 \
		   '\xff' '5000\x00'; do
		refuse EINVAL write "$entry/$protocol" "$bad"
	done
	for bad in 6001 5000-7000 1-65535; do
		refuse EEXIST write "$entry/$protocol" "$bad"
	done
done
accept "$entry/mark" 1/1 0x1/0x1
accept "$entry/mark" 7 0x7/0xffffffff
accept "$entry/mark" 0x10/0xf0 0x10/0xf0
accept "$entry/mark" 4294967295/4294967295 0xffffffff/0xffffffff
accept "$entry/mark" 1 0x1/0xffffffff
accept "$entry/mark" 0/0
for bad in x 1/ /1 1/1/1 4294967296/1 -1/1 '\n' 0x/0x 1//1; do
	refuse 'EINVAL|ERANGE' write "$entry/mark" "$bad"
done
accept "$entry/force" 1
accept "$entry/force" 0
for bad in 2 x '\n'; do refuse EINVAL write "$entry/force" "$bad"; done

# all TCP UDP ICMP MARK FORCE: what config reads, in one line.
all() { echo "tcp=$1 udp=$2 icmp=$3 mark=$4 force=$5"; }

accept "$entry/config" 'tcp=5000-5999' "$(all 5000-5999 5000-6000 5000-6000 0/0 0)"
accept "$entry/config" 'udp=\nicmp= 7 \n' "$(all 5000-5999 '' 7 0/0 0)"
accept "$entry/config" ' \n tcp=\n\tmark=1\nforce=1' "$(all '' '' 7 0x1/0xffffffff 1)"
accept "$entry/config" 'force=0 mark=0x1/0xf tcp=4000, 3000 udp=1' "$(all 3000,4000 1 7 0x1/0xf 0)"
accept "$entry/config" 'tcp=1\n2 5\nudp=1' "$(all 1-2,5 1 7 0x1/0xf 0)"
accept "$entry/config" "$(all 5000-6000 5000-6000 5000-6000 0/0 0)"
for bad in '\n' 5000 '5000 tcp=6000' tcp 'tcp = 5000' 'tcp 5000' TCP=5000 =5000 ports=5000 tcp==5000 \
	   tcp=5000,udp=5000 'tcp=5000;udp=5000' 'tcp=5000 tcp=5000' 'udp=5000\ntcp=5000\nudp=5000' \
	   tcp=5000-70000 'tcp=5000 udp=x' 'icmp=7 mark=' 'tcp=5000 mark=2/1' 'tcp=5000 force=2' 'udp=5000 force=' \
	   'tcp=5000\x00' 'tcp=5000\x00udp=5000' '\xff' 'tcp=\xff'; do
	refuse EINVAL write "$entry/config" "$bad"
done
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
	for bad in 2001:db8:7::5 '2001:db8:7::5#' '2001:db8:7::5#65536' '192.0.2.1#80' '::#80' 'ff02::1#80' \
		   '64:ff9b::1#80' '#80' x '2001:db8:7::5#x' '2001:db8:7::5#80 2001:db8::6#80' '2001:db8:7::5#-1'; do
		refuse EINVAL write "bib/$protocol/198.51.100.1#80/ipv6" "$bad"
	done
	refuse EEXIST write "bib/$protocol/203.0.113.1#5000/ipv6" '2001:db8:7::5#81'
	accept "bib/$protocol/198.51.100.1#80/ipv6" '\n' ''
	for bad in 203.0.113.1 203.0.113.1# 300.0.0.1#80 '203.0.113.1#80-81' 203.0.113.1#65536 \
		   224.0.0.1#80 127.0.0.1#80 203.0.113.0_28#80 x; do
		refuse EINVAL mkdir "bib/$protocol/$bad"
	done
done
refuse EINVAL mkdir 'bib/tcp/203.0.113.1#0'

# --- translation -------------------------------------------------------------------------------

# words PATH DEFAULT WORD...
words() {
	local path=translation/$1 word
	value "$path"
	is "$path is $2" "${value%$'\n'}" "$2"
	for word in "${@:3}" "$2"; do accept "$path" "$word"; done
	for word in '\n' x "${2}x" "${2^^}" "$2 $2"; do refuse EINVAL write "$path" "$word"; done
}

words traffic_class inherit zero
words udp_zero_checksum compute drop
words icmp_errors ratelimit send off
words icmp_error_source router destination
words tos inherit 0 1 184 255
for bad in 256 -1 0x10 01 inheri; do refuse EINVAL write translation/tos "$bad"; done
value translation/wkp_global_only
is "translation/wkp_global_only is 0" "${value%$'\n'}" 0
accept translation/wkp_global_only 1
accept translation/wkp_global_only 0
for bad in '\n' 2 yes -1; do refuse EINVAL write translation/wkp_global_only "$bad"; done
value translation/lowest_ipv6_mtu
is "translation/lowest_ipv6_mtu is 1280" "${value%$'\n'}" 1280
accept translation/lowest_ipv6_mtu 1500
accept translation/lowest_ipv6_mtu 65535
for bad in '\n' 0 1279 65536 1500x; do refuse EINVAL write translation/lowest_ipv6_mtu "$bad"; done
accept translation/lowest_ipv6_mtu 1280
value translation/mtu_plateaus
plateaus="65535 32000 17914 8166 4352 2002 1492 1006 508 296 68"
is "translation/mtu_plateaus are RFC 1191's" "${value%$'\n'}" "$plateaus"
accept translation/mtu_plateaus '68 1500  1492 1500' '1500 1492 68'
accept translation/mtu_plateaus '\n' ''
for bad in 67 65536 x 1500,1492 "$(echo {100..132})"; do
	refuse EINVAL write translation/mtu_plateaus "$bad"
done
accept translation/mtu_plateaus "$(echo {100..131})" "$(echo {131..100})"
accept translation/mtu_plateaus "$plateaus"

# --- too long: refused whole -----------------------------------------------------------------------

for path in enabled pool6 denied_ipv4 timeouts/udp limits/sessions translation/tos \
	    translation/mtu_plateaus "$entry/tcp" "$entry/mark" "$entry/config" \
	    'bib/tcp/198.51.100.1#80/ipv6'; do
	refuse E2BIG write "$path" "${long}7"		# 4,095
	refuse E2BIG write "$path" "8$long$long"
done
# What is just short enough is looked at.
refuse 'EINVAL|ERANGE|E2BIG' write pool6 "$long"
blanks=$(printf ' %.0s' {1..4093})
accept enabled "${blanks}1" 1

# What would be too long to be written back is not read from config, either.
list=$(seq -s , 1001 2 2601) list=${list%,}
attempt write "$entry/config" "tcp=$list udp= icmp="
is "config takes a long list" "$errno" OK
check "and reads it" grep -qx "tcp=$list" "$instance/$entry/config"
attempt write "$entry/udp" "$list"
is "there may be another" "$errno" OK
check_not "then config does not read" cat "$instance/$entry/config"
value "$entry/udp"
is "but each by itself does" "${value%$'\n'}" "$list"

# --- the rest ---------------------------------------------------------------------------------------

is "the error_log stays below 4 KiB" "$(($(wc -c < "$instance/error_log") <= 4096))" 1
check_not "and has no address of a client" grep -qE '2001:db8:7|2001:db8::[6-9ab]' "$instance/error_log"
attempt write netns x
is "netns cannot be written, not even by root" "$errno" EACCES
attempt rmdir pool4
is "pool4 cannot be removed" "$errno" EPERM
attempt mkdir pool5
is "nothing can be made beside it" "$errno" EPERM
