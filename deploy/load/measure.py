"""What one server does: starting, invoking, streaming, ingesting, searching."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time

import page
import scenarios
from house import House, Process, free_port
from page import say

CHUNKS = int(os.environ.get("CHUNKS", 100_000))
SECONDS = int(os.environ.get("SECONDS_EACH", 8))
INGEST_LIMIT = int(os.environ.get("INGEST_LIMIT", 600))
FULL = "CHUNKS" not in os.environ and "SECONDS_EACH" not in os.environ


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
        scenarios.wait_for_handbook(house)
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


def main():
    rows = measure(os.environ["BIN"], os.environ["ECHO"])
    page.tell("house", "SQLite, full recording, one process; load generator on the same machine.", rows, FULL)


if __name__ == "__main__":
    main()
