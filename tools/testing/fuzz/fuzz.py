#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Mutates packets and sends them through a translator that fuzz.sh has set up.

A run is a number of steps; a step is a packet, or a few that belong together,
and depends on the seed and its number alone. So any range of steps can be
replayed: --from and --count. What changes the configuration meanwhile is derived
from the same seed, and a replay makes the changes before its range, too.

What must hold of what comes out is checked here as well: well-formed headers,
and a transport checksum that is right if and only if it was before.
"""

import argparse
import array
import collections
import ctypes
import errno
import fcntl
import ipaddress
import os
import queue
import random
import re
import select
import socket
import struct
import subprocess
import sys
import threading
import time

import corpus
from packets import (
    ICMP, ICMPV6, TCP, UDP, Layout, checksum, embed, ext, extract, fix, fix_lengths, pseudo, state)

# Which Python does not name.
SOL_PACKET, PACKET_AUXDATA, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 8, 15, 23
TP_STATUS_CSUMNOTREADY = 8
SO_RCVBUFFORCE = 33
IPV6_HDRINCL = 36
TUNSETIFF = 0x400454ca
IFF_TUN, IFF_TAP, IFF_NAPI, IFF_NAPI_FRAGS, IFF_NO_PI, IFF_VNET_HDR = 1, 2, 0x10, 0x20, 0x1000, 0x4000
SIOCETHTOOL = 0x8946
ETHTOOL = {"tx": 0x17, "tso": 0x1f, "gso": 0x24}
GSO_TCPV4, GSO_UDP, GSO_TCPV6, GSO_UDP_L4, GSO_ECN = 1, 3, 4, 5, 0x80
POOL = bytes((203, 0, 113))
LIBC = ctypes.CDLL(None, use_errno=True)


class Complaint(Exception):
    """Something went wrong that is worth stopping for."""


def enter(ns):
    """This thread's sockets are of that namespace from now on."""
    with open(f"/run/netns/{ns}", "rb") as f:
        if LIBC.setns(f.fileno(), 0):
            raise OSError(ctypes.get_errno(), f"setns {ns}")


# --- mutations ----------------------------------------------------------------

BYTES = (0, 1, 2, 4, 5, 6, 7, 8, 15, 16, 17, 20, 40, 43, 44, 51, 58, 59, 60, 0x45, 0x46, 0x60,
         0x7f, 0x80, 0xfe, 0xff)
WORDS = (0, 1, 7, 8, 9, 19, 20, 39, 40, 48, 68, 0x1fff, 0x2000, 0x4000, 0x7fff, 0x8000, 0xfff8,
         0xffff)


def flip(rng, p):
    """A bit, with a liking for the headers."""
    at = rng.randrange(min(len(p), 80 if rng.random() < 0.8 else len(p)))
    p[at] ^= 1 << rng.randrange(8)


def set_byte(rng, p):
    at = rng.randrange(min(len(p), 80 if rng.random() < 0.8 else len(p)))
    p[at] = rng.choice(BYTES) if rng.random() < 0.7 else rng.randrange(256)


def set_word(rng, p):
    if len(p) < 2:
        return
    at = rng.randrange(min(len(p) - 1, 80)) & ~(rng.random() < 0.8)
    struct.pack_into("!H", p, at, rng.choice(WORDS))


def lie(rng, p):
    """A length field, of whatever header, says something else."""
    fields = [(at, width) for at, width in Layout(p).lengths if at + width <= len(p)]
    if not fields:
        return
    at, width = rng.choice(fields)
    old = int.from_bytes(p[at:at + width], "big")
    if width == 1:
        # IHL and data offset are in half of a byte, the one at either end.
        new = rng.choice((old ^ 1 << rng.randrange(8), old + 1, old - 1, rng.randrange(256), 0,
                          0x40, 0x44, 0x4f, 0x46, 0x50, 0xf0, 255)) & 0xff
    else:
        new = rng.choice((old + 1, old - 1, old + 8, old - 8, old + 4, old - 4, 2 * old, old // 2,
                          rng.randrange(65536), len(p), *WORDS)) & 0xffff
    p[at:at + width] = new.to_bytes(width, "big")


def truncate(rng, p):
    n = rng.random()
    layout = Layout(p)
    if n < 0.5 and layout.l4:
        cut = layout.l4 + rng.randrange(64)
    elif n < 0.8:
        cut = rng.randrange(1, 100)
    else:
        cut = rng.randrange(1, len(p) + 1)
    del p[cut:]


def extend(rng, p):
    p += rng.randbytes(rng.choice((1, 2, 3, 4, 7, 8, 20, 100, 1000)))


def splice(rng, p):
    """The rest of it is another packet's."""
    _, others = corpus.make(rng, rng.choice(("6to4", "4to6")))
    other = others[0] if others else b""
    if not other:
        return
    n = rng.random()
    if n < 0.4:
        # Headers of one, transport of the other.
        here, there = Layout(p).l4 or 0, Layout(other).l4 or 0
    elif n < 0.6:
        here, there = len(p), 0
    else:
        here, there = rng.randrange(len(p)), rng.randrange(len(other))
    p[here:] = other[there:]


def remove(rng, p):
    at = rng.randrange(len(p))
    del p[at:at + rng.choice((1, 2, 4, 8, 20, 40))]
    if not p:
        p += b"\x60"


def repeat(rng, p):
    at = rng.randrange(len(p))
    p[at:at] = p[at:at + rng.choice((1, 2, 4, 8, 20, 40))]


