# SPDX-License-Identifier: GPL-2.0
"""usage: torture_failnth.py NAMESPACE|load

Each allocation of each verb fails once, in a network namespace; of a namespace that comes; of the module as it is loaded. A
request that is refused has changed nothing; one that is not is done as if nothing had failed.
"""

import ctypes
import errno
import os
import subprocess
import sys

from rawnl import NEWNET
from torture import *
from wire import PATIENCE, Failing, Faults, done, failslab, module_text, ok

MOST = 5000

# Requests that are right, by command, after the recipe: attributes.
CASES = {
    "dev-attach": [{"ifname": "d1", "mtu": MTU_DEFAULT, "mtu-follow": 1}, {"ifname": "new*"}, {"ifname": "d*"}, {"ifname": "later"}],
    "dev-set": [{"ifname": "wan", "mtu": MTU_DEFAULT}, {"ifname": "wan", "mtu-follow": 1}, {"ifname": "pat*", "mtu": {"df": 0}}],
    "dev-detach": [{"ifname": "away"}, {"ifname": "pat*", "guarded": True}, {"ifname": "wan", "guarded": True}],
    "dev-get": [{"ifname": "wan"}, "dump"],
    "default-set": [{"mtu": {"df": 0, "mtu-cap": 1200}}, {"mtu": {"inherit": 2}}],
    "default-get": [{}],
    "sa-add": [{"dir": 2, **WAY, "spi": 0x2001, "reqid": 1, **GCM, "limit": {"hard-seconds": 10**6}, "mtu": MTU_DEFAULT, "name": "n",
                "comment": "c"},
               {"dir": 1, **BACK, "spi": 0x2002, "reqid": 1, **CBC, **NATT, "replay-window": 4096, "esn": True},
               {"dir": 2, "src": "2001:db8::1", "dst": "2001:db8::2", "spi": 0x2003, **CBC, "class": 3, "mark": 1, "mark-mask": 3,
                "tfc": 100, "dscp": 10, "ttl": 9},
               {"dir": 2, **WAY, "spi": 0x2004, "reqid": 1, "aead": "rfc7539esp(chacha20,poly1305)", "key": bytes(36).hex(), "icv-bits": 128},
               {"dir": 1, **BACK, "spi": 0x2005, "enc": "ecb(cipher_null)", "auth": "hmac(sha1)", "auth-key": bytes(20).hex(), "icv-bits": 96}],
    "sa-replace": [{"dir": 2, **WAY, "spi": 0x1001, "reqid": 1, **CBC, "seq": 200}, {"dir": 1, **BACK, "spi": 0x1002, "reqid": 7, **GCM},
                   {"dir": 2, **WAY, "spi": 0x2001, **GCM}],
    "sa-set": [{**OUT, "seq": 1000, "mark": 1, "mark-mask": 1, "limit": {"soft-packets": 10**9}, "mtu": {"df": 2}, "name": "other",
                "comment": ""}, {**ESN, "encap-sport": 4501, "encap-dport": 4501, "keepalive": 60}, {**IN, "seq": 50, "ecn": 0}],
    "sa-del": [OUT, IN, ESN],
    "sa-get": [{**OUT, "show-keys": True}, "dump"],
    "sa-flush": [{}, {"dir": 1}],
    "policy-add": [{**NETS, "prio": 9, **PROTECT, "name": "p", "comment": "c"}, {**NETS6, "prio": 9, "proto": 6, "sport-min": 1,
                                                                               "sport-max": 9, "action": 3}, {"ifname": "pat0", **NETS, "action": 2}],
    "policy-replace": [{**NETS, "action": 3}, {**DNS, **PROTECT}, {**NETS, "prio": 9, **PROTECT}],
    "policy-del": [NETS, NETS6, DNS],
    "policy-get": [NETS, "dump"],
    "policy-flush": [{}],
    "pmtu-get": [OUT, "dump"],
    "pmtu-set": [{**OUT, "mtu": 1200, "age-s": 80000}, {**ESN, "mtu": 900, "lock": True}, {**ESN, "mtu": 900, "bound": True}],
    "pmtu-del": [OUT],
    "pmtu-flush": [{}],
    "pmtu-probe": [{**ESN, "echo": "10.2.0.1"}],
    "stats-get": [{}],
    "stats-reset": [{}],
    "vfr-set": [{"ifname": "wan", "dir": 2, "mode": 2, "max-bytes": 100000}, {"ifname": "pat*", "dir": 1, "mode": 2, "timeout-s": 9},
                {"ifname": "wan", "dir": 1, "mode": 1}],
    "vfr-get": [{"ifname": "wan", "dir": 1}, "dump"],
    "guard-set": [{"on": 0}],
    "guard-get": [{}],
    "xfrm-set": [{"on": 1}, {"on": 1, "mode": 2}, {"on": 1, "default": True}],
    "xfrm-get": [{}, {"default": True}],
    "xfrm-row-get": ["dump"],
    "xfrm-conn-set": [{"if-id": 4, "mtu": MTU_DEFAULT, "name": "four", "comment": "c"}, {"reqid": 9, "name": "", "mtu": {"inherit": 1 << 10}},
                      {"reqid": 8, "comment": "c"}],
    "xfrm-conn-get": ["dump"],
    "explain-get": [{"ifname": "wan", "src": "10.1.0.2", "dst": "10.2.0.2", "proto": 17, "sport": 5, "dport": 6, "len": 3000},
                    {"dir": 1, "ifname": "wan", "src": "10.2.0.2", "dst": "10.1.0.2", "len": 100, "spi": 0x1002, "sa-dst": "192.0.2.1"}],
}
# These find something to change only once xfrm is adopted.
ADOPTED = [("xfrm-set", {"on": 0}), ("xfrm-set", {"on": 1, "mode": 1, "if-id": 9}), ("sa-get", "dump"), ("policy-get", "dump"),
           ("xfrm-row-get", "dump"), ("xfrm-conn-set", {"reqid": 9, "mtu": {"df": 2}, "name": "others"}),
           ("sa-set", {"dst": "198.51.100.9", "spi": 0x7001, "mtu": {"df": 0}})]


