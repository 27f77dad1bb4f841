# SPDX-License-Identifier: GPL-2.0
"""The path-MTU table: who is told when a packet is dropped on the way, who shares what was learned, and for how long.

What is believed and what is not, pmtu_icmp.py shows.
"""

import errno
import re
import select

from asynccipher import ASYNC_CIPHER, asynchronous, synchronous
from wire import *

IP_MTU_DISCOVER, IP_MTU, IPV6_MTU_DISCOVER, IPV6_MTU, DO = 10, 14, 23, 24, 2
OWN = {4: "10.1.0.1", 6: "fd01::1"}  # gateway 1 on its LAN
QUOTED = 80  # so much of a packet is kept


net = Net()
HOSTS = Tunnel(0, "gcm128")  # host b is behind this one
V4, V6, NATT = Tunnel(1, "gcm128"), Tunnel(2, "gcm128", outer=6), Tunnel(3, "gcm128", natt=True)
ASYNC = Tunnel(4, "chacha")
HOLD, FOREVER, AGED, FLOOR = (Tunnel(i, "gcm128", espgw_out=f"pmtu-age {age}")
                              for i, age in ((5, 2), (6, "infinite"), (7, 2), (8, 6)))
STATIC, LOCKED, LOWERED, CAPPED, STEPS, KEYED = (Tunnel(i, "gcm128") for i in range(9, 15))
tunnels = [HOSTS, V4, V6, NATT, HOLD, FOREVER, AGED, FLOOR, STATIC, LOCKED, LOWERED, CAPPED, STEPS, KEYED]
net.tunnels(tunnels)
net.ports["w1"] = Port(net, "w1", net.ns["g1"], "wan", net.ns["r"], "r1")  # what gateway 1 itself sends
MARKER = 0x7777
source = 0
log = {}  # by SPI, what the monitor told and nobody has looked at


def name(t, spi=None):
    return f"dst {G2[t.outer]} spi {spi or t.spi_out:#x}"


def rows():
    return {int(r["spi"], 16): r for r in net.show("pmtu show")}


def state(*ts):
    """(path MTU, where from) of tunnels or SPIs."""
    table = rows()
    return [(r["pmtu"], r["source"]) for r in (table[getattr(t, "spi_out", t)] for t in ts)]


def gather():
    """Takes in all events up to now: one that is asked for comes after them."""
    net.espgw(f"sa set dst {G2[4]} spi {MARKER:#x} dscp copy")
    end, marked = time.monotonic() + 20, False
    while not marked and time.monotonic() < end:
        for e in monitor.events(0.05):
            marked |= e["object"] == "sa" and int(e["spi"], 16) == MARKER and e["event"] != "add"
    if not marked:
        raise RuntimeError("the monitor is silent")


def told(spi):
    """The events about an SA that have not been looked at."""
    gather()
    return log.pop(spi, [])


def skip_told():
    """Events up to now do not matter, but those that are waited for all the time."""
    gather()
    for spi in [s for s in log if s != HOLD.spi_out]:
        del log[spi]


def words(events):
    return [(e["event"], e["pmtu"], e["source"]) for e in events]


def wait_told(t, n, seconds):
    """At least n events about a tunnel's SA."""
    end, found = time.monotonic() + seconds, []
    while len(found) < n and time.monotonic() < end:
        found += told(t.spi_out)
        time.sleep(0.1)
    return found


def inner(t, family=4, length=None, **more):
    """A packet from an address that was not used before; of the largest size, with DF, if nothing else is said."""
    global source
    source += 1
    if family == 4:
        more = {"df": 1, "ident": 0x1000 + source, **more}
    return datagram(t.left_of(source, family), t.right[family], length or t.inner(1500), seed=source, **more)


def out(t, *packets):
    """What leaves of them."""
    for _ in range(10):
        esp = [p for p in net.exchange("a0", *packets)["r1"] if p.is_esp and p.src == G1[t.outer]]
        if esp:
            return esp
    raise RuntimeError("nothing leaves")


def error(t, packet, mtu, quote=None):
    """The router says that a packet was too big."""
    if t.outer == 4:
        return icmp4(R1[4], G1[4], 3, 4, mtu, packet.raw[:quote or 548])
    return icmp6(R1[6], G1[6], 2, 0, mtu, packet.raw[:quote or 1232])


def teach(t, mtu):
    """Has a path MTU learned. The sender says DF=0, so that nobody is told."""
    before = net.stats()
    esp = out(t, inner(t, length=t.inner(state(t)[0][0]), df=0))
    net.exchange("r1", error(t, esp[-1], mtu))
    if net.counted(before).get("pmtu_accepted") != 1:
        raise RuntimeError(f"{t}: {mtu} is not learned: {net.counted(before)}")


