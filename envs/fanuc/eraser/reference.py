"""Importing this module registers the eraser's gymnasium ids."""

from mereq_teleop.envs.fanuc.eraser.card import CARD
from mereq_teleop.envs.fanuc.reference import register

__all__: list[str] = []

register(CARD)
