"""A replay moves in time as arithmetic says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.player import SPEEDS, Player

places = st.floats(0, 120)
TAKEOVERS = (0, 10, 40, 41)


@given(place=places, elapsed_s=st.floats(0, 100), speed=st.sampled_from(SPEEDS), rate_hz=st.sampled_from([1.0, 20.0]))
def test_playing_passes_world_time_at_its_speed_and_stops_at_the_end(
    place: float, elapsed_s: float, speed: float, rate_hz: float
) -> None:
    player = Player(120, rate_hz)
    player.speed = speed
    player.go_to(place)
    player.advance(elapsed_s)
    assert player.place == place
    player.play()
    before_s = player.seconds
    player.advance(elapsed_s)
    expected = min(before_s + speed * elapsed_s, player.duration_s)
    assert player.seconds == pytest.approx(expected)
    assert player.playing == (player.place < 120)


@given(place=st.floats(-1e3, 1e3))
def test_what_is_shown_is_always_a_step_and_a_share_of_it(place: float) -> None:
    player = Player(120, 20.0)
    player.go_to(place)
    assert 0 <= player.index < 120
    assert 0.0 <= player.fraction <= 1.0
    assert player.index + player.fraction == pytest.approx(player.place)


@given(place=places)
def test_a_step_leads_to_the_next_start_of_a_step_and_pauses(place: float) -> None:
    player = Player(120, 20.0)
    for way in (1, -1):
        player.go_to(place)
        player.playing = True
        player.step(way)
        assert not player.playing
        assert player.place == round(player.place)
        assert 0 < way * (player.place - place) <= 1 or player.place in (0, 120)


@given(place=places)
def test_jumps_lead_to_the_nearest_takeover_on_that_side(place: float) -> None:
    later = [at for at in TAKEOVERS if at > place]
    earlier = [at for at in TAKEOVERS if at < place]
    for forward, wanted in ((True, later[:1]), (False, earlier[-1:])):
        player = Player(120, 20.0, TAKEOVERS)
        player.go_to(place)
        assert player.jump_to_takeover(forward=forward) == bool(wanted)
        assert player.place == (wanted[0] if wanted else place)


def test_speeds_end_at_a_quarter_and_at_sixteen_and_play_at_the_end_begins_anew() -> None:
    player = Player(10, 1.0)
    player.change_speed(-9)
    assert player.speed == 0.25
    player.change_speed(9)
    assert player.speed == 16
    player.go_to(10)
    player.play()
    assert (player.place, player.playing) == (0.0, True)
    with pytest.raises(ValueError, match="needs a step"):
        Player(0, 1.0)
