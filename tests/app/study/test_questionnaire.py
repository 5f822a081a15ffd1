"""Laws of the form and of where its parts are, and what NASA-TLX asks."""

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygame import Rect, Surface

from mereq_teleop.app.study.drawing import button_of, draw_form, draw_page, lay_out_form, wrapped
from mereq_teleop.app.study.file import Page, Question
from mereq_teleop.app.study.questionnaire import TLX, Form, Item, Scale, forms_of, items_of, raw_tlx
from mereq_teleop.app.window.layout import DESIGN_SIZE
from mereq_teleop.app.window.painter import Painter, Typesetter

QUESTIONS = (
    Question(id="trust", text="I could trust it.", low="not at all", high="completely"),
    Question(id="yes", text="Again?", kind="choice", choices=("yes", "no")),
    Question(id="much", text="How?", kind="choice", choices=tuple("abcdefg")),
)
ITEMS = items_of(False, QUESTIONS)
sizes = st.tuples(st.integers(500, 2600), st.integers(300, 1500))
forms = st.sampled_from([TLX, ITEMS, (*ITEMS, *ITEMS)])


def test_nasa_tlx_has_its_six_scales_of_21_marks_and_its_anchors() -> None:
    assert [scale.id for scale in TLX] == [
        "tlx.mental",
        "tlx.physical",
        "tlx.temporal",
        "tlx.performance",
        "tlx.effort",
        "tlx.frustration",
    ]
    for scale in TLX:
        assert scale.answers == tuple(range(0, 101, 5))
        performance = scale.id == "tlx.performance"
        assert (scale.low, scale.high) == (("Perfect", "Failure") if performance else ("Very low", "Very high"))


def test_the_raw_score_is_the_mean_of_six_or_nothing() -> None:
    answers = {scale.id: 10 * at for at, scale in enumerate(TLX)}
    assert raw_tlx(dict(answers)) == 25.0
    assert raw_tlx({**answers, "trust": 7}) == 25.0
    del answers["tlx.effort"]
    assert raw_tlx(dict(answers)) is None


@given(forms, st.lists(st.sampled_from(["left", "right", "up", "down"]), max_size=60))
def test_keys_give_possible_answers_alone(items: tuple[Item, ...], keys: list[str]) -> None:
    form = Form(items[:3])
    for key in keys:
        before = dict(form.answers)
        if key in ("left", "right"):
            form.shift(1 if key == "right" else -1)
        else:
            form.move(1 if key == "down" else -1)
        changed = {id for id in form.answers if before.get(id) != form.answers[id]}
        assert len(changed) <= (key in ("left", "right"))
    assert all(form.answers.get(item.id, item.answers[0]) in item.answers for item in form.items)
    missing = [at for at, item in enumerate(form.items) if item.id not in form.answers]
    assert form.go_on() == (not missing) == form.complete
    assert form.focus == (missing[0] if missing else 3)


@given(st.integers(0, 5), st.integers(0, 20))
def test_arrows_reach_every_mark_from_the_middle(item: int, mark: int) -> None:
    form = Form(TLX)
    form.move(item)
    form.shift(1)
    assert form.answers == {TLX[item].id: 50}
    for _ in range(abs(mark - 10)):
        form.shift(1 if mark > 10 else -1)
    clicked = Form(TLX)
    clicked.choose(item, mark)
    assert form.answers == clicked.answers == {TLX[item].id: 5 * mark}


def test_a_page_has_nasa_tlx_or_up_to_six_others() -> None:
    many = tuple(Question(id=f"q{at}", text="?") for at in range(8))
    assert [len(form.items) for form in forms_of(True, many)] == [6, 6, 2]
    assert [form.items[0].id for form in forms_of(True, many)] == ["tlx.mental", "q0", "q6"]
    assert [len(form.items) for form in forms_of(False, many[:1])] == [1]
    assert forms_of(False, ()) == ()


@given(sizes, forms)
def test_nothing_overlaps_and_all_is_inside(size: tuple[int, int], items: tuple[Item, ...]) -> None:
    layout = lay_out_form(size, items)
    window = Rect(0, 0, *size)
    parts = [rect for answers in layout.answers for rect in answers]
    for rect in (*layout.rows, *parts, layout.button):
        assert window.contains(rect)
    for part in parts:
        assert len(part.collidelistall([*parts, layout.button])) == 1
    for item, answers in enumerate(layout.answers):
        assert len(answers) == len(items[item].answers)
        for answer, rect in enumerate(answers):
            assert layout.at(rect.center) == (item, answer)
    assert layout.at(layout.button.center) is None


def drawn(form: Form) -> bytes:
    surface = Surface(DESIGN_SIZE)
    draw_form(surface, Typesetter(), "About it", form)
    return pygame.image.tobytes(surface, "RGB")


@pytest.mark.parametrize("items", [TLX, ITEMS])
def test_every_answer_and_the_focus_can_be_seen(items: tuple[Item, ...]) -> None:
    seen = {drawn(Form(items))}
    for at, item in enumerate(items):
        for answer in range(len(item.answers)):
            form = Form(items)
            form.choose(at, answer)
            seen.add(drawn(form))
    assert len(seen) == 1 + sum(len(item.answers) for item in items)
    form = Form(items)
    form.move(1)
    assert drawn(form) not in seen


def test_the_longest_words_that_a_file_may_have_are_not_cut() -> None:
    paint = Painter(Surface(DESIGN_SIZE), 1.0, Typesetter())
    words = ("the car understood what i wanted and when " * 3)[:100]
    row = lay_out_form(DESIGN_SIZE, ITEMS).rows[0]
    assert paint.measure(words, size=16, bold=True)[0] <= row.width
    for scale in TLX:
        title = paint.measure(scale.title, size=16, bold=True)[0] + 12
        assert title + paint.measure(scale.text, size=15)[0] <= row.width


@given(st.text("abc d\n", max_size=300), st.integers(120, 600))
def test_wrapped_lines_have_all_words_and_fit(text: str, width: int) -> None:
    paint = Painter(Surface((10, 10)), 1.0, Typesetter())
    lines = wrapped(paint, text, width, 15)
    assert " ".join(lines).split() == text.split()
    assert all(paint.measure(line, size=15)[0] <= width or " " not in line for line in lines)


@pytest.mark.parametrize("size", [DESIGN_SIZE, (700, 420), (1920, 1080)])
def test_the_longest_page_stays_above_its_button(size: tuple[int, int]) -> None:
    surface = Surface(size)
    draw_page(surface, Typesetter(), Page(title="Long", text="\n\n".join(["word " * 30] * 12)[:2000]))
    pixels = pygame.surfarray.array3d(surface).transpose(1, 0, 2)
    button = button_of(size)
    gap = pixels[button.top - button.height // 4 : button.top - 1, : button.left]
    assert len(np.unique(gap.reshape(-1, 3), axis=0)) == 1


def test_a_likert_scale_counts_from_one() -> None:
    scale = ITEMS[0]
    assert isinstance(scale, Scale)
    assert (scale.answers, scale.low, scale.high) == ((1, 2, 3, 4, 5, 6, 7), "not at all", "completely")
