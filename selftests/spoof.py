# SPDX-License-Identifier: GPL-2.0
"""Forged ICMP 3/4 and ICMPv6 2 of every kind of wrongness, from one who sees all that passes the router."""

import mmap
import random
import signal
from collections import Counter

from wire import *

BATCH, TIMES, BATCHES, HINTS = 500, 2, 95, 5000  # 500 messages, each twice, and so on: 100,000 in all
MTU = 1400  # that V4 and V6 have learned when the flood begins
# What the entry itself judges, and counts as "rejected" in its row.
JUDGED = {"pmtu_rej_" + r for r in "seq df length not_sent not_lower stale too_small rate".split()}

processors = os.sched_getaffinity(0)
net = Net()
seed = os.environ.get("ESPGW_SEED") or hex(time.time_ns() & 0xffffffff)
print(f"seed: ESPGW_SEED={seed}")
rnd = random.Random(int(seed, 0))
V4, V6, NATT, CLEAR = (Tunnel(1, "gcm128"), Tunnel(2, "gcm128", outer=6), Tunnel(3, "gcm128", natt=True),
                       Tunnel(4, "gcm128", espgw_out="df clear"))
tunnels = [V4, V6, NATT, CLEAR]
net.tunnels(tunnels)
monitor = Monitor(net, "sa pmtu")


class Stream:
    """TCP from host a to host b through V4, as fast as it goes, by two processes on the other processors."""

    def __init__(self):
        self.count = mmap.mmap(-1, 8)
        net.ip("b", ["addr add 10.2.1.2/32 dev b0"])
        server, client = net.socket("b", socket.AF_INET), net.socket("a", socket.AF_INET)
        # A small window: what waits on one processor for the next hop never is more than the kernel lets wait.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 << 10)
        server.bind(("10.2.1.2", 5001))
        server.listen()
        self.pids = [self.start(self.receive, server), self.start(self.send, client)]

    def start(self, run, s):
        pid = os.fork()
        if not pid:
            net.libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
            os.sched_setaffinity(0, processors - {min(processors)} or processors)
            try:
                run(s)
            finally:
                os._exit(1)
        return pid

    def receive(self, server):
        s, total = server.accept()[0], 0
        while True:
            total += len(s.recv(1 << 18)) or os._exit(1)
            self.count[:] = struct.pack("Q", total)

    def send(self, s):
        s.connect(("10.2.1.2", 5001))
        while True:
            s.sendall(bytes(1 << 16))

    def bytes(self):
        return struct.unpack("Q", self.count[:])[0]

    def flows(self, n, seconds=30):
        """Whether so many bytes more arrive."""
        wanted, end = self.bytes() + n, time.monotonic() + seconds
        while self.bytes() < wanted and time.monotonic() < end:
            time.sleep(0.05)
        return self.bytes() >= wanted

    def stop(self):
        for pid in self.pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


class Meter:
    """What arrives of the stream, and seconds, while inside."""

    def __init__(self):
        self.bytes = self.seconds = 0

    def __enter__(self):
        self.begin = stream.bytes(), time.monotonic()

    def __exit__(self, *what):
        self.bytes += stream.bytes() - self.begin[0]
        self.seconds += time.monotonic() - self.begin[1]

    def __str__(self):
        return f"{self.bytes * 8e-6 / self.seconds:.1f} Mbit/s"


# ---- what is seen ----

def rows():
    """By tunnel: the path MTU, without what changes by itself; and the messages that its row says were rejected."""
    table = {int(r["spi"], 16): r for r in net.show("pmtu show")}
    shown = "pmtu", "inner_mtu", "source", "locked", "accepted"
    return ({t: tuple(table[t.spi_out][k] for k in shown) for t in tunnels},
            {t: table[t.spi_out]["rejected"] for t in tunnels})


def same(f, got, wanted):
    """Compares by tunnel."""
    for t in tunnels:
        f.same(got[t], wanted[t], f"SA {t.spi_out:#x}")
    return f


