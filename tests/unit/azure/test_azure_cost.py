"""What a command that never talks to Azure must not pay for."""

import subprocess
import sys
from pathlib import Path

import ecluse.azure

MODULES = [
    path.stem
    for path in Path(ecluse.azure.__file__).parent.glob("*.py")
    if path.stem not in ("__init__", "pipeline", "recording", "entra", "wire")
]
HEAVY = ("azure.core", "azure.identity", "azure.mgmt", "msal", "requests", "filelock", "ecluse_sandbox")


def test_importing_the_edge_imports_no_sdk() -> None:
    program = f"""
import importlib, sys
for name in {MODULES!r}:
    importlib.import_module(f"ecluse.azure.{{name}}")
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