def insert_header(rng, p):
    """Where the transport header was, the header that is said to be there."""
    layout = Layout(p)
    if not layout.nexthdr or layout.l4 is None:
        return
    if layout.version == 6:
        at = layout.nexthdr[-1]
        kind = rng.choice((0, 43, 44, 60, 60, 51, 135))
        body = rng.randbytes(rng.choice((6, 6, 14, 22)))
        p[layout.l4:layout.l4] = ext(p[at], body)
        p[at] = kind
    elif layout.l4 == 20:
        options = rng.choice(corpus.IP_OPTIONS)
        options += bytes(-len(options) % 4)
        p[20:20] = options
        p[0] = 0x45 + len(options) // 4


def remove_header(_rng, p):
    layout = Layout(p)
    if layout.l4:
        del p[20 if layout.version == 4 else 40:layout.l4]


def swap_ends(_rng, p):
    if p[0] >> 4 == 4 and len(p) >= 20:
        p[12:20] = p[16:20] + p[12:16]
    elif len(p) >= 40:
        p[8:40] = p[24:40] + p[8:24]


def strange_protocol(rng, p):
    fields = [at for at in Layout(p).nexthdr if at < len(p)]
    if fields:
        p[rng.choice(fields)] = rng.choice((0, 1, 4, 6, 17, 41, 43, 44, 50, 51, 58, 59, 60, 132,
                                            135, 139, 140, 253, 255))


def into_fragment(rng, p):
    if p[0] >> 4 == 4 and len(p) >= 20:
        struct.pack_into("!H", p, 6, rng.choice((0x2000, 1, 2, 0x2001, 0x1fff, 0x3fff, 0x8000,
                                                 rng.randrange(65536))))
    else:
        layout = Layout(p)
        if layout.nexthdr and layout.l4:
            at = layout.nexthdr[-1]
            p[layout.l4:layout.l4] = bytes((p[at], 0)) + struct.pack(
                "!HI", rng.choice((0, 1, 8, 9, 0xfff8, 0xfff9, 6)), rng.randrange(4))
            p[at] = 44


MUTATIONS = [flip] * 4 + [set_byte] * 4 + [set_word] * 2 + [lie] * 8 + [truncate] * 5 + \
    [extend] * 2 + [splice] * 2 + [remove, repeat] + [insert_header] * 3 + \
    [remove_header, swap_ends, strange_protocol, strange_protocol, into_fragment]


def how_many(rng):
    n = rng.random()
    if n < 0.3:
        return 0
    if n < 0.7:
        return 1
    return 2 + int((n - 0.7) * 10) if n < 0.95 else rng.randrange(4, 12)


def mutate(rng, p):
    """Returns whether anything was done."""
    count = how_many(rng)
    for _ in range(count):
        rng.choice(MUTATIONS)(rng, p)
        if not p:
            p += b"\x45"
    if count:
        # Deeper code is reached by what is consistent.
        if rng.random() < 0.8:
            fix_lengths(p)
        if rng.random() < 0.85:
            fix(p)
        elif rng.random() < 0.8 and len(p) >= 20 and p[0] >> 4 == 4:
            # Wrong further in only.
            ihl = max(5, p[0] & 15) * 4
            p[10:12] = b"\0\0"
            struct.pack_into("!H", p, 10, checksum(p[:ihl]))
    return count > 0


# --- virtio-net headers -----------------------------------------------------------

def vnet_header(rng, p, before, grow):
    """What a guest tells of its packet: mostly something that fits, for the kernel
    checks it; before is how long the link layer's header is. May make a
    super-packet of p first (grow)."""
    layout = Layout(p)
    flags = kind = gso_size = 0
    offset = {TCP: 16, UDP: 6}.get(layout.proto, rng.choice((2, 6, 16)))
    l4 = layout.l4 or 40
    if rng.random() < 0.03:
        # A super-packet of whatever is in it.
        flags = 1
        kind, offset = rng.choice(((GSO_TCPV4, 16), (GSO_TCPV6, 16), (GSO_UDP_L4, 6), (GSO_UDP, 6)))
        gso_size = rng.choice((1, 8, 100, 536, 1400))
    elif layout.proto in (TCP, UDP) and layout.l4 and rng.random() < 0.8:
        flags = 1
        if rng.random() < 0.75:
            if grow and rng.random() < 0.6:
                p += rng.randbytes(rng.choice((3000, 3000, 9000, 20000, 60000)))
            if layout.proto == UDP and rng.random() < 0.9:
                struct.pack_into("!H", p, l4 + 4, min(len(p) - l4, 65535)) if \
                    l4 + 6 <= len(p) else None
            fix_lengths(p)
            if layout.proto == UDP:
                kind = GSO_UDP_L4 if rng.random() < 0.9 else GSO_UDP
            else:
                kind = (GSO_TCPV4 if layout.version == 4 else GSO_TCPV6) | \
                    (GSO_ECN if rng.random() < 0.1 else 0)
            gso_size = rng.choice((1, 8, 100, 536, 1000, 1220, 1400, 1440, 8000, 65535)) if \
                len(p) < 3000 else rng.choice((536, 1000, 1220, 1400, 1440, 8000))
        at = l4 + offset
        if at + 2 <= len(p):
            # What is left for the device begins with the sum of the pseudo header.
            part = 0xffff - checksum(pseudo(p[layout.addresses], layout.proto, len(p) - l4))
            struct.pack_into("!H", p, at, part)
    start, length = before + l4, before + l4 + (20 if layout.proto == TCP else 8)
    if rng.random() < 0.15:
        what = rng.randrange(6)
        if what == 0:
            start = rng.choice((0, 1, before, before + 8, start + 1, start - 2, len(p), 65535))
        elif what == 1:
            offset = rng.choice((0, 1, 2, 6, 16, 100, 65535))
        elif what == 2:
            length = rng.choice((0, 1, 14, 20, 54, before + l4, len(p), 65535))
        elif what == 3:
            gso_size = rng.choice((0, 1, 2, 7, 65535))
        elif what == 4:
            kind = rng.choice((0, GSO_TCPV4, GSO_UDP, GSO_TCPV6, GSO_UDP_L4, 2, 6, GSO_ECN, 0x7f))
        else:
            flags = rng.choice((0, 1, 2, 3, 0xff))
    return struct.pack("=BBHHHH", flags, kind, min(max(length, 0), 65535), gso_size & 0xffff,
                       max(start, 0) & 0xffff, offset & 0xffff)


