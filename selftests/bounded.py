# SPDX-License-Identifier: GPL-2.0
"""Floods of fragments, attacks and much configuration in a network namespace that is a user namespace's; and in one that
is the machine's.
"""

import math
import re

from rawnl import Netlink
from wire import *

NAMES = {"user": os.environ["user"], "first": os.environ["first"]}
OWNER = os.environ["owner"]  # a process of the user namespace's root
CGROUP = os.environ.get("cgroup")  # his
DEVICES, EACH = 4, 250  # fragments for each device
MOST = 16 << 20  # ESPGW_VFR_CONFINED_BYTES
libc = ctypes.CDLL(None, use_errno=True)


def enter():
    with open(CGROUP + "/cgroup.procs", "w") as f:
        f.write("0")


def run(who, *command, text=None):
    """A command in one of the namespaces; in the user namespace's as its own root, who is nobody outside."""
    way = ["nsenter", "-t", OWNER, "-U", "-n", "--"] if who == "user" else ["ip", "netns", "exec", NAMES[who]]
    p = subprocess.run(way + list(command), input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       preexec_fn=enter if CGROUP and who == "user" else None)
    if p.returncode:
        raise RuntimeError(f"{command}: {p.stderr}")
    return p.stdout


def espgw(who, *lines):
    run(who, ESPGW, "-b", "-", text="".join(line + "\n" for line in lines))


def rows(who, what):
    return json.loads(run(who, ESPGW, "-j", "vfr", what, "dir", "in"))


def total(who, what, key):
    return sum(r[key] for r in rows(who, what))


