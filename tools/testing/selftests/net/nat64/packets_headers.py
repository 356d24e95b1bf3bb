# SPDX-License-Identifier: GPL-2.0
"""Headers and addresses: RFC 7915 4.1, 4.5, 5.1, 5.5; RFC 6052; RFC 6146 3.5."""

import struct

from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest,
                                ICMPv6ParamProblem, ICMPv6TimeExceeded, IPv6ExtHdrDestOpt,
                                IPv6ExtHdrHopByHop, IPv6ExtHdrRouting)
from scapy.utils import checksum

from packets_lab import *


def tcp6(data=b"nat64", **fields):
    return TCP(**{"sport": PORT6, "dport": SERVICE, "flags": "A", "seq": 1, **fields}) / data


def tcp4(data=b"nat64", **fields):
    return tcp6(data, **{"sport": PORT4, **fields})


def tcp4_back(data=b"nat64", **fields):
    return tcp6(data, **{"sport": SERVICE, "dport": PORT4, **fields})


def tcp6_back(data=b"nat64", **fields):
    return tcp6(data, **{"sport": SERVICE, "dport": PORT6, **fields})


def ping6(data=b"nat64", **fields):
    return ICMPv6EchoRequest(**{"id": PORT6, "seq": 7, "data": data, **fields})


def ping4(data=b"nat64", **fields):
    return ICMP(**{"type": 8, "id": PORT4, "seq": 7, **fields}) / data


def pong4(data=b"nat64", **fields):
    return ICMP(**{"type": 0, "id": PORT4, "seq": 7, **fields}) / data


def pong6(data=b"nat64", **fields):
    return ICMPv6EchoReply(**{"id": PORT6, "seq": 7, "data": data, **fields})


BOTH_WAYS = (
    ("udp", udp6, udp4, udp4_back, udp6_back),
    ("tcp", tcp6, tcp4, tcp4_back, tcp6_back),
    ("echo", ping6, ping4, pong4, pong6),
)


def spoil(packet):
    """The same packet, its checksum off by a number of one's complement."""
    layer = packet.getlayer(UDP) or packet.getlayer(TCP) or packet.payload
    field = "chksum" if hasattr(layer, "chksum") else "cksum"
    good = getattr(type(packet)(bytes(packet)).payload, field)
    bad = good + 0x1234
    setattr(layer, field, (bad & 0xffff) + (bad >> 16))
    return packet


def ones_checksum(make):
    """make(data) gives a packet with UDP: data that makes its checksum 0, sent as 0xffff."""
    free = type(make(b"\0\0"))(bytes(make(b"\0\0")))[UDP].chksum
    return struct.pack("!H", free)


