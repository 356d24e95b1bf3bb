# SPDX-License-Identifier: GPL-2.0
"""The attributes below translation/: each default is proved by the other tables."""

from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6PacketTooBig, ICMPv6TimeExceeded

from packets_fragments import DATA, pieces4
from packets_headers import routing, tcp6
from packets_icmp import (ToServer, cut, error4, error6, open_sessions, received4, received6,
                          sent4, sent6, to_client)
from packets_lab import *

GLOBAL, GLOBAL2 = "11.0.0.2", "11.0.0.3"
NOT_GLOBAL = ("10.0.0.1", "100.64.0.1", "172.16.0.1", "192.0.0.1", "192.0.2.24", "192.168.0.1",
              "198.18.0.1", "198.51.100.1", "203.0.113.200")


@table
def attributes(lab):
    open_sessions(lab)
    for tos in (0, 0x10, 255):
        with lab.attribute("translation/tos", tos):
            yield Row(f"tos {tos}: whatever the traffic class", out6(udp6(), tc=0xb9),
                      out4(udp4(), tos=tos))
            yield Row(f"tos {tos}: the traffic class is copied as ever",
                      back4(udp4_back(), tos=0xb9), back6(udp6_back(), tc=0xb9))
    with lab.attribute("translation/tos", "inherit"):
        yield Row("tos inherit", out6(udp6(), tc=0xb9), out4(udp4(), tos=0xb9))
    with lab.attribute("translation/traffic_class", "zero"):
        yield Row("traffic_class zero: whatever the TOS", back4(udp4_back(), tos=0xb9),
                  back6(udp6_back(), tc=0))
        yield Row("traffic_class zero: the TOS is copied as ever", out6(udp6(), tc=0xb9),
                  out4(udp4(), tos=0xb9))
    with lab.attribute("translation/traffic_class", "inherit"):
        yield Row("traffic_class inherit", back4(udp4_back(), tos=0xb9),
                  back6(udp6_back(), tc=0xb9))
    with lab.attribute("translation/udp_zero_checksum", "drop"):
        yield Row("udp_zero_checksum drop: dropped", back4(udp4_back(chksum=0)),
                  drop="udp_zero_checksum")
        yield Row("udp_zero_checksum drop: fragments, too",
                  pieces4(back4(udp4_back(DATA, chksum=0)), 1000), drop="udp_zero_checksum")
        yield Row("udp_zero_checksum drop: others pass", back4(udp4_back()), back6(udp6_back()))
    with lab.attribute("translation/udp_zero_checksum", "compute"):
        yield Row("udp_zero_checksum compute", back4(udp4_back(chksum=0)), back6(udp6_back()))
    for lowest in (1400, 1480):
        with lab.attribute("translation/lowest_ipv6_mtu", lowest):
            data = b"x" * (lowest - 48)
            yield Row(f"lowest_ipv6_mtu {lowest}: as much is not cut",
                      back4(udp4_back(data), id=0xcafe), back6(udp6_back(data)))
            yield Row(f"lowest_ipv6_mtu {lowest}: more is cut to it",
                      back4(udp4_back(data + b"y"), id=0xcafe),
                      Pieces(back6(udp6_back(data + b"y")), lowest, 0xcafe))
            pieces = pieces4(back4(udp4_back(DATA)), 1480)
            yield Row(f"lowest_ipv6_mtu {lowest}: fragments are cut to it", pieces,
                      Pieces(back6(udp6_back(DATA)), lowest, pieces[0].id))
    with lab.attribute("translation/lowest_ipv6_mtu", 1500), lab.mtu("lan", 1400):
        yield Row("lowest_ipv6_mtu 1500: not more than the link bears",
                  back4(udp4_back(b"x" * 1400), id=0xcafe),
                  Pieces(back6(udp6_back(b"x" * 1400)), 1400, 0xcafe))
    with lab.attribute("translation/mtu_plateaus", "1450 1300 600"):
        for total, plateau in ((1480, 1450), (1451, 1450), (1450, 1300), (1301, 1300)):
            inner = b"x" * (total - 28)
            packet = error4(ICMP(type=3, code=4), cut(sent4(udp4(inner), flags="DF"), 28))
            quote = cut(sent6(udp6(inner)), 48)
            yield Row(f"mtu_plateaus: {total} bytes get {plateau}", packet,
                      Either(to_client(ICMPv6PacketTooBig(mtu=plateau), quote),
                             to_client(ICMPv6PacketTooBig(mtu=plateau + 20), quote)))
        inner = b"x" * 1272
        yield Row("mtu_plateaus: 1300 bytes get 1280, no plateau below it",
                  error4(ICMP(type=3, code=4), cut(sent4(udp4(inner), flags="DF"), 28)),
                  to_client(ICMPv6PacketTooBig(mtu=1280), cut(sent6(udp6(inner)), 48)))
    yield from icmp_errors(lab)
    yield from icmp_error_source(lab)
    yield from wkp_global_only(lab)


