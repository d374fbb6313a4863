"""Measures relaying through the gateway beside HAProxy and a raw copy. See README.md for what each figure means."""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from relay_systems import (
    Causeway, HAProxy, LISTENERS_PER_ENTITY, RawCopy, Unavailable, descriptors, make_certificate, memory,
)

HERE = os.path.dirname(os.path.abspath(__file__))
# Frame size and pairs. Frames of 1 MiB leave the gateway as sixteen of 65,536 bytes.
BULK = [(65_536, 1), (16_384, 8), (1_024, 8), (1_048_576, 8)]
TESTS = ["unmask", "bulk", "bulk-tls", "echo", "echo-tls", "setup", "setup-tls", "http", "idle", "idle-max"]
IDLE_GOALS = {"idle pair": 10, "idle pair, TLS": 50, "idle control channel": 6, "idle control channel, TLS": 26}


def note(text):
    print(text, file=sys.stderr, flush=True)


class Load:
    """Runs the load program."""

    def __init__(self, program, seconds, warm):
        self.program, self.seconds, self.warm = program, seconds, warm

    def start(self, system, mode, tls, options, namespace=None):
        where, environment = system.load(tls) if namespace is None else system.load(tls, namespace)
        return subprocess.Popen(
            [self.program, mode, *where, "--watch", ",".join(map(str, system.pids)), *map(str, options)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment},
        )

    def run(self, system, mode, tls, options):
        """One measured window. A run that lost, mixed up or refused anything is no figure."""
        process = self.start(system, mode, tls, ["--seconds", self.seconds, "--warm", self.warm, *options])
        timer = threading.Timer(self.seconds + self.warm + 60, process.kill)
        timer.start()
        output, _ = process.communicate()
        timer.cancel()
        system.check()
        figure = json.loads(output.strip().splitlines()[-1]) if output.strip() else {"error": "no answer"}
        bad = {name: figure[name] for name in ("failed", "lost", "corrupt") if figure.get(name)}
        if process.returncode or bad or not (figure.get("bytes") or figure.get("count")):
            raise Unavailable(f"{system.name}, {mode}: {bad} {figure.get('error')}")
        return figure


