# SPDX-License-Identifier: GPL-2.0
"""Nothing that a protect policy covers leaves in clear, by whatever device and whatever way of the stack.

What host a sends to host b has a mark in it.  A packet socket of gateway 1 sees all that leaves by any of its devices,
whatever headers are around it: the mark must not be in there, but on the LAN.
"""

import contextlib
from ipaddress import ip_network

from watch import *

net = Net()
T = Tunnel(0, "gcm128")
net.tunnels([T])
monitor = Monitor(net, "alert dev sa", nudge="sa set dst 198.51.100.1 spi 0x1000 dscp copy")
watch = Watch(net)
lan, leaks = watch.spare, watch.found


def marked(family, n=200, back=False, src=None, dst=None, **more):
    src, dst = src or T.left[family], dst or T.right[family]
    if back:
        src, dst = dst, src
    head = 28 if family == 4 else 48
    data = udp(src, dst, MARK + pattern(n - head - len(MARK), marked.count), sport=marked.sport)
    marked.count += 1
    return (ip4 if family == 4 else ip6)(src, dst, UDP, data, **more)


marked.count, marked.sport = 0, 40000
COUNTED = ("out_packets", "out_guarded", "drop_out_nat", "drop_out_no_route", "drop_out_too_big", "drop_out_no_sa",
           "drop_in_cleartext", "drop_out_malformed", "drop_out_loop")


def goes(f, what, families=(4, 6), n=3, esp=True, arrived=True, clear=None, wait=0, port="a0", size=200, on="r1", **counted):
    """So many packets of each family: as ESP on a link of the router, arrived at b, none in clear; what was counted."""
    packets = [marked(family, size) for family in families for _ in range(n)]
    before = net.stats()
    leaks()
    for p in packets:
        net.send(port, p)
        time.sleep(wait)
    caught = net.settle()
    counts = {k: v for k, v in net.counted(before).items() if k in COUNTED}
    f.same(leaks(), clear or {}, f"{what}: left in clear")
    if esp is not None:
        f.same(sum(p.is_esp for p in caught[on]), len(packets) if esp else 0, f"{what}: ESP on {on}")
    if arrived is not None:
        f.same(sorted(p.raw for p in caught["b0"] if not p.is_chatter), sorted(map(forwarded, packets)) if arrived else [],
               f"{what}: arrived")
    for k, v in counted.items():
        f.same(counts.get(k, 0), v, f"{what}: {k}")
    return caught


def alerts():
    return [(e["event"], e.get("dev")) for e in monitor.events(1.5, "alert") if e["object"] == "alert"]


def events():
    return [(e["event"], e.get("dev"), e.get("state")) for e in monitor.events(1.5, "dev") if e["object"] == "dev"]


def inner(dev, via4=None, via6=None):
    """What is behind gateway 2 is routed by a device of gateway 1."""
    net.ip("g1", [f"route replace 10.2.0.0/16 {f'via {via4} ' if via4 else ''}dev {dev}",
                  f"route replace fd02::/16 {f'via {via6} ' if via6 else ''}dev {dev}"])


def point(what, run):
    f = Faults()
    try:
        run(f)
    except Exception as e:  # an older module does not know the command
        f.append(repr(e)[:300])
    f.point(what)


def prefixes(f):
    """Whether a policy can cover a packet at all is told by a quick look, which must not miss any."""
    for family, base, far, lens in ((4, "100.77.200.33", "10.2.0.9", (0, 1, 7, 8, 12, 15, 16, 17, 24, 31, 32)),
                                    (6, "3d07:5a5a:77::33", "fd02::9", (0, 1, 3, 8, 15, 16, 17, 24, 31, 32, 33, 64, 127, 128))):
        bits = 32 if family == 4 else 128
        for n in lens:
            prefix = ip_network((base, n), strict=False)
            inside = {base, str(ip_address(int(ip_address(base)) ^ (1 << (bits - n - 1))) if n < bits else base)}
            inside = [a for a in inside if not (ip_address(a).is_multicast or ip_address(a).is_loopback)]
            words = f"prio 1 src {prefix} dst {far}/{bits} action discard"
            net.espgw(f"policy add {words}")
            before = net.stats()
            net.send("a0", *(marked(family, src=a, dst=far) for a in inside))
            net.settle()
            f.same(net.counted(before).get("drop_out_discard"), len(inside), f"from {prefix}")
            net.espgw(f"policy del {words.replace(' action discard', '')}")
            far_prefix = ip_network((far, n), strict=False)
            words = f"prio 1 src {base}/{bits} dst {far_prefix} action discard"
            net.espgw(f"policy add {words}")
            before = net.stats()
            net.send("a0", marked(family, src=base, dst=far))
            net.settle()
            f.same(net.counted(before).get("drop_out_discard"), 1, f"to {far_prefix}")
            net.espgw(f"policy del {words.replace(' action discard', '')}")
    before = net.stats()
    net.send("a0", marked(4, src="100.77.200.33", dst="10.2.0.9"), marked(6, src="3d07:5a5a:77::33", dst="fd02::9"))
    net.settle()
    f.same(net.counted(before).get("out_no_policy", 0) >= 2, True, "without them: no policy")


