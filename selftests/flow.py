# SPDX-License-Identifier: GPL-2.0
"""What was decided of a flow is kept for its next packets: whatever that depends on is changed here, one thing after
another, and the next packet obeys.

Before each change the flow has been there three times: its second packet was kept, and the third one went by that.
"""

import contextlib
import itertools

from peer import *

PLAIN, WORDS = "10.3.1.1", "src 10.1.0.0/16 dst 10.3.0.0/16"
ports = itertools.count(20000)


def do(commands):
    for command in commands:
        command() if callable(command) else net.espgw(command)


def becomes(f, make, wanted, what):
    p = make()
    f.same(outcome(p, net.exchange("a0", p)), wanted, what)


def obeys(what, change, wanted, back=(), make=lambda: packet(PLAIN), usual=0x1001, counters=None):
    """A point: a flow that leaves as usual is changed, and its next packet leaves as wanted; and as usual once what was
    changed is taken back. change, back: commands for espgw, or functions."""
    f = Faults()
    for _ in range(3):
        becomes(f, make, usual, "before")
    do(change)
    before = net.stats()
    becomes(f, make, wanted, "the next packet")
    counted = net.counted(before)
    f.same({k: counted.get(k, 0) for k in counters or ()}, counters or {}, "counters")
    do(back)
    if back:
        becomes(f, make, usual, "and the one after it was taken back")
    f.point(what)


def gateway(*commands):
    return lambda: net.ip("g1", list(commands))


def nft(text):
    return lambda: net.nft("g1", text)


net.espgw(sa_out(0x1001, 1), sa_out(0x1003, 3), f"policy add prio 100 {WORDS} {protect(1)}",
          f"policy add prio 100 src fd01::/16 dst fd03::/16 {protect(1)}")

for family, make in (4, lambda: packet(PLAIN)), (6, lambda: packet("fd03::1")):
    obeys(f"IPv{family}: a newer SA is there", [sa_out(0x1002, 1)], 0x1002, [f"sa del dst {G2[4]} spi 0x1002"], make)
obeys("and of one with the packet's class", [sa_out(0x1004, 1, "class 46")], 0x1004, [f"sa del dst {G2[4]} spi 0x1004"],
      lambda: packet(PLAIN, tos=46 << 2))
obeys("its SA is deleted", [f"sa del dst {G2[4]} spi 0x1001"], "dropped", [sa_out(0x1001, 1)], counters={"drop_out_no_sa": 1})
obeys("its SA is replaced: it goes on with the new one's limits",
      [sa_out(0x1001, 1, "limit hard packets 1").replace("sa add", "sa replace"), lambda: net.exchange("a0", packet(PLAIN))],
      "dropped", [f"sa del dst {G2[4]} spi 0x1001", sa_out(0x1001, 1)])
obeys("its SA has come to a limit, by itself",
      [f"sa set dst {G2[4]} spi 0x1001 limit hard packets 5",
       lambda: net.exchange("a0", *(packet(PLAIN) for _ in range(6)))],
      "dropped", [f"sa del dst {G2[4]} spi 0x1001", sa_out(0x1001, 1)], counters={"drop_out_no_sa": 1})
# A queue lets them go at once: with the processor in between, what was kept is made void by the worker that the SA's end
# wakes, as by whatever the tool asks.
net.espgw(sa_out(0x1002, 1, "limit hard packets 5"))
slots = ["tc", "qdisc", "add", "dev", net.ports["a0"].dev, "root", "netem", "slot", "60ms", "60ms"]
f, sent = Faults(), [packet(PLAIN) for _ in range(9)]
with net.inside(net.ports["a0"].ns):
    subprocess.run(slots, check=True)
caught = net.exchange("a0", sent[0])  # ends with a slot: another begins
caught = {port: caught[port] + more for port, more in net.exchange("a0", *sent[1:]).items()}
with net.inside(net.ports["a0"].ns):
    subprocess.run(["tc", "qdisc", "del", *slots[3:6]], check=True)
