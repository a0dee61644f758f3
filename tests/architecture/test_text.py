"""What no file of the repository may say: places of one machine, hosts of registries, loose ends."""

import re

from tests.architecture.sources import LAYERS, text_files

# Joined from pieces, so that this file passes its own tests.
MACHINE_PATHS = ["/" + "work/", "/" + "root/"]
REGISTRY_HOSTS = [
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
        ("static", "crates", "io"),
    )
]
LOOSE_ENDS = re.compile(r"\b(?:" + "TO" + r"DO|" + "FIX" + r"ME)\b")
CODE = (".py", ".js", ".mjs", ".ts", ".sh", ".toml", ".html", ".css", ".tf")

EXEMPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[\w, -]+\])?(?P<reason>.*)")
SHORTEST_REASON = 10


def test_no_file_names_a_place_of_one_machine() -> None:
    assert not _lines_with(re.compile("|".join(map(re.escape, MACHINE_PATHS))), text_files())


def test_no_file_names_a_package_registry() -> None:
    assert not _lines_with(re.compile("|".join(map(re.escape, REGISTRY_HOSTS))), text_files())


def test_no_code_has_loose_ends() -> None:
    assert not _lines_with(LOOSE_ENDS, {name: text for name, text in text_files().items() if name.endswith(CODE)})


def test_every_exemption_gives_its_reason_on_the_same_line() -> None:
    bare = [
        f"{name}:{number}: {line.strip()}"
        for name, text in text_files().items()
        if name.endswith(".py") and name.startswith((*LAYERS, "tests/", "examples/"))
        for number, line in enumerate(text.splitlines(), 1)
        if (found := EXEMPTION.search(line)) and len(found["reason"].strip(" #-:")) < SHORTEST_REASON
    ]
    assert not bare, "\n".join(bare)


def _lines_with(pattern: re.Pattern[str], texts: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts.items()
        if pattern.search(text)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
