"""A full disk: a clear status, an unharmed lake, and work goes on once there is room."""

import subprocess

import loads
import pyarrow as pa
import pyarrow.flight as flight
import pytest
from blocks import Process
from harness import in_order


@pytest.fixture
def small_disk(start_server, tmp_path):
    """A server whose lake lies on a file system of its own, of 8 MiB, which only it sees."""
    folder = tmp_path / "lake"
    folder.mkdir()
    mount = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@"'
    prefix = ["unshare", "-r", "-m", "sh", "-c", mount, str(folder)]
    if subprocess.run([*prefix, "true"], capture_output=True).returncode != 0:
        pytest.skip("this kernel lets nobody here mount a file system of their own")
    return start_server(prefix=prefix)


def on_its_disk(server, script):
    inside = ["nsenter", "-U", "--preserve-credentials", "-m", "-t", str(server.pid)]
    subprocess.run([*inside, "sh", "-c", script, str(server.lake)], check=True)


def fill_but(server, kib):
    free = "$(df -k --output=avail $0 | tail -n 1)"
    on_its_disk(server, f"head -c $((({free} - {kib}) * 1024)) /dev/zero > $0/filler")


def make_room(server):
    on_its_disk(server, 'rm -f "$0/filler" && mount -o remount,size=256m "$0"')


def post_until_refused(server, thread, limit=2_000):
    stored = []
    for number in range(limit):
        for span_id in range(number * 200 + 1, number * 200 + 201):
            thread.begin(span_id, f"step {span_id * 7919 % 10_007}", at=span_id * 997)
        block = thread.flush()
        answer = server.post("/ingestion/insert_block", block.body())
        if answer.status_code != 200:
            return stored, block, answer
        stored.append(block)
    raise AssertionError("the disk never filled")


def test_a_full_disk_is_told_and_harms_nothing(small_disk):
    server = small_disk
    app = Process()
    thread = app.thread("ui")
    server.put(app, thread)
    stored, refused, answer = post_until_refused(server, thread)
    assert len(stored) > 10
    assert answer.status_code in (500, 503) and len(answer.text.splitlines()) == 1
    assert server.is_running()
    assert server._session.get(server.http_url + "/health").status_code == 200
    fill_but(server, kib=0)
    assert server._session.get(server.http_url + "/ready").status_code == 503
    assert server.scalar("SELECT COUNT(*) FROM blocks") == len(stored)

    make_room(server)
    assert server._session.get(server.http_url + "/ready").status_code == 200
    server.put(refused)
    expected = in_order(row for block in [*stored, refused] for row in block.rows())
    assert server.async_rows(app.process_id) == expected
    assert server.sigterm() == 0


def test_a_partition_that_finds_no_room_is_an_error_and_not_half_an_answer(small_disk):
    server = small_disk
    load = loads.put_pairs(server, pairs=100_000, pairs_per_block=32_768)
    fill_but(server, kib=16)
    with pytest.raises((flight.FlightUnavailableError, pa.ArrowInvalid)) as refusal:
        server.arrow(loads.totals_sql(load))
    assert "space" in str(refusal.value) or "full" in str(refusal.value)
    assert server.is_running() and server.scalar("SELECT 1") == 1
    make_room(server)
    loads.check_totals(load, server.arrow(loads.totals_sql(load)))