# --- ways in ----------------------------------------------------------------------

class Door:
    """A way into the translator. Counts what the kernel does not take."""

    def __init__(self):
        self.sent = 0
        self.refused = collections.Counter()

    def send(self, rng, p, header=None):
        try:
            self.put(rng, p, header)
            self.sent += 1
        except OSError as e:
            self.refused[errno.errorcode.get(e.errno, str(e.errno))] += 1

    def put(self, rng, p, header):
        """header is what virtio-net tells of p; if None, one is made."""
        raise NotImplementedError


def ether_type(p):
    return b"\x08\x00" if p[0] >> 4 == 4 else b"\x86\xdd"


class Veth(Door):
    """The link to a neighbour: linear, as from a network card; with a virtio-net
    header paged when it is large."""

    def __init__(self, ns, dev, mac, vnet):
        super().__init__()
        enter(ns)
        self.vnet = vnet
        self.link = mac + b"\x02\0\0\0\0\x01"
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        if vnet:
            self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.sock.bind((dev, 0))
        self.sock.setblocking(False)

    def put(self, rng, p, header):
        link = self.link
        if rng.random() < 0.01:
            link = rng.choice((b"\xff" * 6, b"\x33\x33\0\0\0\1", b"\x02" + bytes(5))) + link[6:]
        parts = [link, ether_type(p), p]
        if self.vnet:
            parts.insert(0, header or vnet_header(rng, p, 14, True))
        self.sock.sendmsg(parts)


