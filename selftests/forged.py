# SPDX-License-Identifier: GPL-2.0
"""What should have come protected does not arrive in clear, by whatever device of gateway 1 it comes.

The router sends it by a second uplink, which is not attached, by devices above that, and by ports of a bridge.
"""

from wire import *

net = Net()
T = Tunnel(0, "null-sha256")
net.tunnels([T])
monitor = Monitor(net, "alert sa", nudge="sa set dst 198.51.100.1 spi 0x1000 dscp copy")
HOST = {4: "10.1.0.2", 6: "fd01::2"}
GATEWAY = {4: "10.1.0.1", 6: "fd01::1"}
CLEAR = {4: "10.9.0.1", 6: "fd09::1"}  # what no policy covers
DROPPED = "drop_in_cleartext"
GRE = 47
count = 0


def packet(family=4, n=120, src=None, dst=None, **more):
    """From behind gateway 2; each is another one."""
    global count
    count += 1
    src, dst = src or T.right[family], dst or HOST[family]
    data = udp(src, dst, pattern(n - (28 if family == 4 else 48), count), **more)
    return (ip4 if family == 4 else ip6)(src, dst, UDP, data)


def both(f, n=3, **more):
    return [f(family, **{k: v[family] if isinstance(v, dict) else v for k, v in more.items()}) for family in (4, 6) for _ in range(n)]


def cut(p, size, ident):
    """An IPv4 packet in fragments."""
    q = Packet(p)
    data = p[20:]
    return [ip4(q.src, q.dst, q.proto, data[i:i + size], off=i, mf=i + size < len(data), ident=ident) for i in range(0, len(data), size)]


def drops(before):
    return {k: v for k, v in net.counted(before).items() if k.startswith("drop_in_")}


def alerts():
    return [(e["event"], e.get("dev")) for e in monitor.events(1.5, "alert") if e["object"] == "alert"]


def arrives(f, what, sent, wanted=None, counted=None, port="r3", dev=None):
    """Of what a port sends, host a has to get so many packets; what is counted as dropped; which device an alert names."""
    before = net.stats()
    if dev:
        time.sleep(1.1)  # one alert a second
        monitor.events()
    caught = net.exchange(port, *sent)
    got = {p.raw for p in caught["a0"]}
    f.same(sum(forwarded(p, 1) in got for p in sent), len(sent) if wanted is None else wanted, f"{what}: arrived")
    f.same(drops(before), counted or {}, f"{what}: dropped")
    if dev:
        f.same(alerts()[:1], [("cleartext", dev)], f"{what}: alert")


def point(what, run):
    f = Faults()
    try:
        run(f)
    except Exception as e:
        f.append(repr(e)[:300])
    f.point(what)


def link(dev, peer, address=True):
    """One more link between the router's dev and gateway 1's peer."""
    net.ip("r", [f"link add {dev} type veth peer name {peer} netns " + net.ns["g1"], f"link set {dev} up"])
    net.ip("g1", [f"link set {peer} up"])
    net.ports[dev] = Port(net, dev, net.ns["r"], dev, net.ns["g1"], peer)


# ---- another uplink ----

link("r3", "wan2")
net.ip("g1", ["addr add 203.0.113.1/24 dev wan2", "addr add 2001:db8:3::1/64 dev wan2 nodad"])


def uplink(f):
    arrives(f, "for a host", both(packet), 0, {DROPPED: 6}, dev="wan2")
    arrives(f, "from elsewhere", both(packet, src=CLEAR))
    arrives(f, "to elsewhere", both(packet, dst={4: R1[4], 6: R1[6]}), 0)
    arrives(f, "by the attached device", both(packet), 0, {DROPPED: 6}, port="r1", dev="wan")


point("by another uplink, to a host: dropped, counted, and the device told; what no policy covers passes", uplink)


def to_gateway(f):
    socks = []
    for family, af in (4, socket.AF_INET), (6, socket.AF_INET6):
        s = net.socket("g1", af, socket.SOCK_DGRAM)
        s.bind((GATEWAY[family], 9))
        s.settimeout(1)
        socks.append(s)
    arrives(f, "for its sockets", both(packet, n=1, dst=GATEWAY), 0, {DROPPED: 2})
    net.send("r3", *both(packet, n=1, dst=GATEWAY, src=CLEAR))
    for s in socks:
        f.same(s.recvfrom(2000)[1][0] in CLEAR.values(), True, "what no policy covers is read, and nothing before it")
        s.close()


