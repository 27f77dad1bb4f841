# SPDX-License-Identifier: GPL-2.0
"""Sockets of gateway 1 itself, and ICMP errors from routers inside the sites, whose addresses no policy names."""

import errno
import re

from wire import *

OWN = {4: "10.1.0.1", 6: "fd01::1"}  # gateway 1 on its LAN
B = {4: "10.2.0.2", 6: "fd02::2"}
IP = {4: 0, 6: 41}  # the level of the options below
MTU_DISCOVER, MTU, RECVERR = {4: 10, 6: 23}, {4: 14, 6: 24}, {4: 11, 6: 25}
WANT, DO = 1, 2
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
HEAD = {4: 28, 6: 48}  # IP and UDP

net = Net()
# Tunnel 0 leads to host b itself, the others to addresses that no host has.
HOST, V4, V6, NULL = (Tunnel(0, "gcm128"), Tunnel(1, "gcm128"), Tunnel(2, "cbc-sha256", outer=6),
                      Tunnel(3, "null-sha256"))
net.tunnels([HOST, V4, V6, NULL])


def forget():
    """What gateway 1's routes have learned (those of IPv6 with the route that they are of), and espgw."""
    net.sysctl("g1", "ipv4/route/flush", 1)
    net.ip("g1", [f"route replace default via {R1[6]}"])
    net.espgw("pmtu flush")


def exception(family, dst):
    """The MTU of gateway 1's route to an address, from its own; None if it is the device's."""
    with net.inside(net.ns["g1"]):
        text = subprocess.run(["ip", "route", "get", dst, "from", OWN[family]], stdout=subprocess.PIPE, text=True,
                              check=True).stdout
    found = re.search(r"\bmtu (\d+)", text)
    return int(found[1]) if found else None


def tries(s, data):
    """What sending gives: 0 or the error."""
    try:
        s.send(data)
    except OSError as e:
        return e.errno
    return 0


def reported(s):
    """The socket's queue of errors: (errno, origin, type, code, MTU)."""
    found = []
    while True:
        try:
            _, extra, _, _ = s.recvmsg(0, 512, 0x2000)  # MSG_ERRQUEUE
        except BlockingIOError:
            return found
        found += [struct.unpack("=IBBBxI", data[:12]) for _, _, data in extra]


def kinds(counted):
    wanted = "out_packets drop_out_too_big icmp_answered icmp_relayed pmtu_accepted out_prefrag".split()
    return {k: v for k, v in counted.items() if k in wanted}


# ---- UDP that discovers its path MTU ----
LOCAL, ICMP_ORIGIN = 1, {4: 2, 6: 3}
TOO_BIG = {4: (3, 4), 6: (2, 0)}
for t, family in (V4, 4), (V4, 6), (V6, 4), (V6, 6):
    what = f"IPv{family} over IPv{t.outer}"
    inner, dst, head = t.inner(1500), t.right[family], HEAD[family]
    s = net.socket("g1", FAMILY[family], socket.SOCK_DGRAM)
    s.setblocking(False)
    s.setsockopt(IP[family], MTU_DISCOVER[family], DO)
    s.setsockopt(IP[family], RECVERR[family], 1)
    s.bind((OWN[family], 0))
    s.connect((dst, 9))
    f = Faults()
    f.same((s.getsockopt(IP[family], MTU[family]), exception(family, dst)), (1500, None), "before")
    before = net.stats()
    f.same(tries(s, pattern(1500 - head)), 0, "the first")
    caught = net.settle()
    f.same(caught["r1"], [], "on the wire")
    f.same(kinds(net.counted(before)), {"drop_out_too_big": 1, "icmp_answered": 1}, "counted")
    f.same(reported(s), [(errno.EMSGSIZE, ICMP_ORIGIN[family], *TOO_BIG[family], inner)], "reported")
    f.same(s.getsockopt(IP[family], MTU[family]), inner, "IP_MTU")
    f.same(exception(family, dst), inner, "route exception")
    f.point(f"{what}: a socket's first packet is answered, its route has an MTU of {inner}")

    f = Faults()
    tries(s, b"")  # takes what the answer left behind for the next call
    net.settle()
    before = net.stats()
    f.same([tries(s, pattern(n - head)) for n in (1500, inner + 1)], [errno.EMSGSIZE] * 2, "too long")
    f.same([e[:2] + e[4:] for e in reported(s)], [(errno.EMSGSIZE, LOCAL, inner)] * 2, "reported")
    f.same(tries(s, pattern(inner - head, 7)), 0, "what fits")
    caught = net.settle()
    f.same([(p.len, p.is_esp, p.mf) for p in caught["r1"]], [(t.outer_len(inner), True, False)], "on the wire")
    f.same([p.payload[8:] == pattern(inner - head, 7) for p in caught["b0"]], [True], "at b")
    f.same(kinds(net.counted(before)), {"out_packets": 1}, "counted")
    f.point(f"{what}: then EMSGSIZE above {inner}, and {inner} arrive")

    f = Faults()
    net.mtu(r2=1400)
    before = net.stats()
    f.same(tries(s, pattern(inner - head)), 0, "what no longer fits")
    net.settle()
    f.same(kinds(net.counted(before)), {"out_packets": 1, "pmtu_accepted": 1, "icmp_answered": 1, "icmp_relayed": 1},
           "counted")
    # 1280 is the least that an IPv6 sender is told.
    inner = max(t.inner(1400), 1280 if family == 6 else 0)
    tries(s, b"")
    net.settle()
    f.same((tries(s, pattern(inner + 1 - head)), s.getsockopt(IP[family], MTU[family]), exception(family, dst)),
           (errno.EMSGSIZE, inner, inner), "EMSGSIZE, IP_MTU, route")
    f.same(tries(s, pattern(inner - head, 8)), 0, "what fits")
    caught = net.settle()
    f.same([p.len <= 1400 for p in caught["r1"]], [True], "on the wire")
    f.same([p.payload[8:] == pattern(inner - head, 8) for p in caught["b0"]], [True], "at b")
    f.point(f"{what}: a link of 1400 on the way: the socket is told at once, {inner}")

    f = Faults()
    s.setsockopt(IP[family], MTU_DISCOVER[family], WANT)
    data = pattern(1600, 9)
    before = net.stats()
    f.same(tries(s, data), 0, "sent")
    caught = net.settle()
    pieces = sorted(caught["b0"], key=lambda p: p.off)
    f.same((b"".join(p.payload for p in pieces)[8:] == data, max(p.len for p in pieces or [0]) <= inner),
           (True, True), "at b")
    f.same([p.is_esp and p.len <= 1400 and not p.mf and not p.off for p in caught["r1"]], [True] * 2, "on the wire")
    f.same(kinds(net.counted(before)), {"out_packets": 2}, "counted")
    f.point(f"{what}: the stack cuts what may be cut to that")
    s.close()
    net.mtu(r2=1500)
    forget()


