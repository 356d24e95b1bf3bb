# SPDX-License-Identifier: GPL-2.0
"""What the outside may begin: stored SYNs and filtering/, RFC 6146 3.5.1 to 3.5.3."""

from scapy.layers.inet6 import ICMPv6TimeExceeded

from packets_headers import ping4, ping6, pong4, pong6, tcp4, tcp4_back, tcp6, tcp6_back
from packets_icmp import open_sessions
from packets_lab import *

FREE = 5500             # a port of pool4 that nobody has
STRANGER = "192.0.2.25"
SECONDS = 3600
KEPT = 128              # of a stored SYN


def syn4(sport=SERVICE, dport=FREE, flags="S"):
    return tcp4_back(b"", sport=sport, dport=dport, flags=flags)


def stored(lab, number):
    """The gauge, which no row watches by itself."""
    found = int(open(f"{lab.stats}/stored_syns", encoding="ascii").read())
    return None if found == number else f"{found} stored, not {number}"


def only(lab, number):
    return {"silent": True, "check": lambda: stored(lab, number)}


@table
def stored_syns(lab):
    """RFC 6146, 3.5.2.2; no server here has got a session of its own yet."""
    with lab.attribute("timeouts/allow_below_rfc", 1):
        yield from unmet(lab)
        with lab.attribute("timeouts/tcp_in_syn", SECONDS):
            yield from met(lab)
            yield from limited(lab)


def unmet(lab):
    """Answered when its time is over: at the length of the RFC, and a shorter one."""
    packet, large = back4(syn4()), back4(syn4(sport=88) / Raw(bytes(1000)))
    with lab.attribute("timeouts/tcp_in_syn", 2):
        yield Row("a SYN that nobody waits for is stored", packet, **only(lab, 1))
        yield Row("the same again is not", packet, drop="repeated_syn",
                  check=lambda: stored(lab, 1))
        yield Row("one with data is stored, too", large, **only(lab, 2))
        yield Row("no SYN is not", back4(syn4(sport=81, flags="A")), drop="no_binding",
                  check=lambda: stored(lab, 2))
        yield Row("nor is the answer to one", back4(syn4(sport=81, flags="SA")),
                  drop="no_binding", check=lambda: stored(lab, 2))
        yield Row("outside the ranges it is given back", back4(syn4(dport=7777)), given_back=1)
    before = lab.counter("drop_unanswered_syn")
    yield Row("in the end its sender is told 3/3", back4(udp4_back()), back6(udp6_back()),
              free=("drop_unanswered_syn", "icmp_errors_sent"),
              check=lambda: comes_true(
                  lambda: lab.counter("drop_unanswered_syn") > before + 1, "it is not") or
              stored(lab, 0))
    yield Row("the error quotes so much of it as is kept", back4(udp4_back(b"again")),
              *(Want(answer4(ICMP(type=3, code=3), bytes(p)[:KEPT], dst=p.src).packet,
                     ("tos", "id", "flags", "ttl")) for p in (packet, large)),
              back6(udp6_back(b"again")))


def met(lab):
    """A client opens the same connection from its side."""
    with lab.attribute("pool4/203.0.113.1#5000-5999/tcp", FREE):
        yield Row("a second one is stored", back4(syn4(sport=82)), **only(lab, 1))
        yield Row("a client's SYN for another port of the server does not meet it",
                  out6(tcp6(b"", sport=4100, dport=83, flags="S")),
                  out4(tcp4(b"", sport=FREE, dport=83, flags="S")),
                  check=lambda: stored(lab, 1))
        yield Row("a client's SYN meets it",
                  out6(tcp6(b"", sport=4100, dport=82, flags="S")),
                  out4(tcp4(b"", sport=FREE, dport=82, flags="S")), drop="simultaneous_open",
                  check=lambda: stored(lab, 0) or state(lab, 4100, 82, "established"))
        yield Row("then the server's passes", back4(syn4(sport=82)),
                  back6(tcp6_back(b"", sport=82, dport=4100, flags="S")))
        yield Row("both answer", back4(syn4(sport=82, flags="SA")),
                  back6(tcp6_back(b"", sport=82, dport=4100, flags="SA")))


def state(lab, port, service, wanted):
    for (_, local, remote, *_), (found, _) in lab.sessions().items():
        if local.endswith(f"#{port}") and remote.endswith(f"#{service}"):
            return None if found == wanted else f"the session is {found}, not {wanted}"
    return "there is no session"


