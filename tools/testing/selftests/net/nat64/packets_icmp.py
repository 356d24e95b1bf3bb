# SPDX-License-Identifier: GPL-2.0
"""ICMP errors, their types and what they quote: RFC 7915 4.2, 4.3, 5.2, 5.3.

A session of each protocol is open, client to server. In a quote from the IPv4 side
is a packet that the client sent, in one from the IPv6 side one that it was sent.
"""

import struct

from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6ParamProblem, ICMPv6TimeExceeded,
                                ICMPv6Unknown, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
                                IPv6ExtHdrHopByHop)
from scapy.utils import checksum

from packets_headers import (BOTH_WAYS, options, ping4, ping6, pong4, pong6, spoil, tcp4,
                             tcp4_back, tcp6, tcp6_back)
from packets_lab import *

UNREACHABLE6 = ICMPv6DestUnreach(code=4)
UNREACHABLE4 = ICMP(type=3, code=3)


def cut(packet, length=None, pad=0):
    """The quoted bytes: the first of the packet, zeros up to a length."""
    data = bytes(packet)[:length]
    return Raw(data + bytes(max(0, pad - len(data))))


def error4(message, quote, src=HOP4, dst=POOL, **header):
    """As it comes from the IPv4 side."""
    return IP(src=src, dst=dst, **header) / message / quote


def to_client(message, quote, src=HOP4, dst=CLIENT, **header):
    """As it is to reach the client."""
    packet = IPv6(src=in6(src), dst=dst, **{"hlim": 63, **header}) / message / quote
    return Want(packet, **{"4to6_icmp_error_packets": 1})


def error6(message, quote, src=CLIENT, dst=SERVER, **header):
    """As it comes from the client, or from a router on the way to it."""
    return IPv6(src=src, dst=in6(dst), **header) / message / quote


class ToServer(Want):
    """As it is to reach the server. The ids of both IPv4 headers are made up."""

    def __init__(self, message, inner, length=None, pad=0, behind=b"", dst=SERVER, src=POOL,
                 inner_id=None, **header):
        self.parts = message, inner, length, pad, behind
        self.inner_id = inner_id
        self.header = {"src": src, "dst": dst, "ttl": 63, **header}
        super().__init__(self.whole(0), ANY_ID, **{"6to4_icmp_error_packets": 1})

    def whole(self, inner_id):
        message, inner, length, pad, behind = self.parts
        inner = inner.copy()
        inner.id = self.inner_id if self.inner_id is not None else inner_id
        return IP(**self.header) / message / cut(inner, length, pad) / behind

    def build(self, got):
        if got is not None and len(got) >= 34:
            self.packet = self.whole(struct.unpack("!H", got[32:34])[0])
        return super().build(got)


# What is quoted, in the family it comes from and in the one it goes to; the hop
# limit inside is not touched.
def sent4(layers, **header):
    return IP(src=POOL, dst=SERVER, **{"ttl": 60, **header}) / layers


def sent6(layers, **header):
    return IPv6(src=CLIENT, dst=in6(SERVER), **{"hlim": 60, **header}) / layers


def received6(layers, **header):
    return IPv6(src=in6(SERVER), dst=CLIENT, **{"hlim": 60, **header}) / layers


def received4(layers, **header):
    return IP(src=SERVER, dst=POOL, **{"ttl": 60, **header}) / layers


def open_sessions(lab):
    """One of each protocol, seen from both sides."""
    lab.exchange(out6(udp6()), out6(tcp6(flags="S")), out6(ping6()),
                 back4(udp4_back()), back4(tcp4_back(flags="SA")), back4(pong4()))
    lab.exchange(out6(tcp6(flags="A")))


# --- types and codes ----------------------------------------------------------------

