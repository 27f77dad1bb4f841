# SPDX-License-Identifier: GPL-2.0
"""Two charons rekey under a flood: begun by either side, by both at once, children and the IKE_SA."""

from keyed import *

REKEYS = int(os.environ.get("REKEYS", 20))
RATE = 100


def flooded(f, pair, run, what="rekeys", early=False):
    """Runs it under a flood, from which nothing may be lost; both gateways' xfrm has nothing to complain about."""
    watch, flood = EspWatch(net), Flood(net, RATE)
    flood.wait(0.5)
    try:
        run(flood)
    finally:
        flood.wait(0.5)
        flood.end()
        watch.end()
    flood.none_lost(f, what, pair.early() if early else None)
    watch.unique(f, what)
    pair.no_errors(what, early)
    print(f"  {watch.told()}")
    return watch


start_net()
for mode in MODES:
    with_ = dict(children=(Child(proposals="aes128gcm128-x25519-esn" if mode == "interface" else "aes128gcm128-x25519-noesn"),))

    def rekeys(f, mode=mode):
        with Pair(f, Conn(G1[4], G2[4], **with_), mode) as pair:
            sa = pair.up()
            warm(f)

            def run(flood):
                nonlocal sa
                for n in range(REKEYS):
                    by = n % 2 + 1
                    flood.mark(f"rekey {n} by gateway {by}")
                    sa = pair.rekeyed(sa, by)
                    flood.wait(0.1)  # so that each is used

            watch = flooded(f, pair, run)
            f.same(len({spi for dev, spi in watch.seen if dev == "r1"}), REKEYS + 1, "SAs that gateway 1 sent by")
            f.same(len({spi for dev, spi in watch.seen if dev == "r2"}), REKEYS + 1, "SAs that gateway 2 sent by")
            if ADOPT:
                print("  delay of adoption, us:", sorted(r["delay_us"] for r in rows(net, kind="state") if "delay_us" in r))

            def both(flood):
                nonlocal sa
                for n in range(4):
                    flood.mark(f"collision {n}")
                    sa = pair.rekeyed(sa, 3)
                    flood.wait(0.5)

            flooded(f, pair, both, "both at once")
            print("  collisions seen:", pair.a.count_said("rekey collision|CHILD_SA rekey collision"))

            def ike(flood):
                for d in pair.a, pair.b:
                    flood.mark("rekeying the IKE_SA")
                    old = {s["uniqueid"] for s in d.ikes()}
                    f.same(d.rekey_ike(), 1, "IKE_SAs rekeyed")
                    d.wait_for("rekeyed IKE_SA", lambda: {s["uniqueid"] for s in d.ikes() if s["state"] == "ESTABLISHED"} - old)
                    pair.settled()

            flooded(f, pair, ike, "the IKE_SA")

    point(f"mode {mode}: {REKEYS} rekeys under a flood by either side, 4 by both at once, and of the IKE_SA: none lost", rekeys)


def reauth(f):
    """make-before-break: new SAs with the same policies, before the old ones go."""
    certs = certificates(os.environ["tmp"] + "/certs", ["one.test", "two.test"])
    with Pair(f, Conn(G1[4], G2[4], cert=True), certs=certs, options=("make_before_break = yes",) * 2) as pair:
        pair.up()
        warm(f)

        def run(flood):
            for n in range(3):
                flood.mark(f"reauthentication {n}")
                old = {s["uniqueid"] for s in pair.a.ikes()}
                pair.a.rekey_ike(reauth=True)
                pair.a.wait_for("new IKE_SA", lambda: {s["uniqueid"] for s in pair.a.ikes() if s["state"] == "ESTABLISHED"
                                                       and s.get("child-sas")} - old)
                pair.settled()
                flood.wait(1)

        flooded(f, pair, run, "reauthentication", early=True)


point("certificates, reauthentication three times, make-before-break: none lost of what came with the keys there", reauth)
done()
