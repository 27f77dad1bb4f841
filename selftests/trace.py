# SPDX-License-Identifier: GPL-2.0
"""Tracepoints: what each says, exactly, and that nothing is said while they are off."""

import re

from wire import *

EVENTS = "/sys/kernel/tracing/events/espgw"
ADDRS = ["family", "saddr", "daddr", "saddr_v6", "daddr_v6"]
PACKET = [*ADDRS, "proto", "sport", "dport"]
SA = ["netns", "dev", "spi", "reqid", "seq", *PACKET, "len"]
FIELDS = {"drop": ["skbaddr", "netns", "reason", "dev", *PACKET, "len", "spi"], "encap": [*SA, "esp_len"], "decap": SA,
          "pmtu": ["netns", *ADDRS, "reqid", "event", "mtu"],
          "probe": ["netns", *ADDRS, "spi", "reqid", "token", "size", "outcome"],
          "vfr": ["netns", "dev", "dir", *ADDRS, "id", "off", "outcome"]}

net = Net()
t = Tunnel(1, "null-sha256")
six = Tunnel(3, "null-sha256", outer=6)
dead = Tunnel(2, "null-sha256")
net.tunnels([t, six], xfrm=False)
net.espgw("policy add src 10.1.0.0/16 dst 10.2.1.77/32 action discard",
          *[c for c in dead.commands() if c.startswith("policy")], f"pmtu set spi {t.spi_out:#x} dst {G2[4]} mtu 1400")
NETNS = str(os.stat("/run/netns/" + net.ns["g1"]).st_ino)
here = "/sys/kernel/tracing/instances/espgw"


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


class Traced:
    """What an instance of its own has noted; each a name and a dictionary of texts."""

    def __enter__(self):
        os.mkdir(here)
        self.pipe = os.open(here + "/trace_pipe", os.O_RDONLY | os.O_NONBLOCK)
        self.rest = ""
        return self

    def on(self, on):
        write(here + "/events/espgw/enable", "1" if on else "0")

    def noted(self):
        """Since the last time."""
        with contextlib.suppress(BlockingIOError):
            while more := os.read(self.pipe, 1 << 16):
                self.rest += more.decode()
        *lines, self.rest = self.rest.split("\n")
        found = []
        for line in lines:
            name, rest = re.search(r": (\w+): (.*)", line).groups()
            row = dict(re.findall(r"(\w+)=(\S*)", rest))
            row.pop("skbaddr", None)
            found.append((name, row))
        return found

    def __exit__(self, *_):
        self.on(False)
        os.close(self.pipe)
        os.rmdir(here)


def addresses(src, dst, family):
    v4 = family == 4
    return {"family": "AF_INET" if v4 else "AF_INET6", "saddr": src if v4 else "0.0.0.0", "daddr": dst if v4 else "0.0.0.0",
            "saddrv6": "::ffff:" * v4 + src, "daddrv6": "::ffff:" * v4 + dst}


def packet(raw):
    p = Packet(raw)
    ports = p.proto == UDP and not p.is_esp
    return {"netns": NETNS, "dev": "wan", **addresses(p.src, p.dst, p.version), "proto": str(p.proto),
            "sport": str(p.sport if ports else 0), "dport": str(p.dport if ports else 0), "len": str(p.len)}


def sa(raw, spi, reqid, seq):
    return {**packet(raw), "spi": f"{spi:#010x}", "reqid": str(reqid), "seq": str(seq)}


# ---- what they are ----

f = Faults()
f.same(sorted(x for x in os.listdir(EVENTS) if os.path.isdir(f"{EVENTS}/{x}")), sorted(FIELDS), "events")
for name, fields in FIELDS.items():
    with open(f"{EVENTS}/{name}/format") as o:
        text = o.read()
    f.same([x for x in re.findall(r"field:.*?(\w+)(?:\[\d+\])?;", text) if not x.startswith("common_")], fields, f"fields of {name}")
f.point("events have these fields, and no other: no key among them")

