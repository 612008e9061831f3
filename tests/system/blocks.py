"""Makes what a producer posts: processes, thread streams and blocks of spans, in pure Python.

Written from the wire format (sections 2 to 5.3) and from nothing else, so that it checks the C++
code instead of repeating it. Ticks here count from the start of the process.

    app = Process()
    ui = app.thread("ui")
    ui.begin(1, "request", at=10)
    ui.end(1, "request", at=40)
    block = ui.flush()
    block.body()    # what to post
    block.rows()    # what async_events must show
"""

import struct
import uuid
from dataclasses import dataclass, field

import cbor2
import lz4.frame
import numpy as np
import xxhash
from ticks import NS, cut_to_microsecond, rfc3339, tick_to_ns

START_TIME_NS = 1_790_000_000 * NS + 123_456_000


def _member(name, type_name, offset, size, is_reference=False):
    return {
        "name": name,
        "type_name": type_name,
        "offset": offset,
        "size": size,
        "is_reference": is_reference,
    }


def _type(name, size, members=(), is_reference=False):
    return {"name": name, "size": size, "members": list(members), "is_reference": is_reference}


def _ref(name, offset):
    return _member(name, "* const u8", offset, 8, is_reference=True)


def _thread_event(name):
    return _type(name, 16, [_ref("thread_span_desc", 0), _member("time", "i64", 8, 8)])


def _named_thread_event(name):
    return _type(
        name,
        32,
        [
            _ref("thread_span_location", 0),
            _member("name", "StringId", 8, 16),
            _member("time", "i64", 24, 8),
        ],
    )


def _async_event(name):
    return _type(
        name,
        40,
        [
            _ref("span_desc", 0),
            _member("span_id", "u64", 8, 8),
            _member("parent_span_id", "u64", 16, 8),
            _member("depth", "u32", 32, 4),
            _member("time", "i64", 24, 8),
        ],
    )


def _named_async_event(name):
    return _type(
        name,
        56,
        [
            _ref("span_location", 0),
            _member("name", "StringId", 8, 16),
            _member("span_id", "u64", 24, 8),
            _member("parent_span_id", "u64", 32, 8),
            _member("depth", "u32", 48, 4),
            _member("time", "i64", 40, 8),
        ],
    )


DEPENDENCIES = [
    _type(
        "SpanRecord",
        48,
        [
            _member("id", "u64", 0, 8),
            _ref("name", 8),
            _ref("target", 16),
            _ref("module_path", 24),
            _ref("file", 32),
            _member("line", "u32", 40, 4),
            _member("lod", "u32", 44, 4),
        ],
    ),
    _type(
        "SpanLocationRecord",
        40,
        [
            _member("id", "u64", 0, 8),
            _ref("target", 8),
            _ref("module_path", 16),
            _ref("file", 24),
            _member("line", "u32", 32, 4),
            _member("lod", "u32", 36, 4),
        ],
    ),
    _type("StaticString", 0),
]
OBJECTS = [
    _thread_event("BeginThreadSpanEvent"),
    _thread_event("EndThreadSpanEvent"),
    _named_thread_event("BeginThreadNamedSpanEvent"),
    _named_thread_event("EndThreadNamedSpanEvent"),
    _async_event("BeginAsyncSpanEvent"),
    _async_event("EndAsyncSpanEvent"),
    _named_async_event("BeginAsyncNamedSpanEvent"),
    _named_async_event("EndAsyncNamedSpanEvent"),
    _type("StringId", 16, [_ref("id", 0)], is_reference=True),
]
BEGIN_THREAD, END_THREAD, BEGIN_ASYNC, END_ASYNC, BEGIN_NAMED, END_NAMED = 0, 1, 4, 5, 6, 7

# One record of the objects buffer: the type's index, then the event's memory.
ASYNC_RECORD = np.dtype(
    [
        ("type", "u1"),
        ("span_desc", "<u8"),
        ("span_id", "<u8"),
        ("parent_span_id", "<u8"),
        ("time", "<i8"),
        ("depth", "<u4"),
        ("padding", "<u4"),
    ]
)


