# SPDX-License-Identifier: GPL-2.0
"""What listeners are told, and that they are told when something could not be."""

from peer import *
from rawnl import E, Listener, Netlink, attr, u8

SA_NTF, EVENT = E["ESPGW_CMD_SA_NTF"], E["ESPGW_SA_A_EVENT"]
SET, SOFT, HARD = (E["ESPGW_SA_EVENT_" + x] for x in ("SET", "SOFT", "HARD"))
GROUPS = "sa", "policy", "pmtu", "acquire", "alert", "vfr"
MESSAGES = "skbuff_head_cache"

with net.inside(net.ns["g1"]):
    netlink = Netlink()


def listener(*groups, **more):
    with net.inside(net.ns["g1"]):
        return Listener(netlink, *groups, **more)


def pair(i, out="", in_=""):
    net.espgw(sa_out(0x1000 + i, i, out), sa_in(0x2000 + i, i, in_),
              f"policy add src 10.1.0.0/16 dst 10.3.{i}.0/24 {protect(i)}")


def out(i, n=1):
    return net.exchange("a0", *(packet(f"10.3.{i}.1") for _ in range(n)))


def states(*spis):
    rows = {int(r["spi"], 16): r["state"] for r in net.show("sa show")}
    return [rows[spi] for spi in spis]


def spi_of(attrs):
    return struct.unpack("!I", attrs[E["ESPGW_SA_A_SPI"]])[0]


def events(got, *kinds):
    """(SPI, event) of the messages about SAs that tell of these kinds."""
    return [(spi_of(a), a[EVENT][0]) for cmd, a in got if cmd == SA_NTF and a[EVENT][0] in kinds]


def name(spi):
    return f"sa set dir out dst {G2[4]} spi {spi:#x}"


# ---- who does not read ----

pair(1, "limit soft packets 2")
tiny, large, other = listener("sa", room=1), listener("sa"), listener("policy", room=1)
before = net.stats()
net.espgw(*[name(0x1001) + " dscp copy"] * 100)
out(1, 2)
f = Faults()
got, lost = tiny.take()
f.same((0 < len(got) < 101, lost), (True, 1), "who has no room: told of some, and that some are missing")
got, lost = large.take()
f.same((events(got, SET, SOFT), lost), ([(0x1001, SET)] * 100 + [(0x1001, SOFT)], 0), "who has room")
f.same(other.take(), ([], 0), "who listens to something else")
f.same(states(0x1001), ["expiring"], "state")
f.point("a listener that does not read is told that events are missing, no other is; the state can be asked for")
got = net.stats()
equal((got.get("event_lost"), before.get("event_lost")), (0, 0),
      "that is the listener's affair: none is counted as lost")
for x in tiny, large, other:
    x.s.close()

# ---- who comes late ----

pair(2, "limit soft packets 1", "limit soft packets 1 limit hard packets 2")
pair(3, "limit soft bytes 50 limit hard bytes 100")
out(2)
net.exchange("r1", *(T.esp(0x2002, seq, packet(A, src="10.3.2.1")) for seq in (1, 2, 3)))
out(3, 3)
late = listener(*GROUPS)
f = Faults()
f.same(states(0x1002, 0x2002, 0x1003), ["expiring", "dead", "dead"], "state")
time.sleep(1.2)
f.same(late.take(), ([], 0), "events that were told to nobody")
f.same(states(0x1002, 0x2002, 0x1003), ["expiring", "dead", "dead"], "state, later")
f.point("limits that were passed while nobody listened are seen in the state")
late.s.close()

# ---- every object tells of itself ----

net.espgw("policy flush")  # a device that they need is not detached
dev = listener("dev")
try:
    monitor = Monitor(net, "dev sa")
except RuntimeError:  # it knows no such word
    monitor = None
net.ip("g1", ["link add d0 type dummy", "link set d0 up"])
net.espgw("dev attach d0 mtu-cap 1400", "dev set d0 df clear", "default set mss 1000", "dev detach d0",
          "dev attach d0")
net.ip("g1", ["link del d0"])
net.espgw("default set mss auto", "guard off", "guard on")
got, lost = dev.take()
told = [(cmd, a.get(E.get("ESPGW_DEV_A_EVENT")), a.get(E["ESPGW_DEV_A_IFNAME"])) for cmd, a in got
        if cmd == E.get("ESPGW_CMD_DEV_NTF")]
attach, detach, set_, loss = (bytes([E.get("ESPGW_DEV_EVENT_" + x, 99)]) for x in ("ATTACH", "DETACH", "SET", "LOSS"))
f = Faults()
f.same(dev.missing, [], "groups that are not there")
f.same(told, [(E.get("ESPGW_CMD_DEV_NTF"), e, b"d0\0") for e in (attach, set_, detach, attach, loss)], "devices")
f.same([a.get(E.get("ESPGW_DEFAULT_A_EVENT")) for cmd, a in got if cmd == E.get("ESPGW_CMD_DEFAULT_NTF")], [set_] * 2,
       "the default")
