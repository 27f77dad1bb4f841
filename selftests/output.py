# SPDX-License-Identifier: GPL-2.0
"""Pieces of packets that a packet socket or a tap device made, and the priority tag of what a VLAN device sent.

qos.py has marks, priorities and flow hashes.
"""

from wire import *

FITS, BEFORE, AFTER4, AFTER6, NATT6 = range(1, 6)
net = Net()
tunnels = [Tunnel(FITS, "gcm128"), Tunnel(BEFORE, "cbc-sha256", outer=6),
           Tunnel(AFTER4, "gcm128", espgw_out="df clear frag after"),
           Tunnel(AFTER6, "gcm128", outer=6, espgw_out="df clear frag after"),
           Tunnel(NATT6, "chacha", outer=6, natt=True, espgw_out="df clear frag after")]
net.tunnels(tunnels)
tunnels = {t.i: t for t in tunnels}
wire = net.ports["r1"]


def inner(number, length, seed):
    t = tunnels[number]
    return datagram(t.left[4], t.right[4], length, seed)


# A packet for each way to leave, and the lengths of what is inside each ESP packet, and of its fragments.
WAYS = (("whole", FITS, 1000, [1000]), ("cut before encryption", BEFORE, 1500, [764, 756]),
        ("cut before encryption, IPv4 outside", FITS, 1500, [764, 756]),
        ("fragmented after it", AFTER4, 1500, None), ("fragmented after it, IPv6 outside", AFTER6, 1500, None),
        ("fragmented after it, UDP and IPv6 outside", NATT6, 1500, None))


def lengths(number, length, inside):
    """Of the packets on the wire."""
    t = tunnels[number]
    if inside:
        return [t.outer_len(n) for n in inside]
    base, hdr = (20, 20) if t.outer == 4 else (40, 48)
    left, size, out = t.outer_len(length) - base, (1500 - hdr) // 8 * 8, []
    while left > 0:
        out.append(hdr + min(size, left))
        left -= size
    return out


def leaves(f, send, hops=1):
    """send(packet) of each way: so it is on the wire, and so it arrives."""
    for seed, (what, number, length, inside) in enumerate(WAYS):
        packet = inner(number, length, seed)
        send(packet)
        caught = net.settle()
        f.same([p.len for p in caught["r1"]], lengths(number, length, inside), f"{what}: on the wire")
        pieces = sorted((p.off, p.payload) for p in caught["b0"])
        f.same(b"".join(data for _, data in pieces), packet[20:], f"{what}: at b")
        if not inside or len(inside) == 1:
            f.same([p.raw for p in caught["b0"]], [forwarded(packet, hops)], f"{what}: the packet at b")


f = Faults()
leaves(f, lambda p: net.send("a0", p), 2)
f.point("what is forwarded: whole, cut before encryption, fragmented after it")


# ---- sockets of other families ----

def frame(packet):
    return wire.mac + wire.peer_mac + b"\x08\x00" + packet


with net.inside(net.ns["g1"]):
    plain, group = (socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) for _ in range(2))
    plain.bind(("wan", 0))
    group.bind(("wan", 0x88b5))  # a protocol for experiments, which nobody sends
    group.setsockopt(263, 18, 7)  # SOL_PACKET, PACKET_FANOUT: what it has where an inet socket has what IPv6 looks at
f = Faults()
leaves(f, lambda p: plain.send(frame(p)))
f.point("of a packet socket of gateway 1")
f = Faults()
leaves(f, lambda p: group.sendto(frame(p), ("wan", 0x800)))
f.point("of one in a group")

try:
    with net.inside(net.ns["g1"]):
        tap = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tap, 0x400454ca, struct.pack("16sH22x", b"tap0", 0x1002))  # TUNSETIFF, IFF_TAP | IFF_NO_PI
    net.ip("g1", ["link set tap0 up"])
    subprocess.run(["ip", "netns", "exec", net.ns["g1"], "nft", "-f", "-"], check=True, text=True, input=(
        "table netdev t {\n chain c {\n  type filter hook ingress device tap0 priority 0;\n  fwd to wan\n }\n}\n"))
except (OSError, subprocess.CalledProcessError) as e:
    ok(True, f"of a tap device # SKIP {e}")
else:
    f = Faults()
    leaves(f, lambda p: os.write(tap, frame(p)))
    f.point("of a tap device, whose packets go on to the WAN as they are")

# ---- the priority tag ----

net.ip("g1", ["link add link wan name wan.0 type vlan id 0 egress-qos-map 0:3", "link set wan.0 addrgenmode none",
              "link set wan.0 up", f"neigh replace 192.0.2.77 lladdr {wire.mac.hex(':')} dev wan.0 nud permanent",
              *(f"route replace 10.2.{i}.0/24 via 192.0.2.77 dev wan.0 onlink" for i in tunnels)])
tagged = net.socket("r", socket.AF_PACKET, socket.SOCK_DGRAM, 0)
tagged.setsockopt(263, 8, 1)  # PACKET_AUXDATA
tagged.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
tagged.bind(("r1", 3))
tagged.setblocking(False)


def tags():
    """(length, priority tag) of what has come to the router but for other chatter: ESP and its fragments."""
    found = []
    while True:
        try:
            raw, extra, _, _ = tagged.recvmsg(70000, 512)
        except BlockingIOError:
            return found
        if raw[0] >> 4 not in (4, 6):
            continue
        status, tci = next((struct.unpack("=I12xHxx", data[:20]) for _, kind, data in extra if kind == 8), (0, 0))
        p = Packet(raw)
        if p.is_esp or p.off:
            found.append((p.len, tci if status & 0x10 else None))  # TP_STATUS_VLAN_VALID


tags()
f = Faults()
for seed, (what, number, length, inside) in enumerate(WAYS):
    net.exchange("a0", inner(number, length, seed))
    f.same(tags(), [(n, 3 << 13) for n in lengths(number, length, inside)], what)
f.point("a VLAN device's priority tag is on all that becomes of its packets")
f = Faults()
size, count = tunnels[FITS].inner(1500) - 40, 5
t = tunnels[FITS]
h = struct.pack("!HHIIBBHHH", 1000, 2000, 1, 1, 5 << 4, 0x10, 1000, 0, 0)
c = ~checksum(pseudo(t.left[4], t.right[4], TCP, 20 + size * count)) & 0xffff
net.ports["a0"].send_gso(ip4(t.left[4], t.right[4], TCP, h[:16] + struct.pack("!H", c) + h[18:] + pattern(size * count),
                             df=1), size, 40)
net.settle()
f.same(tags(), [(t.outer_len(size + 40), 3 << 13)] * count, "segments")
f.point("and on the segments of a super-packet")
done()