@dataclass(frozen=True)
class CallSite:
    name: str
    target: str = "tests::system"
    filename: str = "src/service.cpp"
    line: int = 7

    def hash(self) -> int:
        value = 0
        for part in (self.name, self.filename, self.target):
            value = xxhash.xxh32_intdigest(part.encode(), seed=value)
        return xxhash.xxh32_intdigest(struct.pack("<I", self.line), seed=value)


@dataclass
class Process:
    frequency: int = NS  # What is announced; 0: unknown.
    true_frequency: int = NS  # How fast ticks run.
    start_ticks: int = 5_000_000_000_000
    start_time_ns: int = START_TIME_NS
    exe: str = "synthetic"
    process_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def body(self) -> bytes:
        return cbor2.dumps(
            {
                "process_id": self.process_id,
                "exe": self.exe,
                "username": "tester",
                "realname": "Tester",
                "computer": "bench",
                "distro": "Debian",
                "cpu_brand": "Imaginary",
                "tsc_frequency": self.frequency,
                "start_time": rfc3339(self.start_time_ns),
                "start_ticks": self.start_ticks,
                "parent_process_id": None,
                "properties": {},
            }
        )

    def thread(self, name: str) -> "Thread":
        return Thread(self, name)

    def wall_ns(self, ticks: int) -> int:
        """When a tick really happened, as the producer's system clock had it."""
        return self.start_time_ns + ticks * NS // self.true_frequency

    def time_ns(self, ticks: int, frequency: int | None = None) -> int:
        """When the server must say that it happened."""
        return tick_to_ns(
            self.start_ticks + ticks,
            self.start_ticks,
            cut_to_microsecond(self.start_time_ns),
            frequency or self.frequency,
        )


class Dependencies:
    """What the events of one block refer to: strings first, then records, each once."""

    def __init__(self):
        self._ids = {}
        self._strings = []
        self._records = []

    def string(self, text: str) -> int:
        if ("string", text) not in self._ids:
            self._ids["string", text] = len(self._ids) + 1
            raw = text.encode()
            head = struct.pack("<BIQ", 2, 8 + len(raw), self._ids["string", text])
            self._strings.append(head + raw)
        return self._ids["string", text]

    def record(self, site: CallSite) -> int:
        if ("record", site) not in self._ids:
            texts = [self.string(t) for t in (site.name, site.target, site.target, site.filename)]
            self._ids["record", site] = len(self._ids) + 1
            self._records.append(
                struct.pack("<B5QII", 0, self._ids["record", site], *texts, site.line, 3)
            )
        return self._ids["record", site]

    def location(self, site: CallSite) -> int:
        key = ("location", site.target, site.filename, site.line)
        if key not in self._ids:
            texts = [self.string(t) for t in (site.target, site.target, site.filename)]
            self._ids[key] = len(self._ids) + 1
            self._records.append(struct.pack("<B4QII", 1, self._ids[key], *texts, site.line, 3))
        return self._ids[key]

    def buffer(self) -> bytes:
        return b"".join(self._strings + self._records)


