"""Runs the engine that lies beside this file, with nothing else on Python's path but the standard library."""

import runpy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
runpy.run_module("ecluse.agent", run_name="__main__")
