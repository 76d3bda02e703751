"""What the engine itself costs: runs its bench, and compares flows with and without the log."""

import os

import page
from house import House
from scenarios import wrk

SECONDS = int(os.environ.get("SECONDS_EACH", 8))
FULL = "SECONDS_EACH" not in os.environ
STEPS = 50


def chain(durability):
    """start → 50 templates, each reading the one before."""
    names = ["start"] + [f"n{n}" for n in range(1, STEPS + 1)]
    texts = ["{{ start.question }}"] + [f"{{{{ n{n}.text }}}}" for n in range(1, STEPS)]
    return {
        "headwater": 1,
        "name": f"Chain {durability}",
        "slug": f"chain-{durability}",
        "kind": "task",
        "durability": durability,
        "inputs": [{"name": "question", "type": "string", "required": True}],
        "nodes": [
            {"id": name, "kind": "template", "settings": {"text": text}} for name, text in zip(names[1:], texts)
        ],
        "edges": [{"from": a, "to": b} for a, b in zip(names, names[1:])],
    }


def log_cost(house):
    """By turns with `durability: steps` and `none`: what differs is the log of the steps."""
    rows = []
    paths = {}
    for durability in ("steps", "none"):
        made = house.call("POST", "/flows", {"document": chain(durability), "publish": True})
        paths[durability] = f"/api/v1/flows/{made['id']}/invoke"
        wrk(house.process, paths[durability], house.key, 1)
    for runs in (1, 100, 1000):
        found = {"steps": [], "none": []}
        for durability in ("none", "steps", "steps", "none"):
            found[durability].append(wrk(house.process, paths[durability], house.key, SECONDS, runs))
        if any(run["failed"] for all_of in found.values() for run in all_of):
            raise SystemExit(f"{runs} at once: runs were refused")
        cpu, wall = {}, {}
        for durability, all_of in found.items():
            steps = sum(run["requests"] for run in all_of) * STEPS
            cpu[durability] = sum(run["cpu"] for run in all_of) / steps * 1e6
            wall[durability] = sum(1 / run["per_second"] for run in all_of) / len(all_of) / STEPS * 1e6
        rows.append((
            f"what the log adds to a step, {runs:,} runs at once",
            f"{wall['steps'] - wall['none']:.1f} µs of time and {cpu['steps'] - cpu['none']:.1f} µs of processor time "
            f"(with {cpu['steps']:.1f}, without {cpu['none']:.1f}; requests included)",
        ))
    return rows


def main():
    rows = page.bench("ENGINE")
    house = House(os.environ["BIN"])
    try:
        house.start()
        house.set_up()
        rows += log_cost(house)
    finally:
        house.remove()
    page.tell("engine", "Steps are templates that read the step before; the log is SQLite.", rows, FULL)


if __name__ == "__main__":
    main()
