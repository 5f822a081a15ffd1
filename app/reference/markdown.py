"""Markdown from words: tables, code, docstrings."""

import inspect
import re
from collections.abc import Iterable, Sequence

__all__ = ["cell", "code", "prose", "table"]

_SECTION = re.compile(r"^(Args|Raises|Returns|Yields):$")


def code(words: str) -> str:
    """The words as code; nothing for none."""
    return f"`{words}`" if words else ""


def cell(words: str) -> str:
    """The words in one line, with nothing that would end a table's cell."""
    return " ".join(words.split()).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a line's end after it; columns in which no row says anything are left out; "" without rows."""
    filled = [[cell(words) for words in row] for row in rows]
    kept = [index for index in range(len(head)) if any(row[index] for row in filled)]
    if not kept:
        return ""
    lines = [[head[index] for index in kept], ["---"] * len(kept), *([row[index] for index in kept] for row in filled)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def prose(docstring: str | None) -> str:
    """A docstring; its sections (what is raised and the like) become lists."""
    lines: list[str] = []
    section = ""
    for line in inspect.cleandoc(docstring or "").splitlines():
        if found := _SECTION.match(line):
            section = found[1]
            lines += [f"{section}:", ""]
        elif section and re.match(r"^ {4}\S", line):
            lines.append(f"- {line.strip()}")
        elif section and line.strip():
            lines.append(f"  {line.strip()}")
        else:
            section = ""
            lines.append(line)
    return "\n".join(lines).strip()
