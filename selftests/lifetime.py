# SPDX-License-Identifier: GPL-2.0
"""The lives of SAs: each pair i has its policy, 10.1.0.0/16 - 10.3.i.0/24, and dies by itself."""

import random

from peer import *

LAST = 0xffffffff


def pair(i, out="", in_=""):
    net.espgw(sa_out(0x1000 + i, i, out), sa_in(0x2000 + i, i, in_),
              f"policy add src 10.1.0.0/16 dst 10.3.{i}.0/24 {protect(i)}")


def out(i, n, **more):
    """Host A sends n packets; the ESP packets, and what was counted."""
    before = net.stats()
    caught = net.exchange("a0", *(packet(f"10.3.{i}.1", **more) for _ in range(n)))
    return [p for p in caught["r1"] if p.spi == 0x1000 + i], net.counted(before)


def into(i, *seqs, esn=False, **more):
    """ESP packets of these sequence numbers arrive; which of them were delivered, and what was counted."""
    before = net.stats()
    packets = {s: packet(A, src=f"10.3.{i}.1") for s in seqs}
    caught = net.exchange("r1", *(T.esp(0x2000 + i, s, packets[s], esn=esn, **more) for s in seqs))
    names = {forwarded(p, 1): s for s, p in packets.items()}
    return [names.get(p.raw) for p in caught["a0"] if p.proto == UDP], net.counted(before)


def drops(counted):
    return {k: v for k, v in counted.items() if k.startswith("drop_")}