@table
def headers(_lab):
    """What becomes of the fields of the IP header."""
    for name, l6, l4, l4_back, l6_back in BOTH_WAYS:
        yield Row(f"{name} 6->4", out6(l6()), out4(l4()))
        yield Row(f"{name} 4->6", back4(l4_back()), back6(l6_back()))
        yield Row(f"{name} 6->4 without data", out6(l6(b"")), out4(l4(b"")))
        yield Row(f"{name} 4->6 without data", back4(l4_back(b"")), back6(l6_back(b"")))
        yield Row(f"{name} 6->4 of odd length", out6(l6(b"odd")), out4(l4(b"odd")))
        yield Row(f"{name} 4->6 of odd length", back4(l4_back(b"odd")), back6(l6_back(b"odd")))
    yield Row("a tcp header with options 6->4",
              out6(tcp6(flags="S", options=[("MSS", 1440), ("WScale", 7)])),
              out4(tcp4(flags="S", options=[("MSS", 1440), ("WScale", 7)])))
    for tos in (0x01, 0x02, 0x03, 0xb8, 0xff):
        yield Row(f"traffic class {tos:#04x} is copied to the type of service",
                  out6(udp6(), tc=tos), out4(udp4(), tos=tos))
        yield Row(f"type of service {tos:#04x} is copied to the traffic class",
                  back4(udp4_back(), tos=tos), back6(udp6_back(), tc=tos))
    yield Row("a flow label is left behind", out6(udp6(), fl=0xabcde), out4(udp4()))
    yield Row("a flow label does not disturb the traffic class",
              out6(udp6(), fl=0xfffff, tc=0xb9), out4(udp4(), tos=0xb9))
    yield Row("an IPv4 packet gets flow label 0", back4(udp4_back(), tos=0xff, id=0xffff),
              back6(udp6_back(), tc=0xff, fl=0))
    for hops in (255, 2):
        yield Row(f"hop limit {hops} becomes TTL {hops - 1}",
                  out6(udp6(), hlim=hops), out4(udp4(), ttl=hops - 1))
        yield Row(f"TTL {hops} becomes hop limit {hops - 1}",
                  back4(udp4_back(), ttl=hops), back6(udp6_back(), hlim=hops - 1))
    for hops in (1, 0):
        for name, l6, _, l4_back, _ in BOTH_WAYS:
            packet = out6(l6(), hlim=hops)
            yield Row(f"{name} with hop limit {hops} is answered 3/0", packet,
                      answer6(ICMPv6TimeExceeded(code=0), packet), drop="hop_limit")
            packet = back4(l4_back(), ttl=hops)
            yield Row(f"{name} with TTL {hops} is answered 11/0", packet,
                      answer4(ICMP(type=11, code=0), packet), drop="hop_limit")
    yield Row("an IPv4 packet of 1260 bytes has no DF",
              out6(udp6(b"x" * 1232)), out4(udp4(b"x" * 1232), flags=0))
    yield Row("an IPv4 packet of 1261 bytes has DF",
              out6(udp6(b"x" * 1233)), out4(udp4(b"x" * 1233), flags="DF"))
    yield Row("a packet with DF makes an IPv6 packet without fragment header",
              back4(udp4_back(), flags="DF", id=77), back6(udp6_back()))
    yield Row("a packet without DF makes an IPv6 packet without fragment header",
              back4(udp4_back(), flags=0, id=77), back6(udp6_back()))
    yield Row("a packet without DF of 1260 bytes makes one of 1280 without fragment header",
              back4(udp4_back(b"x" * 1232), flags=0, id=77), back6(udp6_back(b"x" * 1232)))
    yield Row("the reserved flag does not matter", back4(udp4_back(), flags=4),
              back6(udp6_back()))
    yield Row("what is behind the IPv6 payload is cut off",
              On(6, bytes(out6(udp6())) + b"padding"), out4(udp4()))
    yield Row("what is behind the IPv4 total length is cut off",
              On(4, bytes(back4(udp4_back())) + b"padding"), back6(udp6_back()))
    yield Row("what is behind the UDP length goes along 6->4",
              out6(udp6(b"nat64options", len=13)), out4(udp4(b"nat64options", len=13)))
    yield Row("what is behind the UDP length goes along 4->6",
              back4(udp4_back(b"nat64options", len=13)), back6(udp6_back(b"nat64options", len=13)))


# --- checksums ------------------------------------------------------------------

@table
def checksums(_lab):
    for name, l6, l4, l4_back, l6_back in BOTH_WAYS:
        yield Row(f"{name} 6->4: a wrong one stays as wrong as it was",
                  spoil(out6(l6())), spoil(out4(l4())))
        yield Row(f"{name} 4->6: a wrong one stays as wrong as it was",
                  spoil(back4(l4_back())), spoil(back6(l6_back())))
    data = ones_checksum(lambda d: out4(udp4(d)))
    yield Row("udp 6->4: one that comes to 0 is sent as 0xffff",
              out6(udp6(data)), out4(udp4(data, chksum=0xffff)))
    data = ones_checksum(lambda d: back6(udp6_back(d)))
    yield Row("udp 4->6: one that comes to 0 is sent as 0xffff",
              back4(udp4_back(data)), back6(udp6_back(data, chksum=0xffff)))
    yield Row("udp 6->4 without one is dropped", out6(udp6(chksum=0)), drop="udp_zero_checksum")
    for data in (b"", b"nat64", b"even", b"x" * 1000):
        yield Row(f"udp 4->6 without one gets it, {len(data)} bytes",
                  back4(udp4_back(data, chksum=0)), back6(udp6_back(data)))
    yield Row("udp 4->6: the one it gets is 0xffff if it comes to 0",
              back4(udp4_back(ones_checksum(lambda d: back6(udp6_back(d))), chksum=0)),
              back6(udp6_back(ones_checksum(lambda d: back6(udp6_back(d))), chksum=0xffff)))


# --- extension headers ------------------------------------------------------------

