# SPDX-License-Identifier: GPL-2.0
"""usage: guide.py KIND: that section of Documentation/your-gateway.md, whose lines are run on gateway 1 as they stand."""

import re

from watch import *

PAGE = os.environ["ESPGW_GUIDE"]
FILES = os.environ["tmp"] + "/etc"


def sections():
    """The page's blocks of lines to type, by section."""
    found, title, block = {}, None, None
    with open(PAGE) as f:
        for line in f:
            if line.startswith("## "):
                title, block = line[3:].strip(), None
                found[title] = []
            elif title and line.startswith("    "):
                if block is None:
                    block = []
                    found[title].append(block)
                block.append(line[4:])
            elif line.strip():
                block = None
    return {t: ["".join(b) for b in blocks] for t, blocks in found.items()}


def keep(name, text):
    """A file of /etc/espgw."""
    with open(f"{FILES}/{name}", "w") as f:
        f.write(text.replace("/etc/espgw", FILES))


def type_in(text):
    """By hand, on gateway 1."""
    p = subprocess.run(["ip", "netns", "exec", net.ns["g1"], "bash", "-e", "-c", text.replace("/etc/espgw", FILES)], text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, "PATH": path})
    if p.returncode:
        raise RuntimeError(f"{text}: {p.stdout}")


def peer_policies(src, reqid, own=G2[4]):
    for way in "out", "in", "fwd":
        x, y, s, d = ("10.2.0.0/16", "10.1.0.0/16", own, src) if way == "out" else ("10.1.0.0/16", "10.2.0.0/16", src, own)
        yield f"xfrm policy update src {x} dst {y} dir {way} tmpl src {s} dst {d} proto esp reqid {reqid} mode tunnel"


def peer(src, spi_out, spi_in, reqid, keys, natt=False, own=G2[4]):
    """Gateway 2's side of a pair of SAs."""
    natt = " encap espinudp 4500 4500 0.0.0.0" if natt else ""
    commands = [f"xfrm state add src {s} dst {d} proto esp spi {spi} reqid {reqid} mode tunnel "
                f"aead rfc4106(gcm(aes)) 0x{KEYS[key]} 128{natt}"
                for s, d, spi, key in ((src, own, spi_out, keys[0]), (own, src, spi_in, keys[1]))]
    net.ip("g2", [*commands, *peer_policies(src, reqid, own)])


KEYS = {name: hashlib.sha256(name.encode()).digest()[:20].hex() for name in ("to-2.key", "to-1.key", "to-2b.key", "to-1b.key")}
SIZE = 300


