# SPDX-License-Identifier: GPL-2.0
"""usage: blackhole.py TABLE

Real black holes: how long the search for the path MTU takes, what it finds, and for how long TCP stands still.

Each tunnel of a path carries a connection of its own, all at the same time: espgw with kernel xfrm and with espgw as
its peer, and kernel xfrm on both gateways.  The router has the path's MTU on its routes, each way its own, and counts
what came to it and what it sent on, by SPI and length.  What was measured goes to TABLE, in Markdown.
"""

import itertools
import math

from holes import *

# What is good enough; most of MANY, where packets are lost at random, and all of them.
SECONDS, PROBES, STALL = 5 * PATIENCE, 10 if PATIENCE == 1 else 20, 3 * PATIENCE
AT_RANDOM, MANY = 3, 16
SAFE = 1280
HOLE = 3  # a connection that stands still for longer is in a black hole
RATE = (1 << 18) // PATIENCE  # of the connections of ALL together, bytes a second for each
CHUNK = pattern(1 << 14)

net = Net()
for port in net.ports.values():
    port.rx.close()  # it would have to look at each packet
table, numbers = [], itertools.count(1)


# ---- the router ----

def path(there, back=None):
    """The path's MTU from now on, from gateway 1 to 2 and back."""
    net.ip("r", [f"route replace {ends[family]}/{bits} dev {dev} mtu lock {mtu}"
                 for ends, dev, mtu in ((G2, "r2", there), (G1, "r1", back or there))
                 for family, bits in ((4, 32), (6, 128))])


def loses(percent):
    """Of what goes to gateway 2."""
    subprocess.run(["tc", "-n", net.ns["r"], *f"qdisc replace dev r2 root netem loss {percent}%".split()], check=True)


def counts():
    """What the router got and what it sent on, of each SPI and length: {"came": {(spi, length): packets}, "left": …}

    Nobody sends meanwhile but TCP's timers, so there is a moment in which both are read.
    """
    seen, now = None, counted()
    while seen != now:
        time.sleep(0.1)
        seen, now = now, counted()
    return now


def counted():
    text = subprocess.run(["ip", "netns", "exec", net.ns["r"], "nft", "-j", "list", "table", "inet", "count"],
                          stdout=subprocess.PIPE, check=True, text=True).stdout
    return {s["set"]["name"]: {tuple(e["elem"]["val"]["concat"]): e["elem"]["counter"]["packets"]
                               for e in s["set"].get("elem", ())}
            for s in json.loads(text)["nftables"] if "set" in s}


net.nft("r", "table inet count {" + "".join(f"""
    set {name_} {{ typeof esp spi . meta length; flags dynamic; size 65535; counter; }}
    chain {name_} {{ type filter hook {hook} priority {priority};
                     meta l4proto esp update @{name_} {{ esp spi . meta length counter }}; }}
    """ for name_, hook, priority in (("came", "prerouting", -300), ("left", "forward", 300))) + "}")


# ---- tunnels and what goes through them ----

class Case(Tunnel):
    """A tunnel of one kind, with what was measured of it.

    one, two: the gateways, "espgw" or "xfrm"
    how: what finds the path MTU: "probe on", "probe off", "mss", or "mute": probes that nobody answers
    back: the connection sends from b to a
    """

    def __init__(self, one, two, outer=4, how="probe on", back=False):
        words = "probe on" if how in ("probe on", "mute") else "probe off"
        super().__init__(next(numbers), "gcm128", outer, espgw_out=words)
        self.one, self.two, self.back, self.flow = one, two, back, None
        self.how = how if one == "espgw" else ""
        self.gateway = 2 if back else 1  # the one that sends what is large
        self.spi = self.ends(self.gateway)[4]
        self.searches = self.how == "probe on"

    def __str__(self):
        return f"{self.one} to {self.two}, IPv{self.outer}" + ", back" * self.back + f", {self.how}" * bool(self.how)


class Flow:
    """A TCP connection of the hosts that sends all the time, RATE at most."""

    def __init__(self, case):
        client, listener = net.ends(case, case.outer, socket.SOCK_STREAM)
        with listener:
            listener.listen()
            client.settimeout(20)
            client.connect(listener.getsockname()[:2])
            server, _ = listener.accept()
        self.tx, self.rx = (server, client) if case.back else (client, server)
        for s in self.tx, self.rx:
            s.setblocking(False)
        self.case, self.got, self.sent = case, 0, 0
        self.begin = self.last = time.monotonic()
        self.still = 0

    def send(self, now, rate):
        while self.sent < rate * (now - self.begin):
            try:
                self.sent += self.tx.send(CHUNK)
            except BlockingIOError:
                return

    def receive(self):
        self.got += len(self.rx.recv(1 << 18))
        self.waited()
        self.last = time.monotonic()

    def waited(self):
        self.case.wait = max(self.case.wait, time.monotonic() - self.last)

    def close(self):
        for s in self.tx, self.rx:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.close()


