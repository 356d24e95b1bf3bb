#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The Ansible role nat64: --check tells and changes nothing, a run changes what differs, the
# next one nothing, and what the kernel refuses leaves everything as it was.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$here/../../../../../scripts
start ansible-playbook nsenter unshare
if [ ! -x "$scripts/nat64-restore" ] || [ ! -d "$scripts/ansible" ]; then
	skip_all "the scripts are not here"
fi
load_module
mount_configfs
# It is the initial network namespace that is configured.
[ -z "$(ls "$config/pool4")$(ls "$config/instances")" ] || skip_all "nat64 is in use here"

dir=$tmp/nat64.d
file=$dir/50-ansible.conf
mkdir "$tmp/home" "$dir"
export HOME=$tmp/home LANG=C.UTF-8 LC_ALL=C.UTF-8 ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 \
	ANSIBLE_ROLES_PATH=$scripts/ansible/roles ANSIBLE_REMOTE_TEMP=$tmp/home ANSIBLE_LOCAL_TEMP=$tmp/home

# play ENTRIES [ARGUMENT...]: with these entries of pool4, in JSON; its end is in $recap.
play() {
	cat > "$tmp/play.json" <<-END
	[ { "hosts": "localhost", "gather_facts": false, "roles": [ "nat64" ], "vars": {
		"ansible_python_interpreter": "$(command -v python3)",
		"nat64_conf_dir": "$dir", "nat64_restore": "$scripts/nat64-restore",
		"nat64_service": false,
		"nat64_bib": { "tcp": { "198.51.100.1#80": "2001:db8::80#80" } },
		"nat64_settings": { "pool6": [ "64:ff9b::/96", "2001:db8:64::/96" ],
				    "limits": { "sessions_per_client": 100 } },
		"nat64_instances": [ { "name": "ansible", "netns": "$router",
				       "pool4": [ "203.0.113.1" ] } ],
		"nat64_pool4": [ $1 ] } } ]
	END
	ansible-playbook -c local -i localhost, "${@:2}" "$tmp/play.json" > "$tmp/play" 2>&1 ||
		echo "status $?" >> "$tmp/play"
	recap=$(grep -o 'changed=[0-9]*\|failed=[0-9]*' "$tmp/play" | tr '\n' ' ')
}

# played NAME RECAP: so it ended.
played() { if [[ $recap =~ ^($2)$ ]]; then pass "$1"; else fail "$1" "$(tail -n 30 "$tmp/play")"; fi; }

# told NAME TEXT: in the output.
told() {
	if grep -qF -e "$2" "$tmp/play"; then pass "$1"; else fail "$1" "$(tail -n 30 "$tmp/play")"; fi
}

# Of the directories of entries: other ones when they are made anew.
inodes() { stat -c %i "$config"/pool4/* "$config/instances/ansible"; }

state() { "$scripts/nat64-save"; }

one='"203.0.113.0/28"'
two='{ "name": "203.0.113.17#", "tcp": "1024-2047", "udp": [ 5, "7-9" ], "mark": "0x10/0xff", "force": true }'
setup_ns router
old=$(state)

# --- --check ------------------------------------------------------------------------

play "$one, $two" --check
played "--check works, and something would change" 'changed=[1-9] failed=0 '
told "it tells what" 'pool4/203.0.113.17#/mark 0x10/0xff'
is "nothing has changed" "$(state)" "$old"
is "nor is there a file" "$(ls "$dir")" ''

# --- a run, and another one -----------------------------------------------------------

# What others have in the directory counts.
echo 'timeouts/udp 400' > "$tmp/other"
ln -s ../other "$dir/90-other.conf"
play "$one, $two"
played "a run changes something" 'changed=[1-9] failed=0 '
is "the entries are there" "$(find "$config/pool4" -mindepth 1 -printf '%f\n' -type d | grep -F . | sort)" \
	$'203.0.113.0_28\n203.0.113.17#'
is "one is live in one step" "$(tr '\n' ' ' < "$config/pool4/203.0.113.17#/config")" \
	'tcp=1024-2047 udp=5,7-9 icmp= mark=0x10/0xff force=1 '
is "the binding is" "$(cat "$config/bib/tcp/198.51.100.1#80/ipv6")" '2001:db8::80#80'
is "settings are" "$(cat "$config/pool6" "$config/limits/sessions_per_client" | paste -sd ' ')" \
	'64:ff9b::/96 2001:db8:64::/96 100'
is "those of another file are" "$(cat "$config/timeouts/udp")" 400
is "the instance is" "$(ls "$config/instances/ansible/pool4")" 203.0.113.1
check "the text is kept" "$scripts/nat64-restore" --dry-run "$dir/50-ansible.conf" "$dir/90-other.conf"

old=$(state)
inodes=$(inodes)
text=$(cat "$file")
play "$one, $two"
played "the second run changes nothing" 'changed=0 failed=0 '
is "no entry was made anew" "$(inodes)" "$inodes"

# --- what is refused -------------------------------------------------------------------

play "$one, ${two/1024-2047/5000-70000}"
played "a bad range fails" 'changed=0 failed=1 '
told "with the kernel's words" 'not a range of ports'
is "the old configuration is there" "$(state)" "$old"
is "and its text" "$(cat "$file")" "$text"

# Only where it is to be live it can be known that these ports are the host's own.
ip addr add 192.0.2.1/32 dev lo || die "no address"
play '"203.0.113.32", "192.0.2.1#40000-40001"'
played "the host's own ports fail" 'changed=0 failed=1 '
ip addr del 192.0.2.1/32 dev lo
told "with the kernel's words" 'ip_local_port_range'
is "the old configuration is back" "$(state)" "$old"
is "and its text" "$(cat "$file")" "$text"

: > "$tmp/nothing"
check "all of it can be taken away" "$scripts/nat64-restore" "$tmp/nothing"
