#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0

"""Services and agents on three hosts, which lose their network in turn, and a collector on a fourth.

    hosts.py PROBE AGENT [ROUNDS]

A host is a network namespace with a bridge to the others. In each round a service runs on every host and is killed; while
it runs, one host is cut off. No service starts again, so its agent ships what it leaves. Every span and line must
arrive, under the resource of its own host. Prints the violations and exits with 1 if there are any.
"""
import os, random, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import torture

BRIDGE = "spoor-bridge"
HOSTS = ["a", "b", "c"]


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def inside(host):
    return ["ip", "netns", "exec", f"spoor-{host}"]


class Network:
    """A bridge in the root namespace, which is the collector's host, and a namespace for each other host."""

    address = "10.213.0.1"

    def __enter__(self):
        self.remove()
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("addr", "add", f"{self.address}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        for number, host in enumerate(HOSTS):
            ip("netns", "add", f"spoor-{host}")
            ip("link", "add", f"spoor-{host}", "type", "veth", "peer", "name", "eth0", "netns", f"spoor-{host}")
            ip("link", "set", f"spoor-{host}", "master", BRIDGE)
            ip("link", "set", f"spoor-{host}", "up")
            ip("-n", f"spoor-{host}", "addr", "add", f"10.213.0.{number + 10}/24", "dev", "eth0")
            ip("-n", f"spoor-{host}", "link", "set", "eth0", "up")
            ip("-n", f"spoor-{host}", "link", "set", "lo", "up")
        return self

    def __exit__(self, *error):
        self.remove()

    def remove(self):
        for host in HOSTS:
            subprocess.run(["ip", "netns", "del", f"spoor-{host}"], stderr=subprocess.DEVNULL)
            subprocess.run(["ip", "link", "del", f"spoor-{host}"], stderr=subprocess.DEVNULL)
        subprocess.run(["ip", "link", "del", BRIDGE], stderr=subprocess.DEVNULL)

    def cut(self, host, is_cut):
        ip("link", "set", f"spoor-{host}", "down" if is_cut else "up")


class Sink(torture.Sink):
    """Keeps the host of every span and line in addition."""

    def __init__(self, rng, address):
        self.hosts = {}
        super().__init__(False, rng, address)

    def note(self, name, part):
        super().note(name, part)
        host = torture.attributes(part["resource"]).get("host.name")
        self.hosts.setdefault(name, set()).add(host)


def main():
    probe, agent = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    rng = random.Random(1)
    work = tempfile.mkdtemp(prefix="spoor-hosts-")
    listing, output = os.path.join(work, "list"), os.path.join(work, "out")
    with Network() as network:
        sink = Sink(rng, (network.address, 0))
        base = dict(os.environ, OTEL_TRACES_EXPORTER="otlp", OTEL_LOGS_EXPORTER="console,otlp",
                    OTEL_EXPORTER_OTLP_PROTOCOL="http/json", OTEL_EXPORTER_OTLP_ENDPOINT=sink.url[:sink.url.index("/api")],
                    OTEL_EXPORTER_OTLP_TIMEOUT="1000",
                    OTEL_EXPORTER_OTLP_COMPRESSION="none", SPOOR_CONNECT_TIMEOUT="500")

        def environment(host, journal):
            return dict(base, SPOOR_JOURNAL_DIR=os.path.join(work, host, journal),
                        OTEL_RESOURCE_ATTRIBUTES=f"host.name=host-{host}")

        agents = []
        with open(output, "ab") as lines:
            for host in HOSTS:
                os.makedirs(os.path.join(work, host, "pods"))
                agents.append(subprocess.Popen(
                    inside(host) + [agent, os.path.join(work, host, "pods")],
                    env=dict(environment(host, "agent"), OTEL_RESOURCE_ATTRIBUTES="host.name=agent-of-" + host), stdout=lines))
            print(f"hosts: {rounds} rounds, {work}", flush=True)
            for number in range(rounds):
                cut = HOSTS[number % len(HOSTS)]
                network.cut(cut, True)
                services = [subprocess.Popen(
                    inside(host) + [probe, listing, f"{host}{number}", "1"],
                    env=environment(host, f"pods/pod-{number}"), stdout=lines) for host in HOSTS]
                time.sleep(rng.uniform(0.5, 1.5))
                for service in services:
                    service.kill()
                    service.wait()
                time.sleep(rng.uniform(0, 2))
                network.cut(cut, False)
            deadline = time.monotonic() + 180
            while time.monotonic() < deadline and any(
                    name.endswith(".spoor") for host in HOSTS for _, _, names in os.walk(os.path.join(work, host, "pods"))
                    for name in names):
                time.sleep(0.2)
            for process in agents:
                process.terminate()
                process.wait()
    foreign = [name for name, hosts in sink.hosts.items() if hosts != {f"host-{name[0]}"}]
    status = torture.check(sink, listing, output, work, True)
    if foreign:
        print(f"hosts: WRONG: {len(foreign)} records under another host's name: {sorted(foreign)[:3]}")
    print(f"hosts: {len(sink.hosts)} names under {len(set().union(*sink.hosts.values()))} hosts")
    return 1 if foreign or status else 0


if __name__ == "__main__":
    sys.exit(main())
