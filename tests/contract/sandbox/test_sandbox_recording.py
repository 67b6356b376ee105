"""`plan --record`: nothing of the original is left, and what was read gives the same plan once more."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecluse.azure.clients import AzureClients, open_azure
from ecluse.azure.connection import Connection, SandboxIdentity
from ecluse.azure.reader import read_live
from ecluse.azure.recording import Recorder, vocabulary
from ecluse.azure.renaming import Renamer
from ecluse.model.objects import AdfObject, Factory, ObjectRef
from ecluse.plan.plan import Plan
from ecluse_sandbox import workbench
from ecluse_sandbox.seeding import Place
from tests.azure_target import AzureTarget
from tests.contract.sandbox.sandbox_bodies import put, refer, schedule
from tests.ecluse_command import ecluse, to
from tests.factories import thing
from tests.sandbox_process import GROUP, SUBSCRIPTION, RunningSandbox, running

SAMPLE = Path(__file__).resolve().parents[3] / "samples" / "contoso-sales"
CANARIES = [
    *("canary", "Canary", "contoso", "Contoso", "kanarienvogel", "rg-test", "adf-test", SUBSCRIPTION, "127.0.0.1"),
    *("4711471147114711", "7b1e3c1c-54a8-4be9-8f39-52ab91f0ac5e"),
]
"""Parts of every name, id, host, secret and text that `filled` puts into the factory."""


def filled(sandbox: RunningSandbox) -> str:
    """A factory with something of all that could give its owner away."""
    factory = sandbox.factory_path()
    put(
        sandbox,
        factory,
        {
            "location": "westeurope",
            "tags": {"canaryTag": "Canary Ltd"},
            "properties": {"globalParameters": {"canaryGlobal": {"type": "String", "value": "contoso.example"}}},
        },
    )
    store = {"type": "AzureKeyVaultSecret", "store": refer("LinkedService", "LS_Canary_Vault"), "secretName": "canary"}
    for path, properties in {
        "linkedservices/LS_Canary_Vault": {
            "type": "AzureKeyVault",
            "typeProperties": {"baseUrl": "https://kv-canary.vault.azure.net/"},
        },
        "linkedservices/LS_Canary": {
            "type": "AzureSqlDatabase",
            "annotations": ["canary"],
            "typeProperties": {
                "connectionString": "Server=sql-canary.database.windows.net;User ID=canary;Password=kanarienvogel",
                "password": store,
                "tenant": "7b1e3c1c-54a8-4be9-8f39-52ab91f0ac5e",
            },
        },
        "datasets/DS_Canary": {
            "type": "AzureSqlTable",
            "linkedServiceName": refer("LinkedService", "ls_CANARY"),
            "parameters": {"canaryParameter": {"type": "String", "defaultValue": {"canaryKey": "type", "type": "x"}}},
        },
        "pipelines/PL_Canary": {
            "description": "contoso's own",
            "parameters": {"type": {"type": "String", "defaultValue": "Canary"}},
            "variables": {"canaryVariable": {"type": "String"}},
            "folder": {"name": "canary/folder"},
            "activities": [
                {
                    "name": "Call Canary",
                    "type": "WebActivity",
                    "userProperties": [{"name": "canary", "value": "@activity('Canary').output"}],
                    "typeProperties": {
                        "url": "https://api.contoso.example/x?code=kanarienvogel",
                        "method": "POST",
                        "headers": {"x-canary": "kanarienvogel"},
                        "body": {"account": 4711471147114711, "canary": "@{pipeline().parameters.canary}"},
                        "datasets": [{**refer("Dataset", "DS_Canary"), "parameters": {"canaryParameter": "canary"}}],
                    },
                }
            ],
        },
        "pipelines/PL_Canary_Other": {"activities": []},
        "triggers/TR_Canary": schedule("PL_Canary")["properties"],
        "triggers/TR_Canary_Blob": schedule("PL_Canary", kind="BlobEventsTrigger", typeProperties={
            "scope": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-canary/providers/Microsoft.Storage/a/stcanary",
            "events": ["Microsoft.Storage.BlobCreated"],
        })["properties"],
    }.items():  # fmt: skip
        put(sandbox, f"{factory}/{path}", {"properties": properties})
    sandbox.settings(eventPolls=0)
    sandbox.call("POST", f"{factory}/triggers/TR_Canary_Blob/subscribeToEvents")
    for name in ("TR_Canary", "TR_Canary_Blob"):
        assert sandbox.call("POST", f"{factory}/triggers/{name}/start")[0] == 200
    return factory


def opened(sandbox: RunningSandbox, recorder: Recorder | None = None) -> AzureClients:
    info = sandbox.info
    identity = SandboxIdentity(info["tenantId"], info["clientId"], info["clientSecret"])
    scopes = ("https://management.azure.com/.default",)
    connection = Connection(
        SUBSCRIPTION, sandbox.url, scopes, sandbox.url, own_authority=True, ca_bundle=sandbox.ca, sandbox=identity
    )
    return open_azure(connection, recorder=recorder)


def recorded(sandbox: RunningSandbox) -> tuple[Recorder, AzureTarget, Factory]:
    """A read of the factory on pages of two: the recorder, the target, what was read."""
    filled(sandbox)
    sandbox.settings(pageSize=2)
    recorder = Recorder()
    azure = AzureTarget(opened(sandbox, recorder), "adf-test")
    with azure.azure:
        return recorder, azure, read_live(azure.azure, azure.target).factory


def test_no_name_id_secret_or_host_of_the_original_is_left(sandbox: RunningSandbox, tmp_path: Path) -> None:
    recorder, _, live = recorded(sandbox)

    text = recorder.write(tmp_path).read_text()

    assert len(live.objects) == 8
    assert [canary for canary in CANARIES if canary.casefold() in text.casefold()] == []
    assert sandbox.url.rpartition(":")[2] not in re.findall(r":(\d+)", text)
    assert recorder.key.hex() not in text


def test_the_session_has_the_shape_that_contract_tests_replay(sandbox: RunningSandbox, tmp_path: Path) -> None:
    recorder, _, _ = recorded(sandbox)

    session = json.loads(recorder.write(tmp_path).read_text())

    first = session["interactions"][0]
    assert first["request"]["method"] == "GET"
    assert re.fullmatch(
        r"https://management\.azure\.com/subscriptions/[-\w]+/resourceGroups/\w+/providers/Microsoft\.DataFactory/"
        r"factories/\w+\?api-version=2018-06-01",
        first["request"]["uri"],
    )
    assert first["response"]["status"] == {"code": 200, "message": "OK"}
    assert first["response"]["headers"] == {"content-type": ["application/json; charset=utf-8"]}
    body = json.loads(first["response"]["body"]["string"])
    assert (body["type"], body["location"]) == ("Microsoft.DataFactory/factories", "westeurope")
    links = [json.loads(one["response"]["body"]["string"]).get("nextLink") for one in session["interactions"]]
    asked = {one["request"]["uri"] for one in session["interactions"]}
    assert {link for link in links if link} <= asked


def changed(live: Factory) -> Factory:
    """A source that has something for each sort of change: one more, one less, one other; the rest as it is."""
    objects = {at: AdfObject(at, {"name": at.name, "properties": each.properties}) for at, each in live.objects.items()}
    gone = next(at for at in objects if at.name == "PL_Canary_Other")
    other = next(at for at in objects if at.name == "PL_Canary")
    body = objects[other].body
    objects[other] = AdfObject(other, {**body, "properties": {**body["properties"], "description": "new canary"}})
    del objects[gone]
    new = thing("pipeline.PL_Canary_New", {"activities": []})
    return Factory.of("adf-test", [*objects.values(), new])


def renamed(source: Factory, renamer: Renamer) -> Factory:
    """The same source under the recording's names."""
    objects = []
    for at, each in source.objects.items():
        body = renamer.body({"type": f"Microsoft.DataFactory/factories/{at.kind.word}", **each.body})
        objects.append(AdfObject(ObjectRef(at.kind, renamer.name(at.name)), body))
    return Factory.of(renamer.name("adf-test"), objects)


