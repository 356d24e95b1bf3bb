#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tries what a shell can try, but tells the errno that the kernel gave.

Reads lines "mkdir|rmdir PATH" and "write PATH DATA" (separated by tabs, DATA with
Python's escapes), does it with one system call, and answers each with a line: OK
or the name of the error.
"""

import errno
import os
import sys


def write(path, data):
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, data.encode("latin-1").decode("unicode_escape").encode("latin-1"))
    finally:
        os.close(fd)


VERBS = {"mkdir": os.mkdir, "rmdir": os.rmdir, "write": write}


def attempt(verb, *words):
    try:
        VERBS[verb](*words)
        return "OK"
    except OSError as error:
        return errno.errorcode[error.errno]


if __name__ == "__main__":
    for line in sys.stdin:
        print(attempt(*line.rstrip("\n").split("\t")), flush=True)
