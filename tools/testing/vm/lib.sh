# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What build.sh, run.sh and the checks share: where things are, how a missing
# Debian package comes in, and how a kernel gets ready to boot. Source it under
# "set -euo pipefail".
#
# A kernel that is ready is one directory of the cache, which prepare() names:
#
#	linux or vmlinuz	what boots: a UML program, or a bzImage
#	initramfs		QEMU only: finds the root file system, no more
#	modules/		its modules, as in /lib/modules/<release>
#	headers/		what the module is built against
#	release			as in uname -r
#	ready			made last

shopt -s inherit_errexit

# shellcheck disable=SC2034	# for those who source it
vm_kernels="uml uml-debug 6.1 6.12 latest"
vm_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034
vm_tree=$(cd "$vm_here/../../.." && pwd -P)
vm_cache=${XDG_CACHE_HOME:-$HOME/.cache}/nat64-vm
vm_jobs=$(nproc)
mkdir -p "$vm_cache"

say() { printf 'vm: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# locked NAME COMMAND...: one at a time, whatever checkout it runs from.
locked() {
	local fd
	exec {fd}> "$vm_cache/$1.lock"
	flock "$fd"
	shift
	"$@"
	exec {fd}>&-
}

fresh() { [ -n "$(find "$1" -mmin -1440 2>/dev/null)" ]; }

# --- Debian packages -------------------------------------------------------

missing() {
	local have
	have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
	       sed -n 's/^installed //p' || true)
	printf '%s\n' "$@" | grep -vxF -e "$have" || true
}

install_missing() {
	local list

	mapfile -t list < <(missing "$@")
	[ -n "${list[*]}" ] || return 0
	say "installing ${list[*]}"
	export DEBIAN_FRONTEND=noninteractive
	local apt=(apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=600
		-o Acquire::Retries=5)
	"${apt[@]}" install "${list[@]}" > "$vm_cache/apt.log" 2>&1 ||
		{ "${apt[@]}" update && "${apt[@]}" install "${list[@]}"; } \
			> "$vm_cache/apt.log" 2>&1 ||
		{ cat "$vm_cache/apt.log" >&2; die "cannot install ${list[*]}"; }
}

# need PACKAGE...: installs those that are missing; costs nothing when none is.
need() { [ -z "$(missing "$@")" ] || locked apt install_missing "$@"; }

# The system's apt knows bookworm only, and stays as it is: the newer kernels
# are looked up and downloaded with a state of our own.
vm_apt=(
	-o Dir::State="$vm_cache/apt" -o Dir::State::lists="$vm_cache/apt/lists"
	-o Dir::State::status=/dev/null -o Dir::Cache="$vm_cache/apt/cache"
	-o Dir::Etc::sourcelist="$vm_cache/apt/sources.list"
	-o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null
	-o APT::Sandbox::User=root -o APT::Update::Error-Mode=any
	-o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -qq
)

system_sources() {
	# shellcheck disable=SC2016	# apt's own variables
	apt-get indextargets --format 'deb $(SITE) $(RELEASE) main' \
		'Created-By: Packages' 'Origin: Debian' | sort -u
}

# write_sources SUITE...: the system's, and these suites of its mirror.
write_sources() {
	local sources mirror suite

	sources=$(system_sources)
	[ -n "$sources" ] || { apt-get -qq update && sources=$(system_sources); }
	mirror=$(awk '$3 == "bookworm" { print $2; exit }' <<< "$sources")
	[ -n "$mirror" ] || die "apt knows no mirror of Debian bookworm"
	mkdir -p "$vm_cache/apt/lists/partial" "$vm_cache/apt/cache/archives/partial"
	printf '%s\n' "$mirror" > "$vm_cache/apt/mirror"
	{
		echo "$sources"
		for suite; do echo "deb $mirror $suite main"; done
	} | sed 's|^deb |&[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] |' \
		> "$vm_cache/apt/sources.list"
}

refresh() { write_sources "$@" && apt-get "${vm_apt[@]}" update >&2; }

# newest REGEX: of the packages with such a name, the one that sorts last.
newest() { apt-cache "${vm_apt[@]}" pkgnames linux- | grep -xE "$1" | sort -V | tail -1; }

field() { apt-cache "${vm_apt[@]}" show --no-all-versions "$2" | sed -n "s/^$1: //p"; }

# versions: "kernel package version" for each kernel that the lists have.
versions() {
	local kernel re pkg

	while read -r kernel re; do
		if pkg=$(newest "$re"); then
			echo "$kernel $pkg $(field Version "$pkg")"
		else
			say "$kernel: no package is called $re"
		fi
	done <<-'END'
		source linux-source-[0-9.]+
		6.1 linux-image-6\.1\.[0-9]+-[0-9]+-cloud-amd64
		6.12 linux-image-6\.12\.[0-9]+\+deb12-cloud-amd64
		latest linux-image-[0-9.]+\+deb13-cloud-amd64
	END
}