def set_up(cases, *mtu):
    """espgw and kernel xfrm on both gateways, side by side. mtu: what the path has, there and back."""
    for gateway in 1, 2:
        mine = [c for c in cases if (c.one, c.two)[gateway - 1] == "espgw"]
        net.espgw(*(line for c in mine for line in c.commands(gateway)), ns=f"g{gateway}")
        net.xfrm_tunnels([c for c in cases if c not in mine], gateway)
    give_address(net, *(c for c in cases if c.two == "espgw"))  # to probe from
    for c in cases:
        c.true, c.since, c.took, c.probes, c.first, c.wait = mtu[c.back], time.monotonic(), None, None, 0, 0
    connect(cases)


def connect(cases):
    """New connections, which know nothing of the path yet."""
    for i, c in enumerate(cases):
        if c.flow:
            c.flow.close()
        else:
            c.since = time.monotonic()  # what comes back says whom to ask
        c.flow = Flow(c)
        watch(cases[:i + 1])
    for c in cases:
        c.flow.begin = time.monotonic()


def take_down(cases):
    for c in cases:
        c.flow.close()
    for gateway in 1, 2:
        net.espgw(*(f"sa set dir out dst {c.ends(gateway)[1]} spi {c.ends(gateway)[4]:#x} probe off" for c in cases
                    if (c.one, c.two)[gateway - 1] == "espgw"), ns=f"g{gateway}")


# ---- measuring ----

def look(cases):
    """What the gateways' tables say."""
    for gateway in {c.gateway for c in cases if c.how}:
        rows = {int(r["spi"], 16): r for r in net.show("pmtu show", ns=f"g{gateway}")}
        for c in cases:
            if c.how and c.gateway == gateway:
                c.row = rows[c.spi]


def begin(cases, mtu):
    """From now on it is measured how this path MTU is found."""
    look(cases)
    for c in cases:
        c.true, c.since, c.took, c.probes, c.wait = mtu, time.monotonic(), None, None, 0
        c.first = c.row["probes_sent"] if c.how else None


def watch(cases):
    """Whose search has ended where it should?"""
    waiting = [c for c in cases if c.searches and c.took is None]
    look(waiting)
    for c in waiting:
        if c.row["probe_state"] == "complete" and near(c):
            c.took, c.probes = time.monotonic() - c.since, c.row["probes_sent"] - c.first
    return waiting


def near(c):
    return fits(c, c.true) - 8 <= c.row["pmtu"] <= c.true


def run(cases, seconds, until_found=False):
    """Lets the connections of these run for so long; on a slow machine for longer, until it is found."""
    least, seconds = time.monotonic() + seconds, seconds * PATIENCE
    now = start = time.monotonic()
    again, waiting = now, True
    rate = RATE * len(ALL) / max(len(cases), len(ALL))
    with selectors.DefaultSelector() as ready:
        for c in cases:
            ready.register(c.flow.rx, selectors.EVENT_READ, c.flow)
            c.flow.last = now - c.flow.still  # what was between does not count
        while now < (start + seconds if waiting else 0 if until_found else least):
            for c in cases:
                c.flow.send(now, rate)
            for key, _ in ready.select(0.005):
                key.data.receive()
            now = time.monotonic()
            if now > again:
                waiting = watch(cases)
                again = time.monotonic() + 0.1
    for c in cases:
        c.flow.waited()
        c.flow.still = time.monotonic() - c.flow.last


def lost(c, before, after):
    """What the router did not send on of a case's large packets: {length: packets}"""
    n = {}
    for which, sign in ("came", 1), ("left", -1):
        for (spi, length), packets in after[which].items():
            if spi == c.spi:
                n[length] = n.get(length, 0) + sign * (packets - before[which].get((spi, length), 0))
    return {length: packets for length, packets in n.items() if packets}


