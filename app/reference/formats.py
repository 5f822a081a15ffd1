"""The page of what is written to the disk: every record, field by field."""

from mereq_teleop.agents.records import LearnerReport, PolicyMaker, RewardWeights, Trial
from mereq_teleop.app.reference.markdown import code, prose, table
from mereq_teleop.app.reference.source import fields_of
from mereq_teleop.app.replay import TYPES as OTHER_TYPES
from mereq_teleop.app.results import EvaluationResult, EvaluationResults, Results, RoundResult
from mereq_teleop.sessions.config import SessionConfig, SessionHeader
from mereq_teleop.sessions.events import TYPES, Topic
from mereq_teleop.sessions.fingerprint import Fingerprint
from mereq_teleop.sessions.labels import Labels, Remark
from mereq_teleop.sessions.records import Authority, Decision

__all__ = ["body"]

_FILES = {
    "config.json": (SessionConfig,),
    "the recording's header": (SessionHeader, Fingerprint),
    "results.json": (Results, RoundResult, EvaluationResults, EvaluationResult),
    "labels.json": (Labels, Remark),
    "within other records": (Decision, RewardWeights, Trial, PolicyMaker),
}


def body() -> str:
    """All topics of a recording, then the other files of a session."""
    types = {str(topic): {**TYPES, **OTHER_TYPES}[topic] for topic in Topic}
    who = ", ".join(code(one.value) for one in Authority)
    told = [
        "How the files of a session hang together, what a crash leaves and how to read them elsewhere: "
        "[a session on disk](../../sessions/FORMAT.md). Other files: [mapping files of devices](../hands.md), "
        "[a study's TOML and study.csv](../studies.md), [exports](../exports.md), [keys](../remote-learner.md).",
        f"An `Action` is an index (named actions) or a list of numbers (axes). An `Authority` is one of {who}.",
        "## Topics of session.mcap",
        table(
            ("topic", "type", "is"),
            [(code(at), f"[{it.__name__}](#{it.__name__.lower()})", _first(it)) for at, it in types.items()],
        ),
        *(_section(record) for record in types.values()),
        *(
            f"## {where[0].upper()}{where[1:]}\n\n" + "\n\n".join(map(_section, records))
            for where, records in _FILES.items()
        ),
        f"`LearnerReport` is what the learner sends with each policy: {_first(LearnerReport)}",
    ]
    return "\n\n".join(part.strip() for part in told)


def _first(record: type) -> str:
    return prose(record.__doc__).split("\n\n")[0]


def _section(record: type) -> str:
    rows = [(code(one.name), code(one.kind), code(one.default), one.said) for one in fields_of(record)]
    fields = table(("field", "type", "default", "meaning"), rows)
    return f"### {record.__name__}\n\n{prose(record.__doc__)}\n\n{fields}".strip()
