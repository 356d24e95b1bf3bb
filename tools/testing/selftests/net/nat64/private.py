#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What a user can read of all that the module has: private.sh.

private.py USER TEXT PATH...

As the user (a number; 0 is root, any other one has no capability) reads each file
below the paths that it may read, and prints the names of those in which TEXT is, a
regular expression. Then how many it has read, and how many it may not.
"""

import os
import re
import sys

user, text, paths = int(sys.argv[1]), re.compile(sys.argv[2].encode()), sys.argv[3:]
if user:
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)

read, refused = 0, 0


def look(path):
    global read, refused
    try:
        with open(path, "rb", buffering=0) as file:
            found = False
            while chunk := file.read(1 << 20):
                found = found or text.search(chunk)
    except PermissionError:
        refused += 1
    except OSError:
        pass
    else:
        read += 1
        if found:
            print(path)


def closed(error):
    global refused
    refused += isinstance(error, PermissionError)


for top in paths:
    if os.path.isfile(top):
        look(top)
    for place, _, names in os.walk(top, onerror=closed):
        for name in sorted(names):
            # What waits for events would be waited for.
            if "pipe" not in name and not name.startswith("trace_stat"):
                look(os.path.join(place, name))
print(f"{read} read, {refused} refused")
