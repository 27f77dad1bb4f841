# SPDX-License-Identifier: GPL-2.0
"""usage: ppp.py DIR

A WAN that a pppd makes: of PPPoE, to a pppoe-server on the router, and of a pair of ptys.  It comes, has another MTU, goes
with the line, and comes again; meanwhile there is another way out, which is not attached.  DIR is for pppd's options.

What host a sends to host b has a mark in it.  A packet socket of gateway 1 sees all that leaves by any of its devices,
in PPPoE frames as well: the mark must not be in there, but on the LAN.
"""

import signal

from wire import *

MARK = b"in clear text: this must not be seen"
OUTGOING, PPPOE = 4, b"\x88\x64"
NEAR, FAR = "203.0.113.1", "203.0.113.254"
# No scripts of the machine are run.
PLAIN = "noauth nodetach noccp novj nodeflate nobsdcomp noipdefault noipv6 ip-up-script /bin/true ip-down-script /bin/true".split()
directory = sys.argv[1]
net = Net()
G1[4] = NEAR  # where ESP comes from
T = Tunnel(0, "gcm128")
watch = net.socket("g1", socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
watch.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
watch.setblocking(False)


def left():
    """What has left since the last look: {device: [in clear, as ESP]}; what is in PPPoE has been counted before."""
    found = {}
    while True:
        try:
            raw, (dev, _, kind, *_) = watch.recvfrom(70000)
        except BlockingIOError:
            return found
        if kind == OUTGOING and dev not in ("lan", "lo"):
            # ESP to gateway 2, behind whatever is before it: version, length and DSCP, …, protocol, …, addresses.
            at = raw.find(addr(NEAR) + addr(G2[4]))
            esp = raw[12:14] != PPPOE and at >= 12 and raw[at - 12] >> 4 == 4 and raw[at - 3] == ESP
            old = found.get(dev, [0, 0])
            found[dev] = [old[0] + (MARK in raw), old[1] + esp]


def marked(family, n=200, **more):
    src, dst, head = T.left[family], T.right[family], 28 if family == 4 else 48
    data = udp(src, dst, MARK + pattern(n - head - len(MARK), marked.count), sport=4000, dport=9)
    marked.count += 1
    return (ip4 if family == 4 else ip6)(src, dst, UDP, data, **more)


marked.count = 0


def pppd(ns, *words):
    with open(f"{directory}/pppd", "a") as out:
        return subprocess.Popen(["ip", "netns", "exec", net.ns[ns], "pppd", *PLAIN, *words], stdin=subprocess.DEVNULL, stdout=out,
                                stderr=subprocess.STDOUT)


def said():
    with open(f"{directory}/pppd") as text:
        return text.read()[-2000:]


def come():
    """The device that has its address, and is up; or None."""
    p = subprocess.run(["ip", "-n", net.ns["g1"], "-j", "addr", "show", "up", "to", NEAR], stdout=subprocess.PIPE, text=True)
    return next((link["ifname"] for link in json.loads(p.stdout or "[]") if link.get("addr_info")), None)


def routed(dev):
    """The default routes, for a while: until the device goes, and they with it."""
    net.ip("g1", [f"route replace {any_} dev {dev} metric 1" for any_ in ("0.0.0.0/0", "::/0")])


def connected():
    end = time.monotonic() + 30 * PATIENCE
    while time.monotonic() < end:
        if dev := come():
            return routed(dev)
        time.sleep(0.1)
    raise RuntimeError("no address by PPP: " + said())


def gone():
    end = time.monotonic() + 30 * PATIENCE
    while time.monotonic() < end:
        p = subprocess.run(["ip", "-n", net.ns["g1"], "-o", "link", "show", "type", "ppp"], stdout=subprocess.PIPE)
        if not p.stdout.strip():
            return
        time.sleep(0.05)
    raise RuntimeError("the device stays")


def attached():
    return [(d["dev"], d["state"], d.get("pattern")) for d in net.show("dev show")]


def exchange(*packets):
    """Sends; what came to b and back to a. PPPoE's server and ptys are processes, which take their time."""
    net.send("a0", *packets)
    caught, quiet = {"a0": [], "b0": []}, 0
    while quiet < 3:
        got = net.settle()
        new = sum(len(got[k]) for k in caught)
        quiet = 0 if new else quiet + 1
        for k in caught:
            caught[k] += [p for p in got[k] if not p.is_chatter]
        time.sleep(0.05 * PATIENCE)
    return caught


def answers(caught):
    return [p.answer()[0] for p in caught["a0"] if p.answer()]


def tries(what, dial, mtu):
    """What there is to see of one kind. dial: makes a connection, and returns the pppd of gateway 1"""
    name, (one, two) = "ppp0", (T.inner(mtu), T.inner(1400))
    f = Faults()
    f.same(attached(), [("ppp*", "waiting", None)], "before")
    process = dial()
    connected()
    f.same(attached(), [("ppp*", "attached", None), (name, "attached", "ppp*")], "after")
    f.point(f"{what}: a device that was attached before it was there")

    f = Faults()
    packets = [marked(family) for family in (4, 6) for _ in range(3)]
    before = net.stats()
    left()
    caught = exchange(*packets)
    f.same(sorted(p.raw for p in caught["b0"]), sorted(map(forwarded, packets)), "at b")
    seen = left()
    f.same({dev: n[0] for dev, n in seen.items() if n[0]}, {}, "in clear")
    f.same(seen.get(name), [0, 6], f"by {name}")
    f.same([net.counted(before).get(k) for k in ("out_packets", "out_guarded")], [6, None], "out_packets, out_guarded")
    f.point(f"{what}: encrypted")

    f = Faults()
    f.same(answers(exchange(marked(4, one + 1, df=1), marked(6, one + 1))), [one, one], "one byte more")
    packets = [marked(4, one, df=1), marked(6, one)]
    caught = exchange(*packets)
    f.same((answers(caught), [p.raw for p in caught["b0"]]), ([], [forwarded(p) for p in packets]), "what fits")
    net.mtu(r2=1400)
    told = answers(exchange(marked(4, one, df=1)))
    told += answers(exchange(marked(4, one, df=1)))
    f.same(told[-1:], [two], "behind it a link of 1400")
    caught = exchange(marked(4, two, df=1))
    f.same((answers(caught), len(caught["b0"])), ([], 1), "what fits then")
    net.mtu(r2=1500)
    net.espgw("pmtu flush")
    f.point(f"{what}: {one} fit by its MTU of {mtu}, and {two} by a link of 1400")
    return process


def forged(n=8):
    """A flow that a table of the device below sends on, which takes PPPoE off: what is forged to be of it, in clear."""
    f, a, b, port = Faults(), "10.1.0.2", "10.2.0.2", 7100
    net.nft("g1", """table inet t {
        flowtable ft { hook ingress priority 0; devices = { lan, wan }; }
        chain c { type filter hook forward priority 0; ct state established flow add @ft; }
    }""")
    line = net.socket("r", socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x8864))
    line.bind(("r1", 0x8864))
    near, far = net.socket("a", socket.AF_INET, socket.SOCK_DGRAM), net.socket("b", socket.AF_INET, socket.SOCK_DGRAM)
    for s, here in (near, a), (far, b):
        s.bind((here, port))
        s.settimeout(5 * PATIENCE)
    left()
    for i in range(4):
        near.sendto(MARK + pattern(20, i), (b, port))
        far.sendto(*far.recvfrom(2000))
        near.recv(2000)
    f.same({dev: x[0] for dev, x in left().items() if x[0]}, {}, "in clear")
    frame = next(raw for raw, (_, _, kind, *_) in iter(lambda: line.recvfrom(2000), None) if kind != OUTGOING)
    before = net.stats()
    for i in range(n):
        p = ip4(b, a, UDP, udp(b, a, b"forged" + pattern(50, i), port, port))
        line.send(frame[6:12] + frame[:6] + PPPOE + b"\x11\0" + frame[16:18] + struct.pack("!HH", len(p) + 2, 0x21) + p)
    f.same([p.raw for p in exchange()["a0"] if b"forged" in p.raw], [], "at host a")
    f.same(net.counted(before).get("drop_in_cleartext", 0), n, "drop_in_cleartext")
    for s in near, far, line:
        s.close()
    net.nft("g1", "delete table inet t")
    f.point("PPPoE: what is forged to be of a flow that a flow table sends on, in clear, does not arrive")


