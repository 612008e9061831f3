"""Reads all that a producer of ours has posted and refuses what the reference gives no meaning to:
a member too many, a byte too many, an id that nobody uses, an event out of order.

Readers have to bear more than that, and `decoder` does. A producer has no excuse.
"""

import io
import re
import struct
import uuid
from dataclasses import dataclass

import cbor2
import decoder
import lz4.frame
import strict_types
from decoder import Fault, Object
from ticks import NS, parse_rfc3339

PROCESS_KEYS = [
    "process_id", "exe", "username", "realname", "computer", "distro", "cpu_brand",
    "tsc_frequency", "start_time", "start_ticks", "parent_process_id", "properties",
]  # fmt: skip
STREAM_KEYS = [
    "process_id", "stream_id", "dependencies_metadata", "objects_metadata", "tags", "properties",
]  # fmt: skip
BLOCK_KEYS = [
    "block_id", "stream_id", "process_id", "begin_time", "begin_ticks", "end_time", "end_ticks",
    "payload", "object_offset", "nb_objects",
]  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6}|\.\d{9})?(Z|\+00:00)")
MOST_TEXT_OF_A_PROCESS = 255


@dataclass
class Recording:
    """One process, and (stream, block, events) in order of stream and offset."""

    process: dict
    streams: dict
    blocks: list

    def events(self, prefix: str = "") -> list[tuple[dict, Object]]:
        return [
            (stream, event)
            for stream, _, events in self.blocks
            for event in events
            if event.type_name.startswith(prefix)
        ]


def need(holds: bool, fault: str):
    if not holds:
        raise Fault(fault)


# --- bodies ---------------------------------------------------------------------------------------


def read_map(body: bytes, keys: list[str]) -> dict:
    stream = io.BytesIO(body)
    value = cbor2.CBORDecoder(stream, read_size=1).decode()
    need(stream.tell() == len(body), f"{len(body) - stream.tell()} bytes behind the map")
    need(list(value) == keys, f"keys {list(value)}")
    return value


def check_id(text, versions=(4,)):
    need(
        isinstance(text, str) and str(uuid.UUID(text)) == text, f"{text} is no id as we write them"
    )
    need(uuid.UUID(text).version in versions, f"{text} is not of version {versions}")


def check_properties(properties: dict):
    for pair in properties.items():
        need(all(isinstance(text, str) and "\0" not in text for text in pair), f"property {pair}")


def read_process(body: bytes) -> dict:
    process = read_map(body, PROCESS_KEYS)
    check_id(process["process_id"])
    if process["parent_process_id"] is not None:
        check_id(process["parent_process_id"])
    for key in PROCESS_KEYS[1:7]:
        text = process[key]
        need(isinstance(text, str) and len(text) <= MOST_TEXT_OF_A_PROCESS, f"{key}: {text}")
    need(process["tsc_frequency"] == NS, "ticks are not nanoseconds")
    need(bool(TIME.fullmatch(process["start_time"])), process["start_time"])
    need(parse_rfc3339(process["start_time"]) % 1000 == 0, "starts between two microseconds")
    check_properties(process["properties"])
    return process


def read_stream(body: bytes) -> dict:
    stream = read_map(body, STREAM_KEYS)
    check_id(stream["stream_id"], versions=(4, 8))  # With a crash folder made of the process's.
    need(len(stream["tags"]) == 1, f"tags {stream['tags']}")
    strict_types.check(stream["tags"][0], stream)
    check_properties(stream["properties"])
    return stream


# --- payloads -------------------------------------------------------------------------------------


class Dependencies(dict):
    """Knows which of them were asked for."""

    def __init__(self):
        super().__init__()
        self.used = set()

    def __getitem__(self, identity):
        self.used.add(identity)
        return super().__getitem__(identity)


def decompress(frame: bytes) -> bytes:
    reader = lz4.frame.LZ4FrameDecompressor()
    raw = reader.decompress(frame)
    need(reader.eof and not reader.unused_data, "more or less than one LZ4 frame")
    return raw


