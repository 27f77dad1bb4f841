# SPDX-License-Identifier: GPL-2.0
"""The path MTU from the MSS that the gateways offer each other by TCP, authenticated, and as routers leave it."""

from wire import *

TCP_MD5SIG, TCP_AO_INFO = 14, 40
SYN, ACK = 2, 16
HDR = {4: 40, 6: 60}
AGE = 600

net = Net()
T4, T6, CBC = Tunnel(1, "gcm128"), Tunnel(2, "gcm128", outer=6), Tunnel(3, "cbc-sha256")
LOCKED, OFF = Tunnel(4, "gcm128"), Tunnel(5, "gcm128", espgw_out="pmtu-learn off")
AGED = Tunnel(6, "gcm128", espgw_out="pmtu-age 60")
FLOOR = Tunnel(7, "gcm128", espgw_out="min-pmtu 1000")
CAPPED = Tunnel(8, "gcm128", espgw_out="mtu-cap 1200")
HOLE = Tunnel(0, "gcm128")  # the hosts are behind this one
tunnels = [T4, T6, CBC, LOCKED, OFF, AGED, FLOOR, CAPPED, HOLE]
for gateway in 1, 2:
    net.espgw("dev attach wan", *(c for t in tunnels for c in t.commands(gateway)), ns=f"g{gateway}")
net.ports["w1"] = Port(net, "w1", net.ns["g1"], "wan", net.ns["r"], "r1")  # what arrives at the gateways,
net.ports["w2"] = Port(net, "w2", net.ns["g2"], "wan", net.ns["r"], "r2")  # behind the router's work
printed = []  # all that the commands have said


# ---- the commands ----

def name(t, gateway):
    """An outbound SA of a gateway."""
    _, d, _, _, spi, _ = t.ends(gateway)
    return f"spi {spi:#x} dst {d}"


def start(gateway, verb, t, words="", options="-j"):
    return subprocess.Popen([ESPGW, "-n", net.ns[f"g{gateway}"], *options.split(), "mss", verb,
                             *name(t, gateway).split(), *words.split()], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(p, seconds=60):
    """(exit status, rows, what it complained of)"""
    out, err = p.communicate(timeout=seconds)
    printed.extend((out, err))
    rows = []
    for line in out.splitlines():
        row = judged("mss probe" if line.startswith("[") else "mss-listen", line)
        rows += row if isinstance(row, list) else [row]
    return p.returncode, rows, err


def listening(gateway, port=4500):
    for table in "tcp", "tcp6":
        with net.inside(net.ns[f"g{gateway}"]), open(f"/proc/thread-self/net/{table}") as f:
            if any(w[3] == "0A" and int(w[1].rpartition(":")[2], 16) == port for w in map(str.split, f)):
                return True
    return False


def listener(gateway, t, words="", port=4500, **more):
    p = start(gateway, "listen", t, words, **more)
    for _ in range(400):
        if listening(gateway, port):
            return p
        if p.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"nobody listens: {p.communicate()}")


def told(p, connections):
    """What a listener tells of so many connections: it may still be at that when the probe has its result."""
    late = threading.Timer(60, p.kill)
    late.start()
    out = "".join(p.stdout.readline() for _ in range(connections))
    late.cancel()
    printed.append(out)
    return [judged("mss-listen", line) for line in out.splitlines()]


def stop(p, connections=0):
    """Ends a listener once it has told of so many connections (more): these, and what it complained of."""
    rows = told(p, connections)
    p.terminate()
    out, err = p.stdout.read(), p.stderr.read()  # not communicate(), which does not see what has been read ahead
    p.wait()
    printed.extend((out, err))
    return rows + [judged("mss-listen", line) for line in out.splitlines()], err


def probe(t, words="", gateway=1):
    return end(start(gateway, "probe", t, words))


def both(t, words="", gateway=1):
    """One gateway probes, the other listens: what the two say."""
    p = listener(3 - gateway, t, words + " once")
    mine = probe(t, words, gateway)
    return mine, end(p)


def row(t, gateway=1):
    spi = t.ends(gateway)[4]
    return next(r for r in net.show("pmtu show", ns=f"g{gateway}") if int(r["spi"], 16) == spi)


def state(t, gateway=1):
    r = row(t, gateway)
    return r["pmtu"], r["source"]


def forget(*ts):
    for gateway in 1, 2:
        net.espgw(*(f"pmtu del {name(t, gateway)}" for t in ts), ns=f"g{gateway}")


