# SPDX-License-Identifier: GPL-2.0
"""Flows through devices of gateway 1 that stand upon others, which a flow table sends on: IPv4 in IPv4, IPv6 in IPv6, a VLAN, a
bridge.

The table is of the device below.  The first datagram and its answer put the flow there; the next ones leave, and may
arrive, by what the table does.  Where it knows of tunnels, it does that below the tunnel's device.
"""

import contextlib

from watch import *

net = Net()
T = Tunnel(0, "gcm128")
net.tunnels([T])
leaks = Watch(net).found
AF = {4: socket.AF_INET, 6: socket.AF_INET6}
HOSTS = {4: ("10.1.0.2", "10.2.0.2"), 6: ("fd01::2", "fd02::2")}
PORT = {4: 7004, 6: 7006}
N = 8

for ns, here, there in ("g1", G1, R1), ("r", R1, G1):
    net.ip(ns, [f"link add tun4 type ipip local {here[4]} remote {there[4]}", "link set tun4 up",
                f"link add tun6 type ip6tnl mode ip6ip6 local {here[6]} remote {there[6]} encaplimit none", "link set tun6 up"])
net.ip("g1", ["route add 10.2.0.0/16 dev tun4", "route add fd02::/16 dev tun6"])
net.espgw("dev attach tun4", "dev attach tun6")
TABLE = """table inet t {
    flowtable ft { hook ingress priority 0; devices = { lan, %s }; }
    chain c { type filter hook forward priority 0; ct state established flow add @ft; }
}"""
net.nft("g1", TABLE % "wan")


def talk(family):
    """How many of so many datagrams of host a's host b has answered."""
    (a, to), answered = HOSTS[family], 0
    near, far = net.socket("a", AF[family], socket.SOCK_DGRAM), net.socket("b", AF[family], socket.SOCK_DGRAM)
    near.bind((a, PORT[family]))
    far.bind((to, PORT[family]))
    for s in near, far:
        s.settimeout(0.5)
    for i in range(N):
        try:
            near.sendto(MARK + pattern(100, i), (to, PORT[family]))
            data, who = far.recvfrom(2000)
            far.sendto(data, who)
            answered += near.recv(2000) == data
        except TimeoutError:
            pass
    near.close()
    far.close()
    return answered


for family in 4, 6:
    f, before = Faults(), net.stats()
    leaks()
    answered = talk(family)
    counted = net.counted(before)
    f.same(leaks(), {}, "left in clear")
    f.same(answered >= 1, True, f"{answered} answered")
    f.same(answered + counted.get("drop_out_encap", 0), N, f"answered, {answered}, and dropped for what the table did")
    f.point(f"IPv{family}: of a flow in the table each datagram arrives by the tunnel, or is dropped and counted")

    f, before = Faults(), net.stats()
    ip, proto = (ip4, 4) if family == 4 else (ip6, 41)
    forged = [ip(*HOSTS[family][::-1], UDP, udp(*HOSTS[family][::-1], b"forged" + pattern(50, i), PORT[family], PORT[family]))
              for i in range(N)]
    caught = net.exchange("r1", *(ip(R1[family], G1[family], proto, p) for p in forged))
    f.same([p.raw for p in caught["a0"] if b"forged" in p.raw], [], "at host a")
    f.same(net.counted(before).get("drop_in_cleartext", 0), N, "drop_in_cleartext")
    f.point(f"IPv{family}: what is forged to be of that flow, in clear in the tunnel device's packets, does not arrive")

# The WAN is a VLAN device, or a bridge, and the table that of the device below.
net.ip("g1", ["route del 10.2.0.0/16", "route del fd02::/16", "link add link wan name wan.7 type vlan id 7",
              "addr add 203.0.113.1/24 dev wan.7", "link set wan.7 up", "link add br9 type bridge",
              "link set br9 address 02:00:00:00:09:09", "addr add 198.18.4.1/24 dev br9", "link set br9 up"])
net.ip("r", ["link add link r1 name r1.7 type vlan id 7", "addr add 203.0.113.254/24 dev r1.7", "link set r1.7 up",
             "link add r4 type veth peer name p4 netns " + net.ns["g1"], "addr add 198.18.4.254/24 dev r4", "link set r4 up"])
net.ip("g1", ["link set p4 master br9 up"])
net.espgw("dev attach wan.7", "dev attach br9")


def forge(dev, header):
    """As the answers of host b, in clear, by a device of the router."""
    tx = net.socket("r", socket.AF_PACKET, socket.SOCK_RAW, 0)
    tx.bind((dev, 0))
    for i in range(N):
        tx.send(header + ip4(*HOSTS[4][::-1], UDP, udp(*HOSTS[4][::-1], b"forged" + pattern(50, i), PORT[4], PORT[4])))
    tx.close()
    return [p.raw for p in net.settle()["a0"] if b"forged" in p.raw]


for what, below, via, dev, header in (
        ("VLAN device", "wan", "203.0.113.254 dev wan.7", "r1",
         net.ports["r1"].frame(bytes([0x45]))[:12] + bytes.fromhex("8100 0007 0800")),
        ("bridge", "p4", "198.18.4.254 dev br9", "r4", bytes.fromhex("020000000909 020000000077 0800"))):
    net.nft("g1", "delete table inet t")
    net.nft("g1", TABLE % below)
    net.ip("g1", ["route replace 10.2.0.0/16 via " + via])
    PORT[4] += 10
    f, before = Faults(), net.stats()
    leaks()
    f.same((talk(4), leaks()), (N, {}), "answered, left in clear")
    f.point(f"a {what}: of a flow in the table each datagram arrives by the tunnel")

    f, before = Faults(), net.stats()
    f.same(forge(dev, header), [], "at host a")
    f.same(net.counted(before).get("drop_in_cleartext", 0), N, "drop_in_cleartext")
    f.point(f"a {what}: what is forged to be of that flow, in clear, does not arrive")

# What goes to all is the other ports' as well.
net.ip("r", ["link add r5 type veth peer name p5 netns " + net.ns["g1"], "link set r5 up"])
net.ip("g1", ["link set p5 master br9 up"])
f, ear = Faults(), net.socket("r", socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x800))
ear.bind(("r5", 0x800))
ear.settimeout(0.5)
f.same(forge("r4", b"\xff" * 6 + bytes.fromhex("020000000077 0800")), [], "at host a")
carried = 0
with contextlib.suppress(TimeoutError):
    while True:
        carried += b"forged" in ear.recv(2000)
f.same(carried, N, "at the other port")
f.point("a bridge: what goes to all is carried to its other ports, and does not arrive here")
