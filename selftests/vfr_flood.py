# SPDX-License-Identifier: GPL-2.0
"""Floods of incomplete datagrams, from one source and from thirty, while others' fragmented datagrams pass.

ESPGW_FLOOD: how many datagrams all floods have together (default 60,000).
"""

import random

from flood import *

TOTAL = int(os.environ.get("ESPGW_FLOOD", "60000"))
net = Fragments()
rnd = random.Random(int(os.environ.get("ESPGW_SEED", "5"), 0))
for port in net.ports.values():  # nobody looks at what they catch
    port.rx.close()
for ns in "a", "b":  # what is let go of the floods is not to fill the hosts
    net.sysctl(ns, "ipv4/ipfrag_time", 1)
    net.sysctl(ns, "ipv6/ip6frag_time", 1)
ways = {(w.name, w.family): w for w in WAYS}


class Others:
    """Fragmented datagrams of hosts that flood nothing: from each of these ways, one after the other."""

    def __init__(self, *which):
        self.made = []
        for way in which:
            src, dst, whole = way.make(pattern(1500, 3), 200)
            self.made.append((way, src, dst, cut(whole, 504, 504)))
        self.sent = self.arrived = self.turn = 0

    def send(self):
        way, src, dst, pieces = self.made[self.turn % len(self.made)]
        self.turn += 1
        order = rnd.sample(pieces, 3)
        ident = 0x8000 | self.turn & 0x7fff
        port = net.ports[way.link]
        for p in order:
            port.tx.send(port.frame(quick(src, dst, p, ident)))
        self.sent += 1

    def read(self):
        wanted = {(src, pattern(1500, 3)) for _, src, _, _ in self.made}
        for got in net.received().values():
            self.arrived += sum(x in wanted for x in got)


