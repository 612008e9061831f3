"""What the examples record, read strictly: the documents quote them, so they had better be right."""

import os
import subprocess

import pytest
import strict
from recorder import Recorder
from server_process import program

# Example -> what it prints, and its spans: `name` below its parent, or `name on its thread`.
EXAMPLES = {
    "hello_span": ("5050", {"add_up on its thread"}),
    "hello_async": ("19", {"count all", "count all / count_letters"}),
    "hello_asio": ("30", {"request", "request / read shard"}),
    "handles_and_callbacks": ("200", {"upload", "upload / check answer"}),
    "hello_c": ("200", {"upload", "check answer on its thread"}),
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
    assert found == expected
