"""What applications compile or link is free of warnings with both compilers, with exceptions and RTTI
and without: each public header alone, the libraries of instrumented programs, the examples.

Here is what `make build` does not do: it builds all with g++, the libraries, the headers and an
example without exceptions as well. What has not changed comes from the compiler's cache.
"""

import concurrent.futures
import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from server_process import BIN

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
GCC, CLANG = "g++", "clang++-19"
CC = ["gcc", "clang-19"]
MODES = {"with exceptions": [], "without": ["-fno-exceptions", "-fno-rtti"]}
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]

# Of Boost.Asio and the frameworks of tests, which need exceptions themselves; and an example that
# shows what becomes of one.
NEED_EXCEPTIONS = {
    "asio.h",
    "hello_asio.cpp",
    "test_with_catch2.cpp",
    "test_with_gtest.cpp",
    "what_spans_tell.cpp",
}
LIBRARIES = ["mm_base", "mm_transit", "mm_tracing", "mm_wire", "mm_sink"]

# A folder whose name does not change: the cache knows it.
WORK = BIN.parent / "compilers"


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left():
    WORK.mkdir(exist_ok=True)
    yield
    shutil.rmtree(WORK)


def complaint(command: list) -> str:
    """What the compiler says; nothing when it is content."""
    done = subprocess.run(
        [str(word) for word in [*(["ccache"] if shutil.which("ccache") else []), *command]],
        cwd=WORK,
        env=os.environ | {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return f"{shlex.join(map(str, command))}\n{done.stdout}" if done.returncode else done.stdout


def complaints(compiler: str, mode: str, files: list[Path]) -> str:
    options = ["-std=c++20", "-I", INCLUDE, "-I", ROOT / "src", *WARNINGS, *MODES[mode]]
    commands = [
        [compiler, *options, "-c", file, "-o", f"{number}.o"] for number, file in enumerate(files)
    ]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return "".join(pool.map(complaint, commands))


def written(name: str, text: str) -> Path:
    file = WORK / name
    file.write_text(text)
    return file


def kept(files: list[Path], mode: str) -> list[Path]:
    assert files
    return [f for f in files if mode == "with exceptions" or f.name not in NEED_EXCEPTIONS]


def twice(header: Path) -> str:
    return 2 * f"#include <{header.relative_to(INCLUDE)}>\n"


@pytest.mark.parametrize(
    ("compiler", "mode"), [(GCC, "with exceptions"), (CLANG, "with exceptions"), (CLANG, "without")]
)
def test_each_public_header_stands_alone(compiler, mode):
    headers = kept(sorted(INCLUDE.rglob("*.h")), mode)
    files = [written(f"{header.stem}_h.cpp", twice(header)) for header in headers]
    assert complaints(compiler, mode, files) == ""


# A task type that forgets one of the calls, and a coroutine with a span.
INCOMPLETE_PROMISE = """
#include <micromegas/micromegas.h>
struct Job {{
  struct promise_type : {base} {{
    Job get_return_object() {{ return {{}}; }}
    auto initial_suspend() noexcept {{ return {start}; }}
    auto final_suspend() noexcept {{ return {finish}; }}
    void return_void() {{}}
    void unhandled_exception() {{}}
    {more}
  }};
}};
Job job() {{
  MM_CO_SPAN("job");
  co_return;
}}
"""
COMPLETE = {
    "base": "micromegas::TracedPromise",
    "start": "traced_start(std::suspend_never{})",
    "finish": "traced_finish(std::suspend_never{})",
    "more": "",
}
NOT_TRACED = {
    "base": "std::suspend_never",
    "start": "std::suspend_never{}",
    "finish": "std::suspend_never{}",
}
YIELDS = "std::suspend_always yield_value(int) noexcept { return {}; }"
PASSES_ON = "using TracedPromise::await_transform; template <class T> T&& await_transform(T&& t) { return (T&&)t; }"


@pytest.mark.parametrize("compiler", [GCC, CLANG])
@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({}, ""),
        ({"start": "std::suspend_never{}"}, "has to return traced_start"),
        ({"finish": "std::suspend_never{}"}, "has to return traced_finish"),
        ({"more": PASSES_ON}, "has to return traced_await"),
        ({"more": YIELDS}, "yield_value() of this promise has to return traced_await"),
        (NOT_TRACED, "DerivesFromTracedPromise"),
    ],
    ids=["complete", "start", "finish", "await", "yield", "base"],
)
def test_a_span_compiles_only_where_its_promise_is_complete(compiler, different, said):
    source = written("promise.cpp", INCOMPLETE_PROMISE.format(**COMPLETE | different))
    options = ["-std=c++20", *WARNINGS, "-I", INCLUDE, "-c", "-o", "promise.o"]
    complains = complaint([compiler, *options, source])
    assert said in complains if said else complains == ""


@pytest.mark.parametrize("compiler", CC)
def test_the_header_of_c_is_c99(compiler):
    source = written("twice.c", twice(INCLUDE / "micromegas/c.h") + "int twice_c;\n")
    options = ["-std=c99", *WARNINGS, "-I", INCLUDE, "-c", "-o", "c.o"]
    assert complaint([compiler, *options, source]) == ""
    assert complaint([compiler, *options, ROOT / "examples/hello_c.c"]) == ""


def sources_of_programs() -> list[Path]:
    """As the build has them, wherever a file is new or has moved."""
    entries = json.loads((BIN.parent / "compile_commands.json").read_text())
    wanted = [f"/{library}.dir/" for library in LIBRARIES]
    return [
        Path(entry["directory"], entry["file"]).resolve()
        for entry in entries
        if any(folder in entry["command"] for folder in wanted)
    ]


def test_the_libraries_of_programs_have_no_warnings():
    files = sources_of_programs()
    assert len({file.parent for file in files}) == len(LIBRARIES)
    assert complaints(CLANG, "without", files) == ""


@pytest.mark.parametrize(
    ("compiler", "mode"), [(GCC, "without"), (CLANG, "with exceptions"), (CLANG, "without")]
)
def test_the_examples_have_no_warnings(compiler, mode):
    files = kept(sorted((ROOT / "examples").glob("*.cpp")), mode)
    assert complaints(compiler, mode, files) == ""


@pytest.mark.parametrize("compiler", [GCC, CLANG])
def test_a_guard_without_a_name_which_ends_at_once_is_warned_of(compiler):
    program = "#include <micromegas/start.h>\nint main() { %s{}; }\n"
    unnamed = written("unnamed.cpp", program % "micromegas::TelemetryGuard")
    named = written("named.cpp", program % "const micromegas::TelemetryGuard guard")
    assert "nodiscard" in complaints(compiler, "with exceptions", [unnamed])
    assert not complaints(compiler, "with exceptions", [named])
