#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Several translators behind one router, as Documentation/recipes/scale-out.rst has
# it, with the files of that page: bird on all of them, 200 clients, one server.
#
#	clients --- lan  router  wan --- server		198.51.100.80
#			   | boxes
#		-----------+------------
#		|	   |	       |
#		a	   b	       c	with a slice of 192.0.2.0/24 each

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

page=$here/../../../../../Documentation/recipes/scale-out.rst
n_clients=200
boxes=(a b c) clients=''	# setup_ns sets the latter
declare -A slice=([a]=192.0.2.0/26 [b]=192.0.2.64/26 [c]=192.0.2.128/26)
# The page has 5: then all sessions are down after 1.5 seconds in which a busy machine runs
# none of the birds. With that the time at the end is the page's. And one that is down
# comes up again at once.
multiplier=40
soon='connect retry time 2; error wait time 1, 2;'
declare -A host=([a]=10 [b]=11 [c]=12) ns=() bird=()

# file CAPTION: what the page has under it, but for these.
file() {
	awk -v caption="   :caption: $1" '
		$0 == caption { inside = 1; next }
		inside && /^[^ ]/ { exit }
		inside { sub(/^   /, ""); text = text $0 "\n" }
		END { sub(/^\n+/, "", text); printf "%s", text }
	' "$page" | sed "s/multiplier 5;/multiplier $multiplier;/; s/bfd on;/& $soon/" | grep .
}

# start_bird NAME NS: with its control socket and its files in a directory of its own.
start_bird() {
	bg "$2" bird -f -c "$tmp/$1.conf" -s "$tmp/$1.ctl" -P "$tmp/$1.pid"
	bird[$1]=$bg
}

birdc() { command birdc -s "$tmp/$1.ctl" "${@:2}"; }

# via: the boxes that the clients' packets are spread over, as "a b c".
via() {
	ip -n "$router" nexthop show id 6400 2> /dev/null |
		sed -nE 's/.* group ([0-9/]*) .*/\1/p' | tr '/' '\n' | sed 's/6401/a/; s/6402/b/; s/6403/c/' |
		paste -sd ' '
}

spread_over() { [ "$(via)" = "$1" ]; }
announced() { [ "$(ip -n "$router" route show proto bird | grep -c '192\.0\.2\.')" -eq "$1" ]; }

# where FILE: which box each client is on, from what "ask" has told: "client box".
where() {
	awk '{
		split($1, client, "#")
		split($2, seen, /[.#]/)
		print client[1], substr("abc", int(seen[4] / 64) + 1, 1)
	}' "$1" | sort
}

# ask_all FILE: one datagram from each client.
ask_all() {
	ask "$clients" udp -s '2001:db8:1::100#0' -a -n $n_clients -t 20 '64:ff9b::198.51.100.80#53' \
		> "$tmp/asked"
	where "$tmp/asked" > "$1"
	[ "$(grep -c '^2001' "$tmp/asked")" -eq $n_clients ]
}

# moved BEFORE AFTER BOX: how many clients of other boxes than BOX have another one now.
moved() { join "$1" "$2" | awk -v box="$3" '$2 != box && $2 != $3 { n++ } END { print n + 0 }'; }
on_box() { awk -v box="$2" '$2 == box { n++ } END { print n + 0 }' "$1"; }

now() { echo "${EPOCHREALTIME/./}"; }

# milliseconds since T
since() { echo $((($(now) - $1) / 1000)); }

instance_of() { instance=$config/instances/${ns[$1]} stats=$sysfs/instances/${ns[$1]}/stats; }

make_box() {
	local name=$1 four=10.64.0.${host[$1]} end=box_$1

	setup_ns "$end"
	ns[$name]=${!end}
	ip -n "$router" link add "to_$name" type veth peer name eth0 netns "${ns[$name]}"
	ip -n "$router" link set "to_$name" master boxes up
	ip -n "${ns[$name]}" -batch - <<-END
		link set eth0 up
		addr add 2001:db8:64::$name/64 dev eth0 nodad
		addr add $four/24 dev eth0
		route add default via 2001:db8:64::1
		route add default via 10.64.0.1
		route add blackhole ${slice[$name]}
	END
	setup_instance "${ns[$name]}" "${slice[$name]/\//_}"
	file "box a: /etc/bird/bird.conf" |
		sed "1,3s|10\.64\.0\.10|$four|; 1,3s|192\.0\.2\.0/26|${slice[$name]}|" \
		> "$tmp/$name.conf"
}

# The script as a unit has it: what it started goes with it.
start_spread() {
	bg "$router" setsid sh "$tmp/spread"
	spread=$bg
}

stop_spread() {
	kill -- "-$spread"
	stop "$spread"
}

start bird birdc ip setsid
[ -e "$page" ] || skip_all "no $page"
setup_ns clients router server
link "$clients" eth0 "$router" lan
link "$router" wan "$server" eth0
ip -n "$router" link add boxes type bridge ||
	skip_all "the kernel has no bridge"
ip -n "$router" -batch - <<-END
	link set boxes up
	addr add 2001:db8:1::1/64 dev lan nodad
	addr add 2001:db8:64::1/64 dev boxes nodad
	addr add 10.64.0.1/24 dev boxes
	addr add 198.51.100.1/24 dev wan
END
ip -n "$server" -batch - <<-END
	addr add 198.51.100.80/24 dev eth0
	route add default via 198.51.100.1
END
{
	for ((i = 256; i < 256 + n_clients; i++)); do
		printf 'addr add 2001:db8:1::%x/64 dev eth0 nodad\n' $i
	done
	echo "route add default via 2001:db8:1::1"
} | ip -n "$clients" -batch -

for name in "${boxes[@]}"; do make_box "$name"; done
file "router: /etc/bird/bird.conf" > "$tmp/router.conf"
file "router: /usr/local/sbin/nat64-spread" > "$tmp/spread"
mapfile -t settings < <(file "router: /etc/sysctl.d/nat64-spread.conf" | sed '/^#/d; s/ *= */=/')
check "sysctl takes the router's settings" sysctl_in "$router" "${settings[@]}"
for name in router "${boxes[@]}"; do
	check "bird takes the file of $name" bird -p -c "$tmp/$name.conf"
done

start_bird router "$router"
for name in "${boxes[@]}"; do start_bird "$name" "${ns[$name]}"; done
start_spread
check "the router has all boxes" wait_for 150 spread_over "a b c"
check "and their slices" wait_for 60 announced 3

serve "$server" udp '198.51.100.80#53'
serve "$server" tcp '198.51.100.80#80'

# --- all are there ------------------------------------------------------------------

check "$n_clients clients are answered" ask_all "$tmp/first"
counts=$(for name in "${boxes[@]}"; do on_box "$tmp/first" "$name"; done | paste -sd ' ')
check "the load spreads: each box has 40 clients or more: $counts" \
	awk -v counts="$counts" 'BEGIN { n = split(counts, c, " ")
		for (i = 1; i <= n; i++) if (c[i] < 40) exit 1 }'
