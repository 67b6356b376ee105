"""The journal that outlives every agent: the deployment history of the target's own resource group.

A record is an ARM deployment without resources, whose output is the record: `ecluse-<8 hex of the factory id>-<run>-`
and then `open`, `note<n>` or `closed`. None is ever overwritten. It needs deployments/write and deployments/read on
the resource group, and shows whoever may read there names of triggers, times, and the address of the run.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from ecluse.apply.journal import Found, Kind, NotARecordError, Record, from_json, to_json
from ecluse.apply.run import deployment_prefix, factory_prefix
from ecluse.azure import deployments
from ecluse.azure.calls import Call
from ecluse.azure.door import Door, properties
from ecluse.azure.refusals import AzureFailed
from ecluse.errors import Code, EcluseError, Failed, Problem
from ecluse.jsontree import Json, rebuild
from ecluse.plan.deployments import SCHEMA
from ecluse.plan.lower import escape

CONFLICT = 409
_OUTPUT = "journal"
_FINAL = ("succeeded", "failed", "canceled")
_NAME = re.compile(r"(?P<run>.*)-(?P<kind>open|note\d+|closed)", re.DOTALL)


class HistoryJournal:
    """A `Store` in the deployment history."""

    def __init__(self, door: Door) -> None:
        self._door = door

    @property
    def title(self) -> str:
        """The history."""
        return f"the deployment history of {self._door.target.resource_group}"

    def add(self, record: Record) -> None:
        """Keep a record. An `open` one can be read when this returns; of the others Azure has accepted it.

        Raises `EcluseError`; an `open` one that has landed all the same is closed then, as nobody would do it later.
        """
        try:
            self._add(record)
        except EcluseError:
            if record.kind is Kind.OPEN:
                with contextlib.suppress(EcluseError):
                    self._add(replace(record, kind=Kind.CLOSED))
            raise

    def _add(self, record: Record) -> None:
        name = self._name(record)
        subject = f"deployment {name}"
        path = self._door.deployment_path(quote(name, safe=""))
        try:
            self._door.arm(Call("PUT", path, _body(record), accepts=(200, 201, 202), subject=subject))
        except AzureFailed as error:
            if not error.status(CONFLICT) or not error.has("DeploymentActive"):  # else it is on its way already
                raise
        if record.kind is Kind.OPEN:
            self._succeed(name)

    def leave(self) -> None:
        """Nothing here is held."""

    def _await(self, name: str) -> str:
        """The state in which it ends, or the last one when it takes too long."""
        state = "unknown"
        for _ in self._door.waits(self._door.clients.patience.trigger_deadline):
            state = str(properties(self._get(name)).get("provisioningState", state))
            if state.casefold() in _FINAL:
                break
        return state

    def _succeed(self, name: str) -> None:
        state = self._await(name)
        if state.casefold() == "succeeded":
            return
        remedy = "look at it in the portal (resource group, Deployments), and run again"
        raise Failed(Problem(Code.JOURNAL, f"the journal {name} could not be written: it is {state}", remedy))

    def find(self, factory_id: str) -> Found:
        """All records of runs that are not closed, and which are. Raises `EcluseError`."""
        prefix = factory_prefix(factory_id)
        runs: dict[str, dict[str, dict[str, Json]]] = {}
        for each in deployments.listed(self._door, prefix):
            name = _NAME.fullmatch(str(each["name"])[len(prefix) :])
            if name is not None:
                runs.setdefault(name["run"].casefold(), {})[name["kind"]] = each
        records: list[Record] = []
        damaged: list[str] = []
        for kinds in runs.values():
            if Kind.CLOSED in kinds:
                continue
            for each in kinds.values():
                try:
                    records.append(self._record(each, factory_id))
                except NotARecordError as error:
                    damaged.append(f"deployment {each['name']}: {error}")
        closed = frozenset(run for run, kinds in runs.items() if Kind.CLOSED in kinds)
        return Found(tuple(records), closed=closed, damaged=tuple(damaged))

    def _record(self, listed: Mapping[str, Json], factory_id: str) -> Record:
        name = str(listed["name"])
        told = properties(listed)
        if str(told.get("provisioningState", "")).casefold() not in _FINAL:  # whose turn it is depends on it
            self._await(name)
        if _OUTPUT not in (told.get("outputs") or {}):  # a list may leave outputs out
            told = properties(self._get(name))
        record = from_json(properties({"properties": (told.get("outputs") or {}).get(_OUTPUT)}).get("value"))
        if record.entry.factory_id.casefold() != factory_id.casefold():
            raise NotARecordError(f"it belongs to another factory, {record.entry.factory_id}")
        # Azure's own clock: those of agents may differ.
        at = _time(told.get("timestamp"))
        return Record(record.kind, record.entry, record.number, at or record.at)

    def _get(self, name: str) -> Json:
        path = self._door.deployment_path(quote(name, safe=""))
        return self._door.arm(Call("GET", path, accepts=(200, 404), subject=f"deployment {name}")).body

    def _name(self, record: Record) -> str:
        ending = f"note{record.number}" if record.kind is Kind.NOTE else str(record.kind)
        return f"{deployment_prefix(record.entry.factory_id, record.entry.run)}{ending}"


def _body(record: Record) -> dict[str, Json]:
    value = rebuild(to_json(record), lambda _, leaf: escape(leaf) if isinstance(leaf, str) else leaf)
    template = {
        "$schema": SCHEMA,
        "contentVersion": "1.0.0.0",
        "resources": [],
        "outputs": {_OUTPUT: {"type": "object", "value": value}},
    }
    return {"properties": {"mode": "Incremental", "template": template}}


def _time(text: Json) -> datetime | None:
    try:
        made = datetime.fromisoformat(str(text)[:19] + "+00:00")  # Azure writes seven decimals
    except ValueError:
        return None
    return made
