#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Loads a module with its first allocation failing, then with the second, and so on
until none is left to fail and it is there; then takes it out again."""

import ctypes
import os
import sys

from fuzz import LIBC, Faults

FINIT_MODULE, DELETE_MODULE = 313, 176      # of x86-64, which UML has as well


def call(*args):
    if LIBC.syscall(*args):
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def main():
    faults = Faults(True)
    fd = os.open(sys.argv[1], os.O_RDONLY)
    faults.attempt(call, FINIT_MODULE, fd, b"", 0,
                   again=lambda *_: call(DELETE_MODULE, b"nat64", 0))
    faults.packets(False)
    call(DELETE_MODULE, b"nat64", 0)
    print(f"# {faults.failed} failed allocations of loading")


if __name__ == "__main__":
    main()
