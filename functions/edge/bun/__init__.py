"""Bun: the decisions as plain ES modules behind the web's Request and Response."""
