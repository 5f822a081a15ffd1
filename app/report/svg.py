"""Plots as small SVG: axes, lines, bands, dots and boxes, each with a title that shows where the pointer rests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10
from typing import Final, NamedTuple

from mereq_teleop.app.window.palette import AUTHORITY, RGB
from mereq_teleop.sessions.records import Authority

__all__ = ["COLOURS", "DASHES", "GREY", "INK", "LEVEL", "SERIES", "Chart", "Scale", "mixed", "number", "ticks"]

# Okabe and Ito's colours, told apart by colour-blind readers too; the pale yellow is left out.
SERIES: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00")
"""Colours of lines that are compared."""
DASHES: Final = ("", "6 3", "2 3", "8 3 2 3")
"""Strokes of lines that are compared: a black and white print tells them apart too."""
INK: Final = "#1b1f24"
GREY: Final = "#68707c"
LEVEL: Final = "4 3"
"""Stroke of a level line."""
LINE: Final = "#dfe3e8"
TICKS: Final = 6


def _hex(colour: RGB) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


COLOURS: Final = {authority: _hex(colour) for authority, colour in AUTHORITY.items()}
"""Of who has control, as in the operator's window."""
_PAPER: Final[RGB] = (252, 243, 230)
_DEEP: Final[RGB] = (140, 66, 0)


def mixed(share: float) -> str:
    """From paper through the human's orange to a deep brown, for a share 0..1: it darkens all the way."""
    human = AUTHORITY[Authority.HUMAN]
    low, high, part = (_PAPER, human, share * 2.0) if share < 0.5 else (human, _DEEP, share * 2.0 - 1.0)
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return _hex((red, green, blue))


def number(value: float) -> str:
    """A coordinate, as short as the eye allows."""
    return f"{value:.1f}".removesuffix(".0")


