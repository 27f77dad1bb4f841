# SPDX-License-Identifier: GPL-2.0
"""SAs around SAs where packets do not go from one to the next at once; gre.py has it where they do.

A device's queue holds a packet until its time has come; an asynchronous cipher gives it back from a worker.  Either
way nobody who called still waits for it, and only the packet itself can tell where it has been.
"""

from asynccipher import asynchronous, synchronous
from over import *

SIZE = 200
LENGTHS = Tunnel(0, "gcm128")  # ChaCha20-Poly1305 adds as much


def queues(ns, *names):
    """From now on packets wait in the queues of these devices."""
    subprocess.run(["tc", "-n", net.ns[ns], "-batch", "-"], text=True, check=True,
                   input="".join(f"qdisc replace dev {name} root netem delay 2ms\n" for name in names))


def slow(packets, port="a0"):
    """As sent(), of one packet or several, with time for all that has to wait."""
    before = net.stats()
    net.send(port, *packets)
    time.sleep(0.15)
    caught = net.settle()
    counted = {k: v for k, v in net.counted(before).items()
               if k in ("out_packets", "drop_out_too_big", "drop_out_loop", "drop_out_held", "drop_out_no_route")}
    wire = caught["r1"] if port == "a0" else caught["r2"]
    return {"answers": [p for p in caught[port] if p.answer()],
            "esp": sorted(p.len for p in wire if p.is_esp),
            "other": [p for p in wire if not p.is_esp and not p.answer()],
            "arrived": sorted(p.raw for p in caught["b0" if port == "a0" else "a0"]), "counted": counted}


def became(f, what, packets, esp, arrived=True, port="a0", **counted):
    """What became of packets: ESP packets of these lengths, whether they arrived, what was counted on gateway 1."""
    got = slow(packets, port)
    wanted = {"answers": [], "esp": sorted(esp), "other": [],
              "arrived": sorted(map(forwarded, packets)) if arrived else [], "counted": counted}
    if port != "a0":
        del wanted["counted"]
    for k, v in wanted.items():
        f.same(got[k], v, f"{what}: {k}")


def alerts():
    return [(e["event"], int(e["spi"], 16)) for e in monitor.events(1.5, "alert")]


# ---- nesting ----


class Nest:
    """Devices 1 to 4, each of which lies in the next one: the ESP of each goes to addresses that are routed by that.

    The hosts' own packets have an SA as well, which is routed by one of them: so they are in one to five.
    """

    def __init__(self, which, alg):
        self.names = [f"gre{which}{k}" for k in range(1, 5)]
        self.hosts = 20 * which + 10
        number = 5 * which
        level = {k: Over(20 * which + k, alg, *ends(85 + number + k), ends=None if k == 4 else ends(95 + number + k))
                 for k in range(1, 5)}
        for k, t in level.items():
            protect(t)
            device(self.names[k - 1], "gre", t.local, t.remote, number=20 + number + k)
        for k in 1, 2, 3:
            routed(95 + number + k, self.names[k])
        for depth in range(1, 6):
            protect(Over(self.hosts + depth, alg, ends=None if depth == 1 else ends(105 + number + depth)))
            if depth > 1:
                routed(105 + number + depth, self.names[5 - depth])

    def packet(self, depth, back=False):
        return inside(self.hosts + depth, SIZE, df=1, back=back)

    def length(self, depth):
        """Of ESP, that many deep."""
        n = LENGTHS.outer_len(SIZE)
        for _ in range(depth - 1):
            n = LENGTHS.outer_len(n + 24)
        return n

    def points(self, what):
        f, depths = Faults(), range(1, 5)
        became(f, "out", [self.packet(d) for d in depths], [self.length(d) for d in depths], out_packets=sum(depths))
        became(f, "back", [self.packet(d, back=True) for d in depths], [self.length(d) for d in depths], port="b0")
        f.point(f"{what}: 1 to 4 deep, both ways")
        f, order = Faults(), [i * 7 % 4 + 1 for i in range(24)]
        became(f, "out", [self.packet(d) for d in order], [self.length(d) for d in order], out_packets=sum(order))
        f.point(f"{what}: many packets of each depth among each other")
        f = Faults()
        became(f, "out", [self.packet(5)], [], arrived=False, out_packets=4, drop_out_loop=1)
        became(f, "after it", [self.packet(4)], [self.length(4)], out_packets=4)
        f.same(alerts(), [], "alerts")
        f.point(f"{what}: 5 deep is refused; that holds nothing down, and is no alert")


# ---- circles ----

circles = 0