UNREACHABLE_4TO6 = {
    0: ICMPv6DestUnreach(code=0),               # no route
    1: ICMPv6DestUnreach(code=0),
    2: ICMPv6ParamProblem(code=1, ptr=6),       # at Next Header
    3: ICMPv6DestUnreach(code=4),               # port
    5: ICMPv6DestUnreach(code=0),
    6: ICMPv6DestUnreach(code=0),
    7: ICMPv6DestUnreach(code=0),
    8: ICMPv6DestUnreach(code=0),
    9: ICMPv6DestUnreach(code=1),               # prohibited
    10: ICMPv6DestUnreach(code=1),
    11: ICMPv6DestUnreach(code=0),
    12: ICMPv6DestUnreach(code=0),
    13: ICMPv6DestUnreach(code=1),
    14: None,
    15: ICMPv6DestUnreach(code=1),
    16: None,
    255: None,
}
# RFC 7915, figure 3
POINTERS_4TO6 = {0: 0, 1: 1, 2: 4, 3: 4, 4: None, 5: None, 6: None, 7: None, 8: 7, 9: 6,
                 10: None, 11: None, **{n: 8 for n in range(12, 16)},
                 **{n: 24 for n in range(16, 20)}, 20: None, 28: None, 255: None}
# No counterpart: queries but echo, single-hop messages, what nobody knows.
TYPES_WITHOUT_4TO6 = {
    1: "unassigned", 2: "unassigned", 4: "source quench", 5: "redirect",
    6: "alternate host address", 7: "unassigned", 9: "router advertisement",
    10: "router solicitation", 13: "timestamp", 14: "timestamp reply",
    15: "information request", 16: "information reply", 17: "address mask request",
    18: "address mask reply", 19: "reserved", 30: "traceroute", 37: "domain name request",
    40: "photuris", 42: "extended echo request", 43: "extended echo reply", 255: "reserved"}


@table
def types_4to6(lab):
    open_sessions(lab)
    quote4, quote6 = cut(sent4(udp4())), cut(sent6(udp6()))
    for code, message in UNREACHABLE_4TO6.items():
        packet = error4(ICMP(type=3, code=code), quote4)
        if message:
            yield Row(f"3/{code} becomes {message.type}/{message.code}", packet,
                      to_client(message, quote6))
        else:
            yield Row(f"3/{code} is dropped", packet, drop="icmp_type")
    for code in (0, 1):
        yield Row(f"11/{code} becomes 3/{code}", error4(ICMP(type=11, code=code), quote4),
                  to_client(ICMPv6TimeExceeded(code=code), quote6))
    for code in (0, 2):
        for pointer, becomes in POINTERS_4TO6.items():
            packet = error4(ICMP(type=12, code=code, ptr=pointer), quote4)
            if becomes is None:
                yield Row(f"12/{code} with pointer {pointer} is dropped", packet,
                          drop="icmp_type")
            else:
                yield Row(f"12/{code} with pointer {pointer} becomes 4/0 with {becomes}", packet,
                          to_client(ICMPv6ParamProblem(code=0, ptr=becomes), quote6))
    for code in (1, 3, 255):
        yield Row(f"12/{code} is dropped", error4(ICMP(type=12, code=code), quote4),
                  drop="icmp_type")
    for number, name in TYPES_WITHOUT_4TO6.items():
        yield Row(f"type {number}, {name}, is dropped",
                  back4(Raw(icmp4(number, struct.pack("!HH", PORT4, 1) + bytes(quote4))),
                        proto=1), drop="icmp_type")


def icmp4(kind, behind):
    message = bytes([kind, 0, 0, 0]) + behind
    return bytes([kind, 0]) + struct.pack("!H", checksum(message)) + behind


