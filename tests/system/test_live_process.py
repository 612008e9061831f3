"""A process that is asked about while it runs: right every time, cheaply."""

import random

import pytest
from blocks import Process

BLOCKS, PAIRS = 1_000, 100  # A block as a busy thread sends it: 200 events, 5 KB.


def bytes_written(server) -> float:
    return server.counters()["micromegas_partition_bytes_written_total"]


def test_a_query_after_each_of_a_thousand_blocks_is_right_and_cheap(server):
    app = Process()
    threads = [app.thread(f"worker-{n}") for n in range(4)]
    server.put(app, *threads)
    client = server.client()
    sql = (
        "SELECT COUNT(*) AS events, SUM(span_id) AS ids, MAX(time) AS latest "
        f"FROM view_instance('async_events', '{app.process_id}')"
    )
    chance = random.Random(5)
    at = ids = 0
    for number in range(1, BLOCKS + 1):
        thread = threads[number % len(threads)]
        for span_id in range((number - 1) * PAIRS + 1, number * PAIRS + 1):
            at += round(chance.lognormvariate(8, 1.5))
            thread.begin(span_id, f"step {span_id % 20}", at=at, parent=span_id // 4)
            at += round(chance.lognormvariate(8, 1.5))
            thread.end(span_id, f"step {span_id % 20}", at=at, parent=span_id // 4)
            ids += 2 * span_id
        server.put(thread.flush())
        row = client.query_arrow(sql)
        latest = row.column("latest").cast("int64")[0].as_py()
        assert row.column("events")[0].as_py() == number * PAIRS * 2, f"after block {number}"
        assert row.column("ids")[0].as_py() == ids
        assert latest == app.time_ns(at)

    partitions = server.partitions()
    live = partitions[partitions["view_instance_id"] == app.process_id]
    assert live["num_rows"].sum() == BLOCKS * PAIRS * 2
    assert len(live) <= 50
    assert bytes_written(server) <= 10 * live["file_size"].sum()


def test_an_answered_view_is_not_built_again(server):
    app = Process()
    thread = app.thread("ui")
    thread.begin(1, "request", at=10)
    server.put(app, thread, thread.flush())
    first = server.async_rows(app.process_id)
    written = bytes_written(server)
    assert len(first) == 1 and written > 0
    for _ in range(5):
        assert server.async_rows(app.process_id) == first
    assert bytes_written(server) == written


def test_a_block_without_async_events_is_remembered_as_done(server):
    app = Process()
    thread = app.thread("ui")
    thread.thread_span("scope", 10, 20)
    server.put(app, thread, thread.flush())
    assert server.async_rows(app.process_id) == []
    before = server.counters()
    for _ in range(3):
        assert server.async_rows(app.process_id) == []
    after = server.counters()
    decoded = "micromegas_blocks_decoded_total"
    assert before[decoded] == after[decoded] == 1


def test_what_was_stored_a_moment_ago_is_listed(server):
    app = Process(exe="just-started")
    server.put(app)
    thread = app.thread("ui")
    thread.begin(1, "request", at=10)
    block = thread.flush()
    server.put(thread, block)
    sql = f"SELECT exe FROM processes WHERE process_id = '{app.process_id}'"
    assert server.scalar(sql) == "just-started"
    assert server.scalar(f"SELECT stream_id FROM streams WHERE process_id = '{app.process_id}'")
    found = server.query(f"SELECT * FROM blocks WHERE block_id = '{block.block_id}'")
    assert found["nb_objects"][0] == 1
    assert found["streams.tags"][0].tolist() == ["cpu"]


@pytest.mark.parametrize("pieces", [1, 3])
def test_partitions_are_half_open_and_do_not_overlap(server, pieces):
    app = Process()
    thread = app.thread("ui")
    server.put(app, thread)
    for number in range(1, 3 * pieces + 1):
        thread.begin(number, "request", at=number)
        server.put(thread.flush())
        if number % 3 == 0:
            assert len(server.async_rows(app.process_id)) == number
    ranges = server.partitions().sort_values("begin_insert_time")
    assert (ranges["begin_insert_time"] < ranges["end_insert_time"]).all()
    ends, begins = ranges["end_insert_time"].tolist()[:-1], ranges["begin_insert_time"].tolist()[1:]
    assert all(end <= begin for end, begin in zip(ends, begins, strict=True))
