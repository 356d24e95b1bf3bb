# SPDX-License-Identifier: GPL-2.0
"""What is not translated for another reason than its form, and who is told."""

from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6TimeExceeded

from packets_headers import ping4, ping6, pong4, tcp4, tcp4_back, tcp6, tcp6_back
from packets_lab import *

STRANGER = "2001:db8::a"                # a client without a static binding
UNBOUND = 5990                          # in pool4's range, lent to nobody
OUTSIDE = 7777                          # in no range


@table
def frames(_lab):
    """Only what is for the router's own link layer address is translated."""
    for name, mac in (("another machine's", "02:00:00:00:00:99"),
                      ("the broadcast address", "ff:ff:ff:ff:ff:ff"),
                      ("a multicast address", "33:33:00:00:00:01")):
        yield Row(f"a frame for {name} 6->4", On(6, out6(udp6()), mac), silent=True)
        yield Row(f"a frame for {name} 4->6", On(4, back4(udp4_back()), mac), silent=True)
    yield Row("another IPv6 destination is not touched",
              IPv6(src=CLIENT, dst="64:ff9c::1") / udp6(), silent=True)
    yield Row("another IPv4 destination is not touched",
              back4(udp4_back(), dst="198.51.100.99"), silent=True)


@table
def unbound(lab):
    """RFC 6146, 3.5: what may not begin a flow."""
    yield Row("udp from IPv4 without a binding", back4(udp4_back(dport=UNBOUND)),
              drop="no_binding")
    yield Row("an echo request from IPv4 without a binding", back4(ping4(id=UNBOUND)),
              drop="no_binding")
    yield Row("an echo reply from IPv4 without a binding", back4(pong4(id=UNBOUND)),
              drop="no_binding")
    for flags in ("A", "SA", "F", "FA", "R", "PA", ""):
        yield Row(f"tcp from IPv4 without a binding, flags '{flags}'",
                  back4(tcp4_back(dport=UNBOUND, flags=flags)), drop="no_binding")
    yield Row("udp from IPv4 outside the ranges is given back", back4(udp4_back(dport=OUTSIDE)),
              given_back=1)
    yield Row("tcp from IPv4 outside the ranges is given back",
              back4(tcp4_back(dport=OUTSIDE, flags="S")), given_back=1)
    yield Row("an echo request from IPv4 outside the ranges is given back",
              back4(ping4(id=OUTSIDE)), given_back=1)
    for flags in ("A", "F", "FA", "R", "PA", ""):
        yield Row(f"tcp from IPv6 without a binding, flags '{flags}'",
                  out6(tcp6(flags=flags), src=STRANGER), drop="no_session")
    yield Row("an echo reply of a stranger", out6(unasked(), src=STRANGER), drop="no_session")
    yield Row("tcp from IPv6 with a binding passes, though it is no SYN",
              out6(tcp6(dport=81, flags="A")), out4(tcp4(dport=81, flags="A")))
    yield Row("tcp from IPv4 with a binding passes, though it is no SYN",
              back4(tcp4_back(sport=82, flags="A")), back6(tcp6_back(sport=82, flags="A")))
    with lab.attribute("pool4/203.0.113.1#5000-5999/udp", ""):
        packet = out6(udp6(), src=STRANGER)
        yield Row("no pool4 entry for the protocol is answered 1/1", packet,
                  answer6(ICMPv6DestUnreach(code=1), packet), drop="no_pool4")
        yield Row("no pool4 entry: static bindings go on", out6(udp6()), out4(udp4()))
    with lab.attribute("pool4/203.0.113.1#5000-5999/icmp", "5999"):
        yield Row("the last id is lent", out6(ping6(id=1), src=STRANGER), out4(ping4(id=5999)))
        packet = out6(ping6(id=2), src=STRANGER)
        yield Row("no id left is answered 1/3", packet,
                  answer6(ICMPv6DestUnreach(code=3), packet), drop="ports_exhausted")
    with lab.attribute("enabled", "drain"):
        packet = out6(tcp6(sport=9, flags="S"), src=STRANGER)
        yield Row("draining: a new flow is answered 1/1", packet,
                  answer6(ICMPv6DestUnreach(code=1), packet), drop="draining")
        yield Row("draining: flows that exist go on", out6(udp6()), out4(udp4()))
    with lab.attribute("limits/sessions", 1):
        packet = out6(udp6(dport=8888))
        yield Row("as many sessions as allowed: a new one is answered 1/1", packet,
                  answer6(ICMPv6DestUnreach(code=1), packet), drop="session_limit")
        packet = back4(udp4_back(sport=8888))
        yield Row("as many sessions as allowed: from IPv4 it is answered 3/13", packet,
                  answer4(ICMP(type=3, code=13), packet), drop="session_limit")
        yield Row("as many sessions as allowed: flows that exist go on", out6(udp6()),
                  out4(udp4()))


