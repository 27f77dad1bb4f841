# SPDX-License-Identifier: GPL-2.0
"""usage: torture_random.py SEED SECONDS BUSY

Random messages to the family, made by its specification: right ones, and such with something wrong in them. In this network
namespace a message that is refused has changed nothing. Root asks here and in the namespace BUSY, where several ask at once
and devices come and go; nobody, and root of a user namespace, which may do everything in a network namespace of its own.
"""

import ctypes
import errno
import random
import signal
import subprocess
import sys

from rawnl import NEWNET, NEWUSER, Listener, as_nobody
from torture import *
from wire import Faults, PATIENCE, done, ok

SEED, SECONDS, BUSY = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
# Values near each other, so that one message meets what another has made.
POOL = {"address": ["192.0.2.1", "198.51.100.1", "10.1.0.0", "10.2.0.0", "10.3.0.0", "2001:db8::1", "fd01::", "fd02::", "0.0.0.0", "::",
                    "224.0.0.1", "255.255.255.255", "::ffff:192.0.2.1", "127.0.0.1"],
        "ifname": ["wan", "d0", "d1", "pat0", "pat*", "away", "lo", "d*", "*", "n" * 15],
        "algorithm": ["rfc4106(gcm(aes))", "rfc7539esp(chacha20,poly1305)", "cbc(aes)", "ecb(cipher_null)", "hmac(sha1)", "hmac(sha256)",
                      "hmac(sha512)", "gcm(aes)", ""],
        "spi": range(256, 262), "reqid": range(4), "prio": range(4), "if-id": range(4), "src-len": [0, 8, 16, 24, 32, 48, 64, 128],
        "dst-len": [0, 8, 16, 24, 32, 48, 64, 128]}
KEYS = [0, 1, 16, 20, 24, 32, 36, 64, 128]
# What time alone changes is not soon: seconds.
SLOW = {"age-s": 10**5, "pmtu-age": 10**5, "soft-seconds": 10**6, "hard-seconds": 10**6, "keepalive": 3600}
# These undo what the others have made: seldom.
SELDOM = {"sa-flush": 0.1, "policy-flush": 0.1, "dev-detach": 0.3, "xfrm-set": 0.2, "sa-add": 4, "policy-add": 4, "sa-replace": 2, "sa-set": 3}
MOST_ROWS = 150  # of all dumps, before all is made anew