# There is no route, so that nothing is sent.
REFUSED = {"pmtu-probe": errno.ENETUNREACH}
# What is said of a connection is remembered first: who is told that there is no memory asks again.
AGAIN = {"xfrm-conn-set"}


class Counts:
    verbs = failed = refused = done = unknown = 0

    def __str__(self):
        return (f"{self.verbs} requests, {self.failed} allocations failed: {self.refused} were refused, {self.done} done all the same, "
                f"{self.unknown} without an answer")


def one(nl, failing, name, values, before, again, f):
    """Each allocation of a request fails once; again() makes the configuration 'before' again."""
    dump = values == "dump"
    op, cmd = spec.op(name), spec.cmd[name]
    data = b"" if dump else spec.encode(op["attribute-set"], values)
    flags = REQUEST | (DUMP if dump else ACK)
    what = f"{name} {values}"

    def call():
        try:
            nl.send(cmd, data, flags)
            return nl.answer()
        except (Lost, OSError, MemoryError):
            return None, []

    def told(rows):
        return None if op["attribute-set"] == "stats" else [lasting(op["attribute-set"], row) for row in rows]

    usual, rows = call()
    if usual != REFUSED.get(name, 0):
        f.append(f"{what}: without a failure: {os.strerror(usual)}")
        return
    time.sleep(0.02)
    wanted, after = told(rows), configuration(nl)
    if name.startswith("xfrm"):  # what it has is adopted a moment later
        time.sleep(0.3)
        after = configuration(nl)
    changes = after != before
    if changes:
        again()
    counts.verbs += 1
    for n in range(1, MOST):
        (error, rows), hit = failing.once(n, call)
        if not hit:
            f.same(error, usual, f"{what}: after {n - 1} failures, without one")
            break
        counts.failed += 1
        allowed = [before] if error else [after] if error == 0 else [before, after]
        counts.refused, counts.done, counts.unknown = (counts.refused + bool(error), counts.done + (error == 0),
                                                       counts.unknown + (error is None))
        if error is None:
            nl.renew()
        now = configuration(nl)
        if now not in allowed:
            now = settled(nl, *allowed, seconds=5 * PATIENCE if name == "xfrm-set" else 1)  # what failed is tried again
        if now not in allowed and error == errno.ENOMEM and name in AGAIN:
            f.same(call()[0], 0, f"{what}: allocation {n} failed, and asked again")
            now, allowed = settled(nl, after), [after]
        if now not in allowed:
            f.append(f"{what}: allocation {n} failed, error {error}:\n{difference(allowed[0], now)}")
        if error == 0 and told(rows) != wanted:
            f.append(f"{what}: allocation {n} failed, and the answer is another")
        if now != before:
            again()
    else:
        f.append(f"{what}: {MOST} allocations, and no end")
    if changes or now != before:
        again()


class Renewable(Socket):
    def renew(self):
        """A socket without anything that was left on the last one."""
        family, seq = self.family, self.seq
        self.s.close()
        self.__init__(family=family)
        self.seq = seq

    def __init__(self, family=None):
        if family is None:
            super().__init__()
            return
        self.s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.s.setsockopt(270, 11, 1)
        self.s.setsockopt(270, 12, 1)
        self.s.settimeout(10)
        self.family, self.seq = family, 0


def verbs(nl, failing):
    f = Faults()
    f.same(sorted(CASES), sorted(op["name"] for op in spec.requests), "commands of the specification, and here")
    before = make(nl)

    def again():
        now = make(nl)
        f.same(now == before, True, f"what was made again is as before: {difference(before, now)}")

    for name in ONLY or CASES:
        for values in CASES[name]:
            one(nl, failing, name, values, before, again, f)
        print(f"  {name}: {counts}", flush=True)
    f.point(f"each allocation of each of {len(CASES)} verbs fails once: what is refused has changed nothing, what is done is done")
    print(f"  {counts}")
    return before


