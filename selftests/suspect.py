# SPDX-License-Identifier: GPL-2.0
"""The default, `probe suspect`: a black hole is found once TCP stands still in it; before and after there are no probes."""

from holes import *

net = Net()
KINDS = [Tunnel(1, "gcm128"), Tunnel(2, "gcm128", outer=6), Tunnel(3, "gcm128", natt=True), Tunnel(4, "cbc-sha256")]
# Of each family, and each way that a packet becomes longer.
HOLES = (KINDS[0], 4), (KINDS[0], 6), (KINDS[1], 4), (KINDS[2], 6), (KINDS[3], 4)
LIVE, OFF, LOCKED, LOSSY, WORD = (Tunnel(i, "gcm128", espgw_out=words) for i, words in
                                  ((5, ""), (6, "probe off"), (7, ""), (8, ""), (9, "probe off")))
net.tunnels([*KINDS, LIVE, OFF, LOCKED, LOSSY, WORD])


def flow(t, family, seconds, events=()):
    """A connection of hosts behind the gateways, both at addresses not used before: (longest wait, bytes)."""
    seconds *= PATIENCE
    c = Transfer.__new__(Transfer)
    c.tx, listener = net.ends(t, family, socket.SOCK_STREAM)
    listener.listen()
    c.tx.settimeout(20)
    c.tx.connect(listener.getsockname()[:2])
    c.rx, _ = listener.accept()
    listener.close()
    for s in c.tx, c.rx:
        s.setblocking(False)
    try:
        return c.run(seconds, events)
    finally:
        c.close()


def hole(mtu):
    net.mtu(r2=mtu)
    routers_say(net, "no ICMP")


def no_probes(f, before, what=""):
    f.same(net.counted(before).get("out_probe", 0), 0, f"{what} probes")


f, before = Faults(), net.stats()
f.same(net.show("default show")[0]["probe"], "suspect", "the default says")
for family in 4, 6:
    for t in KINDS:
        net.transfer(f, t, family, 1 << 20)
wait, got = flow(LIVE, 4, 3)
f.same(got > 1 << 20, True, f"{got} bytes")
for i in range(50):
    net.send("a0", datagram("10.1.1.2", "10.2.1.9", 1446, seed=i), datagram("fd01:0:1::2", "fd02:0:1::9", 1446, seed=i))
net.settle()
no_probes(f, before)
f.same({(r["source"], r["probe_state"], r["probes_sent"]) for r in net.show("pmtu show")}, {("device", "off", 0)}, "rows")
f.point("with nothing wrong not one probe is sent")

hole(1400)
for t, family in HOLES:
    f = Faults()
    net.espgw(f"pmtu del {name(t)}")
    before = row(net, t)
    wait, got = flow(t, family, 5)
    f.same((got > 1 << 20, wait < 4 * PATIENCE), (True, True), f"{got} bytes, the longest wait {wait:.1f} s")
    now = row(net, t)
    found(f, t, now, 1400)
    f.same(now["source"], "probe", "source")
    sent = now["probes_sent"] - before["probes_sent"]
    f.same(0 < sent < 24, True, f"{sent} probes")
    print(f"{t}, IPv{family} inside: {now['pmtu']} in {sent} probes, the longest wait {wait:.2f} s")
    f.point(f"{t}, IPv{family} inside: a black hole of 1400 is found, and TCP goes on")

f, before = Faults(), net.stats()
for t in KINDS:
    net.transfer(f, t, 4, 1 << 20)
no_probes(f, before)
f.point("what was found is kept, and nothing is probed any more")

net.mtu(r2=1500)
f, before = Faults(), row(net, LIVE)
wait, got = flow(LIVE, 4, 8, [(2, lambda: net.mtu(r2=1340))])
f.same((got > 1 << 20, wait < 5 * PATIENCE), (True, True), f"{got} bytes, the longest wait {wait:.1f} s")
found(f, LIVE, row(net, LIVE), 1340)
print(f"from 1500 to 1340: the longest wait {wait:.2f} s")
f.point("a path becomes narrower in the midst of a transfer")

f, before = Faults(), net.stats()
flow(OFF, 4, 5)
no_probes(f, before, "probe off:")
f.same(row(net, OFF)["pmtu"], 1500, "path MTU")
f.point("probe off: none")

f, before = Faults(), net.stats()
net.espgw(f"pmtu set {name(LOCKED)} mtu 1500 lock")
flow(LOCKED, 4, 5)
no_probes(f, before, "locked:")
f.same(row(net, LOCKED)["pmtu"], 1500, "path MTU")
f.point("nor with a locked path MTU")

f = Faults()
flow(WORD, 4, 1)
net.espgw(f"sa set dir out {name(WORD)} probe suspect")
wait, got = flow(WORD, 4, 5)
found(f, WORD, row(net, WORD), 1340)
f.same(got > 1 << 20, True, f"{got} bytes")
f.point("probe suspect after probe off")

routers_say(net, "open")
net.mtu(r2=1500)
lose(net, 3)
f = Faults()
wait, got = flow(LOSSY, 4, 8)
lose(net, 0)
now = row(net, LOSSY)
f.same((now["pmtu"], got > 1 << 18), (1500, True), f"{got} bytes; path MTU")
print(f"3 % of loss: {now['probes_sent']} probes")
f.point("a path that loses packets of any size is no black hole")
done()
