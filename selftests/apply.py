# SPDX-License-Identifier: GPL-2.0
"""Configurations in files: what "espgw apply" says, does, leaves alone, refuses and undoes."""

import random
import re

from wire import *

net = Net()
DIR = os.environ["tmp"] + "/conf"
os.mkdir(DIR)
OUT, IN = f"src {G1[4]} dst {G2[4]}", f"src {G2[4]} dst {G1[4]}"
BY = f"action protect reqid {{}} {OUT}"
NET = "src 10.1.0.0/16 dst 10.2.{}.0/24"


def out(i, alg="gcm128", spi=0x1000, reqid=None, more=""):
    return f"sa add dir out {OUT} spi {spi + i:#x} reqid {reqid or i + 1} {words(alg, spi + i)} reuse-key {more}"


def in_(i, alg="gcm128", spi=0x2000, more=""):
    return f"sa add dir in {IN} spi {spi + i:#x} reqid {i + 1} {words(alg, spi + i)} {more}"


def words(alg, seed):
    return ALGS[alg].words(ALGS[alg].espgw, seed)


def pair(i, alg="gcm128"):
    return [out(i, alg), in_(i, alg), f"policy add {NET.format(i)} {BY.format(i + 1)}"]


def tool(*args, text=None):
    """The tool on gateway 1: exit status, output, messages."""
    with net.inside(net.ns["g1"]):
        p = subprocess.run([ESPGW, *args], input=text, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return p.returncode, p.stdout, p.stderr


def apply(lines, *more):
    fill(DIR, a_conf=lines)
    return tool(*more, "apply", DIR)


def check(lines):
    fill(DIR, a_conf=lines)
    return tool("apply", "--check", DIR)


def state():
    """All that there is."""
    status, text, said = tool("save")
    return "".join(line for line in text.splitlines(True) if not line.startswith("once ")) if not status else said


def without_numbers(text):
    return re.sub(r" seq \d+", "", text)


def commands(text):
    """The commands of JSON or text."""
    return [row["command"] for row in judged("apply", text)] if text.startswith("[") else text.splitlines()


def empty():
    apply(["guard on"])
    tool("xfrm", "off")


# ---- what is wanted, and nothing else ----

RICH = ["# all kinds of rows", "guard off", "default set df set mss 1200 probe on", "xfrm on mode interface if-id 7",
        "dev attach wan inner-df clear mtu-cap 1400", "dev attach 'ppp*' mss off", "dev attach tun9 mtu-follow on",
        "vfr set dev wan dir in on max-fragments 64", "vfr set dev 'ppp*' dir out off", "vfr set dev tun9 dir in auto",
        out(1, "gcm128", more="esn df copy ttl copy dscp 46 limit soft packets 1000 limit hard packets 2000 limit hard bytes 99999"),
        out(2, "cbc-sha256", more="ecn off tfc 100 class 0,46 mark 0x10/0xf0 dscp copy ecn off".replace(" ecn off", "", 1)),
        out(3, "null-sha256", more="encap espinudp 4500 4501 keepalive 20 pmtu-age infinite"), out(4, "cbc-sha1", more="seq 5 limit soft seconds 60"),
        in_(1, "chacha", more="replay-window 1024 esn"), in_(2, "cbc-sha512", more="replay-window 64 ecn on"), in_(3, "null-sha256", more="replay-window 0"),
        f"policy add {NET.format(1)} {BY.format(2)}", f"policy add prio 0 dev wan {NET.format(2)} proto tcp dport 80-90 {BY.format(3)}",
        f"policy add prio 7 {NET.format(3)} proto udp sport 53 dscp ef mark 0x1 action discard",
        f"policy add {NET.format(3)} proto icmp action bypass", "policy add src fd01::/16 dst any action bypass",
        f"pmtu set spi 0x1001 dst {G2[4]} mtu 1300 lock", f"pmtu set spi 0x1004 dst {G2[4]} mtu 1280 age infinite"]
f = Faults()
status, said, errors = check(RICH)
f.same((status, errors, len(said.splitlines())), (3, "", 22), "before, checked")
f.same(state(), "", "and nothing is done")
status, done, errors = apply(RICH)
f.same((status, done, errors), (0, said, ""), "applied: the same is said")
f.same(check(RICH), (0, "", ""), "after that nothing differs")
f.same(tool("-j", "apply", "--check", DIR), (0, "[]\n", ""), "in JSON")
f.point("all kinds of rows are made, and are then what is wanted")
f = Faults()
rows = state()
f.same(len(rows.splitlines()), 22, "lines saved")
text = "".join(line + (" reuse-key" if line.startswith("sa add dir out") else "") + "\n" for line in rows.splitlines())
f.same(check(text.splitlines()), (0, "", ""), "what save writes differs from nothing")
f.same(tool("apply", "--check", "-", text=text), (0, "", ""), "from standard input")
f.same(apply(RICH), (0, "", ""), "applied again")
f.same(state(), rows, "and nothing is other")
f.point("what save writes is what there is, and applying it again does nothing")
f = Faults()
status, said, errors = apply(["guard on"])
f.same((status, errors), (0, ""), "an empty one")
f.same(commands(said)[-2:], [f"sa del dir out dst {G2[4]} spi 0x00001003", f"sa del dir out dst {G2[4]} spi 0x00001004"], "SAs go last")
f.same(state(), "xfrm on mode interface if-id 7\n", "left")
f.same(apply(["xfrm off"])[:2], (0, "xfrm off\n"), "off is said")
f.same(state(), "", "left then")
f.point("what no file says goes, but xfrm's, which goes when that is said")

# ---- what is said ----

BASE = ["dev attach wan", out(1), in_(1), *pair(2), f"policy add {NET.format(1)} {BY.format(2)}",
        f"policy add prio 5 {NET.format(5)} action bypass", f"policy add prio 9 {NET.format(9)} action discard"]
NEXT = ["default set mss 1000", "dev attach wan mss 1300", out(1, more="df copy limit hard packets 99"), in_(1, spi=0x2000, more="replay-window 128"),
        out(2, spi=0x3000, reqid=3), in_(2), f"policy add {NET.format(2)} {BY.format(3)}", f"policy add {NET.format(1)} action discard",
        f"policy add prio 4 {NET.format(7)} {BY.format(2)}", f"policy add prio 3 {NET.format(8)} {BY.format(2)}",
        "dev attach wan2", f"pmtu set spi 0x1001 dst {G2[4]} mtu 1300"]
KEYED = "aead rfc4106(gcm(aes)) (key) 128"
WANTED = f"""default set mss 1000
sa replace dir in {IN} spi 0x00002001 reqid 2 {KEYED} replay-window 128
sa set dir out dst {G2[4]} spi 0x00001001 limit hard packets 99 df copy
sa add dir out {OUT} spi 0x00003002 reqid 3 {KEYED} reuse-key
policy replace src 10.1.0.0/16 dst 10.2.1.0/24 action discard
    was action protect reqid 2 {OUT}
policy add prio 3 src 10.1.0.0/16 dst 10.2.8.0/24 action protect reqid 2 {OUT}
policy add prio 4 src 10.1.0.0/16 dst 10.2.7.0/24 action protect reqid 2 {OUT}
dev set wan mss 1300
dev attach wan2
pmtu set spi 0x00001001 dst {G2[4]} mtu 1300
policy del prio 9 src 10.1.0.0/16 dst 10.2.9.0/24
policy del prio 5 src 10.1.0.0/16 dst 10.2.5.0/24
sa del dir out dst {G2[4]} spi 0x00001002
"""
f = Faults()
f.same(apply(BASE)[::2], (0, ""), "the first")
status, said, errors = check(NEXT)
f.same((status, errors), (3, ""), "status")
if said != WANTED:
    f += [f"{a!r} for {b!r}" for a, b in zip(said.splitlines() + [None] * 20, WANTED.splitlines() + [None] * 3) if a != b]
f.point("--check says in commands what would be done, in its order, and what was")
f = Faults()
status, text, errors = tool("-j", "apply", "--check", DIR)
rows = judged("apply", text)
f.same((status, errors), (3, ""), "status")
f.same([r["command"] for r in rows], [line for line in WANTED.splitlines() if line[0] != " "], "commands")
f.same([(r["change"], r["object"], r.get("line")) for r in rows],
       [("add", "default", 1), ("change", "sa", 4), ("change", "sa", 3), ("add", "sa", 5), ("change", "policy", 8), ("add", "policy", 10),
        ("add", "policy", 9), ("change", "dev", 2), ("add", "dev", 11), ("add", "pmtu", 12), ("remove", "policy", None),
        ("remove", "policy", None), ("remove", "sa", None)], "what, and where it is said")
f.same(rows[4], {"change": "policy" and "change", "object": "policy", "command": "policy replace src 10.1.0.0/16 dst 10.2.1.0/24 action discard",
                 "was": f"action protect reqid 2 {OUT}", "file": f"{DIR}/a.conf", "line": 8, "prio": 0, "src": "10.1.0.0/16",
                 "dst": "10.2.1.0/24", "action": "discard"}, "a row")
f.same(rows[9], {"change": "add", "object": "pmtu", "command": f"pmtu set spi 0x00001001 dst {G2[4]} mtu 1300", "file": f"{DIR}/a.conf",
                 "line": 12, "spi": "0x00001001", "dst": G2[4]}, "a row of what is not there yet")
f.same([r["file"] for r in rows if "file" in r], [f"{DIR}/a.conf"] * 10, "files")
f.same(re.findall(r'"(?:auth_)?key"|0x[0-9a-f]{9}', text), [], "keys")
f.point("and in JSON, with where it is said; no key is shown")
f = Faults()
before = state()
f.same(apply(NEXT)[1], WANTED, "applied: said")
f.same(check(NEXT), (0, "", ""), "and done")
status, said, errors = apply(BASE)
f.same((status, errors), (0, ""), "back")
f.same(f"sa set dir out dst {G2[4]} spi 0x00001001 limit hard packets 0 df inherit" in said, True, "what is set no more")
f.same("default set mss inherit\n    was mss 1000\n" in said, True, "of the default")
f.same("dev set wan mss inherit\n    was mss 1300\n" in said, True, "of the device")
f.same(sorted(without_numbers(state()).splitlines()), sorted(without_numbers(before).splitlines()), "as it was")
f.same(check(BASE), (0, "", ""), "checked")
f.point("done, and back again")

# ---- any two ----

ROWS = [[out(1), out(1, more="dscp 10"), out(1, more="ttl 9 tfc 8 mark 0x3/0xf class 1,2 limit soft bytes 7"), out(1, reqid=9), out(1, "chacha"),
         out(1, more="encap espinudp 4500 4500"), out(1, more="encap espinudp 4500 4502 keepalive 9 esn")],
        [in_(1), in_(1, more="mark 0x3 ecn off"), in_(1, more="replay-window 0"), in_(1, "cbc-sha256")],
        [out(2), out(2, more="df clear frag after mtu-cap 1400 min-pmtu 700 probe off")],
        [f"policy add {NET.format(1)} {BY.format(2)}", f"policy add {NET.format(1)} {BY.format(9)}", f"policy add {NET.format(1)} action bypass"],
        [f"policy add prio 3 dev wan {NET.format(1)} proto udp dport 1-9 action discard"],
        [f"policy add prio 3 {NET.format(4)} mark 1/3 dscp 5 {BY.format(3)}", f"policy add prio 3 {NET.format(4)} mark 1/3 dscp 5 action bypass"],
        ["dev attach wan", "dev attach wan mss off df clear", "dev attach wan mtu-follow on split max"],
        ["dev attach 'ppp*'", "dev attach 'ppp*' mss 1200"],
        ["guard off"], ["default set frag off icmp-answer off", "default set pmtu-learn off mtu-cap 1450 min-pmtu 600"],
        ["xfrm set reqid 5 df copy", "xfrm set reqid 5 mss 900 mtu-cap 1400"], ["xfrm set if-id 7 frag after"],
        ["xfrm on", "xfrm on mode policy", "xfrm off"]]
VFR = ["vfr set dev wan dir in off", "vfr set dev wan dir in max-bytes 70000 timeout 9 drop-fragments on"]


def any_configuration(rng):
    lines = [rng.choice(row) for row in ROWS if rng.random() < 0.6]
    # The kernel keeps a device that protect policies need.
    if not any(line.startswith("dev attach wan") for line in lines):
        lines.append("dev attach wan")
    lines += [rng.choice(VFR)] * (rng.random() < 0.5)
    if any(line.startswith("sa add dir out") and "spi 0x1002 " in line for line in lines) and rng.random() < 0.5:
        lines.append(f"pmtu set spi 0x1002 dst {G2[4]} mtu {rng.choice([1300, 1400])}" + rng.choice(["", " lock"]))
    rng.shuffle(lines)
    return lines


f, rng = Faults(), random.Random(16)
empty()
for i in range(40):
    lines = any_configuration(rng)
    status, said, errors = apply(lines)
    if (status, errors) != (0, "") or check(lines) != (0, "", ""):
        f.append(f"{i}: {status} {errors} then {check(lines)}: {lines}")
        break
f.point("40 configurations one after the other: each is what there is then")

# ---- under traffic ----

empty()
T = {i: Tunnel(i, "gcm128") for i in (1, 2, 3)}
net.ip("g2", [c for t in T.values() for c in t.xfrm()])
STAYS = ["dev attach wan", out(1), in_(1), f"policy add {NET.format(1)} {BY.format(2)}", out(2), in_(2), f"policy add {NET.format(2)} {BY.format(3)}"]
# Each says otherwise how the same packets are to be protected, and much besides.
WAYS = [STAYS,
        ["guard off"] + STAYS + [out(3), in_(3), f"policy add prio 3 {NET.format(3)} {BY.format(4)}", f"policy add prio 9 {NET.format(9)} action discard"],
        ["default set mss 1100"] + [x.replace("dev attach wan", "dev attach wan mss 1200") for x in STAYS] + ["dev attach wan7"],
        [x.replace("policy add src", "policy add prio 4 src") for x in STAYS],
        [x.replace("dst 10.2.1.0/24", "dst 10.2.0.0/23") for x in STAYS] + [f"policy add prio 2 {NET.format(1)} {BY.format(2)}"],
        [out(1, more="dscp 0 limit hard packets 1000000 df set"), in_(1, more="mark 0x7")] + [x for x in STAYS if x not in (out(1), in_(1))],
        ["vfr set dev wan dir out max-fragments 99"] + STAYS + ["policy add prio 20 src 10.1.0.0/16 dst 10.2.0.0/16 action discard"],
        # With no device attached, or another name for it, the guard watches it; the last one opens or closes a hole if its order is wrong.
        STAYS[1:], ["dev attach 'wa*' mss 1300"] + STAYS[1:],
        STAYS[:3] + STAYS[4:6] + ["policy add prio 5 src 10.1.0.0/16 dst 10.2.0.0/16 action discard", f"policy add prio 4 {NET.format(1)} {BY.format(2)}",
                                  f"policy add prio 4 {NET.format(2)} {BY.format(3)}"]]


class Traffic(threading.Thread):
    """Packets through tunnels 1 and 2, one after the other, numbered."""

    def __init__(self):
        super().__init__(daemon=True)
        self.sent, self.go = 0, True

    def run(self):
        while self.go:
            i = 1 + self.sent % 2
            net.send("a0", datagram("10.1.1.2", f"10.2.{i}.9", 100, seed=self.sent))
            self.sent += 1
            if not self.sent % 4:
                time.sleep(0.002)


def numbers(caught, spi):
    return [p.seq for p in caught["r1"] if p.is_esp and p.spi == spi]


f = Faults()
apply(STAYS)
net.settle()
first = {s["spi"]: s for s in net.show("sa show")}
traffic = Traffic()
traffic.start()
order = [i for i in range(len(WAYS)) for _ in range(2)]
random.Random(4).shuffle(order)
for i in order + [0]:
    status, said, errors = apply(WAYS[i])
    f.same((status, errors), (0, ""), f"configuration {i}")
    time.sleep(0.02)
traffic.go = False
traffic.join()
caught = net.settle()
n = traffic.sent
print(f"{n} packets in {len(order) + 1} changes")
f.same(n > 200, True, "packets were sent all the while")
for i in 1, 2:
    f.same(numbers(caught, 0x1000 + i), list(range(1, (n + 2 - i) // 2 + 1)), f"tunnel {i}: every number once, in order")
f.same(len(caught["b0"]), n, "packets that arrived")
f.same([p for p in caught["r1"] if not p.is_esp][:3], [], "others, in clear")
after = {s["spi"]: s for s in net.show("sa show")}
f.same([(after[s]["packets"], after[s]["seq"]) for s in ("0x00001001", "0x00001002")], [((n + 1) // 2,) * 2, (n // 2,) * 2], "counted by the SAs that were there")
f.same([k for k, v in net.stats().items() if k.startswith("drop_") and v and k != "drop_in_cleartext"], [], "drops")
f.point("under traffic, nothing of what stays is lost, clear, repeated or re-keyed")

# ---- all of it or nothing ----

ONES = [*STAYS, "dev attach wan2", f"policy add prio 5 {NET.format(5)} action bypass"]
apply(ONES)
with_numbers = state()


def refused(lines, status, wanted, what, other=None):
    """Nothing is changed, and exactly this is said."""
    f = Faults()
    fill(DIR, a_conf=lines, **({"b_conf": other} if other else {}))
    for args in (("apply", "--check", DIR), ("apply", DIR)) if status == 1 else (("apply", DIR),):
        got = tool(*args)
        f.same((got[0], got[2]), (status, "".join(f"espgw: {line}\n" for line in wanted)), " ".join(args[:2]))
        if status == 1:
            f.same(got[1], "", "printed")
    f.same(state(), with_numbers, "what there is")
    f.point(what)


A, B = f"{DIR}/a.conf", f"{DIR}/b.conf"
LIST = ("not in a configuration, which says what there is: dev attach, default set, guard on|off, xfrm on|off, xfrm set, vfr set, "
        "sa add, policy add, pmtu set")
refused(ONES, 1, [f"{B}: line 3: policy add: unknown word \"actoin\""], "a syntax error in the second file",
        ["# one", "dev attach wan5", f"policy add {NET.format(6)} actoin discard"])
refused(ONES, 1, [f"{B}: line 2: dev attach: contradicts, or repeats, {A}: line 1, which is about the same"], "two files that contradict",
        ["", "dev attach wan mss 1200"])
refused([*ONES, f"policy add prio 5 {NET.format(5)} action bypass"], 1,
        [f"{A}: line 10: policy add: contradicts, or repeats, {A}: line 9, which is about the same"], "a policy twice")
refused([*ONES, f"policy add prio 0005 {NET.format(5)} action discard"], 1,
        [f"{A}: line 10: policy add: \"prio\" must be 0-4294967295, not \"0005\""], "a number with leading zeros")
for line, verb in (("sa flush", "sa flush"), ("sa show", "sa show"), (f"sa set dst {G2[4]} spi 0x1001 dscp 1", "sa set"), ("policy flush", "policy flush"),
                   ("dev detach wan", "dev detach"), ("stats reset", "stats reset"), ("save", "save"), ("pmtu flush", "pmtu flush")):
    refused([*ONES, line], 1, [f"{A}: line 10: {verb}: {LIST}"], f"{verb} in a configuration")
refused([*ONES, "xfrm on default"], 1, [f"{A}: line 10: xfrm on: \"default\" is not in a configuration: it is about namespaces to come"], "xfrm's default")
refused([*ONES, f"pmtu set spi 0x1001 dst {G2[4]} mtu 1300 age 30"], 1,
        [f"{A}: line 10: pmtu set: \"age\" is not in a configuration, which says what stays"], "a path MTU that passes")
refused([*ONES, f"pmtu set spi 0x9001 dst {G2[4]} mtu 1300"], 1,
        [f"{A}: line 10: pmtu set: no outbound SA of the configuration has this destination and SPI"], "a path MTU of no SA")
refused([*ONES, "restore x"], 1, [f"{A}: line 10: restore: not in a batch"], "restore in a configuration")
refused([*ONES, out(7).replace(" reuse-key", "")], 1,
        [f"{A}: line 10: sa add: an outbound SA whose key is in a file uses its sequence numbers again after every start, which breaks most "
         "ciphers: let a key daemon make it; \"reuse-key\" does so all the same, for trials"], "an outbound SA with a key, unless it is said that this may be")
f = Faults()
fill(DIR)
f.same(tool("apply", DIR), (1, "", f"espgw: there is no file *.conf in \"{DIR}\"\n".replace("espgw: ", "espgw: apply: ")), "no file")
f.same(tool("apply", DIR + "/none")[0::2], (1, f"espgw: apply: cannot read \"{DIR}/none\": No such file or directory\n"), "no directory")
f.same(state(), with_numbers, "what there is")
f.point("no file, no directory: that is no empty configuration")
f = Faults()
fill(DIR, a_conf=ONES, b_txt=["nonsense"], c_conf=["# nothing"])
with open(f"{DIR}/.d.conf", "w") as x:
    x.write("nonsense\n")
with open(f"{DIR}/e.conf~", "w") as x:
    x.write("nonsense\n")
f.same(tool("apply", "--check", DIR), (0, "", ""), "checked")
f.point("only *.conf is read, not what lies beside")


def undone(lines, first, steps, what, more=lambda f: None):
    """The kernel refuses something in the middle."""
    f = Faults()
    status, said, errors = apply(lines)
    errors = errors.splitlines()
    f.same((status, errors[0][:len(first)]), (2, first), "refused")
    f.same(errors[1:], [f"espgw: apply: the {steps} changes before it are undone: all is as it was" if steps else "espgw: apply: nothing is changed"],
           "and undone")
    f.same(sorted(without_numbers(state()).splitlines()), sorted(without_numbers(with_numbers).splitlines()), "what there is")
    more(f)
    f.point(what)


def same_numbers(f):
    f.same(state(), with_numbers, "numbers")


undone(["guard off", "default set mss 999", *(x for x in STAYS), f"policy add {NET.format(8)} {BY.format(2)}", "dev attach lo"],
       f"espgw: {A}: line 11: dev attach: ", 2, "a device that cannot be: new policies go again", same_numbers)
undone([x for x in STAYS if x != "policy add"] + ["dev attach wan3", f"policy add prio 7 {NET.format(7)} {BY.format(2)}",
        "vfr set dev nowhere dir in on"], f"espgw: {A}: line 10: vfr set: ", 2, "a device that is not attached: SAs, policies and devices go again",
       same_numbers)
undone(["guard off", *STAYS[1:], "default set mss 999", f"policy add {NET.format(8)} action discard"],
       "espgw: dev detach: ", 3, "a device that policies need, and no guard: all comes back, what was deleted as well", same_numbers)
f = Faults()
REFUSED = "espgw: dev detach: protect policies apply to the device: delete them first\n"
f.same(tool("dev", "detach", "wan"), (2, "", REFUSED), "detach")
tool("guard", "off")
f.same(tool("dev", "detach", "wan", "guarded"), (2, "", REFUSED), "guarded, without the guard")
tool("guard", "on")
f.same(tool("dev", "detach", "wan", "guarded"), (0, "", ""), "guarded")
caught = net.exchange("a0", datagram("10.1.1.2", "10.2.1.9", 100, seed=2))
f.same(([p.is_esp for p in caught["r1"]], len(caught["b0"])), ([True], 1), "a packet then")
f.same(apply(ONES)[0::2], (0, ""), "attached again")
f.point("a device that policies need is detached only if it is guarded then")
with_numbers = state()
# The key of the first outbound SA is another before the kernel refuses: the old one comes back, and repeats nothing.
old = {s["spi"]: s["seq"] for s in net.show("sa show")}
undone([x.replace(key(20, 0x1001), key(20, 0x5001)) for x in ONES if x != ONES[-1]] + ["vfr set dev nowhere dir in on"],
       f"espgw: {A}: line 9: vfr set: ", 1, "a key that was another for a moment: the old one goes on far behind what it had sent",
       lambda f: f.same({s["spi"]: s["seq"] - old[s["spi"]] for s in net.show("sa show")},
                        {"0x00001001": 1 << 26, "0x00001002": 0, "0x00002001": 0, "0x00002002": 0}, "numbers"))
f = Faults()
caught = net.exchange("a0", datagram("10.1.1.2", "10.2.1.9", 100, seed=1))
f.same(numbers(caught, 0x1001), [old["0x00001001"] + (1 << 26) + 1], "its next number")
f.same(len(caught["b0"]), 1, "arrived")
f.point("and the peer takes it")

# ---- what is not by hand ----

f = Faults()
empty()
spi = 0x7001
net.espgw("xfrm on", "dev attach wan")
X = f"{words('gcm128', spi)}"
net.ip("g1", [f"xfrm state add {OUT} proto esp spi {spi:#x} reqid 77 mode tunnel aead rfc4106(gcm(aes)) {key(20, spi)} 128",
              f"xfrm policy add src 10.1.7.0/24 dst 10.2.7.0/24 dir out tmpl {OUT} proto esp reqid 77 mode tunnel"])
for _ in range(100):
    adopted = [s for s in net.show("sa show") if s.get("owner") == "xfrm"]
    if adopted:
        break
    time.sleep(0.05)
f.same(len(adopted), 1, "adopted")
f.same(apply(["dev attach wan", *pair(1)])[0::2], (0, ""), "applied beside it")
f.same([s["spi"] for s in net.show("sa show") if s.get("owner") == "xfrm"], [f"{spi:#010x}"], "xfrm's SA")
f.same(apply(["dev attach wan"])[0::2], (0, ""), "and away again")
f.same([(s["spi"], s["seq"]) for s in net.show("sa show")], [(f"{spi:#010x}", 0)], "xfrm's SA")
f.same([p["src"] for p in net.show("policy show") if p.get("owner") == "xfrm"], ["10.1.7.0/24"], "xfrm's policy")
status, said, errors = apply(["dev attach wan", out(0, spi=spi), f"policy add {NET.format(3)} {BY.format(3)}"])
f.same((status, "xfrm has an SA" in errors, "nothing is changed" in errors), (2, True, True), "an SA of its name")
net.ip("g1", ["xfrm policy flush", "xfrm state flush"])
f.point("what is adopted from xfrm is left as it is, and cannot be taken")
empty()
sys.exit(failed > 0)