f.same([outcome(p, caught) for p in sent], [0x1002] * 5 + ["dropped"] + [0x1001] * 3, "nine packets")
f.point("the newest SA comes to its limit: the next packets take the one before it")
net.espgw(f"sa del dst {G2[4]} spi 0x1002")
obeys("its SA is set: for another class", [f"sa set dst {G2[4]} spi 0x1001 class 46"], "dropped",
      [f"sa del dst {G2[4]} spi 0x1001", sa_out(0x1001, 1)], counters={"drop_out_no_sa": 1})
obeys("its policy is replaced by one for another tunnel", [f"policy replace prio 100 {WORDS} {protect(3)}"], 0x1003,
      [f"policy replace prio 100 {WORDS} {protect(1)}"])
for action, wanted in ("bypass", "clear"), ("discard", "dropped"):
    obeys(f"a {action} policy comes before it", [f"policy add prio 9 {WORDS} action {action}"], wanted,
          [f"policy del prio 9 {WORDS}"])
obeys("another protect policy comes before it, and names its ports", [f"policy add prio 9 {WORDS} proto udp dport 9 {protect(3)}"],
      0x1003, [f"policy del prio 9 {WORDS} proto udp dport 9"])
obeys("its policy is deleted", [f"policy del prio 100 {WORDS}"], "clear", [f"policy add prio 100 {WORDS} {protect(1)}"])
obeys("a policy of the device that it leaves by", [f"policy add prio 9 dev wan {WORDS} action discard"], "dropped",
      [f"policy del prio 9 dev wan {WORDS}"])
net.ip("g1", ["link add other type dummy", "link set other up"])
net.espgw(f"policy add prio 9 dev other {WORDS} action discard")
obeys("a policy's device takes the name of another one", [gateway("link set other down", "link set other name one")], 0x1001)
net.espgw(f"policy del prio 9 dev other {WORDS}")
net.ip("g1", ["link del one"])
obeys("the firewall gives it another mark, which a policy has",
      ["policy add prio 9 mark 7 " + WORDS + " action discard",
       nft("table ip t { chain c { type filter hook forward priority 0; mark set 7; }; }")], "dropped",
      [nft("delete table ip t"), "policy del prio 9 mark 7 " + WORDS])
obeys("NAT gives it a source that no policy covers: dropped",
      [nft("table ip t { chain c { type nat hook postrouting priority 100; ip daddr 10.3.1.1 snat to 192.0.2.77; }; }")],
      "dropped", make=lambda: packet(PLAIN, sport=next(ports)), counters={"drop_out_nat": 1})
net.nft("g1", "delete table ip t")
obeys("the peer's route is gone", [gateway(f"route add blackhole {G2[4]}/32")], "dropped", [gateway(f"route del blackhole {G2[4]}/32")],
      counters={"drop_out_no_route": 1})
big = lambda: packet(PLAIN, n=1300, df=1)
obeys("its path MTU falls", [f"sa set dst {G2[4]} spi 0x1001 mtu-cap 1280"], "dropped", [f"sa set dst {G2[4]} spi 0x1001 mtu-cap inherit"],
      big, counters={"drop_out_too_big": 1})
obeys("its device's MTU falls", [gateway("link set wan mtu 1300")], "dropped", [gateway("link set wan mtu 1500")], big,
      counters={"drop_out_too_big": 1})

obeys("the namespace's default path MTU falls", ["default set mtu-cap 1280"], "dropped", ["default set mtu-cap inherit"], big,
      counters={"drop_out_too_big": 1})
# Which is on its way to nobody, by a device that is not attached.
net.ip("g1", ["link add other type dummy", "link set other up"])
aside = [gateway("route add 10.3.1.1/32 dev other")]
obeys("it is routed to a device that is not attached: by the guard", aside, 0x1001, [gateway("route del 10.3.1.1/32")],
      counters={"out_guarded": 1})
