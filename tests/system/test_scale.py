"""Much of everything: events, names, producers."""

import concurrent.futures
import os
import subprocess

import loads
import pytest
from server_process import program

MIB = 1024


def test_ten_million_cold_events_fit_into_512_mib(start_server):
    server = start_server("--memory-limit", "512MB")
    load = loads.put_pairs(server, pairs=5_000_000, pairs_per_block=32 * 1024)
    loads.check_totals(load, server.arrow(loads.totals_sql(load)))
    by_name = server.query(
        "SELECT name, COUNT(*) AS n FROM "
        f"view_instance('async_events', '{load.process.process_id}') GROUP BY name"
    )
    assert by_name["n"].sum() == load.events and len(by_name) == 64
    assert server.memory_kib() <= 512 * MIB
    size = server.partitions()["file_size"].sum()
    assert size <= 100_000_000, f"{size} bytes of partitions"


def test_forty_thousand_names_stay_apart(server):
    names = [f"name {n}" for n in range(40_000)]
    load = loads.put_pairs(server, pairs=80_000, pairs_per_block=40_000, sites=names)
    loads.check_totals(load, server.arrow(loads.totals_sql(load)))
    view = f"view_instance('async_events', '{load.process.process_id}')"
    found = server.query(f"SELECT name, COUNT(*) AS n FROM {view} GROUP BY name")
    assert set(found["name"]) == set(names) and set(found["n"]) == {4}
    dictionaries = server.client()
    dictionaries = type(dictionaries)(server.flight_uri, preserve_dictionary=True)
    table = dictionaries.query_arrow(f"SELECT name FROM {view}")
    assert table.schema.field("name").type.index_type == "int32"
    assert len(set(table.column("name").to_pylist())) == 40_000


@pytest.mark.parametrize("kib", [64, 512, 4096])
def test_a_million_spans_from_several_producers_are_counted_exactly(server, kib):
    pairs_per_block = kib * 1024 // (2 * 41)
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        producers = [
            pool.submit(loads.put_pairs, server, 340_000, pairs_per_block) for _ in range(3)
        ]
        produced = [producer.result() for producer in producers]
    for load in produced:
        loads.check_totals(load, server.arrow(loads.totals_sql(load)))
    stored = server.query("SELECT process_id, SUM(nb_objects) AS n FROM blocks GROUP BY process_id")
    assert sorted(stored["n"]) == sorted(load.events for load in produced)
    assert sum(load.events for load in produced) // 2 >= 1_000_000


def test_a_million_spans_of_real_programs_are_counted_exactly(server):
    """Several at once, in blocks of 64 KiB to 4 MiB, all delivered."""
    sizes = [64 * 1024, 512 * 1024, 4 * 1024 * 1024]
    running = [
        subprocess.Popen(
            [program("telemetry-generator"), "--spans", "340000", "--leaves", "97"]
            + ["--gap-ns", "0", "--block-bytes", str(size)],
            env=os.environ
            | {
                "MICROMEGAS_TELEMETRY_URL": server.http_url,
                "MICROMEGAS_ENABLE_CPU_TRACING": "true",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        for size in sizes
    ]
    told = [child.communicate(timeout=120)[0] for child in running]
    assert [child.returncode for child in running] == [0, 0, 0]
    total = 0
    for text in told:
        numbers = dict(word.split("=") for word in text.split())
        view = f"('async_spans', '{numbers['process_id']}')"
        spans = server.query(
            "SELECT COUNT(*) AS n, COUNT(DISTINCT span_id) AS ids, "
            f"COUNT(*) FILTER (WHERE state = 'ended') AS ended FROM view_instance{view}"
        ).iloc[0]
        assert spans["n"] == spans["ids"] == spans["ended"] == int(numbers["spans"])
        total += spans["n"]
    assert total >= 1_000_000
