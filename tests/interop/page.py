"""Tests the page of a broker in a real browser. usage: page.py FOLDER"""

import math
import os
import sys
import threading
import time

from browser import DOWN, END, ENTER, ESCAPE, HOME, Browser
from page_broker import Broker, event, mollweide, position
from page_view import ACTIVE, COUNT, IVORNS, LIVE, ROWS, Page, check, failures


def comes_live(page):
    """An event appears on map and list within a second without a reload."""
    check("there is no event", page.browser.run(COUNT) == "0 events")
    ivorn = "ivo://test.author/alpha#one"
    page.broker.send(event(ivorn, position(83.6331, 22.0145, 0.01), role="observation"))
    begin = time.monotonic()
    check("a new event is in the list", page.shows(ivorn, seconds=5))
    check("a new event is on the map", page.draws(83.6331, 22.0145, seconds=5))
    took = time.monotonic() - begin
    check(f"a new event is shown within a second, and not after {took:.2f} s", took < 1)
    check("a new event flashes", page.draws(83.6331, 22.0145, layer="top", seconds=5))
    check("the page was not loaded again", page.browser.run("return globalThis.isSame"))
    announced = page.browser.run("return document.querySelector('[aria-live]').textContent")
    check(f"a screen reader is told: {announced}", announced == "new event, observation, test.author/alpha#one")
    print(f"page: from the acknowledgement of an event until it is on list and map: {took:.3f} s at most")


def shows_places(page):
    """Positions are where they should be, and circles are true ones, also over a pole and over the map's edge."""
    places = {"north": (40, 85, 10), "edge": (181, -30, 12), "south": (300, -88, 1)}
    page.broker.send(*(event(f"ivo://test.author/beta#{name}", position(*place)) for name, place in places.items()))
    page.broker.send(event("ivo://test.author/beta#radians", position(1.0, -0.5, 0.001, unit="rad"), role="utility"))
    page.broker.send(event("ivo://test.author/beta#nowhere"))
    for name, place in places.items():
        check(f"the event {name} is drawn", page.draws(*place[:2]))
    check("radians are converted", page.draws(57.29578, -28.64789))
    # North of the pole's other side, and across the edge.
    check("a circle goes over the pole", page.draws(220, 85) and page.draws(40, 75))
    check("a circle goes over the edge of the map", page.draws(181, -42) and page.draws(168, -30) and page.draws(194.5, -30))
    check("what has no position is in the list only", page.shows("ivo://test.author/beta#nowhere"))
    caption = page.browser.run("return document.querySelector('#caption').textContent")
    check(f"it is counted: {caption}", "1 without a position" in caption)


SKY = """return Promise.all([import('/bodies.js'), import('/sky.js'), import('/projection.js')]).then(([bodies, sky, projection]) => {
  const away = (a, b) => sky.distance(a[0], a[1], b[0], b[1]);
  const outline = projection.circle(10, 89, 5).flatMap((line) => [...line]);
  const worst = Math.max(...outline.map((x, index) => index % 2 ? 0 : Math.abs(5 - away(
    projection.unproject(x * 0.99999, outline[index + 1] * 0.99999), [10, 89]))));
  return [away(bodies.sun(new Date('1992-10-13T00:00:00Z')), [198.472, -7.821]),
    away(bodies.moon(new Date('1992-04-12T00:00:00Z')), [134.794, 13.738]),
    away(sky.toGalactic(83.633083, 22.014500), [184.5575, -5.7843]), away(sky.fromGalactic(0, 0), [266.40499, -28.93617]),
    worst, sky.raText(83.633083), sky.decText(-0.5), sky.raText(359.9999999), sky.angleText(0.01)];
});"""


