"""The types that producers of ours announce: what docs/formats/wire-format.md says, byte for byte."""

import decoder
from decoder import Fault

# Name -> size and members `name type offset`; `ref`: the id of a dependency.
SPAN_RECORD = (
    "id u64 0, name ref 8, target ref 16, module_path ref 24, file ref 32, line u32 40, lod u32 44"
)
LOCATION_RECORD = "id u64 0, target ref 8, module_path ref 16, file ref 24, line u32 32, lod u32 36"
LOG_RECORD = "id u64 0, fmt_str ref 8, target ref 16, module_path ref 24, file ref 32, line u32 40, level u32 44"
METRIC_RECORD = (
    "id u64 0, name ref 8, unit ref 16, target ref 24, file ref 32, line u32 40, lod u32 44"
)
THREAD = "thread_span_desc ref 0, time i64 8"
THREAD_NAMED = "thread_span_location ref 0, name StringId 8, time i64 24"
# The reference lets each producer lay its types out; these are ours.
ASYNC = "span_desc ref 24, span_id u64 8, parent_span_id u64 32, depth u32 20, time i64 0"
ASYNC_NAMED = (
    "span_location ref 24, name StringId 40, span_id u64 8, parent_span_id u64 32, depth u32 20, "
    "time i64 0"
)

# What the reference does not have, but readers of the original bear: docs/formats/wire-format.md.
OUTCOME = ", outcome u32 16"
AWAIT_SITE_RECORD = "id u64 0, function ref 8, file ref 16, line u32 24, column u32 28"
SUSPEND = "span_id u64 0, await_site ref 8, awaited_span_id u64 16, time i64 24"

STRINGS = {"StaticString": (0, ""), "StaticStringDependency": (0, "")}
PROPERTIES = {"PropertySetDependency": (0, "")}

# In the order of their indices.
DEPENDENCIES = {
    "cpu": {
        "SpanRecord": (48, SPAN_RECORD),
        "SpanLocationRecord": (40, LOCATION_RECORD),
        "StaticString": (0, ""),
    },
    "async_detail": {
        "AwaitSiteRecord": (32, AWAIT_SITE_RECORD),
        "StaticString": (0, ""),
    }
    | PROPERTIES,
    "log": STRINGS | {"LogMetadataRecord": (48, LOG_RECORD)} | PROPERTIES,
    "metrics": STRINGS | {"MetricMetadataDependency": (48, METRIC_RECORD)} | PROPERTIES,
    "crash": {},
}
EVENTS = {
    "cpu": {
        "BeginThreadSpanEvent": (16, THREAD),
        "EndThreadSpanEvent": (16, THREAD),
        "BeginThreadNamedSpanEvent": (32, THREAD_NAMED),
        "EndThreadNamedSpanEvent": (32, THREAD_NAMED),
        "BeginAsyncSpanEvent": (40, ASYNC),
        "EndAsyncSpanEvent": (40, ASYNC + OUTCOME),
        "BeginAsyncNamedSpanEvent": (56, ASYNC_NAMED),
        "EndAsyncNamedSpanEvent": (56, ASYNC_NAMED + OUTCOME),
    },
    "async_detail": {
        "AsyncSpanSuspendEvent": (32, SUSPEND),
        "AsyncSpanResumeEvent": (24, "span_id u64 0, awaited_span_id u64 8, time i64 16"),
        "AsyncSpanPropertiesEvent": (24, "span_id u64 0, properties ref 8, time i64 16"),
        "AsyncSpanErrorEvent": (24, "span_id u64 0, message ref 8, time i64 16"),
    },
    "log": {
        "LogStaticStrEvent": (16, "desc ref 0, time i64 8"),
        "LogStringEventV2": (0, ""),
        "LogStaticStrInteropEvent": (
            48,
            "time i64 32, level u32 40, target StringId 0, msg StringId 16",
        ),
        "LogStringInteropEventV3": (0, ""),
        "TaggedLogString": (0, ""),
    },
    "metrics": {
        "IntegerMetricEvent": (24, "desc ref 0, value u64 8, time i64 16"),
        "FloatMetricEvent": (24, "desc ref 0, value f64 8, time i64 16"),
        "TaggedFloatMetricEvent": (32, "desc ref 0, properties ref 8, value f64 16, time i64 24"),
        "TaggedIntegerMetricEvent": (32, "desc ref 0, properties ref 8, value u64 16, time i64 24"),
    },
    "crash": {
        "ProcessCrashEvent": (16, "recovered_events u64 0, time i64 8"),
    },
}
# Only nested in others: behind those, in any order.
SECONDARY = {
    "StringId": (16, "id ref 0"),
    "StaticStringRef": (16, "id ref 0"),
    "Property": (32, "name StaticStringRef 0, value StaticStringRef 16"),
}
STANDS_FOR_ITS_ID = {"StringId", "StaticStringRef"}


def spelled(udt: dict) -> tuple[int, str]:
    """A description as the tables above spell it."""
    members = []
    for member in udt["members"]:
        if list(member) != ["name", "type_name", "offset", "size", "is_reference"]:
            raise Fault(f"{udt['name']}: a member with {list(member)}")
        kind = "ref" if member["is_reference"] else member["type_name"]
        size = {"ref": 8, "u8": 1, "u32": 4, "u64": 8, "i64": 8, "f64": 8}.get(kind, 16)
        if member["size"] != size:
            raise Fault(f"{udt['name']}.{member['name']}: size {member['size']}")
        members.append(f"{member['name']} {kind} {member['offset']}")
    return udt["size"], ", ".join(members)


def check_table(types: list[dict], expected: dict):
    for udt in types:
        if list(udt) != ["name", "size", "members", "is_reference"]:
            raise Fault(f"a type with {list(udt)}")
        name = udt["name"]
        known = expected.get(name) or SECONDARY.get(name)
        if known is None:
            raise Fault(f"the unknown type {name}")
        if spelled(udt) != known:
            raise Fault(f"{name} is {spelled(udt)}, not {known}")
        if udt["is_reference"] != (name in STANDS_FOR_ITS_ID):
            raise Fault(f"{name}: is_reference is {udt['is_reference']}")
    names = [udt["name"] for udt in types]
    if names[: len(expected)] != list(expected):
        raise Fault(f"types in the order {names}")
    if len(set(names)) != len(names):
        raise Fault("a type is described twice")


def check(tag: str, stream: dict):
    if tag not in EVENTS:
        raise Fault(f"a stream of the unknown kind {tag}")
    check_table(stream["dependencies_metadata"], DEPENDENCIES[tag])
    check_table(stream["objects_metadata"], EVENTS[tag])
    for member in (m for t in stream["objects_metadata"] for m in t["members"]):
        nested = not member["is_reference"] and member["type_name"] not in decoder.SCALARS
        if nested and member["type_name"] not in {t["name"] for t in stream["objects_metadata"]}:
            raise Fault(f"{member['type_name']} is not described")
