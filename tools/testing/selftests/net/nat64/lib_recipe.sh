# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The recipes of Documentation/, typed as they stand. A comment before a literal block
# says what it is; a block without one is not typed:
#
#	.. on: MACHINE			commands, as root
#	.. file: MACHINE PATH		the content of a file
#	.. see: MACHINE			"# COMMAND" or "$ COMMAND", then what it prints,
#					soon or at once; "..." is anything
#
# A machine is a namespace of the test, with mounts of its own: what is written to /etc
# and /run goes with it, and /sys/kernel/config/nat64 is the instance of its namespace.
# shellcheck disable=SC2154	# lib.sh has what is not here; setup_ns sets variables

documents=$here/../../../../../Documentation

declare -A machines=()

# What a machine's own mounts are; it stays until it is killed.
# shellcheck disable=SC2016	# it is for another shell
furnish='
	for dir in etc run var/cache; do mkdir -p "$1/$dir" "$1/work/$dir"; done
	mount -t overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/work/etc" overlay /etc &&
	mount --bind "$1/run" /run && mount --bind "$1/var/cache" /var/cache || exit
	[ -z "$2" ] || {
		mount --bind "/sys/kernel/config/nat64/instances/$2" /sys/kernel/config/nat64 &&
		mount --bind "/sys/kernel/nat64/instances/$2" /sys/kernel/nat64 || exit
	}
	echo nameserver 2001:db8:1::1 > /etc/resolv.conf
	echo ready
	exec sleep infinity'

# machine NAME NS [INSTANCE]
machine() {
	bg "$2" unshare -m --propagation slave sh -c "$furnish" sh "$tmp/machine.$1" "${3-}"
	machines[$1]=$bg
	wait_for 20 grep -q ready "$tmp/out.$bg" || die "no machine $1: $(output "$bg")"
}

# as MACHINE COMMAND...
as() {
	local pid=${machines[$1]-}
	[ -n "$pid" ] || die "there is no machine $1"
	shift
	nsenter -t "$pid" -m -n -- "$@"
}

# bg_as MACHINE COMMAND...: in the background, see bg.
bg_as() {
	local pid=${machines[$1]}
	shift
	{ exec nsenter -t "$pid" -m -n -- "$@"; } > "$tmp/out.$BASHPID" 2>&1 < /dev/null &
	bg=$!
	pids+=("$bg")
}

# setup_lab WAN: the machines client, router and server, whose instance the documents make.
#
#	client ------------------ router ------------------- server, the Internet
#	eth0 2001:db8:1::8/64     lan 2001:db8:1::1/64       eth0 192.0.2.254/24
#	                          wan 192.0.2.1/24           198.51.100.80, .53, .81
setup_lab() {
	setup_ns client router server
	link "$client" eth0 "$router" lan
	link "$router" "$1" "$server" eth0
	ip -n "$client" -batch - <<-END
		addr add 2001:db8:1::8/64 dev eth0 nodad
		route add default via 2001:db8:1::1
	END
	ip -n "$router" -batch - <<-END
		addr add 2001:db8:1::1/64 dev lan nodad
		addr add 192.0.2.1/24 dev $1
		route add default via 192.0.2.254
	END
	ip -n "$server" -batch - <<-END
		addr add 192.0.2.254/24 dev eth0
		addr add 198.51.100.80/32 dev lo
		addr add 198.51.100.81/32 dev lo
		addr add 198.51.100.53/32 dev lo
	END
	sysctl_in "$server" net.ipv6.conf.all.disable_ipv6=1 net.ipv4.ip_forward=1
	setup_instance "$router"
	machine client "$client"
	machine router "$router" "$router"
	machine server "$server"
}

# web MACHINE ADDRESS [PORT]: a server of one page, "Hello from ADDRESS".
web() {
	local own=$2
	[[ $own != *:* ]] || own=[$own]
	mkdir -p "$tmp/www.$2"
	echo "Hello from $2" > "$tmp/www.$2/index.html"
	bg_as "$1" python3 -m http.server --bind "$2" --directory "$tmp/www.$2" "${3-80}"
	wait_for 20 listens "$1" "$own:${3-80}" || die "no web server: $(output "$bg")"
}

