# SPDX-License-Identifier: GPL-2.0
"""Path MTUs learned from ICMP 3/4 and ICMPv6 2: from a real router, and from a forger who sits on the path."""

from wire import *

net = Net()
V4, V6, NATT, ESN, CLEAR, OLD = (Tunnel(1, "gcm128"), Tunnel(2, "gcm128", outer=6), Tunnel(3, "gcm128", natt=True),
                            Tunnel(4, "gcm128", espgw="esn", espgw_out=f"seq {2**32 - 4}", espgw_in="replay-window 64",
                                   xfrm_in=f"replay-window 64 replay-seq {2**32 - 4}", xfrm_out="replay-window 64"),
                            Tunnel(5, "gcm128", espgw_out="df clear"), Tunnel(6, "gcm128"))
tunnels = [V4, V6, NATT, ESN, CLEAR, OLD]
net.tunnels(tunnels)
source = 0


def name(t):
    return f"dst {G2[t.outer]} spi {t.spi_out:#x}"


def row(t):
    return next(r for r in net.show("pmtu show") if int(r["spi"], 16) == t.spi_out)


def state():
    """The path MTU's counters, and the table without what changes by itself."""
    stats, table = net.show("stats show", "pmtu show")
    return ({k: v for k, v in stats[0].items() if k.startswith("pmtu_")},
            {int(r["spi"], 16): tuple(r[k] for k in ("pmtu", "inner_mtu", "source", "locked")) for r in table})


def changes(before, after):
    return {k: v - before[k] for k, v in after.items() if v != before[k]}


def out(t, length=None, family=4, **more):
    """Sends one inner packet through a tunnel; returns what left."""
    global source
    source += 1
    caught = net.exchange("a0", datagram(t.left_of(source, family), t.right[family], length or t.inner(1500), **more))
    return [p for p in caught["r1"] if p.is_esp], caught


def quoting(t, packet, mtu, quote=None, edit=None, **more):
    """An ICMP error about a packet, from the router. edit: {offset: bytes} to change in the quote."""
    data = bytearray(packet.raw)
    for at, new in (edit or {}).items():
        data[at:at + len(new)] = new
    data = bytes(data)
    if t.outer == 4:
        return icmp4(R1[4], G1[4], 3, 4, mtu, data[:548 if quote is None else quote], **more)
    return icmp6(R1[6], G1[6], 2, 0, mtu, data[:1232 if quote is None else quote], **more)


def rejected(what, counter, *messages):
    """Messages that must each be counted there, and change nothing."""
    f = Faults()
    stats, table = state()
    net.exchange("r1", *messages)
    stats_now, table_now = state()
    f.same(changes(stats, stats_now), {counter: len(messages)} if counter else {}, "counted")
    f.same(table_now, table, "the table")
    f.point(what)


def accepted(t, message, mtu, counter="pmtu_accepted", locked=False):
    """A message that must be believed. Returns what was wrong."""
    f = Faults()
    stats, _ = state()
    net.exchange("r1", message)
    stats_now, table = state()
    f.same(changes(stats, stats_now), {counter: 1}, "counted")
    f.same(table[t.spi_out], (mtu, t.inner(mtu), "icmp", locked), "the row")
    return f


def check_accepted(what, *args, **more):
    accepted(*args, **more).point(what)


def fresh(t):
    """A full-sized packet that has just left: forgeries quote it before it is 10 s old."""
    for _ in range(10):
        esp, _ = out(t)
        if esp:
            return esp[0]
    raise RuntimeError("nothing leaves")


begin = time.monotonic()
old = fresh(OLD)
ok(row(V4)["pmtu"] == 1500 and row(V4)["source"] == "device" and row(V4)["learned_s"] is None,
   "nothing learned: the device's MTU", row(V4))

