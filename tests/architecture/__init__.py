"""Tests that hold the plan of the house: the direction of imports, the shape of packages, what no file may say."""
