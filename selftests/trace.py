# SPDX-License-Identifier: GPL-2.0
"""Tracepoints: what each says, exactly, and that nothing is said while they are off."""

import re

from wire import *

EVENTS = "/sys/kernel/tracing/events/espgw"
ADDRS = ["family", "saddr", "daddr", "saddr_v6", "daddr_v6"]
PACKET = [*ADDRS, "proto", "sport", "dport"]
SA = ["netns", "dev", "spi", "reqid", "seq", *PACKET, "len"]
FIELDS = {"drop": ["skbaddr", "netns", "reason", "dev", *PACKET, "len", "spi"], "encap": [*SA, "esp_len"], "decap": SA,
          "pmtu": ["netns", *ADDRS, "reqid", "event", "mtu"]}

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
        return self

    def on(self, on):
        write(here + "/events/espgw/enable", "1" if on else "0")

    def noted(self):
        with open(here + "/trace") as f:
            lines = [x.rstrip("\n") for x in f if not x.startswith("#")]
        write(here + "/trace", "")
        found = []
        for line in lines:
            name, rest = re.search(r": (\w+): (.*)", line).groups()
            row = dict(re.findall(r"(\w+)=(\S*)", rest))
            row.pop("skbaddr", None)
            found.append((name, row))
        return found

    def __exit__(self, *_):
        self.on(False)
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
done()
