# SPDX-License-Identifier: GPL-2.0
"""What leaves in place, by device and neighbour.

A chain of nftables of the last priority, there before the device is attached, comes behind espgw's hook: what goes on in
the transmission under way is counted by it as ESP, and what is sent in one of its own passes it by.  Gateway 2, the
kernel's own xfrm, judges what arrives.
"""

import re

from wire import *
from wg import wireguard

net = Net()
tunnels = [Tunnel(0, "gcm128"), Tunnel(1, "cbc-sha256", outer=6)]
net.tunnels(tunnels)
net.ports["w2"] = Port(net, "w2", net.ns["g2"], "wan", net.ns["r"], "r2")
U1, U2 = {4: "172.16.0.1", 6: "fd16::1"}, {4: "172.16.0.2", 6: "fd16::2"}
# The next hop of the outer packets, and that of the inner ones, whose state is nothing to go by.
OUTER, INNER = {4: "172.17.0.254", 6: "fd17::fe"}, {4: "172.17.0.253", 6: "fd17::fd"}
STATES = "permanent", "reachable", "stale", "delay", "probe", "noarp"

# What makes {x} of link u0, and the router's end {y} of u1; whether there are neighbours.
KINDS = {
    "veth": ("", "", True),
    "VLAN": ("link add link u0 name {x} type vlan id 5", "link add link u1 name {y} type vlan id 5", True),
    "QinQ": ("link add link u0 name {x}s type vlan id 6 proto 802.1ad\nlink set {x}s up\n"
             "link add link {x}s name {x} type vlan id 7",
             "link add link u1 name {y}s type vlan id 6 proto 802.1ad\nlink set {y}s up\n"
             "link add link {y}s name {y} type vlan id 7", True),
    "macvlan": ("link add link u0 name {x} type macvlan mode bridge", "", True),
    "bridge": ("link add {x} type bridge\nlink set u0 master {x}", "", True),
    "VLAN on a bridge": ("link add {x}b type bridge\nlink set {x}b up\nlink set u0 master {x}b\n"
                         "link add link {x}b name {x} type vlan id 8", "link add link u1 name {y} type vlan id 8", True),
    "bond": ("link add {x} type bond mode active-backup\nlink set u0 down\nlink set u0 master {x}", "", True),
    "gretap": ("link add {x} type gretap local {a} remote {b}", "link add {y} type gretap local {b} remote {a}", True),
    "vxlan": ("link add {x} type vxlan id 5 dstport 4789 local {a} remote {b}",
              "link add {y} type vxlan id 5 dstport 4789 local {b} remote {a}", True),
    "ipip": ("link add {x} type ipip local {a} remote {b}", "link add {y} type ipip local {b} remote {a}", False),
    "sit": ("link add {x} type sit mode any local {a} remote {b}",
            "link add {y} type sit mode any local {b} remote {a}", False),
    "ip6tnl": ("link add {x} type ip6tnl mode any local {a6} remote {b6}",
               "link add {y} type ip6tnl mode any local {b6} remote {a6}", False),
    "gre": ("link add {x} type gre local {a} remote {b}", "link add {y} type gre local {b} remote {a}", False),
    "gre to many": ("link add {x} type gre local {a} key 5", "link add {y} type gre local {b} key 5", False),
    "WireGuard": ("link add {x} type wireguard", "link add {y} type wireguard", False),
    "tun": ("", "", False),
}


def answers(on):
    """Whether the router answers who asks for its link-layer address."""
    net.sysctl("r", "ipv4/conf/all/arp_ignore", 0 if on else 8)
    net.nft("r", "delete table ip6 quiet" if on else """table ip6 quiet {
        chain c {
            type filter hook input priority 0;
            icmpv6 type nd-neighbor-solicit drop
        }
    }""")


def in_place(dev):
    """How many went on in place since the last time: {family: number}."""
    text = subprocess.run(["ip", "netns", "exec", net.ns["g1"], "nft", "reset", "counters", "table", "netdev", dev], text=True,
                          stdout=subprocess.PIPE, check=True).stdout
    return {int(k): int(n) for k, n in re.findall(r"counter c(\d) \{\s*packets (\d+)", text)}


def tun(ns, name):
    with net.inside(net.ns[ns]):
        fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(fd, 0x400454ca, struct.pack("16sH22x", name.encode(), 0x1001))  # TUNSETIFF, IFF_TUN | IFF_NO_PI
    return fd


