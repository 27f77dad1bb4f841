# SPDX-License-Identifier: GPL-2.0
"""Sizes: what is exactly inner(P) leaves as one packet of at most P, one byte more is answered with inner(P)."""

from wire import *

# behaviour of RFC 4303's layout at 1500, worked out by hand: v4, v4 NAT-T, v6, v6 NAT-T
AT_1500 = {
    "gcm128": (1446, 1438, 1426, 1418), "gcm256": (1446, 1438, 1426, 1418), "chacha": (1446, 1438, 1426, 1418),
    "cbc-sha1": (1438, 1422, 1422, 1406), "cbc-sha256": (1438, 1422, 1406, 1406),
    "cbc-sha384": (1422, 1422, 1406, 1390), "cbc-sha512": (1422, 1406, 1390, 1390),
    "null-sha256": (1454, 1446, 1434, 1426),
}
KINDS = [(4, False), (4, True), (6, False), (6, True)]

net = Net()
net.mtu(a0=9500, r1=9216, r2=9216, b0=9500)
tunnels = [Tunnel(1 + 4 * i + k, alg, *kind) for i, alg in enumerate(AT_1500) for k, kind in enumerate(KINDS)]
net.tunnels(tunnels, xfrm=False)
faults = {t: Faults() for t in tunnels}
sources = 0


def check(t, p):
    """All four kinds of packets of one tunnel at path MTU p: what to send, and what then must be seen."""
    global sources
    inner = t.inner(p)
    for family in 4, 6:
        if family == 4 and inner < 68:
            continue
        sources += 2
        src, dst = t.left_of(sources, family), t.right[family]
        more = {"df": 1} if family == 4 else {}
        limit = inner if family == 4 else max(inner, 1280)
        if inner == limit:
            yield t, p, datagram(src, dst, inner, **more), None
        yield t, p, datagram(t.left_of(sources + 1, family), dst, limit + 1, **more), limit


def run(cases):
    cases = list(cases)
    for c in cases:
        net.send("a0", c[2])
    caught = net.settle()
    by_spi, answers = {}, {}
    for p in caught["r1"]:
        by_spi.setdefault(p.spi, []).append(p)
    for p in caught["a0"]:
        if p.answer():
            answers.setdefault(p.dst, []).append(p)
    for t in {c[0] for c in cases}:
        f, mine = faults[t], [c for c in cases if c[0] is t]
        p = mine[0][1]
        wanted = [t.outer_len(len(packet)) for _, _, packet, limit in mine if limit is None]
        f.same(sorted(x.len for x in by_spi.get(t.spi_out, [])), sorted(wanted), f"P={p}: lengths on the wire")
        f.extend(f"P={p}: an outer packet of {n}" for n in wanted if n > p or n + t.alg.align <= p)
        f.extend(f"P={p}: fragmented {x}" for x in by_spi.get(t.spi_out, []) if x.mf or x.off)
        for _, _, packet, limit in mine:
            got = answers.get(Packet(packet).src, [])
            if limit is None:
                f.same(got, [], f"P={p}, inner(P): answers")
            elif f.same([x.answer()[0] for x in got], [limit], f"P={p}, {limit} + 1: MTU in the answer"):
                quote, sent = got[0].answer()[1], forwarded(packet, 1)
                # as much as fits in 576 bytes (RFC 1812 4.3.2.3), or 1280 (RFC 4443 2.4)
                f.same((len(quote), sent.startswith(quote)), (min(len(sent), 548 if sent[0] >> 4 == 4 else 1232), True),
                       f"P={p}: quote")
                f.same(got[0].src, "10.1.0.1" if packet[0] >> 4 == 4 else "fd01::1", f"P={p}: answer's source")


for p in (1500, 1499, 1492, 1400, 1280, 9001, 576):
    net.espgw(*(f"pmtu set spi {t.spi_out:#x} dst {G2[t.outer]} mtu {p}" for t in tunnels))
    run(c for t in tunnels for c in check(t, p))
    rows = {r["spi"]: r for r in net.show("pmtu show")}
    for t in tunnels:
        row = rows.get(f"{t.spi_out:#x}") or rows.get(f"{t.spi_out:#010x}") or {}
        faults[t].same((row.get("pmtu"), row.get("inner_mtu"), row.get("source")), (p, t.inner(p), "static"),
                       f"P={p}: the table's row")
    if p == 1500:
        for t in tunnels:
            faults[t].same(t.inner(1500), AT_1500[t.name][KINDS.index((t.outer, t.natt))], "inner(1500) by the table")
for t in tunnels:
    faults[t].point(f"{t}: exact sizes at each path MTU")

# Where the path MTU comes from does not matter
some = [t for t in tunnels if t.name in ("gcm128", "cbc-sha512")]
for what, p, commands in (
        ("mtu-cap of the SA", 1444, [f"sa set dir out dst {G2[t.outer]} spi {t.spi_out:#x} mtu-cap 1444" for t in some]),
        ("mtu-cap of the device", 1333, [f"sa set dir out dst {G2[t.outer]} spi {t.spi_out:#x} mtu-cap none" for t in some] +
         ["dev set wan mtu-cap 1333"]),
        ("the device", 1480, ["dev set wan mtu-cap none"])):
    for t in some:
        faults[t].clear()
    net.espgw("pmtu flush", *commands)
    if what == "the device":
        net.mtu(r1=1480)
    if what == "mtu-cap of the device":
        # none at the SA is a word of its own and wins over the device
        net.espgw(*(f"sa del dir out dst {G2[t.outer]} spi {t.spi_out:#x}" for t in some),
                  *(list(t.commands())[0] for t in some))
    run(c for t in some for c in check(t, p))
    ok(not any(faults[t] for t in some), f"path MTU {p} by {what}", [f"{t}: {x}" for t in some for x in faults[t]])

# TFC padding never makes a packet longer than the path carries
f = Faults()
net.mtu(r1=1500)
net.espgw(*(f"sa set dir out dst {G2[t.outer]} spi {t.spi_out:#x} tfc 4000" for t in some))
cases = [(t, n) for t in some for n in (100, t.inner(1500) - 1, t.inner(1500))]
for t, n in cases:
    net.send("a0", datagram(t.left_of(1, 4), t.right[4], n))
seen = net.settle()["r1"]
for t in some:
    f.same([x.len for x in seen if x.spi == t.spi_out], [t.outer_len(t.inner(1500))] * 3, f"{t}: lengths with TFC")
f.point("TFC padding up to inner(P) and no further")
done()
