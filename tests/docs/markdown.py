"""The pages of this repository, as their Markdown says: links, anchors, blocks of code."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
HTML_LINK = re.compile(r"""<(?:a|img)\s[^>]*?(?:href|src)=["']([^"']+)["']""")


@dataclass(frozen=True)
class Block:
    """One fenced block of code."""

    page: str
    line: int
    """Of the page, counted from 1."""
    language: str
    """First word of its info string; empty without one."""
    marks: tuple[str, ...]
    """The other words."""
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@cache
def pages() -> tuple[str, ...]:
    """Every page that belongs to the repository, by its path from the root."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    found = listed or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*.md") if ".venv" not in path.parts]
    return tuple(sorted(name for name in found if (ROOT / name).is_file()))


@cache
def tokens(page: str) -> tuple[Token, ...]:
    return tuple(MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text()))


def inline(page: str) -> Iterator[tuple[int, Token]]:
    """Every piece of text with the line that its paragraph begins in."""
    for token in tokens(page):
        for child in token.children or ():
            yield (token.map or [0])[0] + 1, child


def links(page: str) -> Iterator[tuple[int, str]]:
    """Line and target of every link and picture."""
    for line, child in inline(page):
        if child.type == "html_inline":
            yield from ((line, target) for target in HTML_LINK.findall(child.content))
        for name in ("href", "src"):
            if isinstance(target := child.attrGet(name), str):
                yield line, target
    for token in tokens(page):
        if token.type == "html_block":
            yield from (((token.map or [0])[0] + 1, target) for target in HTML_LINK.findall(token.content))


def anchors(page: str) -> set[str]:
    """Every heading's anchor, as GitHub makes it: small letters, spaces as hyphens, punctuation left out."""
    seen: Counter[str] = Counter()
    found = set()
    for opening, heading in zip(tokens(page), tokens(page)[1:], strict=False):
        if opening.type != "heading_open":
            continue
        said = "".join(child.content for child in heading.children or () if child.type in ("text", "code_inline"))
        slug = re.sub(r"[^\w\- ]", "", said.strip().lower()).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return found


def blocks(*languages: str) -> list[Block]:
    """Every fenced block in one of the languages ("" for those that name none)."""
    found = []
    for page in pages():
        for token in tokens(page):
            language, *marks = [*token.info.split(), ""] if token.type == "fence" else [None]
            if language in languages:
                said = tuple(mark for mark in marks if mark)
                found.append(Block(page, (token.map or [0])[0] + 1, language or "", said, token.content))
    return found


def code_spans(page: str) -> Iterator[tuple[int, str]]:
    """Line and words of every piece of code within text."""
    yield from ((line, child.content) for line, child in inline(page) if child.type == "code_inline")
