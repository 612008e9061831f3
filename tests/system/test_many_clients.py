"""Several who want the same at once, and some who stop wanting it."""

import concurrent.futures
import os
import subprocess
import sys
import time

import loads
import micromegas
import pyarrow.flight as flight
from micromegas.flightsql.client import make_query_ticket

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(server) -> float:
    with open(f"/proc/{server.pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def ask(uri, sql):
    return micromegas.connect(uri).query_arrow(sql)


def ask_and_give_up(uri, sql, after: float):
    """Cancels as a client does whose patience ends; true when it got no answer."""
    options = flight.FlightCallOptions(timeout=after)
    client = flight.FlightClient(uri)
    try:
        client.do_get(make_query_ticket(sql), options).read_all()
    except (flight.FlightTimedOutError, flight.FlightCancelledError):
        return True
    finally:
        client.close()
    return False


def test_eight_clients_on_a_cold_view_share_one_build(server):
    load = loads.put_pairs(server, pairs=400_000, pairs_per_block=16_384)
    sql = loads.totals_sql(load)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(server.flight_uri, sql), range(8)))
    loads.check_totals(load, answers[0])
    assert all(answer == answers[0] for answer in answers)
    blocks = server.scalar("SELECT COUNT(*) FROM blocks")
    assert server.counters()["micromegas_blocks_decoded_total"] == blocks
    partitions = server.partitions()
    written = server.counters()["micromegas_partition_bytes_written_total"]
    assert written == partitions["file_size"].sum()


def test_one_of_eight_cancels_and_the_others_do_not_notice(server):
    load = loads.put_pairs(server, pairs=1_500_000, pairs_per_block=32_768)
    sql = loads.totals_sql(load)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        impatient = pool.submit(ask_and_give_up, server.flight_uri, sql, 0.15)
        patient = [pool.submit(ask, server.flight_uri, sql) for _ in range(7)]
        for answer in patient:
            loads.check_totals(load, answer.result())
        assert impatient.result()
    blocks = server.scalar("SELECT COUNT(*) FROM blocks")
    assert server.counters()["micromegas_blocks_decoded_total"] == blocks


def wait_until(condition, timeout=10):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def decoded(server) -> float:
    return server.counters()["micromegas_blocks_decoded_total"]


def vanish_while_asking(server, sql):
    """A client that dies in the middle of its call."""
    script = "import micromegas, sys; micromegas.connect(sys.argv[1]).query(sys.argv[2])"
    child = subprocess.Popen([sys.executable, "-c", script, server.flight_uri, sql])
    try:
        wait_until(lambda: decoded(server) > 0)
    finally:
        child.kill()
        child.wait()


def test_a_build_that_nobody_waits_for_stops_within_a_second(server):
    load = loads.put_pairs(server, pairs=4_000_000, pairs_per_block=32_768)
    sql = loads.totals_sql(load)
    assert ask_and_give_up(server.flight_uri, sql, 0.3)
    assert_idle_after_a_second(server)
    assert server.partitions()["num_rows"].sum() < load.events
    loads.check_totals(load, server.arrow(sql))


def test_a_client_that_vanishes_leaves_nothing_running(server):
    load = loads.put_pairs(server, pairs=4_000_000, pairs_per_block=32_768)
    sql = loads.totals_sql(load)
    vanish_while_asking(server, sql)
    assert_idle_after_a_second(server)
    loads.check_totals(load, server.arrow(sql))


def assert_idle_after_a_second(server):
    time.sleep(1)
    before = cpu_seconds(server)
    time.sleep(1)
    assert cpu_seconds(server) - before < 0.3, "the build goes on although nobody waits for it"
