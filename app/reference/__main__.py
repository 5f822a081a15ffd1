"""Write the reference pages: `python -m mereq_teleop.app.reference` (`make reference`)."""

from dataclasses import dataclass
from pathlib import Path

from mereq_teleop.app.commandline import parse
from mereq_teleop.app.reference.pages import pages

__all__ = ["Reference", "main"]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Write the reference pages from the code."""

    out: Path = Path("docs/reference")
    """Folder of the pages."""


def main() -> None:
    """Write every page, and say which."""
    import sys

    settings = parse(Reference, "python -m mereq_teleop.app.reference", sys.argv[1:])
    settings.out.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (settings.out / name).write_text(text)
        print(settings.out / name)


if __name__ == "__main__":
    main()
