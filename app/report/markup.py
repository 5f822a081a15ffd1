"""Pieces of the page: tables, tiles, cards, and the page around them. Every word is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import msgspec

__all__ = ["HOLLOW", "card", "facts", "key", "page", "script_json", "table", "tile", "tiles"]


HOLLOW = "hollow"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Names with their values, in as many columns as there is room for."""
    cells = (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    return f'<dl class="facts">{"".join(cells)}</dl>'


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int] = (0,)) -> str:
    """A table of plain texts; columns not listed in `words` hold numbers and are set to the right."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="{"word" if at in words else "n"}">{escape(text)}</{tag}>' for at, text in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{cells("th", heads)}</tr></thead><tbody>{body}</tbody></table></div>'


def tile(value: str, words: str) -> str:
    """One number, large."""
    return f'<div class="tile"><b>{escape(value)}</b><span>{escape(words)}</span></div>'


def tiles(of: Iterable[str]) -> str:
    """Tiles in a row."""
    return f'<div class="tiles">{"".join(of)}</div>'


def card(title: str, body: str, caption: str = "", *, wide: bool = False, strip: bool = False) -> str:
    """A figure or a table in a frame; `body` is markup."""
    inner = f'<div class="scroll strip">{body}</div>' if strip else body
    said = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="card{" wide" if wide else ""}"><h3>{escape(title)}</h3>{inner}{said}</figure>'


def key(entries: Iterable[tuple[str, str, str | None]]) -> str:
    """What the colours mean: (name, colour, stroke); a stroke of None is a filled patch, `hollow` an outlined one."""
    shown = []
    for name, colour, dash in entries:
        if dash is None or dash == HOLLOW:
            fill, edge = ("#fff", colour) if dash == HOLLOW else (colour, "#0002")
            sign = f'<i style="background:{fill};outline:1px solid {edge}"></i>'
        else:
            stroke = (
                f'<line x1="0" y1="5" x2="26" y2="5" stroke="{colour}" stroke-width="3" stroke-dasharray="{dash}"/>'
            )
            sign = f'<svg viewBox="0 0 26 10">{stroke}</svg>'
        shown.append(f"<span>{sign}{escape(name)}</span>")
    return f'<div class="key">{"".join(shown)}</div>'


def script_json(numbers: Any) -> str:
    """The numbers as JSON that may stand within a script element, whatever words are in them."""
    text = msgspec.json.encode(numbers).decode()
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def page(title: str, body: str, numbers: Any) -> str:
    """A whole HTML page that needs nothing else; `body` is markup, `numbers` go into its JSON block."""
    style = files("mereq_teleop.app.report").joinpath("style.css").read_text("utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{style}</style></head>\n<body><main>{body}</main>\n"
        f'<script type="application/json" id="numbers">{script_json(numbers)}</script></body></html>\n'
    )
