"""What the cells of the matrix are made of: a folder, certificates, files to serve, and programs."""

import hashlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

import pages

os.environ["PATH"] += ":/usr/sbin"  # where gtlsserver is


class Failure(Exception):
    """What a cell did not do."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


def sha256(path):
    expect(path.exists(), f"{path.name} did not arrive")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def free_port():
    """A port of 127.0.0.1 that is free for UDP and TCP."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
                return udp.getsockname()[1]
            except OSError:
                continue


def listens(port):
    """Whether a UDP socket of this machine has that port."""
    tables = [pathlib.Path("/proc/net/udp"), pathlib.Path("/proc/net/udp6")]
    wanted = f":{port:04X}"
    return any(
        line.split()[1].endswith(wanted)
        for table in tables
        if table.exists()
        for line in table.read_text().splitlines()[1:]
    )


def wait_until(condition, seconds, text):
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, text)
        time.sleep(0.01)


class Lab:
    """One cell's folder and programs."""

    def __init__(self, folder, binaries):
        self.folder = folder
        self.site = folder / "site"
        self.binaries = binaries
        self.running = []

    def prepare(self):
        self.make_certificates()
        self.make_site()

    def make_certificates(self):
        """A throw-away authority, and a leaf for localhost."""

        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

        (self.folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1")
        for key in ("authority.key", "key.pem"):
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        openssl(*"req -x509 -new -key authority.key -days 90 -subj /CN=interop -out authority.pem".split())
        openssl(*"req -new -key key.pem -subj /CN=localhost -out leaf.csr".split())
        openssl(
            *"x509 -req -in leaf.csr -CA authority.pem -CAkey authority.key -CAcreateserial".split(),
            *"-days 90 -extfile names -out cert.pem".split(),
        )
        public = subprocess.run(
            "openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform der |"
            " openssl dgst -sha256 -binary | base64",
            shell=True, cwd=self.folder, check=True, capture_output=True,
        )
        self.spki = public.stdout.decode().strip()

    def make_site(self):
        self.site.mkdir()
        for name, size in {"1k": 1024, "64k": 65536, "5m": 5_000_000, "empty": 0}.items():
            (self.site / name).write_bytes(os.urandom(size))
        for name, content in pages.FILES.items():
            (self.site / name).write_bytes(content)

    def start(self, name, arguments, port=None, **options):
        """Starts a program of this cell; with `port`, waits until it listens there."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(each) for each in arguments], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=self.folder, start_new_session=True, **options,
            )
        process.log = log
        self.running.append(process)
        if port is not None:
            wait_until(
                lambda: listens(port) or process.poll() is not None, 10, f"{name} does not listen"
            )
            expect(process.poll() is None, f"{name} ended: {log.read_text(errors='replace')[-500:]}")
        return process

    def run(self, name, arguments, seconds=30):
        """Runs a program of this cell to its end, which is exit code 0."""
        process = self.start(name, arguments)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{name} did not end in {seconds} s: {self.tail(process)}") from None
        expect(code == 0, f"{name} ended with {code}: {self.tail(process)}")
        return process.log.read_text(errors="replace")

    @staticmethod
    def tail(process):
        return process.log.read_text(errors="replace")[-500:].strip()

    def end_all(self):
        """Ends what a cell has left running, by process group: a browser is several."""
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running.clear()

    # What the cells are made of.

    def our_server(self, *more):
        port = free_port()
        process = self.start(
            "server",
            [self.binaries / "server/server", "--listen", f"127.0.0.1:{port}", "--cert", "cert.pem",
             "--key", "key.pem", "--root", "site", "--test-endpoints", "--drain-timeout", "20",
             "--report", "report.json", *more],
            port,
        )  # fmt: skip
        process.port = port
        return process

    def stop(self, server):
        """SIGTERM, and the clean report of an exit by itself."""
        server.send_signal(signal.SIGTERM)
        self.check_exit(server)

    def check_exit(self, server, seconds=15):
        try:
            code = server.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"the server did not leave in {seconds} s") from None
        expect(code == 0, f"the server ended with {code}: {self.tail(server)}")
        report = json.loads((self.folder / "report.json").read_text())
        expect(report["result"] == "drained", f"the drain's result is {report['result']}")
        expect(report["lost"] == 0, f"{report['lost']} requests lost")
        outcomes = report["requests"]
        expect(outcomes["aborted_by_deadline"] == 0, f"requests cut off: {outcomes}")
        return report

    def gtlsclient(self, port, names, *more):
        """Downloads files with ngtcp2's client and compares them."""
        into = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.gtlsclient_run(port, into, names, *more)
        for name in names:
            expect(sha256(into / name) == sha256(self.site / name), f"{name} differs")

    def gtlsclient_run(self, port, into, names, *more):
        self.run(
            "gtlsclient",
            ["gtlsclient", "-q", "--exit-on-all-streams-close", f"--download={into}", *more,
             "127.0.0.1", port, *(f"https://localhost:{port}/{name}" for name in names)],
        )  # fmt: skip

    def gtlsclient_again(self, port, name, *more):
        """Downloads a file with what an earlier call has left of its session; returns what it says."""
        into = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        said = self.run(
            "gtlsclient",
            ["gtlsclient", "--exit-on-all-streams-close", "--no-http-dump", "--session-file=session",
             "--tp-file=parameters", f"--download={into}", *more, "127.0.0.1", port,
             f"https://localhost:{port}/{name}"],
        )  # fmt: skip
        expect(sha256(into / name) == sha256(self.site / name), f"{name} differs")
        return said

    def our_client(self, port, *arguments):
        return self.run(
            "client",
            [self.binaries / "client/client", "--cacert", "authority.pem", "--resolve",
             f"localhost:{port}:127.0.0.1", "--max-time", "20", *arguments],
        )  # fmt: skip

    def our_downloads(self, port, names, *more):
        """Downloads files with our client, all at once, and compares them."""
        into = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        outputs = [part for name in names for part in ("--output", into / name)]
        self.our_client(
            port, "--fail", *more, *outputs, *(f"https://localhost:{port}/{name}" for name in names)
        )
        for name in names:
            expect(sha256(into / name) == sha256(self.site / name), f"{name} differs")

    def gtlsserver(self, *more):
        port = free_port()
        self.start(
            "gtlsserver",
            ["gtlsserver", "-q", "-d", "site", *more, "127.0.0.1", port, "key.pem", "cert.pem"],
            port,
        )
        return port

    def caddy(self):
        port = free_port()
        (self.folder / "Caddyfile").write_text(CADDYFILE.replace("PORT", str(port)))
        self.start(
            "caddy", ["caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"], port,
            env={**os.environ, "HOME": str(self.folder), "XDG_DATA_HOME": str(self.folder)},
        )  # fmt: skip
        return port

    def chromium(self, port, page, connect_to=None):
        """Starts a browser without window on a page; its net log goes to net.json."""
        self.net_log = self.folder / "net.json"
        self.net_log.unlink(missing_ok=True)
        rule = f"MAP localhost:{port} 127.0.0.1:{connect_to or port}"
        return self.start(
            "chromium",
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-default-apps", "--disable-dev-shm-usage",
             f"--user-data-dir={tempfile.mkdtemp(dir=self.folder)}", "--enable-quic",
             f"--origin-to-force-quic-on=localhost:{port}",
             f"--ignore-certificate-errors-spki-list={self.spki}",
             f"--host-resolver-rules={rule}", f"--log-net-log={self.net_log}",
             "--virtual-time-budget=60000", "--dump-dom", f"https://localhost:{port}/{page}"],
            env={**os.environ, "HOME": str(self.folder)},
        )  # fmt: skip


CADDYFILE = """{
	admin off
	auto_https off
	servers {
		protocols h1 h2 h3
	}
}
https://localhost:PORT {
	bind 127.0.0.1
	tls cert.pem key.pem
	root * site
	handle /echo {
		respond "{http.request.body}"
	}
	handle {
		file_server
	}
}
"""
