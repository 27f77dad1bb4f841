# SPDX-License-Identifier: GPL-2.0
"""usage: torture_chaos.py strict|wild SEED SECONDS

Everything changes under traffic between two gateways that are espgw's: SAs, policies, limits, devices, routes, addresses, VRFs,
namespaces. Strict: policies stand, and nothing may be in clear; wild: they go as well, and the module. In the environment
TORTURE_CRYPTO=cryptd or pcrypt: what the cipher does it does later; TORTURE_FAIL=N: so many per cent of the allocations that
may not wait fail, where the kernel can do that. When it is over the tunnel is as it was.
"""

import random
import re

import asynccipher
from wire import *

HOW, SEED, SECONDS = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
CRYPTO, FAIL = os.environ.get("TORTURE_CRYPTO"), int(os.environ.get("TORTURE_FAIL") or 0)
NS = {n: os.environ[n] for n in ("a", "g1", "r", "g2", "b")}
ALG = "chacha" if CRYPTO else "gcm128"
WAY = {"g1": (G1[4], G2[4], 0x1001, 0x1002, "10.1.0.0/16", "10.2.0.0/16", "fd01::/16", "fd02::/16"),
       "g2": (G2[4], G1[4], 0x1002, 0x1001, "10.2.0.0/16", "10.1.0.0/16", "fd02::/16", "fd01::/16")}
counts, lock = {}, threading.Lock()


