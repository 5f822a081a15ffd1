"""The reference environment is gymnasium's own, registered by gymnasium itself."""

__all__: list[str] = []
