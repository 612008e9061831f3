"""What our own instrumentation sends, read by a decoder that knows nothing of ours."""

import collections
import itertools
import os
import socket
import subprocess
import time

import cbor2
import decoder
import pytest
import strict
from blocks import CallSite
from harness import in_order
from recorder import Recorder
from server_process import program
from ticks import NS, cut_to_microsecond, parse_rfc3339, tick_to_ns

ASYNC = {
    "BeginAsyncSpanEvent",
    "BeginAsyncNamedSpanEvent",
    "EndAsyncSpanEvent",
    "EndAsyncNamedSpanEvent",
}


def run_program(name, url, *options, timeout=60) -> subprocess.CompletedProcess:
    return subprocess.run(
        [program(name), *map(str, options)],
        env=os.environ | {"MICROMEGAS_TELEMETRY_URL": url, "MICROMEGAS_ENABLE_CPU_TRACING": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def generate(url, *options) -> subprocess.CompletedProcess:
    return run_program("telemetry-generator", url, *options)


def generate_well(url, *options) -> None:
    done = generate(url, *options)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def recording():
    """Small blocks, so that spans begin in one and end in another, with run-time names among them."""
    with Recorder() as recorder:
        generate_well(recorder.url, "--tasks", 400, "--names", 50, "--block-bytes", 8192)
        return recorder


@pytest.fixture(scope="module")
def decoded(recording):
    """[(stream, block, events)] in order of stream and offset."""
    streams = {}
    for body in recording.bodies("stream"):
        streams[cbor2.loads(body)["stream_id"]] = body
    found = []
    for body in recording.bodies("block"):
        block, events = decoder.decode_block(body, streams[cbor2.loads(body)["stream_id"]])
        found.append((cbor2.loads(streams[block["stream_id"]]), block, events))
    return sorted(found, key=lambda x: (x[1]["stream_id"], x[1]["object_offset"]))


def async_rows(recording, decoded):
    """The rows of async_events that the recording must give."""
    process = cbor2.loads(recording.bodies("process")[0])
    start_ns = cut_to_microsecond(parse_rfc3339(process["start_time"]))
    rows = []
    for _, block, events in decoded:
        for event in events:
            if event.type_name not in ASYNC:
                continue
            named = "span_location" in event.members
            record = event["span_location" if named else "span_desc"]
            name = event["name"] if named else record["name"]
            site = CallSite(name, record["target"], record["file"], record["line"])
            time_ns = tick_to_ns(
                event["time"], process["start_ticks"], start_ns, process["tsc_frequency"]
            )
            rows.append(
                (
                    block["stream_id"],
                    block["block_id"],
                    time_ns,
                    "begin" if event.type_name.startswith("Begin") else "end",
                    event["span_id"],
                    event["parent_span_id"] or None,
                    event["depth"],
                    site.hash(),
                    site.name,
                    site.filename,
                    site.target,
                    site.line,
                )
            )
    return in_order(rows)


def test_one_process_is_announced_with_nanosecond_ticks(recording):
    (process,) = {cbor2.dumps(cbor2.loads(b)) for b in recording.bodies("process")}
    process = cbor2.loads(process)
    assert process["tsc_frequency"] == NS
    assert parse_rfc3339(process["start_time"]) % 1000 == 0, "whole microseconds"
    assert "telemetry-generator" in process["exe"]
    assert set(process) == {
        "process_id", "exe", "username", "realname", "computer", "distro", "cpu_brand",
        "tsc_frequency", "start_time", "start_ticks", "parent_process_id", "properties",
    }  # fmt: skip


def test_all_that_is_sent_has_a_meaning_to_the_last_byte(recording):
    """Members, ids, order, padding: `strict` refuses what the reference gives no meaning to."""
    read = strict.read(recording)
    assert len(strict.check_spans(read)) == 400 * 5
    assert {event.type_name for _, event in read.events()} >= ASYNC


def test_a_service_sends_nothing_without_a_meaning_either():
    with Recorder() as recorder:
        done = run_program("demo-service", recorder.url)
    assert done.returncode == 0, done.stderr
    recording = strict.read(recorder)
    begins = recording.events("BeginAsync")
    assert len(begins) > 50 and len(recording.streams) >= 4
    assert {event["outcome"] for _, event in recording.events("EndAsync")} <= {0, 1, 2}


def test_blocks_follow_each_other_without_a_gap(decoded):
    by_stream = collections.defaultdict(list)
    for _, block, events in decoded:
        assert block["nb_objects"] == len(events) > 0
        by_stream[block["stream_id"]].append(block)
    assert len(by_stream) >= 4
    for blocks in by_stream.values():
        assert len(blocks) > 1
        assert blocks[0]["object_offset"] == 0
        for before, after in itertools.pairwise(blocks):
            assert after["object_offset"] == before["object_offset"] + before["nb_objects"]
            assert after["begin_ticks"] == before["end_ticks"]
            assert after["begin_time"] == before["end_time"]


def test_events_lie_in_order_within_their_block(recording, decoded):
    start = cbor2.loads(recording.bodies("process")[0])["start_ticks"]
    for _, block, events in decoded:
        times = [event["time"] - start for event in events]
        assert times == sorted(times)
        assert block["begin_ticks"] <= times[0] and times[-1] <= block["end_ticks"]


def test_block_times_and_ticks_tell_the_same(recording, decoded):
    process = cbor2.loads(recording.bodies("process")[0])
    start_ns = parse_rfc3339(process["start_time"])
    for _, block, _ in decoded:
        for edge in ("begin", "end"):
            by_ticks = start_ns + block[f"{edge}_ticks"] * NS // process["tsc_frequency"]
            assert abs(by_ticks - parse_rfc3339(block[f"{edge}_time"])) < NS // 1000


def test_threads_say_their_name(decoded):
    for stream, _, _ in decoded:
        assert stream["tags"] == ["cpu"]
        assert stream["properties"]["thread-id"].isdigit()
    assert len({stream["properties"]["thread-name"] for stream, _, _ in decoded}) >= 4


def test_spans_pair_nest_and_hop(recording, decoded):
    rows = sorted(async_rows(recording, decoded), key=lambda row: row[2])
    begins = {row[4]: row for row in rows if row[3] == "begin"}
    ends = {row[4]: row for row in rows if row[3] == "end"}
    assert len(begins) + len(ends) == len(rows), "a span begins or ends twice"
    assert set(begins) == set(ends)
    assert min(begins) >= 1
    for span_id, begin in begins.items():
        end = ends[span_id]
        assert end[2] >= begin[2] and end[5:] == begin[5:]
        if begin[5] is None:
            assert begin[6] == 0
        else:
            parent = begins[begin[5]]
            assert parent[2] <= begin[2] and begin[6] == parent[6] + 1
    assert any(begins[s][0] != ends[s][0] for s in begins), "nothing hopped between threads"
    assert any(begins[s][1] != ends[s][1] for s in begins), "nothing crossed a block"


def test_the_server_shows_exactly_what_was_sent(server, recording, decoded):
    for path, _, body in recording.requests:
        assert server.post(path, body).status_code == 200
    process_id = decoded[0][1]["process_id"]
    assert server.async_rows(process_id) == async_rows(recording, decoded)


# --- when the other side misbehaves ---------------------------------------------------------------


def test_what_was_answered_500_comes_again_unchanged():
    seen = set()

    def fail_once(path, body, n):
        if body in seen:
            return 200
        seen.add(body)
        return 500

    with Recorder(fail_once) as recorder:
        generate_well(recorder.url, "--tasks", 50)
    assert len(set(recorder.bodies("block"))) >= 4
    assert set(collections.Counter(body for _, _, body in recorder.requests).values()) == {2}


def test_what_was_refused_is_not_repeated_and_is_told():
    with Recorder(lambda path, body, n: 400 if path.endswith("block") else 200) as recorder:
        done = generate(recorder.url, "--tasks", 50)
    bodies = recorder.bodies("block")
    assert len(bodies) == len(set(bodies)) >= 4
    assert done.returncode == 1 and "0 of" in done.stderr and "400" in done.stderr


def test_a_connection_that_breaks_is_made_again():
    with Recorder(lambda path, body, n: None if n in (1, 3) else 200) as recorder:
        generate_well(recorder.url, "--tasks", 50)
    assert len(set(recorder.bodies("block"))) >= 4


@pytest.mark.parametrize("where", ["nobody listens", "nobody answers"])
def test_a_server_that_is_not_there_stops_no_program(where):
    """The service does its work to the end, waits a bounded time, and says that its trace is lost."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if where == "nobody answers":
            listener.listen()
        started = time.monotonic()
        done = run_program("demo-service", f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert time.monotonic() - started < 20
    assert "process_id=" in done.stdout
    assert done.returncode == 1 and "not all of it arrived" in done.stderr


def test_without_a_url_programs_say_what_to_set():
    done = subprocess.run(
        [program("telemetry-generator")],
        env={k: v for k, v in os.environ.items() if k != "MICROMEGAS_TELEMETRY_URL"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0 and "MICROMEGAS_TELEMETRY_URL" in done.stderr
