# SPDX-License-Identifier: GPL-2.0
"""The clear-text watch: what the router between the gateways counts, scenario by scenario.

Two blocks of 16 bytes are all that packets carry, again and again, so each fragment and each quote has one whole.  SECRET is
in what a protect policy covers: no frame that comes to the router may have it anywhere, whatever headers are around it.
OPEN is in what goes beside it by a bypass policy, from addresses of the same prefix: the router has to see each of that, or it
would not have seen the other either.  Rules of nftables count besides: ESP, and what goes in clear to gateway 2's hosts.
"""

import re
import traceback

from stack import *
from watch import *

SECRET, OPEN = b"protected text: ", b"text in clear:  "
ALL = os.environ.get("WATCH") == "all"
DIR = os.environ["tmp"] + "/etc"
FREE = {4: "10.1.200.2", 6: "fd01:0:200::2"}  # of the bypass policies
SEGMENT = 480
OWN = {4: "10.1.0.1", 6: "fd01::1"}
HOME, LEN = {4: "10.1.0.0/16", 6: "fd01::/16"}, {4: 24, 6: 64}
TRANSPARENT = {4: (socket.IPPROTO_IP, 19, 1), 6: (socket.IPPROTO_IPV6, 75, 1)}
AF = {4: socket.AF_INET, 6: socket.AF_INET6}
ESP_WAYS = {4: "ip protocol esp", 6: "ip6 nexthdr esp", "natt": "udp dport 4500"}

net = Net()
TUNNELS = [Tunnel(0, "gcm128"), Tunnel(1, "cbc-sha256", outer=6), Tunnel(2, "gcm256", natt=True)]
T = TUNNELS[0]
POLICIES = [c for t in TUNNELS for c in t.commands() if c.startswith("policy")]
BYPASS = [f"policy add src {src} dst {dst} action bypass" for t in TUNNELS for src, (_, dst) in
          zip(("10.1.200.0/24", "fd01:0:200::/48"), t.prefixes(1))]
net.tunnels(TUNNELS)
net.espgw(*BYPASS)


class Router:
    """Counts what has come to it from gateway 1 since it was asked last."""

    def __init__(self):
        self.secret, self.open = (Watch(net, "r", ("lo",), True, block) for block in (SECRET, OPEN))
        self.at("r1")

    def at(self, dev):
        """By that device from now on."""
        self.dev = dev
        clear = "".join(f"{ip} saddr {free} {ip} daddr {prefix} counter name open return; {ip} daddr {prefix} counter name clear;"
                        for ip, free, prefix in (("ip", FREE[4], "10.2.0.0/16"), ("ip6", FREE[6], "fd02::/16")))
        net.nft("r", "table netdev watch\ndelete table netdev watch\ntable netdev watch {\n"
                + "".join(f"counter {name} {{ }}\n" for name in ("esp4", "esp6", "espnatt", "open", "clear"))
                + f"chain c {{ type filter hook ingress device {dev} priority -500;"
                + "".join(f"{rule} counter name esp{way};" for way, rule in ESP_WAYS.items()) + clear + "}\n}")

    def count(self):
        """nftables' counters; and in how many frames the blocks were, SECRET by device."""
        text = subprocess.run(["ip", "netns", "exec", net.ns["r"], "nft", "-j", "reset", "counters", "table", "netdev", "watch"],
                              stdout=subprocess.PIPE, check=True, text=True).stdout
        found = {c["counter"]["name"]: c["counter"]["packets"] for c in json.loads(text)["nftables"] if "counter" in c}
        found.update(secret=self.secret.found(), seen=self.open.found().get(self.dev, 0), missed=self.secret.missed() + self.open.missed())
        found["esp"] = found["esp4"] + found["esp6"] + found["espnatt"]
        return found


router = Router()
totals = {"scenarios": 0, "sent": 0, "esp": 0, "open": 0}


