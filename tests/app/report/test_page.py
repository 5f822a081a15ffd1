"""The page itself: whole, escaped, without the network, and without a word from a browser's console."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from mereq_teleop.app.report.compare import compared
from mereq_teleop.app.report.numbers import SessionNumbers, read_numbers
from mereq_teleop.app.report.svg import COLOURS, mixed, ticks
from mereq_teleop.app.report.write import ReportNumbers, page_of
from mereq_teleop.sessions.places import heat_map
from mereq_teleop.sessions.reader import read_recording
from mereq_teleop.sessions.records import Authority
from mereq_teleop.sessions.timeline import lived_steps
from tests.app.report.test_numbers import counted, learned, session_folder
from tests.sessions.made import record
from tests.sessions.test_places import STRAIGHT

EVIL = "<script>alert('x')</script> & \"more\" </title>"


@pytest.fixture
def numbers(tmp_path: Path) -> SessionNumbers:
    """The session of eleven steps, with a map and with names that want to be markup."""
    plain = counted(tmp_path, learned())
    heat = heat_map(STRAIGHT, lived_steps(read_recording(tmp_path / "session.mcap")))
    said = msgspec.structs.replace(plain.happenings[0], text=EVIL)
    config = msgspec.structs.replace(plain.config, method=EVIL, settings={EVIL: EVIL, "delta": 0.05})
    return msgspec.structs.replace(
        plain, name=EVIL, config=config, title=EVIL, loss=EVIL, happenings=(said,), maps=(heat,), delta=0.05
    )


class Whole(HTMLParser):
    """Notes the page's words and refuses markup that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words = ""
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link"):
            self.open.append(tag)
        if tag == "script":
            assert ("type", "application/json") in attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.words += data


def parsed(page: str) -> Whole:
    parser = Whole()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("by", [None, "session", "method", "participant", "task"])
def test_a_page_is_whole_and_holds_every_number(numbers: SessionNumbers, by: str | None) -> None:
    sessions = (numbers, msgspec.structs.replace(numbers, name="another"))
    shown = ReportNumbers(sessions=sessions, comparison=compared(sessions, by) if by else (), by=by)  # type: ignore[arg-type]
    page = page_of(shown)
    found = parsed(page)
    (block,) = found.scripts
    assert msgspec.json.decode(block.encode(), type=ReportNumbers) == shown
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(svg)


def test_words_of_others_stay_words(numbers: SessionNumbers) -> None:
    page = page_of(ReportNumbers(sessions=(numbers,)))
    assert "<script>alert" not in page
    assert parsed(page).words.count(EVIL) >= 5


def test_a_page_asks_nothing_of_the_network(numbers: SessionNumbers) -> None:
    page = page_of(ReportNumbers(sessions=(numbers,)))
    assert re.findall(r'(?:src|href|action)="(?!data:)', page) == []
    assert "@import" not in page
    assert "url(" not in page


def test_a_page_shows_what_was_counted(numbers: SessionNumbers) -> None:
    words = parsed(page_of(ReportNumbers(sessions=(numbers,)))).words
    # 13 steps, 5 of them by hand; the first round's rate; 13 * 0.25 reward for 1 + 5 steps.
    shown = ("13", "round 1: 40 %", "2 of 5 steps by hand", "rollback", "0.54", "safe: steps 6 to 6", "unplugged")
    for told in (*shown, "25% (prior 50%)", "1 never drove"):
        assert told in words


def test_a_real_browser_has_nothing_to_complain_of(numbers: SessionNumbers, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium: apt install chromium")
    path = tmp_path / "page.html"
    path.write_text(page_of(ReportNumbers(sessions=(numbers,))), "utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri()]
    seen = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [line for line in seen.stderr.splitlines() if "CONSOLE" in line] == []
    assert seen.stdout.count("<svg") >= 6
    block = re.search(r'id="numbers">(.*?)</script>', seen.stdout, re.DOTALL)
    assert block is not None
    assert json.loads(block[1])["sessions"][0]["name"] == EVIL


def test_round_numbers_stand_at_an_axis() -> None:
    assert ticks(0, 1) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert ticks(0, 3600) == [0, 1000, 2000, 3000]
    assert ticks(-0.35, 0.35) == [-0.2, 0, 0.2]
    assert ticks(2, 2) == [2]


def test_a_darker_cell_is_more_by_hand() -> None:
    light = [sum(bytes.fromhex(mixed(share / 10)[1:])) for share in range(11)]
    assert light == sorted(light, reverse=True)
    assert mixed(0.5) == COLOURS[Authority.HUMAN]


def test_a_page_of_a_cut_recording_says_what_is_missing(tmp_path: Path) -> None:
    folder = session_folder(tmp_path)
    data = record(tmp_path / "many.mcap", learned(), flush_every=4).read_bytes()
    folder.recording.write_bytes(data[: len(data) * 2 // 5])
    cut = read_numbers(folder)
    assert 0 < cut.effort.steps < 13
    words = parsed(page_of(ReportNumbers(sessions=(cut,)))).words
    last = read_recording(folder.recording).episodes[-1]
    where = f"step {len(last.transitions) - 1} of episode {last.index}"
    assert f"the recording was cut: it ends after {where}" in words
    assert "or the session still goes on" in words
