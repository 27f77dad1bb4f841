# SPDX-License-Identifier: GPL-2.0
"""High availability: gateways g1 and h share addresses by keepalived, and contrib/keepalived/espgw-ha has h know how far
g1 has counted. g1 dies under a flood both ways; h takes over."""

import re
import signal

from xfrm import *

net = Net()
net.ns["h"] = os.environ["h"]
TMP, CONTRIB = os.environ["tmp"], os.environ["ESPGW_CONTRIB"]
T = Tunnel(0, "gcm128", espgw="esn", espgw_in="replay-window 4096", xfrm_in="replay-window 32")
RATE, IN_RATE, OUT_RATE = 50, 60, 10000
GATEWAYS = "g1", "h"


def text(path, *lines, mode=0o600):
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")
    os.chmod(path, mode)


def ha(ns, *words):
    """espgw-ha on a gateway: status, and what it says."""
    p = subprocess.run(["ip", "netns", "exec", net.ns[ns], f"{TMP}/ha-{ns}", *words], stdout=subprocess.PIPE, text=True)
    return p.returncode, p.stdout


def blocks(ns):
    p = subprocess.run([ESPGW, "-n", net.ns[ns], "-j", "block", "show"], stdout=subprocess.PIPE, text=True, check=True)
    return judged("block show", p.stdout)[0]["block"]


def has(ns, name):
    return os.path.exists(f"{TMP}/run-{ns}/{name}")


def until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            for ns in GATEWAYS:
                with contextlib.suppress(FileNotFoundError), open(f"{TMP}/log-{ns}") as f:
                    print(f"  {ns}: " + f"\n  {ns}: ".join(f.read().splitlines()[-25:]))
            raise RuntimeError(f"not {what}")
        time.sleep(0.02)


def set_up(ns, other, priority):
    os.mkdir(f"{TMP}/etc-{ns}")
    os.makedirs(f"{TMP}/bin", exist_ok=True)
    if not os.path.lexists(f"{TMP}/bin/espgw"):
        os.symlink(ESPGW, f"{TMP}/bin/espgw")
    commands = ["dev attach wan", *T.commands()]
    text(f"{TMP}/etc-{ns}/gateway.conf", *(c for c in commands if not c.startswith("sa ")))
    net.espgw(*commands, ns=ns)
    text(f"{TMP}/etc-{ns}/ha", f'READ="ip netns exec {net.ns[other]} {TMP}/ha-{other} show"', f"OUT_RATE={OUT_RATE}", f"IN_RATE={IN_RATE}", "EVERY=2")
    text(f"{TMP}/ha-{ns}", "#!/bin/sh", f"export PATH={TMP}/bin:$PATH ESPGW_CONFIG={TMP}/etc-{ns} ESPGW_HA={TMP}/run-{ns}",
         f'exec {CONTRIB}/espgw-ha "$@"', mode=0o700)
    with open(f"{CONTRIB}/keepalived.conf") as f:
        conf = f.read()
    # As it is shipped, but for the names; and an emulated machine takes a second to start a program.
    conf = conf.replace("interval 1", "interval 5")
    conf = re.sub(r"/usr/share/espgw/espgw-ha", f"{TMP}/ha-{ns}", conf).replace("/run/espgw-ha.fifo", f"{TMP}/fifo-{ns}")
    text(f"{TMP}/keepalived-{ns}.conf", re.sub(r"advert_int \S+", "advert_int 1", re.sub(r"priority \d+", f"priority {priority}", conf)))


def start(ns):
    with net.inside(net.ns[ns]):
        return subprocess.Popen(["keepalived", "-n", "-l", "-D", "-P", "-f", f"{TMP}/keepalived-{ns}.conf", "-p", f"{TMP}/{ns}.pid",
                                 "-r", f"{TMP}/{ns}-vrrp.pid"], stdin=subprocess.DEVNULL, stdout=open(f"{TMP}/log-{ns}", "w"),
                                stderr=subprocess.STDOUT)