def counted(before, wanted):
    """The path MTU's counters that changed; waits until they are as wanted, or for a while."""
    end = time.monotonic() + 15
    while True:
        got = {k: v for k, v in net.counted(before).items() if k.startswith("pmtu_")}
        if got == wanted or time.monotonic() > end:
            return got
        time.sleep(0.1)


def last_sent():
    """By tunnel: its newest sequence number; all but V4, which the stream uses, send some more before."""
    now = {int(sa["spi"], 16): sa.get("seq", 0) for sa in net.show("sa show")}
    for t in V6, NATT, CLEAR:
        net.send("a0", *[datagram(t.left[4], t.right[4], 200)] * 2)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        new = {int(sa["spi"], 16): sa.get("seq", 0) for sa in net.show("sa show")}
        if all(new[t.spi_out] >= now[t.spi_out] + 2 for t in (V6, NATT, CLEAR)):
            return {t: new[t.spi_out] for t in tunnels}
    raise RuntimeError("nothing leaves")


# ---- forgeries ----

ESP_AT = {V4: 20, V6: 40, NATT: 28, CLEAR: 20}
real = {}  # a full-sized packet of each tunnel that has passed the router
last = {}  # the newest sequence numbers


def quoting(t, mtu, seq=None, spi=None, length=1500, cut=None, edit=None, kind=None, **more):
    """An error about a packet of a tunnel; what is not given is right. edit: {offset: bytes}, kind: type and code."""
    data = bytearray(real[t])
    at = 2 if t.outer == 4 else 4
    data[at:at + 2] = struct.pack("!H", length if t.outer == 4 else length - 40)
    at = ESP_AT[t]
    data[at:at + 8] = struct.pack("!II", t.spi_out if spi is None else spi,
                                  (last[t] if seq is None else seq) & 0xffffffff)
    for at, new in (edit or {}).items():
        data[at:at + len(new)] = new
    data = bytes(data[:rnd.choice((ESP_AT[t] + 8, 64, 128)) if cut is None else cut])
    if t.outer == 4:
        return icmp4(f"203.0.113.{rnd.randrange(1, 255)}", G1[4], *(kind or (3, 4)), mtu, data, **more)
    return icmp6(f"2001:db8:3::{rnd.randrange(1, 255):x}", G1[6], *(kind or (2, 0)), mtu, data, **more)


def lower():
    """A claim that would be followed."""
    return rnd.randrange(1280, MTU)


def u16(n):
    return struct.pack("!H", n)


