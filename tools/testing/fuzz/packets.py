# SPDX-License-Identifier: GPL-2.0
"""Packets as bytes: building them, finding one's way in them, checksums.

Everything here works on IP packets without a link layer. What is found in a
packet may be a lie, so nothing is read that is not there.
"""

import ipaddress
import struct

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
HOPOPTS, ROUTING, FRAGMENT, AUTH, NONE, DSTOPTS = 0, 43, 44, 51, 59, 60
SKIPPED = (HOPOPTS, ROUTING, DSTOPTS)
ERRORS4 = (3, 4, 5, 11, 12)


def a4(text):
    return ipaddress.IPv4Address(text).packed


def a6(text):
    return ipaddress.IPv6Address(text).packed


def embed(prefix, addr):
    """RFC 6052: prefix is (16 bytes, length), addr the four of IPv4."""
    base, length = prefix
    out = bytearray(base)
    at = length // 8
    for octet in addr:
        if at == 8:
            at += 1
        out[at] = octet
        at += 1
    return bytes(out)


def extract(prefix, addr):
    """The IPv4 address in an IPv6 one; None if the prefix is another."""
    base, length = prefix
    at = length // 8
    if addr[:at] != base[:at]:
        return None
    octets = bytearray()
    while len(octets) < 4:
        if at == 8:
            at += 1
        octets.append(addr[at])
        at += 1
    return bytes(octets)


# --- checksums ----------------------------------------------------------------

def checksum(data):
    """Of RFC 1071: 2^16 is 1 modulo 65535, so one big number will do."""
    if len(data) & 1:
        data = bytes(data) + b"\0"
    return 0xffff - int.from_bytes(data, "big") % 0xffff


def pseudo(addresses, proto, length):
    return bytes(addresses) + struct.pack("!II", length, proto)


class Layout:
    """Where things are in an IP packet that begins at start.

    l4 is None where no transport header can be found. end is where the packet
    says it ends, or where it does. lengths are (offset, width) of all that says
    how long something is.
    """

    def __init__(self, p, start=0, end=None):
        self.start = start
        self.end = len(p) if end is None else end
        self.version = p[start] >> 4 if self.end > start else 0
        self.l4 = self.proto = None
        self.fragment = self.first = False
        self.lengths = []
        self.nexthdr = []
        if self.version == 4 and self.end - start >= 20:
            self._ip4(p)
        elif self.version == 6 and self.end - start >= 40:
            self._ip6(p)
        if self.l4 is not None and self.l4 > self.end:
            self.l4 = None
        if self.l4 is not None:
            self._transport(p)

    def _ip4(self, p):
        start = self.start
        self.lengths += [(start, 1), (start + 2, 2)]
        self.nexthdr = [start + 9]
        total = p[start + 2] << 8 | p[start + 3]
        ihl = (p[start] & 15) * 4
        if ihl <= total:
            self.end = min(self.end, start + total)
        self.lengths += [(start + 21, 1)] if ihl > 20 and self.end > start + 21 else []
        self.addresses = slice(start + 12, start + 20)
        offset = p[start + 6] << 8 | p[start + 7]
        self.fragment = bool(offset & 0x3fff)
        self.first = not offset & 0x1fff
        self.proto = p[start + 9]
        if self.first and ihl >= 20:
            self.l4 = start + ihl

    def _ip6(self, p):
        start = self.start
        self.lengths += [(start + 4, 2)]
        self.nexthdr = [start + 6]
        self.addresses = slice(start + 8, start + 40)
        payload = p[start + 4] << 8 | p[start + 5]
        if payload:
            self.end = min(self.end, start + 40 + payload)
        proto, at, self.first = p[start + 6], start + 40, True
        for _ in range(12):
            if proto not in (*SKIPPED, FRAGMENT):
                break
            if at + 8 > self.end:
                return
            self.nexthdr.append(at)
            if proto == FRAGMENT:
                offset = p[at + 2] << 8 | p[at + 3]
                self.fragment = self.fragment or bool(offset & 0xfff9)
                self.first = self.first and not offset & 0xfff8
                proto, at = p[at], at + 8
                continue
            self.lengths.append((at + 1, 1))
            proto, at = p[at], at + (p[at + 1] + 1) * 8
        self.proto = proto
        if self.first:
            self.l4 = at

    def _transport(self, p):
        l4 = self.l4
        if self.proto == TCP and l4 + 13 <= self.end:
            self.lengths.append((l4 + 12, 1))
        elif self.proto == UDP and l4 + 6 <= self.end:
            self.lengths.append((l4 + 4, 2))
        elif self.is_error(p) and l4 + 8 <= self.end:
            # RFC 4884's, and the MTU.
            self.lengths += [(l4 + (5 if self.proto == ICMP else 4), 1), (l4 + 6, 2)]
            self.lengths += Layout(p, l4 + 8, self.end).lengths

    def is_error(self, p):
        if self.l4 is None or self.l4 >= self.end:
            return False
        kind = p[self.l4]
        if self.version == 4:
            return self.proto == ICMP and kind in ERRORS4
        return self.proto == ICMPV6 and kind < 128

    def checked(self, p):
        """(offset of the checksum, what it is of), or None if there is none."""
        l4, end = self.l4, self.end
        if l4 is None or self.fragment:
            return None
        if self.proto == TCP:
            at, cover = l4 + 16, pseudo(p[self.addresses], TCP, end - l4)
        elif self.proto == UDP and l4 + 8 <= end:
            length = p[l4 + 4] << 8 | p[l4 + 5]
            if 8 <= length <= end - l4:
                end = l4 + length
            at, cover = l4 + 6, pseudo(p[self.addresses], UDP, end - l4)
        elif self.proto == ICMP and self.version == 4:
            at, cover = l4 + 2, b""
        elif self.proto == ICMPV6 and self.version == 6:
            at, cover = l4 + 2, pseudo(p[self.addresses], ICMPV6, end - l4)
        else:
            return None
        if at + 2 > end:
            return None
        return at, cover + bytes(p[l4:end])


