# SPDX-License-Identifier: GPL-2.0
"""What happens when the system starts: "espgw block" and "espgw apply" as systemd's units have them."""

import re

from wire import *

net = Net()
DIR, UNITS = os.environ["tmp"] + "/etc", os.environ["ESPGW_UNITS"]
os.mkdir(DIR)
A, B = f"{DIR}/a.conf", f"{DIR}/b.conf"
OUT, IN = f"src {G1[4]} dst {G2[4]}", f"src {G2[4]} dst {G1[4]}"
T = Tunnel(1, "gcm128")
SAS = [f"sa add dir out {OUT} spi 0x1001 reqid 2 {T.alg.words(T.alg.espgw, 0x1001)} reuse-key",
       f"sa add dir in {IN} spi 0x2001 reqid 2 {T.alg.words(T.alg.espgw, 0x2001)}"]
POLICY = f"policy add src 10.1.0.0/16 dst 10.2.1.0/24 action protect reqid 2 {OUT}"
GOOD = ["dev attach wan", *SAS, POLICY]
LOCAL = ("10.1.0.1", 7777)
LEFT, RIGHT, FREE = "10.1.1.2", "10.2.1.9", R1[4]


def commands(unit, key="ExecStart"):
    """The commands of a unit, for this network: with the files of this test."""
    with open(f"{UNITS}/{unit}.in") as f:
        found = re.findall(rf"^{key}=(.*)$", f.read(), re.M)
    return [c.replace("@sbindir@/espgw", ESPGW).replace("/etc/espgw", DIR).replace("$$", "$") for c in found]


def run(command, env=None):
    """In gateway 1. Status, and what is said."""
    if command == "/sbin/modprobe espgw" and os.path.isdir("/sys/module/espgw"):
        command = "true"
    with net.inside(net.ns["g1"]):
        p = subprocess.run(["/bin/sh", "-c", command], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **(env or {})})
    return p.returncode, p.stderr


def tool(*args):
    return run(" ".join([ESPGW, *args]))


def files(**contents):
    fill(DIR, **{name + "_conf": lines for name, lines in contents.items()})


def empty():
    """As it is when the system starts. Nobody sends."""
    if os.path.isdir("/sys/module/espgw"):
        files(a=["guard on"])
        tool("apply", DIR)
    tool("block", "off")
    run("nft flush ruleset")


def collect():
    """What was caught, when nothing comes any more: no fence goes where nothing is forwarded."""
    caught, quiet = {name: [] for name in net.ports}, 0
    while quiet < 5:
        time.sleep(0.05 * PATIENCE)
        got = 0
        for name, port in net.ports.items():
            port.poll()
            got += len(port.got)
            caught[name] += port.got
            port.got = []
        quiet = 0 if got else quiet + 1
    return caught


class Traffic(threading.Thread):
    """Of all kinds: through the gateway both ways, to it, by it, and what need not be protected."""

    def __init__(self, own=True):
        super().__init__(daemon=True)
        self.go, self.n, self.heard, self.own = True, 0, 0, own
        self.socket = net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(LOCAL)
        self.socket.setblocking(False)
        self.any = net.socket("g1", socket.AF_INET, socket.SOCK_DGRAM)

    def run(self):
        while self.go:
            self.n += 1
            net.send("a0", datagram(LEFT, RIGHT, 100, seed=self.n), datagram(LEFT, FREE, 100, seed=self.n))
            net.send("r1", datagram(RIGHT, LEFT, 100, seed=self.n),
                     ip4(RIGHT, LOCAL[0], UDP, udp(RIGHT, LOCAL[0], b"in clear", dport=LOCAL[1])))
            for s in (self.socket, self.any) if self.own else ():
                try:
                    s.sendto(b"of its own", (RIGHT, 9))
                except OSError:
                    pass
            try:
                while self.socket.recv(100):
                    self.heard += 1
            except OSError:
                pass
            time.sleep(0.02)

    def end(self):
        time.sleep(0.05)
        self.go = False
        self.join()
        self.socket.close()
        self.any.close()
        return collect()


def covered(p):
    return not p.is_esp and any(p.src.startswith(x) and p.dst.startswith(y) for x, y in (("10.1.", "10.2.1."), ("10.2.1.", "10.1.")))


