"""People's hands: devices, their commands, and the one table that says who has control."""
