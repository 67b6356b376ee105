"""SOURCES: the forms that a `--source` may have, one row each, and the choice between them by what is there."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from ecluse.plan.plan import Target
from ecluse.sources import adf_publish, folder
from ecluse.sources.loaded import Loaded
from ecluse.sources.locate import Form, locate
from ecluse.sources.parameters import ParameterInputs

SOURCES: Mapping[Form, Callable[[Path, Target, ParameterInputs, str], Loaded]] = MappingProxyType(
    {Form.TEMPLATE: adf_publish.read, Form.FOLDER: folder.read}
)
"""What reads each form, from its place, for a target, with the template's parameters and the chosen factory file."""


def read(source: Path, target: Target, inputs: ParameterInputs | None = None, factory_file: str = "") -> Loaded:
    """The factory that `source` means, as it is meant for `target`; `described` says what the source was taken for.

    Raises `Refused` when there is none, or more than one, and with all problems of what is read.
    """
    form, place = locate(source)
    return SOURCES[form](place, target, inputs or ParameterInputs(), factory_file)
