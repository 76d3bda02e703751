"""Reads many streams at once: `readers.py PORT KEY FLOW COUNT PER_SECOND SECONDS`. Starts them at that
rate, reads all of them for that long, and prints JSON: how many were open, and the delays of pieces."""

import asyncio
import json
import sys
import time

PORT, KEY, FLOW = int(sys.argv[1]), sys.argv[2], sys.argv[3]
COUNT, PER_SECOND, SECONDS = int(sys.argv[4]), float(sys.argv[5]), float(sys.argv[6])
BODY = json.dumps({"input": {"question": "Go on."}}).encode()
REQUEST = (
    f"POST /api/v1/flows/{FLOW}/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {KEY}\r\n"
    f"Content-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY


class State:
    open = 0
    measuring = False
    delays = []
    broken = []


async def read(over):
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 16)
    writer.write(REQUEST)
    status = await reader.readline()
    if b" 200 " not in status:
        State.broken.append(status.decode() + (await reader.read(400)).decode())
        return
    State.open += 1
    kind = b""
    try:
        while not over.is_set():
            line = await reader.readline()
            if not line:
                State.broken.append("a stream ended early")
                return
            if line.startswith(b"event: "):
                kind = line[7:].strip()
            elif line.startswith(b"data: ") and kind == b"message.delta" and State.measuring:
                # The last time in the piece: pieces of a moment may come together.
                sent = json.loads(line[6:])["text"].split()
                State.delays.append(time.time_ns() - int(sent[-1]))
    finally:
        writer.close()


async def main():
    over = asyncio.Event()
    tasks, began = [], time.perf_counter()
    for number in range(COUNT):
        tasks.append(asyncio.create_task(read(over)))
        ahead = number / PER_SECOND - (time.perf_counter() - began)
        await asyncio.sleep(max(ahead, 0) if ahead > 0.01 else 0)
    while State.open + len(State.broken) < COUNT and time.perf_counter() - began < 300:
        await asyncio.sleep(0.1)
    print(json.dumps({"open": State.open, "broken": State.broken[:3]}), flush=True)
    await asyncio.sleep(10)
    State.measuring = True
    await asyncio.sleep(SECONDS)
    State.measuring = False
    delays = sorted(State.delays)
    share = lambda part: delays[min(len(delays) - 1, int(len(delays) * part))] / 1e9 if delays else None
    print(json.dumps({"open": State.open - len(State.broken), "pieces": len(delays), "p50": share(0.5), "p99": share(0.99),
                      "broken": State.broken[:3]}), flush=True)
    over.set()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


asyncio.run(main())