ask_all "$tmp/again"
is "a client stays on its box" "$(moved "$tmp/first" "$tmp/again" none)" 0
for name in "${boxes[@]}"; do
	instance_of "$name"
	is "$name: both directions pass it" "$(counter 4to6_udp_packets)" "$(counter 6to4_udp_packets)"
done

# One connection of each client, to see who notices what.
hold "$clients" tcp -s '2001:db8:1::100#0' -a -n $n_clients '64:ff9b::198.51.100.80#80'
is "each client has a connection" "$answers" $n_clients
a=$(on_box "$tmp/first" a) b=$(on_box "$tmp/first" b)

# --- maintenance --------------------------------------------------------------------

instance_of a
echo drain > "$instance/enabled"
ask_again
is "drain: all connections go on" "$answers" $n_clients
snapshot
check_not "drain: a client of the box begins no other" ask_all "$tmp/drain"
counters "drain: that is counted" "drop_draining+$a" '~icmp_errors_sent' '~*bytes'
is "drain: the others notice nothing" "$(grep -c '^2001' "$tmp/asked")" $((n_clients - a))

began=$(now)
birdc a disable pool6 > /dev/null
check "withdrawn: the router sends no more to it" wait_for 60 spread_over "b c"
withdrawn=$(since "$began")
check "withdrawn: all clients are answered" ask_all "$tmp/withdrawn"
is "withdrawn: none by this box" "$(on_box "$tmp/withdrawn" a)" 0
is "withdrawn: no client of another box has moved" "$(moved "$tmp/first" "$tmp/withdrawn" a)" 0
ask_again
is "withdrawn: nor lost its connection" "$answers" $((n_clients - a))
echo "# withdrawn: its $a clients were elsewhere after $withdrawn ms"
release

echo 1 > "$instance/enabled"
birdc a enable pool6 > /dev/null
check "it comes back" wait_for 60 spread_over "a b c"
check "all clients are answered" ask_all "$tmp/back"
is "nobody who is not silent has moved" "$(moved "$tmp/withdrawn" "$tmp/back" none)" 0

# As time passes those who are silent go there: here the time is made short.
stop_spread
ask_all "$tmp/again"
is "nor without the script that spreads them" "$(moved "$tmp/back" "$tmp/again" none)" 0
IDLE=0 start_spread
balanced() {
	ip -n "$router" nexthop show id 6400 | grep -qE 'idle_timer 0 .*unbalanced_time 0( |$)'
}
settled() { balanced && ask_all "$tmp/settled" && [ "$(on_box "$tmp/settled" a)" -ge 20 ]; }
check "the box has its share again" wait_for 60 settled
[ -e "$tmp/settled" ] ||
	{ output "$bg"; output "${bird[router]}"; ip -n "$router" nexthop; birdc router show protocols; } 2>&1 | diag

# --- death --------------------------------------------------------------------------

hold "$clients" tcp -s '2001:db8:1::100#0' -a -n $n_clients '64:ff9b::198.51.100.80#80'
b=$(on_box "$tmp/settled" b)
began=$(now)
ip -n "${ns[b]}" link set eth0 down
stop "${bird[b]}"
check "killed: the router sends no more to it" wait_for 60 spread_over "a c"
killed=$(since "$began")
check "killed: all clients are answered" ask_all "$tmp/killed"
is "killed: no client of another box has moved" "$(moved "$tmp/settled" "$tmp/killed" b)" 0
ask_again
is "killed: nor lost its connection" "$answers" $((n_clients - b))
check "killed: its slice is gone" wait_for 60 announced 2
echo "# killed: its $b clients were elsewhere after $killed ms"
for name in a c; do
	instance_of "$name"
	is "$name: in the end both directions have passed it" \
		"$(counter 4to6_udp_packets)" "$(counter 6to4_udp_packets)"
done
