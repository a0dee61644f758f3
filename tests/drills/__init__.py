"""The drills in small on the real worker, and that a worker which is broken fails them."""
