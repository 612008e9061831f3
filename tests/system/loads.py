"""Loads of many events, made fast with numpy, with sums that tell whether every row arrived."""

import concurrent.futures
from dataclasses import dataclass

import numpy as np
from blocks import Block, Process, Thread

SITES = [f"work {n}" for n in range(64)]


@dataclass
class Load:
    process: Process
    events: int
    sum_of_ids: int
    distinct_names: int


def pairs_block(thread: Thread, first_span: int, pairs: int, sites=SITES) -> Block:
    """Spans first_span, first_span + 1, ...: each begins and ends before the next."""
    ids = np.repeat(np.arange(first_span, first_span + pairs, dtype="<u8"), 2)
    begins = np.tile([True, False], pairs)
    return thread.bulk(
        begins=begins,
        sites=sites,
        site=(ids % len(sites)).astype("i8"),
        span_id=ids,
        parent=np.where(ids % 8 == 0, 0, ids - ids % 8),
        depth=np.where(ids % 8 == 0, 0, 1).astype("u4"),
        at=ids.astype("i8") * 1_000 + np.where(begins, 0, 400),
    )


def put_pairs(server, pairs: int, pairs_per_block: int, threads: int = 4, sites=SITES) -> Load:
    """Posts blocks of a new process, several requests at a time."""
    process = Process()
    streams = [process.thread(f"worker-{n}") for n in range(threads)]
    server.put(process, *streams)
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        waiting = []
        for number, first in enumerate(range(1, pairs + 1, pairs_per_block)):
            count = min(pairs_per_block, pairs + 1 - first)
            block = pairs_block(streams[number % threads], first, count, sites)
            waiting.append(pool.submit(server.put, block))
            if len(waiting) > 2 * threads:
                waiting.pop(0).result()
        for posted in waiting:
            posted.result()
    return Load(process, 2 * pairs, pairs * (pairs + 1), min(len(sites), pairs))


def totals_sql(load: Load) -> str:
    return (
        "SELECT COUNT(*) AS events, SUM(span_id) AS ids, COUNT(DISTINCT name) AS names, "
        "COUNT(*) FILTER (WHERE event_type = 'begin') AS begins, MIN(time) AS earliest, "
        f"MAX(time) AS latest FROM view_instance('async_events', '{load.process.process_id}')"
    )


def check_totals(load: Load, table) -> None:
    row = {name: table.column(name)[0].as_py() for name in ("events", "ids", "names", "begins")}
    assert row == {
        "events": load.events,
        "ids": load.sum_of_ids,
        "names": load.distinct_names,
        "begins": load.events // 2,
    }
    times = [table.column(name).cast("int64")[0].as_py() for name in ("earliest", "latest")]
    last = load.events // 2
    assert times == [load.process.time_ns(1_000), load.process.time_ns(last * 1_000 + 400)]
