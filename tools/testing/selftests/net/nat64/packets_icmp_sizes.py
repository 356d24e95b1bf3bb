# SPDX-License-Identifier: GPL-2.0
"""Numbers inside ICMP errors: path MTU (RFC 7915 4.2, 5.2), extensions (RFC 4884)."""

import struct

from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6PacketTooBig, ICMPv6ParamProblem,
                                ICMPv6TimeExceeded)
from scapy.utils import checksum

from packets_headers import tcp4, tcp4_back, tcp6, tcp6_back
from packets_icmp import (ToServer, cut, error4, error6, open_sessions, received4, received6,
                          sent4, sent6, to_client)
from packets_lab import *


# --- path MTU ---------------------------------------------------------------------------

@table
def mtu_4to6(lab):
    """max(1280, min(MTU + 20, of the IPv6 link, of the IPv4 link + 20))"""
    open_sessions(lab)
    data = b"x" * 8972

    def row(name, mtu, becomes, data=b"x" * 1400):
        quote4, quote6 = cut(sent4(udp4(data), flags="DF"), 28), cut(sent6(udp6(data)), 48)
        wants = [to_client(ICMPv6PacketTooBig(mtu=m), quote6) for m in listed(becomes)]
        return Row(name, error4(ICMP(type=3, code=4, nexthopmtu=mtu), quote4),
                   wants[0] if len(wants) == 1 else Either(*wants))

    for mtu, becomes in ((1480, 1500), (1479, 1499), (1400, 1420), (1261, 1281), (1260, 1280),
                         (1259, 1280), (1000, 1280), (576, 1280), (68, 1280), (1, 1280),
                         (1481, 1500), (1500, 1500), (9000, 1500), (65535, 1500)):
        yield row(f"MTU {mtu} becomes {becomes}", mtu, becomes)
    yield row("no MTU, 1400 bytes: 1280", 0, 1280, b"x" * 1372)
    with lab.mtu("lan", 1400):
        yield row("not more than the IPv6 link's", 1450, 1400)
        yield row("less than the IPv6 link's", 1350, 1370)
    with lab.mtu("wan", 1400):
        yield row("not more than the IPv4 link's and 20", 1450, 1420)
        yield row("less than the IPv4 link's", 1350, 1370)
    with lab.mtu("lan", 9000), lab.mtu("wan", 9000):
        yield row("MTU 8000 becomes 8020", 8000, 8020, data)
        yield row("MTU 8980 becomes 9000", 8980, 9000, data)
        yield row("MTU 8990 becomes 9000", 8990, 9000, data)
        # RFC 7915 does not say whether the 20 bytes are to be added to a plateau.
        for total, plateau in ((9000, 8166), (8167, 8166), (8166, 4352), (4353, 4352),
                               (4352, 2002), (2003, 2002), (2002, 1492), (1493, 1492)):
            yield row(f"no MTU, {total} bytes: the plateau {plateau}", 0,
                      [plateau, plateau + 20], b"x" * (total - 28))
        for total in (1492, 1300, 68):
            yield row(f"no MTU, {total} bytes: no plateau, 1280", 0, 1280, b"x" * (total - 28))


@table
def mtu_6to4(lab):
    """min(MTU - 20, of the IPv4 link, of the IPv6 link - 20)"""
    open_sessions(lab)

    def row(name, mtu, becomes):
        data = b"x" * 1400
        wants = [ToServer(ICMP(type=3, code=4, nexthopmtu=m),
                          received4(udp4_back(data), flags="DF"), 28) for m in listed(becomes)]
        return Row(name, error6(ICMPv6PacketTooBig(mtu=mtu), cut(received6(udp6_back(data)), 48)),
                   wants[0] if len(wants) == 1 else Either(*wants))

    for mtu, becomes in ((1500, 1480), (1420, 1400), (1281, 1261), (1280, 1260), (1501, 1480),
                         (9000, 1480), (65535, 1480)):
        yield row(f"MTU {mtu} becomes {becomes}", mtu, becomes)
    # It has 32 bits.
    for mtu in (0x10014, 0x10578, 0x578 << 16, 0xffffffff):
        yield row(f"MTU {mtu:#x} becomes 1480", mtu, 1480)
    # Below what IPv6 allows; a value that wraps around would be the worst.
    yield row("MTU 1279 becomes 1259 or 1260", 1279, [1259, 1260])
    yield row("MTU 1000 becomes 980 or 1260", 1000, [980, 1260])
    yield row("MTU 0 does not wrap", 0, [0, 68, 1260])
    with lab.mtu("wan", 1400):
        yield row("not more than the IPv4 link's", 1500, 1400)
        yield row("less than the IPv4 link's", 1400, 1380)
    with lab.mtu("lan", 1400):
        yield row("not more than the IPv6 link's less 20", 1500, 1380)
    with lab.mtu("lan", 9000), lab.mtu("wan", 9000):
        yield row("MTU 8000 becomes 7980", 8000, 7980)
        yield row("MTU 9000 becomes 8980", 9000, 8980)
    yield Row("the code of a packet too big does not matter",
              error6(ICMPv6PacketTooBig(code=1, mtu=1400), cut(received6(udp6_back()))),
              ToServer(ICMP(type=3, code=4, nexthopmtu=1380), received4(udp4_back())))


# --- RFC 4884 -----------------------------------------------------------------------------

