# SPDX-License-Identifier: GPL-2.0
"""explain: each packet is asked about, then sent, and what was said is compared with counters, wire and answers."""

import random

from wire import *

PACKETS = int(os.environ.get("PACKETS", 128))
SEED = int(os.environ.get("SEED", 1))  # a check says the same of the same commit
print(f"SEED={SEED}")
rnd = random.Random(SEED)
# Of ICMP errors few may be under way, and of what is explained nothing may change before it is sent.
BATCH = 16
NOT_COMPARED = ("out_bytes", "in_bytes", "out_no_policy", "out_async", "in_async", "in_gro", "acquire")
ECHO, NO_PORTS = {4: 8, 6: 128}, {4: ICMP, 6: ICMPV6}

net = Net()
net.mtu(a0=9500, r1=9000)
kinds = [(4, False), (6, False), (4, True), (6, True)]
# All that is encrypted can be read; but one.
tunnels = [Tunnel(i + 1, "gcm128" if i == 5 else "null-sha256", *kinds[i % 4]) for i in range(8)]
net.tunnels(tunnels, xfrm=False)
sources = 0


def tcp(src, dst, data, sport, dport):
    h = struct.pack("!HHIIBBHHH", sport, dport, 1, 1, 0x50, 0x10, 1000, 0, 0)
    c = checksum(pseudo(src, dst, TCP, 20 + len(data)) + h + data)
    return h[:16] + struct.pack("!H", c) + h[18:] + data


class Asked:
    """A packet: its bytes, and the words that ask about it."""

    def __init__(self, src, dst, proto, length, sport=0, dport=0, df=0, dscp=0):
        self.family = 4 if "." in src else 6
        hdr = 20 if self.family == 4 else 40
        data = pattern(length - hdr - (20 if proto == TCP else 8), length)
        if proto == UDP:
            body = udp(src, dst, data, sport, dport)
        elif proto == TCP:
            body = tcp(src, dst, data, sport, dport)
        else:
            body = struct.pack("!BBHI", ECHO[self.family], 0, 0, 7) + data
            c = checksum((pseudo(src, dst, ICMPV6, len(body)) if self.family == 6 else b"") + body)
            body = body[:2] + struct.pack("!H", c) + body[4:]
        self.src, self.dst, self.len = src, dst, length
        if self.family == 4:
            self.raw = ip4(src, dst, proto, body, df=df, tos=dscp << 2)
        else:
            self.raw = ip6(src, dst, proto, body, tos=dscp << 2)
        words = [f"src {src} dst {dst} proto {proto} len {length}"]
        words += [f"sport {sport} dport {dport}"] if proto in (UDP, TCP) else []
        words += ["df"] * bool(df and self.family == 4) + [f"dscp {dscp}"] * bool(dscp)
        self.words = " ".join(words)


def explain(words):
    return net.show("explain " + words)[0]


# ---- what may be set at random

def scene():
    """Policies, SAs, path MTUs and MTU policies, all anew."""
    net.espgw("policy flush", "pmtu flush", "sa flush")
    commands = [f"default set df {rnd.choice(('copy', 'set', 'clear'))} frag {rnd.choice(('before', 'after', 'off'))} "
                f"split {rnd.choice(('equal', 'max', 'tcp'))} inner-df {rnd.choice(('honor', 'clear'))} "
                f"icmp-answer {rnd.choice(('on', 'on', 'off'))}"]
    if rnd.random() < 0.3:
        commands.append(f"dev set wan mtu-cap {rnd.randrange(576, 9000)}")
    else:
        commands.append("dev set wan mtu-cap none")
    prios = iter(rnd.sample(range(1, 1000), 60))
    for t in tunnels:
        out, in_, *policies = t.commands()
        # Some may not send much more.
        if rnd.random() < 0.15:
            out += f" limit hard packets {rnd.randrange(1, 12)}"
        elif rnd.random() < 0.1:
            out += f" seq {2**32 - 1 - rnd.randrange(1, 12)} reuse-key"
        if t.i < 3 or rnd.random() < 0.3:
            in_ += f" limit hard packets {rnd.randrange(1, 3)}"
        # One of each kind is always there.
        if t.i < 4:
            out += (" df copy frag after", " df clear frag before split tcp", " df clear frag off")[t.i - 1]
        elif rnd.random() < 0.4:
            out += f" df {rnd.choice(('copy', 'set', 'clear'))} frag {rnd.choice(('before', 'after', 'off'))}"
        if t.i >= 4 and rnd.random() < 0.3:
            out += f" split {rnd.choice(('equal', 'max', 'tcp'))}"
        if rnd.random() < 0.2:
            out += f" tfc {rnd.randrange(1, 2000)}"
        there = rnd.random() > 0.1
        commands += [out] * there + [in_]
        if there and rnd.random() < 0.7:
            mtu = rnd.choice((1280, 1400, 1500, 4000, rnd.randrange(576, 9000)))
            commands.append(f"pmtu set spi {t.spi_out:#x} dst {G2[t.outer]} mtu {mtu}")
        commands += [p + f" prio {1000 + t.i}" for p in policies]
        # What narrower policies say, before that.
        for _ in range(rnd.randrange(3)):
            left, right = rnd.choice(t.prefixes(1))
            sel = f"policy add prio {next(prios)} src {left} dst {right}"
            if rnd.random() < 0.6:
                sel += f" proto {rnd.choice((UDP, TCP))}"
                if rnd.random() < 0.6:
                    sel += f" dport {rnd.choice(('1000-2000', '1500', '1-65535'))}"
            elif rnd.random() < 0.3:
                sel += f" dscp {rnd.choice((10, 46))}"
            if rnd.random() < 0.2:
                sel += " dev wan"
            other = rnd.choice(tunnels)
            s, d = other.ends(1)[:2]
            commands.append(f"{sel} action " + rnd.choice(("bypass", "discard", f"protect reqid {other.reqid} src {s} dst {d}")))
    net.espgw(*commands)


