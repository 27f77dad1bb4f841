# SPDX-License-Identifier: GPL-2.0
"""Interoperation with kernel xfrm: what one encrypts the other decrypts, byte by byte."""

from wire import *

net = Net()
matrix = [Tunnel(1 + i, alg, outer, natt) for i, (alg, outer, natt) in enumerate(
    (alg, outer, natt) for alg in ALGS for outer in (4, 6) for natt in (False, True))]
TCP_GCM, TCP_CBC = Tunnel(60, "gcm128"), Tunnel(61, "cbc-sha512", outer=6)
BAD = Tunnel(62, "gcm128", bad_key=True)
TFC = Tunnel(63, "gcm256", espgw_out="tfc 700", xfrm_out="tfcpad 700")
BAD_CBC = Tunnel(64, "cbc-sha256", bad_key=True)
PLAIN = Tunnel(65, "null-sha256", espgw_in="replay-window 64")
START = 2**32 - 25  # so that the high half changes under way


def esn(i, alg, window, outer=4):
    hi, lo = START >> 32, START & 0xffffffff
    return Tunnel(i, alg, outer, espgw="esn", espgw_out=f"seq {START}", espgw_in=f"seq {START} replay-window {window}",
                  xfrm_out=f"replay-window {window} replay-oseq {lo} replay-oseq-hi {hi}",
                  xfrm_in=f"replay-window {window} replay-seq {lo} replay-seq-hi {hi}")


ESNS = [esn(70, "gcm128", 64), esn(71, "gcm256", 4096, 6), esn(72, "chacha", 1024), esn(73, "cbc-sha1", 256),
        esn(74, "cbc-sha256", 4096), esn(75, "cbc-sha512", 2048, 6), esn(76, "null-sha256", 512)]
WINDOWS = {w: Tunnel(80 + i, "null-sha256", espgw_in=f"replay-window {w}") for i, w in enumerate((0, 1, 64, 65, 4096))}
net.tunnels(matrix + [TCP_GCM, TCP_CBC, BAD, BAD_CBC, TFC, PLAIN] + ESNS + list(WINDOWS.values()))
# What fits exactly comes from xfrm whole, so that lengths are compared both ways
DROPS = "drop_"


def drops(before):
    return {k: v for k, v in net.counted(before).items() if k.startswith(DROPS)}


def both_ways(f, t, family, lengths, more=None):
    """Packets of these lengths, from a to b and from b to a; each must arrive as it was."""
    left, right = t.left[family], t.right[family]
    for port, to, src, dst in ("a0", "b0", left, right), ("b0", "a0", right, left):
        sent = [datagram(src, dst, n, n) for n in lengths]
        caught = net.exchange(port, *sent)
        way = "to xfrm" if port == "a0" else "from xfrm"
        f.same([p.len for p in caught[to]], list(lengths), f"IPv{family} {way}: lengths")
        got = {p.len: p.raw for p in caught[to]}
        for p in sent:
            if len(p) in got:
                f.same(got[len(p)], forwarded(p), f"IPv{family} {way}, length {len(p)}: bytes")
        link = "r1" if port == "a0" else "r2"
        esp = [p for p in caught[link] if p.is_esp]
        f.same([p.len for p in esp], [t.outer_len(n) for n in lengths], f"IPv{family} {way}: outer lengths")
        f.same({(p.version, p.spi, p.sport is not None) for p in esp},
               {(t.outer, t.spi_out if port == "a0" else t.spi_in, t.natt)}, f"IPv{family} {way}: what kind of packets")
        if t.natt:
            f.same({p.udp_check != 0 for p in esp}, {t.outer == 6}, f"IPv{family} {way}: UDP checksum")


for t in matrix:
    f = Faults()
    before = net.stats()
    most = t.inner(1500)
    # each length of padding; and all payloads up to 40 bytes, but only once for each cipher and outer family
    block = t.alg.align + 1
    both_ways(f, t, 4, [28 + n for n in range(block if t.natt else 41)] + [most - 2, most - 1, most])
    both_ways(f, t, 6, [48 + n for n in range(block)] + [most - 2, most - 1, most])
    f.same(drops(before), {}, "drops")
    f.point(f"{t}: both ways, IPv4 and IPv6 inside")

