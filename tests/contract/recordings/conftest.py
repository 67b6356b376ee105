"""A fresh `sandbox` for what is tested without recordings."""

from tests.sandbox_process import sandbox, shared_sandbox

__all__ = ["sandbox", "shared_sandbox"]