def judged(f, before, **wanted):
    """What was counted of ICMP, both ways."""
    got = {k: v for k, v in net.counted(before).items() if k.startswith(("icmp_", "pmtu_"))}
    f.same(got, {k: v for k, v in wanted.items() if v}, "counted")


def answers(f, caught, mtu, *packets):
    """Each of these packets' senders is told once, quoting its own packet; and nobody else is."""
    got = [p for p in caught["a0"] if p.answer()]
    f.same([(p.src, p.dst, p.answer()[0], p.answer()[1].hex(), p.len - p.hdr - 8, p.good) for p in got],
           [(OWN[p.version], p.src, max(mtu, 1280) if p.version == 6 else mtu, forwarded(p.raw, 1)[:QUOTED].hex(),
             QUOTED, True) for p in map(Packet, packets)], "answers")


def forget(*ts):
    net.espgw(*(f"pmtu del {name(t)}" for t in ts))


class PmtuMonitor(Monitor):
    """Keeps what is told of path MTUs in the log."""

    def events(self, wait=0, object_=None):
        found = super().events(wait, object_)
        for e in found:
            if e["object"] == "pmtu":
                log.setdefault(int(e["spi"], 16), []).append(e)
        return found


monitor = PmtuMonitor(net, "pmtu sa")
net.espgw(next(V4.commands()).replace(f"spi {V4.spi_out:#x} reqid {V4.reqid}", f"spi {MARKER:#x} reqid 77"))

# ---- age, while other things are looked at ----

net.espgw(f"pmtu set {name(HOLD)} mtu 1450 age 10")
for t in HOLD, FOREVER, AGED:
    teach(t, 1400)

# ---- the sender inside is told at once ----

is_async = asynchronous()
net.espgw(*ASYNC.commands())
net.ip("g2", ASYNC.xfrm())
for t in V4, V6, NATT, ASYNC:
    for family in 4, 6:
        f, p = Faults(), inner(t, family)
        forget(t)
        net.mtu(r2=1400)
        before = net.stats()
        caught = net.exchange("a0", p)
        net.mtu(r2=1500)
        f.same([e.len for e in caught["r1"] if e.is_esp], [t.outer_len(t.inner(1500))], "sent")
        f.same(caught["b0"], [], "at b")
        answers(f, caught, t.inner(1400), p)
        judged(f, before, pmtu_accepted=1, icmp_answered=1, icmp_relayed=1)
        if t is ASYNC:
            f.same(net.counted(before).get("out_async", 0), 1, "asynchronous")
        text = f"{t}: the sender of the IPv{family} packet that a router dropped is told at once, with its own header"
        if t is ASYNC and not is_async:
            ok(True, f"{text} # SKIP this kernel has no {ASYNC_CIPHER}")
        else:
            f.point(text)

for t, wanted in (V4, 1400), (V6, 1400), (NATT, 1400):
    f = Faults()
    forget(t)
    packets = [inner(t, 4 if i % 3 else 6) for i in range(9)]
    esp = out(t, *packets)
    messages = [error(t, e, wanted) for e in esp]
    before = net.stats()
    caught = net.exchange("r1", *messages)
    answers(f, caught, t.inner(wanted), *packets)
    judged(f, before, pmtu_accepted=1, pmtu_rej_not_lower=8, icmp_answered=9, icmp_relayed=9)
    before = net.stats()
    answers(f, net.exchange("r1", *messages), 0)
    judged(f, before, pmtu_rej_not_lower=9)
    forget(t)
    before = net.stats()
    answers(f, net.exchange("r1", messages[-1]), 0)
    judged(f, before, pmtu_accepted=1)
    f.point(f"{t}: nine packets under way, nine senders told; what is said again is not told again")


def segment(family, size, n):
    """A TCP super-packet of n segments, and the segments."""
    global source
    source += 1
    src, dst = V4.left_of(source, family), V4.right[family]
    fixed = {"df": 1, "ident": 0x7000} if family == 4 else {}

    def packet(i, data, check):
        h = struct.pack("!HHIIBBHHH", 1000, 2000, 1 + i * size, 1, 5 << 4, 0x10, 1000, 0, 0)
        c = checksum(pseudo(src, dst, TCP, 20 + len(data)) + (h + data if check else b""))
        h = h[:16] + struct.pack("!H", c if check else ~c & 0xffff) + h[18:]
        if family == 4:
            return ip4(src, dst, TCP, h + data, **{**fixed, "ident": fixed["ident"] + i})
        return ip6(src, dst, TCP, h + data)

    data = pattern(size * n, source)
    return packet(0, data, False), [packet(i, data[i * size:(i + 1) * size], True) for i in range(n)]