def check_string_reference(udt: dict, raw: memoryview, dependencies: dict):
    """Beside the id stand what a reader may ignore: the length, the codec, padding."""
    identity, length, rest = struct.unpack("<QII", raw)
    text = dict.__getitem__(dependencies, identity)
    need(length == len(text.encode()), f"{udt['name']}: {length} is not the length of {text!r}")
    codec = 2 if udt["name"] == "StaticStringRef" else 0
    need(rest == codec, f"{udt['name']}: {rest:#x} behind the length")


def check_padding(table: decoder.Table, udt: dict, body: memoryview, dependencies: dict):
    """What no member covers is zero."""
    covered = bytearray(len(body))
    for member in udt["members"]:
        begin, end = member["offset"], member["offset"] + member["size"]
        need(not any(covered[begin:end]), f"{udt['name']}.{member['name']} overlaps another")
        covered[begin:end] = b"\1" * member["size"]
        if not member["is_reference"] and member["type_name"] not in decoder.SCALARS:
            inner = table.named(member["type_name"])
            check_string_reference(inner, body[begin:end], dependencies)
    left = bytes(byte for byte, known in zip(body, covered, strict=True) if not known)
    need(not any(left), f"{udt['name']}: unknown bytes {left.hex()}")


def read_dependencies(buffer: bytes, types: list[dict]) -> Dependencies:
    found, table = Dependencies(), decoder.Table(types)
    decoder.read_dependencies(buffer, types, found)
    strings = [value for value in found.values() if isinstance(value, str)]
    need(len(strings) == len(set(strings)), "a text stands there twice")
    need(0 not in found, "0 is not an id")
    for udt, body, _ in table.records(buffer):
        if udt["size"] != 0:
            check_padding(table, udt, body, found)
        elif udt["name"] == "PropertySetDependency":
            identity, count = struct.unpack_from("<QI", body)
            pairs, size = body[12:], table.named("Property")["size"]
            need(len(pairs) == count * size, f"property set {identity}: {len(pairs)} bytes")
            for at in range(0, len(pairs), size):
                check_padding(table, table.named("Property"), pairs[at : at + size], found)
    return found


def read_events(buffer: bytes, types: list[dict], dependencies: Dependencies) -> list[Object]:
    table, events = decoder.Table(types), []
    for udt, body, _ in table.records(buffer):
        window = decoder.Window(body)
        events.append(decoder.read_event(udt, window, table, dependencies))
        need(window.at == len(body), f"{udt['name']}: {len(body) - window.at} bytes behind it")
        if udt["size"] != 0:
            check_padding(table, udt, body, dependencies)
    unused = dependencies.keys() - dependencies.used
    need(not unused, f"nobody refers to {[dict.get(dependencies, each) for each in unused]}")
    return events


def read_block(body: bytes, process: dict, stream: dict) -> tuple[dict, list[Object]]:
    block = read_map(body, BLOCK_KEYS)
    check_id(block["block_id"], versions=(8,))  # Made of the stream's id and the offset.
    need(list(block["payload"]) == ["dependencies", "objects"], f"payload {list(block['payload'])}")
    dependencies = read_dependencies(
        decompress(block["payload"]["dependencies"]), stream["dependencies_metadata"]
    )
    events = read_events(
        decompress(block["payload"]["objects"]), stream["objects_metadata"], dependencies
    )
    need(block["nb_objects"] == len(events) > 0, f"{block['nb_objects']} of {len(events)} events")
    times = [event["time"] - process["start_ticks"] for event in events]
    need(times == sorted(times), "events are out of order")
    need(block["begin_ticks"] <= times[0], "an event before its block")
    need(times[-1] <= block["end_ticks"], "an event behind its block")
    start_ns = parse_rfc3339(process["start_time"])
    for edge in ("begin", "end"):
        need(bool(TIME.fullmatch(block[f"{edge}_time"])), block[f"{edge}_time"])
        by_ticks = start_ns + block[f"{edge}_ticks"]
        need(by_ticks == parse_rfc3339(block[f"{edge}_time"]), f"{edge}: time and ticks differ")
    return block, events


