"""Who runs us: a person, or a build agent. Apart, since `--help` asks it and needs nothing else of the reports."""

from collections.abc import Mapping

_AGENTS = ("CI", "TF_BUILD", "GITHUB_ACTIONS")
"""Variables that build agents set."""


def on_agent(environ: Mapping[str, str]) -> bool:
    """Whether a build agent runs us: nobody sits there, whatever the streams say."""
    return any(environ.get(name) for name in _AGENTS)
