# SPDX-License-Identifier: GPL-2.0
"""An hour of mixed traffic, rekeys and changes of the path MTU between two gateways that are espgw's.

In the environment TORTURE_SECONDS: for how long; TORTURE_SEED: what is drawn.
"""

import random
import re

from steady import *

SECONDS = float(os.environ.get("TORTURE_SECONDS") or 30)
SEED = int(os.environ.get("TORTURE_SEED") or 4303)
EACH = 5  # seconds between looks at memory
WARM = min(60, SECONDS / 10)  # until what is kept for a while, TIME_WAIT and the like, is as much as it will be
# Bytes that may be more in the last quarter than in the first: less than 100 for each SA of an hour.
GROWTH = {"unreclaimable": 1 << 20, "kmalloc": 1 << 20, "used": 16 << 20}
GATEWAYS = "g1", "g2"
LINKS = ("a", "a0"), ("g1", "lan wan"), ("r", "r1 r2"), ("g2", "lan wan"), ("b", "b0")
WAN = ("g1", "wan"), ("r", "r1 r2"), ("g2", "wan")
rng = random.Random(SEED)
processors = os.sched_getaffinity(0)
net = Net()
os.sched_setaffinity(0, processors)  # nobody asks for order here
TUNNELS = [Tunnel(1, "gcm128"), Tunnel(2, "gcm128", natt=True), Tunnel(3, "cbc-sha256", outer=6)]
V4, NATT, V6 = TUNNELS
made = 4 * len(TUNNELS)  # SAs


# -- what happens

def sas(gateway):
    """A gateway's lines for its SAs of the present generation, outbound and inbound."""
    lines = [line for t in TUNNELS for line in t.commands(gateway) if line.startswith("sa add")]
    return [x for x in lines if " dir out " in x], [x for x in lines if " dir in " in x]


def gone(lines):
    """The lines that delete what these have added."""
    return [f"sa del dir {way} dst {dst} spi {spi}" for way, dst, spi in
            (re.match(r"sa add dir (\w+) src \S+ dst (\S+) spi (\S+)", line).groups() for line in lines)]


def rekey():
    """New SAs before the old ones go: inbound first, outbound, and the other way round."""
    global made
    old = {g: sas(g) for g in (1, 2)}
    for t in TUNNELS:
        t.spi_out, t.spi_in = t.spi_out + 0x10000, t.spi_in + 0x10000
    new = {g: sas(g) for g in (1, 2)}
    net.espgw(*new[1][1])
    net.espgw(*new[2][1], *new[2][0], ns="g2")
    net.espgw(*new[1][0])
    net.espgw(*gone(old[1][0]))
    time.sleep(0.3)  # what the old ones have made has arrived
    net.espgw(*gone(old[2][0]), *gone(old[2][1]), ns="g2")
    time.sleep(0.3)
    net.espgw(*gone(old[1][1]))
    made += 4 * len(TUNNELS)


class Tcp:
    """From a to b, a connection after the other, some kilobytes at a time."""

    def __init__(self, tunnel, family):
        self.family = socket.AF_INET if family == 4 else socket.AF_INET6
        s, self.listener = net.ends(tunnel, family, socket.SOCK_STREAM)
        self.source, self.to = s.getsockname()[0], self.listener.getsockname()[:2]
        s.close()
        self.listener.listen()

    def send(self, seconds):
        """[connections, bytes]"""
        end, connections, count = time.monotonic() + seconds, 0, 0
        while time.monotonic() < end:
            with net.socket("a", self.family, socket.SOCK_STREAM) as s:
                s.setsockopt(socket.IPPROTO_IP if self.family == socket.AF_INET else socket.IPPROTO_IPV6,
                             15 if self.family == socket.AF_INET else 78, 1)  # freebind
                s.bind((self.source, 0))
                s.settimeout(60)
                s.connect(self.to)
                connections += 1
                until = min(end, time.monotonic() + 10)
                while time.monotonic() < until:
                    s.sendall(pattern(16384))
                    count += 16384
                    time.sleep(0.1)
                s.shutdown(socket.SHUT_WR)
                s.recv(1)  # the other end has read all of it
        with net.socket("a", self.family, socket.SOCK_STREAM) as s:  # so that the other end knows
            s.connect(self.to)
            s.sendall(b"end")
        return connections, count

    def receive(self):
        """[connections, bytes that are what was sent]"""
        connections = count = 0
        while True:
            s, _ = self.listener.accept()
            with s:
                at = 0
                while data := s.recv(1 << 16):
                    if data == b"end":
                        return connections, count
                    wanted = (pattern(16384) * 6)[at:at + len(data)]
                    count += len(data) if data == wanted else 0
                    at = (at + len(data)) % 16384
                connections += 1

    def start(self, seconds):
        return Child(self.receive), Child(lambda: self.send(seconds))