class Tap(Door):
    """A tap device whose every piece becomes a page fragment, through NAPI and GRO."""

    def __init__(self, ns, name):
        super().__init__()
        enter(ns)
        self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack(
            "16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_NAPI | IFF_NAPI_FRAGS))
        mac = bytes.fromhex("020000000042")
        subprocess.run(["ip", "link", "set", name, "address", mac.hex(":"), "mtu", "9000", "up"],
                       check=True)
        self.link = mac + b"\x02\0\0\0\0\x01"

    def put(self, rng, p, header):
        header = header or vnet_header(rng, p, 14, rng.random() < 0.2)
        frame = self.link + ether_type(p) + bytes(p)
        # The first piece, with the virtio-net header in it, is the linear part.
        cuts = [rng.choice((14, 34, 54, 62, 74, 15 + rng.randrange(80)))]
        for _ in range(rng.choice((0, 0, 1, 2, 5))):
            cuts.append(cuts[-1] + rng.choice((1, 2, 8, 20, 40, 1 + rng.randrange(1000))))
        cuts = [0] + [c for c in cuts if c < len(frame)]
        while len(frame) - cuts[-1] > 4096:
            cuts.append(cuts[-1] + 4096)
        pieces = [frame[a:b] for a, b in zip(cuts, cuts[1:] + [len(frame)])]
        pieces = pieces[:16] + ([b"".join(pieces[16:])[:4096]] if len(pieces) > 16 else [])
        pieces[0] = header + pieces[0]
        os.writev(self.fd, pieces)


class Tun(Door):
    """A tun device: no link layer, and with a virtio-net header."""

    def __init__(self, ns, name):
        super().__init__()
        enter(ns)
        self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH22x", name.encode(),
                                                    IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
        subprocess.run(["ip", "link", "set", name, "mtu", "9000", "up"], check=True)

    def put(self, rng, p, header):
        header = header or vnet_header(rng, p, 0, rng.random() < 0.3)
        os.writev(self.fd, [header, p])


class Local(Door):
    """Sockets of the box itself, whose headers nobody has looked at."""

    def __init__(self, ns):
        super().__init__()
        enter(ns)
        self.sock6 = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.sock6.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
        self.sock4 = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.sock4.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        self.sock4.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for s in (self.sock6, self.sock4):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            s.setblocking(False)

    def put(self, _rng, p, _header):
        if p[0] >> 4 == 4:
            self.sock4.sendto(p, (socket.inet_ntoa(p[16:20]) if len(p) >= 20 else "203.0.113.1", 0))
        else:
            to = socket.inet_ntop(socket.AF_INET6, p[24:40]) if len(p) >= 40 else "64:ff9b::1"
            self.sock6.sendto(p, (to, 0))


# --- what comes out -----------------------------------------------------------------

class Watch:
    """Sees what the router sends to a neighbour, and judges it."""

    def __init__(self, ns, dev, version):
        enter(ns)
        self.version = version
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.sock.bind((dev, 0x0800 if version == 4 else 0x86dd))
        self.sock.setblocking(False)
        self.seen = 0
        self.compared = 0

    def packets(self):
        """Yields (packet, whether its transport checksum is complete)."""
        while True:
            try:
                p, ancillary, _, _ = self.sock.recvmsg(70000, 64)
            except BlockingIOError:
                return
            self.seen += 1
            status = 0
            for level, kind, data in ancillary:
                if level == SOL_PACKET and kind == PACKET_AUXDATA:
                    status = struct.unpack_from("=I", data)[0]
            yield p, not status & TP_STATUS_CSUMNOTREADY

    def check(self, p):
        """What any packet that leaves a router has to be. Those of ours have no IPv4
        options; the kernel's answers may have."""
        wrong = self.malformed4(p) if self.version == 4 else self.malformed6(p)
        if not wrong:
            layout = Layout(p)
            wrong = layout.is_error(p) and self.bad_error(p, layout)
        if wrong:
            raise Complaint(f"what came out is not well-formed: {wrong}: {bytes(p[:200]).hex()}")

    @staticmethod
    def malformed4(p):
        if len(p) < 20:
            return "it is short"
        total, fragment = struct.unpack_from("!HxxH", p, 2)
        return "version or IHL" if p[0] != 0x45 and (p[0] < 0x45 or p[12:15] == POOL) else \
            "tot_len" if total != len(p) else \
            "header checksum" if checksum(p[:(p[0] & 15) * 4]) not in (0, 0xffff) else \
            "TTL" if not p[8] else \
            "no packet is so large" if (fragment & 0x1fff) * 8 + total > 65535 else None

    @staticmethod
    def malformed6(p):
        if len(p) < 40:
            return "it is short"
        length = struct.unpack_from("!H", p, 4)[0]
        if p[6] == 44 and len(p) >= 48:
            offset = struct.unpack_from("!H", p, 42)[0] & ~7
            if offset + length - 8 > 65535:
                return "no packet is so large"
        return "version" if p[0] >> 4 != 6 else \
            "payload_len" if length != len(p) - 40 else \
            "hop limit" if not p[7] else None

    def bad_error(self, p, layout):
        """An ICMP error of ours: the packet in it is the destination's own."""
        at = layout.l4 + 8
        if self.version == 4:
            if p[12:15] != POOL or layout.fragment:
                return None
            return "an error of more than 576 octets" if len(p) > 576 else \
                "the quoted header" if p[at] != 0x45 else \
                "the quoted checksum" if checksum(p[at:at + 20]) not in (0, 0xffff) else \
                "the quoted source" if p[at + 12:at + 16] != p[16:20] else None
        if layout.fragment or not any(extract(x, p[8:24]) for x in corpus.PREFIXES):
            return None
        return "an error of more than 1280 octets" if len(p) > 1280 else \
            "the quoted version" if p[at] >> 4 != 6 else \
            "the quoted source" if p[at + 8:at + 24] != p[24:40] else \
            "the quoted destination" if not any(extract(x, p[at + 24:at + 40])
                                                for x in corpus.PREFIXES) else None

    def drain(self, judge=True):
        for p, _ in self.packets():
            if judge:
                self.check(p)

    def compare(self, sent, layout):
        """A packet that went in by the other side has come out here, or has not. Its
        checksum is right if it was right, and wrong if it was wrong."""
        was = state(sent, layout)
        for p, complete in self.packets():
            self.check(p)
            if not complete or was is None or not self.is_that(p, sent, layout):
                continue
            out = Layout(p)
            now = state(p, out)
            if now is None or not self.same_inside(p, out, sent, layout):
                continue
            self.compared += 1
            hops = (7, 8) if self.version == 4 else (8, 7)
            if p[hops[1]] != sent[hops[0]] - 1 and not layout.is_error(sent):
                raise Complaint(f"hop limit or TTL is not one less: {bytes(p[:100]).hex()}")
            if layout.proto == TCP and sent[layout.l4 + 18:layout.end] != p[out.l4 + 18:]:
                raise Complaint(f"the payload is not what it was: {bytes(p[:200]).hex()}")
            expected = "good" if was == "none" else was
            if now != expected and not (was == "bad" and layout.is_error(sent)):
                raise Complaint(f"a checksum that was {was} is {now}: out came {bytes(p).hex()}")
            return

    def is_that(self, p, sent, layout):
        if self.version == 4:
            daddr = bytes(sent[24:40])
            proto = ICMP if layout.proto == ICMPV6 else layout.proto
            return p[9] == proto and any(extract(x, daddr) == p[16:20] for x in corpus.PREFIXES)
        proto = ICMPV6 if layout.proto == ICMP else layout.proto
        saddr = bytes(sent[12:16])
        return p[6] == proto and any(embed(x, saddr) == p[8:24] for x in corpus.PREFIXES)


    def same_inside(self, p, out, sent, layout):
        """Packets of earlier steps may come late: it is the one by what does not
        change in it."""
        if layout.is_error(sent):
            # Not one of the kernel's own.
            return out.is_error(p) and (self.version == 6 or p[12:15] == POOL)
        a, b = layout.l4, out.l4
        if layout.proto == TCP:
            return sent[a + 4:a + 16] == p[b + 4:b + 16]
        if layout.proto == UDP:
            far = 0 if self.version == 6 else 2
            return sent[a + far:a + far + 2] == p[b + far:b + far + 2] and \
                sent[a + 8:layout.end] == p[b + 8:]
        return sent[a + 6:layout.end] == p[b + 6:]


class Sniffer:
    """As tcpdump on the router: what it was shown must not change any more, whatever
    becomes of the packet. It makes skbs cloned, too."""

    def __init__(self, ns):
        self.ns = ns
        self.socks = {}
        self.compared = 0

    def open(self):
        enter(self.ns)
        for dev in ("lan", "wan"):
            s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            s.bind((dev, 3))        # ETH_P_ALL
            s.setblocking(False)
            self.socks[dev] = s

    def close(self):
        for s in self.socks.values():
            s.close()
        self.socks = {}

    def seen(self, dev):
        out = []
        try:
            while True:
                out.append(self.socks[dev].recv(70000))
        except BlockingIOError:
            return out

    def before(self):
        for dev in self.socks:
            self.seen(dev)

    def after(self, dev, p):
        if dev not in self.socks:
            return
        shown = self.seen(dev)
        if len(shown) == 1 and len(shown[0]) == len(p):
            self.compared += 1
            if shown[0] != p:
                raise Complaint(f"a clone was written to: it is {shown[0].hex()}")


class KernelLog:
    """Complaints of the kernel's, soon after they are made."""

    SPLAT = re.compile(r"(WARNING:|BUG:|KASAN:|UBSAN:|Oops|general protection fault|kernel BUG|"
                       r"Kernel panic|INFO: (task|rcu)|rcu: INFO|refcount_t:|ref_tracker:|"
                       r"unregister_netdevice: waiting|-+\[ cut here|list_(add|del) corruption)")

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDWR | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def say(self, text):
        os.write(self.fd, f"fuzz: {text}\n".encode())

    def complaint(self):
        while True:
            try:
                text = os.read(self.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                return None
            except BrokenPipeError:
                continue        # some of it was overwritten
            text = text.split(";", 1)[-1].split("\n")[0]
            if self.SPLAT.match(text):
                return text


# What open() may say, too.
NO_MEMORY = (errno.ENOMEM, errno.ENOBUFS, errno.ENFILE, errno.EAGAIN)

# What can be done again once this has been done.
AGAIN = {os.mkdir: os.rmdir, os.rmdir: os.mkdir}


class Faults:
    """Allocations fail: of packets at random, of changes one after the other."""

    FAILSLAB = "/sys/kernel/debug/failslab"
    # Not where kmemleak and the trackers of references have theirs: without these
    # they give up.
    CACHES = re.compile(r"nat64_|skbuff_|kmalloc-(64|96|128|192|\d{3}|\d+k)$|rtable|ip6_dst|fib6_|"
                        r"ip[46]-frags|nf-frags|inet_peer|kernfs_node|configfs_dir|dentry|inode_cache")

    def __init__(self, on):
        self.on = on
        self.failed = 0
        if on:
            for cache in os.listdir("/sys/kernel/slab"):
                if self.CACHES.match(cache):
                    self.put(f"/sys/kernel/slab/{cache}/failslab", 1)
            for what, value in (("cache-filter", "Y"), ("task-filter", "N"), ("times", -1),
                                ("verbose", 0)):
                self.put(f"{self.FAILSLAB}/{what}", value)
        self.packets(False)

    @staticmethod
    def put(path, value):
        with open(path, "w", encoding="ascii") as f:
            f.write(str(value))

    def packets(self, on):
        """What must not sleep fails, whoever asks: one in so many."""
        if not self.on:
            return
        self.put(f"{self.FAILSLAB}/probability", 0)
        self.put(f"{self.FAILSLAB}/ignore-gfp-wait", "Y" if on else "N")
        if on:
            self.put(f"{self.FAILSLAB}/probability", 8)

    def attempt(self, what, *more, again=None):
        """Do it with the first allocation failing, then the second, until none is left
        to fail: that time it must succeed. Where it succeeds before, again() makes
        the next attempt possible; without that it is the end."""
        if not self.on:
            return what(*more)
        again = again or AGAIN.get(what)
        self.packets(False)
        # Open, so that asking needs no memory.
        nth_fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
        try:
            for nth in range(1, 2000):
                error = None
                os.pwrite(nth_fd, b"%d" % nth, 0)
                try:
                    result = what(*more)
                except OSError as e:
                    error = e
                left = int(os.pread(nth_fd, 16, 0).strip(b"\0\n "))
                os.pwrite(nth_fd, b"0", 0)
                self.failed += not left
                if error and (left or error.errno not in NO_MEMORY):
                    raise error
                if not error and (left or not again):
                    return result
                if not error:
                    again(*more)
        finally:
            os.close(nth_fd)
            self.packets(True)
        raise Complaint(f"{what} {more}: fails for ever")


# --- the configuration ----------------------------------------------------------------

# attribute: what it is changed to for a while; only those that there are.
ATTRIBUTES = {
    "enabled": ("0", "drain", "drain"),
    "staged": ("1",),
    "pool6": ("2001:db8:6464::/48", "64:ff9b::/96", "2001:db8:6400::/40 64:ff9b::/96",
              "64:ff9b::/96 2001:db8:6464::/48 2001:db8:7000:7000::/64 2001:db9::/32"),
    "denied_ipv4": ("192.0.2.0/24", "10.0.0.0/8 192.0.2.25", "0.0.0.0/0", " "),
    "timeouts/udp": ("120", "600"),
    "timeouts/icmp": ("60",),
    "timeouts/tcp_est": ("7200",),
    "timeouts/tcp_trans_open": ("240",),
    "timeouts/tcp_trans_close": ("240",),
    "timeouts/tcp_in_syn": ("6",),
    "filtering/address_dependent": ("1",),
    "filtering/drop_external_tcp": ("1",),
    "filtering/drop_icmp_info": ("1",),
    "allocation/pairing": ("soft", "hard"),
    "allocation/hold_down": ("0", "1", "120"),
    "allocation/hold_down_max": ("0", "100"),
    "translation/lowest_ipv6_mtu": ("1280", "1300", "1500", "9000"),
    "translation/mtu_plateaus": ("68", "65535 1500 1280 576 68", "1492 1006"),
    "translation/tos": ("0", "255"),
    "translation/traffic_class": ("zero",),
    "translation/udp_zero_checksum": ("drop", "compute"),
    "translation/icmp_errors": ("off", "send", "ratelimit"),
    "translation/icmp_error_source": ("destination", "router"),
    "translation/wkp_global_only": ("1",),
    "limits/sessions": ("1", "20", "0"),
    "limits/sessions_per_client": ("1", "5"),
    "limits/bindings_per_client": ("1", "2"),
    "limits/binding_rate_per_client": ("1",),
    "limits/client_prefix_len": ("64", "56", "128"),
    "limits/stored_syns": ("0", "1", "4"),
}
# Chain and rule; those of ct bring conntrack in, and its defragmentation.
RULES = [("forward", rule + " drop") for rule in ("ip ttl > 0", "ip6 hoplimit > 0",
                                                  "meta l4proto tcp", "udp dport 53")] + \
    [("forward", "ct state invalid drop"), ("raw", "meta mark set 5"), ("raw", "notrack"),
     ("early", "notrack"), ("early", "notrack"), ("postrouting", "masquerade")]


class Config:
    """Changes the configuration for a while, again and again, from a thread of its
    own: its writes wait for readers, and packets then go on."""

    def __init__(self, args, faults):
        self.args = args
        self.root = args.instance
        self.seed = args.seed
        self.faults = faults
        self.queue = queue.Queue()
        self.counts = collections.Counter()
        self.failed = None
        self.undo = []
        self.devices = None
        self.gro_is_on = False
        if faults.on:
            self.try_instance()
        self.set_up()
        self.attributes = [a for a in ATTRIBUTES if os.path.exists(f"{self.root}/{a}")]
        self.initial = {a: self.read(a) for a in self.attributes}
        self.kinds = [self.attribute] * 10 + [self.ports, self.ports, self.mark, self.mark] + \
            [self.remove_entry, self.add_entry, self.static, self.static, self.expire,
             self.offload, self.offload, self.gro, self.gro, self.firewall, self.firewall,
             self.route, self.device, self.mtu, self.look]
        threading.Thread(target=self.run, daemon=True).start()

    def try_instance(self):
        """An instance is made and removed, with an entry, a binding, and failures."""
        enter(self.args.server)
        spare = f"{os.path.dirname(self.root)}/fuzz-spare"
        entry, binding = f"{spare}/pool4/198.51.100.99", f"{spare}/bib/udp/198.51.100.98#80"
        self.faults.attempt(os.mkdir, spare)
        for path in (entry, binding):
            self.faults.attempt(os.mkdir, path)
        for path in (entry, binding, spare):
            self.faults.attempt(os.rmdir, path)
        self.faults.packets(False)

    def set_up(self):
        self.write("pool6", " ".join(corpus.POOL6))
        self.write("timeouts/allow_below_rfc", "1")
        for name in (corpus.DYNAMIC, corpus.OWN):
            os.mkdir(f"{self.root}/pool4/{name}")
        for s in corpus.STATIC:
            os.mkdir(f"{self.root}/bib/{s.proto}/{s.t4}")
            self.write(f"bib/{s.proto}/{s.t4}/ipv6", s.t6)

    def read(self, path):
        with open(f"{self.root}/{path}", encoding="ascii") as f:
            return f.read()

    def write(self, path, value):
        try:
            with open(f"{self.root}/{path}", "w", encoding="ascii") as f:
                f.write(value)
        except OSError as e:
            e.filename = f"{path} <- {value!r}"
            raise

    def run(self):
        enter(self.args.router)
        self.devices = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while True:
            what, *more = self.queue.get()
            try:
                what(*more)
            except Exception as e:      # the main thread tells
                self.failed = self.failed or e
            self.queue.task_done()

    def wait(self):
        self.queue.join()
        if self.failed:
            raise Complaint(f"the configuration: {self.failed!r}")

    def begin(self, number):
        self.queue.put((self._begin, number))

    def end(self):
        self.queue.put((self._end,))

    def _begin(self, number):
        rng = random.Random(self.seed << 40 | number << 8 | 1)
        kinds = [rng.choice(self.kinds) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        for kind in kinds:
            self.counts[kind.__name__] += 1
            try:
                kind(rng)
            except OSError:
                # One may stand in another's way; not in that of its undoing.
                self.counts["refused"] += 1
                if len(kinds) == 1:
                    raise

    def _end(self):
        while self.undo:
            self.do(*self.undo.pop())

    def do(self, what, *more):
        # A tool's allocations are its own, and so is all that the kernel does for it.
        if what == self.tool:
            self.faults.packets(False)
            try:
                what(*more)
            finally:
                self.faults.packets(True)
        else:
            self.faults.attempt(what, *more, again=what == self.write and (lambda *_: None))

    def change(self, do, undo):
        """In the order that an undo that is not needed does no harm."""
        self.do(*do)
        self.undo.append(undo)

    def attribute(self, rng):
        # These lead to ends that nothing else leads to.
        name = rng.choice(self.attributes + ["enabled", "enabled", "limits/sessions"])
        self.change((self.write, name, rng.choice(ATTRIBUTES[name])),
                    (self.write, name, self.initial[name]))

    def ports(self, rng):
        path = f"pool4/{corpus.DYNAMIC}/" + rng.choice(("tcp", "udp", "icmp"))
        self.change((self.write, path, rng.choice((" ", "6000-6007", "6008", "6000-7000",
                                                   "6001-6003,6005,6010-6015"))),
                    (self.write, path, corpus.DYNAMIC.split("#")[1]))

    def mark(self, rng):
        """One entry or both are for other clients only."""
        for name in (corpus.DYNAMIC, corpus.OWN)[:rng.randrange(1, 3)]:
            path = f"pool4/{name}/mark"
            self.change((self.write, path, rng.choice(("1/1", "0x5/0xff"))),
                        (self.write, path, "0/0"))

    def remove_entry(self, rng):
        path = f"{self.root}/pool4/" + rng.choice((corpus.DYNAMIC, corpus.DYNAMIC, corpus.OWN))
        self.change((os.rmdir, path), (os.mkdir, path))

    def add_entry(self, rng):
        path = f"{self.root}/pool4/" + rng.choice(("203.0.113.64_26#1000-1100", "203.0.113.2",
                                                  "203.0.113.1#7000-7003", "203.0.113.0_29#80"))
        self.change((os.mkdir, path), (os.rmdir, path))

    def static(self, rng):
        s = rng.choice(corpus.STATIC)
        path = f"bib/{s.proto}/{s.t4}"
        back = (self.write, f"{path}/ipv6", s.t6)
        n = rng.random()
        if n < 0.3:
            self.change((self.write, f"{path}/ipv6", "2001:db8::b#4000"), back)
        elif n < 0.6:
            self.change((self.write, f"{path}/ipv6", " "), back)
        else:
            self.change((os.rmdir, f"{self.root}/{path}"), back)
            self.undo.append((os.mkdir, f"{self.root}/{path}"))

    def expire(self, rng):
        """Sessions end early for a while."""
        name = "timeouts/" + rng.choice(("udp", "icmp", "tcp_est", "tcp_trans_open",
                                         "tcp_trans_close", "tcp_in_syn"))
        self.change((self.write, name, "1"), (self.write, name, self.initial[name]))

    def ethtool(self, dev, what, on):
        value = array.array("I", (ETHTOOL[what], on))
        fcntl.ioctl(self.devices, SIOCETHTOOL,
                    struct.pack("16sP16x", dev.encode(), value.buffer_info()[0]))

    def offload(self, rng):
        """The devices stop or begin to do what the kernel then does or does not."""
        dev, what = rng.choice(("lan", "wan")), rng.choice(("tx", "tso", "gso"))
        self.change((self.ethtool, dev, what, 0), (self.ethtool, dev, what, 1))

    def tool(self, *command):
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise OSError(errno.EIO, f"{' '.join(command)}: {result.stderr}")

    def gro(self, rng):
        """What comes in is put together, as super-packets or as lists."""
        self.gro_is_on = True
        self.undo.append((self.gro_is_off,))
        kind = ("rx-gro-list", "on") if rng.random() < 0.5 else ("rx-udp-gro-forwarding", "on")
        for dev in ("lan", "wan"):
            self.change((self.tool, "ethtool", "-K", dev, "gro", "on", *kind),
                        (self.tool, "ethtool", "-K", dev, "gro", "off", kind[0], "off"))

    def gro_is_off(self):
        self.gro_is_on = False

    def firewall(self, rng):
        chain, rule = rng.choice(RULES)
        self.change((self.tool, "nft", f"add rule inet fuzz {chain} {rule}"),
                    (self.tool, "nft", f"flush chain inet fuzz {chain}"))

    def route(self, rng):
        to = rng.choice(("203.0.113.7", "192.0.2.25", "198.51.100.7", "2001:db8::9",
                         "2001:db8:1::8"))
        kind = rng.choice(("unreachable", "blackhole", "prohibit"))
        self.change((self.tool, "ip", "route", "add", kind, to),
                    (self.tool, "ip", "route", "del", kind, to))

    def device(self, _rng):
        """One that some packets leave by goes while sessions have routes over it."""
        self.change((self.tool, "sh", "-c", "ip link add fuzz-dummy mtu 1400 type dummy && "
                     "ip link set fuzz-dummy up && ip route add 198.51.100.7 dev fuzz-dummy && "
                     "ip route add 2001:db8:1::8 dev fuzz-dummy"),
                    (self.tool, "ip", "link", "del", "fuzz-dummy"))

    def mtu(self, rng):
        dev = rng.choice(("lan", "wan"))
        self.change((self.tool, "ip", "link", "set", dev, "mtu", str(rng.choice((1280, 1400)))),
                    (self.tool, "ip", "link", "set", dev, "mtu", "9000"))

    def look(self, _rng):
        """Nothing changes, but everything is read."""
        for path in ("/proc/thread-self/net/nat64/bib", "/proc/thread-self/net/nat64/sessions",
                     *(f"{self.root}/{a}" for a in ("error_log", *self.attributes)),
                     *(f"{self.args.stats}/{c}" for c in os.listdir(self.args.stats))):
            with open(path, "rb") as f:
                f.read()


# --- the run ------------------------------------------------------------------------------

class Fuzzer:
    def __init__(self, args):
        # So many steps from one change of the configuration to the next.
        self.period = 256 if args.fail else 512
        self.args = args
        self.seed = args.seed
        self.log = KernelLog()
        self.faults = Faults(args.fail)
        self.config = Config(args, self.faults)
        macs = [bytes.fromhex(m.replace(":", "")) for m in args.macs.split(",")]
        self.lan = Veth(args.client, "eth0", macs[0], False)
        self.wan = Veth(args.server, "eth0", macs[1], False)
        self.doors = {
            "lan": self.lan, "wan": self.wan,
            "lan, virtio": Veth(args.client, "eth0", macs[0], True),
            "wan, virtio": Veth(args.server, "eth0", macs[1], True),
            "tap": Tap(args.router, "fuzz-tap"), "tun": Tun(args.router, "fuzz-tun"),
            "local": Local(args.router),
        }
        self.watches = {"6to4": Watch(args.server, "eth0", 4), "4to6": Watch(args.client, "eth0", 6)}
        self.sniffer = Sniffer(args.router)
        self.rng = random.Random()
        self.kinds = collections.Counter()
        self.mutated = 0
        self.sent = 0

    def door(self, rng, way):
        n = rng.random()
        if n < 0.60:
            return "lan" if (way == "6to4") == (n < 0.57) else "wan"
        if n < 0.74:
            return "lan, virtio" if way == "6to4" else "wan, virtio"
        return "tap" if n < 0.84 else "tun" if n < 0.90 else "local"

    def make(self, number):
        """The door and the packets of a step; nothing but the seed decides."""
        rng = self.rng
        rng.seed(self.seed << 40 | number << 8)
        way = "6to4" if rng.random() < 0.5 else "4to6"
        kind, packets = corpus.make(rng, way, self.args.only)
        door = self.door(rng, way)
        if door == "local" and way == "4to6" and rng.random() < 0.5:
            # The box's own, from a transport address of pool4.
            for p in packets:
                swap_ends(rng, p)
        if kind in ("fragmented", "huge"):
            # All of them, or one.
            if packets and rng.random() < 0.3:
                self.mutated += mutate(rng, rng.choice(packets))
        else:
            # The same mutation twice is two packets.
            for p in packets:
                if len(packets) == 1 or rng.random() < 0.1:
                    self.mutated += mutate(rng, p)
        if rng.random() < 0.02:
            packets = packets * 2
        self.kinds[kind] += 1
        return way, door, [p for p in packets if p]

    def step(self, number):
        way, door, packets = self.make(number)
        out = self.doors[door]
        self.sniffer.before()
        for p in packets:
            out.send(self.rng, p)
        if len(packets) == 1 and not self.config.gro_is_on:
            self.sniffer.after(door, packets[0])
        self.sent += len(packets)
        if door == "local":
            # What is not translated goes out as bad as it is.
            for watch in self.watches.values():
                watch.drain(all((watch.version == 4) != (p[0] >> 4 == 4) for p in packets))
        elif len(packets) == 1 and door == ("lan" if way == "6to4" else "wan"):
            p = packets[0]
            layout = Layout(p)
            if layout.version == (6 if way == "6to4" else 4):
                self.watches[way].compare(p, layout)

    def changes(self, number):
        """The configuration is another for some of each period's steps."""
        period, phase = divmod(number, self.period)
        length = 16 + (self.seed + period) * 2654435761 % (self.period // 3)
        if phase == self.period // 2:
            self.config.begin(period)
        elif phase == self.period // 2 + length:
            self.config.end()
            if period % 2:
                self.config.wait()
        if not phase:
            self.sniffer.close()
            if period % 3 == 1:
                self.sniffer.open()

    def look(self, number):
        for watch in self.watches.values():
            watch.drain()
        text = self.log.complaint()
        if text:
            raise Complaint(f"the kernel: {text}")
        if self.config.failed:
            self.config.wait()
        if number % 4096 == 0:
            self.log.say(f"seed {self.seed}, step {number}")
            print(f"# seed {self.seed}, step {number}, {self.sent} packets", flush=True)

    def run(self):
        first, count = self.args.first, self.args.count
        for number in range(first):
            self.changes(number)
        self.config.wait()
        known = number = first
        self.faults.packets(True)
        try:
            for number in range(first, first + count):
                self.changes(number)
                self.step(number)
                if number % 64 == 0:
                    self.look(number)
                    known = number
            self.config.end()
            self.config.wait()
            self.faults.packets(False)
            self.look(first + count)
        except Complaint as e:
            print(f"# {e}")
            print(f"# seed {self.seed}, steps {known} to {number}; replay with "
                  f"tools/testing/fuzz/run.sh -s {self.seed} -f {known} -n {number - known + 1}")
            self.faults.packets(False)
            self.show(number)
            return 1
        return 0

    def show(self, number):
        way, door, packets = self.make(number)
        for p in packets[:4]:
            print(f"# step {number}, {way}, {door}, {len(p)} bytes: {bytes(p[:200]).hex()}")

    def corpus_file(self, path):
        self.rng.seed(self.seed)
        with open(path, encoding="ascii") as f:
            for line in f:
                line = line.split("#")[0].strip()
                if line:
                    door, *header, p = line.split(":")
                    self.doors[door].send(self.rng, bytearray.fromhex(p),
                                          bytes.fromhex("".join(header)))

    def report(self, seconds):
        print(f"# {self.args.count} steps, {self.sent} packets, {self.mutated} mutated, in "
              f"{seconds:.1f} s: {self.sent / seconds:.0f} packets/s")
        print("# kinds:", ", ".join(f"{k} {n}" for k, n in self.kinds.most_common()))
        for name, door in self.doors.items():
            refused = "".join(f", {n} {e}" for e, n in door.refused.most_common(6))
            print(f"# {name}: {door.sent} sent{refused}")
        if self.faults.on:
            print(f"# {self.faults.failed} failed allocations of changes")
        print("# changes:", ", ".join(f"{k} {n}" for k, n in self.config.counts.most_common()))
        for way, watch in self.watches.items():
            print(f"# {way}: {watch.seen} came out, {watch.compared} checksums compared")
        print(f"# {self.sniffer.compared} packets that were sniffed compared")


def arguments():
    parser = argparse.ArgumentParser()
    for name in ("client", "router", "server", "macs", "instance", "stats"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--count", type=int, default=160000)
    parser.add_argument("--only", choices=[b.__name__ for b, _ in corpus.BUILDERS],
                        help="mostly one kind of packet")
    parser.add_argument("--fail", action="store_true", help="allocations fail: errors are expected")
    parser.add_argument("--corpus", help="a file of packets to begin with")
    return parser.parse_args()


def main():
    args = arguments()
    fuzzer = Fuzzer(args)
    if args.corpus:
        fuzzer.corpus_file(args.corpus)
    started = time.monotonic()
    status = fuzzer.run()
    fuzzer.report(time.monotonic() - started)
    sys.stdout.flush()
    os._exit(status)    # a thread may hang where it should not


if __name__ == "__main__":
    main()
