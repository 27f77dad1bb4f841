# SPDX-License-Identifier: GPL-2.0
"""Gateways made at random, which change under traffic: nothing leaves in clear, nothing is lost without a reason.

A number, the seed, makes a gateway: one or two uplinks, each a stack of up to three devices; what is in VRFs; tunnels
and policies, for all devices or for one that is the tunnel's own; and what happens to it.  After each event, and once
while it happens, hosts a and b and the gateway itself talk.

What must hold is asked of what is seen from outside:
- What a policy covers has a mark in it.  On no device of the gateway but the LAN's does it leave with that to be read,
  and it arrives so on no device of the router.
- While nothing changes, what is routed into a tunnel's own device is protected by its policy for that.
- What the router forges in clear, with a mark of its own, does not arrive on the LAN.
- While nothing changes, all that is sent arrives, whole, or its sender is told why not, or NAT has taken it out of its
  policy, and just as many are counted for that.  What no policy covers arrives as well, and in clear.
- While something changes, as much as is lost is counted by somebody: espgw, the stack, a device; or was ESP already.
"""

import ipaddress
import random
import re
import select
import traceback

from stack import *
from watch import *

# Those of a run that is not told others.  The third had a device go before its name was read.
SEEDS = [12, 13, 868476255]
FORGED, FREE = b"in clear text: forged, must not arrive", b"in clear text: may be seen by all"
COVERED, REPLY, TWICE = 1, 2, 4  # what a message says of itself: it is covered; it answers; and it is answered
UPLINK = {4: ("172.31.{}.1", "172.31.{}.2"), 6: ("fd31:0:{}::1", "fd31:0:{}::2")}
NOBODY = {4: "172.30.0.9", 6: "fd30::9"}
BEHIND = {4: "10.2.0.0/16", 6: "fd02::/16"}
OUTSIDE = {4: "10.99.0.1", 6: "fd99::1"}  # of the router, and of no policy
VIP = {4: "10.77.0.9", 6: "fd77::9"}  # DNAT makes something of it that is covered
OWN, HOST = {4: "10.1.0.1", 6: "fd01::1"}, {4: "10.1.0.2", 6: "fd01::2"}
HOME = {4: "10.1.0.0/16", 6: "fd01::/16"}
# What is in a VRF of its own: the uplinks, and the SAs' addresses with them or not; the LAN.
VRFS = {None: (), "the WAN": ("wan", "outer"), "the WAN, by leaked routes": ("wan",), "the LAN": ("lan",),
        "WAN and LAN": ("wan", "outer", "lan")}
TABLE = {"wan": "100", "lan": "200"}  # of the devices vrfwan and vrflan
# Devices that a tunnel's policies may be for.
BASED = {"dummy": "type dummy", "gre": f"type gre local {G1[4]} remote {NOBODY[4]} ttl 64 key {{id}}", "xfrm": "type xfrm dev lo if_id {id}"}
PORT = 1500
INSIDE = ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd01::/16")  # what policies cover as source
SHORT = 1100  # bytes of an answer: what the peer and the router make of longer ones is not asked
AF = {4: socket.AF_INET, 6: socket.AF_INET6}

net = Net()
# A VRF's device has what this host says itself to those in it.
watches = {"g1": Watch(net, spare=("lan", "lo", "ifb9", "vrflan")), "r": Watch(net, "r", ("lo",), incoming=True)}
forgery = Watch(net, "a", ("lo",), incoming=True, mark=FORGED)
seen = net.socket("g2", socket.AF_PACKET, socket.SOCK_DGRAM, 0)
seen.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
seen.bind(("wan", 3))
seen.setblocking(False)
told = net.socket("a", socket.AF_PACKET, socket.SOCK_DGRAM, 0)
told.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
told.bind(("a0", 3))
told.setblocking(False)


def esp_seen():
    """How many packets of ESP have come to gateway 2, those in fragments once."""
    n = 0
    while True:
        try:
            raw, (_, proto, kind, *_) = seen.recvfrom(70000)
        except BlockingIOError:
            return n
        if kind == OUTGOING or proto not in (0x800, 0x86dd):
            continue
        p = Packet(raw)
        n += p.off == 0 and (p.is_esp or p.proto in (ESP, UDP) and 4500 in (p.sport, p.dport))


def socket_at(ns, address, port=0):
    """At any address, of the host's or not."""
    s = net.socket(ns, AF[6 if ":" in address else 4], socket.SOCK_DGRAM)
    s.setsockopt(*((socket.IPPROTO_IPV6, 75, 1) if ":" in address else (socket.IPPROTO_IP, 19, 1)))  # TRANSPARENT
    s.setsockopt(socket.SOL_SOCKET, 33, 4 << 20)
    s.bind((address, port))
    s.setblocking(False)
    return s


def df(s, family, on):
    """PROBE: set, whatever is known of the path; DONT: clear."""
    s.setsockopt(*((socket.IPPROTO_IP, 10) if family == 4 else (socket.IPPROTO_IPV6, 23)), 3 if on else 0)