def follower(ns):
    """The process group of what keepalived has started."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/cmdline") as f:
            if f.read().endswith(f"espgw-ha\0{TMP}/fifo-{ns}\0"):
                return os.getpgid(int(pid))
    raise RuntimeError(f"nobody reads fifo-{ns}")


def mac(ns, dev):
    with net.socket(ns, socket.AF_PACKET, socket.SOCK_RAW, 0) as s:
        s.bind((dev, 0))
        return s.getsockname()[4]


def addresses(ns):
    p = subprocess.run(["ip", "-n", net.ns[ns], "-j", "-4", "address"], stdout=subprocess.PIPE, text=True, check=True)
    return sorted(x["local"] for d in json.loads(p.stdout) for x in d["addr_info"] if x["local"] in ("192.0.2.1", "10.1.0.1"))


def links(up):
    """Of gateway 1, at the other ends: as if it lost its power."""
    for ns, dev in ("r", "p1"), ("a", "l1"):
        net.ip(ns, [f"link set {dev} {'up' if up else 'down'}"])


def seq(ns, way):
    return next(s["seq"] for s in net.show("sa show", ns=ns) if s["dir"] == way)


class Wire(EspWatch):
    """ESP at the router: (device, SPI, number, packet), as it came."""

    LOOK = 2000

    def __init__(self):
        self.packets = []
        super().__init__(net)

    def take(self, dev, raw):
        if raw[0] >> 4 == 4 and raw[9] == ESP:
            p = Packet(raw)
            self.packets.append((dev, p.spi, p.seq, raw))

    def numbers(self, dev, spi):
        return [n for d, s, n, _ in self.packets if (d, s) == (dev, spi)]


for ns, other, priority in ("g1", "h", 150), ("h", "g1", 100):
    set_up(ns, other, priority)
net.ip("r", [f"neigh del {G1[4]} dev r1"])  # it moves
f = Faults()
f.same((ha("h", "ready")[0], ha("h", "show")), (1, (1, "")), "before anything is known")
for ns in GATEWAYS:
    f.same(ha(ns, "new")[0], 0, f"{ns} new")
f.same(ha("h", "ready")[0], 0, "ready")
f.same(ha("h", "show"), (0, f"backup\nout {G2[4]} {T.spi_out:#010x} 0\nin {G1[4]} {T.spi_in:#010x} 0\n"), "show: no keys")
f.point("a gateway that does not know how far was counted is not ready, and says nothing of it")

daemons = {"g1": start("g1")}
until("master", lambda: has("g1", "master"))
# The first master has leapt as well: the peer begins where it has, to lose nothing by that.
first = {way: seq("g1", way) for way in ("out", "in")}
T.xfrm_out = f"replay-window 32 replay-oseq {first['in']}"
net.ip("g2", T.xfrm(2))
daemons["h"] = start("h")
until("known to h", lambda: has("h", "known"))
f = Faults()
f.same((addresses("g1"), addresses("h")), (["10.1.0.1", "192.0.2.1"], []), "addresses")
f.same([blocks(ns) for ns in GATEWAYS], [False, True], "block")
f.point("one has the addresses, the other one blocks")

wire, flood = Wire(), Flood(net, RATE, families=(4,))
flood.wait(1.5)
# To the standby, as a host with an old neighbour entry would.
h_lan = mac("h", "lan")
before = net.stats("h")
tx = net.socket("a", socket.AF_PACKET, socket.SOCK_RAW, 0)
tx.bind(("a0", 0))
for n in range(5):
    tx.send(h_lan + net.ports["a0"].mac + b"\x08\x00" + datagram("10.1.0.2", "10.2.0.2", 100, seed=n))
flood.wait(1)
f = Faults()
f.same((net.counted(before, "h").get("out_packets", 0), seq("h", "out") <= seq("g1", "out")), (0, True), "packets of h")
f.same(seq("h", "out") > 0 and seq("h", "in") > 0, True, "it follows")
f.point("what comes to the standby does not leave; its numbers follow")

events = subprocess.Popen([ESPGW, "-n", net.ns["h"], "-j", "monitor", "sa"], stdin=subprocess.DEVNULL, stdout=open(f"{TMP}/events", "w"),
                          stderr=subprocess.DEVNULL)
# An emulated machine takes seconds to read: it is to die soon after.
last = os.stat(f"{TMP}/run-h/read").st_mtime_ns
until("read again", lambda: os.stat(f"{TMP}/run-h/read").st_mtime_ns != last)
flood.wait(0.5)
with open(f"{TMP}/run-h/known") as x:
    known = {line.split()[0]: int(line.split()[3]) for line in x}
died = time.monotonic()
links(False)
flood.mark("g1 died")
until("taken over", lambda: has("h", "master"))
took = time.monotonic() - died
at_most = first["in"] + len(flood.sent["b"])
flood.mark("h is the master")
before = len(flood.got["b"])
until("traffic from b", lambda: len(flood.got["b"]) > before + 40)
flood.wait(0.3)
flood.end(1)
wire.end()
time.sleep(0.3)
events.terminate()
events.wait()
with open(f"{TMP}/events") as x:
    told = [e for line in x for e in json.loads(line if line.startswith("[") else f"[{line}]") if e["event"] == "set"]
leapt = {way: [e["seq"] for e in told if e["dir"] == way][-1] for way in ("out", "in")}
with open(f"{TMP}/run-h/master") as x:
    leap = dict(zip(("out", "in"), map(int, x.read().split())))

f = Faults()
numbers = wire.numbers("r1", T.spi_out)
f.same(len(numbers) - len(set(numbers)), 0, "numbers sent twice")
old, new = [n for n in numbers if n <= leapt["out"]], [n for n in numbers if n > leapt["out"]]
f.same(old, list(range(first["out"] + 1, first["out"] + 1 + len(old))), "numbers of g1")
f.same(new, list(range(leapt["out"] + 1, leapt["out"] + 1 + len(new))), "numbers of h")
f.same(len(new) > 40, True, "h sends")
f.point("no number is sent twice: those of h begin where it has leapt to")

f = Faults()
lost = flood.lost()["a"]
f.same(lost, list(range(lost[0], lost[-1] + 1)), "lost, in a row")
f.same(len(numbers), len(flood.sent["a"]) - len(lost), "what left arrived")
f.same(xfrm_stat(net, "g2"), {}, "errors of the peer")
out_lost = len(lost)
f.point("outbound only what is sent between the two is lost; the peer takes the rest")

f = Faults()
sent, lost = wire.numbers("r2", T.spi_in), [first["in"] + n + 1 for n in flood.lost()["b"]]
f.same(sent, list(range(first["in"] + 1, first["in"] + len(flood.sent["b"]) + 1)), "the peer's numbers")
f.same(lost, list(range(lost[0], leapt["in"] + 1)), "lost, by number")
# It decrypts what it has the addresses for, though that is blocked yet: so it may know more than what it has read.
base = leapt["in"] - leap["in"]
f.same(known["in"] <= base <= at_most, True, f"it has leapt from {base}: read was {known['in']}, sent {at_most}")
f.same(flood.twice(), {"a": [], "b": []}, "twice")
dropped = net.stats("h")["drop_in_replay"]
f.same(0 < dropped <= len(lost), True, f"drop_in_replay {dropped}")
f.point("inbound all is lost from the end of g1 up to where h has leapt to, and all beyond arrives, once")
print(f"  taken over in {took:.1f} s; lost of {RATE} a second: {out_lost} out, {len(lost)} in; leap {leap['out']} out, {leap['in']} in")

f = Faults()
h_wan = mac("h", "wan")
again = [raw for d, s, n, raw in wire.packets if (d, s) == ("r2", T.spi_in) and n < lost[0]]
sink = net.socket("a", socket.AF_INET, socket.SOCK_DGRAM)
sink.bind(("10.1.0.2", Flood.PORT))
sink.setblocking(False)
before = net.stats("h")
tx = net.socket("r", socket.AF_PACKET, socket.SOCK_RAW, 0)
tx.bind(("r1", 0))
for raw in again:
    tx.send(h_wan + net.ports["r1"].mac + b"\x08\x00" + raw)
until("counted", lambda: net.counted(before, "h").get("drop_in_replay", 0) >= len(again))
f.same({k: v for k, v in net.counted(before, "h").items() if k != "out_no_policy"}, {"drop_in_replay": len(again)}, "counted")
f.same(known["in"] < lost[0] - 1, True, f"some of them came after the last reading, {known['in']}, the last one was {lost[0] - 1}")
with contextlib.suppress(BlockingIOError):
    f.append(f"arrived: {short(sink.recv(2000))}")
f.point("what g1 had accepted is sent again, to the last packet: h drops all of it, and counts it")

f = Faults()
f.same((addresses("h"), ha("h", "ready")[0], ha("h", "show")[1].split("\n")[0]), (["10.1.0.1", "192.0.2.1"], 0, "master"), "h")
until("blocked", lambda: blocks("g1"))
f.same((addresses("g1"), has("g1", "master")), ([], False), "g1")
links(True)
until("g1 is ready", lambda: has("g1", "read"))
f.same({way: seq("g1", way) >= seq("h", way) for way in leapt}, {"out": True, "in": True}, "g1 has read it")
f.same((ha("g1", "ready")[0], ha("h", "ready")[0], blocks("g1")), (0, 0, True), "ready, and blocks")
f.point("the old one comes back: it reads how far the new one has counted, and is the standby")

f = Faults()
os.killpg(follower("h"), signal.SIGKILL)
until("h blocks", lambda: blocks("h") and not has("h", "master"))
f.same(daemons["h"].poll(), None, "keepalived of h")
f.point("who follows keepalived is killed: nothing passes")

f = Faults()
for ns, d in daemons.items():
    d.send_signal(signal.SIGTERM)
    f.same(d.wait(20 * PATIENCE), 0, f"keepalived of {ns}")
until("both block", lambda: all(map(blocks, GATEWAYS)) and not any(has(ns, "master") for ns in GATEWAYS))
f.same([has(ns, "master") for ns in GATEWAYS], [False, False], "master")
f.point("keepalived ends: nothing passes")

f = Faults()
subprocess.run(["rm", "-rf", f"{TMP}/run-g1"], check=True)
f.same((ha("g1", "ready")[0], ha("g1", "show")[0]), (1, 1), "after a start of the system")
f.point("who was started anew is not ready until it has read the master's numbers")
done(failed > 0)
