"""Ten thousand runs at once: streaming ones, and ones that wait for people."""

import json
import os
import resource
import subprocess
import sys
import time

import page
from house import House, Process, free_port
from page import say
from scenarios import milliseconds, wrk

# A streaming run has two connections here, and each is an open file.
MOST = (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200) // 2
COUNT = min(int(os.environ.get("RUNS", 10_000)), MOST)
FULL = "RUNS" not in os.environ
HERE = os.path.dirname(os.path.abspath(__file__))
GAP = 5.0

STREAMING = {
    "headwater": 1,
    "name": "Streaming",
    "slug": "streaming",
    "kind": "chat",
    "inputs": [{"name": "question", "type": "string", "required": True}],
    "nodes": [
        {"id": "write", "kind": "chat", "settings": {
            "model": "drip/drip", "messages": [{"role": "user", "content": "{{ start.question }}"}]}},
        {"id": "reply", "kind": "answer", "settings": {"text": "{{ write.text }}"}},
    ],
    "edges": [{"from": "start", "to": "write"}, {"from": "write", "to": "reply"}],
}
WAITING = {
    "headwater": 1,
    "name": "Waiting",
    "slug": "waiting",
    "kind": "task",
    "inputs": [{"name": "question", "type": "string", "required": True}],
    "nodes": [
        {"id": "ask", "kind": "human", "settings": {"title": "{{ start.question }}"}},
        {"id": "done", "kind": "answer", "settings": {"text": "{{ ask.button }}"}},
    ],
    "edges": [{"from": "start", "to": "ask"}, {"from": "ask", "to": "done", "handle": "approve"}],
}


def megabytes(size):
    return f"{size / 1e6:.0f} MB"


def streaming(house):
    port = free_port()
    pieces = 1_000
    vendor = Process([sys.executable, f"{HERE}/drip.py", str(port), str(GAP), str(pieces)], port, "/v1/models")
    try:
        provider = {"kind": "openai", "name": "drip", "base_url": f"http://127.0.0.1:{port}/v1"}
        house.call("POST", "/providers", provider)
        house.call("POST", "/flows", {"document": STREAMING, "publish": True})
        idle = house.process.memory()
        command = [sys.executable, f"{HERE}/readers.py", str(house.process.port), house.key, "streaming", str(COUNT), "300", "60"]
        readers = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        up = json.loads(readers.stdout.readline())
        if up["open"] < COUNT:
            readers.kill()
            raise SystemExit(f"only {up['open']:,} streams came up: {up['broken']}")
        before, began = house.process.cpu_seconds(), time.perf_counter()
        end = json.loads(readers.stdout.readline())
        cpu = (house.process.cpu_seconds() - before) / (time.perf_counter() - began)
        memory = house.process.memory()
        readers.wait()
    finally:
        vendor.stop()
    return [
        (f"memory with {COUNT:,} streaming runs, RSS (aim: under 500 MB)",
         f"{megabytes(memory)}, {(memory - idle) / COUNT / 1e3:.1f} kB for each"),
        (f"from the vendor to the reader, {end['pieces']:,} pieces of {end['open']:,} streams in a minute",
         f"p50 {milliseconds(end['p50'])}, p99 {milliseconds(end['p99'])}; {cpu:.2f} processors"),
    ]


def waiting(house):
    made = house.call("POST", "/flows", {"document": WAITING, "publish": True})
    idle, started, began = house.process.memory(), 0, time.perf_counter()
    while started < COUNT:
        load = wrk(house.process, f"/api/v1/flows/{made['id']}/invoke", house.key, 2)
        if load["failed"]:
            raise SystemExit(f"{load['failed']} runs were refused")
        started += load["requests"]
    rate = started / (time.perf_counter() - began)
    time.sleep(3)
    memory = house.process.memory()
    house.stop()
    house.start()
    time.sleep(3)
    again, ready = house.process.memory(), house.process.ready_after
    wait = house.call("GET", "/waits?limit=1")["items"][0]
    asked = time.perf_counter()
    house.call("POST", f"/waits/{wait['id']}/answer", {"button": "approve", "fields": {}})
    while house.call("GET", f"/runs/{wait['run_id']}")["status"] != "succeeded":
        time.sleep(0.001)
    took = time.perf_counter() - asked
    return [
        (f"memory with {started:,} runs that wait for people, RSS (aim: under 500 MB)",
         f"{megabytes(memory)}, {megabytes(idle)} before them; they came at {rate:,.0f} per second"),
        ("the same after a restart", f"{megabytes(again)}, ready after {milliseconds(ready)}"),
        ("from an answer to the end of its run, all others waiting", milliseconds(took)),
    ]


def main():
    house = House(os.environ["BIN"])
    try:
        house.start()
        house.set_up()
        say(f"{COUNT:,} streams")
        rows = streaming(house)
        house.remove()
        house = House(os.environ["BIN"])
        house.start()
        house.set_up()
        say(f"{COUNT:,} waiting runs")
        rows += waiting(house)
    finally:
        house.remove()
    setting = (f"SQLite, one process; the vendor sends every stream a piece each {GAP:.0f} seconds; vendor and readers are on the "
               "same machine and take most of it.")
    page.tell("many", setting, rows, FULL)


if __name__ == "__main__":
    main()
