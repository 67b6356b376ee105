"""The pictures of the Marketplace page: `python -m tests.task.pictures` runs the packaged task and draws its real log.

Needs chromium and a sandbox; the log is the one that a step prints, coloured as the web page of a run colours it.
"""

import html
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.contract.house.tracked import ROOT
from tests.sandbox_process import RunningSandbox, running
from tests.task import package
from tests.task.agent import Agent, Ran, azure_connection, parse

IMAGES = ROOT / "task" / "images"
GROUP, FACTORY = "rg-contoso-uat", "adf-contoso-sales-uat"
STEP = {
    "azureSubscription": "5c0e",
    "resourceGroupName": GROUP,
    "dataFactoryName": FACTORY,
    "source": "contoso-sales",
    "parameterOverrides": "LS_Warehouse_connectionString=@env:WAREHOUSE\nLS_Orders_OnPrem_connectionString=@env:ORDERS",
}
GO_LIVE = {"create": "true", "location": "westeurope", "configFile": "contoso-sales/deployment/config-go-live.csv"}
SECRETS = {"WAREHOUSE": "Server=warehouse;Password=not-shown", "ORDERS": "Server=orders;Password=not-shown"}
STYLE = """
body { margin: 0; background: #1b1a19; color: #d2d0ce; font: 13px/19px "DejaVu Sans Mono", monospace; width: 1120px }
header { background: #292827; color: #fff; font: 600 15px/44px "DejaVu Sans", sans-serif; padding: 0 20px }
ol { margin: 10px 20px 16px 0; padding-left: 52px } li { white-space: pre-wrap; padding-left: 8px }
li::marker { color: #797775 } .section { color: #54b054 } .error { color: #f1707b } .warning { color: #fce100 }
"""


def main() -> int:
    """Draw the log of a plan."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("chromium is needed to draw the pictures\n")
        return 3
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with running(folder / "sandbox", groups=(GROUP,)) as azure:
            ran = _release(azure, folder)
        _draw(chromium, folder, "Deploy to UAT", list(_log(ran)), IMAGES / "log.png")
    return 0


def _release(azure: RunningSandbox, folder: Path) -> Ran:
    """The log of the second release of the sample: its first is live."""
    task = package.unzipped(package.built(), folder / "extension") / "AdfDeploy" / "AdfDeployV1"
    agent = Agent(folder / "agent", endpoints=[azure_connection(azure.url)])
    agent.variables["Agent.CAInfo"] = azure.ca
    shutil.copytree(ROOT / "samples" / "contoso-sales", agent.work / "contoso-sales")
    for inputs in (STEP | GO_LIVE, STEP | {"stage": "uat"}):
        ran = agent.step(task, inputs, env=SECRETS)
        if ran.result != "Succeeded":
            raise SystemExit(ran.told)
    return ran


def _log(ran: Ran) -> Iterator[str]:
    """The lines from the plan on, without the folders of this machine."""
    shown = False
    for line in ran.raw:
        shown = shown or line == "##[section]Plan"
        if shown and parse(line) is None:
            yield re.sub(r"/\S+/(?=contoso-sales/)", "", line)


def _draw(chromium: str, folder: Path, title: str, lines: list[str], target: Path) -> None:
    items = "".join(f"<li{_class(line)}>{html.escape(re.sub(r'^##.[a-z]+.', '', line))}</li>" for line in lines)
    page = folder / "page.html"
    page.write_text(
        f"<meta charset=utf-8><style>{STYLE}</style><header>{html.escape(title)}</header><ol>{items}</ol>",
        encoding="utf-8",
    )
    height = 44 + 26 + 19 * sum(1 + len(line) // 130 for line in lines)
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size=1120,{height}")
    subprocess.run([chromium, *flags, f"--screenshot={target}", page.as_uri()], check=True, capture_output=True)


def _class(line: str) -> str:
    found = re.match(r"##\[(\w+)\]", line)
    return f" class={found[1]}" if found else ""


if __name__ == "__main__":
    sys.exit(main())