HOP_BY_HOP, DEST_OPT, ROUTING, FRAGMENT, ESP, AH, NONE = 0, 60, 43, 44, 50, 51, 59
UNKNOWN = {"ah": AH, "esp": ESP, "no next header": NONE, "sctp": 132, "gre": 47, "dccp": 33,
           "udp-lite": 136, "icmpv4 in IPv6": 1, "an experiment": 253}


def routing(left):
    return IPv6ExtHdrRouting(type=4, segleft=left, len=2, addresses=["2001:db8:2::1"])


def chain(*headers):
    packet = headers[0]
    for header in headers[1:]:
        packet = packet / header
    return packet


@table
def extension_headers(_lab):
    for name, l6, l4, _, _ in BOTH_WAYS:
        for kind, header in (("hop-by-hop options", IPv6ExtHdrHopByHop),
                             ("destination options", IPv6ExtHdrDestOpt),
                             ("a routing header without segments left", lambda: routing(0))):
            yield Row(f"{name}: behind {kind}", out6(header() / l6()), out4(l4()))
    yield Row("udp: behind a chain of all three",
              out6(chain(IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), routing(0),
                         IPv6ExtHdrDestOpt(), udp6())), out4(udp4()))
    yield Row("udp: behind a long extension header", long_header(), out4(udp4()))
    yield Row("its length does not count for DF",
              out6(IPv6ExtHdrDestOpt() / udp6(b"x" * 1232)), out4(udp4(b"x" * 1232), flags=0))
    yield Row("a chain without end is dropped",
              out6(chain(*[IPv6ExtHdrDestOpt()] * 100, udp6())), drop="malformed")
    packet = out6(routing(1) / udp6())
    yield Row("segments left are answered 4/0, pointing at them", packet,
              answer6(ICMPv6ParamProblem(code=0, ptr=43), packet), drop="routing_header")
    packet = out6(chain(IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), routing(2), udp6()))
    yield Row("segments left behind other headers are pointed at", packet,
              answer6(ICMPv6ParamProblem(code=0, ptr=59), packet), drop="routing_header")
    packet = out6(routing(1) / ping6())
    yield Row("segments left of an echo are answered 4/0", packet,
              answer6(ICMPv6ParamProblem(code=0, ptr=43), packet), drop="routing_header")
    for name, number in UNKNOWN.items():
        packet = out6(Raw(bytes(32)), nh=number)
        yield Row(f"{name} is answered 1/4", packet,
                  answer6(ICMPv6DestUnreach(code=4), packet), drop="unknown_protocol")
    packet = out6(IPv6ExtHdrDestOpt(nh=AH) / Raw(bytes(32)))
    yield Row("ah behind destination options is answered 1/4", packet,
              answer6(ICMPv6DestUnreach(code=4), packet), drop="unknown_protocol")
    yield Row("an extension header longer than the packet is dropped",
              out6(IPv6ExtHdrDestOpt(nh=17, len=40, autopad=1) / udp6()), drop="malformed")
    yield Row("an extension header of four bytes is dropped",
              out6(Raw(b"\x11\0\1\2"), nh=DEST_OPT), drop="malformed")
    yield Row("a chain that ends with the packet is dropped",
              out6(IPv6ExtHdrDestOpt(nh=DEST_OPT)), drop="malformed")
    yield Row("udp that begins where the packet ends is dropped",
              out6(IPv6ExtHdrDestOpt(nh=17)), drop="malformed")


def long_header():
    """Destination options of 256 bytes; the checksum of UDP is that without them."""
    plain = out6(udp6())
    data = bytes([17, 31]) + bytes([1, 4, 0, 0, 0, 0]) + bytes([0x1e, 246]) + bytes(246)
    return out6(Raw(data + bytes(plain.payload)), nh=DEST_OPT)


# --- IPv4 options -------------------------------------------------------------------

def options(packet, data):
    """The packet with these bytes behind its header."""
    raw = bytes(packet)
    data += bytes(-len(data) % 4)
    header = bytearray(raw[:20] + data)
    header[0] = 0x40 | len(header) // 4
    header[2:4] = struct.pack("!H", len(raw) + len(data))
    header[10:12] = bytes(2)
    header[10:12] = struct.pack("!H", checksum(bytes(header)))
    return On(4, bytes(header) + raw[20:])