point("to the gateway itself", to_gateway)


def errors(f):
    """Any router may tell of an error; one about a protected flow is not heard in clear."""
    def told(src, dst):
        quoted = ip4(dst, src, UDP, udp(dst, src, pattern(64), sport=9, dport=40000))
        return icmp4("203.0.113.254", HOST[4], 3, 1, 0, quoted)
    arrives(f, "about a protected flow", [told(T.right[4], HOST[4])], 0, {DROPPED: 1})
    arrives(f, "about another", [told(CLEAR[4], HOST[4])])


point("ICMP errors, by what they are about", errors)


def fragments(f):
    arrives(f, "all of them", cut(packet(n=1500), 600, 1), 0, {DROPPED: 3})
    arrives(f, "from elsewhere", cut(packet(n=1500, src=CLEAR[4]), 600, 2))
    net.espgw(f"policy add prio 5 src 10.1.0.0/16 dst 10.9.0.0/16 proto udp dport 500 action protect reqid {T.reqid} "
              f"src {G1[4]} dst {G2[4]}")
    arrives(f, "of the policy's port", cut(packet(n=1500, src=CLEAR[4], sport=500), 600, 3)[::-1], 0, {DROPPED: 3})
    arrives(f, "of another port", cut(packet(n=1500, src=CLEAR[4], sport=501), 600, 4)[::-1])
    net.espgw("policy del prio 5 src 10.1.0.0/16 dst 10.9.0.0/16 proto udp dport 500")


point("in fragments, by the ports that the first one shows", fragments)


def others(f):
    """What is no protect policy's holds for attached devices."""
    net.espgw("policy add src 10.1.0.0/16 dst 10.2.0.9/32 action bypass",
              "policy add prio 5 src 10.1.0.0/16 dst 10.9.0.0/16 action discard")
    arrives(f, "bypass", [packet(), packet(src="10.2.0.8")], 1, {DROPPED: 1})
    arrives(f, "discard", [packet(src=CLEAR[4])])
    net.espgw("policy del src 10.1.0.0/16 dst 10.2.0.9/32", "policy del prio 5 src 10.1.0.0/16 dst 10.9.0.0/16")
    net.espgw(f"policy add prio 5 dev wan src 10.1.0.0/16 dst 10.9.0.0/16 action protect reqid {T.reqid} src {G1[4]} dst {G2[4]}",
              f"policy add prio 5 dev wan2 src 10.1.0.0/16 dst 10.8.0.0/16 action protect reqid {T.reqid} src {G1[4]} dst {G2[4]}")
    arrives(f, "a policy for wan", [packet(src=CLEAR[4])])
    arrives(f, "a policy for wan2", [packet(src="10.8.0.1")], 0, {DROPPED: 1})
    net.espgw("policy del prio 5 dev wan src 10.1.0.0/16 dst 10.9.0.0/16", "policy del prio 5 dev wan2 src 10.1.0.0/16 dst 10.8.0.0/16")


point("bypass, discard, and policies for one device", others)


def protected(f):
    """ESP by that device is decrypted where it is for this host."""
    sent = [packet(family) for family in (4, 6)]
    before = net.stats()
    caught = net.exchange("r3", *(T.esp(T.spi_in, 1000 + i, p) for i, p in enumerate(sent)))
    f.same(len({forwarded(p, 1) for p in sent} & {p.raw for p in caught["a0"]}), 2, "arrived")
    f.same((net.counted(before).get("in_packets"), drops(before)), (2, {}), "counted")


point("ESP by that device is decrypted, and delivered", protected)


def off(f):
    net.espgw("guard off")
    arrives(f, "guard off", both(packet))
    net.espgw("guard on")
    arrives(f, "guard on", both(packet), 0, {DROPPED: 6})


point("guard off: what no attached device sees arrives in clear; guard on ends that", off)

# ---- devices above, and beside ----


def vlan(f):
    net.ip("g1", ["link add link wan2 name x0 type vlan id 5", "link set x0 up"])
    net.ip("r", ["link add link r3 name y0 type vlan id 5", "link set y0 up"])
    net.ports["y0"] = Port(net, "y0", net.ns["r"], "y0", net.ns["g1"], "x0")
    arrives(f, "tagged", both(packet), 0, {DROPPED: 6}, port="y0", dev="x0")
    arrives(f, "from elsewhere", both(packet, src=CLEAR), port="y0")
    net.ports.pop("y0")
    net.ip("g1", ["link del x0"])
    net.ip("r", ["link del y0"])


