# SPDX-License-Identifier: GPL-2.0
"""Both wires of the translator in one hand, for many thousands of packets: so packets
are put together and taken apart without scapy.

    eth6 <---------------- lan
    outside                    router: this program, its configfs and /proc
    eth4 <---------------- wan

Packets are told from each other by a serial number, their last 8 bytes. A sentinel
each way follows them; all take the same queue of the same CPU, so what has not come
before the sentinels will not come any more: nothing is waited for by the clock.
"""

import contextlib
import ctypes
import errno
import os
import select
import socket
import struct
import time

CLONE_NEWNET = 0x40000000
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86dd
SO_RCVBUFFORCE = 33
PATIENCE = 60           # seconds, for what comes at once on an idle machine

PROTOS = ("tcp", "udp", "icmp")
NUMBER = {4: {"tcp": 6, "udp": 17, "icmp": 1}, 6: {"tcp": 6, "udp": 17, "icmp": 58}}
NAME = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmp"}
SYN, ACK, FIN, RST = 2, 16, 1, 4
REQUEST, REPLY = "request", "reply"
ECHO = {4: {REQUEST: 8, REPLY: 0}, 6: {REQUEST: 128, REPLY: 129}}
POOL6 = socket.inet_pton(socket.AF_INET6, "64:ff9b::")[:12]
WRONG = 0x5a5a          # a checksum; so the router's own stack never answers

LIBC = ctypes.CDLL(None, use_errno=True)


def in4(address):
    return socket.inet_pton(socket.AF_INET, address)


def in6(address):
    return socket.inet_pton(socket.AF_INET6, address)


def out4(packed):
    return socket.inet_ntop(socket.AF_INET, packed)


def out6(packed):
    return socket.inet_ntop(socket.AF_INET6, packed)


def number(address):
    return int.from_bytes(in4(address), "big")


def dotted(value):
    return out4(value.to_bytes(4, "big"))


# --- assertions -----------------------------------------------------------------

def check(name, good, why=""):
    print(f"{'ok' if good else 'not ok'} {name}", flush=True)
    if not good:
        print(f"    {why}", flush=True)


def same(name, got, wanted):
    check(name, got == wanted, f"got {str(got)[:500]}, wanted {str(wanted)[:500]}")


# --- packets --------------------------------------------------------------------

def transport(version, proto, sport, dport, kind, serial):
    """kind: TCP's flags, or REQUEST or REPLY; an echo has but one id, dport."""
    if proto == "udp":
        header = struct.pack("!HHHH", sport, dport, 16, WRONG)
    elif proto == "tcp":
        header = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 5 << 4, kind, 1024, WRONG, 0)
    else:
        header = struct.pack("!BBHHH", ECHO[version][kind], 0, WRONG, dport, 1)
    return header + struct.pack("!Q", serial)


def packet6(proto, near, far, kind, serial):
    """From a client (packed address, port) to a server (packed IPv4 address, port)."""
    data = transport(6, proto, near[1], near[1] if proto == "icmp" else far[1], kind, serial)
    return struct.pack("!IHBB16s16s", 6 << 28, len(data), NUMBER[6][proto], 64, near[0],
                       POOL6 + far[0]) + data


def packet4(proto, near, far, kind, serial):
    """From a server (packed address, port) to one of pool4."""
    data = transport(4, proto, near[1], far[1], kind, serial)
    header = [0x45, 0, 20 + len(data), 0, 0, 64, NUMBER[4][proto], 0, near[0], far[0]]
    total = sum(struct.unpack("!10H", struct.pack("!BBHHHBBH4s4s", *header)))
    total = (total & 0xffff) + (total >> 16)
    header[7] = ~((total & 0xffff) + (total >> 16)) & 0xffff
    return struct.pack("!BBHHHBBH4s4s", *header) + data


def dissect(frame):
    """(serial, (proto, from, to)), each end a packed address and a port."""
    if frame[12:14] == b"\x08\x00":
        proto, ends, at = NAME.get(frame[23]), (frame[26:30], frame[30:34]), 34
    else:
        proto, ends, at = NAME.get(frame[20]), (frame[22:38], frame[38:54]), 54
    if proto is None or len(frame) < at + 16:
        return None
    if proto == "icmp":
        ports = struct.unpack_from("!H", frame, at + 4) * 2
    else:
        ports = struct.unpack_from("!HH", frame, at)
    serial = int.from_bytes(frame[-8:], "big")
    return serial, (proto, (ends[0], ports[0]), (ends[1], ports[1]))


# --- the wires ------------------------------------------------------------------

@contextlib.contextmanager
def inside(namespace):
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        yield
        LIBC.setns(home, CLONE_NEWNET)
    finally:
        os.close(there)
        os.close(home)


