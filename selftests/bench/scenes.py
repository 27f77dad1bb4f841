# SPDX-License-Identifier: GPL-2.0
"""What bench.py measures: a row for each scene."""

from typing import NamedTuple

# Who carries the packets; bench.py has a function for each.
PEERS = ("xfrm", "espgw")
ALL = ("xfrm", "wireguard", "espgw", "adopted")

# A key of so many bytes for each {}: how espgw names the algorithm, and how "ip xfrm state" does.
CIPHERS = {
    "gcm": ((20,), "aead aes-gcm {} 128", "aead rfc4106(gcm(aes)) {} 128"),
    "chacha": ((36,), "aead chacha20-poly1305 {} 128", "aead rfc7539esp(chacha20,poly1305) {} 128"),
    "cbc": ((16, 32), "enc aes-cbc {} auth sha256 {} 128", "enc cbc(aes) {} auth-trunc hmac(sha256) {} 128"),
}

# Prefixes behind gateway 1, and behind gateway 2.
# A hundred pairs of prefix lengths; what comes from and goes to the widest meets several.
LENGTHS = tuple((f"10.64.0.0/{16 + i}", f"10.128.0.0/{16 + j}") for i in range(10) for j in range(10))
ELSEWHERE = (("10.98.0.0/24", "10.99.0.0/24"),)

# The packets: pktgen's words for them, beyond those for one flow.
ONE_FLOW = ()
# Of the IP packet 44 (pktgen's least), 576 and 1428 bytes; pktgen counts the Ethernet header too.
MIX = ("imix_weights 58,7 590,4 1442,1",)
RANDOM = ("src_min 10.64.0.0", "src_max 10.64.255.255", "dst_min 10.128.0.0", "dst_max 10.128.255.255",
          "flag IPSRC_RND", "flag IPDST_RND")


class Scene(NamedTuple):
    name: str
    title: str
    sizes: tuple  # bytes of UDP payload; of a TCP scene streams; of a scene with many SAs their number
    hows: tuple = PEERS
    kind: str = "packets"  # what is done: a function of bench.py's
    parts: tuple = ("whole",)
    runs: int = 3
    family: int = 4
    cipher: str = "gcm"
    esn: bool = False
    natt: bool = False
    policies: tuple = ()  # pairs of prefixes; none: those of the sites
    packets: tuple = ONE_FLOW
    gateways: tuple = (0, 1)  # which of them do something
    covered: bool = True  # what is sent is to be encrypted
    both_ways: bool = True  # there are SAs for the way back, too


SCENES = (
    # 1444: an inner packet of 1472 bytes, too big to fit when encrypted
    Scene("gcm", "AES-128-GCM", (64, 512, 1400, 1444), ALL, parts=("whole", "encrypt"), runs=5),
    Scene("tcp", "a KiB of TCP, streams:", (1,), ALL, "tcp", runs=5),
    Scene("tcp8", "a KiB of TCP, streams:", (8,), ALL, "tcp", runs=2),
    Scene("ping", "a ping's round trip", (56,), ALL, "ping"),
    Scene("esn", "with ESN", (64, 1400), esn=True),
    Scene("natt", "ESP in UDP", (64, 1400), natt=True),
    Scene("cbc", "AES-128-CBC, HMAC-SHA-256", (64, 1400), cipher="cbc"),
    Scene("chacha", "ChaCha20-Poly1305", (64, 1400), cipher="chacha"),
    # 1360: the largest of such a size that fits
    Scene("ipv6", "IPv6 in IPv6", (64, 1360), family=6),
    Scene("imix", "IMIX: of 12 packets 7 of 44, 4 of 576, 1 of 1428 bytes", (0,), packets=MIX),
    Scene("lengths", "100 policies of 100 pairs of prefix lengths, each packet a new flow", (64,), policies=LENGTHS,
          packets=RANDOM),
    Scene("scale", "random flows among SAs:", (1, 10000), kind="scale", both_ways=False),
    # To load so many takes minutes, and xfrm a quarter of an hour: at one gateway only, and not by that.
    Scene("scale-out", "random flows among SAs:", (1, 100000), ("espgw",), kind="scale", parts=("encrypt",), runs=2,
          gateways=(0,), both_ways=False),
    Scene("passed-out", "a packet that leaves, and no policy covers", (64,), ("hook", "xfrm", "espgw"), runs=5,
          policies=ELSEWHERE, gateways=(0,), covered=False, both_ways=False),
    Scene("passed-in", "a packet that arrives, and no policy covers", (64,), ("hook", "xfrm", "espgw"), runs=5,
          policies=ELSEWHERE, gateways=(1,), covered=False, both_ways=False),
)

# What a run that takes minutes less measures, and compares with the last long one.
QUICK = (
    Scene("gcm", "AES-128-GCM", (64, 1400, 1444)),
    Scene("tcp", "a KiB of TCP, streams:", (1,), kind="tcp", runs=3),
)
