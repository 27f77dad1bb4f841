# SPDX-License-Identifier: GPL-2.0
"""ESP that goes by another tunnel of the same host, whose path shrinks. Gateway 2 is the kernel's own xfrm."""

import hashlib

from over import *
from stack import wireguard, x25519

TRIES = 6
# Kind, family of its own outer packets, what it puts before ESP, words for ip; the families that it takes as ESP's.
KINDS = [("gre", 4, 24, "", (4, 6)), ("ipip", 4, 20, "", (4,)), ("sit", 4, 20, "", (6,)),
         ("ip6gre", 6, 44, "encaplimit none", (4, 6)), ("ip6tnl", 6, 40, "mode any encaplimit none", (4, 6))]


# Whose own packets are without DF: cut on the way. Nothing is learned, and nothing has to be. Kind, family of its own
# packets, what it puts before ESP, words.
CUT = [("vxlan", 4, 50, "id 4 dstport 4789 ttl 64"), ("WireGuard", 4, 60, "")]
# Whose own packets have DF, or are IPv6's, and are not cut. A router's word about them lowers the stack's route to the
# peer at most, which is not believed; WireGuard, whose packets show nothing of ESP, tells nobody, and the stack drops what
# is too big (6.1), or cuts it from the second on (6.12). So the SA has the least that may come as its mtu-cap; without that
# it is for probes to find.
CAPPED = [("vxlan", 4, 50, "id 5 dstport 4789 ttl 64 df set"), ("geneve", 4, 50, "id 6 ttl 64 df set"),
          ("vxlan", 6, 70, "id 7 dstport 4789"), ("WireGuard", 6, 80, "")]


def ether(name, kind, under, head, words, number):
    """A device on both gateways of which the others are no ends that are known by themselves."""
    for ns, other, l, r, last in ("g1", "g2", G1[under], G2[under], 1), ("g2", "g1", G2[under], G1[under], 2):
        ends = "" if kind == "WireGuard" else f"{'' if kind == 'geneve' else f'local {l} '}remote {r} {words}"
        net.ip(ns, [f"link add {name} {f'address 02:00:00:00:{number:02x}:0{last} ' if ends else ''}type {kind.lower()} {ends}",
                    f"link set {name} addrgenmode none", f"link set {name} mtu {1500 - head}", f"link set {name} up",
                    f"addr add 172.20.{number}.{last}/24 dev {name}"])
        if not ends:
            mine, its = (hashlib.sha256(f"{number} {x}".encode()).digest() for x in (ns, other))
            wireguard(net, ns, name, mine, x25519(its), 51820 + number, r)


def between(name, kind, number, t):
    """The way of a tunnel's ESP."""
    for ns, far, near, last in ("g1", *t.outer_ends[::-1], 2), ("g2", *t.outer_ends, 1):
        commands = [f"route add {far} dev {name} src {near}"]
        if kind != "WireGuard":
            commands.append(f"neigh replace {far} lladdr 02:00:00:00:{number:02x}:0{last} dev {name} nud permanent")
        net.ip(ns, commands)


def packet(t, n, family, seed=0):
    more = {"df": 1} if family == 4 else {}
    return datagram(t.left[family], t.right[family], n, seed=seed, **more)


def answers(caught):
    return [p.answer()[0] for p in caught["a0"] if p.answer()]


def forget():
    """What the gateways' routes have learned, and espgw. (Routes of IPv6 learn anew with a new route.)"""
    for ns in "g1", "g2":
        net.sysctl(ns, "ipv4/route/flush", 1)
        net.sysctl(ns, "ipv6/route/flush", 1)
    net.ip("g1", [f"route replace default via {R1[6]}"])
    net.ip("g2", [f"route replace default via {R2[6]}"])
    net.espgw("pmtu flush")


def tried(t, kind, *packets):
    """What comes of packets, one after the other."""
    for p in packets:
        net.send("a0", p)
        if kind == "WireGuard":  # in threads of its own
            time.sleep(0.05 * PATIENCE)
        yield net.settle()


def transfer(number, outer, what, host=77):
    """By TCP, while the path is narrow, between hosts that nobody has told anything."""
    f = Faults()
    a, b = ((f"10.1.{100 + number}.{host}", f"10.2.{number}.{100 + host}") if outer == 4 else
            (f"fd01:0:{100 + number}::{host}", f"fd02:0:{number:x}:1::{host}"))
    for ns, address in ("a", a), ("b", b):
        net.ip(ns, [f"addr add {address}/{32 if outer == 4 else 128} dev lo"])
    net.mtu(r2=1400)
    whole, longest = net.stream(pattern(1 << 19), ("a", a), ("b", b))
    f.same(whole, True, "all of it arrived")
    f.same(longest < 5 * PATIENCE, True, f"the longest pause: {longest:.2f} s")
    net.settle()
    net.mtu(r2=1500)
    forget()
    f.point(f"{what}: TCP goes on")


