"""A server fed by one run of telemetry-generator, for the tests of real clients against it."""

import datetime
import os
import subprocess
from dataclasses import dataclass

import pytest
from harness import Server
from server_process import program


@dataclass
class Generated:
    server: Server
    process_id: str
    begin: datetime.datetime
    end: datetime.datetime


def newest_generator(client) -> str:
    """The id that the tests of the original look for."""
    found = client.query(
        "SELECT processes.process_id FROM processes "
        "WHERE exe LIKE '%generator%' OR exe LIKE '%telemetry-generator%' "
        "ORDER BY start_time DESC LIMIT 1;"
    )
    assert len(found) == 1
    return found.iloc[0]["process_id"]


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generated")
    server = Server(folder / "lake", folder / "server-0.log").start()
    try:
        begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
        subprocess.run(
            [program("telemetry-generator")],
            env=os.environ
            | {
                "MICROMEGAS_TELEMETRY_URL": server.http_url,
                "MICROMEGAS_ENABLE_CPU_TRACING": "true",
            },
            stdin=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )
        end = begin + datetime.timedelta(minutes=2)
        yield Generated(server, newest_generator(server.client()), begin, end)
    finally:
        server.kill()


@pytest.fixture
def client(generated):
    return generated.server.client()


@pytest.fixture
def query(generated, client):
    """query(sql) in the range of the recording; `{view}` stands for its async events."""

    def run(sql: str):
        view = f"view_instance('async_events', '{generated.process_id}')"
        return client.query(sql.format(view=view), generated.begin, generated.end)

    return run
