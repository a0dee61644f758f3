"""One node process for many modules: tests hand it module texts and rows of doubles, and get bits back."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

_SERVER = """
import { createInterface } from "node:readline";
let loaded;
const doubles = (text) => {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const text = (array) => Buffer.from(array.buffer).toString("base64");
const work = {
  async load({ source }) {
    loaded = await import("data:text/javascript;base64," + Buffer.from(source).toString("base64"));
    return Object.fromEntries(["width", "codes", "ir", "abi"].map((name) => [name, loaded[name]]));
  },
  decide({ rows, count }) {
    const all = doubles(rows);
    const codes = new Int32Array(count * loaded.codes).fill(-1);
    for (let i = 0; i < count; i++) {
      const row = all.subarray(i * loaded.width, (i + 1) * loaded.width);
      loaded.decide(row, codes.subarray(i * loaded.codes, (i + 1) * loaded.codes));
    }
    return text(codes);
  },
  scores({ forest, rows, inputs, outputs, count }) {
    const all = doubles(rows);
    const result = new Float64Array(count * outputs).fill(7);
    for (let i = 0; i < count; i++) {
      const row = all.subarray(i * inputs, (i + 1) * inputs);
      loaded.forests[forest](row, result.subarray(i * outputs, (i + 1) * outputs));
    }
    return text(result);
  },
  values({ expression }) {
    return text(new Float64Array((0, eval)(`[${expression}]`)));
  },
};
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = { result: await work[request.task](request) };
  } catch (error) {
    answer = { error: String(error.stack) };
  }
  process.stdout.write(JSON.stringify(answer) + "\\n");
}
"""


class NodeSession:
    """A node process that holds one module at a time; used in a `with`."""

    def __init__(self, node: Path) -> None:
        self._process = subprocess.Popen(
            [str(node), "--input-type=module", "--eval", _SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> NodeSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

    def load(self, source: str) -> dict[str, int]:
        """Import a module; gives its constants."""
        constants = self._ask(task="load", source=source)
        assert isinstance(constants, dict)
        return constants

    def decide(self, rows: Sequence[Sequence[float]], codes: int) -> list[list[int]]:
        """The codes for each row."""
        found = self._array("i", task="decide", rows=_text(rows), count=len(rows))
        return [[int(code) for code in found[i * codes : (i + 1) * codes]] for i in range(len(rows))]

    def scores(self, forest: int, rows: Sequence[Sequence[float]], outputs: int) -> list[tuple[float, ...]]:
        """The raw outputs of a forest for each row."""
        inputs = len(rows[0])
        found = self._array(
            "d", task="scores", forest=forest, rows=_text(rows), inputs=inputs, outputs=outputs, count=len(rows)
        )
        return [found[i * outputs : (i + 1) * outputs] for i in range(len(rows))]

    def values(self, expressions: Sequence[str]) -> tuple[float, ...]:
        """The values of numeric expressions."""
        return self._array("d", task="values", expression=", ".join(expressions))

    def _array(self, kind: str, **request: object) -> tuple[float, ...]:
        content = base64.b64decode(str(self._ask(**request)))
        return struct.unpack(f"<{len(content) // struct.calcsize(kind)}{kind}", content)

    def _ask(self, **request: object) -> object:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]


def _text(rows: Sequence[Sequence[float]]) -> str:
    numbers = [number for row in rows for number in row]
    return base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode("ascii")