point("prefixes of all lengths cover what they cover", prefixes)

# ---- another uplink ----

net.ip("r", ["link add r3 type veth peer name wan2 netns " + net.ns["g1"], "addr add 203.0.113.254/24 dev r3",
             "addr add 2001:db8:3::fe/64 dev r3 nodad", "link set r3 up"])
net.ip("g1", ["addr add 203.0.113.1/24 dev wan2", "addr add 2001:db8:3::1/64 dev wan2 nodad", "link set wan2 up"])
net.ports["r3"] = Port(net, "r3", net.ns["r"], "r3", net.ns["g1"], "wan2")
mac = net.ports["r3"].mac.hex(":")
neighbours = [f"neigh replace {a} lladdr {mac} dev wan2 nud permanent" for a in ("203.0.113.254", "2001:db8:3::fe")]
net.ip("g1", neighbours)


def by_wan(f):
    goes(f, "by wan", out_packets=6, out_guarded=0)


point("by the attached device: encrypted", by_wan)


def other(f):
    inner("wan2", "203.0.113.254", "2001:db8:3::fe")
    monitor.events()
    goes(f, "by wan2", out_packets=6, out_guarded=6)
    f.same(alerts()[:1], [("guarded", "wan2")], "alerts")
    # The outer route as well: ESP leaves by a device that is not attached.
    net.ip("g1", [f"route add {G2[4]} via 203.0.113.254 dev wan2"])
    goes(f, "all by wan2", on="r3", out_packets=6, out_guarded=6)
    net.ip("g1", [f"route del {G2[4]} via 203.0.113.254 dev wan2"])
    goes(f, "and back", out_packets=6, out_guarded=6)


point("the route changes to a device that is not attached: encrypted, and by the outer route", other)


def big(f):
    """What does not fit is answered, cut, or sent, as by an attached device."""
    n = T.inner(1500)
    before = net.stats()
    net.send("a0", marked(4, n + 1, df=1), marked(6, n + 1), marked(4, n + 1, df=0), marked(4, n, df=1))
    caught = net.settle()
    f.same(sorted(p.answer()[0] for p in caught["a0"] if p.answer()), [n, n], "answers")
    f.same(sum(p.is_esp for p in caught["r1"]), 3, "ESP")
    f.same((len(caught["b0"]), max(p.len for p in caught["b0"])), (3, n), "arrived")
    f.same(leaks(), {}, "left in clear")
    f.same(net.counted(before).get("drop_out_too_big"), 2, "drop_out_too_big")


point("too big for the SA, by that device: answered or cut", big)


def local(f):
    """The gateway's own sockets."""
    before = net.stats()
    leaks()
    for family, af in (4, socket.AF_INET), (6, socket.AF_INET6):
        s = net.socket("g1", af, socket.SOCK_DGRAM)
        s.bind(({4: "10.1.0.1", 6: "fd01::1"}[family], 0))
        for size in 100, 3000:
            s.sendto(MARK + pattern(size), (T.right[family], 9))
        s.close()
    net.settle()
    f.same(leaks(), {}, "left in clear")
    f.same(net.counted(before).get("out_guarded"), 8, "out_guarded")


point("from the gateway's own sockets, whole and in fragments", local)


def off(f):
    net.espgw("guard off")
    f.same(net.show("guard show"), [{"guard": False, "devices": 0}], "guard show")
    goes(f, "guard off", esp=False, arrived=None, clear={"wan2": 6}, out_packets=0)
    net.espgw("guard on")
    f.same(net.show("guard show")[0]["guard"], True, "guard show")
    goes(f, "guard on", out_packets=6, out_guarded=6)