point("a VLAN of it", vlan)


def tunnel(f):
    """What a tunnel device of gateway 1 takes out of its packets: in clear, or after they were decrypted."""
    net.ip("g1", [f"link add x0 type gre local {G1[4]} remote {G2[4]}", "link set x0 up"])

    def gre(inner):
        return ip4(G2[4], G1[4], GRE, struct.pack("!HH", 0, 0x800) + inner)
    net.espgw(f"policy add prio 1 src {G1[4]}/32 dst {G2[4]}/32 proto gre action protect reqid {T.reqid} src {G1[4]} dst {G2[4]}")
    for what, src, wanted in ("of the tunnel's", None, 0), ("from elsewhere", CLEAR[4], 1):
        inner = packet(src=src)
        before = net.stats()
        caught = net.exchange("r1", T.esp(T.spi_in, 2000 + wanted, gre(inner)))
        f.same(sum(p.raw == forwarded(inner, 1) for p in caught["a0"]), wanted, f"{what}: arrived")
        f.same(drops(before), {} if wanted else {DROPPED: 1}, f"{what}: dropped")
    net.espgw(f"policy del prio 1 src {G1[4]}/32 dst {G2[4]}/32 proto gre")
    net.ip("g1", ["link del x0"])


point("out of GRE: what is inside is judged by itself", tunnel)


def bridge(f):
    """What goes from port to port is nobody's; what the gateway forwards comes by the bridge."""
    for dev, peer in ("r4", "p4"), ("r5", "p5"):
        link(dev, peer)
        net.ip("g1", [f"link set {peer} master x0" if dev == "r5" else "link add x0 type bridge", "link set p4 master x0"])
    net.ip("g1", ["link set x0 up"])
    time.sleep(0.2)
    with net.inside(net.ns["g1"]), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
        s.bind(("x0", 0))
        own = s.getsockname()[4]
    port = net.ports["r4"]
    before = net.stats()
    port.peer_mac = bytes.fromhex("020000000077")  # not the router's either, which would send it on to the WAN
    sent = both(packet)
    caught = net.exchange("r4", *sent)
    f.same(len(set(sent) & {p.raw for p in caught["r5"]}), 6, "bridged")
    f.same(drops(before), {}, "bridged: dropped")
    port.peer_mac = own
    arrives(f, "for the gateway", both(packet), 0, {DROPPED: 6}, port="r4", dev="x0")
    arrives(f, "from elsewhere", both(packet, src=CLEAR), port="r4")
    # Where a port is attached, what was decrypted goes on by the bridge.
    net.espgw("dev attach p4")
    sent = [packet(), packet(6)]
    before = net.stats()
    caught = net.exchange("r4", *(T.esp(T.spi_in, 3000 + i, p) for i, p in enumerate(sent)))
    f.same(len({forwarded(p, 1) for p in sent} & {p.raw for p in caught["a0"]}), 2, "decrypted on a port: arrived")
    f.same(drops(before), {}, "decrypted on a port: dropped")
    net.ip("g1", ["link del x0", "link del p4", "link del p5"])
    net.ports.pop("r4")
    net.ports.pop("r5")
    net.espgw("policy flush", "dev detach p4", *(c for c in T.commands() if c.startswith("policy")))


point("a bridge: what it only carries passes", bridge)


def redirected(f):
    """Shaped on its way in, by an ifb device."""
    net.ip("g1", ["link add ifb9 type ifb", "link set ifb9 up"])
    for command in "qdisc add dev wan2 clsact", "filter add dev wan2 ingress matchall action mirred egress redirect dev ifb9":
        subprocess.run(["tc", "-n", net.ns["g1"], *command.split()], check=True)
    arrives(f, "by wan2", both(packet), 0, {DROPPED: 6})
    arrives(f, "from elsewhere", both(packet, src=CLEAR))
    subprocess.run(["tc", "-n", net.ns["g1"], "qdisc", "del", "dev", "wan2", "clsact"], check=True)
    net.ip("g1", ["link del ifb9"])


point("redirected to an ifb device", redirected)
done()