# ---- TCP ----
net.mtu(r2=1400)
for family in 4, 6:
    data, f, before = pattern(1 << 20, family), Faults(), net.stats()
    whole, longest = net.stream(data, ("g1", OWN[family]), ("b", B[family]))
    caught = net.settle()
    now = net.counted(before)
    f.same(whole, True, "what arrived")
    f.same(longest < PATIENCE, True, f"the longest wait, {longest:.2f} s")
    esp = [p for p in caught["r1"] if p.is_esp]
    f.same([p for p in caught["r1"] if not p.is_esp or p.mf or p.off], [], "what is not whole ESP")
    late = [i for i, p in enumerate(esp) if p.len > 1400]
    f.same(0 < len(late) <= 40 and late[-1] < len(esp) // 4, True,
           f"{len(late)} of {len(esp)} ESP packets are too long for the path, and these the first")
    f.same(now.get("pmtu_accepted"), 1, "pmtu_accepted")
    f.same(len([p for p in esp if p.len == HOST.outer_len(HOST.inner(1400))]) > 600, True, "full segments")
    f.same(1 <= now.get("icmp_answered", 0) <= 50, True, f"{now.get('icmp_answered', 0)} answers")
    f.same(now.get("out_prefrag", 0), 0, "cut")
    f.same(exception(family, B[family]), HOST.inner(1400), "route exception")
    f.point(f"a TCP transfer over IPv{family} through a link of 1400 does not stall")
    forget()
net.mtu(r2=1500)

# ---- ICMP errors from routers that no policy names ----
INSIDE_B, INSIDE_A = {4: "172.16.9.9", 6: "fd09::9"}, {4: "172.16.8.8", 6: "fd08::8"}
LEFT, RIGHT = NULL.left, NULL.right
seq = 0
host_unreach, time_exceeded = {4: (3, 1), 6: (1, 3)}, {4: (11, 0), 6: (3, 0)}


def error(family, kind, src, dst, quoted, rest=0, room=120):
    return (icmp4 if family == 4 else icmp6)(src, dst, *kind[family], rest, quoted[:room])


def arrives(what, family, packet, wanted, sender=None, clear=False):
    """A point: an inner packet that the router sends in the SA is delivered, or dropped and counted."""
    global seq
    seq += 1
    before = net.stats()
    caught = net.exchange("r1", packet if clear else NULL.esp(NULL.spi_in, seq, packet))
    counted = {k: v for k, v in net.counted(before).items() if k.startswith("drop_") or k == "in_packets"}
    f = Faults()
    f.same([p.raw == forwarded(packet, 1) for p in caught["a0"]], [True] if wanted == "in_packets" else [], "at a")
    f.same(counted, {wanted: 1}, "counted")
    f.point(f"IPv{family}: {what}")