OPTIONS = {
    "end of list": b"\0\0\0\0",
    "no operation": b"\1\1\1\1",
    "record route": b"\7\7\4\0\0\0\0",
    "timestamp": b"\x44\x0c\5\0\0\0\0\0\0\0\0\0",
    "security": b"\x82\x0b\0\0\0\0\0\0\0\0\0",
    "stream id": b"\x88\4\0\1",
    "router alert": b"\x94\4\0\0",
    "unknown 0x99": b"\x99\6abcd",
    "loose source route, used up": b"\x83\7\x08\xc0\0\2\1",
    "strict source route, used up": b"\x89\7\x08\xc0\0\2\1",
    "all 40 bytes": b"\7\x27\4" + bytes(37),
    "several": b"\1\x94\4\0\0\1\7\7\4\0\0\0\0\0",
    "anything behind the end of the list": b"\0\x83\7\4\xc0\0\2\1",
}
KINDS = {"record route": 7, "timestamp": 0x44, "security": 0x82, "loose source route": 0x83,
         "stream id": 0x88, "strict source route": 0x89, "router alert": 0x94,
         "unknown 0x99": 0x99}
SOURCE_ROUTES = {
    "loose": b"\x83\7\4\xc0\0\2\1",
    "strict": b"\x89\7\4\xc0\0\2\1",
    "half used up loose": b"\x83\x0b\x08\xc0\0\2\1\xc0\0\2\2",
    "loose, behind another option,": b"\x94\4\0\0\x83\7\4\xc0\0\2\1",
    "loose, behind no operation,": b"\1\x83\7\4\xc0\0\2\1",
}


@table
def options4(_lab):
    for name, data in OPTIONS.items():
        yield Row(f"{name}: ignored", options(back4(udp4_back()), data), back6(udp6_back()))
    yield Row("tcp with options is translated",
              options(back4(tcp4_back()), OPTIONS["record route"]), back6(tcp6_back()))
    yield Row("echo with options is translated",
              options(back4(pong4()), OPTIONS["record route"]), back6(pong6()))
    for name, data in SOURCE_ROUTES.items():
        packet = options(back4(udp4_back()), data)
        yield Row(f"an unexpired {name} source route is answered 3/5", packet,
                  answer4(ICMP(type=3, code=5), packet, dst=SERVER), drop="source_route")
    for name, kind in KINDS.items():
        for length, words in ((0, "no length"), (1, "length 1"), (9, "a length beyond the header")):
            yield Row(f"{name} with {words} is dropped",
                      options(back4(udp4_back()), bytes([kind, length, 4, 0])), drop="malformed")
        yield Row(f"{name} cut off behind its type is dropped",
                  options(back4(udp4_back()), bytes([1, 1, 1, kind])), drop="malformed")
    for name in ("loose", "strict"):
        kind = KINDS[f"{name} source route"]
        yield Row(f"a {name} source route without a pointer is dropped",
                  options(back4(udp4_back()), bytes([1, 1, kind, 2])), drop="malformed")


# --- lies ------------------------------------------------------------------------------

