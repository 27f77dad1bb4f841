# SPDX-License-Identifier: GPL-2.0
"""What else strongSwan sets up: IKEv1, a road warrior with a virtual address, 200 children at once."""

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
