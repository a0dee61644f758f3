"""Adapters that run a compiled registry on each CDN, one folder a platform."""