point("guard off: what no attached device sees leaves in clear; guard on ends that", off)

# ---- devices that go, come, and change ----


def wan_gone():
    net.ip("g1", ["link del wan"])


def wan_back(name="wan"):
    net.ip("r", [f"link add r1 type veth peer name {name} netns " + net.ns["g1"], "link set r1 up"])
    net.ip("r", ["addr add 192.0.2.254/24 dev r1", "addr add 2001:db8:1::fe/64 dev r1 nodad",
                 f"route add 10.1.0.0/16 via {G1[4]}", f"route add fd01::/16 via {G1[6]}"])


def wan_up(name="wan"):
    net.ip("g1", [f"link set {name} up", f"addr replace {G1[4]}/24 dev {name}", f"addr replace {G1[6]}/64 dev {name} nodad"])
    net.ports["r1"] = Port(net, "r1", net.ns["r"], "r1", net.ns["g1"], name)
    m = net.ports["r1"].mac.hex(":")
    net.ip("r", [f"neigh replace {a} lladdr {net.ports['r1'].peer_mac.hex(':')} dev r1 nud permanent" for a in (G1[4], G1[6])])
    net.ip("g1", [f"neigh replace {a} lladdr {m} dev {name} nud permanent" for a in (R1[4], R1[6])] +
           [f"route replace default via {R1[4]}", f"route replace default via {R1[6]}"])


def recreated(f):
    net.espgw("vfr set dev wan dir in on max-fragments 99", "dev set wan mss 1200",
              "policy add prio 5 dev wan src 10.1.0.0/16 dst 10.9.0.0/16 action discard")
    net.ip("g1", ["route del 10.2.0.0/16", "route del fd02::/16"])
    monitor.events()
    wan_gone()
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")], [("wan", "waiting")], "dev show")
    wan_back()
    wan_up()
    f.same(events(), [("loss", "wan", "waiting"), ("return", "wan", "attached")], "events")
    f.same([(d["dev"], d["state"], d.get("mss")) for d in net.show("dev show")], [("wan", "attached", 1200)], "dev show")
    f.same([r["max_fragments"] for r in net.show("vfr show") if r["dir"] == "in"], [99], "vfr show")
    f.same([p["dev"] for p in net.show("policy show") if "dev" in p], ["wan"], "policy")
    goes(f, "after it", out_packets=6, out_guarded=0)
    net.espgw("vfr set dev wan dir in auto max-fragments default", "dev set wan mss inherit",
              "policy del prio 5 dev wan src 10.1.0.0/16 dst 10.9.0.0/16")


point("the WAN device is deleted, and made again: the flow goes on by itself, and so do its settings and policies", recreated)


def pinging(f):
    """The same under traffic: deleted, and made again 200 ms later."""
    stop, sent = threading.Event(), [0]

    def flood():
        while not stop.is_set():
            for family in 4, 6:
                net.send("a0", marked(family))
                sent[0] += 1
            time.sleep(0.01)

    leaks()
    before = net.stats()
    x = threading.Thread(target=flood)
    x.start()
    time.sleep(0.2)
    for _ in range(2):
        wan_gone()
        time.sleep(0.2)
        wan_back()
        wan_up()
        time.sleep(0.3)
    stop.set()
    x.join()
    caught = net.settle()
    f.same(leaks(), {}, f"left in clear of {sent[0]}")
    f.same(len(caught["b0"]) > 10, True, "some arrived")
    f.same(net.counted(before).get("out_guarded", 0), 0, "out_guarded")
    goes(f, "after it", out_packets=6)


point("the same under traffic, twice", pinging)


def renamed(f):
    monitor.events()
    net.ip("g1", ["link set wan down", "link set wan name outside"])
    wan_up("outside")
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")], [("wan", "waiting")], "dev show")
    goes(f, "renamed", out_packets=6, out_guarded=6)
    net.ip("g1", ["link set outside down", "link set outside name wan"])
    wan_up()
    f.same(events()[:2], [("loss", "wan", "waiting"), ("return", "wan", "attached")], "events")
    goes(f, "named wan again", out_packets=6, out_guarded=0)


point("a device that has another name is no more what was attached, but what leaves by it is encrypted", renamed)