def adopted(nl, failing):
    """The same where xfrm has a connection, and it is adopted."""
    f = Faults()
    key_ = "0x" + bytes(range(20)).hex()
    lines = [f"xfrm state add src {s} dst {d} proto esp spi {spi} reqid 9 mode tunnel flag af-unspec aead rfc4106(gcm(aes)) {key_} 128"
             for s, d, spi in (("192.0.2.1", "198.51.100.9", "0x7001"), ("198.51.100.9", "192.0.2.1", "0x7002"))]
    lines += [f"xfrm policy add src 10.1.0.0/16 dst 10.9.0.0/16 dir {way} tmpl src {s} dst {d} proto esp reqid 9 mode tunnel"
              for way, s, d in (("out", "192.0.2.1", "198.51.100.9"), ("in", "198.51.100.9", "192.0.2.1"))]
    lines += ["addr add 192.0.2.1/32 dev lo"]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)
    nothing = make(nl)

    def on():
        make(nl)
        nl.must("xfrm-set", {"on": 1})

    on()
    end = time.monotonic() + 5 * PATIENCE
    while len((before := configuration(nl))["sa-get", SA_GET]) < len(nothing["sa-get", SA_GET]) + 2 and time.monotonic() < end:
        time.sleep(0.1)
    f.same(len(before["sa-get", SA_GET]) - len(nothing["sa-get", SA_GET]), 2, f"SAs that are adopted: {nl.must('xfrm-row-get', dump=True)}")

    def again():
        on()
        now = settled(nl, before, seconds=5 * PATIENCE)
        f.same(now == before, True, f"what was made again is as before: {difference(before, now)}")

    for name, values in ADOPTED:
        one(nl, failing, name, values, before, again, f)
    make(nl)
    now = settled(nl, nothing)
    f.same(now == nothing, True, f"without: {difference(nothing, now)}")

    def off():
        f.same(settled(nl, make(nl)) == nothing, True, "off again")

    for values in {"on": 1}, {"on": 1, "mode": 2}:
        nl.must("xfrm-set", {"on": 0})
        one(nl, failing, "xfrm-set", values, nothing, off, f)
    subprocess.run(["ip", "-batch", "-"], input="xfrm policy flush\nxfrm state flush\n", text=True, check=True)
    f.point("the same of what is asked while xfrm has a connection, and it is adopted, or is to be")


def stages(what, call, failing, f):
    """call() until none of its allocations fails: how many did."""
    for n in range(1, MOST):
        error, hit = failing.once(n, call)
        if not hit:
            f.same(error, 0, f"{what}: after {n - 1} failures, without one")
            return n - 1
    f.append(f"{what}: {MOST} allocations, and no end")
    return MOST


def namespaces(failing):
    """A namespace comes; only what the module does there fails."""
    f, libc = Faults(), ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    begin, end = module_text()
    failslab(require_start=f"{begin:#x}", require_end=f"{end:#x}")

    def unshare():
        return libc.unshare(NEWNET) and ctypes.get_errno()

    def call():
        error = unshare()
        libc.setns(home, NEWNET)
        return error

    number = stages("unshare", call, failing, f)
    failslab(require_start=0, require_end=2**64 - 1)
    f.same(number > 0, True, "allocations")
    f.point(f"each of {number} allocations of a namespace that comes fails once, and it does not come")


def load():
    """The module is loaded, and each allocation of that fails once."""
    f, libc, failing = Faults(), ctypes.CDLL(None, use_errno=True), Failing()
    if loaded():
        subprocess.run(["rmmod", "espgw"], check=True)
    fd = os.open(os.environ["ESPGW_KO"], os.O_RDONLY)
    # What the kernel does of a module is its own, and its tracing warns when it gets no memory: only what the module does.
    begin, end = symbol("do_init_module")
    failslab(require_start=f"{begin:#x}", require_end=f"{end:#x}")

    def call():
        error = libc.syscall(313, fd, b"", 0) and ctypes.get_errno()  # finit_module
        if error and loaded():
            f.append("it is refused, and there")
        return error

    def again():
        if loaded():
            subprocess.run(["rmmod", "espgw"], check=True)
        return call()

    number = stages("loading", again, failing, f)
    f.same(number > 10, True, f"allocations: {number}")
    f.point(f"each of {number} allocations of loading the module fails once: it is not there, or works")


def symbol(name):
    """Where a function of the kernel begins and ends."""
    with open("/proc/kallsyms") as x:
        places = sorted((int(line.split()[0], 16), line.split()[2]) for line in x)
    at = next(i for i, (_, found) in enumerate(places) if found == name)
    return places[at][0], next(place for place, _ in places[at:] if place > places[at][0])


def loaded():
    return os.path.isdir("/sys/module/espgw")


SA_GET = next(i for i, look in enumerate(LOOKS) if look[3] == "sa-get")
ONLY = os.environ.get("TORTURE_VERBS", "").split()
counts = Counts()
failslab(verbose=0, ignore_gfp_wait="N")
if sys.argv[1:] == ["load"]:
    load()
else:
    enter(sys.argv[1])
    socket_, failing_ = Renewable(), Failing()
    verbs(socket_, failing_)
    adopted(socket_, failing_)
    namespaces(failing_)
    clear(socket_)
failslab(ignore_gfp_wait="Y", require_start=0, require_end=2**64 - 1)
done()