UNREACHABLE_6TO4 = {
    0: ICMP(type=3, code=1),                    # host
    1: ICMP(type=3, code=10),                   # host administratively prohibited
    2: ICMP(type=3, code=1),
    3: ICMP(type=3, code=1),
    4: ICMP(type=3, code=3),                    # port
    5: None, 6: None, 7: None, 8: None, 255: None,
}
# RFC 7915, figure 6; a pointer has 32 bits here.
POINTERS_6TO4 = {0: 0, 1: 1, 2: None, 3: None, 4: 2, 5: 2, 6: 9, 7: 8,
                 **{n: 12 for n in range(8, 24)}, **{n: 16 for n in range(24, 40)},
                 40: None, 48: None, 255: None, 256: None, 262: None, 0x10006: None,
                 0x06000000: None, 0xffffffff: None}
TYPES_WITHOUT_6TO4 = {
    0: "reserved", 5: "unassigned", 100: "an experiment", 127: "reserved",
    130: "MLD query", 131: "MLD report", 132: "MLD done", 133: "router solicitation",
    134: "router advertisement", 135: "neighbour solicitation",
    136: "neighbour advertisement", 137: "redirect", 138: "router renumbering",
    139: "node information query", 143: "MLDv2 report", 160: "extended echo request",
    200: "an experiment", 255: "reserved"}


@table
def types_6to4(lab):
    open_sessions(lab)
    quote6, inner4 = cut(received6(udp6_back())), received4(udp4_back())
    for code, message in UNREACHABLE_6TO4.items():
        packet = error6(ICMPv6DestUnreach(code=code), quote6)
        if message:
            yield Row(f"1/{code} becomes 3/{message.code}", packet, ToServer(message, inner4))
        else:
            yield Row(f"1/{code} is dropped", packet, drop="icmp_type")
    for code in (0, 1):
        yield Row(f"3/{code} becomes 11/{code}", error6(ICMPv6TimeExceeded(code=code), quote6),
                  ToServer(ICMP(type=11, code=code), inner4))
    for pointer, becomes in POINTERS_6TO4.items():
        packet = error6(ICMPv6ParamProblem(code=0, ptr=pointer), quote6)
        if becomes is None:
            yield Row(f"4/0 with pointer {pointer} is dropped", packet, drop="icmp_type")
        else:
            yield Row(f"4/0 with pointer {pointer} becomes 12/0 with {becomes}", packet,
                      ToServer(ICMP(type=12, code=0, ptr=becomes), inner4))
    yield Row("4/1 becomes 3/2", error6(ICMPv6ParamProblem(code=1, ptr=6), quote6),
              ToServer(ICMP(type=3, code=2), inner4))
    for code in (2, 3, 255):
        yield Row(f"4/{code} is dropped", error6(ICMPv6ParamProblem(code=code), quote6),
                  drop="icmp_type")
    for number, name in TYPES_WITHOUT_6TO4.items():
        yield Row(f"type {number}, {name}, is dropped",
                  error6(ICMPv6Unknown(type=number, msgbody=struct.pack("!HH", PORT6, 1) +
                                       bytes(quote6)), Raw(b""), hlim=255), drop="icmp_type")


# --- what is quoted -------------------------------------------------------------------