def wrong(t):
    """(counter, maker of a message) for each way to be wrong about a tunnel."""
    def near(low, high):
        return rnd.randrange(low, high)

    def flipped(at):
        return {at: bytes([real[t][at] ^ near(1, 256)])}

    src, dst = (12, 16) if t.outer == 4 else (8, 24)
    # Unknown SPIs; those of the other direction and of a tunnel of another kind; other addresses.
    yield "spi", lambda: quoting(t, lower(), spi=near(0x10000, 2**32))
    yield "spi", lambda: quoting(t, lower(), spi=t.spi_in)
    yield "spi", lambda: quoting(t, lower(), spi=(V4 if t is NATT else NATT).spi_out)
    yield "spi", lambda: quoting(t, lower(), edit=flipped(src + near(0, dst - src)))
    yield "spi", lambda: quoting(t, lower(), edit=flipped(dst + near(0, dst - src)))
    # Never sent; 10 s old; more than 65536 packets old.
    yield "seq", lambda: quoting(t, lower(), seq=last[t] + near(2**20, 2**31))
    yield "seq", lambda: quoting(t, lower(), seq=near(0, old[t] + 1))
    yield "seq", lambda: quoting(t, lower(), seq=last[t] - near(2**16 + 2**12, 2**31))
    # What was quoted was no larger than what is said to fit; nobody sent it so large.
    yield "length", lambda: quoting(t, 1499, length=near(100, 1500))
    yield "length", lambda: quoting(t, near(1500, 9001))
    yield "not_sent", lambda: quoting(t, lower(), length=near(1501, 65536))
    # All is right, but the checksum.
    yield "checksum", lambda: quoting(t, lower(), bad=True)
    yield "truncated", lambda: quoting(t, lower(), cut=near(0, 28 if t.outer == 4 else 48))
    # About other packets: not counted at all.
    yield None, lambda: quoting(t, lower(), edit={9 if t.outer == 4 else 6: bytes([TCP])})
    yield None, lambda: quoting(t, lower(), kind=(3, 1) if t.outer == 4 else (1, 0))
    yield None, lambda: quoting(t, lower(), edit={0: bytes([near(0x70, 0x100)])})
    if t.outer == 4:
        yield "df", lambda: quoting(t, lower(), edit={6: b"\0"})
        yield "df", lambda: quoting(t, lower(), seq=near(0, 2**32), edit={6: b"\x20"})
        yield "truncated", lambda: quoting(t, lower(), edit={0: b"\x4f"}, cut=near(28, 68))
        yield None, lambda: quoting(t, lower(), edit={6: b"\x40\x01"})
        yield None, lambda: quoting(t, lower(), edit={0: bytes([near(0x40, 0x45)])})
    else:
        yield "too_small", lambda: quoting(t, near(0, 1280))
    if t is not NATT:
        yield "not_lower", lambda: quoting(t, near(MTU, 1500))
        yield "stale", lambda: quoting(t, lower(), seq=last[t] - 1)
    else:
        for cut in 28, 32, 36:
            yield "spi", lambda cut=cut: quoting(t, lower(), cut=cut, edit={20: u16(near(4501, 2**16))})
            yield "spi", lambda cut=cut: quoting(t, lower(), cut=cut, edit={22: u16(near(0, 4500))})
        yield None, lambda: quoting(t, lower(), spi=0)  # IKE
        yield "df", lambda: quoting(t, lower(), cut=28, edit={6: b"\0"})
        yield "not_sent", lambda: quoting(t, lower(), cut=28, length=near(1501, 65536))
    if t is V4:
        yield "not_lower", lambda: quoting(t, 0)


def batch(kinds):
    """Messages, and how often each of (counter, tunnel) is among them."""
    # These make last[] what is newest, and what is older stale.
    made = [(quoting(t, MTU + 50), "not_lower", t) for t in (V4, V6)]
    rest = [(make(), counter, t) for counter, t, make in (kinds[i % len(kinds)] for i in range(BATCH - len(made)))]
    rnd.shuffle(rest)
    made += rest
    return [m for m, _, _ in made], Counter((c and "pmtu_rej_" + c, t) for _, c, t in made)


# A socket that lets no more wait on their way than the kernel queues for a device.
with net.inside(net.ns["r"]):
    forger = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    forger.bind(("r1", 0))


def send(messages, meter):
    frames = [net.ports["r1"].frame(m) for m in messages]
    with meter:
        for f in frames:
            forger.send(f)


# ---- before ----

for t in tunnels:
    caught = net.exchange("a0", datagram(t.left[4], t.right[4], t.inner(1500)))
    real[t] = next(p.raw[:128] for p in caught["r1"] if p.is_esp)
begin = time.monotonic()
old = last_sent()
last.update(old)
before = net.stats()
net.send("r1", *(quoting(t, MTU) for t in (V4, V6)))
f = Faults()
f.same(counted(before, {"pmtu_accepted": 2}), {"pmtu_accepted": 2}, "counted")
same(f, rows()[0], {t: (MTU, t.inner(MTU), "icmp", False, 1) if t in (V4, V6) else
                    (1500, t.inner(1500), "device", False, 0) for t in tunnels})
f.same([(e["event"], int(e["spi"], 16)) for e in monitor.events(2)], [("lowered", V4.spi_out), ("lowered", V6.spi_out)],
       "events")
f.point("before: an error without fault is believed, and told")

for port in net.ports.values():  # nobody looks at what they catch from now on
    port.rx.setsockopt(socket.SOL_SOCKET, 33, 1)
stream = Stream()
ok(stream.flows(1 << 20), "before: a TCP stream passes the tunnel", stream.bytes())
quiet, flood, bursts = Meter(), Meter(), Meter()
with quiet:
    time.sleep(max(3, begin + 13 - time.monotonic()))  # and what was sent first is too old