def computes(page):
    """Against Meeus' examples 25.a and 47.a, precessed to J2000, the Crab nebula, and the galactic centre by definition."""
    sun, moon, crab, centre, circle, *texts = page.browser.run(SKY)
    check(f"the Sun is within 0.02 degrees: {sun}", sun < 0.02)
    check(f"the Moon is within 0.1 degrees: {moon}", moon < 0.1)
    check(f"galactic coordinates: {crab}, {centre}", crab < 0.001 and centre < 0.001)
    check(f"a circle around a place near the pole has its radius everywhere: {circle}", circle < 0.01)
    check(f"texts: {texts}", texts == ["05h 34m 31.94s", "−00° 30′ 00.0″", "00h 00m 00.00s", "36″"])


PARTS = """return import('/parts.js').then((parts) => ['summaryPart', 'timePart', 'positionPart', 'inferencePart', 'otherPart'].map(
  (part) => parts[part](arguments[0])?.textContent ?? '').join(' '));"""


def shows_rarer_things(page):
    """What the other events of this test do not have."""
    said = page.browser.run(PARTS, {
        "digest": "00", "signature": "good", "signed_by": "ABCD1234", "time": {"start": "2024-01-01T00:00:00", "offset": 2, "unit": "s"},
        "position": {"dimensions": 3, "names": ["l", None, "r"], "values": [12.5, -3, None], "errors": [0.1, None, None], "units": ["deg", "deg", "kpc"]},
        "inferences": [{"name": ["A", "B"], "probability": 0.25, "relation": "associated"}], "later": {"key": 1},
    })  # fmt: skip
    for text in ("good, by ABCD1234", "2024-01-01 00:00:00", "offset2 s", "l12.5 ± 0.1 deg", "coordinate 2-3 deg", "r? kpc",
                 "A, B probability 0.25, associated", 'later{"key":1}'):  # fmt: skip
        check(f"{text!r} is shown, and not: {said}", text in said)


def opens(page):
    """A click on the list or on the map shows everything about the event."""
    browser = page.browser
    with open(os.path.join(os.path.dirname(__file__), "../data/example.xml"), "rb") as file:
        example = file.read()
    cited = "ivo://test.author/alpha#one"
    page.broker.send(example, event("ivo://test.author/gamma#citing", citations=f'<EventIVORN cite="followup">{cited}</EventIVORN>'))
    check("the example is in the list", page.shows("ivo://example.org/demo#1"))
    browser.click_on("[role=option][title='ivo://example.org/demo#1']")
    check("the list opens an event", page.detail_has(
        "ivo://example.org/demo#1", "brightness.magnitude", "17.3", "mag", "phot.mag;em.opt.V", "What an event looks like",
        "An example", "probability 0.1", "stars.variable", "identified", "83.63310°, +22.01450°", "05h 34m 31.94s, +22° 00′ 52.2″",
        "36″", "184.5", "UTC-FK5-GEO", "2024-03-05 06:05:04.3", "2024-03-06 06:07:08", "not checked", "http://www.example.org/telescope.html",
    ))  # fmt: skip
    links = browser.run("return [...document.querySelectorAll('#detail a[target]')].map((a) => [a.textContent, a.href, a.rel])")
    targets = {text: href for text, href, rel in links}
    check("links lead to Simbad", "Coord=83.633100+%2B22.014500" in targets.get("Simbad", ""))
    check("links lead to Aladin Lite", "target=83.633100+%2B22.014500" in targets.get("Aladin Lite", ""))
    check("links lead to GCN", "gcn.nasa.gov/circulars?startDate=2024-03-05" in targets.get("GCN circulars of that week", ""))
    check("links to other places tell them nothing", links and all(rel == "noopener noreferrer" for _, _, rel in links))
    browser.click_on("#detail summary")
    xml = browser.wait("return document.querySelector('#detail pre').textContent")
    check("the XML is shown as it is", xml.encode() == example)

    browser.click_on("[role=option][title='ivo://test.author/gamma#citing']")
    check("what is cited is listed", page.detail_has("followup", cited))
    browser.click_on("#detail li a")
    check("a citation leads to the event, and it is cited by the other", page.detail_has("CITED BY", "ivo://test.author/gamma#citing"))
    check("the event is the active one", browser.wait(ACTIVE + f" === '{cited}'"))
    browser.click_on("#detail li a")
    check("the way back", page.detail_has("followup") and browser.wait(ACTIVE + " === 'ivo://test.author/gamma#citing'"))
    browser.click_on("#detail .close")
    check("it closes", browser.wait("return document.querySelector('#detail').hidden"))

    browser.click(*page.place(57.29578, -28.64789))
    check("the map opens an event", page.detail_has("ivo://test.author/beta#radians", "57.29578°"))
    check("it is active in the list", browser.wait(ACTIVE + " === 'ivo://test.author/beta#radians'"))
    digest = browser.run("return location.hash")
    page.open(digest)
    check("its address opens it again", page.detail_has("ivo://test.author/beta#radians"))
    browser.keys(ESCAPE)
    check("Escape closes it", browser.wait("return document.querySelector('#detail').hidden"))


