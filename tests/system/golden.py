"""The original's recorded requests, and what they must become."""

import functools
import json
from pathlib import Path

from blocks import CallSite
from ticks import cut_to_microsecond, tick_to_ns

FOLDER = Path(__file__).resolve().parents[1] / "golden"
ASYNC = {
    "BeginAsyncSpanEvent": "begin",
    "EndAsyncSpanEvent": "end",
    "BeginAsyncNamedSpanEvent": "begin",
    "EndAsyncNamedSpanEvent": "end",
}


@functools.cache
def manifest() -> dict:
    return json.loads((FOLDER / "vectors.json").read_text())


def body(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def process() -> dict:
    return manifest()["processes"][0]["fields"]


def requests() -> list[tuple[str, bytes]]:
    """(path, body) in the order in which the original's server got them."""
    return [(r["path"], body(r["body_file"])) for r in manifest()["requests"]]


def async_rows(block: dict) -> list[tuple]:
    """The rows of async_events that a block of the manifest gives, in the view's column order."""
    start = process()
    rows = []
    for event in block["events"]:
        if event["$type"] not in ASYNC:
            continue
        record = event.get("span_desc") or event["span_location"]
        name = event["name"] if "span_location" in event else record["name"]
        site = CallSite(name, record["target"], record["file"], record["line"])
        rows.append(
            (
                block["fields"]["stream_id"],
                block["fields"]["block_id"],
                tick_to_ns(
                    event["time"],
                    start["start_ticks"],
                    cut_to_microsecond(start["start_time_unix_ns"]),
                    start["tsc_frequency"],
                ),
                ASYNC[event["$type"]],
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
    return rows


def recorded_async_rows() -> list[tuple]:
    posted = {r["body_file"] for r in manifest()["requests"]}
    return [row for b in manifest()["blocks"] if b["file"] in posted for row in async_rows(b)]
