# SPDX-License-Identifier: GPL-2.0
"""monitor drops: what is told of packets that are dropped, and how many of many."""

from wire import *

net = Net()
t = Tunnel(1, "null-sha256")
dead = Tunnel(2, "null-sha256")
net.tunnels([t], xfrm=False)
net.espgw("policy add src 10.1.0.0/16 dst 10.2.1.77/32 action discard",
          *[c for c in dead.commands() if c.startswith("policy")], f"pmtu set spi {t.spi_out:#x} dst {G2[4]} mtu 1400")
inner = datagram(t.right[4], t.left[4], 100)
before = net.stats()
net.send("a0", *[datagram(t.left[4], "10.2.1.77", 100)] * 3)
net.send("a0", *[datagram(t.left[4], dead.right[4], 100)] * 4)
net.send("a0", *[datagram(t.left[4], t.right[4], 1400, df=1)] * 5)
net.send("r1", *[inner] * 6)
net.send("r1", *[t.esp(t.spi_in, 10 + i, inner, bad=True) for i in range(7)])
net.send("r1", *[t.esp(t.spi_in, 50, inner)] * 9)
net.settle()
counted = {k: v for k, v in net.counted(before).items() if k.startswith("drop_")}
wanted = {"drop_out_discard": 3, "drop_out_no_sa": 4, "drop_out_too_big": 5, "drop_in_cleartext": 6, "drop_in_integrity": 7,
          "drop_in_replay": 8}
equal(counted, wanted, "packets are dropped, and counted")

# ---- who listens is told ----

f = Faults()
listener = Monitor(net, "sa drops", f"sa set dst {G2[4]} spi {t.spi_out:#x} dscp copy")
time.sleep(0.2)
packets = {"drop_out_discard": ("a0", datagram(t.left[4], "10.2.1.77", 100)),
           "drop_out_no_sa": ("a0", datagram(t.left[6], dead.right[6], 200)),
           "drop_out_too_big": ("a0", datagram(t.left[4], t.right[4], 1400, df=1)),
           "drop_in_cleartext": ("r1", inner),
           "drop_in_integrity": ("r1", t.esp(t.spi_in, 100, inner, bad=True)),
           "drop_in_replay": ("r1", t.esp(t.spi_in, 50, inner)),
           "drop_in_selector": ("r1", t.esp(t.spi_in, 101, datagram("10.2.9.9", t.left[4], 300)))}
before = net.stats()
for port, packet in packets.values():
    net.exchange(port, packet)
told = [e for e in listener.events(1) if e["object"] == "drops"]
f.same([e["reason"] for e in told], list(packets), "reasons")
for e, (reason, (port, packet)) in zip(told, packets.items()):
    p = Packet(datagram("10.2.9.9", t.left[4], 300) if reason == "drop_in_selector" else packet)
    f.same((e["src"], e["dst"], e["proto"], e["len"], e.get("dport"), e.get("spi"), e["dev"], e["count"]),
           (p.src, p.dst, p.proto, p.len, p.dport, f"{p.spi:#010x}" if p.is_esp else None, "wan", before[reason] + 1), reason)
f.point("who listens is told of each dropped packet: reason, device, addresses, protocol, port, length and SPI")

f = Faults()
begin = time.monotonic()
for _ in range(20):
    net.send("a0", *[datagram(t.left[4], "10.2.1.77", 100)] * 100)
net.settle()
took = time.monotonic() - begin
now = net.stats()
told = [e for e in listener.events(1) if e["object"] == "drops"]
f.same(now["drop_out_discard"] - before["drop_out_discard"], 2001, "dropped")
f.same(10 <= len(told) <= 10 * (int(took * 10) + 2), True, f"{len(told)} told in {took:.1f} s")
f.same(now["event_lost"], before["event_lost"], "lost")
f.same([e["count"] for e in told], sorted({e["count"] for e in told}), "counts grow")
f.point("of a flood only some are told, and their counts say how many there were between")
text = subprocess.run([ESPGW, "-n", net.ns["g1"], "monitor", "nosuch"], text=True, stdout=subprocess.PIPE,
                      stderr=subprocess.STDOUT).stdout
ok("unknown word" in text, "and no other word is taken", text)
done()
