"""Decodes a block's payload: an oracle for what our producers send, written from sections 3 to 5 of
the wire format and checked against the original's vectors by test_decoder.py.

Values are Python's: text, bytes, int, float, Object, PropertySet.
"""

import struct
from dataclasses import dataclass, field

import cbor2
import lz4.frame

U64_TYPES = {"u64", "uint64"}
I64_TYPES = {"i64", "int64"}
SCALARS = {
    "u8": "<B",
    "uint8": "<B",
    "u32": "<I",
    "uint32": "<I",
    "u64": "<Q",
    "uint64": "<Q",
    "i64": "<q",
    "int64": "<q",
    "f64": "<d",
}


class Fault(Exception):
    pass


@dataclass
class Object:
    type_name: str
    members: dict = field(default_factory=dict)

    def __getitem__(self, name):
        return self.members[name]


@dataclass
class PropertySet:
    members: list


def decompress(frame) -> bytes:
    """One LZ4 frame; what follows it is ignored."""
    if isinstance(frame, list):
        frame = bytes(frame)
    try:
        reader = lz4.frame.LZ4FrameDecompressor()
        raw = reader.decompress(frame)
    except RuntimeError as error:
        raise Fault(f"lz4: {error}") from error
    if not reader.eof:
        raise Fault("lz4: the frame is cut")
    return raw


class Window:
    """A cursor over bytes that refuses to leave them."""

    def __init__(self, data: memoryview):
        self.data, self.at = data, 0

    def take(self, size: int) -> memoryview:
        if size > len(self.data) - self.at:
            raise Fault(f"{size} bytes at {self.at} leave the {len(self.data)} there are")
        self.at += size
        return self.data[self.at - size : self.at]

    def scalar(self, layout: str):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def coded_string(self) -> str:
        codec, size = self.scalar("<B"), self.scalar("<I")
        raw = bytes(self.take(size))
        if codec in (0, 2):
            return raw.decode("utf-8", "replace")
        if codec == 1:
            if size % 2:
                raise Fault("wide string of odd length")
            return raw.decode("utf-16-le", "replace")
        raise Fault(f"string codec {codec}")

    def rest(self) -> memoryview:
        return self.take(len(self.data) - self.at)


class Table:
    def __init__(self, types: list[dict]):
        self.types = types

    def named(self, name: str) -> dict:
        for udt in self.types:
            if udt["name"] == name:
                return udt
        raise Fault(f"no type {name} in the table")

    def records(self, buffer: bytes):
        """(type, body, the whole rest of the buffer from the body on) of each record."""
        window = Window(memoryview(buffer))
        while window.at < len(buffer):
            index = window.scalar("<B")
            if index >= len(self.types):
                raise Fault(f"type index {index} of {len(self.types)}")
            udt = self.types[index]
            dynamic = udt["size"] == 0 or udt["name"] in DYNAMIC_DEPENDENCIES
            size = window.scalar("<I") if dynamic else udt["size"]
            begin = window.at
            yield udt, window.take(size), memoryview(buffer)[begin:]

    def parse(self, udt: dict, body: memoryview, dependencies: dict):
        """Section 4.2: members lie where the metadata says."""
        result = Object(udt["name"])
        for member in udt["members"]:
            begin, end = member["offset"], member["offset"] + member["size"]
            if end > len(body):
                raise Fault(f"{udt['name']}.{member['name']} leaves its record")
            raw = body[begin:end]
            if member["is_reference"]:
                if member["size"] < 8:
                    raise Fault(f"{udt['name']}.{member['name']}: a reference of {len(raw)} bytes")
                value = resolve(struct.unpack_from("<Q", raw)[0], dependencies)
            elif member["type_name"] in SCALARS:
                layout = SCALARS[member["type_name"]]
                if struct.calcsize(layout) != member["size"]:
                    raise Fault(f"{udt['name']}.{member['name']}: size {member['size']}")
                value = struct.unpack(layout, raw)[0]
            else:
                inner = self.named(member["type_name"])
                if begin + inner["size"] > len(body):
                    raise Fault(f"{udt['name']}.{member['name']} leaves its record")
                value = self.parse(inner, body[begin : begin + inner["size"]], dependencies)
            result.members[member["name"]] = value
        if udt["is_reference"]:
            if "id" not in result.members:
                raise Fault(f"{udt['name']} is a reference without an id")
            return result["id"]
        return result


DYNAMIC_DEPENDENCIES = {"StaticString", "StaticStringDependency", "PropertySetDependency"}


def resolve(identity: int, dependencies: dict):
    if identity not in dependencies:
        raise Fault(f"nothing has the id {identity}")
    return dependencies[identity]


def read_dependencies(buffer: bytes, types: list[dict], found: dict | None = None) -> dict:
    table, found = Table(types), {} if found is None else found
    for udt, body, beyond in table.records(buffer):
        name = udt["name"]
        if name in DYNAMIC_DEPENDENCIES:
            identity, value = dynamic_dependency(name, Window(body), Window(beyond), table, found)
        elif udt["size"] == 0:
            raise Fault(f"a dependency of the unknown dynamic type {name}")
        else:
            value = table.parse(udt, body, found)
            members = {m["name"]: m["type_name"] for m in udt["members"]}
            if members.get("id") not in U64_TYPES | I64_TYPES:
                raise Fault(f"{name} has no id")
            identity = value["id"] & 0xFFFF_FFFF_FFFF_FFFF
        if identity in found:
            raise Fault(f"the id {identity} is defined twice")
        found[identity] = value
    return found