@table
def quotes_4to6(lab):
    open_sessions(lab)
    message4, message6 = ICMP(type=11, code=0), ICMPv6TimeExceeded()

    def row(name, inner4, inner6, length=None, grows=20):
        return Row(name, error4(message4, cut(inner4, length)),
                   to_client(message6, cut(inner6, length and length + grows)))

    for name, l6, l4, _, _ in BOTH_WAYS:
        yield row(f"{name}, the whole of it", sent4(l4()), sent6(l6()))
        yield row(f"{name}, 8 bytes of it", sent4(l4()), sent6(l6()), 28)
        yield row(f"{name}, 9 bytes of it", sent4(l4()), sent6(l6()), 29)
        yield row(f"{name}, 500 of 1400 bytes", sent4(l4(b"x" * 1400), flags="DF"),
                  sent6(l6(b"x" * 1400)), 500)
    yield row("tcp without its checksum", sent4(tcp4()), sent6(tcp6()), 36)
    yield row("an echo reply of the client's", sent4(pong4()), sent6(pong6()))
    yield row("an echo reply, 8 bytes of it", sent4(pong4()), sent6(pong6()), 28)
    yield row("TTL, TOS, id and DF inside", sent4(udp4(), ttl=1, tos=0xb9, id=0x1234, flags="DF"),
              sent6(udp6(), hlim=1, tc=0xb9))
    yield row("TTL 0 inside", sent4(udp4(), ttl=0), sent6(udp6(), hlim=0))
    yield row("TTL 255 inside", sent4(udp4(), ttl=255), sent6(udp6(), hlim=255))
    yield row("a wrong checksum inside stays as wrong", spoil(sent4(udp4())), spoil(sent6(udp6())))
    yield row("a wrong tcp checksum inside stays as wrong", spoil(sent4(tcp4())),
              spoil(sent6(tcp6())))
    for name, l4, l6, length in (("udp", udp4(), udp6(), None), ("tcp", tcp4(), tcp6(), 28),
                                 ("echo", ping4(), ping6(), None)):
        inner = options(sent4(l4), b"\x94\4\0\0\7\7\4\0\0\0\0\0")
        yield Row(f"{name}, IPv4 options inside are left out",
                  error4(message4, cut(inner, length and length + 12)),
                  to_client(message6, cut(sent6(l6), length and length + 20)))
    for name, l4, l6 in (("udp", udp4, udp6), ("tcp", tcp4, tcp6)):
        fragment4 = sent4(l4(b"x" * 1000), flags="MF", id=0xbeef)
        plain6 = sent6(l6(b"x" * 1000))
        whole = fragment_header(plain6, 0xbeef)
        yield row(f"{name}, a first fragment gets a fragment header", fragment4, whole, 100, 28)
    yield Row("outer TOS and TTL go their own way",
              error4(message4, cut(sent4(udp4())), tos=0xc0, ttl=20),
              to_client(message6, cut(sent6(udp6())), tc=0xc0, hlim=19))
    yield Row("the server itself reports", error4(UNREACHABLE4, cut(sent4(udp4())), src=SERVER),
              to_client(UNREACHABLE6, cut(sent6(udp6())), src=SERVER))
    # RFC 7915, 4.1, has such a source translated; denied_ipv4 has it not. That the
    # client is told is what counts.
    for address in ("127.0.0.1", "0.0.0.0", "169.254.1.1"):
        yield Row(f"an error from {address} is translated",
                  error4(message4, cut(sent4(udp4())), src=address),
                  Either(to_client(message6, cut(sent6(udp6())), src=address),
                         to_client(message6, cut(sent6(udp6())), src=SERVER)))
    yield Row("IPv4 options outside are left out",
              options(error4(message4, cut(sent4(udp4()))), b"\x94\4\0\0"),
              to_client(message6, cut(sent6(udp6()))))
    data = b"x" * 1400
    yield Row("an error of more than 1280 bytes is cut to 1280",
              error4(message4, cut(sent4(udp4(data), flags="DF"), 1400)),
              to_client(message6, cut(sent6(udp6(data)), 1280 - 48)))
    yield Row("an error of 1260 bytes becomes one of 1280",
              error4(message4, cut(sent4(udp4(data), flags="DF"), 1260 - 28)),
              to_client(message6, cut(sent6(udp6(data)), 1280 - 48)))
    yield Row("an error of 1261 bytes becomes one of 1280",
              error4(message4, cut(sent4(udp4(data), flags="DF"), 1261 - 28)),
              to_client(message6, cut(sent6(udp6(data)), 1280 - 48)))


def fragment_header(packet, ident, offset=0, more=1, length=None):
    """The IPv6 packet (without extension headers) as a fragment."""
    data = bytes(packet)
    header = IPv6ExtHdrFragment(nh=data[6], offset=offset, m=more, id=ident)
    plen = (len(data) - 40 if length is None else length) + 8
    return Raw(data[:4] + struct.pack("!H", plen) + b"\x2c" + data[7:40] + bytes(header) +
               data[40:])


