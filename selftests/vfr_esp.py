# SPDX-License-Identifier: GPL-2.0
"""ESP in fragments, and what enables and ends VFR."""

import random

from pieces import *

net = Fragments(tunnel=False)
rnd = random.Random(int(os.environ.get("ESPGW_SEED", "4"), 0))
V4, V6, NATT = Tunnel(1, "null-sha256"), Tunnel(2, "null-sha256", outer=6), Tunnel(3, "null-sha256", natt=True)
tunnels = [V4, V6, NATT]


def features(way, dev="wan"):
    """Whether it is enabled, and who needs it."""
    row = next(r for r in net.show("vfr show") if (r["dev"], r["dir"]) == (dev, way))
    return row["enabled"], {x["feature"]: x["users"] for x in row["features"]}


def enabled(what, way_in, way_out):
    """A point: who needs it now, in and out."""
    f = Faults()
    f.same(features("in"), (bool(way_in), way_in), "in")
    f.same(features("out"), (bool(way_out), way_out), "out")
    f.point(what)


enabled("nothing needs it: it is disabled", {}, {})
for t in tunnels:
    net.espgw(*t.commands())
net.xfrm_tunnels(tunnels, flags="nopmtudisc")
enabled("inbound SAs enable it, inwards", {"esp": 2, "natt": 1}, {})

# ---- ESP in fragments ----

SIZES = range(1250, 1380, 13)


def reassembled(family):
    """What the stack of gateway 1 was given to reassemble: datagrams' fragments."""
    with net.inside(net.ns["g1"]):
        if family == 6:
            with open("/proc/net/snmp6") as x:
                return next(int(line.split()[1]) for line in x if line.startswith("Ip6ReasmReqds"))
        with open("/proc/net/snmp") as x:
            names, values = (line.split() for line in x if line.startswith("Ip:"))
            return int(values[names.index("ReasmReqds")])


for t in tunnels:
    # A link on the way, or the peer's own, carries less than ESP needs.
    net.ip("r", [f"link set r1 mtu {1280 if t.outer == 4 else 1500}"])
    net.ip("g2", [f"link set wan mtu {1500 if t.outer == 4 else 1280}"])
    for family in (4, 6) if t.outer == 4 else (4,):
        f, watch = Faults(), Watch(net)
        before = net.stats()
        src = t.right[family]
        sent = [pattern(n, n) for n in SIZES]
        dst = "10.1.64.1" if family == 4 else "fd01:0:40::1"
        packets = [(ip4 if family == 4 else ip6)(src, dst, UDP, udp(src, dst, data, 999, PUBLIC)) for data in sent]
        caught = net.exchange("b0", *packets)
        pieces = [p for p in caught["r2"] if p.off or p.mf]
        n = len(sent)
        f.same([p.raw for p in caught["a0"]], [forwarded(p) for p in packets], "packets at a")
        f.same(net.received(), {("a", PUBLIC): [(src, data) for data in sent]}, "datagrams")
        # The router cut what it forwarded into two.
        f.same(len(pieces), 2 * n if t.outer == 6 else 0, "fragments as the peer sent them")
        watch.same(f, {"in": {"frags": 2 * n, "reqds": n, "oks": n}})
        f.same(net.counted(before).get("in_reassembled"), n, "counted as reassembled")
        net.empty(f, "in")
        f.point(f"ESP that xfrm sent and that arrives in fragments is decrypted: {t}, IPv{family} inside")
net.ip("r", ["link set r1 mtu 1500"])
net.ip("g2", ["link set wan mtu 1500"])

SPI = 0x2fff  # what is made here comes by SAs of their own
net.espgw(*(f"sa add dir in src {G2[x]} dst {G1[x]} spi {SPI:#x} reqid {t.reqid} {t.alg.words(t.alg.espgw, SPI)}"
            for x, t in ((4, V4), (6, V6))))
enabled("one more SA, one more user", {"esp": 4, "natt": 1}, {})
seqs = iter(range(1, 1000))


