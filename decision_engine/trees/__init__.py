"""Tree ensembles: loaded from trainers' files into one canonical form, and packed for the targets that score them."""

from __future__ import annotations

from decision_engine.trees.errors import ModelError
from decision_engine.trees.forest import CategorySplit, Forest, Split, Summation, Transform, Tree, TreeNode, View
from decision_engine.trees.loaders import LOADERS
from decision_engine.trees.loaders.lightgbm import load_lightgbm
from decision_engine.trees.loaders.loaded import Level, Link, LoadedModel
from decision_engine.trees.node_table import (
    CategorySlot,
    NodeTable,
    NumberSlot,
    fill_slots,
    node_table_scores,
    pack_node_table,
)
from decision_engine.trees.prefix_and import (
    CategoryColumn,
    CategoryCut,
    Column,
    NumberColumn,
    NumberCut,
    PrefixAnd,
    build_rows,
    cross_tables,
    fits_prefix_and,
    pack_prefix_and,
    prefix_and_scores,
    row_index,
)
from decision_engine.trees.walk import exit_leaf, raw_scores, view_value

__all__ = [
    "LOADERS",
    "CategoryColumn",
    "CategoryCut",
    "CategorySlot",
    "CategorySplit",
    "Column",
    "Forest",
    "Level",
    "Link",
    "LoadedModel",
    "ModelError",
    "NodeTable",
    "NumberColumn",
    "NumberCut",
    "NumberSlot",
    "PrefixAnd",
    "Split",
    "Summation",
    "Transform",
    "Tree",
    "TreeNode",
    "View",
    "build_rows",
    "cross_tables",
    "exit_leaf",
    "fill_slots",
    "fits_prefix_and",
    "load_lightgbm",
    "node_table_scores",
    "pack_node_table",
    "pack_prefix_and",
    "prefix_and_scores",
    "raw_scores",
    "row_index",
    "view_value",
]
