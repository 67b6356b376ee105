"""docs/tasks.md from the manifests: `python -m tests.task.docs_page` writes its tables anew; a test compares."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.contract.house.tracked import ROOT

PAGE = ROOT / "docs" / "tasks.md"
TASKS = ("AdfDeploy", "AdfTriggers")


def manifest(task: str) -> dict[str, Any]:
    """A task's task.json."""
    path = ROOT / "task" / task / f"{task}V1" / "task.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def written(page: str) -> str:
    """The page with the tables of every task made anew."""
    for task in TASKS:
        table = "\n".join(_tables(manifest(task)))
        page = re.sub(
            rf"(<!-- {task} -->\n).*?(<!-- /{task} -->)", rf"\g<1>{_safe(table)}\n\g<2>", page, flags=re.DOTALL
        )
    return page


def _safe(table: str) -> str:
    return table.replace("\\", r"\\")


def _tables(task: Mapping[str, Any]) -> Iterator[str]:
    titles = {None: "The step"} | {group["name"]: group["displayName"] for group in task["groups"]}
    for group, title in titles.items():
        yield f"**{title}**\n\n| input | default | what it does |\n|---|---|---|"
        yield from (_row(row) for row in task["inputs"] if row.get("groupName") == group)
        yield ""
    yield "**Output variables** (`$(stepName.NAME)` in later steps)\n\n| variable | what it says |\n|---|---|"
    yield from (f"| `{row['name']}` | {row['description']} |" for row in task["outputVariables"])


def _row(row: Mapping[str, Any]) -> str:
    also = "".join(f", {alias}" for alias in row.get("aliases", ()))
    default = "required" if row.get("required") and "defaultValue" not in row else _code(row.get("defaultValue"))
    words = "" if "options" not in row else f" One of: {', '.join(map(_code, row['options']))}."
    return f"| `{row['name']}`{also} | {default} | {_cell(row['helpMarkDown'])}{words} |"


def _code(value: object) -> str:
    return f"`{value}`" if value else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