for family in 4, 6:
    f = Faults()
    forget(V4)
    net.mtu(r2=1400)
    hdr = 40 if family == 4 else 60
    whole, segments = segment(family, V4.inner(1500) - hdr, 5)
    before = net.stats()
    net.ports["a0"].send_gso(whole, V4.inner(1500) - hdr, hdr)
    caught = net.settle()
    net.mtu(r2=1500)
    answers(f, caught, V4.inner(1400), *segments)
    judged(f, before, pmtu_accepted=1, pmtu_rej_not_lower=4, icmp_answered=5, icmp_relayed=5)
    f.same(net.counted(before).get("out_gso"), 1, "super-packets")
    f.point(f"an IPv{family} TCP super-packet whose five segments a router drops: each is told of")

# Nobody to tell
f = Faults()
forget(V4)
net.espgw(f"policy add src 10.1.0.0/16 dst 239.1.1.0/24 action protect reqid {V4.reqid} src {G1[4]} dst {G2[4]}",
          f"policy add src fd01::/16 dst ff15::/16 action protect reqid {V4.reqid} src {G1[4]} dst {G2[4]}")
body = pattern(V4.inner(1500) - 28, 7)
silent = {"DF=0": inner(V4, df=0),
          "an ICMP error": icmp4(V4.left_of(900, 4), V4.right[4], 3, 1, 0, body, df=1),
          "a later fragment": ip4(V4.left_of(901, 4), V4.right[4], UDP, pattern(V4.inner(1500) - 20), df=1, off=1480),
          "an ICMPv6 error": icmp6(V4.left_of(902, 6), V4.right[6], 1, 0, 0, body[:-20])}
multicast = {"IPv4 multicast": datagram("10.1.7.7", "239.1.1.1", V4.inner(1500), df=1),
             "IPv6 multicast": datagram("fd01::77", "ff15::1", V4.inner(1500))}
for port, packets in ("a0", silent), ("w1", multicast):
    for what, p in packets.items():
        forget(V4)
        esp = [e for e in net.exchange(port, p)["r1"] if e.is_esp]
        f.same([e.len for e in esp], [1500], f"{what}: sent")
        before = net.stats()
        caught = net.exchange("r1", *(error(V4, e, 1400) for e in esp))
        f.same([x for n in ("a0", "r1") for x in caught[n]], [], f"{what}: answers")
        judged(f, before, pmtu_accepted=1)
f.point("no answer to DF=0, ICMP errors, later fragments and multicast")

f = Faults()
forget(V4)
net.espgw(f"sa set dir out {name(V4)} icmp-answer off")
esp, before = out(V4, inner(V4)), net.stats()
answers(f, net.exchange("r1", error(V4, esp[0], 1400)), 0)
judged(f, before, pmtu_accepted=1)
net.espgw(f"sa set dir out {name(V4)} icmp-answer on")
f.point("icmp-answer off: learned, and nobody is told")

f = Faults()
forget(NATT)
time.sleep(0.2)
esp, before = out(NATT, inner(NATT)), net.stats()
answers(f, net.exchange("r1", error(NATT, esp[0], 1400, quote=28)), 0)
judged(f, before, pmtu_hint=1)
f.point("NAT-T: a hint does not say whose packet it was: nobody is told")

f = Faults()
forget(V4)
packets = [datagram("10.1.9.9", V4.right[4], V4.inner(1500), df=1, ident=i) for i in range(70)]
esp, before, begun = out(V4, *packets), net.stats(), time.monotonic()
caught = net.exchange("r1", *(error(V4, e, 1400) for e in esp))
n = net.counted(before)
sent, took = n.get("icmp_answered", 0), time.monotonic() - begun
f.same(50 <= sent <= 50 + 10 * took + 1, True, f"{sent} answers in {took:.1f} s")
f.same((len([p for p in caught["a0"] if p.answer()]), n.get("icmp_relayed"), n.get("icmp_suppressed", 0)),
       (sent, sent, 70 - sent), "answers that arrived, relayed, suppressed")
judged(f, before, pmtu_accepted=1, pmtu_rej_not_lower=69, icmp_answered=sent, icmp_relayed=sent,
       icmp_suppressed=70 - sent)
f.point("of 70 packets of one sender 50 are answered, and 10 for each second; the others are counted")

