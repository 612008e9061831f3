"""Killed at any instant: what was answered 200 is there afterwards, exactly, and nothing needs repair."""

import random
import threading
import time

import pytest
import requests
from blocks import Process
from harness import in_order

EVENTS_PER_BLOCK = 10


class Producer:
    """A process whose blocks are small, alike and numbered."""

    def __init__(self):
        self.process = Process()
        self.thread = self.process.thread("worker")
        self.blocks = []
        self._next_span = 1

    def next_block(self):
        for _ in range(EVENTS_PER_BLOCK // 2):
            span_id, self._next_span = self._next_span, self._next_span + 1
            self.thread.begin(span_id, "request", at=span_id * 10)
            self.thread.end(span_id, "request", at=span_id * 10 + 5)
        self.blocks.append(self.thread.flush())
        return self.blocks[-1]


def rows_by_block(server, process_id) -> dict[str, list[tuple]]:
    found = {}
    for row in server.async_rows(process_id):
        found.setdefault(row[1], []).append(row)
    return found


@pytest.mark.parametrize("failpoint", ["lake.blob_written", "lake.row_committed"])
@pytest.mark.parametrize("passage", [1, 4])
def test_a_kill_while_storing_loses_nothing_acknowledged(start_server, failpoint, passage):
    server = start_server(environment={"MICROMEGAS_FAILPOINT": f"{failpoint}:{passage}"})
    producer = Producer()
    acknowledged = []
    with pytest.raises(requests.ConnectionError):
        server.put(producer.process, producer.thread)
        for _ in range(20):
            block = producer.next_block()
            server.put(block)
            acknowledged.append(block)
    assert server.wait() == -9

    server.restart()
    last = producer.blocks[-1:]
    found = rows_by_block(server, producer.process.process_id) if acknowledged else {}
    for block in acknowledged:
        assert found[block.block_id] == in_order(block.rows())
    stored, interrupted = ({b.block_id for b in blocks} for blocks in (acknowledged, last))
    assert set(found) in (stored, stored | interrupted), "the interrupted block is whole or absent"

    # What a producer does: it tries again, and goes on.
    server.put(producer.process, producer.thread, *last, producer.next_block())
    expected = [row for block in producer.blocks for row in block.rows()]
    assert server.async_rows(producer.process.process_id) == in_order(expected)


@pytest.mark.parametrize("passage", [1, 2])
def test_a_kill_before_a_partition_is_published_leaves_no_trace_in_answers(start_server, passage):
    server = start_server(environment={"MICROMEGAS_FAILPOINT": f"views.file_written:{passage}"})
    producer = Producer()
    server.put(producer.process, producer.thread)
    expected = []
    with pytest.raises(Exception, match=r"(?i)unavailable|connect|socket|stream"):
        for _ in range(passage):
            block = producer.next_block()
            server.put(block)
            expected = in_order(expected + block.rows())
            assert server.async_rows(producer.process.process_id) == expected
    assert server.wait() == -9

    server.restart()
    expected = in_order([row for block in producer.blocks for row in block.rows()])
    for _ in range(2):
        assert server.async_rows(producer.process.process_id) == expected
    listed = server.partitions()
    assert listed["num_rows"].sum() == len(expected)
    assert sorted(listed["file_path"].dropna()) == sorted(set(listed["file_path"].dropna()))


def keep_posting(server, producer, lock, acknowledged, stop):
    while not stop.is_set():
        with lock:
            block = producer.next_block()
        try:
            server.put(block)
        except requests.RequestException:
            return
        acknowledged.add(block.block_id)


def keep_asking(server, process_id, stop, faults, lock, producer):
    client = server.client()
    sql = f"SELECT COUNT(*) AS n FROM view_instance('async_events', '{process_id}')"
    seen = 0
    while not stop.is_set():
        try:
            count = client.query(sql)["n"][0]
        except Exception:  # The server was killed under it.
            return
        with lock:
            made = len(producer.blocks) * EVENTS_PER_BLOCK
        if count < seen or count > made or count % EVENTS_PER_BLOCK:
            faults.append(f"{count} rows after {seen}, of {made}")
        seen = count


def test_fifty_random_kills_lose_and_double_nothing(start_server):
    chance = random.Random(20261122)
    producer = Producer()
    process_id = producer.process.process_id
    lock, acknowledged, faults = threading.Lock(), set(), []
    server = start_server()
    server.put(producer.process, producer.thread)
    for _ in range(50):
        stop = threading.Event()
        workers = [
            threading.Thread(target=keep_posting, args=(server, producer, lock, acknowledged, stop))
            for _ in range(3)
        ]
        workers.append(
            threading.Thread(
                target=keep_asking, args=(server, process_id, stop, faults, lock, producer)
            )
        )
        for worker in workers:
            worker.start()
        time.sleep(chance.uniform(0.01, 0.25))
        server.sigkill()
        stop.set()
        for worker in workers:
            worker.join()
        server.restart()

    found = rows_by_block(server, process_id)
    assert not faults
    assert acknowledged <= set(found), "an acknowledged block is gone"
    for block in producer.blocks:
        if block.block_id in found:
            assert found[block.block_id] == in_order(block.rows())
    assert set(found) <= {b.block_id for b in producer.blocks}
    server.put(*producer.blocks)
    expected = [row for block in producer.blocks for row in block.rows()]
    assert server.async_rows(process_id) == in_order(expected)
    assert len(acknowledged) >= 50
    assert server.sigterm() == 0
