"""The oracles of the other tests agree with what the original made."""

import struct

import cbor2
import decoder
import golden
import pytest
from blocks import CallSite, Process
from ticks import estimated_frequency, parse_rfc3339, tick_to_ns

HOSTILE = {h["name"]: h for h in golden.manifest()["hostile"] if h["kind"] == "block"}


def as_manifest(value):
    match value:
        case decoder.Object():
            return {"$type": value.type_name} | {
                k: as_manifest(v) for k, v in value.members.items()
            }
        case decoder.PropertySet():
            return {"$type": "property_set", "$members": [list(pair) for pair in value.members]}
        case bytes():
            return {"$bytes": value.hex()}
        case float():
            return {"$f64": struct.pack(">d", value).hex()}
    return value


def without_hints(value):
    """Floats of the manifest carry a readable approximation beside their bits."""
    if isinstance(value, dict):
        if "$f64" in value:
            return {"$f64": value["$f64"].removeprefix("0x")}
        return {k: without_hints(v) for k, v in value.items()}
    if isinstance(value, list):
        return [without_hints(v) for v in value]
    return value


@pytest.mark.parametrize("block", golden.manifest()["blocks"], ids=lambda b: b["file"])
def test_every_vector_decodes_to_the_manifest(block):
    _, events = decoder.decode_block(golden.body(block["file"]), golden.body(block["stream_file"]))
    assert [as_manifest(e) for e in events] == without_hints(block["events"])


@pytest.mark.parametrize("name", [n for n, h in HOSTILE.items() if h["stage"] != "envelope"])
def test_hostile_vectors_fail_or_pass_as_the_original_does(name):
    case = HOSTILE[name]
    decode = lambda: decoder.decode_block(  # noqa: E731
        golden.body(case["file"]), golden.body(case["stream_file"])
    )
    if case["result"] == "ok":
        decode()
    else:
        with pytest.raises(decoder.Fault):
            decode()


CONVERSIONS = [c for c in golden.manifest()["time_conversion"] if "effective_frequency" in c]


@pytest.mark.parametrize("case", CONVERSIONS, ids=range(len(CONVERSIONS)))
def test_ticks_become_the_times_of_the_original(case):
    start_ns, frequency = case["process_start_unix_ns"], case["effective_frequency"]
    for tick, ns in case["ticks_to_ns"]:
        assert tick_to_ns(tick, case["start_ticks"], start_ns, frequency) == ns
    end_ns = parse_rfc3339(case["block_end_time"])
    if case["tsc_frequency"] <= 0 and end_ns != start_ns:
        assert estimated_frequency(case["block_end_ticks"], end_ns, start_ns) == frequency


def test_blocks_of_ours_decode_to_what_was_put_in():
    app = Process()
    thread = app.thread("ui")
    site = CallSite("request é", "shop", "src/shop.cpp", 12)
    thread.begin(1, site, at=10)
    thread.begin(2, "fetch", at=20, parent=1, depth=1, named=True)
    thread.thread_span("scope", 21, 22)
    thread.end(2, "fetch", at=30, parent=1, depth=1, named=True)
    thread.end(1, site, at=40)
    block = thread.flush()
    envelope, events = decoder.decode_block(block.body(), thread.body())

    assert envelope["nb_objects"] == len(events) == 6
    assert [e.type_name for e in events] == [
        "BeginAsyncSpanEvent",
        "BeginAsyncNamedSpanEvent",
        "BeginThreadSpanEvent",
        "EndThreadSpanEvent",
        "EndAsyncNamedSpanEvent",
        "EndAsyncSpanEvent",
    ]
    assert events[0]["span_desc"].members == {
        "id": events[0]["span_desc"]["id"],
        "name": "request é",
        "target": "shop",
        "module_path": "shop",
        "file": "src/shop.cpp",
        "line": 12,
        "lod": 3,
    }
    assert (events[1]["name"], events[1]["span_id"], events[1]["parent_span_id"]) == ("fetch", 2, 1)
    assert (events[1]["depth"], events[1]["time"]) == (1, app.start_ticks + 20)
    assert [row[1:7] for row in block.rows()][1] == (
        block.block_id,
        app.start_time_ns + 20,
        "begin",
        2,
        1,
        1,
    )


def test_bulk_blocks_are_the_same_bytes_as_blocks_made_one_by_one():
    app = Process()
    one, many = app.thread("one"), app.thread("many")
    for span_id in range(1, 50):
        one.begin(span_id, f"site {span_id % 3}", at=span_id * 10, parent=span_id - 1, depth=2)
    ids = list(range(1, 50))
    bulk = many.bulk(
        begins=[True] * 49,
        sites=[f"site {(i + 1) % 3}" for i in range(3)],
        site=[(i - 1) % 3 for i in ids],
        span_id=ids,
        parent=[i - 1 for i in ids],
        depth=2,
        at=[i * 10 for i in ids],
    )
    single = one.flush()
    assert (bulk.objects, bulk.dependencies) == (single.objects, single.dependencies)
    assert cbor2.loads(bulk.body())["end_ticks"] == cbor2.loads(single.body())["end_ticks"] == 490
