"""A broker with the page, and events for it."""

import math
import os
import re
import signal
import sqlite3
import subprocess
import time
from xml.sax.saxutils import escape, quoteattr

AUTHOR = "ivo://test.author/page"


def wait_for(condition, seconds=20):
    """Gives what the condition gave last."""
    until = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < until:
        time.sleep(0.02)
    return value


class Broker:
    """In a folder of its own; it can be stopped, and started again with the same endpoints."""

    def __init__(self, folder, *options, name="ivo://test.broker/page"):
        self.folder, self.options = folder, [f"--local-ivo={name}", *options]
        self.authors = self.http = 0
        self.process = None
        os.makedirs(folder, exist_ok=True)

    def start(self):
        log = os.path.join(self.folder, "log")
        open(log, "w").close()
        with open(log, "a") as errors:
            self.process = subprocess.Popen(
                ["brokerd", f"--eventdb={self.folder}/events.db", f"--receive=tcp:127.0.0.1:{self.authors}",
                 f"--http=127.0.0.1:{self.http}", *self.options],
                stderr=errors)
        self.authors = self._port(log, "authors")
        self.http = self._port(log, "HTTP")
        self.url = f"http://127.0.0.1:{self.http}/"

    def _port(self, log, whom):
        def found():
            with open(log) as lines:
                said = re.search(rf"Listening for {whom} on (?:tcp:)?127\.0\.0\.1:(\d+)", lines.read())
            return said and int(said[1])

        if not (port := wait_for(lambda: found() or self.process.poll() is not None)) or port is True:
            with open(log) as lines:
                raise RuntimeError(f"the broker does not listen for {whom}: {lines.read()}")
        return port

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            status = self.process.wait(60)
            self.process = None
            if status:
                raise RuntimeError(f"the broker ended with status {status}")

    def set_ages(self, age_of):
        """Changes when the stored events were received: age_of(part), in seconds, part from 0 (the first event) to 1 (the last).
        The broker must be stopped."""
        with sqlite3.connect(os.path.join(self.folder, "events.db")) as connection:
            numbers = [seq for (seq,) in connection.execute("SELECT seq FROM event ORDER BY seq")]
            (newest,) = connection.execute("SELECT max(received) FROM event").fetchone()
            per_second = 10 ** (len(str(newest)) - 10)
            for number, seq in enumerate(numbers):
                time_of = time.time() - age_of(number / max(1, len(numbers) - 1))
                connection.execute("UPDATE event SET received = ? WHERE seq = ?", (int(time_of * per_second), seq))
        connection.close()

    def send(self, *events):
        """Events as bytes; returns when all of them are acknowledged."""
        sent = subprocess.run(["sendvo", "-q", "-t", f"127.0.0.1:{self.authors}"], input=b"".join(event + b"\0" for event in events),
                              stderr=subprocess.PIPE)
        if sent.returncode:
            raise RuntimeError(f"sendvo: {sent.stderr.decode()}")


def position(ra, dec, error, unit="deg"):
    return (f'<Position2D unit="{unit}"><Name1>RA</Name1><Name2>Dec</Name2><Value2><C1>{ra}</C1><C2>{dec}</C2></Value2>'
            f"<Error2Radius>{error}</Error2Radius></Position2D>")


def event(ivorn, place="", role="test", what="", how="", why="", citations="", description="", author=AUTHOR):
    """A VOEvent 2.0; place: as of position()."""
    where = place and (
        '<WhereWhen><ObsDataLocation><ObservatoryLocation id="GEOSURFACE"/><ObservationLocation>'
        '<AstroCoordSystem id="UTC-FK5-GEO"/><AstroCoords coord_system_id="UTC-FK5-GEO">'
        '<Time unit="s"><TimeInstant><ISOTime>2024-03-05T06:05:04.3</ISOTime></TimeInstant></Time>'
        f"{place}</AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>"
    )
    described = description and f"<Description>{escape(description)}</Description>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" role="{role}" ivorn={quoteattr(ivorn)}>
<Who><AuthorIVORN>{escape(author)}</AuthorIVORN><Date>2024-03-05T06:07:08</Date></Who>
{what and f'<What>{what}</What>'}{where}{how and f'<How>{how}</How>'}{why and f'<Why>{why}</Why>'}{citations and
f'<Citations>{citations}</Citations>'}{described}
</voe:VOEvent>
""".encode()


def mollweide(ra, dec):
    """Where a position is on the map, from -2 to 2 and from -1 to 1: by bisection, not as the page does it."""
    low, high = -math.pi / 2, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        if 2 * middle + math.sin(2 * middle) < math.pi * math.sin(math.radians(dec)):
            low = middle
        else:
            high = middle
    return -((ra + 180) % 360 - 180) / 90 * math.cos(low), math.sin(low)
