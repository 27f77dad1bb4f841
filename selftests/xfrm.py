# SPDX-License-Identifier: GPL-2.0
"""Kernel xfrm keys espgw: what tests of that look at, with or without an IKE daemon.

Gateway 1 has its states and policies in xfrm, whoever put them there, and espgw adopts them; gateway 2 is kernel xfrm.
The hosts flood each other with numbered datagrams meanwhile, a capture at the router has all ESP.  ADOPT=0 in the
environment leaves espgw off: all that the tests say of packets has to hold of kernel xfrm at both ends as well, and so
they are known to be right; what is said of espgw itself is skipped then.
"""

import select
import shlex

from wire import *

ADOPT = os.environ.get("ADOPT", "1") != "0"
ONLY = os.environ.get("ONLY", "")  # for who looks into one point
IF_ID = 42

# ---- netlink of xfrm ----

NEWSA, DELSA, GETSA, NEWPOLICY, DELPOLICY, GETPOLICY = range(0x10, 0x16)
ACQUIRE, EXPIRE, UPDPOLICY, UPDSA, POLEXPIRE, FLUSHSA, FLUSHPOLICY = range(0x17, 0x1e)
MIGRATE, MAPPING = 0x21, 0x26
GROUPS = {"acquire": 1, "expire": 2, "sa": 3, "policy": 4, "migrate": 7, "mapping": 8}
ENCAP, LASTUSED, REPLAY_VAL, MIGRATE_A, REPLAY_ESN, IF_ID_A = 4, 15, 10, 17, 23, 31


def ip_of(raw, family):
    return str(ip_address(raw[:4] if family == socket.AF_INET else raw))


def addr16(text):
    return addr(text).ljust(16, b"\0")


def attributes(data):
    found = {}
    while len(data) >= 4:
        n, kind = struct.unpack("=HH", data[:4])
        if n < 4:
            break
        found[kind & 0x7fff] = data[4:n]
        data = data[n + 3 & ~3:]
    return found


class State:
    """A state of xfrm's, as the kernel shows it."""

    def __init__(self, data, more=224):
        self.family, self.mode, self.window, self.flags = struct.unpack("=HBBB", data[212:217])
        self.spi, self.proto = struct.unpack("!IB", data[72:77])
        self.dst, self.src = ip_of(data[56:72], self.family), ip_of(data[80:96], self.family)
        (self.soft_bytes, self.hard_bytes, self.soft_packets, self.hard_packets, *_) = struct.unpack("=8Q", data[96:160])
        self.bytes, self.packets, self.added, self.used = struct.unpack("=4Q", data[160:192])
        self.stats = dict(zip(("window", "replay", "integrity"), struct.unpack("=III", data[192:204])))
        self.reqid, = struct.unpack("=I", data[208:212])
        a = attributes(data[more:])
        self.if_id, = struct.unpack("=I", a[IF_ID_A]) if IF_ID_A in a else (0,)
        self.encap = None
        if ENCAP in a:  # kind, ports
            self.encap = struct.unpack("=H", a[ENCAP][:2]) + struct.unpack("!HH", a[ENCAP][2:6])
        self.lastused, = struct.unpack("=Q", a[LASTUSED]) if LASTUSED in a else (0,)
        self.seq = self.oseq = self.bitmap = 0
        if REPLAY_ESN in a:
            n, o, s, oh, sh, self.window = struct.unpack("=6I", a[REPLAY_ESN][:24])
            self.oseq, self.seq = oh << 32 | o, sh << 32 | s
            self.bitmap = a[REPLAY_ESN][24:]
        elif REPLAY_VAL in a:
            self.oseq, self.seq, self.bitmap = struct.unpack("=III", a[REPLAY_VAL])

    def __repr__(self):
        return (f"{self.src}>{self.dst} spi {self.spi:#x} packets {self.packets} bytes {self.bytes} oseq {self.oseq} "
                f"seq {self.seq} {self.stats}")