def empty(dir_, seconds):
    """Waits until nothing is followed any more."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        f = Faults()
        if net.empty(f, dir_):
            break
        time.sleep(0.2)
    return f


def flood(what, floods, others, limits, part, dir_="in"):
    """Points: these floods in turn, of this part of all datagrams; other hosts' datagrams meanwhile."""
    net.espgw(f"vfr set dev wan dir {dir_} {limits}")
    row, watch = net.vfr(dir_)[0], Watch(net)
    wanted = max(1, int(TOTAL * part) // BATCH)
    most = {"bytes": 0, "reassemblies": 0, "held": 0}
    log, begin, looks = Log("vfr: "), time.monotonic(), 0
    for i in range(wanted):
        floods[i % len(floods)].batch()
        for _ in range(max(2, 120 // wanted + 1)):
            others.send()
        if i % 8 == 0:
            looks += 1
            now = net.vfr(dir_)[0]
            for k in most:
                most[k] = max(most[k], now[k])
            others.read()
    took = time.monotonic() - begin
    sent = wanted * BATCH
    time.sleep(0.5)
    others.read()
    last = net.vfr(dir_)[0]
    print(f"{what}: {sent} datagrams in {took:.1f} s, {sent / took:.0f} a second; at most {most} in {looks} looks; "
          f"of {others.sent} others {others.arrived} arrived; left {last['bytes']} bytes")
    f = Faults()
    f.same(all(most[k] <= row["max_" + k] for k in ("bytes", "reassemblies")), True, f"within {row}: {most}")
    f.same(most["reassemblies"] >= min(row["max_reassemblies"] // 2, 32), True, f"the table fills: {most}")
    f.point(f"{what}: never more memory than max-bytes, nor datagrams than max-reassemblies")
    ok(others.arrived <= others.sent and others.arrived >= others.sent * 0.99 and others.sent >= 100,
       f"{what}: of others' datagrams less than 1 % are lost", f"{others.arrived} of {others.sent}")
    empty(dir_, row["timeout_s"] + 5).point(f"{what}: afterwards all is free, to the last byte")
    got, drops = watch.counted()
    got = got.get(dir_, {})
    n = lambda k: got.get(k, 0)  # noqa: E731
    f = Faults()
    f.same(n("frags"), sent + 3 * others.sent, "fragments")
    # Each datagram has a place or not.
    f.same(n("reqds") + n("drop") + n("bytes_drop") >= sent + others.sent, True, f"datagrams {got}")
    f.same(n("reqds"), n("oks") + n("timeout"), "followed: whole, or given up")
    f.same(n("oks"), others.arrived, "whole")
    f.same(drops.get(f"drop_{dir_}_vfr"), sum(n(k) for k in DROPS), "drops")
    f.same({k: v for k, v in drops.items() if k != f"drop_{dir_}_vfr"}, {}, "other drops")
    seconds, lines = time.monotonic() - begin, log.lines()
    f.same(1 <= len(lines) <= 1 + seconds and all("FRAG_TABLE_OVERFLOW" in x for x in lines), True,
           f"{len(lines)} lines in {seconds:.1f} s: {lines[:2]}")
    f.point(f"{what}: every fragment is counted, and a line a second is logged")


def turns(first, count):
    """The sources of a batch's frames, one after the other."""
    return [first + i % count for i in range(BATCH)]


def any_order(first, count):
    return [rnd.randrange(first, first + count) for _ in range(BATCH)]


clear4, clear6, inner4 = ways["in", 4], ways["in", 6], ways["inner", 4]
out4, out6 = ways["out", 4], ways["out", 6]
DEFAULT = "auto max-reassemblies default max-fragments default timeout default max-bytes default"
flood("one source", [Flood(net, "r1", clear4, turns(2, 1))], Others(clear4, clear6, inner4), DEFAULT, 0.2)
flood("thirty sources in turn", [Flood(net, "r1", clear4, turns(2, 30))], Others(clear4, inner4, clear6), DEFAULT, 0.3)
flood("five IPv6 sources in any order", [Flood(net, "r1", clear6, any_order(40, 5))], Others(clear6, inner4), DEFAULT, 0.2)
flood("thirty sources in any order, a longer table",
      [Flood(net, "r1", clear4, any_order(2, 24)), Flood(net, "r1", clear6, any_order(40, 6))],
      Others(clear4, inner4, clear6), "max-reassemblies 1024", 0.15)
flood("two sources outwards", [Flood(net, "a0", out4, turns(2, 2)), Flood(net, "a0", out6, turns(40, 2))],
      Others(out4, out6), DEFAULT, 0.1, "out")
flood("little memory", [Flood(net, "r1", clear4, turns(2, 3))], Others(clear4, inner4),
      "max-reassemblies 1024 max-bytes 65536", 0.05)


# ---- few datagrams of very many fragments ----

def crowd(what, way, order, count, pieces):
    """Points: datagrams of one source that never come whole, of so many fragments; and those of others meanwhile."""
    net.espgw(f"vfr set dev wan dir {way.dir} {DEFAULT}".replace("timeout default", "timeout 60"))
    empty(way.dir, 65)
    row, watch, f = net.vfr(way.dir)[0], Watch(net), Faults()
    src, dst, whole = way.make(bytes(8 * pieces), 5)
    idents_ = [next(idents) for _ in range(count)]
    begin = time.monotonic()
    for ident in idents_:
        made = [quick(src, dst, Piece(8 * i, whole[8 * i:8 * i + 8]), ident) for i in order(pieces)]
        for i in range(0, len(made), 256):
            net.send(way.link, *made[i:i + 256])
            time.sleep(0.02)  # a device's queue takes no more at once
    time.sleep(0.5)
    took = time.monotonic() - begin
    now = net.vfr(way.dir)[0]
    print(f"{what}: {count * pieces} fragments in {took:.1f} s; {now['reassemblies']} datagrams, {now['held']} held, "
          f"{now['bytes']} of {now['max_bytes']} bytes")
    f.same(now["bytes"] <= row["max_bytes"] // 2 + 65536, True, f"bytes of one source: {now['bytes']}")
    f.same(now["reassemblies"] <= row["max_reassemblies"] // 2, True, f"datagrams of one source: {now['reassemblies']}")
    sent = [Datagram.udp(way, 65507, 48, n, seed=n).ordered(rnd.sample(range(48), 48)) for n in (6, 7, 8)]
    net.received()
    net.send(way.link, *(r for d in sent for r in d.raw))
    time.sleep(0.5)
    got = sorted(x for who in net.received().values() for x in who)
    f.same([(s, len(d)) for s, d in got], sorted((d.src, len(d.data)) for d in sent), "others' datagrams")
    f.same(got == sorted((d.src, d.data) for d in sent), True, "others' datagrams are what they were")
    ways, drops = watch.counted()
    c = ways[way.dir]
    f.same(c["frags"], count * len(list(order(pieces))) + 3 * 48, "fragments")
    f.same(c["oks"], 3, "whole")
    f.same(set(drops) <= {f"drop_{way.dir}_vfr"}, True, f"drops: {drops}")
    net.forget(way.dir)
    net.empty(f, way.dir)
    f.point(f"{what}: half of all at most, the longest datagrams of others pass")


crowd("few datagrams of 500 fragments each, none of them the first", clear4, lambda n: range(n - 1, 0, -1), 12, 501)
crowd("the same in any order", clear4, lambda n: rnd.sample(range(1, n), n - 1), 12, 501)
crowd("many datagrams of 150 fragments, in order, without the last", clear4, range, 40, 150)
done()
