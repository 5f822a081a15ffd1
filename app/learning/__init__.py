"""The learner's process: its store, its checkpoint, its loop, and who watches it."""
