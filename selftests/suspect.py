# SPDX-License-Identifier: GPL-2.0
"""The default, `probe suspect`: a black hole is found once TCP stands still in it; before and after there are no probes.

Of what is not TCP nobody can tell. Where it is large and goes out all the time, it is asked once in ten minutes.
"""

import errno

from holes import *

net = Net()
KINDS = [Tunnel(1, "gcm128"), Tunnel(2, "gcm128", outer=6), Tunnel(3, "gcm128", natt=True), Tunnel(4, "cbc-sha256")]
# Of each family, and each way that a packet becomes longer.
HOLES = (KINDS[0], 4), (KINDS[0], 6), (KINDS[1], 4), (KINDS[2], 6), (KINDS[3], 4)
LIVE, OFF, LOCKED, LOSSY, WORD = (Tunnel(i, "gcm128", espgw_out=words) for i, words in
                                  ((5, ""), (6, "probe off"), (7, ""), (8, ""), (9, "probe off")))
# For datagrams.
STREAMS = [Tunnel(10, "gcm128"), Tunnel(11, "gcm128", outer=6), Tunnel(12, "gcm128", natt=True)]
FINE, ALONE, BESIDE, SPOTTY = (Tunnel(13 + i, "gcm128") for i in range(4))
net.tunnels([*KINDS, LIVE, OFF, LOCKED, LOSSY, WORD, *STREAMS, FINE, ALONE, BESIDE, SPOTTY])


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


def stream(t, family, seconds, enough=None, df=1, back=True):
    """Datagrams of full size, 20 a second, which are answered by small ones, or not: for so long, or until so many have
    come. Returns how many did, of how many, and when the first one came."""
    a, b = net.ends(t, family, socket.SOCK_DGRAM)
    a.connect(b.getsockname()[:2])
    b.connect(a.getsockname()[:2])
    a.setsockopt(*((socket.IPPROTO_IP, 10) if family == 4 else (socket.IPPROTO_IPV6, 23)), df)  # MTU_DISCOVER: want, or do not
    data = pattern(t.inner(1500) - (28 if family == 4 else 48))
    b.setblocking(False)
    got = sent = 0
    begin, first = time.monotonic(), None
    while time.monotonic() < begin + seconds * PATIENCE and (enough is None or got < enough):
        try:
            a.send(data)
        except OSError as e:  # it has just been told
            if e.errno != errno.EMSGSIZE:
                raise
        sent += 1
        if back and sent % 10 == 1:
            b.send(b"that is all that comes back")
        time.sleep(0.05 * PATIENCE)
        try:
            while True:
                got += b.recv(2000) == data
                first = first or time.monotonic() - begin
        except BlockingIOError:
            pass
    a.close()
    b.close()
    return got, sent, first


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

# ---- what is not TCP: nobody acknowledges it ----

for t, family, df in (STREAMS[0], 4, 1), (STREAMS[1], 6, 1), (STREAMS[2], 4, 0):
    f, before = Faults(), row(net, t)
    got, sent, first = stream(t, family, 20, enough=10, df=df)
    f.same(got, 10, f"of {sent} arrived")
    now, _ = wait_state(net, t)
    found(f, t, now, 1400)
    f.same(now["source"], "probe", "source")
    probes_sent = now["probes_sent"] - before["probes_sent"]
    f.same(0 < probes_sent < 24, True, f"{probes_sent} probes")
    f.same((first or 99) < 10 * PATIENCE, True, f"the first one arrived after {first} s")
    print(f"{t}, IPv{family} inside, datagrams: {now['pmtu']} in {probes_sent} probes, after {first} s")
    f.point(f"{t}, IPv{family} inside, datagrams{'' if df else ' without DF'}: a black hole of 1400 is found, and they arrive")

quiet(net)  # two more, to be sure
f, before = Faults(), net.stats()
got, sent, _ = stream(STREAMS[0], 4, 5)
f.same(sent - got < 3, True, f"{got} of {sent} arrived")
no_probes(f, before)
f.point("datagrams: what was found is kept, and nothing is probed any more")

routers_say(net, "open")
net.mtu(r2=1500)
f = Faults()
got, sent, _ = stream(FINE, 4, 8)
now = row(net, FINE)
f.same((sent - got < 3, now["pmtu"], now["source"]), (True, 1500, "probe"), f"{got} of {sent} arrived, path MTU, source")
f.same((now["probes_sent"], now["probes_answered"], now["probe_state"]), (2, 2, "complete"), "probes, answered, state")
before = net.stats()
stream(FINE, 6, 5)
no_probes(f, before)
f.point("datagrams, and nothing wrong: it is asked once")

f, before = Faults(), net.stats()
got, sent, _ = stream(ALONE, 4, 6, back=False)
f.same(sent - got < 3, True, f"{got} of {sent} arrived")
no_probes(f, before)
f.point("datagrams, and nobody is heard of: there is nobody to ask")

f, before = Faults(), net.stats()
x = threading.Thread(target=lambda: flow(BESIDE, 4, 7))
x.start()
stream(BESIDE, 6, 6)
x.join()
no_probes(f, before)
f.point("datagrams beside TCP that flows: that says it")

lose(net, 3)
f = Faults()
got, sent, _ = stream(SPOTTY, 4, 8)
lose(net, 0)
f.same((row(net, SPOTTY)["pmtu"], got > sent // 2), (1500, True), f"path MTU; {got} of {sent} arrived")
f.point("datagrams, and a path that loses packets of any size: no black hole")

hole(1500)
f, before = Faults(), row(net, LIVE)
wait, got = flow(LIVE, 4, 8, [(2, lambda: net.mtu(r2=1340))])
f.same((got > 1 << 20, wait < 5 * PATIENCE), (True, True), f"{got} bytes, the longest wait {wait:.1f} s")
found(f, LIVE, row(net, LIVE), 1340)
print(f"from 1500 to 1340: the longest wait {wait:.2f} s")
f.point("a path becomes narrower in the midst of a transfer")

quiet(net)
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
