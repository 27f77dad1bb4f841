# SPDX-License-Identifier: GPL-2.0
"""Floods of fragments and attacks in a network namespace that is a user namespace's, and in one that is the machine's."""

import math
import re

from wire import *

NAMES = {"user": os.environ["user"], "first": os.environ["first"]}
OWNER = os.environ["owner"]  # a process of the user namespace's root
DEVICES, EACH = 4, 250  # fragments for each device
MOST = 16 << 20  # ESPGW_VFR_CONFINED_BYTES
libc = ctypes.CDLL(None, use_errno=True)


def run(who, *command, text=None):
    """A command in one of the namespaces; in the user namespace's as its own root, who is nobody outside."""
    inside = ["nsenter", "-t", OWNER, "-U", "-n", "--"] if who == "user" else ["ip", "netns", "exec", NAMES[who]]
    p = subprocess.run(inside + list(command), input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.returncode:
        raise RuntimeError(f"{command}: {p.stderr}")
    return p.stdout


def espgw(who, *lines):
    run(who, ESPGW, "-b", "-", text="".join(line + "\n" for line in lines))


def rows(who, what):
    return json.loads(run(who, ESPGW, "-j", "vfr", what, "dir", "in"))


def total(who, what, key):
    return sum(r[key] for r in rows(who, what))


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
            fd = os.open("/run/netns/" + NAMES[who], os.O_RDONLY)
            if libc.setns(fd, 0x40000000):
                raise OSError(ctypes.get_errno(), "setns")
            os.close(fd)
            for i in pairs:
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                s.bind((f"p{i}", 0))
                self.sockets.append(s)

        t = threading.Thread(target=opened)  # a namespace is a thread's
        t.start()
        t.join()

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


class Log:
    """The module's lines in the kernel's log, from here on."""

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self):
        found = []
        while True:
            try:
                found.append(os.read(self.fd, 8192).decode(errors="replace").partition(";")[2].split("\n")[0])
            except BlockingIOError:
                return [x for x in found if "espgw: " in x]


def available():
    with open("/proc/meminfo") as f:
        return int(re.search(r"MemAvailable: *(\d+)", f.read())[1]) << 10


ports = {who: Ports(who) for who in NAMES}
log = Log()

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
sys.exit(failed > 0)