def inside(who, function):
    """What a function returns in one of the namespaces."""
    got = []

    def work():
        fd = os.open("/run/netns/" + NAMES[who], os.O_RDONLY)
        if libc.setns(fd, 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(fd)
        got.append(function())

    t = threading.Thread(target=work)  # a namespace is a thread's
    t.start()
    t.join()
    return got[0]


class Ports:
    """The far ends of a namespace's devices, to send to these."""

    def __init__(self, who):
        pairs = range(DEVICES)
        run(who, "ip", "-batch", "-", text="".join(
            f"link add v{i} mtu 65535 type veth peer name p{i} mtu 65535\nlink set v{i} up\nlink set p{i} up\n" for i in pairs))
        espgw(who, *(f"dev attach v{i}" for i in pairs),
              *(f"vfr set dev v{i} dir in on max-bytes 1073741824 max-reassemblies 1024 timeout 64" for i in pairs))
        self.who, self.sockets, self.sent = who, [], 0

        def opened():
            for i in pairs:
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                s.bind((f"p{i}", 0))
                self.sockets.append(s)

        inside(who, opened)

    def send(self, i, packet):
        self.sockets[i].send(b"\xff" * 6 + b"\2\0\0\0\0\1" + b"\x08\0" + packet)

    def flood(self, each=EACH, epoch=0):
        """Fragments that never come whole, each of another source: none has more than its share."""
        data = bytes(60000)
        for k in range(each):
            for i in range(DEVICES):
                self.send(i, ip4(f"10.{epoch}.{k >> 8}.{k & 255}", "10.9.0.1", UDP, data, mf=True, off=8, ident=k))
                self.sent += 1
            if k % 50 == 49:
                time.sleep(0.05)  # a device's queue takes no more at once
        time.sleep(0.5)

    def attack(self):
        """Five kinds of attacks on each device. Returns how many."""
        for i in range(DEVICES):
            def f(n, off, size, mf=True):
                self.send(i, ip4(f"10.8.0.{n}", "10.9.0.1", UDP, bytes(size), mf=mf, off=off, ident=n))

            f(1, 0, 4)  # tiny
            f(2, 8, 12)  # length
            f(3, 65528, 24)  # oversize
            f(4, 64, 64), f(4, 96, 64)  # overlap
            f(5, 64, 64, False), f(5, 192, 64, False)  # two ends
        time.sleep(0.5)
        got = sum(r["reass_" + k] for r in rows(self.who, "stats") for k in ("tiny", "length", "oversize", "overlap", "two_ends"))
        return got


def available():
    with open("/proc/meminfo") as f:
        return int(re.search(r"MemAvailable: *(\d+)", f.read())[1]) << 10


ports = {who: Ports(who) for who in NAMES}
log = Log("espgw: ")

# ---- what fragments take that are held ----

monitor = subprocess.Popen(["nsenter", "-t", OWNER, "-U", "-n", "--", ESPGW, "-j", "monitor", "alert"], stdout=subprocess.PIPE)
time.sleep(1 * PATIENCE)
before = available()
ports["user"].flood()
taken = before - available()
held, dropped = total("user", "show", "bytes"), total("user", "stats", "reass_bytes_drop")
kept = total("user", "show", "held")
print(f"user: {ports['user'].sent} sent, {kept} held, {held} bytes, {dropped} dropped; memory {taken >> 10} KiB less")
ok(MOST - 131072 < held <= MOST and kept + dropped == ports["user"].sent,
   "of a user namespace's, all devices together hold 16 MiB, whatever their max-bytes; the rest is counted",
   f"{held} bytes, {kept} held + {dropped} dropped of {ports['user'].sent}")
ok(taken < 2 * MOST, "and the machine has so much less memory, and no more", f"{taken} bytes")
before = available()
ports["first"].flood()
taken = before - available()
bytes_, dropped = total("first", "show", "bytes"), total("first", "stats", "reass_bytes_drop")
kept = total("first", "show", "held")
print(f"first: {ports['first'].sent} sent, {kept} held, {bytes_} bytes, {dropped} dropped; memory {taken >> 10} KiB less")
ok(bytes_ >= 3 * MOST and (kept, dropped) == (ports["first"].sent, 0),
   "of the machine's own, each device holds what its max-bytes says", f"{bytes_} bytes, {kept} held, {dropped} dropped")
espgw("first", *(f"vfr set dev v{i} dir in {mode}" for i in range(DEVICES) for mode in ("off", "on")))
espgw("user", *(f"vfr set dev v{i} dir in {mode}" for i in range(DEVICES) for mode in ("off", "on")))
free = total("user", "show", "bytes")
ports["user"].flood(25, 1)
equal((free, total("user", "show", "held")), (0, 100), "what is let go may be held again")

# ---- the log ----

attacks = ports["user"].attack()
lines = log.lines()
ok(attacks == 5 * DEVICES and not lines, f"of {attacks} attacks in a user namespace's, and its floods, the log says nothing",
   lines)
monitor.terminate()
told = {json.loads(x)["event"] for x in monitor.communicate()[0].decode().splitlines()}
wanted = {"frag_table_overflow", "tiny_fragments", "invalid_frag_length", "oversize_datagram", "overlap_fragments",
          "two_last_fragments"}
equal(told, wanted, "who listens to its events is told of each kind")
begin = time.monotonic()
attacks = ports["first"].attack()
seconds, lines = time.monotonic() - begin, log.lines()
with open("/proc/sys/net/core/message_cost") as x, open("/proc/sys/net/core/message_burst") as y:
    cost, burst = int(x.read()), int(y.read())
most = burst * (1 + math.ceil(seconds / cost)) if cost else attacks
ok(attacks == 5 * DEVICES and 1 <= len(lines) <= min(most, attacks - 1),
   "of as many in the machine's own the log has what net.core.message_burst lets pass", f"{len(lines)} lines, {most} may be")

# ---- whose memory configuration is ----

KEY, OUTER = "0x" + "5a" * 20, "src 192.0.2.1 dst 192.0.2.2"
LEAST = 1024 + 512  # an SA and its path, a policy not counted


def charged():
    with open(CGROUP + "/memory.stat") as f:
        return sum(int(n) for k, n in (line.split() for line in f) if k in ("slab", "percpu"))


def point_of_memory(what, count, make):
    if not CGROUP:
        ok(True, what + " # SKIP no cgroup here counts memory")
        return
    before = charged()
    make(count)
    end, got = time.monotonic() + 20 * PATIENCE, 0
    while got < count and time.monotonic() < end:
        got = len(json.loads(run("user", ESPGW, "-j", "sa", "show")))
    grown = charged() - before
    print(f"{got} SAs: {grown // max(got, 1)} bytes each are charged")
    ok(got == count and grown >= count * LEAST, what, f"{got} of {count} SAs, {grown} bytes")


def by_hand(count):
    espgw("user", *(f"{x}" for i in range(count) for x in (
        f"sa add dir out {OUTER} spi {0x1000 + i:#x} reqid {i + 1} aead aes-gcm {KEY} 128",
        f"policy add src 10.1.{i >> 8}.{i & 255}/32 dst 10.2.0.0/16 action protect reqid {i + 1} {OUTER}")))


def adopted(count):
    run("user", "ip", "-batch", "-", text="".join(
        f"xfrm policy add src 10.1.{i >> 8}.{i & 255}/32 dst 10.2.0.0/16 dir out tmpl {OUTER} proto esp reqid {i + 1} mode tunnel\n"
        f"xfrm state add {OUTER} proto esp spi {0x1000 + i:#x} reqid {i + 1} mode tunnel aead rfc4106(gcm(aes)) {KEY} 128\n"
        for i in range(count)))


run("user", "ip", "addr", "add", "192.0.2.1/24", "dev", "v0")
point_of_memory("what he configures is charged to his cgroup", 300, by_hand)
espgw("user", "policy flush", "sa flush", "xfrm on")
time.sleep(1 * PATIENCE)  # until it is freed
point_of_memory("and so is what is adopted for him when nobody asks", 200, adopted)
espgw("user", "xfrm off")

# ---- for how long others wait ----

POLICIES = 8000 if PATIENCE == 1 else 1500
TXQLEN = 0x8943  # SIOCSIFTXQLEN: takes RTNL, and does next to nothing
had, stop = [], threading.Event()


def others():
    s = inside("first", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    while not stop.is_set():
        fcntl.ioctl(s, TXQLEN, struct.pack("16si20x", b"p0", 1000 + len(had) % 2))
        had.append(time.monotonic())


def flushed():
    """For how long he is at it, and which part of that others wait at a stretch."""
    espgw("user", *(f"policy add src 10.1.0.0/16 dst 10.2.{i >> 8}.{i & 255}/32 action bypass" for i in range(POLICIES)))
    had.clear()
    stop.clear()
    thread = threading.Thread(target=others)
    thread.start()
    time.sleep(0.2)
    begin = time.monotonic()
    error = netlink.espgw("POLICY_FLUSH")[0]
    end = time.monotonic()
    stop.set()
    thread.join()
    times = [begin, *(at for at in had if begin < at < end), end]
    longest = max(b - a for a, b in zip(times, times[1:]))
    print(f"{POLICIES} policies are gone in {(end - begin) * 1000:.0f} ms; others had RTNL {len(times) - 2} times meanwhile, "
          f"and waited for {longest * 1000:.0f} ms at most")
    return 1.0 if error else longest / (end - begin)


run("user", "ip", "xfrm", "policy", "flush")
netlink = inside("user", Netlink)
parts = []
while len(parts) < 5 and min(parts, default=1) > 1 / 2:  # a machine that is busy may be what they wait for
    parts.append(flushed())
ok(min(parts) <= 1 / 2, "while he has all of his policies deleted, others get RTNL", f"waited for these parts of the time: {parts}")
sys.exit(failed > 0)