# ---- behind source NAT on the gateway ----
nft = ["ip", "netns", "exec", net.ns["g1"], "nft", "-f", "-"]
net.espgw(f"policy add src 10.9.9.0/24 dst 10.2.1.0/24 action protect reqid {V4.reqid} src {G1[4]} dst {G2[4]}")
net.espgw(f"policy add src {G1[4]}/32 dst 10.2.1.0/24 action protect reqid {V4.reqid} src {G1[4]} dst {G2[4]}")
for what, to in ("snat", "snat to 10.9.9.9"), ("masquerade", "masquerade"):
    f = Faults()
    subprocess.run(nft, check=True, text=True, input=f"""table ip nat {{ chain out {{
        type nat hook postrouting priority 100; oifname wan ip saddr 10.1.0.0/16 meta l4proto udp {to}; }}; }}""")
    forget(V4)
    net.mtu(r2=1400)
    p, before = Packet(inner(V4)), net.stats()
    caught = net.exchange("a0", p.raw)
    net.mtu(r2=1500)
    f.same([e.len for e in caught["r1"]], [1500], "sent")
    got = [(q.src, q.dst, q.answer()[0], Packet(q.answer()[1])) for q in caught["a0"] if q.answer()]
    f.same([(s, d, m, q.src, q.dst, q.id, q.len, q.sport, q.dport) for s, d, m, q in got],
           [(OWN[4], p.src, V4.inner(1400), p.src, p.dst, p.id, p.len, p.sport, p.dport)], "answers")
    judged(f, before, pmtu_accepted=1, icmp_answered=1, icmp_relayed=1)
    subprocess.run(nft, check=True, text=True, input="delete table ip nat")
    f.point(f"{what} on the gateway: the sender is told, of its packet as it was before")
forget(V4, V6, NATT, ASYNC)

# ---- age ----

f = Faults()
events = wait_told(AGED, 2, 20)
f.same(words(events), [("lowered", 1400, "icmp"), ("expired", 1500, "device")], "events")
f.same(1.9 < events[-1]["time"] - events[0]["time"] < 8, True, "the time between them")
f.same([(e["expires_s"], e["learned_s"]) for e in events], [(2, 0), (None, None)], "expires, learned")
teach(AGED, 1400)
events = wait_told(AGED, 2, 20)
f.same(words(events), [("lowered", 1400, "icmp"), ("expired", 1500, "device")], "events of the second time")
f.same(1.9 < events[-1]["time"] - events[0]["time"] < 8, True, "the time between them")
f.point("pmtu-age 2: forgotten after two seconds, with an event, and so again")

f = Faults()
f.same(words(told(FOREVER.spi_out)), [("lowered", 1400, "icmp")], "events")
row = rows()[FOREVER.spi_out]
f.same((row["pmtu"], row["source"], row["expires_s"], row["learned_s"] > 4), (1400, "icmp", None, True), "row")
f.point("pmtu-age infinite: it stays")

# A claim below the floor: the router has to fragment
f = Faults()
net.ip("r", [f"route add {G2[4]}/32 dev r2 mtu 500"])
before = net.stats()
caught = net.exchange("a0", inner(FLOOR, length=1400, df=0))
f.same(([p.df for p in caught["r1"] if p.is_esp], caught["b0"]), ([True], []), "the packet that is lost")
judged(f, before, pmtu_accepted=1)
now = rows()[FLOOR.spi_out]
f.same([now[k] for k in ("pmtu", "inner_mtu", "source", "locked", "floor")],
       [576, FLOOR.inner(576), "icmp", True, 576], "row")
caught = net.exchange("a0", inner(FLOOR, length=1400, df=0))
f.same([(p.df, p.len <= 576) for p in caught["r1"] if p.src == G1[4]], [(False, True)] * 3, "pieces")
f.same(caught["r2"], [], "what gateway 2 says to the router")
f.same(sum(p.len - p.hdr for p in caught["b0"]), 1380, "payload at b")
net.ip("r", [f"route del {G2[4]}/32 dev r2"])
events = wait_told(FLOOR, 2, 30)
f.same([(e["event"], e["pmtu"], e["locked"]) for e in events], [("lowered", 576, True), ("expired", 1500, False)],
       "events")
f.same([p.df for p in out(FLOOR, inner(FLOOR, df=0))], [True], "DF again")
f.point("a path of 500: the floor of 576, locked, and DF=0 for the router to fragment; with its age all that ends")

# ---- old routers that do not say how much ----
f = Faults()
for wanted in 1492, 1400, 1280, 1006:
    esp = out(STEPS, inner(STEPS, length=STEPS.inner(state(STEPS)[0][0]), df=0))
    net.exchange("r1", error(STEPS, esp[0], 0))
    f.same(state(STEPS), [(wanted, "icmp")], "row")
esp = out(STEPS, inner(STEPS, length=STEPS.inner(1006), df=0))
net.exchange("r1", error(STEPS, esp[0], 0))
now = rows()[STEPS.spi_out]
f.same((now["pmtu"], now["locked"], now["accepted"], now["rejected"]), (576, True, 5, 0), "the plateau below the floor")
f.same(words(told(STEPS.spi_out)), [("lowered", n, "icmp") for n in (1492, 1400, 1280, 1006, 576)], "events")
f.point("an MTU of 0 again and again: plateau by plateau, down to the floor")

