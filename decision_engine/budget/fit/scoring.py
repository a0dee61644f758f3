"""Raw scores of many rows at once, tree by tree: what fitting asks thousands of times. `trees.walk` is the oracle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from decision_engine.trees import CategorySplit, Forest, Summation, Tree, View, view_value

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


class Views:
    """Rows, a column for each input of a forest, with the values of views of them; each view is computed once."""

    def __init__(self, rows: Floats) -> None:
        self.rows = rows
        self._known: dict[View, Floats] = {}

    def columns(self, forest: Forest) -> list[Floats]:
        """The values of each view of the forest."""
        return [self._column(view) for view in forest.views]

    def _column(self, view: View) -> Floats:
        found = self._known.get(view)
        if found is None:
            distinct, place = np.unique(self.rows[:, view.input], return_inverse=True)
            seen = np.array([view_value(view.transform, float(x)) for x in distinct], dtype=np.float64)
            found = self._known[view] = seen[place] if len(place) else np.empty(0)
        return found


def margins(forest: Forest, views: Views, chosen: Places | None = None) -> Floats:
    """The raw scores of the rows, or of the rows with the numbers `chosen`: shape (rows, outputs), bit for bit those of
    `walk.raw_scores`."""
    columns = views.columns(forest)
    rows = np.arange(len(views.rows)) if chosen is None else chosen
    scores = np.tile(np.array(forest.starts, dtype=np.float64), (len(rows), 1))
    for number, tree in enumerate(forest.trees):
        output = number % forest.outputs
        total = scores[:, output] + np.array(tree.leaves)[exit_leaves(tree, columns, rows)]
        is_single = forest.summation is Summation.FLOAT32
        scores[:, output] = total.astype(np.float32).astype(np.float64) if is_single else total
    return scores


def exit_leaves(tree: Tree, columns: Sequence[Floats], rows: Places) -> Places:
    """The number of the leaf that each of the rows with these numbers reaches; `columns` as `Views` gives them."""
    reached = np.zeros(len(rows), dtype=np.int64)
    todo = [(0 if tree.nodes else ~0, np.arange(len(rows)))]
    while todo:
        number, places = todo.pop()
        if number < 0:
            reached[places] = ~number
            continue
        node = tree.nodes[number]
        values = columns[node.view][rows[places]]
        if isinstance(node, CategorySplit):
            goes_left = np.isin(values, np.array(node.categories, dtype=np.float64))
        else:
            goes_left = values <= node.threshold
            if node.nan_left:
                goes_left |= np.isnan(values)
        todo += [(node.left, places[goes_left]), (node.right, places[~goes_left])]
    return reached
