# SPDX-License-Identifier: GPL-2.0
"""The DF table on the wire: what leaves, in how many pieces and with which DF, who is answered, what is counted.

With the word "xfrm" the SAs are those of an xfrm interface, adopted.
"""

from xfrm import *

ADOPTED = "xfrm" in sys.argv[1:]
net = Net()
# What is sent whole needs a device that carries it: the path MTU is 1500 by the cap.
net.mtu(a0=9500, r1=2000, r2=2000, b0=9500)
tunnels = [(Keyed if ADOPTED else Tunnel)(i, alg, **more) for i, (alg, more) in enumerate((
    ("gcm128", {}), ("cbc-sha256", {"natt": True}), ("gcm256", {"outer": 6}), ("chacha", {"outer": 6, "natt": True})), 1)]
net.tunnels([] if ADOPTED else tunnels)
if ADOPTED:
    interface(net)
    net.ip("g1", [f"link set {DEV} mtu 9500"])
    routed(net, "interface")
    for t in tunnels:
        t.setup(net)
    net.encap("g2", tunnels)
    retake(net)
    equal(adopted(net, [spi for t in tunnels for spi in (t.spi_out, t.spi_in)], policies=8), [], "all are adopted")
net.espgw("dev set wan mtu-cap 1500")
# The peer's link has room for what is decrypted; the rows are about the way out.
BEFORE, AFTER, WHOLE, DROP, ANSWER = "before after whole drop answer".split()

# df, frag, DF inside: what happens, DF outside, overridden
TABLE = [
    ("clear", "before", 0, BEFORE, 0, 0), ("clear", "before", 1, BEFORE, 0, 1),
    ("clear", "after", 0, AFTER, 0, 0), ("clear", "after", 1, AFTER, 0, 1),
    ("clear", "off", 0, WHOLE, 0, 0), ("clear", "off", 1, WHOLE, 0, 0),
    ("set", "before", 0, BEFORE, 1, 0), ("set", "before", 1, ANSWER, None, 0),
    ("set", "after", 0, DROP, None, 0), ("set", "after", 1, ANSWER, None, 0),
    ("set", "off", 0, DROP, None, 0), ("set", "off", 1, ANSWER, None, 0),
    ("copy", "before", 0, BEFORE, 0, 0), ("copy", "before", 1, ANSWER, None, 0),
    ("copy", "after", 0, AFTER, 0, 0), ("copy", "after", 1, ANSWER, None, 0),
    ("copy", "off", 0, WHOLE, 0, 0), ("copy", "off", 1, ANSWER, None, 0),
]
source = 0


def configure(words):
    net.espgw(*(f"sa set dir out dst {G2[t.outer]} spi {t.spi_out:#x} {words}" for t in tunnels))


def by_spi(rows):
    return {int(r["spi"], 16): {**r, **r.get("stats", {})} for r in rows if r["dir"] == "out"}


