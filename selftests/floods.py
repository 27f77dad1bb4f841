# SPDX-License-Identifier: GPL-2.0
"""Floods, one after the other, while numbered datagrams go through the tunnel both ways at a fixed rate.

What a flood may do is what the documentation says: SECURITY.md, path-mtu.md, vfr.md, espgw.8. In the environment
TORTURE_SECONDS: for how long all floods take together; TORTURE_SEED: what is drawn.
"""

import math
import random

from burst import Burst
from steady import *

SECONDS = float(os.environ.get("TORTURE_SECONDS") or 5)
SEED = int(os.environ.get("TORTURE_SEED") or 4303)
FRAMES, BATCH = 1024, 64  # that are sent again and again; by one system call
PATHS = 200  # that policies without an SA have
MEMORY = 8 << 20  # bytes of the kernel's, at most: fragments may hold half of it, and 1000 packets wait in a queue
rng = random.Random(SEED)
net = Net()
V4, NATT = Tunnel(1, "gcm128"), Tunnel(2, "gcm128", natt=True)
net.tunnels([V4, NATT])
INNER = "10.1.1.2"


# -- what is sent: functions that make frames, and what becomes of each as the counters say

def quoted(rest, proto, length=1500):
    """What an ICMP error quotes of a packet of such a length between the gateways."""
    p = ip4(G1[4], G2[4], proto, rest, df=1)
    return p[:2] + struct.pack("!H", length) + p[4:]


def anybody():
    return f"203.0.113.{rng.randrange(1, 255)}"


def icmp_errors():
    """About the tunnel: sequence numbers that were never sent, SPIs that are none."""
    for i in range(FRAMES):
        known = i % 2
        esp = struct.pack("!II", V4.spi_out if known else rng.randrange(1 << 16, 1 << 32), rng.randrange(1 << 24, 1 << 31))
        yield icmp4(anybody(), G1[4], 3, 4, rng.choice((1400, 1300, 600, 68)), quoted(esp + bytes(rng.choice((0, 20))), ESP)), \
            "pmtu_rej_seq" if known else "pmtu_rej_spi"


def natt_hints():
    """Of the right addresses and ports, which is all that 8 bytes show."""
    for _ in range(FRAMES):
        ports = struct.pack("!HHHH", 4500, 4500, 1480, 0)
        yield icmp4(anybody(), G1[4], 3, 4, rng.choice((1400, 1300, 600, 68)), quoted(ports, UDP)), "hint"


def forged_esp():
    """Of the tunnel's SPI, and sequence numbers that are new."""
    for _ in range(FRAMES):
        esp = struct.pack("!II", V4.spi_in, rng.randrange(1 << 24, 1 << 31)) + rng.randbytes(8 + 92 + 16)
        yield ip4(G2[4], G1[4], ESP, esp, df=1), "drop_in_integrity"


def replays():
    """What the tunnel has brought already."""
    caught = net.exchange("b0", *[datagram(V4.right[4], V4.left[4], 100, seed) for seed in range(64)])["r2"]
    for i in range(FRAMES):
        yield caught[i % len(caught)].raw, "drop_in_replay"


def spi_scan():
    """SPIs that are nobody's, in UDP or not: they are not the module's, and the stack has counters for them."""
    for i in range(FRAMES):
        esp = struct.pack("!II", rng.randrange(1 << 16, 1 << 32), i) + bytes(40)
        if i % 2:
            yield ip4(anybody(), G1[4], ESP, esp), "XfrmInNoStates"
        else:
            yield ip4(anybody(), G1[4], UDP, udp("203.0.113.1", G1[4], esp, 4500, 4500)[:6] + b"\0\0" + esp), "NoPorts"


def clear_text():
    """In the name of hosts behind the peer."""
    for _ in range(FRAMES):
        yield datagram(f"10.2.1.{rng.randrange(1, 128)}", f"10.1.{rng.randrange(1, 100)}.2", 100), "drop_in_cleartext"


def fragments():
    """None of them the first; of as many datagrams and sources."""
    for i in range(FRAMES):
        yield ip4(f"203.0.{112 + i % 2}.{i // 2 % 250 + 1}", f"10.1.{rng.randrange(1, 100)}.2", UDP, bytes(64), mf=1, off=1200, ident=i), \
            "drop_in_vfr"