# ---- a real router ----
net.mtu(r2=1400)
for t, what in (V4, "IPv4"), (V6, "IPv6"), (NATT, "NAT-T"):
    f = Faults()
    stats, _ = state()
    esp, caught = out(t, df=0)
    f.same((len(esp), esp[0].len > 1400), (1, True), "sent")
    f.same(caught["b0"], [], "at b")
    f.same(changes(stats, state()[0]), {"pmtu_accepted": 1}, "counted")
    now = row(t)
    f.same((now["pmtu"], now["inner_mtu"], now["source"], now["accepted"], now["locked"]),
           (1400, t.inner(1400), "icmp", 1, False), "the row")
    f.same(560 < (now["expires_s"] or 0) <= 600 and now["learned_s"] < 40, True, "age")
    esp, caught = out(t, df=0)
    f.same([p.len <= 1400 for p in esp], [True, True], "the next packet's pieces")
    f.same(sum(p.len - p.hdr for p in caught["b0"]), t.inner(1500) - 20, "payload at b")
    esp, caught = out(t, df=1)
    f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [t.inner(1400)], "answer to the next with DF")
    f.point(f"{what}: a router's link of 1400 is learned from its error, pieces and answers follow")

f = Faults()
net.espgw(list(V4.commands())[0].replace("spi 0x1001", "spi 0x7001"))
now = {int(r["spi"], 16): r for r in net.show("pmtu show")}
f.same((now[0x7001]["pmtu"], now[0x7001]["source"]), (1400, "icmp"), "row of the second SA")
esp, caught = out(V4, df=1)
f.same([p.answer()[0] for p in caught["a0"] if p.answer()], [V4.inner(1400)], "answer by the second SA")
net.espgw(f"sa del dir out dst {G2[4]} spi 0x7001")
f.point("a second SA of the same ends and reqid shares what one learned")
net.espgw(list(V4.commands())[0].replace("sa add", "sa replace"))
equal((row(V4)["pmtu"], row(V4)["source"]), (1400, "icmp"), "sa replace keeps the path MTU")

# ---- a forger ----
net.mtu(r2=1500)
net.espgw("pmtu flush")
equal([(r["pmtu"], r["source"], r["expires_s"]) for r in net.show("pmtu show")], [(1500, "device", None)] * 6,
      "pmtu flush forgets all")

real = fresh(V4)
esp_at = 20
rejected("wrong SPI", "pmtu_rej_spi", quoting(V4, real, 1400, edit={esp_at: struct.pack("!I", 0x999)}),
         quoting(V4, real, 1400, edit={esp_at: struct.pack("!I", V4.spi_in)}))
rejected("wrong source address quoted", "pmtu_rej_spi", quoting(V4, real, 1400, edit={12: addr("192.0.2.77")}))
rejected("wrong destination quoted", "pmtu_rej_spi", quoting(V4, real, 1400, edit={16: addr("198.51.100.77")}))
real = fresh(V4)
rejected("sequence numbers never sent", "pmtu_rej_seq",
         *(quoting(V4, real, 1400, edit={esp_at + 4: struct.pack("!I", n & 0xffffffff)})
           for n in (real.seq + 1, real.seq + 100000, 0, real.seq + 2**31, real.seq - 70000)))
rejected("DF=0 quoted", "pmtu_rej_df", quoting(V4, real, 1400, edit={6: b"\0"}))
real = fresh(V4)
rejected("quoted length not above the claim", "pmtu_rej_length",
         *(quoting(V4, real, mtu, edit={2: struct.pack("!H", n)}) for mtu, n in ((1400, 1400), (1400, 100), (1499, 1499))),
         quoting(V4, real, 1500), quoting(V4, real, 9000))
real = fresh(V4)
rejected("a length that was never sent", "pmtu_rej_not_sent", quoting(V4, real, 1400, edit={2: struct.pack("!H", 1501)}),
         quoting(V4, real, 1400, edit={2: struct.pack("!H", 65535)}))
rejected("wrong checksum", "pmtu_rej_checksum", quoting(V4, real, 1400, bad=True))
rejected("quotes cut short, at each length", "pmtu_rej_truncated", *(quoting(V4, real, 1400, quote=n) for n in range(28)))
rejected("a quote with options whose end is missing", "pmtu_rej_truncated",
         quoting(V4, real, 1400, quote=48, edit={0: b"\x4f"}))
