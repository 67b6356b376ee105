"""Every assumption of the sandbox that no recorded source backs: what its code marks by [U], as a table."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ENGINE = Path(__file__).resolve().parents[3] / "engine" / "ecluse_sandbox"
_MARK = re.compile(r"\[[^\]\n]*\bU\b[^\]\n]*\]")
_LEGEND = "Marks as in the notes"
BEGIN, END = "<!-- generated: assumptions -->", "<!-- end of what is generated -->"


def table() -> str:
    """The table of docs/first-contact.md."""
    rows = [row for path in sorted(ENGINE.glob("*.py")) for row in _rows(path)]
    return "\n".join(["| no. | where | what is assumed |", "|---|---|---|", *(
        f"| {number} | `{where}` | {text} |" for number, (where, text) in enumerate(rows, 1)
    )])  # fmt: skip


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    source = path.read_text(encoding="utf-8")
    for name, text in [*_docstrings(ast.parse(source)), *_comments(source)]:
        if _MARK.search(text) and _LEGEND not in text:
            yield f"{path.stem}.{name}".strip("."), " ".join(text.split()).replace("|", "\\|")


def _docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield getattr(node, "name", ""), ast.get_docstring(node) or ""


def _comments(source: str) -> Iterator[tuple[str, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield "", token.string.removeprefix("#").strip()
