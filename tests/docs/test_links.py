"""Every link within the repository leads somewhere."""

from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.markdown import ROOT, anchors, links, pages


@pytest.mark.parametrize("page", pages())
def test_every_link_of_a_page_leads_to_a_file_or_heading(page: str) -> None:
    dead = []
    for line, target in links(page):
        parts = urlsplit(target)
        if parts.scheme or parts.netloc:
            assert parts.scheme in ("https", "mailto"), f"{page}:{line}: {target}"
            continue
        path = (ROOT / page).parent / unquote(parts.path) if parts.path else ROOT / page
        there = path.exists() and path.resolve().is_relative_to(ROOT)
        if there and parts.fragment:
            there = path.suffix == ".md" and parts.fragment in anchors(str(path.resolve().relative_to(ROOT)))
        if not there:
            dead.append(f"{page}:{line}: {target}")
    assert dead == []


def test_the_index_names_every_page_of_docs_once() -> None:
    folder = ROOT / "docs"
    listed = [target.partition("#")[0] for _, target in links("docs/README.md")]
    pages_there = [name for name in pages() if name.startswith("docs/") and name != "docs/README.md"]
    missing = [name for name in pages_there if str((ROOT / name).relative_to(folder)) not in listed]
    assert missing == []
    assert len(listed) == len(set(listed))


def test_every_picture_made_for_a_page_is_shown_on_one() -> None:
    shown = {
        ((ROOT / page).parent / target.partition("#")[0]).resolve() for page in pages() for _, target in links(page)
    }
    made = {path for folder in ("hud", "pictures", "tutorial") for path in (ROOT / "docs" / folder).iterdir()}
    assert sorted(str(path.relative_to(ROOT)) for path in made - shown) == []
