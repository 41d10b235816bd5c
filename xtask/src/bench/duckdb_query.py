"""Runs the queries of query.json in DuckDB on the lake's files; a line of JSON for each."""

import glob
import json
import os
import sys
import time

import duckdb

folder, days, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
connection = duckdb.connect()
connection.execute(f"set threads = {os.cpu_count()}; set timezone = 'UTC'")
connection.execute("set parquet_metadata_cache = true")
files = sorted(glob.glob(os.path.join(folder, "events", "date=*", "*.parquet")))
listed = ", ".join(f"'{file}'" for file in files)
connection.execute(
    f"create view events as select * from read_parquet([{listed}], hive_partitioning = true)"
    " where site_number = 1 and bot_reason is null"
    f" and ts >= timestamptz '2026-08-05 00:00:00+00' - interval {days} day"
    " and ts < timestamptz '2026-08-05 00:00:00+00'"
)
for query in json.load(sys.stdin):
    rows = connection.execute(query["sql"]).fetchall()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        connection.execute(query["sql"]).fetchall()
    print(
        json.dumps(
            {
                "name": query["name"],
                "cpu_ms": (time.process_time() - cpu) * 1e3 / repeats,
                "wall_ms": (time.perf_counter() - wall) * 1e3 / repeats,
                "rows": len(rows),
                "first": [str(value) for value in rows[0]] if rows else None,
                "version": duckdb.__version__,
            }
        ),
        flush=True,
    )
