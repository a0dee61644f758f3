"""The main job as one command: compile the example shop, serve it, send its real sessions through, compare, report."""

__all__: list[str] = []
