"""A quarter of an hour of steady load: does memory stand still, and does a run cost at the end what it cost
at the beginning?"""

import http.client
import json
import os
import threading
import time

import page
from house import House
from page import say
from scenarios import FLOW, INPUT, first_delta, milliseconds, percentile, wait_for_handbook

MINUTES = float(os.environ.get("SOAK_MINUTES", 15))
FULL = "SOAK_MINUTES" not in os.environ
PER_SECOND = 100
WORKERS = 4


class Load:
    """So many template runs per second over kept connections, and five streamed answers from the handbook."""

    def __init__(self, house, flow):
        self.house, self.path = house, f"/api/v1/flows/{flow}/invoke"
        self.over, self.times, self.failed = threading.Event(), [], []
        self.threads = [threading.Thread(target=self.invoke) for _ in range(WORKERS)]
        self.threads.append(threading.Thread(target=self.stream))
        for thread in self.threads:
            thread.start()

    def invoke(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.house.process.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.house.key}", "Content-Type": "application/json"}
        for due in beats(PER_SECOND / WORKERS, self.over):
            began = time.perf_counter()
            connection.request("POST", self.path, json.dumps(INPUT), headers)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                self.failed.append(response.status)
            # From when it was due: a late start counts, too.
            self.times.append((began, time.perf_counter() - due))

    def stream(self):
        question = {"input": {"question": "How do I make an API key?"}}
        for _ in beats(5, self.over):
            first_delta(self.house, "ask-the-handbook", question)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def beats(per_second, over):
    due = time.perf_counter()
    while not over.is_set():
        time.sleep(max(0.0, due - time.perf_counter()))
        yield due
        due += 1 / per_second


def slope(points):
    """Of the line through points that is off by the least squares."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def size(folder):
    return sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(folder) for name in names)


def main():
    house = House(os.environ["BIN"])
    try:
        house.start()
        house.set_up()
        wait_for_handbook(house)
        flow = house.call("POST", "/flows", {"document": FLOW, "publish": True})["id"]
        disk, began = size(house.data), time.perf_counter()
        load, samples = Load(house, flow), []
        while (now := time.perf_counter() - began) < MINUTES * 60:
            samples.append((now, house.process.memory("RssAnon"), house.process.cpu_seconds(), len(load.times)))
            time.sleep(5)
            if len(samples) % 12 == 1:
                say(f"{now / 60:4.0f} min: {samples[-1][1] / 1e6:.1f} MB anonymous, {samples[-1][3]:,} runs")
        load.stop()
        if load.failed:
            raise SystemExit(f"{len(load.failed)} runs were refused: {load.failed[:3]}")
        runs, grown = len(load.times), size(house.data) - disk
    finally:
        house.remove()
    third = len(samples) // 3
    early, late = samples[third:2 * third], samples[2 * third:]

    def cost(part):
        return (part[-1][2] - part[0][2]) / (part[-1][3] - part[0][3]) * 1e6

    def p99(part):
        times = [took for at, took in load.times if part[0][0] <= at - began <= part[-1][0]]
        return milliseconds(percentile(times, 0.99))

    settled = [(at / 3600, anonymous / 1e6) for at, anonymous, _, _ in early + late]
    at = [samples[min(len(samples) - 1, len(samples) * minute // 15)][1] / 1e6 for minute in (1, 5, 10, 15)]
    rows = [
        ("runs", f"{runs:,} in {MINUTES:.0f} minutes, {PER_SECOND} per second, and 5 streamed answers per second"),
        ("anonymous memory after 1, 5, 10 and 15 fifteenths of it", ", ".join(f"{size:.1f}" for size in at) + " MB"),
        ("slope of anonymous memory, without the first third", f"{slope(settled):+.2f} MB per hour"),
        ("processor time of a run, second and last third, streamed answers included", f"{cost(early):.0f} µs, {cost(late):.0f} µs"),
        ("p99 of a run, second and last third", f"{p99(early)}, {p99(late)}"),
        ("data directory", f"{grown / runs / 1e3:.1f} kB for each run"),
    ]
    page.tell("soak", "SQLite, full recording, one process; load generator on the same machine.", rows, FULL)


if __name__ == "__main__":
    main()