def moved(f):
    net.ip("g1", ["link set wan netns " + net.ns["b"]])
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")], [("wan", "waiting")], "dev show")
    net.ip("b", ["link set wan netns " + net.ns["g1"]])
    wan_up()
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")], [("wan", "attached")], "dev show")
    goes(f, "moved back", out_packets=6, out_guarded=0)


point("a device that is moved to another namespace, and back", moved)


def waits(f):
    net.espgw("dev attach late0 mss 1300", "policy add prio 3 dev late0 src 10.1.0.0/16 dst 10.9.0.0/16 action discard")
    f.same([(d["dev"], d["state"], d.get("ifindex")) for d in net.show("dev show late0")], [("late0", "waiting", None)], "dev show")
    f.same([(p["dev"], p.get("ifindex")) for p in net.show("policy show dev late0")], [("late0", None)], "policy show")
    net.ip("g1", ["link add late0 type dummy"])
    with net.inside(net.ns["g1"]):
        index = socket.if_nametoindex("late0")
    f.same([(d["dev"], d["state"], d.get("ifindex"), d.get("mss")) for d in net.show("dev show late0")],
           [("late0", "attached", index, 1300)], "dev show")
    f.same([(p["dev"], p.get("ifindex")) for p in net.show("policy show dev late0")], [("late0", index)], "policy show")
    net.espgw("policy del prio 3 dev late0 src 10.1.0.0/16 dst 10.9.0.0/16")
    net.ip("g1", ["link del late0"])
    net.espgw("dev detach late0")
    f.same([d["dev"] for d in net.show("dev show")], ["wan"], "dev show")


point("a name is attached before there is a device of it", waits)


def patterns(f):
    net.espgw("dev attach ppx* mss 1250")
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")], [("wan", "attached"), ("ppx*", "waiting")], "waiting")
    net.ip("g1", ["link add ppx0 type dummy", "link add ppx1 type dummy", "link add pp0 type dummy"])
    f.same([(d["dev"], d["state"], d.get("pattern"), d.get("mss")) for d in net.show("dev show")][1:],
           [("ppx*", "attached", None, 1250), ("ppx0", "attached", "ppx*", 1250), ("ppx1", "attached", "ppx*", 1250)], "attached")
    net.espgw("dev set ppx* mss 1260", "vfr set dev ppx* dir out on", "dev attach ppx1 mss 1270")
    f.same([(d["dev"], d.get("pattern"), d.get("mss")) for d in net.show("dev show")][1:],
           [("ppx*", None, 1260), ("ppx0", "ppx*", 1260), ("ppx1", None, 1270)], "changed")
    f.same([r["enabled"] for r in net.show("vfr show") if r["dev"] == "ppx0" and r["dir"] == "out"], [True], "VFR")
    p = subprocess.run([ESPGW, "-n", net.ns["g1"], "save"], text=True, stdout=subprocess.PIPE, check=True)
    f.same([line for line in p.stdout.splitlines() if "pp" in line],
           ["dev attach ppx* mss 1260", "dev attach ppx1 mss 1270", "vfr set dev ppx* dir out on", "vfr set dev ppx1 dir out on"], "save")
    for command in "dev set ppx0 mss 1", "dev detach ppx0", "vfr set dev ppx0 dir in on":
        p = subprocess.run([ESPGW, "-n", net.ns["g1"], *command.split()], text=True, stderr=subprocess.PIPE)
        f.same((p.returncode, "pattern" in p.stderr) if "mss 1" not in command else p.returncode,
               (2, True) if "mss 1" not in command else 1, command)
    net.espgw("dev detach ppx1")
    f.same([(d["dev"], d.get("pattern"), d.get("mss")) for d in net.show("dev show ppx1")], [("ppx1", "ppx*", 1260)], "by the pattern again")
    net.ip("g1", ["link set ppx0 name zz0", "link del ppx1"])
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")][1:], [("ppx*", "waiting")], "gone")
    net.ip("g1", ["link set zz0 name ppx7"])
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")][1:], [("ppx*", "attached"), ("ppx7", "attached")], "renamed to fit")
    p = subprocess.run([ESPGW, "-n", net.ns["g1"], "dev", "detach", "ppx*"], text=True, stderr=subprocess.PIPE)
    f.same((p.returncode, "protect policies apply" in p.stderr), (2, True), "detach")
    net.ip("g1", ["link del ppx7", "link del pp0"])
    net.espgw("dev detach ppx*")
    f.same([d["dev"] for d in net.show("dev show")], ["wan"], "detached")


