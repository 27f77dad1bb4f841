# SPDX-License-Identifier: GPL-2.0
"""A path that becomes wider, and narrower again, under connections that go on all the time: nobody asks by hand."""

import math

from holes import *

FOUND = 5  # a search takes at most, s
CONFIRM, AGE, PAUSE = 30, 600, 300  # between confirmations; to the next larger try; no raise so soon after a decrease

net = Net()
for port in net.ports.values():
    port.rx.close()
TUNNELS = [Tunnel(1, "gcm128", espgw_out="probe on"), Tunnel(2, "gcm128", outer=6, espgw_out="probe on"),
           Tunnel(3, "gcm128", espgw_out="probe on pmtu-age 60"),
           Tunnel(4, "gcm128", espgw_out="probe on")]
SLOW, QUICK, TOLD = TUNNELS[:2], TUNNELS[2], TUNNELS[3]
net.tunnels(TUNNELS)
give_address(net, *TUNNELS)


class Flow:
    """A connection that sends a little more than one full packet each second."""

    def __init__(self, t):
        self.tx, listener = net.ends(t, t.outer, socket.SOCK_STREAM)
        with listener:
            listener.listen()
            self.tx.settimeout(20)
            self.tx.connect(listener.getsockname()[:2])
            self.rx, _ = listener.accept()
        self.rx.setblocking(False)
        self.t, self.wait, self.last = t, 0, time.monotonic()

    def step(self):
        self.tx.send(pattern(3000))

    def receive(self, now):
        try:
            while self.rx.recv(1 << 16):
                self.wait, self.last = max(self.wait, now - self.last), now
        except BlockingIOError:
            self.wait = max(self.wait, now - self.last)


flows = []


def run(until):
    """Lets the connections go on until then, or until a function says so: the rows of the tunnels, by second."""
    for f in flows:
        f.last, f.wait = time.monotonic(), 0
    seen = []
    while True:
        for f in flows:
            f.step()
        time.sleep(1)
        now = time.monotonic()
        for f in flows:
            f.receive(now)
        rows = {int(r["spi"], 16): r for r in net.show("pmtu show")}
        seen.append((now, [rows[t.spi_out] for t in TUNNELS]))
        if until(*seen[-1]):
            return seen


def after(seconds):
    end = time.monotonic() + seconds
    return lambda now, rows: now >= end


def sizes(seen, t):
    """The path MTUs that a tunnel had, in order."""
    values = [rows[TUNNELS.index(t)]["pmtu"] for _, rows in seen]
    return [v for i, v in enumerate(values) if not i or v != values[i - 1]]


def when(seen, t, pmtu):
    """When a tunnel first had that path MTU."""
    return next((now for now, rows in seen if rows[TUNNELS.index(t)]["pmtu"] == pmtu), math.inf)


# ---- 1400 bytes, and 1500 a minute later ----

net.mtu(r2=1400)
begin = time.monotonic()
f = Faults()
for t in (TOLD, *TUNNELS):  # that one while the router still says so
    introduce(net, t)
    wait_state(net, t)
    routers_say(net, "no ICMP")
f.same([row(net, t)["probes_lost"] < 2 for t in TUNNELS], [False, False, False, True], "a router has said it")
f.point("probes find the path MTU, or a router says it of one")
flows += map(Flow, TUNNELS)
seen = run(after(60))
f = Faults()
for t in TUNNELS:
    f.same(sizes(seen, t), [fits(t, 1400)], f"{t}: path MTU")
f.same(max(flow.wait for flow in flows) < 3, True, "longest wait")
f.point("found at first, and kept for a minute")
lowered = time.monotonic() - row(net, QUICK)["lowered_s"]  # when it was told to probe: to where it is safe

net.mtu(r2=1500)
seen = run(lambda now, rows: all(r["pmtu"] == fits(t, 1500) for t, r in zip(TUNNELS, rows)) or now > begin + 2 * AGE)
for t in *SLOW, TOLD:
    f = Faults()
    f.same(sizes(seen, t), [fits(t, 1400), fits(t, 1500)], "path MTUs")
    took = when(seen, t, fits(t, 1500)) - begin
    f.same(AGE - 1 <= took <= AGE + CONFIRM + FOUND, True, f"found after {took:.1f} s")
    now = seen[-1][1][TUNNELS.index(t)]
    f.same((now["source"], now["raised_by"], now["black_holes"]), ("probe", "probe", 0), "row")
    what = f"{t}{', where a router had said it' * (t is TOLD)}"
    print(f"{what}: wider after {took:.1f} s, {now['probes_sent']} probes sent, {now['probes_lost']} lost")
    f.point(f"{what}: what has become wider is found after ten minutes, in one step")
f = Faults()
took = when(seen, QUICK, fits(QUICK, 1500)) - lowered
f.same(PAUSE - 1 <= took <= PAUSE + 60 + FOUND, True, f"found after {took:.1f} s")
f.point("pmtu-age 60: sooner, but not within five minutes of where it began")
f = Faults()
f.same(max(flow.wait for flow in flows) < 3, True, f"longest wait {[flow.wait for flow in flows]}")
f.point("nobody waits for that")

# ---- narrower, and wider at once ----

before = seen[-1][1]
begin = time.monotonic()
net.mtu(r2=1450)
seen = run(lambda now, rows: all(r["pmtu"] <= 1450 and r["probe_state"] == "complete" for r in rows) or now > begin + 40)
f = Faults()
for t, was, now in zip(TUNNELS, before, seen[-1][1]):
    f.same(fits(t, 1450) - 8 <= now["pmtu"] <= 1450, True, f"{t}: {now['pmtu']}")
    f.same((now["lowered_by"], now["black_holes"]), ("probe", was["black_holes"] + 1), f"{t}: lowered by, black holes")
f.point("narrower: found under connections that send little, at the next confirmation at the latest")
net.mtu(r2=1500)
lowered = time.monotonic()
low = [r["pmtu"] for r in seen[-1][1]]
seen = run(after(PAUSE - 45))
f = Faults()
for t, pmtu in zip(TUNNELS, low):
    f.same(sizes(seen, t), [pmtu], f"{t}: path MTUs")
f.point("wider again at once: no raise for five minutes, whatever pmtu-age is")
seen = run(lambda now, rows: rows[2]["pmtu"] == fits(QUICK, 1500) or now > lowered + 2 * PAUSE)
f = Faults()
took = when(seen, QUICK, fits(QUICK, 1500)) - lowered
f.same(PAUSE - 45 <= took <= PAUSE + 60 + FOUND, True, f"found after {took:.1f} s")
f.point("pmtu-age 60: then it is found")
done()
