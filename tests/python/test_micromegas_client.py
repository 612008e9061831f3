"""What else the released client calls: streams of batches, ranges, statements, lists."""

import datetime

import pandas as pd
import pyarrow as pa
import pytest


def count(client, generated, begin=None, end=None) -> int:
    view = f"view_instance('async_events', '{generated.process_id}')"
    return client.query(f"SELECT COUNT(*) AS n FROM {view}", begin, end)["n"][0]


def test_batches_stream_and_add_up(client, generated):
    view = f"view_instance('async_events', '{generated.process_id}')"
    batches = list(client.query_stream(f"SELECT * FROM {view}", generated.begin, generated.end))
    assert sum(batch.num_rows for batch in batches) == count(client, generated)
    assert all(batch.nbytes < 4 * 2**20 for batch in batches)


def test_the_range_bounds_every_scan_on_both_ends(client, generated):
    view = f"view_instance('async_events', '{generated.process_id}')"
    times = client.query(f"SELECT time FROM {view} ORDER BY time")["time"]
    middle, last = times.iloc[len(times) // 2], times.iloc[-1]
    assert count(client, generated, middle, last) == (times >= middle).sum()
    assert count(client, generated, times.iloc[0], middle) == (times <= middle).sum()
    later = last + pd.Timedelta(hours=1)
    assert count(client, generated, later, later + pd.Timedelta(hours=1)) == 0
    both = client.query(
        f"WITH a AS (SELECT * FROM {view}) SELECT COUNT(*) AS n FROM a "
        f"WHERE span_id IN (SELECT span_id FROM {view})",
        middle,
        last,
    )
    assert both["n"][0] == (times >= middle).sum()


def test_ranges_may_be_texts_with_offsets(client, generated):
    zone = datetime.timezone(datetime.timedelta(hours=2))
    begin, end = (t.astimezone(zone).isoformat() for t in (generated.begin, generated.end))
    assert count(client, generated, begin, end) == count(client, generated)


def test_statements_are_prepared_with_their_schema(client, generated):
    view = f"view_instance('async_events', '{generated.process_id}')"
    statement = client.prepare_statement(f"SELECT time, span_id, name FROM {view} LIMIT 3")
    assert statement.dataset_schema.names == ["time", "span_id", "name"]
    assert statement.dataset_schema.field("time").type == pa.timestamp("ns", tz="+00:00")
    batches = list(client.prepared_statement_stream(statement))
    assert sum(batch.num_rows for batch in batches) == 3
    with pytest.raises(pa.ArrowInvalid):
        client.prepare_statement("SELECT nothing FROM nowhere")


def test_processes_and_streams_are_found(client, generated):
    process = client.find_process(generated.process_id)
    assert len(process) == 1 and "generator" in process["exe"][0]
    streams = client.query_streams(
        generated.begin, generated.end, 100, process_id=generated.process_id, tag_filter="cpu"
    )
    assert len(streams) > 1
    blocks = client.query_blocks(generated.begin, generated.end, 100, streams.iloc[0]["stream_id"])
    assert len(blocks) >= 1 and (blocks["nb_objects"] > 0).all()


def test_properties_of_threads_are_text(client, generated):
    names = client.query(
        "SELECT property_get(properties, 'thread-name') AS name FROM streams "
        f"WHERE process_id = '{generated.process_id}'"
    )
    assert len(names) > 1 and names["name"].notna().any()


def test_dictionaries_are_kept_on_request(client, generated):
    keeping = type(client)(generated.server.flight_uri, preserve_dictionary=True)
    view = f"view_instance('async_events', '{generated.process_id}')"
    kept = keeping.query_arrow(f"SELECT name, stream_id FROM {view}")
    flat = client.query_arrow(f"SELECT name, stream_id FROM {view}")
    assert flat.schema.field("name").type == pa.string()
    assert kept.schema.field("name").type == pa.dictionary(pa.int32(), pa.string())
    assert sorted(kept.column("name").to_pylist()) == sorted(flat.column("name").to_pylist())


def test_view_sets_and_partitions_are_listed(client, generated):
    count(client, generated)
    sets = client.query("SELECT * FROM list_view_sets()")
    assert {"async_events", "async_spans"} <= set(sets["view_set_name"])
    partitions = client.query(
        "SELECT * FROM list_partitions() WHERE view_set_name = 'async_events'"
    )
    assert set(partitions["view_instance_id"]) == {generated.process_id}
    assert partitions["num_rows"].sum() == count(client, generated)
    assert str(partitions["min_event_time"].dtype) == "datetime64[ns, UTC]"


def test_an_empty_answer_has_its_columns(client, generated):
    view = f"view_instance('async_events', '{generated.process_id}')"
    empty = client.query(f"SELECT time, name FROM {view} WHERE false")
    assert len(empty) == 0 and list(empty.columns) == ["time", "name"]
    assert str(empty["time"].dtype) == "datetime64[ns, UTC]"
