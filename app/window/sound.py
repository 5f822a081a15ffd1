"""Short tones at what the eye might miss: taking over, giving back, another policy, a lost device.

They are made once. The mixer plays them in a thread of its own, so that to begin one costs the loop next to nothing.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import pygame
from numpy.typing import NDArray

from mereq_teleop.app.onlooker import Cue

__all__ = ["RATE_HZ", "TONES", "Sounds", "samples"]

RATE_HZ: Final = 44_100
_LOUD: Final = 0.25
_FADE_S: Final = 0.008
"""Of each note at both ends: what begins at once clicks."""
TONES: Final[dict[Cue, tuple[tuple[float, float], ...]]] = {
    Cue.TAKEOVER: ((523.3, 0.07), (784.0, 0.09)),
    Cue.GIVEN_BACK: ((784.0, 0.07), (523.3, 0.09)),
    Cue.SWAP: ((1046.5, 0.06), (1318.5, 0.06), (1568.0, 0.10)),
    Cue.LOST: ((311.1, 0.16), (0.0, 0.05), (311.1, 0.16), (0.0, 0.05), (233.1, 0.24)),
}
"""The notes of each cue as (Hz, s): up, down, a chord, and low ones that insist; 0 Hz is a rest."""


class Sounds:
    """Plays a tone for each cue; silent for good where there is nothing to play on."""

    def __init__(self) -> None:
        self.failure = ""
        """Why there is no sound, in one line; empty while there is."""
        self._tones: dict[Cue, pygame.mixer.Sound] = {}
        try:
            with _quiet_libraries():
                pygame.mixer.init(RATE_HZ, -16, 1, 512, allowedchanges=0)
            self._tones = {cue: pygame.mixer.Sound(buffer=samples(cue).tobytes()) for cue in TONES}
        except pygame.error as error:
            self.failure = f"no audio device, so --sound is silent: {' '.join(str(error).split())}"

    def play(self, cue: Cue) -> None:
        """Begin the cue's tone; never waits for its end."""
        if (tone := self._tones.get(cue)) is not None:
            tone.play()

    def close(self) -> None:
        """Let go of the audio device."""
        self._tones = {}
        if pygame.mixer.get_init() is not None:
            pygame.mixer.quit()


def samples(cue: Cue) -> NDArray[np.int16]:
    """The cue's tone: (n,) samples at `RATE_HZ`."""
    notes = []
    for pitch_hz, length_s in TONES[cue]:
        time_s = np.arange(round(RATE_HZ * length_s)) / RATE_HZ
        edge = np.clip(np.minimum(time_s, length_s - time_s) / _FADE_S, 0.0, 1.0)
        notes.append(edge * np.sin(2 * np.pi * pitch_hz * time_s))
    return np.asarray(32767 * _LOUD * np.concatenate(notes), np.int16)


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """ALSA tells standard error in eight lines of its own what our one line says; it asks for no leave."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
