"""A real headless Chromium over the explorer, which reaches this machine alone; what it complains about fails a test.

The browser is the system's (``apt-get install chromium``), or the one that ``INTEREST_GRAPH_CHROMIUM`` names.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.explorer_days import StrangeDays
from workflows.explorer.explorer_app import make_app
from workflows.explorer.serving import listening_socket

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_HOW_TO_GET_ONE = "no Chromium is found: apt-get install chromium, or name one by INTEREST_GRAPH_CHROMIUM"
_OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
_LONGEST_MS = 120_000
_READY = """() => !document.querySelector('[aria-busy], figure.chart:not([data-drawn])')
    && ![...document.querySelectorAll('[data-load]')].some((place) => place.querySelector(':scope > p.quiet'))"""


@dataclass
class Watched:
    """A page, and what went wrong on it."""

    page: Page
    base: str
    wrong: list[str] = field(default_factory=list)
    allowed: set[int] = field(default_factory=lambda: {200, 304})

    def go(self, path: str) -> None:
        """Open an address of the explorer, and wait until its parts and charts are there."""
        self.page.goto(f"{self.base}{path}", wait_until="domcontentloaded", timeout=_LONGEST_MS)
        self.wait()

    def wait(self) -> None:
        """Wait until the parts and charts of the page are there."""
        ends = time.monotonic() + _LONGEST_MS / 1_000
        while not self.page.evaluate(_READY):  # wait_for_function evaluates a text, which our policy forbids
            assert time.monotonic() < ends, f"{self.page.url} isn't ready"
            self.page.wait_for_timeout(50)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "status of 404" not in message.text:
            self.wrong.append(f"console: {message.text}")

    def on_request(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.wrong.append(f"asks another host: {request.url}")

    def on_response(self, response: Response) -> None:
        is_lost_picture = response.status == HTTPStatus.NOT_FOUND and "/pictures/" in response.url  # the page says so
        is_answered = response.status in self.allowed or response.url.startswith("file:")  # a file has no status
        if not (is_answered or is_lost_picture):
            self.wrong.append(f"{response.status} {response.url}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for the tests of a file: its event loop runs in this thread meanwhile, where others have loops, too."""
    path = os.environ.get("INTEREST_GRAPH_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip(_HOW_TO_GET_ONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", _OFFLINE])
        yield browser
        browser.close()


@contextmanager
def served(output: Path, input_root: str = "") -> Iterator[str]:
    listener = listening_socket("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(make_app(output, input_root), log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)
    listener.close()


@pytest.fixture(scope="session")
def explorer_url(strange_days: StrangeDays) -> Iterator[str]:
    with served(strange_days.output, str(strange_days.input)) as url:
        yield url


@contextmanager
def watched_page(browser: Browser, url: str, *, width: int = 1280, scheme: str = "light") -> Iterator[Watched]:
    """Open a page; its test fails on requests to other hosts, errors of console or page, and statuses of errors."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(_LONGEST_MS)
    watched = Watched(page, url)
    page.on("console", watched.on_console)
    page.on("pageerror", lambda error: watched.wrong.append(f"page: {error}"))
    page.on("request", watched.on_request)
    page.on("response", watched.on_response)
    yield watched
    context.close()
    assert watched.wrong == []


@pytest.fixture
def watched(chromium: Browser, explorer_url: str) -> Iterator[Watched]:
    with watched_page(chromium, explorer_url) as page:
        yield page


@pytest.fixture(scope="session")
def axe_script() -> str:
    """Return the script of axe-core, which `.ci/run` fetches from npm into a folder of its own."""
    folder = Path(os.environ.get("INTEREST_GRAPH_AXE", Path.home() / ".cache" / "interest-graph-tests" / "axe"))
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip(f"axe-core is not there: npm install --prefix {folder} axe-core")
    return script.read_text(encoding="utf-8")