def extension(length=16):
    """An extension structure with one object, a label stack as its class says."""
    body = struct.pack("!HBB", length - 4, 1, 1) + b"\xa5" * (length - 8)
    head = struct.pack("!BBH", 0x20, 0, 0)
    return struct.pack("!BBH", 0x20, 0, checksum(head + body)) + body


@table
def extensions_4to6(lab):
    open_sessions(lab)
    data = b"x" * 1400

    def row(name, quoted, becomes, l4=udp4(data), l6=udp6(data), kind=11, behind=extension(),
            padded=0):
        """quoted, becomes: the datagram field of both; becomes None: no extension."""
        message4 = ICMP(type=kind, code=0, length=quoted // 4)
        quote4 = cut(sent4(l4, flags="DF"), quoted - padded, quoted)
        wants = []
        for n in listed(becomes):
            quote6 = cut(sent6(l6), quoted - padded + 20, n)
            message6 = {11: ICMPv6TimeExceeded, 3: ICMPv6DestUnreach}[kind](code=0, length=n // 8)
            wants.append(to_client(message6, quote6 / behind))
        return Row(name, error4(message4, quote4 / behind),
                   wants[0] if len(wants) == 1 else Either(*wants))

    for quoted, becomes in ((128, 152), (132, 152), (136, 160), (500, 520), (1020, 1040)):
        yield row(f"{quoted} bytes quoted become {becomes}", quoted, becomes)
    yield row("of 3/0", 128, 152, kind=3)
    yield row("more than one object", 128, 152, behind=extension() + extension()[4:])
    short = len(bytes(sent4(udp4())))
    yield row("a datagram padded to 128 bytes stays padded", 128, [152, 128], udp4(), udp6(),
              padded=128 - short)
    yield row("8 bytes of tcp padded to 128", 128, [152, 128], tcp4(data), tcp6(data),
              padded=100)
    longer = extension(300)
    yield Row("an extension beyond 1280 bytes is cut off there",
              error4(ICMP(type=11, code=0, length=255),
                     cut(sent4(udp4(data), flags="DF"), 1020) / longer),
              to_client(ICMPv6TimeExceeded(length=130),
                        cut(sent6(udp6(data)), 1040) / longer[:1280 - 48 - 1040]))
    # ICMPv6 has no room for the length here.
    quote4, quote6 = cut(sent4(udp4(data), flags="DF"), 128), cut(sent6(udp6(data)), 148)
    for name, message4, message6 in (
            ("3/4", ICMP(type=3, code=4, length=32, nexthopmtu=1400), ICMPv6PacketTooBig(mtu=1420)),
            ("3/2", ICMP(type=3, code=2, length=32), ICMPv6ParamProblem(code=1, ptr=6)),
            ("12/0", ICMP(type=12, code=0, ptr=8, length=32), ICMPv6ParamProblem(code=0, ptr=7))):
        yield Row(f"an extension of {name} is left out",
                  error4(message4, quote4 / extension()), to_client(message6, quote6))
    yield Row("without a length there is no extension",
              error4(ICMP(type=11, code=0), quote4 / extension()),
              to_client(ICMPv6TimeExceeded(), quote6 / extension()))
    yield Row("with a length beyond the message there is none",
              error4(ICMP(type=11, code=0, length=64), quote4),
              to_client(ICMPv6TimeExceeded(), quote6))


@table
def extensions_6to4(lab):
    open_sessions(lab)
    data = b"x" * 1200

    def row(name, quoted, becomes, l6=udp6_back(data), l4=udp4_back(data), kind=3,
            behind=extension(), padded=0):
        message6 = {3: ICMPv6TimeExceeded, 1: ICMPv6DestUnreach}[kind](code=0, length=quoted // 8)
        message4 = {3: (11, 0), 1: (3, 1)}[kind]
        wants = [ToServer(ICMP(type=message4[0], code=message4[1], length=n // 4),
                          received4(l4), quoted - padded - 20, n, behind)
                 for n in listed(becomes)]
        return Row(name,
                   error6(message6, cut(received6(l6), quoted - padded, quoted) / behind),
                   wants[0] if len(wants) == 1 else Either(*wants))

    for quoted, becomes in ((128, 128), (144, 128), (152, 132), (160, 140), (400, 380)):
        yield row(f"{quoted} bytes quoted become {becomes}", quoted, becomes)
    yield row("of 1/0", 160, 140, kind=1)
    yield row("more than one object", 160, 140, behind=extension() + extension()[4:])
    short = len(bytes(received6(udp6_back())))
    yield row("a datagram padded to 128 bytes stays padded", 128, 128, udp6_back(), udp4_back(),
              padded=128 - short)
    yield row("a datagram padded to 200 bytes stays padded", 200, [180, 128], udp6_back(),
              udp4_back(), padded=200 - short)
    yield row("8 bytes of tcp padded to 128", 128, 128, tcp6_back(data), tcp4_back(data),
              padded=80)
    yield Row("without a length there is no extension",
              error6(ICMPv6TimeExceeded(), cut(received6(udp6_back(data)), 128) / extension()),
              ToServer(ICMP(type=11, code=0), received4(udp4_back(data)), 108,
                       behind=extension()))
    yield Row("with a length beyond the message there is none",
              error6(ICMPv6TimeExceeded(length=32), cut(received6(udp6_back(data)), 128)),
              ToServer(ICMP(type=11, code=0), received4(udp4_back(data)), 108))