def random_packet(inbound, special=None):
    """From where nothing was sent before: answers are limited by their receivers."""
    global sources
    sources += 1
    t, family = (special, 4) if special else (rnd.choice(tunnels), rnd.choice((4, 6)))
    left, right = t.left_of(sources % 60000, family), t.right[family]
    if rnd.random() < 0.06:
        right = "10.9.9.9" if family == 4 else "fd09::9"
    least = {4: 20, 6: 40}[family] + 20
    length = rnd.choice((least, rnd.randrange(least, 400), rnd.randrange(1200, 1600), rnd.randrange(4000, 8900)))
    if inbound:
        length = min(length, 8000)
    proto = rnd.choice((UDP, UDP, TCP, NO_PORTS[family]))
    more = {"df": rnd.randrange(2), "dscp": rnd.choice((0, 0, 10, 46))}
    if special:
        length, proto, more["df"] = rnd.randrange(4000, 8900), UDP, 0
    if proto in (UDP, TCP):
        more.update(sport=rnd.randrange(5000, 60000), dport=rnd.choice((1000, 1500, 1999, rnd.randrange(5000, 60000))))
    return t, Asked(*(right, left) if inbound else (left, right), proto, length, **more)


# ---- what was said, as what has to be seen

class Expected:
    def __init__(self):
        self.counters, self.r1, self.a0, self.faults = {}, [], [], Faults()
        self.said = {}

    def count(self, **what):
        for k, v in what.items():
            self.counters[k] = self.counters.get(k, 0) + v

    def out(self, p, e):
        tell = f"{p.words}: {json.dumps(e)}"
        plan, packets = e.get("plan"), e.get("packets", 0)
        self.r1 += [(e["outer_src"], e["outer_dst"], n, e.get("outer_df", False) if "." in e["outer_src"] else None, tell)
                    for n in e.get("lengths", [])]
        if packets:
            self.count(out_packets=1 if plan == "fragment-after" else packets)
        if plan == "fragment-before" and (packets or e["verdict"] == "encrypt"):
            self.count(out_prefrag=1, out_prefrag_pieces=packets)
        if plan == "fragment-after" and packets:
            self.count(out_postfrag=1)
        if plan == "tcp-segments":
            self.count(out_tcp_split=1)
        if e.get("df_overridden"):
            self.count(out_df_overridden=1)
        if e["verdict"] == "drop":
            self.count(**{e["reason"]: 1})
        elif e["verdict"] == "pass":
            if e.get("policy", {}).get("action") == "bypass":
                self.count(out_bypass=1)
            self.r1.append((p.src, p.dst, p.len, Packet(p.raw).df if p.family == 4 else None, tell))
        if "answer_mtu" in e:
            held = e.get("answer_held")
            self.count(**{"icmp_suppressed" if held else "icmp_answered": 1})
            if not held:
                self.a0.append((e["answer_type"], e["answer_code"], e["answer_mtu"], p))

    def into(self, p, e):
        if e["verdict"] == "drop":
            self.count(**{e["reason"]: 1})
        else:
            self.a0.append((None, None, None, p))

    def compare(self, before, caught, what):
        f = self.faults
        counted = {k: v for k, v in net.counted(before).items() if k not in NOT_COMPARED}
        f.same(counted, {k: v for k, v in self.counters.items() if v}, f"{what}: counters")
        # What hosts and routers have to say of what has passed in clear is not compared.
        at_a = [x for x in caught["a0"] if x.answer() or not (x.kind in (3,) if x.version == 4 else x.kind in (1,))]
        got = [(x.src, x.dst, x.len, x.df if x.version == 4 else None) for x in caught["r1"]]
        for i, want in enumerate(self.r1):
            if not f.same(got[i] if i < len(got) else None, want[:4], f"{what}: on the wire"):
                f.append(want[4])
                break
        f.same(len(got), len(self.r1), f"{what}: how many on the wire")
        for i, (kind, code, mtu, p) in enumerate(self.a0):
            x = at_a[i] if i < len(at_a) else None
            sent = forwarded(p.raw, 1)
            if not x:
                f.append(f"{what}: not seen at a: {p.words}")
            elif kind is None:
                f.same(x.raw, sent, f"{what}: what came to a, {p.words}")
            else:
                f.same((x.kind, x.code, x.answer() and x.answer()[0], x.dst), (kind, code, mtu, p.src),
                       f"{what}: answer to {p.words}")
                if x.answer():
                    quote = x.answer()[1]
                    f.same(sent[:len(quote)], quote, f"{what}: quote in the answer to {p.words}")
        f.same(len(at_a), len(self.a0), f"{what}: how many at a")


