"""The lander whose engines are throttled."""
