# SPDX-License-Identifier: GPL-2.0
"""Fragments that are attacks: RFC 1858, 3128, 5722, 7112, and what has a name."""

import itertools

from pieces import *

net = Fragments()
# Nothing is given up by time while it is looked at.
LIMITS = "on max-fragments 16 max-reassemblies 1024 max-bytes 16777216 timeout 60"
net.espgw(*(f"vfr set dev wan dir {d} {LIMITS}" for d in ("in", "out")))
log, monitor = Log("vfr: "), Monitor(net, "alert sa")
last = {}  # when something was told


def segment(way, words=0):
    """(source, destination, a TCP segment with so many words of options)."""
    src, dst = way.ends(2, 3 if way.name == "in" else 2)
    h = IP(src=src, dst=dst) if way.family == 4 else IPv6(src=src, dst=dst)
    t = ScapyTCP(sport=1234, dport=80, flags="S", options=[("NOP", None)] * 4 * words) / Raw(pattern(96, 3))
    return src, dst, bytes(h / t)[20 if way.family == 4 else 40:]


def echo(way, n):
    """(source, destination, an echo request without IP header)."""
    src, dst = way.ends(2, 3 if way.name == "in" else 2)
    if way.family == 4:
        return src, dst, bytes(ScapyICMP(id=7, seq=1) / Raw(pattern(n, 4)))
    return src, dst, bytes(IPv6(src=src, dst=dst) / ICMPv6EchoRequest(id=7, seq=1, data=pattern(n, 4)))[40:]


