"""A program that is killed leaves its last events, and they reach the lake once."""

import os
import signal
import subprocess
import time

import pytest
from server_process import program

OPEN_SPANS = """
    SELECT COUNT(*) FROM view_instance('async_events', '{id}') b
    WHERE b.event_type = 'begin' AND b.span_id NOT IN (
        SELECT span_id FROM view_instance('async_events', '{id}') WHERE event_type = 'end')
"""


def start(crash_dir, url, *options) -> subprocess.Popen:
    return subprocess.Popen(
        [program("telemetry-generator"), *map(str, options)],
        env=os.environ
        | {
            "MICROMEGAS_TELEMETRY_URL": url,
            "MICROMEGAS_ENABLE_CPU_TRACING": "true",
            "MICROMEGAS_CRASH_DIR": str(crash_dir),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def die_at_work(crash_dir, url) -> str:
    """Kills a program in the midst of its spans. The id of its process."""
    victim = start(crash_dir, url, "--tasks", 100_000_000, "--threads", 3)
    try:
        deadline = time.monotonic() + 20
        while not [p for p in crash_dir.glob("*/memory")]:
            assert victim.poll() is None and time.monotonic() < deadline, victim.communicate()
            time.sleep(0.01)
        time.sleep(0.3)
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    (folder,) = crash_dir.iterdir()
    return folder.name


def recover(crash_dir, *options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [program("micromegas"), "recover", crash_dir, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def crash_dir(tmp_path):
    folder = tmp_path / "crash"
    folder.mkdir()
    return folder


def crashed(server) -> list[str]:
    rows = server.arrow("SELECT process_id FROM streams WHERE array_has(tags, 'crash')")
    return rows.column("process_id").to_pylist()


def test_what_a_killed_program_left_is_recovered_into_a_server(server, crash_dir):
    process_id = die_at_work(crash_dir, "http://127.0.0.1:1")  # Nobody listens there.
    done = recover(crash_dir, "--url", server.http_url)
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"recovered {process_id} telemetry-generator (pid " in done.stdout
    assert done.stdout.endswith("1 recovered, 0 running, 0 damaged, 0 not sent\n")
    assert list(crash_dir.iterdir()) == []

    assert crashed(server) == [process_id]
    assert len(server.async_rows(process_id)) > 1000
    assert server.scalar(OPEN_SPANS.format(id=process_id)) > 0, "it died in the midst of spans"


def test_what_cannot_be_delivered_stays_and_comes_once(start_server, tmp_path, crash_dir):
    process_id = die_at_work(crash_dir, "http://127.0.0.1:1")
    failed = recover(crash_dir, "--url", "http://127.0.0.1:1")
    assert failed.returncode == 3 and f"not sent  {process_id}" in failed.stdout

    server = start_server()
    lake = tmp_path / "lake"
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", "--sparse=always", crash_dir, copy], check=True)
    assert recover(crash_dir, "--lake", lake).returncode == 0
    rows = server.async_rows(process_id)
    assert len(rows) > 1000
    assert recover(copy, "--url", server.http_url).returncode == 0
    assert server.async_rows(process_id) == rows
    assert crashed(server) == [process_id]


def test_the_next_start_of_the_program_recovers_the_one_before(server, crash_dir):
    process_id = die_at_work(crash_dir, server.http_url)
    after = start(crash_dir, server.http_url, "--tasks", 1000, "--rate", 200)
    deadline = time.monotonic() + 60
    while process_id not in crashed(server) and time.monotonic() < deadline:
        time.sleep(0.1)
    _, errors = after.communicate(timeout=60)
    assert after.returncode == 0, errors
    assert crashed(server) == [process_id]
    assert len(server.async_rows(process_id)) > 1000
    assert list(crash_dir.iterdir()) == [], "one recovered, one ended well"


def test_the_living_are_left_alone_and_the_damaged_named(server, crash_dir):
    living = start(crash_dir, server.http_url, "--tasks", 100_000_000)
    try:
        while not [p for p in crash_dir.glob("*/memory")]:
            time.sleep(0.01)
        damaged = crash_dir / "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"
        damaged.mkdir()
        (damaged / "memory").write_bytes(b"nothing of the kind" * 5000)
        done = recover(crash_dir, "--url", server.http_url)
        assert done.returncode == 1
        assert (
            "damaged   0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0: its file is not a crash" in done.stdout
        )
        assert "left alone" in done.stdout
        assert done.stdout.endswith("0 recovered, 1 running, 1 damaged, 0 not sent\n")
        assert living.poll() is None
    finally:
        living.kill()
        living.communicate()


def test_recover_says_what_it_wants(crash_dir):
    environment = {k: v for k, v in os.environ.items() if k != "MICROMEGAS_TELEMETRY_URL"}
    done = subprocess.run(
        [program("micromegas"), "recover", crash_dir],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2 and "--url" in done.stderr and "--lake" in done.stderr