# TFC padding is trimmed by the receiver
f = Faults()
for port, to, link, spi in ("a0", "b0", "r1", TFC.spi_out), ("b0", "a0", "r2", TFC.spi_in):
    ends = (TFC.left, TFC.right) if port == "a0" else (TFC.right, TFC.left)
    sent = [datagram(ends[0][v], ends[1][v], n) for v in (4, 6) for n in (60, 500, 699, 700, 701, 1200)]
    caught = net.exchange(port, *sent)
    f.same([p.raw for p in caught[to]], [forwarded(p) for p in sent], f"at {to}")
    lengths = [p.len for p in caught[link] if p.spi == spi]
    if port == "a0":
        f.same(lengths, [TFC.outer_len(max(len(p), 700)) for p in sent], "outer lengths")
    else:
        # With ESP offload the kernel leaves tfcpad out; then policy.sh alone shows the trimming.
        with open("/proc/kallsyms") as k:
            offload = " esp4_gro_receive" in k.read()
        f.same(lengths[0] > TFC.outer_len(60), not offload, f"xfrm does pad: {lengths}")
f.point("TFC padding, both ways")

# Extended sequence numbers
for t in ESNS:
    f = Faults()
    before = net.stats()
    count = 60
    for port, to, link, src, dst in ("a0", "b0", "r1", t.left[4], t.right[4]), ("b0", "a0", "r2", t.right[4], t.left[4]):
        sent = [datagram(src, dst, 100 + i, i) for i in range(count)]
        caught = net.exchange(port, *sent)
        f.same([p.seq for p in caught[link] if p.is_esp], [(START + 1 + i) & 0xffffffff for i in range(count)], f"{link}: low halves")
        f.same([p.raw for p in caught[to]], [forwarded(p) for p in sent], f"at {to}")
    f.same(drops(before), {}, "drops")
    f.point(f"{t}, ESN: 60 packets across the change of the high half, both ways")

# Disorder and replay: xfrm's packets are held at the router, and let go in another order
f = Faults()
t = ESNS[0]
net.sysctl("r", "ipv4/conf/r2/forwarding", 0)
sent = [datagram(t.right[4], t.left[4], 200 + i, i) for i in range(70)]
held = [p.raw for p in net.exchange("b0", *sent)["r2"] if p.is_esp]
net.sysctl("r", "ipv4/conf/r2/forwarding", 1)
f.same(len(held), 70, "held")
before = net.stats()
order = [69] + list(range(10, 69, 2)) + list(range(11, 69, 2))
caught = net.exchange("r1", *(held[i] for i in order))
f.same([p.len for p in caught["a0"]], [200 + i for i in order], "in another order")
f.same(drops(before), {}, "drops of those in disorder")
before = net.stats()
caught = net.exchange("r1", held[69], held[10], held[0], held[5])
f.same(caught["a0"], [], "replayed, and older than the window of 64")
# What is older than the window can only be of the next 2^32, as RFC 4303 A2 has it: and so its ICV is wrong.
f.same(drops(before), {"drop_in_replay": 2, "drop_in_integrity": 2}, "drops of replayed ones")
caught = net.exchange("r1", held[6], held[7])
f.same([p.len for p in caught["a0"]], [206, 207], "the window's oldest two")
f.point("disorder inside the window is accepted, replay is dropped and counted (ESN, from xfrm)")

