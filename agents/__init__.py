"""Policies and learning: priors, residual Q-learning, MEReQ and its baselines, simulated experts."""