def limited(lab):
    with lab.attribute("limits/stored_syns", 1):
        yield Row("as many as allowed", back4(syn4(dport=FREE + 1, sport=84)), **only(lab, 1))
        yield Row("one more is dropped", back4(syn4(dport=FREE + 1, sport=85)), drop="syn_limit",
                  check=lambda: stored(lab, 1))
    with lab.attribute("limits/stored_syns", 0):
        yield Row("no limit", back4(syn4(dport=FREE + 1, sport=86)), **only(lab, 2))
    with lab.attribute("enabled", "drain"):
        yield Row("draining: none is stored", back4(syn4(dport=FREE + 1, sport=87)), drop="draining",
                  check=lambda: stored(lab, 2))
    yield Row("from a denied address none is stored", back4(syn4(dport=FREE + 1), src="169.254.0.1"),
              drop="denied_ipv4", check=lambda: stored(lab, 2))


@table
def address_dependent(lab):
    open_sessions(lab)
    packet = back4(udp4_back(), src=STRANGER)
    with lab.attribute("filtering/address_dependent", 1), \
            lab.attribute("timeouts/tcp_in_syn", SECONDS):
        yield Row("udp: a stranger is answered 3/13", packet,
                  answer4(ICMP(type=3, code=13), packet), drop="filtered")
        yield Row("udp: whom the client talks to passes, from any port",
                  back4(udp4_back(sport=8888)), back6(udp6_back(sport=8888)))
        yield Row("udp: the client calls", out6(udp6(), dst=STRANGER), out4(udp4(), dst=STRANGER))
        yield Row("udp: then it is no stranger", packet, back6(udp6_back(), src=STRANGER))
        packet = back4(ping4(id=5000), src=STRANGER, dst=POOL)
        yield Row("echo: a stranger is answered 3/13", packet,
                  answer4(ICMP(type=3, code=13), packet), drop="filtered")
        yield Row("echo: the client calls", out6(ping6(), dst=STRANGER),
                  out4(ping4(), dst=STRANGER))
        yield Row("echo: then it is no stranger", back4(pong4(), src=STRANGER),
                  back6(pong6(), src=STRANGER))
        number = int(open(f"{lab.stats}/stored_syns", encoding="ascii").read()) \
            if not lab.listing else 0
        yield Row("tcp: a stranger's SYN is stored",
                  back4(syn4(dport=PORT4), src=STRANGER), **only(lab, number + 1))
        packet = back4(syn4(sport=90, dport=PORT4, flags="A"), src=STRANGER)
        yield Row("tcp: anything else of a stranger's is answered 3/13", packet,
                  answer4(ICMP(type=3, code=13), packet), drop="filtered")
        yield Row("tcp: the client meets it", out6(tcp6(b"", flags="S"), dst=STRANGER),
                  out4(tcp4(b"", flags="S"), dst=STRANGER), drop="simultaneous_open",
                  check=lambda: stored(lab, number))
        yield Row("tcp: then it passes", back4(syn4(dport=PORT4), src=STRANGER),
                  back6(tcp6_back(b"", flags="S"), src=STRANGER))
    yield Row("off: a stranger passes", back4(udp4_back(), src="192.0.2.99"),
              back6(udp6_back(), src="192.0.2.99"))


@table
def drop_external_tcp(lab):
    open_sessions(lab)
    with lab.attribute("filtering/drop_external_tcp", 1):
        yield Row("a SYN to a binding is dropped",
                  back4(syn4(sport=8888, dport=PORT4)), drop="external_tcp")
        yield Row("anything else, too", back4(syn4(sport=8888, dport=PORT4, flags="A")),
                  drop="external_tcp")
        yield Row("a SYN to no binding is not stored", back4(syn4()), drop="external_tcp")
        yield Row("a client's connections go on", back4(tcp4_back()), back6(tcp6_back()))
        yield Row("it may begin others", out6(tcp6(b"", dport=8889, flags="S")),
                  out4(tcp4(b"", dport=8889, flags="S")))
        yield Row("udp passes", back4(udp4_back(sport=8890)), back6(udp6_back(sport=8890)))
    yield Row("off: a SYN to a binding passes", back4(syn4(sport=8888, dport=PORT4)),
              back6(tcp6_back(b"", sport=8888, flags="S")))


@table
def drop_icmp_info(lab):
    open_sessions(lab)
    with lab.attribute("filtering/drop_icmp_info", 1):
        yield Row("no echo to IPv4", out6(ping6()), drop="icmp_info")
        yield Row("none from IPv4", back4(ping4(id=5000), dst=POOL), drop="icmp_info")
        yield Row("the rest passes", out6(udp6()), out4(udp4()))
        packet = out6(udp6(), hlim=1)
        yield Row("errors are no echoes", packet,
                  answer6(ICMPv6TimeExceeded(), packet), drop="hop_limit")
    yield Row("off: an echo to IPv4 passes", out6(ping6()), out4(ping4()))