def again(what, process, dial):
    """20 packets a second; the line goes, and comes again."""
    f, n, arrived = Faults(), 0, 0
    monitor.events()
    left()
    before = net.stats()
    process.send_signal(signal.SIGTERM)
    begun, dials, up = time.monotonic(), 0, None
    while up is None or time.monotonic() < up + 1:
        net.send("a0", marked(4), marked(6))
        n += 2
        time.sleep(0.1)
        if process.poll() is not None:
            gone()
            process = dial()
            dials += 1
        if dials and not up and (dev := come()):
            routed(dev)
            up = time.monotonic()
        if time.monotonic() > begun + 60 * PATIENCE:
            raise RuntimeError("it does not come again: " + said())
    arrived = len(exchange()["b0"])
    counted, seen = net.counted(before), left()
    f.same({dev: x[0] for dev, x in seen.items() if x[0]}, {}, f"in clear, of {n}")
    esp = sum(x[1] for x in seen.values())
    # On its way down the device itself may drop some.
    f.same((0 <= counted.get("out_packets", 0) - esp <= 6, arrived <= esp), (True, True), f"{esp} as ESP")
    drops = {k: v for k, v in counted.items() if k.startswith("drop_out")}
    print(f"{what}: {n} sent, {arrived} arrived, {seen}, {drops}, out_guarded {counted.get('out_guarded')}")
    f.same(arrived >= 10, True, f"it goes on: {arrived} arrived")
    f.same(counted.get("out_guarded", 0) > 0, True, "by the other way meanwhile, encrypted")
    f.same(counted.get("out_packets", 0) + sum(drops.values()), n, "each was encrypted, or counted as dropped")
    told = [(e["event"], e["dev"]) for e in monitor.events(2, "dev") if e["object"] == "dev"]
    f.same(told, [("loss", "ppp0"), ("return", "ppp0")] if ("return", "ppp0") in told else [("loss", "ppp0"), ("attach", "ppp0")],
           "events")
    f.point(f"{what}: dialled again under traffic: nothing in clear, and it goes on")
    return process


