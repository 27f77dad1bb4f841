# SPDX-License-Identifier: GPL-2.0
"""Real IKE daemons, unmodified, in the namespaces of a test: strongSwan's charon and libreswan's pluto.

Each has mounts of its own: an empty /run, and over /usr what tools/check/ike-daemons has unpacked, so that both can be
used on a machine that has neither installed, and that may have others running.  What they are to do is said by Conn and
Child, which both can read.  They end with the test.
"""

import dataclasses
import re
import shutil
import signal

from wire import *

CACHE = os.environ.get("ESPGW_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "espgw")
DAEMONS = os.environ.get("ESPGW_IKE", os.path.join(CACHE, "ike"))
PLUGINS = ("random nonce drbg aes sha1 sha2 hmac kdf gmp openssl pem pkcs1 pkcs8 x509 pubkey constraints revocation "
           "kernel-netlink socket-default vici stroke counters")
SECRET = "a secret of the tests"


@dataclasses.dataclass
class Child:
    """A pair of SAs. Times are in seconds, 0: never; bytes and packets are those after which it is rekeyed, and the hard
    limits."""
    name: str = "net"
    local_ts: tuple = ("10.1.0.0/16", "fd01::/16")
    remote_ts: tuple = ("10.2.0.0/16", "fd02::/16")
    proposals: str = "aes128gcm128-x25519-noesn"
    rekey_time: int = 0
    life_time: int = 0
    rekey_bytes: int = 0
    life_bytes: int = 0
    rekey_packets: int = 0
    life_packets: int = 0
    inactivity: int = 0
    window: int = 128
    mode: str = "tunnel"
    start: str = "none"  # none, trap, start
    more: str = ""

    def other(self, **changes):
        """The peer's."""
        return dataclasses.replace(self, local_ts=self.remote_ts, remote_ts=self.local_ts, **changes)


@dataclasses.dataclass
class Conn:
    """An IKE_SA with its children. local, remote: addresses; cert: authenticated by certificates, not by the secret."""
    local: str
    remote: str
    local_id: str = "one.test"
    remote_id: str = "two.test"
    name: str = "ike"
    children: tuple = (Child(),)
    version: int = 2
    proposals: str = "aes128-sha256-x25519"
    if_id: int = 0
    cert: bool = False
    rekey_time: int = 0
    reauth_time: int = 0
    dpd_delay: int = 0
    dpd_timeout: int = 0
    encap: bool = False
    mobike: bool = False
    vips: str = ""
    pools: str = ""
    more: str = ""

    def other(self, **changes):
        """The peer's, but for what is said; the children too, unless they are given."""
        changes.setdefault("children", tuple(c.other() for c in self.children))
        return dataclasses.replace(self, **{"local": self.remote, "remote": self.local, "local_id": self.remote_id,
                                            "remote_id": self.local_id, "if_id": 0, "vips": "", "pools": "", **changes})


class Failure(RuntimeError):
    pass


# ---- certificates ----

def certificates(folder, names):
    """A CA and a certificate for each name, ECDSA: ca.pem, NAME.pem, NAME.key."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now = datetime.datetime.utcnow()

    def make(name, issuer, issuer_key, ca):
        private = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        b = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject)
             .public_key(private.public_key()).serial_number(x509.random_serial_number())
             .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=9))
             .add_extension(x509.BasicConstraints(ca, None), True))
        if not ca:
            b = b.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        cert = b.sign(issuer_key or private, hashes.SHA256())
        return subject, private, cert.public_bytes(serialization.Encoding.PEM)

    os.makedirs(folder, exist_ok=True)
    subject, ca_key, pem = make("CA of the tests", None, None, True)
    with open(f"{folder}/ca.pem", "wb") as f:
        f.write(pem)
    for name in names:
        _, private, pem = make(name, subject, ca_key, False)
        with open(f"{folder}/{name}.pem", "wb") as f:
            f.write(pem)
        with open(f"{folder}/{name}.key", "wb") as f:
            f.write(private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption()))
    return folder


# ---- a daemon in a namespace ----

def with_parent():
    """Who is started so ends with the test, however that ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Daemon:
    KIND = tree = ""

    def __init__(self, net, ns, *conns, certs=None):
        self.net, self.ns, self.conns, self.certs = net, ns, conns, certs
        self.dir = tempfile_in(f"{self.KIND}-{ns}-")
        self.log = self.dir + "/log"
        self.tree = os.path.join(DAEMONS, self.KIND)
        if not os.path.isdir(self.tree):
            self.tree = ""  # installed
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *what):
        self.end()

    def spawn(self, *command, env=None):
        script = ('set -e; mount --make-rprivate /; '
                  '[ -z "$0" ] || mount -t overlay -o "lowerdir=$0/usr:/usr" overlay /usr; '
                  'mount -t tmpfs -o mode=755 tmpfs /run; mkdir -p /run/lock /run/pluto; exec "$@"')
        with open(self.dir + "/out", "ab") as out:
            return subprocess.Popen(["ip", "netns", "exec", self.net.ns[self.ns], "unshare", "-m", "sh", "-c", script,
                                     self.tree, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    env={**os.environ, **(env or {})}, preexec_fn=with_parent)

    def run(self, *command, check=True, timeout=120):
        """A program of the daemon's, where the daemon is; its output."""
        p = subprocess.run(["nsenter", "-t", str(self.process.pid), "-m", "-n", "--", *command], text=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           env={**os.environ, **self.env}, timeout=timeout * PATIENCE)
        if check and p.returncode:
            raise Failure(f"{' '.join(command)}: status {p.returncode}\n{p.stdout[-800:]}\n{self.said()}")
        return p.stdout

    env = {}

    def alive(self):
        return self.process and self.process.poll() is None

    def end(self, wait=5):
        """As an administrator ends it: the peer is told, states are deleted."""
        if self.alive():
            self.process.terminate()
            try:
                self.process.wait(wait * PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        """It dies: states and policies stay."""
        if self.alive():
            self.process.kill()
            self.process.wait()

    def said(self, n=25):
        """What it said last. Its log has no keys."""
        text = ""
        for path in self.dir + "/out", self.log:
            if os.path.exists(path):
                with open(path, errors="replace") as f:
                    text += "".join(f.readlines()[-n:])
        return text

    def count_said(self, pattern):
        """In how many lines it said so."""
        with open(self.log, errors="replace") as f:
            return len(re.findall(pattern, f.read(), re.M))

    def wait_for(self, what, test, seconds=30):
        end = time.monotonic() + seconds * PATIENCE
        while True:
            found = test()
            if found:
                return found
            if not self.alive():
                raise Failure(f"{self.KIND} in {self.ns} has ended\n{self.said()}")
            if time.monotonic() > end:
                raise Failure(f"{self.KIND} in {self.ns}: no {what} in {seconds} s\n{self.said()}")
            time.sleep(0.05)


def tempfile_in(prefix):
    import tempfile
    return tempfile.mkdtemp(prefix=prefix, dir=os.environ.get("tmp"))


# ---- strongSwan ----

class Vici:
    """strongSwan's own protocol of control (README.md of its plugin vici)."""

    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.s.settimeout(120 * PATIENCE)
        self.s.connect(path)

    def close(self):
        self.s.close()

    @staticmethod
    def pack(message):
        out = b""
        for k, v in message.items():
            name = bytes([len(k)]) + k.encode()
            if isinstance(v, dict):
                out += b"\1" + name + Vici.pack(v) + b"\2"
            elif isinstance(v, (list, tuple)):
                out += b"\4" + name
                for x in v:
                    data = str(x).encode()
                    out += b"\5" + struct.pack("!H", len(data)) + data
                out += b"\6"
            else:
                data = v if isinstance(v, bytes) else str(v).encode()
                out += b"\3" + name + struct.pack("!H", len(data)) + data
        return out

    @staticmethod
    def unpack(data):
        at = 0

        def text(n):
            nonlocal at
            at += n
            return data[at - n:at].decode(errors="replace")

        def size(n):
            nonlocal at
            at += n
            return int.from_bytes(data[at - n:at], "big")

        stack, items = [{}], None
        while at < len(data):
            kind = size(1)
            if kind == 1:
                stack.append(stack[-1].setdefault(text(size(1)), {}))
            elif kind == 2:
                stack.pop()
            elif kind == 3:
                name = text(size(1))
                stack[-1][name] = text(size(2))
            elif kind == 4:
                items = stack[-1].setdefault(text(size(1)), [])
            elif kind == 5:
                items.append(text(size(2)))
        return stack[0]

    def put(self, kind, name, message=None):
        data = bytes([kind, len(name)]) + name.encode() + (self.pack(message) if message else b"")
        self.s.sendall(struct.pack("!I", len(data)) + data)

    def read(self, n):
        data = b""
        while len(data) < n:
            part = self.s.recv(n - len(data))
            if not part:
                raise Failure("charon has closed its socket")
            data += part
        return data

    def take(self):
        data = self.read(struct.unpack("!I", self.read(4))[0])
        kind, at = data[0], 1
        if kind == 7:
            at = 2 + data[1]
        return kind, self.unpack(data[at:])

    def ask(self, command, message=None, stream=None):
        """The answer; of a command that streams an event, a list of what it told."""
        told = []
        if stream:
            self.put(3, stream)
            self.take()
        self.put(0, command, message)
        while True:
            kind, answer = self.take()
            if kind == 7:
                told.append(answer)
            elif kind == 1:
                break
            else:
                raise Failure(f"charon does not know {command}")
        if stream:
            self.put(4, stream)
            while self.take()[0] == 7:
                pass
            return told
        return answer


class Charon(Daemon):
    """strongSwan's charon, with its configuration in swanctl.conf, loaded by swanctl."""

    KIND = "strongswan"

    def start(self, options=""):
        self.socket = self.dir + "/vici"
        self.prepare(options)
        self.process = self.spawn("/usr/lib/ipsec/charon", env=self.env)
        self.wait_for("socket", self.answers, 90)
        self.load()
        return self

    def prepare(self, options):
        """What it is as a whole."""
        conf = self.dir + "/strongswan.conf"
        plugins = PLUGINS
        with open(conf, "w") as f:
            f.write(f"""charon {{
  load = {plugins}
  install_routes = no
  threads = 8
  retransmit_timeout = 2
  {options}
  plugins {{
    vici {{ socket = unix://{self.socket} }}
    stroke {{ socket = unix://{self.dir}/stroke
      secrets_file = {self.dir}/ipsec.secrets }}
  }}
  filelog {{ log {{ path = {self.log}
      time_format = %H:%M:%S
      default = 1
      flush_line = yes }} }}
}}
swanctl {{ load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey }}
""")
        self.env = {"STRONGSWAN_CONF": conf, "SWANCTL_DIR": self.dir + "/swanctl"}

    def answers(self):
        try:
            Vici(self.socket).close()
            return True
        except OSError:
            return False

    def vici(self, command, message=None, stream=None):
        v = Vici(self.socket)
        try:
            return v.ask(command, message, stream)
        finally:
            v.close()

    def load(self, *conns):
        """Has swanctl load the configuration, anew if it has changed."""
        self.conns = conns or self.conns
        d = self.dir + "/swanctl"
        for part in "x509", "x509ca", "private":
            os.makedirs(f"{d}/{part}", exist_ok=True)
        if any(c.cert for c in self.conns):
            shutil.copy(f"{self.certs}/ca.pem", f"{d}/x509ca/ca.pem")
            for name in {c.local_id for c in self.conns if c.cert}:
                shutil.copy(f"{self.certs}/{name}.pem", f"{d}/x509/{name}.pem")
                shutil.copy(f"{self.certs}/{name}.key", f"{d}/private/{name}.pem")
        with open(d + "/swanctl.conf", "w") as f:
            f.write(self.config())
        return self.run("/usr/sbin/swanctl", "--load-all", "--noprompt", "--uri", "unix://" + self.socket)

    def config(self):
        out = ["connections {"]
        for c in self.conns:
            out += [f"  {c.name} {{", f"    version = {c.version}", f"    local_addrs = {c.local}",
                    f"    remote_addrs = {c.remote}", f"    proposals = {c.proposals}", "    rand_time = 0s",
                    f"    rekey_time = {c.rekey_time}s", f"    reauth_time = {c.reauth_time}s",
                    f"    dpd_delay = {c.dpd_delay}s", f"    dpd_timeout = {c.dpd_timeout}s",
                    f"    encap = {'yes' if c.encap else 'no'}", f"    mobike = {'yes' if c.mobike else 'no'}",
                    "    keyingtries = 0"]
            if c.if_id:
                out += [f"    if_id_in = {c.if_id}", f"    if_id_out = {c.if_id}"]
            if c.vips:
                out.append(f"    vips = {c.vips}")
            if c.pools:
                out.append("    pools = pool")
            out += ["    " + line for line in c.more.split("\n") if line]
            out.append("    local {")
            out += [f"      auth = {'pubkey' if c.cert else 'psk'}", f"      id = {c.local_id}"]
            if c.cert:
                out.append(f"      certs = {c.local_id}.pem")
            out += ["    }", "    remote {", f"      auth = {'pubkey' if c.cert else 'psk'}", f"      id = {c.remote_id}",
                    "    }", "    children {"]
            for k in c.children:
                out += [f"      {k.name} {{", f"        mode = {k.mode}", f"        esp_proposals = {k.proposals}",
                        f"        rekey_time = {k.rekey_time}s", f"        life_time = {k.life_time}s",
                        "        rand_time = 0s", "        rand_bytes = 0", "        rand_packets = 0",
                        f"        rekey_bytes = {k.rekey_bytes}", f"        life_bytes = {k.life_bytes}",
                        f"        rekey_packets = {k.rekey_packets}", f"        life_packets = {k.life_packets}",
                        f"        replay_window = {k.window}", f"        start_action = {k.start}"]
                if k.inactivity:
                    out.append(f"        inactivity = {k.inactivity}s")
                if k.local_ts:
                    out.append(f"        local_ts = {', '.join(k.local_ts)}")
                if k.remote_ts:
                    out.append(f"        remote_ts = {', '.join(k.remote_ts)}")
                out += ["        " + line for line in k.more.split("\n") if line] + ["      }"]
            out += ["    }", "  }"]
        out.append("}")
        pools = [c.pools for c in self.conns if c.pools]
        if pools:
            out += ["pools {", "  pool {", f"    addrs = {pools[0]}", "  }", "}"]
        if any(not c.cert for c in self.conns):
            out += ["secrets {", "  ike-1 {", f'    secret = "{SECRET}"', "  }", "}"]
        return "\n".join(out) + "\n"

    def up(self, child="net", timeout=60, ike=None):
        """Initiates a child, and waits until it is there."""
        message = {"child": child, "timeout": timeout * PATIENCE * 1000, "init-limits": "no", "loglevel": 0}
        if ike:
            message["ike"] = ike
        answer = self.vici("initiate", message, stream=None)
        if answer.get("success") != "yes":
            raise Failure(f"{child} does not come up: {answer}\n{self.said()}")
        return self

    def rekey(self, child="net"):
        """Has a child rekeyed; how many there were."""
        return int(self.vici("rekey", {"child": child}).get("matches", 0))

    def rekey_ike(self, ike="ike", reauth=False):
        message = {"ike": ike}
        if reauth:
            message["reauth"] = "yes"
        return int(self.vici("rekey", message).get("matches", 0))

    def down(self, child=None, ike=None, timeout=20):
        message = {"timeout": timeout * PATIENCE * 1000, "loglevel": 0}
        if child:
            message["child"] = child
        if ike:
            message["ike"] = ike
        return self.vici("terminate", message)

    def ikes(self):
        """The IKE_SAs: dicts as swanctl --list-sas --raw has them."""
        return [{"name": name, **sa} for told in self.vici("list-sas", {}, stream="list-sa") for name, sa in told.items()]

    def sas(self, child=None, state="INSTALLED"):
        """The children: SPIs and counts as numbers; those of a name and in a state, if one is given."""
        found = []
        for ike in self.ikes():
            for sa in ike.get("child-sas", {}).values():
                if child in (None, sa["name"]) and state in (None, sa["state"]):
                    numbers = {k.replace("-", "_"): int(sa[k]) for k in
                               ("bytes-in", "packets-in", "use-in", "bytes-out", "packets-out", "use-out", "rekey-time",
                                "life-time", "install-time", "reqid", "uniqueid") if k in sa}
                    found.append({**sa, **numbers, "spi_in": int(sa["spi-in"], 16), "spi_out": int(sa["spi-out"], 16)})
        return found

    def sa(self, child="net"):
        """The newest of a child."""
        found = self.sas(child)
        return max(found, key=lambda s: s["uniqueid"]) if found else None

    def listed(self):
        """As people see it."""
        return self.run("/usr/sbin/swanctl", "--list-sas", "--uri", "unix://" + self.socket)


class Starter(Charon):
    """strongSwan the old way: starter reads ipsec.conf and has charon make its connections, stroke says what to do. Vici
    is there besides, to look at it."""

    def start(self, options=""):
        self.socket = self.dir + "/vici"
        self.prepare(options)
        with open(self.dir + "/ipsec.conf", "w") as f:
            f.write(self.config())
        with open(self.dir + "/ipsec.secrets", "w") as f:
            f.write(f': PSK "{SECRET}"\n')
        self.process = self.spawn("/usr/lib/ipsec/starter", "--nofork", "--conf", self.dir + "/ipsec.conf", env=self.env)
        self.wait_for("socket", self.answers, 90)
        self.wait_for("connections", lambda: len(self.vici("list-conns", {}, stream="list-conn")) == len(self.conns))
        return self

    def config(self):
        out = ["config setup", "\tuniqueids=no"]
        for c in self.conns:
            for k in c.children:
                out += [f"conn {k.name}"] + ["\t" + line for line in (
                    f"keyexchange=ikev{c.version}", f"ike={c.proposals}!", f"esp={k.proposals}!", "authby=secret",
                    f"left={c.local}", f"leftid=@{c.local_id}", f"leftsubnet={','.join(k.local_ts)}",
                    f"right={c.remote}", f"rightid=@{c.remote_id}", f"rightsubnet={','.join(k.remote_ts)}",
                    f"type={k.mode}", f"replay_window={k.window}", f"mobike={'yes' if c.mobike else 'no'}", "rekey=no",
                    f"auto={dict(none='add', trap='route', start='start')[k.start]}")]
        return "\n".join(out) + "\n"

    def stroke(self, *words):
        return self.run("/usr/lib/ipsec/stroke", *words)

    def up(self, child="net", **_):
        said = self.stroke("up", child)
        if "established successfully" not in said:
            raise Failure(f"{child} does not come up: {said[-600:]}\n{self.said()}")
        return self

    def rekey(self, child="net"):
        self.stroke("rekey", child + "{*}")
        return 1

    def listed(self):
        return self.stroke("statusall")


# ---- libreswan ----

def pluto_words(proposal):
    """A proposal in libreswan's words, and whether it has ESN: aes128gcm128-x25519-esn is aes_gcm_c128;dh31."""
    suite, group, esn = [], "", "no"
    for part in proposal.split("-"):
        if m := re.fullmatch(r"aes(\d+)gcm128", part):
            suite.append(f"aes_gcm_c{m[1]}")
        elif part in ("esn", "noesn"):
            esn = "yes" if part == "esn" else "no"
        elif part in GROUPS:
            group = ";" + GROUPS[part]
        else:
            suite.append({"sha256": "sha2_256", "sha384": "sha2_384", "sha512": "sha2_512",
                          "chacha20poly1305": "chacha20_poly1305"}.get(part, part))
    return "-".join(suite) + group, esn


GROUPS = {"x25519": "dh31", "ecp256": "dh19", "modp2048": "dh14"}


class Pluto(Daemon):
    """libreswan's pluto, with its configuration in ipsec.conf, controlled by whack and addconn.

    A Child is a connection of its own there, with one prefix each way: the first one's.
    """

    KIND = "libreswan"

    def start(self, options=""):
        self.conf = self.dir + "/ipsec.conf"
        self.nss = self.dir + "/nss"
        shutil.copytree(os.path.join(DAEMONS, "nss"), self.nss)
        self.write()
        self.process = self.spawn("/usr/libexec/ipsec/pluto", "--config", self.conf, "--nofork", "--rundir", "/run/pluto",
                                  "--nssdir", self.nss, "--secretsfile", self.dir + "/ipsec.secrets", "--logfile", self.log,
                                  "--nhelpers", "1")
        self.wait_for("answer", lambda: subprocess.run(
            ["nsenter", "-t", str(self.process.pid), "-m", "-n", "--", "/usr/libexec/ipsec/whack", "--rundir", "/run/pluto",
             "--briefstatus"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0)
        if any(c.cert for c in self.conns):
            self.import_certs()
        self.whack("--listen")
        self.load()
        return self

    def import_certs(self):
        """Into its NSS database."""
        for name in {c.local_id for c in self.conns if c.cert}:
            # Not by python's cryptography, whose files NSS 3.110 does not take.
            subprocess.run(["openssl", "pkcs12", "-export", "-name", name, "-inkey", f"{self.certs}/{name}.key", "-in",
                            f"{self.certs}/{name}.pem", "-certfile", f"{self.certs}/ca.pem", "-passout", "pass:p",
                            "-out", f"{self.dir}/{name}.p12"], check=True, stdin=subprocess.DEVNULL)
            self.run("pk12util", "-i", f"{self.dir}/{name}.p12", "-d", "sql:" + self.nss, "-W", "p", "-K", "")
        self.run("certutil", "-M", "-d", "sql:" + self.nss, "-n", "CA of the tests", "-t", "CT,,")

    def write(self):
        words = []
        for c in self.conns:
            for k in c.children:
                yes = lambda x: "yes" if x else "no"
                lines = [f"conn {k.name}", f"left={c.local}", f"right={c.remote}", f"leftid=@{c.local_id}",
                         f"rightid=@{c.remote_id}", f"authby={'ecdsa' if c.cert else 'secret'}",
                         f"ikev2={'insist' if c.version == 2 else 'no'}", f"ike={pluto_words(c.proposals)[0]}",
                         f"esp={pluto_words(k.proposals)[0]}", f"esn={pluto_words(k.proposals)[1]}",
                         f"leftsubnet={k.local_ts[0]}", f"rightsubnet={k.remote_ts[0]}", f"type={k.mode}",
                         f"encapsulation={'yes' if c.encap else 'auto'}", f"mobike={yes(c.mobike)}",
                         f"replay-window={k.window}", f"auto={dict(none='add', trap='route', start='start')[k.start]}",
                         "rekeyfuzz=0%", "retransmit-timeout=30s"]
                if c.cert:
                    lines += [f"leftcert={c.local_id}", "leftsendcert=always"]
                if c.if_id:
                    lines += [f"ipsec-interface={c.if_id}"]
                if k.life_time:
                    lines += [f"salifetime={k.life_time}s", f"rekeymargin={max(k.life_time - k.rekey_time, 1)}s"]
                if c.rekey_time:
                    lines += [f"ikelifetime={c.rekey_time}s"]
                if c.dpd_delay:
                    lines += [f"dpddelay={c.dpd_delay}s", f"dpdtimeout={c.dpd_timeout}s", "dpdaction=hold"]
                lines += [x.strip() for x in (c.more + "\n" + k.more).split("\n") if x.strip()]
                words.append("\n\t".join(lines))
        with open(self.conf, "w") as f:
            f.write("config setup\n\tuniqueids=no\n\tikev1-policy=accept\n\n" + "\n\n".join(words) + "\n")
        with open(self.dir + "/ipsec.secrets", "w") as f:
            f.write(f': PSK "{SECRET}"\n')

    def whack(self, *words, **more):
        return self.run("/usr/libexec/ipsec/whack", "--rundir", "/run/pluto", *words, **more)

    def load(self, *conns):
        if conns:  # else they are written, and pluto may be reading its secrets
            self.conns = conns
            self.write()
        for c in self.conns:
            for k in c.children:
                self.run("/usr/libexec/ipsec/addconn", "--config", self.conf, "--ctlsocket", "/run/pluto/pluto.ctl", k.name)

    def up(self, child="net", timeout=60):
        said = self.whack("--initiate", "--name", child, check=False, timeout=timeout)
        if not self.sas(child):
            raise Failure(f"{child} does not come up: {said[-600:]}\n{self.said()}")
        return self

    @functools.cached_property
    def rekey_word(self):
        """Which asks for a child's rekeying: 5.0 has changed it."""
        word, older = "--rekey-child", "--rekey-ipsec"
        return word if word in self.whack("--help", check=False) else older

    def rekey(self, child="net"):
        """Has a child rekeyed."""
        return self.whack(self.rekey_word, "--name", child, check=False)

    def rekey_ike(self, child="net", reauth=False):
        return self.whack("--rekey-ike", "--name", child, check=False)

    def down(self, child="net", **_):
        return self.whack("--terminate", "--name", child, check=False)

    def sas(self, child=None, state=None):
        """The children that are there, by its status: SPIs as numbers."""
        found = []
        for line in self.whack("--trafficstatus", check=False).splitlines():
            m = re.search(r'#(\d+): "([^"]+)"', line)
            if m and child in (None, m[2]):
                n = re.search(r"inBytes=(\d+), outBytes=(\d+)", line)
                found.append({"name": m[2], "uniqueid": int(m[1]), "line": line,
                              **({"bytes_in": int(n[1]), "bytes_out": int(n[2])} if n else {})})
        for line in self.whack("--status", check=False).splitlines():
            m = re.search(r'#(\d+): "[^"]+" .*?esp\.([0-9a-f]+)@\S+ esp\.([0-9a-f]+)@', line)
            for sa in found:
                if m and int(m[1]) == sa["uniqueid"]:
                    # As it prints them: the peer's, that is outbound, first.
                    sa["spi_out"], sa["spi_in"] = int(m[2], 16), int(m[3], 16)
        return [sa for sa in found if "spi_in" in sa]  # one may have gone between the two answers

    def sa(self, child="net"):
        found = self.sas(child)
        return max(found, key=lambda s: s["uniqueid"]) if found else None

    def listed(self):
        return self.whack("--trafficstatus")