def dynamic_dependency(name, body: Window, beyond: Window, table: Table, found: dict):
    if name == "StaticString":
        identity = body.scalar("<Q")
        try:
            return identity, bytes(body.rest()).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Fault(f"StaticString: {error}") from error
    identity = beyond.scalar("<Q")
    if name == "StaticStringDependency":
        return identity, beyond.coded_string()
    count, property_type = beyond.scalar("<I"), table.named("Property")
    members = []
    for _ in range(count):
        pair = table.parse(property_type, beyond.take(property_type["size"]), found)
        if not isinstance(pair["name"], str) or not isinstance(pair["value"], str):
            raise Fault("a property that is not text")
        members.append((pair["name"], pair["value"]))
    return identity, PropertySet(members)


def read_event(udt: dict, body: Window, table: Table, dependencies: dict) -> Object:
    if udt["size"] != 0:
        return table.parse(udt, body.rest(), dependencies)
    if udt["name"] not in DYNAMIC_EVENTS:
        return Object(udt["name"])
    return DYNAMIC_EVENTS[udt["name"]](body, table, dependencies)


def read_objects(buffer: bytes, types: list[dict], dependencies: dict) -> list[Object]:
    table = Table(types)
    return [
        read_event(udt, Window(body), table, dependencies) for udt, body, _ in table.records(buffer)
    ]


# --- dynamic events (sections 5.1 and 5.5) --------------------------------------------------------


def _strict_text(body: Window) -> str:
    try:
        return bytes(body.rest()).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Fault(str(error)) from error


def _reference(body: Window, type_name: str, table: Table, dependencies: dict):
    udt = table.named(type_name)
    return table.parse(udt, body.take(udt["size"]), dependencies)


def _log_string_v2(body, _, dependencies):
    desc, time = body.scalar("<Q"), body.scalar("<q")
    msg = body.coded_string()
    return Object(
        "LogStringEventV2", {"time": time, "msg": msg, "desc": resolve(desc, dependencies)}
    )


def _interop_v3(body, table, dependencies):
    time, level = body.scalar("<q"), body.scalar("<B")
    target = _reference(body, "StaticStringRef", table, dependencies)
    members = {"time": time, "level": level, "target": target, "msg": body.coded_string()}
    return Object("LogStringInteropEventV3", members)


def _tagged(body, _, dependencies):
    desc, properties, time = body.scalar("<Q"), body.scalar("<Q"), body.scalar("<q")
    msg = body.coded_string()
    members = {
        "time": time,
        "desc": resolve(desc, dependencies),
        "properties": resolve(properties, dependencies),
        "msg": msg,
    }
    return Object("TaggedLogString", members)


def _tagged_interop(body, table, dependencies):
    time, level = body.scalar("<q"), body.scalar("<B")
    target = _reference(body, "StaticStringRef", table, dependencies)
    properties = resolve(body.scalar("<Q"), dependencies)
    members = {
        "time": time,
        "level": level,
        "target": target,
        "properties": properties,
        "msg": body.coded_string(),
    }
    return Object("TaggedLogInteropEvent", members)


def _log_string(body, _, dependencies):
    desc, time = body.scalar("<Q"), body.scalar("<q")
    msg = _strict_text(body)
    return Object("LogStringEvent", {"time": time, "msg": msg, "desc": resolve(desc, dependencies)})


def _interop_v2(body, table, dependencies):
    time, level = body.scalar("<q"), body.scalar("<I")
    target = _reference(body, "StringId", table, dependencies)
    members = {"time": time, "level": level, "target": target, "msg": _strict_text(body)}
    return Object("LogStringInteropEventV2", members)


def _image(body, *_):
    time = body.scalar("<q")
    name, image_format = body.coded_string(), body.coded_string()
    data = bytes(body.take(body.scalar("<I")))
    return Object("ImageEvent", {"time": time, "name": name, "format": image_format, "data": data})


DYNAMIC_EVENTS = {
    "LogStringEventV2": _log_string_v2,
    "LogStringInteropEventV3": _interop_v3,
    "TaggedLogString": _tagged,
    "TaggedLogInteropEvent": _tagged_interop,
    "LogStringEvent": _log_string,
    "LogStringInteropEventV2": _interop_v2,
    "ImageEvent": _image,
}


def decode_block(body: bytes, stream_body: bytes) -> tuple[dict, list[Object]]:
    """The envelope and the events of a posted block."""
    block, stream = cbor2.loads(body), cbor2.loads(stream_body)
    dependencies = read_dependencies(
        decompress(block["payload"]["dependencies"]), stream["dependencies_metadata"]
    )
    objects = decompress(block["payload"]["objects"])
    return block, read_objects(objects, stream["objects_metadata"], dependencies)
