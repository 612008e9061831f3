"""The ADBC driver for Flight SQL: cursors always prepare, and check schemas against streams."""

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pytest


@pytest.fixture
def connection(generated):
    with flightsql.connect(generated.server.flight_uri, autocommit=True) as opened:
        yield opened


def view_of(generated) -> str:
    return f"view_instance('async_events', '{generated.process_id}')"


def test_a_cursor_fetches_rows(connection, generated):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT span_id, event_type, name FROM {view_of(generated)} ORDER BY time LIMIT 5"
        )
        assert [column[0] for column in cursor.description] == ["span_id", "event_type", "name"]
        rows = cursor.fetchall()
    assert len(rows) == 5 and rows[0][1] == "begin"


def test_a_cursor_gives_arrow_tables_of_the_stated_schema(connection, generated):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT time, span_id, depth FROM {view_of(generated)}")
        table = cursor.fetch_arrow_table()
    assert table.schema.field("time").type == pa.timestamp("ns", tz="+00:00")
    assert table.schema.field("depth").type == pa.uint32()
    assert table.num_rows == generated.server.scalar(f"SELECT COUNT(*) FROM {view_of(generated)}")


def test_aggregates_and_joins_keep_their_types(connection, generated):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) AS n, SUM(e.time - b.time) AS total_ns "
            f"FROM {view_of(generated)} b JOIN {view_of(generated)} e ON b.span_id = e.span_id "
            "WHERE b.event_type = 'begin' AND e.event_type = 'end'"
        )
        table = cursor.fetch_arrow_table()
    assert table.schema.types == [pa.int64(), pa.int64()]
    assert table.to_pylist()[0]["total_ns"] > 0


def test_the_same_cursor_executes_again(connection):
    with connection.cursor() as cursor:
        for number in range(5):
            cursor.execute(f"SELECT {number} AS n")
            assert cursor.fetchone() == (number,)


def test_the_schema_is_told_without_running(connection, generated):
    with connection.cursor() as cursor:
        schema = cursor.adbc_execute_schema(f"SELECT time, name FROM {view_of(generated)}")
    assert schema.names == ["time", "name"]
    assert schema.field("time").type == pa.timestamp("ns", tz="+00:00")


def test_mistakes_are_the_callers(connection):
    with connection.cursor() as cursor, pytest.raises(flightsql.ProgrammingError):
        cursor.execute("SELECT nothing FROM nowhere")


def test_the_range_travels_as_headers(generated):
    header = "adbc.flight.sql.rpc.call_header."
    options = {
        header + "query_range_begin": "2001-01-01T00:00:00Z",
        header + "query_range_end": "2001-01-02T00:00:00Z",
    }
    with (
        flightsql.connect(
            generated.server.flight_uri, db_kwargs=options, autocommit=True
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT COUNT(*) FROM {view_of(generated)}")
        assert cursor.fetchone() == (0,)
