#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# IPsec on either side of the translator is obeyed: it decrypts what comes and
# encrypts what goes, as policies want it; and what is not to be translated is
# left alone.
#
#	client ------------------- router ------------------- server
#	2001:db8::8 eth0       lan 203.0.113.1 wan       eth0 192.0.2.24
#	                           and on lo

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_digest.sh
. "$here/lib_digest.sh"
# shellcheck source-path=SCRIPTDIR source=lib_links.sh
. "$here/lib_links.sh"

start nstat nft ping
start_links
plug plain plain
serve "$server" udp '192.0.2.24#7'
key=0x000102030405060708090a0b0c0d0e0f10111213

on "$router" nft -f - <<-END
	table inet nat64_esp {
		counter esp_in { }
		counter esp_out { }
		counter ipsec_forwarded { }
		chain raw {
			type filter hook prerouting priority -300;
			meta l4proto esp counter name esp_in;
		}
		chain forward {
			type filter hook forward priority 0;
			meta ipsec exists counter name ipsec_forwarded;
		}
		chain postrouting {
			type filter hook postrouting priority 300;
			meta l4proto esp counter name esp_out;
		}
	}
END

# state NS MODE SOURCE DESTINATION: a security association for this direction.
state() {
	ip -n "$1" xfrm state add src "$3" dst "$4" proto esp spi 0x100 reqid 1 mode "$2" \
		aead 'rfc4106(gcm(aes))' "$key" 128
}

# policy NS DIRECTION SELECTOR SELECTOR MODE SOURCE DESTINATION
policy() {
	ip -n "$1" xfrm policy add src "$3" dst "$4" dir "$2" \
		tmpl src "$6" dst "$7" proto esp reqid 1 mode "$5"
}

# secure MODE NS NEAR NEAR'S NET FAR FAR'S NET: between that host and the router.
secure() {
	local ns

	for ns in "$2" "$router"; do
		state "$ns" "$1" "$3" "$5" && state "$ns" "$1" "$5" "$3" || return
	done
	policy "$2" out "$4" "$6" "$1" "$3" "$5"
	policy "$2" in "$6" "$4" "$1" "$5" "$3"
	policy "$router" out "$6" "$4" "$1" "$5" "$3"
	policy "$router" in "$4" "$6" "$1" "$3" "$5"
	policy "$router" fwd "$4" "$6" "$1" "$3" "$5"
}

insecure() {
	local ns
	for ns in "$client" "$router" "$server"; do
		ip -n "$ns" xfrm policy flush
		ip -n "$ns" xfrm state flush
	done
}

# protected NAME: all that goes over the one side is ESP. That a tunnel takes less
# than a link is told to who sends too much.
protected() {
	both_ways "$1" '~drop_too_big' '~icmp_errors_sent'
	check "$1: ESP both ways" \
		[ "${packets[esp_in]}" -gt 100 -a "${packets[esp_out]}" -gt 100 ]
	is "$1: what is forwarded does not look decrypted" "${packets[ipsec_forwarded]}" 0
}

# --- a policy that forbids -----------------------------------------------------------

# one ADDRESS: a datagram from that address to the server, and back.
one() { ask "$client" udp -t 2 -s "$1#0" "$far#7"; }

ip -n "$router" xfrm policy add src 2001:db8::9 dst 64:ff9b::/96 dir fwd action block ||
	skip_all "this kernel has no XFRM"
snapshot
check_not "what a policy blocks does not pass" one 2001:db8::9
counters "it counts as such" drop_xfrm_policy=1
snapshot
check "what it does not cover passes" one 2001:db8::8
counters "and is translated" 6to4_udp_packets=1 4to6_udp_packets=1 '~*_bytes' \
	bindings_created=1 sessions_created=1
insecure
snapshot
check "without the policy all passes" one 2001:db8::9
counters "and is translated" 6to4_udp_packets=1 4to6_udp_packets=1 '~*_bytes' \
	bindings_created=1 sessions_created=1
ip -n "$router" xfrm policy add src 192.0.2.24 dst 203.0.113.1 dir fwd action block
snapshot
check_not "answers that a policy blocks do not pass" one 2001:db8::9
counters "they count as such" 6to4_udp_packets=1 drop_xfrm_policy=1 '~*_bytes' \
	bindings_created=1 sessions_created=1
insecure

# --- ESP on both sides ------------------------------------------------------------------

if secure tunnel "$client" 2001:db8::8 2001:db8::8 2001:db8::1 64:ff9b::/96 2> "$tmp/xfrm"; then
	# Sockets refuse UDP_SEGMENT where there is IPsec.
	segment=0 protected "ESP tunnel to the client"
	# Without its policy the client sends in the clear, which the router's forbids.
	ip -n "$client" xfrm policy flush
	snapshot
	check_not "in the clear nothing passes" one 2001:db8::8
	counters "it counts as such" drop_xfrm_policy=1
	insecure
else
	skip "ESP tunnel to the client" "$(cat "$tmp/xfrm")"
fi

if secure tunnel "$server" 192.0.2.24 192.0.2.24 192.0.2.1 203.0.113.1 2> "$tmp/xfrm"; then
	protected "ESP tunnel to the server"
	insecure
else
	skip "ESP tunnel to the server" "$(cat "$tmp/xfrm")"
fi

# The end of the security association is the address that is lent to clients.
ip -n "$router" addr add 203.0.113.1/32 dev lo
if secure transport "$server" 192.0.2.24 192.0.2.24 203.0.113.1 203.0.113.1 2> "$tmp/xfrm"; then
	snapshot
	check "pings of the box by ESP" on "$server" ping -c 3 -i 0.2 203.0.113.1
	counters "they are none of the translator's" '~given_back'
	protected "ESP transport to the server"
	insecure
else
	skip "ESP transport to the server" "$(cat "$tmp/xfrm")"
fi
