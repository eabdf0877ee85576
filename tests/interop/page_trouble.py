"""How the page behaves in trouble: restarts, hostile events, many events, small screens."""

import math
import os
import threading
import time

from browser import END, ESCAPE
from page_broker import event, mollweide, position
from page_view import ACTIVE, COUNT, LIVE, LOST, ROWS, check


def restarts(page):
    """Nothing is missed while the broker is away, and nothing comes twice."""
    browser = page.browser
    before = page.ivorns(10)
    page.broker.stop()
    check("the page says that the connection is lost", browser.wait(LOST))
    page.broker.start()
    names = [f"ivo://test.author/delta#{number}" for number in range(5)]
    page.broker.send(*(event(name, position(20 * number, 10, 1)) for number, name in enumerate(names)))
    check("the page connects again", browser.wait(LIVE, seconds=60))
    for name in names:
        check(f"{name} was not missed", page.shows(name))
    check("each event is there once", sorted(page.ivorns(15)) == sorted(before + names))
    check("the page was not loaded again", browser.run("return globalThis.isSame"))

    # A page to which no live event has come, so that it has nothing to go on from.
    page.open()
    page.broker.stop()
    check("the connection is lost again", browser.wait(LOST))
    page.broker.start()
    names.append("ivo://test.author/delta#first")
    page.broker.send(event(names[-1]))
    check("the first event after a restart is not missed", page.shows(names[-1], seconds=60))
    page.broker.send(event("ivo://test.author/delta#second"))
    names.append("ivo://test.author/delta#second")
    check("nor the next", page.shows(names[-1]))

    # A log that does not know the page's last event.
    page.broker.stop()
    browser.wait(LOST)
    for name in os.listdir(page.broker.folder):
        if name.startswith("events.db"):
            os.remove(os.path.join(page.broker.folder, name))
    page.broker.start()
    page.broker.send(event("ivo://test.author/delta#other"))
    check("after a gap the history is loaded", page.shows("ivo://test.author/delta#other", seconds=60))
    check("and live events come again", browser.wait(LIVE))
    page.broker.send(event("ivo://test.author/delta#last"))
    check("and are shown", page.shows("ivo://test.author/delta#last"))
    names += ["ivo://test.author/delta#other", "ivo://test.author/delta#last"]
    check("each once", sorted(page.ivorns(19)) == sorted(before + names))
    browser.console()  # the failed connections


def loads_while_events_come(page):
    """Nothing falls between what is loaded and what comes live."""
    page.open()
    page.browser.wait(COUNT + " === '2 events'")
    sending = threading.Thread(target=lambda: [page.broker.send(event(f"ivo://test.author/meanwhile#{n}")) for n in range(60)])
    sending.start()
    page.open()
    sending.join()
    check("the last one is shown", page.shows("ivo://test.author/meanwhile#59"))
    page.browser.wait(COUNT + " === '62 events'")
    count = page.browser.run(COUNT)
    check(f"each is there once, 62 events and not {count}", count == "62 events")


HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


def fades(page):
    """The older an event is, the fainter it is drawn."""
    opacity = """const [x, y] = arguments, canvas = document.querySelector('#map .marks'), { place } = globalThis.testMap;
      const { data } = canvas.getContext('2d').getImageData(place.x + x * place.scale, place.y - y * place.scale, 1, 1);
      return data[3];"""
    page.broker.stop()
    os.rename(os.path.join(page.broker.folder, "events.db"), os.path.join(page.broker.folder, "earlier.db"))
    page.broker.start()
    for ra in (30, 50, 70):  # in this order
        page.broker.send(event(f"ivo://test.author/fade#{ra}", position(ra, 20, 0)))
    page.broker.stop()
    page.broker.set_ages(lambda part: (1 - part) * 40 * 3600)
    page.broker.start()
    page.open()
    check("events of different ages are drawn", all(page.draws(ra, 20) for ra in (30, 50, 70)))
    seen = [page.browser.run(opacity, *mollweide(ra, 20)) for ra in (30, 50, 70)]
    check(f"the older ones are fainter: {seen}", 0 < seen[0] < seen[1] < seen[2])
    ages = page.browser.run(ROWS + ".map((row) => row.querySelector('.age').textContent)")
    check(f"the list has their ages: {ages}", ages[1:] == ["20 h", "40 h"])


