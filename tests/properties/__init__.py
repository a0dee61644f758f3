"""Properties that hold for every registry and request, on random ones."""