def state(p, layout):
    """Of the transport checksum: "good", "bad", "none" (UDP), or None: not told."""
    found = layout.checked(p)
    if not found:
        return None
    at, cover = found
    if layout.proto == UDP and not p[at] and not p[at + 1]:
        return "none"
    return "good" if checksum(cover) in (0, 0xffff) else "bad"


def fix_lengths(p):
    """What the IP header says of the whole becomes true."""
    if len(p) >= 20 and p[0] >> 4 == 4:
        struct.pack_into("!H", p, 2, min(len(p), 65535))
    elif len(p) >= 40 and p[0] >> 4 == 6:
        struct.pack_into("!H", p, 4, min(len(p) - 40, 65535))


def fix_ip4(p, start, end):
    ihl = (p[start] & 15) * 4
    if 20 <= ihl <= end - start:
        p[start + 10:start + 12] = b"\0\0"
        struct.pack_into("!H", p, start + 10, checksum(p[start:start + ihl]))


def fix(p, start=0, end=None):
    """All checksums become right, those inside an ICMP error first. A zero that
    says that there is none stays."""
    layout = Layout(p, start, end)
    if layout.version == 4 and layout.end - start >= 20:
        fix_ip4(p, start, layout.end)
    if start == 0 and layout.is_error(p) and layout.l4 + 8 < layout.end:
        fix(p, layout.l4 + 8, layout.end)
    found = layout.checked(p)
    if not found:
        return
    at, cover = found
    old = p[at:at + 2]
    if layout.proto == UDP and old == b"\0\0":
        return
    # The old one is taken out of the sum; it stands at an even offset.
    value = (checksum(cover) + (old[0] << 8 | old[1])) % 0xffff
    if layout.proto == UDP and not value:
        value = 0xffff
    struct.pack_into("!H", p, at, value)


# --- building -----------------------------------------------------------------

def ip4(src, dst, proto, payload, ttl=64, tos=0, ident=0, frag=0, options=b""):
    options += b"\0" * (-len(options) % 4)
    head = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, tos,
                                 min(20 + len(options) + len(payload), 65535), ident, frag,
                                 ttl, proto, 0, src, dst) + options)
    struct.pack_into("!H", head, 10, checksum(head))
    return head + payload


def ip6(src, dst, nexthdr, payload, hops=64, tos=0, flow=0):
    return bytearray(struct.pack("!IHBB16s16s", 6 << 28 | tos << 20 | flow,
                                 min(len(payload), 65535), nexthdr, hops, src, dst) + payload)


def ext(nexthdr, body=b""):
    """A hop-by-hop, destination or routing header."""
    body += b"\0" * (-(len(body) + 2) % 8)
    return bytes((nexthdr, (len(body) - 6) // 8)) + body


def frag6(nexthdr, offset, more, ident):
    return struct.pack("!BBHI", nexthdr, 0, offset | more, ident)


def tcp(sport, dport, flags, payload=b"", seq=1, ack=0, options=b""):
    options += b"\0" * (-len(options) % 4)
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, (5 + len(options) // 4) << 4,
                       flags, 8192, 1, 0) + options + payload


def udp(sport, dport, payload=b"", check=1, length=None):
    return struct.pack("!HHHH", sport, dport, len(payload) + 8 if length is None else length,
                       check) + payload


def icmp(kind, code, rest, payload=b""):
    return struct.pack("!BBHI", kind, code, 1, rest) + payload


def fragments(p, cuts, ident):
    """An IP packet in pieces; cuts are offsets into its payload."""
    out = []
    if p[0] >> 4 == 4:
        ihl = (p[0] & 15) * 4
        head, body = p[:ihl], p[ihl:]
    else:
        head, body = p[:40], p[40:]
    bounds = sorted({c & ~7 for c in cuts if 0 < c < len(body)} | {0, len(body)})
    for begin, end in zip(bounds, bounds[1:]):
        more = end < len(body)
        if p[0] >> 4 == 4:
            piece = bytearray(head) + body[begin:end]
            struct.pack_into("!HHH", piece, 2, len(piece), ident & 0xffff,
                             begin // 8 | (0x2000 if more else 0))
            fix_ip4(piece, 0, len(piece))
        else:
            piece = bytearray(head) + frag6(head[6], begin, more, ident) + body[begin:end]
            piece[6] = FRAGMENT
            fix_lengths(piece)
        out.append(piece)
    return out