def ping(f, what, n=5, ns="a", to="10.2.0.2"):
    """From host a, through the tunnel; nothing of it in clear."""
    watch.found()
    p = subprocess.run(["ip", "netns", "exec", net.ns[ns], "ping", "-qc", str(n), "-i", "0.2", "-W", "3", "-s", str(SIZE),
                        "-p", MARK[:16].hex(), to], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    f.same(re.findall(r"(\d+) received", p.stdout), [str(n)], f"{what}: answers")
    f.same(watch.found(), {}, f"{what}: in clear")


def attached(f, *wanted):
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")], [(w, "attached") for w in wanted], "dev show")


def quiet(f, before, **wanted):
    """What is counted, but the packets themselves."""
    found = {k: v for k, v in net.counted(before).items() if k.startswith("drop_") or k == "out_guarded"}
    f.same(found, wanted, "counted")


def answered(f, mtu):
    """By what size a host is told that its packet is too big, and what the table says."""
    p = subprocess.run(["ip", "netns", "exec", net.ns["a"], "ping", "-c1", "-W2", "-M", "do", "-s", "1440", "10.2.0.2"],
                       text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    f.same(re.findall(r"Frag needed and DF set \(mtu = (\d+)\)", p.stdout), [str(mtu)], "a host is told")
    f.same({r["inner_mtu"] for r in net.show("pmtu show") if int(r["spi"], 16) == 0x1001}, {mtu}, "pmtu show: inner-mtu")


def pppoe(f, blocks):
    """The line itself is a pty here."""
    def dial():
        return subprocess.Popen(["ip", "netns", "exec", net.ns["g1"], "pppd", "nodetach", "noauth", "local", "nodefaultroute", "mtu", "1492",
                                 "mru", "1492", f"{G1[4]}:{R1[4]}", "pty",
                                 f"ip netns exec {net.ns['r']} pppd notty noauth local nodefaultroute mtu 1492 mru 1492"],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def up():
        for _ in range(200):
            found = all(subprocess.run(["ip", "-n", net.ns[ns], "addr", "show", "dev", "ppp0"], stdout=subprocess.PIPE, text=True,
                                       stderr=subprocess.DEVNULL).stdout.count("inet ") for ns in ("g1", "r"))
            if found:
                net.ip("g1", ["route replace default dev ppp0"])
                net.ip("r", ["route replace 10.1.0.0/16 dev ppp0"])
                return
            time.sleep(0.1)
        raise RuntimeError("ppp0 does not come")

    net.ip("g1", ["link del wan"])
    type_in(blocks[0])
    f.same([(d["dev"], d["state"]) for d in net.show("dev show")], [("ppp*", "waiting")], "dev show")
    line = dial()
    up()
    attached(f, "ppp*", "ppp0")
    before = net.stats()
    ping(f, "by ppp0")
    quiet(f, before)
    answered(f, 1438)
    line.terminate()
    line.wait()
    line = dial()
    up()
    ping(f, "after a re-dial")
    type_in("nft delete chain inet gateway nat; nft 'table inet gateway { chain nat { type nat hook postrouting priority srcnat; masquerade; }; }'")
    before = net.stats()
    p = subprocess.run(["ip", "netns", "exec", net.ns["a"], "ping", "-qc2", "-i0.2", "-W1", "10.2.0.2"], stdout=subprocess.PIPE)
    f.same(p.returncode, 1, "without the exemption: answers")
    quiet(f, before, drop_out_nat=2)
    line.terminate()
    line.wait()


def vlan(f, blocks):
    net.ip("g1", ["addr flush dev wan"])
    net.ip("r", ["addr flush dev r1", "link add link r1 name r1.7 type vlan id 7", "link set r1.7 up", f"addr add {R1[4]}/24 dev r1.7"])
    type_in(blocks[0])
    attached(f, "wan.7")
    before = net.stats()
    ping(f, "by the VLAN")
    quiet(f, before)
    answered(f, 1446)


def bridge(f, blocks):
    net.ip("g1", ["addr flush dev wan"])
    type_in(blocks[0])
    attached(f, "br0")
    before = net.stats()
    ping(f, "by the bridge")
    quiet(f, before)
    answered(f, 1446)


def uplinks(f, blocks):
    keep("site-b-2.batch", blocks[0])
    net.ip("r", ["link add r3 type veth peer name wan2 netns " + net.ns["g1"], "addr add 203.0.113.254/24 dev r3", "link set r3 up"])
    net.ip("g1", ["addr add 203.0.113.1/24 dev wan2", "link set wan2 up"])
    peer("203.0.113.1", "0x2001", "0x2002", 2, ("to-2b.key", "to-1b.key"))
    net.ip("g2", peer_policies(G1[4], 1))
    type_in(blocks[1])
    attached(f, "wan", "wan2")
    before = net.stats()
    ping(f, "by the first")
    answered(f, 1446)
    type_in(blocks[2])
    net.ip("g2", peer_policies("203.0.113.1", 2))
    sent = Watch(net, "r", (), incoming=True, mark=addr("203.0.113.1") + addr(G2[4]) + struct.pack("!I", 0x2001))
    ping(f, "by the second")
    f.same(sent.found().get("r3"), 5, "ESP of the second pair on its own link")
    found = net.counted(before)
    f.same({k: v for k, v in found.items() if k.startswith("drop_") and k != "drop_out_too_big" or k == "out_guarded"}, {}, "counted")


def cloud(f, blocks):
    """The provider is the router: it translates the address, and has the route."""
    keep("site-b.batch", blocks[0])
    net.ip("g1", ["link del lan", "addr flush dev wan", "addr add 10.1.0.4/24 dev wan", "route replace default via 10.1.0.254"])
    net.ip("r", ["addr flush dev r1", "addr add 10.1.0.254/24 dev r1", "route replace 10.2.0.0/16 via 10.1.0.4",
                 "link add r5 type veth peer name a5 netns " + net.ns["a"], "addr add 10.1.5.254/24 dev r5", "link set r5 up"])
    net.ip("a", ["addr add 10.1.5.2/24 dev a5", "link set a5 up", "route replace default via 10.1.5.254"])
    net.nft("r", """table ip n {
        chain pre { type nat hook prerouting priority -100; iifname "r2" ip daddr 192.0.2.1 dnat to 10.1.0.4; }
        chain post { type nat hook postrouting priority 100; oifname "r2" ip saddr 10.1.0.4 snat to 192.0.2.1; }
    }""")
    net.ip("r", ["addr add 192.0.2.1/32 dev lo"])
    net.ip("g2", ["xfrm state flush", "xfrm policy flush"])
    peer(G1[4], "0x1001", "0x1002", 1, ("to-2.key", "to-1.key"), natt=True)
    s = net.socket("g2", socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("0.0.0.0", 4500))
    s.setsockopt(UDP, 100, 2)  # UDP_ENCAP, UDP_ENCAP_ESPINUDP
    type_in(blocks[1])
    attached(f, "wan")
    before = net.stats()
    # Behind the gateway the mark is seen on the way to it, and back: the router's link to gateway 2 must not have it.
    global watch
    watch = Watch(net, "r", ("r1", "r5", "lo"), mark=MARK[:16])
    ping(f, "by the one interface")
    quiet(f, before)


def tunnels(f, blocks):
    """The cloud answers by its second gateway what comes by its first."""
    second = "198.51.100.2"
    keep("cloud.conf", blocks[0])
    net.ip("g2", [f"addr add {second}/24 dev wan"])
    net.ip("r", [f"neigh replace {second} lladdr {net.ports['r2'].peer_mac.hex(':')} dev r2 nud permanent"])
    peer(G1[4], "0x2001", "0x2002", 2, ("to-2b.key", "to-1b.key"), own=second)
    for dev in "all", "wan":
        net.sysctl("g1", f"ipv4/conf/{dev}/rp_filter", 1)
    type_in(blocks[1])
    type_in(blocks[2])
    attached(f, "wan", "tun1", "tun2")
    # What the peer lets in is what its last policy names: the way out goes by that as well.
    net.ip("g2", [c for c in peer_policies(G1[4], 1) if " dir out " not in c])
    before = net.stats()
    arrived = Watch(net, "g1", ("lan", "lo"), incoming=True, mark=MARK[:16])
    ping(f, "by the first, answered by the second")
    f.same(arrived.found(), {"tun2": 5}, "answers come by")
    quiet(f, before)
    answered(f, 1446)
    p = subprocess.run(["ip", "-n", net.ns["g1"], "-j", "link", "show", "tun1"], stdout=subprocess.PIPE, text=True)
    f.same(json.loads(p.stdout)[0]["mtu"], 1446, "tun1's MTU")


def provider(f, blocks):
    net.ip("g1", ["route del 10.1.0.0/16 via 10.1.0.2"])
    type_in(blocks[0])
    # An interface loses its neighbours with its VRF.
    net.ip("g1", [f"neigh replace {R1[4]} lladdr {net.ports['r1'].mac.hex(':')} dev wan nud permanent"])
    attached(f, "wan")
    before = net.stats()
    ping(f, "out of the VRF")
    quiet(f, before)
    answered(f, 1446)


def offload(f, blocks):
    type_in(blocks[0])
    attached(f, "wan")
    before = net.stats()
    ping(f, "shaped")
    a, b = (net.socket(ns, socket.AF_INET, socket.SOCK_DGRAM) for ns in "ab")
    a.bind(("10.1.0.2", 7001))
    b.bind(("10.2.0.2", 7002))
    got = 0
    for i in range(20):
        a.settimeout(2)
        b.settimeout(2)
        a.sendto(MARK + pattern(200, i), ("10.2.0.2", 7002))
        data, who = b.recvfrom(2000)
        b.sendto(data, who)
        got += a.recv(2000) == data
    f.same((got, watch.found()), (20, {}), "requests answered, in clear")
    quiet(f, before)
    forged = ip4("10.2.0.2", "10.1.0.2", UDP, udp("10.2.0.2", "10.1.0.2", MARK, 7002, 7001))
    before = net.stats()
    net.send("r1", forged)
    net.settle()
    f.same(net.counted(before).get("drop_in_cleartext"), 1, "clear text from outside: dropped")


RUN = {"PPPoE": pppoe, "A VLAN of a trunk": vlan, "A bridge": bridge, "Two uplinks": uplinks,
       "One interface, in a cloud": cloud, "Two tunnels to a cloud": tunnels, "A VRF for the provider": provider,
       "Flow offload and shaping": offload}

kind = sys.argv[1]
os.makedirs(FILES, exist_ok=True)
path = os.path.dirname(os.path.realpath(ESPGW)) + ":" + os.environ["PATH"]
net = Net()
watch = Watch(net, spare=("lan", "lo", "ifb0"), mark=MARK[:16])
faults = Faults()
try:
    blocks = sections()
    for name, key_ in KEYS.items():
        keep(name, key_)
    keep("site-b.batch", blocks["The tunnel"][0])
    peer(G1[4], "0x1001", "0x1002", 1, ("to-2.key", "to-1.key"))
    RUN[kind](faults, blocks[kind])
except Exception as e:
    faults.append(repr(e)[:1500])
faults.point(kind)
done()
