# SPDX-License-Identifier: GPL-2.0
"""What charon wants to know of its SAs: counts, last use, volumes, limits; and trap policies."""

from keyed import *


def send(n, back=0, gap=0.0, size=200):
    """So many datagrams from a to b and back: what arrived, each way."""
    global seed
    got = []
    for port, into, count in ("a0", "b0", n), ("b0", "a0", back):
        for _ in range(count):
            seed += 1
            ends = ("10.1.0.9", "10.2.0.9") if port == "a0" else ("10.2.0.9", "10.1.0.9")
            net.send(port, datagram(*ends, size, seed))
            time.sleep(gap)
    caught = net.settle()
    return tuple(sum(p.proto == UDP and p.sport == 40000 for p in caught[into]) for into in ("b0", "a0"))


def wire_esp(caught):
    return sum(p.is_esp for p in caught["r1"])


seed = 0
start_net()
net.ip("g1", ["neigh replace 10.1.0.9 lladdr " + net.ports["a0"].mac.hex(":") + " dev lan nud permanent"])


def gone(pair, child, wait):
    """Seconds until gateway 1 has no such child any more, at most so many."""
    begin = time.monotonic()
    while pair.a.sas(child) and time.monotonic() < begin + wait:
        time.sleep(0.1)
    return time.monotonic() - begin


def counts(f):
    for mode in MODES:
        with Pair(f, mode=mode) as pair:
            pair.up()
            f.same(send(25, 15), (25, 15), "arrived")
            time.sleep(0.3)
            for _ in range(30 * PATIENCE):
                sa = pair.a.sa()
                if sa["packets_out"] >= 25 and sa["packets_in"] >= 15:
                    break
                time.sleep(0.1)
            f.same((sa["packets_out"], sa["bytes_out"], sa["packets_in"], sa["bytes_in"]), (25, 25 * 200, 15, 15 * 200),
                   f"mode {mode}: packets and bytes, out and in")
            listed = pair.a.listed()
            for text in "5000 bytes,    25 packets", "3000 bytes,    15 packets":
                f.same(re.sub(" +", " ", text) in re.sub(" +", " ", listed), True, f"mode {mode}: swanctl --list-sas: {text}")
            time.sleep(2)
            sa = pair.a.sa()
            f.same([2 <= sa[k] <= 6 * PATIENCE for k in ("use_in", "use_out")], [True, True],
                   f"mode {mode}: seconds since the last use, {sa['use_in']} and {sa['use_out']}")


point("swanctl --list-sas: exact counts, and how long ago it was", counts)


def dpd(f):
    """While traffic flows no question, where the daemon has none when its traffic is xfrm's (5.9; 6.0 does not look at
    traffic); some when none flows."""
    with Pair(f, Conn(G1[4], G2[4], dpd_delay=2)) as pair:
        pair.up()
        # Whoever asks first: the other one has heard of it then.
        asked = lambda: sum(daemon.count_said("sending DPD request") for daemon in (pair.a, pair.b))

        def flooded():
            # From the peer comes something all the time, and so it is there.
            before = asked()
            flood = Flood(net, 20)
            flood.wait(7 * PATIENCE)
            flood.end().none_lost(f)
            return asked() - before

        release(net)
        as_ever = flooded()
        retake(net, pair.mode)
        pair.settled()
        own = flooded()
        print(f"  asked while traffic flows: {as_ever} times with xfrm, {own} with espgw")
        f.same(own > 0, as_ever > 0, "DPD while traffic flows both ways")
        before = asked()
        time.sleep(6 * PATIENCE)
        f.same(asked() - before >= 1, True, "DPD in silence")


point("dead peer detection: asked while traffic flows as with xfrm, and in silence", dpd)


def dies(f):
    """The peer is not heard of any more: the daemon asks, in vain, and clears; nothing goes in clear. When the peer is
    there again the trap brings up a new tunnel."""
    for mode in MODES:
        child = Child(start="trap", more="dpd_action = clear" if mode == "interface" else "dpd_action = trap")
        with Pair(f, Conn(G1[4], G2[4], dpd_delay=2, children=(child,)), mode, options=("retransmit_tries = 1",) * 2) as pair:
            old = pair.up()
            warm(f)
            flood = Flood(net, 20, ways=("a",))
            flood.wait(0.3)
            # It is the road that fails: the peer's own states stay.
            net.ip("r", [f"route add blackhole {a}/32" for a in (G1[4], G2[4])])
            begin = time.monotonic()
            pair.a.wait_for("DPD", lambda: old["spi_in"] not in [s["spi_in"] for s in pair.a.sas("net")], 40)
            took = time.monotonic() - begin
            for _ in range(30 * PATIENCE):
                if not {s.spi for s in x1.states()} & {old["spi_in"], old["spi_out"]}:
                    break
                time.sleep(0.1)
            f.same(pair.a.count_said("sending DPD request") >= 1, True, f"mode {mode}: it asked")
            if ADOPT:
                time.sleep(0.3 * PATIENCE)
                f.same([number(r["spi"]) for r in shown(net, "sa show")], [], f"mode {mode}: SAs that espgw has")
                f.same(head(net)["policies"], 2, f"mode {mode}: the traps, which are adopted")
            flood.wait(1)
            net.ip("r", [f"route del blackhole {a}/32" for a in (G1[4], G2[4])])
            pair.a.wait_for("a new child", lambda: pair.a.sas("net"), 60)
            new = pair.settled(wait=60)
            flood.mark("up again")
            flood.wait(1)
            flood.end()
            f.same(new["spi_in"] != old["spi_in"], True, f"mode {mode}: new SAs")
            up = flood.marks[-1][0]
            f.same([n for n in flood.lost()["a"] if flood.sent["a"][n] > up], [], f"mode {mode}: lost once it was up again")
            print(f"  mode {mode}: cleared after {took:.1f} s; {flood.told()}")


