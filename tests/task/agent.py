"""A build agent in small: it runs a task's step as Azure Pipelines does, and reads its logging commands the same way.

What it imitates is written down in the agent's own source (microsoft/azure-pipelines-agent: TaskRunner.cs, Handler.cs,
Command.cs, ProcessInvoker.cs): the inputs' defaults and paths, the environment, `##vso[` anywhere in a line, the
masking of secrets, SIGINT, then SIGTERM, then SIGKILL of the Node process alone, and the step after the job.
"""

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

NODE = shutil.which("node") or "node"
_PREFIX = "##vso["
_UNESCAPED = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%AZP25", "%"))
_PATIENCE_SECONDS = 180
_NOT_IN_A_FILES_NAME = re.compile(r'[\x00-\x1f"<>|:*?\\/]')  # on Windows; other systems forbid less


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service connection, or the job's own."""

    id: str
    url: str
    scheme: str
    parameters: Mapping[str, str]
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """One logging command: `##vso[area.event key=value;]data`."""

    name: str
    properties: Mapping[str, str]
    data: str


@dataclass
class Ran:
    """What a step came to, as the agent sees it."""

    exit_code: int | None = None
    raw: list[str] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    masks: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    killed: bool = False

    @property
    def log(self) -> str:
        """The lines that people see: no commands, secrets masked."""
        return self.mask("\n".join(line for line in self.raw if parse(line) is None))

    @property
    def told(self) -> str:
        """All that came out, without the library's debug lines: what a failed test shows."""
        return "\n".join(line for line in self.raw if not line.startswith("##vso[task.debug]"))

    @property
    def everything(self) -> str:
        """All that came out of the process, commands and debug lines included, before any masking."""
        return "\n".join(self.raw)

    def mask(self, text: str) -> str:
        for secret in sorted(self.masks, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def said(self, name: str) -> list[Command]:
        return [command for command in self.commands if command.name == name]

    @property
    def issues(self) -> list[Command]:
        return self.said("task.logissue") + self.said("task.issue")

    @property
    def errors(self) -> list[str]:
        return [each.data for each in self.issues if each.properties["type"] == "error"]

    @property
    def outputs(self) -> dict[str, str]:
        return {each.properties["variable"]: each.data for each in self.said("task.setvariable")}

    @property
    def result(self) -> str:
        """The last word wins; an exit code other than 0, or a command that can't be carried out, is a failure."""
        if self.exit_code != 0:
            return "Failed: the process broke"
        if self.refused:
            return f"Failed: the agent can't do {self.refused}"
        completes = self.said("task.complete")
        return completes[-1].properties["result"] if completes else "Succeeded"


def parse(line: str) -> Command | None:
    """The command of a line, wherever in it the prefix stands (Command.TryParse)."""
    begin = line.find(_PREFIX)
    end = line.find("]", begin)
    if begin < 0 or end < 0:
        return None
    name, _, rest = line[begin + len(_PREFIX) : end].partition(" ")
    pairs = (pair.partition("=") for pair in rest.split(";") if "=" in pair)
    properties = {key.strip().lower(): _unescape(value) for key, _, value in pairs}
    return Command(name, properties, _unescape(line[end + 1 :]))


def _possible(command: Command, allowed: Collection[str]) -> bool:
    """Whether the agent can carry it out (TaskCommandExtension.cs); on whatever system it runs."""
    said = command.properties
    match command.name:
        case "task.addattachment":
            names = (said.get("type", ""), said.get("name", ""))
            return all(n and not _NOT_IN_A_FILES_NAME.search(n) for n in names) and Path(command.data).is_file()
        case "task.setvariable" | "task.settaskvariable":
            return said["variable"] in allowed
        case "task.logissue":
            return said["type"] in {"error", "warning"}
    return True


def _unescape(text: str) -> str:
    for escaped, plain in _UNESCAPED:
        text = text.replace(escaped, plain)
    return text


@dataclass
class Agent:
    """One job on one agent: its folders, variables and connections."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    endpoints: list[Endpoint] = field(default_factory=list)
    python: str | None = os.path.realpath(sys.executable)
    node: str = NODE
    timers: tuple[float, float] = (7.5, 2.5)
    task_variables: dict[str, str] = field(default_factory=dict)
    job_token: str = "job-token-0123"
    homeless: bool = False

    def __post_init__(self) -> None:
        for folder in (self.temp, self.tools, self.work, self._bin):
            folder.mkdir(parents=True, exist_ok=True)
        if self.python:
            (self._bin / "python3").symlink_to(self.python)

    @property
    def temp(self) -> Path:
        return self.root / "_temp"

    @property
    def tools(self) -> Path:
        return self.root / "_tool"

    @property
    def work(self) -> Path:
        """The job's working directory."""
        return self.root / "1" / "s"

    @property
    def _bin(self) -> Path:
        return self.root / "bin"

    def step(
        self,
        task: Path,
        inputs: Mapping[str, str],
        env: Mapping[str, str] | None = None,
        *,
        cancel_when: Callable[[str], bool] | None = None,
        kill_when: Callable[[str], bool] | None = None,
        kill_all_when: Callable[[str], bool] | None = None,
    ) -> Ran:
        """Run the main stage.

        Three things may happen at a line: the user cancels, the Node process is killed, all of the step is killed.
        """
        events: dict[Callable[[str], bool] | None, Happening] = {
            cancel_when: self._cancel_aside,
            kill_when: _kill,
            kill_all_when: _kill_all,
        }
        return self._run(task, "execution", inputs, env or {}, events)

    def after_job(self, task: Path, inputs: Mapping[str, str], env: Mapping[str, str] | None = None) -> Ran:
        """Run the post-job stage, which is always run."""
        return self._run(task, "postjobexecution", inputs, env or {})

    def environment(self, task: Path, inputs: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
        """What the Node process gets, and nothing else of this machine's environment."""
        made = {"PATH": str(self._bin), "LANG": "C"}
        if not self.homeless:
            made |= {"HOME": str(self.root), "TMPDIR": str(self.temp), "LANG": "C.UTF-8"}
        made |= {_key(name): value for name, value in self._public().items()}
        made |= {f"INPUT_{_key(name)}": value for name, value in self._inputs(task, inputs).items()}
        for endpoint in (*self.endpoints, self._job()):
            made |= _endpoint_variables(endpoint)
        made |= {f"SECRET_{_key(name)}": value for name, value in self.secrets.items()}
        made["VSTS_SECRET_VARIABLES"] = json.dumps(list(self.secrets))
        made["VSTS_PUBLIC_VARIABLES"] = json.dumps(list(self._public()))
        made |= {f"VSTS_TASKVARIABLE_{_key(name)}": value for name, value in self.task_variables.items()}
        return made | {name: self._expand(value) for name, value in env.items()}

    def _public(self) -> dict[str, str]:
        return {
            "Agent.Version": "4.280.0",
            "Agent.TempDirectory": str(self.temp),
            "Agent.ToolsDirectory": str(self.tools),
            "Agent.JobStatus": "Succeeded",
            "System.DefaultWorkingDirectory": str(self.work),
            "Build.SourcesDirectory": str(self.work),
            "System.CollectionUri": "https://dev.example.test/org/",
            "System.TeamProject": "Data",
            "System.JobId": "b11d",
            "System.JobAttempt": "1",
            "Build.BuildId": "42",
        } | self.variables

    def _job(self) -> Endpoint:
        return Endpoint(
            "SYSTEMVSSCONNECTION", "https://dev.example.test/org/", "OAuth", {"AccessToken": self.job_token}
        )

    def _inputs(self, task: Path, given: Mapping[str, str]) -> dict[str, str]:
        """The manifest's defaults under what the step gives; the server has turned aliases into names."""
        rows = json.loads((task / "task.json").read_text(encoding="utf-8"))["inputs"]
        names = {word.lower(): row["name"] for row in rows for word in (*row.get("aliases", ()), row["name"])}
        values = {row["name"]: str(row.get("defaultValue", "")) for row in rows}
        for name, value in given.items():
            values[names.get(name.lower(), name)] = self._expand(value).strip()
        paths = [row["name"] for row in rows if row["type"] == "filePath"]
        return values | {name: os.path.normpath(self.work / values[name]) for name in paths}

    def _expand(self, text: str) -> str:
        """`$(name)`, secret or not; what is no variable stays as it is."""
        known = {name.lower(): value for name, value in (self._public() | self.secrets).items()}
        return re.sub(r"\$\(([\w. ]+)\)", lambda found: known.get(found[1].lower(), found[0]), text)

    def _run(
        self,
        task: Path,
        stage: str,
        inputs: Mapping[str, str],
        env: Mapping[str, str],
        events: "Mapping[Callable[[str], bool] | None, Happening] | None" = None,
    ) -> Ran:
        manifest = json.loads((task / "task.json").read_text(encoding="utf-8"))
        target = manifest[stage]["Node20_1"]["target"]
        ran = Ran(masks=set(self._masks()))
        waiting = dict(events or {})
        with subprocess.Popen(
            [self.node, str(task / target)],
            cwd=self.work,
            env=self.environment(task, inputs, env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            allowed = manifest["restrictions"]["settableVariables"]["allowed"]
            for line in _lines(process.stdout):
                ran.raw.append(line)
                self._obey(line, ran, allowed)
                for when in [each for each in waiting if each and each(line)]:
                    waiting.pop(when)(process, ran)
            ran.exit_code = process.wait()
        return ran

    def _obey(self, line: str, ran: Ran, allowed: Collection[str]) -> None:
        command = parse(line)
        if command is None:
            return
        ran.commands.append(command)
        if not _possible(command, allowed):
            ran.refused.append(line)
        if command.name == "task.setsecret":
            ran.masks.add(command.data)
        if command.name == "task.settaskvariable":
            self.task_variables[command.properties["variable"]] = command.data

    def _masks(self) -> Iterator[str]:
        """Secret variables, and every authorization parameter but those that the agent knows for harmless."""
        yield from self.secrets.values()
        yield self.job_token
        for endpoint in self.endpoints:
            for key, value in endpoint.parameters.items():
                if key.lower() not in {"tenantid", "scope", "authenticationtype"}:
                    yield from (line for line in value.splitlines() if line)

    def _cancel_aside(self, process: "subprocess.Popen[bytes]", ran: Ran) -> None:
        threading.Thread(target=self._cancel, args=(process, ran), daemon=True).start()

    def _cancel(self, process: "subprocess.Popen[bytes]", ran: Ran) -> None:
        for number, patience in zip((signal.SIGINT, signal.SIGTERM), self.timers, strict=True):
            process.send_signal(number)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            return
        ran.killed = True
        process.kill()


Happening = Callable[["subprocess.Popen[bytes]", Ran], None]


def _kill(process: "subprocess.Popen[bytes]", ran: Ran) -> None:
    ran.killed = True
    process.kill()


def _kill_all(process: "subprocess.Popen[bytes]", ran: Ran) -> None:
    """The Node process and the engine below it, as when the machine goes down."""
    below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
    _kill(process, ran)
    for pid in below:
        os.kill(int(pid), signal.SIGKILL)


def _key(name: str) -> str:
    return name.replace(".", "_").replace(" ", "_").upper()


def _endpoint_variables(endpoint: Endpoint) -> dict[str, str]:
    authorization = {"parameters": dict(endpoint.parameters), "scheme": endpoint.scheme}
    made = {
        f"ENDPOINT_URL_{endpoint.id}": endpoint.url,
        f"ENDPOINT_AUTH_{endpoint.id}": json.dumps(authorization),
        f"ENDPOINT_AUTH_SCHEME_{endpoint.id}": endpoint.scheme,
        f"ENDPOINT_DATA_{endpoint.id}": json.dumps(dict(endpoint.data)),
    }
    made |= {f"ENDPOINT_AUTH_PARAMETER_{endpoint.id}_{key.upper()}": v for key, v in endpoint.parameters.items()}
    return made | {f"ENDPOINT_DATA_{endpoint.id}_{key.upper()}": v for key, v in endpoint.data.items()}


def _lines(stream: IO[bytes] | None) -> Iterator[str]:
    """Lines as they come; a process that is silent for too long is a failed test, not a hanging one."""
    assert stream is not None
    heard: queue.Queue[bytes | None] = queue.Queue()

    def listen() -> None:
        for line in stream:
            heard.put(line)
        heard.put(None)

    threading.Thread(target=listen, daemon=True).start()
    end = time.monotonic() + _PATIENCE_SECONDS
    while (line := heard.get(timeout=max(0.0, end - time.monotonic()))) is not None:
        yield line.decode("utf-8").rstrip("\r\n")


def azure_connection(url: str, *, id: str = "5c0e", **changes: Any) -> Endpoint:  # noqa: A002  # the agent's word
    """A connection with a service principal's secret, as the agent hands it over."""
    parameters = {
        "tenantid": "5a4db0c5-0000-4000-8000-000000000001",
        "serviceprincipalid": "5a4db0c5-0000-4000-8000-000000000002",
        "authenticationType": "spnKey",
        "serviceprincipalkey": "sandbox-secret-that-opens-nothing-else",
    }
    data = {
        "subscriptionId": "00000000-0000-0000-0000-000000000000",
        "subscriptionName": "Sandbox",
        "environment": "AzureCloud",
        "scopeLevel": "Subscription",
        "activeDirectoryAuthority": f"{url}/",
    }
    return Endpoint(
        id,
        f"{url}/",
        changes.get("scheme", "ServicePrincipal"),
        parameters | changes.get("parameters", {}),
        data | changes.get("data", {}),
    )
