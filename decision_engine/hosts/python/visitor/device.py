"""The type of a visitor's device: `desktop`, `mobile`, `tablet`, `tv`, `bot` or `other`, by client hints, else by the
headers of the CDN in front, else by the user agent.

The rules on user agents are searched in their order, and the first text that is found decides. They are few on purpose:
what a list of models would add is little (docs/reference/visitor.md has the measurement).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from ..cookies import is_printable

LONGEST_AGENT = 512
LONGEST_HEADER = 256
NOBODYS_AGENT = "Amazon CloudFront"
"""What CloudFront puts in the place of the visitor's agent, unless it is told to pass that on."""

AGENT_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "bot",
        (
            "bot/", "bot-", "bot;", "bot)", "bot (", "spider", "crawler", "slurp", "+http", "externalhit",
            "headlesschrome", "lighthouse", "bingpreview", "curl/", "wget/", "python", "go-http-client", "java/",
            "libwww",
        ),
    ),
    (
        "tv",
        (
            "smarttv", "smart-tv", "googletv", "android tv", "appletv", "apple tv", "hbbtv", "netcast", "bravia", "dtv",
            "crkey", "roku", "viera", "; aft", "playstation", "xbox", "nintendo",
        ),
    ),
    ("tablet", ("pixel c", "surftab")),
    (
        "mobile",
        (
            "windows phone", "wpdesktop", "iphone", "ipod", " sm-a", " sm-f", " sm-g", " sm-j", " sm-n", " sm-s",
            "pixel", "oneplus",
        ),
    ),
    (
        "tablet",
        (
            "ipad", "tablet", "tab ", "-tab", "tab-", "tab2", "tab3", "pad", "kindle", "playbook", "nexus 7",
            "nexus 9", "nexus 10", "xoom", " sm-t", " sm-p", " sm-x", " gt-p", " gt-n51", " gt-n80", "lenovo b",
            "lenovo yt", "lenovo tb", "ideatab", "transformer", "kobo", "nook", "pocketbook", "xelio", "archos",
            "android 3.", "silk/",
        ),
    ),
    (
        "mobile",
        (
            "mobi", "opera mini", "lumia", "blackberry", "midp", "symbian", "series60", "series40", "nokia", "ucweb",
            "obigo", "netfront", "webos", "phone", "palm",
        ),
    ),
    ("tablet", ("android",)),
    ("desktop", ("windows", "macintosh", "x11", "cros", "linux")),
)  # fmt: skip
"""Texts of a user agent in lower case, and what they tell; a list may stand for a type more than once."""

_FORMS = (('"Tablet"', "tablet"), ('"Mobile"', "mobile"), ('"Desktop"', "desktop"), ('"', "other"))
"""Form factors of the hint, with their quotes; the first that is listed decides."""

_UNMOVED = {
    '"Android"': "tablet",
    '"Windows"': "desktop",
    '"macOS"': "desktop",
    '"Linux"': "desktop",
    '"Chrome OS"': "desktop",
    '"Chromium OS"': "desktop",
}
"""What a device that is not mobile is, by the platform that the hint names."""

_CLOUDFRONT = (
    ("cloudfront-is-smarttv-viewer", "tv"),
    ("cloudfront-is-tablet-viewer", "tablet"),
    ("cloudfront-is-mobile-viewer", "mobile"),
    ("cloudfront-is-desktop-viewer", "desktop"),
)
_CLOUDFLARE = ("desktop", "mobile", "tablet")


def observe_type(headers: Mapping[str, str], cdn: str | None) -> str | None:
    """The type of the device that a request comes from; None when nothing tells it.

    `cdn` names the one in front, whose own headers then count.
    """
    text = _short(headers.get("user-agent"), LONGEST_AGENT)
    agent = None if text is None or text == NOBODYS_AGENT else agent_type(text)
    if agent in {"bot", "tv"}:  # hints have no word for these two, and come with them all the same
        return agent
    return _hinted_type(headers) or _cdn_type(headers, cdn) or agent


@lru_cache(maxsize=256)
def agent_type(agent: str) -> str:
    """The type of a device by its user agent, of printable ASCII."""
    text = agent.lower()
    for kind, parts in AGENT_RULES:
        if any(part in text for part in parts):
            return kind
    return "other"


def _hinted_type(headers: Mapping[str, str]) -> str | None:
    forms = _short(headers.get("sec-ch-ua-form-factors"), LONGEST_HEADER)
    if forms is not None:
        for form, kind in _FORMS:
            if form in forms:
                return kind
    match headers.get("sec-ch-ua-mobile"):
        case "?1":
            return "mobile"
        case "?0":
            return _UNMOVED.get(headers.get("sec-ch-ua-platform", ""))
        case _:
            return None


def _cdn_type(headers: Mapping[str, str], cdn: str | None) -> str | None:
    """What the CDN in front says; the adapter names it, since elsewhere these headers are whatever the visitor sent."""
    match cdn:
        case "cloudfront":
            return next((kind for name, kind in _CLOUDFRONT if headers.get(name) == "true"), None)
        case "akamai":
            return _akamai_type(_short(headers.get("x-akamai-device-characteristics"), LONGEST_AGENT))
        case "cloudflare":
            kind = headers.get("cf-device-type")
            return kind if kind in _CLOUDFLARE else None
        case _:
            return None


def _akamai_type(text: str | None) -> str | None:
    """Akamai's header reads as cookies do; a device that is neither of the two is a desktop where both are told."""
    if text is None:
        return None
    told = dict(pair.strip(" \t").partition("=")[::2] for pair in text.split(";") if "=" in pair)
    tablet, mobile = told.get("is_tablet"), told.get("is_mobile")
    if tablet == "true":
        return "tablet"
    if mobile == "true":
        return "mobile"
    return "desktop" if tablet is not None and mobile is not None else None


def _short(value: str | None, longest: int) -> str | None:
    """The beginning of a header, or None when that is not printable."""
    text = value[:longest] if value else None
    return text if text is not None and is_printable(text) else None
