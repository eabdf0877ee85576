"""A browser for tests: Chromium, through chromedriver, which speaks WebDriver (W3C): JSON over HTTP."""

import base64
import json
import os
import re
import subprocess
import time
import urllib.error
import urllib.request

ENTER, ESCAPE, DOWN, UP, HOME, END = "\ue007", "\ue00c", "\ue015", "\ue013", "\ue011", "\ue010"


class Browser:
    """One window, with an empty profile in the given folder."""

    def __init__(self, folder, width=1440, height=900):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self.session = None
        self.address = f"http://127.0.0.1:{self._read_port()}"
        arguments = [
            "--headless=new",
            f"--user-data-dir={folder}",
            f"--window-size={width},{height}",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-dev-shm-usage",
        ]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # it refuses to run as root with it
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        answer = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}}, seconds=60)
        self.session = answer["sessionId"]
        self.size(width, height)

    def _read_port(self):
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                return int(found[1])
        raise RuntimeError("chromedriver did not start")

    def _call(self, method, path, body=None, seconds=30):
        prefix = f"/session/{self.session}" if self.session else ""
        data = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.address + prefix + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def close(self):
        try:
            if self.session:
                self._call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()

    def devtools(self, command, **parameters):
        """A command of the DevTools protocol."""
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width, height, is_telephone=False):
        """Of the page, in pixels of CSS."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height,
                      deviceScaleFactor=2 if is_telephone else 1, mobile=is_telephone)
        self.devtools("Emulation.setTouchEmulationEnabled", enabled=is_telephone)

    def prefer(self, **features):
        """What the page finds in media queries: prefer(color_scheme="dark")."""
        listed = [{"name": "prefers-" + name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.devtools("Emulation.setEmulatedMedia", features=listed)

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """Runs the body of a function in the page, and gives what it returns; a promise is waited for."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)}, seconds=120)

    def wait(self, script, *arguments, seconds=20):
        """Waits until the body of a function returns something true; gives that, or what it returned last."""
        until = time.monotonic() + seconds
        while True:
            value = self.run(script, *arguments)
            if value or time.monotonic() > until:
                return value
            time.sleep(0.02)

    def keys(self, text):
        steps = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": steps}]})

    def click(self, x, y):
        """At a place of the page's view."""
        steps = [
            {"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y), "origin": "viewport"},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self._call("POST", "/actions", {"actions": [pointer]})

    def click_on(self, selector):
        """In the middle of the first element that this selector of CSS finds."""
        box = self.run(
            """const element = document.querySelector(arguments[0]);
            element.scrollIntoView({ block: 'nearest' });
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];""",
            selector,
        )
        self.click(*box)

    def console(self):
        """What the console said since the last call: errors, and refusals of the Content-Security-Policy."""
        said = [entry["message"] for entry in self._call("POST", "/se/log", {"type": "browser"})]
        return [line for line in said if "willReadFrequently" not in line]  # advice to the test, which reads pixels

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._call("GET", "/screenshot")))
