"""The modules for deno and bun, served by them."""
