"""The demo page in a real browser."""

import os
from pathlib import Path

import pytest

PAGE = "demo.html"
LARGEST = 3_000_000  # bytes over the wire, without the server's compression
PASTED = "Lima and Quito agreed to meet.\nThe talks collapsed and Lima expelled the envoy.\n\n© 2001 Wire"
MODES = [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]


def opened(visit, width=1440, mode="light"):
    one = visit(width, mode)
    page = one.go(PAGE)
    page.wait_for_function("document.getElementById('demo-status').textContent.startsWith('Ready')")
    return one, page


def tagged(page, text):
    page.fill("#demo-text", text)
    page.click("#demo-form button[type=submit]")
    page.wait_for_function("/^\\d+ sentence/.test(document.getElementById('demo-status').textContent)")


def labels(page):
    lines = page.locator("#demo-lines > li")
    return [lines.nth(k).locator(".labels").inner_text().split("\n") for k in range(lines.count())]


def test_it_loads_within_its_bound_and_without_faults(visit):
    one, page = opened(visit)
    assert one.faults == []
    assert 1_000_000 < one.bytes_loaded() < LARGEST
    assert page.locator("#demo-results").is_hidden()


def test_it_tags_the_sample(visit):
    one, page = opened(visit)
    page.click("#demo-sample")
    page.wait_for_function("/^\\d+ sentences: /.test(document.getElementById('demo-status').textContent)")
    assert page.locator("#demo-status").inner_text().endswith("site furniture.")
    lines = page.locator("#demo-lines > li")
    assert lines.count() > 10
    first = page.locator("li", has_text="air defence crews")
    assert first.locator(".stance").inner_text().startswith("▲ cooperation ")
    assert page.locator("li.furniture", has_text="Reporting by Ingrid Solheim").count() == 1
    assert one.faults == []


def test_it_tags_a_text_without_the_network(visit):
    one, page = opened(visit)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.context.set_offline(True)
    tagged(page, PASTED)
    assert page.locator("#demo-status").inner_text() == "3 sentences: 1 cooperation, 1 dispute, 1 site furniture."
    found = labels(page)
    assert found[0][0].startswith("▲ cooperation 0.")
    assert found[0][1].startswith("verbal cooperation 0.")
    assert found[1][0].startswith("▼ dispute 0.")
    assert found[2] == ["site furniture"]
    assert page.locator("#demo-lines > li").nth(1).locator("mark.for3").first.inner_text().startswith("collapsed")
    assert asked == []
    assert one.faults == []


def test_pasting_tags_at_once_and_a_text_is_never_html(visit):
    one, page = opened(visit)
    page.evaluate(
        "() => { const field = document.getElementById('demo-text'); field.value = '<img src=x onerror=alert(1)> met Peru.';"
        " field.dispatchEvent(new ClipboardEvent('paste')); }"
    )
    page.wait_for_function("document.getElementById('demo-status').textContent.startsWith('1 sentence')")
    assert page.locator("#demo-lines img").count() == 0
    assert "<img src=x" in page.locator("#demo-lines .text").inner_text()
    assert one.faults == []


def test_the_keyboard_shows_the_evidence_of_each_tag(visit):
    one, page = opened(visit)
    tagged(page, PASTED)
    page.focus("#demo-clear")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.label") == "cooperation"
    panel = page.locator("#demo-evidence")
    assert panel.locator("h3").inner_text().startswith("Why cooperation rather than")
    assert "“agreed" in panel.locator("[aria-live=polite]").text_content()
    cells = panel.locator("td.number").all_inner_texts()
    numbers = [float(cell.replace("−", "-")) for cell in cells]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.01 * len(numbers))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.label") == "verbal_cooperation"
    assert panel.locator("h3").inner_text().startswith("Why verbal cooperation")
    pressed = page.locator("#demo-lines [aria-pressed=true]")
    assert pressed.count() == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.label") == "americas"
    page.keyboard.press("Tab")
    assert panel.locator("h3").inner_text().startswith("Why dispute")
    assert one.faults == []


def test_the_mouse_shows_the_evidence_of_a_line(visit):
    one, page = opened(visit)
    tagged(page, PASTED)
    panel = page.locator("#demo-evidence")
    page.locator("#demo-lines > li").nth(1).locator(".text").hover()
    assert panel.locator("h3").inner_text().startswith("Why dispute")
    page.locator("#demo-lines > li").nth(0).locator("[data-label=americas]").hover()
    assert panel.locator("h3").inner_text() == "Why americas?"
    assert one.faults == []


def test_on_a_phone_a_tap_shows_the_evidence_below_its_line(visit):
    one, page = opened(visit, 390)
    tagged(page, PASTED)
    page.locator("#demo-lines > li").nth(1).locator(".stance").tap()
    assert page.locator("#demo-lines > li").nth(1).locator("#demo-evidence h3").inner_text().startswith("Why dispute")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390
    assert one.faults == []


def test_empty_and_long_texts(visit):
    one, page = opened(visit)
    page.click("#demo-form button[type=submit]")
    page.wait_for_function("document.getElementById('demo-status').textContent === 'There is no sentence to tag.'")
    tagged(page, "Peru condemned Chile over the closed border and recalled its ambassador. " * 500)
    assert page.locator("#demo-lines > li").count() == 500
    page.click("#demo-clear")
    page.wait_for_function("document.getElementById('demo-status').textContent === 'Ready.'")
    assert page.locator("#demo-lines > li").count() == 0
    assert page.locator("#demo-results").is_hidden()
    assert one.faults == []


def test_a_model_that_is_not_there_is_said(visit):
    one = visit()
    one.page.route("**/model.gz", lambda route: route.fulfill(status=404))
    one.page.goto(f"{one.address}/{PAGE}")
    one.page.wait_for_function("document.getElementById('demo-status').textContent.includes('could not be loaded')")


@pytest.mark.parametrize(("width", "mode"), MODES)
def test_it_looks_right(visit, width, mode):
    one, page = opened(visit, width, mode)
    page.click("#demo-sample")
    page.wait_for_function("/^\\d+ sentences: /.test(document.getElementById('demo-status').textContent)")
    page.locator("#demo-lines .stance").nth(2).focus()
    assert page.evaluate("document.documentElement.dataset.theme") == mode
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    folder = os.environ.get("NATO_NLP_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"demo-{width}-{mode}.png")
    assert one.faults == []