# --- the whole ------------------------------------------------------------------------------------


def read(recorder) -> Recording:
    """Everything that a `recorder.Recorder` has been sent, by one process."""
    kinds = ("process", "stream", "block")
    process_bodies, stream_bodies, block_bodies = map(recorder.bodies, kinds)
    need(
        len(recorder.requests) == len(process_bodies + stream_bodies + block_bodies), "other paths"
    )
    need(len(set(process_bodies)) == 1, f"{len(set(process_bodies))} processes")
    process = read_process(process_bodies[0])
    streams = {}
    for stream in map(read_stream, dict.fromkeys(stream_bodies)):
        need(stream["process_id"] == process["process_id"], "a stream of another process")
        need(stream["stream_id"] not in streams, "a stream that was announced twice")
        streams[stream["stream_id"]] = stream
    blocks = []
    for body in dict.fromkeys(block_bodies):
        stream = streams[cbor2.loads(body)["stream_id"]]
        block, events = read_block(body, process, stream)
        need(block["process_id"] == process["process_id"], "a block of another process")
        blocks.append((stream, block, events))
    need(len({block["block_id"] for _, block, _ in blocks}) == len(blocks), "a block id twice")
    need({block["stream_id"] for _, block, _ in blocks} == set(streams), "a stream without blocks")
    blocks.sort(key=lambda item: (item[1]["stream_id"], item[1]["object_offset"]))
    check_sequence(blocks)
    return Recording(process, streams, blocks)


def check_sequence(blocks: list):
    ends = {}
    for _, block, _ in blocks:
        offset, ticks = ends.get(block["stream_id"], (0, block["begin_ticks"]))
        need(block["object_offset"] == offset, f"offset {block['object_offset']}, not {offset}")
        need(block["begin_ticks"] == ticks, "begins elsewhere than the block before it ended")
        ends[block["stream_id"]] = (offset + block["nb_objects"], block["end_ticks"])


def check_spans(recording: Recording) -> dict:
    """Every span ends once, as it began, inside its parent's life or after it; thread spans nest.
    Span id -> (begin, end) of the async spans."""
    open_spans = {}
    begins, ends = {}, {}
    for stream, event in recording.events():
        if "span_id" in event.members and not event.type_name.startswith(("Begin", "End")):
            continue
        began = event.type_name.startswith("Begin")
        if event.type_name.endswith("AsyncSpanEvent") or "AsyncNamed" in event.type_name:
            found = begins if began else ends
            need(event["span_id"] not in found, f"span {event['span_id']} twice")
            found[event["span_id"]] = event
        elif "Thread" in event.type_name:
            stack = open_spans.setdefault(stream["stream_id"], [])
            what = {k: v for k, v in event.members.items() if k != "time"}
            if began:
                stack.append(what)
            else:
                need(bool(stack) and without_ids(stack.pop()) == without_ids(what), "crossed spans")
    need(not any(open_spans.values()), "thread spans that are open")
    need(begins.keys() == ends.keys(), f"without an end: {begins.keys() ^ ends.keys()}")
    for identity, begin in begins.items():
        end = ends[identity]
        need(end["time"] >= begin["time"], f"span {identity} ends before it begins")
        for key in ("parent_span_id", "depth"):
            need(begin[key] == end[key], f"span {identity}: another {key} at its end")
        parent = begins.get(begin["parent_span_id"])
        if begin["parent_span_id"] == 0:
            need(begin["depth"] == 0, f"span {identity}: a root below others")
        else:
            need(parent is not None, f"span {identity}: its parent never began")
            need(begin["depth"] == parent["depth"] + 1, f"span {identity}: depth")
            need(begin["time"] >= parent["time"], f"span {identity}: began before its parent")
    return {identity: (begin, ends[identity]) for identity, begin in begins.items()}


def without_ids(members: dict) -> dict:
    """Ids of records differ from block to block, and a span may end in the next one."""
    return {
        key: {k: v for k, v in value.members.items() if k != "id"}
        if isinstance(value, Object)
        else value
        for key, value in members.items()
    }
