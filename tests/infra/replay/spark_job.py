"""A job of Spark in local mode: scores a Parquet file by `mapInArrow` and writes the answers as JSON Lines.

python spark_job.py REGISTRY MAP TABLE OUT
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from infra.replay import load_map
from infra.replay.spark import replay_batches


def main(registry: str, map_file: str, table: str, out: str) -> None:
    """Run the job; Spark listens at the loopback address alone."""
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.local.dir", str(Path(out).parent))
        .config("spark.sql.warehouse.dir", str(Path(out).parent / "warehouse"))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "700")
        .getOrCreate()
    )
    scorer = replay_batches(registry, load_map(Path(map_file)), number="row", keep=("row",))
    frame = session.read.parquet(table).repartition(2)
    found = frame.mapInArrow(scorer, "row long, at long, answer string").collect()
    session.stop()
    rows = sorted((one.asDict() for one in found), key=lambda one: one["row"])
    Path(out).write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    os.environ |= {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",  # a short job ends before C2 pays
    }
    main(*sys.argv[1:])
