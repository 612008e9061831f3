"""The check of documents finds what it is for: each test lays out a small tree with one fault."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True

import check_docs  # noqa: E402

EXAMPLE = """
int main() {
  first();
  second();
  third();
}
"""


class DocsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "examples").mkdir()
        (self.root / "examples/small.cpp").write_text(EXAMPLE)

    def found(self, readme: str) -> list[str]:
        (self.root / "README.md").write_text(readme)
        return list(check_docs.faults(self.root))

    def quote(self, code: str, source="examples/small.cpp") -> list[str]:
        return self.found(f"# Title\n\n<!-- from {source} -->\n```cpp\n{code}\n```\n")

    def test_a_true_quote_passes_indented_or_not_and_with_lines_left_out(self):
        self.assertEqual(self.quote("int main() {\n  first();"), [])
        self.assertEqual(self.quote("second();\nthird();"), [])
        self.assertEqual(self.quote("int main() {\n  first();\n  ...\n}"), [])

    def test_a_quote_that_has_aged_is_found(self):
        self.assertIn("not in examples/small.cpp", self.quote("first();\nthird();")[0])
        self.assertIn("not in examples/small.cpp", self.quote("third();\n...\nfirst();")[0])

    def test_a_quote_from_nowhere_is_found(self):
        self.assertIn("gone.cpp, which does not exist", self.quote("x", "examples/gone.cpp")[0])

    def test_a_quote_without_its_code_block_is_found(self):
        self.assertIn("directly above", self.found("<!-- from examples/small.cpp -->\n\ntext")[0])

    def test_code_that_nobody_compiles_is_found(self):
        self.assertIn("not quoted", self.found("text\n\n```cpp\nint main();\n```\n")[0])
        self.assertIn("not quoted", self.found("```c\nint main();\n```\n")[0])
        self.assertEqual(self.found("text\n\n```python\nmain()\n```\n"), [])

    def test_links_lead_somewhere(self):
        self.assertEqual(self.found("[code](examples/small.cpp#L3) [web](https://a.b/c)"), [])
        self.assertEqual(self.found("`operator[](int)`\n```\na[i](x)\n```\n"), [])
        self.assertIn("links to docs/gone.md", self.found("[x](docs/gone.md)")[0])


if __name__ == "__main__":
    unittest.main()
