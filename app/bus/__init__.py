"""The ZMQ bus between the actor and the learner: addresses, messages, and the two ends."""
