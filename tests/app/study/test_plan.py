"""The laws of a balanced order, and of what everybody goes through."""

from collections import Counter
from itertools import pairwise, permutations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from mereq_teleop.app.study.file import Condition, Page, Practice, Question, Study
from mereq_teleop.app.study.plan import Asking, Drive, Reading, order_of, orders, schedule

counts = st.integers(1, 12)
studies = st.builds(
    lambda people, ways, seeds, before, asked: Study(
        title="t",
        participants=tuple(f"P{at}" for at in range(people)),
        conditions=tuple(Condition(name=f"secret-{at}", text="How to take over.") for at in range(ways)),
        seeds=tuple(range(seeds)),
        practice=Practice(before=before) if before else None,
        start=(Page(title="Welcome", text="Hello"), Page(title="Rules", text="Drive")),
        questions=tuple(Question(id=f"q{at}", text="?", at=when) for at, when in enumerate(asked)),
    ),
    people=st.integers(1, 30),
    ways=st.integers(2, 7),
    seeds=st.integers(1, 3),
    before=st.sampled_from(["", "first", "each"]),
    asked=st.lists(st.sampled_from(["condition", "end"]), max_size=3),
)


@given(counts)
def test_every_order_has_every_condition_once(count: int) -> None:
    assert all(sorted(order) == list(range(count)) for order in orders(count))
    assert len(orders(count)) == len(set(orders(count))) == (count if count % 2 == 0 or count == 1 else 2 * count)


@given(counts)
def test_every_condition_stands_equally_often_at_every_position(count: int) -> None:
    rows = orders(count)
    for position in range(count):
        assert set(Counter(order[position] for order in rows).values()) == {len(rows) // count}


@given(st.integers(2, 12))
def test_every_condition_directly_follows_every_other_equally_often(count: int) -> None:
    follows = Counter(pair for order in orders(count) for pair in pairwise(order))
    assert follows == dict.fromkeys(permutations(range(count), 2), 1 if count % 2 == 0 else 2)


def test_four_conditions_are_in_the_order_that_williams_gives() -> None:
    assert orders(4) == ((0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1))


@given(studies)
def test_everybody_drives_every_condition_on_every_seed_and_on_the_same_ones(study: Study) -> None:
    for index in range(len(study.participants)):
        drives = [step for step in schedule(study, index) if isinstance(step, Drive) and not step.practice]
        found = Counter((step.condition.name, step.seed) for step in drives if step.condition)
        assert found == dict.fromkeys(((way.name, seed) for way in study.conditions for seed in study.seeds), 1)
        names = list(dict.fromkeys(step.condition.name for step in drives if step.condition))
        assert names == [condition.name for condition in order_of(study, index)]
        assert [step.position for step in drives] == sorted(step.position for step in drives)


@given(studies)
def test_steps_have_ids_of_their_own_and_conditions_stay_unnamed(study: Study) -> None:
    for index in range(len(study.participants)):
        steps = schedule(study, index)
        assert len({step.id for step in steps}) == len(steps)
        for step in steps:
            if not isinstance(step, Asking):
                assert "secret" not in msgspec.json.encode(step.page).decode()


@given(studies)
def test_practice_comes_before_what_it_is_for_and_counts_for_nothing(study: Study) -> None:
    steps = schedule(study, 0)
    drives = [step for step in steps if isinstance(step, Drive)]
    practised = [step for step in drives if step.practice]
    before = study.practice.before if study.practice else None
    wanted = {None: 0, "first": 1, "each": len(study.conditions)}[before]
    assert len(practised) == wanted
    if wanted:
        assert drives[0].practice
    for step, following in pairwise(drives):
        if step.practice and step.condition is not None:
            assert following.condition == step.condition
            assert not following.practice


@given(studies)
def test_a_questionnaire_ends_each_part_and_a_break_lies_between_two(study: Study) -> None:
    steps = schedule(study, 0)
    kinds = [step.id.split("-")[0] for step in steps if isinstance(step, Asking | Reading)]
    ways = len(study.conditions)
    middle = ["questions", "break"] * (ways - 1) + ["questions"]
    last = ["questions"] if any(question.at == "end" for question in study.questions) else []
    assert kinds == ["start", "start", *middle, *last, "end"]


def test_the_order_goes_by_the_place_in_the_list_alone() -> None:
    study = Study(
        title="t",
        participants=tuple(f"P{at}" for at in range(8)),
        conditions=tuple(Condition(name=f"c{at}") for at in range(3)),
    )
    assert order_of(study, 7) == order_of(study, 1)
    assert order_of(study, 0) != order_of(study, 1)
    later = msgspec.structs.replace(study, participants=(*study.participants, "P8"))
    assert [schedule(later, at) for at in range(8)] == [schedule(study, at) for at in range(8)]
