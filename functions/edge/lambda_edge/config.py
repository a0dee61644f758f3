"""Writes what has to be set where a Lambda@Edge function is made and attached."""

from __future__ import annotations

import json

REGION = "us-east-1"
"""The one region from which Lambda@Edge takes functions."""

NODE_RUNTIME = "nodejs22.x"
PYTHON_RUNTIME = "python3.13"

OWN_PATHS = ("/.edgewise/*", "/ofrep/*")
"""The path patterns of the cache behaviours that Edgewise answers."""


def function_settings(runtime: str, *, memory_mb: int = 128, timeout_seconds: int = 5) -> str:
    """The text of `function.json`: the arguments of CreateFunction, and how a distribution attaches the function.

    Lambda@Edge takes a numbered version, and no environment variables, layers or VPC. Memory and timeout are the most
    that viewer events have been allowed.
    """
    content = {
        "function": {
            "Region": REGION,
            "Runtime": runtime,
            "Handler": "handler.handler",
            "MemorySize": memory_mb,
            "Timeout": timeout_seconds,
            "Publish": True,
        },
        "association": {
            "PathPatterns": list(OWN_PATHS),
            "EventType": "origin-request",
            "IncludeBody": True,
            "CachePolicy": "Managed-CachingDisabled",
            "OriginRequestPolicy": "Managed-AllViewerAndCloudFrontHeaders-2022-06",
        },
    }
    return json.dumps(content, indent=2) + "\n"