def unasked():
    packet = ping6(id=4321)
    packet.type = 129
    return packet


FORWARD = """
table ip forward_test {
	chain forward { type filter hook forward priority 0; udp dport 666 drop; }
}
table ip6 forward_test {
	chain forward { type filter hook forward priority 0; udp sport 666 drop; }
}
"""


def sources(lab, forwarding, box):
    """Whom the router does not believe that it has sent an IPv4 packet."""
    port = 6001 + 10 * forwarding
    with lab.sysctl("net.ipv4.conf.wan.forwarding", forwarding):
        yield Row(f"{box}: from an address of its own", back4(udp4_back(sport=port), src=ROUTER4),
                  drop="bad_route")
        with lab.sysctl("net.ipv4.conf.wan.rp_filter", 1), lab.route("198.18.7.0/24 dev lan"):
            yield Row(f"{box}: from an address that is elsewhere, with rp_filter",
                      back4(udp4_back(sport=port + 1), src="198.18.7.7"), drop="bad_route")
            yield Row(f"{box}: with rp_filter, from one that is not",
                      back4(udp4_back(sport=port + 2)), back6(udp6_back(sport=port + 2)))


@table
def routes(lab):
    """Routes and rules of the router's."""
    for kind in ("unreachable", "prohibit", "blackhole"):
        with lab.route(f"{kind} 198.18.0.0/24"):
            packet = out6(udp6(), dst="198.18.0.9")
            yield Row(f"to IPv4, {kind}: answered 1/0", packet,
                      answer6(ICMPv6DestUnreach(code=0), packet), drop="no_route")
    packet = out6(udp6(), dst="192.0.2.255")
    yield Row("to the broadcast address of a link: answered 1/0", packet,
              answer6(ICMPv6DestUnreach(code=0), packet), drop="no_route")
    lab.static("udp", f"{POOL}#5333", "2001:db8:f::1#53")
    with lab.route("unreachable 2001:db8:f::/64"):
        packet = back4(udp4_back(dport=5333))
        yield Row("to IPv6, unreachable: answered 3/1", packet,
                  answer4(ICMP(type=3, code=1), packet), drop="no_route")
    lab.unstatic("udp", f"{POOL}#5333")
    for forwarding, box in enumerate(("a host", "a router")):
        yield from sources(lab, forwarding, box)
    with lab.rules(FORWARD):
        yield Row("refused by the forward chain of IPv4", out6(udp6(dport=666)),
                  drop="forward_denied")
        yield Row("refused by the forward chain of IPv6", back4(udp4_back(sport=666)),
                  drop="forward_denied")
        yield Row("the forward chains let others pass 6->4", out6(udp6()), out4(udp4()))
        yield Row("the forward chains let others pass 4->6", back4(udp4_back()),
                  back6(udp6_back()))


@table
def rates(lab):
    """As many answers as the kernel would give, or all."""
    packets = [out6(udp6(b"%d" % n), hlim=1) for n in range(20)]
    answers = [answer6(ICMPv6TimeExceeded(), packet) for packet in packets]
    with lab.attribute("translation/icmp_errors", "send"):
        yield Row("send: each is answered", packets, *answers, drop=["hop_limit"] * 20)
    with lab.sysctl("net.ipv6.icmp.ratelimit", 1000):
        yield Row("ratelimit: not each is answered", packets, *answers, some=True,
                  drop=["hop_limit"] * 20, free=("icmp_errors_sent",))
    packets = [back4(udp4_back(b"%d" % n), ttl=1) for n in range(20)]
    answers = [answer4(ICMP(type=11, code=0), packet) for packet in packets]
    with lab.attribute("translation/icmp_errors", "send"):
        yield Row("send: each is answered 4->6", packets, *answers, drop=["hop_limit"] * 20)
    with lab.sysctl("net.ipv4.icmp_ratelimit", 1000), \
            lab.sysctl("net.ipv4.icmp_ratemask", 1 << 11):
        yield Row("ratelimit: not each is answered 4->6", packets, *answers, some=True,
                  drop=["hop_limit"] * 20, free=("icmp_errors_sent",))