# The windows' edges, by packets made here: a third implementation
for w, t in WINDOWS.items():
    f = Faults()

    def packet(seq):
        return t.esp(t.spi_in, seq, datagram(t.right[4], t.left[4], 64 + seq % 1000, seq))

    top = 10000
    steps = [(top, True), (top, False)]
    if w == 0:
        steps = [(top, True), (top, True), (5, True)]  # no window: nothing is checked
    else:
        if w > 1:
            steps += [(top - 1, True), (top - 1, False), (top - w + 1, w != 2), (top - w + 1, False)]
        steps += [(top - w, False), (top - w - 1, False), (1, False), (top + w, True)]
        if w > 1:
            steps += [(top + 1, True), (top + 1, False)]
        steps += [(top, False), (2**32 - 1, True), (0, False)]
    got, want = [], []
    before = net.stats()
    for seq, good in steps:
        p = packet(seq)
        caught = net.exchange("r1", p)
        got.append((seq, len(caught["a0"]) == 1))
        want.append((seq, good))
    f.same(got, want, "accepted")
    f.same(net.counted(before).get("drop_in_replay", 0), sum(not g for _, g in steps), "counted")
    f.point(f"replay window of {w}: its edges")

# Keys that differ
f = Faults()
for t in BAD, BAD_CBC:
    before = net.stats()
    sent = [datagram(t.right[4], t.left[4], 100 + i) for i in range(3)]
    caught = net.exchange("b0", *sent)
    f.same(len([p for p in caught["r2"] if p.is_esp]), 3, "sent by xfrm")
    f.same(caught["a0"], [], "at a")
    f.same(drops(before), {"drop_in_integrity": 3}, f"{t}: counted")
    rows = {int(s["spi"], 16): {**s, **s.get("stats", {})} for s in net.show("sa show") if s["dir"] == "in"}
    f.same((rows[t.spi_in]["integrity"], rows[t.spi_in]["packets"]), (3, 0), f"{t}: the SA's counters")
    caught = net.exchange("a0", datagram(t.left[4], t.right[4], 100))
    f.same(caught["b0"], [], "at b")
f.point("another key: nothing arrives, and integrity counts it")

# What is wrong inside an authentic packet
f = Faults()
t, inner = PLAIN, datagram(PLAIN.right[4], PLAIN.left[4], 100)
for i, (what, counter, packet) in enumerate((
        ("a damaged ICV", "drop_in_integrity", t.esp(t.spi_in, 1, inner, bad=True)),
        ("next header TCP", "drop_in_next_header", t.esp(t.spi_in, 2, inner, next_header=6)),
        ("next header IPv6 on IPv4", "drop_in_inner", t.esp(t.spi_in, 3, inner, next_header=41)),
        ("padding that is not 1, 2", "drop_in_padding", t.esp(t.spi_in, 4, inner, pad=b"\x02\x01")),
        ("a dummy packet", "in_dummy", t.esp(t.spi_in, 5, bytes(64), next_header=59)),
        ("an inner packet cut short", "drop_in_inner", t.esp(t.spi_in, 6, inner[:60])),
        ("a source behind another tunnel", "drop_in_selector",
         t.esp(t.spi_in, 7, datagram(TFC.right[4], t.left[4], 100))))):
    before = net.stats()
    caught = net.exchange("r1", packet)
    f.same(caught["a0"], [], f"{what}: at a")
    changed = {k: v for k, v in net.counted(before).items() if k.startswith(DROPS) or k == "in_dummy"}
    f.same(changed, {counter: 1}, f"{what}: counted")
caught = net.exchange("r1", t.esp(t.spi_in, 20, inner, tfc=300))
f.same([p.raw for p in caught["a0"]], [forwarded(inner, 1)], "TFC padding of any length is trimmed")
f.point("authentic packets with something wrong inside are dropped, each by its counter")


# TCP through it: whole connections of the hosts' own stacks, with segmentation offload
for t, family in (TCP_GCM, 4), (TCP_GCM, 6), (TCP_CBC, 4):
    f = Faults()
    before = net.stats()
    net.transfer(f, t, family)
    caught = net.settle()
    f.same([p for p in caught["r1"] if p.len > 1500 or not p.is_esp and p.proto == TCP], [], "too large, or in clear")
    if family == 4:
        f.same(net.counted(before).get("out_gso", 0) > 0, True, "super-packets were segmented")
    f.point(f"TCP over {t}, IPv{family} inside: a MiB each way")
done()