# ---- the flood ----

kinds = [(counter, t, make) for t in (V4, V6, NATT) for counter, make in wrong(t)]
kinds.append(("not_sent", CLEAR, lambda: quoting(CLEAR, lower(), edit={6: b"\x40"})))
log = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
os.lseek(log, 0, os.SEEK_END)
table, rejected = rows()
before, expected = net.stats(), Counter()
begin = time.monotonic()
with flood:
    for _ in range(BATCHES):
        last.update(last_sent())
        messages, of_kinds = batch(kinds)
        send(messages * TIMES, bursts)
        expected += of_kinds
for k in expected:
    expected[k] *= TIMES
wanted = Counter()
for (counter, t), n in expected.items():
    if counter:
        wanted[counter] += n
number = sum(expected.values())
print(f"{number} messages in {flood.seconds:.1f} s, in bursts of {number / bursts.seconds:.0f} a second")
print(f"throughput of the tunnel: {quiet} before, {flood} meanwhile, {bursts} during the bursts")

f = Faults()
f.same(number, BATCH * TIMES * BATCHES, "sent")
got = counted(before, wanted)
for counter in sorted(wanted | Counter(got)):
    f.same(got.get(counter, 0), wanted[counter], counter)
f.point("each is counted, by its reason, and nothing else is")
table_now, rejected_now = rows()
same(Faults(), table_now, table).point("no path MTU has changed, nor where it is from, nor was anything accepted")
same(Faults(), {t: rejected_now[t] - rejected[t] for t in tunnels},
     {t: sum(n for (c, s), n in expected.items() if s is t and c in JUDGED) for t in tunnels}).point(
         "each row counts what was about its SA")
equal(monitor.events(1), [], "no event")
ok(flood.bytes > 1 << 20, "the stream goes on meanwhile", flood.bytes)

# ---- hints: all that is known of a short NAT-T quote is known to anybody ----

before = net.stats()
last.update(last_sent())
hinting = Meter()
with hinting:
    send([quoting(NATT, rnd.randrange(1, 576), cut=rnd.randrange(28, 36)) for _ in range(HINTS)], bursts)
hints = net.counted(before).get("pmtu_hint", 0)
ok(1 <= hints <= 1 + hinting.seconds // 10, f"of {HINTS} hints one in 10 s is followed",
   f"{hints} in {hinting.seconds:.1f} s")
wanted = {"pmtu_hint": hints, "pmtu_rej_rate": HINTS - hints}
equal(counted(before, wanted), wanted, "and the others are counted")
f = Faults()
mtu = (1500, 1492, 1400, 1280, 1006, 576)[min(hints, 5)]
same(f, rows()[0], {**table, NATT: (mtu, NATT.inner(mtu), "icmp", False, hints)})
f.same([(e["event"], int(e["spi"], 16)) for e in monitor.events(2)], [("lowered", NATT.spi_out)] * hints, "events")
f.point("a plateau down for each hint that is followed, with an event")

lines, took = [], time.monotonic() - begin
while True:
    try:
        lines.append(os.read(log, 8192).decode(errors="replace").partition(";")[2].split("\n")[0])
    except BlockingIOError:
        break
    except BrokenPipeError:  # so many that they were overwritten
        lines += ["(kernel messages lost)"] * 10000
print(f"lines that the kernel logged in {took:.1f} s: {len(lines)} {lines[:3]}")
ok(len(lines) <= 1 + took, "no more than a line a second is logged", lines)

# ---- control ----

before = net.stats()
net.mtu(r2=1300)
end = time.monotonic() + 30
while rows()[0][V4][0] == MTU and time.monotonic() < end:
    time.sleep(0.1)
f = Faults()
f.same(rows()[0][V4], (1300, V4.inner(1300), "icmp", False, 2), "the row")
f.same(net.counted(before).get("pmtu_accepted"), 1, "accepted")
f.same(stream.flows(1 << 20), True, "the stream goes on")
f.point("after it, what a real router says of its link is believed")
stream.stop()
done()
