"""A vendor that speaks slowly to everybody: `drip.py PORT GAP PIECES`. Each piece is the time it was sent."""

import asyncio
import json
import sys
import time

PORT, GAP, PIECES = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
    b"Connection: close\r\n\r\n"
)


def event(data):
    body = b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(body), body)


async def answer(reader, writer):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        if head.startswith("get"):
            body = b'{"object":"list","data":[{"id":"drip","object":"model"}]}'
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                         b"Connection: close\r\n\r\n%s" % (len(body), body))
            return
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        await reader.readexactly(length)
        writer.write(HEAD)
        for piece in range(PIECES):
            text = f"{time.time_ns()} "
            writer.write(event({"choices": [{"index": 0, "delta": {"content": text}}]}))
            await writer.drain()
            await asyncio.sleep(GAP)
        end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
               "usage": {"prompt_tokens": 1, "completion_tokens": PIECES}}
        writer.write(event(end) + event(b"[DONE]") + b"0\r\n\r\n")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", PORT, backlog=4096)
    async with server:
        await server.serve_forever()


asyncio.run(main())
