"""How recorded programs reach their server: TLS, proxies, and what is told when they cannot."""

import http.server
import os
import socket
import subprocess
import threading

import pytest
from certificates import DAY, Authority
from recorder import Recorder
from server_process import program

TRANSPORT = ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy", "https_proxy",
             "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")  # fmt: skip


@pytest.fixture
def authority(tmp_path) -> Authority:
    return Authority(tmp_path)


class TlsRecorder(Recorder):
    """A recorder behind TLS; it counts connections."""

    def __init__(self, context):
        super().__init__()
        self.nb_connections = 0
        accept = self._server.get_request

        def get_request():
            connection, address = accept()
            self.nb_connections += 1
            return connection, address

        self._server.get_request = get_request
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"


class Proxy:
    """Tunnels whatever CONNECT asks for, and remembers what that was."""

    def __init__(self):
        self.asked = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        method, target, _ = head.decode().split(" ", 2)
        self.asked.append((method, target))
        host, port = target.rsplit(":", 1)
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        back.start()
        self._copy(client, server)
        back.join()
        client.close()
        server.close()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def run(name, url, *options, **environment) -> subprocess.CompletedProcess:
    clean = {key: value for key, value in os.environ.items() if key not in TRANSPORT}
    return subprocess.run(
        [program(name), *map(str, options)],
        env=clean
        | {"MICROMEGAS_TELEMETRY_URL": url, "MICROMEGAS_ENABLE_CPU_TRACING": "true"}
        | {key: str(value) for key, value in environment.items()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def generate(url, **environment):
    return run("telemetry-generator", url, "--tasks", 200, "--block-bytes", 4096, **environment)


def tokens(recorder) -> set:
    return {headers.get("Authorization") for _, headers, _ in recorder.requests}


@pytest.mark.parametrize("variable", ["CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_server_that_a_known_authority_vouches_for_gets_everything(authority, variable):
    with TlsRecorder(authority.server_context()) as recorder:
        done = generate(
            recorder.url, **{variable: authority.file, "MICROMEGAS_INGESTION_API_KEY": "k"}
        )
        assert done.returncode == 0, done.stderr
        assert len(recorder.bodies("block")) > 10
        assert tokens(recorder) == {"Bearer k"}
        assert recorder.nb_connections <= 3, "connections are kept"


@pytest.mark.parametrize("what", ["authority", "host", "date"])
def test_a_server_that_nobody_vouches_for_gets_nothing(authority, tmp_path, what):
    known = authority
    if what == "authority":
        (tmp_path / "other").mkdir()
        known = Authority(tmp_path / "other")
    about = {
        "authority": {},
        "host": {"host": "elsewhere.invalid"},
        "date": {"begin": -3 * DAY, "end": -2 * DAY},
    }
    context = authority.server_context(**about[what])
    with TlsRecorder(context) as recorder:
        done = run("example_hello_span", recorder.url, CURL_CA_BUNDLE=known.file)
        assert done.returncode == 0, "that is not the program's trouble"
        assert recorder.requests == []


def test_the_systems_authorities_do_not_vouch_for_strangers(authority):
    with TlsRecorder(authority.server_context()) as recorder:
        done = generate(recorder.url)
        assert done.returncode == 1, "the generator tells its losses"
        assert "SSL certificate problem" in done.stderr
        assert recorder.requests == []


def test_a_proxy_sees_where_a_request_goes_and_nothing_of_it(authority):
    with TlsRecorder(authority.server_context()) as recorder, Proxy() as proxy:
        done = generate(recorder.url, CURL_CA_BUNDLE=authority.file, https_proxy=proxy.url)
        assert done.returncode == 0, done.stderr
        assert recorder.bodies("block")
        assert set(proxy.asked) == {("CONNECT", recorder.url.removeprefix("https://"))}


def test_no_proxy_names_hosts_that_are_reached_directly(authority):
    with TlsRecorder(authority.server_context()) as recorder, Proxy() as proxy:
        done = generate(
            recorder.url,
            CURL_CA_BUNDLE=authority.file,
            https_proxy=proxy.url,
            no_proxy="elsewhere.invalid,localhost",
        )
        assert done.returncode == 0, done.stderr
        assert recorder.bodies("block")
        assert proxy.asked == []


@pytest.mark.parametrize(
    ("url", "environment", "line"),
    [
        (
            "gopher://somewhere",
            {},
            "the URL 'gopher://somewhere' is neither http:, https: nor file:",
        ),
        (
            "file:///some/lake",
            {},
            "file:///some/lake needs the library micromegas::lake_sink, which this program is not linked with",
        ),
        (
            "http://127.0.0.1:9",
            {"MICROMEGAS_OIDC_CLIENT_ID": "me"},
            "MICROMEGAS_OIDC_TOKEN_ENDPOINT is missing: it takes the endpoint, the id and the secret "
            "to fetch a token",
        ),
    ],
)
def test_settings_that_cannot_be_followed_stop_the_recording_and_not_the_program(
    url, environment, line
):
    done = run("example_hello_span", url, **environment)
    assert done.returncode == 0 and done.stdout == "5050\n"
    assert f"micromegas: nothing is recorded: {line}\n" in done.stderr


def test_the_token_of_an_identity_provider_goes_along(authority):
    asked = []

    class Provider(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.rfile.read(int(self.headers["content-length"])))
            body = b'{"access_token": "abc", "token_type": "Bearer", "expires_in": 3600}'
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider) as provider,
        TlsRecorder(authority.server_context()) as recorder,
    ):
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        done = generate(
            recorder.url,
            CURL_CA_BUNDLE=authority.file,
            MICROMEGAS_OIDC_TOKEN_ENDPOINT=f"http://127.0.0.1:{provider.server_port}/token",
            MICROMEGAS_OIDC_CLIENT_ID="me",
            MICROMEGAS_OIDC_CLIENT_SECRET="a&b",
            MICROMEGAS_OIDC_AUDIENCE="lake",
        )
        provider.shutdown()
    assert done.returncode == 0, done.stderr
    assert asked == [
        b"grant_type=client_credentials&client_id=me&client_secret=a%26b&audience=lake"
    ]
    assert tokens(recorder) == {"Bearer abc"}
