# SPDX-License-Identifier: GPL-2.0
"""What xfrm's inbound policies say of packets that arrive, with espgw at gateway 1 and a tunnel by its interface.

Each is judged by the packets alone and by xfrm's own counters: so it has to hold with kernel xfrm alone as well, ADOPT=0.
"""

import re

from xfrm import *

net = Net()
x1 = Xfrm(net, "g1")
seed = 0


interface(net)
tool(net, "dev attach wan")


def inner(t, port, length=200, **more):
    global seed
    seed += 1
    ends = t.left[4], t.right[4]
    return datagram(*(ends if port == "a0" else ends[::-1]), length, seed, **more)


def reset():
    release(net)
    net.ip("g1", ["xfrm policy setdefault in accept fwd accept out accept"])
    clean(net)
    net.settle()


def point(what, run):
    if ONLY not in what:
        return
    f = Faults()
    begin = time.monotonic()
    t = Keyed(0)
    try:
        routed(net, "interface")
        t.setup(net)
        retake(net)
        f += adopted(net, (t.spi_out, t.spi_in), policies=2)
        time.sleep(0.3)  # what is known beforehand is known by now
        arrives(f, t, True, True, {}, "before: ")
        run(f, t)
    except Exception as e:
        f.append(repr(e)[:600])
    try:
        reset()
    except Exception as e:
        print("  " + repr(e)[:200])
    f.point(what)
    print(f"  {time.monotonic() - begin:.1f} s", flush=True)


def exchange(port, sent, fence):
    """What the hosts get; without a fence, where nothing of it would be let through either, within half a second."""
    if fence:
        return net.exchange(port, *sent)
    net.send(port, *sent)
    time.sleep(0.5 * PATIENCE)
    caught = {}
    for p in "a0", "b0":
        net.ports[p].poll()
        caught[p], net.ports[p].got = net.ports[p].got, []
    return caught


def arrives(f, t, from_a, from_b, counted, what="", n=3, fence=True):
    """n datagrams from each host: whether they arrive, all or none; and what xfrm counts of gateway 1's."""
    before = xfrm_stat(net, "g1")
    for port, into, due in ("a0", "b0", from_a), ("b0", "a0", from_b):
        sent = [inner(t, port) for _ in range(n)]
        caught = exchange(port, sent, fence)
        f.same([p.raw for p in caught[into] if p.proto == UDP], [forwarded(p) for p in sent] if due else [], f"{what}from {port}")
    f.same({k: v - before.get(k, 0) for k, v in xfrm_stat(net, "g1").items() if v != before.get(k, 0)}, counted, f"{what}xfrm_stat")


def holds(f, t, commands, *expected, **more):
    """From the moment it is said, before a worker has looked, and when all has been looked at again."""
    with held_up(1):
        net.ip("g1", commands)
        arrives(f, t, *expected, "at once: ", **more)
    time.sleep(0.5)
    arrives(f, t, *expected, "later: ", **more)


TEMPLATE = f"tmpl src {G2[4]} dst {G1[4]} proto esp reqid {{}} mode tunnel"


def policy_of(t, verb, more="", way="fwd"):
    left, right = next(iter(t.prefixes(1)))
    return f"xfrm policy {verb} src {right} dst {left} dir {way} if_id {IF_ID} {more}"


def deleted(f, t):
    holds(f, t, [policy_of(t, "delete")], True, False, {"XfrmInNoPols": 3})
    holds(f, t, list(t.policies(1, "fwd")), True, True, {})
    holds(f, t, [policy_of(t, "delete", way="in")], True, True, {})


point("the interface's forward policy is deleted: what was decrypted is dropped; added again: it arrives", deleted)


def blocked(f, t):
    holds(f, t, [policy_of(t, "update", "action block")], True, False, {"XfrmInPolBlock": 3})


point("it says block", blocked)


def other(f, t):
    holds(f, t, [policy_of(t, "update", TEMPLATE.format(t.reqid + 7))], True, False, {"XfrmInTmplMismatch": 3})


point("it asks for another reqid", other)


def before(f, t):
    """One more, which is for part of what is protected, comes first."""
    holds(f, t, [policy_of(t, "update", "priority 7 " + TEMPLATE.format(t.reqid))], True, True, {})
    one = f"src {t.right[4]}/32 dst 10.1.0.0/16 dir fwd if_id {IF_ID}"
    holds(f, t, [f"xfrm policy add {one} action block"], True, False, {"XfrmInPolBlock": 3})
    holds(f, t, [f"xfrm policy delete {one}"], True, True, {})


point("another one of the interface comes before it, for some of it, and goes", before)


def clear(f, t):
    """Policies for no interface are about what comes by the LAN, in clear."""
    for more, counter in ("action block", "XfrmInPolBlock"), (TEMPLATE.format(9), "XfrmInTmplMismatch"):
        one = "src 10.1.0.0/16 dst 10.2.0.0/16 dir fwd"
        holds(f, t, [f"xfrm policy add {one} {more}"], False, True, {counter: 3})
        holds(f, t, [f"xfrm policy delete {one}"], True, True, {})


point("a policy for no interface covers what comes in clear, and goes", clear)


def default(f, t):
    """What the LAN sends no policy covers; what was decrypted one does."""
    holds(f, t, ["xfrm policy setdefault fwd block"], False, True, {"XfrmInNoPols": 3}, fence=False)
    holds(f, t, ["xfrm policy setdefault fwd accept"], True, True, {})


