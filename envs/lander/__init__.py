"""The lunar lander, with named thrusters or with continuous ones: cards, features, and what there is to draw."""
