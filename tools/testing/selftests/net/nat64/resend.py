#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""usage: resend.py [-t SECONDS] SIZE ENDPOINT

Sends a datagram of SIZE bytes to the UDP service of digest.py twice a second until
it comes back as it was: the first ones may well be lost to path MTU discovery.
ENDPOINT is written ADDRESS#PORT.
"""

import argparse
import random
import socket
import sys
import time


def resend(size, endpoint, seconds):
    address, port = endpoint.split("#")
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((address, int(port)))
    sock.settimeout(0.5)
    sent = random.Random(size).randbytes(size)
    end = time.monotonic() + seconds
    tries = 0
    while time.monotonic() < end:
        tries += 1
        try:
            sock.send(sent)
            if sock.recv(1 << 16) == sent:
                return 0
            print("came back changed")
            return 1
        except OSError:         # timed out, or the kernel has just learned the path MTU
            pass
    print(f"lost {tries} times")
    return 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("-t", dest="seconds", type=float, default=60)
    parser.add_argument("size", type=int)
    parser.add_argument("endpoint")
    args = parser.parse_args()
    sys.exit(resend(args.size, args.endpoint, args.seconds))