class Thread:
    def __init__(self, process: Process, name: str):
        self.process = process
        self.name = name
        self.stream_id = str(uuid.uuid4())
        self.next_offset = 0
        self._last_tick = 0
        self._start_block()

    def _start_block(self):
        self._dependencies = Dependencies()
        self._objects = []
        self._rows = []
        self._count = 0
        self._block_begin = self._last_tick

    def body(self) -> bytes:
        return cbor2.dumps(
            {
                "process_id": self.process.process_id,
                "stream_id": self.stream_id,
                "dependencies_metadata": DEPENDENCIES,
                "objects_metadata": OBJECTS,
                "tags": ["cpu"],
                "properties": {"thread-name": self.name, "thread-id": "1"},
            }
        )

    def begin(self, span_id, site, at, parent=0, depth=0, named=False):
        self._async_event("begin", span_id, site, at, parent, depth, named)

    def end(self, span_id, site, at, parent=0, depth=0, named=False):
        self._async_event("end", span_id, site, at, parent, depth, named)

    def thread_span(self, site, begin_at, end_at):
        """A scope of this thread; the async view must not see it."""
        desc = self._dependencies.record(_as_site(site))
        for index, at in ((BEGIN_THREAD, begin_at), (END_THREAD, end_at)):
            self._objects.append(struct.pack("<BQq", index, desc, self.process.start_ticks + at))
            self._saw(at)

    def _async_event(self, event_type, span_id, site, at, parent, depth, named):
        site, tick = _as_site(site), self.process.start_ticks + at
        begins = event_type == "begin"
        if named:
            head = struct.pack(
                "<BQQII",
                BEGIN_NAMED if begins else END_NAMED,
                self._dependencies.location(site),
                self._dependencies.string(site.name),
                len(site.name.encode()),
                0,
            )
        else:
            index = BEGIN_ASYNC if begins else END_ASYNC
            head = struct.pack("<BQ", index, self._dependencies.record(site))
        self._objects.append(head + struct.pack("<QQqII", span_id, parent, tick, depth, 0))
        self._rows.append((at, event_type, span_id, parent, depth, site))
        self._saw(at)

    def _saw(self, at):
        self._last_tick = max(self._last_tick, at)
        self._count += 1

    def flush(self) -> "Block":
        """Closes the block: it ends at its latest event, where the next one begins."""
        block = Block(
            thread=self,
            dependencies=self._dependencies.buffer(),
            objects=b"".join(self._objects),
            nb_objects=self._count,
            begin_ticks=self._block_begin,
            end_ticks=self._last_tick,
            object_offset=self.next_offset,
            events=self._rows,
        )
        self.next_offset += self._count
        self._start_block()
        return block

    def bulk(self, *, begins, sites, site, span_id, parent, depth, at) -> "Block":
        """A block of many async events from arrays; `site` indexes into `sites`."""
        dependencies = Dependencies()
        ids = np.array([dependencies.record(_as_site(s)) for s in sites], dtype="<u8")
        events = np.zeros(len(at), dtype=ASYNC_RECORD)
        events["type"] = np.where(begins, BEGIN_ASYNC, END_ASYNC)
        events["span_desc"] = ids[site]
        events["span_id"] = span_id
        events["parent_span_id"] = parent
        events["depth"] = depth
        events["time"] = np.asarray(at, dtype="<i8") + self.process.start_ticks
        begin, self._last_tick = self._last_tick, max(self._last_tick, int(np.max(at)))
        block = Block(
            thread=self,
            dependencies=dependencies.buffer(),
            objects=events.tobytes(),
            nb_objects=len(events),
            begin_ticks=begin,
            end_ticks=self._last_tick,
            object_offset=self.next_offset,
            events=None,
        )
        self.next_offset += len(events)
        self._block_begin = self._last_tick
        return block


@dataclass
class Block:
    thread: Thread
    dependencies: bytes
    objects: bytes
    nb_objects: int
    begin_ticks: int
    end_ticks: int
    object_offset: int
    events: list | None
    block_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def body(self) -> bytes:
        process = self.thread.process
        return cbor2.dumps(
            {
                "block_id": self.block_id,
                "stream_id": self.thread.stream_id,
                "process_id": process.process_id,
                "begin_time": rfc3339(process.wall_ns(self.begin_ticks)),
                "begin_ticks": self.begin_ticks,
                "end_time": rfc3339(process.wall_ns(self.end_ticks)),
                "end_ticks": self.end_ticks,
                "payload": {
                    "dependencies": lz4.frame.compress(self.dependencies),
                    "objects": lz4.frame.compress(self.objects, compression_level=0),
                },
                "object_offset": self.object_offset,
                "nb_objects": self.nb_objects,
            }
        )

    def rows(self, frequency: int | None = None) -> list[tuple]:
        """The rows of async_events that this block must give, in the view's column order."""
        return [
            (
                self.thread.stream_id,
                self.block_id,
                self.thread.process.time_ns(at, frequency),
                event_type,
                span_id,
                parent or None,
                depth,
                site.hash(),
                site.name,
                site.filename,
                site.target,
                site.line,
            )
            for at, event_type, span_id, parent, depth, site in self.events
        ]


def _as_site(site: "CallSite | str") -> CallSite:
    return site if isinstance(site, CallSite) else CallSite(site)
