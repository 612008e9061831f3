"""Fixtures of the Python and the system tests: servers of their own, gone when the test is."""

import shutil
import subprocess
from pathlib import Path

import pytest
from harness import Server
from server_process import BIN


def starter(folder):
    """start(...) and the servers that it started."""
    servers = []

    def start(*options, environment=None, lake="lake", auth=False, prefix=()) -> Server:
        server = Server(
            folder / lake,
            folder / f"server-{len(servers)}.log",
            options=[*([] if auth else ["--disable-auth"]), *options],
            environment=environment,
            prefix=prefix,
        )
        servers.append(server)
        return server.start()

    return start, servers


@pytest.fixture
def start_server(tmp_path):
    """Starts servers: start_server("--option", environment={...}); all over one lake unless named."""
    start, servers = starter(tmp_path)
    yield start
    for server in servers:
        server.kill()


@pytest.fixture
def server(start_server) -> Server:
    return start_server()


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """One server for the tests of a file that do not care what others have stored."""
    start, servers = starter(tmp_path_factory.mktemp("shared"))
    yield start()
    for server in servers:
        server.kill()


@pytest.fixture
def client(server):
    return server.client()


@pytest.fixture(scope="session")
def installed_programs(tmp_path_factory) -> Path:
    """Their folder, as `cmake --install` makes it, in a prefix that was moved since."""
    folder = tmp_path_factory.mktemp("programs")
    subprocess.run(
        ["cmake", "--install", BIN.parent, "--prefix", folder / "made", "--component", "server"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    yield (folder / "made").rename(folder / "moved") / "bin"
    shutil.rmtree(folder)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """A failed test shows the end of its servers' logs."""
    report = (yield).get_result()
    folder = item.funcargs.get("tmp_path") if hasattr(item, "funcargs") else None
    if report.failed and folder is not None:
        for log in sorted(folder.glob("server-*.log")):
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
            report.sections.append((log.name, tail))