rejected("what is about other packets is not counted", None,
         quoting(V4, real, 1400, edit={9: bytes([TCP])}), quoting(V4, real, 1400, edit={0: b"\x65"}),
         quoting(V4, real, 1400, edit={0: b"\x41"}), quoting(V4, real, 1400, edit={6: b"\x00\x10"}),
         icmp4(R1[4], G1[4], 3, 3, 0, real.raw[:28]), icmp4(R1[4], G1[4], 11, 0, 0, real.raw[:28]))
pings = icmp4(G1[4], G2[4], 0, 0, 0x10001, pattern(1400), df=1), icmp6(G1[6], G2[6], 129, 0, 0x10001, pattern(1300))
rejected("what the stack believes without proof, of a ping between the gateways, does not count", None,
         icmp4(R1[4], G1[4], 3, 4, 600, pings[0][:548]), icmp6(R1[6], G1[6], 2, 0, 1280, pings[1][:1232]))
real_clear = out(CLEAR)[0][0]
equal(real_clear.df, False, "an SA with df clear sends DF=0")
rejected("DF=1 quoted, but DF=0 was sent", "pmtu_rej_not_sent", quoting(CLEAR, real_clear, 1400, edit={6: b"\x40"}))

real = fresh(V4)
check_accepted("the least quote that is enough: IP and 8 bytes", V4, quoting(V4, real, 1450, quote=28), 1450)
rejected("a second time", "pmtu_rej_not_lower", quoting(V4, real, 1450), quoting(V4, real, 1460))
net.espgw("pmtu flush")
real, newer = fresh(V4), fresh(V4)
check_accepted("a newer and lower one", V4, quoting(V4, newer, 1300), 1300)
rejected("a delayed older one", "pmtu_rej_stale", quoting(V4, real, 1200))
net.espgw("pmtu flush")
real = fresh(V4)
check_accepted("MTU 0: the next plateau below the quoted length", V4, quoting(V4, real, 0), 1492)
net.espgw(f"pmtu del {name(V4)}")
real = fresh(V4)
f = accepted(V4, quoting(V4, real, 500), 576, locked=True)
esp, _ = out(V4, 1000)
f.same([(p.df, p.len <= 576) for p in esp], [(False, True)] * len(esp), "outer DF and lengths from then on")
f.point("a claim below the floor: the floor, locked, and outer DF=0")
net.espgw("pmtu flush", f"pmtu set {name(V4)} mtu 1500 lock")
real = fresh(V4)
rejected("a locked entry", "pmtu_rej_locked", quoting(V4, real, 400), quoting(V4, real, 1400))
net.espgw("pmtu flush", f"sa set dir out {name(V4)} min-pmtu 1300")
real = fresh(V4)
f = accepted(V4, quoting(V4, real, 68), 1300, locked=True)
f.same(row(V4)["floor"], 1300, "floor")
f.point("min-pmtu sets the floor")
net.espgw("pmtu flush", f"sa set dir out {name(V4)} min-pmtu 576 pmtu-learn off")
real = fresh(V4)
equal(real.df, True, "after a flush outer DF=1 again")
rejected("pmtu-learn off", "pmtu_rej_off", quoting(V4, real, 1400))
net.espgw(f"sa set dir out {name(V4)} pmtu-learn on")

# ICMPv6
real6 = fresh(V6)
rejected("ICMPv6: claims below 1280", "pmtu_rej_too_small", quoting(V6, real6, 1279), quoting(V6, real6, 0))
rejected("ICMPv6: wrong SPI", "pmtu_rej_spi", quoting(V6, real6, 1400, edit={40: struct.pack("!I", 0x999)}))
rejected("ICMPv6: wrong addresses", "pmtu_rej_spi", quoting(V6, real6, 1400, edit={8: addr("2001:db8:1::77")}),
         quoting(V6, real6, 1400, edit={24: addr("2001:db8:2::77")}))
real6 = fresh(V6)
rejected("ICMPv6: wrong sequence number", "pmtu_rej_seq", quoting(V6, real6, 1400, edit={44: struct.pack("!I", real6.seq + 1)}))
rejected("ICMPv6: wrong checksum", "pmtu_rej_checksum", quoting(V6, real6, 1400, bad=True))
rejected("ICMPv6: quotes cut short, at each length", "pmtu_rej_truncated",
         *(quoting(V6, real6, 1400, quote=n) for n in range(48)))