point("a pattern attaches what comes by that name", patterns)

# ---- NAT ----


def natted(f, what, rule, hook="postrouting", priority=100, families=(4, 6), dev="wan", **expected):
    net.nft("g1", f"table inet t {{ chain c {{ type nat hook {hook} priority {priority}; {rule}; }}\n}}")
    time.sleep(1.1)  # one alert a second
    monitor.events()
    goes(f, what, families, **expected)
    if expected.get("drop_out_nat"):
        f.same(alerts()[:1], [("nat", dev)], f"{what}: alerts")
    net.nft("g1", "delete table inet t")


def masqueraded(f):
    """Each flow with a port of its own: connections stay as they are once they have been translated."""
    drop = dict(esp=False, arrived=False, out_packets=0, drop_out_nat=6)
    natted(f, "masquerade", 'oifname "wan" masquerade', **drop)
    marked.sport += 1
    natted(f, "snat", 'oifname "wan" ip saddr 10.1.0.0/16 snat ip to 192.0.2.77', families=(4,), esp=False, arrived=False,
           out_packets=0, drop_out_nat=3)
    marked.sport += 1
    natted(f, "dnat to elsewhere", f'ip daddr 10.2.0.0/16 dnat ip to {R1[4]}', "prerouting", -100, families=(4,), esp=False,
           arrived=False, out_packets=0, drop_out_nat=3)
    marked.sport += 1
    natted(f, "exempt", 'oifname "wan" ip daddr 10.2.0.0/16 accept; oifname "wan" ip6 daddr fd02::/16 accept; oifname "wan" masquerade',
           out_packets=6, drop_out_nat=0)
    marked.sport += 1
    # To an address that the policy covers as well: that is how many hosts are put behind one.
    natted(f, "into the tunnel", 'oifname "wan" ip saddr 10.1.0.0/16 snat ip to 10.1.0.1', families=(4,), arrived=None,
           out_packets=3, drop_out_nat=0)
    marked.sport += 1
    inner("wan2", "203.0.113.254", "2001:db8:3::fe")
    natted(f, "masquerade by wan2", 'oifname "wan2" masquerade', dev="wan2", **drop)
    net.ip("g1", ["route del 10.2.0.0/16", "route del fd02::/16"])
    marked.sport += 1


point("NAT takes packets out of a policy: dropped, counted and told; exempt from it: encrypted", masqueraded)

# ---- whatever is above, below or beside ----

KINDS = {
    "dummy": "link add x0 type dummy",
    "vlan": "link add link wan name x0 type vlan id 5",
    "qinq": "link add link wan name x0 type vlan id 6 protocol 802.1ad",
    "macvlan": "link add link wan name x0 type macvlan mode bridge",
    "macvlan on the other uplink": "link add link wan2 name x0 type macvlan mode bridge",
    "ipvlan": "link add link wan2 name x0 type ipvlan mode l2",
    "bridge": "link add x0 type bridge",
    "bond": "link add x0 type bond",
    "ipip": f"link add x0 type ipip local {G1[4]} remote {R1[4]}",
    "sit": f"link add x0 type sit mode any local {G1[4]} remote {R1[4]}",
    "ip6tnl": f"link add x0 type ip6tnl mode any local {G1[6]} remote {R1[6]}",
    "gre": f"link add x0 type gre local {G1[4]} remote {R1[4]}",
    "gretap": f"link add x0 type gretap local {G1[4]} remote {R1[4]}",
    "vxlan": f"link add x0 type vxlan id 5 dstport 4789 local {G1[4]} remote {R1[4]}",
    "geneve": f"link add x0 type geneve id 5 remote {R1[4]}",
    "WireGuard": "link add x0 type wireguard",
    "tun": "tuntap add dev x0 mode tun",
    "tap": "tuntap add dev x0 mode tap",
    "VRF": "link add x0 type vrf table 77",
    "xfrm interface": "link add x0 type xfrm dev wan if_id 7",
    "veth": "link add x0 type veth peer name x1",
}