# ---- a cap ----
f = Faults()
net.espgw(f"sa set dir out {name(CAPPED)} mtu-cap 1350")
f.same(state(CAPPED), [(1350, "default")], "with a cap")
esp, before = out(CAPPED, inner(CAPPED, length=CAPPED.inner(1350), df=0)), net.stats()
f.same([p.len for p in esp], [1348], "the longest that leaves")
net.exchange("r1", error(CAPPED, esp[0], 1347))
judged(f, before, pmtu_accepted=1)
f.same(state(CAPPED), [(1347, "icmp")], "learned below it")
net.espgw(f"sa set dir out {name(CAPPED)} mtu-cap 1300")
f.same(state(CAPPED), [(1300, "default")], "a cap below that")
net.espgw(f"sa set dir out {name(CAPPED)} mtu-cap none")
f.same(state(CAPPED), [(1347, "icmp")], "without a cap")
f.point("mtu-cap: the lesser of what is capped and learned counts, and source says which")

# ---- what shows it ----
f = Faults()
net.espgw(f"pmtu set {name(STATIC)} mtu 1390", f"pmtu set {name(LOCKED)} mtu 1380 lock",
          f"pmtu set {name(LOWERED)} mtu 1450 age 900")
teach(LOWERED, 1410)
teach(V4, 1400)
teach(V6, 1400)
f.same(words(told(LOWERED.spi_out)), [("set", 1450, "static"), ("lowered", 1410, "icmp")], "events")
text = subprocess.run([ESPGW, "-n", net.ns["g1"], "pmtu", "show"], stdout=subprocess.PIPE, text=True).stdout
for t, mtu, origin in ((STATIC, 1390, "static"), (LOCKED, 1380, "static locked"),
                       (CAPPED, 1347, r"icmp expires in [0-9ms]+ learned [0-9ms]+ ago"),
                       (FOREVER, 1400, r"icmp learned [0-9ms]+ ago")):
    line = (rf"spi 0x{t.spi_out:08x} dst {G2[4]} src {G1[4]} reqid {t.reqid}\s+pmtu {mtu} bytes "
            rf"inner-mtu {t.inner(mtu)} bytes source {origin}\s+floor 576 bytes cap none accepted \d+ rejected \d+")
    f.same(bool(re.search(line, text)), True, line)
if f:
    f.append(text)
f.point("pmtu show in words: where it is from, since when, for how long, how often it was told")

f = Faults()
teach(STATIC, 1300)
f.same(state(STATIC), [(1300, "icmp")], "lowered")
saved = subprocess.run([ESPGW, "-n", net.ns["g1"], "save"], stdout=subprocess.PIPE, text=True).stdout
f.same([line.split(" mtu ")[1] for t in (STATIC, LOCKED, LOWERED, V4) for line in saved.splitlines()
        if line.startswith("pmtu set") and f"spi 0x{t.spi_out:08x}" in line], ["1390", "1380 lock"], "saved")
f.point("save has what was set by hand to stay, also while something else was learned, and nothing that passes")
net.espgw(f"pmtu set {name(STATIC)} mtu 1390")
told(STATIC.spi_out)

# ---- SAs of one path ----
f = Faults()
teach(KEYED, 1400)
again = list(KEYED.commands())
KEYED2, EF = 0x300e, 0x400e
net.espgw(again[0].replace(f"spi {KEYED.spi_out:#x}", f"spi {KEYED2:#x}"))
f.same(state(KEYED, KEYED2), [(1400, "icmp")] * 2, "the old and the new SA")
esp = out(KEYED, inner(KEYED, length=1000))
f.same([p.spi for p in esp], [KEYED2], "the new one is used")
net.espgw(f"sa del dir out {name(KEYED)}")
f.same(state(KEYED2), [(1400, "icmp")], "without the old one")
f.same([p.len <= 1400 for p in out(KEYED, inner(KEYED, df=0))], [True, True], "pieces")
f.point("a rekeyed SA inherits")

f = Faults()
told(KEYED2)
net.espgw(again[0].replace(f"spi {KEYED.spi_out:#x}", f"spi {EF:#x}") + " class 46",
          again[0].replace(f"spi {KEYED.spi_out:#x} reqid {KEYED.reqid}", "spi 0x500e reqid 99"),
          again[0].replace(f"dst {G2[4]} spi {KEYED.spi_out:#x}", f"dst 198.51.100.9 spi 0x600e"))
f.same(state(EF, 0x500e, 0x600e), [(1400, "icmp"), (1500, "device"), (1500, "device")], "a new class, reqid, endpoint")
esp = out(KEYED, inner(KEYED, length=KEYED.inner(1400), df=0, tos=46 << 2))
f.same([(p.spi, p.seq) for p in esp], [(EF, 1)], "the class has an SA of its own")
net.exchange("r1", error(KEYED, esp[0], 1300))
f.same(state(KEYED2, EF, 0x500e, 0x600e), [(1300, "icmp")] * 2 + [(1500, "device")] * 2, "what one learned")
f.same([words(told(spi)) for spi in (KEYED2, EF, 0x500e, 0x600e)], [[("lowered", 1300, "icmp")]] * 2 + [[]] * 2,
       "events")
