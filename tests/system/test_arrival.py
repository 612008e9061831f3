"""In whatever order, however often and however late blocks arrive, the rows are the same."""

import random
import sqlite3

import golden
import pytest
from blocks import Process
from harness import in_order
from ticks import NS, cut_to_microsecond, estimated_frequency, tick_to_ns


def post_all(server, requests):
    for path, body in requests:
        assert server.post(path, body).status_code == 200


def test_the_recorded_requests_give_the_rows_of_the_manifest(server):
    post_all(server, golden.requests())
    rows = server.async_rows(golden.process()["process_id"])
    assert len(rows) == 29
    assert rows == in_order(golden.recorded_async_rows())


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_and_doubled_requests_give_the_same_rows(server, seed):
    requests = golden.requests() * 2
    random.Random(seed).shuffle(requests)
    post_all(server, requests)
    assert server.async_rows(golden.process()["process_id"]) == in_order(
        golden.recorded_async_rows()
    )


@pytest.mark.parametrize("seed", range(2))
def test_queries_between_the_requests_change_nothing(server, seed):
    requests = golden.requests()
    random.Random(seed).shuffle(requests)
    process_id = golden.process()["process_id"]
    expected = in_order(golden.recorded_async_rows())
    known = False
    for path, body in requests + requests:
        post_all(server, [(path, body)])
        known = known or path.endswith("insert_process")
        if known:
            assert set(server.async_rows(process_id)) <= set(expected)
    assert server.async_rows(process_id) == expected


def test_foreign_layouts_beside_the_original_ones_change_nothing(server):
    """Producers that lay their structs out otherwise: these hold no async events."""
    requests = golden.requests()
    for block in golden.manifest()["blocks"]:
        if block.get("origin") == "synthetic":
            requests.append(("/ingestion/insert_stream", golden.body(block["stream_file"])))
            requests.append(("/ingestion/insert_block", golden.body(block["file"])))
    post_all(server, requests)
    assert server.async_rows(golden.process()["process_id"]) == in_order(
        golden.recorded_async_rows()
    )
    assert server.scalar("SELECT COUNT(*) FROM list_block_errors()") == 0


def move_into_the_past(lake, hours):
    """Makes every block stored so far look as if it had been stored hours ago."""
    database = sqlite3.connect(lake / "metadata.db")
    with database:
        for column in ("blocks.insert_time", "block_totals.last_insert_time"):
            table, name = column.split(".")
            database.execute(f"UPDATE {table} SET {name} = {name} - ?", (hours * 3600 * NS,))
    database.close()


@pytest.mark.parametrize("asked_between", [False, True])
def test_an_end_stored_hours_before_its_begin_meets_it(server, asked_between):
    app = Process()
    ui, worker = app.thread("ui"), app.thread("worker")
    ui.begin(1, "request", at=10)
    worker.end(1, "request", at=5_000)
    begun, ended = ui.flush(), worker.flush()

    server.put(app, worker, ended)
    assert server.sigterm() == 0
    move_into_the_past(server.lake, hours=5)
    server.restart()
    if asked_between:
        assert server.async_rows(app.process_id) == in_order(ended.rows())
    server.put(ui, begun)

    assert server.async_rows(app.process_id) == in_order(begun.rows() + ended.rows())
    spans = server.arrow(
        "SELECT span_id, begin_stream_id, end_stream_id, duration, state "
        f"FROM view_instance('async_spans', '{app.process_id}')"
    ).to_pylist()
    assert spans == [
        {
            "span_id": 1,
            "begin_stream_id": ui.stream_id,
            "end_stream_id": worker.stream_id,
            "duration": 4_990,
            "state": "ended",
        }
    ]


def test_a_span_without_its_end_is_open_until_the_end_comes(server):
    app = Process()
    ui = app.thread("ui")
    ui.begin(1, "stuck", at=10)
    first = ui.flush()
    ui.end(1, "stuck", at=2_000)
    second = ui.flush()
    sql = (
        "SELECT state, duration, end_time IS NULL AS endless "
        f"FROM view_instance('async_spans', '{app.process_id}')"
    )
    server.put(app, ui, first)
    assert server.arrow(sql).to_pylist() == [{"state": "open", "duration": None, "endless": True}]
    server.put(second)
    assert server.arrow(sql).to_pylist() == [
        {"state": "ended", "duration": 1_990, "endless": False}
    ]


def test_an_unknown_frequency_gives_all_rows_one_conversion(server):
    """The announced frequency is 0 and the clock drifts, so that every block would estimate another."""
    app = Process(frequency=0, true_frequency=2_099_999_999)
    thread = app.thread("ui")
    server.put(app, thread)
    blocks, estimates = [], []
    chance = random.Random(3)
    for number in range(1, 25):
        at = number * 500_000_000
        thread.begin(number, "step", at=at - 1_000)
        thread.end(number, "step", at=at)
        app.true_frequency += chance.randrange(-200_000, 200_000)
        block = thread.flush()
        body = block.body()
        assert server.post("/ingestion/insert_block", body).status_code == 200
        blocks.append(block)
        estimates.append((block.end_ticks, app.wall_ns(block.end_ticks)))

        rows = server.async_rows(app.process_id)
        fits = [
            ticks
            for ticks, end_ns in estimates
            if rows == in_order(row for b in blocks for row in b.rows(estimate(app, ticks, end_ns)))
        ]
        assert fits, f"after {number} blocks no single frequency explains all rows"
        assert 2 * max(fits) >= at, "the estimate is older than half of the ticks covered"


def estimate(app, end_ticks, end_ns):
    return estimated_frequency(
        end_ticks, cut_to_microsecond(end_ns), cut_to_microsecond(app.start_time_ns)
    )


def test_times_do_not_depend_on_when_they_were_asked_for(start_server):
    """Two servers, one asked after each block and one only at the end, agree once both know all."""
    app = Process(frequency=0, true_frequency=2_000_000_000)
    thread = app.thread("ui")
    eager, lazy = start_server(lake="eager"), start_server(lake="lazy")
    for server in (eager, lazy):
        server.put(app, thread)
    for number in range(1, 17):
        thread.begin(number, "step", at=number * 1_000_000_000)
        block = thread.flush()
        for server in (eager, lazy):
            server.put(block)
        eager.async_rows(app.process_id)
    known = {(row[4]): row[2] for row in eager.async_rows(app.process_id)}
    assert known == {
        number: tick_to_ns(
            number * 1_000_000_000, 0, cut_to_microsecond(app.start_time_ns), 2_000_000_000
        )
        for number in range(1, 17)
    }
    assert lazy.async_rows(app.process_id) == eager.async_rows(app.process_id)
