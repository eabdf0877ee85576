"""Makes pictures of the page, with real events, for the README and the manual.
usage: page_screenshots.py FOLDER PICTURES EVENTS.tar.xz
"""

import base64
import os
import random
import struct
import sys
import tarfile
import zlib

from browser import Browser
from page_broker import Broker
from page_view import Page

STREAMS = ("SWIFT", "Fermi", "INTEGRAL", "MAXI", "AMON", "AGILE", "GAIA", "ASASSN", "gaia.cam.uk", "LVC", "CALET", "catot")
# What is open in the pictures.
OPENED = b"ivo://nasa.gsfc.gcn/AMON#ICECUBE_GOLD"
HOURS = 22


def real_events(path):
    """Observations with a position, in an order that is the same each time."""
    with tarfile.open(path) as archive:
        files = [member for member in archive if member.name.endswith(".xml") and any(f"/{name}/" in member.name for name in STREAMS)]
        events = [archive.extractfile(member).read() for member in sorted(files, key=lambda member: member.name)]
    events = [event for event in events if b'role="observation"' in event and b"<Position2D" in event and b"VOEvent/v2.0" in event]
    random.Random(2).shuffle(events)
    return events


# Of the picture with this address: its width, its height, a palette of its commonest colours that differ enough from each other,
# and the index of each pixel.
REDUCED = """const [address] = arguments;
const image = new Image();
image.src = address;
return image.decode().then(() => {
  const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const coarse = (at) => (data[at] >> 2) << 12 | (data[at + 1] >> 2) << 6 | data[at + 2] >> 2;
  const counts = new Map();
  for (let at = 0; at < data.length; at += 4) counts.set(coarse(at), (counts.get(coarse(at)) ?? 0) + 1);
  const parts = (colour) => [colour >> 12, colour >> 6 & 63, colour & 63].map((part) => Math.round(part * 255 / 63));
  const away = (a, b) => a.reduce((sum, part, index) => sum + (part - b[index]) ** 2, 0);
  const palette = [];
  for (const [colour] of [...counts].sort((a, b) => b[1] - a[1])) {
    if (palette.length === 256) break;
    const own = parts(colour), isFaint = Math.max(...own) < 70 || Math.min(...own) > 215;
    if (palette.every((each) => away(each, own) >= (isFaint ? 30 : 500))) palette.push(own);
  }
  const nearest = new Map();
  const find = (colour) => {
    const own = parts(colour), distances = palette.map((each) => away(each, own));
    return distances.indexOf(Math.min(...distances));
  };
  const pixels = new Uint8Array(data.length / 4);
  for (let at = 0; at < data.length; at += 4) {
    const colour = coarse(at);
    if (!nearest.has(colour)) nearest.set(colour, find(colour));
    pixels[at / 4] = nearest.get(colour);
  }
  return [image.width, image.height, palette.flat(), pixels.toBase64()];
});"""


def reduce(browser, path):
    """Replaces a picture by a smaller file with 256 colours."""
    with open(path, "rb") as file:
        address = "data:image/png;base64," + base64.b64encode(file.read()).decode()
    width, height, palette, pixels = browser.run(REDUCED, address)
    pixels = base64.b64decode(pixels)
    rows = b"".join(b"\0" + pixels[row * width : (row + 1) * width] for row in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)))
        file.write(chunk(b"PLTE", bytes(palette)) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def main():
    folder, pictures, corpus = sys.argv[1:]
    events = real_events(corpus)
    events.sort(key=lambda each: OPENED in each)  # so that it is in view
    broker = Broker(os.path.join(folder, "broker"), name="ivo://example.org/broker")
    broker.start()
    browser = None
    try:
        broker.send(*events[6:])
        broker.stop()
        # As if the events had come one after the other until a minute ago, ever more of them.
        broker.set_ages(lambda part: 60 + HOURS * 3600 * (1 - part) ** 2)
        broker.start()
        browser = Browser(os.path.join(folder, "profile"), 1440, 900)
        page = Page(browser, broker)
        for theme in ("dark", "light"):
            browser.prefer(color_scheme=theme)
            page.open()
            row = "[...document.querySelectorAll('[role=option]')].findLast((row) => row.title.startsWith(arguments[0]))"
            browser.wait(f"{row}?.click(); return document.querySelector('#detail dl')", OPENED.decode())
            broker.send(*events[:3])
            events = events[3:]
            browser.wait("return document.querySelector('.fresh') && globalThis.testMap.fullDrawings > 0")
            path = os.path.join(pictures, f"page-{theme}.png")
            browser.screenshot(path)
            browser.open("about:blank")
            reduce(browser, path)
    finally:
        if browser:
            browser.close()
        broker.stop()


main()
