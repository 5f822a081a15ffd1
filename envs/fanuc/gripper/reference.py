"""Importing this module registers the gripper's gymnasium ids."""

from mereq_teleop.envs.fanuc.gripper.card import CARD
from mereq_teleop.envs.fanuc.reference import register

__all__: list[str] = []

register(CARD)
