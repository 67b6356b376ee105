"""Two releases of one small factory: the first is live with running triggers, the second waits to be deployed."""

from pathlib import Path
from typing import Any

from tests.ecluse_command import ecluse, to
from tests.sandbox_process import RunningSandbox
from tests.stories.template import pipeline, trigger, write

CREATE = ("--create", "--location", "westeurope")
DEPLOYMENT = r"/deployments/ecluse-[^/?]*-1(?=\?|$)"  # the journal's end in a word
RAN = {"TR_Daily", "TR_Files"}


def runs(sandbox: RunningSandbox, factory: str = "adf-test") -> set[str]:
    """The triggers that are Started."""
    _, body, _ = sandbox.call("GET", f"{sandbox.factory_path(factory)}/triggers")
    return {each["name"] for each in body["value"] if each["properties"]["runtimeState"] == "Started"}


def release(folder: Path, description: str) -> tuple[Any, ...]:
    """A factory with four triggers, one of them on events; the pipeline's description tells the releases apart."""
    triggers = [
        trigger("TR_Daily", "P"),
        trigger("TR_Files", "P", kind="BlobEventsTrigger"),
        trigger("TR_Off", "P", state="Stopped"),
        trigger("TR_Other", "P"),
    ]
    write(folder, pipeline("P", description=description), *triggers)
    return ("--source", folder)


def second_after_first(sandbox: RunningSandbox, folder: Path) -> tuple[Any, ...]:
    """The first release is live and `RAN` run; gives the words that deploy the second."""
    assert ecluse("deploy", *release(folder / "one", "first"), *to(sandbox.directory), *CREATE).code == 0
    assert ecluse("triggers", "start", *sorted(RAN), *to(sandbox.directory)).code == 0
    assert runs(sandbox) == RAN
    sandbox.control("DELETE", "calls")
    return ("deploy", *release(folder / "two", "second"), *to(sandbox.directory))