def kinds(f):
    """Routed into a device of each kind, which is not attached and need not lead anywhere."""
    for kind, command in KINDS.items():
        try:
            net.ip("g1", [command, "link set x0 up", "addr add 10.77.0.1/24 dev x0", "addr add fd77::1/64 dev x0 nodad"])
        except RuntimeError:
            skipped.append(kind)
            subprocess.run(["ip", "-n", net.ns["g1"], "link", "del", "x0"], stderr=subprocess.DEVNULL)
            continue
        if kind == "bridge":
            net.ip("g1", ["link add x2 type dummy", "link set x2 master x0 up"])
        elif kind == "bond":
            net.ip("g1", ["link add x2 type dummy", "link set x2 master x0", "link set x2 up"])
        elif kind == "veth":
            net.ip("g1", ["link set x1 up"])
        inner("x0")
        if kind in ("dummy", "vlan", "qinq", "macvlan", "macvlan on the other uplink", "ipvlan", "bridge", "bond", "gretap", "vxlan",
                    "geneve", "tap", "veth", "VRF", "tun"):
            net.ip("g1", [f"neigh replace {a} lladdr 02:00:00:00:00:77 dev x0 nud permanent"
                          for a in (T.right[4], T.right[6])])
        leaks()
        packets = [marked(family) for family in (4, 6) for _ in range(2)]
        net.send("a0", *packets)
        caught = net.settle()
        f.same(leaks(), {}, f"{kind}: left in clear")
        f.same(sorted(p.raw for p in caught["b0"] if not p.is_chatter), sorted(map(forwarded, packets)), f"{kind}: arrived")
        # Devices that are not up for carrying anything hold packets back before they meet a hook.
        net.ip("g1", ["link del x0"])
        subprocess.run(["ip", "-n", net.ns["g1"], "link", "del", "x2"], stderr=subprocess.DEVNULL)
        done_kinds.append(kind)


skipped, done_kinds = [], []
point("routed into a device of any kind: encrypted", kinds)
print(f"# {len(done_kinds)} kinds: {', '.join(done_kinds)}; this kernel has no {', '.join(skipped) or 'other'}", flush=True)


def moved(f):
    """The kernel does not ask who has no memory for a device's hook whether it may come, but whether it may be up."""
    net.ip("g2", ["link add x0 type dummy"])
    with no_memory():
        net.ip("g2", [f"link set x0 netns {net.ns['g1']}"])
        p = subprocess.run(["ip", "-n", net.ns["g1"], "link", "set", "x0", "up"], stderr=subprocess.PIPE, text=True)
        f.same((p.returncode, "allocate memory" in p.stderr), (2, True), f"up: {p.stderr}")
    net.ip("g1", ["link set x0 up", "addr add 10.77.0.1/24 dev x0", "addr add fd77::1/64 dev x0 nodad"])
    inner("x0")
    net.ip("g1", [f"neigh replace {a} lladdr 02:00:00:00:00:77 dev x0 nud permanent" for a in (T.right[4], T.right[6])])
    goes(f, "once there is memory", out_packets=6, out_guarded=6)
    net.ip("g1", ["link del x0"])


WHAT = "a device that comes from another namespace while there is no memory is not up before it is watched"
if os.path.isdir(FAILSLAB):
    point(WHAT, moved)
else:
    ok(True, WHAT + " # SKIP this kernel cannot make allocations fail")


