"""Tests the page of a broker in a real browser. usage: page.py FOLDER"""

import os
import sys
import time

from browser import DOWN, END, ENTER, ESCAPE, HOME, Browser
from page_broker import Broker, event, position
from page_trouble import bears_many, fades, fits_a_telephone, keeps_still, loads_while_events_come, restarts, stays_text
from page_view import ACTIVE, COUNT, IVORNS, Page, check, failures


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


SKY = """return Promise.all([import('/bodies.js'), import('/sky.js'), import('/projection.js'),
    import('/events.js')]).then(([bodies, sky, projection, events]) => {
  const placed = (position_unit, units) => JSON.stringify(events.positionOf({ ra: 1, dec: 1, position_unit, position: { units } }));
  const away = (a, b) => sky.distance(a[0], a[1], b[0], b[1]);
  const outline = projection.circle(10, 89, 5).flatMap((line) => [...line]);
  const worst = Math.max(...outline.map((x, index) => index % 2 ? 0 : Math.abs(5 - away(
    projection.unproject(x * 0.99999, outline[index + 1] * 0.99999), [10, 89]))));
  return [away(bodies.sun(new Date('1992-10-13T00:00:00Z')), [198.472, -7.821]),
    away(bodies.moon(new Date('1992-04-12T00:00:00Z')), [134.794, 13.738]),
    away(sky.toGalactic(83.633083, 22.014500), [184.5575, -5.7843]), away(sky.fromGalactic(0, 0), [266.40499, -28.93617]),
    worst, sky.raText(83.633083), sky.decText(-0.5), sky.raText(359.9999999), sky.angleText(0.01),
    sky.angleText(0.99999), sky.angleText(59.99 / 3600),
    placed('deg deg Mpc'), placed('h deg'), placed('deg', ['rad', 'rad']), placed('deg', ['rad', null])];
});"""


def computes(page):
    """Against Meeus' examples 25.a and 47.a, precessed to J2000, the Crab nebula, and the galactic centre by definition."""
    sun, moon, crab, centre, circle, *texts = page.browser.run(SKY)
    check(f"the Sun is within 0.02 degrees: {sun}", sun < 0.02)
    check(f"the Moon is within 0.1 degrees: {moon}", moon < 0.1)
    check(f"galactic coordinates: {crab}, {centre}", crab < 0.001 and centre < 0.001)
    check(f"a circle around a place near the pole has its radius everywhere: {circle}", circle < 0.01)
    check(f"texts: {texts}", texts == ["05h 34m 31.94s", "−00° 30′ 00.0″", "00h 00m 00.00s", "36″", "1°", "1′",
          '{"ra":1,"dec":1,"error":0}', None, '{"ra":57.29577951308232,"dec":57.29577951308232,"error":0}', None])


PARTS = """return import('/parts.js').then((parts) => ['summaryPart', 'timePart', 'positionPart', 'inferencePart', 'otherPart'].map(
  (part) => parts[part](arguments[0])?.textContent ?? '').join(' '));"""


def shows_rarer_things(page):
    """What the other events of this test do not have."""
    said = page.browser.run(PARTS, {
        "digest": "00", "signature": "good", "signed_by": "ABCD1234",
        "time": {"start": "2024-01-01T00:00:00", "offset": 2, "unit": "s"},
        "position": {"dimensions": 3, "names": ["l", None, "r"], "values": [12.5, -3, None], "errors": [0.1, None, None],
                     "units": ["deg", "deg", "kpc"]},
        "inferences": [{"name": ["A", "B"], "probability": 0.25, "relation": "associated"}], "later": {"key": 1},
    })
    for text in ("good, by ABCD1234", "2024-01-01 00:00:00", "offset2 s", "l12.5 ± 0.1 deg", "coordinate 2-3 deg", "r? kpc",
                 "A, B probability 0.25, associated", 'later{"key":1}'):
        check(f"{text!r} is shown, and not: {said}", text in said)


def opens(page):
    """A click on the list or on the map shows everything about the event."""
    browser = page.browser
    with open(os.path.join(os.path.dirname(__file__), "../data/example.xml"), "rb") as file:
        example = file.read()
    cited = "ivo://test.author/alpha#one"
    citation = f'<EventIVORN cite="followup">{cited}</EventIVORN>'
    page.broker.send(example, event("ivo://test.author/gamma#citing", citations=citation))
    check("the example is in the list", page.shows("ivo://example.org/demo#1"))
    browser.click_on("[role=option][title='ivo://example.org/demo#1']")
    check("the list opens an event", page.detail_has(
        "ivo://example.org/demo#1", "brightness.magnitude", "17.3", "mag", "phot.mag;em.opt.V", "What an event looks like",
        "An example", "probability 0.1", "stars.variable", "identified", "83.63310°, +22.01450°", "05h 34m 31.94s, +22° 00′ 52.2″",
        "36″", "184.5", "UTC-FK5-GEO", "2024-03-05 06:05:04.3", "2024-03-06 06:07:08", "not checked",
        "http://www.example.org/telescope.html",
    ))
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
    check("a citation leads to the event", page.detail_has("CITED BY", "ivo://test.author/gamma#citing"))
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
    check("or do not", page.browser.run(COUNT) == "2 of 10 events")
    check("and are not listed", "ivo://test.author/beta#hidden" not in page.browser.run(IVORNS))
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
    named = """const id = document.activeElement.getAttribute('aria-activedescendant');
        return document.getElementById(id)?.title === arguments[0];"""
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
    theme = "return document.documentElement.dataset.theme"
    before = browser.run(theme)
    browser.keys("t")
    after = browser.run(theme)
    page.open()
    check("t changes the theme", {before, after} == {"dark", "light"})
    check("it stays", browser.run(theme) == after)
    browser.keys("t")


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