def said(f, t, got, wanted, gateway=1, status=0):
    """A command's end: its exit status, and its row if it has one, exactly."""
    rc, rows, err = got
    f.same((rc, err), (status, ""), f"{t}: exit status and complaints of gateway {gateway}")
    s, d, _, _, spi, _ = t.ends(gateway)
    keys = "mss_sent", "mss_received", "peer_mss_sent", "peer_mss_received", "bound", "pmtu", "source"
    f.same(rows, [{"spi": f"{spi:#010x}", "dst": d, "src": s, "port": 4500, "auth": "md5", **dict(zip(keys, wanted))}],
           f"{t}: row of gateway {gateway}")


# ---- the router ----

def router(*rules):
    """It drops what tells of path MTUs, and does this to what it forwards."""
    subprocess.run(["ip", "netns", "exec", net.ns["r"], "nft", "-f", "-"], text=True, check=True, input=f"""
        add table inet mss
        delete table inet mss
        table inet mss {{
            chain out {{
                type filter hook output priority 0
                icmp type destination-unreachable drop
                icmpv6 type packet-too-big drop
            }}
            chain forward {{
                type filter hook forward priority 0
                icmp type destination-unreachable drop
                icmpv6 type packet-too-big drop
                {"; ".join(rules)}
            }}
        }}""")


def clamp(mss, where=""):
    return f"{where} tcp flags syn tcp option maxseg size set {mss}"


# ---- the protocol, written once more ----

def secret(t, auth=b"tcp-md5", given=None):
    """What the ends of a tunnel authenticate with."""
    sas = sorted((addr(d), t.alg, spi) for d, spi in ((G2[t.outer], t.spi_out), (G1[t.outer], t.spi_in)))
    ikm, info = b"", auth
    for d, alg, spi in sas:
        keys = [key_bytes(n, spi) for n in alg.keys] + [b""]
        ikm += b"".join(bytes([len(k)]) + k for k in keys[:2])
        info += d
    prk = hmac.new(b"espgw mss 1", given or ikm, "sha256").digest()
    return hmac.new(prk, info + b"\x01", "sha256").digest()


def md5_key(s, peer, key_):
    """TCP_MD5SIG of a socket."""
    if "." in peer:
        address = struct.pack("=H2x4s120x", socket.AF_INET, addr(peer))
    else:
        address = struct.pack("=H6x16s104x", socket.AF_INET6, addr(peer))
    s.setsockopt(TCP, TCP_MD5SIG, address + struct.pack("=BBHi80s", 0, 0, len(key_), 0, key_))


def digest(src, dst, segment, key_):
    """RFC 2385 2.0"""
    n = (segment[12] >> 4) * 4
    return hashlib.md5(pseudo(src, dst, TCP, len(segment)) + segment[:16] + b"\0\0" + segment[18:20] + segment[n:]
                       + key_).digest()


def options(segment):
    found, at, n = {}, 20, (segment[12] >> 4) * 4
    while at < n and segment[at]:
        if segment[at] == 1:
            at += 1
            continue
        found[segment[at]] = segment[at + 2:at + segment[at + 1]]
        at += segment[at + 1]
    return found


def segments(caught, *ports):
    return [p for port in ports for p in caught[port] if p.proto == TCP]


