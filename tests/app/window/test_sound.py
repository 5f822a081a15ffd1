"""Tones: short, soft at their ends, told apart, and never in anybody's way."""

import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pygame
import pytest

from mereq_teleop.app.onlooker import Cue
from mereq_teleop.app.window.sound import RATE_HZ, Sounds, samples


@pytest.mark.parametrize("cue", Cue)
def test_a_tone_is_short_and_has_no_clicks(cue: Cue) -> None:
    tone = samples(cue).astype(float) / 32767
    assert 0.1 < len(tone) / RATE_HZ < 0.8
    assert 0.1 < np.abs(tone).max() <= 0.25
    assert abs(tone[0]) < 1e-3
    assert abs(tone[-1]) < 0.01
    # A jump would be larger than the steepest slope of the highest note.
    assert np.abs(np.diff(tone)).max() < 0.25 * 2 * np.pi * 1600 / RATE_HZ * 1.5


def test_no_two_tones_sound_alike() -> None:
    for one, other in combinations(Cue, 2):
        length = max(len(samples(one)), len(samples(other)))
        spectra = [np.abs(np.fft.rfft(samples(cue), length)) for cue in (one, other)]
        alike = np.dot(*spectra) / np.prod([np.linalg.norm(spectrum) for spectrum in spectra])
        # Taking over and giving back have the same notes, in another order.
        assert alike < 0.5 or {one, other} == {Cue.TAKEOVER, Cue.GIVEN_BACK}
    up, down = (samples(cue)[: RATE_HZ // 20] for cue in (Cue.TAKEOVER, Cue.GIVEN_BACK))
    assert not np.array_equal(up, down)


def test_what_is_played_is_what_was_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """SDL's driver that writes to a file instead of a sound card."""
    heard = tmp_path / "heard.raw"
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    monkeypatch.setenv("SDL_DISKAUDIOFILE", str(heard))
    monkeypatch.setenv("SDL_DISKAUDIODELAY", "1")
    sounds = Sounds()
    assert sounds.failure == ""
    begun = time.perf_counter()
    sounds.play(Cue.SWAP)
    assert time.perf_counter() - begun < 0.05, "to begin a tone does not wait for its end"
    deadline = time.monotonic() + 10.0
    while pygame.mixer.get_busy() and time.monotonic() < deadline:
        pygame.time.wait(5)
    sounds.close()
    wave = np.frombuffer(heard.read_bytes(), np.int16)
    assert np.abs(wave).max() == np.abs(samples(Cue.SWAP)).max()
    sounds.play(Cue.SWAP)


def test_without_an_audio_device_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SDL_AUDIODRIVER", "nothing-of-the-kind")
    sounds = Sounds()
    assert "no audio device" in sounds.failure
    assert "\n" not in sounds.failure
    for cue in Cue:
        sounds.play(cue)
    sounds.close()
    assert capfd.readouterr().err == ""