def look(f, df_inside, act, outer_df, overridden, length=1500, family=4):
    """One packet through each tunnel, and what must have become of it."""
    global source
    source += 1
    (stats,), sas = net.show("stats show", "sa show")
    sas = by_spi(sas)
    sent = {}
    for t in tunnels:
        source += 1
        sent[t] = datagram(t.left_of(source, family), t.right[family], length, **({"df": df_inside} if family == 4 else {}))
        net.send("a0", sent[t])
    caught = net.settle()
    (now,), rows = net.show("stats show", "sa show")
    stats, now = {k: v - stats[k] for k, v in now.items()}, by_spi(rows)
    n = len(tunnels)
    wanted = {"out_prefrag": n * (act == BEFORE), "out_prefrag_pieces": 2 * n * (act == BEFORE),
              "out_postfrag": n * (act == AFTER), "out_df_overridden": n * overridden,
              "drop_out_too_big": n * (act in (DROP, ANSWER)), "icmp_answered": n * (act == ANSWER)}
    for k, v in wanted.items():
        f.same(stats.get(k, 0), v, k)
    for t in tunnels:
        proto = UDP if t.natt else ESP
        outs = [p for p in caught["r1"] if p.version == t.outer and p.proto == proto and p.src == G1[t.outer]]
        delta = {k: now[t.spi_out][k] - sas[t.spi_out][k] for k in ("prefrag", "postfrag", "too_big", "answered", "df_overridden")}
        f.same(delta, {"prefrag": int(act == BEFORE), "postfrag": int(act == AFTER), "too_big": int(act in (DROP, ANSWER)),
                       "answered": int(act == ANSWER), "df_overridden": overridden}, f"{t}: the SA's counters")
        answers = [p.answer()[0] for p in caught["a0"] if p.answer() and p.dst == Packet(sent[t]).src]
        f.same(answers, [max(t.inner(1500), 1280 if family == 6 else 0)] * (act == ANSWER), f"{t}: answers")
        if t.outer == 4 and outer_df is not None:
            f.same({p.df for p in outs}, {bool(outer_df)}, f"{t}: outer DF")
            f.same([p.id == 0 for p in outs], [bool(outer_df)] * len(outs), f"{t}: outer ID is 0")
        whole = t.outer_len(length)
        if act in (DROP, ANSWER):
            f.same(outs, [], f"{t}: on the wire")
        elif act == WHOLE:
            f.same([(p.len, p.mf, p.off) for p in outs], [(whole, False, 0)], f"{t}: on the wire")
        elif act == BEFORE:
            hdr = 20
            even = ((length - hdr + 1) // 2 + 7) // 8 * 8
            f.same([(p.len, p.mf, p.off) for p in outs],
                   [(t.outer_len(hdr + even), False, 0), (t.outer_len(length - even), False, 0)], f"{t}: on the wire")
        elif act == AFTER:
            hdr = 20 if t.outer == 4 else 48
            first = (1500 - hdr) // 8 * 8
            f.same([(p.len, p.mf, p.off) for p in outs],
                   [(hdr + first, True, 0), (hdr + whole - (20 if t.outer == 4 else 40) - first, False, first)],
                   f"{t}: on the wire")
            f.same(len({p.id for p in outs}), 1, f"{t}: one ID")
        inner = [p for p in caught["b0"] if p.dst == t.right[family]]
        if act in (DROP, ANSWER):
            f.same(inner, [], f"{t}: at b")
        elif act == BEFORE:
            f.same(b"".join(p.payload for p in inner), sent[t][20:], f"{t}: payload at b")
            f.same([p.df for p in inner], [False, False], f"{t}: DF at b")
        else:
            f.same([p.raw for p in inner], [forwarded(sent[t])], f"{t}: at b")


last = None
for df, frag, inside, act, outer, overridden in TABLE:
    if (df, frag) != last:
        configure(f"df {df} frag {frag}")
        last = df, frag
    f = Faults()
    look(f, inside, act, outer, overridden)
    f.point(f"df {df} frag {frag}, inner DF={inside}: {act}" + (f", outer DF={outer}" if outer is not None else ""))

# What fits: DF by the policy
for df, wanted in ("set", (1, 1)), ("clear", (0, 0)), ("copy", (0, 1)):
    f = Faults()
    configure(f"df {df} frag before")
    for inside in 0, 1:
        caught = net.exchange("a0", *(datagram(t.left[4], t.right[4], t.inner(1500), df=inside) for t in tunnels))
        esp = [p for p in caught["r1"] if p.is_esp]
        f.same(len(esp), len(tunnels), "packets")
        f.same([p.df for p in esp if p.version == 4], [bool(wanted[inside])] * 2, f"inner DF={inside}: outer DF")
        f.same([p.id == 0 for p in esp if p.version == 4], [bool(wanted[inside])] * 2, f"inner DF={inside}: no ID")
    for length, is_set in (1280, df == "set"), (1281, df != "clear"):
        caught = net.exchange("a0", *(datagram(t.left[6], t.right[6], length) for t in tunnels))
        f.same([p.df for p in caught["r1"] if p.is_esp and p.version == 4], [is_set] * 2, f"IPv6 of {length}: outer DF")
    f.point(f"df {df}: the outer DF of what fits")

# IPv6 inside is never fragmented, whatever the policy
for words in "df clear frag after", "df clear frag off", "df set frag before", "df copy frag off":
    f = Faults()
    configure(words)
    look(f, 0, ANSWER, None, 0, 1500, 6)
    f.point(f"{words}: IPv6 that is too big is answered")

# The inner DF overridden
configure("df set frag before inner-df clear")
f = Faults()
look(f, 1, BEFORE, 1, 1)
f.point("inner-df clear, df set: fragmented, outer DF=1, counted")
configure("df copy frag before inner-df clear")
f = Faults()
look(f, 1, BEFORE, 0, 1)
f.point("inner-df clear, df copy: fragmented, outer DF=0, counted")
configure("df set frag after inner-df clear")
f = Faults()
look(f, 1, ANSWER, None, 0)
f.point("inner-df clear is for frag before only")

# No answers
configure("df set frag before inner-df honor icmp-answer off")
f = Faults()
look(f, 1, DROP, None, 0)
look(f, 0, DROP, None, 0, 1500, 6)
f.point("icmp-answer off: dropped, counted, not answered")

# "off" and a device that cannot carry it
net.mtu(r1=1500)
configure("df clear frag off icmp-answer on")
f = Faults()
look(f, 0, DROP, None, 0)
f.point("frag off: what the device cannot carry is dropped and counted")
net.mtu(r1=2000)

if ADOPTED:
    done()

# The SA's word goes before the device's, and that before the default: on SAs that say nothing
net.espgw(*(f"sa del dir out dst {G2[t.outer]} spi {t.spi_out:#x}" for t in tunnels), *(next(t.commands()) for t in tunnels))
f = Faults()
for where, command, act, outer in (
        ("nothing said", None, BEFORE, 1),
        ("default", "default set df clear frag after", AFTER, 0),
        ("device", "dev set wan df copy frag off", WHOLE, 0),
        ("SA", None, DROP, None)):
    if command:
        net.espgw(command)
    if where == "SA":
        configure("df set frag after")
    g = Faults()
    look(g, 0, act, outer, 0)
    f.extend(f"{where}: {x}" for x in g)
f.point("precedence: SA, device, default, what is built in")

p = subprocess.run([ESPGW, "-n", net.ns["g1"], "dev", "set", "wan", "df", "set", "frag", "after"], text=True,
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
ok(p.returncode == 0 and p.stderr.count("\n") == 1 and "df" in p.stderr and "after" in p.stderr,
   "the tool warns, in one line, of df set with frag after", p)
done()