def socket_at(gateway, t, key_):
    """A Python program's end of a connection, at a gateway's address."""
    s, d = t.ends(gateway)[:2]
    sock = net.socket(f"g{gateway}", socket.AF_INET if t.outer == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    md5_key(sock, d, key_)
    return sock, s, d


def answer(t, line, words="timeout 10", close=True):
    """A program at gateway 2 answers gateway 1's probe: (what it heard, what the probe ends with)."""
    sock, s, _ = socket_at(2, t, secret(t))
    with sock:
        sock.bind((s, 4500))
        sock.listen()
        p = start(1, "probe", t, words)
        sock.settimeout(20)
        conn, _ = sock.accept()
        with conn:
            conn.settimeout(20)
            heard = b""
            while part := conn.recv(4096):
                heard += part
            try:
                conn.sendall(line)
                if close:
                    conn.shutdown(socket.SHUT_WR)
            except OSError:  # it has hung up
                pass
            return heard, end(p)


def ask(t, line):
    """A program at gateway 1 speaks to gateway 2's listener: what it answers."""
    sock, s, d = socket_at(1, t, secret(t))
    with sock:
        sock.bind((s, 0))
        sock.settimeout(20)
        sock.connect((d, 4500))
        heard = b""
        try:
            sock.sendall(line)
            sock.shutdown(socket.SHUT_WR)
            while part := sock.recv(4096):
                heard += part
        except OSError:  # it has hung up
            pass
        return heard


# ---- nothing in the way ----

router()
f = Faults()
net.settle()
wire = []
for t in T4, T6, CBC:
    mss = 1500 - HDR[t.outer]
    one, two = both(t)
    said(f, t, one, (mss, mss, mss, mss, 1500, 1500, "device"), 1)
    said(f, t, two, (mss, mss, mss, mss, 1500, 1500, "device"), 2)
    f.same([(r["source"], r["expires_s"]) for r in (row(t, 1), row(t, 2))], [("device", None)] * 2, "the table")
    wire.append(net.settle())
f.point("nothing in the way: both see 1460 or 1440 and nothing changes; AEAD and two keys, IPv4 and IPv6")

f = Faults()
for t, caught in zip((T4, T6, CBC), wire):
    key_ = secret(t)
    sent = segments(caught, "w1", "w2")
    f.same(len(sent) >= 8, True, f"{t}: a connection is seen, of {len(sent)} segments")
    f.same([p.payload[13] & (SYN | ACK) for p in sent if p.payload[13] & SYN], [SYN | ACK, SYN], f"{t}: its beginning")
    for p in sent:
        f.same(options(p.payload).get(19), digest(p.src, p.dst, p.payload, key_), f"{t}: the MD5 option of {p}")
        f.same({p.payload[0:2], p.payload[2:4]} >= {struct.pack("!H", 4500)}, True, f"{t}: port 4500")
    f.same([p.payload[(p.payload[12] >> 4) * 4:] for p in sent if len(p.payload) > (p.payload[12] >> 4) * 4],
           [f"espgw-mss 1 {m} {m} {m}\n".encode() for m in [1500 - HDR[t.outer]] * 2], f"{t}: what is said")
f.point("each segment on the wire has the MD5 option, by the key that HKDF makes of the SAs' keys")

# ---- a router that clamps ----

monitor = Monitor(net, "pmtu sa", f"sa set dst {G2[4]} spi {T4.spi_out:#x} dscp copy")
f = Faults()
router(clamp(1300))
for t in T4, T6:
    mss, bound = 1500 - HDR[t.outer], 1300 + HDR[t.outer]
    one, two = both(t)
    said(f, t, one, (mss, 1300, mss, 1300, bound, bound, "mss"), 1)
    said(f, t, two, (mss, 1300, mss, 1300, bound, bound, "mss"), 2)
    for gateway in 1, 2:
        r = row(t, gateway)
        f.same((r["pmtu"], r["inner_mtu"], r["source"], r["locked"]), (bound, t.inner(bound), "mss", False), "the table")
        f.same(AGE - 60 < r["expires_s"] <= AGE, True, f"expires in {r['expires_s']} s")
    events = [e for e in monitor.events(5, "pmtu") if e["object"] == "pmtu"]
    f.same([(int(e["spi"], 16), e["event"], e["pmtu"], e["source"]) for e in events],
           [(t.spi_out, "lowered", bound, "mss")], f"{t}: events")
f.point("1300 both ways: 1340 and 1360 on both gateways, source mss, told by the monitor")

f = Faults()
for t in T4, T6:
    n = t.inner(1300 + HDR[t.outer])
    for port, ends in ("a0", t), ("b0", t):
        for family in 4, 6:
            src, dst = (ends.left[family], ends.right[family])[::1 if port == "a0" else -1]
            df = {"df": 1} if family == 4 else {}
            fits, too_big = (datagram(src, dst, size, size, **df) for size in (n, n + 1))
            caught = net.exchange(port, fits, too_big)
            f.same([p.answer()[0] for p in caught[port] if p.answer()], [n], f"{t}, IPv{family} from {port}: answers")
            f.same([p.raw for p in caught["b0" if port == "a0" else "a0"] if p.proto == UDP], [forwarded(fits)],
                   f"{t}, IPv{family} from {port}: what fits arrives")
f.point("the next packet that is larger is answered with what fits, both ways")

f = Faults()
for where in "iifname r1", "iifname r2":
    forget(T4, T6)
    f.same([state(t, g) for t in (T4, T6) for g in (1, 2)], [(1500, "device")] * 4, "forgotten")
    router(clamp(1250, where))
    for t in T4, T6:
        mss, bound = 1500 - HDR[t.outer], 1250 + HDR[t.outer]
        out_, back = (1250, mss) if where.endswith("r1") else (mss, 1250)
        one, two = both(t)
        said(f, t, one, (mss, back, mss, out_, bound, bound, "mss"), 1)
        said(f, t, two, (mss, out_, mss, back, bound, bound, "mss"), 2)
f.point("a router that clamps one way only, either way: the bound is the same on both gateways")

f = Faults()
monitor.events(1)
router()
one, two = both(T4)
said(f, T4, one, (1460, 1460, 1460, 1460, 1500, 1290, "mss"), 1)
said(f, T4, two, (1460, 1460, 1460, 1460, 1500, 1290, "mss"), 2)
router(clamp(1260))
one, two = both(T4, gateway=2)
said(f, T4, one, (1460, 1260, 1460, 1260, 1300, 1290, "mss"), 2)
said(f, T4, two, (1460, 1260, 1460, 1260, 1300, 1290, "mss"), 1)
f.same(monitor.events(1), [], "events")
f.point("a larger bound raises nothing; either gateway may probe")

f = Faults()
router(clamp(1300))
both(AGED)
before = row(AGED)
time.sleep(3)
old = row(AGED)["expires_s"]
both(AGED)
f.same((before["pmtu"], before["source"], before["expires_s"] >= 58), (1340, "mss", True), "first")
f.same(old <= 57, True, f"it ages: {old} s")
f.same(row(AGED)["expires_s"] > old, True, f"the same bound again keeps it: {row(AGED)['expires_s']} s")
f.point("it ages as what is learned does, and the same bound once more keeps it")

f = Faults()
router(clamp(500))
one, two = both(T4)
said(f, T4, one, (1460, 500, 1460, 500, 540, 576, "mss"), 1)
f.same(row(T4)["locked"], False, "not locked")
one, two = both(T6)
said(f, T6, one, (1440, 500, 1440, 500, 560, 1280, "mss"), 1)
one, two = both(FLOOR)
said(f, FLOOR, one, (1460, 500, 1460, 500, 540, 1000, "mss"), 1)
router(clamp(1300))
one, two = both(CAPPED)
said(f, CAPPED, one, (1460, 1300, 1460, 1300, 1340, 1200, "default"), 1)
f.point("floors and caps hold: 576, 1280, min-pmtu, mtu-cap")

f = Faults()
net.espgw(f"pmtu set {name(LOCKED, 1)} mtu 1400 lock")
router(clamp(1300))
for t, why in (LOCKED, "the path MTU is locked"), (OFF, "pmtu-learn is off"):
    was = state(t)
    p = listener(2, t, "timeout 3")
    rc, rows, err = probe(t)
    f.same((rc, rows, err), (2, [], f"espgw: mss probe: {why}\n"), f"{why}: probe")
    stop(p, int(t is LOCKED))  # that one has a bound of its own
    f.same(state(t), was, f"{why}: as it was")
f.same((state(LOCKED), state(LOCKED, 2)), ((1400, "static"), (1340, "mss")), "the other end of the locked one")
f.point("a locked path MTU, and one that is not to be learned: refused")

f = Faults()
net.espgw(f"pmtu set {name(LOCKED, 1)} mtu 1400")
both(LOCKED)
f.same(state(LOCKED), (1340, "mss"), "lowered")
net.espgw(f"pmtu set {name(LOCKED, 1)} mtu 1320")
both(LOCKED)
f.same(state(LOCKED), (1320, "static"), "lower already")
f.point("one set by hand, not locked, is lowered and not raised")

# ---- a real black hole ----

f = Faults()
net.mtu(r2=1400)
router(clamp("rt mtu"))
n = HOLE.inner(1500)
large = [datagram(HOLE.left[4], HOLE.right[4], n, s, df=0) for s in range(3)]
caught = net.exchange("a0", *large)
f.same(([p for p in caught["b0"] if p.proto == UDP], [p for p in caught["w1"] if p.answer()]), ([], []), "a black hole")
one, two = both(HOLE)
said(f, HOLE, one, (1460, 1360, 1360, 1360, 1400, 1400, "mss"), 1)
f.same(two[0], 0, "the listener")
caught = net.exchange("a0", *large)
f.same([p.raw[p.hdr:] for p in caught["b0"] if p.proto == UDP and not p.off and not p.mf], [], "in pieces now")
f.same(len({p.id for p in caught["b0"] if p.proto == UDP}) >= 1, True, "they arrive")
f.same(max(p.len for p in caught["r1"] if p.is_esp) <= 1400, True, "none is larger than the path")
whole, longest = net.stream(pattern(300000), ("a", "10.1.0.2"), ("b", "10.2.0.2"))
f.same((whole, longest < 3 * PATIENCE), (True, True), f"TCP, at most {longest:.1f} s without any")
net.mtu(r2=1500)
f.point("a black hole of 1400: what vanished passes, from the first probe on")

# ---- ICMP that the kernel believes ----

f = Faults()
router()
forget(T4, T6)
for t in T4, T6:
    with net.socket("g1", socket.AF_INET if t.outer == 4 else socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.bind((G1[t.outer], 0))
        s.connect((G2[t.outer], 9))
        s.send(b"x" * 1000)
        quoted = next(p for p in net.settle()["w2"] if p.proto == UDP and p.dport == 9)
        net.exchange("r1", icmp4(R1[4], G1[4], 3, 4, 1000, quoted.raw[:528]) if t.outer == 4 else
                     icmp6(R1[6], G1[6], 2, 0, 1300, quoted.raw[:1200]))
        s.connect((G2[t.outer], 9))
        level, option = (0, 14) if t.outer == 4 else (41, 24)
        f.same(s.getsockopt(level, option), 1000 if t.outer == 4 else 1300, f"{t}: the kernel believes it")
    for gateway in 1, 2:
        (rc, rows, err), two = both(t, gateway=gateway)
        f.same((rc, [(r["bound"], r["pmtu"], r["source"]) for r in rows]), (0, [(1500, 1500, "device")]), f"{t}: probe")
        offered = [r["mss_sent" if gateway == 1 else "peer_mss_sent"] for r in rows]
        f.same("believed" in (err if gateway == 1 else two[2]), offered != [1500 - HDR[t.outer]], f"{t}: offers {offered}")
        f.same([(r["bound"], r["pmtu"], r["source"]) for r in two[1]], [(1500, 1500, "device")], f"{t}: listen")
    f.same([state(t, g) for g in (1, 2)], [(1500, "device")] * 2, f"{t}: the table")
f.point("an ICMP message that only the kernel's stack believed lowers nothing")
for family in "-4", "-6":
    subprocess.run(["ip", "-n", net.ns["g1"], family, "route", "flush", "cache"], check=True)

# ---- who has no key ----

f = Faults()
router(clamp(1300))
p = listener(2, T4)
net.settle()
begin = time.monotonic()
rc, rows, err = probe(T4, "key 0x000102030405060708090a0b0c0d0e0f timeout 3")
f.same(time.monotonic() - begin < 8, True, "how long it took")
f.same((rc, rows), (2, []), "the wrong key")
f.same("no connection to 198.51.100.1 port 4500" in err and err.count("\n") == 1, True, err)
caught = net.settle()
f.same(len([q for q in segments(caught, "w2") if q.payload[13] & SYN]) >= 2, True, "SYNs arrive")
f.same(segments(caught, "w1"), [], "nothing comes back")
f.same([state(T4, g) for g in (1, 2)], [(1500, "device")] * 2, "the table")
f.point("the wrong key: no SYN is answered, one line says so, exit status 2")


def syn(src, dst, key_=None, mss=700, flags=SYN, ack=0, seq=0x1234, sport=40001, dport=4500):
    """A SYN with an MD5 option by that key; without one if there is none."""
    text = struct.pack("!BBH", 2, 4, mss) + (b"\1\1\x13\x12" + bytes(16) if key_ else b"")
    h = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, (20 + len(text)) << 2, flags, 65535, 0, 0) + text
    if key_:
        h = h[:28] + digest(src, dst, h, key_) + h[44:]
    h = h[:16] + struct.pack("!H", checksum(pseudo(src, dst, TCP, len(h)) + h)) + h[18:]
    return (ip4 if "." in src else ip6)(src, dst, TCP, h)


f = Faults()
key_, me, they = secret(T4), G2[4], G1[4]
for what, packet in (("no option", syn(they, me)), ("a wrong key", syn(they, me, b"x" * 32)),
                     ("the key of another tunnel", syn(they, me, secret(CBC))),
                     ("another address without an option", syn(R2[4], me)),
                     ("another address with a wrong key", syn(R2[4], me, b"x" * 32)),
                     ("another address with the right key", syn(R2[4], me, key_)),
                     ("an ACK out of the blue", syn(they, me, key_, flags=ACK, ack=5))):
    caught = net.exchange("r2", packet)
    f.same([q for q in segments(caught, "r2") if q.payload[13] & SYN], [], f"{what}: SYN-ACKs")
caught = net.exchange("r2", syn(they, me, key_))
f.same([q.payload[13] for q in segments(caught, "r2")], [SYN | ACK], "the right key: a SYN-ACK")
f.same([r["source"] for r in (row(T4, 1), row(T4, 2))], ["device"] * 2, "the table")
rc, rows, err = probe(T4)
f.same((rc, [r["bound"] for r in rows], err), (0, [1340], ""), "it goes on serving")
rows, err = stop(p, 1)
f.same(([r["bound"] for r in rows], err), ([1340], ""), "what the listener said")
f.point("strangers' SYNs are not answered: no option, a wrong key, another address; the listener goes on")

f = Faults()
forget(T4)
router()
net.settle()
p = start(1, "probe", T4, "timeout 15")
forged = []
for _ in range(200):  # nobody listens: the SYN is for the forger alone
    net.ports["w2"].poll()
    forged = [q for q in net.ports["w2"].got if not isinstance(q, bytes) and q.proto == TCP and q.payload[13] & SYN]
    if forged:
        break
    time.sleep(0.02)
q = forged[0]
sport, _, isn = struct.unpack("!HHI", q.payload[:8])
for mss in 600, 601:
    net.send("r1", syn(G2[4], G1[4], b"x" * 32, mss, SYN | ACK, isn + 1, 77, 4500, sport))
other = listener(2, T4, "once")
rc, rows, err = end(p)
f.same((rc, [(r["mss_received"], r["bound"]) for r in rows], err), (0, [(1460, 1500)], ""), "the probe")
f.same([(r["peer_mss_received"], r["bound"]) for r in end(other)[1]], [(1460, 1500)], "the listener")
f.point("a forged SYN-ACK that knows the numbers but not the key is not what is believed")

f = Faults()
begin = time.monotonic()
rc, rows, err = probe(T4, "timeout 2")
f.same((rc, rows, err.count("\n"), "no connection" in err, time.monotonic() - begin < 7), (2, [], 1, True, True), err)
rc, rows, err = end(start(2, "listen", T4, "timeout 1"))
f.same((rc, rows, err), (2, [], "espgw: mss listen: nobody came in 1 s\n"), "listen")
rc, rows, err = end(subprocess.Popen([ESPGW, "-n", net.ns["g1"], "mss", "probe", "spi", "0x7777", "dst", G2[4]],
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
f.same((rc, rows, err), (2, [], "espgw: mss probe: there is no such outbound SA\n"), "no such SA")
f.same(state(T4), (1500, "device"), "the table")
f.point("nobody listens, nobody comes, no such SA: one line, exit status 2")

# ---- what the peer says ----

f = Faults()
router()
for line, why in ((b"", "what it says is malformed"), (b"\n", "what it says is malformed"),
                  (b"espgw-mss 1 1460 1300 1460", "what it says is malformed"),
                  (b"espgw-mss 1 1460 1300\n", "what it says is malformed"),
                  (b"espgw-mss 1 1460 1300 1460 1\n", "what it says is malformed"),
                  (b"espgw-mss 1 1460 1300 1460\nespgw-mss 1 1 1 1\n", "what it says is malformed"),
                  (b"espgw-mss 1 1460  1300 1460\n", "what it says is malformed"),
                  (b"espgw-mss 1 1460 0x514 1460\n", "what it says is malformed"),
                  (b"espgw-mss 1 1460 -1 1460\n", "what it says is malformed"),
                  (b"espgw-mss 1 1460 65536 1460\n", "what it says is malformed"),
                  (b"espgw-mss 1 0 1300 1460\n", "what it says is malformed"),
                  (b"espgw-mss 1 1460 1300 1460\0\n", "what it says is malformed"),
                  (b"SSH-2.0-x\r\n", "what it says is malformed"), (b"x" * 1000, "what it says is malformed"),
                  (b"espgw-mss 2 1460 1300 1460\n", "it speaks another version of this protocol")):
    heard, (rc, rows, err) = answer(T4, line)
    f.same(heard, b"espgw-mss 1 1460 1460 1460\n", "what the probe says")
    f.same((rc, rows, err), (2, [], f"espgw: mss probe: the peer: {why}\n"), f"{line[:50]}")
f.same(state(T4), (1500, "device"), "the table")
f.point("a probe does not believe a peer that has the key and talks nonsense")

f = Faults()
heard, (rc, rows, err) = answer(T4, b"", close=False)
f.same((rc, rows, err), (2, [], "espgw: mss probe: the peer: it does not say anything\n"), "silence")
heard, got = answer(T4, b"espgw-mss 1 1460 1310 1460\n")
said(f, T4, got, (1460, 1460, 1460, 1310, 1350, 1350, "mss"))
f.point("nor waits for ever for one that says nothing; one written by others is understood")

f = Faults()
forget(T4)
p = listener(2, T4, "once")
for line in b"", b"espgw-mss 1 1460 1300\n", b"GET / HTTP/1.0\r\n\r\n", b"y" * 5000:
    f.same(ask(T4, line), b"", f"{line[:50]}: no answer")
f.same(ask(T4, b"espgw-mss 1 1460 1320 1460\n"), b"espgw-mss 1 1460 1460 1460\n", "the answer")
rc, rows, err = end(p)
f.same([(r["mss_received"], r["peer_mss_received"], r["bound"]) for r in rows], [(1460, 1320, 1360)], "what it made of it")
f.same(err.splitlines(), ["espgw: mss listen: the peer: what it says is malformed"] * 4, "complaints")
f.same((state(T4, 2), state(T4, 1)), ((1360, "mss"), (1500, "device")), "the table")
f.point("a listener neither, and goes on with the next")

# ---- several at once, other keys and ports ----

f = Faults()
forget(T4, T6, CBC)
router(clamp(1280))
p = listener(2, T4)
q = listener(2, CBC, "port 4600", 4600)
several = [start(1, "probe", t, words) for t, words in [(T4, "timeout 30")] * 4 + [(CBC, "port 4600 timeout 30")] * 2]
for s in several:
    rc, rows, err = end(s)
    f.same((rc, [r["bound"] for r in rows], err), (0, [1320], ""), "a probe")
f.same([len(stop(x, n)[0]) for x, n in ((p, 4), (q, 2))], [4, 2], "the listeners' rows")
f.point("several at once, to one listener and to two on different ports")

f = Faults()
given = "0x" + key_bytes(20, 99).hex()
path = os.path.join(os.environ["tmp"], "key")
with open(path, "w") as file:
    file.write(given + "\n")
forget(T4)
net.settle()
p = listener(2, T4, f"key {given}")
with open(f"/proc/{p.pid}/cmdline") as file:
    f.same(given[2:] in file.read(), False, "the key in the list of processes")
rc, rows, err = probe(T4, f"key file:{path}")
f.same((rc, [r["bound"] for r in rows], err), (0, [1320], ""), "the probe")
first = told(p, 1)
sent = segments(net.settle(), "w1", "w2")
f.same([options(s.payload).get(19) == digest(s.src, s.dst, s.payload, secret(T4, given=key_bytes(20, 99))) for s in sent],
       [True] * len(sent), "made of the given key")
s, d = T4.ends(2)[:2]
net.espgw(f"sa add dir out src {s} dst {d} spi 0x9999 reqid {T4.reqid} {T4.alg.words(T4.alg.espgw, 5)}",
          f"sa del dir out {name(T4, 2)}", ns="g2")
router(clamp(1270))
rc, rows, err = probe(T4, f"key file:{path}")
f.same((rc, [r["bound"] for r in rows], err), (0, [1310], ""), "the probe after rekeying")
rows, err = stop(p, 1)
f.same(([(r["spi"], r["bound"], r["pmtu"]) for r in first + rows], err), ([("0x00002001", 1320, 1320), ("0x00009999", 1310, 1310)], ""),
       "the listener, whose SA was followed by another")
net.espgw(f"sa add dir out src {s} dst {d} spi {T4.spi_in:#x} reqid {T4.reqid} {T4.alg.words(T4.alg.espgw, T4.spi_in)}",
          f"sa del dir out dst {d} spi 0x9999", ns="g2")
router(clamp(1280))
f.point("a key that is given, from a file too; no list of processes shows it")

# ---- a policy that covers the ends themselves ----

f = Faults()
forget(T4)
for gateway in 1, 2:
    s, d = T4.ends(gateway)[:2]
    net.espgw(f"policy add src {s}/32 dst {d}/32 action protect reqid {T4.reqid} src {s} dst {d}", ns=f"g{gateway}")
net.settle()
one, two = both(T4)
f.same([(x[0], [r["bound"] for r in x[1]], x[2]) for x in (one, two)], [(0, [1320], "")] * 2, "port 4500")
caught = net.settle()
f.same((len(segments(caught, "w1", "w2")) >= 8, [q for q in caught["w2"] if q.is_esp]), (True, []), "in clear")
with net.socket("g1", socket.AF_INET, socket.SOCK_STREAM) as s:
    s.setblocking(False)
    s.bind((G1[4], 0))
    s.connect_ex((G2[4], 4501))
    caught = net.settle()
f.same((segments(caught, "r1"), [q.spi for q in caught["r1"] if q.is_esp][:1]), ([], [T4.spi_out]), "port 4501")
caught = net.exchange("r2", syn(G1[4], G2[4], dport=4501))
f.same(segments(caught, "r2"), [], "port 4501 arriving in clear")
for gateway in 1, 2:
    s, d = T4.ends(gateway)[:2]
    net.espgw(f"policy del src {s}/32 dst {d}/32", ns=f"g{gateway}")
f.point("a protect policy that covers the ends lets TCP port 4500 between them pass, and no other")

# ---- TCP-AO ----

f = Faults()
forget(T4)
net.settle()
with net.socket("g1", socket.AF_INET, socket.SOCK_STREAM) as s:
    try:
        s.getsockopt(TCP, TCP_AO_INFO, 64)
        has_ao = True
    except OSError as e:
        has_ao = e.errno != 92  # ENOPROTOOPT
if has_ao:
    for t in T4, T6:
        forget(t)
        one, two = both(t, "auth ao")
        f.same([(x[0], [(r["auth"], r["bound"]) for r in x[1]], x[2]) for x in (one, two)],
               [(0, [("ao", 1280 + HDR[t.outer])], "")] * 2, f"{t}: both ends")
        sent = segments(net.settle(), "w1", "w2")
        f.same((len(sent) >= 8, {(29 in options(s.payload), 19 in options(s.payload)) for s in sent}),
               (True, {(True, False)}), f"{t}: on the wire")
    forget(T4)
    p = listener(2, T4, "auth ao")
    for what, packet in ("no option", syn(G1[4], G2[4])), ("another address", syn(R2[4], G2[4])), \
            ("MD5", syn(G1[4], G2[4], secret(T4))):
        caught = net.exchange("r2", packet)
        f.same([q for q in segments(caught, "r2") if q.payload[13] & SYN], [], f"{what}: SYN-ACKs")
    rc, rows, err = probe(T4, "timeout 2")
    f.same((rc, rows), (2, []), "MD5 and AO do not meet")
    rc, rows, err = probe(T4, f"auth ao timeout 2 key {given}")
    f.same((rc, rows), (2, []), "the wrong key")
    stop(p)
    f.same([state(T4, g) for g in (1, 2)], [(1500, "device")] * 2, "the table")
    f.point("TCP-AO: its option in each segment, the MSS is clamped; without the key nobody connects")
else:
    for verb in "probe", "listen":
        rc, rows, err = end(start(1, verb, T4, "auth ao"))
        f.same((rc, rows, err), (1, [], f'espgw: mss {verb}: this kernel has no TCP-AO: take "auth md5"\n'), verb)
    f.point("TCP-AO: this kernel has none, and the commands say so")

# ---- secrets ----

f = Faults()
text = "".join(printed).lower()
secrets = [key_bytes(n, spi) for t in tunnels for spi in (t.spi_out, t.spi_in) for n in t.alg.keys]
secrets += [secret(t, auth) for t in tunnels for auth in (b"tcp-md5", b"tcp-ao")] + [key_bytes(20, 99)]
f.same([s.hex() for s in secrets if any(s.hex()[i:i + 8] in text for i in range(0, len(s.hex()) - 8, 2))], [], "keys")
f.same(len(text) > 4000, True, f"{len(text)} characters were looked at")
f.point("no byte of a key in all that the commands printed")
done()
