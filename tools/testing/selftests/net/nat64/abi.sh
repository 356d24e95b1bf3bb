#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/ABI/testing against the running module, both ways: every file is
# documented, every documented one is there, with the mode and the default that it
# is said to have. And each counter is explained in reference/statistics.rst.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start find
documents=$here/../../../../../Documentation
[ -d "$documents/ABI" ] || skip_all "Documentation/ABI/testing is not here"
setup_ns router
load_module
mount_configfs
instance=$config/instances/$router
on "$router" mkdir "$instance" || die "mkdir $instance failed"
instances+=("$instance")
mkdir "$instance/pool4/192.0.2.1" "$instance"/bib/{tcp,udp,icmp}/'192.0.2.1#80' ||
	die "mkdir below $instance failed"

# The documented interface: mode, path, default, separated by tabs.
documented() {
	awk -v OFS='\t' '
		function end(   i) {
			mode = match(text, /^ *\(R[OW]\)/) ? substr(text, RSTART + RLENGTH - 3, 2) : "-"
			value = "-"
			for (i = 1; i <= n_paragraphs; i++)
				if (match(paragraph[i], /Default: .*/))
					value = substr(paragraph[i], RSTART + 9)
			for (i = 1; i <= n; i++)
				print mode, what[i], value
			n = 0
		}
		/^What:/ {
			if (described)
				end()
			described = 0
			sub(/^What:[ \t]*/, "")
			what[++n] = $0
			next
		}
		/^Description:/ { described = 1; text = ""; n_paragraphs = 1; delete paragraph; next }
		described {
			sub(/^[ \t]+/, "")
			text = text " " $0
			if ($0 == "")
				n_paragraphs++
			else
				paragraph[n_paragraphs] = paragraph[n_paragraphs] (paragraph[n_paragraphs] == "" ? "" : " ") $0
		}
		END { end() }
	' "$documents"/ABI/testing/*-nat64 | sort
}

# running DIR...: what is there, with what users name in the form of the documents.
running() {
	find "$@" -printf '%y%m\t%p\n' | sed -E '
		s|/instances/[^/]+|/instances/<name>|
		s|/pool4/[^/]+|/pool4/<entry>|
		s|/bib/([^/]+)/[^/]+|/bib/\1/<binding>|
		/^d/ { /<name>$|<entry>$|<binding>$|\/nat64$/! d }
		/^d.*\/(proc|sys\/kernel\/nat64)\// d
		s/^d[0-7]+/-/
		s/^f(644|600)\t/RW\t/
		s/^f4[04][04]\t/RO\t/' | sort -u
}

# What of the default instance only its user can make is as in the others.
not_made() { grep -vE $'\t'"($config|$sysfs)/(pool4|bib/[a-z]*)/"; }

documented > "$tmp/documented"
is "nothing is documented twice" "$(cut -f 2 "$tmp/documented" | uniq -d)" ''
running $config $sysfs /proc/net/nat64 | not_made > "$tmp/running"
cut -f 1,2 "$tmp/documented" | not_made | sort > "$tmp/wanted"
is "what is there is documented, with its mode" "$(comm -23 "$tmp/running" "$tmp/wanted")" ''
is "what is documented is there" "$(comm -13 "$tmp/running" "$tmp/wanted")" ''
is "the default instance is documented like the others" \
	"$(cut -f 1,2 "$tmp/documented" | grep -v "/instances/\|/proc/\|nat64$")" \
	"$(cut -f 1,2 "$tmp/documented" | grep "/instances/<name>/" | sed 's|/instances/<name>||')"

# defaults: of the instance, that differ from what is documented.
defaults() {
	local mode path value name text
	while IFS=$'\t' read -r mode path value; do
		[[ $path == "$config/instances/<name>/"* && $value != - ]] || continue
		name=${path#"$config/instances/<name>/"}
		name=${name/<entry>/192.0.2.1} name=${name/<binding>/192.0.2.1#80}
		text=$(< "$instance/$name")
		case $value in
		"from the name, or "*) value=${value#from the name, or } ;;
		empty) value='' ;;
		esac
		n_defaults=$((n_defaults + 1))
		[ "$text" = "$value" ] || echo "$name ($mode) is '$text', documented: '$value'"
	done < "$tmp/documented"
}
n_defaults=0
defaults > "$tmp/differ"
is "the defaults are those documented" "$(< "$tmp/differ")" ''
check "of more than thirty attributes" [ $n_defaults -gt 30 ]

# explained PAGE NAME...: names that the page does not have as a term, ``name``.
explained() {
	local page=$1 name
	shift
	for name; do grep -qF "\`\`$name\`\`" "$page" || echo "$name"; done
}
counters=("$stats"/*)
is "every counter is explained in statistics.rst" \
	"$(explained "$documents/reference/statistics.rst" "${counters[@]##*/}")" ''