def bad_fragments():
    """Tiny ones, of lengths that cannot be, beyond the longest datagram."""
    for i in range(FRAMES):
        size, off = ((4, 0), (13, 64), (64, 65528))[i % 3]
        yield ip4(anybody(), f"10.1.{rng.randrange(1, 100)}.2", UDP, bytes(size), mf=1, off=off, ident=i), "drop_in_vfr"


def acquires():
    """To where policies lead that have no SA."""
    for i in range(FRAMES):
        yield datagram(INNER, f"10.3.{i % PATHS}.5", 100), "drop_out_no_sa"


def too_big():
    """By one host, with DF."""
    for _ in range(FRAMES):
        yield datagram(INNER, V4.right[4], 1500, df=1), "drop_out_too_big"


# Name, who sends it and by which port, the frames.
FLOODS = [
    ("forged ICMP errors", "r1", icmp_errors), ("NAT-T hints", "r1", natt_hints), ("ESP with a wrong ICV", "r1", forged_esp),
    ("replayed ESP", "r1", replays), ("a scan of SPIs", "r1", spi_scan), ("clear text", "r1", clear_text),
    ("incomplete datagrams", "r1", fragments), ("malformed fragments", "r1", bad_fragments),
    ("packets without an SA", "a0", acquires), ("packets too big, with DF", "a0", too_big),
]


# -- who sends

def sender(port, frames, seconds):
    """(how many were sent, how often the gateway's queue was full, seconds)"""
    with net.inside(port.ns):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.bind((port.dev, 0))
    s.setsockopt(263, 20, 1)  # SOL_PACKET, PACKET_QDISC_BYPASS
    s.setsockopt(socket.SOL_SOCKET, 32, 64 << 20)  # SO_SNDBUFFORCE: only the queue bounds what is under way
    burst = Burst(s, [port.frame(f) for f in frames])

    def run():
        sent = refused = 0
        begin = time.monotonic()
        while time.monotonic() < begin + seconds:
            first = sent % FRAMES
            last = min(first + BATCH, FRAMES)
            n = burst.send(first, last)
            sent += n
            refused += n < last - first
        return sent, refused, time.monotonic() - begin

    return run


# -- what is seen

def full():
    """How many packets full queues of this machine have dropped."""
    with open("/proc/net/softnet_stat") as f:
        return sum(int(line.split()[1], 16) for line in f)


def stack():
    """What gateway 1's stack has counted of what is not the module's."""
    with net.inside(net.ns["g1"]):
        with open("/proc/thread-self/net/snmp") as f:
            names, values = [line.split() for line in f if line.startswith("Udp:")]
        with open("/proc/thread-self/net/xfrm_stat") as f:
            return {**{k: int(v) for k, v in (line.split() for line in f)}, "NoPorts": int(values[names.index("NoPorts")])}


def configuration():
    """SAs, policies, and what is known of paths, without what is counted."""
    sas, policies, paths = net.show("sa show", "policy show", "pmtu show")
    return ([[sa.get(k) for k in ("dir", "src", "dst", "spi", "reqid", "state")] for sa in sas],
            [{k: v for k, v in p.items() if k not in ("packets", "bytes", "stats")} for p in policies],
            {p["spi"]: [p[k] for k in ("pmtu", "inner_mtu", "source", "locked", "accepted")] for p in paths
             if int(p["spi"], 16) != NATT.spi_out})


def forget():
    """Nobody looks at what the ports catch."""
    for port in net.ports.values():
        port.poll()
        port.got = []


def sysctl(name):
    with open("/proc/sys/net/core/" + name) as f:
        return int(f.read())


def due(seconds, each=1):
    """How often at most what is done once in so many seconds, in that time."""
    return 1 + math.ceil(seconds / each)