def ticks(low: float, high: float, most: int = TICKS) -> list[float]:
    """At most so many round numbers from `low` to `high`."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * times for times in (1, 2, 5, 10, 20) if (high - low) / (unit * times) <= most)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(step * count, 12) for count in range(first, last + 1)]


class Scale(NamedTuple):
    """One axis."""

    low: float
    high: float
    label: str = ""
    percent: bool = False
    marks: Sequence[tuple[float, str]] | None = None
    """Ticks with their words; round numbers by default."""

    @property
    def named_ticks(self) -> Sequence[tuple[float, str]]:
        """Where the ticks are, and what they say."""
        if self.marks is not None:
            return self.marks
        found = ticks(self.low, self.high)
        return [(at, f"{100 * at:g} %" if self.percent else f"{at:g}") for at in found]


@dataclass
class Chart:
    """One plot; later parts are drawn over earlier ones."""

    label: str
    """What the plot shows, for those who hear it read out."""
    x: Scale
    y: Scale
    width: float = 480
    height: float = 250
    left: float = 62
    right: float = 18
    top: float = 10
    bottom: float = 36
    grid: bool = True
    parts: list[str] = field(default_factory=list)

    def px(self, x: float) -> float:
        """Where a value of x is drawn."""
        span = self.x.high - self.x.low or 1.0
        return self.left + (x - self.x.low) / span * (self.width - self.left - self.right)

    def py(self, y: float) -> float:
        """Where a value of y is drawn."""
        span = self.y.high - self.y.low or 1.0
        return self.height - self.bottom - (y - self.y.low) / span * (self.height - self.top - self.bottom)

    def line(self, points: Iterable[tuple[float, float]], colour: str, *, dash: str = "", width: float = 1.8) -> None:
        """A line through the points."""
        path = " ".join(f"{number(self.px(x))},{number(self.py(y))}" for x, y in points)
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"{dashes} '
            'stroke-linejoin="round"/>'
        )

    def band(self, points: Sequence[tuple[float, float, float]], colour: str) -> None:
        """A pale area between two lines, from (x, low, high)."""
        around = [(x, high) for x, _, high in points] + [(x, low) for x, low, _ in reversed(points)]
        path = " ".join(f"{number(self.px(x))},{number(self.py(y))}" for x, y in around)
        self.parts.append(f'<polygon points="{path}" fill="{colour}" fill-opacity="0.14"/>')

    def whisker(self, x: float, low: float, high: float, colour: str) -> None:
        """An upright interval with two ends."""
        at, above, below = self.px(x), self.py(high), self.py(low)
        self.parts.append(
            f'<path d="M{number(at)} {number(below)}V{number(above)}M{number(at - 3)} {number(above)}h6'
            f'M{number(at - 3)} {number(below)}h6" stroke="{colour}" stroke-width="1.2" fill="none"/>'
        )

    def dot(self, x: float, y: float, colour: str, title: str, *, radius: float = 3.5, hollow: bool = False) -> None:
        """A disc; a hollow one is a ring."""
        fill = "#fff" if hollow else colour
        self.parts.append(
            f'<circle cx="{number(self.px(x))}" cy="{number(self.py(y))}" r="{radius:g}" fill="{fill}" '
            f'stroke="{colour}" stroke-width="1.4">{_title(title)}</circle>'
        )

    def box(
        self, x: tuple[float, float], y: tuple[float, float], colour: str, title: str = "", *, outline: str = ""
    ) -> None:
        """A filled rectangle from value to value."""
        left, right = sorted(map(self.px, x))
        top, bottom = sorted(map(self.py, y))
        stroke = f' stroke="{outline}" stroke-width="0.6"' if outline else ""
        self.parts.append(
            f'<rect x="{left:.2f}" y="{number(top)}" width="{max(right - left, 0.4):.2f}" '
            f'height="{number(bottom - top)}" fill="{colour}"{stroke}>{_title(title)}</rect>'
        )

    def level(self, y: float, title: str = "", colour: str = GREY, *, dash: str = LEVEL) -> None:
        """A level line across."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<path d="M{number(self.px(self.x.low))} {number(self.py(y))}H{number(self.px(self.x.high))}" '
            f'stroke="{colour}" stroke-width="1.2"{dashes}>{_title(title)}</path>'
        )

    def upright(self, x: float, title: str, colour: str = GREY, *, dash: str = "", width: float = 1.0) -> None:
        """A line from bottom to top."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<path d="M{number(self.px(x))} {number(self.py(self.y.low))}V{number(self.py(self.y.high))}" '
            f'stroke="{colour}" stroke-width="{width}"{dashes}>{_title(title)}</path>'
        )

    def words(
        self, x: float, y: float, text: str, *, anchor: str = "start", dx: float = 0, dy: float = 0, colour: str = INK
    ) -> None:
        """A few words at a point."""
        self.parts.append(
            f'<text x="{number(self.px(x) + dx)}" y="{number(self.py(y) + dy)}" text-anchor="{anchor}" '
            f'fill="{colour}">{escape(text)}</text>'
        )

    def svg(self) -> str:
        """The whole plot."""
        return (
            f'<svg viewBox="0 0 {number(self.width)} {number(self.height)}" role="img" '
            f'aria-label="{escape(self.label)}">{self._axes()}{"".join(self.parts)}</svg>'
        )

    def _axes(self) -> str:
        bottom, left, right = self.height - self.bottom, self.left, self.width - self.right
        parts = []
        for at, text in self.y.named_ticks:
            y = self.py(at)
            if self.grid:
                parts.append(f'<path d="M{number(left)} {number(y)}H{number(right)}" stroke="{LINE}"/>')
            parts.append(_text(left - 6, y + 4, text, "end"))
        for at, text in self.x.named_ticks:
            parts.append(_text(self.px(at), bottom + 15, text, "middle"))
        if self.grid:
            parts.append(f'<path d="M{number(left)} {number(bottom)}H{number(right)}" stroke="{GREY}"/>')
        parts.append(_text((left + right) / 2, self.height - 4, self.x.label, "middle"))
        if self.y.label:
            middle = (self.top + bottom) / 2
            parts.append(
                f'<text transform="translate(13 {number(middle)}) rotate(-90)" text-anchor="middle" '
                f'fill="{GREY}">{escape(self.y.label)}</text>'
            )
        return "".join(parts)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{number(x)}" y="{number(y)}" text-anchor="{anchor}" fill="{GREY}">{escape(words)}</text>'


def _title(words: str) -> str:
    return f"<title>{escape(words)}</title>" if words else ""
