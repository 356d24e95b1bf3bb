# SPDX-License-Identifier: GPL-2.0
"""From one client to another by its IPv4 address: RFC 6146 3.8, RFC 5508 R7."""

from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest,
                                ICMPv6PacketTooBig, ICMPv6ParamProblem, ICMPv6TimeExceeded)

from packets_fragments import DATA, pieces6
from packets_headers import spoil
from packets_icmp import cut
from packets_lab import *

# CLIENT is POOL#5000. CLIENT2 is POOL#5002, its echoes POOL2's: of an echo the id is
# all that tells whom it is for, and is kept on the IPv4 side.
POOL2 = "203.0.113.2"


def to_pool(layers, dst=POOL, src=CLIENT, **header):
    return IPv6(src=src, dst=in6(dst), **header) / layers


def from_pool(layers, src=POOL, dst=CLIENT2, **header):
    """Once in all is the hop limit counted down."""
    return Want(IPv6(src=in6(src), dst=dst, **{"hlim": 63, **header}) / layers, hairpinned=1)


def pair(layer, data=b"nat64", **fields):
    """How one client sends, the other receives, answers; and the first gets it."""
    return (layer(sport=PORT6, dport=PORT4_2, **fields) / data,
            layer(sport=PORT4, dport=PORT6_2, **fields) / data,
            layer(sport=PORT6_2, dport=PORT4, **fields) / data,
            layer(sport=PORT4_2, dport=PORT6, **fields) / data)


@table
def hairpin(lab):
    for name, layer, fields in (("udp", UDP, {}), ("tcp", TCP, {"flags": "S", "seq": 1})):
        there, arrives, back, returns = pair(layer, **fields)
        yield Row(f"{name}: to another client", to_pool(there), from_pool(arrives))
        if name == "tcp":
            _, _, back, returns = pair(layer, flags="SA", seq=1)
        yield Row(f"{name}: and back", to_pool(back, src=CLIENT2), from_pool(returns, dst=CLIENT))
    there, arrives, back, returns = pair(UDP)
    yield Row("udp: to itself", to_pool(UDP(sport=PORT6, dport=PORT4) / b"nat64"),
              from_pool(UDP(sport=PORT4, dport=PORT6) / b"nat64", dst=CLIENT))
    yield Row("traffic class and hop limit", to_pool(there, tc=0xb9, hlim=9, fl=7),
              from_pool(arrives, tc=0xb9, hlim=8))
    yield Row("hop limit 2 suffices", to_pool(there, hlim=2), from_pool(arrives, hlim=1))
    packet = to_pool(there, hlim=1)
    yield Row("hop limit 1 is answered 3/0", packet, answer6(ICMPv6TimeExceeded(), packet),
              drop="hop_limit")
    yield Row("a wrong checksum stays as wrong", spoil(to_pool(there)), hairpinned_spoilt(arrives))
    for size in (1280, 1281, 1500):
        there, arrives, _, _ = pair(UDP, b"x" * (size - 48))
        yield Row(f"{size} bytes", to_pool(there), from_pool(arrives))
    there, arrives, _, _ = pair(UDP, DATA)
    yield Row("fragments", pieces6(to_pool(there), 1232),
              Pieces(from_pool(arrives).packet, 1500, hairpinned=1))
    yield Row("no binding", to_pool(UDP(sport=PORT6, dport=5999)), drop="no_binding")
    with lab.pool4(f"{POOL2}#5000-5999"):
        lab.static("icmp", f"{POOL2}#{PORT4}", f"{CLIENT2}#{PORT6_2 + 2}")
        yield Row("echo: to another client",
                  to_pool(ICMPv6EchoRequest(id=PORT6, seq=3, data=b"nat64"), POOL2),
                  from_pool(ICMPv6EchoRequest(id=PORT6_2 + 2, seq=3, data=b"nat64")))
        yield Row("echo: and back",
                  to_pool(ICMPv6EchoReply(id=PORT6_2 + 2, seq=3, data=b"nat64"), src=CLIENT2),
                  from_pool(ICMPv6EchoReply(id=PORT6, seq=3, data=b"nat64"), src=POOL2,
                            dst=CLIENT))
        yield Row("echo: an error about it",
                  to_pool(ICMPv6DestUnreach(code=3) / cut(from_pool(
                      ICMPv6EchoRequest(id=PORT6_2 + 2, seq=3, data=b"nat64")).packet),
                      src=CLIENT2),
                  from_pool(ICMPv6DestUnreach(code=0) / cut(to_pool(
                      ICMPv6EchoRequest(id=PORT6, seq=3, data=b"nat64"), POOL2, hlim=63)),
                      src=POOL2, dst=CLIENT), free=("*_icmp_error_packets",))
        lab.unstatic("icmp", f"{POOL2}#{PORT4}")


def hairpinned_spoilt(layers):
    want = from_pool(layers)
    want.packet = spoil(want.packet)
    return want


# There and back through both tables of RFC 7915, 4.2 and 5.2.
ERRORS = (
    ("1/0", ICMPv6DestUnreach(code=0), ICMPv6DestUnreach(code=0)),
    ("1/1", ICMPv6DestUnreach(code=1), ICMPv6DestUnreach(code=1)),
    ("1/3 as 1/0", ICMPv6DestUnreach(code=3), ICMPv6DestUnreach(code=0)),
    ("1/4", ICMPv6DestUnreach(code=4), ICMPv6DestUnreach(code=4)),
    ("2/0", ICMPv6PacketTooBig(mtu=1400), ICMPv6PacketTooBig(mtu=1400)),
    ("3/0", ICMPv6TimeExceeded(code=0), ICMPv6TimeExceeded(code=0)),
    ("4/0", ICMPv6ParamProblem(code=0, ptr=7), ICMPv6ParamProblem(code=0, ptr=7)),
    ("4/1", ICMPv6ParamProblem(code=1, ptr=40), ICMPv6ParamProblem(code=1, ptr=6)),
)


@table
def hairpin_errors(lab):
    for name, layer in (("udp", UDP), ("tcp", TCP)):
        there, arrives, _, _ = pair(layer)
        lab.exchange(to_pool(there))
        quote, becomes = cut(from_pool(arrives).packet), cut(to_pool(there, hlim=63))
        for error, message, translated in ERRORS:
            yield Row(f"{name}: {error}", to_pool(message / quote, src=CLIENT2),
                      from_pool(translated / becomes, dst=CLIENT),
                      free=("*_icmp_error_packets",))
        yield Row(f"{name}: of a router's", to_pool(ICMPv6TimeExceeded() / quote, src=HOP6),
                  from_pool(ICMPv6TimeExceeded() / becomes, dst=CLIENT),
                  free=("*_icmp_error_packets",))
        yield Row(f"{name}: quoting 8 bytes",
                  to_pool(ICMPv6TimeExceeded() / cut(from_pool(arrives).packet, 48), src=CLIENT2),
                  from_pool(ICMPv6TimeExceeded() / cut(to_pool(there, hlim=63), 48), dst=CLIENT),
                  free=("*_icmp_error_packets",))
