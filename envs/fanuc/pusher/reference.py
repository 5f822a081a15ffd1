"""Importing this module registers the pusher's gymnasium ids."""

from mereq_teleop.envs.fanuc.pusher.card import CARD
from mereq_teleop.envs.fanuc.reference import register

__all__: list[str] = []

register(CARD)