def start(f, block="", espgw=None, forwards=True, up=False, env=None, between=None, heard=False, own=True, blocked=None):
    """The system starts. block: what its unit says; espgw: how its unit fails, (command, status, what it says); forwards:
    what need not be protected passes; up: what has to be is protected in the end."""
    collect()
    for c in commands("espgw-block.service"):
        f.same(run(c, env), (0, block), c.replace(DIR, "/etc/espgw"))
    traffic = Traffic(own)
    traffic.start()
    time.sleep(0.05)
    if between:
        between()
        time.sleep(0.05)
    failed_at = None
    for i, c in enumerate(commands("espgw.service")):
        status, said = run(c, env)
        if status:
            failed_at = (i, status, said)
            break
    f.same(failed_at, espgw, "espgw.service")
    time.sleep(0.05)
    caught = traffic.end()
    f.same([p for p in caught["r1"] if covered(p)][:2], [], f"in clear at the router, of {traffic.n}")
    f.same([p for p in caught["a0"] if covered(p)][:2], [], "in clear at the host")
    f.same(traffic.heard > 0, heard, "in clear at the gateway's own socket")
    f.same(sum(p.dst == FREE and p.src == LEFT for p in caught["r1"]), traffic.n if forwards else 0, "what need not be protected")
    f.same(any(p.is_esp for p in caught["r1"]), up, "encrypted")
    show = judged("block show", subprocess.run(["ip", "netns", "exec", net.ns["g1"], ESPGW, "-j", "block", "show"], stdout=subprocess.PIPE, text=True).stdout)[0]
    f.same(show["block"], not up if blocked is None else blocked, "block show")
    return traffic


def point(what, **how):
    f = Faults()
    if "files" in how:
        files(**how.pop("files"))
    after = how.pop("after", None)
    start(f, **how)
    if after:
        after(f)
    f.point(what)


def warn(text):
    return f"espgw: warning: {text}\n"


UNKNOWN = warn("which policies there are to be is not known: nothing is forwarded")
KNOWN = warn("what was wrong is left out: the policies are known, and block what they cover")
NO_NFT = warn("block on: nft does not take its part: what arrives in clear for this host itself is not blocked")
UNDONE = "espgw: apply: the {} changes before it are undone: all is as it was\n"

# ---- what the block is ----

empty()
f = Faults()
files(a=[POLICY, "policy add prio 5 src 10.1.0.0/16 dst 10.2.7.0/24 action discard", "policy add src fd01::/16 dst fd02::/16 action bypass",
         "policy add prio 9 src fd01::/16 dst ::/0 action discard", "policy add prio 3 src any dst 10.2.1.8/31 proto tcp dport 22-23 action bypass",
         "policy add dev wan src ::/0 dst ::/0 action discard", "policy add src 10.1.0.0/16 dst 10.2.1.7 action bypass"])
f.same(tool("block", "on", DIR), (0, ""), "on")
p = subprocess.run(["ip", "-n", net.ns["g1"], "rule"], stdout=subprocess.PIPE, text=True).stdout
f.same([line.split("\t")[1] for line in p.splitlines() if line[:2] in ("1:", "2:")],
       ["from 10.1.0.0/16 to 10.2.1.7 goto 2", "from 10.2.1.7 to 10.1.0.0/16 goto 2",
        "from 10.1.0.0/16 to 10.2.1.0/24 blackhole", "from 10.2.1.0/24 to 10.1.0.0/16 blackhole",
        "from all to 10.2.1.0/24 iif lo blackhole", "from 10.1.0.0/16 to 10.2.7.0/24 blackhole",
        "from 10.2.7.0/24 to 10.1.0.0/16 blackhole", "from all to 10.2.7.0/24 iif lo blackhole",
        "from all nop"], "rules of IPv4")
p = subprocess.run(["ip", "-6", "-n", net.ns["g1"], "rule"], stdout=subprocess.PIPE, text=True).stdout
f.same([line.split("\t")[1] for line in p.splitlines() if line[:2] in ("1:", "2:")],
       ["from fd01::/16 to fd02::/16 goto 2", "from fd02::/16 to fd01::/16 goto 2",
        "not from all iif lo blackhole", "from fd01::/16 blackhole", "from all to fd01::/16 blackhole",
        "from all iif lo blackhole", "from all nop"], "rules of IPv6")
