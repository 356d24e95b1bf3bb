#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A cable of two tun devices: what is sent on one is received by the other.

cable.py [-o] [-u] NAMESPACE DEVICE NAMESPACE DEVICE

-o	The devices have a virtio_net_hdr and all offloads: super-packets pass
	whole, their checksums are left to be computed, as they come from the
	network cards of virtual machines. Otherwise nothing is offloaded.
-u	Besides, super-packets of UDP pass as one datagram that is to be fragmented
	(VIRTIO_NET_HDR_GSO_UDP), which guests of long ago do send.

Prints "ready" once both are there, then goes on until it is killed or one of them is gone.
"""

import argparse
import ctypes
import errno
import fcntl
import os
import selectors
import struct

TUNSETIFF = 0x400454CA
TUNSETOFFLOAD = 0x400454D0
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
IFF_VNET_HDR = 0x4000
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6, TUN_F_TSO_ECN = 1, 2, 4, 8
TUN_F_USO4, TUN_F_USO6 = 0x20, 0x40
CLONE_NEWNET = 0x40000000

# struct virtio_net_hdr: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset
HEADER = struct.Struct("=BBHHHH")
GSO_UDP = 3
GSO_UDP_L4 = 5


def enter(namespace):
    fd = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")
    os.close(fd)


def tun(namespace, device, offloads):
    enter(namespace)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    flags = IFF_TUN | IFF_NO_PI | (IFF_VNET_HDR if offloads else 0)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH14x", device.encode(), flags))
    if offloads:
        features = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN
        try:
            fcntl.ioctl(fd, TUNSETOFFLOAD, features | TUN_F_USO4 | TUN_F_USO6)
        except OSError:         # before 6.2
            fcntl.ioctl(fd, TUNSETOFFLOAD, features)
    return fd


def to_ufo(packet):
    """Turn what is to be cut into datagrams into one that is to be fragmented."""
    flags, kind, length, size, start, offset = HEADER.unpack_from(packet)
    if kind == GSO_UDP_L4:
        # The piece is what a fragment carries: whole units of 8 octets.
        size = (size + 8) // 8 * 8
        HEADER.pack_into(packet, 0, flags, GSO_UDP, length, size, start, offset)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", dest="offloads", action="store_true")
    parser.add_argument("-u", dest="ufo", action="store_true")
    parser.add_argument("ends", nargs=4)
    args = parser.parse_args()
    ends = [tun(*args.ends[i:i + 2], args.offloads or args.ufo) for i in (0, 2)]
    selector = selectors.DefaultSelector()
    for end, other in (ends, ends[::-1]):
        selector.register(end, selectors.EVENT_READ, other)
    print("ready", flush=True)
    # Always the same one: fresh memory costs more than the packet.
    packet = memoryview(bytearray(1 << 18))
    while True:
        for key, _ in selector.select():
            try:
                count = os.readv(key.fd, [packet])
                if args.ufo:
                    to_ufo(packet)
                os.write(key.data, packet[:count])
            except OSError as error:
                if error.errno == errno.EBADFD:
                    return      # the device is gone
                # Else it is not up yet, or not any more.


if __name__ == "__main__":
    main()