class Talk:
    """What the hosts say to each other, by number."""

    def __init__(self):
        self.poll, self.sockets, self.count = select.poll(), {}, 0
        self.port, self.sent, self.there, self.back, self.answered, self.broken = 20000, {}, set(), set(), set(), []
        self.source = {}  # by number: from where it has arrived
        for family in 4, 6:
            for i in range(3):
                self.serve(socket_at("b", Tunnel(i, "gcm128").right[family], PORT))
            self.serve(socket_at("r", OUTSIDE[family], PORT))
            self.serve(socket_at("a", HOST[family], PORT))

    def serve(self, s):
        self.sockets[s.fileno()] = s
        self.poll.register(s, select.POLLIN)
        return s

    def hang_up(self, s):
        self.poll.unregister(s)
        del self.sockets[s.fileno()]
        s.close()

    def text(self, number, flags, size):
        # The number first: what is quoted of it may be short.
        head = struct.pack("!I", number) + (MARK if flags & COVERED else FREE) + struct.pack("!BH", flags, size)
        return head + pattern(max(size - len(head), 0), number)

    def say(self, s, to, flags, *sizes):
        """Returns the numbers of what was said; several at once are a super-packet."""
        numbers = range(self.count + 1, self.count + 1 + len(sizes))
        self.count += len(sizes)
        for n, size in zip(numbers, sizes):
            self.sent[n] = flags, size
        try:
            s.sendto(b"".join(self.text(n, flags, size) for n, size in zip(numbers, sizes)), to)
        except OSError:  # the host was told something
            self.answered.update(numbers)
        return list(numbers)

    def say_all(self, s, to, flags, sizes):
        """Each by itself, but those that are in a list."""
        numbers = []
        for size in sizes:
            if isinstance(size, list):
                s.setsockopt(UDP, 103, size[0])  # UDP_SEGMENT
                numbers += self.say(s, to, flags, *size)
                s.setsockopt(UDP, 103, 0)
            else:
                numbers += self.say(s, to, flags, size)
        return numbers

    def hear(self, seconds):
        """All that has come, and within so many seconds comes."""
        heard = 0
        for fd, _ in self.poll.poll(seconds * 1000):
            s = self.sockets.get(fd)
            while s:
                try:
                    data, who = s.recvfrom(70000)
                except BlockingIOError:
                    break
                except OSError:
                    continue
                heard += 1
                self.take(s, data, who)
        while True:
            try:
                raw, (_, proto, kind, *_) = told.recvfrom(70000)
            except BlockingIOError:
                return heard
            if kind == OUTGOING or proto not in (0x800, 0x86dd):
                continue
            at = max(raw.find(MARK[:20]), raw.find(FREE[:20]))
            if at >= 4 and Packet(raw).proto in (ICMP, ICMPV6):
                self.answered.add(struct.unpack("!I", raw[at - 4:at])[0])

    def take(self, s, data, who):
        n = 4 + (len(MARK) if MARK in data else len(FREE))
        if len(data) < n + 3:
            self.broken.append(data)
            return
        (number,), (flags, size) = struct.unpack("!I", data[:4]), struct.unpack("!BH", data[n:n + 3])
        if data != self.text(number, flags, size):
            self.broken.append(f"{number}: {len(data)} bytes of {size}")
        if flags & REPLY:
            self.back.add(number)
        elif number in self.there:
            self.broken.append(f"{number}: arrived twice")
        else:
            self.there.add(number)
            self.source[number] = ipaddress.ip_address(who[0])
            if flags & TWICE:
                try:
                    s.sendto(self.text(number, flags | REPLY, min(size, SHORT)), who)
                except OSError:
                    pass

    def until(self, numbers, back, seconds):
        """Waits for those to arrive, and for the answers of some; returns what did not."""
        end = time.monotonic() + seconds
        while True:
            missing = {n for n in numbers if n not in self.there and n not in self.answered} | \
                      {n for n in back if n not in self.back and n not in self.answered}
            if not missing or time.monotonic() > end:
                return missing
            if self.hear(0.05):
                end = max(end, time.monotonic() + seconds / 2)


def lost_by_nat():
    """A flow that is masqueraded and takes another device begins anew with its next packet; this one is dropped, and the
    kernel counts it nowhere."""
    n = net.nft_packets("g1")
    return n["before"] - n["behind"]


def lost_by_stacks():
    """The gateway's; and what host a could not hand over, while the LAN's device was down."""
    return {**losses(net, "g1"), **{f"a's {k}": v for k, v in losses(net, "a").items() if k.startswith("dev")}, "NAT": lost_by_nat()}