@table
def malformed(_lab):
    def raw6(proto, data):
        return out6(Raw(data), nh=proto)

    def raw4(proto, data):
        return back4(Raw(data), proto=proto)

    ports6, ports4 = struct.pack("!HH", PORT6, SERVICE), struct.pack("!HH", SERVICE, PORT4)
    for length in (0, 1, 4, 7):
        yield Row(f"udp of {length} bytes 6->4", raw6(17, (ports6 + bytes(8))[:length]),
                  drop="malformed")
        yield Row(f"udp of {length} bytes 4->6", raw4(17, (ports4 + bytes(8))[:length]),
                  drop="malformed")
        yield Row(f"echo of {length} bytes 6->4", raw6(58, bytes(ping6())[:length]),
                  drop="malformed")
        yield Row(f"echo of {length} bytes 4->6", raw4(1, bytes(pong4())[:length]),
                  drop="malformed")
    for length in (0, 4, 8, 19):
        yield Row(f"tcp of {length} bytes 6->4", raw6(6, bytes(tcp6())[:length]),
                  drop="malformed")
        yield Row(f"tcp of {length} bytes 4->6", raw4(6, bytes(tcp4_back())[:length]),
                  drop="malformed")
    for length in (0, 7, 14, 65535):
        yield Row(f"udp of 13 bytes that says {length} 6->4", out6(udp6(len=length)),
                  drop="malformed")
        yield Row(f"udp of 13 bytes that says {length} 4->6", back4(udp4_back(len=length)),
                  drop="malformed")
    for words in (0, 4, 15):
        yield Row(f"a tcp header of 20 bytes that says {words * 4} 6->4",
                  out6(tcp6(b"", dataofs=words)), drop="malformed")
        yield Row(f"a tcp header of 20 bytes that says {words * 4} 4->6",
                  back4(tcp4_back(b"", dataofs=words)), drop="malformed")
    yield Row("udp options, and no checksum 4->6",
              back4(udp4_back(b"nat64options", len=13, chksum=0)), drop="malformed")
    # What the kernel refuses before any hook; that nothing comes is what counts.
    yield Row("an IPv6 payload longer than the frame", out6(udp6(), plen=100), silent=True)
    yield Row("an IPv4 total length longer than the frame", back4(udp4_back(), len=100),
              silent=True)
    yield Row("an IPv4 total length shorter than the header", back4(udp4_back(), len=19),
              silent=True)
    yield Row("an IPv4 header length of 16", back4(udp4_back(), ihl=4), silent=True)
    yield Row("an IPv4 header longer than the packet", back4(Raw(b""), ihl=15, proto=17),
              silent=True)
    yield Row("a wrong IPv4 header checksum", back4(udp4_back(), chksum=0x1234), silent=True)
    yield Row("an IPv4 packet on the way of IPv6", On(6, bytes(back4(udp4_back()))), silent=True)
    yield Row("an IPv6 packet on the way of IPv4", On(4, bytes(out6(udp6()))), silent=True)
    yield Row("version 5", On(4, b"\x55" + bytes(back4(udp4_back()))[1:]), silent=True)
    yield Row("version 7", On(6, b"\x70" + bytes(out6(udp6()))[1:]), silent=True)
    for length in (0, 1, 19):
        yield Row(f"an IPv4 packet of {length} bytes",
                  On(4, bytes(back4(udp4_back()))[:length]), silent=True)
    for length in (1, 39):
        yield Row(f"an IPv6 packet of {length} bytes",
                  On(6, bytes(out6(udp6()))[:length]), silent=True)


# --- unknown transports from IPv4 -----------------------------------------------------

@table
def protocols4(lab):
    for name, number in (("sctp", 132), ("esp", 50), ("ah", 51), ("gre", 47),
                         ("IPv6 in IPv4", 41), ("icmpv6 in IPv4", 58), ("an experiment", 253)):
        packet = back4(Raw(bytes(32)), proto=number)
        yield Row(f"{name} for pool4 is answered 3/2", packet,
                  answer4(ICMP(type=3, code=2), packet), drop="unknown_protocol")
    yield Row("igmp is dropped silently", back4(Raw(b"\x16\0\x09\x04\xe0\0\0\xfb"), proto=2),
              drop="icmp_type")
    with lab.pool4(f"{ROUTER4}#61001-61010"):
        packet = back4(Raw(bytes(32)), dst=ROUTER4, proto=132)
        answer = answer4(ICMP(type=3, code=2), packet)
        answer.counts = {}
        yield Row("sctp for the box itself is given back: its own stack answers", packet,
                  answer, given_back=1)
        packet = back4(udp4_back(dport=61005), dst=ROUTER4)
        answer = answer4(ICMP(type=3, code=3), packet)
        answer.counts = {}
        yield Row("udp without a binding for the box itself is given back", packet,
                  answer, given_back=1)


# --- addresses ------------------------------------------------------------------------