f.same([rows()[spi]["accepted"] for spi in (KEYED2, EF)], [2, 2], "accepted")
f.point("SAs of one reqid and endpoints share, whatever their class; others do not")

f = Faults()
net.espgw(*(f"sa del dir out dst {G2[4]} spi {spi:#x}" for spi in (KEYED2, EF, 0x500e)),
          "sa del dir out dst 198.51.100.9 spi 0x600e")
net.espgw(again[0])
f.same(state(KEYED), [(1300, "icmp")], "after a time without SA, while its policies wait")
net.espgw(f"sa del dir out {name(KEYED)}", f"sa del dir in dst {G1[4]} spi {KEYED.spi_in:#x}",
          "policy del src 10.1.0.0/16 dst 10.2.14.0/24", "policy del src fd01::/16 dst fd02:0:e::/48")
net.espgw(*again)
now = rows()[KEYED.spi_out]
f.same((now["pmtu"], now["source"], now["accepted"]), (1500, "device", 0), "after all of it was gone")
f.point("a path is forgotten with the last SA and policy that name it")

# ---- another way ----

def way(*commands, rerouted=()):
    """Changes routes; what is told of it, and how the table is then."""
    f = Faults()
    skip_told()
    net.ip("g1", commands)
    rows()
    gather()
    f.same({spi: words(e) for spi, e in log.items() if spi != HOLD.spi_out},
           {t.spi_out: [("rerouted", *w)] for t, w in rerouted}, "events")
    return f


def fixed(f):
    f.same(state(STATIC, LOCKED), [(1390, "static"), (1380, "static")], "set by hand")


net.ip("r", ["addr add 192.0.2.253/24 dev r1", "addr add 2001:db8:1::fd/64 dev r1 nodad"])
net.ip("g1", [f"link add wan2 type veth peer name r3 netns {net.ns['r']}", "addr add 203.0.113.1/24 dev wan2",
              "addr add 2001:db8:3::1/64 dev wan2 nodad", "link set wan2 up"])
net.ip("r", ["addr add 203.0.113.254/24 dev r3", "addr add 2001:db8:3::fe/64 dev r3 nodad", "link set r3 up"])
net.ports["r3"] = Port(net, "r3", net.ns["r"], "r3", net.ns["g1"], "wan2")

teach(KEYED, 1400)
f = way("route add 198.51.100.0/24 via 192.0.2.254", "route add 2001:db8:2::/64 via 2001:db8:1::fe")
f.extend(way("route del 198.51.100.0/24", "route del 2001:db8:2::/64"))
f.same(state(V4, V6, LOWERED, CAPPED, KEYED), [(n, "icmp") for n in (1400, 1400, 1410, 1347, 1400)], "rows")
fixed(f)
f.point("a new route that leads the same way: nothing is forgotten")

device = 1500, "device"
learned = [(t, device) for t in (V4, CAPPED, KEYED, FOREVER, STEPS)] + [(LOWERED, (1450, "static"))]
f = way("route add 198.51.100.0/24 via 192.0.2.253", rerouted=learned)
f.same(state(V4, V6, LOWERED), [device, (1400, "icmp"), (1450, "static")], "rows")
f.same(rows()[STEPS.spi_out]["locked"], False, "the lock at the floor")
fixed(f)
f.same([p.len for p in out(V4, inner(V4, df=0))], [1500], "what leaves")
f.point("another gateway: what was learned is forgotten, with an event, what was set by hand stays")

teach(V4, 1420)
f = way("route replace 198.51.100.0/24 via 203.0.113.254", "route add 2001:db8:2::/64 via 2001:db8:3::fe",
        rerouted=[(V4, device), (V6, device)])
fixed(f)
for t in V4, V6:
    caught = net.exchange("a0", inner(t, df=0) if t is V4 else inner(t, 6))
    if not caught["r3"]:  # a device that is new may not be ready yet to look for its neighbour; it tries again
        time.sleep(2)
        caught = {n: caught[n] + more for n, more in net.settle().items()}
    f.same([[p.is_esp and p.len for p in caught[n]] for n in ("r1", "r3")], [[], [t.outer_len(t.inner(1500))]],
           f"{t}: at r1, r3")
f.point("another device, IPv4 and IPv6: likewise")