class Xfrm:
    """NETLINK_XFRM of a namespace: requests, and what is told to the groups that are named."""

    def __init__(self, net, ns, groups=""):
        self.s = net.socket(ns, socket.AF_NETLINK, socket.SOCK_RAW, 6)
        self.s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        self.s.bind((0, 0))
        for g in groups.split():
            self.s.setsockopt(270, 1, GROUPS[g])  # NETLINK_ADD_MEMBERSHIP
        self.n = 0
        self.heard = []

    def send(self, kind, body, flags):
        self.n += 1
        self.s.send(struct.pack("=IHHII", 16 + len(body), kind, flags, self.n, 0) + body)

    def parts(self, wait):
        """Messages that come: (type, sequence number, body)."""
        while select.select([self.s], [], [], wait)[0]:
            data = self.s.recv(1 << 20)
            while len(data) >= 16:
                n, kind, _, seq, _ = struct.unpack("=IHHII", data[:16])
                yield kind, seq, data[16:n]
                data = data[n + 3 & ~3:]

    def ask(self, kind, body):
        """The error number of a request."""
        self.send(kind, body, 5)  # REQUEST, ACK
        for got, seq, data in self.parts(10):
            if got == 2 and seq == self.n:
                return -struct.unpack("=i", data[:4])[0]
            self.heard.append((got, data))
        raise RuntimeError("xfrm does not answer")

    def dump(self, kind, body=b""):
        self.send(kind, body, 0x301)
        found = []
        for got, seq, data in self.parts(10):
            if seq != self.n:
                self.heard.append((got, data))
                continue
            if got in (2, 3):
                return found
            found.append(data)
        raise RuntimeError("xfrm does not answer")

    def states(self):
        return [State(d) for d in self.dump(GETSA)]

    def state(self, spi):
        return next((s for s in self.states() if s.spi == spi), None)

    def policies(self):
        """When each was used last, by direction and the prefixes of source and destination; not sockets' own."""
        found = {}
        for d in self.dump(GETPOLICY):
            family, dlen, slen = struct.unpack("=HBB", d[40:44])
            way = d[160]
            if way < 3:
                found["in out fwd".split()[way], f"{ip_of(d[16:32], family)}/{slen}", f"{ip_of(d[:16], family)}/{dlen}"] = \
                    struct.unpack("=Q", d[144:152])[0]
        return found

    def events(self, wait=0.0, kind=None, n=1):
        """What the groups were told; waits so many seconds for n of a kind: (type, body)."""
        end = time.monotonic() + wait
        while True:
            for got, _, data in self.parts(0):
                self.heard.append((got, data))
            if sum(kind in (None, got) for got, _ in self.heard) >= n or time.monotonic() >= end:
                found = [x for x in self.heard if kind in (None, x[0])]
                self.heard = []
                return found
            time.sleep(0.02)


def expired(events):
    """Of EXPIRE: (SPI, whether it was the hard limit)."""
    return [(State(d, 232).spi, bool(d[224])) for _, d in events]


def selector(src, dst, proto=0, ifindex=0):
    """struct xfrm_selector; src and dst are prefixes."""
    (s, sl), (d, dl) = (x.split("/") for x in (src, dst))
    family = socket.AF_INET6 if ":" in s else socket.AF_INET
    return struct.pack("=16s16sHHHHHBBBxxxiI", addr16(d), addr16(s), 0, 0, 0, 0, family, int(dl), int(sl), proto, ifindex, 0)


def migrate(policy, way, old, new, reqid, if_id=0):
    """The body of XFRM_MSG_MIGRATE: a policy (source, destination) of a direction, outer addresses (source, destination)."""
    families = [socket.AF_INET6 if ":" in x[0] else socket.AF_INET for x in (old, new)]
    m = b"".join(addr16(a) for a in (old[1], old[0], new[1], new[0])) + struct.pack("=BBHIHH", ESP, 1, 0, reqid, *families)
    more = struct.pack("=HHI", 8, IF_ID_A, if_id) if if_id else b""
    body = selector(*policy) + struct.pack("=IBxxx", 0, {"in": 0, "out": 1, "fwd": 2}[way])
    return body + struct.pack("=HH", 4 + len(m), MIGRATE_A) + m + more


def xfrm_stat(net, ns):
    """/proc/net/xfrm_stat of a namespace: what is not zero."""
    with net.inside(net.ns[ns]), open("/proc/thread-self/net/xfrm_stat") as f:
        return {k: int(v) for k, v in (line.split() for line in f) if int(v)}


# ---- workers of the kernel ----

KSOFTIRQD = [int(p) for p in subprocess.run(["pgrep", "^ksoftirqd/"], stdout=subprocess.PIPE, text=True).stdout.split()]