def filters(page):
    every = page.ivorns(8)
    of = lambda *parts: [ivorn for ivorn in every if any(part in ivorn for part in parts)]
    check("all are listed once", len(every) == len(set(every)) == 8)
    page.filtered("role", "observation", of("alpha#one"))
    page.filtered("role", "utility", of("radians"))
    page.filtered("role", "prediction", [])
    page.filtered("stream", "ivo://test.author/beta", of("beta"))
    page.filtered("text", "GAMMA", of("gamma"))
    page.filtered("text", "stars.variable demo", of("demo#1"))
    page.filtered("time", "10m", every)
    page.set_filter("since", "2001-01-01T00:00")
    page.set_filter("until", "2001-02-01T00:00")
    page.filtered("time", "between", [])
    page.set_filter("until", "2999-02-01T00:00")
    page.filtered("time", "between", every)
    page.set_filter("role", "observation")
    check("a filter is for the map, too", page.draws_not(57.29578, -28.64789) and page.draws(83.6331, 22.0145))
    check("both counts are shown", page.browser.run(COUNT) == "1 of 8 events")
    page.broker.send(event("ivo://test.author/beta#hidden"), event("ivo://test.author/beta#shown", role="observation"))
    check("new events pass the filter", page.shows("ivo://test.author/beta#shown"))
    check("or do not", page.browser.run(COUNT) == "2 of 10 events" and "ivo://test.author/beta#hidden" not in page.browser.run(IVORNS))
    page.browser.run("document.querySelector('#filters [type=reset]').click()")
    check("they are cleared", page.browser.wait(COUNT + " === '10 events'"))
    page.open("?role=utility")
    check("the address has the filters", page.browser.wait(COUNT + " === '1 of 10 events'"))
    page.open()
    page.browser.wait("return document.querySelectorAll('#legend button').length === 5")
    page.browser.click_on("#legend button[data-stream='ivo://test.author/gamma']")
    check("a click on the legend filters", page.browser.wait(COUNT + " === '1 of 10 events'"))
    page.browser.click_on("#legend button[data-stream='ivo://test.author/gamma']")
    check("and again shows all", page.browser.wait(COUNT + " === '10 events'"))