f = Faults()
skip_told()
for mtu in 1460, 1500, 1700:
    net.ip("g1", [f"link set wan2 mtu {mtu}"])
    f.same(state(V4, V6, STATIC), [(mtu, "device")] * 2 + [(1390, "static")], "rows")
    for t in V4, V6, STATIC, KEYED:
        want = (1390, "static") if t is STATIC else (mtu, "device")
        f.same(words(told(t.spi_out)), [("device", *want)], f"{t.i}: events")
net.ip("g1", ["link set wan2 mtu 1500", "link set wan mtu 1480", "link set wan mtu 1500"])
for t in V4, V6, STATIC, KEYED:
    f.same([e["pmtu"] for e in told(t.spi_out)], [1390 if t is STATIC else 1500], f"{t.i}: events of the other device")
f.point("the outer device's MTU counts at once, down and up, with events; another device's does not")

f = way("route replace 198.51.100.0/24 via 203.0.113.254 mtu 1440")
f.same(state(V4, STATIC), [(1440, "device"), (1390, "static")], "rows")
f.point("the outer route's own MTU counts")
f = way("route del 198.51.100.0/24", "route del 2001:db8:2::/64")
f.same(state(V4, V6), [device] * 2, "rows")
f.point("back: nothing is told where nothing was known")

# ---- events ----
f = Faults()
teach(V4, 1400)
net.espgw(f"pmtu set {name(V4)} mtu 1300 lock", f"pmtu del {name(V4)}", f"pmtu del {name(V4)}",
          f"pmtu set {name(V4)} mtu 1333")
forget(V4)
events = told(V4.spi_out)
f.same(words(events), [("lowered", 1400, "icmp"), ("set", 1300, "static"), ("del", 1500, "device"),
                       ("set", 1333, "static"), ("del", 1500, "device")], "events")
row = rows()[V4.spi_out]
for e in events:
    f.same(sorted(e), sorted({*row, "time", "object", "event"}), e["event"])
f.same((e["dst"], e["src"], e["reqid"], e["inner_mtu"]), (G2[4], G1[4], V4.reqid, V4.inner(1500)), "its row")
f.point("an event is a row of the table, with time, object and event")

# ---- what was lowered comes back; and a raise waits a minute after another ----
f = Faults()
events = []
end = time.monotonic() + 90
while time.monotonic() < end and len(events) < 4:
    events += [e for e in wait_told(HOLD, 1, 5) if e["event"] != "device"]
f.same(words(events), [("set", 1450, "static"), ("lowered", 1400, "icmp"), ("expired", 1450, "static"),
                       ("expired", 1500, "device")], "events")
times = [e["time"] for e in events]
if not f:
    f.same((1.9 < times[2] - times[1] < 8, 59.9 < times[3] - times[2] < 67), (True, True), f"times {times}")
f.point("what was set by hand and lowered comes back, and its own end waits a minute after that")

# ---- another way, of two SAs one after the other ----
# Without the monitor: to tell of all SAs of a path their routes are looked up, all at the same time.
monitor.p.terminate()
monitor.p.wait()
f = Faults()
forget(KEYED)
net.espgw(again[0].replace(f"spi {KEYED.spi_out:#x}", f"spi {EF:#x}") + " class 46")
f.same([p.spi for p in out(KEYED, inner(KEYED, length=99), inner(KEYED, length=99, tos=46 << 2))], [KEYED.spi_out, EF],
       "the SAs")
net.ip("g1", ["route add 198.51.100.0/24 via 192.0.2.253"])
esp = out(KEYED, inner(KEYED, df=0))
net.exchange("r1", error(KEYED, esp[0], 1400))
f.same([p.spi for p in out(KEYED, inner(KEYED, length=99, tos=46 << 2))], [EF], "the other one")
f.same(state(KEYED, EF), [(1400, "icmp")] * 2, "rows")
net.ip("g1", ["route del 198.51.100.0/24"])
net.espgw(f"sa del dir out dst {G2[4]} spi {EF:#x}")
f.point("another gateway: what one SA has learned of the new way stays when the next SA goes it")

# ---- hosts: one packet is lost ----

B = {4: "10.2.0.2", 6: "fd02::2"}
A = {4: "10.1.0.2", 6: "fd01::2"}