point("without a policy nothing is let in: xfrm policy setdefault", default)


def released(f, t):
    """Nobody hears what is said of policies then."""
    release(net)
    arrives(f, t, True, True, {}, "released: ")
    net.ip("g1", [policy_of(t, "delete")])
    arrives(f, t, True, False, {"XfrmInNoPols": 3}, "released, without the policy: ")
    net.ip("g1", ["xfrm policy add src 10.1.0.0/16 dst 10.2.0.0/16 dir fwd action block"])
    arrives(f, t, False, False, {"XfrmInPolBlock": 3, "XfrmInNoPols": 3}, "released, and one for no interface: ")


point("given back: policies hold as ever", released)


def quotes(f, t):
    """Since 6.8 xfrm goes by what an error quotes as well, before it goes by its addresses alone; and is asked."""
    quotes = tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", os.uname().release).groups()) >= (6, 8)
    left, right = next(iter(t.prefixes(1)))
    s, d = t.ends(2)[:2]
    net.ip("g2", [f"xfrm policy add src 10.9.0.0/16 dst {left} dir out tmpl src {s} dst {d} proto esp reqid {t.reqid} mode tunnel"])
    old = xfrm_stat(net, "g1")
    error = icmp4("10.9.0.1", t.left[4], 3, 1, 0, forwarded(inner(t, "a0"))[:60])
    caught = net.exchange("b0", error)
    f.same(len([p for p in caught["r2"] if p.is_esp]), 1, "ESP from gateway 2")
    f.same(len([p for p in caught["a0"] if p.proto == ICMP]), int(quotes), "arrived")
    f.same({k: v - old.get(k, 0) for k, v in xfrm_stat(net, "g1").items() if v != old.get(k, 0)},
           {} if quotes else {"XfrmInNoPols": 1}, "xfrm_stat")


point("an ICMP error whose sender no policy covers is xfrm's to judge, as ever", quotes)


# ---- who looks at the interface ----


def ran(*words):
    return subprocess.run(["ip", "netns", "exec", net.ns["g1"], *words], text=True, stdout=subprocess.PIPE, check=True).stdout


def received():
    return json.loads(ran("ip", "-j", "-s", "link", "show", DEV))[0]["stats64"]["rx"]["packets"]


def tap(dev, proto):
    s = net.socket("g1", socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    s.setsockopt(263, 23, 1)  # SOL_PACKET, PACKET_IGNORE_OUTGOING
    s.bind((dev, proto))
    s.setblocking(False)
    return s


def taken(s):
    """IP packets: what they are."""
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            p = Packet(s.recv(70000))
            found += [] if p.is_chatter else [p.proto]
    return found


def looks(f, t):
    """Each way of looking by itself: it sees each packet once, by the device that it is for."""
    def step(what, n=3):
        before = received()
        arrives(f, t, True, True, {}, f"{what}: ", n)
        f.same(received() - before, n, f"{what}: the interface counts")

    step("nobody looks")
    s = tap(DEV, 3)
    step("a tap of the interface")
    f.same(taken(s), [UDP] * 3, "the tap saw")
    s.close()
    s, at_wan = tap(DEV, 0x800), tap("wan", 0x800)
    step("sockets for IP")
    f.same((taken(s), [p for p in taken(at_wan) if p == UDP]), ([UDP] * 3, []), "at the interface, at the WAN")
    s.close()
    at_wan.close()
    for dev, rule, n in (DEV, "counter", 3), ("wan", "ip saddr 10.2.0.0/16 counter", 0):
        net.nft("g1", f'table netdev n {{ chain c {{ type filter hook ingress device "{dev}" priority 0;\n {rule} comment "here"\n}}\n}}\n')
        step(f"nft's ingress of {dev}")
        f.same(net.nft_packets("g1"), {"here": n}, f"nft's ingress of {dev} counts")
        net.nft("g1", "flush ruleset")
    net.nft("g1", f'table inet t {{ chain c {{ type filter hook prerouting priority 0;\n iifname "{DEV}" counter comment "{DEV}"\n'
        'iifname "wan" ip saddr 10.2.0.0/16 counter comment "wan"\n}\n}\n')
    step("nft's prerouting")
    f.same(net.nft_packets("g1"), {DEV: 3, "wan": 0}, "nft's prerouting counts")
    net.nft("g1", "flush ruleset")
    ran("tc", "qdisc", "add", "dev", DEV, "clsact")
    try:
        ran(*"tc filter add dev".split(), DEV, *"ingress protocol ip u32 match u32 0 0 action drop".split())
        before = received()
        arrives(f, t, True, False, {}, "a classifier that drops: ")
        f.same(received() - before, 3, "a classifier that drops: the interface counts")
    except subprocess.CalledProcessError:
        print("  without a classifier: this kernel has none", flush=True)
    ran("tc", "qdisc", "del", "dev", DEV, "clsact")
    queue = f"/sys/class/net/{DEV}/queues/rx-0/rps_cpus"
    if "rps" in ran("sh", "-c", f"ls {queue} 2>/dev/null || true"):
        ran("sh", "-c", f"echo 1 >{queue}")
        step("steered")
        ran("sh", "-c", f"echo 0 >{queue}")
    step("nobody looks any more")
    net.ip("g1", [f"link set {DEV} down"])
    arrives(f, t, False, False, {}, "down: ")
    routed(net, "interface")
    step("up again")


point("who looks at the interface sees each packet once, and it counts each; nobody sees it at the WAN", looks)
