"""All reference pages by their file's name."""

from collections.abc import Mapping

from mereq_teleop.app.reference import api, commands, formats, keys, methods, tasks

__all__ = ["pages"]

_WRITTEN = (
    "This page is written from the code by `make reference` (`python -m mereq_teleop.app.reference`). "
    "Change the code, not the page."
)


def pages() -> Mapping[str, str]:
    """The text of each page, ending with a line's end."""
    made = {
        "commands.md": ("Commands", commands.body()),
        "tasks.md": ("Tasks", tasks.body()),
        "keys.md": ("Keys", keys.body()),
        "methods.md": ("Methods", methods.body()),
        "formats.md": ("Files and records", formats.body()),
        "api.md": ("Python", api.body()),
    }
    return {name: f"# {title}\n\n{_WRITTEN}\n\n{text.strip()}\n" for name, (title, text) in made.items()}
