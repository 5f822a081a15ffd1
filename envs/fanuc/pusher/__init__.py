"""Push a bottle to a goal."""