def icmp_errors(lab):
    with lab.attribute("translation/icmp_errors", "off"):
        yield Row("icmp_errors off: hop limit", out6(udp6(), hlim=1), drop="hop_limit")
        yield Row("icmp_errors off: TTL", back4(udp4_back(), ttl=1), drop="hop_limit")
        yield Row("icmp_errors off: a denied address", out6(udp6(), dst="127.0.0.1"),
                  drop="denied_ipv4")
        yield Row("icmp_errors off: an unknown protocol 6->4", out6(Raw(bytes(8)), nh=132),
                  drop="unknown_protocol")
        yield Row("icmp_errors off: an unknown protocol 4->6", back4(Raw(bytes(8)), proto=132),
                  drop="unknown_protocol")
        yield Row("icmp_errors off: segments left", out6(routing(1) / udp6()),
                  drop="routing_header")
        yield Row("icmp_errors off: too big 4->6", back4(udp4_back(b"x" * 1460), flags="DF"),
                  drop="too_big")
        yield Row("icmp_errors off: those of others are translated 4->6",
                  error4(ICMP(type=11, code=0), cut(sent4(udp4()))),
                  to_client(ICMPv6TimeExceeded(), cut(sent6(udp6()))))
        yield Row("icmp_errors off: those of others are translated 6->4",
                  error6(ICMPv6TimeExceeded(), cut(received6(udp6_back()))),
                  ToServer(ICMP(type=11, code=0), received4(udp4_back())))
    for word in ("send", "ratelimit"):
        with lab.attribute("translation/icmp_errors", word):
            packet = out6(udp6(), hlim=1)
            yield Row(f"icmp_errors {word}: hop limit", packet,
                      answer6(ICMPv6TimeExceeded(), packet), drop="hop_limit")


def icmp_error_source(lab):
    """Whether clients are shown the routers on the IPv4 side."""
    error = error4(ICMP(type=11, code=0), cut(sent4(udp4())))
    with lab.attribute("translation/icmp_error_source", "destination"):
        yield Row("icmp_error_source destination: a router's error", error,
                  to_client(ICMPv6TimeExceeded(), cut(sent6(udp6())), src=SERVER))
        packet = out6(udp6(), hlim=1)
        yield Row("icmp_error_source destination: those made here are from here", packet,
                  answer6(ICMPv6TimeExceeded(), packet), drop="hop_limit")
    with lab.attribute("translation/icmp_error_source", "router"):
        yield Row("icmp_error_source router: a router's error", error,
                  to_client(ICMPv6TimeExceeded(), cut(sent6(udp6()))))


def wkp_global_only(lab):
    prefix = "3fff:960:122:344::"
    with lab.attribute("pool6", f"64:ff9b::/96 {prefix}/96"), \
            lab.attribute("translation/wkp_global_only", 1):
        for address in NOT_GLOBAL:
            packet = out6(udp6(), dst=address)
            yield Row(f"wkp_global_only: {address} is answered 1/1", packet,
                      answer6(ICMPv6DestUnreach(code=1), packet), drop="wkp_non_global")
        packet = out6(tcp6(flags="S"), dst=NOT_GLOBAL[0])
        yield Row("wkp_global_only: tcp, too", packet,
                  answer6(ICMPv6DestUnreach(code=1), packet), drop="wkp_non_global")
        yield Row("wkp_global_only: from such an address", back4(udp4_back(), src="192.168.0.2"),
                  drop="wkp_non_global")
        yield Row("wkp_global_only: a global address is reached", out6(udp6(), dst=GLOBAL),
                  out4(udp4(), dst=GLOBAL))
        yield Row("wkp_global_only: from a global address", back4(udp4_back(), src=GLOBAL2),
                  back6(udp6_back(), src=GLOBAL2))
        yield Row("wkp_global_only: another prefix may have any",
                  IPv6(src=CLIENT, dst=in6("192.168.0.3", prefix)) / udp6(),
                  out4(udp4(), dst="192.168.0.3"))
        yield Row("wkp_global_only: and is answered", back4(udp4_back(), src="192.168.0.3"),
                  IPv6(src=in6("192.168.0.3", prefix), dst=CLIENT, hlim=63) / udp6_back())
    with lab.attribute("pool6", "64:ff9b::/96 64:ff9b:1::/48"), \
            lab.attribute("translation/wkp_global_only", 1):
        # RFC 8215: for local use, so private addresses are what it is for.
        yield Row("wkp_global_only: 64:ff9b:1::/48 may have any",
                  IPv6(src=CLIENT, dst="64:ff9b:1:c0a8:0:500::") / udp6(),
                  out4(udp4(), dst="192.168.0.5"))
    yield Row("wkp_global_only 0: any address is reached", out6(udp6(), dst="192.168.0.4"),
              out4(udp4(), dst="192.168.0.4"))
