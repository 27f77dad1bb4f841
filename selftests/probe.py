# SPDX-License-Identifier: GPL-2.0
"""Probes: the path MTU is found where no router says it, by echo requests through the SA that any peer answers."""

import logging
import warnings

from holes import *

OWN = {4: "10.1.0.1", 6: "fd01::1"}  # gateway 1 on its LAN

net = Net()
KINDS = [Tunnel(1, "gcm128"), Tunnel(2, "gcm128", outer=6), Tunnel(3, "gcm128", natt=True),
         Tunnel(4, "cbc-sha256"), Tunnel(5, "chacha", outer=6, natt=True)]
ON, PEER, MUTE = (Tunnel(i, "null-sha256") for i in (6, 8, 9))
OURS, SCAPY, HEARD, *GONE = (Tunnel(i, "gcm128") for i in (7, 10, 11, *range(12, 20)))
CLASSED = Tunnel(20, "gcm128", espgw_out="class 46")
SAFE = 1280
net.tunnels([*KINDS, ON, MUTE, HEARD, CLASSED])
for t in OURS, PEER, SCAPY, *GONE:
    net.espgw(*t.commands())
net.espgw("dev attach wan", *OURS.commands(2), ns="g2")
give_address(net, *KINDS, ON, OURS, HEARD, CLASSED)
V4 = KINDS[0]
routers_say(net, "no ICMP")


