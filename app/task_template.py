"""What `mereq new-task` writes: a task that runs as it is, with a remark at everything that one may want to change."""

from typing import Final

__all__ = ["TEMPLATE"]

TEMPLATE: Final = '''"""A task of your own, with a policy to start from and somebody who minds; change what you like.

mereq-teleop --env NAME:Task                                  drive it: arrows take over, Esc gives back
mereq-teleop --env NAME:Task --device simulated --headless    let `expert` take over instead; try --method hg-dagger-ft
mereq pretrain --env NAME:Task --out prior.safetensors        train a policy to start from

Everything that a task may say: docs/bring-your-own-task.md, or help(mereq_teleop.envs.Task).
"""

from mereq_teleop.envs import Feature, Preference
from mereq_teleop.envs import Task as AnyTask


class Task(AnyTask):
    """Balance a pole on a cart, left of the middle"""

    # Any gymnasium id that is observed as a Box and takes Discrete or Box actions; or write
    # `def make(self, render_mode)`, which returns your own gymnasium.Env.
    env = "CartPole-v1"

    # Names are for the screen; leave them out, and they are action_0, observation_0, ...
    actions = ("left", "right")
    observations = ("position", "velocity", "angle", "spin")

    # Control steps a second at which a person drives: slower than the real thing is easier.
    rate_hz = 10.0

    # Which key does what; leave it out where the arrows suggest themselves.
    keys = {"left": "left", "right": "right"}

    # What people may care about: `measure` gives these numbers after each step, best within -1..1. Leave both out, and
    # the components of observation and action are the features.
    features = (
        Feature(name="left", unit="0 .. 1 from 0.2 m on", meaning="how far left of the middle", reach=2.0),
        # Not wanted: nobody is taken to like more of it.
        Feature(name="tilt", unit="of the greatest", meaning="size of the pole's angle", wanted=False),
    )

    def measure(self, moment):
        position, _, angle, _ = moment.after
        return min(max(-position / 0.2, 0.0), 1.0), abs(angle) / 0.21

    # What simulated experts want: the true weights of the features, in their order. For people it needs none.
    preferences = (Preference(name="left", theta=(1.0, 0.0), release_after=10),)

    # Control steps between two looks at how much was done by hand.
    round_steps = 200

    # How the simulated expert who wants it drives: an action, or None where any action will do.
    def expert(self, obs, preference):
        return steered(obs, towards=-0.4) if obs[0] > -0.05 else None

    # Who drives at first: a file beside this one (.safetensors, or a .zip of stable-baselines3), or a function.
    prior = "NAME:policy"


def policy(obs):
    """An action; or the probability of each; for continuous actions a vector, or (mean, standard deviation)."""
    return steered(obs, towards=0.0)


def steered(obs, towards):
    """Lean the pole towards where the cart shall go."""
    position, velocity, angle, spin = obs
    return int(angle + 0.5 * spin + 0.1 * (position - towards) + 0.2 * velocity > 0)
'''
