"""Wrong, forbidden or garbled questions get the stated status, touch nothing, and the server lives."""

import socket

import golden
import pyarrow as pa
import pyarrow.flight as flight
import pytest
from blocks import Process
from micromegas.flightsql.client import make_query_ticket

UNKNOWN = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"

FORBIDDEN = {
    "delete": "DELETE FROM processes",
    "update": "UPDATE processes SET exe = 'x'",
    "insert": "INSERT INTO processes VALUES (1)",
    "create table": "CREATE TABLE t AS SELECT 1",
    "create view": "CREATE VIEW v AS SELECT 1",
    "create macro": "CREATE MACRO f(x) AS x",
    "drop": "DROP TABLE processes",
    "copy out": "COPY (SELECT 1) TO '{folder}/stolen.csv'",
    "copy in": "COPY processes FROM '{folder}/secret.txt'",
    "explain analyze copy": "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/stolen.csv'",
    "explain analyze": "EXPLAIN ANALYZE SELECT 1",
    "export": "EXPORT DATABASE '{folder}/stolen'",
    "attach": "ATTACH '{folder}/stolen.db' AS other",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "set": "SET memory_limit = '1GB'",
    "reset": "RESET memory_limit",
    "pragma": "PRAGMA database_list",
    "checkpoint": "CHECKPOINT",
    "transaction": "BEGIN TRANSACTION",
    "prepare": "PREPARE p AS SELECT 1",
    "call": "CALL duckdb_tables()",
    "two statements": "SELECT 1; SELECT 2",
    "hidden second": "SELECT 1; COPY (SELECT 1) TO '{folder}/stolen.csv'",
    "read_text": "SELECT * FROM read_text('{folder}/secret.txt')",
    "read_csv": "SELECT * FROM read_csv('{folder}/secret.txt')",
    "read_blob": "SELECT * FROM read_blob('{folder}/secret.txt')",
    "read_parquet": "SELECT * FROM read_parquet('{lake}/**/*.parquet')",
    "parquet_metadata": "SELECT * FROM parquet_metadata('{lake}/**/*.parquet')",
    "glob": "SELECT * FROM glob('{lake}/**')",
    "file as table": "SELECT * FROM '{folder}/secret.txt'",
    "file in a join": "SELECT * FROM processes JOIN '{folder}/secret.txt' ON true",
    "file in a subquery": "SELECT (SELECT content FROM read_text('{folder}/secret.txt'))",
    "file in a CTE": "WITH s AS (SELECT * FROM read_text('{folder}/secret.txt')) SELECT * FROM s",
    "query()": "SELECT * FROM query('SELECT * FROM read_text(''{folder}/secret.txt'')')",
    "query_table()": "SELECT * FROM query_table('{folder}/secret.txt')",
    "settings": "SELECT * FROM duckdb_settings()",
    "secrets": "SELECT * FROM duckdb_secrets()",
    "getenv": "SELECT getenv('HOME')",
    "sqlite": "SELECT * FROM sqlite_scan('{lake}/lake.sqlite', 'blocks')",
}

MISTAKEN = {
    "empty": "",
    "blank": "  ;  ",
    "syntax": "SELEC 1",
    "half": "SELECT FROM WHERE",
    "table": "SELECT * FROM no_such_table",
    "column": "SELECT no_such_column FROM processes",
    "function": "SELECT no_such_function(1)",
    "types": "SELECT 'x' + 1",
    "view set": f"SELECT * FROM view_instance('no_such_set', '{UNKNOWN}')",
    "arguments": "SELECT * FROM view_instance('async_events')",
    "deep": "SELECT " + "(" * 5_000 + "1" + ")" * 5_000,
    "NUL": "SELECT '\0'",
}


@pytest.fixture(scope="module")
def server(shared_server):
    return shared_server


def assert_lives(server):
    assert server.is_running()
    assert server.scalar("SELECT 40 + 2") == 42


@pytest.mark.parametrize("name", FORBIDDEN)
def test_only_questions_are_answered(server, tmp_path, name):
    (tmp_path / "secret.txt").write_text("secret\n")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(pa.ArrowInvalid) as refusal:
        server.arrow(FORBIDDEN[name].format(folder=tmp_path, lake=server.lake))
    assert "secret\n" not in str(refusal.value)
    assert sorted(tmp_path.iterdir()) == before
    assert_lives(server)


@pytest.mark.parametrize("name", MISTAKEN)
def test_mistakes_are_the_callers(server, name):
    with pytest.raises(pa.ArrowInvalid):
        server.arrow(MISTAKEN[name])
    assert_lives(server)


@pytest.mark.parametrize("view_set", ["async_events", "async_spans"])
@pytest.mark.parametrize(
    ("instance", "text"),
    [
        ("global", "global"),
        ("not-a-uuid", "not-a-uuid"),
        ("", "view_instance"),
        (UNKNOWN, f"process {UNKNOWN} not found"),
    ],
)
def test_wrong_instances_are_named(server, view_set, instance, text):
    with pytest.raises(pa.ArrowInvalid, match=f"(?i){text}"):
        server.arrow(f"SELECT * FROM view_instance('{view_set}', '{instance}')")
    assert_lives(server)