def states():
    """What must not change by a question: all but what time does."""
    sas, policies, pmtus, counters = net.show("sa show", "policy show", "pmtu show", "stats show")
    volatile = ("age_s", "learned_s", "expires_s", "raised_s", "lowered_s")
    return [{k: v for k, v in row.items() if k not in volatile + NOT_COMPARED} for row in sas + policies + pmtus + counters]


def pieces(length, mtu):
    """Into how many an IPv4 packet is cut: all but the last carry a multiple of 8 bytes (RFC 791)."""
    room = mtu - 20
    return 1 - (room - (length - 20)) // (room & ~7)


seen = {}


def note(e):
    key = e["verdict"], e.get("plan"), e.get("reason")
    seen[key] = seen.get(key, 0) + 1


# ---- what leaves

every, inside = Faults(), Faults()
read = 0
for n in range(0, PACKETS, BATCH):
    if n % (2 * BATCH) == 0:
        scene()
    x, before, whole = Expected(), net.stats(), []
    for i in range(BATCH):
        # Each batch has some that are to be cut, one way and the other.
        t, p = random_packet(False, tunnels[i % 2] if i < 4 else None)
        e = explain(p.words)
        note(e)
        x.out(p, e)
        if e["verdict"] == "drop" and e["reason"] in ("drop_out_limit", "drop_out_seq") and e.get("plan") != "encrypt":
            # The first piece that cannot be encrypted ends them all; segments are each for itself.
            if e["plan"] == "fragment-before":
                sent = e.get("packets", 0)
                x.count(out_prefrag_pieces=1, out_prefrag=int(not sent))
                if sent + 1 < pieces(p.len, e["inner_mtu"]):  # else there is no rest
                    x.count(drop_out_fragment=1)
            elif e["plan"] == "tcp-segments":
                del x.counters[e["reason"]]
                x.faults.append("left out")
        if e["verdict"] == "encrypt" and e["plan"] == "encrypt":
            whole.append((len(x.r1) - 1, forwarded(p.raw, 1)))
        net.send("a0", p.raw)
    caught = net.settle()
    if "left out" in x.faults:
        continue
    x.compare(before, caught, f"packets {n}-{n + BATCH - 1}")
    every.extend(x.faults)
    for i, packet in whole:
        made = caught["r1"][i] if i < len(caught["r1"]) else None
        t = next((t for t in tunnels if made and t.spi_out == made.spi), None)
        if inside.same(bool(t), True, f"packets {n}-{n + BATCH - 1}, {i} at r1: it is ESP") and t.name == "null-sha256":
            read += 1
            inside.same(t.read(made)[0], packet, f"packets {n}-{n + BATCH - 1}, {i} at r1: what is inside")
every.point(f"{PACKETS} packets that leave: counters, lengths, DF and answers are as explained")
inside.point(f"{read} of them were opened: the very packet is inside of the ESP packet that was foretold")
ok(read > PACKETS / 16, "some were", read)

# ---- what comes in clear, and what comes in ESP

