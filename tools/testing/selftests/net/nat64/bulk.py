#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Much data, and large datagrams, checked for every byte.

serve ENDPOINT
	Prints "ready", then for ever echoes datagrams, and serves what tcp asks for.

udp [-t SECONDS] SIZE ENDPOINT
	A datagram of SIZE bytes, sent again twice a second until it comes back: the
	first ones may well be lost to path MTU discovery.

tcp [-t SECONDS] UP DOWN ENDPOINT
	A connection that carries so many bytes there, then so many back.

Endpoints are written ADDRESS#PORT.
"""

import argparse
import hashlib
import random
import select
import socket
import struct
import sys
import time


def parse(endpoint):
    address, port = endpoint.split("#")
    return (socket.AF_INET6 if ":" in address else socket.AF_INET), (address, int(port))


def data(seed, size):
    return random.Random(seed).randbytes(size)


def read(sock, size):
    parts = []
    while size:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            raise ConnectionResetError("closed early")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def serve_one(sock):
    up, down = struct.unpack("!QQ", read(sock, 16))
    sock.sendall(hashlib.sha256(read(sock, up)).digest())
    sock.sendall(data(2, down))


def serve(args):
    family, name = parse(args.endpoint)
    udp = socket.socket(family, socket.SOCK_DGRAM)
    udp.bind(name)
    tcp = socket.socket(family, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    tcp.bind(name)
    tcp.listen()
    print("ready", flush=True)
    while True:
        for ready in select.select([udp, tcp], [], [])[0]:
            try:
                if ready is udp:
                    udp.sendto(*udp.recvfrom(1 << 16))
                else:
                    with tcp.accept()[0] as sock:
                        sock.settimeout(60)
                        serve_one(sock)
            except OSError as error:
                print(error, flush=True)


def udp(args):
    family, name = parse(args.endpoint)
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.connect(name)
    sock.settimeout(0.5)
    sent = data(args.size, args.size)
    end = time.monotonic() + args.seconds
    tries = 0
    while time.monotonic() < end:
        tries += 1
        try:
            sock.send(sent)
            if sock.recv(1 << 16) == sent:
                print(f"came back the {tries}. time")
                return 0
            print("came back changed")
            return 1
        except OSError:         # timed out, or the kernel has just learned the path MTU
            pass
    print(f"lost {tries} times")
    return 1


def tcp(args):
    family, name = parse(args.endpoint)
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(args.seconds)
    sock.connect(name)
    sent = data(1, args.up)
    sock.sendall(struct.pack("!QQ", args.up, args.down))
    sock.sendall(sent)
    if read(sock, 32) != hashlib.sha256(sent).digest():
        print("arrived changed")
        return 1
    if read(sock, args.down) != data(2, args.down):
        print("came back changed")
        return 1
    return 0


def arguments():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, numbers in (("serve", ()), ("udp", ("size",)), ("tcp", ("up", "down"))):
        p = verbs.add_parser(verb)
        p.set_defaults(run=globals()[verb])
        p.add_argument("-t", dest="seconds", type=float, default=60)
        for number in numbers:
            p.add_argument(number, type=int)
        p.add_argument("endpoint")
    return parser.parse_args()


if __name__ == "__main__":
    ARGS = arguments()
    try:
        sys.exit(ARGS.run(ARGS))
    except OSError as problem:
        sys.exit(f"{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
