"""Whatever the figures are, the benchmark prints them all, and every byte has arrived."""

import subprocess


def main():
    program = "bench/loopback_transfer/loopback_transfer"
    for connections in ("1", "10"):
        run = subprocess.run(
            [program, "--bytes", "2000000", "--connections", connections, "--client-cpu", "0"],
            stdout=subprocess.PIPE,
            universal_newlines=True,
            check=True,
        )
        figures = {}
        for line in run.stdout.splitlines():
            figure, value = line.split()
            figures[figure.partition("=")[2]] = float(value.partition("=")[2])
        for name in ("goodput_gbit_per_s", "server_cpu_s_per_gb", "client_cpu_s_per_gb"):
            assert figures[name] > 0, run.stdout
        assert figures["server_datagrams_sent"] >= 2000000 / 1444, run.stdout


main()
