"""The journal in the deployment history, as whoever may read the resource group sees it."""

import os
import re
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from ecluse.apply.journal import Kind, Record
from ecluse.apply.ports import JournalEntry, KeptTrigger
from ecluse.azure.clients import AzureClients
from ecluse.azure.door import Door
from ecluse.azure.history import HistoryJournal
from ecluse.errors import EcluseError
from ecluse.model.objects import ref
from ecluse.plan.plan import Target
from tests.sandbox_process import RunningSandbox

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)
RUN = "20261123-020000-9f3a"


@pytest.fixture
def history(clients: AzureClients, target: Target) -> HistoryJournal:
    return HistoryJournal(Door(clients, target, lambda: False))


def entry(target: Target, **more: Any) -> JournalEntry:
    kept = (KeptTrigger(ref("trigger", "TR_Daily"), etag="e1"), KeptTrigger(ref("adfcdc", "C_Orders")))
    began = AT.isoformat()
    return JournalEntry(target.factory_id, RUN, kept, **{"began": began, "by": "https://runs.example/7", **more})


def records(entry: JournalEntry) -> list[Record]:
    return [Record(Kind.OPEN, entry, 0, AT), Record(Kind.NOTE, entry, 1, AT), Record(Kind.CLOSED, entry, 0, AT)]


def sent(sandbox: RunningSandbox) -> list[str]:
    """The names of the deployments that were written, in order."""
    return [call["path"].partition("?")[0].rpartition("/")[2] for call in sandbox.calls("PUT", "/deployments/")]


def test_each_record_is_a_deployment_of_its_own_that_writes_no_resource_and_is_never_written_again(
    history: HistoryJournal, sandbox: RunningSandbox, target: Target
) -> None:
    for record in records(entry(target, plan="0a1b2c3d4e5f")):
        history.add(record)
    names = sent(sandbox)
    assert [re.sub(r"^ecluse-[0-9a-f]{8}-", "", name) for name in names] == [
        f"{RUN}-open", f"{RUN}-note1", f"{RUN}-closed",
    ]  # fmt: skip
    assert len({name.split("-")[1] for name in names}) == 1
    (deployments,) = sandbox.control("GET", "state")["deployments"].values()
    assert all(deployments[name]["properties"]["outputResources"] == [] for name in names)


@pytest.mark.parametrize(("method", "when"), [("PUT", "after"), ("GET", "before")], ids=["the answer", "the look"])
def test_an_open_record_that_lands_and_is_told_as_failed_is_closed(
    history: HistoryJournal, sandbox: RunningSandbox, target: Target, method: str, when: str
) -> None:
    no_right = {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no right"}}}
    sandbox.faults({"method": method, "path": "-open", "when": when, "action": no_right})
    with pytest.raises(EcluseError, match="no right"):
        history.add(records(entry(target))[0])
    assert history.find(target.factory_id).records == ()


def test_whoever_reads_the_group_sees_names_states_times_and_the_run_and_nothing_else(
    history: HistoryJournal, sandbox: RunningSandbox, target: Target
) -> None:
    history.add(records(entry(target, plan="0a1b2c3d4e5f"))[0])
    (deployments,) = sandbox.control("GET", "state")["deployments"].values()
    (record,) = deployments.values()
    told = record["properties"]["outputs"]["journal"]["value"]
    assert told == {
        "version": 2,
        "kind": "open",
        "factory": target.factory_id,
        "run": RUN,
        "number": 0,
        "at": "2026-11-23T02:00:00+00:00",
        "began": "2026-11-23T02:00:00+00:00",
        "by": "https://runs.example/7",
        "plan": "0a1b2c3d4e5f",
        "triggers": [
            {"kind": "trigger", "name": "TR_Daily", "event": False, "state": "Started", "etag": "e1"},
            {"kind": "adfcdc", "name": "C_Orders", "event": False, "state": "Started", "etag": ""},
        ],
    }
    assert socket.gethostname() not in str(record)
    assert str(os.getpid()) not in str(told)


def test_what_looks_like_an_expression_comes_back_as_it_was(history: HistoryJournal, target: Target) -> None:
    odd = entry(target, by="[resourceGroup().location]")
    history.add(records(odd)[0])
    (found,) = history.find(target.factory_id).records
    assert found.entry == odd


def test_a_closed_run_is_not_found_and_one_of_another_factory_neither(history: HistoryJournal, target: Target) -> None:
    opened, note, closed = records(entry(target))
    history.add(opened)
    history.add(note)
    assert {each.kind for each in history.find(target.factory_id).records} == {Kind.OPEN, Kind.NOTE}
    assert history.find(f"{target.factory_id}2").records == ()
    history.add(closed)
    assert history.find(target.factory_id).records == ()


def test_a_list_that_leaves_outputs_out_is_read_one_by_one(
    history: HistoryJournal, sandbox: RunningSandbox, target: Target
) -> None:
    opened = records(entry(target))[0]
    history.add(opened)
    (name,) = sent(sandbox)
    shown = {
        "name": name,
        "properties": {"provisioningState": "Succeeded", "timestamp": "2026-11-23T02:00:03.1234567Z"},
    }
    sandbox.faults(
        {"method": "GET", "path": r"/deployments/?\?", "action": {"status": 200, "body": {"value": [shown]}}}
    )
    (found,) = history.find(target.factory_id).records
    assert found.entry == opened.entry
