#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/initramfs.rst, typed into a fresh Debian, whose initramfs then
# boots in a machine that has no disk at all. There an IPv6-only client in a namespace of
# its own gets at an IPv4-only server. busybox is the only shell.

# shellcheck source=tools/testing/system/lib.sh
. "$(dirname "$0")/lib.sh"

target=$work/root
fresh_debian "$target"

must "module and scripts are installed" install_tree "$target"

list() { inside "$target" lsinitramfs "/boot/initrd.img-$release"; }
none_yet() { inside "$target" update-initramfs -u && ! list | grep nat64.ko; }
check "without files for it nothing is in the initramfs" none_yet

commands "$vm_tree/Documentation/recipes/initramfs.rst" > "$target/root/typed"
check "the recipe's commands succeed" inside "$target" \
	sh -exc 'apt-get -qq update && . /root/typed'
for file in nat64.ko sbin/nat64-restore sbin/nat64-save etc/nat64.d/box.conf \
	    scripts/init-premount/nat64; do
	there() { list | grep "$file\$"; }
	check "the initramfs has $file" there
done

names_clients() {
	local static=$target/etc/nat64.d/initramfs/static.conf umask=$target/etc/initramfs-tools/conf.d/nat64

	echo "bib/tcp/192.0.2.1#80/ipv6 2001:db8:64::2#80" > "$static"
	inside "$target" update-initramfs -u 2>&1 | tee "$work/warned"
	echo UMASK=0077 > "$umask"
	inside "$target" update-initramfs -u 2>&1 | tee "$work/content"
	rm "$static"
	grep -q "clients' addresses" "$work/warned" && ! grep "clients' addresses" "$work/content" &&
		[ "$(stat -c %a "$target/boot/initrd.img-$release")" = 600 ]
}
check "static bindings in it are warned of, and not readable with UMASK" names_clients

# --- a client ------------------------------------------------------------------

# eth1 of the box is a cable to the client.
cat > "$target/etc/initramfs-tools/hooks/client" <<'END'
#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
copy_exec /usr/sbin/ip /test/ip
copy_exec /usr/bin/ping /test/ping
manual_add_modules veth
END
cat > "$target/etc/initramfs-tools/scripts/init-premount/00client" <<'END'
#!/bin/sh
[ "$1" != prereqs ] || { echo udev; exit 0; }
modprobe veth
mkdir -p /run/netns
/test/ip netns add client
/test/ip link add eth1 type veth peer name eth0 netns client
/test/ip -n client address add 2001:db8:64::2/64 dev eth0 nodad
/test/ip -n client link set eth0 up
/test/ip -n client route add default via 2001:db8:64::1
END
sed -i 's/echo udev/echo udev 00client/' \
	"$target/etc/initramfs-tools/scripts/init-premount/network"
need python3
mkdir "$work/www"
echo translated > "$work/www/page"
port=$((20000 + $$ % 20000))
python3 -m http.server -b 127.0.0.1 -d "$work/www" $port > "$out/server.log" 2>&1 &
# shellcheck disable=SC2034	# the trap's
server=$!
cat > "$target/etc/initramfs-tools/scripts/init-premount/test" <<END
#!/bin/sh
[ "\$1" != prereqs ] || { echo network nat64; exit 0; }
client() { nsenter --net=/run/netns/client "\$@"; }
is() { echo "\$1: \$2"; }
{
	is root "\$(grep -c ' /root ' /proc/mounts)"
	is shell "\$(sh --help 2>&1 | head -n 1)"
	is pool4 "\$(ls /sys/kernel/config/nat64/pool4)"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		client /test/ping -c 1 -W 1 2001:db8:64::1 > /dev/null && break
	done
	is ping "\$(client /test/ping -c 3 64:ff9b::192.0.2.254 2>&1)"
	is page "\$(client wget -qO- 'http://[64:ff9b::192.0.2.254]:$port/page' 2>&1)"
	is bib "\$(cat /proc/net/nat64/bib)"
	echo pool4/192.0.2.300/ > /etc/nat64.d/wrong.conf
	/scripts/init-premount/nat64
	is wrong \$?
	is pool4_then "\$(ls /sys/kernel/config/nat64/pool4)"
	rm /etc/nat64.d/wrong.conf
	rmdir /sys/kernel/config/nat64/pool4/192.0.2.1
	umount /sys/kernel/config
	rmmod nat64
	sh -e <<-'BY_HAND'
		modprobe nat64
		mount -t configfs configfs /sys/kernel/config
		mkdir /sys/kernel/config/nat64/pool4/192.0.2.1
	BY_HAND
	is by_hand "\$(client /test/ping -c 3 64:ff9b::192.0.2.254 2>&1)"
} > /dev/ttyS1 2>&1
poweroff -f
END
chmod +x "$target"/etc/initramfs-tools/hooks/client \
	"$target"/etc/initramfs-tools/scripts/init-premount/{00client,test}
must "an initramfs with a client in it" inside "$target" update-initramfs -u

# --- booted ----------------------------------------------------------------------

run_it() {
	qemu boot 300 "$target/boot/vmlinuz-$release" "$target/boot/initrd.img-$release" \
		-append "root=/dev/nowhere console=ttyS0 net.ifnames=0 panic=-1" \
		-serial file:"$out/boot.typed" \
		-netdev user,id=net,ipv6=off,net=192.0.2.0/24,host=192.0.2.254 \
		-device virtio-net-pci,netdev=net
	cat "$out/boot.console" "$out/boot.typed"
	! grep -aE '(WARNING|BUG:|Oops|Kernel panic)' "$out/boot.console"
}
must "it boots without a disk" run_it
told() { tr -d '\r' < "$out/boot.typed" | grep -E "$1"; }
check "there is no root file system" told '^root: 0$'
check "the shell is busybox" told '^shell: BusyBox v'
check "the pool is there" told '^pool4: 192.0.2.1$'
answered() { told "^$1: PING" && told "^$1: " && tr -d '\r' < "$out/boot.typed" |
	sed "1,/^$1: /d" | grep -m 1 ' received' | grep '3 received'; }
check "a ping is translated" answered ping
check "a web page is, by TCP" told '^page: translated$'
check "the table has it" told 'tcp 2001:db8:64::2#[0-9]+ 192.0.2.1#6'
check "a wrong configuration is told" told 'wrong.conf:1: '
check "and the machine goes on" told '^wrong: 0$'
check "with the one that it had" told '^pool4_then: 192.0.2.1$'
check "three lines of the shell do as well" answered by_hand
