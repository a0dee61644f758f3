"""A damaged or unsupported LightGBM file is refused with its line, what was expected and what was found."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision_engine.trees import ModelError, load_lightgbm
from decision_engine.trees.loaders.lightgbm import _text as reader
from decision_engine.trees.loaders.lightgbm import read_lightgbm
from tests.trees.models import case

SOUND = """\
tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=price country
feature_infos=[0:100] 0:1:2
tree_sizes=300 200

Tree=0
num_leaves=4
num_cat=1
split_feature=0 1 0
split_gain=3 2 1
threshold=10.5 0 99
decision_type=2 1 8
left_child=1 -1 -2
right_child=2 -3 -4
leaf_value=0.5 -0.25 0.125 1
cat_boundaries=0 2
cat_threshold=6 1
is_linear=0
shrinkage=1

Tree=1
num_leaves=1
num_cat=0
leaf_value=0.0625
is_linear=0
shrinkage=0.1

end of trees

pandas_categorical:[["at", "de", "ch"]]
"""
"""A sound model; the table below replaces lines of it, which are numbered from 1."""

DELETED = None

# line to damage, its replacement, code, line reported, message
DAMAGES: list[tuple[int, str | None, str, int, str]] = [
    (1, '{"name": "tree"}', "not-lightgbm", 1, 'expected `tree`, found `{"name": "tree"}`'),
    (1, "\x80\x04" + "x" * 90, "not-lightgbm", 1, "expected `tree`, found `\x80\x04" + "x" * 38 + "...`"),
    (2, "version=v2", "unsupported-version", 2, "expected version `v3` or `v4`, found `v2`"),
    (2, DELETED, "missing-key", 1, "expected a line `version=`, found none"),
    (3, "num_class=0", "out-of-range", 3, "expected `num_class` between 1 and 10000, found 0"),
    (3, "num_class=one", "not-a-number", 3, "expected an integer in `num_class`, found `one`"),
    (4, "num_tree_per_iteration=2", "wrong-count", 4, "expected one tree an iteration for each of 1 classes, found 2"),
    (5, "learning to rank", "damaged-file", 5, "expected `key=value`, found `learning to rank`"),
    (5, "objective2=x", "unknown-key", 5, "expected a key of LightGBM 3 or 4, found `objective2`"),
    (5, "version=v4", "repeated-key", 5, "expected one line `version=`, found a second one (the first is line 2)"),
    (6, "max_feature_idx=2", "wrong-count", 8, "expected 3 feature names (`max_feature_idx` + 1), found 2"),
    (
        6,
        "max_feature_idx=999999999",
        "out-of-range",
        6,
        "expected `max_feature_idx` between 0 and 99999, found 999999999",
    ),
    (7, "objective=magic", "unknown-objective", 7, "expected an objective of LightGBM, found `magic`"),
    (7, "objective=binary sigmoid:-1", "not-a-number", 7, "expected a positive number after `sigmoid:`, found `-1`"),
    (
        7,
        "objective=multiclass num_class:3",
        "wrong-count",
        7,
        "expected the objective's `num_class:1`, found `num_class:3`",
    ),
    (8, "feature_names=price price", "repeated-name", 8, "expected distinct feature names, found `price` twice"),
    (8, DELETED, "missing-key", 1, "expected a line `feature_names=`, found none"),
    (10, "tree_sizes=300 200 100", "wrong-count", 10, "expected 2 values of `tree_sizes`, one for each tree, found 3"),
    (12, "Tree=7", "damaged-file", 12, "expected `Tree=0`, found `Tree=7`"),
    (13, "num_leaves=5", "wrong-count", 21, "expected 5 values of `leaf_value`, one for each leaf, found 4"),
    (13, "num_leaves=0", "out-of-range", 13, "expected `num_leaves` between 1 and 131072, found 0"),
    (13, "num_leaves=99999999999", "out-of-range", 13, "expected `num_leaves` between 1 and 131072, found 99999999999"),
    (13, DELETED, "missing-key", 12, "expected a line `num_leaves=`, found none"),
    (14, "num_cat=0", "damaged-tree", 17, "expected a category set of its own below 0 at split 1, found `0.0`"),
    (15, "split_feature=0 1 2", "damaged-tree", 15, "expected a feature between 0 and 1 at split 2, found 2"),
    (15, "split_feature=0 -1 0", "damaged-tree", 15, "expected a feature between 0 and 1 at split 1, found -1"),
    (15, "split_feature=0 1.5 0", "not-a-number", 15, "expected an integer in `split_feature`, found `1.5`"),
    (17, "threshold=10.5 0 99 3", "wrong-count", 17, "expected 3 values of `threshold`, one for each split, found 4"),
    (17, "threshold=10.5 0 x", "not-a-number", 17, "expected a number in `threshold`, found `x`"),
    (17, "threshold=10.5 0 9_9", "not-a-number", 17, "expected a number in `threshold`, found `9_9`"),
    (17, "threshold=10.5 0 \u0663", "not-a-number", 17, "expected a number in `threshold`, found `\u0663`"),
    (17, "threshold=10.5  99", "not-a-number", 17, "expected a number in `threshold`, found ``"),
    (17, "threshold=nan 0 99", "damaged-tree", 17, "expected a threshold at split 0, found `nan`"),
    (
        17,
        "threshold=10.5 0.5 99",
        "damaged-tree",
        17,
        "expected a category set of its own below 1 at split 1, found `0.5`",
    ),
    (
        17,
        f"threshold=10.5 0 {'9' * 80}",
        "not-a-number",
        17,
        f"expected a number in `threshold`, found `{'9' * 40}...`",
    ),
    (18, "decision_type=2 1 12", "damaged-tree", 18, "expected a decision type between 0 and 11 at split 2, found 12"),
    (
        18,
        "decision_type=1 1 8",
        "damaged-tree",
        17,
        "expected a category set of its own below 1 at split 0, found `10.5`",
    ),
    (19, "left_child=3 -1 -2", "damaged-tree", 19, "expected a child between -4 and 2 at split 0, found 3"),
    (19, "left_child=1 -9 -2", "damaged-tree", 19, "expected a child between -4 and 2 at split 1, found -9"),
    (19, "left_child=1 0 -2", "damaged-tree", 19, "expected each child once, found 0 again at split 1"),
    (20, "right_child=2 -2 -4", "damaged-tree", 20, "expected each child once, found -2 again at split 1"),
    (20, "right_child=-4 -3 2", "damaged-tree", 19, "expected every split to hang from the root, found split 2 apart"),
    (20, DELETED, "missing-key", 12, "expected a line `right_child=`, found none"),
    (21, "leaf_value=0.5 inf 0.125 1", "not-finite", 21, "expected a finite value of leaf 1, found `inf`"),
    (21, "leaf_value=0.5 0.25 nan 1", "not-finite", 21, "expected a finite value of leaf 2, found `nan`"),
    (
        22,
        "cat_boundaries=0 2 4",
        "wrong-count",
        22,
        "expected 2 values of `cat_boundaries`, one for each category set, and the end, found 3",
    ),
    (22, "cat_boundaries=1 2", "damaged-tree", 22, "expected boundaries that grow from 0, found others"),
    (
        22,
        "cat_boundaries=0 3",
        "wrong-count",
        23,
        "expected 3 values of `cat_threshold`, one for each 32 categories up to the last boundary, found 2",
    ),
    (23, "cat_threshold=6 4294967296", "damaged-tree", 23, "expected 32-bit words, found 4294967296"),
    (23, DELETED, "missing-key", 12, "expected a line `cat_threshold=`, found none"),
    (24, "is_linear=1", "linear-tree", 24, "expected a tree of constant leaves (`is_linear=0`), found `is_linear=1`"),
    (25, "leaf_coeff=1", "unknown-key", 25, "expected a key of LightGBM 3 or 4, found `leaf_coeff`"),
    (30, "leaf_value=1.7e308 1", "wrong-count", 30, "expected 1 values of `leaf_value`, one for each leaf, found 2"),
    (34, "end of tree", "damaged-file", 34, "expected `key=value`, found `end of tree`"),
    (34, DELETED, "damaged-file", 35, 'expected `key=value`, found `pandas_categorical:[["at", "de", "ch"]]`'),
    (
        36,
        "pandas_categorical:[[1,",
        "damaged-file",
        36,
        "expected a JSON list of lists in `pandas_categorical`, found `[[1,`",
    ),
    (
        36,
        "pandas_categorical:" + "[" * 90_000,
        "damaged-file",
        36,
        f"expected a JSON list of lists in `pandas_categorical`, found `{'[' * 40}...`",
    ),
    (
        36,
        "pandas_categorical:[[null]]",
        "damaged-file",
        36,
        "expected texts, numbers and truth values in `pandas_categorical`, found `null`",
    ),
]


def refusal(text: str) -> ModelError:
    """The error with which `text` is refused."""
    with pytest.raises(ModelError) as caught:
        load_lightgbm(text, "m")
    return caught.value


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(ModelError) as caught:
        read_lightgbm(SOUND.encode()[:60] + b"\x80\xff", "m")
    assert (caught.value.code, caught.value.line) == ("not-utf8", 5)


def test_the_sound_model_loads() -> None:
    model = load_lightgbm(SOUND, "m")
    assert model.levels == (None, ("at", "de", "ch"))
    assert model.feature_names == ("price", "country")


@pytest.mark.parametrize(("line", "replacement", "code", "reported", "message"), DAMAGES)
def test_a_damaged_line_is_named(line: int, replacement: str | None, code: str, reported: int, message: str) -> None:
    lines = SOUND.split("\n")
    lines[line - 1 : line] = [] if replacement is DELETED else [replacement]
    error = refusal("\n".join(lines))
    assert (error.code, error.line, error.message) == (code, reported, message)
    assert error.help
    assert str(error) == f"error[{code}] line {reported}: {message}\n  help: {error.help}"


def test_a_file_cut_off_anywhere_is_refused_or_has_all_its_trees() -> None:
    whole = load_lightgbm(SOUND, "m").forest
    for length in range(SOUND.index("end of trees") + len("end of trees")):
        assert refusal(SOUND[:length]).line <= SOUND[:length].count("\n") + 1
    for length in range(SOUND.index("end of trees") + len("end of trees"), SOUND.index("pandas")):
        assert load_lightgbm(SOUND[:length], "m").forest == whole


def test_a_cut_off_file_says_how_far_it_goes() -> None:
    error = refusal(SOUND[: SOUND.index("end of trees")])
    assert (error.code, error.line) == ("truncated", 34)
    assert error.message == "expected `end of trees`, found the end of the file after 2 trees"


def test_a_model_without_trees_is_refused() -> None:
    head, tail = SOUND[: SOUND.index("Tree=0")], SOUND[SOUND.index("end of trees") :]
    assert refusal(head + tail).code == "no-trees"


def test_trees_whose_sum_can_overflow_are_refused() -> None:
    text = SOUND.replace("leaf_value=0.5 -0.25", "leaf_value=1e308 -1e308").replace(
        "leaf_value=0.0625", "leaf_value=1e308"
    )
    error = refusal(text)
    assert (error.code, error.line) == ("not-finite", 30)


def test_a_text_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_CHARACTERS", 100)
    error = refusal(SOUND)
    assert (error.code, error.message) == ("model-too-large", f"expected at most 100 characters, found {len(SOUND)}")


def test_a_text_of_too_many_lines_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_LINES", 30)
    error = refusal(SOUND)
    assert (error.code, error.message) == ("model-too-large", "expected at most 30 lines, found 37")


@given(st.data())
def test_any_damage_gives_a_model_or_a_model_error(data: st.DataObject) -> None:
    text = case(3).text if data.draw(st.booleans()) else SOUND
    end = text.index("end of trees") + 20
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, end))
        length = data.draw(st.integers(0, 30))
        piece = data.draw(
            st.sampled_from(["", "-", "9", " ", "\n", "=", "e", "nan", "inf", "0 ", "\x00", "Tree=", "\r\n", "1e999"])
        )
        text = text[:start] + piece + text[start + length :]
    try:
        json.dumps(load_lightgbm(text, "m").levels)
    except ModelError as error:
        assert error.line is not None and 1 <= error.line <= text.count("\n") + 1