class Crossing:
    """Host a and host b talk, one question and one answer at a time, while a link on the way becomes narrower."""

    def __init__(self, kind, family):
        self.kind, self.family = kind, family
        af = {4: socket.AF_INET, 6: socket.AF_INET6}[family]
        self.a, self.b = (net.socket(ns, af, socket.SOCK_STREAM if kind == "TCP" else socket.SOCK_DGRAM) for ns in "ab")
        self.b.bind((B[family], 7000))
        if kind == "TCP":
            self.b.listen()
            self.a.setsockopt(TCP, socket.TCP_NODELAY, 1)
            self.a.settimeout(20)
            self.a.connect((B[family], 7000))
            listener, self.b = self.b, self.b.accept()[0]
            listener.close()
        else:
            level, option = (0, IP_MTU_DISCOVER) if family == 4 else (41, IPV6_MTU_DISCOVER)
            self.a.setsockopt(level, option, DO)
            self.a.connect((B[family], 7000))
            self.b.settimeout(0)
        self.a.setblocking(False)
        self.b.setblocking(False)

    def size(self):
        """The largest question that is one packet."""
        if self.kind == "TCP":
            return self.a.getsockopt(TCP, socket.TCP_MAXSEG)
        mtu = self.a.getsockopt(*((0, IP_MTU) if self.family == 4 else (41, IPV6_MTU)))
        return mtu - (28 if self.family == 4 else 48)

    def ask(self):
        """One question and its answer; the seconds that it took."""
        begun = time.monotonic()
        if self.kind == "TCP":
            left = self.a.send(pattern(self.size()))
            while left and time.monotonic() < begun + 20:
                if select.select([self.b], [], [], 1)[0]:
                    left -= len(self.b.recv(65536))
            self.b.send(b"!")
            select.select([self.a], [], [], 20)
            if self.a.recv(1) != b"!":
                raise RuntimeError("no answer")
            return time.monotonic() - begun
        again = 0
        while time.monotonic() < begun + 20:
            try:
                if time.monotonic() >= again:
                    self.a.send(pattern(self.size()))
                    again = time.monotonic() + 3
                ready = select.select([self.a, self.b], [], [], 0.1)[0]
                if self.b in ready:
                    self.b.sendto(b"!", self.b.recvfrom(65536)[1])
                if self.a in ready and self.a.recv(10) == b"!":
                    return time.monotonic() - begun
            except OSError as e:
                if e.errno != errno.EMSGSIZE:
                    raise
                again = 0  # the error tells to send less
        raise RuntimeError("no answer")

    def close(self):
        self.a.close()
        self.b.close()


def cross(kind, family):
    """(lost at the router, answers to host a, the longest wait, the largest question in the end, what was counted)"""
    for ns in "a", "g1", "g2", "b":
        for v in "-4", "-6":
            subprocess.run(["ip", v, "-n", net.ns[ns], "route", "flush", "cache"], check=True)
    c = Crossing(kind, family)
    for _ in range(5):
        c.ask()
    net.settle()
    before = net.stats()
    net.mtu(r2=1400)
    longest = max(c.ask() for _ in range(10))
    caught, now, size = net.settle(), net.counted(before), c.size()
    c.close()
    net.settle()
    net.mtu(r2=1500)
    return (len([p for p in caught["r1"] if p.is_esp and p.len > 1400]), len([p for p in caught["a0"] if p.answer()]),
            longest, size, now)


kinds = [(kind, family) for kind in ("UDP", "TCP") for family in (4, 6)]
mine = {}
for kind, family in kinds:
    f = Faults()
    forget(HOSTS)
    lost, answered, longest, size, now = cross(kind, family)
    mine[kind, family] = lost + now.get("drop_out_too_big", 0), longest
    f.same((lost, now.get("drop_out_too_big", 0)), (1, 0), "lost at the router, at the gateway")
    f.same((answered, now.get("icmp_relayed"), now.get("icmp_answered")), (1, 1, 1), "answers")
    f.same(longest < PATIENCE, True, f"the longest wait: {longest:.2f} s")
    head = {"UDP": 28, "TCP": 40 + 12}[kind] + (20 if family == 6 else 0)
    f.same(size, HOSTS.inner(1400) - head, "the largest that passes in one packet")
    f.point(f"{kind} over IPv{family} meets a narrower link: one packet is lost, and nobody waits")

# The same by the kernel's own IPsec in place of espgw
net.espgw("policy flush", "sa flush")
net.ip("g2", [f"xfrm state del src {src} dst {dst} proto esp spi {spi:#x}" for src, dst, spi in
              ((G2[4], G1[4], ASYNC.spi_in), (G1[4], G2[4], ASYNC.spi_out))])
if is_async:
    synchronous()
turned = {"out": "fwd", "fwd": "out"}  # what is gateway 2's way out is gateway 1's way in
net.ip("g1", [re.sub(r"dir (out|fwd)", lambda m: "dir " + turned[m[1]], c) for c in HOSTS.xfrm()
              if " dir in " not in c])
f = Faults()
for kind, family in kinds:
    lost, answered, longest, *_ = cross(kind, family)
    print(f"{kind} over IPv{family}: {lost + answered} lost with kernel xfrm, {mine[kind, family][0]} with espgw; "
          f"longest wait {longest:.2f} s, {mine[kind, family][1]:.2f} s")
    f.same(lost >= 1, True, f"{kind} over IPv{family}: lost at the router")
f.point("kernel xfrm in its place meets the same")
done()
