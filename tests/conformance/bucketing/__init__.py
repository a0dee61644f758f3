"""The vectors of bucketing, and the script that made them."""