class Gateway:
    """The gateway of a seed."""

    def __init__(self, seed):
        self.seed, self.rng, self.faults, self.log = seed, random.Random(seed), Faults(), []
        rng = self.rng
        self.uplinks = [self.stack(k) for k in range(rng.choice((1, 2, 2)))]
        self.link = {f: rng.choice([u for u in self.uplinks if f in u.top.carries] or [None]) for f in (4, 6)}
        families = [f for f in (4, 6) if self.link[f]]
        self.tunnels = [Tunnel(i, rng.choice(("gcm128", "gcm128", "chacha", "cbc-sha256")), rng.choice(families),
                               natt=rng.random() < 0.3, espgw_out=rng.choice(("", "", "df copy", "frag after df clear")))
                        for i in range(rng.choice((1, 2, 3)))]
        self.ports = [rng.random() < 0.25 for _ in self.tunnels]
        self.vrf = rng.choice([None, None, *VRFS]) if "vrf" not in missing else None
        self.based = [self.device_of(t) if rng.random() < 0.4 else None for t in self.tunnels]
        self.inner = {f: self.target(f) for f in (4, 6)}
        self.names, self.nat, self.offload, self.marked, self.ifb, self.mtu = {}, None, None, None, set(), 1500
        self.attached = self.names_to_attach()
        self.renamed, self.back = None, {4: None, 6: None}

    def stack(self, k):
        s, kinds = Stack(net, k), []
        s.plan([])
        for _ in range(self.rng.choice((0, 1, 2, 2, 2))):
            fitting = [kind for kind in KINDS if s.fits(kind) and kind not in missing]
            kinds.append(self.rng.choice(fitting))
            s.plan(kinds)
        return s

    def devices(self):
        return [d for u in self.uplinks for d in u.devices]

    def device_of(self, t):
        """What a tunnel's policies are for, and what is behind it is routed into: kind, to be in the LAN's VRF as well, words
        to attach it; is the policy one to anywhere?"""
        rng = self.rng
        kind = rng.choice([k for k in BASED if k not in missing])
        # Fragments are followed on devices that are attached.
        attach = rng.choice(("", "mtu-follow on") if self.ports[t.i] else (None, "", "mtu-follow on"))
        return kind, rng.random() < 0.5, attach, rng.random() < 0.5

    def target(self, family):
        """By which device what is behind gateway 2 is routed: an uplink's top, or any other."""
        vrf = ["vrfwan"] if "wan" in VRFS[self.vrf] else []
        return self.rng.choice([u.top for u in self.uplinks] * 3 + self.devices() + ["dummy"] + vrf)

    def names_to_attach(self):
        """Names and patterns: the tops of all uplinks, of one, or all devices of one."""
        way = self.rng.randrange(4)
        u = self.rng.choice(self.uplinks)
        return [[x.top.here for x in self.uplinks], [u.top.here], [f"u{u.n}*"], [x.top.here for x in self.uplinks]][way]

    def is_attached(self, name):
        return any(name == a or a.endswith("*") and name.startswith(a[:-1]) for a in self.attached)

    def __str__(self):
        tunnels = [f"{t} {t.espgw_out}{' ports' if p else ''}{f' by {b}' if b else ''}"
                   for t, p, b in zip(self.tunnels, self.ports, self.based)]
        routes = [f"IPv{f} inside by {self.inner[f]}, outside by uplink {u and u.n}" for f, u in self.link.items()]
        return f"seed {self.seed}: " + "; ".join(map(str, [
            *self.uplinks, *tunnels, *routes, "attached " + " ".join(self.attached), f"in VRFs: {self.vrf}"]))

    # -- what it is made of

    def name(self, d):
        return self.renamed if self.renamed and d is self.uplinks[0].top else d.here

    def routed(self, prefix, family, target, table=""):
        """Commands for a route by a device."""
        if target == "both":
            return [f"route replace {prefix}{table} " + " ".join(
                f"nexthop via {UPLINK[family][1].format(u.n)} dev {self.name(u.top)}" for u in self.uplinks)]
        if target == "vrfwan":
            return [f"route replace {prefix} dev vrfwan{table}"]
        if target != "dummy":
            for u in self.uplinks:
                if target is u.top and family in target.carries:
                    return [f"route replace {prefix} via {UPLINK[family][1].format(u.n)} dev {self.name(target)}{table}"]
            if not target.ether:
                return [f"route replace {prefix} dev {self.name(target)}{table}"]
        dev = target if target == "dummy" else self.name(target)
        return [f"route replace {prefix} via {NOBODY[family]} dev {dev} onlink{table}",
                f"neigh replace {NOBODY[family]} lladdr 02:00:00:00:00:77 dev {dev} nud permanent"]

    def in_vrf(self, what):
        return what in VRFS[self.vrf]

    def masters(self):
        """Commands: what is in a VRF, and what is lost by coming into one."""
        lan = "master vrflan" if self.in_vrf("lan") else "nomaster"
        wan = "master vrfwan" if self.in_vrf("wan") else "nomaster"
        here = [f"link set {self.name(u.top)} {wan}" for u in self.uplinks if not u.gone]
        here += [f"link set lan {lan}", f"addr replace {OWN[6]}/64 dev lan nodad"]
        for t, based in zip(self.tunnels, self.based):
            if based:
                here.append(f"link set t{t.i} {lan if based[1] else 'nomaster'}")
        # The SAs' own addresses: there before they are gone elsewhere.  (IPv6's, once more on a VRF's device, would
        # cost it the local route: the kernel takes that for the prefix's, which is in the same table there.)
        to, off = ("vrfwan", "lo") if self.in_vrf("outer") else ("lo", "vrfwan")
        if own["outer"] != to:
            here += [f"addr add {G1[4]}/32 dev {to}", f"addr add {G1[6]}/128 dev {to} nodad",
                     f"addr del {G1[4]}/32 dev {off}", f"addr del {G1[6]}/128 dev {off}"]
            own["outer"] = to
        return here

    def restore(self):
        """Addresses and routes, as they must be."""
        here, there = self.masters(), []
        for u in self.uplinks:
            if u.gone:
                continue
            for f in u.top.carries:
                bits = 24 if f == 4 else 64
                here.append(f"addr replace {UPLINK[f][0].format(u.n)}/{bits} dev {self.name(u.top)}" + " nodad" * (f == 6))
                there.append(f"addr replace {UPLINK[f][1].format(u.n)}/{bits} dev {u.top.there}" + " nodad" * (f == 6))
        # Tables: where the gateway's own look, and hosts of the LAN; where the SAs do; and where what has come by an uplink.
        inside = [" table main"] + [f" table {TABLE['lan']}"] * self.in_vrf("lan")
        outside = f" table {TABLE['wan']}" if self.in_vrf("outer") else " table main"
        back = inside + [f" table {TABLE['wan']}"] * self.in_vrf("wan")
        for table in back:
            for f in 4, 6:
                here.append(f"route replace {HOME[f]} via {HOST[f]} dev lan{table}")
                if table != inside[-1]:
                    here.append(f"route replace local {OWN[f]}/{32 if f == 4 else 128} dev lan{table}")
        for f, u in self.link.items():
            if not u or u.gone:
                continue
            via, home = UPLINK[f][1].format(u.n), UPLINK[f][0].format(u.n)
            bits = 32 if f == 4 else 128
            src = f" src {G1[f]}" if self.in_vrf("outer") == self.in_vrf("wan") else ""  # not another VRF's
            here.append(f"route replace {G2[f]}/{bits} via {via} dev {self.name(u.top)}{src}{outside}")
            here += [f"route replace {OUTSIDE[f]}/{bits} via {via} dev {self.name(u.top)}{table}" for table in inside]
            # What is behind gateway 1: ESP, and what is forged
            there += [f"route replace {G1[f]}/{bits} via {home} dev {u.top.there}",
                      f"route replace {HOME[f]} via {home} dev {u.top.there}"]
        for f in 4, 6:
            for table in inside:
                here += self.routed(BEHIND[f], f, self.inner[f], table)
                here += self.routed(f"{VIP[f]}/{32 if f == 4 else 128}", f, self.inner[f], table)
                here += [f"route replace {t.prefixes(1)[f == 6][1]} dev t{t.i}{table}"
                         for t, based in zip(self.tunnels, self.based) if based]
            if self.marked and self.marked[f]:
                here += self.routed(BEHIND[f], f, self.marked[f], " table 107")
        net.ip("r", there)
        self.back = dict(self.link)
        net.ip("g1", here)

    def policy_words(self, t, ports, based):
        for c in t.commands():
            if c.startswith("policy") and ports:
                c = c.replace(" action", f" proto udp dport {PORT - 10}-{PORT + 10} action")
            if c.startswith("policy") and based:
                # And for all devices, behind: for when there is no such device, and for what comes in clear.
                yield c.replace("policy add", "policy add prio 100")
                c = c.replace("policy add", f"policy add dev t{t.i}")
                if based[3]:
                    c = re.sub(r"dst \S+", f"dst {'::/0' if 'src fd' in c else '0.0.0.0/0'}", c, count=1)
            yield c

    def make_device(self, t, based):
        words = BASED[based[0]].format(id=77 + t.i)
        net.ip("g1", [f"link add t{t.i} {words}", f"link set t{t.i} addrgenmode none", f"addr add 172.29.{t.i}.1/24 dev t{t.i}",
                      f"addr add fd29:0:{t.i}::1/64 dev t{t.i} nodad", f"link set t{t.i} up"])

    def build(self):
        for u in self.uplinks:
            u.make()
        # An address, for who masquerades.
        net.ip("g1", ["link add dummy type dummy", "link set dummy up", "addr add 172.30.1.1/24 dev dummy",
                      "addr add fd30:0:1::1/64 dev dummy nodad"])
        for t, based in zip(self.tunnels, self.based):
            if based:
                self.make_device(t, based)
        self.restore()
        net.espgw(*(f"dev attach {a}" for a in self.attached),
                  *(f"dev attach t{t.i} {based[2]}" for t, based in zip(self.tunnels, self.based) if based and based[2] is not None),
                  *(c for t, p, based in zip(self.tunnels, self.ports, self.based) for c in self.policy_words(t, p, based)))
        net.ip("g2", [c for t in self.tunnels for c in t.xfrm()])
        self.attach_rules()

    def attach_rules(self):
        """What netfilter has to do."""
        text = "table inet n { }\ndelete table inet n\n"
        out = 'oifname != { "lan", "lo", "vrflan" }'
        rules = {"masquerade": f"{out} masquerade",
                 "exempt": f"{out} ip daddr != 10.2.0.0/16 meta nfproto ipv4 masquerade; "
                           f"{out} meta nfproto ipv6 ip6 daddr != fd02::/16 masquerade",
                 "into": f'ip daddr 10.2.0.0/16 ip saddr 10.1.0.0/16 snat ip to 10.1.0.1; ip6 daddr fd02::/16 ip6 saddr fd01::/16 snat ip6 to fd01::1'}
        chains = []
        if self.nat in rules:
            chains.append(f"chain post {{ type nat hook postrouting priority 100; {rules[self.nat]}; }}")
        if self.nat == "dnat":
            chains.append("chain pre { type nat hook prerouting priority -100; "
                          f"ip daddr {VIP[4]} dnat ip to {self.tunnels[0].right[4]}; "
                          f"ip6 daddr {VIP[6]} dnat ip6 to {self.tunnels[0].right[6]}; }}")
        if self.nat == "away":
            chains.append("chain pre { type nat hook prerouting priority -100; "
                          f"iifname lan ip daddr 10.2.0.0/16 dnat ip to {OUTSIDE[4]}; "
                          f"iifname lan ip6 daddr fd02::/16 dnat ip6 to {OUTSIDE[6]}; }}")
        if self.marked:
            for hook, kind in ("prerouting", "filter"), ("output", "route"):
                chains.append(f"chain m{hook} {{ type {kind} hook {hook} priority -150; "
                              "ip daddr 10.2.0.0/16 meta mark set 7; ip6 daddr fd02::/16 meta mark set 7; }")
        if self.offload:
            chains.append(f"flowtable ft {{ hook ingress priority 0; devices = {{ {', '.join(self.offload)} }}; }}\n"
                          "chain f { type filter hook forward priority 0; ct state established flow add @ft; }")
        net.nft("g1", text + ("table inet n {\n" + "\n".join(chains) + "\n}\n" if chains else ""))

    def destroy(self):
        net.espgw("policy flush", "sa flush", "pmtu flush")
        for d in net.show("dev show"):
            if not d.get("pattern"):
                net.espgw(f"dev detach {d['dev']}")
        net.nft("g1", "table inet n { }\ndelete table inet n\n")
        if "lan" in self.ifb:
            tc(net, "g1", "qdisc del dev lan clsact")
        names = [self.renamed, *(d.here for d in reversed(self.devices())), "dummy", "ifb9",
                 *(f"t{t.i}" for t, based in zip(self.tunnels, self.based) if based)]
        for ns, them in ("g1", names), ("r", [d.there for d in reversed(self.devices())]):
            subprocess.run(["ip", "-n", net.ns[ns], "-force", "-batch", "-"], text=True, stderr=subprocess.DEVNULL,
                           input="".join(f"link del {x}\n" for x in them if x) + "route flush table 107\n")
        net.ip("g2", ["xfrm policy flush", "xfrm state flush"])
        net.mtu(r2=1500)

    # -- what happens to it

    def events(self):
        rng = self.rng
        names = ["reroute", "reroute", "outer", "remake", "remake", "rename", "move", "flap", "nat", "nat", "offload", "offload",
                 "shape", "mark", "both", "attach", "rekey", "path", *["vrf"] * 2 * ("vrf" not in missing),
                 *["device"] * 2 * any(self.based)]
        return [rng.choice(names) for _ in range(rng.choice((4, 5, 6)))]

    def happen(self, name):
        """Returns what happened, in words."""
        return getattr(self, "on_" + name)()

    def on_reroute(self):
        f = self.rng.choice((4, 6))
        self.inner[f] = self.target(f)
        self.restore()
        return f"IPv{f} inside by {self.inner[f]}"

    def on_outer(self):
        f = self.rng.choice([f for f in (4, 6) if self.link[f]])
        self.back[f] = None
        self.link[f] = self.rng.choice([u for u in self.uplinks if f in u.top.carries])
        self.restore()
        return f"IPv{f} outside by uplink {self.link[f].n}"

    def forget_device(self, u, level):
        """What goes with devices: where their packets were redirected."""
        gone = {d.here for d in u.devices[level:]} | ({self.renamed} if u.n == 0 else set())
        self.ifb -= gone
        if self.offload:
            self.offload = [d for d in self.offload if d not in gone]
        if u.n == 0:
            self.renamed = None

    def on_remake(self):
        u = self.rng.choice(self.uplinks)
        level = self.rng.randrange(len(u.devices))
        wait = self.rng.choice((0, 0.1))
        if self.renamed and u.n == 0:
            self.unrename()
        u.unmake(level)
        self.forget_device(u, level)
        time.sleep(wait)
        u.make(level)
        self.restore()
        return f"{u.devices[level]} deleted, and what is on it, and made again"

    def unrename(self):
        net.ip("g1", [f"link set {self.renamed} down", f"link set {self.renamed} name {self.uplinks[0].top.here}",
                      f"link set {self.uplinks[0].top.here} up"])
        self.renamed = None

    def on_rename(self):
        top = self.uplinks[0].top
        if self.renamed:
            self.unrename()
        else:
            self.renamed = self.rng.choice(("zz0", "u0yy"))
            if self.offload:  # by name
                self.offload = [d for d in self.offload if d != top.here]
            if top.here in self.ifb:
                self.ifb = self.ifb - {top.here} | {self.renamed}
            net.ip("g1", [f"link set {top.here} down", f"link set {top.here} name {self.renamed}", f"link set {self.renamed} up"])
        self.restore()
        return f"{top} has the name {self.name(top)}"

    def on_move(self):
        u = self.rng.choice(self.uplinks)
        if self.renamed and u.n == 0:
            self.unrename()
        if len(u.devices) > 1:
            u.unmake(1)
        self.forget_device(u, 0)
        low = u.devices[0].here
        net.ip("g1", [f"link set {low} netns {net.ns['b']}"])
        net.ip("b", [f"link set {low} netns {net.ns['g1']}"])
        net.ip("g1", [f"link set {low} up"])
        u.make(1)
        self.restore()
        return f"{low} was in another namespace"

    def on_vrf(self):
        self.vrf = self.rng.choice([x for x in VRFS if x != self.vrf])
        for f in 4, 6:  # what leads into a VRF that nothing is in leads nowhere
            if self.inner[f] == "vrfwan":
                self.inner[f] = self.target(f)
            if self.marked and self.marked[f] == "vrfwan":
                self.marked[f] = self.target(f)
        self.restore()
        return f"in VRFs: {self.vrf}"

    def on_device(self):
        """That of a tunnel's policies goes down, or away, and comes again."""
        t, based = self.rng.choice([(t, based) for t, based in zip(self.tunnels, self.based) if based])
        down, wait = self.rng.random() < 0.4, self.rng.choice((0, 0.1))
        net.ip("g1", [f"link set t{t.i} down" if down else f"link del t{t.i}"])
        time.sleep(wait)
        if down:
            net.ip("g1", [f"link set t{t.i} up", f"addr replace fd29:0:{t.i}::1/64 dev t{t.i} nodad"])
        else:
            self.make_device(t, based)
        self.restore()
        return f"t{t.i} {'down and up' if down else 'deleted and made again'}"

    def on_flap(self):
        u = self.rng.choice(self.uplinks)
        d = self.rng.choice(u.devices)
        net.ip("g1", [f"link set {self.name(d)} down", f"link set {self.name(d)} up"])
        for i, x in enumerate(u.devices[1:], 1):  # addresses of IPv6 have gone
            if x.kind in TUNNELS and TUNNELS[x.kind][0] == 6:
                net.ip("g1", [f"addr replace {u.ends(i, 6)[0]}/64 dev {self.name(u.devices[i - 1])} nodad"])
        self.restore()
        return f"{d} down and up"

    def on_nat(self):
        self.nat = self.rng.choice([x for x in (None, "masquerade", "exempt", "into", "dnat", "away") if x != self.nat])
        self.attach_rules()
        return f"NAT: {self.nat}"

    def on_offload(self):
        here = [self.name(d) for d in self.devices()]
        self.offload = None if self.offload else ["lan", *self.rng.sample(here, min(len(here), self.rng.choice((0, 1, 2))))]
        self.attach_rules()
        return f"flow offload: {self.offload}"

    def on_shape(self):
        if self.ifb:
            tc(net, "g1", *(f"qdisc del dev {d} clsact" for d in self.ifb))
            self.leaks("until then by ifb9")  # of a device that is gone nobody knows the name
            net.ip("g1", ["link del ifb9"])
            self.ifb = set()
        else:
            net.ip("g1", ["link add ifb9 type ifb", "link set ifb9 up"])
            ethernet = [self.name(d) for d in self.devices() if d.ether]
            self.ifb = set(self.rng.sample(["lan", *ethernet], min(1 + len(ethernet), self.rng.choice((1, 2)))))
            tc(net, "g1", *(x for d in sorted(self.ifb) for x in (
                f"qdisc add dev {d} clsact", f"filter add dev {d} ingress matchall action mirred egress redirect dev ifb9")))
        return f"by ifb9: {sorted(self.ifb)}"

    def on_mark(self):
        self.marked = None if self.marked else {f: self.target(f) for f in (4, 6)}
        self.restore()
        self.attach_rules()
        return f"by mark: {self.marked}"

    def on_both(self):
        for f in 4, 6:
            if len(self.uplinks) > 1 and all(f in u.top.carries for u in self.uplinks):
                self.inner[f] = "both"
        self.restore()
        return f"inside by {self.inner}"

    def on_attach(self):
        more = self.rng.choice(["u*", "u0*", "zz*", *(d.here for d in self.devices())])
        if more not in self.attached:
            self.attached.append(more)
            net.espgw(f"dev attach {more}")
        return f"attached: {' '.join(self.attached)}"

    def on_rekey(self):
        i = self.rng.randrange(len(self.tunnels))
        old, t = self.tunnels[i], Tunnel(i, self.rng.choice(("gcm128", "chacha")), self.tunnels[i].outer, self.tunnels[i].natt)
        t.spi_out, t.spi_in = old.spi_out + 0x100, old.spi_in + 0x100
        net.ip("g2", [c for c in t.xfrm() if " state " in c])
        net.espgw(*(c for c in t.commands() if c.startswith("sa")))
        self.tunnels[i] = t
        return f"{t}: new SAs"

    def on_path(self):
        self.mtu = 2900 - self.mtu
        net.mtu(r2=self.mtu)
        return f"the path: {self.mtu}"

    # -- what is asked

    def leaks(self, what):
        for ns, w in watches.items():
            found = w.found()
            if found:
                self.faults.append(f"{what}: in clear text on {ns}'s {found}")
        found = forgery.found()
        if found:
            self.faults.append(f"{what}: forged text arrived at a: {found}")

    def top_of(self, f):
        return self.link[f] and self.name(self.link[f].top)

    def open(self, t):
        """Is ESP of a tunnel taken where it comes from the router?"""
        return self.is_attached(self.top_of(t.outer))

    def forge(self):
        """What would be covered, from the router; where that is to be dropped. Returns how many."""
        n = 0
        for f in 4, 6:
            if self.back[f] and self.back[f] is self.link[f] and self.is_attached(self.top_of(f)):
                for t in self.tunnels:
                    try:
                        forgers[t.i, f].sendto(FORGED, (HOST[f], PORT))
                        n += 1
                    except OSError:
                        pass
        return n

    def behind(self):
        """How many packets have met the policies for all devices that are behind those for one, by reqid."""
        found = {t.reqid: 0 for t, based in zip(self.tunnels, self.based) if based}
        if found:
            for p in net.show("policy show"):
                if p["prio"] == 100:
                    found[p["reqid"]] += p["packets"]
        return found

    def warm(self):
        """The stack finds its neighbours, and WireGuard its peer."""
        for f, u in self.link.items():
            if not u:
                continue
            s = talk.serve(socket_at("a", HOST[f]))
            for _ in range(50):
                n = talk.say(s, (OUTSIDE[f], PORT), TWICE, 100)
                if not talk.until(n, n, 0.2):
                    break
            else:
                self.faults.append(f"IPv{f} does not come to the router: {' | '.join(self.log)}")
            talk.hang_up(s)

    def check(self, what, strict=True):
        """While nothing changes."""
        self.warm()
        rng, before, sockets, there, back, natted = self.rng, net.stats(), [], [], [], []
        lost_here = self.nat in ("masquerade", "away")
        # What routers say is heard by attached devices.
        heard = self.mtu == 1500 or all(map(self.open, self.tunnels))
        own, names, past = len(talk.broken), {}, self.behind()

        def session(ns, address, to, flags, sizes, expect=True, dont=False, rounds=1):
            # Ports that no connection of any gateway has had
            talk.port = talk.port + 1 if talk.port < 60000 else 20000
            s = talk.serve(socket_at(ns, address, talk.port))
            sockets.append(s)
            df(s, 6 if ":" in address else 4, dont)
            for _ in range(rounds):
                numbers = talk.say_all(s, to, flags, sizes)
                names.update((n, f"{ns} {address} {to} {'DF' if dont else ''}") for n in numbers)
                if expect is None:
                    continue
                if not expect:
                    natted.extend(numbers)
                    continue
                there.extend(numbers)
                if flags & TWICE:
                    back.extend(numbers)
                if rounds > 1:
                    talk.until(numbers, numbers if flags & TWICE else (), 2)

        for t, ports in zip(self.tunnels, self.ports):
            for f in 4, 6:
                twice = COVERED | (TWICE if self.open(t) else 0)
                host = f"10.1.1.{rng.randrange(2, 250)}" if f == 4 else f"fd01:0:1::{rng.randrange(2, 250):x}"
                small = [rng.randrange(60, 1150) for _ in range(2)]
                big, edge = [rng.randrange(1500, 4000), [rng.randrange(300, 1000)] * 4], [rng.randrange(1300, 1470)]
                to = (t.right[f], PORT)
                through = not lost_here
                session("a", host, to, twice, small + (big if through and heard else []), expect=through,
                        rounds=3 if self.offload and through else 1)
                if through and heard:
                    session("a", host, to, twice, edge, dont=True)
                local = OWN[f]
                session("g1", local, to, twice, small[:1], expect=self.nat != "masquerade")
                if self.nat == "dnat" and t.i == 0:
                    session("a", host, (VIP[f], PORT), twice, small)
                if self.open(t) and not ports:  # what b begins; its ports are not those of the policy
                    session("b", t.right[f], (HOST[f], PORT), COVERED | TWICE, small)
        for f in 4, 6:
            if self.link[f]:
                session("a", HOST[f], (OUTSIDE[f], PORT), TWICE, [rng.randrange(60, 1100)])
        forged = self.forge()
        lost = talk.until(there, back, 3)
        talk.hear(0.1 if natted else 0)
        self.leaks(what)
        counted = net.counted(before)
        drops = {k: v for k, v in counted.items() if k.startswith("drop_") and k not in ("drop_out_too_big", "drop_in_cleartext")}
        vfr = drops.pop("drop_out_vfr", 0)  # fragments of a datagram whose first one was answered
        if strict:
            if lost:
                self.faults.append(f"{what}: lost {len(lost)} of {len(there)} did not arrive: {[(n, *talk.sent[n], n in talk.there, names.get(n)) for n in sorted(lost)][:6]} {counted}")
            # NAT may give it an address that is covered as well, the gateway's own: it is protected then.
            kept = [n for n in natted if n in talk.there and any(talk.source[n] in p for p in INSIDE)]
            got = [n for n in natted if n in talk.there and n not in kept]
            if got:
                self.faults.append(f"{what}: {len(got)} arrived that NAT has changed: {[(n, names[n]) for n in got]}")
            n = len(natted) - len(kept) - len([x for x in natted if x in talk.answered])
            self.faults.same(drops, {"drop_out_nat": n} if n else {}, f"{what}: drops")
            self.faults.same(counted.get("drop_in_cleartext", 0), forged, f"{what}: forged, drop_in_cleartext")
            if not self.marked:  # which leads elsewhere
                self.faults.same(self.behind(), past, f"{what}: past the devices that tunnels have")
            if vfr and not talk.answered & set(there):
                self.faults.append(f"{what}: {vfr} fragments dropped: {net.show('vfr stats')}")
            for b in talk.broken[own:]:
                self.faults.append(f"{what}: {b}")
        for s in sockets:
            talk.hang_up(s)
        return len(there) + len(natted)

    def under_way(self, name):
        """An event while packets are sent."""
        ends = []
        for t in self.tunnels:
            for f in 4, 6:
                s = socket_at("a", f"10.1.1.{251 + t.i}" if f == 4 else f"fd01:0:1::{251 + t.i:x}", 0)
                df(s, f, False)
                ends.append((s, (t.right[f], PORT)))
        stop, numbers = threading.Event(), []

        def flood():
            i = 0
            while not stop.is_set():
                s, to = ends[i % len(ends)]
                i += 1
                numbers.extend(talk.say(s, to, COVERED, 60 + i * 37 % 900))
                if i % 7 == 0:
                    self.forge()
                time.sleep(0.004)

        esp_seen()
        before, stack_before = net.stats(), lost_by_stacks()
        x = threading.Thread(target=flood)
        x.start()
        try:
            time.sleep(0.03)
            what = self.happen(name)
            time.sleep(0.03)
        finally:
            stop.set()
            x.join()
        talk.until(numbers, (), 0.4)
        self.log.append(what)
        self.leaks(what)
        for s, _ in ends:
            s.close()
        counted = net.counted(before)
        lost = len([n for n in numbers if n not in talk.there])
        drops = sum(v for k, v in counted.items() if k.startswith("drop_out"))
        out, came = counted.get("out_packets", 0), esp_seen()
        stack = {k: v - stack_before.get(k, 0) for k, v in lost_by_stacks().items() if v > stack_before.get(k, 0)}
        answers = len([n for n in numbers if n in talk.answered])
        reasons = drops + max(out - came, 0) + sum(stack.values()) + answers
        totals["sent"] += len(numbers)
        totals["lost"] += lost
        if lost > reasons:
            self.faults.append(f"{what}: sent {len(numbers)}, lost {lost}, and less is accounted for: dropped {drops}, ESP lost "
                               f"{out - came}, stack {stack}, answers {answers}")


