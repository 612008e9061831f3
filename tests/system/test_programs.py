"""The programs as a person meets them."""

import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess

import golden
import pytest
import requests
from blocks import Process
from server_process import ServerDied, program


def run(*arguments, environment=None, check=True) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [program(arguments[0]), *arguments[1:]],
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert not check or done.returncode == 0, done.stderr
    return done


def micromegas(server, *arguments, **options):
    return run(
        "micromegas",
        *arguments,
        environment={"MICROMEGAS_ANALYTICS_URI": server.flight_uri},
        **options,
    )


@pytest.fixture
def recorded(server):
    """A process with one span that ended and one that did not."""
    app = Process(exe="recorded-service")
    thread = app.thread("ui")
    thread.begin(1, "request", at=10)
    thread.begin(2, "fetch", at=20, parent=1, depth=1)
    thread.end(1, "request", at=40)
    server.put(app, thread, thread.flush())
    return app


def test_sigterm_ends_the_server_cleanly_and_a_restart_serves_on(server, recorded):
    rows = server.async_rows(recorded.process_id)
    assert server.sigterm() == 0
    assert server.restart().async_rows(recorded.process_id) == rows


def test_partitions_that_somebody_deleted_come_back(server, recorded):
    rows = server.async_rows(recorded.process_id)
    files = sorted((server.lake / "views").rglob("*.parquet"))
    assert rows and files
    shutil.rmtree(server.lake / "views")
    assert server.async_rows(recorded.process_id) == rows
    assert not any(file.exists() for file in files)  # They are other files.


def test_a_second_server_on_the_same_ports_is_told_why(server):
    port = server.http_url.rsplit(":", 1)[1]
    done = run(
        "micromegas", "serve", "--lake", str(server.lake.parent / "other"),
        "--http", f"127.0.0.1:{port}", "--flight", "127.0.0.1:0", "--disable-auth", check=False,
    )  # fmt: skip
    assert done.returncode > 0 and port in done.stderr


def test_a_server_of_any_role_tells_how_it_is(start_server, server, recorded):
    reader = start_server("--roles", "flightsql,maintenance")
    assert reader.async_rows(recorded.process_id) == server.async_rows(recorded.process_id) != []
    for path in ("/health", "/ready", "/metrics"):
        assert requests.get(reader.http_url + path, timeout=30).status_code == 200
    assert reader.counters()["micromegas_queries_total"] > 0
    refused = reader.post("/ingestion/insert_process", recorded.body())
    assert refused.status_code == 404 and "'ingestion'" in refused.text


@pytest.mark.parametrize("name", ["micromegas", "telemetry-generator"])
def test_programs_help_and_refuse_unknown_options(name):
    assert name in run(name, "--help").stdout
    assert run(name, "--no-such-option", check=False).returncode != 0


def test_versions_are_told():
    ours, wire, lake = run("micromegas", "--version").stdout.splitlines()
    assert re.fullmatch(r"micromegas \d+\.\d+\.\d+", ours)
    wire_version = re.fullmatch(r"wire format: micromegas-transit, that of micromegas (\S+)", wire)
    assert f"version {wire_version[1]}." in golden.manifest()["producer"]
    assert lake == "lake format: 1"


def test_query_prints_rows_for_people_and_for_programs(server, recorded):
    sql = (
        "SELECT span_id, name, parent_span_id FROM "
        f"view_instance('async_events', '{recorded.process_id}') "
        "WHERE event_type = 'begin' ORDER BY time"
    )
    expected = [
        {"span_id": 1, "name": "request", "parent_span_id": None},
        {"span_id": 2, "name": "fetch", "parent_span_id": 1},
    ]
    as_json = micromegas(server, "query", sql, "--format", "json").stdout
    assert [json.loads(line) for line in as_json.splitlines()] == expected
    as_csv = micromegas(server, "query", sql, "--format", "csv").stdout
    assert list(csv.reader(io.StringIO(as_csv))) == [
        ["span_id", "name", "parent_span_id"],
        ["1", "request", ""],
        ["2", "fetch", "1"],
    ]
    table = micromegas(server, "query", sql).stdout
    assert "parent_span_id" in table and "fetch" in table
    wrong = micromegas(server, "query", "SELEC", check=False)
    assert wrong.returncode != 0 and "syntax" in wrong.stderr


def test_query_reads_a_lake_without_a_server(server, recorded):
    assert server.sigterm() == 0
    sql = f"SELECT COUNT(*) AS n FROM view_instance('async_events', '{recorded.process_id}')"
    said = run("micromegas", "query", "--lake", str(server.lake), sql, "--format", "json").stdout
    assert json.loads(said) == {"n": 3}


def test_processes_lists_and_latest_stands_for_an_id(server, recorded):
    assert "recorded-service" in micromegas(server, "processes").stdout
    sql = "SELECT COUNT(*) AS n FROM view_instance('async_events', '{process}')"
    done = micromegas(server, "query", "--process", "latest", sql, "--format", "json")
    assert json.loads(done.stdout) == {"n": 3}


def test_the_timeline_is_one_file_that_needs_no_network(server, recorded, tmp_path):
    picture = tmp_path / "timeline.html"
    micromegas(server, "timeline", "--process", recorded.process_id, "--out", str(picture))
    text = picture.read_text()
    assert "request" in text and "fetch" in text and "ui" in text
    assert 'src="http' not in text and 'href="http' not in text


def test_a_lake_of_a_newer_program_is_refused_and_left_alone(server):
    assert server.sigterm() == 0
    file = server.lake / "metadata.db"
    database = sqlite3.connect(file)
    with database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        assert version > 0
        database.execute(f"PRAGMA user_version = {version + 1}")
    database.close()
    before = file.read_bytes()
    with pytest.raises(ServerDied, match=rf"format {version + 1}.*newer program"):
        server.start()
    assert file.read_bytes() == before


def test_metrics_count_what_was_done(server, recorded):
    server.async_rows(recorded.process_id)
    counters = server.counters()
    assert counters["micromegas_blocks_decoded_total"] == 1
    assert any("block" in name and value == 1 for name, value in counters.items())
