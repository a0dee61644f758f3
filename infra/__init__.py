"""The outermost layer: the command line, engines, targets, replay, the local server."""

__all__: list[str] = []
