"""The programs run from whatever folder they are installed in, with nothing else of ours in reach."""

import os
import re
import subprocess

import pytest
from harness import Server

# Nowhere to look for what tools/setup fetched.
NOTHING_CACHED = {"MICROMEGAS_CACHE": "/nowhere", "HOME": "/nowhere"}


def run(*command, **environment) -> str:
    return subprocess.run(
        [str(word) for word in command],
        env=os.environ | NOTHING_CACHED | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=60,
    ).stdout


@pytest.mark.parametrize("name", ["micromegas", "telemetry-generator"])
def test_libraries_come_from_beside_the_program_or_from_the_system(installed_programs, name):
    found = re.findall(r" => (\S+)", run("ldd", installed_programs / name))
    ours = str(installed_programs.parent)
    strangers = [f for f in found if not re.match(rf"(/usr|/usr/local)?/lib|{ours}/", f)]
    assert found and strangers == []


def test_an_installed_server_takes_in_and_answers(installed_programs, tmp_path):
    server = Server(
        tmp_path / "lake",
        tmp_path / "server.log",
        environment=NOTHING_CACHED,
        programs=installed_programs,
    )
    try:
        server.start()
        run(
            installed_programs / "telemetry-generator", "--tasks", "3",
            MICROMEGAS_TELEMETRY_URL=server.http_url,
        )  # fmt: skip
        counted = run(
            installed_programs / "micromegas", "query", "--process", "latest", "--format", "csv",
            "SELECT COUNT(*) AS n FROM view_instance('async_events', '{process}')",
            MICROMEGAS_ANALYTICS_URI=server.flight_uri,
        )  # fmt: skip
        assert counted.split() == ["n", "30"]
        assert server.sigterm() == 0
    finally:
        server.kill()
