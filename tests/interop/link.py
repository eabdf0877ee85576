"""A link between a program and servers, which a test can cut: passes what comes to each port FROM of loopback on to the port TO
there, and what that answers back. Killed, it has cut all connections; stopped by SIGSTOP, it loses nothing but is silent.
usage: link.py FROM:TO…
"""
import asyncio
import sys

CHUNK = 65536  # bytes


async def pump(reader, writer):
    """Passes on what comes, until either side ends."""
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(start, end):
    async def connected(reader, writer):
        try:
            there = await asyncio.open_connection("127.0.0.1", end)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))

    await asyncio.start_server(connected, "127.0.0.1", start)


async def main():
    for way in sys.argv[1:]:
        await serve(*map(int, way.split(":")))
    print("Linked", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