def told(plan: Plan, renamer: Renamer | None = None) -> list[Any]:
    """The plan as far as it can be compared under other names."""

    def name(at: ObjectRef) -> str:
        return f"{at.kind.word}.{renamer.name(at.name) if renamer else at.name}"

    changes = sorted((name(one.ref), one.action.value, one.reason.value, len(one.differences)) for one in plan.changes)
    fates = sorted((name(one.ref), one.active, one.stop, one.start, one.event) for one in plan.triggers)
    return [changes, fates, sorted(type(step).__name__ for step in plan.steps)]


def test_a_recorded_read_seeds_a_sandbox_that_gives_the_same_plan(sandbox: RunningSandbox, tmp_path: Path) -> None:
    recorder, azure, live = recorded(sandbox)
    source, renamer = changed(live), recorder.renamer()
    with opened(sandbox) as again:
        before = AzureTarget(again, azure.name).plan(source, delete_not_in_source=True)
    with workbench.held(tmp_path / "b"):
        workbench.seed(tmp_path / "b", recorder.write(tmp_path), Place(SUBSCRIPTION, GROUP, "", "westeurope"), print)

    with running(tmp_path / "b") as second, opened(second) as there:
        after = AzureTarget(there, renamer.name("adf-test")).plan(renamed(source, renamer), delete_not_in_source=True)

    assert {one[1] for one in told(before)[0]} >= {"create", "update", "delete", "keep"}
    assert told(after) == told(before, renamer)