@pytest.mark.parametrize("form", ["upper", "braces", "no hyphens"])
def test_other_spellings_of_an_id_are_the_same_view(server, form):
    app = Process()
    thread = app.thread("ui")
    thread.begin(1, "request", at=10)
    server.put(app, thread, thread.flush())
    written = {
        "upper": app.process_id.upper(),
        "braces": "{" + app.process_id + "}",
        "no hyphens": app.process_id.replace("-", ""),
    }
    assert len(server.async_rows(app.process_id)) == 1
    assert len(server.async_rows(written[form])) == 1
    instances = {i.lower().replace("-", "") for i in server.partitions()["view_instance_id"]}
    assert len(instances) == len(set(server.partitions()["view_instance_id"]))
    assert app.process_id in set(server.partitions()["view_instance_id"])


# --- below SQL -------------------------------------------------------------------------------------


def any_message(type_name: str, value: bytes) -> bytes:
    url = b"type.googleapis.com/arrow.flight.protocol.sql." + type_name.encode()
    return b"\x0a" + bytes([len(url)]) + url + b"\x12" + bytes([len(value)]) + value


def get(server, ticket: bytes, headers=()):
    client = flight.FlightClient(server.flight_uri)
    try:
        return client.do_get(flight.Ticket(ticket), flight.FlightCallOptions(headers=list(headers)))
    finally:
        client.close()


@pytest.mark.parametrize(
    "ticket",
    [
        b"",
        b"\xff",
        b"\xff" * 1000,
        b"\x0a\x7f",
        any_message("TicketStatementQuery", b"\x0a\x7fSELECT 1"),
        any_message("TicketStatementQuery", b""),
        any_message("CommandPreparedStatementQuery", b"\x0a\xff\xff\xff\xff\x0f"),
        any_message("TicketStatementQuery", b"\x0a\x04\xff\xfe\xfd\xfc"),
    ],
    ids=range(8),
)
def test_malformed_tickets_are_refused(server, ticket):
    with pytest.raises(pa.ArrowInvalid):
        get(server, ticket)
    assert_lives(server)


@pytest.mark.parametrize("command", ["CommandStatementSubstraitPlan", "NoSuchCommand"])
def test_commands_that_are_not_offered_are_unimplemented(server, command):
    with pytest.raises(pa.ArrowNotImplementedError):
        get(server, any_message(command, b""))
    with pytest.raises(pa.ArrowNotImplementedError):
        client = flight.FlightClient(server.flight_uri)
        client.get_flight_info(flight.FlightDescriptor.for_command(any_message(command, b"")))
    assert_lives(server)


@pytest.mark.parametrize("body", [b"", b"\xff" * 100, b"\x0a\x7f"])
def test_malformed_actions_are_refused(server, body):
    client = flight.FlightClient(server.flight_uri)
    with pytest.raises(pa.ArrowInvalid):
        list(client.do_action(flight.Action("CreatePreparedStatement", body)))
    with pytest.raises(pa.ArrowNotImplementedError):
        list(client.do_action(flight.Action("BeginTransaction", body)))
    assert_lives(server)


NOW = b"2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "headers",
    [
        [(b"query_range_begin", b"yesterday"), (b"query_range_end", NOW)],
        [(b"query_range_begin", NOW), (b"query_range_end", b"2026-01-01T00:00:00")],
        [(b"query_range_begin", NOW), (b"query_range_end", b"2026-13-01T00:00:00Z")],
        [(b"limit", b"many")],
        [(b"limit", b"-1")],
        [(b"limit", b"99999999999999999999999")],
    ],
    ids=str,
)
def test_malformed_headers_are_refused(server, headers):
    with pytest.raises(pa.ArrowInvalid):
        get(server, make_query_ticket("SELECT 1").ticket, headers).read_all()
    assert_lives(server)


@pytest.mark.parametrize(
    "headers",
    [
        [(b"query_range_begin", NOW)],
        [(b"query_range_begin", b""), (b"query_range_end", b"")],
        [(b"preserve_dictionary", b"perhaps")],
        [(b"x-unknown", b"\x7e" * 4000)],
    ],
    ids=["one alone", "empty", "not true", "unknown"],
)
def test_headers_without_meaning_are_ignored(server, headers):
    ticket = make_query_ticket("SELECT 1 AS one").ticket
    assert get(server, ticket, headers).read_all().to_pylist() == [{"one": 1}]


@pytest.mark.parametrize("door", ["http", "flight"])
@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"",
        b"\x00" * 10_000,
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST /ingestion/insert_block HTTP/1.1\r\ncontent-length: 1000\r\n\r\nshort",
        b"POST /ingestion/insert_block HTTP/1.1\r\ncontent-length: -5\r\n\r\n",
        b"POST /ingestion/insert_block HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
        b"POST /ingestion/insert_block HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"X" * 1_000_000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\xff" * 500,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
    ],
    ids=range(10),
)
def test_garbage_on_the_wire_harms_nobody(server, door, bytes_sent):
    url = server.http_url if door == "http" else server.flight_uri
    host, port = url.split("://")[1].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.settimeout(0.3)
        try:
            connection.sendall(bytes_sent)
            connection.recv(1000)
        except OSError:
            pass  # It hung up on us, or waits for more: both are fine.
    assert_lives(server)
    for path, body in golden.requests()[:2]:
        assert server.post(path, body).status_code == 200