# listens MACHINE ADDRESS:PORT
listens() { as "$1" ss -Hltn "src = $2" | grep -q .; }

# blocks DOCUMENT DIR: each marked block is a file NUMBER there, which begins with a
# line "LINE KIND MACHINE PATH".
blocks() {
	awk -v dir="$2" '
		function end_block() {
			if (out)
				close(out)
			out = ""
			inside = 0
		}
		/^\.\. (on|file|see): / {
			end_block()
			mark = NR " " substr($2, 1, length($2) - 1) " " $3 " " $4
			next
		}
		mark && !inside && /::$/ { opening = 1; next }
		opening && /^[ \t]/ {
			opening = 0
			inside = 1
			match($0, /^[ \t]+/)
			indent = RLENGTH
			out = sprintf("%s/%03d", dir, ++n)
			print mark > out
			mark = ""
			empty = 0
		}
		inside && /^[^ \t]/ { end_block() }
		inside && /^$/ { empty++; next }
		inside {
			for (; empty; empty--)
				print "" > out
			print substr($0, indent + 1) > out
		}' "$1"
}

# glob TEXT: sets pattern to one that matches it, whatever blanks it has.
glob() {
	local c
	pattern=${1//\\/\\\\}
	for c in '*' '?' '['; do pattern=${pattern//"$c"/"\\$c"}; done
	pattern=${pattern//.../*}
	squeeze "$pattern"
	pattern=$squeezed
}

squeeze() {
	shopt -s extglob
	squeezed=${1//+([ $'\t'])/ }
	squeezed=${squeezed//' '$'\n'/$'\n'}
}

# shows MACHINE COMMAND PATTERN: its output is in $tmp/shown.
shows() {
	as "$1" timeout "$(scale 10 60)" sh -c "$2" > "$tmp/shown" 2>&1
	squeeze "$(< "$tmp/shown")"
	# shellcheck disable=SC2053	# a pattern on purpose
	[[ ${squeezed% } == $3 ]]
}

# see_one NAME MACHINE COMMAND WANTED
see_one() {
	local pattern squeezed
	glob "$4"
	if wait_for 20 shows "$2" "$3" "$pattern"; then
		pass "$1: $3"
	else
		fail "$1: $3" "got:    $(< "$tmp/shown")"$'\n'"wanted: $4"
	fi
}

# see NAME MACHINE: what is on standard input
see() {
	local line command='' wanted=''
	while IFS= read -r line; do
		if [[ $line == [\#\$]' '* ]]; then
			[ -z "$command" ] || see_one "$1" "$2" "$command" "${wanted%$'\n'}"
			command=${line:2} wanted=''
		else
			wanted+=$line$'\n'
		fi
	done
	[ -z "$command" ] || see_one "$1" "$2" "$command" "${wanted%$'\n'}"
}

# amend PATH: a test's own changes to a file of a document before it is written, which
# it says to be on standard output.
amend() { cat; }

# recipe DOCUMENT [FROM TO]: all that is marked in it, or the blocks with such numbers.
recipe() {
	local document=$documents/$1 dir=$tmp/blocks.${1//\//_} file number where kind name path n=0
	[ -e "$document" ] || skip_all "there is no $1"
	if [ ! -d "$dir" ]; then
		mkdir "$dir"
		blocks "$document" "$dir"
	fi
	for file in "$dir"/*; do
		number=$((10#${file##*/}))
		if [ $number -lt "${2-0}" ] || [ $number -gt "${3-999}" ]; then continue; fi
		n=$((n + 1))
		read -r where kind name path < "$file"
		where=${1##*/}:$where
		sed 1d "$file" > "$tmp/block"
		case $kind in
		on)	check "$where: on $name: $(head -n 1 "$tmp/block")" as "$name" sh -e "$tmp/block" ;;
		see)	see "$where: $name" "$name" < "$tmp/block" ;;
		file)
			amend "$path" < "$tmp/block" > "$tmp/amended"
			as "$name" install -D -m 644 "$tmp/amended" "$path" ||
				die "$where: $path can not be written" ;;
		esac
	done
	[ $n -gt 0 ] || fail "$1 has something to type${2:+ from block $2 on}"
}
