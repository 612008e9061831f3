"""A stand-in for the ingestion server: keeps what producers post, and misbehaves on demand."""

import http.server
import threading
from collections.abc import Callable


class Recorder:
    """with Recorder() as recorder: ... recorder.url, recorder.requests: [(path, headers, body)]

    `answer(path, body, n)` gives the status for the n-th request (from 0), or None to hang up.
    """

    def __init__(self, answer: Callable[[str, bytes, int], int | None] = lambda path, body, n: 200):
        self.requests = []
        self._lock = threading.Lock()
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with recorder._lock:
                    number = len(recorder.requests)
                    recorder.requests.append((self.path, dict(self.headers), body))
                status = answer(self.path, body, number)
                if status is None:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def bodies(self, what: str) -> list[bytes]:
        return [body for path, _, body in self.requests if path == f"/ingestion/insert_{what}"]