def judged(what, cases, before, settled=False, times=1, rows=None):
    """A point for each case, and its row of the table. settled: nothing but probes can have been lost.

    times: how many times longer it may take, since packets are lost at random; what else that may do is most()'s matter
    rows: only so many go to the table
    """
    after = counts()
    look(cases)
    for c in cases:
        f, gone, mtu = Faults(), lost(c, before, after), c.row["pmtu"] if c.how else None
        n = sum(gone.values())
        f.same([length for length in gone if length <= c.true], [], f"lengths lost that fit, {gone}")
        c.unmet = Faults()
        if c.searches or c.how == "mss":
            c.unmet.same(c.took is not None and c.took < SECONDS * times, True, f"found in {c.took} s, {c.row}")
            c.unmet.same(near(c), True, f"{mtu} of {c.true}")
        if c.searches:
            c.unmet.same(c.probes is not None and c.probes < PROBES * times, True, f"{c.probes} probes")
            if settled:
                f.same(n <= c.row["probes_sent"] - c.row["probes_answered"], True, f"{n} lost, but not of {c.row}")
        if c.how == "mute":
            # Now and then it asks again, and is in "base" for as long as that takes.
            now = wait_state(net, c, ("error",))[0]
            f.same((mtu, now["probe_state"], now["probes_answered"]), (SAFE, "error", 0), "row")
        if c.how in ("", "probe off"):
            f.same(c.wait > HOLE, True, f"a black hole: the longest wait is {c.wait:.2f} s")
        else:
            c.unmet.same(c.wait <= STALL * times, True, f"longest wait {c.wait:.2f} s")
        if times == 1:
            f += c.unmet
        took = "" if c.took is None else f"{c.took:.1f}"
        row = what, str(c), took, c.probes or "", mtu or "", c.true, n, f"{c.wait:.1f}"
        if c in cases[:rows]:
            table.append(row)
        print(*row, f"{c.flow.got} bytes", gone, sep=" | ")
        f.point(f"{what}: {c}")
    print(f"{time.monotonic() - started:.1f} s")


