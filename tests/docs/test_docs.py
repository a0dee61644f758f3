"""The README, the docs and the generated pages are true: commands run, registries pass, links lead somewhere."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from decision_engine.operators import OPERATORS
from infra.cli.main import COMMANDS, main
from infra.generate.__main__ import main as generate
from infra.targets import TARGETS
from tests.architecture.sources import LAYERS, ROOT
from tests.docs.pages import Block, anchors, blocks, links, pages, read_page
from tests.docs.shell import Shell, commands

PAGES_WITH_COMMANDS = ("README.md", "docs/marketers.md", "docs/developers.md", "docs/operators.md")
NOT_RUN = {
    "make demo": "sets up the checkout and takes a minute; CI's own job",
    "make test": "runs this test",
}
OPERATORS_PAGE = "docs/reference/operators.md"
ARCHITECTURE_PAGE = "docs/architecture.md"


def registries() -> list[Block]:
    """The registries of all pages: every JSON block of the README, elsewhere those that are marked complete."""
    marked = [block for page in pages() if page.startswith("docs/") for block in blocks(page, "json complete")]
    return [*blocks("README.md", "json"), *marked]


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS)
def test_the_commands_of_a_page_run(page: str, tmp_path: Path) -> None:
    found = list(blocks(page, "sh"))
    assert found
    with Shell(tmp_path) as shell:
        for block in found:
            shell.run_block(block, NOT_RUN)


def test_what_is_not_run_stands_on_a_page() -> None:
    written = {line for page in PAGES_WITH_COMMANDS for block in blocks(page, "sh") for line in commands(block.text)}
    assert set(NOT_RUN) <= written


@pytest.mark.node
def test_the_programs_of_the_developers_page_run(tmp_path: Path) -> None:
    page = "docs/developers.md"
    with Shell(tmp_path) as shell:
        shell.run("edgewise init my_shop", page)
        for target in ("python", "wasm"):
            shell.run(f"edgewise compile my_shop --target {target} --out build/{target}", page)
        for info, name, runner in (("python", "example.py", "python"), ("js", "example.mjs", shutil.which("node"))):
            programs = list(blocks(page, info))
            assert programs
            for block in programs:
                (tmp_path / name).write_text(block.text, encoding="utf-8")
                assert shell.run(f"{runner} {name}", block.place)


@pytest.mark.parametrize("block", registries(), ids=lambda block: block.place)
def test_a_registry_of_a_page_passes_its_check(
    block: Block, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "registry.json"
    file.write_text(block.text, encoding="utf-8")
    code = main(["check", str(file), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (code, found["diagnostics"]) == (0, [])


def test_every_part_of_the_marketers_page_has_a_registry() -> None:
    assert len(list(blocks("docs/marketers.md", "json complete"))) >= 4


def test_the_local_links_of_all_pages_resolve() -> None:
    broken = [f"{page}: {target}" for page, text in pages().items() for target in broken_links(page, text)]
    assert not broken, "\n".join(broken)


def broken_links(page: str, text: str) -> Iterator[str]:
    """The local links of a page that lead to no file, or to no heading."""
    for target in links(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            yield target


def test_the_generated_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate(["--check"]) == 0, capsys.readouterr().out


def test_the_readme_lists_the_commands() -> None:
    listed = re.findall(r"^\| `edgewise (\w+)", read_page("README.md"), re.MULTILINE)
    assert sorted(listed) == sorted(command.__name__ for command, _ in COMMANDS)


@pytest.mark.parametrize(("page", "heading"), [("README.md", "## Targets"), ("docs/developers.md", "## Compile")])
def test_the_tables_of_targets_are_complete(page: str, heading: str) -> None:
    section = read_page(page).partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \|", section, re.MULTILINE)
    assert sorted(name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)) == sorted(TARGETS)


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_every_operator_is_documented_and_has_cases(name: str) -> None:
    page = read_page(OPERATORS_PAGE)
    assert f"\n## {name}\n" in page
    assert f"| [{name}](#{name}) |" in page
    assert (ROOT / "tests" / "conformance" / "operators" / f"{name}.json").is_file()
    forms = json.loads(read_page("docs/reference/registry.schema.json"))["$defs"]["Condition"]["anyOf"]
    test_of_feature = next(form for form in forms if form["title"] == "feature")
    assert name in test_of_feature["properties"]


def test_the_files_named_by_the_architecture_page_exist() -> None:
    text = read_page(ARCHITECTURE_PAGE)
    in_prose = [path for path in re.findall(r"`([\w*-]+/[\w*./-]+)`", text) if "NAME" not in path]
    named = [*paths_in_tree(text), *in_prose]
    roots = [ROOT, ROOT / "tests" / "conformance", *(ROOT / layer for layer in LAYERS)]
    assert len(named) > 50
    assert not [path for path in named if not any(any(root.glob(path.rstrip("/"))) for root in roots)]


def paths_in_tree(text: str) -> Iterator[str]:
    """The paths of the page's tree: a line names a folder, indented ones stand in it."""
    tree = text.partition("## Folders")[2].partition("\n## ")[0]
    folder = ""
    for indent, names in re.findall(r"^( {4,6})(\S+(?:, \S+)*)(?:  .*)?$", tree, re.MULTILINE):
        if indent == "    ":
            folder = names
            yield folder
        else:
            yield from (f"{folder}{name}" for name in names.split(", "))


def test_no_page_names_a_place_of_this_machine() -> None:
    places = re.compile("|".join([re.escape(str(ROOT)), re.escape(str(Path.home())) + "/", r"/(?:home|Users)/\w"]))
    named = [f"{page}: {found[0]}" for page, text in pages().items() if (found := places.search(text))]
    assert not named, "\n".join(named)


def test_anchors_are_those_of_github() -> None:
    text = "# What `check` says\n```sh\n# no heading\n```\n## Twice\n## Twice\n### [Link](x.md), too\n"
    assert anchors(text) == {"what-check-says", "twice", "twice-1", "link-too"}