number = 0
for kind, under, head, words, families in KINDS:
    name = f"{kind}9"
    device(name, kind, G1[under], G2[under], f"{words} ttl 64" if under == 4 else words, number + 1)
    net.espgw(f"dev attach {name}")
    for outer in families:
        number += 1
        t = Over(number, "gcm128", outer=outer, ends=ends(number, outer))
        for ns, far, near in ("g1", t.outer_ends[1], t.outer_ends[0]), ("g2", t.outer_ends[0], t.outer_ends[1]):
            net.ip(ns, [f"route add {far} dev {name} src {near}"])
        net.espgw(*t.commands())
        net.ip("g2", t.xfrm())
        through(name, number)
        what = f"IPv{outer} ESP in {kind}"
        mtu = 1500 - head
        one, two = t.inner(mtu), t.inner(1400 - head)
        for family in 4, 6:
            least = 1280 if family == 6 else 0
            f = Faults()
            net.settle()
            caught = net.exchange("a0", packet(t, one + 1, family))
            f.same(answers(caught), [max(one, least)], "answers to one byte more")
            caught = net.exchange("a0", packet(t, one, family, 1))
            f.same((answers(caught), [p.raw for p in caught["b0"]]), ([], [forwarded(packet(t, one, family, 1))]),
                   "what fits: answers, at b")
            net.mtu(r2=1400)
            before, told = net.stats(), []
            for i in range(TRIES):
                caught = net.exchange("a0", packet(t, one, family, i))
                told.append(answers(caught))
            c = net.counted(before)
            print(f"{what}, IPv{family} inside: {told} {c}")
            lost = sum(not x for x in told)
            f.same(lost in (0, 1, 2), True, f"{lost} of {TRIES} unanswered")
            f.same({n for x in told for n in x}, {max(two, least)}, "answers")
            f.same(row(t)[:2], (1400 - head, two), "path MTU, inner MTU")
            n = max(two, least)
            caught = net.exchange("a0", packet(t, n, family, 9))
            f.same((answers(caught), [p.raw for p in caught["b0"]]), ([], [forwarded(packet(t, n, family, 9))]),
                   "what fits now: answers, at b")
            f.same(net.exchange("a0", packet(t, n + 1, family, 10))["b0"], [], "one byte more arrives")
            f.point(f"{what}, IPv{family} inside: the path shrinks to 1400: {n} fits, as the sender is told")
            net.mtu(r2=1500)
            forget()

        transfer(number, outer, what)

for kind, under, head, words in CUT + CAPPED:
    capped = (kind, under, head, words) in CAPPED
    cap = 1400 - head
    if kind == "WireGuard":  # which pads to that
        cap -= cap % 16
    number += 1
    name = f"{kind.lower()}{number}"
    ether(name, kind, under, head, words, number)
    net.espgw(f"dev attach {name}")
    for outer in 4, 6:
        number += 1
        t = Over(number, "gcm128", outer=outer, ends=ends(number, outer), espgw_out=f"mtu-cap {cap}" if capped else "")
        between(name, kind, number - 1 - (outer == 6), t)
        net.espgw(*t.commands())
        net.ip("g2", t.xfrm())
        what = f"IPv{outer} ESP in {kind}{' with DF' * ('df' in words)} over IPv{under}{', mtu-cap' * capped}"
        mtu = cap if capped else 1500 - head
        one = t.inner(mtu)
        for family in 4, 6:
            n, f = max(one, 1280 if family == 6 else 0), Faults()
            list(tried(t, kind, packet(t, 200, family, 90), packet(t, 200, family, 91)))
            caught = net.exchange("a0", packet(t, n + 1, family))
            f.same(answers(caught), [n], "answers to one byte more")
            net.mtu(r2=1400)
            before = net.stats()
            caught = list(tried(t, kind, *(packet(t, n, family, i) for i in range(TRIES))))
            came = [[p.raw for p in c["b0"]] == [forwarded(packet(t, n, family, i))] for i, c in enumerate(caught)]
            print(f"{what}, IPv{family} inside: {came} {net.counted(before)}")
            f.same(came, [True] * TRIES, "arrived")
            f.same([x for c in caught for x in answers(c)], [], "answers")
            f.same(row(t)[:2], (mtu, one), "path MTU, inner MTU")
            f.same(answers(net.exchange("a0", packet(t, n + 1, family, 9))), [n], "answers to one byte more, in the end")
            f.point(f"{what}, IPv{family} inside: the path shrinks to 1400: {n} goes on to arrive, nobody is told")
            net.mtu(r2=1500)
            forget()
        transfer(number, outer, what)
        if capped:
            net.espgw(f"sa set dst {t.outer_ends[1]} spi {t.spi_out:#x} mtu-cap none")
            transfer(number, outer, what.replace("mtu-cap", "found by probes"), 78)
done()
