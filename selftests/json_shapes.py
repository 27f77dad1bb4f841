# SPDX-License-Identifier: GPL-2.0
"""Every shape that the schema of the tool's JSON has is provoked; that each is as it says, judged() sees to."""

import signal
import tempfile

from schema import schema
from wire import *

SEEN = schema().seen
net = Net()
T, ADOPTED = Tunnel(1, "gcm128", natt=True, espgw_out="limit soft packets 9000000 limit hard seconds 90000 mark 0x3/0xf ttl copy "
                                                      "class 0,46 keepalive 20 pmtu-age infinite mss 1300"), Tunnel(2, "cbc-sha256")
MSS = Tunnel(3, "gcm128")


def tool(*words, ns="g1", status=0, what=None):
    """One process of the tool; what it shows, judged."""
    p = subprocess.run([ESPGW, "-n", net.ns[ns], "-j", *words], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if p.returncode != status:
        raise RuntimeError(f"espgw {' '.join(words)}: {p.returncode} {p.stderr}")
    return judged(what or " ".join(words), p.stdout)


def shapes(kind, *names):
    """A point: these have been seen."""
    missing = [n for n in names if n not in SEEN]
    ok(not missing, kind, f"not seen: {missing}")


# ---- what there is ----

monitor = Monitor(net, "sa policy pmtu vfr acquire alert dev drops", "default set df set")
net.espgw("dev attach wan mss 1200", "dev attach ppp*", *T.commands(), *MSS.commands(), f"sa add dir out src {G1[6]} dst {G2[6]} spi 0x9001 reqid 77 "
          f"{T.alg.words(T.alg.espgw, 0x9001)}", f"sa add dir in src {G2[4]} dst {G1[4]} spi 0x9002 reqid 78 enc null 0x auth sha256 0x{'5a' * 32}",
          "policy add dev wan src 10.1.0.0/16 dst 10.2.99.0/24 proto udp sport 5-9 dport 53 dscp 10 mark 1 action discard",
          "policy add src 10.1.0.0/16 dst 10.2.98.0/24 action protect reqid 99 src 192.0.2.1 dst 203.0.113.9",
          "vfr set dev wan dir in on max-fragments 7", f"pmtu set spi {MSS.spi_out:#x} dst {G2[4]} mtu 1400 lock")
net.espgw("dev show", "default show", "guard show", "sa show", "sa show keys", f"sa get spi {T.spi_out:#x} dst {G2[4]}", "policy show",
          "policy get src 10.1.0.0/16 dst 10.2.98.0/24", "pmtu show", "vfr show", "vfr stats", "stats show")
shapes("what show, get and stats print", *(f"row-{x}" for x in "dev default guard sa policy pmtu vfr vfr-stats stats".split()))
for packet in (f"explain src {T.left[4]} dst {T.right[4]} proto udp sport 1 dport 2 len 3000 df dscp 10 mark 5",
               f"explain src {T.left[6]} dst {T.right[6]} len 3000", "explain dev lan src 10.1.0.2 dst 10.9.9.9",
               "explain src 10.1.0.2 dst 10.2.98.1", f"explain dev wan in src {T.right[4]} dst {T.left[4]}",
               f"explain dev wan in src {T.right[4]} dst {T.left[4]} spi {T.spi_in:#x}"):
    net.espgw(packet)
shapes("explain", "row-explain", "row-policy-within")

# ---- what happens ----

net.exchange("a0", datagram(T.left[4], "10.2.98.7", 100), datagram(T.left[4], T.right[4], 200))
net.exchange("r1", datagram(T.right[4], T.left[4], 100))
net.espgw("policy add prio 9 src 10.3.0.0/24 dst 10.4.0.0/24 action bypass", "policy del prio 9 src 10.3.0.0/24 dst 10.4.0.0/24", "dev set wan mss 1300",
          "dev detach ppp*", f"sa set spi {T.spi_out:#x} dst {G2[4]} ttl 7", f"pmtu del spi {MSS.spi_out:#x} dst {G2[4]}", "guard off", "guard on",
          "xfrm on", "vfr set dev wan dir in auto")
end = time.monotonic() + 20 * PATIENCE
EVENTS = [f"event-{x}" for x in "sa policy pmtu vfr acquire alert dev default guard xfrm drops".split()]
while not set(EVENTS) <= SEEN and time.monotonic() < end:
    monitor.events(0.2)
shapes("events", *EVENTS)

# Somebody who does not listen, although there is room for some thousands, is told that something is missing.
monitor.p.send_signal(signal.SIGSTOP)
net.espgw(*(f"sa set spi {T.spi_out:#x} dst {G2[4]} ttl {1 + n % 2}" for n in range(9000)))
monitor.p.send_signal(signal.SIGCONT)
end = time.monotonic() + 20 * PATIENCE
while "event-monitor" not in SEEN and time.monotonic() < end:
    monitor.events(0.2)
monitor.p.kill()
monitor.p.wait()
shapes("and that some were lost", "event-monitor")

# ---- what the kernel's own IPsec has ----

net.ip("g1", ADOPTED.xfrm(1))
net.espgw("xfrm set reqid 3 mss 1000 name berlin comment \"for Anna\"")
rows = []
end = time.monotonic() + 20 * PATIENCE
while len([r for r in rows if "kind" in r]) < 4 and time.monotonic() < end:
    rows = tool("xfrm", "show")
    time.sleep(0.1)
tool("xfrm", "show", "default")
net.espgw("sa show", "policy show", "pmtu show")
shapes("xfrm show", "row-xfrm", "row-xfrm-row", "row-xfrm-connection")

# ---- the screen ----

tool("status")
shapes("status", *(f"row-status-{x}" for x in ("gateway", "dev", "tunnel", "drop")))

# ---- by TCP ----

net.espgw("dev attach wan", *MSS.commands(2), ns="g2")
listener = subprocess.Popen([ESPGW, "-n", net.ns["g2"], "-j", "mss", "listen", "spi", f"{MSS.spi_in:#x}", "dst", G1[4], "once", "timeout", "60"],
                            stdout=subprocess.PIPE, text=True)
for _ in range(200):
    with net.inside(net.ns["g2"]), open("/proc/thread-self/net/tcp") as o:
        if any(line.split()[3] == "0A" for line in o):
            break
    time.sleep(0.05)
both = tool("mss", "probe", "spi", f"{MSS.spi_out:#x}", "dst", G2[4])
told = [judged("mss-listen", line) for line in listener.communicate(timeout=60)[0].splitlines()]
equal(([(r["dst"], r["bound"]) for r in both], [(r["dst"], r["bound"]) for r in told]), ([(G2[4], 1500)], [(G1[4], 1500)]), "mss")

# ---- what is not as files say ----

with tempfile.NamedTemporaryFile("w", suffix=".conf") as o:
    o.write(f"guard off\ndefault set mss 1000\ndev attach wan mss 1100\npolicy add src 10.1.0.0/16 dst 10.2.97.0/24 proto tcp dport 80 mark 3 action bypass\n"
            f"{next(iter(MSS.commands())).replace(hex(MSS.spi_out), '0x7001')} reuse-key\npmtu set spi 0x7001 dst {G2[4]} mtu 1400 lock\n"
            f"vfr set dev wan dir out on timeout 9\nxfrm set if-id 9 df copy\nxfrm on mode policy\n")
    o.flush()
    rows = tool("apply", "--check", o.name, status=3, what="apply")
f = Faults()
f.same(sorted(s for s in SEEN if s.startswith("change-")), sorted(s for s in schema().all if s.startswith("change-")), "shapes")
f.same([{k: v for k, v in r.items() if k not in ("file", "line")} for r in rows if r["object"] == "pmtu" and r["change"] == "add"],
       [{"change": "add", "object": "pmtu", "command": f"pmtu set spi 0x00007001 dst {G2[4]} mtu 1400 lock", "spi": "0x00007001", "dst": G2[4]}],
       "a path MTU that is not there has no value but what is said of it")
f.point("apply: what is to be changed of each")
tool("block", "show")
equal(sorted(schema().all - SEEN), [], "all shapes that there are")
done()