class Wires:
    """See lib_pool4.sh for the addresses of devices, and for the keeper: a static
    binding of each way's sentinels."""

    KEEPER6, KEEPER4, PEER = (in6("2001:db8:8::5e"), 9), (in4("198.18.255.94"), 9), (in4("11.0.0.1"), 9)

    def __init__(self, outside):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        with inside(outside):
            self.socket = {4: self.open("eth4", ETH_P_IP), 6: self.open("eth6", ETH_P_IPV6)}
        # As if the router itself were the client.
        self.local = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.serial = int.from_bytes(os.urandom(4), "big") << 32

    @staticmethod
    def open(dev, kind):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind))
        s.bind((dev, kind))
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        s.setblocking(False)
        return s

    def next_serial(self):
        self.serial += 1
        return self.serial

    def send6(self, data):
        self.socket[6].send(b"\2\0\0\0\6\1\2\0\0\0\6\2\x86\xdd" + data)

    def send4(self, data):
        self.socket[4].send(b"\2\0\0\0\4\1\2\0\0\0\4\2\x08\0" + data)

    def send_local(self, data, mark):
        self.local.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        self.local.sendto(data, (out6(data[24:40]), 0))

    def flush(self):
        """All that has come of what was sent: what dissect() makes of it, by serial."""
        last = {4: self.next_serial(), 6: self.next_serial()}
        self.send6(packet6("udp", self.KEEPER6, self.PEER, 0, last[4]))
        self.send4(packet4("udp", self.PEER, self.KEEPER4, 0, last[6]))
        got = {}
        for side, s in self.socket.items():
            self.read_until(s, last[side], got)
        return got

    @staticmethod
    def read_until(s, last, got):
        end = time.monotonic() + PATIENCE
        while last not in got:
            try:
                seen = dissect(s.recv(2048))
                if seen:
                    got[seen[0]] = seen[1]
            except BlockingIOError:
                if not select.select([s], [], [], max(0, end - time.monotonic()))[0]:
                    raise TimeoutError("the sentinel did not come") from None
        del got[last]


SERVER = (in4("198.51.100.1"), 53)
BATCH = 500             # packets before a sentinel
OPENING = {"tcp": SYN, "udp": 0, "icmp": REQUEST}
ANSWER = {"tcp": SYN | ACK, "udp": 0, "icmp": REPLY}


def client(n, port=4000):
    return in6(f"2001:db8:8:{n >> 16:x}::{n & 0xffff:x}"), port


class Traffic:
    """Thousands of flows to one server."""

    def __init__(self, wires):
        self.wires = wires
        wires.flush()

    def send(self, send, packets):
        """packets: functions of a serial number; what came of each, or None."""
        out = []
        for at in range(0, len(packets), BATCH):
            serials = []
            for packet in packets[at:at + BATCH]:
                serials.append(self.wires.next_serial())
                send(*packet(serials[-1]))
            got = self.wires.flush()
            out += [got.get(serial) for serial in serials]
        return out

    def from_clients(self, flows):
        """flows: (proto, client's end); the transport addresses that they get."""
        got = self.send(self.wires.send6, [
            lambda serial, proto=proto, near=near: [packet6(proto, near, SERVER, OPENING[proto], serial)]
            for proto, near in flows])
        return [seen and seen[1] for seen in got]

    def from_router(self, flows):
        """flows: (proto, port, mark); the same for the router itself."""
        near = in6("2001:db8::1")
        got = self.send(self.wires.send_local, [
            lambda serial, proto=proto, port=port, mark=mark:
            [packet6(proto, (near, port), SERVER, OPENING[proto], serial), mark]
            for proto, port, mark in flows])
        return [seen and seen[1] for seen in got]

    def answers(self, flows):
        """flows: (proto, pool4's end); which clients' ends the server's answers reach."""
        got = self.send(self.wires.send4, [
            lambda serial, proto=proto, far=far: [packet4(proto, SERVER, far, ANSWER[proto], serial)]
            for proto, far in flows])
        return [seen and seen[2] for seen in got]


# --- the instance ---------------------------------------------------------------

class Instance:
    """Its configfs directory, its directory in sysfs, and /proc/net/nat64."""

    def __init__(self, config, sysfs):
        self.config = config
        self.sysfs = sysfs
        self.file = {name: os.open(f"{sysfs}/stats/{name}", os.O_RDONLY)
                     for name in os.listdir(f"{sysfs}/stats")}
        self.table_file = {name: os.open(f"/proc/net/nat64/{name}", os.O_RDONLY)
                           for name in ("bib", "sessions")}

    def attempt(self, verb, path, *data):
        """OK, or the name of the error."""
        try:
            getattr(self, verb)(f"{self.config}/{path}", *data)
            return "OK"
        except OSError as error:
            return errno.errorcode[error.errno]

    @staticmethod
    def mkdir(path):
        os.mkdir(path)

    @staticmethod
    def rmdir(path):
        os.rmdir(path)

    @staticmethod
    def write(path, data):
        fd = os.open(path, os.O_WRONLY)
        try:
            os.write(fd, data.encode())
        finally:
            os.close(fd)

    def read(self, path):
        with open(f"{self.config}/{path}", encoding="ascii") as f:
            return f.read().strip()

    def entry(self, name, what):
        with open(f"{self.sysfs}/pool4/{name}/{what}", encoding="ascii") as f:
            return int(f.read())

    def counter(self, name):
        return int(os.pread(self.file[name], 64, 0))

    def counters(self, names):
        return {name: self.counter(name) for name in names}

    def table(self, name):
        """Its lines, as lists of words."""
        fd = self.table_file[name]
        os.lseek(fd, 0, os.SEEK_SET)
        data = b"".join(iter(lambda: os.read(fd, 1 << 16), b""))
        return [line.split() for line in data.decode().splitlines()[1:]]