# Which packages the kernels are today. Asked for once a day; after a failure once
# an hour, and until then the last answer holds. Without one bookworm alone has to
# do: UML is built from its linux-source-6.12, and "latest" is not to be had.
look_up_versions() {
	local v=$vm_cache/versions asked=now

	! fresh "$v" || return 0
	say "looking up the newest kernels"
	if ! refresh trixie trixie-backports; then
		asked='23 hours ago'
		if [ -e "$v" ]; then
			say "the Debian mirror cannot be reached; going on with the kernels of last time"
			touch -d "$asked" "$v"
			return
		fi
		refresh || die "the Debian mirror cannot be reached"
		say "trixie-backports cannot be reached; going on with bookworm's kernels"
	fi
	versions > "$v.new"
	touch -d "$asked" "$v.new"
	mv "$v.new" "$v"
}

# package_of KERNEL: sets pkg and version to what it is made from.
package_of() {
	fresh "$vm_cache/versions" || locked versions look_up_versions
	read -r pkg version < <(sed -n "s/^$1 //p" "$vm_cache/versions") ||
		die "$1: is not in the lists of Debian's packages (trixie-backports has the newest)"
}

# A kernel's image and headers are split into packages of the same version.
linux_depends() {
	field Depends "$1" | grep -oE 'linux-(headers|kbuild|binary|modules|base)-[0-9][^ ,]*' |
		sort -u || true
}