class Circle:
    """SA a protects the packets of device ga, and leads by device gb; SA b protects those, and leads to the router."""

    def __init__(self, alg, family=4):
        global circles
        circles += 1
        self.family, n, v4 = family, 2 * circles, family == 4
        self.names, self.head = (f"ga{circles}", f"gb{circles}"), 24 if v4 else 44
        kind, words = ("gre", "ttl 64") if v4 else ("ip6gre", "encaplimit none hoplimit 64")
        self.sa, self.outer, commands = [], [], []
        for k, name in enumerate(self.names):
            inner, outer = ([f"192.168.{x}.{end}" if v4 else f"fd00:0:{x:x}::{end}" for end in (1, 2)]
                            for x in (170 + n + k, 130 + n + k))
            t = Over(60 + n + k, alg, *inner, ends=outer, outer=family)
            self.sa.append(t)
            self.outer.append(outer)
            commands += [*(f"addr add {x[0]}/{32 if v4 else 128} dev lo" for x in (inner, outer)),
                         f"link add {name} type {kind} local {inner[0]} remote {inner[1]} {words}",
                         f"link set {name} addrgenmode none", f"link set {name} up",
                         f"route add 10.2.{t.i}.0/24 dev {name}"]
        net.ip("g1", commands)
        net.espgw(*(c for t in self.sa for c in t.commands()))
        self.lead(0, self.names[1])

    def lead(self, k, dev=None):
        """The ESP of SA k goes by a device from now on, or to the router."""
        src, dst = self.outer[k]
        via = f"dev {dev}" if dev else f"via {R1[self.family]}"
        net.ip("g1", [f"route replace {dst} {via} src {src}"])

    def packet(self, k):
        return inside(self.sa[k].i, SIZE, df=1)

    def length(self, sas):
        """The length of ESP of so many SAs, around a packet in a device."""
        base = LENGTHS if self.family == 4 else Tunnel(0, "gcm128", outer=6)
        n = SIZE
        for _ in range(sas):
            n = base.outer_len(n + self.head)
        return n


def circle(what, alg="gcm128", queue=True, family=4):
    """A point: in line as long as it leads to an end; once it leads in a circle, dropped where it comes round."""
    f, c = Faults(), Circle(alg, family)
    if queue:
        queues("g1", *c.names)
    became(f, "a in b", [c.packet(0)], [c.length(2)], arrived=False, out_packets=2)
    c.lead(1, c.names[0])
    became(f, "a in b in a", [c.packet(0)], [], arrived=False, out_packets=2, drop_out_loop=1)
    f.same(alerts(), [("recursive_routing", c.sa[0].spi_out)], "alerts")
    became(f, "the next one", [c.packet(0)], [], arrived=False, drop_out_held=1)
    became(f, "b in a", [c.packet(1)], [], arrived=False, out_packets=1, drop_out_held=1)
    c.lead(1)
    became(f, "b to the router again, a that still rests", [c.packet(1), c.packet(0)], [c.length(1)], arrived=False,
           out_packets=1, drop_out_held=1)
    f.point(what)
    time.sleep(0.5)  # an alert of the same kind is told once a second


def swapped(what, alg="gcm128", queue=True):
    """A point: a in b becomes b in a, which is no circle at any time."""
    f, c = Faults(), Circle(alg)
    if queue:
        queues("g1", *c.names)
    both = [c.packet(0), c.packet(1)]
    became(f, "a in b", both, [c.length(2), c.length(1)], arrived=False, out_packets=3)
    c.lead(0)
    c.lead(1, c.names[0])
    became(f, "b in a", both, [c.length(1), c.length(2)], arrived=False, out_packets=3)
    c.lead(1)
    c.lead(0, c.names[1])
    became(f, "a in b again", both, [c.length(2), c.length(1)], arrived=False, out_packets=3)
    f.same(alerts(), [], "alerts")
    f.point(what)


def alone(what, alg="gcm128", queue=True):
    """A point: an SA that leads into its own device."""
    f, c = Faults(), Circle(alg)
    if queue:
        queues("g1", *c.names)
    c.lead(1, c.names[1])
    became(f, "b in b", [c.packet(1)], [], arrived=False, out_packets=1, drop_out_loop=1)
    f.same(alerts(), [("recursive_routing", c.sa[1].spi_out)], "alerts")
    became(f, "the next one", [c.packet(1)], [], arrived=False, drop_out_held=1)
    f.point(what)
    time.sleep(0.5)


net.espgw(Over(59, "gcm128").commands()[0])
monitor = Monitor(net, "sa alert", nudge=f"sa set dst {G2[4]} spi {0x1000 + 59:#x} dscp copy")
plain = Nest(1, "gcm128")
for ns in "g1", "g2":
    queues(ns, "wan", *plain.names)
plain.points("behind queues")
circle("two SAs in a circle, at once", queue=False)
circle("two SAs in a circle, behind queues: dropped where they come round, and the first rests")
circle("the same over IPv6", family=6)
alone("an SA in its own device, behind a queue")
swapped("SAs that change their places are in no circle, at once", queue=False)
swapped("nor behind queues")

# ---- an asynchronous cipher ----

WHAT = "asynchronously"
if asynchronous():
    before = net.stats()
    nest = Nest(2, "chacha")
    nest.points(WHAT)
    circle(f"two SAs in a circle, {WHAT}", "chacha", queue=False)
    circle(f"two SAs in a circle, {WHAT} and behind queues", "chacha")
    alone(f"an SA in its own device, {WHAT}", "chacha", queue=False)
    swapped(f"SAs that change their places are in no circle, {WHAT}", "chacha", queue=False)
    counted = net.counted(before)
    equal(counted.get("out_async"), counted["out_packets"], "all of them were encrypted so")
    net.espgw("policy flush", "sa flush")
    # The devices' cached routes hold on to SAs.
    net.ip("g2", [f"link del {name}" for name in nest.names] + ["xfrm policy flush", "xfrm state flush"])
    synchronous()
else:
    for _ in range(8):
        ok(True, f"{WHAT} # SKIP this kernel has no such cipher")
done()