def pump():
    """What a tun device is a way to."""
    while pipe:
        try:
            data = os.read(pipe[0], 70000)
        except BlockingIOError:
            return
        if Packet(data).is_esp:
            os.write(pipe[1], data)


pipe = []
seed = 0


def passes(f, dev, what, wanted=2, families=(4, 6)):
    """A packet of each family inside each tunnel: so many of each tunnel in place, and all of them at b."""
    global seed
    ts = [t for t in tunnels if t.outer in families]
    packets = []
    for t in ts:
        for family in 4, 6:
            seed += 1
            packets.append(datagram(t.left[family], t.right[family], 200 + seed % 50, seed=seed))
    in_place(dev)
    net.settle()
    net.send("a0", *packets)
    esp, arrived, end = [], [], time.monotonic() + 20
    while len(arrived) < len(packets) and time.monotonic() < end:
        pump()
        caught = net.settle()
        esp += [p.len for p in caught["w2"] if p.is_esp]
        arrived += [p.raw for p in caught["b0"]]
    f.same(sorted(arrived), sorted(map(forwarded, packets)), f"{what}: at b")
    f.same(sorted(esp), sorted(t.outer_len(len(p)) for t, p in zip([t for t in ts for _ in (4, 6)], packets)), f"{what}: ESP")
    if wanted is not None:
        f.same(in_place(dev), {family: wanted if family in families else 0 for family in (4, 6)}, f"{what}: in place")


def states(dev):
    found = json.loads(subprocess.run(["ip", "-n", net.ns["g1"], "-j", "neigh", "show", "dev", dev], text=True,
                                      stdout=subprocess.PIPE, check=True).stdout)
    return {n["dst"]: n["state"][0] for n in found if n.get("state") and n["dst"] in OUTER.values()}