def keyboard(page):
    browser = page.browser
    page.open()
    check("events are loaded", browser.wait(COUNT + " === '10 events'"))
    order = page.ivorns(10)
    for keys, row in (("j", 0), ("j", 1), (DOWN, 2), ("k", 1), (END, 9), (HOME, 0), ("j", 1)):
        browser.keys(keys)
        check(f"the key {keys!r} goes to row {row}", browser.wait(ACTIVE + " === arguments[0]", order[row]))
    focus = "return document.activeElement.id || document.activeElement.name"
    check("the list has the focus", browser.run(focus) == "list")
    named = "return document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.title === arguments[0]"
    check("and names the row", browser.wait(named, order[1]))
    check("the focus is seen", browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid")
    browser.keys(ENTER)
    check("Enter opens the event", page.detail_has(order[1]))
    browser.keys("j")
    check("the next one follows", page.detail_has(order[2]))
    browser.keys(ESCAPE)
    check("Escape closes it", browser.wait("return document.querySelector('#detail').hidden"))
    browser.keys("/")
    browser.keys("gamma")
    check("/ goes to the filter", browser.run(focus) == "text" and browser.wait(COUNT + " === '1 of 10 events'"))
    browser.keys(ESCAPE)
    check("Escape goes back to the list", browser.run(focus) == "list")
    page.set_filter("text", "")
    browser.keys("?")
    check("? shows the keys", browser.wait("return document.querySelector('#keys').open"))
    browser.keys(ESCAPE)
    check("Escape hides them", browser.wait("return !document.querySelector('#keys').open"))
    before = browser.run("return document.documentElement.dataset.theme")
    browser.keys("t")
    after = browser.run("return document.documentElement.dataset.theme")
    page.open()
    check("t changes the theme, which stays", {before, after} == {"dark", "light"} and browser.run("return document.documentElement.dataset.theme") == after)
    browser.keys("t")


def restarts(page):
    """Nothing is missed while the broker is away, and nothing comes twice."""
    browser = page.browser
    before = page.ivorns(10)
    page.broker.stop()
    check("the page says that the connection is lost", browser.wait("return document.querySelector('#state').dataset.state === 'lost'"))
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
    check("the connection is lost again", browser.wait("return document.querySelector('#state').dataset.state === 'lost'"))
    page.broker.start()
    names.append("ivo://test.author/delta#first")
    page.broker.send(event(names[-1]))
    check("the first event after a restart is not missed", page.shows(names[-1], seconds=60))
    page.broker.send(event("ivo://test.author/delta#second"))
    names.append("ivo://test.author/delta#second")
    check("nor the next", page.shows(names[-1]))

    # A log that does not know the page's last event.
    page.broker.stop()
    browser.wait("return document.querySelector('#state').dataset.state === 'lost'")
    for name in os.listdir(page.broker.folder):
        if name.startswith("events.db"):
            os.remove(os.path.join(page.broker.folder, name))
    page.broker.start()
    page.broker.send(event("ivo://test.author/delta#other"))
    check("after a gap the history is loaded", page.shows("ivo://test.author/delta#other", seconds=60))
    check("and live events come again", browser.wait(LIVE))
    page.broker.send(event("ivo://test.author/delta#last"))
    check("and are shown", page.shows("ivo://test.author/delta#last"))
    check("each once", sorted(page.ivorns(19)) == sorted([*before, *names, "ivo://test.author/delta#other", "ivo://test.author/delta#last"]))
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
    check("the list has their ages", page.browser.run(ROWS + ".map((row) => row.querySelector('.age').textContent)")[1:] == ["20 h", "40 h"])


def stays_text(page):
    """Markup in every field is shown as text, and nothing of it runs or becomes a link."""
    escaped = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    references = "".join(f'<Reference uri="{uri}"/>' for uri in (
        "javascript:document.title='owned'", "data:text/html,%3Cscript%3E", "vbscript:x", " java&#x73;cript:alert(1)", escaped,
        "http://www.example.org/&quot;onclick=&quot;x", "//example.org/x", "ftp://example.org/y"))  # fmt: skip
    ivorns = [f"ivo://test.author/{HOSTILE.replace(' ', '')}#x'\"><b>", "ivo://test.author/plain#hostile"]
    for ivorn in ivorns:
        try:
            page.broker.send(event(
                ivorn, position(200, 40, 3).replace("RA", escaped), author=f"ivo://test.author/{HOSTILE}",
                what=f'<Param name="{escaped}" value="{escaped}" unit="{escaped}" ucd="{escaped}"/><Param name="__proto__" value="1"/>'
                     f'<Group name="{escaped}"><Param name="constructor" value="{escaped}"/></Group>',
                how=f"<Description>{escaped}</Description>",
                why=f'<Inference probability="0.5" relation="{escaped}"><Name>{escaped}</Name><Concept>{escaped}</Concept></Inference>',
                citations=f'<EventIVORN cite="followup">{escaped}</EventIVORN>', description=HOSTILE,
            ).replace(b"<Description>", references.encode() + b"<Description>", 1))  # fmt: skip
            break
        except RuntimeError as refused:
            print(f"page: {refused}")
    check("the hostile event is in the list", page.shows(ivorn))
    page.browser.run("document.querySelector('[role=option]').click()")
    check("its text is shown", page.detail_has(HOSTILE, "javascript:document.title", "__proto__"))
    page.browser.click_on("#detail summary")
    page.browser.wait("return document.querySelector('#detail pre').textContent")
    page.set_filter("text", "onerror")
    inserted = page.browser.run("return document.querySelectorAll('img, b > b, main script, iframe, object, embed, [onerror], [onclick], [style*=url]').length")
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
    box = browser.run("const row = document.querySelector('[role=option]'); row.scrollIntoView(); const box = row.getBoundingClientRect(); return [box.x + 100, box.y + 20]")
    point = {"x": box[0], "y": box[1]}
    browser.devtools("Input.dispatchTouchEvent", type="touchStart", touchPoints=[point])
    browser.devtools("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
    check("a touch opens an event", browser.wait("return !document.querySelector('#detail').hidden && document.querySelector('#detail dl')"))
    check("neither does an event", browser.wait(fits))
    check("which fills the screen", browser.run("const box = document.querySelector('#detail').getBoundingClientRect(); return box.width === 320 && box.height === 640"))
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
  const step = (now) => {
    begin ??= now;
    ++frames;
    if (now - begin < 1000 * seconds) requestAnimationFrame(step);
    else done(frames / seconds);
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
              for number, place in enumerate(places)]  # fmt: skip
    page.broker.send(*events[:9800])
    begin = time.monotonic()
    page.open()
    check("10,000 events are loaded", browser.wait(COUNT + ".startsWith('9,8')", seconds=60))
    print(f"page: {browser.run(COUNT)} loaded and shown in {time.monotonic() - begin:.1f} s; all redrawn in {browser.run(REDRAWN):.0f} ms")
    sending = threading.Thread(target=lambda: [page.broker.send(each) for each in events[9800:]])
    sending.start()
    frames = browser.run(FRAMES, 5)
    sending.join()
    check("the newest is shown", page.shows("ivo://test.author/many19#10099"))
    check("not more than 10,000 are kept", browser.wait(COUNT + " === '10,000 events'"))
    rows = browser.run("return document.querySelectorAll('[role=option]').length")
    check(f"{rows} rows are elements", rows < 60)
    heap = browser.run("return performance.memory.usedJSHeapSize / 1e6")
    print(f"page: {frames:.0f} frames a second on {os.cpu_count()} processors without a GPU, with 10,000 events, while others come; {heap:.0f} MB")
    browser.keys(END)
    check("the list goes to the oldest", browser.wait(ACTIVE + " !== ''"))
    page.console_is_clean("many events")


def main():
    folder = sys.argv[1]
    broker = Broker(os.path.join(folder, "broker"), "--subscribe=127.0.0.1:1")  # where nobody is
    browser = None
    try:
        broker.start()
        browser = Browser(os.path.join(folder, "profile"))
        page = Page(browser, broker)
        page.open()
        told = "return document.querySelector('#state .bad')?.textContent === '0 of 1 upstreams connected'"
        check("the state of upstreams is told", browser.wait(told))
        for test in (comes_live, shows_places, computes, shows_rarer_things, opens, filters, keyboard):
            test(page)
        page.console_is_clean("all of this")
        for test in (restarts, loads_while_events_come, fades, stays_text, fits_a_telephone, keeps_still, bears_many):
            test(page)
    finally:
        if browser:
            browser.close()
        broker.stop()
    sys.exit(1 if failures else 0)


main()