def esp_pieces(t, n=600, count=3):
    """(the inner packet, its ESP packet's fragments, their packets)."""
    src, dst = t.right[4], "10.1.64.1"
    inner = ip4(src, dst, UDP, udp(src, dst, pattern(n, n), 999, PUBLIC))
    whole = t.esp(SPI, next(seqs), inner)[20 if t.outer == 4 else 40:]
    ends = [len(whole) * i // count // 8 * 8 for i in range(1, count)]
    pieces, ident = cut(whole, *(b - a for a, b in zip([0] + ends, ends))), next(idents)
    return inner, pieces, [quick(G2[t.outer], G1[t.outer], p, ident, ESP) for p in pieces], ident


for t in V4, V6:
    f, watch = Faults(), Watch(net)
    inner, packets = [], []
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)):
        i, _, p, _ = esp_pieces(t)
        inner.append(i)
        packets += [p[k] for k in order]
    caught = net.exchange("r1", *packets)
    f.same([p.raw for p in caught["a0"]], [forwarded(i, 1) for i in inner], "packets at a")
    watch.same(f, {"in": {"frags": 12, "reqds": 4, "oks": 4, "held": 4}})
    f.point(f"in any order: {t}")
net.received()

# An attacker who sees it pass adds a fragment as if from the peer.
for t in V4, V6:
    for mode in "auto", "off":
        net.espgw(f"vfr set dev wan dir in {mode}")
        f, watch, to_stack = Faults(), Watch(net), reassembled(t.outer)
        _, pieces, packets, ident = esp_pieces(t)
        a, b, c = packets
        middle = pieces[1]
        evil = quick(G2[t.outer], G1[t.outer], Piece(middle.off + 8, bytes(len(middle.data))), ident, ESP)
        before = net.stats()
        caught = net.exchange("r1", a, b, evil, c)
        f.same([p.raw for p in caught["a0"]], [], "packets at a")
        counted = net.counted(before)
        if mode == "auto":
            watch.same(f, {"in": {"frags": 4, "reqds": 1, "overlap": 1, "dead": 1}})
            if t.outer == 4:
                f.same(reassembled(4) - to_stack, 2, "fragments that the stack was given to reassemble")
            f.point(f"an attacker's fragment that overlaps ESP is stopped before it is reassembled: {t}")
        else:
            f.same(watch.counted()[0], {}, "counters of vfr")
            if t.outer == 4:
                f.same(reassembled(4) - to_stack, 4, "fragments that the stack was given to reassemble")
            else:
                f.same(counted.get("drop_in_reassembly", 0) >= 1, True, f"reassembled by the stack's code: {counted}")
            f.point(f"control: without VFR it is reassembled: {t}")
    net.espgw("vfr set dev wan dir in auto")

# Fragments whose first never comes fill the stack's store without VFR; with it, a part of ours.
for mode in "auto", "off":
    net.espgw("vfr set dev wan dir in off", f"vfr set dev wan dir in {mode}")
    f, watch, to_stack = Faults(), Watch(net), reassembled(4)
    net.exchange("r1", *(quick(G2[4], G1[4], Piece(64, bytes(64)), 0x2000 + i, ESP) for i in range(200)))
    if mode == "auto":
        watch.same(f, {"in": {"frags": 200, "reqds": 32, "held": 32, "drop": 168, "source_drop": 168}})
        row = net.vfr("in")[0]
        f.same((row["reassemblies"], row["held"]), (32, 32), "followed, held")
        f.same(row["bytes"] <= row["max_bytes"], True, "bytes")
    f.same(reassembled(4) - to_stack, 0 if mode == "auto" else 200, "fragments that the stack was given to reassemble")
    f.point("of a source's ESP without first fragments half the table is filled, and the stack gets none" if
            mode == "auto" else "control: without VFR it gets all")
net.espgw("vfr set dev wan dir in off", "vfr set dev wan dir in auto")

