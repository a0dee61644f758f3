"""Stores: one suite for every storage, and what each must stand by itself."""