class Report:
    """Collects the figures of one run; prints tables and verdicts."""

    def __init__(self, systems):
        self.systems, self.results, self.goals = systems, {}, []

    def table(self, title, columns, unit, rows):
        """rows: test, then system, then the values of the rounds."""
        print(f"\n### {title}\n\n| {unit} | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
        for test, systems in rows.items():
            cells = [spread(systems.get(name)) for name in columns]
            print(f"| {test} | " + " | ".join(cells) + " |")
        self.results.setdefault(title, {}).update(rows)
        sys.stdout.flush()

    def ratio(self, what, figures, other, bound, at_most):
        """Ours through the other's. The rounds are compared in pairs: what disturbs one disturbs its neighbour."""
        if other in self.systems:
            pairs = zip(figures.get("causeway", []), figures.get(other, []))
            self.goal(f"{what} / {other}", [ours / theirs for ours, theirs in pairs], bound, at_most)

    def goal(self, what, values, bound, at_most):
        """A goal that was not measured although the gateway was asked for is missed."""
        if "causeway" not in self.systems and not values:
            return
        median = statistics.median(values) if values else None
        passed = bool(values) and (median <= bound if at_most else median >= bound)
        self.goals.append({"what": what, "median": median, "values": values, "bound": bound, "atMost": at_most,
                           "passed": passed})

    def verdicts(self):
        if self.goals:
            print("\n### Goals\n\n| what | goal | median and spread | |\n|---|---|---|---|")
        for goal in self.goals:
            print(f"| {goal['what']} | {'≤' if goal['atMost'] else '≥'} {goal['bound']:,g} "
                  f"| {spread(goal['values'])} | {'PASS' if goal['passed'] else 'FAIL'} |")
        return all(goal["passed"] for goal in self.goals)


def shown(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(values):
    if not values:
        return "-"
    return f"{shown(statistics.median(values))} ({shown(min(values))} to {shown(max(values))})"


def alternate(systems, rounds, measure):
    """A B C, C B A and so on. A system that fails once is left out from then on."""
    figures = {system.name: [] for system in systems}
    alive = list(systems)
    for number in range(rounds):
        for system in list(alive if number % 2 == 0 else reversed(alive)):
            try:
                figures[system.name].append(measure(system))
            except Unavailable as error:
                note(f"  {error}")
                alive.remove(system)
                figures[system.name] = []
    return figures


def picked(figures, field):
    return {name: [figure[field] for figure in rounds] for name, rounds in figures.items() if rounds}


def bulk(report, load, systems, rounds, tls, directions):
    suffix = ", TLS on both sides" if tls else ""
    cost, speed, own = {}, {}, {}
    for direction in directions:
        for size, pairs in BULK:
            test = f"{size:,} B x {pairs}, {direction}"
            note(f"bulk{suffix}: {test}")
            options = ["--pairs", pairs, "--size", size, "--direction", direction]
            figures = alternate(systems, rounds, lambda system: load.run(system, "bulk", tls, options))
            cost[test] = {name: [figure["watched_cpu"] / figure["bytes"] * 1e9 for figure in runs]
                          for name, runs in figures.items() if runs}
            speed[test] = {name: [figure["bytes"] * 8 / figure["seconds"] / 1e9 for figure in runs]
                           for name, runs in figures.items() if runs}
            kind = f"CPU per GB, {test}{suffix}"
            if not tls:
                report.ratio(kind, cost[test], "raw-copy", 1.2, True)
            report.ratio(kind, cost[test], "haproxy", 1.0, True)
    names = [system.name for system in systems]
    report.table(f"Relaying{suffix}: CPU seconds of the system for each GB", names, "frames x pairs", cost)
    report.table(f"Relaying{suffix}: Gbit/s, all programs on the same cores", names, "frames x pairs", speed)


def rates(report, load, systems, rounds, mode, tls, title, options, goals):
    note(title)
    figures = alternate(systems, rounds, lambda system: load.run(system, mode, tls, options))
    rate, p99 = picked(figures, "rate"), picked(figures, "p99_us")
    cost = {name: [figure["watched_cpu"] / figure["count"] * 1e6 for figure in runs]
            for name, runs in figures.items() if runs}
    names = [system.name for system in systems]
    report.table(title, names, "", {
        "each second": rate, "p50 us": picked(figures, "p50_us"), "p99 us": p99, "CPU us of the system, each": cost,
    })
    goals(rate, p99)


def echo(report, load, systems, rounds, tls):
    suffix = ", TLS" if tls else ""

    def goals(rate, p99):
        report.ratio(f"echo rate{suffix}", rate, "haproxy", 1.0, False)
        report.ratio(f"echo p99{suffix}", p99, "haproxy", 1.0, True)

    rates(report, load, systems, rounds, "echo", tls, f"Echo of 64 bytes, 32 pairs{suffix}",
          ["--pairs", 32, "--size", 64], goals)


def setup(report, load, systems, rounds, tls):
    suffix = ", TLS, no session reuse" if tls else ""

    def goals(rate, _):
        # The goal is for TLS; without it a rendezvous is compared with two TCP connections that nobody asked for.
        if tls:
            report.ratio("rendezvous each second", rate, "haproxy", 0.8, False)

    rates(report, load, systems, rounds, "setup", tls, f"Set-ups of two legs until the first byte, 16 at once{suffix}",
          ["--parallel", 16], goals)


def http(report, load, systems, rounds):
    def goals(rate, p99):
        report.goal("small HTTP requests each second", rate.get("causeway", []), 8000, False)
        report.goal("small HTTP requests, p99 ms", [value / 1e3 for value in p99.get("causeway", [])], 15, True)

    ours = [system for system in systems if system.name == "causeway"]
    rates(report, load, ours, rounds, "http", False, "GET with an answer of 1 KB on the control channel, 32 at once",
          ["--pairs", 32, "--size", 1024], goals)


def opened(process):
    """What the load program says when everything is open."""
    line = process.stdout.readline()
    if not line:
        raise Unavailable(f"the load program ended with {process.wait()}")
    return json.loads(line)


def closed(process):
    process.stdin.close()
    last = process.stdout.read().strip()
    process.wait()
    return json.loads(last.splitlines()[-1]) if last else {}


def idle_growth(load, system, tls, option, count):
    """Growth of memory for each of `count`, in KB. A few come and go first, so that one-time costs do not count."""
    closed_first = load.start(system, "idle", tls, [option, 10])
    opened(closed_first)
    closed(closed_first)
    time.sleep(1)
    before = memory(system.pids)
    process = load.start(system, "idle", tls, [option, count])
    try:
        seen = opened(process)
        if seen["open"] != count:
            raise Unavailable(f"{system.name}: {seen['open']} of {count} were opened: {seen.get('error')}")
        time.sleep(2)
        after = memory(system.pids)
        end = closed(process)
        if end.get("alive") != count:
            raise Unavailable(f"{system.name}: {end.get('alive')} of {count} were alive at the end: {end.get('error')}")
    finally:
        process.kill()
        process.wait()
    return {"pss": (after[0] - before[0]) / count, "rss": (after[1] - before[1]) / count}


def idle(report, load, make, rounds, count):
    tests = {"idle pair": (False, "--pairs"), "idle pair, TLS": (True, "--pairs"),
             "idle control channel": (False, "--controls"), "idle control channel, TLS": (True, "--controls")}
    entities = (count + LISTENERS_PER_ENTITY - 1) // LISTENERS_PER_ENTITY
    pss, rss = {}, {}
    for test, (tls, option) in tests.items():
        note(f"{count:,} times: {test}")
        pss[test], rss[test] = {}, {}
        for _ in range(rounds):
            for name in ("causeway", "haproxy"):
                if name == "haproxy" and option == "--controls":
                    continue
                system = make(name, entities=entities)
                if not system:
                    continue
                try:
                    system.start()
                    figure = idle_growth(load, system, tls, option, count)
                    pss[test].setdefault(name, []).append(figure["pss"])
                    rss[test].setdefault(name, []).append(figure["rss"])
                except Unavailable as error:
                    note(f"  {error}")
                finally:
                    system.stop()
        report.goal(f"{test}, KB", pss[test].get("causeway", []), IDLE_GOALS[test], True)
    title = f"Memory that grows with {count:,} idle connections: KB for each"
    report.table(f"{title}, proportional", ["causeway", "haproxy"], "", pss)
    report.table(f"{title}, resident", ["causeway", "haproxy"], "", rss)


def idle_max(report, load, make, spare):
    """Fills the gateway's descriptors but for `spare` with idle pairs and uses every pair at the end."""
    namespaces = 4
    system = make("causeway", namespaces=namespaces)
    if not system:
        return
    processes = []
    try:
        system.start()
        used, soft, hard = descriptors(system.pids[0])
        each = (soft - used - spare) // 2 // namespaces
        wanted = each * namespaces
        note(f"{wanted:,} idle pairs: {used} of {soft:,} descriptors in use, {hard:,} at most")
        before = memory(system.pids)
        for index in range(namespaces):
            processes.append(load.start(system, "idle", False, ["--pairs", each], index))
            seen = opened(processes[-1])
            if seen["open"] != each:
                note(f"  namespace {index}: {seen['open']} of {each} opened: {seen.get('error')}")
        held, _, _ = descriptors(system.pids[0])
        after = memory(system.pids)
        alive = sum(closed(process).get("alive", 0) for process in processes)
        system.check()
        print(f"\n{alive:,} of {wanted:,} idle pairs held and alive with {held:,} of {soft:,} descriptors; "
              f"{(after[0] - before[0]) / max(1, alive):.1f} KB each")
        report.results["idle-max"] = {"wanted": wanted, "alive": alive, "descriptors": held, "limit": soft}
        report.goal("idle pairs held / what the descriptors allow", [alive / wanted], 1, False)
        if soft < hard:
            note(f"  the gateway left its limit at {soft:,} although {hard:,} are allowed")
    except Unavailable as error:
        note(f"  {error}")
        report.goal("idle pairs held / what the descriptors allow", [], 1, False)
    finally:
        for process in processes:
            process.kill()
            process.wait()
        system.stop()


def unmask(report, binaries):
    program = f"{binaries}/unmask-loop"
    if not os.path.exists(program):
        note(f"{program} is not there")
        report.goal("unmasking 16 KiB, ns/byte", [], 0.03, True)
        return
    rows = json.loads(subprocess.run([program, "--json"], check=True, capture_output=True, text=True).stdout)
    print("\n### Unmasking\n\n| bytes | ns/byte | plain copy |\n|---|---|---|")
    for row in rows:
        print(f"| {row['size']:,} | {row['unmask']} | {row['copy']} |")
    report.results["unmask"] = rows
    report.goal("unmasking 16 KiB, ns/byte", [row["unmask"] for row in rows if row["size"] == 16_384], 0.03, True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    words = lambda text: [word for word in text.split(",") if word]
    parser.add_argument("--tests", type=words, default=TESTS, help=",".join(TESTS))
    parser.add_argument("--systems", type=words, default=["causeway", "raw-copy", "haproxy"])
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("ROUNDS", "5")))
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("SECONDS_EACH", "3")))
    parser.add_argument("--warm", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of every system")
    parser.add_argument("--directions", type=words, default=["up"], help="up,down,both")
    parser.add_argument("--idle", type=int, default=2000, help="connections of the memory tests")
    parser.add_argument("--idle-rounds", type=int, default=3)
    parser.add_argument("--spare", type=int, default=64, help="descriptors that the fullest gateway keeps")
    parser.add_argument("--binaries", default=os.environ.get("CAUSEWAY_BINARIES"))
    parser.add_argument("--out", help="file for all figures as JSON")
    chosen = parser.parse_args()
    unknown = set(chosen.tests) - set(TESTS) | set(chosen.systems) - {"causeway", "raw-copy", "haproxy"}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if not chosen.binaries:
        binary = os.environ.get("CAUSEWAY_BINARY")
        chosen.binaries = os.path.dirname(binary) if binary else f"{HERE}/../.build/release"
    return chosen


def main():
    chosen = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    report, systems = Report(chosen.systems), []
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder)
        program = f"{folder}/relayload"
        source = f"{HERE}/relayload.c"
        subprocess.run(["cc", "-O2", "-o", program, source, "-lssl", "-lcrypto", "-lpthread"], check=True)
        load = Load(program, chosen.seconds, chosen.warm)
        kinds = {"causeway": Causeway, "raw-copy": RawCopy, "haproxy": HAProxy}

        def make(name, **more):
            if name not in chosen.systems:
                return None
            return kinds[name](folder, chosen.binaries, chosen.threads, **(more if name == "causeway" else {}))

        print(f"{chosen.rounds} rounds of {chosen.seconds:g} s, {os.cpu_count()} cores, {chosen.threads} threads in "
              f"each system, load average {os.getloadavg()[0]:.1f}")
        try:
            if set(chosen.tests) - {"unmask", "idle", "idle-max"}:
                for name in chosen.systems:
                    system = make(name)
                    systems.append(system)
                    try:
                        system.start()
                    except Unavailable as error:
                        note(f"{name}: {error}")
                        system.stop()
                        systems.remove(system)
            both = {"report": report, "load": load, "systems": systems, "rounds": chosen.rounds}
            for test in chosen.tests:
                kind, _, tls = test.partition("-")
                if test == "unmask":
                    unmask(report, chosen.binaries)
                elif kind == "bulk":
                    bulk(**both, tls=bool(tls), directions=chosen.directions)
                elif kind == "echo":
                    echo(**both, tls=bool(tls))
                elif kind == "setup":
                    setup(**both, tls=bool(tls))
                elif test == "http":
                    http(**both)
            for system in systems:
                system.stop()
            if "idle" in chosen.tests:
                idle(report, load, make, chosen.idle_rounds, chosen.idle)
            if "idle-max" in chosen.tests:
                idle_max(report, load, make, chosen.spare)
        finally:
            for system in systems:
                system.stop()
    passed = report.verdicts()
    if chosen.out:
        with open(chosen.out, "w") as file:
            json.dump({"results": report.results, "goals": report.goals}, file, indent=1)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