for family in 4, 6:
    out = forwarded(datagram(LEFT[family], RIGHT[family], 500), 3)
    back = forwarded(datagram(RIGHT[family], LEFT[family], 500), 3)
    router, host = INSIDE_B[family], LEFT[family]
    for what, kind, rest in (("time exceeded", time_exceeded, 0), ("host unreachable", host_unreach, 0),
                             ("too big", TOO_BIG, 1280)):
        arrives(f"{what} from a router inside, about a packet of this SA", family,
                error(family, kind, router, host, out, rest), "in_packets")
    least = 28 if family == 4 else 48
    arrives("with the least quote", family, error(family, time_exceeded, router, host, out, room=least), "in_packets")
    arrives("about a packet that no policy protects", family,
            error(family, time_exceeded, router, host, datagram(host, INSIDE_A[family], 500)), "drop_in_selector")
    arrives("about a packet of another SA", family,
            error(family, time_exceeded, router, host, datagram(host, V4.right[family], 500)), "drop_in_selector")
    arrives("about a packet of the other direction", family, error(family, time_exceeded, router, host, back),
            "drop_in_selector")
    arrives("about another host's packet", family,
            error(family, time_exceeded, router, NULL.left_of(1, family), out), "drop_in_selector")
    arrives("without a quote that can be read", family,
            error(family, time_exceeded, router, host, out, room=19), "drop_in_selector")
    echo = (icmp4 if family == 4 else icmp6)(router, host, 8 if family == 4 else 128, 0, 1, out[:100])
    arrives("what is not an error has no such right", family, echo, "drop_in_selector")
    arrives("in clear it is refused", family, error(family, time_exceeded, router, host, out), "drop_in_cleartext",
            clear=True)

# The kernel's xfrm protects and takes them as its policies say.
for family, bits in (4, 32), (6, 128):
    right = "10.2.1.0/24" if family == 4 else "fd02:0:1::/48"
    left = "10.1.0.0/16" if family == 4 else "fd01::/16"
    net.ip("g2", [f"xfrm policy add src {INSIDE_B[family]}/{bits} dst {left} dir out "
                  f"tmpl src {G2[4]} dst {G1[4]} proto esp reqid {V4.reqid} mode tunnel",
                  f"xfrm policy add src {INSIDE_A[family]}/{bits} dst {right} dir fwd "
                  f"tmpl src {G1[4]} dst {G2[4]} proto esp reqid {V4.reqid} mode tunnel"])
    out = datagram(LEFT[family], V4.right[family], 500)
    back = datagram(V4.right[family], LEFT[family], 500)
    f, before = Faults(), net.stats()
    e = error(family, time_exceeded, INSIDE_B[family], LEFT[family], out)
    caught = net.exchange("b0", e)
    f.same([p.is_esp for p in caught["r2"]], [True], "on the wire")
    f.same([p.raw == forwarded(e) for p in caught["a0"]], [True], "at a")
    f.same(net.counted(before).get("in_packets"), 1, "in_packets")
    f.point(f"IPv{family}: from b's side by the kernel's own IPsec")

    for what, kind in ("time exceeded", time_exceeded), ("host unreachable", host_unreach):
        f, before = Faults(), net.stats()
        e = error(family, kind, INSIDE_A[family], V4.right[family], back)
        caught = net.exchange("a0", e)
        f.same([(p.is_esp, p.spi) for p in caught["r1"]], [(True, V4.spi_out)], "on the wire")
        f.same([p.raw == forwarded(e) for p in caught["b0"]], [True], "at b")
        f.same(net.counted(before).get("out_packets"), 1, "out_packets")
        f.point(f"IPv{family}: {what} from a's side is protected like what it quotes")

    f = Faults()
    e = error(family, time_exceeded, INSIDE_A[family], V4.right[family],
              datagram(V4.right[family], INSIDE_A[family], 500))
    caught = net.exchange("a0", e)
    f.same([p.raw == forwarded(e, 1) for p in caught["r1"]], [True], "on the wire")
    f.point(f"IPv{family}: about what no policy protects it goes its own way")
    net.espgw(f"sa del dir out dst {G2[4]} spi {NULL.spi_out:#x}" if family == 6 else "default show")
f, before = Faults(), net.stats()
caught = net.exchange("a0", error(6, time_exceeded, INSIDE_A[6], RIGHT[6], datagram(RIGHT[6], LEFT[6], 500)))
f.same(caught["r1"], [], "on the wire")
f.same(net.counted(before).get("drop_out_no_sa"), 1, "drop_out_no_sa")
f.point("without an SA it is dropped, not sent in clear")
done()
