"""A person at the lander's real window, who holds an engine's key down."""

from functools import partial
from pathlib import Path

from mereq_teleop.app.replay import verify_session
from mereq_teleop.envs.lander.discrete.card import CARD
from mereq_teleop.sessions.reader import Recording
from mereq_teleop.sessions.records import Authority
from tests.app.conftest import XServer
from tests.app.test_end_to_end import running, steps, until
from tests.app.test_operator_window import windows, xdotool


def ends_with(action: str, count: int, recording: Recording) -> bool:
    """Whether the last steps were by hand and had this action."""
    wanted, last = CARD.actions.index(action), [step.decision for step in steps(recording)[-count:]]
    return len(last) == count and all(one.human_action == one.executed == wanted for one in last)


def test_an_engine_fires_for_as_long_as_its_key_is_held(x_server: XServer, tmp_path: Path) -> None:
    with running(tmp_path, "--env", "LunarLander-v2", DISPLAY=x_server.display) as session:
        window = until(lambda: windows(x_server)[1:], "the window")[0]
        session.until(steps, "the first step")
        xdotool(x_server, "windowfocus", "--sync", window)
        xdotool(x_server, "keydown", "Up")
        session.until(partial(ends_with, "MAIN_ENGINE", 8), "thrust")
        xdotool(x_server, "keyup", "Up")
        session.until(partial(ends_with, "COAST", 3), "rest")
        xdotool(x_server, "key", "Escape")
        session.until(lambda recording: steps(recording)[-1].decision.authority is Authority.POLICY, "the release")
        xdotool(x_server, "key", "q")
        code, said = session.end()
        assert "Traceback" not in said, said
        assert "LunarLander-v2 is served by gymnasium's LunarLander-v3" in said
        assert code == 0
        assert verify_session(session.folder) == 0
