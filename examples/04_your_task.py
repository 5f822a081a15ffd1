"""A task of your own: CartPole, and people who like the cart left of the middle.

mereq-teleop --env 04_your_task:CartPole --prior FILE.zip    # a stable-baselines3 PPO or DQN of CartPole-v1
mereq-teleop --env 04_your_task:CartPole --prior 04_your_task:policy --device simulated --headless --method hg-dagger-ft
"""

from mereq_teleop.envs import Feature, Preference, Task


class CartPole(Task):
    """Balance a pole on a cart, left of the middle"""

    env = "CartPole-v1"
    actions = ("left", "right")
    observations = ("position", "velocity", "angle", "spin")
    round_steps = 200
    features = (
        Feature(name="left", unit="0 .. 1 from 0.2 m on", meaning="how far left of the middle", reach=2.0),
        Feature(name="tilt", unit="of the greatest", meaning="size of the pole's angle", wanted=False),
    )
    preferences = (Preference(name="left", theta=(1.0, 0.0), release_after=10),)

    def measure(self, moment):
        """The features after a step."""
        position, _, angle, _ = moment.after
        return min(max(-position / 0.2, 0.0), 1.0), abs(angle) / 0.21

    def expert(self, obs, preference):
        """What a simulated expert would do; nothing where any action will do."""
        return steered(obs, towards=-0.4) if obs[0] > -0.05 else None


def policy(obs):
    """A policy to start from, if you have none: it balances in the middle."""
    return steered(obs, towards=0.0)


def steered(obs, towards):
    """Lean the pole towards where the cart shall go."""
    position, velocity, angle, spin = obs
    return int(angle + 0.5 * spin + 0.1 * (position - towards) + 0.2 * velocity > 0)