@table
def quotes_6to4(lab):
    open_sessions(lab)
    message6, message4 = ICMPv6TimeExceeded(), ICMP(type=11, code=0)

    def row(name, inner6, inner4, length=None, shrinks=20, **more):
        return Row(name, error6(message6, cut(inner6, length)),
                   ToServer(message4, inner4, length and length - shrinks, **more))

    for name, _, _, l4_back, l6_back in BOTH_WAYS:
        yield row(f"{name}, the whole of it", received6(l6_back()), received4(l4_back()))
        yield row(f"{name}, 8 bytes of it", received6(l6_back()), received4(l4_back()), 48)
        yield row(f"{name}, 9 bytes of it", received6(l6_back()), received4(l4_back()), 49)
        yield row(f"{name}, 300 of 1000 bytes", received6(l6_back(b"x" * 1000)),
                  received4(l4_back(b"x" * 1000)), 300)
    yield row("tcp without its checksum", received6(tcp6_back()), received4(tcp4_back()), 56)
    yield row("an echo request to the client", received6(ping6()), received4(ping4()))
    yield row("an echo request, 8 bytes of it", received6(ping6()), received4(ping4()), 48)
    yield row("hop limit and traffic class inside", received6(udp6_back(), hlim=1, tc=0xb9, fl=5),
              received4(udp4_back(), ttl=1, tos=0xb9))
    yield row("hop limit 0 inside", received6(udp6_back(), hlim=0), received4(udp4_back(), ttl=0))
    yield row("hop limit 255 inside", received6(udp6_back(), hlim=255),
              received4(udp4_back(), ttl=255))
    yield row("a large packet inside has DF", received6(udp6_back(b"x" * 1300)),
              received4(udp4_back(b"x" * 1300), flags="DF"), 300)
    yield row("a wrong checksum inside stays as wrong", spoil(received6(udp6_back())),
              spoil(received4(udp4_back())))
    yield row("a wrong tcp checksum inside stays as wrong", spoil(received6(tcp6_back())),
              spoil(received4(tcp4_back())))
    for name, header in (("hop-by-hop options", IPv6ExtHdrHopByHop()),
                         ("destination options", IPv6ExtHdrDestOpt())):
        yield row(f"{name} inside are left out", received6(header / udp6_back()),
                  received4(udp4_back()))
        yield row(f"{name} inside are left out, 8 bytes of tcp",
                  received6(header / tcp6_back()), received4(tcp4_back()), 56, 28)
    for name, l6_back, l4_back in (("udp", udp6_back, udp4_back), ("tcp", tcp6_back, tcp4_back)):
        yield row(f"{name}, a first fragment is one again",
                  fragment_header(received6(l6_back(b"x" * 1000)), 0x1beef),
                  received4(l4_back(b"x" * 1000), flags="MF"), 200, 28, inner_id=0xbeef)
    yield Row("outer traffic class and hop limit go their own way",
              error6(message6, cut(received6(udp6_back())), tc=0xc0, hlim=20),
              ToServer(message4, received4(udp4_back()), tos=0xc0, ttl=19))
    yield Row("a router's error has the pool4 address of the flow",
              error6(message6, cut(received6(udp6_back())), src=HOP6),
              ToServer(message4, received4(udp4_back())))
    data = b"x" * 1100
    for length in (1232, 600, 569):
        yield Row(f"an error with {length} bytes quoted is cut to 576",
                  error6(message6, cut(received6(udp6_back(data + b"y" * 200)), length)),
                  ToServer(message4, received4(udp4_back(data + b"y" * 200), flags="DF"), 548))
    yield Row("an error that makes one of 576 bytes is not cut",
              error6(message6, cut(received6(udp6_back(data)), 568)),
              ToServer(message4, received4(udp4_back(data)), 548))
