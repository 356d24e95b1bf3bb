#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Much data, compared by digest. Endpoints are written ADDRESS#PORT.

digest.py serve ENDPOINT
	Prints "ready", then serves for ever: TCP at the endpoint, UDP at the same
	port, and at the next one UDP that takes and sends super-packets.

digest.py ask
	Prints "ready", then does what each line of its input says, and answers with a
	line "<digest of what was sent> <digest of what arrived>", or with an error:

	up|down BYTES ENDPOINT [RATE]
		Over TCP, to the server or from it; at most RATE bytes a second (up).
	echo BYTES COUNT ENDPOINT [SEGMENT]
		COUNT datagrams of BYTES each, sent and awaited back some at a time; each
		is a super-packet of datagrams of SEGMENT bytes if that is given.

digest.py tap FAMILY DEVICE
	Prints "ready", then looks at the packets that come in by DEVICE with a packet
	socket that wants time stamps, but reads them only when its input ends. Then it
	prints how many there were, and how many of them are not of FAMILY (4 or 6).
"""

import hashlib
import os
import socket
import struct
import sys
import threading

# Which Python does not name.
SO_RCVBUFFORCE = 33
SO_TIMESTAMP = 29
SO_MAX_PACING_RATE = 47
UDP_SEGMENT = 103
UDP_GRO = 104
ETH_P_ALL = 3
PACKET_HOST = 0

MEGABYTE = 1 << 20
WINDOW = 64000          # bytes of datagrams under way


def parse(endpoint):
    address, port = endpoint.split("#")
    return address, int(port)


def sock(kind, address):
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == socket.SOCK_DGRAM:
        s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 * MEGABYTE)
    s.settimeout(30)
    return s


def content(seed, count):
    return hashlib.shake_128(str(seed).encode()).digest(count)


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def read_all(s):
    data = bytearray()
    while piece := s.recv(65536):
        data += piece
    return bytes(data)


# --- serve --------------------------------------------------------------------

def answer_tcp(s):
    """The first line says what to do: "up", or "down SEED BYTES"."""
    s.settimeout(30)
    line = bytearray()
    while not line.endswith(b"\n"):
        line += s.recv(1)
    verb, *numbers = line.decode().split()
    if verb == "up":
        s.sendall(digest(read_all(s)).encode())
    else:
        s.sendall(content(numbers[0], int(numbers[1])))
    s.close()


def receive(s):
    """A datagram, or with UDP_GRO many of them: data, their size or 0, who sent it."""
    data, control, _flags, name = s.recvmsg(65536, 64)
    for level, kind, value in control:
        if (level, kind) == (socket.IPPROTO_UDP, UDP_GRO):
            return data, struct.unpack("i", value[:4])[0], name
    return data, 0, name


def send(s, data, size, *name):
    control = []
    if 0 < size < len(data):
        control = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("H", size))]
    s.sendmsg([data], control, 0, *name)


def answer_udp(s):
    while True:
        try:
            send(s, *receive(s))
        except OSError:
            pass        # it has waited long enough, or an ICMP error came


def serve(endpoint):
    address, port = parse(endpoint)
    for i in range(2):
        s = sock(socket.SOCK_DGRAM, address)
        s.bind((address, port + i))
        s.setsockopt(socket.IPPROTO_UDP, UDP_GRO, i)
        threading.Thread(target=answer_udp, args=(s,), daemon=True).start()
    listener = sock(socket.SOCK_STREAM, address)
    listener.bind((address, port))
    listener.settimeout(None)
    listener.listen()
    print("ready", flush=True)
    while True:
        try:
            answer_tcp(listener.accept()[0])
        except OSError:
            pass


# --- ask --------------------------------------------------------------------------

def connect(kind, endpoint):
    far = parse(endpoint)
    s = sock(kind, far[0])
    s.connect(far)
    return s


def up(count, endpoint, rate=None):
    data = content(os.urandom(8).hex(), int(count))
    with connect(socket.SOCK_STREAM, endpoint) as s:
        if rate:
            s.setsockopt(socket.SOL_SOCKET, SO_MAX_PACING_RATE, int(rate))
        s.sendall(b"up\n" + data)
        s.shutdown(socket.SHUT_WR)
        return digest(data), read_all(s).decode()


def down(count, endpoint):
    seed = os.urandom(8).hex()
    with connect(socket.SOCK_STREAM, endpoint) as s:
        s.sendall(f"down {seed} {count}\n".encode())
        return digest(content(seed, int(count))), digest(read_all(s))


def echo(size, count, endpoint, segment=0):
    size, segment = int(size), int(segment)
    unit = segment or size
    total = size * int(count) // unit
    data = content(os.urandom(8).hex(), unit * total)
    # Datagrams may overtake each other, from one CPU to another.
    sent = [struct.pack("!I", i) + data[i * unit + 4:(i + 1) * unit] for i in range(total)]
    got = []
    asked, batch = 0, size // unit
    with connect(socket.SOCK_DGRAM, endpoint) as s:
        s.setsockopt(socket.IPPROTO_UDP, UDP_GRO, segment > 0)
        while len(got) < total:
            while asked < total and (asked - len(got) + batch) * unit <= max(WINDOW, size):
                send(s, b"".join(sent[asked:asked + batch]), segment)
                asked += batch
            data = receive(s)[0]
            got += [data[i:i + unit] for i in range(0, len(data), unit)]
    return digest(b"".join(sent)), digest(b"".join(sorted(got)))


def ask():
    print("ready", flush=True)
    for line in sys.stdin:
        verb, *arguments = line.split()
        try:
            print(*{"up": up, "down": down, "echo": echo}[verb](*arguments), flush=True)
        except OSError as error:
            print("error:", error, flush=True)


# --- tap --------------------------------------------------------------------------

def tap(family, device):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 * MEGABYTE)
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMP, 1)
    s.bind((device, ETH_P_ALL))
    print("ready", flush=True)
    sys.stdin.read()
    s.setblocking(False)
    count = wrong = 0
    try:
        while True:
            data, (_device, _protocol, kind, *_rest) = s.recvfrom(64)
            if kind == PACKET_HOST:
                count += 1
                wrong += data[0] >> 4 != int(family)
    except BlockingIOError:
        print(count, wrong)


if __name__ == "__main__":
    try:
        {"serve": serve, "ask": ask, "tap": tap}[sys.argv[1]](*sys.argv[2:])
    except KeyboardInterrupt:
        sys.exit(130)
