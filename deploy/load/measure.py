"""Runs the scenarios and writes what they found, with machine and commit, into docs/benchmarks.md."""

import datetime
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import scenarios
from house import House, Process, free_port

PAGE = "docs/benchmarks.md"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"

CHUNKS = int(os.environ.get("CHUNKS", 100_000))
SECONDS = int(os.environ.get("SECONDS_EACH", 8))
INGEST_LIMIT = int(os.environ.get("INGEST_LIMIT", 600))
FULL = "CHUNKS" not in os.environ and "SECONDS_EACH" not in os.environ


def say(text):
    print(text, file=sys.stderr, flush=True)


def machine():
    model = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown")
    memory = int(open("/proc/meminfo").readline().split()[1]) / 1024 / 1024
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB memory, {system}, Linux {platform.release()}"


def commit():
    def git(*args):
        return subprocess.run(["git", *args], capture_output=True, text=True).stdout.strip()

    changed = [l for l in git("status", "--porcelain").splitlines() if not l.endswith(PAGE)]
    return git("rev-parse", "--short=12", "HEAD") + (" with local changes" if changed else "")


def profile():
    """The name of the folder Cargo put the binary into: debug, release, dist."""
    return os.path.basename(os.path.dirname(os.path.abspath(os.environ["BIN"])))


def stripped_size(binary):
    """The size as shipped: a copy without symbols, when it still has some."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(binary, folder)
        if shutil.which("strip"):
            subprocess.run(["strip", copy], check=False)
        return os.path.getsize(copy)


def starts(house, rounds=7):
    """Cold start: from exec to the first 200 of /readyz. The page cache is warm, the process is not."""
    first = house.start().ready_after
    house.stop()
    times = []
    for _ in range(rounds):
        times.append(house.start().ready_after)
        if len(times) < rounds:
            house.stop()
    return first, statistics.median(times)


def measure(binary, echo_binary):
    rows = [("size of the stripped binary (aim: under 60 MB)", f"{stripped_size(binary) / 1e6:.1f} MB")]
    house = House(binary)
    echo_port = free_port()
    echo = Process([echo_binary, f"127.0.0.1:{echo_port}"], echo_port, "/")
    try:
        say("starting and stopping")
        first, again = starts(house)
        rows.append(("start to ready, empty data directory", scenarios.milliseconds(first)))
        house.set_up()
        wait_for_handbook(house)
        house.stop()
        again = statistics.median([again] + [restart(house) for _ in range(5)])
        rows.append(("start to ready, existing data (aim: 250 ms)", scenarios.milliseconds(again)))
        time.sleep(5)
        rows.append(("idle memory, RSS (aim: under 30 MB)", f"{house.process.memory() / 1e6:.1f} MB, "
                     f"of which {house.process.memory('RssAnon') / 1e6:.1f} MB anonymous"))
        say("invoking a flow, beside an echo")
        rows += scenarios.throughput(house, echo, SECONDS)
        say("time to the first piece")
        rows += scenarios.first_byte(house, 50)
        say(f"ingesting up to {CHUNKS:,} chunks")
        knowledge_base, chunks, found = scenarios.ingestion(house, CHUNKS, INGEST_LIMIT)
        rows += found
        say("searching")
        rows += scenarios.search(house, knowledge_base, chunks, 1000 if FULL else 100)
        rows.append(("memory after all of this, RSS", f"{house.process.memory() / 1e6:.1f} MB"))
    finally:
        echo.stop()
        house.remove()
    return rows


def restart(house):
    house.stop()
    return house.start().ready_after


def wait_for_handbook(house):
    deadline = time.time() + 60
    while time.time() < deadline:
        bases = house.call("GET", "/knowledge-bases")["items"]
        if bases and scenarios.ready(house, bases[0]["id"]) == bases[0]["documents"] > 0:
            return
        time.sleep(0.2)
    raise SystemExit("the demo knowledge base did not become ready within a minute")


def report(rows):
    lines = [
        f"Measured {datetime.date.today().isoformat()} at commit `{commit()}`, {profile()} build.",
        f"Machine: {machine()}.",
        "SQLite, full recording, one process; load generator on the same machine.",
        "",
        "| what | figure |",
        "|---|---|",
    ]
    return "\n".join(lines + [f"| {what} | {figure} |" for what, figure in rows])


def main():
    text = report(measure(os.environ["BIN"], os.environ["ECHO"]))
    print(text)
    if not FULL:
        say(f"a short run; {PAGE} is left as it is")
        return
    page = open(PAGE).read()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    open(PAGE, "w").write(f"{before}{BEGIN}\n{text}\n{END}{after}")
    say(f"written into {PAGE}")


main()