def ping(to, size, seconds):
    """[sent, answered]"""
    said = subprocess.run(["ip", "netns", "exec", net.ns["a"], "ping", "-q", "-i", "0.2", "-s", str(size), "-W", "2",
                           "-c", str(int(seconds * 5)), to], stdout=subprocess.PIPE, text=True).stdout
    return [int(n) for n in re.search(r"(\d+) packets transmitted, (\d+) received", said).groups()]


# -- what is seen

def links(which):
    """What these ends of links have dropped of what they sent: the queue behind was full, or it was longer than the link."""
    count = 0
    for ns, devs in which:
        rows = json.loads(subprocess.run(["ip", "-n", net.ns[ns], "-s", "-j", "link", "show"], stdout=subprocess.PIPE, check=True).stdout)
        count += sum(r["stats64"]["tx"]["dropped"] for r in rows if r["ifname"] in devs.split())
    return count


def stack(ns):
    """What a namespace's stack has counted."""
    found = {}
    with net.inside(net.ns[ns]):
        with open("/proc/thread-self/net/snmp") as f:
            lines = [line.split() for line in f]
            for names, values in zip(lines[::2], lines[1::2]):
                found.update({names[0][:-1] + k: int(v) for k, v in zip(names[1:], values[1:])})
        with open("/proc/thread-self/net/snmp6") as f:
            found.update({k: int(v) for k, v in (line.split() for line in f)})
    return found


def everything():
    return {"stats": {g: net.stats(g) for g in GATEWAYS}, "stack": {n: stack(n) for n in net.ns}, "links": links(LINKS), "wan": links(WAN)}


def caches():
    """Bytes in use of each of the kernel's caches, and for its processors."""
    with open("/proc/slabinfo") as f:
        found = {r[0]: int(r[1]) * int(r[3]) for r in map(str.split, list(f)[2:])}
    with open("/proc/meminfo") as f:
        found["Percpu"] = next(int(line.split()[1]) << 10 for line in f if line.startswith("Percpu:"))
    return found


def used():
    with open("/proc/meminfo") as f:
        found = {k: int(v.split()[0]) << 10 for k, v in (line.split(":") for line in f)}
    return found["MemTotal"] - found["MemAvailable"]


def look():
    return {"unreclaimable": memory(), "kmalloc": sum(n for k, n in caches().items() if k.startswith("kmalloc-")), "used": used()}


net.espgw("dev attach wan", "default set pmtu-age 10", *(c for t in TUNNELS for c in t.commands(1)))
net.espgw("dev attach wan", "default set pmtu-age 10", *(c for t in TUNNELS for c in t.commands(2)), ns="g2")
FLOWS = {"IPv4, fits": Flow(net, V4, 4, 200, 50), "IPv4, is cut": Flow(net, V4, 4, 2500, 20), "IPv6, fits": Flow(net, V4, 6, 200, 20),
         "IPv6, in pieces": Flow(net, V4, 6, 2500, 10), "in UDP": Flow(net, NATT, 4, 1000, 20), "in UDP, is cut": Flow(net, NATT, 4, 2500, 10),
         "over IPv6": Flow(net, V6, 4, 1000, 20), "over IPv6, IPv6": Flow(net, V6, 6, 1400, 10)}
tcp = Tcp(V4, 4), Tcp(V6, 6)
host = FLOWS["IPv4, fits"].ends[1].getsockname()[0]
for again in False, True:  # hosts learn what fits by what is lost
    got = [child.result() for child in [flow.start(0.5) for flow in FLOWS.values()]]