point("the peer dies: the daemon finds it dead and clears, nothing in clear; and the tunnel comes again", dies)


def inactivity(f):
    with Pair(f, Conn(G1[4], G2[4], children=(Child(inactivity=4 * PATIENCE),))) as pair:
        pair.up()
        flood = Flood(net, 20)
        flood.wait(9 * PATIENCE)
        flood.end().none_lost(f)
        f.same(len(pair.a.sas("net")), 1, "there after traffic of twice that time")
        took = gone(pair, "net", 15 * PATIENCE)
        f.same(2 * PATIENCE <= took <= 11 * PATIENCE, True, f"gone after {took:.1f} s of silence")


point("inactivity: stays while there is traffic, goes in silence", inactivity)


def volume(f):
    """Rekeyed after so many packets, and after so many bytes: none lost, and no SA carries many more.

    By one end: where both rekey at once, and a request has to be sent again, charon 6.0 may take away its outbound
    policy until the next time, and drops what is sent meanwhile, whoever encrypts.
    """
    for what, child, limit in (("packets", Child(rekey_packets=200, life_packets=2000), 200),
                               ("bytes", Child(rekey_bytes=20000, life_bytes=400000), 20000)):
        one = Conn(G1[4], G2[4], children=(child,))
        with Pair(f, one, two=one.other(children=(Child().other(),))) as pair:
            pair.up()
            before = net.stats() if ADOPT else {}
            watch, flood = EspWatch(net), Flood(net, 100)
            flood.wait(12 * PATIENCE)
            flood.end().none_lost(f, what)
            espgw_counted(f, before)
            watch.end().unique(f, what)
            each = [len(n) for (dev, _), n in watch.seen.items() if dev == "r1"]
            print(f"  {what}: packets of each SA {each}")
            f.same(len(each) >= 3, True, f"{what}: {len(each)} SAs were used")
            most = limit if what == "packets" else limit // 60
            f.same([n for n in each if n > most + 400 * PATIENCE], [], f"{what}: packets of an SA far beyond its limit")
            pair.no_errors(what)


point("rekeyed by volume, of packets and of bytes", volume)


def hard(f):
    """The hard limit ends an SA, and nothing goes in clear; charon then makes another."""
    for mode in MODES:
        # With a trap: else there is no policy for a moment, of anybody's.
        with Pair(f, Conn(G1[4], G2[4], children=(Child(life_packets=100, start="trap"),)), mode) as pair:
            sa, watch = pair.up(), EspWatch(net)
            for _ in range(5):
                for _ in range(30):
                    net.send("a0", datagram("10.1.0.9", "10.2.0.9", 200))
                caught = net.settle()
                f.same([p for p in caught["r1"] if p.proto == UDP and p.dst == "10.2.0.9"], [], "in clear")
                time.sleep(0.3)
            watch.end().unique(f)
            f.same(len(watch.seen["r1", sa["spi_out"]]), 100, f"mode {mode}: packets by that SA")
            f.same(sa["spi_out"] in [s["spi_out"] for s in pair.a.sas("net")], False, f"mode {mode}: charon has it still")


point("the hard limit of packets: exact, and charon hears of it", hard)


def trap(f):
    """A trap policy brings the tunnel up by the first packet; no packet in clear; after that none is lost."""
    for mode in MODES:
        with Pair(f, Conn(G1[4], G2[4], children=(Child(start="trap"),)), mode) as pair:
            if ADOPT:
                f += adopted(net, (), policies=2)
            f.same(pair.a.sas(), [], "children before")
            flood = Flood(net, 50, ways=("a",))
            pair.a.wait_for("child", lambda: pair.a.sas("net"))
            pair.settled()
            flood.wait(0.3)
            flood.mark("up")
            flood.wait(1)
            flood.end()
            up = next(t for t, what in flood.marks if what == "up")
            after = [n for n in flood.lost()["a"] if flood.sent["a"][n] > up]
            f.same(after, [], f"mode {mode}: lost once it was up")
            print(f"  mode {mode}: {flood.told()}, before it was up")
            f.same(pair.a.count_said("creating acquire job"), 1, f"mode {mode}: acquire jobs")
            f.same(len(pair.a.sas("net")), 1, f"mode {mode}: children")


point("a trap policy brings the tunnel up, by one acquire", trap)


def headless(f):
    """A trap policy whose daemon has died: a flood of 2000 stays bounded, nothing in clear."""
    for mode in MODES:
        with Pair(f, Conn(G1[4], G2[4], children=(Child(start="trap"),)), mode) as pair:
            if ADOPT:
                f += adopted(net, (), policies=2)
            pair.a.kill()
            for _ in range(20):
                net.send("a0", *(datagram("10.1.0.9", f"10.2.{k}.9", 100) for k in range(100)))
                time.sleep(0.02)
            caught = net.settle()
            f.same([p for p in caught["r1"] if p.is_esp or p.proto == UDP and p.dst.startswith("10.2.")], [],
                   f"mode {mode}: by the WAN")
            n = len(x1.states())
            f.same(n <= 4, True, f"mode {mode}: {n} larval states")


point("a trap policy without a daemon: bounded under a flood, nothing in clear", headless)
done()