before = p
f.same(tool("block", "on", DIR), (0, ""), "on again")
f.same(subprocess.run(["ip", "-6", "-n", net.ns["g1"], "rule"], stdout=subprocess.PIPE, text=True).stdout, before, "the same rules")
f.point("the block: rules of the routing policy, in the order of policies")
f = Faults()
table = subprocess.run(["ip", "netns", "exec", net.ns["g1"], "nft", "list", "table", "inet", "espgw_block"], stdout=subprocess.PIPE, text=True).stdout
leaves, arrives = (re.sub(r" packets \d+ bytes \d+", "", re.search(rf"chain {c} {{\n(.*?)\n\t}}", table, re.S)[1]).replace("\t", "").splitlines()
                   for c in ("leaves", "arrives"))
f.same([line for line in leaves if "daddr 10" in line],
       ["ip saddr 10.1.0.0/16 ip daddr 10.2.1.7 return", "ip saddr 10.1.0.0/16 ip daddr 10.2.1.0/24 counter drop",
        "ip daddr 10.2.1.8/31 tcp dport 22-23 return", "ip saddr 10.1.0.0/16 ip daddr 10.2.7.0/24 counter drop"], "leaves")
f.same(sum("ip6" in line or "ipv6" in line for line in leaves + arrives), 6, "IPv6")
f.same([line for line in arrives if 'iifname "wan"' in line and line.endswith("counter drop")][:1] != [], True, "what is a device's")
f.same(tool("block", "off"), (0, ""), "off")
f.same(run("nft list tables"), (0, ""), "tables")
p = subprocess.run(["ip", "-n", net.ns["g1"], "rule"], stdout=subprocess.PIPE, text=True).stdout
f.same(len(p.splitlines()), 3, "rules of others stay")
f.same(tool("block", "off"), (0, ""), "off again")
f.point("the block: a table of nftables besides; both go")

# ---- starts ----

point("all is there: blocked, then protected, with no moment between", files=dict(a=GOOD), up=True)
empty()
point("the device is not there: what is to be protected is, whatever device it leaves by", files=dict(a=[x.replace("dev attach wan", "dev attach ppp7") for x in GOOD]), up=True)
empty()
point("a syntax error in a policy: nothing is forwarded", files=dict(a=GOOD, b=["# more", "policy add src 10.1.0.0/16 dst 10.2.9.0/33 action discard"]),
      block=f"espgw: {B}: line 2: policy add: \"dst\": the prefix length must be 0-32, not \"33\"\n" + UNKNOWN,
      espgw=(1, 1, f"espgw: {B}: line 2: policy add: \"dst\": the prefix length must be 0-32, not \"33\"\n"), forwards=False)
empty()
LIST = "dev, default, guard, xfrm, sa, policy, pmtu, vfr, mss, stats, status, explain, monitor, save, restore, once, block, apply"
NOTHING = f"espgw: {A}: line 4: unknown object \"polic\": must be one of {LIST}\n"
point("a line that is nothing: nothing is forwarded", files=dict(a=GOOD[:3] + ["polic " + POLICY[7:]]), block=NOTHING + UNKNOWN, espgw=(1, 1, NOTHING),
      forwards=False, heard=True, own=False)
empty()
BAD_SA = f"espgw: {A}: line 2: sa add: \"dir\" must be in or out, not \"up\"\n"
point("a syntax error in an SA: the policies are known, and the rest is forwarded", files=dict(a=[GOOD[0], GOOD[1].replace("dir out", "dir up"), *GOOD[2:]]),
      block=BAD_SA + KNOWN, espgw=(1, 1, BAD_SA))
empty()
TWICE = f"espgw: {B}: line 1: policy add: contradicts, or repeats, {A}: line 4, which is about the same\n"
point("two files that contradict: nothing is forwarded", files=dict(a=GOOD, b=["policy add src 10.1.0.0/16 dst 10.2.1.0/24 action bypass"]),
      block=TWICE + UNKNOWN, espgw=(1, 1, TWICE), forwards=False)
empty()
LO = f"espgw: {A}: line 5: dev attach: a loopback device leads to no peer\n"
point("the kernel refuses something: all is undone, and it stays blocked", files=dict(a=[*GOOD, "dev attach lo"]),
      espgw=(1, 2, LO + UNDONE.format(4)))
empty()
STATIC = f"espgw: {A}: line 2: sa add: an outbound SA whose key is in a file uses its sequence numbers again after every start, which breaks most " \
         "ciphers: let a key daemon make it; \"reuse-key\" does so all the same, for trials\n"
