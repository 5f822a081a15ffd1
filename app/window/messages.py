"""What the operator is told, one message after the other."""

from dataclasses import replace
from typing import Final

from mereq_teleop.app.window.scene import Toast

__all__ = ["MOST_WAITING", "TOAST_S", "Messages"]

TOAST_S: Final = 4.0
"""Seconds that a message shows; it fades in the last one."""
MOST_WAITING: Final = 4
_IN_A_HURRY_S: Final = 2.0
"""It shows no longer than this while others wait."""


class Messages:
    """A queue: one message shows, a few wait. Warnings come first, and where there is no room the oldest other goes."""

    def __init__(self) -> None:
        self._waiting: list[Toast] = []
        self._shown: Toast | None = None
        self._since_s = 0.0

    def tell(self, text: str, *, warning: bool = False) -> None:
        """Another message; what waits already is not said twice."""
        toast = Toast(text, warning=warning)
        if toast in self._waiting:
            return
        ahead = sum(other.warning for other in self._waiting) if warning else len(self._waiting)
        self._waiting.insert(ahead, toast)
        if len(self._waiting) > MOST_WAITING:
            others = [other for other in self._waiting if not other.warning]
            self._waiting.remove((others or self._waiting)[0])

    def shown(self, now_s: float) -> tuple[Toast, ...]:
        """The message that shows now, with its age, and those that wait."""
        patience_s = _IN_A_HURRY_S if self._waiting else TOAST_S
        if self._shown is not None and now_s - self._since_s >= patience_s:
            self._shown = None
        if self._shown is None and self._waiting:
            self._shown, self._since_s = self._waiting.pop(0), now_s
        if self._shown is None:
            return ()
        return (replace(self._shown, age_s=max(now_s - self._since_s, 0.0)), *self._waiting)
