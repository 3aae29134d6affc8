"""Every page of the site in a real browser: no faults, a title, a description, room on a phone, nothing serious to axe."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest

LARGEST = 1_500_000  # bytes of a page
NAMES = ("load_tagger", "Tagger", "NgramTfidf", "split_sentences", "macro_f1")
# what axe looks at in both modes and widths: a page of each kind; the others are looked at once
KINDS = (
    "index.html",
    "demo.html",
    "auto_tutorials/index.html",
    "auto_tutorials/tutorial_0_quick_start.html",
    "auto_gallery/plot_evidence.html",
    "reference/codebook.html",
    "_generated/cli.html",
    "_generated/api/nato_nlp.class-Tagger.html",
    "results/index.html",
    "search.html",
)
WRONG_ON_PAGE = """() => {
    const found = [];
    if (!document.title.trim()) found.push("no title");
    const told = document.querySelector("meta[name=description]");
    if (!told || !told.content.trim()) found.push("no description");
    if (document.querySelectorAll("h1").length !== 1) found.push("not one h1");
    for (const image of document.images) {
        if (!image.hasAttribute("alt")) found.push(`no alt: ${image.src}`);
        else if (/\\.(png|svg|jpe?g)$/.test(image.alt)) found.push(`a file's name as alt: ${image.alt}`);
        else if (image.loading !== "lazy" && !image.naturalWidth) found.push(`not shown: ${image.src}`);
    }
    return found;
}"""


@pytest.fixture(scope="session")
def pages(site):
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html") if "_static" not in path.parts)


@pytest.fixture(scope="session")
def axe():
    path = os.environ.get("NATO_NLP_AXE")
    if not path:
        pytest.skip("NATO_NLP_AXE is not set to axe.min.js of npm's axe-core: accessibility is not looked at")
    return Path(path).read_text(encoding="utf-8")


def said(wrong):
    """List faults by page, for a message that pytest does not cut."""
    return "\n".join(f"{name}: {fault}" for name, faults in wrong.items() for fault in faults)


def serious(page, axe):
    """Return what axe calls serious or critical on a page."""
    page.evaluate(axe)
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary'].splitlines()[-1].strip()}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:3]
    ]


def test_every_page_loads_without_faults(visit, pages):
    one, wrong = visit(), {}
    for name in pages:
        page = one.go(name)
        faults = [*one.faults, *page.evaluate(WRONG_ON_PAGE)]
        if faults:
            wrong[name] = faults
    assert not wrong, said(wrong)


def test_pages_are_small(site, pages):
    sizes = {name: (site / name).stat().st_size for name in pages}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


def test_no_page_is_wider_than_a_phone(visit, pages):
    one, wide = visit(390), {}
    for name in pages:
        width = one.go(name).evaluate("document.scrollingElement.scrollWidth")
        if width > 390:
            wide[name] = width
    assert wide == {}


@pytest.mark.parametrize("name", NAMES)
def test_search_finds_names_of_the_library(visit, name):
    one = visit()
    page = one.go(f"search.html?q={quote(name)}")
    page.wait_for_selector("#search-results ul.search li a")
    links = page.locator("#search-results ul.search li a").all()
    assert any(f".{name}" in link.get_attribute("href") or f"-{name}" in link.get_attribute("href") for link in links)
    assert one.faults == []


def test_nothing_serious_on_any_page(visit, pages, axe):
    one, wrong = visit(), {}
    for name in pages:
        if not name.startswith("_modules/"):
            found = serious(one.go(name), axe)
            if found:
                wrong[name] = found
    assert not wrong, said(wrong)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_serious_in_any_mode(visit, axe, width, mode):
    one, wrong = visit(width, mode), {}
    folder = os.environ.get("NATO_NLP_SCREENSHOTS")
    for name in KINDS:
        page = one.go(name)
        assert page.evaluate("document.documentElement.dataset.theme") == mode
        if name == "demo.html":
            page.click("#demo-sample")
            page.wait_for_selector("#demo-lines li:nth-child(12)")
            page.locator("#demo-lines .stance").nth(2).focus()
        if folder:
            page.screenshot(path=Path(folder) / f"{name.replace('/', '.')}-{width}-{mode}.png")
        if found := serious(page, axe):
            wrong[name] = found
    assert not wrong, said(wrong)
