"""The decision engine: a registry lowered to a typed program, and that program emitted for every target."""

__all__: list[str] = []
