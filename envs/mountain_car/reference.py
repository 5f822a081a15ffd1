"""The reference environment is gymnasium's own, registered by gymnasium itself; actions are its float32 vectors."""

__all__: list[str] = []
