"""Lambda@Edge, in Node and in Python: the same events, the same answers."""