def hardware(ns, dev):
    """Its link-layer address."""
    with net.socket(ns, socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
        s.bind((dev, 0))
        return s.getsockname()[4].hex(":")


def device(i, kind):
    """Names of its ends, and the hardware address of the router's."""
    here, there, has_neighbours = KINDS[kind]
    x, y = f"x{i}", f"y{i}"
    names = {"x": x, "y": y, "a": U1[4], "b": U2[4], "a6": U1[6], "b6": U2[6]}
    net.ip("g1", [f"link add u0 type veth peer name u1 netns {net.ns['r']}", "link set u0 up",
                  *(f"addr add {U1[family]}/{bits} dev u0 {more}" for family, bits, more in ((4, 24, ""), (6, 64, "nodad")))])
    net.ip("r", ["link set u1 up",
                 *(f"addr add {U2[family]}/{bits} dev u1 {more}" for family, bits, more in ((4, 24, ""), (6, 64, "nodad")))])
    net.ip("g1", [f"neigh add {a} lladdr {hardware('r', 'u1')} dev u0 nud permanent" for a in U2.values()])
    net.ip("r", [f"neigh add {a} lladdr {hardware('g1', 'u0')} dev u1 nud permanent" for a in U1.values()])
    if kind == "tun":
        pipe[:] = tun("g1", x), tun("r", y)
    elif kind == "veth":
        net.ip("g1", ["link set u0 down", f"link set u0 name {x}"])
    else:
        net.ip("g1", here.format(**names).split("\n"))
    if there:
        net.ip("r", there.format(**names).split("\n"))
    elif kind != "tun":
        y = "u1"
    if kind == "WireGuard":
        wireguard(net, ("g1", x, U1[4]), ("r", y, U2[4]))
    net.ip("g1", [f"link set {x} up", f"addr add 172.17.0.1/24 dev {x}", f"addr add fd17::1/64 dev {x} nodad"])
    net.ip("r", [f"link set {y} up", *(f"addr add {a}/24 dev {y}" for a in (OUTER[4], INNER[4])),
                 *(f"addr add {a}/64 dev {y} nodad" for a in (OUTER[6], INNER[6]))])
    net.nft("g1", f"""table netdev {x} {{
        counter c4 {{ }}
        counter c6 {{ }}
        chain c {{
            type filter hook egress device {x} priority 2147483647;
            meta protocol ip ip protocol esp counter name c4
            meta protocol ip6 ip6 nexthdr esp counter name c6
        }}
    }}""")
    net.espgw(f"dev attach {x}")
    via = {n: "" for n in (*OUTER.values(), *INNER.values())}
    if has_neighbours or kind == "gre to many":
        via = {n: f"via {n} " for n in via}
    net.ip("g1", [f"route replace {to} {via[n]}dev {x}" for to, n in (
        (G2[4], OUTER[4]), (G2[6], OUTER[6]), ("10.2.0.0/16", INNER[4]), ("fd02::/16", INNER[6]))])
    mac = hardware("r", y)
    if has_neighbours:
        for family in "ipv4", "ipv6":
            net.sysctl("g1", f"{family}/neigh/{x}/ucast_solicit", 60)
        net.ip("g1", [f"neigh replace {a} lladdr {mac} dev {x} nud permanent" for a in INNER.values()])
    elif kind == "gre to many":
        net.ip("g1", [f"neigh replace {a} lladdr {U2[4]} dev {x} nud permanent" for a in (*INNER.values(), *OUTER.values())])
    return x, y, mac


def gone(x, y):
    for fd in pipe:
        os.close(fd)
    pipe.clear()
    for ns, names in ("g1", (x, "u0", f"{x}b")), ("r", (y,)):
        for name in names:
            subprocess.run(["ip", "-n", net.ns[ns], "link", "del", name], stderr=subprocess.DEVNULL)


def set_state(dev, mac, state):
    net.ip("g1", [f"neigh replace {a} lladdr {mac} dev {dev} nud {state}" for a in OUTER.values()])


def point(what, run, *args):
    f = Faults()
    try:
        run(f, *args)
    except Exception as e:
        f.append(repr(e)[:300])
    if f and ("Unknown device type" in f[-1] or "Operation not supported" in f[-1]):
        ok(True, f"{what} # SKIP this kernel has none")
    else:
        f.point(what)


def by_kind(f, i, kind):
    x, y, mac = device(i, kind)
    families = {"ipip": (4,)}.get(kind, (4, 6))
    if KINDS[kind][2]:
        set_state(x, mac, "permanent")
        passes(f, x, "the first", None)  # the stack has no header cached before it
        for state in STATES:
            set_state(x, mac, state)
            passes(f, x, state)
            if state in ("stale", "probe"):
                f.same([s for s in states(x).values() if s not in ("DELAY", "PROBE")[state == "probe":]], [], f"after {state}")
    else:
        passes(f, x, "the first", None, families)
        passes(f, x, "another", families=families)
    gone(x, y)


answers(False)  # or it would not stay unconfirmed for long
for i, kind in enumerate(KINDS):
    point(f"{kind}: in place", by_kind, i, kind)
answers(True)


def unknown(f):
    """Not in place: packets wait for the neighbour, as any others do."""
    for family in "ipv4", "ipv6":
        net.sysctl("g1", f"{family}/neigh/{X}/mcast_solicit", 60)
        net.sysctl("g1", f"{family}/neigh/{X}/delay_first_probe_time", 1)
    answers(False)
    packets = [datagram(t.left[family], t.right[family], 300, seed=t.i) for t in tunnels for family in (4, 6)]
    before = net.stats()
    net.send("a0", *packets)
    caught = net.settle()
    f.same((caught["w2"], caught["b0"], in_place(X)), ([], [], {4: 0, 6: 0}), "sent, arrived, in place")
    f.same(states(X), {a: "INCOMPLETE" for a in OUTER.values()}, "states")
    f.same(net.counted(before).get("out_packets"), 4, "out_packets")
    answers(True)
    arrived, end = [], time.monotonic() + 20
    while len(arrived) < 4 and time.monotonic() < end:
        arrived += [p.raw for p in net.settle()["b0"]]
    f.same(sorted(arrived), sorted(map(forwarded, packets)), "then, at b")
    f.same(in_place(X), {4: 0, 6: 0}, "of those in place")
    passes(f, X, "known")


def confirmed(f):
    """What was stale is asked for: the neighbour says that it is there."""
    set_state(X, MAC, "stale")
    passes(f, X, "stale")
    end = time.monotonic() + 20
    while set(states(X).values()) != {"REACHABLE"} and time.monotonic() < end:
        time.sleep(0.2)
    f.same(set(states(X).values()), {"REACHABLE"}, "states")
    passes(f, X, "reachable")


def by_ipv6(f):
    """An IPv4 route by a gateway of IPv6, whose cached header is for that."""
    net.ip("g1", [f"route replace {G2[4]} via inet6 {OUTER[6]} dev {X} src {G1[4]}"])
    for state in STATES:
        set_state(X, MAC, state)
        passes(f, X, state)


X, Y, MAC = device(len(KINDS), "veth")
point("a neighbour that is not known: packets wait for it", unknown)
point("one that is stale is asked whether it is there", confirmed)
point("IPv4 by a gateway of IPv6: in place", by_ipv6)
gone(X, Y)
done()