# Only what is for this host, and of this protocol, is looked at.
f, watch = Faults(), Watch(net)
src = V4.right[4]
others = [quick("192.0.2.254", "10.1.64.1", p, 77, 253) for p in cut(pattern(300), 104, 104)]
foreign = [quick("198.51.100.9", "10.1.64.1", p, 78, ESP) for p in cut(pattern(300), 104, 104)]
caught = net.exchange("r1", others[2], foreign[1])
f.same([p.raw for p in caught["a0"]], [forwarded(others[2], 1), forwarded(foreign[1], 1)], "packets at a")
f.same(watch.counted()[0], {}, "counters of vfr")
f.point("for ESP no other fragments are followed: other protocols, and ESP for others")

# ---- who needs it ----

monitor = Monitor(net, "vfr sa", nudge=f"sa set dst {G2[4]} spi {V4.spi_out:#x} dscp copy")
seen = []


def told(*wanted):
    """Events since the last look: (event, way, enabled)."""
    got = [(e["event"], e["dir"], e["enabled"]) for e in monitor.events(3 if wanted else 0.3, "vfr")]
    time.sleep(0.1)
    got += [(e["event"], e["dir"], e["enabled"]) for e in monitor.events(0, "vfr")]
    return equal(sorted(got), sorted(wanted), f"and {len(wanted)} events tell")


net.espgw("policy flush", "sa flush")
enabled("without SAs it is disabled again", {}, {})
told(("disabled", "in", False))
BYPASS = "src 10.1.0.0/16 dst 10.9.0.0/16"
net.espgw(f"policy add {BYPASS} proto udp dport 53 action bypass", f"policy add {BYPASS} proto udp sport 5-9 action bypass",
          f"policy add {BYPASS} proto gre action bypass", f"policy add {BYPASS} proto tcp action bypass",
          f"policy add {BYPASS} action discard")
enabled("policies with ports and for GRE count both ways, others do not", {"ports": 2, "gre": 1}, {"ports": 2, "gre": 1})
told(("enabled", "in", True), ("enabled", "out", True))
net.espgw(f"policy replace {BYPASS} proto udp dport 53 action discard", f"policy del {BYPASS} proto udp sport 5-9")
enabled("a policy replaced still counts once, one deleted no more", {"ports": 1, "gre": 1}, {"ports": 1, "gre": 1})
net.espgw("dev attach lan", f"policy add dev lan {BYPASS} proto udp dport 99 action bypass")
f = Faults()
f.same([features(w) for w in ("in", "out")], [(True, {"ports": 1, "gre": 1})] * 2, "wan")
f.same([features(w, "lan") for w in ("in", "out")], [(True, {"ports": 2, "gre": 1})] * 2, "lan")
f.point("a policy of a device counts there")
net.espgw("dev detach lan", "dev attach lan")
f = Faults()
f.same([features(w, "lan") for w in ("in", "out")], [(True, {"ports": 2, "gre": 1})] * 2, "lan")
f.point("also on a device attached after it")
net.espgw("dev detach lan", f"policy del dev lan {BYPASS} proto udp dport 99", f"policy del {BYPASS} proto udp dport 53")
enabled("the last user but one gone: GRE alone", {"gre": 1}, {"gre": 1})

f, watch = Faults(), Watch(net)
a, b = "10.1.64.5", "10.3.64.5"
gre = [quick(a, b, p, 5, 47) for p in cut(struct.pack("!HH", 0, 0x800) + pattern(300), 104, 104)]
other = [quick(a, b, p, 6, 253) for p in cut(pattern(300), 104, 104)]
caught = net.exchange("a0", gre[2], other[2], gre[0], gre[1])
f.same([p.raw for p in caught["r1"]], [forwarded(p, 1) for p in (other[2], gre[0], gre[2], gre[1])], "packets")
watch.same(f, {"out": {"frags": 3, "reqds": 1, "oks": 1, "held": 1}})
f.point("for GRE, fragments of GRE are followed")

# ---- by hand ----

