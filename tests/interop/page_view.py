"""The page as a test sees it: what is listed, what is drawn, what is said about an event."""

import sys

from page_broker import mollweide

failures = []


def check(what, passed):
    if not passed:
        failures.append(what)
        print(f"FAILED: {what}", file=sys.stderr)


# Of the page, in JavaScript.
LIVE = "return document.querySelector('#state').dataset.state === 'live'"
ROWS = "return [...document.querySelectorAll('[role=option]')].sort((a, b) => a.ariaPosInSet - b.ariaPosInSet)"
IVORNS = ROWS + ".map((row) => row.querySelector('.ivorn').textContent)"
ACTIVE = "return document.querySelector('[aria-selected=true] .ivorn')?.textContent ?? ''"
DETAIL = "return document.querySelector('#detail').hidden ? '' : document.querySelector('#detail').innerText"
COUNT = "return document.querySelector('#count').textContent"
# Whether a layer of the map has something within so many pixels of a place of the plane, x and y as of mollweide().
DRAWN = """const [layer, x, y, reach] = arguments;
const canvas = document.querySelector(`#map .${layer}`);
const box = canvas.getBoundingClientRect();
const { place } = globalThis.testMap;
const ratio = canvas.width / box.width;
const left = Math.round((place.x + x * place.scale - reach) * ratio);
const top = Math.round((place.y - y * place.scale - reach) * ratio);
const { data } = canvas.getContext('2d').getImageData(left, top, 2 * reach * ratio, 2 * reach * ratio);
return data.some((value, index) => index % 4 === 3 && value > 60);"""
LOST = "return document.querySelector('#state').dataset.state === 'lost'"


class Page:
    def __init__(self, browser, broker):
        self.browser, self.broker = browser, broker

    def open(self, fragment=""):
        self.browser.open("about:blank")
        self.browser.open(self.broker.url + fragment)
        is_live = self.browser.wait(LIVE)
        state = self.browser.run("return document.querySelector('#state').textContent")
        check(f"the page comes up: {state} {[] if is_live else self.browser.console()}", is_live)
        self.browser.run("return import('/app.js').then(({ map }) => { globalThis.testMap = map; globalThis.isSame = true; })")

    def ivorns(self, count):
        """Of the list, when it has so many events; only for few, because rows out of view are not there."""
        self.browser.wait(IVORNS + ".length === arguments[0]", count)
        return self.browser.run(IVORNS)

    def shows(self, ivorn, seconds=20):
        return self.browser.wait(IVORNS + ".includes(arguments[0])", ivorn, seconds=seconds)

    def draws(self, ra, dec, layer="marks", seconds=20):
        reach = 30 if layer == "top" else 4  # a flash is a ring
        return self.browser.wait(DRAWN, layer, *mollweide(ra, dec), reach, seconds=seconds)

    def draws_not(self, ra, dec):
        return self.browser.wait(f"return !(function () {{ {DRAWN} }})(...arguments)", "marks", *mollweide(ra, dec), 4)

    def place(self, ra, dec):
        """In pixels of the window."""
        fits = """const { clientWidth: width, clientHeight: height } = document.querySelector('#map'), { place } = globalThis.testMap;
            return place.x === width / 2 && place.y === height / 2;"""
        check("the map has the size of its frame", self.browser.wait(fits))
        x, y = mollweide(ra, dec)
        return self.browser.run(
            """const box = document.querySelector('#map').getBoundingClientRect();
            const { place } = globalThis.testMap;
            return [box.x + place.x + arguments[0] * place.scale, box.y + place.y - arguments[1] * place.scale];""", x, y)

    def detail_has(self, *texts):
        return all(self.browser.wait(DETAIL + ".includes(arguments[0])", text, seconds=10) for text in texts)

    def set_filter(self, name, value):
        self.browser.run(
            """const field = document.forms.filters.elements[arguments[0]];
            field.value = arguments[1];
            field.dispatchEvent(new Event('input', { bubbles: true }));""", name, value)

    def filtered(self, name, value, ivorns):
        self.set_filter(name, value)
        shown = self.browser.wait(f"return JSON.stringify((() => {{ {IVORNS} }})()) === JSON.stringify(arguments[0])", ivorns)
        check(f"the filter {name}={value} shows {len(ivorns)} event(s)", shown)
        self.set_filter(name, "")

    def console_is_clean(self, what):
        said = self.browser.console()
        check(f"{what}: the console says nothing, and not {said}", not said)