def flood(name, dev, make):
    made = list(make())
    child = sender(net.ports[dev], [frame for frame, _ in made], SECONDS / len(FLOODS))
    wanted = [reason for _, reason in made]
    f, config = Faults(), configuration()
    monitor.events()
    log, begin = Log("espgw: ", "callbacks suppressed"), time.monotonic()
    counted, stacked, dropped = net.stats(), stack(), full()
    least, most, held = memory(), 0, 0
    through = flow.start(SECONDS / len(FLOODS) + 0.2)
    flooding = Child(child)
    events, end = [], time.monotonic() + SECONDS / len(FLOODS)
    while time.monotonic() < end:
        time.sleep(0.1)
        most = max(most, memory())
        held = max([held, *(row["bytes"] for row in net.show("vfr show") if row["dir"] == "in")])
        events += monitor.events()
        forget()
    sent, refused, took = flooding.result()
    out, arrived, back, returned = through.result()
    net.settle()
    if held:
        time.sleep(1.2)  # until they are given up
    dropped = full() - dropped - refused
    got = {k: v for k, v in net.counted(counted).items() if k.startswith(("drop_", "pmtu_", "icmp_", "acquire", "event_"))}
    got.update({k: v - stacked[k] for k, v in stack().items() if v != stacked[k]})
    seconds, lines = time.monotonic() - begin, log.lines()
    events += monitor.events()
    after = memory()

    # each that arrived is counted
    f.same(sent > 0, True, "sent")
    whole, rest = divmod(sent, FRAMES)
    want = {reason: n for reason in dict.fromkeys(wanted) if (n := whole * wanted.count(reason) + wanted[:rest].count(reason))}
    if make is natt_hints:
        f.same(got.get("pmtu_hint", 0) <= due(seconds, 10), True, f"hints that are followed: {got}")
        f.same(sum(got.values()), sent, f"hints: {got}")
        f.same([k for k in got if not k.startswith("pmtu_")], [], "what else is counted")
    else:
        if make is acquires:
            f.same(1 <= got.pop("acquire", 0) <= PATHS * due(seconds), True, "acquires")
        if make is too_big:
            answered = got.pop("icmp_answered", 0)
            f.same(1 <= answered <= 50 + 10 * due(seconds), True, f"answers: {answered}")
            f.same(answered + got.pop("icmp_suppressed", 0), sent, "answered, or not")
        got.pop("event_lost", 0)  # who does not read in time is told so
        f.same(got, want, "counted")
    # what is held
    f.same(held <= 4 << 20, True, f"fragments: {held} bytes")
    f.same(most - least <= MEMORY and after - least <= 2 << 20, True, f"memory: {least}, {most} at most, {after} then")
    # who is told
    f.same(len(lines) <= due(seconds, sysctl("message_cost")) * sysctl("message_burst"), True, f"log lines: {len(lines)}")
    f.same([x for x in lines if "fragments" not in name and "datagrams" not in name], [], "log lines")
    told = {}
    for e in events:
        what = e["object"], e.get("reason") or e.get("event")
        told[what] = told.get(what, 0) + 1
    limits = {"drops": 10 * due(seconds, 0.1), "alert": due(seconds), "acquire": PATHS * due(seconds), "pmtu": due(seconds, 10)}
    f.same({k: n for k, n in told.items() if n > limits.get(k[0], 0)}, {}, f"events in {seconds:.1f} s")
    # what others lose
    lost = out - arrived + back - returned
    f.same(0 <= lost <= dropped, True, f"lost of the flow: {lost}, by full queues: {dropped}")
    f.same(configuration() == config, True, "SAs, policies and paths are as they were")
    f.same(list(flow.start(0.1).result()), [10] * 4, "afterwards all of the flow arrives")
    figure = {"flood": name, "seconds": round(took, 1), "packets": sent, "rate": round(sent / took), "refused": refused,
              "memory": max(0, most - least), "held": held, "after": after - least, "log": len(lines), "events": len(events),
              "flow": out + back, "lost": lost, "queue_full": dropped}
    print("figure " + json.dumps(figure))
    print(f"{got}, {told}")
    f.point(f"{name}: counted, bounded, and what else is lost is lost in a full queue")


net.espgw("vfr set dev wan dir in on timeout 1",
          *(f"policy add src 10.1.0.0/16 dst 10.3.{i}.0/24 action protect reqid {1000 + i} src {G1[4]} dst {G2[4]}" for i in range(PATHS)))
for tunnel in V4, NATT:  # whose path is known to carry what will be quoted
    net.exchange("a0", datagram(tunnel.left[4], tunnel.right[4], tunnel.inner(1500)))
monitor = Monitor(net, "sa policy pmtu vfr acquire alert drops")
flow = Flow(net, V4)
equal(list(flow.start(0.2).result()), [20] * 4, "before: all of the flow arrives")
for row_ in FLOODS:
    flood(*row_)
done()
