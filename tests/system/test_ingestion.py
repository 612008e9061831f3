"""What the HTTP door answers to good, bad, repeated and too big requests."""

import socket

import cbor2
import golden
import pytest
from blocks import Process
from harness import in_order

HOSTILE = golden.manifest()["hostile"]


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case["name"])
def test_hostile_bodies_get_the_stated_status(shared_server, case):
    answer = shared_server.post(f"/ingestion/insert_{case['kind']}", golden.body(case["file"]))
    assert answer.status_code == case["http_status"], answer.text
    assert shared_server.is_running()


def spoil_frame(block):
    body = cbor2.loads(block.body())
    frame = bytearray(body["payload"]["objects"])
    frame[-1] ^= 0xFF
    body["payload"]["objects"] = bytes(frame)
    return cbor2.dumps(body)


def cut_record(block):
    block.objects = block.objects[:-1]
    return block.body()


def unknown_type(block):
    block.objects += b"\x63" + b"\0" * 40
    return block.body()


def lost_dependency(block):
    block.dependencies = b""
    return block.body()


def twice_defined(block):
    block.dependencies *= 2
    return block.body()


FAULTS = [spoil_frame, cut_record, unknown_type, lost_dependency, twice_defined]


def test_blocks_that_cannot_be_decoded_are_listed_and_spoil_no_other(server):
    """Payload faults are stored with a 200 and told by SQL; the good blocks' rows are served."""
    app = Process()
    thread = app.thread("ui")
    server.put(app, thread)
    good, bad = [], {}
    for number, fault in enumerate(FAULTS, 1):
        thread.begin(2 * number, "good", at=20 * number)
        good.append(thread.flush())
        server.put(good[-1])
        thread.begin(2 * number + 1, "bad", at=20 * number + 10)
        block = thread.flush()
        answer = server.post("/ingestion/insert_block", fault(block))
        assert answer.status_code == 200, fault.__name__
        bad[block.block_id] = fault.__name__

    assert server.async_rows(app.process_id) == in_order(r for b in good for r in b.rows())
    errors = server.query("SELECT * FROM list_block_errors()")
    assert {bad.get(block_id) for block_id in errors["block_id"]} == set(bad.values())
    assert len(errors) == len(bad)
    assert set(errors["process_id"]) == {app.process_id}
    assert set(errors["stream_id"]) == {thread.stream_id}
    assert (errors["reason"].str.len() > 0).all() and (errors["offset"] >= 0).all()
    assert server.counters()["micromegas_block_errors_total"] == len(bad)
    server.async_rows(app.process_id)
    assert server.counters()["micromegas_block_errors_total"] == len(bad), "counted once"


def process_with(**changes) -> bytes:
    return cbor2.dumps(cbor2.loads(Process().body()) | changes)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"exe": "with\0nul"}, "exe"),
        ({"username": "x" * 256}, "username"),
        ({"properties": {"key": "with\0nul"}}, "properties"),
        ({"properties": {"k\0": "v"}}, "properties"),
        ({"properties": {"k": 1}}, "properties"),
        ({"process_id": "not-a-uuid"}, "process_id"),
        ({"tsc_frequency": 1.5}, "tsc_frequency"),
        ({"tsc_frequency": 2**63}, "tsc_frequency"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"exe": b"bytes"}, "exe"),
    ],
    ids=str,
)
def test_refusals_name_the_field(shared_server, changes, named):
    answer = shared_server.post("/ingestion/insert_process", process_with(**changes))
    assert answer.status_code == 400
    assert named in answer.text and len(answer.text.splitlines()) == 1


@pytest.mark.parametrize("key", list(cbor2.loads(Process().body())))
def test_every_key_of_a_process_is_due(shared_server, key):
    body = cbor2.loads(Process().body())
    del body[key]
    answer = shared_server.post("/ingestion/insert_process", cbor2.dumps(body))
    assert answer.status_code == 400 and key in answer.text


def test_long_text_in_letters_of_many_bytes_is_counted_in_letters(shared_server):
    assert (
        shared_server.post("/ingestion/insert_process", process_with(exe="é" * 255)).status_code
        == 200
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health", 200),
        ("GET", "/ready", 200),
        ("GET", "/metrics", 200),
        ("GET", "/ingestion/insert_block", 405),
        ("PUT", "/ingestion/insert_block", 405),
        ("POST", "/ingestion/insert_nothing", 404),
        ("GET", "/../../etc/passwd", 404),
    ],
)
def test_paths_and_methods(shared_server, method, path, status):
    assert (
        shared_server._session.request(method, shared_server.http_url + path).status_code == status
    )


def test_a_body_above_the_limit_is_refused_before_it_is_read(server):
    host, port = server.http_url.split("://")[1].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        head = f"POST /ingestion/insert_block HTTP/1.1\r\nhost: x\r\ncontent-length: {101 * 2**20}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")
    assert server.is_running()


def test_repeats_are_answered_200_and_stored_once(server):
    app = Process()
    thread = app.thread("ui")
    thread.begin(1, "request", at=10)
    block = thread.flush()
    for _ in range(3):
        server.put(app, thread, block)
    counts = {
        t: server.scalar(f"SELECT COUNT(*) FROM {t}") for t in ("processes", "streams", "blocks")
    }
    assert counts == {"processes": 1, "streams": 1, "blocks": 1}
    assert server.async_rows(app.process_id) == block.rows()


def test_payloads_as_arrays_of_numbers_are_read_too(server):
    app = Process()
    thread = app.thread("ui")
    thread.begin(1, "request", at=10)
    block = thread.flush()
    body = cbor2.loads(block.body())
    body["payload"] = {name: list(data) for name, data in body["payload"].items()}
    server.put(app, thread)
    assert server.post("/ingestion/insert_block", cbor2.dumps(body)).status_code == 200
    assert server.async_rows(app.process_id) == block.rows()
