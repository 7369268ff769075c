"""A slow way to a server."""

import select
import socket
import threading
import time


class SlowLink:
    """A UDP relay before a server: what the server sends leaves at a limited rate.

    It makes a download last, on any machine, and tells how much of it has passed.
    """

    BYTES_PER_SECOND = 2_500_000
    TICK_SECONDS = 0.002

    def __init__(self, server_port):
        self.server = ("127.0.0.1", server_port)
        self.passed = 0  # bytes to clients
        self.closed = False
        self.inside = socket.socket(type=socket.SOCK_DGRAM)
        self.inside.bind(("127.0.0.1", 0))
        self.port = self.inside.getsockname()[1]
        self.outside = {}  # client -> socket towards the server
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closed = True
        self.thread.join()
        for each in (self.inside, *self.outside.values()):
            each.close()

    def run(self):
        budget, last = 0.0, time.monotonic()
        while not self.closed:
            now = time.monotonic()
            budget = min(budget + (now - last) * self.BYTES_PER_SECOND, 10_000)
            last = now
            readable, _, _ = select.select([self.inside], [], [], self.TICK_SECONDS)
            if readable:
                data, client = self.inside.recvfrom(65536)
                if client not in self.outside:
                    self.outside[client] = socket.socket(type=socket.SOCK_DGRAM)
                    self.outside[client].connect(self.server)
                self.attempt(lambda: self.outside[client].send(data))
            for client, each in self.outside.items():
                while budget > 0 and select.select([each], [], [], 0)[0]:
                    data = self.attempt(lambda: each.recv(65536))
                    if data is None:
                        break
                    self.attempt(lambda: self.inside.sendto(data, client))
                    budget -= len(data)
                    self.passed += len(data)

    @staticmethod
    def attempt(call):
        """An end that is gone is told as an error: nobody's datagram is lost by it."""
        try:
            return call()
        except ConnectionRefusedError:
            return None