class Maker:
    """Messages to the family."""

    def __init__(self, rng):
        self.rng = rng
        self.names = [op["name"] for op in spec.requests]
        self.weights = [SELDOM.get(name, 1) for name in self.names]
        self.right = {"sa-add": [v for n, v in RECIPE if n == "sa-add"], "policy-add": [v for n, v in RECIPE if n == "policy-add"]}
        self.right.update({"sa-replace": self.right["sa-add"], "policy-replace": self.right["policy-add"]})

    def number(self, a):
        rng, (low, high) = self.rng, spec.limits(a)
        if a["name"] in SLOW:
            return rng.randint(min(SLOW[a["name"]], high), min(SLOW[a["name"]] * 2, high))
        if a["name"] in POOL and rng.random() < 0.9:
            return rng.choice(POOL[a["name"]])
        value = rng.choice([low, high, rng.randint(low, high), rng.randint(low, min(high, low + 5)), rng.getrandbits(rng.randrange(1, 65))])
        if rng.random() < 0.05:
            value = rng.choice([low - 1, high + 1, -1, 0])
        return value & (1 << int(a["type"][1:])) - 1

    def payload(self, a, depth):
        rng, kind = self.rng, a["type"]
        if kind.startswith("u"):
            return self.number(a).to_bytes(int(kind[1:]) // 8, "big" if "byte-order" in a else sys.byteorder)
        if kind == "nest":
            return b"".join(self.attribute(b, depth + 1) for b in self.some(list(spec.sets[a["nested-attributes"]].values()), 0.3))
        if kind == "string":
            pool = a["name"] if a["name"] in POOL else "algorithm" if a["name"] in ("aead", "enc", "auth") else None
            text = rng.choice(POOL[pool]) if pool else "".join(rng.choice("abc-_.é \n\"") for _ in range(rng.randrange(20)))
            return text.encode() + (b"\0" if rng.random() < 0.97 else b"")
        if kind == "binary" and "ipv4" in a.get("display-hint", ""):
            return ip(rng.choice(POOL["address"]))
        return rng.randbytes(rng.choice(KEYS)) if kind == "binary" else b""

    def attribute(self, a, depth=0):
        """One attribute; now and then with something wrong."""
        rng = self.rng
        payload, number = self.payload(a, depth), a["number"] | (0x8000 if a["type"] == "nest" else 0)
        length = None
        if rng.random() < WRONG:
            wrong = rng.randrange(8)
            if wrong == 0:
                payload = payload[:-1]
            elif wrong == 1:
                payload += rng.randbytes(rng.choice([1, 3, 4, 300]))
            elif wrong == 2:
                number ^= rng.choice([0x8000, 0x4000, 0xc000])
            elif wrong == 3:
                number = rng.randrange(1 << 16)
            elif wrong == 4:
                length = rng.randrange(64)
            elif wrong == 5:
                payload = rng.randbytes(len(payload))
            elif wrong == 6:
                for _ in range(rng.choice([1, 5, 200])):
                    payload = raw(number, payload)[:60000]
            else:
                payload = b""
        return raw(number, payload, length)

    def some(self, of, share):
        return [a for a in of if self.rng.random() < share and a["type"] != "pad"]

    def attributes(self, op):
        rng, known = self.rng, spec.sets[op["attribute-set"]]
        listed = spec.listed(op, "do", "request") or spec.listed(op, "dump", "request")
        may = [a for a in known.values() if a["name"] in listed]
        chosen = []
        if op["name"] in self.right and rng.random() < 0.7:
            values = dict(rng.choice(self.right[op["name"]]))
            if "spi" in values:
                values["spi"] = rng.choice(POOL["spi"])
            if rng.random() < 0.5:
                values[rng.choice(["prio" if "prio" in listed else "reqid"])] = rng.choice(POOL["prio"])
            chosen = [spec.encode(op["attribute-set"], {n: v}) for n, v in values.items()]
            may = self.some(may, 0.08)
        chosen += [self.attribute(a) for a in self.some(may, rng.choice([0.3, 0.6, 0.9]))]
        if rng.random() < WRONG:  # of others, twice, in another order
            chosen += [self.attribute(a) for a in self.some(list(known.values()), 0.1)]
        if rng.random() < WRONG and chosen:
            chosen += [rng.choice(chosen)]
        if rng.random() < 0.3:
            rng.shuffle(chosen)
        return b"".join(chosen)

    def message(self):
        """A command's number, attributes, flags, length and generic header, and its name."""
        rng = self.rng
        name = rng.choices(self.names, self.weights)[0]
        op = spec.op(name)
        data, cmd, flags, length, head = self.attributes(op), spec.cmd[name], REQUEST | ACK, None, b"\2\0\0"
        if "dump" in op and ("do" not in op or rng.random() < 0.5):
            flags = REQUEST | DUMP
        if rng.random() < WRONG:
            wrong = rng.randrange(5)
            if wrong == 0:
                data = data[:rng.randrange(len(data) + 1)]
            elif wrong == 1:
                length = max(0, 20 + len(data) + rng.choice([-20, -4, -3, -1, 1, 4, 1000]))
            elif wrong == 2:
                flags |= rng.choice([0x100, 0x200, 0x400, 0x800, 8])
            elif wrong == 3:
                cmd = rng.randrange(256)
            else:
                head = rng.randbytes(3)
        return cmd, data, flags, length, head, name


def raw(number, payload, length=None):
    return struct.pack("=HH", 4 + len(payload) & 0xffff if length is None else length, number) + payload + bytes(-len(payload) % 4)


def ip(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


class Asker:
    """One who asks, and keeps what was asked since the configuration was looked at."""

    def __init__(self, seed):
        self.maker, self.nl = Maker(random.Random(seed)), Socket()
        self.asked = self.refused = self.unheard = 0

    def ask(self):
        """(a message, its error number; None: it was none that anybody answers)"""
        *message, name = self.maker.message()
        self.asked += 1
        cmd, data, flags, length, head = message
        self.nl.s.settimeout(2 * PATIENCE if length is None else 0.1 * PATIENCE)
        try:
            self.nl.send(cmd, data, flags, length, head)
            error = self.nl.answer()[0]
        except (Lost, OSError):
            error = None
            self.unheard += 1
        self.refused += bool(error)
        return f"{name} {cmd} flags {flags:#x} length {length} header {head.hex()} attributes {data.hex()}", error


def checked(what, seconds, seed):
    """What is refused has changed nothing: looked at after each."""
    f, asker = Faults(), Asker(seed)
    look = Socket()
    look.s.settimeout(10 * PATIENCE)
    now, end, told = make(look), time.monotonic() + seconds, time.monotonic()
    taken = 0
    while time.monotonic() < end and not f:
        message, error = asker.ask()
        if error:
            after = configuration(look)
            if after != now:
                f.append(f"after {asker.asked} messages; error {error} of {message}:\n{difference(now, after)}")
        else:
            taken, now = taken + (error == 0), configuration(look)
            if sum(map(len, now.values())) > MOST_ROWS:
                now = make(look)
        if time.monotonic() > told + 30:
            told = time.monotonic()
            print(f"  {what}: {asker.asked} messages, {asker.refused} refused", flush=True)
    clear(look)
    f.same(asker.refused > 0 and taken > 0, True, f"some are taken ({taken}), some refused ({asker.refused})")
    print(f"  {what}: {asker.asked} messages, {taken} taken, {asker.refused} refused, {asker.unheard} that are none", flush=True)
    f.point(f"{what}: what is refused has changed nothing")


def in_child(run):
    """run() in a process of its own, until it is stopped; whatever becomes of it."""
    child = os.fork()
    if not child:
        try:
            signal.alarm(int(SECONDS * 3) + 600)
            os.nice(10)  # what is looked at has to get on
            run()
        except BaseException as e:  # noqa: B036
            print(f"  a process beside: {e!r}", flush=True)
        os._exit(1)
    return child


def dumps():
    nl = Socket()
    while True:
        try:
            configuration(nl)
        except (Lost, RuntimeError):  # something went away meanwhile
            nl = Socket()


def listens(read):
    listener = Listener(Socket(), *spec.groups, room=None if read else 4096)
    while True:
        time.sleep(0.05)
        if read:
            listener.take()


def wild(n):
    """Asks for anything, as others do at the same time."""
    enter(BUSY)
    asker = Asker(SEED * 100 + n)
    while True:
        asker.ask()


def churn():
    """Devices come, go, are renamed, and have other MTUs."""
    enter(BUSY)
    rng = random.Random(SEED)
    lines = ["link add {d} type dummy", "link del {d}", "link set {d} up", "link set {d} down", "link set {d} mtu {m}", "link set {d} name {e}",
             "addr add 192.0.2.1/24 dev {d}", "route add 198.51.100.0/24 dev {d}", "link set {d} alias x"]
    while True:
        names = ["wan", "d0", "d1", "pat0", "pat1", "away"]
        text = "".join(rng.choice(lines).format(d=rng.choice(names), e=rng.choice(names), m=rng.choice([68, 576, 1280, 1500, 9000])) + "\n"
                       for _ in range(20))
        subprocess.run(["ip", "-force", "-batch", "-"], input=text, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def not_allowed(what):
    """Whatever is asked, the answer is that it may not be; or that it is no request at all."""
    f, asker = Faults(), Asker(SEED)
    errors, end = {}, time.monotonic() + min(SECONDS / 8, 60)
    while time.monotonic() < end and len(f) < 5:
        message, error = asker.ask()
        errors[error] = errors.get(error, 0) + 1
        if error not in NOT_DONE:
            f.append(f"error {error}: {message}")
    f.same(errors.get(errno.EPERM, 0) > 0, True, "refused")
    print(f"  {what}: {asker.asked} messages, {errors}")
    f.point(f"{what}: nothing is allowed")


def own(what):
    """It is root there, and its programs are."""
    ctypes.CDLL(None).prctl(4, 1)  # PR_SET_DUMPABLE: what it is of /proc is its own
    with open("/proc/self/uid_map", "w") as x:
        x.write("0 65534 1")
    subprocess.run(["ip", "-batch", "-"], input="".join(f"link add {d} type dummy\n" for d in ("wan", "d0", "d1", "pat0")), text=True,
                   check=False, stderr=subprocess.DEVNULL)
    checked(what, SECONDS / 4, SEED + 1)


# An unknown command, or one that cannot dump, has nothing to be allowed; None: it is not a message.
NOT_DONE = {errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL, None}
WRONG = 0.08
# What holds in namespaces to come is everybody's.
LOOKS[:] = [look for look in LOOKS if look[:2] != (spec.cmd["xfrm-get"], spec.encode("xfrm", {"default": True}))]
for set_ in spec.sets.values():
    for number_, a_ in set_.items():
        a_["number"] = number_
print(f"  seed {SEED}, {SECONDS:.0f} seconds")
f = Faults()
quiet = make(Socket())
beside = [in_child(dumps), in_child(lambda: listens(True)), in_child(lambda: listens(False)), in_child(churn)]
beside += [in_child(lambda n=n: wild(n)) for n in range(2)]
checked("root, beside dumps, listeners and another namespace", SECONDS / 2, SEED)
before = configuration(Socket())
as_nobody(ok, "nobody", not_allowed)
as_nobody(ok, "root of a user namespace, in a network namespace that is not its own", not_allowed, NEWUSER)
as_nobody(ok, "root of a user namespace, in a network namespace of its own", own, NEWUSER | NEWNET)
for child_ in beside:
    gone, _ = os.waitpid(child_, os.WNOHANG)
    f.same(gone, 0, f"process {beside.index(child_)} beside goes on")
    os.kill(child_, 9)
    os.waitpid(child_, 0)
f.same(configuration(Socket()) == before, True, "the first namespace is as it was")
f.point("who asks beside goes on to the end, and changes nothing here")
done()
