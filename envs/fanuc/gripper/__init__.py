"""Grasp a pillow and lift it."""