def block(n, of):
    return (of * (n // 16 + 1))[:n]


# ---- what is sent: of a family, from, to, with a block ----

def whole(family, src, dst, of):
    return [(ip4 if family == 4 else ip6)(src, dst, UDP, udp(src, dst, block(160, of)))]


def long(family, src, dst, of):
    return [ip4(src, dst, UDP, udp(src, dst, block(1472, of)))]


def fragments(family, src, dst, of):
    data = udp(src, dst, block(1600, of))
    parts = (data[:1000], 0, 1), (data[1000:], 1000, 0)
    if family == 4:
        return [ip4(src, dst, UDP, d, off=off, mf=mf) for d, off, mf in parts]
    return [ip6(src, dst, FRAGMENT, struct.pack("!BxHI", UDP, off | mf, 0x4242) + d) for d, off, mf in parts]


def options(family, src, dst, of):
    data = udp(src, dst, block(160, of))
    if family == 4:
        return [ip4(src, dst, UDP, data, options=b"\1" * 8)]
    return [ip6(src, dst, 0, bytes([60, 0, 1, 4, 0, 0, 0, 0, UDP, 0, 1, 4, 0, 0, 0, 0]) + data)]  # hop-by-hop, destination


def unknown(family, src, dst, of):
    return [(ip4 if family == 4 else ip6)(src, dst, 253, block(160, of))]


def super_(family, src, dst, of):
    """Four segments of TCP in one, as a host's own stack hands them over."""
    data = block(4 * SEGMENT, of)
    h = struct.pack("!HHIIBBHHH", 1000, 2000, 1, 1, 5 << 4, 0x18, 1000, 0, 0)
    h = h[:16] + struct.pack("!H", ~checksum(pseudo(src, dst, TCP, 20 + len(data))) & 0xffff) + h[18:]
    return [(ip4 if family == 4 else ip6)(src, dst, TCP, h + data)]


def whole_df(family, src, dst, of):
    return [ip4(src, dst, UDP, udp(src, dst, block(900, of)), df=1)]


def own(family, src, dst, of):
    """By a socket of gateway 1, at once."""
    with net.socket("g1", AF[family], socket.SOCK_DGRAM) as s:
        s.setsockopt(*TRANSPARENT[family])
        s.bind((OWN[family] if of == SECRET else src, 0))
        s.sendto(block(160, of), (dst, 9))
    return []


# Of which families; frames in clear, ESP packets, and what arrives: of each.
FLOWS = {whole: ((4, 6), 1, 1, 1), long: ((4,), 1, 2, 1), fragments: ((4, 6), 2, 2, 1), options: ((4, 6), 1, 1, 1),
         unknown: ((4, 6), 1, 1, 1), super_: ((4, 6), 1, 4, 4), whole_df: ((4,), 1, 1, 1), own: ((4, 6), 1, 1, 1)}


def send(flow, tunnel, of):
    """From host a, of each family."""
    port = net.ports["a0"]
    for family in FLOWS[flow][0]:
        for p in flow(family, tunnel.left[family] if of == SECRET else FREE[family], tunnel.right[family], of):
            if flow is super_:
                port.send_gso(p, SEGMENT, 40 if family == 4 else 60)
            else:
                port.send(p)


def arrived(caught):
    """How many datagrams have come to b, and not in clear."""
    return sum(SECRET in p.payload and not p.off for p in caught["b0"])


def burst(f, what, flows=(whole,), n=2, tunnel=T, esp=None, open_=None, arrive=None, seen=0, **drops):
    """So often, what is to be protected and what is not, in turns. Exactly so much is seen as ESP (all), of the other in clear
    (all), of the one in clear (nothing), arrives (all), and is dropped for these reasons (none)."""
    sent, *all_ = (n * sum(len(families) * (1, *each)[i] for families, *each in map(FLOWS.get, flows)) for i in range(4))
    open_, esp, arrive = (x if given is None else given for given, x in zip((open_, esp, arrive), all_))
    before, got = net.stats(), 0
    for flow in flows:
        for _ in range(n):
            send(flow, tunnel, SECRET)
            send(flow, tunnel, OPEN)
    end = time.monotonic() + 2 * PATIENCE
    while (got := got + arrived(net.settle())) < arrive and time.monotonic() < end:
        time.sleep(0.02)
    now = router.count()
    f.same((now["secret"], now["clear"]), ({router.dev: seen} if seen else {}, seen),
           f"{what}: in clear of {sent}, by their text and by nftables")
    f.same((now["seen"], now["open"]), (open_, open_), f"{what}: in clear beside it, by their text and by nftables")
    f.same(now["missed"], 0, f"{what}: frames that the watch has missed")
    way = "natt" if tunnel.natt else tunnel.outer
    f.same((now["esp"], now[f"esp{way}"]), (esp, esp), f"{what}: ESP, and ESP by the way of the tunnel")
    f.same(got, arrive, f"{what}: arrived")
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop_out")}, drops, f"{what}: dropped")
    note(what, sent, now, drops)


def note(what, sent, now, drops):
    for k, n in ("scenarios", 1), ("sent", sent), ("esp", now["esp"]), ("open", now["open"]):
        totals[k] += n
    print(f"  {what}: {sent} sent, {now['clear']} in clear, {now['esp']} ESP"
          + "".join(f", {v} {k}" for k, v in drops.items()) + f"; beside it {now['open']} in clear", flush=True)


class Flood(threading.Thread):
    """Traffic while something happens. What is lost of it is counted by somebody."""

    def __init__(self, f, what, accounted=True):
        super().__init__(daemon=True)
        self.f, self.what, self.go, self.sent, self.accounted = f, what, True, 0, accounted

    def __enter__(self):
        router.count()
        net.settle()
        if self.accounted:
            self.before, self.lost = net.stats(), losses(net, "g1")
        self.start()
        time.sleep(0.03)

    def run(self):
        while self.go:
            send(whole, T, SECRET)
            send(whole, T, OPEN)
            self.sent += 2
            time.sleep(0.01)

    def __exit__(self, kind, *more):
        time.sleep(0.03)
        self.go = False
        self.join()
        if kind:
            return
        f, got = self.f, arrived(net.settle())
        now = router.count()
        f.same((now["secret"], now["clear"], now["missed"]), ({}, 0, 0), f"{self.what}: in clear of {self.sent}, by nftables, missed")
        f.same(now["seen"] == now["open"] > 0 < now["esp"], True,
               f"{self.what}: beside it {now['seen']}, {now['open']}, and {now['esp']} ESP")
        drops = {}
        if self.accounted:
            counted = net.counted(self.before)
            drops = {k: v for k, v in counted.items() if k.startswith("drop_out")}
            stack = {k: v - self.lost.get(k, 0) for k, v in losses(net, "g1").items() if v > self.lost.get(k, 0)}
            reasons = sum(drops.values()) + counted.get("out_packets", 0) - now["esp"] + sum(stack.values())
            f.same(self.sent - got <= reasons, True, f"{self.what}: {self.sent} sent, {got} arrived, accounted for: {drops}, "
                   f"{counted.get('out_packets')} encrypted, {now['esp']} ESP, {stack}")
        note(self.what + ", meanwhile", self.sent, now, drops)


def point(what, run, *more):
    f = Faults()
    try:
        run(f, *more)
    except Exception:
        f.append(traceback.format_exc())
    f.point(what)


# ---- plain ----

def bypassed(f):
    """The very packets that are protected from here on."""
    net.espgw("policy flush", *(c.replace("action protect", "action bypass").split(" reqid")[0] for c in POLICIES), *BYPASS)
    try:
        burst(f, "bypass", FLOWS, esp=0, arrive=0, seen=2 * sum(len(families) * clear for families, clear, *_ in FLOWS.values()))
    finally:
        net.espgw("policy flush", *POLICIES, *BYPASS)


def plain(f):
    for tunnel in TUNNELS:
        burst(f, str(tunnel), FLOWS, tunnel=tunnel)


# ---- kinds of devices as the WAN ----

KINDS_OF_WAN = {"VLAN on a bridge": ("bridge", "vlan"), "GRE": ("gre",)}
if ALL:
    KINDS_OF_WAN |= {kind: (kind,) for kind in KINDS}
    KINDS_OF_WAN |= {"VXLAN on a VLAN on a bond": ("bond", "vlan", "vxlan"), "gretap on QinQ on a VLAN": ("vlan", "qinq", "gretap"),
                     "GRE in sit": ("sit", "gre"), "VXLAN in WireGuard": ("WireGuard", "vxlan")}


def kinds(f):
    wan = net.ports["r1"]
    net.espgw("dev attach u*")
    net.ip("g1", ["link set wan down"])
    for number, (name, stack) in enumerate(KINDS_OF_WAN.items()):
        s = Stack(net, number % 16).plan(stack)
        s.make()
        here, there, families = s.top.here, s.top.there, s.top.carries
        for ns, own_, next_, dev in ("r", R1, G1, there), ("g1", G1, R1, here):
            net.ip(ns, [c for x in families for c in (
                f"addr replace {own_[x]}/{LEN[x]} dev {dev}{' nodad' if x == 6 else ''}",
                f"route replace {HOME[x] if ns == 'r' else 'default'} via {next_[x]} dev {dev}")])
        if 6 not in families:
            net.ip("g1", [f"route replace fd02::/16 dev {here}"])
        net.ports["r1"] = Port(net, "r1", net.ns["r"], there, net.ns["g1"], here)
        router.at(there)
        net.settle()
        burst(f, f"WAN: {name}", open_=2 * len(families))
        s.unmake()
    net.ip("r", [f"route replace {HOME[x]} via {G1[x]} dev r1" for x in (4, 6)])
    net.ports["r1"] = wan
    lead()
    router.at("r1")


def lead(dev="wan"):
    """Gateway 1's addresses and routes by that device."""
    mac = net.ports["r1"].mac.hex(":")
    net.ip("g1", [f"link set {dev} up", f"addr replace {G1[4]}/24 dev {dev}", f"addr replace {G1[6]}/64 dev {dev} nodad",
                  *(f"neigh replace {a} lladdr {mac} dev {dev} nud permanent" for a in R1.values()),
                  *(f"route replace default via {a} dev {dev}" for a in R1.values())])


# ---- what changes under traffic: what is said to ip in gateway 1, or done ----

def while_it_flows():
    time.sleep(0.1)


def to_b_and_back():
    net.ip("g1", [f"link set wan netns {net.ns['b']}"])
    net.ip("b", [f"link set wan netns {net.ns['g1']}"])


def queues():
    tc(net, "g1", "qdisc replace dev wan root netem delay 1ms", "qdisc replace dev wan root fq_codel",
       "qdisc replace dev wan root tbf rate 100mbit burst 20000 latency 50ms", "qdisc replace dev wan root handle 1: prio",
       "qdisc del dev wan root")


CHANGES = {
    "down and up": ["link set wan down", "link set wan up"],
    "MTU 68 to 9000": ["link set wan mtu 68", while_it_flows, "link set wan mtu 600", "link set wan mtu 1280", lead, while_it_flows,
                       "link set wan mtu 9000", while_it_flows, "link set wan mtu 1500"],
    "into a VRF and out": ["link add up9 type vrf table 100", "link set up9 up", "link set wan master up9", while_it_flows,
                           "link set wan nomaster", "link del up9"],
}
if ALL:
    CHANGES |= {
        "named otherwise and back": ["link set wan down", "link set wan name wan9", lambda: lead("wan9"), while_it_flows,
                                     "link set wan9 down", "link set wan9 name wan"],
        "other queues": [queues],
        "into a bridge and out": ["link add up9 type bridge", "link set up9 up", "link set wan master up9", while_it_flows,
                                  "link set wan nomaster", "link del up9"],
        "into a bond and out": ["link add up9 type bond mode active-backup", "link set wan down", "link set wan master up9",
                                "link set up9 up", while_it_flows, "link set wan nomaster", "link del up9"],
        "to another namespace and back": [to_b_and_back],
        "without addresses": [f"addr del {G1[4]}/24 dev wan", f"addr del {G1[6]}/64 dev wan", while_it_flows],
        "without a route, and by a device that leads nowhere": [
            "route del default", "link add up9 type dummy", "link set up9 up", "route add 10.2.0.0/16 dev up9",
            "route add fd02::/16 dev up9", while_it_flows, "link del up9"],
        "a macvlan and a VLAN upon it": [
            "link add link wan name up8 type macvlan mode bridge", "link add link wan name up9 type vlan id 9",
            f"neigh add {T.right[4]} lladdr 02:00:00:00:00:77 dev up9", f"neigh add {T.right[6]} lladdr 02:00:00:00:00:77 dev up8",
            "link set up8 up", "link set up9 up", "route add 10.2.0.0/16 dev up9", "route add fd02::/16 dev up8", while_it_flows,
            "link del up8", "link del up9"],
    }


def changes(f):
    end = time.monotonic() + float(os.environ.get("TORTURE_SECONDS", 0))
    while True:
        for what, steps in CHANGES.items():
            with Flood(f, what):
                for step in steps:
                    if callable(step):
                        step()
                    else:
                        net.ip("g1", [step])
                lead()
            burst(f, f"{what}, after it")
        if time.monotonic() >= end:
            return


# ---- SAs and policies ----

def sas(more="", ways=("out", "in")):
    return [f"{c} {more}" for t in TUNNELS for c in t.commands() if c.startswith("sa") and c.split()[3] in ways]


NAME = f"dst {G2[4]} spi {T.spi_out:#x}"
GONE = f"sa del dir out {NAME}"
AGAIN = sas()[0]  # from number 1 on, which nobody should do: gateway 2 has no window here, and keys protect nothing
MASQUERADE = """table inet t { chain c { type nat hook postrouting priority 100;
    oifname "wan" ip saddr 10.1.1.0/24 masquerade; oifname "wan" ip6 saddr fd01:0:1::/48 masquerade; }
}"""
# What is said to the tool, ip and nft; what comes of it.
STATES = {
    "no SA": ([GONE], [], "", dict(esp=0, drop_out_no_sa=4)),
    "an SA at its limit of packets": ([GONE, f"{AGAIN} limit hard packets 2"], [], "", dict(esp=2, drop_out_limit=1, drop_out_no_sa=1)),
    "an SA at its last number": ([GONE, f"{AGAIN} seq 4294967294"], [], "", dict(esp=1, drop_out_seq=1, drop_out_no_sa=2)),
    "no route to the peer": ([], [f"route add unreachable {G2[4]}"], "", dict(esp=0, drop_out_no_route=4)),
    "the SA carries less": ([f"sa set {NAME} mtu-cap 600"], [], "", dict(flows=(whole_df,), esp=0, drop_out_too_big=2)),
    "NAT takes it out of its policy": ([], [], MASQUERADE, dict(esp=0, drop_out_nat=4)),
}


def tool(*words):
    with net.inside(net.ns["g1"]):
        p = subprocess.run([ESPGW, *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise RuntimeError(p.stdout)


def unload():
    return subprocess.run(["rmmod", "espgw"], stderr=subprocess.DEVNULL).returncode


def behind_block(f):
    fill(DIR, a_conf=POLICIES + BYPASS)
    tool("block", "on", DIR)
    net.espgw("policy flush", "dev detach wan", "dev attach wan", *BYPASS, *POLICIES)
    tool("block", "off")


# What the block drops, no counter tells.
UNDER_WAY = {
    "policies are replaced": (lambda f: net.espgw(*(c.replace("policy add", "policy replace") for c in POLICIES)), True),
    "policies are flushed behind a block, and come again": (behind_block, False),
    "an SA is deleted, and comes again": (lambda f: net.espgw(GONE, AGAIN), True),
    "all SAs are": (lambda f: net.espgw("sa flush", *sas()), True),
    "the module is to be unloaded": (lambda f: f.same(unload(), 1, "rmmod"), True),
}


def states(f):
    for what, (say, ip, nft, wanted) in STATES.items():
        net.espgw(*say)
        net.ip("g1", ip)
        net.nft("g1", nft)
        burst(f, what, **{"arrive": wanted["esp"], **wanted})
        net.espgw("sa flush", *sas())
        net.ip("g1", [c.replace("add", "del") for c in ip])
        net.nft("g1", "flush ruleset")
    for what, (run, accounted) in UNDER_WAY.items():
        with Flood(f, what, accounted):
            run(f)
    burst(f, "after all of it")


# ---- what gateway 1 itself says of what it has decrypted ----

def to(family, dst, ttl=64, proto=UDP, data=None, **more):
    """From behind gateway 2, with SECRET in it."""
    src = T.right[family]
    data = udp(src, dst, block(160, SECRET)) if data is None else data
    return (ip4 if family == 4 else ip6)(src, dst, proto, data, ttl=ttl, **more)


def segment(src, dst):
    """A SYN with SECRET in it."""
    h = struct.pack("!HHIIBBHHH", 5000, 80, 1, 0, 0x50, 2, 1000, 0, 0) + block(160, SECRET)
    c = checksum(pseudo(src, dst, TCP, len(h)) + h)
    return h[:16] + struct.pack("!H", c) + h[18:]


def first(family, ident):
    """A fragment that stays alone."""
    data = udp(T.right[family], OWN[family], block(1600, SECRET))[:800]
    if family == 4:
        return to(4, OWN[4], data=data, mf=1, ident=ident)
    return to(6, OWN[6], proto=FRAGMENT, data=struct.pack("!BxHI", UDP, 1, ident) + data)


def rows(n):
    """What arrives out of the tunnel, and type and code of what is said about it; None: a reset of TCP. n: where time is over, and
    the name of fragments."""
    data = block(160, SECRET)
    return [
        ("its time is over", to(4, T.left[4], ttl=n), (11, 0)),
        ("no route", to(4, "10.1.66.1"), (3, 1)),
        ("prohibited", to(4, "10.1.67.1"), (3, 13)),
        ("no neighbour", to(4, "10.1.71.1"), (3, 1)),
        ("no port", to(4, OWN[4]), (3, 3)),
        ("no protocol", to(4, OWN[4], proto=253, data=data), (3, 2)),
        ("too big", to(4, T.left[4], data=udp(T.right[4], T.left[4], block(1392, SECRET)), df=1), (3, 4)),
        ("a bad option", to(4, T.left[4], options=b"\7\3\1\0"), (12, 0)),
        ("a fragment alone", first(4, n), (11, 1)),
        ("rejected", to(4, "10.1.68.1"), (3, 10)),
        ("reset", to(4, "10.1.69.1", proto=TCP, data=segment(T.right[4], "10.1.69.1")), None),
        ("its time is over", to(6, T.left[6], ttl=n), (3, 0)),
        ("no route", to(6, "fd01:0:66::1"), (1, 0)),
        ("prohibited", to(6, "fd01:0:67::1"), (1, 1)),
        ("no neighbour", to(6, "fd01:0:71::1"), (1, 3)),
        ("no port", to(6, OWN[6]), (1, 4)),
        ("no protocol", to(6, OWN[6], proto=253, data=data), (4, 1)),
        ("too big", to(6, T.left[6], data=udp(T.right[6], T.left[6], block(1372, SECRET))), (2, 0)),
        ("a bad option", to(6, OWN[6], proto=60, data=bytes([UDP, 0, 0x9e, 4, 0, 0, 0, 0]) + udp(T.right[6], OWN[6], data)), (4, 2)),
        ("a fragment alone", first(6, n), (3, 1)),
        ("rejected", to(6, "fd01:0:68::1"), (1, 3)),
        ("reset", to(6, "fd01:0:69::1", proto=TCP, data=segment(T.right[6], "fd01:0:69::1")), None)]


def out_of_the_tunnel(*packets):
    """Sent by gateway 2 as if they had been forwarded, whatever is wrong with them."""
    for packet in packets:
        p = Packet(packet)
        with net.socket("g2", AF[p.version], socket.SOCK_RAW, 255) as s:
            s.setsockopt(*TRANSPARENT[p.version])
            s.bind((p.src, 0))
            s.sendto(packet, (p.dst, 0))


def errors(f):
    # Not icmp_ratelimit: at 0 each error takes all that the stack's limit for what it cannot route has saved.
    for name, value in (("ipv4/icmp_ratemask", 0), ("ipv6/icmp/ratelimit", 0), ("ipv4/ipfrag_time", 1), ("ipv6/ip6frag_time", 1),
                        ("netfilter/nf_conntrack_frag6_timeout", 1), ("ipv4/neigh/lan/retrans_time_ms", 20),
                        ("ipv6/neigh/lan/retrans_time_ms", 20)):
        net.sysctl("g1", name, value)
    net.mtu(a0=1400)
    net.ip("g1", ["route add unreachable 10.1.66.0/24", "route add prohibit 10.1.67.0/24", "route add 10.1.71.0/24 dev lan",
                  "route add unreachable fd01:0:66::/48", "route add prohibit fd01:0:67::/48", "route add fd01:0:71::/48 dev lan",
                  f"route add 10.1.72.0/24 via {R1[4]}", f"route add {T.right[4]} dev wan",
                  f"neigh replace {T.right[4]} lladdr {net.ports['r1'].mac.hex(':')} dev wan nud permanent"])
    net.nft("g1", """table inet t { chain c { type filter hook forward priority 0;
            ip daddr 10.1.68.0/24 reject with icmp host-prohibited; ip6 daddr fd01:0:68::/48 reject with icmpv6 addr-unreachable;
            ip daddr 10.1.69.0/24 meta l4proto tcp reject with tcp reset; ip6 daddr fd01:0:69::/48 meta l4proto tcp reject with tcp reset; }
        }""")
    # What comes out of the tunnel, and goes into it again. (What is not to be protected would be told to go another way.)
    net.espgw(f"policy add src 10.2.0.0/24 dst 10.1.72.0/24 action protect reqid {T.reqid} src {G1[4]} dst {G2[4]}")
    # Gateway 1 says some of it by its outer address: gateway 2 takes that by this tunnel.
    net.ip("g2", [f"xfrm policy add src {a} dst {dst} dir fwd tmpl src {G1[4]} dst {G2[4]} proto esp reqid {T.reqid} mode tunnel"
                  for a, (_, dst) in zip(G1.values(), T.prefixes(1))])
    said(f, "protected", rows(1), True)
    net.espgw("policy flush")
    net.ip("g2", ["xfrm policy flush"])
    said(f, "without policies", rows(2), False)
    net.ip("g1", ["route del 10.1.72.0/24", f"route del {T.right[4]} dev wan"])
    net.ip("g2", [c for t in TUNNELS for c in t.xfrm() if "policy" in c])
    net.espgw(*POLICIES, *BYPASS)
    net.nft("g1", "flush ruleset")
    net.mtu(a0=1500)


def said(f, how, sent, protected):
    """Each of the rows is answered once, by ESP or in clear; there the router answers what has a bad option itself."""
    what, wanted = f"what gateway 1 says, {how}", [kind for *_, kind in sent]
    before, got, end = net.stats(), [], time.monotonic() + 4 * PATIENCE
    out_of_the_tunnel(*(packet for _, packet, _ in sent))
    while len(got) < len(sent) and time.monotonic() < end:
        got += [(p.kind, p.code) if p.proto in (ICMP, ICMPV6) else None for p in net.settle()["b0"]]
        time.sleep(0.05)
    now = router.count()
    for kind in sorted({*got, *wanted}, key=str):
        f.same(got.count(kind), wanted.count(kind), f"{what}: answers of type and code {kind}")
    clear = 0 if protected else len(sent) - 1
    f.same((now["secret"].get("r1", 0), now["clear"], now["esp"]), (max(clear - wanted.count(None), 0), clear, 0 if clear else len(sent)),
           f"{what}: in clear by the text, by nftables, ESP")
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop_")}, {}, f"{what}: dropped")
    note(what, len(sent), now, {})
    # By the device that it came by: itself, and a redirect, unless both belong into the tunnel.
    before = net.stats()
    out_of_the_tunnel(to(4, "10.1.72.1", ttl=3))
    got, now = [(p.kind, p.code) for p in net.settle()["b0"] if p.proto == ICMP], router.count()
    f.same((got, now["secret"].get("r1", 0), now["clear"], now["esp"]), ([], 0, 0, 1) if protected else ([(5, 1), (11, 0)], 2, 1, 0),
           f"{what}: to where it came from: said, in clear by the text, by nftables, ESP")
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop_")}, {}, f"{what}: to where it came from: dropped")
    note(f"{what}, to where it came from", 1, now, {})


# ---- boot order ----

def boot(f):
    net.espgw("policy flush", "sa flush", "dev detach wan")
    net.tools.pop("g1").communicate()
    end = time.monotonic() + 5 * PATIENCE
    while unload() and time.monotonic() < end:
        time.sleep(0.05)
    fill(DIR, a_conf=["dev attach wan", *sas("reuse-key", ("out",)), *sas(ways=("in",)), *POLICIES, *BYPASS])
    send(whole, T, SECRET)
    net.settle()
    now = router.count()
    f.same((now["secret"].get("r1"), now["clear"]), (2, 2), "without the module: in clear, of 2")
    tool("block", "on", DIR)
    with Flood(f, "the module is loaded after traffic began, behind a block", accounted=False):
        subprocess.run(["insmod", os.environ["ESPGW_KO"]], check=True)
        while_it_flows()
        tool("apply", DIR)
        while_it_flows()
        tool("block", "off")
    burst(f, "loaded after traffic began, after it")


os.mkdir(DIR)
point("the watch sees: by a bypass policy all is in clear, of every kind, and no ESP", bypassed)
point("nothing in clear, of every kind of packet and tunnel; what goes beside it is seen", plain)
point("nothing in clear by any kind of device as the WAN", kinds)
point("nothing in clear while the WAN device changes, and after it", changes)
point("nothing in clear while SAs end and policies change: encrypted, or dropped for a reason that is counted", states)
point("what the gateway says about what it has decrypted is protected", errors)
WHAT = "nothing in clear when the module is loaded after traffic began, behind a block"
if os.environ["loaded_here"] == "1" and os.environ.get("ESPGW_KO"):
    point(WHAT, boot)
else:
    ok(True, WHAT + " # SKIP the module was loaded before")
print(f"  {totals['scenarios']} scenarios, {totals['sent']} sent, {totals['esp']} ESP, {totals['open']} beside it in clear")
done()
