"""A program that is killed leaves its last events, and they reach the lake once."""

import os
import signal
import subprocess
import time

import pytest
import strict
from recorder import Recorder
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


def die_of_abort(crash_dir, tmp_path) -> str:
    """Has a program abort that records all there is and has delivered nothing. Its id."""
    report = tmp_path / "report"
    with open(report, "wb") as file:
        file.truncate(64 << 20)  # More than it says there.
    arguments = [program("recovery_victim"), crash_dir, report, "abort", "hold"]
    assert subprocess.run(arguments, timeout=60).returncode == -signal.SIGABRT
    (folder,) = crash_dir.iterdir()
    return folder.name


def test_what_is_recovered_is_what_a_living_program_would_have_sent(crash_dir, tmp_path):
    process_id = die_of_abort(crash_dir, tmp_path)
    with Recorder() as recorder:
        done = recover(crash_dir, "--url", recorder.url)
    assert done.returncode == 0, done.stderr + done.stdout
    recording = strict.read(recorder)
    assert recording.process["process_id"] == process_id
    tags = [stream["tags"][0] for stream in recording.streams.values()]
    assert sorted(tags) == ["async_detail"] * 3 + ["cpu"] * 3 + ["crash", "log", "metrics"]

    names = {
        event["span_id"]: event["span_desc"]["name"]
        for _, event in recording.events("BeginAsyncSpanEvent")
    }
    details = {}
    for stream, event in recording.events("AsyncSpan"):
        details.setdefault(stream["properties"]["thread-name"], []).append(event)
    assert sorted(details) == ["worker 0", "worker 1", "worker 2"]
    for thread, events in details.items():
        for index, event in enumerate(events):
            number, round_number = thread[-1], str(index // 4)
            what = event.type_name.removeprefix("AsyncSpan").removesuffix("Event")
            assert what == ("Properties", "Suspend", "Resume", "Error")[index % 4]
            span = "waits" if what in ("Suspend", "Resume") else "request"
            assert names[event["span_id"]] == span
            if what == "Properties":
                pairs = [("thread", number), ("round", round_number)]
                assert event["properties"].members == pairs
            if what == "Suspend":
                assert "wait_for" in event["await_site"]["function"]
                assert event["await_site"]["file"].endswith("programs/victim.cpp")
            if what == "Error":
                assert event["message"] == f"round {round_number} is never enough"
    for prefix, step in (("TaggedLogString", "log"), ("TaggedFloatMetric", "metric")):
        bear_own = [dict(event["properties"].members) for _, event in recording.events(prefix)]
        assert {"thread", "round", "step"} in map(set, bear_own)
        assert {bears.get("step", step) for bears in bear_own} == {step}
    plain = recording.events("LogStaticStr") + recording.events("IntegerMetric")
    assert not plain, "all of them happen inside a span with properties"


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


def test_what_a_newer_program_left_is_no_damage(crash_dir, tmp_path):
    process_id = die_at_work(crash_dir, "http://127.0.0.1:1")
    with open(crash_dir / process_id / "memory", "r+b") as file:
        file.seek(len("MMCRASH\n"))
        version = int.from_bytes(file.read(4), "little")
        file.seek(len("MMCRASH\n"))
        file.write((version + 1).to_bytes(4, "little"))
    done = recover(crash_dir, "--lake", tmp_path / "lake")
    assert done.returncode == 1
    assert done.stdout == (
        f"newer     {process_id}: its file has format {version + 1}, this program reads {version}: "
        "recover it with the micromegas of the program's own version\n"
        "0 recovered, 0 running, 0 damaged, 1 newer, 0 not sent\n"
    )
    assert [folder.name for folder in crash_dir.iterdir()] == [process_id]


def test_what_a_server_refuses_is_told_in_its_words(start_server, crash_dir):
    keys = {"MICROMEGAS_API_KEYS": '[{"name": "ci", "key": "sesame"}]'}
    server = start_server(environment=keys, auth=True)
    process_id = die_at_work(crash_dir, "http://127.0.0.1:1")
    done = recover(crash_dir, "--url", server.http_url)
    assert done.returncode == 3 and f"not sent  {process_id}" in done.stdout
    assert (
        "HTTP status 401 (MICROMEGAS_INGESTION_API_KEY): "
        "no key: send 'Authorization: Bearer <key>'\n" in done.stdout
    )


@pytest.mark.parametrize("url", ["ftp://somewhere", "http://", "somewhere:9000"])
def test_a_url_that_leads_nowhere_is_a_wrong_argument(crash_dir, url):
    done = recover(crash_dir, "--url", url)
    assert done.returncode == 2 and f"the URL '{url}'" in done.stderr and not done.stdout


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
