#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""usage: tell.py DIR

DIR/{xfrm,espgw}.{1..6} are what probe.py captured.  Prints the table, and judges: exit status 1 if espgw, or the
network around it, did not do what the table's reader is told to expect.
"""

import json
import sys
import textwrap

STEPS = [
    ("path 1500", "1500 bytes, may be fragmented (DF=0)"),
    ("path 1500", "1500 bytes, must not be (DF=1)"),
    ("just shrunk", "1500 bytes, DF=0"),
    ("just shrunk", "1446 bytes, DF=1: what fitted so far"),
    ("learned", "1500 bytes, DF=0"),
    ("learned", "1500 bytes, DF=1"),
]
WIDTHS = (22, 26, 26)


def lengths(packets):
    return " + ".join(str(p["len"]) for p in packets)


def fragments(packets):
    return any(p["mf"] or p["off"] for p in packets)


def tell(p):
    """What happened, in words, from the captures alone."""
    words = []
    if not p["sent"]:
        if p["answer"]:
            return f"Not sent. Gateway 1 answers at once: too big, {p['answer'][0]['mtu']} bytes fit."
        return "Dropped in silence."
    if fragments(p["sent"]):
        words.append(f"Encrypted whole, then cut: {lengths(p['sent'])} are fragments of one ESP packet.")
    elif len(p["sent"]) > 1:
        inner = f" ({lengths(p['arrived'])})" if p["arrived"] else ""
        words.append(f"Cut in {len(p['sent'])}{inner}, then encrypted: ESP packets of {lengths(p['sent'])}.")
    else:
        words.append(f"One ESP packet of {p['sent'][0]['len']}.")
    if p["told"]:
        words.append(f"The router drops it and tells gateway 1: {p['told'][0]['mtu']}.")
    if len(p["passed"]) > len(p["sent"]):
        words.append(f"The router cuts again: {lengths(p['passed'])}.")
    if fragments(p["passed"]):
        words.append("The peer must reassemble before it can decrypt.")
    if p["answer"]:
        words.append(f"Host A is told: {p['answer'][0]['mtu']}.")
    words.append("Arrives." if p["whole"] else "Lost.")
    return " ".join(words)


def row(cells):
    columns = [textwrap.wrap(cell, width) for cell, width in zip(cells, WIDTHS)]
    for i in range(max(map(len, columns))):
        print(" | ".join((c[i] if i < len(c) else "").ljust(w) for c, w in zip(columns, WIDTHS)).rstrip())


def rule():
    print("-+-".join("-" * w for w in WIDTHS))


def judge(espgw):
    """(what has to be so, whether it is)"""
    def cut(p):
        return (p["whole"] and [q["len"] for q in p["arrived"]] == [764, 756] and
                [q["len"] for q in p["sent"]] == [820, 812] and all(q["df"] for q in p["sent"]) and
                not fragments(p["sent"]) and len(p["passed"]) == 2 and not fragments(p["passed"]) and not p["told"])

    def refused(p, mtu):
        return not p["sent"] and not p["whole"] and [q["mtu"] for q in p["answer"]] == [mtu]

    first = espgw[4]
    yield "1500 bytes, DF=0, path 1500: two ESP packets, neither a fragment", cut(espgw[1])
    yield "1500 bytes, DF=1, path 1500: refused, 1446 fit", refused(espgw[2], 1446)
    yield "1500 bytes, DF=0, path just shrunk: two ESP packets, neither a fragment", cut(espgw[3])
    yield ("1446 bytes, DF=1, path just shrunk: the router tells gateway 1 of 1400",
           [q["len"] for q in first["sent"]] == [1500] and [q["mtu"] for q in first["told"]] == [1400])
    yield "1500 bytes, DF=0, path learned: two ESP packets, neither a fragment", cut(espgw[5])
    yield "1500 bytes, DF=1, path learned: refused, 1346 fit", refused(espgw[6], 1346)


def main():
    seen = {}
    for how in ("xfrm", "espgw"):
        for i in range(1, len(STEPS) + 1):
            with open(f"{sys.argv[1]}/{how}.{i}") as f:
                seen[how, i] = json.load(f)
    row(("what host A sends", "kernel xfrm", "espgw"))
    before = None
    for i, (when, what) in enumerate(STEPS, 1):
        rule()
        if when != before:
            row(({"path 1500": "THE PATH CARRIES 1500", "just shrunk": "JUST SHRUNK TO 1400",
                  "learned": "1400, AND LEARNED"}[when], "", ""))
            before = when
        row((what, tell(seen["xfrm", i]), tell(seen["espgw", i])))
    print()
    wrong = [what for what, so in judge({i: seen["espgw", i] for i in range(1, len(STEPS) + 1)}) if not so]
    for what in wrong:
        print("NOT AS IT SHOULD BE:", what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
