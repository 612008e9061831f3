"""With keys, both doors ask for one; without, only this machine gets in."""

import json
import subprocess

import golden
import micromegas
import pyarrow.flight as flight
import pytest
from micromegas.flightsql.client import FlightSQLClient
from server_process import program

KEYS = {
    "MICROMEGAS_API_KEYS": json.dumps(
        [{"name": "ci", "key": "open-sesame"}, {"name": "b", "key": "k2"}]
    )
}


class Token:
    def __init__(self, token):
        self.token = token

    def get_token(self):
        return self.token


@pytest.fixture
def guarded(start_server):
    return start_server(environment=KEYS, auth=True)


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer "},
        {"authorization": "open-sesame"},
        {"authorization": "Basic open-sesame"},
        {"authorization": "Bearer open-sesam"},
        {"authorization": "Bearer open-sesamee"},
    ],
    ids=str,
)
def test_without_a_valid_key_nothing_is_written_or_read(guarded, header):
    path, body = golden.requests()[0]
    assert guarded.post(path, body, headers=header).status_code == 401
    headers = [(k.encode(), v.encode()) for k, v in header.items()]
    client = flight.FlightClient(guarded.flight_uri)
    with pytest.raises(flight.FlightUnauthenticatedError, match="invalid token"):
        client.do_get(
            flight.Ticket(micromegas.flightsql.client.make_query_ticket("SELECT 1").ticket),
            flight.FlightCallOptions(headers=headers),
        ).read_all()
    good = FlightSQLClient(guarded.flight_uri, auth_provider=Token("open-sesame"))
    assert good.query("SELECT COUNT(*) AS n FROM processes")["n"][0] == 0


@pytest.mark.parametrize("key", ["open-sesame", "k2"])
def test_a_valid_key_opens_both_doors(guarded, key):
    for path, body in golden.requests():
        answer = guarded.post(path, body, headers={"authorization": f"Bearer {key}"})
        assert answer.status_code == 200
    client = FlightSQLClient(guarded.flight_uri, auth_provider=Token(key))
    assert client.query("SELECT exe FROM processes")["exe"][0] == "demo-service"


def test_health_asks_for_no_key(guarded):
    for path in ("/health", "/ready"):
        assert guarded._session.get(guarded.http_url + path).status_code == 200


def test_without_keys_loopback_starts_and_others_do_not(start_server, tmp_path):
    assert start_server(auth=True).is_running()
    refused = subprocess.run(
        [program("micromegas"), "serve", "--lake", tmp_path / "other", "--http", "0.0.0.0:0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
    )
    assert refused.returncode not in (0, -9)
    assert "MICROMEGAS_API_KEYS" in refused.stdout and "--disable-auth" in refused.stdout


def test_malformed_keys_stop_the_start_without_showing_them(start_server, tmp_path):
    refused = subprocess.run(
        [program("micromegas"), "serve", "--lake", tmp_path / "other", "--http", "127.0.0.1:0"],
        env={"MICROMEGAS_API_KEYS": '[{"name": "ci", "key": "sesame"'},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
    )
    assert refused.returncode not in (0, -9)
    assert "MICROMEGAS_API_KEYS" in refused.stdout and "sesame" not in refused.stdout
