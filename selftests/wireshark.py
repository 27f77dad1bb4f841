# SPDX-License-Identifier: GPL-2.0
"""Wireshark is the judge of what the tool says to it."""

import re

from wire import *

TMP = os.environ["tmp"]
net = Net()
tunnels = [Tunnel(1 + i, alg, outer, natt) for i, (alg, outer, natt) in enumerate(
    (alg, outer, natt) for alg in ALGS for outer in (4, 6) for natt in (False, True))]
net.tunnels(tunnels)
sent = {}  # by direction: SPI and what is inside, in the order of packets
for way, port in ("out", "a0"), ("in", "b0"):
    sent[way] = []
    for t in tunnels:
        ends = [(t.left[family], t.right[family])[::1 if way == "out" else -1] for family in (4, 6)]
        net.exchange(port, *(datagram(s, d, 300 + t.i) for s, d in ends))
        sent[way] += [(t.spi_out if way == "out" else t.spi_in, *pair, 300 + t.i) for pair in ends if t.name != "chacha"]

config = TMP + "/.config/wireshark"
os.makedirs(config)
lines = subprocess.run([ESPGW, "-n", net.ns["g1"], "-o", "wireshark", "sa", "show", "keys"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
with open(config + "/esp_sa", "w") as f:
    f.write(lines.stdout)
equal((lines.returncode, lines.stdout.count("\n"), lines.stderr.count("Wireshark has no such algorithm")),
      (0, 2 * (len(tunnels) - 4), 8), "a line for each SA whose algorithm it has, and a warning for each of the others")


def read(device):
    """SPI, addresses and length of the innermost packets whose ICV is right; and what tshark complained of."""
    fields = "esp.spi", "esp.icv_good", "ip.src", "ip.dst", "ip.len", "ipv6.src", "ipv6.dst", "ipv6.plen", "data.len"
    p = subprocess.run(["tshark", "-r", f"{TMP}/{device}.pcap", "-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE",
                        "-Y", "esp", "-T", "fields", "-E", "separator=;", *(w for f in fields for w in ("-e", f))],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"HOME": TMP})
    rows = []
    for line in p.stdout.splitlines():
        spi, good, src, dst, length, src6, dst6, plen, data = (v.split(",") for v in line.split(";"))
        spi = int(spi[0], 16)
        if good[0] not in ("1", "True") or not data[-1]:
            continue
        # The inner addresses are the last of their family.
        if src[-1].startswith("10."):
            rows.append((spi, src[-1], dst[-1], int(length[-1])))
        else:
            rows.append((spi, src6[-1], dst6[-1], 40 + int(plen[-1])))
    return rows, [e for e in p.stderr.splitlines() if "Running as user" not in e and e]


for way, device in ("out", "r1"), ("in", "r2"):
    rows, errors = read(device)
    equal((rows, errors), (sent[way], []), f"{way}: what was sent is what Wireshark finds inside, with the right ICV")
with open(config + "/esp_sa", "w") as f:
    f.write(re.sub(r'"0x[0-9a-f]{32,}"', lambda m: m[0].translate({ord("0"): "1", ord("1"): "0", ord("7"): "8", ord("8"): "7"}), lines.stdout))
equal(read("r1")[0], [], "with other keys it finds none")
done()
