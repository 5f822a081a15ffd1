"""No test is timed: a machine under load must not fail what is right."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