def refused(command, text):
    """A command that must be refused, in these words."""
    p = subprocess.run([ESPGW, "-n", net.ns["g1"], *command.split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       text=True)
    return p.returncode == 2 and text in p.stdout or f"{command}: exit status {p.returncode}, {p.stdout}"


# ---- by hand, through a black hole ----

f = Faults()
now = row(net, V4)
f.same([now[k] for k in ("probe_state", "echo", "probes_sent", "probe_size", "probe_confirmed", "pmtu", "source")],
       ["off", None, 0, None, None, 1500, "device"], "row")
f.point("at first there is no search")

f = Faults()
for command, text in ((f"pmtu probe {name(V4)}", "no inner address of the peer is known"),
                      (f"pmtu probe {name(V4)} echo 10.9.9.9", "no address of this host reaches the echo address"),
                      (f"pmtu probe {name(V4)} echo {behind(MUTE, 4)}", "no address of this host reaches the echo"),
                      (f"pmtu probe spi 0x999 dst {G2[4]} echo 10.2.1.1", "no such outbound SA")):
    f.same(refused(command, text), True, command)
net.espgw(f"pmtu set {name(V4)} mtu 1400 lock")
command = f"pmtu probe {name(V4)} echo {behind(V4, 4)}"
f.same(refused(command, "the path MTU is locked"), True, command)
net.espgw("pmtu flush")
f.same(row(net, V4)["probes_sent"], 0, "probes sent")
f.point("refused: nobody known to ask, an address behind no or another path, no SA, a locked entry")

for t, mtus in zip(KINDS, ((1500, 1400), (1492, 1333), (1420, 1281), (1400, 1290), (1460, 1300))):
    for family in 4, 6:
        f = Faults()
        mtu = mtus[family == 6]
        net.espgw(f"pmtu del {name(t)}")
        net.mtu(r2=mtu)
        net.settle()
        now, took, sent = search(net, t, behind(t, family))
        found(f, t, now, mtu)
        f.same((now["source"], now["echo"]), ("probe", behind(t, family)), "source, echo")
        f.same((sent < 10, took < 5), (True, True), f"{sent} probes, {took:.1f} s")
        on_wire = probes(t, net.settle())
        f.same(len(on_wire), sent, "probes on the wire")
        f.same([p for p in on_wire if not p.df or p.mf or p.off or p.len != fits(t, p.len)], [], "outer")
        print(f"{t}, IPv{family} inside, path of {mtu}: {now['pmtu']} in {sent} probes and {took:.2f} s")
        f.point(f"{t}, IPv{family} inside: found behind a black hole, by pings that kernel xfrm answers")

f = Faults()
net.mtu(r2=1400)
now, took, sent = search(net, OURS, behind(OURS, 4))
found(f, OURS, now, 1400)
f.same((sent < 10, took < 5), (True, True), f"{sent} probes, {took:.1f} s")
f.point("another espgw as the peer")

f = Faults()
net.mtu(r2=1480)
quiet(net)
for family in 4, 6:
    introduce(net, HEARD, family)
    net.settle()
    before = net.stats()
    now, took, sent = search(net, HEARD)
    found(f, HEARD, now, 1480, f"IPv{family}")
    f.same(now["echo"], behind(HEARD, 4), "echo")  # it goes on with the one who answered
    quiet(net)
    now, got = row(net, HEARD), net.counted(before)
    if family == 4:
        f.same([got.get(k) for k in ("out_probe", "in_probe", "probe_lost")],
               [now[k] for k in ("probes_sent", "probes_answered", "probes_lost")], "counted")
        f.same(now["probes_sent"], now["probes_answered"] + now["probes_lost"], "none is still on its way")
f.point("without echo, the one who was heard of last is asked")

# ---- what they look like; what answers them ----

net.mtu(r2=1500)
f = Faults()
before, first = net.stats(), None
for family in 4, 6:
    echo = PEER.right[family]
    net.espgw(f"pmtu probe {name(PEER)} echo {echo}")
    sent = probes(PEER, net.settle())
    f.same(sorted(p.len for p in sent[:2]), [SAFE, 1500], f"IPv{family}: outer sizes")
    for p in sent:
        inside, rest = PEER.read(p)
        q = Packet(inside)
        head = 20 if family == 4 else 40
        f.same((q.src, q.dst, q.proto, q.kind, q.code, q.ttl, q.df, q.len),
               (OWN[family], echo, ICMP if family == 4 else ICMPV6, 8 if family == 4 else 128, 0, 64, True, head + 20),
               f"IPv{family}: inside")
        f.same((q.good, checksum((b"" if family == 4 else pseudo(q.src, q.dst, ICMPV6, 20)) + q.payload)), (True, 0),
               f"IPv{family}: checksums")
        f.same(rest, bytes(len(rest)), f"IPv{family}: TFC padding")
        f.same((p.df, len(inside) + len(rest)), (True, PEER.inner(p.len)), f"IPv{family}: outer DF, payload")
    first = first or sent
f.point("a probe is an echo request of 40 or 60 bytes with TFC padding, exactly as long as is asked, outer DF=1")


def reply(p, edit=None, src=None):
    """The answer to a probe, in ESP. edit: {offset in the ICMP message: bytes}"""
    reply.seq += 1
    q = Packet(PEER.read(p)[0])
    m = bytearray(q.payload)
    for at, new in (edit or {}).items():
        m[at:at + len(new)] = new
    make = icmp4 if q.version == 4 else icmp6
    rest = struct.unpack("!I", bytes(m[4:8]))[0]
    return PEER.esp(PEER.spi_in, reply.seq, make(src or q.dst, q.src, 0 if q.version == 4 else 129, 0, rest, bytes(m[8:])))


reply.seq = 0
quiet(net)
for family in 4, 6:
    f = Faults()
    net.espgw(f"pmtu del {name(PEER)}")
    net.espgw(f"pmtu probe {name(PEER)} echo {PEER.right[family]}")
    sent = probes(PEER, net.settle())
    small = next(p for p in sent if p.len == SAFE)
    m = Packet(PEER.read(small)[0]).payload
    before, answered = net.stats(), row(net, PEER)["probes_answered"]
    forged = [reply(small, {len(m) - 1: bytes([m[-1] ^ 1])}), reply(small, {12: bytes([m[12] ^ 1])}),
              reply(small, {11: bytes([m[11] ^ 1])}), reply(small, {4: bytes([m[4] ^ 1])}),
              reply(small, src="10.2.8.77" if family == 4 else "fd02:0:8::77")]
    net.exchange("r1", *forged)
    got = net.counted(before)
    f.same((got.get("in_probe"), got.get("in_packets")), (None, len(forged)), "counted of forged ones")
    f.same(row(net, PEER)["probes_answered"], answered, "answered")
    before = net.stats()
    net.exchange("r1", reply(small))
    got = net.counted(before)
    f.same((got.get("in_probe"), got.get("in_packets")), (1, None), "counted of the true one")
    f.same(sorted(got), sorted({"in_probe", *(k for k in got if k.startswith(("out_", "probe_")))}), "and nothing else")
    now = row(net, PEER)
    f.same((now["probes_answered"], now["probe_state"], now["probe_confirmed"]), (answered + 1, "searching", SAFE), "row")
    net.exchange("r1", reply(small))
    f.same(row(net, PEER)["probes_answered"], answered + 1, "answered, after it came twice")
    f.point(f"IPv{family}: only the answer with the probe's own cookie counts, once, and is for nobody else")

warnings.filterwarnings("ignore")
logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.config import conf  # noqa: E402
conf.ipv6_enabled = True
from scapy.layers.inet import IP  # noqa: E402
from scapy.layers.ipsec import ESP as ScapyESP, SecurityAssociation  # noqa: E402
f = Faults()
sa = SecurityAssociation(ScapyESP, spi=SCAPY.spi_out, crypt_algo="AES-GCM", crypt_key=key_bytes(20, SCAPY.spi_out),
                         tunnel_header=IP(src=G1[4], dst=G2[4]))
net.settle()
net.espgw(f"pmtu probe {name(SCAPY)} echo {SCAPY.right[4]}")
for p in probes(SCAPY, net.settle()):
    got = sa.decrypt(IP(p.raw))
    f.same((got[IP].src, got[IP].dst, got[IP].len, len(bytes(got))), (OWN[4], SCAPY.right[4], 40, SCAPY.inner(p.len)),
           "what scapy reads")
f.point("scapy reads it: an echo request of 40 bytes, and the padding behind it")

# ---- routers that say it ----

f = Faults()
routers_say(net, "open")
for t in KINDS[:3]:
    net.mtu(r2=1500)
    net.espgw(f"pmtu del {name(t)}")
    net.settle()
    net.mtu(r2=1411)
    now, took, sent = search(net, t, behind(t, 4))
    found(f, t, now, 1411, f"{t}:")
    f.same((sent <= 6, took < 3), (True, True), f"{t}: {sent} probes, {took:.1f} s")
routers_say(net, "no ICMP")
f.point("a router that says its MTU: it is asked about at once")

# ---- probe on ----

def data(t, length, df=0, seed=0):
    """A packet for the tunnel from a host: what left, and what the host was told."""
    net.settle()
    caught = net.exchange("a0", datagram(t.left_of(200 + seed, 4), t.right[4], length, df=df, ident=77))
    esp = [p.len for p in probes(t, caught) if Packet(t.read(p)[0]).proto == UDP or Packet(t.read(p)[0]).off]
    return esp, [p.answer()[0] for p in caught["a0"] if p.answer()]


f = Faults()
net.mtu(r2=1400)
net.settle()
net.espgw(f"sa set dir out {name(MUTE)} probe on")
now = row(net, MUTE)
f.same([now[k] for k in ("pmtu", "inner_mtu", "source", "probe_state", "probes_sent", "lowered_by")],
       [SAFE, MUTE.inner(SAFE), "probe", "waiting", 0, "probe"], "row")
f.same(data(MUTE, MUTE.inner(1400), df=1, seed=1)[1], [MUTE.inner(SAFE)], "a host is told")
f.same([n <= SAFE for n in data(MUTE, 1400, seed=2)[0]], [True, True], "pieces")
f.point("probe on, and nobody is known: the safe size at once, and a state that says so")

f = Faults()
monitor = Monitor(net, "pmtu sa", f"sa set dir out {name(V4)} dscp copy")
net.espgw(f"pmtu probe {name(MUTE)} echo {MUTE.right[4]}")
now, took = wait_state(net, MUTE, ("error",), 20)
f.same([now[k] for k in ("pmtu", "source", "probe_state", "probes_answered", "echo")],
       [SAFE, "probe", "error", 0, MUTE.right[4]], "row")
f.same(now["probes_lost"] >= 3, True, f"{now['probes_lost']} lost")
f.same([n <= SAFE for n in data(MUTE, 1400, seed=3)[0]], [True, True], "pieces")
events = [e["event"] for e in monitor.events(1, "pmtu") if int(e["spi"], 16) == MUTE.spi_out]
f.same(events, ["no-answer"], "events")
net.espgw(f"sa set dir out {name(MUTE)} probe off")
now = row(net, MUTE)
f.same([now[k] for k in ("probe_state", "pmtu", "source")], ["off", 1500, "device"], "probe off")
f.point("probe on, and nobody answers: an error, the safe size stays, packets pass")

f = Faults()
net.espgw(f"pmtu del {name(MUTE)}", f"pmtu probe {name(MUTE)} echo {MUTE.right[4]}")
now, took = wait_state(net, MUTE, ("error",), 20)
f.same((now["probe_state"], now["pmtu"], now["source"]), ("error", 1500, "device"), "row")
f.point("by hand, and nobody answers: an error, and the path MTU stays as it was")

f = Faults()
net.espgw(f"sa set dir out {name(ON)} probe on")
f.same((row(net, ON)["probe_state"], row(net, ON)["pmtu"]), ("waiting", SAFE), "row")
monitor.events()
introduce(net, ON)
now, took = wait_state(net, ON, ("complete",), 10)
found(f, ON, now, 1400)
f.same((now["source"], now["raised_by"], now["lowered_by"], now["echo"], now["expires_s"]),
       ("probe", "probe", "probe", behind(ON, 4), None), "row")
f.same((now["probes_sent"] < 10, took < 5), (True, True), f"{now['probes_sent']} probes, {took:.1f} s")
lens = [p.len for p in probes(ON, net.settle())]
events = [(e["event"], e["pmtu"]) for e in monitor.events(1, "pmtu") if int(e["spi"], 16) == ON.spi_out]
f.same(("raised", now["pmtu"]) in events, True, f"events {events}")
f.same(data(ON, ON.inner(1500), df=1, seed=4)[1], [now["inner_mtu"]], "a host is told")
f.same(max(data(ON, 1446, seed=5)[0]) <= now["pmtu"], True, "pieces")
f.point("probe on: the peer is heard of, and the path MTU found")

f = Faults()
saved = subprocess.run([ESPGW, "-n", net.ns["g1"], "save"], stdout=subprocess.PIPE, text=True).stdout
f.same([line.split()[-2:] for line in saved.splitlines() if f"spi 0x{ON.spi_out:08x}" in line and "sa add" in line],
       [["probe", "on"]], "save")
f.point("save has it")

f = Faults()
net.espgw(f"pmtu del {name(ON)}")
f.same(row(net, ON)["pmtu"] <= 1400, True, "at once")
now, took = wait_state(net, ON, ("complete",), 15)
found(f, ON, now, 1400)
f.point("pmtu del: it begins anew, and not above the safe size")

f = Faults()
net.espgw(f"pmtu set {name(ON)} mtu 1450 lock")
now, took = wait_state(net, ON, ("off",), 5)
f.same((now["probe_state"], now["pmtu"], now["source"]), ("off", 1450, "static"), "locked")
net.espgw(f"pmtu del {name(ON)}")
f.same(row(net, ON)["pmtu"] <= 1400, True, "at once")
now, took = wait_state(net, ON, ("complete",), 15)
found(f, ON, now, 1400)
f.point("a lock by hand ends it; without the lock it begins anew, and at no moment above the safe size")

f = Faults()
routers_say(net, "open")
net.mtu(r2=1350)
data(ON, ON.inner(1400), seed=6)
begin = time.monotonic()
now = row(net, ON)
f.same((now["pmtu"], now["lowered_by"]), (1350, "icmp"), "at once")
now, took = wait_state(net, ON, ("complete",), 10)
found(f, ON, now, 1350)
routers_say(net, "no ICMP")
f.point("the path becomes narrower, and a router says so")

f = Faults()
net.mtu(r2=1600)
net.espgw(f"pmtu del {name(ON)}")
now, took = wait_state(net, ON, ("complete",), 30, pmtu=1500)
found(f, ON, now, 1500)
net.mtu(r1=1600)
now, took = wait_state(net, ON, ("complete",), 30, pmtu=1600)
found(f, ON, now, 1600)
net.mtu(r1=1500)
f.same(row(net, ON)["pmtu"], 1500, "the device's MTU falls: at once")
net.mtu(r2=1500)
f.point("the device's MTU rises, so does the path's, by probes")

f = Faults()
net.mtu(r2=1400)
net.espgw(f"sa set dir out {name(CLASSED)} probe on", f"pmtu probe {name(CLASSED)} echo {behind(CLASSED, 4)}")
now, took = wait_state(net, CLASSED, ("complete",), 15)
found(f, CLASSED, now, 1400)
net.espgw(f"sa set dir out {name(CLASSED)} probe off")
f.same(row(net, CLASSED)["probe_state"], "off", "off")
f.point("a path without an SA for DSCP 0 is probed by the SA that there is")

f = Faults()
NATT = KINDS[2]
net.espgw(f"pmtu del {name(NATT)}", f"sa set dir out {name(NATT)} probe on")
now, took = wait_state(net, NATT, ("complete",), 15, pmtu=fits(NATT, 1400))
quiet(net)
now = row(net, NATT)
found(f, NATT, now, 1400)
caught = net.exchange("a0", datagram(NATT.left_of(7, 4), NATT.right[4], NATT.inner(now["pmtu"])))
real = bytearray(next(p for p in probes(NATT, caught) if p.len == now["pmtu"]).raw[:28])
real[2:4] = struct.pack("!H", 1480)
before = net.stats()
net.exchange("r1", icmp4(R1[4], G1[4], 3, 4, now["pmtu"] + 3, bytes(real)))
f.same(net.counted(before).get("pmtu_rej_not_lower"), 1, "counted")
again = row(net, NATT)
f.same([again[k] for k in ("pmtu", "probe_state", "probe_failed", "probes_sent")],
       [now[k] for k in ("pmtu", "probe_state", "probe_failed", "probes_sent")], "row")
net.mtu(r2=1500)
net.espgw(f"pmtu probe {name(NATT)}")
now, took = wait_state(net, NATT, ("complete",), 15, pmtu=fits(NATT, 1500))
f.same((now["pmtu"], now["probes_sent"] - again["probes_sent"] <= 3), (fits(NATT, 1500), True), "wider, by hand")
net.espgw(f"sa set dir out {name(NATT)} probe off")
f.point("NAT-T: a hint that lowers nothing, which anybody can make up, says nothing to the search")

# ---- TCP that stands still makes a probe ask ----

net.ip("b", ["addr add 10.2.6.2/32 dev lo"])
f = Faults()
net.espgw(f"pmtu del {name(ON)}")
wait_state(net, ON, ("complete",), 30, pmtu=1500)
time.sleep(4)
t = Transfer(net, server=("b", "10.2.6.2"))
lose(net, 5)
before = row(net, ON)
waited, got = t.run(8)
lose(net, 0)
now = row(net, ON)
f.same((now["pmtu"], now["black_holes"]), (1500, before["black_holes"]), "path MTU, black holes")
print(f"5 % loss: {got} bytes in 8 s, longest wait {waited:.2f} s, {now['probes_sent'] - before['probes_sent']} probes")
f.point("congestion: one packet in twenty is lost, and the path MTU stays")

f = Faults()
before = row(net, ON)
waited, got = t.run(14, [(4, lambda: net.mtu(r2=1400))])
now = row(net, ON)
found(f, ON, now, 1400)
f.same((now["black_holes"] > before["black_holes"], now["lowered_by"]), (True, "probe"), "why")
f.same((got > 1 << 20, waited < 3 * PATIENCE), (True, True), f"{got} bytes, longest wait {waited:.2f} s")
print(f"the path falls from 1500 to 1400 in a transfer: longest wait {waited:.2f} s, "
      f"{now['probes_sent'] - before['probes_sent']} probes")
f.point("the path becomes narrower in a transfer, and nobody says so: found, and the transfer goes on")

f = Faults()
net.mtu(r2=1500)
now, took, sent = search(net, ON)
found(f, ON, now, 1500)
waited, got = t.run(2)
f.same(waited < PATIENCE, True, f"longest wait {waited:.2f} s")
t.close()
net.espgw(f"sa set dir out {name(ON)} probe off")
now = row(net, ON)
f.same((now["probe_state"], now["pmtu"], now["source"], 590 < (now["expires_s"] or 0) <= 600),
       ("off", 1500, "probe", True), "probe off: it ages")
monitor.events()
net.espgw(f"sa set dir out {name(ON)} probe on")
events = [(e["event"], e["pmtu"]) for e in monitor.events(1, "pmtu") if int(e["spi"], 16) == ON.spi_out]
f.same(events[:1], [("lowered", SAFE)], "probe on: events")
f.point("it becomes wider, and a search by hand finds it; probe off keeps it for its age, on begins anew")

# ---- they end with what they are about ----

f = Faults()
for t in GONE:
    net.espgw(f"pmtu probe {name(t)} echo {t.right[4]}")
    net.espgw(f"sa del dir out {name(t)}")
f.same(len([r for r in net.show("pmtu show") if int(r["spi"], 16) in [t.spi_out for t in GONE]]), 0, "rows")
for t in GONE[:4]:
    net.espgw(next(t.commands()) + " probe on")
    net.espgw(f"sa del dir out {name(t)}", next(t.commands()))
time.sleep(1.5)
sent = net.stats()["out_probe"]
net.espgw(*(f"policy del src {s} dst {d}" for t in GONE for s, d in t.prefixes(1)))
for t in GONE:
    net.espgw(f"sa del dir in dst {G1[4]} spi {t.spi_in:#x}")
f.point("SAs and paths go while searches are under way")
monitor.p.terminate()
net.espgw(f"pmtu probe {name(PEER)} echo {PEER.right[4]}", f"sa set dir out {name(MUTE)} probe on")
done()