equal(got, [[flow.rate // 2] * 4 for flow in FLOWS.values()], "before: all of each flow arrives")
for p in net.ports.values():  # nobody looks at what they catch
    p.rx.close()
time.sleep(2)
before, begin = everything(), time.monotonic()
running = {name: flow.start(SECONDS) for name, flow in FLOWS.items()}
streams = [t.start(SECONDS) for t in tcp]
pings = [Child(lambda size=size: ping(host, size, SECONDS)) for size in (56, 1372)]
looks, changes, rekeys, said = [], 0, 0, begin
while (now := time.monotonic()) < begin + SECONDS:
    rekey()
    rekeys += 1
    if rekeys % 2:
        net.mtu(r2=rng.randrange(1400, 1501))  # what IPv6 hosts may send at least fits, whole
        changes += 1
    if now - begin >= WARM + EACH * len(looks):
        looks.append(look())
        if len(looks) == 1:
            early = caches()
    if now >= said + 60:
        said = now
        print(f"{now - begin:.0f} s: {rekeys} rekeys, {changes} MTUs, " + ", ".join(f"{k} {v >> 10} KiB" for k, v in looks[-1].items()), flush=True)
    time.sleep(max(0, now + 2.5 - time.monotonic()))
took, late = time.monotonic() - begin, caches()

f, sent, lost = Faults(), 0, 0
for name, child in running.items():
    out, arrived, back, returned = child.result()
    print(f"{name}: {out} and {back} sent, {out - arrived} and {back - returned} lost")
    sent, lost = sent + out + back, lost + out - arrived + back - returned
for child in pings:
    out, arrived = child.result()
    print(f"pings: {out} sent, {out - arrived} lost")
    sent, lost = sent + out, lost + out - arrived
connections, octets = [sum(x) for x in zip(*(s.result() for _, s in streams))]
received = [sum(x) for x in zip(*(r.result() for r, _ in streams))]
net.mtu(r2=1500)
time.sleep(5)  # what was under way has arrived, what is held is given up
after = everything()


def counted(*keys):
    x, y = after, before
    for k in keys:
        x, y = x[k], y[k]
    return x - y


gateways = {k: sum(counted("stats", g, k) for g in GATEWAYS) for k in after["stats"]["g1"]}
drops = {k: n for k, n in gateways.items() if k.startswith("drop_") and n}
stacks = {f"{n} {k}": counted("stack", n, k) for n in net.ns for k in ("IpFragFails", "Ip6FragFails", "IpReasmFails", "Ip6ReasmFails")
          if counted("stack", n, k)}
router = counted("stack", "r", "IpFragFails") + counted("stack", "r", "Ip6FragFails")
missing = gateways["out_packets"] - sum(n for k, n in gateways.items() if k in ("in_packets", "in_dummy", "in_probe") or k.startswith("drop_in_"))
print(f"ESP: {gateways['out_packets']} made, {missing} did not arrive; the router has refused {router}, links on the WAN have dropped {counted('wan')}, "
      f"all links {counted('links')}")
print(f"drops: {drops}; stacks: {stacks}")
f.same(router <= missing <= router + counted("wan"), True, "ESP that did not arrive, and was refused or dropped on the way")
f.point(f"of {gateways['out_packets']} ESP packets, each arrived, or was refused by the router, or dropped by a link")
f = Faults()
f.same(set(drops) <= {"drop_out_too_big", "drop_in_vfr", "drop_out_vfr"}, True, f"reasons: {drops}")
f.same(lost <= sum(drops.values()) + sum(stacks.values()) + counted("links"), True, f"lost: {lost}")
f.point("what the gateways drop is too big, or a piece of what did not come whole; no more is lost than was dropped")
ok(received == [connections, octets] and octets > 0, "TCP: what was sent has arrived", f"{received} of {[connections, octets]}")
grown = sorted(((n - early.get(k, 0), k) for k, n in late.items()), reverse=True)[:6]
print("grown most: " + ", ".join(f"{k} {n >> 10:+} KiB" for n, k in grown))
quarter = max(1, len(looks) // 4)
first, last = ({k: sum(x[k] for x in some) // len(some) for k in GROWTH} for some in (looks[:quarter], looks[-quarter:]))
ok(all(last[k] - first[k] <= GROWTH[k] for k in GROWTH), "the kernel's memory has not grown from the first quarter to the last",
   f"first {first}, last {last}")
equal([[r["state"] for r in net.show("sa show", ns=g)] for g in GATEWAYS], [["valid"] * 2 * len(TUNNELS)] * 2, "there are as many SAs as there were, and valid")
print("figure " + json.dumps({"soak": round(took), "rekeys": rekeys, "sas": made, "mtus": changes, "esp": gateways["out_packets"], "sent": sent,
                              "lost": lost, "refused": router, "links": counted("links"), "drops": drops, "tcp": octets,
                              "growth": {k: last[k] - first[k] for k in GROWTH}, "memory": first}))
done()