def most(what, cases):
    """Most are found soon, though not all can be; that all probes of what fits are lost happens to one at most."""
    cases = [c for c in cases if c.searches]
    worst, f = math.inf, Faults()
    middle = [sorted(worst if v is None else v for v in values)[len(cases) // 2] for values in
              ([c.took for c in cases], [c.probes for c in cases], [c.wait for c in cases])]
    good = sum(c.took is not None and c.took < SECONDS and c.probes < PROBES and c.wait <= STALL for c in cases)
    f.same(good >= len(cases) / 2, True, f"{good} of {len(cases)}")
    unmet = [c.unmet for c in cases if c.unmet]
    f.same(len(unmet) <= 1, True, f"not found: {unmet}")
    f.point(f"{what}: most of {len(cases)} take less than {PROBES} probes and {SECONDS} s, and TCP waits {STALL} s at most")
    print(f"{good} of {len(cases)}, median {middle}", sorted(c.probes or 0 for c in cases), sep=" | ")
    table.append((what, f"espgw, median of {len(cases)}", f"{middle[0]:.1f}", middle[1], "", cases[0].true, "",
                  f"{middle[2]:.1f}"))


def full(what, cases):
    """New connections use what was found, to the byte, and nothing of theirs is lost."""
    connect(cases)
    before = counts()
    run(cases, 2 * PATIENCE)
    after, f = counts(), Faults()
    for c in cases:
        length = fits(c, c.row["pmtu"])
        f.same([k for k in lost(c, before, after) if k <= c.true], [], f"{c}: lost")
        n = after["left"].get((c.spi, length), 0) - before["left"].get((c.spi, length), 0)
        f.same(n > 20, True, f"{c}: {n} packets of {length}")
    f.point(f"{what}: new connections fill their packets to the last byte, and lose none")


KINDS = [("espgw", "xfrm"), ("espgw", "espgw"), ("xfrm", "xfrm")]
ALL = [(*kind, outer) for outer in (4, 6) for kind in KINDS]
for ns in "g1", "g2":
    net.espgw("dev attach wan", ns=ns)
started = time.monotonic()

# ---- (a), (b) ----

for what, hole, mtu in ("routers say nothing", "no ICMP", 1400), ("routers do not say 3/4", "no 3/4", 1333):
    routers_say(net, hole)
    path(mtu)
    cases = [Case(*kind) for kind in ALL]
    before = counts()
    set_up(cases, mtu, mtu)
    run(cases, 5)
    judged(what, cases, before, settled=True)
    full(what, [c for c in cases if c.searches])
    take_down(cases)
routers_say(net, "no ICMP")

# ---- (e), (f) ----

path(1500)
cases = [Case(*kind) for kind in ALL] + [Case("espgw", "xfrm", how="probe off")]
set_up(cases, 1500, 1500)
run(cases, 8, until_found=True)
for _ in range(50):  # the other way as well
    if all(r["probe_state"] == "complete" for r in net.show("pmtu show", ns="g2") if r["probe_state"] != "off"):
        break
    time.sleep(0.1)
connect(cases)
run(cases, 4)
before = counts()
begin(cases, 1400)
path(1400)
run(cases, 7)
judged("from 1500 to 1400", cases, before)
path(1500)
before = counts()
begin(cases, 1500)
net.espgw(*(f"pmtu probe {name(c)}" for c in cases if c.searches))
run(cases, 5)
judged("from 1400 to 1500", cases, before)
full("from 1400 to 1500", [c for c in cases if c.searches])
take_down(cases)

# ---- (d) ----

for there, back in (1340, 1480), (1480, 1340):
    what = f"{there} there, {back} back"
    path(there, back)
    cases = [Case(*kind, back=way) for way in (False, True) for kind in KINDS if kind[1 if way else 0] == kind[0]]
    before = counts()
    set_up(cases, there, back)
    run(cases, 5)
    judged(what, cases, before, settled=True)
    take_down(cases)

# ---- (c), (h) ----

def listens(gateway, port):
    """Has a TCP socket of a gateway come so far?"""
    for table_ in "tcp", "tcp6":
        with net.inside(net.ns[f"g{gateway}"]), open(f"/proc/thread-self/net/{table_}") as f:
            if any(w[3] == "0A" and w[1].endswith(f":{port:04X}") for w in map(str.split, f)):
                return True
    return False


def mss(c):
    """The path MTU by TCP between the gateways: the seconds that it took."""
    def start(gateway, verb):
        _, d, _, _, spi, _ = c.ends(gateway)
        return subprocess.Popen([ESPGW, "-n", net.ns[f"g{gateway}"], "mss", *verb.split(), "spi", hex(spi), "dst", d,
                                 "timeout", "20"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    ends = [start(2, "listen once")]
    while not listens(2, 4500) and ends[0].poll() is None:
        time.sleep(0.05)
    since = time.monotonic()
    ends.append(start(1, "probe"))
    ends[1].wait()
    took = time.monotonic() - since
    said = [p.communicate()[0] for p in ends]
    equal([p.returncode for p in ends], [0, 0], f"{c}: the gateways agree: {' '.join(said[1].split())}")
    return took


path(1420)
net.nft("r", "table inet clamp { chain forward { type filter hook forward priority 0; "
              "tcp flags syn tcp option maxseg size set rt mtu; }; }")
net.sysctl("b", "ipv4/icmp_echo_ignore_all", 1)
net.sysctl("b", "ipv6/icmp/echo_ignore_all", 1)
cases = [Case("espgw", "espgw", outer, how="mss") for outer in (4, 6)] + [
    Case("espgw", "xfrm", outer, how="mute") for outer in (4, 6)] + [Case("xfrm", "xfrm")]
before = counts()
set_up(cases, 1420, 1420)
took = [mss(c) for c in cases[:2]]
connect(cases)
for c, seconds in zip(cases, took):
    c.took, c.probes = seconds, "TCP"
run(cases, 7)
judged("routers clamp MSS, nobody answers", cases, before)
take_down(cases)
net.nft("r", "delete table inet clamp")
net.sysctl("b", "ipv4/icmp_echo_ignore_all", 0)
net.sysctl("b", "ipv6/icmp/echo_ignore_all", 0)

# ---- (g) ----

# IPv6 hosts send no less than 1280, so espgw sends fragments where the path takes less than that and ESP. Of some one is
# lost; the other is followed until its timeout. At this rate that is more than there are places for by default.
net.espgw("vfr set dev wan dir in max-reassemblies 1024", ns="g2")
path(1450)
loses(5)
cases = [Case(*kind) for kind in ALL]
while sum(c.searches for c in cases) < MANY:
    cases += [Case("espgw", two, outer) for two in ("xfrm", "espgw") for outer in (4, 6)]
before = counts()
set_up(cases, 1450, 1450)
run(cases, 4)
run(cases, SECONDS * AT_RANDOM, until_found=True)
judged("5 % loss", cases, before, times=AT_RANDOM, rows=len(ALL))
most("5 % loss", cases)
connect(cases)
run(cases, 4)
before = counts()
begin(cases, 1350)
path(1350)
run(cases, 4)
run(cases, SECONDS * AT_RANDOM, until_found=True)
run(cases, 1)
judged("5 % loss, from 1450 to 1350", cases, before, times=AT_RANDOM, rows=len(ALL))
most("5 % loss, from 1450 to 1350", cases)
take_down(cases)
loses(0)

with open(sys.argv[1], "w") as out:
    print("| path | gateways | found after, s | probes | path MTU | true | lost | longest wait, s |\n" + "|---" * 8 + "|",
          *("| " + " | ".join(map(str, row)) + " |" for row in table), sep="\n", file=out)
    print(f"\nDebian's {os.uname().release} in QEMU, {time.strftime('%Y-%m-%d')}.", file=out)
done()
