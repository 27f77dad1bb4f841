# SPDX-License-Identifier: GPL-2.0
"""Packets that timers release while each processor is busy with the kernel's own AES: SIMD is not usable for them."""

import contextlib
import re

from wire import *

ROUNDS, BURST = 40, 50
NAME = "rfc4106(gcm(aes))"

net = Net()
t = Tunnel(1, "gcm128")
net.tunnels([t])


@contextlib.contextmanager
def busy():
    """A process for each processor that has the kernel encrypt pages, one after the other."""
    children = []
    for cpu in everywhere:
        pid = os.fork()
        if not pid:
            try:
                os.sched_setaffinity(0, [cpu])
                s = socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
                s.bind(("skcipher", "ctr(aes)"))
                s.setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, bytes(16))
                op, _ = s.accept()
                while os.getppid() == parent:
                    op.sendmsg_afalg([bytes(32768)], op=socket.ALG_OP_ENCRYPT, iv=bytes(16))
                    op.recv(32768)
            finally:
                os._exit(0)
        children.append(pid)
    try:
        yield
    finally:
        for pid in children:
            os.kill(pid, 9)
            os.waitpid(pid, 0)


@contextlib.contextmanager
def delayed(port):
    """What leaves towards gateway 1 from there waits for a timer."""
    p = net.ports[port]
    with net.inside(p.ns):
        subprocess.run(["tc", "qdisc", "add", "dev", p.dev, "root", "netem", "delay", "3ms", "limit", "5000"], check=True)
    try:
        yield
    finally:
        with net.inside(p.ns):
            subprocess.run(["tc", "qdisc", "del", "dev", p.dev, "root"], check=True)


def released(f, port, to, link, at, counter):
    """Bursts that a timer releases, until some of them waited for SIMD as well."""
    ends = (t.left[4], t.right[4]) if port == "a0" else (t.right[4], t.left[4])
    before = net.stats()
    with delayed(at), busy():
        for n in range(ROUNDS):
            sent = [datagram(*ends, 100 + i, n) for i in range(BURST)]
            caught = net.exchange(port, *sent)
            f.same([p.raw for p in caught[to]], [forwarded(p) for p in sent], f"round {n}: at {to}")
            seqs = [p.seq for p in caught[link] if p.is_esp]
            f.same(seqs, sorted(seqs), f"round {n}: numbers in order")
            counted = net.counted(before)
            if f or counted.get(counter, 0) >= BURST:
                break
    f.same(counted.get(counter, 0) > 0, True, f"{counter}: {counted}")
    f.same({k: v for k, v in counted.items() if k.startswith("drop_")}, {}, "drops")
    print(f"  {counted.get(counter, 0)} of {(n + 1) * BURST} waited")


def has_simd():
    with open("/proc/crypto") as f:
        return re.search(rf"^name +: __{re.escape(NAME)}$", f.read(), re.M)


# Who sends, and the timers that he sets, stay on one processor: packets of several overtake each other without us.
everywhere = os.sched_getaffinity(0)
os.sched_setaffinity(0, [min(everywhere)])
parent = os.getpid()
if not has_simd():
    for what in "usable", "encrypted later", "decrypted later", "deleted meanwhile":
        print(f"ok {what} # SKIP this kernel has no {NAME} of the kind")
    sys.exit(0)

f = Faults()
before = net.stats()
for port, to, ends in ("a0", "b0", (t.left[4], t.right[4])), ("b0", "a0", (t.right[4], t.left[4])):
    sent = [datagram(*ends, 100 + i) for i in range(BURST)]
    f.same([p.raw for p in net.exchange(port, *sent)[to]], [forwarded(p) for p in sent], f"at {to}")
counted = net.counted(before)
f.same((counted.get("out_async"), counted.get("in_async")), (None, None), "completed later")
f.same((counted.get("out_packets"), counted.get("in_packets")), (BURST, BURST), "packets")
f.point("where SIMD is usable everything is done at once")

f = Faults()
released(f, "a0", "b0", "r1", "a0", "out_async")
f.point("encrypted a moment later: all arrive as they were, in order")
f = Faults()
released(f, "b0", "a0", "r2", "r1", "in_async")
f.point("decrypted a moment later: all arrive as they were, in order")

f = Faults()
before = net.stats()
count = 0
add = next(c for c in t.commands() if "dir out" in c)
with delayed("a0"), busy():
    for n in range(10):
        net.send("a0", *(datagram(t.left[4], t.right[4], 100 + i) for i in range(BURST)))
        time.sleep(0.004)
        net.espgw("sa flush dir out")
        count += len([p for p in net.settle()["b0"] if p.proto == UDP])
        net.espgw(add + f" seq {1000 * (n + 1)}")
counted = net.counted(before)
dropped = sum(v for k, v in counted.items() if k.startswith("drop_out"))
f.same(count + dropped, 10 * BURST, f"arrived ({count}), or dropped for a reason ({counted})")
f.point("the SA is deleted meanwhile: what waits is sent, the rest dropped and counted")