@table
def sources(lab):
    """RFC 6146 3.5 and 5.4, RFC 7915 4.1 and 5.1: who may not send."""
    for name, address in (("inside pool6", "64:ff9b::192.0.2.77"),
                          ("inside pool6 of the pool4 address", f"64:ff9b::{POOL}"),
                          ("unspecified", "::"), ("link-local", "fe80::8"),
                          ("IPv4-mapped", "::ffff:192.0.2.77")):
        for l4, layers in (("udp", udp6()), ("tcp", tcp6(flags="S")), ("echo", ping6())):
            yield Row(f"{l4} from an IPv6 address that is {name}", out6(layers, src=address),
                      drop="bad_source")
    for address in ("0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"):
        yield Row(f"udp from {address}", back4(udp4_back(), src=address), drop="bad_source")
        yield Row(f"an echo request from {address}", back4(ICMP(type=8, id=PORT4), src=address),
                  drop="bad_source")
    for address in ("0.1.2.3", "169.254.1.1", "240.0.0.1"):
        yield Row(f"udp from {address}", back4(udp4_back(), src=address), drop="denied_ipv4")
    for address in ("0.0.0.0", "127.0.0.1", "127.255.255.254", "169.254.169.254", "224.0.0.1",
                    "239.255.255.255", "240.0.0.1", "255.255.255.255"):
        for l4, layers in (("udp", udp6()), ("tcp", tcp6(flags="S")), ("echo", ping6())):
            packet = out6(layers, dst=address)
            yield Row(f"{l4} to {address} is answered 1/1", packet,
                      answer6(ICMPv6DestUnreach(code=1), packet), drop="denied_ipv4")
    with lab.attribute("denied_ipv4", "192.0.2.25"):
        packet = out6(udp6(), dst=SERVER2)
        yield Row("denied_ipv4 denies to an address", packet,
                  answer6(ICMPv6DestUnreach(code=1), packet), drop="denied_ipv4")
        yield Row("denied_ipv4 denies from an address", back4(udp4_back(), src=SERVER2),
                  drop="denied_ipv4")
        yield Row("denied_ipv4 lets others pass", out6(udp6()), out4(udp4()))
    yield Row("denied_ipv4 no more: the address is reached", out6(udp6(), dst=SERVER2),
              out4(udp4(), dst=SERVER2))


# RFC 6052, 2.2: prefix, 192.0.2.24 in it, the same with a suffix that is ignored.
PREFIXES = {
    32: ("3fff:320::/32", "3fff:320:c000:218::", "3fff:320:c000:218:12:3456:789a:bcde"),
    40: ("3fff:400:100::/40", "3fff:400:1c0:2:18::", "3fff:400:1c0:2:18:3456:789a:bcde"),
    48: ("3fff:480:122::/48", "3fff:480:122:c000:2:1800::", "3fff:480:122:c000:2:1856:789a:bcde"),
    56: ("3fff:560:122:300::/56", "3fff:560:122:3c0:0:218::",
         "3fff:560:122:3c0:0:218:789a:bcde"),
    64: ("3fff:640:122:344::/64", "3fff:640:122:344:c0:2:1800::",
         "3fff:640:122:344:c0:2:18ff:ffff"),
    96: ("3fff:960:122:344::/96", "3fff:960:122:344::192.0.2.24", None),
}


@table
def pool6(lab):
    prefixes = "64:ff9b::/96 " + " ".join(p for p, _, _ in PREFIXES.values())
    with lab.attribute("pool6", prefixes):
        for length, (_, address, suffixed) in PREFIXES.items():
            port = 1000 + length
            packet = IPv6(src=CLIENT, dst=address) / udp6(dport=port)
            yield Row(f"/{length}: to a server", packet, out4(udp4(dport=port)))
            yield Row(f"/{length}: the answer comes from it", back4(udp4_back(sport=port)),
                      IPv6(src=address, dst=CLIENT, hlim=63) / udp6_back(sport=port))
            packet = IPv6(src=CLIENT, dst=address) / tcp6(dport=port, flags="S")
            yield Row(f"/{length}: tcp to a server", packet, out4(tcp4(dport=port, flags="S")))
            yield Row(f"/{length}: tcp's answer comes from it",
                      back4(tcp4_back(sport=port, flags="SA")),
                      IPv6(src=address, dst=CLIENT, hlim=63) / tcp6_back(sport=port, flags="SA"))
            if suffixed:
                packet = IPv6(src=CLIENT, dst=suffixed) / udp6(dport=port + 1)
                yield Row(f"/{length}: a suffix is ignored", packet, out4(udp4(dport=port + 1)))
                yield Row(f"/{length}: the answer has suffix 0", back4(udp4_back(sport=port + 1)),
                          IPv6(src=address, dst=CLIENT, hlim=63) / udp6_back(sport=port + 1))
            packet = IPv6(src=address, dst=address) / udp6(dport=port)
            yield Row(f"/{length}: a source inside is dropped", packet, drop="bad_source")
    for length, (prefix, address, _) in PREFIXES.items():
        with lab.attribute("pool6", f"{prefix} 64:ff9b::/96"):
            yield Row(f"/{length}: a session from IPv4 gets the first prefix",
                      back4(udp4_back(sport=2000 + length)),
                      IPv6(src=address, dst=CLIENT, hlim=63) / udp6_back(sport=2000 + length))
