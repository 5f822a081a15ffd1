"""Who has control, as one table."""

from enum import StrEnum

from mereq_teleop.sessions.events import AuthorityChange
from mereq_teleop.sessions.records import Authority

__all__ = ["NEXT", "AuthorityHolder", "Event"]


class Event(StrEnum):
    """What can move control."""

    ENGAGE = "engage"
    """A person takes over."""
    RELEASE = "release"
    """A person gives back."""
    PAUSE = "pause"
    RESUME = "resume"
    LOST = "lost"
    """The device or the window's focus was lost."""
    EXPIRE = "expire"
    """It was not back in time."""


NEXT: dict[tuple[Authority, Event], Authority] = {
    (Authority.POLICY, Event.ENGAGE): Authority.HUMAN,
    (Authority.POLICY, Event.PAUSE): Authority.NOBODY,
    (Authority.HUMAN, Event.RELEASE): Authority.POLICY,
    (Authority.HUMAN, Event.LOST): Authority.SAFE,
    (Authority.HUMAN, Event.PAUSE): Authority.NOBODY,
    # Whoever asks for control through the device shows that it is back.
    (Authority.SAFE, Event.ENGAGE): Authority.HUMAN,
    (Authority.SAFE, Event.RELEASE): Authority.POLICY,
    (Authority.SAFE, Event.EXPIRE): Authority.POLICY,
    (Authority.SAFE, Event.PAUSE): Authority.NOBODY,
    # After a pause the policy drives: nobody's hands need be on the keys at that moment.
    (Authority.NOBODY, Event.RESUME): Authority.POLICY,
}
"""Every change there is; a pair that is not here changes nothing."""


class AuthorityHolder:
    """Holds the authority and moves it by the table alone."""

    def __init__(self, authority: Authority = Authority.POLICY) -> None:
        self.authority = authority
        self.reason = ""
        """Why the authority is SAFE; empty otherwise."""

    def apply(self, event: Event, reason: str = "") -> AuthorityChange | None:
        """Move by one event; None if the table has no such move.

        Args:
            event: What happened.
            reason: Why, for a device that was lost.
        """
        before = self.authority
        after = NEXT.get((before, event))
        if after is None:
            return None
        self.authority = after
        self.reason = (reason or "the device was lost") if after is Authority.SAFE else ""
        return AuthorityChange(before=before, after=after, event=event, reason=self.reason)
