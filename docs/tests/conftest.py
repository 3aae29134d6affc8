"""A browser, and a server for the built site, whose folder is named by NATO_NLP_SITE."""

import os
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        """Print nothing."""


@pytest.fixture(scope="session")
def site():
    folder = os.environ.get("NATO_NLP_SITE")
    if not folder:
        pytest.skip("NATO_NLP_SITE is not set: there is no built site to look at")
    return Path(folder)


@pytest.fixture(scope="session")
def address(site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = os.environ.get("NATO_NLP_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        pytest.skip(f"none of {', '.join(CHROMIUMS)} is there: no browser looks at the site")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield found
        found.close()


class Visit:
    """A page with whatever went wrong on it."""

    def __init__(self, page, address):
        self.page = page
        self.address = address
        self.faults = []
        self.finished = []
        page.on("console", lambda message: message.type == "error" and self.faults.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on(
            "response", lambda answer: answer.status >= 400 and self.faults.append(f"{answer.status}: {answer.url}")
        )
        page.on("requestfinished", self._finish)

    def _request(self, request):
        if urlsplit(request.url).scheme in ("http", "https") and not request.url.startswith(self.address):
            self.faults.append(f"asked elsewhere: {request.url}")

    def _failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # the icon, when the next page is asked for meanwhile
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _finish(self, request):
        self.finished.append(request)

    def bytes_loaded(self):
        sizes = [request.sizes() for request in self.finished]
        return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)

    def go(self, name):
        self.faults.clear()
        self.finished.clear()
        self.page.goto(f"{self.address}/{name}")  # with all that it loads
        return self.page


@pytest.fixture
def visit(browser, address):
    """Open a page: ``visit(width, mode)``."""
    contexts = []

    def opened(width=1440, mode="light"):
        height = 844 if width < 800 else 900
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=mode, has_touch=width < 800, locale="en-GB"
        )
        contexts.append(context)
        return Visit(context.new_page(), address)

    yield opened
    for context in contexts:
        context.close()