with Traced() as traced:
    # ---- off ----

    net.exchange("a0", datagram(t.left[4], t.right[4], 100))
    equal(traced.noted(), [], "nothing is noted while they are off")
    traced.on(True)

    # ---- what leaves ----

    f = Faults()
    four, other = datagram(t.left[4], t.right[4], 333), datagram(six.left[6], six.right[6], 777)
    big = datagram(t.left[4], t.right[4], 2000, df=0)
    net.mtu(a0=9000)
    net.exchange("a0", four)
    net.exchange("a0", other)
    f.same(traced.noted(), [("encap", {**sa(four, t.spi_out, t.reqid, 2), "esp_len": str(t.outer_len(333))}),
                            ("encap", {**sa(other, six.spi_out, six.reqid, 1), "esp_len": str(six.outer_len(777))})], "whole")
    caught = net.exchange("a0", big)["r1"]
    rows = traced.noted()
    f.same([(n, r["seq"], int(r["esp_len"]), r["sport"]) for n, r in rows],
           [("encap", str(3 + i), p.len, str(Packet(big).sport)) for i, p in enumerate(caught)], "in pieces")
    f.same(len(caught), 2, "pieces")
    f.same(sum(int(r["len"]) - 20 for _, r in rows), 1980, "together")
    f.point("encap: each packet that is encrypted, and each piece")

    # ---- what arrives ----

    f = Faults()
    back, back6 = datagram(t.right[4], t.left[4], 444), datagram(t.right[6], t.left[6], 555)
    net.exchange("r1", t.esp(t.spi_in, 10, back))
    net.exchange("r1", t.esp(t.spi_in, 11, back6))
    f.same(traced.noted(), [("decap", sa(back, t.spi_in, t.reqid, 10)), ("decap", sa(back6, t.spi_in, t.reqid, 11))], "rows")
    f.point("decap: each packet that arrives in ESP")

    # ---- what is dropped ----

    f = Faults()
    elsewhere = datagram("10.2.9.9", t.left[4], 300)
    dropped = {"drop_out_discard": ("a0", datagram(t.left[4], "10.2.1.77", 100)),
               "drop_out_no_sa": ("a0", datagram(t.left[6], dead.right[6], 200)),
               "drop_out_too_big": ("a0", datagram(t.left[4], t.right[4], 1400, df=1)),
               "drop_in_cleartext": ("r1", back),
               "drop_in_integrity": ("r1", t.esp(t.spi_in, 100, back, bad=True)),
               "drop_in_replay": ("r1", t.esp(t.spi_in, 10, back)),
               "drop_in_selector": ("r1", t.esp(t.spi_in, 101, elsewhere))}
    before = net.stats()
    for port, raw in dropped.values():
        net.exchange(port, raw)
    counted = {k: v for k, v in net.counted(before).items() if k.startswith("drop_")}
    f.same(counted, {reason: 1 for reason in dropped}, "counters")
    rows = traced.noted()
    f.same([n for n, _ in rows], ["drop"] * len(dropped), "events")
    for (_, row), (reason, (port, raw)) in zip(rows, dropped.items()):
        raw = elsewhere if reason == "drop_in_selector" else forwarded(raw, 1) if port == "a0" else raw
        f.same(row, {**packet(raw), "reason": reason, "spi": f"{Packet(raw).spi if Packet(raw).is_esp else 0:#010x}"}, reason)
    f.point("drop: each packet that is dropped, with the counter that counts it")

    # ---- path MTUs ----

    f = Faults()
    name = f"spi {t.spi_out:#x} dst {G2[4]}"
    net.espgw(f"pmtu set {name} mtu 1300", f"pmtu del {name}", f"pmtu set spi {six.spi_out:#x} dst {G2[6]} mtu 1290")
    row = {"netns": NETNS, **addresses(G1[4], G2[4], 4), "reqid": str(t.reqid)}
    row6 = {"netns": NETNS, **addresses(G1[6], G2[6], 6), "reqid": str(six.reqid)}
    f.same(traced.noted(), [("pmtu", {**row, "event": "set", "mtu": "1300"}), ("pmtu", {**row, "event": "del", "mtu": "0"}),
                            ("pmtu", {**row6, "event": "set", "mtu": "1290"})], "rows")
    f.point("pmtu: what is learned, set and forgotten")

    # ---- probes ----

    f = Faults()
    net.exchange("a0")
    traced.noted()
    before, caught, rows, answered = net.stats(), [], [], []

    def outcomes(outcome):
        return [r for n, r in rows if n == "probe" and r["outcome"] == outcome]

    def search(answers, over):
        """Asks, and answers or not, until it is over."""
        net.espgw(f"pmtu probe {name} echo {t.right[4]}")
        end = time.monotonic() + 20 * PATIENCE
        while not over() and time.monotonic() < end:
            for p in [p for p in net.settle()["r1"] if p.spi == t.spi_out]:
                caught.append(p)
                if answers:
                    q = Packet(t.read(p)[0])
                    answered.append(p.len)
                    net.send("r1", t.esp(t.spi_in, 1000 + len(answered),
                                         icmp4(q.dst, q.src, 0, 0, struct.unpack("!I", q.payload[4:8])[0], q.payload[8:])))
            rows.extend(traced.noted())

    search(True, lambda: any(n == "pmtu" and r["event"] == "probed" for n, r in rows) and len(outcomes("answered")) == len(answered))
    # Whoever answered is dead.
    search(False, lambda: len(outcomes("lost")) > 2)
    # What goes on meanwhile is told as well, a little later.
    for _ in range(50 * PATIENCE):
        caught += [p for p in net.settle()["r1"] if p.spi == t.spi_out]
        rows += traced.noted()
        now = net.counted(before)
        sent, got, lost = (outcomes(outcome) for outcome in ("sent", "answered", "lost"))
        if (len(caught), len(sent), len(lost)) == (now.get("out_probe"), now.get("out_probe"), now.get("probe_lost")):
            break
    probes = [r for n, r in rows if n == "probe"]
    row = {"netns": NETNS, **addresses(G1[4], G2[4], 4), "spi": f"{t.spi_out:#010x}", "reqid": str(t.reqid)}
    f.same([{k: v for k, v in r.items() if k not in ("token", "size", "outcome")} for r in probes], [row] * len(probes), "what they are of")
    f.same([int(r["size"]) for r in sent], [p.len for p in caught], "sizes of those that were sent")
    f.same(len({r["token"] for r in sent}), len(sent), "each has a number of its own")
    sizes = {r["token"]: r["size"] for r in sent}
    f.same([sizes.get(r["token"]) for r in got + lost], [r["size"] for r in got + lost], "by which the others are known")
    f.same([int(r["size"]) for r in got], answered, "those that were answered")
    f.same([r["token"] for r in got if r["token"] in [x["token"] for x in lost]], [], "none of these was lost")
    f.same((len(sent), len(got), len(lost)), (now.get("out_probe"), now.get("in_probe"), now.get("probe_lost")), "as many as are counted")
    f.same((len(got) > 1, len(lost) > 2), (True, True), "some were answered, some were lost")
    f.point("probe: each that is sent, answered and given up")

    # ---- fragments ----

    f = Faults()
    net.espgw("vfr set dev wan dir out on timeout 1 max-fragments 4")

    def fragments(family, ident, *offs, size=64, last=()):
        """Pieces of a datagram, of so many bytes each; the one with the offset in last is its last."""
        src, dst = t.left[family], t.right[family]
        data = udp(src, dst, bytes(2000))
        for off in offs:
            part, mf = data[off:off + size], off not in last
            yield ip4(src, dst, UDP, part, mf=mf, off=off, ident=ident) if family == 4 else \
                ip6(src, dst, FRAGMENT, struct.pack("!BBHI", UDP, 0, off | mf, ident) + part)

    def followed(family, ident, *outcomes):
        """Rows, of (offset, outcome) each."""
        where = addresses(t.left[family], t.right[family], family)
        return [("vfr", {"netns": NETNS, "dev": "wan", "dir": "out", **where, "id": str(ident), "off": str(off), "outcome": outcome})
                for off, outcome in outcomes]

    def vfr(*packets):
        """The rows of VFR."""
        for p in packets:
            net.send("a0", p)
        net.settle()
        return [row for row in traced.noted() if row[0] == "vfr"]

    def counts():
        return next(r for r in net.show("vfr stats") if (r["dev"], r["dir"]) == ("wan", "out"))

    before, told = counts(), []
    for family, ident in (4, 71), (6, 1 << 20 | 72):
        got = vfr(*fragments(family, ident, 128, 64, 0, last=(128,)))
        f.same(got, followed(family, ident, (128, "held"), (64, "held"), (64, "released"), (128, "released")), f"IPv{family}: out of order")
        told += got
    got = vfr(*fragments(4, 73, 0, 64), *fragments(4, 73, 32, 256), *fragments(4, 73, 128))
    f.same(got, followed(4, 73, (32, "overlap"), (256, "dead"), (128, "dead")), "one that overlaps, and what comes behind it")
    told += got
    got = vfr(*fragments(4, 74, 192, 64, 320), *fragments(4, 74, 320, 448, 576))
    f.same(got, followed(4, 74, (192, "held"), (64, "held"), (320, "held"), (320, "duplicate"), (448, "held"), (64, "purged"), (192, "purged"),
                         (320, "purged"), (448, "purged"), (576, "too_many_frags")), "one too many: what is held goes with it")
    told += got
    got = vfr(*fragments(4, 75, 64, 128))
    end = time.monotonic() + 10 * PATIENCE
    while len(got) < 5 and time.monotonic() < end:
        time.sleep(0.2)
        got += [r for r in traced.noted() if r[0] == "vfr"]
    f.same(got, followed(4, 75, (64, "held"), (128, "held"), (0, "timeout"), (64, "purged"), (128, "purged")), "the first never comes")
    told += got
    net.espgw("vfr set dev wan dir out drop-fragments on")
    got = vfr(*fragments(4, 76, 0))
    f.same(got, followed(4, 76, (0, "refused")), "none is wanted")
    told += got
    now, seen = counts(), [r["outcome"] for _, r in told]
    f.same({k: v for k, v in ((k, now[k] - before[k]) for k in now if k.startswith("reass_")) if v and k not in ("reass_frags", "reass_reqds", "reass_oks")},
           {f"reass_{k}": seen.count(k) for k in set(seen) - {"released"}}, "the counters of these names")
    f.point("vfr: each fragment that is held, released and dropped, and why")
done()
