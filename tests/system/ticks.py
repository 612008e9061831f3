"""Ticks to time, and time to text, as section 6 of the wire format has them."""

import datetime
import math

NS = 1_000_000_000


def parse_rfc3339(text: str) -> int:
    """UTC only, as producers write it."""
    moment, _, rest = text.removesuffix("Z").removesuffix("+00:00").partition(".")
    whole = datetime.datetime.fromisoformat(moment + "+00:00")
    return int(whole.timestamp()) * NS + int(rest.ljust(9, "0"))


def rfc3339(ns: int) -> str:
    seconds, rest = divmod(ns, NS)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}+00:00"


def round_half_away(value: float) -> int:
    whole = math.trunc(value)
    if abs(value - whole) < 0.5:
        return whole
    return whole + (1 if value > 0 else -1)


def cut_to_microsecond(ns: int) -> int:
    """What the original's store does to the start of a process, before anything is converted."""
    return ns // 1000 * 1000


def tick_to_ns(tick: int, start_ticks: int, start_time_ns: int, frequency: int) -> int:
    """The time of an absolute tick. The order of the operations decides the last digit."""
    inverse = 1e9 / float(frequency)
    return start_time_ns + round_half_away(float(tick - start_ticks) * inverse)


def estimated_frequency(end_ticks: int, end_time_ns: int, start_time_ns: int) -> int:
    """What a process of frequency 0 gets from its latest block (relative ticks)."""
    return round_half_away(float(end_ticks) / (float(end_time_ns - start_time_ns) / 1e9))
