"""Erase a line on a board with a sprung pad."""
