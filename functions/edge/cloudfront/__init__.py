"""CloudFront Functions: the host of a viewer-request function, its build, and its live switches."""

from functions.edge.cloudfront.switches import KEY_PLACEHOLDER, SwitchError, Switches, insert_key, mint, verify

__all__ = ["KEY_PLACEHOLDER", "SwitchError", "Switches", "insert_key", "mint", "verify"]
