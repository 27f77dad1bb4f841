# SPDX-License-Identifier: GPL-2.0
"""A program of XDP that passes all, in generic form, on the LAN's and on the WAN's device of gateway 1."""

from genericxdp import attach, loaded
from wire import *

net = Net()
T = {4: Tunnel(0, "gcm128"), 6: Tunnel(1, "cbc-sha256", outer=6)}
net.tunnels(T.values())
fd = loaded()
for dev in "lan", "wan":
    attach(net, dev, fd)
shown = subprocess.run(["ip", "-n", net.ns["g1"], "link"], stdout=subprocess.PIPE, text=True).stdout.count("xdpgeneric")

f, before = Faults(), net.stats()
f.same(shown, 2, "devices with XDP")
for t in T.values():
    for family in 4, 6:
        n = t.inner(1500)
        there = [datagram(t.left[family], t.right[family], size, seed=size) for size in (100, 777, n)]
        back = [datagram(t.right[family], t.left[family], size, seed=size + 1) for size in (100, 777, n)]
        caught = net.exchange("a0", *there)
        f.same([p.raw for p in caught["b0"]], [forwarded(p) for p in there], f"{t}, IPv{family}: at b")
        f.same([p.len for p in caught["r1"] if p.is_esp], [t.outer_len(size) for size in (100, 777, n)], f"{t}, IPv{family}: ESP")
        caught = net.exchange("b0", *back)
        f.same([p.raw for p in caught["a0"]], [forwarded(p) for p in back], f"{t}, IPv{family}: at a")
f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop")}, {}, "dropped")
f.point("packets of both families, both ways")

f = Faults()
net.mtu(r2=1400)
for t in T.values():
    n = t.inner(1500)
    told = [[p.answer()[0] for p in net.exchange("a0", datagram(t.left[4], t.right[4], n, df=1))["a0"] if p.answer()] for _ in range(2)]
    f.same(told[-1], [t.inner(1400)], f"{t}: what a router says is learned")
    caught = net.exchange("a0", datagram(t.left[4], t.right[4], 1450))
    f.same(len(caught["b0"]), 2, f"{t}: cut into")
net.mtu(r2=1500)
net.espgw("pmtu flush")
f.point("the path's MTU is learned")

f, before = Faults(), net.stats()
for t in T.values():
    for family in 4, 6:
        caught = net.exchange("r1", datagram(t.right[family], t.left[family], 200))
        f.same(caught["a0"], [], f"{t}, IPv{family}: forged, at a")
f.same(net.counted(before).get("drop_in_cleartext"), 4, "drop_in_cleartext")
f.point("forged clear text is dropped")
done()
