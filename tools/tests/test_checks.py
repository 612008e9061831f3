"""The checks find what they are for: each test lays out a small tree with one fault."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

import check_layers  # noqa: E402
import check_tree  # noqa: E402

LIBRARIES = """
mm_library(base LINKS Threads::Threads)
mm_library(transit USES base SOURCES encoder.cpp)
mm_library(tracing USES transit)
# mm_library(base USES lake) is what a comment says, not a declaration
mm_library(sink USES tracing)
mm_library(transit_decoder FOLDER transit USES base SOURCES decoder.cpp)
mm_library(lake USES transit_decoder LINKS SQLite::SQLite3)
mm_library(views USES lake LINKS Arrow::parquet)
"""


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("src/CMakeLists.txt", LIBRARIES)

    def write(self, name: str, text: str):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


class LayersTest(Tree):
    def found(self) -> list[str]:
        return list(check_layers.violations(self.root))

    def test_downward_includes_are_allowed_also_through_others(self):
        self.write("src/views/view.cpp", '#include "views/view.h"\n#include "base/ids.h"\n')
        self.write("src/lake/lake.h", '#include "transit/reader.h"\n#include <string>\n')
        self.assertEqual(self.found(), [])

    def test_an_upward_include_is_found_with_its_line(self):
        self.write("src/lake/lake.h", '#include <vector>\n#include "views/view.h"\n')
        self.assertEqual(len(self.found()), 1)
        self.assertIn("src/lake/lake.h:2: lake includes views", self.found()[0])

    def test_siblings_that_meet_only_below_may_not_include_each_other(self):
        self.write("src/lake/tests/lake_test.cpp", '#include "tracing/stream.h"\n')
        self.assertIn("lake includes tracing", self.found()[0])

    def test_public_headers_include_only_each_other(self):
        self.write("include/micromegas/start.h", "#include <micromegas/span.h>\n")
        self.assertEqual(self.found(), [])
        self.write("include/micromegas/bad.h", '  #  include "base/ids.h"\n')
        self.assertIn("micromegas includes base", self.found()[0])

    def test_servers_and_base_may_not_include_public_headers(self):
        self.write("src/tracing/stream.cpp", "#include <micromegas/span.h>\n")
        self.assertEqual(self.found(), [])
        self.write("src/base/time.h", "#include <micromegas/span.h>\n")
        self.assertIn("base includes micromegas", self.found()[0])

    def test_a_folder_without_a_declaration_is_found(self):
        self.write("src/extra/extra.cpp", "int x;\n")
        self.assertIn("no mm_library() declares", self.found()[0])


class TreeTest(Tree):
    def found(self) -> list[str]:
        return list(check_tree.faults(self.root))

    def test_a_clean_tree_has_no_faults(self):
        self.write("src/lake/lake.cpp", "// See /proc/self/exe, src/work/x and ~/.cache.\n")
        self.write("src/lake/README.md", "Keeps things.\n")
        self.assertEqual(self.found(), [])

    def test_paths_of_a_machine_are_found(self):
        self.write("docs/guide.md", "first\ncd /" + "home/someone/project\n")
        self.assertIn("docs/guide.md:2", self.found()[0])

    def test_hosts_of_registries_are_found(self):
        self.write("tools/get", "curl https://pypi" + ".org/simple\n")
        self.assertIn("the host of a registry", self.found()[0])

    def test_long_files_and_missing_readmes_are_found(self):
        self.write("src/lake/lake.cpp", "int x;\n" * 601)
        self.assertEqual(len(self.found()), 2)
        self.assertIn("601 lines", self.found()[0])
        self.assertIn("src/lake: no README.md", self.found()[1])

    def test_placeholders_and_empty_files_are_found(self):
        self.write("src/lake/README.md", "Keeps things.\n")
        self.write("src/lake/placeholder.cpp", "int x;\n")
        self.write("src/lake/lake.h", "\n")
        self.assertEqual(len(self.found()), 2)


if __name__ == "__main__":
    unittest.main()
