"""The lander whose engines are either on or off."""