def urgent(priority, pid=0):
    os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(priority))


@contextlib.contextmanager
def held_up(ms):
    """For so many milliseconds from here on no worker of the kernel's gets this processor, but who is in here does, and
    what takes packets on does. (For less than a second: by default others have a twentieth of each.)"""
    begin = time.monotonic()
    urgent(3)  # this thread, and ip, which inherits it
    for pid in KSOFTIRQD:
        urgent(4, pid)
    hog = None
    if ms:
        hog = subprocess.Popen(["chrt", "-f", "1", "sh", "-c", "echo; while :; do :; done"], stdout=subprocess.PIPE)
        hog.stdout.readline()  # it has begun
    try:
        yield
        time.sleep(max(begin + ms / 1000 - time.monotonic(), 0))
    finally:
        if hog:
            hog.kill()
            hog.wait()
        for pid in 0, *KSOFTIRQD:
            os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))


# ---- a flood of numbered datagrams, and the capture of all ESP ----

class Flood(threading.Thread):
    """The hosts send each other numbered datagrams, so many a second each way, of both families by turns, from sockets
    of their own; exact to the last one."""

    PORT = 7000
    going = []

    def __init__(self, net, rate=200, families=(4, 6), ways=("a", "b"), left=None, right=None, size=64, hurried=False):
        super().__init__(daemon=True)
        left, right = left or {4: "10.1.0.2", 6: "fd01::2"}, right or {4: "10.2.0.2", 6: "fd02::2"}
        self.net, self.rate, self.families, self.ways, self.size = net, rate, families, ways, size
        self.hurried = hurried  # goes before all that is not in a hurry
        self.ends, self.at = {}, {"a": left, "b": right}
        for ns, own in self.at.items():
            for family in families:
                s = net.socket(ns, socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
                s.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
                s.bind((own[family], self.PORT))
                s.setblocking(False)
                self.ends[ns, family] = s
        self.sent = {w: [] for w in ways}
        self.refused = []
        self.got = {w: {} for w in ways}  # number: how often
        self.late = {w: [] for w in ways}
        self.marks = []
        self.stopping = False
        self.going.append(self)
        self.start()

    @classmethod
    def end_all(cls):
        """For who was interrupted: what follows waits until nothing is under way."""
        for flood in cls.going[:]:
            flood.end(0)

    def mark(self, text):
        """So that what was lost can be told by what was done then."""
        self.marks.append((time.monotonic(), text))

    def run(self):
        if self.hurried:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(2))
        due = time.monotonic()
        while not self.stopping:
            now = time.monotonic()
            if now < due:
                self.take(due - now)
                continue
            due = max(due + 1 / self.rate, now - 0.2)  # what a slow machine has missed does not come in one burst
            for way in self.ways:
                n = len(self.sent[way])
                family = self.families[n % len(self.families)]
                peer = self.at["b" if way == "a" else "a"][family]
                self.sent[way].append(now)
                try:
                    self.ends[way, family].sendto(struct.pack("!I", n).ljust(self.size, b"."), (peer, self.PORT))
                except OSError as e:
                    self.refused.append((way, n, e.errno))
            self.take(0)

    def take(self, wait):
        ready = select.select(list(self.ends.values()), [], [], wait)[0]
        for (ns, _), s in self.ends.items():
            if s not in ready:
                continue
            way = "b" if ns == "a" else "a"
            while True:
                try:
                    data = s.recv(2048)
                except BlockingIOError:
                    break
                except OSError:  # an ICMP error
                    continue
                n, = struct.unpack("!I", data[:4])
                if way in self.got:
                    self.got[way][n] = self.got[way].get(n, 0) + 1

    def wait(self, seconds):
        """Floods on; for what is to happen meanwhile."""
        time.sleep(seconds)

    def end(self, wait=3):
        """Stops, and waits for what is under way."""
        self.stopping = True
        self.join()
        self.going.remove(self)
        end = time.monotonic() + wait * PATIENCE
        while time.monotonic() < end and any(len(self.got[w]) < len(self.sent[w]) for w in self.ways):
            self.take(0.05)
        self.take(0.05)
        for s in self.ends.values():
            s.close()
        # What the test's other sockets have seen of it is not looked at.
        for port in self.net.ports.values():
            with contextlib.suppress(OSError):  # nothing more, or its device has gone
                while True:
                    port.rx.recv(1)
        return self

    def lost(self):
        return {w: [n for n in range(len(self.sent[w])) if n not in self.got[w]] for w in self.ways}

    def twice(self):
        return {w: [n for n, k in self.got[w].items() if k > 1] for w in self.ways}

    def when(self, way, n):
        """A lost one, told by what was done last before it was sent."""
        t = self.sent[way][n]
        before = [m for m in self.marks if m[0] <= t]
        text = f"{(t - before[-1][0]) * 1000:.0f} ms after {before[-1][1]}" if before else f"{t - self.sent[way][0]:.2f} s"
        return f"from {way} {n}: {text}"

    def told(self):
        return ", ".join(f"from {w} {len(self.sent[w])} sent, {len(self.lost()[w])} lost" for w in self.ways)

    def none_lost(self, f, what="flood", early=None):
        """Faults of a flood from which nothing may be missing.

        early: by way, how many came before the receiver's daemon had the keys (XfrmAcquireError): who answers may send
        by the new SA at once.
        """
        for way, numbers in self.lost().items():
            if len(numbers) != (early or {}).get(way, 0):
                f.append(f"{what}: {len(numbers)} of {len(self.sent[way])} lost, " +
                         "; ".join(self.when(way, n) for n in numbers[:6]))
        for way, numbers in self.twice().items():
            f.same(numbers, [], f"{what}: twice from {way}")
        f.same(self.refused, [], f"{what}: refused by the stack")
        print(f"  {what}: {self.told()}", flush=True)


