"""The strict reader finds what it is for: each test changes one thing in what an example sent."""

import os
import subprocess

import cbor2
import lz4.frame
import pytest
import strict
from decoder import Fault
from recorder import Recorder
from server_process import program


class Sent:
    """Requests as a Recorder keeps them, with some exchanged."""

    def __init__(self, requests):
        self.requests = requests

    def bodies(self, what):
        return [body for path, _, body in self.requests if path == f"/ingestion/insert_{what}"]

    def changed(self, what, change) -> "Sent":
        """With one body of that kind replaced by `change(body)`."""
        requests, changed = [], False
        for path, headers, body in self.requests:
            if not changed and path == f"/ingestion/insert_{what}":
                requests.append((path, headers, change(body)))
                changed = True
            else:
                requests.append((path, headers, body))
        assert changed
        return Sent(requests)

    def with_map(self, what, change) -> "Sent":
        def change_body(body):
            value = cbor2.loads(body)
            change(value)
            return cbor2.dumps(value)

        return self.changed(what, change_body)

    def with_buffer(self, name, change) -> "Sent":
        def change_block(block):
            raw = bytearray(lz4.frame.decompress(block["payload"][name]))
            change(raw)
            block["payload"][name] = lz4.frame.compress(bytes(raw))

        return self.with_map("block", change_block)


@pytest.fixture(scope="module")
def sent() -> Sent:
    with Recorder() as recorder:
        environment = os.environ | {"MICROMEGAS_TELEMETRY_URL": recorder.url}
        subprocess.run([program("example_hello_async")], env=environment, check=True, timeout=60)
    return Sent(recorder.requests)


def test_what_was_sent_passes_also_when_it_is_written_again(sent):
    strict.read(sent)
    strict.read(sent.with_map("block", lambda block: None).with_buffer("objects", lambda raw: None))


def unused_text(raw):
    raw += b"\x02" + (12).to_bytes(4, "little") + (999).to_bytes(8, "little") + b"idle"


def set_byte(at, value):
    def change(raw):
        raw[at] = value

    return change


def set_key(key, value):
    return lambda given: given.update({key: value})


# An event of 40 bytes behind its type index; the begin of an async span has padding at 16.
FAULTS = {
    "bytes behind a body": ("process", lambda body: body + b"\0"),
    "a key too many": ("process", set_key("shoe_size", 44)),
    "ticks that are not nanoseconds": ("process", set_key("tsc_frequency", 3_000_000_000)),
    "an id in upper case": ("stream", set_key("stream_id", "A1E2D3C4-4B5A-4978-8796-A5B4C3D2E1F0")),
    "a type of nobody": (
        "stream",
        lambda stream: stream["objects_metadata"][0].update(name="MiddleThreadSpanEvent"),
    ),
    "a member elsewhere": (
        "stream",
        lambda stream: stream["objects_metadata"][0]["members"][1].update(offset=0),
    ),
    "a stream of nobody": ("stream", set_key("tags", ["gossip"])),
    "events that are not there": ("block", set_key("nb_objects", 7)),
    "a gap before the first block": ("block", set_key("object_offset", 1)),
    "an event behind its block": ("block", set_key("end_ticks", 0)),
    "bytes behind a frame": (
        "block",
        lambda block: block["payload"].update(objects=block["payload"]["objects"] + b"\0"),
    ),
    "a text that nobody refers to": ("dependencies", unused_text),
    "half an event": ("objects", lambda raw: raw.append(4)),
    "bytes in the padding": ("objects", set_byte(1 + 16, 1)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(sent, fault):
    where, change = FAULTS[fault]
    if where in ("dependencies", "objects"):
        wrong = sent.with_buffer(where, change)
    elif fault == "bytes behind a body":
        wrong = sent.changed(where, change)
    else:
        wrong = sent.with_map(where, change)
    with pytest.raises(Fault):
        strict.read(wrong)
