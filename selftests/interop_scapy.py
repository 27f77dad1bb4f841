# SPDX-License-Identifier: GPL-2.0
"""Interoperation with scapy's SecurityAssociation, both ways, byte by byte."""

import logging
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.config import conf  # noqa: E402
conf.ipv6_enabled = True
from scapy.layers.inet import IP  # noqa: E402
from scapy.layers.inet6 import IPv6  # noqa: E402
from scapy.layers.ipsec import ESP as ScapyESP, SecurityAssociation  # noqa: E402

from wire import *  # noqa: E402

NAMES = {"gcm128": ("AES-GCM", None), "cbc-sha256": ("AES-CBC", "SHA2-256-128"), "chacha": ("CHACHA20-POLY1305", None)}
ESN_FROM = 2**32 + 7

net = Net()
# scapy has extended sequence numbers for combined algorithms only
kinds = [(a, o, "") for a in NAMES for o in (4, 6)] + [("gcm128", 4, "esn"), ("chacha", 6, "esn")]
tunnels = [Tunnel(1 + i, alg, outer, espgw=esn, espgw_out=f"seq {ESN_FROM}" if esn else "",
                  espgw_in="replay-window 128" + (f" seq {ESN_FROM}" if esn else ""))
           for i, (alg, outer, esn) in enumerate(kinds)]
net.tunnels(tunnels, xfrm=False)


def association(t, spi, src, dst):
    crypt, auth = NAMES[t.name]
    enc_key = key_bytes(t.alg.keys[0], spi)
    header = IP(src=src, dst=dst) if t.outer == 4 else IPv6(src=src, dst=dst)
    esn = "esn" in t.espgw
    return SecurityAssociation(ScapyESP, spi=spi, crypt_algo=crypt,
                               crypt_key=enc_key, auth_algo=auth, auth_key=key_bytes(32, spi) if auth else None,
                               tunnel_header=header, esn_en=esn, esn=1 if esn else 0)


def inner(src, dst, family):
    """Packets of many sizes, some with what is seldom seen: options, fragments, TOS."""
    for n in list(range(0, 40, 3)) + [1300]:
        yield datagram(src, dst, (28 if family == 4 else 48) + n, n)
    if family == 4:
        yield ip4(src, dst, 253, pattern(100), df=1, ident=0, ttl=9, tos=0x28)
        yield ip4(src, dst, 253, pattern(64), mf=1, off=64, ident=77, ttl=200)
        yield ip4(src, dst, 253, pattern(33), options=bytes([0x94, 4, 0, 0, 1, 1, 1, 0]))
    else:
        yield ip6(src, dst, 59, b"", ttl=9, tos=0x28)


for t in tunnels:
    what = f"{t}{' with ESN' if t.espgw else ''}"
    out, in_ = association(t, t.spi_out, G1[t.outer], G2[t.outer]), association(t, t.spi_in, G2[t.outer], G1[t.outer])
    parse = IP if t.outer == 4 else IPv6
    f = Faults()
    sent = [p for family in (4, 6) for p in inner(t.left[family], t.right[family], family)]
    caught = [p for p in net.exchange("a0", *sent)["r1"] if p.is_esp]
    f.same(len(caught), len(sent), "ESP packets")
    for mine, theirs in zip(sent, caught):
        try:
            # scapy finds the family of the inner packet by the next header, and keeps its bytes
            got = bytes(out.decrypt(parse(theirs.raw)))
        except Exception as e:
            f.append(f"{theirs}: {type(e).__name__} {e}")
            continue
        f.same(got, forwarded(mine, 1), f"inner packet of {len(mine)}")
    f.point(f"{what}: scapy decrypts what espgw sent, byte by byte")

    f = Faults()
    sent = [p for family in (4, 6) for p in inner(t.right[family], t.left[family], family)]
    before = net.stats()
    made = []
    for i, p in enumerate(sent):
        packet = (IP if p[0] >> 4 == 4 else IPv6)(p)
        esp = in_.encrypt(packet, seq_num=ESN_FROM % 2**32 + 1 + i if t.espgw else 1 + i,
                          **({"esn_en": True, "esn": 1} if t.espgw else {}))
        made.append(bytes(esp))
    arrived = [p.raw for p in net.exchange("r1", *made)["a0"]]
    f.same(len(arrived), len(sent), "inner packets")
    for mine, got in zip(sent, arrived):
        f.same(got, forwarded(mine, 1), f"inner packet of {len(mine)}")
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop_")}, {}, "drops")
    f.point(f"{what}: espgw decrypts what scapy made, byte by byte")

    f = Faults()
    before = net.stats()
    # damaged or not: what is known to be a replay is not even decrypted
    bad = bytearray(made[-1])
    bad[-1] ^= 1
    caught = net.exchange("r1", made[0], made[len(made) // 2], bytes(bad))
    f.same(caught["a0"], [], "at a")
    f.same({k: v for k, v in net.counted(before).items() if k.startswith("drop_")}, {"drop_in_replay": 3}, "counted")
    f.point(f"{what}: replayed packets are dropped and counted")
done()