obeys("the same without the guard", ["guard off", *aside], "dropped", [gateway("route del 10.3.1.1/32"), "guard on"],
      counters={"out_guarded": 0, "out_packets": 0})
net.ip("g1", ["link del other"])

f, mac = Faults(), net.ports["r1"].mac.hex(":")
net.ip("g1", [f"route add {G2[4]}/32 via 192.0.2.253 dev wan"])
with net.socket("r", socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x800)) as s:
    s.bind(("r1", 0x800))
    s.setblocking(False)
    for address in mac, mac, mac, "02:00:00:00:00:99", mac:
        net.ip("g1", [f"neigh replace 192.0.2.253 lladdr {address} dev wan nud permanent"])
        net.exchange("a0", packet(PLAIN))
        to = []
        with contextlib.suppress(BlockingIOError):
            while True:
                frame = s.recv(2000)
                to += [frame[:6].hex(":")] if frame[23] == 50 else []
        f.same(to, [address], "where ESP was sent")
f.point("the neighbour has another address")
net.ip("g1", [f"route del {G2[4]}/32"])

# Again and again, one packet of the same flow behind each change.
f = Faults()
for i in range(100):
    number = 1 + i % 2 * 2
    net.espgw(f"policy replace prio 100 {WORDS} {protect(number)}")
    p = packet(PLAIN)
    f.same(outcome(p, net.exchange("a0", p)), 0x1000 + number, f"packet {i}")
net.espgw(f"policy replace prio 100 {WORDS} {protect(1)}")
f.point("a hundred times: each packet by the policy that is there")

# ---- what arrives ----

net.espgw(sa_in(SPI_IN, 1), sa_in(SPI_IN + 1, 3))
seqs = [0]


def inbound(what, change, counters, back=()):
    """A point: what an SA has brought twice meets a change."""
    f = Faults()

    def one():
        seqs[0] += 1
        inner, before = packet(A, src=PLAIN), net.stats()
        got = net.exchange("r1", T.esp(SPI_IN, seqs[0], inner))["a0"]
        counted = net.counted(before)
        return (forwarded(inner, 1) in [p.raw for p in got],
                {k: v for k, v in counted.items() if k.startswith("drop_in")})

    for _ in range(3):
        f.same(one(), (True, {}), "before")
    do(change)
    f.same(one(), (False, counters), "the next packet")
    do(back)
    if back:
        f.same(one(), (True, {}), "and the one after it was taken back")
    f.point(what)


inbound("in: its policy is deleted", [f"policy del prio 100 {WORDS}"], {"drop_in_selector": 1},
        [f"policy add prio 100 {WORDS} {protect(1)}"])
inbound("in: its policy is another tunnel's now", [f"policy replace prio 100 {WORDS} {protect(3)}"], {"drop_in_selector": 1},
        [f"policy replace prio 100 {WORDS} {protect(1)}"])
inbound("in: a discard policy comes before it", [f"policy add prio 9 {WORDS} action discard"], {"drop_in_selector": 1},
        [f"policy del prio 9 {WORDS}"])
f, before = Faults(), net.stats()
net.exchange("r1", T.esp(SPI_IN + 1, 1, packet(A, src=PLAIN)))
f.same(net.counted(before).get("drop_in_selector"), 1, "by the other one")
f.point("in: another SA brings the flow, of a tunnel that it is not of: dropped")
inbound("in: its SA has come to its limit", [f"sa set dst {G1[4]} spi {SPI_IN:#x} limit hard packets 1"], {"drop_in_limit": 1},
        [f"sa del dst {G1[4]} spi {SPI_IN:#x}", sa_in(SPI_IN, 1)])
inbound("in: its SA is deleted", [f"sa del dst {G1[4]} spi {SPI_IN:#x}"], {}, [sa_in(SPI_IN, 1)])