def run(seed):
    g = Gateway(seed)
    print(f"# {g}", flush=True)
    began = time.monotonic()
    try:
        g.build()
        totals["checked"] += g.check("as it was made")
        for name in g.events():
            g.under_way(name)
            what = g.log[-1]
            if name == "path":
                g.check(what, strict=False)
            totals["checked"] += g.check(what)
            totals["events"] += 1
    except Exception:
        g.faults.append(traceback.format_exc())
    g.destroy()
    if g.faults:
        g.faults.append(f"after {' | '.join(g.log)}")
    print(f"# {time.monotonic() - began:.1f} s, {len(g.faults)} faults", flush=True)
    return g.faults


def sees(f):
    """What must not be is seen where it is."""
    u = Stack(net, 0).plan([])
    g = Gateway(0)
    g.uplinks, g.link, g.tunnels, g.ports = [u], {4: u, 6: u}, [Tunnel(0, "gcm128")], [False]
    g.inner, g.attached, g.vrf, g.based = {4: "dummy", 6: "dummy"}, ["u0x0"], None, [None]
    g.build()
    f.same(g.check("all is well") and g.faults, [], "faults")
    net.espgw("guard off")
    g.check("guard off")
    f.same([any(words in x for x in g.faults) for words in ("in clear text on g1's {'dummy'", "lost ")], [True, True],
           "clear text by a device that is not watched is seen, and that it did not arrive")
    net.espgw("guard on", "policy flush", "sa flush", "dev detach u0x0")
    g.forge()
    talk.hear(0.2)
    f.same(len(forgery.found()) == 1, True, "forged, and nothing attached: seen")
    g.destroy()


