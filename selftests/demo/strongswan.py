# SPDX-License-Identifier: GPL-2.0
"""The demo keyed by strongSwan; demo-ike.sh has made the network. Ends with status 1 if anything is not as it is told."""

import os
import sys

sys.dont_write_bytecode = True
from keyed import *  # noqa: E402,F403

MIB = int(os.environ["MIB"])
REKEYS = 5


def step(text):
    print(f"\n== {text}", flush=True)


def told(what, run):
    """A line: what is done, and what came of it."""
    print(f"   {what + '...':52} ", end="", flush=True)
    said = run()
    print(said if isinstance(said, str) else "done", flush=True)
    return said


def check(holds, what):
    if not holds:
        sys.exit(f"\nNOT AS IT SHOULD BE: {what}")


class File(threading.Thread):
    """A file by TCP from host A to host B."""

    def __init__(self):
        super().__init__(daemon=True)
        self.data, self.copy, self.sent = os.urandom(MIB << 20), bytearray(), 0
        listener = net.socket("b", socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("10.2.0.2", 7001))
        listener.listen()
        self.sender = net.socket("a", socket.AF_INET, socket.SOCK_STREAM)
        self.reader = threading.Thread(target=self.read, args=(listener,), daemon=True)
        self.reader.start()
        self.start()

    def read(self, listener):
        connection = listener.accept()[0]
        while data := connection.recv(1 << 16):
            self.copy += data

    def run(self):
        self.began = time.monotonic()
        self.sender.connect(("10.2.0.2", 7001))
        # So that it lasts while the SAs are rekeyed.
        for i in range(0, len(self.data), 1 << 15):
            self.sender.sendall(self.data[i:i + (1 << 15)])
            self.sent = i
            time.sleep(0.1)
        self.sender.shutdown(socket.SHUT_WR)
        self.reader.join(60)
        self.took = time.monotonic() - self.began

    def end(self):
        self.join(120)
        check(self.copy == self.data, "the copy differs from the file")
        return f"identical, {self.took:.1f} s"


def run():
    f = []
    start_net()
    step("strongSwan keys the tunnel")
    with Pair(f, Conn(G1[4], G2[4], children=(Child(proposals="aes128gcm128-x25519-esn"),))) as pair:
        sa = told("charon at gateway 1 negotiates with its peer", pair.up)
        check(not f, f)
        print()
        for line in tool(net, "xfrm show").splitlines():
            print("   " + line)

        step("The SAs are rekeyed while packets are on their way")
        watch, flood, file = EspWatch(net), Flood(net, 100, families=(4,)), File()
        for n in range(REKEYS):
            sa = told(f"rekeyed by gateway {n % 2 + 1}", lambda: f"new SPI {number(pair.rekeyed(sa, n % 2 + 1)['spi_out']):#010x}") \
                and pair.settled()
            time.sleep(0.3)

        step("The path shrinks, and they are rekeyed again")
        told("the router's link to gateway 2 drops to 1400", lambda: net.mtu(r2=1400))
        if file.sent > len(file.data) // 2:  # on a busy machine rekeys take as long as the file: another one uses the path
            file.end()
            file = File()
        time.sleep(1)
        sa = told("rekeyed by gateway 1", lambda: f"new SPI {number(pair.rekeyed(sa, 1)['spi_out']):#010x}") and pair.settled()
        told(f"{MIB} MiB by TCP, A to B, meanwhile", file.end)
        flood.end()
        watch.end()
        lost = {way: len(numbers) for way, numbers in flood.lost().items()}
        sent = {way: len(numbers) for way, numbers in flood.sent.items()}
        told("small packets each way, meanwhile", lambda: f"{sent['a']} and {sent['b']} sent, {lost['a']} and {lost['b']} lost")
        check(not any(lost.values()), flood.told())
        f.clear()
        watch.unique(f)
        check(not f, f)
        print("\n   gateway 1 learned from the router's ICMP message (type 3 code 4):")
        row = next(r for r in shown(net, "pmtu show"))
        check((row["source"], row["pmtu"], row["inner_mtu"]) == ("icmp", 1400, row["inner_mtu"]), f"the path MTU: {row}")
        for line in tool(net, "pmtu show").splitlines():
            print("     " + line)
        print(f"\n   and its interface has followed: {DEV} mtu {row['inner_mtu']}; so new connections fit from the first packet on.")
        check(f"mtu {row['inner_mtu']} " in subprocess.run(["ip", "-n", net.ns["g1"], "link", "show", DEV], text=True,
                                                           stdout=subprocess.PIPE).stdout, "the interface's MTU")

        step("espgw off: kernel xfrm goes on with the same SAs")
        flood = Flood(net, 100, families=(4,))
        flood.wait(0.5)
        told("espgw xfrm off", lambda: release(net))
        flood.wait(0.5)
        flood.end()
        lost = {way: len(numbers) for way, numbers in flood.lost().items()}
        told("packets lost by that", lambda: f"{sum(lost.values())}")
        check(not any(lost.values()), flood.told())


run()