def attacks(way):
    """(what it is, its counter, the datagram). Neighbours are of different kinds: each is told of once a second."""
    icmp = ICMP if way.family == 4 else ICMPV6
    src, dst, u = way.make(pattern(248, 1))
    e = echo(way, 248)[2]
    t, long = segment(way)[2], segment(way, 5)[2]

    def of(pieces, proto=UDP):
        return Datagram(way, src, dst, pieces, way.port if proto == UDP else None if way.name != "in" else PUBLIC,
                        proto=proto)

    def tiny(data, n, proto):
        return of([Piece(0, data[:n], bad="tiny"), Piece((n + 7) // 8 * 8, data[(n + 7) // 8 * 8:], False)], proto)

    yield "a TCP header cut after 8 bytes", "tiny", tiny(t, 8, TCP)
    yield "more fragments of 60 bytes", "length", of([Piece(0, u[:60], bad="length"), Piece(64, u[64:], False)])
    yield "ping of death: an echo request that ends beyond 65535", "oversize", of(
        [Piece(0, e[:128]), Piece(128, e[128:]), Piece(65528, e[:64], False, bad="oversize")], icmp)
    yield "teardrop: the second within the first, and the last", "overlap", of([Piece(0, u[:40]), Piece(24, u[24:32], False)])
    yield "data beyond the end", "two_ends", of([Piece(0, u[:64]), Piece(128, u[128:192], False), Piece(192, u[192:256])])
    yield "17 fragments", "too_many_frags", of([Piece(8 * i, u[8 * i:8 * i + 8]) for i in range(18)])
    if way.family == 6:
        options = struct.pack("!BBBB12x", UDP, 1, 1, 12)
        whole = options + u
        yield "destination options in the first fragment, and the UDP header in the second", "no_header", of(
            [Piece(0, whole[:16], bad="no_header"), Piece(16, whole[16:], False)], 60)
    yield "a TCP header cut within its options", "tiny", tiny(long, 32, TCP)
    yield "more fragments of 20 bytes behind the first", "length", of(
        [Piece(0, u[:64]), Piece(64, u[64:84], bad="length"), Piece(88, u[88:], False)])
    yield "one byte beyond 65535", "oversize", of(
        [Piece(0, u[:64]), Piece(65504, u[:12], False, bad="oversize") if way.family == 4 else
         Piece(65528, u[:8], False, bad="oversize")])
    yield "the first fragment once more, shorter", "overlap", of([Piece(0, u[:64]), Piece(0, u[:32]), Piece(64, u[64:], False)])
    yield "an end within what has come", "two_ends", of([Piece(0, u[:64]), Piece(128, u[128:192]), Piece(64, u[64:128], False)])
    yield "17 fragments, the first one last", "too_many_frags", of(
        [Piece(8 * i, u[8 * i:8 * i + 8], i != 17) for i in range(17, -1, -1)])
    yield "a TCP fragment at offset 8", "tiny", of(
        [Piece(0, t[:24]), Piece(8, t[8:24], bad="tiny"), Piece(24, t[24:], False)], TCP)
    yield "an empty fragment", "length", of([Piece(0, u[:64]), Piece(64, b"", bad="length"), Piece(64, u[64:], False)])
    yield "the longest header and offset", "oversize", of([Piece(65528, u[:200], bad="oversize"), Piece(0, u[:64])])
    yield "a last fragment within the first", "overlap", of([Piece(0, u[:128]), Piece(64, u[64:96], False)])
    yield "a UDP header cut after 4 bytes", "tiny", tiny(u, 4, UDP)
    yield "an empty last fragment", "length", of([Piece(0, u[:64]), Piece(64, b"", False, bad="length")])
    yield "an ICMP header cut after 4 bytes", "tiny", tiny(e, 4, icmp)


def told(f, way, why, d):
    """One line and one alert tell of it."""
    wanted = f"espgw: vfr: {KINDS[why]} dev wan src {d.src} dst {d.dst} dir {way.dir}"
    f.same(log.lines(), [wanted], "lines in the log")
    got = monitor.events(5, "alert")
    for e in got:
        e.pop("time", None)
    f.same(got, [{"object": "alert", "event": KINDS[why].lower(), "dev": "wan", "dir": way.dir, "src": d.src,
                  "dst": d.dst}], "alerts")


for way in WAYS:
    net.forget(way.dir)
    for what, why, d in attacks(way):
        time.sleep(max(0, last.get(why, 0) + 1.2 - time.monotonic()))
        f, watch = Faults(), Watch(net)
        caught = net.exchange(way.link, *d.raw)
        last[why] = time.monotonic()
        count = judge(f, net, [d], caught, 16)
        f.same((count[way.dir].get(why), count[way.dir].get("oks")), (1, None), "what the attack is")  # or the test is wrong
        watch.same(f, count)
        told(f, way, why, d)
        f.point(f"{what}: {way}")

# A header that the first fragment cuts is refused as malformed, and its datagram never begins.
for way in WAYS:
    if way.family != 6:
        continue
    net.forget(way.dir)
    f, watch = Faults(), Watch(net)
    src, dst, u = way.make(pattern(248, 1))
    whole = struct.pack("!BBBB", UDP, 3, 1, 28) + bytes(28) + u
    d = Datagram(way, src, dst, cut(whole, 16), way.port, proto=60)
    caught = net.exchange(way.link, *d.raw)
    f.same((way.left(net, caught), net.received()), ([], {}), "passed, arrived")
    watch.same(f, {way.dir: {"frags": 1, "reqds": 1, "held": 1}},
               {"drop_in_inner" if way.name == "inner" else f"drop_{way.dir}_malformed": 1})
    f.point(f"destination options cut by the end of the first fragment: {way}")

# ---- in every order ----

# A datagram of three fragments, and what a fourth may be that overlaps some of them. (An end beyond the third one's
# would make a datagram of its own with the first two.)
OVERLAPS = [(0, 8, 1), (0, 120, 1), (0, 200, 1), (56, 72, 1), (64, 72, 1), (72, 80, 1), (112, 128, 1), (64, 120, 1),
            (56, 136, 1), (64, 136, 1), (120, 136, 1), (128, 136, 1), (136, 144, 1), (184, 192, 0), (184, 192, 1),
            (184, 200, 1), (128, 200, 1), (128, 192, 1), (120, 200, 0)]
for way in WAYS:
    f, sent = Faults(), []
    net.forget(way.dir)
    watch = Watch(net)
    data = pattern(184, 9)
    src, dst, u = way.make(data)
    u += pattern(8, 10)
    for start, end, mf in OVERLAPS:
        pieces = [Piece(0, u[:64]), Piece(64, u[64:128]), Piece(128, u[128:192], False), Piece(start, u[start:end], bool(mf))]
        sent += [Datagram(way, src, dst, list(order), way.port, data, scapy=False)
                 for order in itertools.permutations(pieces)]
    caught = net.exchange(way.link, *(r for d in sent for r in d.raw))
    count = judge(f, net, sent, caught)
    # Only those behind the third of a whole datagram came too late.
    f.same(count[way.dir]["oks"], 6 * len(OVERLAPS), "datagrams whole before the overlapping fragment came")
    watch.same(f, count)
    f.point(f"every overlap, in every order, kills the datagram: {way}")
    net.forget(way.dir)
    net.empty(f, way.dir)

    f, sent, watch = Faults(), [], Watch(net)
    pieces = cut(u[:192], 64, 64)
    for again in pieces:
        sent += [Datagram(way, src, dst, list(order), way.port, data, scapy=False)
                 for order in itertools.permutations(pieces + [Piece(again.off, again.data, again.mf)])]
    caught = net.exchange(way.link, *(r for d in sent for r in d.raw))
    count = judge(f, net, sent, caught)
    f.same((count[way.dir]["oks"], count[way.dir]["duplicate"]), (72, 36), "whole, duplicates while under way")
    watch.same(f, count)
    f.point(f"a duplicate, in every order, is dropped alone: {way}")
    net.forget(way.dir)
    net.empty(f, way.dir)

# ---- all fragments refused ----

for way in WAYS:
    f = Faults()
    net.espgw(f"vfr set dev wan dir {way.dir} drop-fragments on")
    watch = Watch(net)
    d = Datagram.udp(way, 500, 3)
    src, dst, whole = way.make(pattern(70, 2))
    single = (ip4 if way.family == 4 else ip6)(src, dst, UDP, whole)
    left = way.left(net, net.exchange(way.link, *d.raw, single))
    f.same([raw for raw, _ in left], [way.forwarded(single)], "what passed")
    f.same(net.received(), {(way.host, way.port): [(src, pattern(70, 2))]}, "what arrived")
    watch.same(f, {way.dir: {"frags": 3, "refused": 3}})
    net.espgw(f"vfr set dev wan dir {way.dir} drop-fragments off")
    d = Datagram.udp(way, 500, 3)
    judge(f, net, [d], net.exchange(way.link, *d.raw))
    f.point(f"drop-fragments drops all fragments, and nothing else: {way}")

# ---- many attacks ----

f, way = Faults(), WAYS[2]
time.sleep(1.2)
log.lines()
monitor.events()
watch, begin = Watch(net), time.monotonic()
src, dst, u = way.make(pattern(100))
sent = [Datagram(way, src, dst, [Piece(0, u[:40]), Piece(24, u[24:32], False)], way.port, scapy=False) for _ in range(400)]
caught = net.exchange(way.link, *(r for d in sent for r in d.raw))
count = judge(f, net, sent, caught)
watch.same(f, count)
seconds, lines, alerts = time.monotonic() - begin, log.lines(), monitor.events(2, "alert")
f.same(1 <= len(lines) <= 1 + seconds, True, f"{len(lines)} lines in {seconds:.1f} s")
f.same(1 <= len(alerts) <= 1 + seconds, True, f"{len(alerts)} alerts in {seconds:.1f} s")
f.point("of 400 attacks at once one a second is told")
net.forget("in")
done()
