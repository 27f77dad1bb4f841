# SPDX-License-Identifier: GPL-2.0
"""A random mix of fragments for a long time; what the kernel has taken for it is the same at the end as early on."""

import random

from pieces import *

SECONDS = int(os.environ.get("ESPGW_SOAK", "3600"))
net = Fragments()
seed = os.environ.get("ESPGW_SEED") or hex(time.time_ns() & 0xffffffff)
print(f"seed: ESPGW_SEED={seed}")
rnd = random.Random(int(seed, 0))
for port in net.ports.values():  # nobody looks at what they catch
    port.rx.close()
for ns in "a", "b":
    net.sysctl(ns, "ipv4/ipfrag_time", 1)
    net.sysctl(ns, "ipv6/ip6frag_time", 1)
ident = sent = whole_sent = whole_got = 0


def memory():
    """Memory of the kernel in KiB, when nothing is under way: unreclaimable slab, and of the processors."""
    with open("/proc/meminfo") as x:
        got = dict(line.split(":") for line in x)
    return {k: int(got[k].split()[0]) for k in ("SUnreclaim", "Percpu", "KernelStack", "PageTables", "MemFree")}


def datagram():
    """Sends one: whole and in any order, or with something wrong."""
    global ident, sent, whole_sent
    way, n = rnd.choice(WAYS), rnd.randrange(2, 40)
    ident = ident % 65000 + 1
    src, dst, u = way.make(pattern(rnd.choice((100, 500, 1500, 3000)), n), n)
    count = rnd.randrange(3, 9)

    def piece(off, n, mf):
        """Something at a place; a first fragment that says what it is, or it would have to pass in clear."""
        return Piece(off, bytes(n) if off else u[:n], mf)

    ends = sorted({len(u) * i // count // 8 * 8 for i in range(1, count)} - {0})
    pieces = cut(u, *(b - a for a, b in zip([0] + ends, ends)))
    kind = rnd.random()
    if kind < 0.5:
        whole_sent += 1
    elif kind < 0.65:
        pieces.remove(rnd.choice(pieces))
    elif kind < 0.8:
        p = rnd.choice(pieces)
        off = rnd.randrange(0, 65528) & ~7 if kind < 0.7 else max(0, p.off + rnd.choice((-8, 0, 8)))
        pieces.append(piece(off, rnd.choice((8, 16, 64, 60)), rnd.random() < 0.8))
    elif kind < 0.9:
        pieces += [rnd.choice(pieces) for _ in range(rnd.randrange(1, 4))]
    else:
        pieces = [piece(rnd.randrange(0, 65528) & ~7, rnd.randrange(0, 200), True) for _ in range(rnd.randrange(1, 30))]
    rnd.shuffle(pieces)
    port = net.ports[way.link]
    for p in pieces:
        port.tx.send(port.frame(quick(src, dst, p, ident)))
    sent += len(pieces)


def round_of(seconds):
    """Sends for so long, then waits until nothing is under way; returns (memory, faults)."""
    global whole_got
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(20):
            datagram()
        whole_got += sum(map(len, net.received().values()))
        kind = rnd.random()
        if kind < 0.02:  # what an administrator does
            net.espgw(f"vfr set dev wan dir {rnd.choice(('in', 'out'))} max-reassemblies {rnd.choice((16, 64, 256))} "
                      f"max-fragments {rnd.choice((8, 16, 64))} timeout {rnd.choice((1, 3))}")
        elif kind < 0.025:
            way = rnd.choice(("in", "out"))
            net.espgw(f"vfr set dev wan dir {way} off", f"vfr set dev wan dir {way} auto")
    time.sleep(4.5)
    whole_got += sum(map(len, net.received().values()))
    f = Faults()
    for way in "in", "out":
        net.empty(f, way)
    return memory(), f


faults, seen = Faults(), []
end = time.monotonic() + SECONDS
length = min(60, SECONDS / 10)
while time.monotonic() < end or len(seen) < 4:
    got, f = round_of(length)
    faults += f
    seen.append(got)
    if len(seen) % 5 == 1:
        print(f"{len(seen)} rounds: {sent} fragments, {whole_got} datagrams arrived ({whole_sent} sent whole, once), {got}")
faults.point(f"after each of {len(seen)} rounds ({sent} fragments) nothing is followed, held, or taken")
ok(whole_got >= whole_sent * 0.5, "datagrams arrive", f"{whole_got} of {whole_sent}")
early, late = seen[len(seen) // 4:len(seen) // 2], seen[-(len(seen) // 4 or 1):]
growth = {k: sum(x[k] for x in late) // len(late) - sum(x[k] for x in early) // len(early) for k in seen[0]}
print(f"growth in KiB from the second quarter to the last: {growth}")
ok(growth["SUnreclaim"] < 512 and growth["Percpu"] < 64, "the kernel's memory has not grown", growth)
ok(growth["MemFree"] > -16384, "nor has the machine less memory free", growth)
done()