every = Faults()
seqs = {t.spi_in: 0 for t in tunnels}
for n in range(0, PACKETS // 2, BATCH):
    if n % (3 * BATCH) == 0:
        scene()
        seqs = {t.spi_in: 0 for t in tunnels}
    x, before = Expected(), net.stats()
    for _ in range(BATCH):
        t, p = random_packet(True)
        if rnd.random() < 0.5:
            e = explain("in " + p.words)
            packet = p.raw
        else:
            # By its own tunnel, mostly.
            t = t if rnd.random() < 0.7 else rnd.choice(tunnels)
            if t.name != "null-sha256":
                continue
            e = explain(f"in {p.words} spi {t.spi_in:#x}")
            seqs[t.spi_in] += 1
            packet = t.esp(t.spi_in, seqs[t.spi_in], p.raw)
            if e["verdict"] == "pass":
                x.count(in_packets=1)
        note(e)
        x.into(p, e)
        net.send("r1", packet)
    x.compare(before, net.settle(), f"inbound packets {n}-{n + BATCH - 1}")
    every.extend(x.faults)
every.point(f"{PACKETS // 2} packets that come, in clear and in ESP: counters and what arrives are as explained")

verdicts = {v for v, _, _ in seen}
plans = {p for _, p, _ in seen}
for key, count in sorted(seen.items(), key=str):
    print(f"{count:6} {key}")
missing = ({"pass", "encrypt", "drop"} - verdicts) | ({"encrypt", "fragment-before", "fragment-after"} - plans)
ok(not missing, "of each verdict and plan there were some", missing)

# ---- a question changes nothing

scene()
f = Faults()
before = states()
for _ in range(40):
    inbound = rnd.random() < 0.5
    t, p = random_packet(inbound)
    explain(("in " if inbound else "") + p.words + (f" spi {t.spi_in:#x}" if inbound and rnd.random() < 0.5 else ""))
f.same(net.settle(), {"a0": [], "r1": [], "r2": [], "b0": []}, "packets")
after = states()
for x, y in zip(before, after):
    f.same(y, x, "a row")
f.same(len(after), len(before), "rows")
f.point("questions change no counter, no sequence number and no path MTU, and send nothing")

# ---- answers that the rate limit withholds are foretold as such

f = Faults()
net.espgw("policy flush", "sa flush", "pmtu flush", "default set df copy frag before inner-df honor icmp-answer on",
          "dev set wan mtu-cap 1400", *tunnels[0].commands())
packet = Asked("10.1.9.9", tunnels[0].right[4], UDP, 1400, 5, 6, df=1)
e = explain(packet.words)
f.same((e.get("answer_mtu"), e.get("answer_held")), (tunnels[0].inner(1400), None), "the first")
# Ten a second are told, on a machine that may be slow.
for _ in range(30):
    net.send("a0", *[packet.raw] * 60)
    e = explain(packet.words)
    if e.get("answer_held"):
        break
f.same((e.get("answer_mtu"), e.get("answer_held")), (tunnels[0].inner(1400), True), "after many")
net.settle()
f.same(net.stats()["icmp_suppressed"] > 0, True, "some were withheld")
f.point("answers that the rate limit withholds are explained as such")

# ---- what is refused, and how

f = Faults()
for words, text in (
        ("src 10.1.0.2 dst fd02::9", '"src" and "dst" must be of one family'),
        ("src 10.1.0.2", '"dst" is missing'),
        ("src 10.1.0.2 dst 10.2.1.9 sport 5", '"sport" and "dport" need "proto"'),
        ("src 10.1.0.2 dst 10.2.1.9 proto esp sport 5", "the protocol has no ports"),
        ("src fd01::2 dst fd02::9 df", '"df": IPv6 has none'),
        ("src 10.1.0.2 dst 10.2.1.9 len 27", "len is less than the packet's headers have"),
        ("src 10.1.0.2 dst 10.2.1.9 len 65536", '"len" must be 1-65535'),
        ("out src 10.1.0.2 dst 10.2.1.9 spi 0x2001", '"spi" goes with "in" only'),
        ("in src 10.2.1.9 dst 10.1.0.2 spi 0x9999", "no such inbound SA"),
        ("in src 10.2.1.9 dst 10.1.0.2 sa-dst 192.0.2.1", '"sa-dst" goes with "spi" only'),
        ("dev nosuch src 10.1.0.2 dst 10.2.1.9", "no such device"),
        ("in out src 10.1.0.2 dst 10.2.1.9", "exclude each other")):
    p = subprocess.run([ESPGW, "-n", net.ns["g1"], "explain", *words.split()], text=True, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    f.same((p.returncode != 0, text in p.stdout), (True, True), f"explain {words}: {p.stdout.strip()}")
text = subprocess.run([ESPGW, "-n", net.ns["g1"], "explain", *packet.words.split()], text=True,
                      stdout=subprocess.PIPE, check=True).stdout
print(text)
for line in ("dev wan attached", "policy prio 0 src 10.1.0.0/16", "admission encrypt", "fits inner-mtu",
             "plan drop", "answer ICMP type 3 code 4 mtu", "verdict drop drop_out_too_big - too big; the policy says drop"):
    f.same(line in text, True, f"\"{line}\" in the text")
f.point("what makes no sense is refused, with a text that says why; and the answer reads well")
done()