def event(kind, spi, object_="sa"):
    """Waits for such an event; False if it does not come."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for e in events:
            if (e["object"], e.get("event"), e.get("spi")) == (object_, kind, f"{spi:#010x}"):
                return True
        events.extend(monitor.events())
        time.sleep(0.02)
    return False


def state(spi):
    return {int(r["spi"], 16): r for r in net.show("sa show")}[spi]


def espgw_fails(command):
    """The one line that it says, if it is refused by the kernel."""
    p = subprocess.run([ESPGW, "-n", net.ns["g1"], *command.split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    return p.stdout if p.returncode == 2 and p.stdout.count("\n") == 1 else f"status {p.returncode}: {p.stdout}"


pair(1)
monitor, events = Monitor(net, "sa alert"), []

# ---- the end of the sequence numbers ----

pair(2, f"seq {LAST - 2}", f"seq {LAST - 2}")
got, n = out(2, 5)
equal([p.seq for p in got], [LAST - 1, LAST], "without ESN the last sequence number is 2^32-1")
equal(drops(n), {"drop_out_seq": 1, "drop_out_no_sa": 2}, "and all further packets are dropped")
ok(event("seq", 0x1002) and event("seq", 0x1002, "alert"), "with an event and an alert", events)
equal(state(0x1002)["state"], "dead", "and the SA is dead")
equal(into(2, LAST - 1, LAST, 0, 1)[0], [LAST - 1, LAST], "nothing wraps on the way in")

pair(3, f"esn seq {LAST - 2}", f"esn seq {LAST - 2}")
got, n = out(3, 5)
f = Faults()
f.same([p.seq for p in got], [LAST - 1, LAST, 0, 1, 2], "numbers")
f.same(drops(n), {}, "drops")
for p, high in zip(got, (0, 0, 1, 1, 1)):
    text = p.payload[:-16] + struct.pack("!I", high)
    f.same(p.payload[-16:], hmac.new(key_bytes(32, 0x1003), text, "sha256").digest()[:16], f"ICV of {p.seq}, high half {high}")
f.point("with ESN the numbers go on, with a high half of 1 in the ICV")
seqs = [LAST - 1, LAST + 2, LAST, LAST + 1, LAST + 30]
equal(into(3, *seqs, esn=True)[0], seqs, "and they do on the way in, out of order too")
equal(into(3, LAST + 2, esn=True), ([], into(3, LAST + 2, esn=True)[1]), "and no number is taken twice")
equal(into(3, 2 * LAST, 5, esn=True)[0], [], "nor one of another high half")

# ---- limits ----

pair(4, "limit soft packets 2 limit hard packets 3", "limit soft packets 2 limit hard packets 3")
got, n = out(4, 1)
out(4, 1)
ok(event("soft", 0x1004), "soft limit of packets: an event", events)
equal(state(0x1004)["state"], "expiring", "and the SA is expiring")
got, n = out(4, 3)
equal((len(got), drops(n)), (1, {"drop_out_limit": 1, "drop_out_no_sa": 1}), "hard limit of packets: exactly that many leave")
ok(event("hard", 0x1004) and state(0x1004)["state"] == "dead", "then an event, and the SA is dead", events)
got, n = into(4, 1, 2, 3, 4, 5)
equal((got, drops(n)), ([1, 2, 3], {"drop_in_limit": 1, "drop_in_dead": 1}), "and as many arrive")
ok(event("soft", 0x2004) and event("hard", 0x2004), "with the same events", events)
equal(sum(e.get("event") == "soft" and e.get("spi") == "0x00001004" for e in events), 1, "a soft limit is told once")

pair(5, "limit soft bytes 150 limit hard bytes 300")
got, n = out(5, 5)
equal((len(got), drops(n)), (3, {"drop_out_limit": 1, "drop_out_no_sa": 1}), "limit of 300 bytes: three packets of 88")
ok(event("soft", 0x1005) and event("hard", 0x1005), "with events", events)

pair(6, "limit soft seconds 1 limit hard seconds 3", "limit hard seconds 3")
equal(len(out(6, 1)[0]), 1, "limits in seconds: usable at first")
ok(event("soft", 0x1006) and event("hard", 0x1006) and event("hard", 0x2006), "soft and hard are told in time", events)
equal((drops(out(6, 1)[1]), drops(into(6, 1)[1])), ({"drop_out_no_sa": 1}, {"drop_in_dead": 1}), "and then the SAs are dead")

# ---- each limit for itself ----


def soft(spi, n):
    """How many soft limits of an SA have been told, once that is n, or after a while, and a moment later."""
    def told():
        events.extend(monitor.events())
        return sum((e["object"], e.get("event"), e.get("spi")) == ("sa", "soft", f"{spi:#010x}") for e in events)

    end = time.monotonic() + 5
    while told() < n and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.2)
    return told()


def change(i, words):
    net.espgw(f"sa set dir out dst {G2[4]} spi {0x1000 + i:#x} {words}")


SIZE = 88  # of a packet
OUT, IN = 0x1000, 0x2000
three = f"limit soft packets 2 limit soft bytes {SIZE * 4} limit soft seconds 3"
pair(20, three, three)
f = Faults()
out(20, 5)
into(20, 1, 2, 3, 4, 5)
f.same((soft(OUT + 20, 3), soft(IN + 20, 3)), (3, 3), "events, out and in")
out(20, 3)
into(20, 6, 7)
f.same((soft(OUT + 20, 3), soft(IN + 20, 3)), (3, 3), "events, later")
f.point("soft limits of packets, bytes and seconds are told each for itself, once")

pair(21, *[f"limit soft packets 1 limit soft bytes {SIZE}"] * 2)
out(21, 1)
into(21, 1)
equal((soft(OUT + 21, 2), soft(IN + 21, 2)), (2, 2), "a packet that passes two of them makes two events")

pair(22, f"limit soft packets 2 limit soft bytes {SIZE}")
f = Faults()
out(22, 3)
f.same(soft(OUT + 22, 2), 2, "both limits")
for words, n, wanted in (("dscp copy", 1, 2), ("limit soft packets 6", 1, 2), ("dscp copy", 1, 3),
                         (f"limit soft bytes {SIZE * 8}", 1, 3), ("dscp copy", 1, 4), ("ecn on", 3, 4),
                         (f"limit soft packets 13 limit soft bytes {SIZE * 14}", 1, 4), ("dscp copy", 1, 5),
                         ("dscp copy", 2, 6)):
    change(22, words)
    out(22, n)
    f.same(soft(OUT + 22, wanted), wanted, f"after '{words}' and {n} more")
f.point("one that was raised is told again when it is passed again, the others are not")

pair(23, "limit soft seconds 1")
f = Faults()
f.same(soft(OUT + 23, 1), 1, "told")
age = state(OUT + 23)["age_s"]
change(23, f"limit soft seconds {age + 4}")
f.same(soft(OUT + 23, 1), 1, "told, when raised")
f.same(soft(OUT + 23, 2), 2, "told, when passed again")
f.point("so is one of seconds")

pair(24, f"limit soft packets 2 limit soft bytes {SIZE * 2}")
f = Faults()
again = sa_out(OUT + 24, 24, f"limit soft packets 4 limit soft bytes {SIZE * 5}").replace("sa add", "sa replace")
out(24, 2)
f.same(soft(OUT + 24, 2), 2, "before")
net.espgw(again)
for n, wanted in (1, 2), (1, 3), (1, 4), (2, 4):
    out(24, n)
    f.same(soft(OUT + 24, wanted), wanted, f"replaced, after {n} more")
net.espgw(again.replace(ALG.words(ALG.espgw, OUT + 24), ALG.words(ALG.espgw, 0x9998)))
for n, wanted in (3, 4), (1, 5), (1, 6), (2, 6):
    out(24, n)
    f.same(soft(OUT + 24, wanted), wanted, f"with another key, after {n} more")
f.point("sa replace: its limits are told when they are passed, with the same key by what went before")

# ---- replace and set ----

pair(7)
out(7, 3)
into(7, 1, 2, 9)
net.espgw(f"pmtu set spi 0x1007 dst {G2[4]} mtu 1400", f"{sa_out(0x1007, 7)}".replace("sa add", "sa replace"),
          f"{sa_in(0x2007, 7)}".replace("sa add", "sa replace"))
got, n = out(7, 2)
s = state(0x1007)
equal(([p.seq for p in got], s.get("packets"), s["pmtu"]), ([4, 5], 5, 1400),
      "replace with the same key: sequence numbers, counters and path MTU go on")
equal(into(7, 9, 2, 3)[0], [3], "and what was received stays received")
for spi, hard in (0x1007, 7), (0x2007, 6):
    make = sa_out if spi == 0x1007 else sa_in
    net.espgw(make(spi, 7, f"limit hard packets {hard}").replace("sa add", "sa replace"))
equal((drops(out(7, 3)[1]), drops(into(7, 10, 11, 12)[1])),
      ({"drop_out_limit": 1}, {"drop_in_limit": 1}), "and a limit counts what went before")
net.espgw(*(line.replace("sa add", "sa replace") for line in (sa_out(0x1007, 7), sa_in(0x2007, 7))))
said = espgw_fails(sa_out(0x1007, 7, "seq 2").replace("sa add", "sa replace"))
ok("seq" in said, "replace does not go back in sequence numbers", said)
other = sa_out(0x1007, 7).replace("sa add", "sa replace").replace(ALG.words(ALG.espgw, 0x1007), ALG.words(ALG.espgw, 0x9999))
net.espgw(other)
got, n = out(7, 1)
equal(([p.seq for p in got], state(0x1007).get("packets"), state(0x1007)["pmtu"]), ([1], 8, 1400),
      "with another key they begin anew, counters and path MTU go on")
net.espgw(f"sa set dst {G2[4]} spi 0x1007 seq 1000")
equal([p.seq for p in out(7, 1)[0]], [1001], "sa set seq: upward")
said = espgw_fails(f"sa set dst {G2[4]} spi 0x1007 seq 1000")
ok("seq" in said and [p.seq for p in out(7, 1)[0]] == [1002], "never downward", said)
f = Faults()
for i, window in (8, 64), (9, 4096):
    pair(i, "", f"replay-window {window}")
    f.same(into(i, 90, 100)[0], [90, 100], f"window {window}: before")
    net.espgw(f"sa set dst {G1[4]} spi {0x2000 + i:#x} seq 110")
    n = into(i, 95, 99, 100, 101, 110)
    f.same((n[0], drops(n[1])), ([], {"drop_in_replay": 5}), f"window {window}: up to it, seen or not")
    f.same(into(i, 112, 111)[0], [112, 111], f"window {window}: beyond it")
    said = espgw_fails(f"sa set dst {G1[4]} spi {0x2000 + i:#x} seq 111")
    f.same("seq below what was received" in said, True, said)
    f.same(into(i, 113, 112)[0], [113], f"window {window}: a refusal changes nothing")
f.point("sa set seq, inbound: all up to it counts as seen, and it is only raised")
net.espgw(other, f"sa set dst {G2[4]} spi 0x1007 limit hard packets 4")
equal(len(out(7, 3)[0]), 1, "a limit that is set later counts from the beginning of the key")

# ---- replay windows ----

for i, window in enumerate((0, 32, 64, 4096), 10):
    pair(i, "", f"replay-window {window}")
    f = Faults()
    top = 10000
    f.same(into(i, top)[0], [top], "first")
    n = into(i, top)
    f.same((n[0], drops(n[1])), ([top], {}) if not window else ([], {"drop_in_replay": 1}), "again")
    if window:
        n = into(i, top - window + 1, top - window)
        f.same((n[0], drops(n[1])), ([top - window + 1], {"drop_in_replay": 1}), "edge of the window")
        n = into(i, top + 50000, bad=True)
        f.same((n[0], drops(n[1])), ([], {"drop_in_integrity": 1}), "bad ICV far ahead")
        f.same(into(i, top - 5)[0], [top - 5], "which does not move the window")
        many = list(range(top + 1, top + 1 + min(window, 300)))
        random.Random(1).shuffle(many)
        f.same(into(i, *many)[0], many, "all of a window in any order")
        n = into(i, *many)
        f.same((n[0], drops(n[1])), ([], {"drop_in_replay": len(many)}), "and none twice")
        f.same(into(i, top + 9000, top + 100, top + 9000 - window + 1)[0], [top + 9000, top + 9000 - window + 1], "a jump ahead")
    f.point(f"replay window {window}")
ok(any(e["object"] == "alert" and e["event"] == "replay" for e in events + monitor.events(2, "alert")), "replays are told", events)
net.espgw("sa flush dir in")
equal(({r["dir"] for r in net.show("sa show")}, into(10, 20000)[0]), ({"out"}, []), "flush of one direction")
done()