def run(*words, text=None):
    return subprocess.run(words, input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def ip_(ns, *lines):
    """Lines of ip; what cannot be done now is left out."""
    return run("ip", "-n", NS.get(ns, ns), "-force", "-batch", "-", text="\n".join(lines) + "\n")


def tool(ns, *lines):
    return run(ESPGW, "-n", NS.get(ns, ns), "-force", "-b", "-", text="\n".join(lines) + "\n")


def words(seed):
    return ALGS[ALG].words(ALGS[ALG].espgw, seed)


def seq():
    """Numbers that no SA here has had."""
    return int(time.monotonic() * 20000) % 4000000000 + 1


def sas(g, verb="add", more_out="", more_in=""):
    here, there, out, into, *_ = WAY[g]
    return [f"sa {verb} dir out src {here} dst {there} spi {out:#x} reqid 1 {words(out)} seq {seq()} {more_out}",
            f"sa {verb} dir in src {there} dst {here} spi {into:#x} reqid 1 {words(into)} replay-window 1024 {more_in}"]


def policies(g, verb="add"):
    here, there, _, _, left4, right4, left6, right6 = WAY[g]
    end = f"action protect reqid 1 src {here} dst {there}"
    return [f"policy {verb} src {left4} dst {right4} {end}", f"policy {verb} src {left6} dst {right6} {end}",
            f"policy {verb} src {left4} dst {right4} proto udp dport 5201 {end}"]


def again(*gateways):
    """What a gateway is to have, from nothing."""
    for g in gateways or ("g1", "g2"):
        tool(g, "dev attach wan", "default set mss auto probe suspect frag before df set split equal", "dev set wan mtu-cap none",
             *(f"vfr set dev wan dir {way} auto max-fragments 8192 timeout 3" for way in ("in", "out")), "sa flush", *sas(g), *policies(g, "replace"), "pmtu flush")


def addresses():
    ip_("g1", "link set wan mtu 1500", "link set wan up", f"addr replace {G1[4]}/24 dev wan", f"addr replace {G1[6]}/64 dev wan nodad",
        f"route replace default via {R1[4]}", f"route replace default via {R1[6]}")
    ip_("r", "link set r1 up", f"addr replace {R1[4]}/24 dev r1", f"addr replace {R1[6]}/64 dev r1 nodad", "link set r2 mtu 1500",
        f"addr replace {R2[4]}/24 dev r2", f"addr replace {R2[6]}/64 dev r2 nodad", f"route replace 10.1.0.0/16 via {G1[4]}",
        f"route replace fd01::/16 via {G1[6]}", f"route replace 10.2.0.0/16 via {G2[4]}", f"route replace fd02::/16 via {G2[6]}")


def link():
    """The link between gateway 1 and the router anew, whatever is left of it."""
    ip_("r", "link del r1")
    run("ip", "link", "add", "wan", "netns", NS["g1"], "type", "veth", "peer", "name", "r1", "netns", NS["r"])
    addresses()


# -- what happens: by kind, functions that do one thing

def sa_anew(rng):
    g = rng.choice(["g1", "g2"])
    tool(g, "sa flush", *sas(g))


def sa_replaced(rng):
    g = rng.choice(["g1", "g2"])
    tool(g, *(line.replace("replay-window 1024", f"replay-window {rng.randrange(4000)}") for line in sas(g, "replace")))


def sa_limited(rng):
    g = rng.choice(["g1", "g2"])
    limit = rng.choice(["limit soft packets 5 limit hard packets 50", "limit hard seconds 1", "limit soft bytes 3000 limit hard bytes 9000"])
    tool(g, "sa flush", *sas(g, more_out=limit, more_in=limit))
    time.sleep(0.5)
    tool(g, "sa flush", *sas(g))


def sa_set(rng):
    g = rng.choice(["g1", "g2"])
    name = f"dst {WAY[g][1]} spi {WAY[g][2]:#x}"
    tool(g, f"sa set {name} tfc {rng.randrange(1400)} dscp {rng.randrange(60)} mark {rng.randrange(4)}/0xff",
         f"sa set {name} mtu-cap {rng.randrange(100, 1500)} df {rng.choice(['copy', 'set', 'clear'])} frag "
         f"{rng.choice(['before', 'after', 'off'])} split {rng.choice(['equal', 'max', 'tcp'])}",
         f"pmtu set spi {WAY[g][2]:#x} dst {WAY[g][1]} mtu {rng.randrange(68, 1500)}", f"pmtu probe spi {WAY[g][2]:#x} dst {WAY[g][1]}",
         "sa show", "pmtu show", f"sa set {name} tfc 0 mtu-cap none dscp copy mark 0/0 df inherit frag inherit split inherit", "pmtu flush")


def policy_replaced(rng):
    g = rng.choice(["g1", "g2"])
    left, right = WAY[g][4][:-5], WAY[g][5][:-5]
    names = [f"prio 2 src {left}.0.0/{n} dst {right}.0.0/{n}" for n in (20, 21, 22)]
    tool(g, *policies(g, "replace"), *(f"policy add {n} action protect reqid 1 src {WAY[g][0]} dst {WAY[g][1]}" for n in names),
         *(f"policy del {n}" for n in names))


def policy_settings(rng):
    g = rng.choice(["g1", "g2"])
    tool(g, f"vfr set dev wan dir {rng.choice(['in', 'out'])} {rng.choice(['on', 'off'])} max-fragments {rng.randrange(1, 64)} timeout 1",
         f"default set mss {rng.choice(['auto', 'off', '500'])} probe {rng.choice(['on', 'off', 'suspect'])}",
         f"dev set wan mtu-cap {rng.randrange(90, 1500)}", "stats reset", "save", "stats show", "vfr show",
         "dev set wan mtu-cap none", "vfr set dev wan dir in auto", "vfr set dev wan dir out auto")


def unload(_):
    """It may not go while there are policies."""
    if run("rmmod", "espgw").returncode == 0:
        faults.append("the module went away while it had policies")


def device_mtu(rng):
    for mtu in 68, rng.randrange(68, 9001), 1280:
        ip_("g1", f"link set wan mtu {mtu}")
        time.sleep(0.1)
    addresses()


def device_renamed(_):
    ip_("g1", "link set wan down", "link set wan name wanx", "link set wanx up")
    time.sleep(0.2)
    ip_("g1", "link set wanx down", "link set wanx name wan")
    addresses()


def device_moved(_):
    ip_("g1", f"link set wan netns {NS['b']}")
    time.sleep(0.1)
    ip_("b", "link del wan")
    link()


def device_deleted(_):
    ip_("g1", "link del wan")
    time.sleep(0.1)
    link()


def path(rng):
    ip_("r", f"link set r2 mtu {rng.randrange(576, 1500)}")
    time.sleep(0.5)
    addresses()


def route_changed(rng):
    ip_("g1", *rng.choice([[f"addr del {G1[4]}/24 dev wan"], ["route replace blackhole default"], ["route del default"],
                           [f"route replace 198.51.100.0/24 via {R1[4]}", "route del 198.51.100.0/24"] * 4]))
    time.sleep(0.2)
    addresses()


def vrf(_):
    ip_("g1", "link add red type vrf table 77", "link set red up", "link set wan master red")
    time.sleep(0.2)
    ip_("g1", "link set wan nomaster", "link del red")
    addresses()


def namespace(rng):
    """A gateway of its own goes away under a flood, with all that it has."""
    n = f"x-{rng.getrandbits(32):08x}"
    run("ip", "netns", "add", n)
    run("ip", "link", "add", "x0", "netns", NS["a"], "type", "veth", "peer", "name", "lan", "netns", n)
    run("ip", "link", "add", "wan", "netns", n, "type", "dummy")
    ip_(n, "addr add 10.9.0.1/24 dev lan", "link set lan up", "addr add 192.0.9.1/24 dev wan", "link set wan up", "route add default dev wan")
    ip_("a", "addr add 10.9.0.2/24 dev x0", "link set x0 up", "route add 10.77.0.0/16 via 10.9.0.1")
    run("ip", "netns", "exec", n, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
    tool(n, "dev attach wan", f"sa add dir out src 192.0.9.1 dst 192.0.9.2 spi 0x7001 reqid 7 {words(9)} encap espinudp 4500 4500 keepalive 1",
         f"sa add dir in src 192.0.9.2 dst 192.0.9.1 spi 0x7002 reqid 7 {words(8)} encap espinudp 4500 4500",
         "policy add src 10.9.0.0/16 dst 10.77.0.0/16 action protect reqid 7 src 192.0.9.1 dst 192.0.9.2",
         "policy add prio 1 src 10.9.0.0/16 dst 10.77.0.0/16 proto udp dport 9 action protect reqid 7 src 192.0.9.1 dst 192.0.9.2",
         "pmtu probe spi 0x7001 dst 192.0.9.2 echo 10.77.0.1", "default set probe on")
    with background("a", "ping", "-q", "-f", "-s", "3000", "10.77.0.1"):
        time.sleep(0.5)
        run("ip", "netns", "del", n)
        time.sleep(0.2)
    ip_("a", "link del x0")


def policy_gone(_):
    """What was protected is not for a while; the module may go, and come again."""
    tool("g1", "policy flush", "dev detach wan")
    tool("g2", "policy flush")
    if run("rmmod", "espgw").returncode == 0:
        run(*(["insmod", os.environ["ESPGW_KO"]] if os.environ["ESPGW_KO"] else ["modprobe", "espgw"]))
    again()


STRICT = {"sa": [sa_anew, sa_replaced, sa_limited, sa_set], "policy": [policy_replaced, policy_settings, unload],
          "device": [device_mtu, device_renamed, device_moved, device_deleted, path, route_changed, vrf], "namespace": [namespace]}
WILD = {"sa": STRICT["sa"], "policy": [policy_gone, policy_settings], "device": STRICT["device"]}


def worker(kind, functions, end, rng):
    todo = []
    while time.monotonic() < end:
        todo = todo or rng.sample(functions, len(functions))
        what = todo.pop()
        try:
            what(rng)
        except OSError as e:  # a program that got no memory
            print(f"  {what.__name__}: {e}", flush=True)
        with lock:
            counts[what.__name__] = counts.get(what.__name__, 0) + 1


# -- traffic

@contextlib.contextmanager
def background(ns, *command):
    p = subprocess.Popen(["ip", "netns", "exec", NS[ns], *command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    try:
        yield p
    finally:
        p.kill()
        p.wait()


TCP = """
import socket, sys, threading, time
s = socket.create_server(("10.2.0.2", 5001)) if sys.argv[1] == "b" else None
while True:
    try:
        c = s.accept()[0] if s else socket.create_connection(("10.2.0.2", 5001), 5, ("10.1.0.2", 0))
        c.settimeout(3)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            if s:
                if not c.recv(65536):
                    break
            else:
                c.send(bytes(20000))
                time.sleep(0.02)
        c.close()
    except OSError:
        time.sleep(0.1)
"""
TRAFFIC = [("a", "ping", "-q", "-i", "0.02", "-s", "300", "10.2.0.2"), ("a", "ping", "-6", "-q", "-i", "0.03", "-s", "1200", "fd02::2"),
           ("b", "ping", "-q", "-i", "0.1", "-s", "4000", "10.1.0.2"), ("a", "ping", "-q", "-i", "0.2", "-s", "9000", "10.2.0.2"),
           ("a", "ping", "-q", "-i", "0.05", "-M", "do", "-s", "1440", "10.2.0.2"), ("a", "ping", "-q", "-f", "-s", "64", "10.2.0.2"),
           ("b", sys.executable, "-c", TCP, "b"), ("a", sys.executable, "-c", TCP, "a")]


@contextlib.contextmanager
def traffic():
    with contextlib.ExitStack() as all_:
        yield [all_.enter_context(background(*command)) for command in TRAFFIC]


def change(kinds, seconds):
    """All kinds of changes at once, for so long."""
    end = time.monotonic() + seconds
    threads = [threading.Thread(target=worker, args=(kind, functions, end, random.Random(f"{SEED} {kind}")))
               for kind, functions in kinds.items()]
    for t in threads:
        t.start()
    while alive := [t for t in threads if t.is_alive()]:
        alive[0].join(10)
        print(f"  {sum(counts.values())} changes", flush=True)


def failing(on):
    if FAIL and os.path.isdir(FAILSLAB):
        failslab(verbose=0, ignore_gfp_wait="Y", task_filter="N", interval=1, times=-1 if on else 0, probability=FAIL if on else 0)


def carries():
    """Of a size that hosts have to learn first."""
    return all(run("ip", "netns", "exec", NS["a"], "ping", "-q", "-c", "1", "-W", "1", "-s", "3000", address).returncode == 0
               for address in ("10.2.0.2", "fd02::2"))


def exact(f, what):
    """Set up anew, the tunnel carries every packet, and each is counted."""
    addresses()
    again()
    end = time.monotonic() + 20 * PATIENCE
    while not carries() and time.monotonic() < end:
        pass
    time.sleep(1)  # what was under way has arrived
    before = [stats(g) for g in ("g1", "g2")]
    for address in "10.2.0.2", "fd02::2":
        said = run("ip", "netns", "exec", NS["a"], "ping", "-q", "-c", "20", "-i", "0.05", "-W", "5", "-s", "3000", address).stdout
        f.same(re.findall(r"(\d+) received", said), ["20"], f"{what}: pings of 3000 bytes to {address}")
    for g, then in zip(("g1", "g2"), before):
        now = stats(g)
        # What never came whole is given up, and dropped, when its time is over.
        f.same({k: now[k] - then[k] for k in now if k.startswith("drop_") and not k.endswith("_vfr") and now[k] != then[k]}, {}, f"{what}: dropped at {g}")
        f.same(now["out_packets"] - then["out_packets"] >= 40, True, f"{what}: encrypted at {g}")


def stats(g):
    return json.loads(run(ESPGW, "-n", NS[g], "-j", "stats", "show").stdout)[0]


def phase(kinds, what):
    f = Faults()
    counts.clear()
    with traffic() as processes:
        failing(True)
        change(kinds, SECONDS)
        failing(False)
        gone = [" ".join(TRAFFIC[i])[:60] for i, p in enumerate(processes) if p.poll() is not None]
        f.same(gone, [], "traffic that has ended")
    f.extend(faults)
    faults.clear()
    never = sorted(x.__name__ for functions in kinds.values() for x in functions if x.__name__ not in counts)
    f.same(never if SECONDS >= 100 else [], [], "changes that never happened")
    print("  " + ", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    for g in "g1", "g2":
        print(f"  {g}: " + ", ".join(f"{k} {v}" for k, v in stats(g).items() if v))
    exact(f, what)
    f.point(f"{what}: the tunnel is then as it was")


faults = []
if CRYPTO and not asynccipher.asynchronous():
    ok(True, f"{HOW} # SKIP this kernel has no {CRYPTO}")
    done()
print(f"  seed {SEED}, {SECONDS:.0f} seconds, crypto {CRYPTO or 'as it is'}, {FAIL} % of allocations fail")
again()
if HOW == "strict":
    phase(STRICT, "SAs, limits, devices, routes, VRFs and a namespace change")
else:
    phase(WILD, "policies go as well, and the module")
# What hosts have to say of fragments that never came, half a minute later, is to be protected still.
for g_ in "g1", "g2":
    tool(g_, "sa flush")
if CRYPTO:
    asynccipher.synchronous()
done()
