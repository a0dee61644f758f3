"""Profile tokens, sticky assignments, pseudonyms and the KV lane: data for both hosts, and what wrote it."""