# need_depends PACKAGE: what its programs need that is no kernel's. 6.12's kbuild
# wants pahole, for one.
need_depends() {
	local depends

	mapfile -t depends < <(field Depends "$1" | sed 's/, */\n/g' | sed 's/[ :|].*//' |
		grep -v ^linux-)
	[ ${#depends[@]} -eq 0 ] || need "${depends[@]}"
}

# unpack DIR PACKAGE...: downloads and extracts; nothing is installed.
unpack() {
	local dir=$1 tmp deb
	shift
	mkdir -p "$dir"
	tmp=$(mktemp -d "$vm_cache/tmp.XXXXXX")
	(cd "$tmp" && apt-get "${vm_apt[@]}" download "$@" >&2)
	for deb in "$tmp"/*.deb; do
		dpkg-deb -x "$deb" "$dir"
	done
	rm -rf "$tmp"
}

# --- UML: built here from the newest linux-source --------------------------

fragments() {
	echo "$vm_here/uml.config"
	[ "$1" = uml ] || echo "$vm_here/debug.config"
}

prepare_source() {
	local dir=$1 pkg=$2

	[ ! -e "$dir/ready" ] || return 0
	say "source: downloading $pkg"
	rm -rf "$dir"
	unpack "$dir/deb" "$pkg"
	say "source: unpacking $pkg"
	tar -xf "$dir"/deb/usr/src/linux-source-*.tar.xz -C "$dir" --strip-components=1
	rm -rf "$dir/deb"
	touch "$dir/ready"
}

# kernel_source: the directory of the newest kernel's source.
kernel_source() {
	local pkg version

	package_of source
	need xz-utils
	[ -e "$vm_cache/source-$version/ready" ] ||
		locked source prepare_source "$vm_cache/source-$version" "$pkg"
	echo "$vm_cache/source-$version"
}

prepare_uml() {
	local kernel=$1 dir=$2 src=$3 obj=$2/headers opt
	# Nice to guests that may be running tests meanwhile.
	local make=(nice make -s -C "$3" "O=$obj" ARCH=um "-j$vm_jobs")

	need make gcc libc6-dev flex bison bc kmod
	mkdir -p "$obj" "$dir/modules"
	mapfile -t opt < <(fragments "$kernel")
	say "$kernel: building $(basename "$src"), which takes some minutes"
	{
		"${make[@]}" tinyconfig &&
		"$src/scripts/kconfig/merge_config.sh" -m -O "$obj" "$obj/.config" "${opt[@]}" &&
		"${make[@]}" olddefconfig &&
		"${make[@]}" linux modules
	} > "$dir/log" 2>&1 || { tail -n 30 "$dir/log" >&2; die "$kernel: does not build"; }
	grep -hx 'CONFIG_.*=y' "${opt[@]}" | grep -vxF -f "$obj/.config" |
		sed "s/^/vm: $kernel: this kernel does not take /" >&2 || true
	"${make[@]}" kernelrelease > "$dir/release"
	ln -sf headers/linux "$dir/linux"
	# Everything is built in, which modprobe has to be told.
	cp "$obj"/modules.builtin "$obj"/modules.builtin.modinfo "$dir/modules"
	: > "$dir/modules/modules.order"
}

# --- QEMU: Debian's own kernels --------------------------------------------

# The modules, with all that they need, that bring up the root file system and
# the channels to the host. Built-in ones come out as nothing.
boot_modules() {
	local m
	for m in virtio_pci virtiofs virtio_console; do
		modprobe -d "$1" -S "$2" --show-depends "$m" | sed -n 's/^insmod //p'
	done | awk '!seen[$1]++ { print $1 }'
}

make_initramfs() {
	local dir=$1 release=$2 root=$1/initramfs.d m

	mkdir -p "$root/bin" "$root/root" "$root/proc"
	cp "$(command -v busybox)" "$root/bin/busybox"
	{
		printf '%s\n' '#!/bin/busybox sh' 'b=/bin/busybox'
		for m in $(boot_modules "$dir/root" "$release"); do
			case $m in
			*.xz)	xz -dc "$m" > "$root/$(basename "$m" .xz)" ;;
			*)	cp "$m" "$root" ;;
			esac
			echo "\$b insmod /$(basename "$m" .xz)"
		done
		# shellcheck disable=SC2016
		printf '%s\n' '$b mount -t virtiofs root /root' \
			'exec $b switch_root /root "$VM_INIT"'
	} > "$root/init"
	chmod +x "$root/init"
	(cd "$root" && find . | cpio --quiet -o -H newc | gzip -1) > "$dir/initramfs"
	rm -rf "$root"
}

# The headers say where they are with an absolute path.
relocate_headers() {
	sed -i "s|/usr/src/|$1/root/usr/src/|" "$1/root/usr/src/linux-headers-$2/Makefile"
	ln -sfn "root/usr/src/linux-headers-$2" "$1/headers"
}

# Those of trixie's kernels need trixie's compiler and libc.
make_chroot() {
	local dir=$1 release=$2 mirror

	need debootstrap
	mirror=$(cat "$vm_cache/apt/mirror")
	say "latest: making a trixie chroot with linux-headers-$release"
	debootstrap --variant=minbase --include=make,binutils trixie "$dir/chroot" "$mirror"
	echo "deb $mirror trixie-backports main" > "$dir/chroot/etc/apt/sources.list.d/bpo.list"
	echo 'Acquire::Retries "5";' > "$dir/chroot/etc/apt/apt.conf.d/retries"
	chroot "$dir/chroot" apt-get -qq update
	DEBIAN_FRONTEND=noninteractive chroot "$dir/chroot" apt-get -qq -y \
		--no-install-recommends install "linux-headers-$release"
	ln -sfn "chroot/usr/src/linux-headers-$release" "$dir/headers"
}

prepare_debian() {
	local kernel=$1 dir=$2 pkg=$3 release=${3#linux-image-} root=$2/root
	local packages=("$pkg") headers

	need make gcc libc6-dev kmod cpio xz-utils busybox-static qemu-system-x86 qemu-system-common
	rm -rf "$dir"
	mkdir -p "$root"
	mapfile -tO 1 packages < <(linux_depends "$pkg")
	if [ "$kernel" != latest ]; then
		headers=linux-headers-$release
		mapfile -tO ${#packages[@]} packages < <(echo "$headers"; linux_depends "$headers")
		need_depends "$(printf '%s\n' "${packages[@]}" | grep ^linux-kbuild-)"
	fi
	say "$kernel: downloading ${packages[*]}"
	unpack "$root" "${packages[@]}"
	[ -e "$root/lib" ] || ln -s usr/lib "$root/lib"
	depmod -b "$root" "$release"
	echo "$release" > "$dir/release"
	ln -s "root/lib/modules/$release" "$dir/modules"
	mv "$root/boot/vmlinuz-$release" "$dir/vmlinuz" 2>/dev/null ||
		mv "$dir/modules/vmlinuz" "$dir/vmlinuz"
	make_initramfs "$dir" "$release"
	if [ "$kernel" = latest ]; then
		make_chroot "$dir" "$release" > "$dir/log" 2>&1 ||
			{ tail -n 30 "$dir/log" >&2; die "latest: the chroot cannot be made"; }
	else
		relocate_headers "$dir" "$release"
	fi
}

# --- any kernel ------------------------------------------------------------

prepare_once() {
	local kernel=$1 dir=$2

	[ ! -e "$dir/ready" ] || return 0
	"prepare_$3" "$kernel" "$dir" "$4"
	touch "$dir/ready"
	say "$kernel: ready"
	# Those it replaces go, once no other checkout uses them any more.
	find "$vm_cache" -maxdepth 1 -name "$kernel-[0-9]*" -mtime +7 -exec rm -rf {} +
}

# prepare KERNEL: sets vm_dir to the directory of a kernel that is ready.
prepare() {
	local kernel=$1 pkg version src key once

	case $kernel in
	uml|uml-debug)
		need gcc libc6-dev pahole
		src=$(kernel_source)
		package_of source
		key=$({ gcc -dumpfullversion && pahole --version &&
			fragments "$kernel" | xargs cat; } | sha256sum)
		vm_dir=$vm_cache/$kernel-$version-${key:0:12}
		once=(uml "$src")
		;;
	6.1|6.12|latest)
		package_of "$kernel"
		vm_dir=$vm_cache/$kernel-$version
		once=(debian "$pkg")
		;;
	*)
		die "no such kernel: $kernel (there are $vm_kernels)"
		;;
	esac
	[ -e "$vm_dir/ready" ] ||
		locked "$(basename "$vm_dir")" prepare_once "$kernel" "$vm_dir" "${once[@]}"
	touch "$vm_dir"
}
