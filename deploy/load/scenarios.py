"""What is measured. Every scenario takes a set-up house and returns rows of (what, figure)."""

import http.client
import json
import os
import random
import re
import subprocess
import tempfile
import time

# start → template → answer: every step recorded, and no model to wait for.
FLOW = {
    "headwater": 1,
    "name": "Bench",
    "kind": "task",
    "inputs": [{"name": "question", "type": "string", "required": True}],
    "nodes": [
        {"id": "write", "kind": "template", "settings": {"text": "You asked: {{ start.question }}"}},
        {"id": "reply", "kind": "answer", "settings": {"text": "{{ write.text }}"}},
    ],
    "edges": [{"from": "start", "to": "write"}, {"from": "write", "to": "reply"}],
}
INPUT = {"input": {"question": "What is measured here, and against what?"}}


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def milliseconds(seconds):
    return f"{seconds * 1000:.2f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def wrk(process, path, key, seconds, connections=16):
    """One closed-loop load with wrk: requests, errors, latencies, and the server's CPU time."""
    script = tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False)
    with script:
        script.write('wrk.method = "POST"\n')
        script.write(f"wrk.body = {json.dumps(json.dumps(INPUT))}\n")
        script.write('wrk.headers["Content-Type"] = "application/json"\n')
        script.write(f'wrk.headers["Authorization"] = "Bearer {key}"\n')
    before = process.cpu_seconds()
    url = f"http://127.0.0.1:{process.port}{path}"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script.name, url]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu = process.cpu_seconds() - before
    os.unlink(script.name)
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {
        "requests": requests,
        "failed": int(failed.group(1)) if failed else 0,
        "per_second": float(re.search(r"Requests/sec:\s*([\d.]+)", out).group(1)),
        "cpu": cpu,
        "p50": latency(out, "50%"),
        "p99": latency(out, "99%"),
    }


def latency(out, share):
    value, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", out).groups()
    return float(value) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[unit]


def throughput(house, echo, seconds):
    """Flow and echo by turns (A B B A), so that a busy machine is busy for both."""
    made = house.call("POST", "/flows", {"document": FLOW, "publish": True})
    path = f"/api/v1/flows/{made['id']}/invoke"
    flows, echoes = [], []
    wrk(house.process, path, house.key, 1)
    for turn in "ABBA":
        if turn == "A":
            echoes.append(wrk(echo, "/echo", "none", seconds))
        else:
            flows.append(wrk(house.process, path, house.key, seconds))
    rows, per_cpu = [], {}
    for name, runs in (("start → template → answer, invoked", flows), ("bare axum echo", echoes)):
        requests = sum(run["requests"] - run["failed"] for run in runs)
        per_cpu[name] = requests / max(sum(run["cpu"] for run in runs), 0.01)
        rate = sum(run["per_second"] for run in runs) / len(runs)
        p50, p99 = (sum(run[p] for run in runs) / len(runs) for p in ("p50", "p99"))
        rows.append((
            f"{name}, 16 connections",
            f"{rate:,.0f} requests/s, p50 {milliseconds(p50)}, p99 {milliseconds(p99)}, "
            f"{per_cpu[name]:,.0f} requests per CPU second",
        ))
        failed = sum(run["failed"] for run in runs)
        if failed:
            rows.append((f"{name}: refused", f"{failed:,} requests"))
    flow, control = per_cpu.values()
    rows.append(("flow against echo, per CPU second (aim: at least 0.33)", f"{flow / control:.3f}"))
    return rows


def first_byte(house, rounds):
    """From sending the request to the first piece of the reply, over a fresh connection."""
    rows = []
    question = {"input": {"question": "Does Headwater need an API key?"}}
    for slug, what in (("bench", "template flow"), ("ask-the-handbook", "demo flow, search and built-in model")):
        times = [first_delta(house, slug, question) for _ in range(rounds)]
        rows.append((
            f"time to first streamed piece, {what}",
            f"p50 {milliseconds(percentile(times, 0.5))}, p99 {milliseconds(percentile(times, 0.99))}",
        ))
    return rows


def first_delta(house, slug, body):
    connection = http.client.HTTPConnection("127.0.0.1", house.process.port, timeout=60)
    headers = {
        "Authorization": f"Bearer {house.key}",
        "Content-Type": "application/json",
        "Accept": "text/event-stream",
    }
    began = time.perf_counter()
    connection.request("POST", f"/api/v1/flows/{slug}/stream", json.dumps(body), headers)
    response = connection.getresponse()
    seen = None
    for line in response:
        if line.startswith(b"event: message.delta"):
            seen = time.perf_counter() - began
            break
    connection.close()
    if seen is None:
        raise SystemExit(f"{slug}: the stream ended without a piece of the reply")
    return seen


