"""A person at the mountain car's real window, who holds a key down."""

from functools import partial
from pathlib import Path

from mereq_teleop.app.replay import verify_session
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Authority
from tests.app.conftest import XServer
from tests.app.test_continuous import roller
from tests.app.test_end_to_end import running, steps, until
from tests.app.test_operator_window import windows, xdotool

LEFT, NOTHING = (-1.0,), (0.0,)


def ends_with(action: tuple[float, ...], count: int, recording: Recording) -> bool:
    """Whether the last steps were by hand and had this action."""
    last = [step.decision for step in steps(recording)[-count:]]
    return len(last) == count and all(one.human_action == one.executed == action for one in last)


def test_a_held_key_pushes_until_it_is_let_go(x_server: XServer, tmp_path: Path) -> None:
    prior = tmp_path / "prior.safetensors"
    prior.write_bytes(roller(0.2).to_bytes())
    with running(tmp_path, "--env", "mountain-car", "--prior", str(prior), DISPLAY=x_server.display) as session:
        window = until(lambda: windows(x_server)[1:], "the window")[0]
        session.until(steps, "the first step")
        xdotool(x_server, "windowfocus", "--sync", window)
        xdotool(x_server, "keydown", "Left")
        session.until(partial(ends_with, LEFT, 8), "a push")
        xdotool(x_server, "keyup", "Left")
        session.until(partial(ends_with, NOTHING, 8), "rest")
        xdotool(x_server, "key", "Escape")
        session.until(lambda recording: steps(recording)[-1].decision.authority is Authority.POLICY, "the release")
        xdotool(x_server, "key", "q")
        code, said = session.end()
        assert "Traceback" not in said, said
        assert code == 0
        assert verify_session(session.folder) == 0