class EspWatch(threading.Thread):
    """All ESP that comes to the router, by the SPI: which numbers, and whether one came twice."""

    LOOK = 64  # bytes of a packet

    def __init__(self, net, devs=("r1", "r2")):
        super().__init__(daemon=True)
        self.socks = {}
        for dev in devs:
            s = net.socket("r", socket.AF_PACKET, socket.SOCK_DGRAM, 0)
            s.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
            s.setsockopt(263, 23, 1)  # SOL_PACKET, PACKET_IGNORE_OUTGOING
            s.bind((dev, 3))
            s.setblocking(False)
            self.socks[s] = dev
        self.seen = {}  # (device, SPI): {number: how often}
        self.order = {}  # (device, SPI): the last number
        self.turned = {}  # (device, SPI): how often one was lower than the one before
        self.ends = {}  # (device, SPI): [(source, source port, destination, destination port), ...] as they changed
        self.stopping = False
        self.start()

    def run(self):
        while not self.stopping:
            for s in select.select(list(self.socks), [], [], 0.1)[0]:
                for _ in range(64):
                    try:
                        self.take(self.socks[s], s.recv(self.LOOK))
                    except BlockingIOError:
                        break

    def take(self, dev, p):
        ports = (0, 0)
        if p[0] >> 4 == 4:
            if struct.unpack("!H", p[6:8])[0] & 0x1fff:
                return
            proto, at, src, dst = p[9], (p[0] & 15) * 4, p[12:16], p[16:20]
        elif p[0] >> 4 == 6:
            proto, at, src, dst = p[6], 40, p[8:24], p[24:40]
        else:
            return
        if proto == UDP:
            ports = struct.unpack("!HH", p[at:at + 4])
            if 4500 not in ports:
                return
            at += 8
        elif proto != ESP:
            return
        if len(p) < at + 8:  # a keepalive
            return
        spi, seq = struct.unpack("!II", p[at:at + 8])
        if not spi:  # IKE
            return
        key = dev, spi
        numbers = self.seen.setdefault(key, {})
        numbers[seq] = numbers.get(seq, 0) + 1
        if seq < self.order.get(key, 0):
            self.turned[key] = self.turned.get(key, 0) + 1
        self.order[key] = seq
        ends = (src, ports[0], dst, ports[1])
        where = self.ends.setdefault(key, [])
        if not where or where[-1] != ends:
            where.append(ends)

    def end(self):
        time.sleep(0.3)
        self.stopping = True
        self.join()
        for s in self.socks:
            s.close()
        return self

    def count(self, dev):
        return sum(sum(n.values()) for (d, _), n in self.seen.items() if d == dev)

    def unique(self, f, what="capture", devs=("r1", "r2")):
        """Faults: a number of an SA that was used twice, as seen there."""
        for (dev, spi), numbers in self.seen.items():
            if dev not in devs:
                continue
            again = sorted(n for n, k in numbers.items() if k > 1)
            if again:
                f.append(f"{what}: {dev} SPI {spi:#x}: {len(again)} numbers twice, {again[:6]}")
        if not self.seen:
            f.append(f"{what}: no ESP at all")

    def told(self):
        return ", ".join(f"{dev}: {self.count(dev)} ESP of {sum(d == dev for d, _ in self.seen)} SAs"
                         for dev in sorted({d for d, _ in self.seen}))


