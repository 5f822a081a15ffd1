"""What a session begins from: a prior alone, a frame of another session, or another session's end."""

import shutil
from dataclasses import dataclass, replace

import msgspec

from mereq_teleop.agents.policy import AnyPolicy
from mereq_teleop.app.bus.messages import Hello
from mereq_teleop.app.cast import make_prior
from mereq_teleop.app.config import OperateConfig
from mereq_teleop.app.fork import Fork, Start, read_fork
from mereq_teleop.app.resumption import Parent, Resumption, parent_of, take_over
from mereq_teleop.app.settings import learner_config
from mereq_teleop.envs.card import TaskCard
from mereq_teleop.sessions.folder import SessionFolder, default_root, find_session

__all__ = ["Origin", "greeting", "origin_of"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a session comes from."""

    prior: AnyPolicy
    """What its learner starts from."""
    driving: AnyPolicy
    """Who drives first, but for a fork."""
    fork: Fork | None = None
    """The frame of another session that it goes on from."""
    parent: Parent | None = None
    """The session that it resumes."""

    @property
    def parent_name(self) -> str | None:
        """Name of the session that it comes from; None if it comes from none."""
        if self.fork is not None:
            return self.fork.parent
        return None if self.parent is None else self.parent.folder.name

    def start(self, *, by_hand: bool) -> Start | None:
        """Where a fork's actor takes up its world; `by_hand` for a person, who gets control there."""
        return None if self.fork is None else replace(self.fork.start, by_hand=by_hand)

    @property
    def words(self) -> str:
        """What to tell the operator of it."""
        if self.fork is not None:
            return f", which goes on from {self.fork.start.point}"
        return "" if self.parent is None else f", which resumes {self.parent_name}"


def origin_of(config: OperateConfig, card: TaskCard) -> Origin:
    """What the configuration asks to begin from.

    Raises:
        AppError, BadPolicy, SessionError: what it asks for is not there or not right.
    """
    root = config.sessions or default_root()
    if config.fork is not None:
        fork = read_fork(root, config.fork, config.policy)
        prior = (None if config.prior else fork.prior) or make_prior(config, card)
        return Origin(prior=prior, driving=prior, fork=fork)
    if config.resume is not None:
        parent = parent_of(find_session(root, config.resume))
        prior = parent.prior(card) or make_prior(config, card)
        return Origin(prior=prior, driving=parent.driving(card) or prior, parent=parent)
    prior = make_prior(config, card)
    return Origin(prior=prior, driving=prior)


def greeting(
    origin: Origin, folder: SessionFolder, config: OperateConfig, card: TaskCard
) -> tuple[Hello, Resumption | None]:
    """What the learner needs to begin, and what a resumed session goes on with; on failure the folder is removed."""
    hello = Hello(
        card=card.digest(),
        session=folder.name,
        config=learner_config(config),
        update=config.learns_each,
        prior=origin.prior.snapshot.to_bytes(),
        # The learner counts on from the policy that drives first.
        last_version=0 if origin.fork is None else origin.fork.start.policy.snapshot.version,
    )
    if origin.parent is None:
        return hello, None
    try:
        before = take_over(origin.parent, folder, hello, config)
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    return msgspec.structs.replace(hello, last_version=before.last_version, oldest=before.stored + 1), before
