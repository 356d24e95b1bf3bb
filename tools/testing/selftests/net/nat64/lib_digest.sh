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
client_to='' client_from=''
digest_client() {
	local line

	coproc digest_client { exec nsenter --net="/run/netns/$1" -- python3 "$digest" ask 2>&1; }
	# shellcheck disable=SC2154	# coproc sets it
	client_to=${digest_client[1]} client_from=${digest_client[0]}
	pids+=("$digest_client_PID")
	{ read -r line <&"$client_from" && [ "$line" = ready ]; } || die "no digest.py: $line"
}

# same NAME LINE...: what arrives is what was sent, see digest.py.
same() {
	local name=$1 digests
	shift
	echo "$*" >&"$client_to"
	read -r digests <&"$client_from" || digests="error: digest.py broke off"
	is "$name: the same digest" "${digests#* }" "${digests% *}"
}

# look_on NS: counts what comes in and what is forwarded once translated. "big":
# what no length field of an IP header can tell; "large": what no link carries.
look_on() {
	on "$1" nft -f - <<-END
		table inet nat64_test {
			counter big_in { }
			counter large_in { }
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
	while read -r word count line; do
		case $word in
		counter) counter=$count ;;
		packets) packets[$counter]=$count ;;
		esac
	done < <(on "$router" nft reset counters)
}
