#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a packet costs: executed instructions a packet through

  src ----- g1 ===== g2 ----- dst

forwarded plainly, through kernel xfrm, through WireGuard, through espgw, and through espgw keyed by xfrm, with an
interface.  Meant for a VM that counts instructions (`make bench`): there one nanosecond of the guest is one instruction.
Elsewhere the figures are nanoseconds, and noisy.

usage: bench.py [--runs N] [SCENE...]   measures; scenes.py has the scenes
       bench.py --quick                measures a few, and compares with what is kept in results/
       bench.py --profile SCENE HOW SIZE  counts the instructions of each function, in a VM that has calltree.c

bench.json goes into the directory ESPGW_OUT, progress to the standard error.
"""

import argparse
import contextlib
import ctypes
import json
import mmap
import os
import re
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import report  # noqa: E402
from scenes import CIPHERS, QUICK, SCENES  # noqa: E402
from tcp import idle  # noqa: E402
from tree import print_tree  # noqa: E402

PACKETS = 1500
FITS_WIREGUARD = 1412  # bytes of UDP payload, of what is its MTU here
WEIGHED = 10000  # SAs whose loading is measured
FEW, MORE = 200, 900  # packets for WireGuard, whose queues hold a thousand
TCP_SHORT, TCP_LONG = 2 << 20, 10 << 20
PINGS = 100
IF_ID = 42
PORT = 4500
TCP = os.path.join(HERE, "tcp.py")
TOOL = os.path.join(HERE, "../../tools/espgw/espgw")
TOOL = os.environ.get("ESPGW") or (TOOL if os.path.exists(TOOL) else "espgw")
FIRST_SPI = 0x100000, 0x200000  # of SAs to gateway 2, and of those back
MODULES = ("veth pktgen esp4 esp6 xfrm_user xfrm_interface gcm cbc sha256 authenc chacha20poly1305 aesni_intel "
           "ghash_clmulni_intel sha256_ssse3 chacha_x86_64 poly1305_x86_64 seqiv echainiv sch_ingress cls_u32 "
           "cls_matchall act_gact nf_tables nf_defrag_ipv6 wireguard").split()

os.environ["PATH"] += ":/usr/sbin:/sbin"
libc = ctypes.CDLL(None, use_errno=True)


class Broken(Exception):
    """What is to be measured does not work."""


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)  # no time: where instructions are counted there is none


# -- the network ------------------------------------------------------------------------------------------------------

class Family(NamedTuple):
    src: str
    g1_lan: str
    g2_lan: str
    dst: str
    gateway: tuple  # outer addresses
    site: tuple
    length: int
    any: str


FAMILIES = {
    4: Family("10.1.0.2", "10.1.0.1", "10.2.0.1", "10.2.0.2", ("192.0.2.1", "192.0.2.2"), ("10.1.0.0/24", "10.2.0.0/24"), 24,
              "0.0.0.0"),
    6: Family("fd01::2", "fd01::1", "fd02::1", "fd02::2", ("2001:db8::1", "2001:db8::2"), ("fd01::/64", "fd02::/64"), 64, "::"),
}


class Net:
    """Four network namespaces in a row, of one address family."""

    def __init__(self, family, queues=1):
        self.family, self.ip = family, FAMILIES[family]
        self.queues = "numtxqueues", str(queues), "numrxqueues", str(queues)
        tag = os.path.basename(tempfile.mktemp(prefix="", dir="/"))
        self.src, self.g1, self.g2, self.dst = self.all = [f"{name}-{tag}" for name in ("src", "g1", "g2", "dst")]
        self.gateways = self.g1, self.g2
        self.open = []  # what lives as long as a tunnel

    def __enter__(self):
        ip = self.ip
        for ns in self.all:
            run(None, "ip", "netns", "add", ns)
            run(ns, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
                *(["net.ipv6.conf.default.disable_ipv6=1"] if self.family == 4 else
                  ["net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.default.accept_dad=0",
                   "net.ipv6.conf.default.router_solicitations=0"]))
            run(ns, "ip", "link", "set", "lo", "up")
        self.pair(self.src, "s0", ip.src, 1, self.g1, "l0", ip.g1_lan, 2)
        self.pair(self.g1, "wan", ip.gateway[0], 3, self.g2, "wan", ip.gateway[1], 4)
        self.pair(self.g2, "l1", ip.g2_lan, 5, self.dst, "d0", ip.dst, 6)
        run(self.src, "ip", "route", "add", "default", "via", ip.g1_lan)
        run(self.dst, "ip", "route", "add", "default", "via", ip.g2_lan)
        self.routes()
        if self.family == 4:  # where random flows come from, and go to
            run(self.g1, "ip", "route", "add", "10.128.0.0/9", "via", ip.gateway[1])
            run(self.g2, "ip", "route", "add", "10.128.0.0/9", "via", ip.dst)
            run(self.g1, "ip", "route", "add", "10.64.0.0/10", "via", ip.src)
            run(self.g2, "ip", "route", "add", "10.64.0.0/10", "via", ip.gateway[0])
        # What arrives has cost enough; the receiving host is not measured.
        run(self.dst, "tc", "qdisc", "add", "dev", "d0", "clsact")
        kind = ["ip", "u32", "match", "ip"] if self.family == 4 else ["ipv6", "u32", "match", "ip6"]
        run(self.dst, "tc", "filter", "add", "dev", "d0", "ingress", "protocol", *kind, "protocol", "17", "0xff", "action", "drop")
        run(self.g2, "tc", "qdisc", "add", "dev", "wan", "clsact")
        return self

    def __exit__(self, *_):
        self.end()
        for ns in self.all:
            subprocess.run(["ip", "netns", "del", ns])

    def pair(self, ns1, dev1, address1, mac1, ns2, dev2, address2, mac2):
        run(ns1, "ip", "link", "add", dev1, "address", f"02:00:00:00:00:0{mac1}", *self.queues, "type", "veth",
            "peer", "name", dev2, "netns", ns2, "address", f"02:00:00:00:00:0{mac2}", *self.queues)
        for ns, dev, address in ((ns1, dev1, address1), (ns2, dev2, address2)):
            run(ns, "ip", "addr", "add", f"{address}/{self.ip.length}", "dev", dev)
            run(ns, "ip", "link", "set", dev, "up")
        run(ns1, "ip", "neigh", "replace", address2, "lladdr", f"02:00:00:00:00:0{mac2}", "dev", dev1, "nud", "permanent")
        run(ns2, "ip", "neigh", "replace", address1, "lladdr", f"02:00:00:00:00:0{mac1}", "dev", dev2, "nud", "permanent")

    def routes(self, *way):
        """To the other site: by the WAN, or the way that is said."""
        for i in 0, 1:
            run(self.gateways[i], "ip", "route", "replace", self.ip.site[1 - i], *(way or ("via", self.ip.gateway[1 - i])))

    def end(self):
        """No tunnel any more."""
        for thing in self.open:
            thing.close()
        self.open = []
        for ns in self.gateways:
            quiet(ns, "ip", "xfrm", "policy", "flush")
            quiet(ns, "ip", "xfrm", "state", "flush")
            for words in ("policy flush", "sa flush", "xfrm off", "dev detach wan"):
                quiet(ns, TOOL, *words.split())
            quiet(ns, "nft", "flush", "ruleset")
            for dev in "ipsec0", "wg0":
                quiet(ns, "ip", "link", "del", dev)
        self.routes()


@contextlib.contextmanager
def within(ns):
    """This process is in that namespace, and what it starts too."""
    if not ns:
        yield
        return
    with open("/proc/self/ns/net") as here, open("/run/netns/" + ns) as there:
        for_network = 0x40000000
        if libc.setns(there.fileno(), for_network):
            raise OSError(ctypes.get_errno(), ns)
        try:
            yield
        finally:
            libc.setns(here.fileno(), for_network)


def run(ns, *command, text=None):
    with within(ns):
        p = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        raise Broken(f"{' '.join(command)}: {p.stdout.strip()[:300]}")
    return p.stdout


def quiet(ns, *command):
    with within(ns):
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def counters(ns, dev):
    """Bytes and packets that came and went."""
    with within(ns), open("/proc/net/dev") as f:
        n = next(line.split(":")[1].split() for line in f if line.split(":")[0].strip() == dev)
    return {"rx_bytes": int(n[0]), "rx_packets": int(n[1]), "tx_bytes": int(n[8])}


# -- tunnels ----------------------------------------------------------------------------------------------------------

def key(n, seed):
    return "0x" + bytes((7 * i + seed) & 255 for i in range(4)).hex() + seed.to_bytes(4, "big").hex() + \
        bytes((11 * i + seed) & 255 for i in range(n - 8)).hex()


def cipher(scene, which, seed):
    sizes = CIPHERS[scene.cipher][0]
    return CIPHERS[scene.cipher][which].format(*(key(n, seed * 2 + i) for i, n in enumerate(sizes)))


def directions(scene, g):
    """Which of the ways 0 (to gateway 2) and 1 a gateway has SAs for, and whether it sends that way."""
    return [(way, way == g) for way in ((0, 1) if scene.both_ways else (0,))]


def batch_espgw(net, scene, g, sas, policies):
    """What the tool is told at a gateway: SAs, and policies."""
    a = net.ip.gateway
    more = (" esn" if scene.esn else "") + (f" encap espinudp {PORT} {PORT}" if scene.natt else "")
    for i in range(sas):
        for way, out in directions(scene, g):
            yield "sa", (f"sa add dir {'out' if out else 'in'} src {a[way]} dst {a[1 - way]} spi {FIRST_SPI[way] + i:#x} "
                         f"reqid {i + 1} {cipher(scene, 1, 2 * i + way)}{more}{'' if out else ' replay-window 64'}")
    for reqid, left, right in policies:
        src, dst = (left, right) if g == 0 else (right, left)
        yield "policy", f"policy add src {src} dst {dst} action protect reqid {reqid} src {a[g]} dst {a[1 - g]}"


def batch_xfrm(net, scene, g, sas, policies, word="", spi_in_policy=False):
    """The same for "ip -b"."""
    a = net.ip.gateway
    more = (" flag esn" if scene.esn else "") + (f" encap espinudp {PORT} {PORT} {net.ip.any}" if scene.natt else "")
    for i in range(sas):
        for way, _ in directions(scene, g):
            yield "sa", (f"xfrm state add src {a[way]} dst {a[1 - way]} proto esp spi {FIRST_SPI[way] + i:#x} reqid {i + 1} mode tunnel"
                         f"{more} replay-window 64 {cipher(scene, 2, 2 * i + way)} {word}")
    for reqid, left, right in policies:
        for way, out in directions(scene, g):
            src, dst = (left, right) if way == 0 else (right, left)
            named = f"spi {FIRST_SPI[way] + reqid - 1:#x} " if out and spi_in_policy else ""
            for direction in ["out"] if out else ["in", "fwd"] if word else ["fwd"]:
                yield "policy", (f"xfrm policy add src {src} dst {dst} dir {direction} {word} tmpl src {a[way]} dst {a[1 - way]} "
                                 f"proto esp {named}reqid {reqid} mode tunnel")


LOADERS = {"espgw": (batch_espgw, TOOL), "xfrm": (batch_xfrm, "ip")}


def busy(work):
    """What the processor did meanwhile, in nanoseconds that it was not idle."""
    began, slept = time.monotonic_ns(), idle()
    work()
    return time.monotonic_ns() - began - (idle() - slept)


def memory():
    """Bytes that the kernel holds.

    Not by what is free: of that each processor keeps some megabytes aside.
    """
    time.sleep(1)  # what waits for a grace period
    with open("/proc/sys/vm/drop_caches", "w") as f:
        f.write("3\n")
    time.sleep(1)
    with open("/proc/meminfo") as f:
        kib = {name: int(n) for name, n in re.findall(r"(\w+): +(\d+) kB", f.read())}
    return {"memory": 1024 * (kib["Slab"] + kib["Percpu"] + kib["VmallocUsed"]), "percpu": 1024 * kib["Percpu"]}


def load(net, how, g, lines, weigh=False):
    """Loads a batch; with weigh returns what it took: instructions of user and kernel, and bytes."""
    count = 0
    with tempfile.NamedTemporaryFile("w") as f:
        for line in lines:
            f.write(line + "\n")
            count += 1
        f.flush()
        before = memory() if weigh else None
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = busy(lambda: run(net.gateways[g], LOADERS[how][1], "-b", f.name))
        if not weigh:
            return {}
        done = resource.getrusage(resource.RUSAGE_CHILDREN)
        user, system = ((getattr(done, k) - getattr(used, k)) * 1e9 for k in ("ru_utime", "ru_stime"))
        after = memory()
        figures = {"instructions": took, "user": user, "kernel": system, **{k: after[k] - before[k] for k in after}}
        return {k: round(v / count) for k, v in figures.items()}


def policies_of(net, scene):
    return [(1, *pair) for pair in scene.policies or (net.ip.site,)]


def tunnel_plain(net, scene):
    pass


def tunnel_hook(net, scene):
    """What a hook alone costs that looks at nothing."""
    g = scene.gateways[0]
    run(net.gateways[g], "nft", "-f", "-", text="table netdev empty {\nchain c { "
        f"type filter hook {('egress', 'ingress')[g]} device wan priority 0; }}\n}}\n")


def tunnel_espgw(net, scene):
    for g in scene.gateways:
        run(net.gateways[g], TOOL, "dev", "attach", "wan")
        load(net, "espgw", g, (line for _, line in batch_espgw(net, scene, g, 1, policies_of(net, scene))))


def encap_sockets(net, scene):
    if not scene.natt:
        return
    for ns in net.gateways:
        with within(ns):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_UDP, 100, 2)  # UDP_ENCAP, UDP_ENCAP_ESPINUDP
        s.bind(("", PORT))
        net.open.append(s)


def tunnel_xfrm(net, scene):
    encap_sockets(net, scene)
    for g in scene.gateways:
        load(net, "xfrm", g, (line for _, line in batch_xfrm(net, scene, g, 1, policies_of(net, scene))))


def tunnel_adopted(net, scene):
    """As a key daemon would, with an interface: espgw adopts what xfrm has."""
    for g, ns in enumerate(net.gateways):
        run(ns, "ip", "link", "add", "ipsec0", "type", "xfrm", "dev", "wan", "if_id", str(IF_ID))
        run(ns, "ip", "link", "set", "ipsec0", "up")
        # A daemon's policies name the SPI that they send by.
        load(net, "xfrm", g, (line for _, line in batch_xfrm(net, scene, g, 1, policies_of(net, scene), f"if_id {IF_ID}", True)))
    net.routes("dev", "ipsec0")
    for ns in net.gateways:
        run(ns, TOOL, "dev", "attach", "wan")
        run(ns, TOOL, "xfrm", "on")
        for _ in range(50):  # asynchronously
            if "sas 2 policies 1" in run(ns, TOOL, "xfrm", "show"):
                break
            time.sleep(0.1)
        else:
            raise Broken("espgw adopts nothing")


def tunnel_wireguard(net, scene):
    private = [run(None, "wg", "genkey") for _ in net.gateways]
    public = [run(None, "wg", "pubkey", text=k).strip() for k in private]
    for g, ns in enumerate(net.gateways):
        # As much as fits: an outer header of 60 bytes.
        run(ns, "ip", "link", "add", "wg0", "mtu", "1440", "type", "wireguard")
        run(ns, "wg", "set", "wg0", "listen-port", "51820", "private-key", "/dev/stdin", "peer", public[1 - g],
            "allowed-ips", net.ip.site[1 - g], "endpoint", f"{net.ip.gateway[1 - g]}:51820", text=private[g])
        run(ns, "ip", "link", "set", "wg0", "up")
    net.routes("dev", "wg0")


TUNNELS = {"plain": tunnel_plain, "hook": tunnel_hook, "xfrm": tunnel_xfrm, "wireguard": tunnel_wireguard,
           "espgw": tunnel_espgw, "adopted": tunnel_adopted}


# -- samples ----------------------------------------------------------------------------------------------------------

def pktgen(net, payload, packets, words, mark=lambda what: None):
    """Sends, and returns nanoseconds for all of them."""
    ip = net.ip
    if net.family == 4:  # pktgen counts the Ethernet header
        words = (f"pkt_size {payload + 42}", f"dst {ip.dst}", f"src_min {ip.src}", f"src_max {ip.src}") + tuple(words)
    else:
        words = (f"pkt_size {payload + 62}", f"dst6 {ip.dst}", f"src6 {ip.src}") + tuple(words)
    # From the heap: in pieces of pages they would lie beside what a gateway makes of them on this one CPU, and by chance
    # have it begin a new page for each ten packets, which is cleared.
    words = (f"count {packets}", "flag NODE", "clone_skb 0", "delay 0", "burst 1", "dst_mac 02:00:00:00:00:02",
             "udp_src_min 9", "udp_src_max 9", "udp_dst_min 9", "udp_dst_max 9") + words

    def tell(file, word):
        with open("/proc/net/pktgen/" + file, "w") as f:
            f.write(word + "\n")

    with within(net.src):
        tell("kpktgend_0", "rem_device_all")
        tell("kpktgend_0", "add_device s0")
        for word in words:
            tell("s0", word)
        mark(b"+")
        tell("pgctrl", "start")
        mark(b"-")
        with open("/proc/net/pktgen/s0") as f:
            m = re.search(r"^Result: OK: (\d+)\(", f.read(), re.M)
    if not m:
        raise Broken("pktgen did not run")
    return int(m[1]) * 1000


def pieces(scene, how, part, payload):
    """How many packets come out of the measured part for each that enters it.

    What espgw cut arrives in pieces, what xfrm cut was put together again.
    """
    if scene.name != "gcm" or payload != 1444:
        return 1
    return 2 if how in ("espgw", "adopted") or (how == "xfrm" and part == "encrypt") else 1


def send(net, scene, how, part, payload, packets):
    """A sample: nanoseconds a packet; what is counted has to have arrived, and to have been longer on its way."""
    ns, dev = (net.dst, "d0") if part == "whole" else (net.g2, "wan")
    before, lan, wan = counters(ns, dev), counters(net.g1, "l0"), counters(net.g1, "wan")
    took = pktgen(net, payload, packets, scene.packets)
    want = packets * pieces(scene, how, part, payload)
    for _ in range(100):  # by threads of their own, perhaps
        got = counters(ns, dev)["rx_packets"] - before["rx_packets"]
        if got >= want:
            break
        time.sleep(0.02)
    if not want <= got <= want + 10:
        raise Broken(f"{got} packets arrived, {want} were due")
    longer = (counters(net.g1, "wan")["tx_bytes"] - wan["tx_bytes"] - counters(net.g1, "l0")["rx_bytes"] + lan["rx_bytes"]) / packets
    if (longer > 25) != (scene.covered and how != "plain"):
        raise Broken(f"a packet became longer by {longer} bytes")
    return took


def sample_packets(net, scene, how, part, size):
    if how != "wireguard":
        return send(net, scene, how, part, size, PACKETS) / PACKETS
    # Its threads go on after pktgen is done: what the processor does for many packets more.
    few, more = (busy(lambda n=n: send(net, scene, how, part, size, n)) for n in (FEW, MORE))
    return (more - few) / (MORE - FEW)


def sample_tcp(net, scene, how, part, streams):
    short, long = (int(run(net.src, "python3", TCP, "send", net.ip.dst, str(n), str(streams))) for n in (TCP_SHORT, TCP_LONG))
    return (long - short) / ((TCP_LONG - TCP_SHORT) >> 10)


def sample_ping(net, scene, how, part, size):
    took = []
    with within(net.src):
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with s:
        s.connect((net.ip.dst, 0))
        s.settimeout(5)
        for i in range(PINGS):
            packet = struct.pack("!BBHHH", 8, 0, 0, 1, i) + bytes(size)
            total = sum(struct.unpack(f"!{len(packet) // 2}H", packet))
            packet = packet[:2] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + packet[4:]
            began = time.monotonic_ns()
            s.send(packet)
            while s.recv(2000)[20] != 0:
                pass
            took.append(time.monotonic_ns() - began)
    return statistics.median(took)


SAMPLES = {"packets": sample_packets, "tcp": sample_tcp, "ping": sample_ping}


# -- scenes -----------------------------------------------------------------------------------------------------------

class Results:
    def __init__(self):
        self.lines = {}

    def add(self, scene, part, size, how, samples, note=""):
        line = self.lines.setdefault((scene.name, part, size), {"scene": scene.name, "part": part, "size": size})
        line[how] = round(statistics.median(samples))
        say(f"{scene.name}, {part}, {size}, {how}: {line[how]:,}{note}")

    def missing(self, scene, how, why):
        say(f"{scene.name}, {how}: not measured: {why}")


def gro(net, state):
    for ns, devs in zip(net.all, (("s0",), ("l0", "wan"), ("wan", "l1"), ("d0",))):
        for dev in devs:
            quiet(ns, "ethtool", "-K", dev, "gro", state)


@contextlib.contextmanager
def measured(net, part):
    """To measure encryption alone what arrives at gateway 2 is dropped.

    tc's ingress comes before netfilter's and before the IP stack: that costs the receiver the same in each case.
    """
    words = "dev", "wan", "ingress"
    if part == "encrypt":
        run(net.g2, "tc", "filter", "add", *words, "matchall", "action", "drop")
    try:
        yield
    finally:
        if part == "encrypt":
            run(net.g2, "tc", "filter", "del", *words)


def sampled(net, scene, how, results, runs):
    """The usual scene: a tunnel, and samples of each size; the first one only warms up."""
    sample = SAMPLES[scene.kind]
    if scene.kind == "tcp":
        gro(net, "on")
    for part in scene.parts:
        with measured(net, part):
            for size in scene.sizes:
                if how == "wireguard" and (part == "encrypt" or scene.kind == "packets" and size > FITS_WIREGUARD):
                    continue
                figures = [sample(net, scene, how, part, size) for _ in range(runs + 1)]
                results.add(scene, part, size, how, figures[1:])
    if scene.kind == "tcp":
        gro(net, "off")


def scaled(net, scene, how, results, runs):
    """So many SAs, a policy for each, and flows drawn among them; of 10,000 also what loading them takes."""
    for n in scene.sizes:
        first, last = (f"10.{128 + (i >> 16)}.{i >> 8 & 255}.{i & 255}" for i in (0, n - 1))
        flows = f"dst_min {first}", f"dst_max {last}", *(("flag IPDST_RND",) if n > 1 else ())
        if how != "plain":
            policies = [(i + 1, "10.1.0.0/24", f"10.{128 + (i >> 16)}.{i >> 8 & 255}.{i & 255}/32") for i in range(n)]
            for g in scene.gateways:
                if how == "espgw":
                    run(net.gateways[g], TOOL, "dev", "attach", "wan")
                for what, sas, rules in ("sa", n, ()), ("policy", 0, policies):
                    batch = (line for _, line in LOADERS[how][0](net, scene, g, sas, rules))
                    for part, figure in load(net, how, g, batch, weigh=n == WEIGHED and g == 0).items():
                        results.add(scene._replace(name=what), part, n, how, [figure])
        # A flow's first packet, and an SA's, take what is done once for all of them, as looking its route up.
        pktgen(net, 64, 3 * n, flows)
        for part in scene.parts:
            with measured(net, part):
                figures = [sample_packets(net, scene._replace(packets=flows), how, part, 64) for _ in range(runs + 1)]
            results.add(scene, part, n, how, figures[1:])
        net.end()


def measure(net, scene, how, results, runs):
    if scene.kind == "scale":
        scaled(net, scene, how, results, runs)
        return
    TUNNELS[how](net, scene)
    if scene.packets == () and scene.covered:
        run(net.src, "ping", "-q", "-c", "2", "-i", "0.2", "-W", "5", net.ip.dst)
    sampled(net, scene, how, results, runs)


def kernel_has(how):
    if how != "wireguard":
        return True
    return subprocess.run(["modprobe", "-q", "wireguard"]).returncode == 0 and not subprocess.run(
        ["sh", "-c", "command -v wg"], stdout=subprocess.DEVNULL).returncode


def same_packets(scene):
    """Scenes alike in this are forwarded plainly in the same way."""
    return scene.kind, scene.family, scene.packets


def measure_all(scenes, results, runs, done=lambda: None):
    plain = {}  # (same_packets, part, size) -> figure
    broken = 0
    for family in sorted({s.family for s in scenes}):
        with Net(family) as net, contextlib.ExitStack() as stack:
            with within(net.dst):
                receiver = subprocess.Popen(["python3", TCP, "receive"])
            stack.callback(receiver.wait)
            stack.callback(receiver.kill)
            if family == 4:
                for _ in range(3):  # what is late of the machine's start
                    pktgen(net, 64, PACKETS, ())
            for scene in (s for s in scenes if s.family == family):
                n = min(runs or scene.runs, scene.runs)
                for how in ("plain", *scene.hows):
                    if not kernel_has(how):
                        results.missing(scene, how, "this kernel or machine has no WireGuard")
                        continue
                    todo = scene
                    if how == "plain":
                        known = {k: v for k, v in plain.items() if k[0] == same_packets(scene)}
                        for (_, part, size), figure in known.items():
                            if part in scene.parts and size in scene.sizes:
                                results.add(scene, part, size, how, [figure], ", as above")
                        todo = scene._replace(sizes=tuple(s for s in scene.sizes if any(
                            (same_packets(scene), part, s) not in known for part in scene.parts)))
                        if not todo.sizes:
                            continue
                    try:
                        measure(net, todo, how, results, n)
                    except Broken as e:
                        say(f"{scene.name}, {how}: {e}")
                        broken += 1
                    net.end()
                    if how == "plain":
                        for (name, part, size), line in results.lines.items():
                            if name == scene.name and how in line:
                                plain[same_packets(scene), part, size] = line[how]
                done()
    return broken


def mark(what):
    """What calltree.c waits for: an instruction that does nothing."""
    with mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as code:
        code.write(b"\x0f\x1f\x80esp" + what + b"\xc3")
        start = ctypes.c_char.from_buffer(code)
        ctypes.CFUNCTYPE(None)(ctypes.addressof(start))()
        del start


def profile(name, how, size):
    scene = next((s for s in SCENES if s.name == name and s.kind in ("packets", "tcp")), None)
    if not scene or how not in TUNNELS:
        raise Broken(f"no scene of packets or TCP is called {name}, or no peer {how}: see scenes.py")
    directory = os.environ["ESPGW_OUT"]
    shutil.copy("/proc/kallsyms", os.path.join(directory, "kallsyms"))
    with Net(scene.family) as net:
        TUNNELS[how](net, scene)
        run(net.src, "ping", "-q", "-c", "2", "-i", "0.2", "-W", "5", net.ip.dst)
        if scene.kind == "tcp":
            what, count = f"each of {TCP_LONG >> 10} KiB", TCP_LONG >> 10
            profile_tcp(net)
        else:
            what, count = f"UDP payload {size} bytes", PACKETS
            for _ in range(3):
                pktgen(net, size, PACKETS, scene.packets)
            pktgen(net, size, PACKETS, scene.packets, mark)
    print(f"{scene.title}, {what}, {how}, Linux {os.uname().release}")
    print_tree(os.path.join(directory, "calltree"), count)


def profile_tcp(net):
    """A transfer, with what it takes to set up."""
    gro(net, "on")
    with within(net.dst):
        receiver = subprocess.Popen(["python3", TCP, "receive"])
    try:
        send = ["python3", TCP, "send", net.ip.dst]
        run(net.src, *send, str(TCP_SHORT), "1")
        mark(b"+")
        run(net.src, *send, str(TCP_LONG), "1")
        mark(b"-")
    finally:
        receiver.kill()
        receiver.wait()


def prepare():
    for module in MODULES:
        subprocess.run(["modprobe", "-q", module])
    if not os.path.isdir("/sys/module/espgw"):
        module = os.environ.get("ESPGW_KO")
        run(None, *(["insmod", module] if module else ["modprobe", "espgw"]))
    if os.cpu_count() != 1:
        say("not on one CPU of an instruction-counting VM: figures are noisy nanoseconds")


@contextlib.contextmanager
def setting(name, value):
    """One of /proc/sys, for a while."""
    path = "/proc/sys/" + name
    with open(path) as f:
        usual = f.read()
    try:
        with open(path, "w") as f:
            f.write(f"{value}\n")
        yield
    finally:
        with open(path, "w") as f:
            f.write(usual)


def long_backlog():
    """On one CPU the sender can get ahead of the rest, which must not lose packets for that."""
    return setting("net/core/netdev_max_backlog", 20000)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--quick", action="store_true")
    p.add_argument("--profile", nargs=3, metavar=("SCENE", "HOW", "SIZE"))
    p.add_argument("--runs", type=int)
    p.add_argument("scene", nargs="*")
    a = p.parse_args()
    series = re.match(r"\d+\.\d+", os.uname().release)[0]
    if a.quick and not os.path.exists(report.kept(series)):
        print(f"1..0 # SKIP no figures are kept of Linux {series}")
        return 0
    prepare()
    with long_backlog():
        if a.profile:
            profile(*a.profile[:2], int(a.profile[2]))
            return 0
        results = Results()
        path = os.path.join(os.environ.get("ESPGW_OUT") or tempfile.gettempdir(), "bench.json")
        scenes = [s for s in (QUICK if a.quick else SCENES) if not a.scene or s.name in a.scene]
        broken = measure_all(scenes, results, a.runs, lambda: report.write(path, {
            "kernel": os.uname().release, "unit": "instructions", "packets_a_sample": PACKETS,
            "samples_at_most": a.runs or max(s.runs for s in scenes), "lines": list(results.lines.values())}))
    say("done" if not broken else f"done; {broken} could not be measured")
    if a.quick:
        return int(report.compare(report.Result(path)))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
