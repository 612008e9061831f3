"""What the examples record, read strictly: the documents quote them, so they had better be right."""

import os
import subprocess

import pytest
import strict
from recorder import Recorder
from server_process import program

# Example -> what it prints, what it records: `parent / name` of an async span, ...
EXAMPLES = {
    "hello_span": ("5050", {"add_up on its thread"}),
    "hello_async": ("19", {"count all", "count all / count_letters"}),
    "own_task": ("1\n4\n9", {"squares"}),
    "created_where": (
        "3",
        {"fetch both", "fetch both / wrapper", "fetch both / fetch", "wrapper / fetch"},
    ),
    "hello_asio": ("30", {"request", "request / read shard"}),
    "handles_and_callbacks": ("200", {"upload", "upload / check answer"}),
    "hello_c": (
        "200",
        {"upload", "check answer on its thread", "log: uploaded", "upload_size: 4096 bytes"},
    ),
}


def record(name: str) -> tuple[str, strict.Recording]:
    with Recorder() as recorder:
        done = subprocess.run(
            [program(f"example_{name}")],
            env=os.environ | {"MICROMEGAS_TELEMETRY_URL": recorder.url},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout, strict.read(recorder)


def test_spans_tell_how_they_ended_what_they_bear_and_when_they_waited():
    said, recording = record("what_spans_tell")
    assert said == "3\n"
    spans = strict.check_spans(recording)
    name_of = {identity: begin["span_desc"]["name"] for identity, (begin, _) in spans.items()}
    request, first, second = sorted(spans, key=lambda identity: spans[identity][0]["time"])
    assert [name_of[i] for i in (request, first, second)] == [
        "request",
        "count orders",
        "count orders",
    ]
    assert [spans[i][1]["outcome"] for i in (request, first, second)] == [0, 0, 1]

    properties = [
        (event["span_id"], event["properties"].members)
        for _, event in recording.events("AsyncSpanPropertiesEvent")
    ]
    tenant = ("tenant", "7")
    assert properties == [
        (request, [tenant]),
        (first, [("user", "ann"), tenant]),
        (second, [("user", ""), tenant]),
        (request, [tenant, ("skipped", "1")]),
    ]
    ((_, error),) = recording.events("AsyncSpanErrorEvent")
    assert (error["span_id"], error["message"]) == (second, "nobody's orders")

    suspensions = [event for _, event in recording.events("AsyncSpanSuspendEvent")]
    resumptions = [event for _, event in recording.events("AsyncSpanResumeEvent")]
    assert [event["span_id"] for event in suspensions] == [request, request]
    assert [event["awaited_span_id"] for event in resumptions] == [first, second]
    for suspend, child, resume in zip(suspensions, (first, second), resumptions, strict=True):
        assert "answer_request" in suspend["await_site"]["function"]
        assert suspend["await_site"]["file"].endswith("what_spans_tell.cpp")
        begin, end = spans[child]
        assert suspend["time"] <= begin["time"] <= end["time"] <= resume["time"]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_records_its_spans_and_nothing_that_has_no_meaning(name):
    answer, expected = EXAMPLES[name]
    said, recording = record(name)
    assert said == answer + "\n"

    async_spans = strict.check_spans(recording)
    name_of = {identity: begin["span_desc"]["name"] for identity, (begin, _) in async_spans.items()}
    found = set()
    for identity, (begin, end) in async_spans.items():
        assert end["outcome"] == 0
        above = name_of.get(begin["parent_span_id"])
        found.add(f"{above} / {name_of[identity]}" if above else name_of[identity])
    for _, event in recording.events("BeginThreadSpanEvent"):
        found.add(f"{event['thread_span_desc']['name']} on its thread")
    for _, event in recording.events("LogStaticStr"):
        found.add(f"log: {event['desc']['fmt_str']}")
    for _, event in recording.events("IntegerMetric"):
        found.add(f"{event['desc']['name']}: {event['value']} {event['desc']['unit']}")
    assert found == expected


def test_the_example_of_logs_records_them_with_their_properties():
    said, recording = record("hello_logs")
    assert said == "2\n"
    logs, metrics = [], []
    for stream, event in recording.events():
        record_of_site, properties = event["desc"], event.members.get("properties")
        pairs = dict(properties.members) if properties else {}
        assert record_of_site["target"] == "shop::cart"
        assert record_of_site["file"].endswith("examples/hello_logs.cpp")
        if stream["tags"] == ["log"]:
            text = event.members.get("msg", record_of_site["fmt_str"])
            logs.append((event.type_name, record_of_site["level"], text, pairs))
        else:
            assert stream["tags"] == ["metrics"]
            name, unit = record_of_site["name"], record_of_site["unit"]
            metrics.append((event.type_name, name, unit, event["value"], pairs))
    info, debug, ann, bob = 4, 5, {"user": "ann", "shop": "north"}, {"user": "bob", "shop": "north"}
    assert logs == [
        ("LogStaticStrEvent", info, "ready", {}),
        ("TaggedLogString", info, "check out ann's cart of 3", ann),
        ("TaggedLogString", info, "check out bob's cart of 2", bob),
        ("LogStringEventV2", debug, "only for those who ask: bob's cart of 2", {}),
    ]
    assert metrics == [
        ("TaggedIntegerMetricEvent", "cart_items", "count", 3, ann),
        ("TaggedIntegerMetricEvent", "cart_items", "count", 2, bob),
        ("FloatMetricEvent", "load", "percent", 12.5, {}),
    ]


def test_the_environment_switches_targets(monkeypatch):
    monkeypatch.setenv("MICROMEGAS_LOG", "off,shop::cart=info")
    monkeypatch.setenv("MICROMEGAS_METRICS", "shop=off")
    _, recording = record("hello_logs")
    assert {stream["tags"][0] for stream, _ in recording.events()} == {"log"}
    monkeypatch.setenv("MICROMEGAS_LOG", "shop=off")
    with Recorder() as recorder:
        environment = os.environ | {"MICROMEGAS_TELEMETRY_URL": recorder.url}
        subprocess.run([program("example_hello_logs")], env=environment, check=True, timeout=60)
    # The program itself says `debug` later on.
    assert len(strict.read(recorder).events("LogStringEventV2")) == 1