def test_a_plan_on_the_command_line_records_and_its_session_is_a_seed(tmp_path: Path) -> None:
    first, second, session = tmp_path / "a", tmp_path / "b", tmp_path / "session"
    words = ("--source", SAMPLE, "--fill-missing-secrets")
    seeding = ("--resource-group", GROUP, "--factory", "adf-test")
    assert ecluse("sandbox", "seed", first, *words[:2], *seeding).code == 0

    # No pairs for the judge: what a seed holds was never sent, so nothing says how its caller spelled it.
    ran = ecluse("plan", *words, *to(first), "--record", session, SANDBOX_RECORD_PAIRS="")
    seeded = ecluse("sandbox", "seed", second, "--source", session, *seeding)
    shown = [ecluse("sandbox", "show", each).out for each in (first, second)]

    assert (ran.code, seeded.code) == (0, 0), ran.text + seeded.text
    assert "under other names" in ran.text
    counts = [re.findall(r"^  (\w+): (\d+)$", text, re.MULTILINE) for text in shown]
    states = [re.findall(r": (Started|Stopped), (\w+)$", text, re.MULTILINE) for text in shown]
    assert counts[0] == counts[1] != []
    assert states[0] == states[1] != []
    text = (session / "session.yaml").read_text()
    names = set(re.findall(r"'/([^/']+)'\)\]\"", (SAMPLE / "ARMTemplateForFactory.json").read_text()))
    assert len(names) > 10
    assert [name for name in names if f'"{name}' in text.replace("\\", "")] == ["default"] * ("default" in names)


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match="can't be written"):
        Recorder().write(tmp_path / "file")


RENAMER = Renamer(b"key", vocabulary(), frozenset({"pl_one"}))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(json_values, json_values)
def test_what_was_equal_stays_equal_and_what_differed_still_differs(one: Any, other: Any) -> None:
    same = json.dumps(one, sort_keys=True).casefold() == json.dumps(other, sort_keys=True).casefold()

    assert RENAMER.body(one) == RENAMER.body(one)
    if not same and not isinstance(one, int | dict | list) and not isinstance(other, int | dict | list):
        assert RENAMER.body(one) != RENAMER.body(other)


@given(st.text(alphabet="abcdefxyzXYZ019_-. @{}/", min_size=4))
def test_no_text_of_a_user_stays(text: str) -> None:
    secret = f"{text}q9"

    assert secret not in json.dumps(RENAMER.body({"description": secret, secret: [secret, {"value": secret}]}))


def test_names_are_the_same_in_any_case_and_other_keys_give_other_names() -> None:
    assert (
        RENAMER.name("PL_One") == RENAMER.name("pl_one") == RENAMER.body({"referenceName": "Pl_One"})["referenceName"]
    )
    assert RENAMER.name("PL_One") != Renamer(b"other", RENAMER.words).name("PL_One")


@pytest.mark.parametrize(
    "kept",
    [
        {"type": "BlobEventsTrigger", "runtimeState": "Started"},
        {"type": "SecureString", "value": "**********"},
        {"startTime": "2026-01-01T00:00:00Z", "frequency": "Day", "interval": 15},
        {"type": "LinkedServiceReference", "referenceName": "default"},
        {"type": "Microsoft.DataFactory/factories/pipelines", "provisioningState": "Succeeded"},
    ],
)
def test_what_microsoft_has_named_stays(kept: dict[str, Any]) -> None:
    assert RENAMER.body(kept) == kept