net.espgw("dev attach ppp*", *T.commands())
net.xfrm_tunnels([T])
monitor = Monitor(net, "dev sa", nudge=f"sa set dst {G2[4]} spi 0x1000 dscp copy")
# Another way out, worse, and not attached.
net.ip("g1", ["route del default", f"route add default via {R1[4]} metric 100"])

with open(f"{directory}/pppoe-options", "w") as out:
    print(*PLAIN, "mtu 1492", "mru 1492", sep="\n", file=out)
server = subprocess.Popen(["ip", "netns", "exec", net.ns["r"], "pppoe-server", "-F", "-I", "r1", "-L", FAR, "-R", NEAR, "-N", "1", "-O",
                           f"{directory}/pppoe-options"], stdout=open(f"{directory}/pppd", "a"), stderr=subprocess.STDOUT)


def by_pppoe():
    return pppd("g1", "plugin", "rp-pppoe.so", "wan", "unit", "0", "mtu", "1492", "mru", "1492")


def by_pty():
    return pppd("g1", "pty", f"ip netns exec {net.ns['r']} pppd notty local {' '.join(PLAIN)} {FAR}:{NEAR} mtu 1500 mru 1500", "local",
                "unit", "0", "mtu", "1500", "mru", "1500")


for what, dial, mtu in ("PPPoE", by_pppoe, 1492), ("a pair of ptys", by_pty, 1500):
    process = tries(what, dial, mtu)
    if dial == by_pppoe:
        forged()
    process = again(what, process, dial)
    process.send_signal(signal.SIGTERM)
    process.wait(30 * PATIENCE)
    gone()
server.terminate()

# By then nothing but the other way is left.
f = Faults()
f.same(attached(), [("ppp*", "waiting", None)], "devices")
left()
before = net.stats()
packets = [marked(4) for _ in range(3)]
caught = exchange(*packets)
seen = left()
f.same(({dev: n[0] for dev, n in seen.items() if n[0]}, seen.get("wan")), ({}, [0, 3]), "in clear; by the other way")
f.point("the line is down: by the other way, encrypted")
done()
