"""Texts that would be more than text where something prints them, and marks that may appear nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product

_SCRIPTS = (
    "<script>alert(1)</script>", "</script><script>alert(1)</script>", "</edgewise-slot><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", '"><script>alert(1)</script>', "'><svg onload=alert(1)>",
    '" onmouseover="alert(1)', "' autofocus onfocus='alert(1)", "` onclick=alert(1) x=`",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>", "<!--<script>alert(1)//", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>", "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>", "</style><script>alert(1)</script>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<a href=javascript:alert(1)>x</a>", "<\u0000script>",
    "\u2028alert(1)\u2029", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)", "\u003cscript\u003e",
    "${alert(1)}", "{{constructor.constructor('alert(1)')()}}", "<%= 1 %>", "%3Cscript%3Ealert(1)%3C/script%3E",
    "+ADw-script+AD4-alert(1)", "\uff1cscript\uff1e", "<ſcript>alert(1)</ſcript>", "<plaintext>", "<!DOCTYPE x [",
)  # fmt: skip
_BREAKS = ("\r\n", "\n", "\r", "\u000b", "\u0085", "\u2028", "\u0000", "%0d%0a", "\\r\\n", "\u560d\u560a")
_ADDED = ("set-cookie: owned=1", "location: https://evil.example/", "\r\n<script>alert(1)</script>", "x-owned: 1")
_URLS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)", "//evil.example/", "/\\evil.example/", "https:evil.example", "\\\\evil.example",
    "http://evil.example/", "https://shop.example@evil.example/", "/..//evil.example", " javascript:alert(1)",
    "\u0001javascript:alert(1)", "blob:https://evil.example/1", "file:///etc/passwd", "/%2f%2fevil.example",
    "https://evil.example\\@shop.example/", "///evil.example", "/\t/evil.example",
)  # fmt: skip


def injections() -> Iterator[str]:
    """100 texts: scripts and attributes, headers behind line ends, and addresses that lead elsewhere."""
    broken = (f"a{one}{added}" for one, added in product(_BREAKS, _ADDED))
    return islice((*_SCRIPTS, *broken, *_URLS, *_rest()), 100)


def canaries() -> list[str]:
    """50 texts that mean nothing and are found again wherever they turn up."""
    return [f"canary{number:02}q7x{number * 7919 % 9973:04}z" for number in range(50)]


def _rest() -> Iterator[str]:
    for tag, event in product(("video", "body", "details", "input", "marquee"), ("onload", "ontoggle", "onerror")):
        yield f"<{tag} {event}=alert(1)>"
