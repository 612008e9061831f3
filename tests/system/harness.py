"""A server to talk to, as a producer and as a client, and the numbers it reports."""

import re

import micromegas
import requests
from blocks import Block, Process, Thread
from server_process import ServerProcess

EVENT_COLUMNS = (
    "stream_id, block_id, time, event_type, span_id, parent_span_id, depth, hash, "
    "name, filename, target, line"
)


class Server(ServerProcess):
    """A running server. `put` and the others raise when it does not answer 200."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._session = requests.Session()

    def restart(self) -> "Server":
        """Starts it again over the same lake, without what a test asked of the one before."""
        self.environment.pop("MICROMEGAS_FAILPOINT", None)
        return self.start()

    def kill(self):
        super().kill()
        self._session.close()

    def post(self, path: str, body: bytes, **options) -> requests.Response:
        return self._session.post(self.http_url + path, data=body, timeout=30, **options)

    def _insert(self, what: str, body: bytes):
        answer = self.post(f"/ingestion/insert_{what}", body)
        assert answer.status_code == 200, f"insert_{what}: {answer.status_code} {answer.text}"

    def put(self, *items: Process | Thread | Block):
        for item in items:
            self._insert(type(item).__name__.lower().replace("thread", "stream"), item.body())

    def client(self):
        return micromegas.connect(self.flight_uri)

    def query(self, sql: str, begin=None, end=None):
        """A pandas frame."""
        return self.client().query(sql, begin, end)

    def arrow(self, sql: str, begin=None, end=None):
        return self.client().query_arrow(sql, begin, end)

    def scalar(self, sql: str):
        table = self.arrow(sql)
        assert (table.num_rows, table.num_columns) == (1, 1), table
        return table.column(0)[0].as_py()

    def async_rows(self, process_id: str, begin=None, end=None) -> list[tuple]:
        """All rows of the view in its own column order, times in nanoseconds, sorted."""
        view = f"view_instance('async_events', '{process_id}')"
        table = self.arrow(f"SELECT {EVENT_COLUMNS} FROM {view}", begin, end)
        return in_order(rows_of(table))

    def partitions(self, view_set: str = "async_events"):
        return self.query(f"SELECT * FROM list_partitions() WHERE view_set_name = '{view_set}'")

    def counters(self) -> dict[str, float]:
        """/metrics, labels and all."""
        text = self._session.get(self.http_url + "/metrics", timeout=30).text
        pairs = (re.fullmatch(r"(\w+(?:\{[^}]*\})?)\s+(\S+)", x) for x in text.splitlines())
        return {pair[1]: float(pair[2]) for pair in pairs if pair}

    def memory_kib(self, field: str = "VmHWM") -> int:
        """The most memory that was ever resident, from the kernel."""
        with open(f"/proc/{self.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field))


def rows_of(table) -> list[tuple]:
    """Rows as tuples of Python values; timestamps as integers, since datetime has no nanoseconds."""
    columns = [
        column.cast("int64").to_pylist()
        if str(column.type).startswith("timestamp")
        else column.to_pylist()
        for column in table.columns
    ]
    return list(zip(*columns, strict=True))


def in_order(rows) -> list[tuple]:
    return sorted(rows, key=lambda row: tuple((value is None, value) for value in row))
