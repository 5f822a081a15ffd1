"""What the actor has sent, or will send, and nobody has acked."""

__all__ = ["Outbox"]

WINDOW = 64
"""Messages in flight at most."""


class Outbox:
    """Numbered messages from `first` on, in order, until they are acked."""

    def __init__(self, first: int = 1) -> None:
        self.next = first
        """Number of the next message."""
        self.acked = first - 1
        """Everything up to this number is stored."""
        self._sent = first - 1
        self._waiting: dict[int, tuple[str, bytes]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """Messages that were sent since the last rewind and are not acked."""
        return self._sent - self.acked

    def add(self, seq: int, key: str, data: bytes) -> None:
        """Take the next message.

        Raises:
            ValueError: its number is not the next one.
        """
        if seq != self.next:
            raise ValueError(f"the next message has number {self.next}, not {seq}")
        self._waiting[seq] = (key, data)
        self.next += 1

    def peek(self) -> bytes | None:
        """The message to send now; None when all are on their way or the window is full."""
        if self.in_flight >= WINDOW or self._sent + 1 not in self._waiting:
            return None
        return self._waiting[self._sent + 1][1]

    def sent(self) -> None:
        """The message that `peek` gave is on its way."""
        self._sent += 1

    def ack(self, seq: int) -> list[str]:
        """Everything up to `seq` is stored; returns the keys that are new to it."""
        seq = min(seq, self.next - 1)
        keys = [self._waiting.pop(number)[0] for number in range(self.acked + 1, seq + 1)]
        self.acked = max(self.acked, seq)
        self._sent = max(self._sent, self.acked)
        return keys

    def rewind(self) -> None:
        """What was sent and is not acked is to be sent again."""
        self._sent = self.acked