def stays_text(page):
    """Markup in every field is shown as text, and nothing of it runs or becomes a link."""
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    references = "".join(f'<Reference uri="{uri}"/>' for uri in (
        "javascript:document.title='owned'", "data:text/html,%3Cscript%3E", "vbscript:x", " java&#x73;cript:alert(1)", escaped,
        "http://www.example.org/&quot;onclick=&quot;x", "//example.org/x", "ftp://example.org/y"))
    ivorns = [f"ivo://test.author/{HOSTILE.replace(' ', '')}#x'\"><b>", "ivo://test.author/plain#hostile"]
    for ivorn in ivorns:
        try:
            page.broker.send(event(
                ivorn, position(200, 40, 3).replace("RA", escaped), author=f"ivo://test.author/{HOSTILE}",
                what=f'<Param name="{escaped}" value="{escaped}" unit="{escaped}" ucd="{escaped}"/><Param name="__proto__" value="1"/>'
                     f'<Group name="{escaped}"><Param name="constructor" value="{escaped}"/></Group>',
                how=f"<Description>{escaped}</Description>",
                why=f'<Inference probability="0.5" relation="{escaped}"><Name>{escaped}</Name><Concept>{escaped}</Concept>'
                    "</Inference>",
                citations=f'<EventIVORN cite="followup">{escaped}</EventIVORN>', description=HOSTILE,
            ).replace(b"<Description>", references.encode() + b"<Description>", 1))
            break
        except RuntimeError as refused:
            print(f"page: {refused}")
    check("the hostile event is in the list", page.shows(ivorn))
    page.browser.run("document.querySelector('[role=option]').click()")
    check("its text is shown", page.detail_has(HOSTILE, "javascript:document.title", "__proto__"))
    page.browser.click_on("#detail summary")
    page.browser.wait("return document.querySelector('#detail pre').textContent")
    page.set_filter("text", "onerror")
    wrong = "img, b > b, main script, iframe, object, embed, [onerror], [onclick], [style*=url]"
    inserted = page.browser.run("return document.querySelectorAll(arguments[0]).length", wrong)
    check("no markup of it is in the page", inserted == 0)
    schemes = page.browser.run("return [...document.querySelectorAll('a')].map((a) => a.protocol)")
    check(f"no link of it does more than lead away: {schemes}", set(schemes) <= {"http:", "https:"})
    check("nothing of it ran", page.browser.run("return document.title") == "VOEvents")
    page.set_filter("text", "")
    page.browser.keys(ESCAPE)
    page.console_is_clean("hostile event")


def fits_a_telephone(page):
    browser = page.browser
    browser.size(320, 640, is_telephone=True)
    page.open()
    fits = "return document.documentElement.scrollWidth <= 320 && document.body.scrollWidth <= 320"
    check("a narrow page does not scroll sideways", browser.wait(fits))
    point = browser.run("""const row = document.querySelector('[role=option]');
        row.scrollIntoView();
        const box = row.getBoundingClientRect();
        return { x: box.x + 100, y: box.y + 20 };""")
    browser.devtools("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
    browser.devtools("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    check("a touch opens an event", browser.wait("return document.querySelector('#detail:not([hidden]) dl')"))
    check("neither does an event", browser.wait(fits))
    size = browser.run("const box = document.querySelector('#detail').getBoundingClientRect(); return [box.width, box.height]")
    check(f"which fills the screen: {size}", size == [320, 640])
    browser.click_on("#detail .close")
    browser.size(1440, 900)


def keeps_still(page):
    page.browser.prefer(reduced_motion="reduce")
    page.open()
    page.broker.send(event("ivo://test.author/still#1", position(10, -60, 1)))
    check("the event is shown", page.draws(10, -60))
    check("where motion is unwanted there is a ring", page.draws(10, -60, layer="top"))
    check("and nothing moves", page.browser.run("return document.getAnimations().length") == 0)
    page.browser.prefer()


FRAMES = """const seconds = arguments[0];
return new Promise((done) => {
  let begin, frames = 0;
  const drawings = globalThis.testMap.drawings;
  const step = (now) => {
    begin ??= now;
    ++frames;
    if (now - begin < 1000 * seconds) requestAnimationFrame(step);
    else done([frames / seconds, (globalThis.testMap.drawings - drawings) / seconds]);
  };
  requestAnimationFrame(step);
});"""
REDRAWN = """const begin = performance.now(), before = globalThis.testMap.fullDrawings;
dispatchEvent(new Event('themechange'));
return new Promise((done) => {
  const look = () => globalThis.testMap.fullDrawings > before ? done(performance.now() - begin) : requestAnimationFrame(look);
  look();
});"""


def bears_many(page):
    """10,000 events: how many frames a second while others come, and no more are kept."""
    browser = page.browser
    places = [(number * 137.508 % 360, math.degrees(math.asin(number / 5050 - 1))) for number in range(10100)]
    events = [event(f"ivo://test.author/many{number % 30}#{number}", position(*place, (0.01, 0.5, 4)[number % 3]))
              for number, place in enumerate(places)]
    page.broker.send(*events[:9800])
    begin = time.monotonic()
    page.open()
    check("10,000 events are loaded", browser.wait(COUNT + ".startsWith('9,8')", seconds=60))
    took, redrawn = time.monotonic() - begin, browser.run(REDRAWN)
    print(f"page: {browser.run(COUNT)} loaded and shown in {took:.1f} s; all redrawn in {redrawn:.0f} ms")
    sending = threading.Thread(target=lambda: [page.broker.send(each) for each in events[9800:]])
    sending.start()
    frames, drawings = browser.run(FRAMES, 5)
    sending.join()
    check("the newest is shown", page.shows("ivo://test.author/many19#10099"))
    check("not more than 10,000 are kept", browser.wait(COUNT + " === '10,000 events'"))
    rows = browser.run("return document.querySelectorAll('[role=option]').length")
    check(f"{rows} rows are elements", rows < 60)
    heap = browser.run("return performance.memory.usedJSHeapSize / 1e6")
    where = f"on {os.cpu_count()} processors without a GPU"
    print(f"page: with 10,000 events, while others come, {frames:.0f} frames a second {where}, of which the map uses {drawings:.0f}")
    print(f"page: {heap:.0f} MB of JavaScript's objects")
    browser.keys(END)
    check("the list goes to the oldest", browser.wait(ACTIVE + " !== ''"))
    page.console_is_clean("many events")
