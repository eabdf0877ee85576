"""A link between a program and servers, which a test can cut: passes what comes to each port FROM of loopback on to the port TO
there, and what that answers back. Killed, it has cut all connections; stopped by SIGSTOP, it loses nothing but is silent.
usage: link.py [--flip=N] FROM:TO…
--flip: change a byte in the Nth piece that comes over the first connection
"""
import argparse
import asyncio

CHUNK = 65536  # bytes


async def pump(reader, writer, flip=0):
    """Passes on what comes, until either side ends. flip: the number of the piece of which a byte is changed."""
    try:
        while data := await reader.read(CHUNK):
            flip -= 1
            if flip == 0:
                data = data[:-1] + bytes([data[-1] ^ 1])
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def serve(start, end, flip):
    async def connected(reader, writer):
        nonlocal flip
        try:
            there = await asyncio.open_connection("127.0.0.1", end)
        except OSError:
            writer.close()
            return
        to_change, flip = flip, 0
        await asyncio.gather(pump(reader, there[1], to_change), pump(there[0], writer))

    await asyncio.start_server(connected, "127.0.0.1", start)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flip", type=int, default=0)
    parser.add_argument("ways", nargs="+")
    options = parser.parse_args()
    for way in options.ways:
        await serve(*map(int, way.split(":")), options.flip)
    print("Linked", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
