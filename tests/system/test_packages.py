"""Projects of others get at the instrumentation in each way that CMake knows, in an empty folder,
static and shared, without anything else of ours. What they record is decoded by the oracle."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import strict
from recorder import Recorder
from server_process import BIN

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "tests/packages"
# The compiler's cache knows what was built in such a folder: paths of the same depth and shape.
FOLDERS = BIN.parent.parent

# What our other parts need. Whoever asks for one of these fails.
NOTHING_ELSE = [
    f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON"
    for name in [
        "Boost",
        "Catch2",
        "CLI11",
        "spdlog",
        "nlohmann_json",
        "ArrowFlight",
        "Parquet",
        "Python3",
    ]
]
NO_HTTP = [f"-DCMAKE_DISABLE_FIND_PACKAGE_{name}=ON" for name in ("CURL", "PkgConfig")]
# The flags of the preset `release`: the compiler's cache has it all from there.
AS_WE_BUILD = [
    "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
    "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2 -g1 -DNDEBUG",
    "-DMICROMEGAS_WERROR=ON",
]
# What writes into lakes is built with a JSON library; who uses it needs none.
WITH_LAKE = ["-DMICROMEGAS_LAKE_SINK=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=OFF"]
LIBRARIES = {"static": ["-DBUILD_SHARED_LIBS=OFF"], "shared": ["-DBUILD_SHARED_LIBS=ON"]}

# Static: all that is installed. Shared: what brings the rest along.
ASKED_FOR = {"static": [], "shared": ["-DONLY=COMPONENTS;lake_sink;testing"]}


def run(*command, **environment) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        env=os.environ | {"CCACHE_BASEDIR": str(ROOT), "CCACHE_NOHASHDIR": "1"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def empty(name: str) -> Path:
    folder = FOLDERS / f"packages-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@pytest.fixture(scope="module", autouse=True)
def nothing_is_left():
    yield
    for folder in FOLDERS.glob("packages-*"):
        shutil.rmtree(folder)


def build(source: Path, name: str, *options, target="all") -> Path:
    """Builds a project in a folder of its own, from nothing."""
    folder = empty(name)
    launcher = ["C", "CXX"] if shutil.which("ccache") else []
    run(
        "cmake", "-S", source, "-B", folder, "-G", "Ninja", *AS_WE_BUILD,
        *(f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in launcher), *options,
    )  # fmt: skip
    run("cmake", "--build", folder, "--target", target)
    return folder


@pytest.fixture(scope="module", params=LIBRARIES)
def installed(request) -> tuple[str, Path]:
    """(static or shared, the prefix) of an installation without the server."""
    kind = request.param
    prefix = empty(f"{kind}-prefix")
    parts = [f"-DMICROMEGAS_{part}=OFF" for part in ("SERVER", "TESTS", "BENCH")]
    built = build(ROOT, f"{kind}-build", *NOTHING_ELSE, *WITH_LAKE, *LIBRARIES[kind], *parts)
    run("cmake", "--install", built, "--prefix", prefix)
    return kind, prefix


def spans_of(recorder) -> dict:
    """Name -> the begin events of that name, as (stream id, event)."""
    found = {}
    for stream, _, events in strict.read(recorder).blocks:
        for event in events:
            if event.type_name.startswith("Begin"):
                site = "span_desc" if "span_desc" in event.members else "thread_span_desc"
                found.setdefault(event[site]["name"], []).append((stream["stream_id"], event))
    return found


def check_shop(folder: Path, plugin: bool = False, **environment):
    """The program runs, and its spans, the library's and the plugin's hang together."""
    with Recorder() as recorder:
        said = run(
            folder / "shop",
            *([folder / "voucher.so"] if plugin else []),
            MICROMEGAS_TELEMETRY_URL=recorder.url,
            **environment,
        )
    assert said.split() == (["42", "40"] if plugin else ["42"])
    spans = spans_of(recorder)
    ((main_thread, order),) = spans["order"]
    ((other_thread, pay),) = spans["pay"]
    assert order["parent_span_id"] == 0 and order["depth"] == 0
    assert pay["parent_span_id"] == order["span_id"] and pay["depth"] == 1
    assert main_thread != other_thread
    assert spans["shop::price"][0][1]["thread_span_desc"]["target"] == "shop::cart"
    assert {thread for thread, _ in spans["shop::price"]} == (
        {main_thread, other_thread} if plugin else {other_thread}
    )
    if plugin:
        ((thread, redeem),) = spans["redeem"]
        assert redeem["parent_span_id"] == order["span_id"] and redeem["depth"] == 1
        assert thread == main_thread == spans["look up"][0][0]


def check_shop_in_c(folder: Path, **environment):
    with Recorder() as recorder:
        said = run(folder / "shop_c", MICROMEGAS_TELEMETRY_URL=recorder.url, **environment)
    assert said == "42\n"
    recording = strict.read(recorder)
    ordered = strict.check_spans(recording)
    ((order, _), (pay, paid)) = (ordered[span_id] for span_id in sorted(ordered))
    assert (order["span_desc"]["name"], pay["span_desc"]["name"]) == ("order", "pay")
    assert pay["parent_span_id"] == order["span_id"] and paid["outcome"] == 1


def check_shop_with_lake(program: Path, lake: Path, programs: Path, **environment):
    """It writes into a folder, and an installed `micromegas` reads that; no server anywhere."""
    assert run(program, MICROMEGAS_TELEMETRY_URL=f"file://{lake}", **environment) == "42\n"
    said = run(
        programs / "micromegas", "query", "--lake", lake, "--process", "latest", "--format", "csv",
        """WITH begun AS (SELECT * FROM view_instance('async_events', '{process}')
                          WHERE event_type = 'begin')
           SELECT child.name, parent.name AS parent FROM begun AS child
           LEFT JOIN begun AS parent ON parent.span_id = child.parent_span_id ORDER BY child.time""",
    )  # fmt: skip
    assert "name,parent\norder,\npay,order\n" in said


def check_project(folder: Path, kind: str):
    assert run(folder / "cart_alone") == "42\n"
    assert run(folder / "cart_test") == "shop::price\n"
    check_shop(folder, plugin=kind == "shared")
    check_shop_in_c(folder)


def test_find_package_in_an_empty_folder(installed, installed_programs, tmp_path):
    kind, prefix = installed
    folder = build(
        PROJECT, f"{kind}-find_package", *NOTHING_ELSE, *LIBRARIES[kind], *ASKED_FOR[kind],
        "-DWAY=find_package", f"-DCMAKE_PREFIX_PATH={prefix}",
    )  # fmt: skip
    check_project(folder, kind)
    check_shop_with_lake(folder / "shop_with_lake", tmp_path / "lake", installed_programs)


def test_an_installation_can_be_moved_and_knows_nothing_of_where_it_was_made(installed):
    _, prefix = installed
    described = [*prefix.rglob("*.cmake"), *prefix.rglob("*.pc")]
    assert len(described) >= 10
    for file in described:
        assert str(ROOT) not in file.read_text(), file


def test_a_component_that_there_is_not_is_named_with_those_that_there_are(installed, tmp_path):
    _, prefix = installed
    done = subprocess.run(
        [
            "cmake", "-S", PROJECT, "-B", tmp_path / "build", "-G", "Ninja", "-DWAY=find_package",
            "-DONLY=COMPONENTS;http_sink;asio", f"-DCMAKE_PREFIX_PATH={prefix}",
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode != 0
    assert (
        "it has no component asio; installed here are: instrumentation, http_sink, lake_sink, "
        "testing" in " ".join(done.stderr.split())
    )


@pytest.mark.parametrize(
    ("way", "kind"), [("add_subdirectory", "static"), ("FetchContent", "shared")]
)
def test_as_a_part_of_another_project(way, kind):
    folder = build(
        PROJECT, way, *NOTHING_ELSE, *LIBRARIES[kind],
        f"-DWAY={way}", f"-DMICROMEGAS_SOURCE={ROOT}",
    )  # fmt: skip
    check_project(folder, kind)
    targets = run("ninja", "-C", folder, "-t", "targets", "all")
    for foreign in ("_tests", "bench", "fuzz_", "mm_lake", "mm_flight", "install"):
        assert foreign not in targets.replace("install/", ""), foreign


@pytest.mark.parametrize(
    ("way", "kind"), [("add_subdirectory", "shared"), ("FetchContent", "static")]
)
def test_as_a_part_that_writes_into_lakes(way, kind, installed_programs, tmp_path):
    folder = build(
        PROJECT, f"{way}-lake", *NOTHING_ELSE, *WITH_LAKE, *LIBRARIES[kind],
        f"-DWAY={way}", f"-DMICROMEGAS_SOURCE={ROOT}", target="shop_with_lake",
    )  # fmt: skip
    check_shop_with_lake(folder / "shop_with_lake", tmp_path / "lake", installed_programs)


def test_the_instrumentation_alone_needs_no_library_but_the_system_s():
    """Neither to build nor to run: whoever looks for libcurl or pkg-config fails."""
    options = [*NOTHING_ELSE, *NO_HTTP, "-DMICROMEGAS_HTTP_SINK=OFF"]
    parts = [f"-DMICROMEGAS_{part}=OFF" for part in ("SERVER", "TESTS", "BENCH")]
    built = build(ROOT, "alone-build", *options, *parts, "-DBUILD_SHARED_LIBS=ON")
    prefix = empty("alone-prefix")
    run("cmake", "--install", built, "--prefix", prefix, "--component", "instrumentation")
    folder = build(
        PROJECT, "alone-find_package", *NOTHING_ELSE, *NO_HTTP,
        "-DWAY=find_package", "-DBUILD_SHARED_LIBS=ON", f"-DCMAKE_PREFIX_PATH={prefix}",
    )  # fmt: skip
    assert run(folder / "cart_alone") == "42\n"
    assert not (folder / "shop").exists()
    needed = run("ldd", folder / "cart_alone")
    assert "libmicromegas_instrumentation.so" in needed
    assert "curl" not in needed and "lz4" not in needed


def test_a_component_of_a_full_installation_needs_only_its_own(installed):
    kind, prefix = installed
    folder = build(
        PROJECT, f"{kind}-component", *NOTHING_ELSE, *NO_HTTP, *LIBRARIES[kind],
        "-DWAY=find_package", "-DONLY=COMPONENTS;instrumentation", f"-DCMAKE_PREFIX_PATH={prefix}",
    )  # fmt: skip
    assert run(folder / "cart_alone") == "42\n"
    assert not (folder / "shop").exists()


def test_pkg_config_tells_compilers_the_same(installed, installed_programs, tmp_path):
    _, prefix = installed

    def flags_of(library: str) -> list[str]:
        folder = str(next(prefix.rglob("pkgconfig")))
        return run("pkg-config", "--cflags", "--libs", library, PKG_CONFIG_PATH=folder).split()

    flags = flags_of("micromegas-http_sink")
    libraries = {"LD_LIBRARY_PATH": str(next(prefix.rglob("libmicromegas_*")).parent)}
    objects = [tmp_path / "cart.o", tmp_path / "shop.o"]
    for file in objects:
        source = PROJECT / file.with_suffix(".cpp").name
        run("c++", "-std=c++20", "-c", source, "-o", file, *flags)
    run("c++", *objects, "-o", tmp_path / "shop", *flags)
    check_shop(tmp_path, **libraries)
    run("cc", "-std=c99", "-pedantic", PROJECT / "shop.c", "-o", tmp_path / "shop_c", *flags)
    check_shop_in_c(tmp_path, **libraries)
    program = tmp_path / "shop_with_lake"
    run("c++", "-Wl,--as-needed", *objects, "-o", program, *flags_of("micromegas-lake_sink"))
    check_shop_with_lake(program, tmp_path / "lake", installed_programs, **libraries)