def kinds_here():
    """Kinds of devices that this kernel does not have."""
    words = {k: w for k, (_, w) in ETHERNET.items()} | {k: t[1] for k, t in TUNNELS.items()} | BASED
    words["vrf"] = "type vrf table 9"
    lines = []
    for i, (kind, w) in enumerate(words.items()):
        ends = {"local": "::1", "remote": "::2"} if TUNNELS.get(kind, (4,))[0] == 6 else {"local": "127.0.0.1", "remote": "127.0.0.2"}
        lines.append(adding(f"k{i}", w.format(id=i + 9, **ends), "lan" if "vlan" in w.split() or "macvlan" in w else None))
    for commands in lines, [f"link del k{i}" for i in range(len(words))]:
        p = subprocess.run(["ip", "-n", net.ns["g1"], "-force", "-batch", "-"], input="\n".join(commands) + "\n", text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # "Command failed -:LINE"
        missing.update(list(words)[int(n) - 1] for n in re.findall(r"-:(\d+)", p.stdout))
    print(f"# this kernel has no {', '.join(sorted(missing)) or 'kind less'}", flush=True)


missing, own = set(), {"outer": "lo"}
totals = dict.fromkeys(("checked", "events", "sent", "lost"), 0)
net.ip("g1", ["link del wan", f"addr add {G1[4]}/32 dev lo", f"addr add {G1[6]}/128 dev lo",
              "rule add pref 900 fwmark 7 lookup 107"])
subprocess.run(["ip", "-6", "-n", net.ns["g1"], "rule", "add", "pref", "900", "fwmark", "7", "lookup", "107"], check=True)
net.ip("r", [f"addr add {OUTSIDE[4]}/32 dev lo", f"addr add {OUTSIDE[6]}/128 dev lo"])
net.ip("a", ["route replace local 10.1.1.0/24 dev lo", "route replace local fd01:0:1::/64 dev lo"])
for i in range(3):
    net.ip("b", [f"route replace local {Tunnel(i, 'gcm128').right[4]} dev lo", f"route replace local {Tunnel(i, 'gcm128').right[6]} dev lo"])
net.xfrm_tunnels([Tunnel(0, "gcm128", natt=True)])  # so that somebody listens on port 4500
net.ip("g2", ["xfrm policy flush", "xfrm state flush"])
talk = Talk()
forgers = {(i, f): socket_at("r", Tunnel(i, "gcm128").right[f], PORT) for i in range(3) for f in (4, 6)}
kinds_here()
if "vrf" not in missing:
    # Without a default that is unreachable: nobody counts what takes such a route.
    for name, table in TABLE.items():
        net.ip("g1", [f"link add vrf{name} type vrf table {table}", f"link set vrf{name} up"])
    net.sysctl("g1", "ipv4/udp_l3mdev_accept", 1)  # the gateway's own sockets are in none
net.nft("g1", "table inet count {\n" + "".join(
    f"chain {name} {{ type filter hook postrouting priority {n}; counter comment {name}; }}\n"
    for name, n in (("before", 99), ("behind", 101))) + "}\n")
f = Faults()
sees(f)
f.point("what must not be is seen: clear text by a device that is not watched, and from one")
begun = time.monotonic()
seconds = float(os.environ.get("GATEWAYS_SECONDS") or 0)
if os.environ.get("GATEWAYS_SEED"):
    seeds = [int(s) for s in os.environ["GATEWAYS_SEED"].split()]
else:
    first = random.SystemRandom().randrange(1000, 1 << 30)
    seeds = [first + i for i in range(100000)] if seconds else SEEDS
faults, n = Faults(), 0
for seed in seeds:
    if seconds and time.monotonic() - begun > seconds:
        break
    faults += [f"seed {seed}: {x}" for x in run(seed)]
    n += 1
print(f"# {n} gateways in {time.monotonic() - begun:.0f} s: {totals}", flush=True)
faults.point(f"{n} gateways: nothing in clear, nothing lost without a reason")
done()
