"""Folders of JSON as small as a test needs them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def put(root: Path, files: Mapping[str, Any]) -> Path:
    """Files below `root`: a path without `.json` by what stands there; a text is taken as it is."""
    for name, content in files.items():
        path = root / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=4), encoding="utf-8")
    return root


def body(name: str, **properties: Any) -> dict[str, Any]:
    """An object as Data Factory Studio writes it."""
    return {"name": name, "properties": properties}