net.espgw("vfr set dev wan dir in off", "vfr set dev wan dir out on max-reassemblies 100 timeout 5")
f = Faults()
f.same((features("in"), features("out")), ((False, {"gre": 1}), (True, {"gre": 1})), "off and on")
net.espgw("policy flush")
f.same((features("in"), features("out")), ((False, {}), (True, {})), "without users")
f.point("by hand wins")
KEYS = "mode enabled max_reassemblies max_fragments timeout_s drop_fragments max_bytes by_hand".split()


def saved():
    with net.inside(net.ns["g1"]):
        text = subprocess.run([ESPGW, "save"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return text, [line for line in text.splitlines() if line.startswith("vfr ")]


def shown():
    return [{k: net.vfr(way)[0][k] for k in KEYS} for way in ("in", "out")]


net.espgw(f"policy add {BYPASS} proto udp dport 53 action bypass",
          "vfr set dev wan dir in drop-fragments on max-bytes 70000 max-fragments 99")
net.espgw("stats reset")
f = Faults()
for way in "in", "out":
    f.same({k: v for k, v in net.vfr(way)[1].items() if k.startswith("reass_") and v}, {}, way)
f.point("stats reset sets its counters to 0")
text, lines = saved()
f, before = Faults(), shown()
f.same(lines, ["vfr set dev wan dir in off max-fragments 99 drop-fragments on max-bytes 70000",
               "vfr set dev wan dir out on max-reassemblies 100 timeout 5"], "saved")
net.espgw("policy flush", "dev detach wan", "dev attach wan")
f.same(saved()[1], [], "a device attached anew has nothing set by hand")
f.same(before == shown(), False, "it differs")
net.espgw("dev detach wan")
path = os.environ["tmp"] + "/saved"
with open(path, "w") as x:
    x.write(text)
with net.inside(net.ns["g1"]):
    subprocess.run([ESPGW, "restore", path], check=True)
f.same(shown(), before, "restored")
f.same(saved()[0], text, "saved again")
f.point("save writes what was set by hand, not what features enabled; restore brings it back")
net.espgw("vfr set dev wan dir in auto", "vfr set dev wan dir out auto")
f = Faults()
f.same([line.split(" dir ")[1].split()[:2] for line in saved()[1]],
       [["in", "max-fragments"], ["out", "max-reassemblies"]], "saved")
f.same((features("in"), features("out")), ((True, {"ports": 1}), (True, {"ports": 1})), "who needs it")
f.point("auto gives it back to the features, and is not saved")
net.espgw("policy flush", "vfr set dev wan dir out drop-fragments on")
f, watch = Faults(), Watch(net)
f.same((features("in"), features("out")), ((True, {}), (True, {})), "enabled")
caught = net.exchange("a0", *gre)
f.same([p.raw for p in caught["r1"]], [], "packets")
watch.same(f, {"out": {"frags": 3, "refused": 3}})
net.espgw("vfr set dev wan dir out drop-fragments off")
f.same(features("out"), (False, {}), "no longer")
f.point("drop-fragments needs no feature")
with net.inside(net.ns["g1"]):
    p = subprocess.run([ESPGW, "vfr", "set", "dev", "lan", "dir", "in", "on"], stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, text=True)
equal((p.returncode, p.stdout.count("\n"), "not attached" in p.stdout), (2, 1, True), "a device that is not attached is refused")

# ---- while fragments are held ----

WAY = WAYS[0], WAYS[2]  # out, and in


def hold(n=20):
    """Has so many fragments held each way; returns what 'vfr show' says then."""
    net.espgw("vfr set dev wan dir in off", "vfr set dev wan dir out off",
              *(f"vfr set dev wan dir {d} on timeout 60 max-reassemblies 64 max-fragments 16 max-bytes 1048576 "
                "drop-fragments off" for d in ("in", "out")))
    for way in WAY:
        net.send(way.link, *(quick(*way.ends(i, 3), Piece(64, bytes(1000)), next(idents)) for i in range(2, n + 2)))
    net.settle()
    return [(r["reassemblies"], r["held"], r["bytes"] > n * 1000) for r in (net.vfr(w)[0] for w in ("in", "out"))]


f = Faults()
f.same(hold(), [(20, 20, True)] * 2, "held")
watch = Watch(net)
net.espgw("vfr set dev wan dir in off", "vfr set dev wan dir out off")
ways, drops = watch.counted()
f.same(ways, {"in": {"purged": 20}, "out": {"purged": 20}}, "counters of vfr")
f.same(drops, {"drop_in_vfr": 20, "drop_out_vfr": 20}, "drops")
f.same((net.empty(f, "in"), net.empty(f, "out")), (True, True), "empty")
f.same(net.settle(), {name: [] for name in net.ports}, "packets")
f.point("VFR switched off drops what is held, and its memory is free")

f = Faults()
f.same(hold(), [(20, 20, True)] * 2, "held")
before = net.stats()
net.espgw("dev detach wan")
f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop")}, {"drop_in_vfr": 20, "drop_out_vfr": 20}, "drops")
f.same(net.settle(), {name: [] for name in net.ports}, "packets")
net.espgw("dev attach wan")
f.same((net.empty(f, "in"), net.empty(f, "out")), (True, True), "empty")
f.same(saved()[1], [], "saved")
f.point("a device detached drops what is held")

f = Faults()
f.same(hold(), [(20, 20, True)] * 2, "held")
begin = time.monotonic()
if os.environ["loaded_before"] == "1" or not os.environ.get("ESPGW_KO"):
    ok(True, "the module unloads # SKIP it was loaded before")
else:
    net.espgw("policy flush", "sa flush")
    net.tools.pop("g1").communicate()
    monitor.p.terminate()
    p = subprocess.run(["rmmod", "espgw"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    f.same((p.returncode, p.stdout), (0, ""), "rmmod")
    f.same(time.monotonic() - begin < 20, True, "in time")
    f.same(net.settle(), {name: [] for name in net.ports}, "packets")
    subprocess.run(["insmod", os.environ["ESPGW_KO"]], check=True)
    net.espgw("dev attach wan")
    f.point("the module is unloaded while fragments are held")

f = Faults()
f.same(hold(), [(20, 20, True)] * 2, "held")
begin = time.monotonic()
net.ip("r", ["link del r1"])
f.same(time.monotonic() - begin < 8, True, f"in time: {time.monotonic() - begin:.1f} s")
f.same([(r["dev"], r["held"], r["bytes"]) for r in net.show("vfr show")], [("wan", 0, 0)] * 2, "rows")
f.point("a device is deleted while fragments are held")
net.espgw("dev detach wan")
net.ip("g1", ["link add d0 type dummy", "link set d0 up", "route add 10.3.0.0/16 dev d0"])
net.espgw("dev attach d0", "vfr set dev d0 dir out on timeout 60")
net.send("a0", *(quick(*WAYS[0].ends(i, 3), Piece(64, bytes(1000)), next(idents)) for i in range(2, 22)))
time.sleep(0.5)
row = next(r for r in net.show("vfr show") if r["dir"] == "out")
f = Faults()
f.same((row["dev"], row["held"]), ("d0", 20), "held")
net.tools.pop("g1").communicate()
for port in net.ports.values():
    for s in port.rx, port.tx, port.gso:
        s.close()
net.sockets.clear()
begin = time.monotonic()
subprocess.run(["ip", "netns", "del", net.ns["g1"]], check=True)
while time.monotonic() < begin + 20:
    with open("/sys/module/espgw/refcnt") as x:
        if x.read().strip() == "0":
            break
    time.sleep(0.1)
if os.environ["loaded_before"] == "0" and os.environ.get("ESPGW_KO"):
    p = subprocess.run(["rmmod", "espgw"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    f.same((p.returncode, p.stdout), (0, ""), "rmmod")
f.same(time.monotonic() - begin < 20, True, "in time")
f.point("a namespace is deleted while fragments are held, and the module can go then")
done()
