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

from markdown_it import MarkdownIt

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
article { background: #fff; color: #323130; font: 14px/21px "DejaVu Sans", sans-serif; padding: 10px 28px 16px }
table { border-collapse: collapse } td, th { border: 1px solid #d0d0d0; padding: 4px 10px }
li::marker { color: #797775 } article ol, article ul { padding-left: 20px } article li { white-space: normal }
.section { color: #54b054 } .error { color: #f1707b } .warning { color: #fce100 }
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
        items = "".join(f"<li{_class(line)}>{html.escape(_bare(line))}</li>" for line in _log(ran))
        _draw(chromium, folder, f"<header>Deploy to UAT</header><ol>{items}</ol>", IMAGES / "log.png")
        summary = MarkdownIt().enable("table").render(_summary(ran))
        _draw(chromium, folder, f"<article>{summary}</article>", IMAGES / "summary.png")
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


def _summary(ran: Ran) -> str:
    """The page that the run's summary shows."""
    return Path(ran.outputs["reportPath"]).read_text(encoding="utf-8")


def _draw(chromium: str, folder: Path, body: str, target: Path) -> None:
    """A picture as high as its content: it is measured by drawing it tall, and cut below the last line."""
    page = folder / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{body}", encoding="utf-8")
    flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    told = subprocess.run(
        [chromium, *flags, "--dump-dom", _measuring(page)], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r'data-height="(\d+)"', told)
    height = found[1] if found else "1200"
    shot = [chromium, *flags, f"--window-size=1120,{height}", f"--screenshot={target}", page.as_uri()]
    subprocess.run(shot, check=True, capture_output=True)


def _measuring(page: Path) -> str:
    """The same page, which writes its own height down."""
    script = "<script>document.documentElement.dataset.height = document.body.scrollHeight</script>"
    made = page.with_name("measured.html")
    made.write_text(page.read_text(encoding="utf-8") + script, encoding="utf-8")
    return made.as_uri()


def _bare(line: str) -> str:
    return re.sub(r"^##.[a-z]+.", "", line)


def _class(line: str) -> str:
    found = re.match(r"##\[(\w+)\]", line)
    return f" class={found[1]}" if found else ""


if __name__ == "__main__":
    sys.exit(main())