point("a key in a file: it stays blocked", files=dict(a=[GOOD[0], GOOD[1].replace(" reuse-key", ""), *GOOD[2:]]), block=STATIC + KNOWN, espgw=(1, 1, STATIC))
empty()
point("without nft: what is forwarded and what the gateway sends is blocked all the same", files=dict(a=GOOD[:1] + GOOD[3:] + ["dev attach lo"]),
      block=NO_NFT, espgw=(1, 2, LO.replace("line 5", "line 3") + UNDONE.format(2)), env={"PATH": "/nonexistent"}, heard=True)
empty()
point("a firewall that is loaded meanwhile takes its part away, and not the rest", files=dict(a=GOOD[:1] + GOOD[3:] + ["dev attach lo"]),
      espgw=(1, 2, LO.replace("line 5", "line 3") + UNDONE.format(2)), between=lambda: run("nft flush ruleset"), heard=True)
empty()
# A key daemon comes later.
net.ip("g2", T.xfrm(2))
f = Faults()
files(a=["dev attach wan", "xfrm on", "policy add prio 4294967295 src 10.1.0.0/16 dst 10.2.0.0/16 action discard"])
start(f, blocked=False)
net.ip("g1", T.xfrm(1))
for _ in range(200):
    with net.inside(net.ns["g1"]):
        rows = judged("xfrm show", subprocess.run([ESPGW, "-j", "xfrm", "show"], stdout=subprocess.PIPE, text=True).stdout)
    if len(rows) > 1 and all(r.get("adopted", True) or r["reason"] == "gro" for r in rows):
        break
    time.sleep(0.05)
# A kernel with esp4_offload built in keeps them, and carries the packets itself.
f.same([r["reason"] for r in rows[1:] if not r["adopted"] and r["reason"] != "gro"], [], "not adopted")
caught = net.exchange("a0", datagram(LEFT, RIGHT, 100, seed=1))
f.same([p.is_esp for p in caught["r1"]], [True], "then it is encrypted")
f.same([p.dst for p in caught["b0"]], [RIGHT], "and arrives")
caught = net.exchange("b0", datagram(RIGHT, LEFT, 100, seed=2))
f.same([p.dst for p in caught["a0"]], [LEFT], "and so does what comes back")
net.ip("g1", ["xfrm policy flush", "xfrm state flush"])
f.point("keyed by a daemon: a policy to discard holds until it has come")
empty()
tool("xfrm", "off")
# The unit of the block itself cannot be started.
f = Faults()
files(a=GOOD)
for c in commands("espgw-block.service", "ExecStopPost"):
    f.same(run(c, {"SERVICE_RESULT": "success"}), (0, ""), "it could")
f.same(len(subprocess.run(["ip", "-n", net.ns["g1"], "rule"], stdout=subprocess.PIPE, text=True).stdout.splitlines()), 3, "rules")
for c in commands("espgw-block.service", "ExecStopPost"):
    f.same(run(c, {"SERVICE_RESULT": "exit-code"}), (0, ""), "it could not")
# What the gateway itself sends is not stopped by that.
traffic = Traffic(own=False)
traffic.start()
time.sleep(0.1)
caught = traffic.end()
f.same([p for p in caught["r1"] if p.src == LEFT][:2], [], "forwarded")
f.same([p for p in caught["a0"] if covered(p)][:2], [], "forwarded to the host")
f.same(tool("block", "off"), (0, ""), "off")
f.same(len(subprocess.run(["ip", "-n", net.ns["g1"], "rule"], stdout=subprocess.PIPE, text=True).stdout.splitlines()), 3, "rules")
f.point("the block's own unit fails: nothing is forwarded")
# No module for this kernel.
if os.environ["loaded_here"] == "1" and os.environ.get("ESPGW_KO"):
    subprocess.run(["rmmod", "espgw"], check=True)
    status, said = run("modprobe espgw")
    f = Faults()
    f.same(tool("apply", DIR), (2, "espgw: apply: the espgw module is not loaded (modprobe espgw)\n"), "apply")
    f.same(tool("apply", "--check", DIR), (2, "espgw: apply: the espgw module is not loaded (modprobe espgw)\n"), "apply --check")
    start(f, espgw=(0, status, said))
    f.same(status != 0 and "espgw" in said, True, "modprobe says why")
    f.point("no module for this kernel: it stays blocked, and the rest is forwarded")
    subprocess.run(["insmod", os.environ["ESPGW_KO"]], check=True)
    f = Faults()
    start(f, up=True)
    f.point("and with the module, without a start of the system, it is protected")
else:
    ok(True, "no module for this kernel # SKIP the module was loaded before")
    ok(True, "and with the module # SKIP the module was loaded before")
empty()
sys.exit(failed > 0)
