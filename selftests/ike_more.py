# SPDX-License-Identifier: GPL-2.0
"""What else strongSwan sets up: IKEv1, several children, ipsec.conf by stroke, espgw at both ends, transport mode beside
it, a road warrior with a virtual address, 200 children at once."""

from keyed import *

MANY = int(os.environ.get("MANY", 200))
start_net()


def ikev1(f):
    """IKEv1 has one pair of prefixes for each pair of SAs, and rekeys by quick mode."""
    child = Child(local_ts=("10.1.0.0/16",), remote_ts=("10.2.0.0/16",), proposals="aes128gcm128-ecp256")
    for mode in MODES:
        with Pair(f, Conn(G1[4], G2[4], version=1, proposals="aes128-sha256-ecp256", children=(child,)), mode, policies=1) as pair:
            sa = pair.up()
            flood = Flood(net, 50, families=(4,))
            flood.wait(0.3)
            for by in 1, 2:
                flood.mark(f"rekeyed by {by}")
                sa = pair.rekeyed(sa, by)
                flood.wait(0.3)
            # A responder may send before the peer has the keys, by whatever IPsec.
            flood.end().none_lost(f, f"mode {mode}", pair.early())
            pair.no_errors(f"mode {mode}", early=True)


point("IKEv1: adopted, and rekeyed by either side: none lost of what came with the keys there", ikev1)


