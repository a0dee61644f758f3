"""Tests that hold the README, the docs and the generated pages to the product."""