def redirected(f):
    """Shaped on its way in by an ifb device, which gives it back behind the ingress hook."""
    net.ip("g1", ["link add ifb9 type ifb", "link set ifb9 up", "link add ifb8 type ifb", "link del ifb8"])
    for dev in "lan", "wan":
        for command in (f"qdisc add dev {dev} clsact", f"filter add dev {dev} ingress matchall action mirred egress redirect dev ifb9"):
            subprocess.run(["tc", "-n", net.ns["g1"], *command.split()], check=True)
    lan.add("ifb9")
    goes(f, "from the LAN", out_packets=6)
    inner("wan2", "203.0.113.254", "2001:db8:3::fe")
    goes(f, "from the LAN, to another uplink", out_packets=6)
    net.ip("g1", ["route del 10.2.0.0/16", "route del fd02::/16"])
    # Forged, from the router.
    before = net.stats()
    forged = [marked(family, back=True) for family in (4, 6) for _ in range(3)]
    net.send("r1", *forged)
    caught = net.settle()
    f.same([p for p in caught["a0"] if MARK in p.raw], [], "forged, arrived")
    f.same(net.counted(before).get("drop_in_cleartext"), 6, "forged: drop_in_cleartext")
    # The path's MTU is learned behind it.
    net.ip("r", ["link set r2 mtu 1400"])
    net.ip("g2", ["link set wan mtu 1400"])
    before = net.stats()
    net.send("a0", marked(4, 1440, df=1))
    net.settle()
    net.send("a0", marked(4, 1440, df=1))
    caught = net.settle()
    f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [T.inner(1400)], "answers")
    f.same(net.counted(before).get("pmtu_accepted"), 1, "pmtu_accepted")
    net.ip("r", ["link set r2 mtu 1500"])
    net.ip("g2", ["link set wan mtu 1500"])
    net.espgw("pmtu flush")
    # ESP the other way.
    back = [marked(family, back=True) for family in (4, 6)]
    net.send("b0", *back)
    caught = net.settle()
    f.same(sorted(p.raw for p in caught["a0"] if MARK in p.raw), sorted(map(forwarded, back)), "the other way: arrived")
    for dev in "lan", "wan":
        subprocess.run(["tc", "-n", net.ns["g1"], "qdisc", "del", "dev", dev, "clsact"], check=True)
    net.ip("g1", ["link del ifb9"])
    goes(f, "without it", out_packets=6)


point("redirected to an ifb device on its way in: encrypted; what is forged is dropped, what a router says is learned", redirected)


def offloaded(f):
    """The WAN is a port of a bridge, and flow offload sends on the port."""
    net.espgw("dev attach br0")
    net.ip("g1", ["link add br0 type bridge", "link set br0 up", "link set wan master br0",
                  f"addr del {G1[4]}/24 dev wan", f"addr del {G1[6]}/64 dev wan", f"addr add {G1[4]}/24 dev br0",
                  f"addr add {G1[6]}/64 dev br0 nodad", f"route replace default via {R1[4]} dev br0",
                  f"route replace default via {R1[6]} dev br0"])
    mac = net.ports["r1"].mac.hex(":")
    with net.inside(net.ns["g1"]), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as x:
        x.bind(("br0", 0))
        own = x.getsockname()[4].hex(":")
    net.ip("r", [f"neigh replace {a} lladdr {own} dev r1 nud permanent" for a in (G1[4], G1[6])])
    net.ip("g1", [f"neigh replace {a} lladdr {mac} dev br0 nud permanent" for a in (R1[4], R1[6])])
    detach_wan(f)
    net.nft("g1", """table inet t {
        flowtable ft { hook ingress priority 0; devices = { lan, wan }; }
        chain c { type filter hook forward priority 0; ct state established flow add @ft; }
    }""")
    a, b = net.socket("a", socket.AF_INET, socket.SOCK_DGRAM), net.socket("b", socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("10.1.0.2", 7001))
    b.bind(("10.2.0.2", 7002))
    a.settimeout(2)
    b.settimeout(2)
    leaks()
    before, answered = net.stats(), 0
    for i in range(40):
        try:
            a.sendto(MARK + pattern(100, i), ("10.2.0.2", 7002))
            data, who = b.recvfrom(2000)
            b.sendto(data, who)
            answered += a.recv(2000) == data
        except TimeoutError:
            pass
    f.same((leaks(), answered), ({}, 40), "left in clear; answered")
    counted = net.counted(before)
    f.same(counted.get("out_packets"), 40, "out_packets")
    f.same(counted.get("out_guarded", 0) >= 30, True, f"most by flow offload: {counted}")
    # Too big: an answer, though the packet has no route.
    n = T.inner(1500)
    net.settle()
    packet = ip4("10.1.0.2", "10.2.0.2", UDP, udp("10.1.0.2", "10.2.0.2", pattern(n + 1 - 28), sport=7001, dport=7002), df=1)
    net.send("a0", packet)
    caught = net.settle()
    f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [n], "answers")
    net.nft("g1", "delete table inet t")
    a.close()
    b.close()


def detach_wan(f):
    """By br0 from now on."""
    policies = net.show("policy show")
    for p in policies:
        net.espgw(f"policy del prio {p['prio']} src {p['src']} dst {p['dst']}")
    net.espgw("dev detach wan")
    net.espgw(*(c for c in T.commands() if c.startswith("policy")))


point("flow offload on a bridge's port: encrypted, and answered", offloaded)
done()