def children(f):
    """Two children of one IKE_SA, each with SAs and policies of its own."""
    two = (Child("four", ("10.1.0.0/16",), ("10.2.0.0/16",)), Child("six", ("fd01::/16",), ("fd02::/16",)))
    for mode in MODES:
        with Pair(f, Conn(G1[4], G2[4], children=two), mode) as pair:
            sas = {c.name: pair.up(c.name) for c in two}
            f.same((head(net)["sas"], head(net)["policies"]) if ADOPT else (4, 2), (4, 2), f"mode {mode}: adopted")
            warm(f)
            flood = Flood(net, 100)
            flood.wait(0.3)
            for n in range(4):
                name = two[n % 2].name
                flood.mark(f"{name} rekeyed by {n // 2 + 1}")
                sas[name] = pair.rekeyed(sas[name], n // 2 + 1, name)
            flood.wait(0.3)
            flood.end().none_lost(f, f"mode {mode}")
            pair.no_errors(f"mode {mode}")


point("several children, rekeyed each for itself: none lost", children)


def stroke(f):
    """ipsec.conf as it is, with a trap: one tunnel begun by traffic, rekeyed by either, and counted."""
    with Pair(f, Conn(G1[4], G2[4], children=(Child(start="trap"),)), "policy", kinds=(Starter, Charon)) as pair:
        flood = Flood(net, 50, ways=("a",))
        pair.a.wait_for("child", lambda: pair.a.sas("net"))
        sa = pair.settled()
        flood.end(0.2)
        f.same(pair.a.count_said("creating acquire job"), 1, "acquire jobs")
        pair.before = {ns: xfrm_stat(net, ns) for ns in ("g1", "g2")}
        watch, flood = EspWatch(net), Flood(net, 100)
        flood.wait(0.3)
        for n in range(4):
            flood.mark(f"rekey {n} by gateway {n % 2 + 1}")
            sa = pair.rekeyed(sa, n % 2 + 1)
            flood.wait(0.2)
        flood.wait(0.5)
        flood.end().none_lost(f)
        watch.end().unique(f)
        pair.no_errors()
        if ADOPT:
            time.sleep(0.5 * PATIENCE)
            state, listed = x1.state(sa["spi_out"]), pair.a.listed()
            f.same(f"{state.bytes} bytes_o ({state.packets} pkts" in listed, True, f"what stroke statusall says: {listed[-400:]}")


point("ipsec.conf and stroke: a trap, four rekeys by either side: none lost", stroke)


def both(f):
    """espgw at both gateways: an interface at the one, policies at the other."""
    if ADOPT:
        tool(net, "dev attach wan", ns="g2")
        retake(net, "policy", ns="g2")
    for mode in MODES:
        with Pair(f, mode=mode) as pair:
            sa = pair.up()
            f += adopted(net, (sa["spi_in"], sa["spi_out"]), ns="g2", policies=2)
            warm(f)
            watch, flood = EspWatch(net), Flood(net, 100)
            flood.wait(0.3)
            for n in range(4):
                flood.mark(f"rekey {n} by gateway {n % 2 + 1}")
                sa = pair.rekeyed(sa, n % 2 + 1)
                f += adopted(net, (sa["spi_in"], sa["spi_out"]), ns="g2", policies=2)
                flood.wait(0.2)
            flood.mark("given back by gateway 2")
            release(net, ns="g2")
            flood.wait(0.3)
            flood.mark("taken again")
            retake(net, "policy", ns="g2")
            flood.wait(0.3)
            flood.end().none_lost(f, f"mode {mode}")
            watch.end().unique(f, f"mode {mode}")
            pair.no_errors(f"mode {mode}")
    if ADOPT:
        release(net, ns="g2")
        tool(net, "dev detach wan", ns="g2")


point("espgw at both gateways: four rekeys, given back and taken again by the other: none lost", both)


def beside(f):
    """L2TP as its servers are keyed: transport mode for UDP port 1701 between the gateways. It stays the kernel's."""
    udp = ("dynamic[udp/1701]",)
    l2tp = Conn(G1[4], G2[4], "one.l2tp", "two.l2tp", "l2tp", (Child("l2tp", udp, udp, mode="transport"),))
    for mode in MODES:
        with Pair(f, mode=mode) as pair:
            pair.a.load(pair.one, l2tp)
            pair.b.load(pair.two, l2tp.other())
            pair.up()
            pair.a.up("l2tp")
            sa = pair.a.wait_for("L2TP's SAs", lambda: pair.a.sa("l2tp"))
            if ADOPT:
                said = {number(r["spi"]): r["reason"] for r in rows(net, kind="state")}
                f.same({said.get(sa[k]) for k in ("spi_in", "spi_out")}, {"not-asked" if mode == "interface" else "transport"},
                       f"mode {mode}: reasons")
            warm(f)
            before = net.stats() if ADOPT else {}
            watch = EspWatch(net)
            ends = []
            for ns, own in ("g1", G1[4]), ("g2", G2[4]):
                s = net.socket(ns, socket.AF_INET, socket.SOCK_DGRAM)
                s.bind((own, 1701))
                s.settimeout(5 * PATIENCE)
                ends.append(s)
            for n in range(20):
                if n == 10:  # both are rekeyed, each for itself
                    pair.a.rekey("l2tp")
                    pair.a.wait_for("new SAs", lambda: pair.b.sa("l2tp") and (pair.a.sa("l2tp") or sa)["spi_in"] != sa["spi_in"])
                    time.sleep(0.5 * PATIENCE)
                tx, rx = ends if n % 2 == 0 else ends[::-1]
                tx.sendto(b"%d" % n, (G2[4] if n % 2 == 0 else G1[4], 1701))
                f.same(rx.recv(100), b"%d" % n, f"mode {mode}: L2TP's packet {n}")
            for s in ends:
                s.close()
            now = pair.a.sa("l2tp")
            watch.end().unique(f)
            f.same({(dev, spi): len(n) for (dev, spi), n in watch.seen.items()},
                   {(dev, spi): 5 for dev, k in (("r1", "spi_out"), ("r2", "spi_in")) for spi in (sa[k], now[k])},
                   f"mode {mode}: ESP, by SA")
            if ADOPT:
                espgw_counted(f, before)
            f.same((now["packets_out"], now["packets_in"]), (5, 5), f"mode {mode}: packets that charon has counted")
            warm(f)
            pair.no_errors(f"mode {mode}")


point("L2TP in transport mode beside it: the kernel's, undisturbed, rekeyed", beside)


def warrior(f):
    """Gateway 2 gets an address of gateway 1's pool, and sends from that."""
    one = Conn(G1[4], G2[4], pools="10.9.9.0/24", children=(Child(local_ts=("10.1.0.0/16",), remote_ts=()),))
    two = Conn(G2[4], G1[4], local_id="two.test", remote_id="one.test", vips="0.0.0.0",
               children=(Child(local_ts=(), remote_ts=("10.1.0.0/16",)),))
    for mode in MODES:
        with Pair(f, one, mode, two=two, policies=1) as pair:
            net.ip("g1", [f"route replace 10.9.9.0/24 {f'dev {DEV}' if mode == 'interface' else 'via ' + R1[4]}"])
            pair.b.up("net")
            pair.settled()
            got = subprocess.run(["ip", "netns", "exec", net.ns["g2"], "ping", "-c", "10", "-i", "0.1", "-W", "2", "-I", "10.9.9.1",
                                  "10.1.0.2"], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
            f.same("10 received" in got, True, f"mode {mode}: {got[-200:]}")
            if ADOPT:
                rows_ = [(r["src"], r["dst"]) for r in shown(net, "policy show") if r.get("owner") == "xfrm"]
                f.same(rows_, [("10.1.0.0/16", "10.9.9.1/32")], f"mode {mode}: policies")
                counted = {r["dir"]: r["packets"] for r in shown(net, "sa show")}
                f.same(counted, {"in": 10, "out": 10}, f"mode {mode}: packets")
            net.ip("g1", ["route del 10.9.9.0/24"])


point("a road warrior with an address of the gateway's pool", warrior)


def many(f):
    """So many children at once; the gateway's SAs are given back and taken again."""
    all_ = tuple(Child(f"n{i}", (f"10.1.{i}.0/24",), (f"10.2.{i}.0/24",), "aes128gcm128-noesn") for i in range(MANY))
    for mode in MODES:
        with Pair(f, Conn(G1[4], G2[4], children=all_), mode) as pair:
            begun = time.monotonic()
            for c in all_:
                pair.a.up(c.name)
            made = time.monotonic() - begun
            wanted = (2 * MANY, MANY)

            def all_there():
                now = (head(net)["sas"], head(net)["policies"])
                return now if now == wanted else None

            if ADOPT:
                pair.a.wait_for("adoption of all", all_there)
            print(f"  mode {mode}: {MANY} tunnels made in {made:.1f} s, the last adopted after {time.monotonic() - begun - made:.2f} s more")
            flood = Flood(net, 100, families=(4,))
            flood.wait(0.3)
            begun = time.monotonic()
            release(net)
            off = time.monotonic() - begun
            retake(net, mode)
            on = time.monotonic() - begun - off
            flood.wait(0.3)
            flood.end().none_lost(f, f"mode {mode}")
            print(f"  mode {mode}: given back in {off:.2f} s, taken again in {on:.2f} s")
            f.same(all_there() if ADOPT else wanted, wanted, f"mode {mode}: adopted again")
            pair.no_errors(f"mode {mode}")


point(f"{MANY} tunnels at once: all adopted, given back and taken again, none lost", many)
done()