f.same([a.get(E.get("ESPGW_GUARD_A_ON")) for cmd, a in got if cmd == E.get("ESPGW_CMD_GUARD_NTF")], [b"\0", b"\1"], "the guard")
f.same(len(got), 9, "messages")
net.espgw("dev detach d0")
f.point("a device that is attached, changed, detached, deleted, and the default and the guard when they are changed, are told")
end = time.monotonic() + 10
seen = []
while monitor and len(seen) < 7 and time.monotonic() < end:
    seen += [e for e in monitor.events() if e["object"] in ("dev", "default")]
    time.sleep(0.05)
f = Faults()
seen = seen[:7]
f.same([(e["object"], e["event"], e.get("dev")) for e in seen],
       [("dev", "attach", "d0"), ("dev", "set", "d0"), ("default", "set", None), ("dev", "detach", "d0"),
        ("dev", "attach", "d0"), ("dev", "loss", "d0"), ("default", "set", None)], "lines")
if len(seen) == 7:
    f.same((seen[0].get("mtu_cap"), seen[1].get("df"), seen[2].get("mss")), (1400, "clear", 1000), "what they say")
f.point("espgw monitor dev prints them")
dev.s.close()

# ---- want of memory: a debugging kernel can have it ----

WITHOUT = " # SKIP this kernel cannot make allocations fail"


def nth(n, send):
    """Has the n-th allocation of this thread in send() fail that must not wait; whether there was one."""
    with open("/proc/thread-self/fail-nth", "w") as x:
        x.write(str(n))
    try:
        send()
    finally:
        with open("/proc/thread-self/fail-nth") as x:
            left = int(x.read())
        with open("/proc/thread-self/fail-nth", "w") as x:
            x.write("0")
    return left == 0


WHAT = ("an event for which there is no memory is counted, and listeners are told that it is missing",
        "the soft limit of packets, bytes, seconds that could not be told is told once there is memory",
        "so is a hard one, though its SA is dead", "listeners to other kinds of events miss nothing")
if not (os.path.isdir(FAILSLAB) and os.path.exists("/proc/self/fail-nth") and os.path.isdir(f"/sys/kernel/slab/{MESSAGES}")):
    for what in WHAT:
        ok(True, what + WITHOUT)
    done()

failslab(verbose=0)
pair(4)
ear, deaf = listener("sa"), listener("policy", "pmtu", "vfr", "alert", "acquire")
request = [attr(E["ESPGW_SA_A_DIR"], u8(2)), attr(E["ESPGW_SA_A_DST"], addr(G2[4])),
           attr(E["ESPGW_SA_A_SPI"], struct.pack("!I", 0x1004)), attr(E["ESPGW_SA_A_DSCP"], u8(5))]
f, lost_total, counted = Faults(), 0, net.stats()
for n in range(1, 40):
    result = []

    def send():
        try:
            result.append(netlink.espgw("SA_SET", *request)[0])
        except OSError as e:  # the request itself found none
            result.append(e.errno)

    failed_ = nth(n, send)
    before, counted = counted, net.stats()
    got, lost = ear.take()
    new = counted.get("event_lost", 0) - before.get("event_lost", 0)
    lost_total += new
    if result[0]:
        f.same((len(got), lost), (0, 0), f"allocation {n}: the request failed")
    elif not got:
        f.same(lost, 1, f"allocation {n}: no event, ENOBUFS")
    else:
        f.same((events(got, SET), lost, new), ([(0x1004, SET)], 0, 0), f"allocation {n}: the event")
    if not failed_:
        break
f.same((failed_, lost_total > 0), (False, True), "went through all allocations, lost events counted")
f.point(WHAT[0])

pair(5, "limit soft packets 1 limit soft bytes 1 limit soft seconds 1")
f, before = Faults(), net.stats()
time.sleep(0.2)
ear.take()
with no_memory(MESSAGES):  # of messages: what encryption takes comes from elsewhere
    out(5)
    time.sleep(2.5)
got, lost = ear.take()
f.same((events(got, SOFT), lost > 0), ([], True), "while there is none")
f.same(net.counted(before).get("event_lost", 0) >= 3, True, "counted")
f.same(states(0x1005), ["expiring"], "state")
out(5)
time.sleep(2.5)
out(5)
f.same((events(ear.take()[0], SOFT), states(0x1005)), ([(0x1005, SOFT)] * 3, ["expiring"]), "once there is some")
f.point(WHAT[1])

pair(6, "limit hard packets 1")
pair(7, "limit hard seconds 1")
f, before = Faults(), net.stats()
ear.take()
with no_memory(MESSAGES):  # of messages: what encryption takes comes from elsewhere
    out(6, 2)
    time.sleep(2.5)
got, lost = ear.take()
f.same((events(got, HARD), lost > 0, states(0x1006, 0x1007)), ([], True, ["dead"] * 2), "while there is none")
time.sleep(2.5)
f.same(sorted(events(ear.take()[0], HARD)), [(0x1006, HARD), (0x1007, HARD)], "once there is some")
f.point(WHAT[2])
equal(deaf.take()[1], 0, WHAT[3])
done()
