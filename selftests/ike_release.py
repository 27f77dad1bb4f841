# SPDX-License-Identifier: GPL-2.0
"""espgw gives back what it adopted, and takes it again, while a daemon rekeys; and daemons that die and come again."""

from keyed import *

start_net()


def back_and_forth(f):
    """Release and retake at any moment of rekeys, by a thread of its own."""
    for mode in MODES:
        with Pair(f, mode=mode) as pair:
            sa = pair.up()
            warm(f)
            watch, flood = EspWatch(net), Flood(net, 100)
            stop, n = threading.Event(), 0

            def toggle():
                nonlocal n
                while not stop.wait(0.15):
                    flood.mark("release")
                    release(net)
                    if stop.wait(0.2):
                        break
                    flood.mark("retake")
                    retake(net, mode)
                    n += 1

            pair.adopting = False
            t = threading.Thread(target=toggle, daemon=True)
            t.start()
            for k in range(6):
                sa = pair.rekeyed(sa, k % 2 + 1)
                flood.wait(0.3)
            stop.set()
            t.join()
            pair.adopting = True
            retake(net, mode)
            pair.settled()
            flood.wait(0.3)
            flood.end().none_lost(f, f"mode {mode}")
            watch.end().unique(f, f"mode {mode}")
            pair.no_errors(f"mode {mode}:")
            print(f"  mode {mode}: {n} times given back and taken again")


point("given back and taken again at any moment, six rekeys meanwhile: none lost, no number twice", back_and_forth)


def killed(f):
    """The daemon dies: what it keyed goes on. It comes again, and so do new SAs."""
    for mode in MODES:
        with Pair(f, mode=mode) as pair:
            old = pair.up()
            warm(f)
            watch, flood = EspWatch(net), Flood(net, 100)
            flood.wait(0.3)
            flood.mark("the daemon is killed")
            pair.a.kill()
            flood.wait(1.5)
            flood.mark("it is started again")
            flood.end().none_lost(f, f"mode {mode}")
            pair.a.start()
            # Its first message says that the peer knows nothing of what was before (INITIAL_CONTACT).
            new = pair.up()
            f.same(new["spi_in"] != old["spi_in"], True, "new SAs")
            flood = Flood(net, 100)
            flood.wait(1)
            flood.end().none_lost(f, f"mode {mode}, new SAs")
            watch.end().unique(f, f"mode {mode}")


point("the daemon is killed under a flood: none lost; it comes again and makes new SAs", killed)


def ended(f):
    """The daemon ends as it should: all is deleted, and nothing goes in clear by the interface."""
    with Pair(f) as pair:
        pair.up()
        warm(f)
        flood = Flood(net, 100, ways=("a",))  # the peer has no policies any more, and sends in clear
        flood.wait(0.3)
        pair.a.end()
        for _ in range(50 * PATIENCE):
            if not x1.states():
                break
            time.sleep(0.1)
        flood.mark("ended")
        flood.wait(0.5)
        flood.end(0.2)
        f.same(x1.states(), [], "states")
        if ADOPT:
            f.same((head(net)["sas"], head(net)["policies"]), (0, 0), "adopted")
        last = flood.marks[-1][0]
        after = {w: [n for n, t in enumerate(flood.sent[w]) if t > last and n in flood.got[w]] for w in "a"}
        f.same(after, {"a": []}, "what arrived after the end")


point("the daemon ends under a flood: nothing is left, nothing goes in clear", ended)


def limited(f):
    """A receive window of 32 and of 4096, given back and taken again under a flood of both."""
    for window, esn in (32, "noesn"), (4096, "esn"):
        child = Child(window=window, proposals=f"aes128gcm128-x25519-{esn}")
        with Pair(f, Conn(G1[4], G2[4], children=(child,))) as pair:
            pair.up()
            warm(f)
            watch, flood = EspWatch(net), Flood(net, 150)
            for _ in range(4):
                flood.mark("release")
                release(net)
                flood.wait(0.25)
                flood.mark("retake")
                retake(net)
                pair.settled()
                flood.wait(0.25)
            flood.end().none_lost(f, f"window {window} {esn}")
            watch.end().unique(f, f"window {window} {esn}")
            pair.no_errors(f"window {window} {esn}:")


point("windows of 32, and of 4096 with ESN: none lost", limited)
done()
