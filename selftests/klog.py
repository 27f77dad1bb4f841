# SPDX-License-Identifier: GPL-2.0
"""What in a kernel's log is a report of a mistake."""

import os
import re

HERE = os.path.dirname(os.path.realpath(__file__))


def patterns(name):
    with open(os.path.join(HERE, name)) as f:
        return re.compile("|".join(f.read().split("\n")[:-1]))


BAD = patterns("log-patterns")
# What a kernel says of itself whoever asks: nft adds a set under its mutex, and lockdep is not told of that.
KNOWN = patterns("log-known")
FRAME = re.compile(r"\[<[0-9a-f]+>\]")  # of a user-mode kernel's call trace


def end(lines, begin):
    """Where the report ends that begins there, by its call trace, or begin, if it has none."""
    trace = False
    for i in range(begin, len(lines)):
        if "</TASK>" in lines[i]:
            return i + 1
        if trace and not FRAME.search(lines[i]):
            return i
        # A user-mode kernel marks no task, neither where its frames begin nor where they end.
        trace |= lines[i].rstrip().endswith("Call Trace:") and bool(FRAME.search("".join(lines[i + 1:i + 2])))
    return len(lines) if trace else begin


def reports(lines):
    """The numbers of the lines that report something, but for known reports that have nothing to do with espgw."""
    found, after = [], 0
    for i, line in enumerate(lines):
        if i < after or not BAD.search(line):
            continue
        after = end(lines, i)
        report = "\n".join(lines[i:after])
        if KNOWN.search(report) and "[espgw]" not in report:
            continue
        found.append(i)
        after = i
    return found