# ---- espgw's side ----

def tool(net, *words, ns="g1", fails=False):
    """One espgw process; its output, or why it failed."""
    if not ADOPT:
        return ""
    while True:
        p = subprocess.run([ESPGW, "-n", net.ns[ns], *(w for x in words for w in shlex.split(x))], text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if bool(p.returncode) != fails:
            raise RuntimeError(f"espgw {' '.join(words)}: status {p.returncode} {p.stderr[:300]}")
        # A daemon is at work: what changed while it was listed is listed again.
        if "the table changed while it was read" not in p.stderr:
            return p.stderr if fails else p.stdout


def shown(net, what="xfrm show", ns="g1"):
    """What a command shows: all of its objects."""
    found = []
    for line in tool(net, "-j -s", what, ns=ns).splitlines():
        if line.strip():
            part = judged(what, line)
            found += part if isinstance(part, list) else [part]
    for row in found:
        if row.get("adopted"):
            row["reason"] = "none"
    return found


def rows(net, ns="g1", **wanted):
    """Rows of xfrm show, those that say so: rows(net, kind="state", reason="none")."""
    found = [r for r in shown(net, ns=ns) if "kind" in r]
    return [r for r in found if all(r.get(k) == v for k, v in wanted.items())]


def head(net, ns="g1"):
    return {"sas": 0, "policies": 0, **next(r for r in shown(net, ns=ns) if "xfrm" in r)}


def number(x):
    return int(x, 0) if isinstance(x, str) else x


def adopted(net, spis, ns="g1", wait=5, policies=None):
    """Waits until states of these SPIs are adopted, and so many policies; what is missing in the end."""
    if not ADOPT:
        return []
    end = time.monotonic() + wait * PATIENCE
    while True:
        all_ = shown(net, ns=ns)
        found = {number(r["spi"]) for r in all_ if r.get("kind") == "state" and r["reason"] == "none"}
        n = sum(r.get("kind") == "policy" and r["reason"] == "none" for r in all_)
        missing = [f"SPI {s:#x}" for s in spis if s not in found]
        if policies is not None and n != policies:
            missing.append(f"{n} policies, not {policies}")
        if not missing or time.monotonic() > end:
            return missing and [*missing, *map(str, all_)]
        time.sleep(0.05)


def release(net, ns="g1"):
    tool(net, "xfrm off", ns=ns)


def retake(net, mode="interface", ns="g1"):
    tool(net, f"xfrm on if-id {IF_ID} mode interface" if mode == "interface" else "xfrm on mode policy", ns=ns)


class Keyed(Tunnel):
    """A tunnel that xfrm has on both gateways. mode: how gateway 1 has it, "interface" (A) or "policy" (B).

    gen says which SAs: rekeying makes the next ones.  window, esn: of all its states.
    """

    def __init__(self, i, alg="gcm128", mode="interface", window=32, esn=False, if_id=IF_ID, **more):
        super().__init__(i, alg, **more)
        self.mode, self.window, self.esn, self.if_id = mode, window, esn, if_id if mode == "interface" else 0
        self.gen = 0
        self.renew()

    def renew(self):
        """The SPIs of the next SAs; returns those before."""
        old = self.spi_out, self.spi_in
        self.gen += 1
        self.spi_out, self.spi_in = 0x10000 * self.gen + 0x1000 + self.i, 0x10000 * self.gen + 0x2000 + self.i
        return old

    def words(self, gateway):
        """What is added to states and policies there."""
        return f"if_id {self.if_id}" if self.if_id and gateway == 1 else ""

    def state(self, gateway, way, verb="add", more=""):
        """A command of ip: the state of a direction."""
        src, dst, ports, spi = next(x[1:] for x in self.sas(gateway) if x[0] == way)
        natt = f"encap espinudp {ports} {'0.0.0.0' if self.outer == 4 else '::'}" if self.natt else ""
        return (f"xfrm state {verb} src {src} dst {dst} proto esp spi {spi:#x} reqid {self.reqid} mode tunnel "
                f"replay-window {self.window} flag af-unspec{' esn' if self.esn else ''} {self.words(gateway)} "
                f"{self.alg.words(self.alg.xfrm, spi)} {natt} {more}")

    def gone(self, gateway, way, spis):
        """A command of ip that deletes the state of a direction."""
        src, dst, _, _ = next(x[1:] for x in self.sas(gateway) if x[0] == way)
        out = way == "out"
        spi = spis[0] if (gateway == 1) == out else spis[1]
        return f"xfrm state delete src {src} dst {dst} proto esp spi {spi:#x}"

    def policies(self, gateway, ways="out in fwd", verb="update", spi=False):
        """Commands of ip; spi: the outbound one's template says which SA."""
        s, d = self.ends(gateway)[:2]
        for left, right in self.prefixes(gateway):
            for way in ways.split():
                x, y, ts, td = (left, right, s, d) if way == "out" else (right, left, d, s)
                which = f"spi {self.ends(gateway)[4]:#x}" if spi and way == "out" else ""
                yield (f"xfrm policy {verb} src {x} dst {y} dir {way} {self.words(gateway)} "
                       f"tmpl src {ts} dst {td} proto esp {which} reqid {self.reqid} mode tunnel")

    def setup(self, net, gateways=(1, 2), more=""):
        for g in gateways:
            net.ip(f"g{g}", [self.state(g, "out", more=more), self.state(g, "in", more=more), *self.policies(g)])

    def rekey(self, net, responder, late=0.0):
        """New SAs, by the steps of IKE daemons: gateway 'responder' has its inbound SA before the other one knows of
        any of it, goes on sending by the old one until that is deleted, and deletes the old inbound one last."""
        old = self.renew()
        r, i = (1, 2) if responder == 1 else (2, 1)
        # What a daemon's policies do: the responder's still takes the old SA.
        net.ip(f"g{r}", [self.state(r, "in"), *self.policies(r, "in fwd")])
        net.ip(f"g{i}", [self.state(i, "in"), self.state(i, "out"), *self.policies(i, spi=True), self.gone(i, "out", old)])
        time.sleep(late)
        net.ip(f"g{r}", [self.state(r, "out"), *self.policies(r, "out", spi=True), self.gone(r, "out", old)])
        time.sleep(0.1)  # what is under way
        net.ip(f"g{r}", [self.gone(r, "in", old)])
        net.ip(f"g{i}", [self.gone(i, "in", old)])


AFTER = []  # what is done after each point


def point(what, run):
    if ONLY not in what:
        return
    f = Faults()
    begin = time.monotonic()
    try:
        run(f)
    except Exception as e:
        import traceback
        f += [*repr(e)[:1500].split("\\n"), *traceback.format_exc().splitlines()[-6:]]
        Flood.end_all()
    f.point(what)
    print(f"  {time.monotonic() - begin:.1f} s", flush=True)
    for undo in AFTER:
        undo()


def espgw_point(what, run):
    """A point that says something of espgw only."""
    if ADOPT:
        point(what, run)
    else:
        print(f"ok {what} # SKIP espgw is off")


DEV = f"ipsec{IF_ID}"  # as libreswan calls it
BEHIND = "10.2.0.0/16", "fd02::/16"


def interface(net):
    """Gateway 1's xfrm interface."""
    net.ip("g1", [f"link add {DEV} type xfrm dev wan if_id {IF_ID}", f"link set {DEV} up"])


def routed(net, mode):
    """What is behind gateway 2 is routed into the interface, and nowhere else should that go; or as all else is.
    libreswan takes its routes with it."""
    verb = {"interface": "replace", "policy": "del"}[mode]
    for r in BEHIND:
        try:
            net.ip("g1", [f"route {verb} unreachable {r} metric 4096"])
            net.ip("g1", [*([f"link set {DEV} up"] if mode == "interface" else []), f"route {verb} {r} dev {DEV}"])
        except RuntimeError:
            if mode == "interface":
                raise


def clean(net, gateways=(1, 2)):
    for g in gateways:
        net.ip(f"g{g}", ["xfrm policy flush", "xfrm state flush"])