class Text:
    """Documents that look like language to an index: words by Zipf's law, the same every time."""

    def __init__(self, seed=7, vocabulary=30_000):
        self.random = random.Random(seed)
        syllables = [c + v for c in "bcdfghklmnprstvz" for v in "aeiou"]
        self.words = ["".join(self.random.choices(syllables, k=self.random.randint(1, 4))) for _ in range(vocabulary)]
        total, self.weights = 0.0, []
        for rank in range(vocabulary):
            total += 1 / (rank + 10)
            self.weights.append(total)

    def sentence(self):
        words = self.random.choices(self.words, cum_weights=self.weights, k=self.random.randint(6, 18))
        return " ".join(words).capitalize() + "."

    def document(self, size):
        parts, length = [], 0
        while length < size:
            paragraph = " ".join(self.sentence() for _ in range(6))
            parts.append(f"## {self.sentence()}\n\n{paragraph}\n\n")
            length += len(parts[-1])
        return "".join(parts).encode()

    def query(self):
        # Neither the commonest words nor the rarest: what people type.
        return " ".join(self.random.choice(self.words[50:5000]) for _ in range(3))


def ingestion(house, chunks, seconds):
    """Uploads until there are enough chunks or the time is over; then waits for the last one."""
    text = Text()
    made = house.call("POST", "/knowledge-bases", {"name": "Bench"})
    size, sent, documents, state = 1 << 20, 0, 0, made
    pool = [text.document(size) for _ in range(8)]
    before, began = house.process.cpu_seconds(), time.perf_counter()
    while state["chunks"] < chunks and time.perf_counter() - began < seconds:
        # Each document is its own: a different order of the same kind of sections.
        sections = pool[documents % len(pool)].split(b"## ")
        text.random.shuffle(sections)
        body = b"## ".join(sections)
        house.upload(made["id"], f"document-{documents}.md", body)
        sent, documents = sent + len(body), documents + 1
        state = house.call("GET", f"/knowledge-bases/{made['id']}")
        while documents - ready(house, made["id"]) > 8 and time.perf_counter() - began < seconds:
            time.sleep(0.05)
    while ready(house, made["id"]) < documents and time.perf_counter() - began < seconds * 2:
        time.sleep(0.05)
    elapsed = time.perf_counter() - began
    cpu = house.process.cpu_seconds() - before
    state = house.call("GET", f"/knowledge-bases/{made['id']}")
    megabytes = sent / 1e6
    return made["id"], state["chunks"], [(
        "ingestion of Markdown, until searchable",
        f"{megabytes / elapsed:.2f} MB/s ({megabytes:,.0f} MB, {documents} documents, "
        f"{state['chunks']:,} chunks; {cpu / megabytes:.2f} CPU seconds per MB)",
    )]


def ready(house, knowledge_base):
    """How many documents have come to an end, counted over all pages."""
    count, after = 0, ""
    while True:
        page = house.call("GET", f"/knowledge-bases/{knowledge_base}/documents?limit=100{after}")
        for document in page["items"]:
            if document["status"] == "failed":
                raise SystemExit(f"a document failed: {document['error']}")
            count += document["status"] == "ready"
        if not page["next"]:
            return count
        after = f"&after={page['next']}"


def search(house, knowledge_base, chunks, queries):
    text = Text(seed=11)
    words = Text()
    text.words = words.words
    times = []
    for _ in range(queries):
        question = {"query": text.query(), "limit": 6}
        began = time.perf_counter()
        house.call("POST", f"/knowledge-bases/{knowledge_base}/search", question)
        times.append(time.perf_counter() - began)
    return [(
        f"search among {chunks:,} chunks, over HTTP",
        f"p50 {milliseconds(percentile(times, 0.5))}, p99 {milliseconds(percentile(times, 0.99))}",
    )]


def wait_for_handbook(house):
    deadline = time.time() + 60
    while time.time() < deadline:
        bases = house.call("GET", "/knowledge-bases")["items"]
        if bases and ready(house, bases[0]["id"]) == bases[0]["documents"] > 0:
            return
        time.sleep(0.2)
    raise SystemExit("the demo knowledge base did not become ready within a minute")