real6 = fresh(V6)
check_accepted("ICMPv6: the least quote that is enough", V6, quoting(V6, real6, 1280, quote=48), 1280)

# NAT-T: a short quote is a hint, no more, and is looked at ten times a second at most
real_natt = fresh(NATT)
rejected("NAT-T: wrong ports", "pmtu_rej_spi", quoting(NATT, real_natt, 1300, quote=28, edit={20: struct.pack("!H", 4501)}),
         quoting(NATT, real_natt, 1300, edit={22: struct.pack("!H", 4501)}))
time.sleep(0.2)
real_natt = fresh(NATT)
check_accepted("NAT-T: the UDP header alone is a hint, one plateau down", NATT, quoting(NATT, real_natt, 1300, quote=28),
               1492, "pmtu_hint")
time.sleep(0.2)
rejected("NAT-T: hints that come too fast", "pmtu_rej_rate", quoting(NATT, real_natt, 1300, quote=28))
real_natt = out(NATT, NATT.inner(1492))[0][0]
check_accepted("NAT-T: a quote with SPI and sequence is believed", NATT, quoting(NATT, real_natt, 1300, quote=36), 1300)

# ESN: only the low half is quoted, and it wraps
f = Faults()
sent = [out(ESN)[0][0] for _ in range(8)]
f.same([p.seq for p in sent], [(2**32 - 3 + i) & 0xffffffff for i in range(8)], "low halves")
stats, _ = state()
net.exchange("r1", quoting(ESN, sent[0], 1450, edit={24: struct.pack("!I", 100)}))
f.same(changes(stats, state()[0]), {"pmtu_rej_seq": 1}, "a number behind the wrap that was not sent")
f.extend(accepted(ESN, quoting(ESN, sent[1], 1450), 1450))
f.extend(accepted(ESN, quoting(ESN, sent[7], 1400), 1400))
f.point("ESN: sequence numbers before and after the wrap of the low half")

# By hand
f = Faults()
net.espgw("pmtu flush", f"pmtu set {name(V4)} mtu 1300 lock", f"pmtu set {name(V6)} mtu 1320")
f.same([(r["pmtu"], r["source"], r["locked"], r["expires_s"]) for r in (row(V4), row(V6))],
       [(1300, "static", True, None), (1320, "static", False, None)], "rows")
f.point("pmtu set, with and without lock")
esp6 = out(V6, V6.inner(1320))[0][0]
check_accepted("what was set without lock is lowered", V6, quoting(V6, esp6, 1290), 1290)

f = Faults()
net.espgw("pmtu flush", f"pmtu set {name(V4)} mtu 1300 age 1", f"sa set dir out {name(NATT)} mtu-cap 1333",
          f"sa set dir out {name(V6)} pmtu-age 1")
real6 = fresh(V6)
f.extend(accepted(V6, quoting(V6, real6, 1400), 1400))
f.same((row(NATT)["pmtu"], row(NATT)["cap"], row(NATT)["source"]), (1333, 1333, "default"), "row with a cap")
f.point("mtu-cap is the path MTU until something lower is known")
end = time.monotonic() + 30
while time.monotonic() < end and (row(V4)["pmtu"], row(V6)["pmtu"]) != (1500, 1500):
    time.sleep(0.2)
equal([(row(t)["pmtu"], row(t)["source"]) for t in (V4, V6)], [(1500, "device")] * 2,
      "what was set with an age, and learned under a short pmtu-age, is forgotten")
net.mtu(r1=1444)
equal((row(V4)["pmtu"], row(V4)["source"]), (1444, "device"), "the device's MTU falls: at once")
net.mtu(r1=1500)

# Too old
time.sleep(max(0, begin + 14 - time.monotonic()))
rejected("a packet sent more than 10 s ago", "pmtu_rej_seq", quoting(OLD, old, 1400))
check_accepted("one sent just now", OLD, quoting(OLD, fresh(OLD), 1400), 1400)
done()
