# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Much data through the translator, compared by digest, with nft looking on.
# Source it after lib.sh.
# shellcheck disable=SC2154,SC2034	# lib.sh sets them; for those who source it

digest=$here/digest.py

# background NAME NS COMMAND...: until it says "ready". Its pid is in $bg.
background() {
	local name=$1
	shift
	bg "$@"
	wait_for 20 grep -qx ready "$tmp/out.$bg" || die "no $name: $(output "$bg")"
}

digest_server() { background "digest.py" "$1" python3 "$digest" serve "$2"; }

# digest_client NS: who is told what to do by "same". Its input and output stay open,
# for on some machines to begin a program takes longer than what it does.
client_to='' client_from='' client_pid=''
digest_client() {
	local line

	[ -z "$client_pid" ] || { exec {client_to}>&-; wait "$client_pid"; }
	coproc digest_client { exec nsenter --net="/run/netns/$1" -- python3 "$digest" ask 2>&1; }
	# shellcheck disable=SC2154	# coproc sets it
	client_to=${digest_client[1]} client_from=${digest_client[0]}
	client_pid=$digest_client_PID
	pids+=("$client_pid")
	{ read -r line <&"$client_from" && [ "$line" = ready ]; } || die "no digest.py: $line"
}

# same NAME LINE...: what arrives is what was sent, see digest.py.
same() {
	local name=$1 digests
	shift
	echo "$*" >&"$client_to"
	read -r digests <&"$client_from" || digests="error: digest.py broke off"
	if [[ $digests = "error: [Errno 5]"* ]]; then	# EIO
		skip "$name" "this kernel has UDP_SEGMENT only with checksum offload"
		return
	fi
	like "$name: the same digest" "${digests#* }" "${digests%% *}"
}

# at_least VERSION: of the kernel
at_least() { [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]; }

# What the stacks of both ends count that digests do not tell, as TCP sends again
# what was lost: wrong checksums and lengths, and how much was sent again that no
# link had dropped (a veth's ring holds 256 packets) and the other end had missed
# (what a late timer sends comes twice, which a D-SACK tells, RFC 2883).
errors=0 segments=0 again=0
read_stacks() {
	local ns

	# Through a file: from a pipe bash reads each octet by itself.
	for ns in "$client" "$server"; do on "$ns" nstat -asz; done > "$tmp/stacks"
	for ns in "$client" "$router" "$server"; do on "$ns" cat /proc/net/dev; done >> "$tmp/stacks"
	read -r errors segments again < <(awk '
		$1 ~ /:$/ { dropped += $5 + $13; next }
		{ sub(/^#/, ""); sum[$1] += $2 }
		END {
			split("TcpInErrs UdpInErrors Udp6InErrors IpInHdrErrors Ip6InHdrErrors " \
			      "IpExtInTruncatedPkts Ip6InTruncatedPkts", wrong)
			for (i in wrong)
				errors += sum[wrong[i]]
			print errors + 0, sum["TcpOutSegs"], \
				sum["TcpRetransSegs"] - sum["TcpExtTCPDSACKRecvSegs"] - dropped
		}' "$tmp/stacks")
	[ -n "$again" ] || die "nstat tells nothing"
}

# stacks_are_content NAME: with what came since the last read_stacks, or this.
stacks_are_content() {
	local wrong=$errors sent=$segments resent=$again

	read_stacks
	wrong=$((errors - wrong)) sent=$((segments - sent)) resent=$((again - resent))
	check "$1: nothing wrong came, and little had to be sent again" \
		[ "$wrong" -eq 0 -a $((resent * 10)) -le $sent ]
}

# look_on NS: counts what comes in and what is forwarded once translated. "big":
# what no length field of an IP header can tell; "large": what no link carries.
look_on() {
	on "$1" nft -f - <<-END
		table inet nat64_test {
			counter big_in { }
			counter large_in { }
			counter big_out { }
			counter large_out { }
			counter up { }
			counter down { }
			chain raw {
				type filter hook prerouting priority -300;
				meta length > 65575 counter name big_in;
				meta length > 1500 counter name large_in;
			}
			chain forward {
				type filter hook forward priority 0;
				meta length > 65575 counter name big_out;
				meta length > 1500 counter name large_out;
				ip saddr 203.0.113.0/24 ct state untracked counter name up;
				ip6 saddr 64:ff9b::/96 ct state untracked counter name down;
			}
		}
	END
}

# read_nft: what nft has counted since the last time, into the array packets.
declare -A packets=()
read_nft() {
	local line counter='' word count

	packets=()
	on "$router" nft reset counters > "$tmp/nft"
	while read -r word count line; do
		case $word in
		counter) counter=$count ;;
		packets) packets[$counter]=$count ;;
		esac
	done < "$tmp/nft"
}
