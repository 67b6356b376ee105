"""Sources that are too big, too deep, in circles or at odds with themselves; a live factory that nobody expected."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.contract.sandbox.sandbox_bodies import deploy
from tests.ecluse_command import Ran, to
from tests.sandbox_process import RunningSandbox
from tests.stories.in_process import ecluse, refused
from tests.unit.sources.folder_files import body, put
from tests.unit.sources.template_bodies import deploying, item, linking, template, write

MASTER = {"containerUri": {"type": "string"}, "containerSasToken": {"type": "string"}}


def main(folder: Path, *resources: Any, **more: Any) -> tuple[Any, ...]:
    """The words that name a main template."""
    return ("--source", write(folder, ARMTemplateForFactory=template(*resources, **more)))


def planned(sandbox: RunningSandbox, folder: Path, *words: Any) -> Ran:
    return ecluse(folder, "plan", *words, *to(sandbox.directory), "--create", "--location", "westeurope")


# --- size ------------------------------------------------------------------------------------------------------------


def test_a_big_template_is_planned(sandbox: RunningSandbox, tmp_path: Path) -> None:
    waits = [{"name": f"Wait{at}", "type": "Wait", "typeProperties": {"waitTimeInSeconds": at}} for at in range(40)]
    ran = planned(
        sandbox, tmp_path, *main(tmp_path, *(item("pipelines", f"P{at}", activities=waits) for at in range(800)))
    )
    assert ran.code == 0, ran.text[-2000:]
    assert "800 to create" in ran.text


def test_an_object_that_arm_would_not_take_is_refused_with_the_method_that_does(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    words = main(tmp_path, item("pipelines", "P", description="x" * 5_000_000))
    ran = planned(sandbox, tmp_path, *words)
    assert ran.code == 3
    assert "--method rest" in ran.text
    assert len(ran.text) < 20_000
    assert planned(sandbox, tmp_path, *words, "--method", "rest").code == 0


@pytest.mark.parametrize("depth", [160, 2_000, 100_000])
def test_two_thousand_levels_are_refused_with_their_place(depth: int, tmp_path: Path) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        text = json.dumps(template(item("pipelines", "P", deep="HERE")), indent=1)
        (tmp_path / "ARMTemplateForFactory.json").write_text(
            text.replace('"HERE"', f"{opening * depth}1{closing * depth}")
        )
        said = refused(tmp_path, "--source", tmp_path)
        assert "ARMTemplateForFactory.json:" in said
        assert "deep" in said


def test_ten_thousand_parameters_are_no_matter(sandbox: RunningSandbox, tmp_path: Path) -> None:
    parameters = {f"p{at}": {"type": "string", "defaultValue": f"[concat('v', '{at}')]"} for at in range(10_000)}
    used = [item("pipelines", f"P{at}", a=f"[parameters('p{at}')]") for at in range(0, 10_000, 50)]
    ran = planned(sandbox, tmp_path, *main(tmp_path, *used, parameters=parameters))
    assert (ran.code, "200 to create" in ran.text) == (0, True), ran.text[-2000:]


def test_ten_thousand_parameters_without_a_value_are_told_once_each(sandbox: RunningSandbox, tmp_path: Path) -> None:
    parameters = {f"p{at}": {"type": "string"} for at in range(10_000)}
    used = item("pipelines", "P", **{name: f"[parameters('{name}')]" for name in parameters})
    ran = planned(sandbox, tmp_path, *main(tmp_path, used, parameters=parameters))
    assert (ran.code, "10000 problems" in ran.text) == (3, True), ran.text[-2000:]


# --- at odds with itself ---------------------------------------------------------------------------------------------


def test_a_circle_of_depends_on_is_refused_with_its_objects(sandbox: RunningSandbox, tmp_path: Path) -> None:
    names = [f"P{at}" for at in range(500)]
    circle = [item("pipelines", name, f"pipelines/{names[at - 1]}") for at, name in enumerate(names)]
    ran = planned(sandbox, tmp_path, *main(tmp_path, *circle))
    assert ran.code == 3
    assert "need each other in a circle" in ran.text
    assert "pipeline.P0" in ran.text


def test_a_dangling_depends_on_is_ignored_by_name(sandbox: RunningSandbox, tmp_path: Path) -> None:
    ran = planned(sandbox, tmp_path, *main(tmp_path, item("pipelines", "P", "datasets/Gone")))
    assert ran.code == 0, ran.text
    assert "pipeline.P depends on" in ran.text
    assert "datasets/Gone, which the source does not hold: ignored" in ran.text


HOSTILE: dict[str, tuple[list[Any], str]] = {
    "two of one name": ([item("pipelines", "P"), item("pipelines", "P")], "pipeline.P: is in the source twice"),
    "two of one name in other case": ([item("Pipelines", "load"), item("pipelines", "LOAD")], "is in the source twice"),
    "another factory": ([item("pipelines", "P") | {"name": "adf-other/P"}], "belongs to the factory adf-other"),
    "copy": ([item("pipelines", "P") | {"copy": {"name": "c", "count": 10**9}}], "uses `copy`"),
    "condition": ([item("pipelines", "P") | {"condition": "[equals(utcNow(), '')]"}], "condition"),
    "copy of a deployment": (
        [deploying("d", template={"resources": [item("pipelines", "P")]}) | {"copy": {"count": 10**9}}],
        "deployment d: uses `copy`",
    ),
    "a link to nowhere": ([deploying("d", templateLink={"uri": "https://example.com/part.json"})], "no such file"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_template_at_odds_with_itself_is_refused_by_name(case: str, tmp_path: Path) -> None:
    resources, said = HOSTILE[case]
    assert said in refused(tmp_path, *main(tmp_path, *resources))


def test_a_lying_master_is_refused_with_all_that_is_wrong(tmp_path: Path) -> None:
    twice = template(item("pipelines", "P"))
    folder = write(
        tmp_path / "linkedTemplates",
        ArmTemplate_master=template(linking(0), linking(0) | {"name": "again"}, linking(7), parameters=MASTER),
        ArmTemplate_0=twice,
    )
    said = refused(tmp_path, "--source", folder.parent)
    assert "2 problems" in said
    assert "deployment again: deploys ArmTemplate_0.json with the same values" in said
    assert "deployment adf-dev_ArmTemplate_7: deploys ArmTemplate_7.json, and there is no such file" in said


# --- folders of JSON -------------------------------------------------------------------------------------------------


def raw(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def named_in_bytes(folder: Path) -> None:
    """Names that are no text, with a line break and a command to the agent in them; what is in the files is broken."""
    for name in (b"\xff\xfe.json", b"a\n##vso[task.complete]b.json"):
        raw(Path(os.fsdecode(os.fsencode(folder / "pipeline") + b"/" + name)), b"{")


def socket_in(folder: Path) -> None:
    path = folder / "pipeline" / "S.json"
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))  # an address must be short


def deep_link(folder: Path) -> None:
    (folder / "managedVirtualNetwork").mkdir()
    (folder / "managedVirtualNetwork" / "default").symlink_to("/etc")


def other_encodings(folder: Path) -> None:
    raw(folder / "pipeline/L.json", b'{"name": "caf\xe9"}')
    raw(folder / "pipeline/W.json", '{"name": "W"}'.encode("utf-16-le"))
    raw(folder / "pipeline/Z.json", b"\0" * 512)


LINK = "this is a link that leads nowhere, in a circle, or out of the source"
SPECIAL = "this is a special file that is named like a file"

BAD_FOLDERS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "a link to a file elsewhere": (lambda at: (at / "pipeline/X.json").symlink_to("/etc/hosts"), ["X.json: " + LINK]),
    "a link to a file above": (lambda at: (at / "pipeline/X.json").symlink_to("../../out.json"), ["X.json: " + LINK]),
    "a link to nothing": (lambda at: (at / "pipeline/X.json").symlink_to("none.json"), ["X.json: " + LINK]),
    "a link to itself": (lambda at: (at / "pipeline/X.json").symlink_to("X.json"), ["X.json: " + LINK]),
    "a kind's folder that is a link elsewhere": (lambda at: (at / "dataset").symlink_to("/etc"), ["dataset: " + LINK]),
    "a kind's folder that is a link to itself": (
        lambda at: (at / "dataset").symlink_to("dataset"),
        ["dataset: " + LINK],
    ),
    "a deep kind's folder that is a link elsewhere": (deep_link, ["default: " + LINK]),
    "a link to a file beside": (
        lambda at: (at / "pipeline/X.json").symlink_to("P.json"),
        ["X.json  pipeline.P: is in the source twice; the first is", "P.json"],
    ),
    "a pipe": (lambda at: os.mkfifo(at / "pipeline/X.json"), ["X.json: " + SPECIAL]),
    "a socket": (socket_in, ["S.json: " + SPECIAL]),
    "a folder": (lambda at: (at / "pipeline/X.json").mkdir(), ["X.json: this is a folder that is named like a file"]),
    "a huge file": (
        lambda at: raw(at / "pipeline/X.json", b'{"name": "X", "properties": {}}' + b" " * 17_000_000),
        ["X.json: the file has more than 16,777,216 bytes"],
    ),
    "names that are no text": (named_in_bytes, [r"\udcff\udcfe.json:1:2", r"a\n# #vso[task.complete]b.json:1:2"]),
    "other encodings": (
        other_encodings,
        [
            "L.json:1: byte 0xe9 at offset 13 is not valid UTF-8",
            "W.json: the file looks like UTF-16",
            "Z.json: the file",
        ],
    ),
    "151 levels": (
        lambda at: raw(at / "pipeline/X.json", b'{"name": "X", "properties": {"a": %b1%b}}' % (b"[" * 149, b"]" * 149)),
        ["X.json:1:", "invalid JSON: nested deeper than 150 levels"],
    ),
    "two thousand levels": (
        lambda at: raw(
            at / "pipeline/X.json", b'{"name": "X", "properties": {"a": %b1%b}}' % (b"[" * 2000, b"]" * 2000)
        ),
        ["X.json:1:", "invalid JSON: nested deeper than 150 levels"],
    ),
    "names that differ in case only": (
        lambda at: put(at, {"pipeline/p": body("p"), "Pipeline/Q": body("Q"), "pipeline/q": body("q")}),
        ["pipeline.p: is in the source twice", "pipeline.q: is in the source twice"],
    ),
    "a conflict that nobody resolved": (
        lambda at: raw(at / "pipeline/X.json", b'{\n<<<<<<< HEAD\n"name": "X",\n=======\n"name": "Y",\n>>>>>>> b\n}'),
        ["X.json:2:1: invalid JSON: found the mark of an unresolved merge conflict"],
    ),
}


@pytest.mark.parametrize(("make", "said"), BAD_FOLDERS.values(), ids=BAD_FOLDERS.keys())
def test_a_folder_with_something_odd_in_it_is_refused_by_file(
    make: Callable[[Path], object], said: list[str], tmp_path: Path
) -> None:
    source = put(tmp_path / "adf", {"pipeline/P": body("P")})
    put(tmp_path, {"out": body("Out")})
    make(source)
    text = refused(tmp_path, "--source", source)
    assert [each for each in said if each not in text] == [], text


def test_what_is_only_unusual_is_deployed(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Byte order marks, keys that differ in case only, empty folders, links inside, odd names."""
    case = {"name": "Case", "properties": {"parameters": {"a": {"type": "String"}, "A": {"type": "String"}}}}
    source = put(tmp_path / "adf", {"pipeline/P": body("P"), "src/L": body("L"), "pipeline/Case": case})
    raw(source / "pipeline/B.json", b"\xef\xbb\xbf" + json.dumps(body("B")).encode())
    raw(source / "pipeline/U.json", json.dumps(body("U")).encode("utf-16"))
    raw(source / "pipeline/N\u00a0 B (ü).json", json.dumps(body("N\u00a0 B (ü)")).encode())
    raw(source / "pipeline/.gitkeep", b"")
    (source / "linkedService").mkdir()
    (source / "trigger").symlink_to("linkedService")
    (source / "pipeline/L.json").symlink_to("../src/L.json")
    (source / "loop").symlink_to(".")
    ran = ecluse(tmp_path, "deploy", "--source", source, *to(sandbox.directory), "--create", "--location", "westeurope")
    assert (ran.code, "6 to create" in ran.text) == (0, True), ran.text
    again = planned(sandbox, tmp_path, "--source", source)
    assert "0 to create, 0 to update" in again.text


UNREADABLE = Path("/proc/1/root/x")  # root, too, may not look there where it has no right to trace


@pytest.mark.parametrize("option", ["--source", "--config", "--config-folder", "--parameters", "--filter-file"])
@pytest.mark.parametrize("path", [Path("x" * 300), UNREADABLE], ids=["too long", "no right"])
def test_a_path_that_nobody_may_look_at_is_refused(option: str, path: Path, tmp_path: Path) -> None:
    source = put(tmp_path / "adf", {"pipeline/P": body("P")})
    try:
        path.stat()
    except PermissionError:
        pass
    except FileNotFoundError:
        pytest.skip("whoever runs this may look everywhere")
    except OSError:
        pass
    path = path.with_name(f"{path.name}.csv") if option == "--config" else path
    stage = ("--stage", "uat") if option == "--config-folder" else ()
    said = refused(tmp_path, "--source", source, option, path, *stage)
    assert "[source-unreadable]" in said
    assert "can't be read: " in said


def test_a_pipe_in_place_of_a_configuration_is_not_waited_for(tmp_path: Path) -> None:
    source = put(tmp_path / "adf", {"pipeline/P": body("P"), "deployment/readme": {}})
    os.mkfifo(source / "deployment" / "config-uat.csv")
    assert "config-uat.csv: this is no file" in refused(tmp_path, "--source", source, "--stage", "uat")


# --- live factories --------------------------------------------------------------------------------------------------


def fill(sandbox: RunningSandbox, count: int) -> None:
    """A factory of many objects, some of types that nobody knows."""
    assert sandbox.call("PUT", sandbox.factory_path(), {"location": "westeurope"})[0] == 200
    for start in range(0, count, 800):
        resources: list[dict[str, Any]] = [
            {
                "type": "Microsoft.DataFactory/factories/" + ("pipelines" if at % 2 else "linkedservices"),
                "apiVersion": "2018-06-01",
                "name": f"adf-test/O{at}",
                "properties": {"activities": []}
                if at % 2
                else {"type": "NeverHeardOf" if at < 10 else "Web", "odd": [None, {}]},
            }
            for at in range(start, min(start + 800, count))
        ]
        made = {"$schema": "https://x/deploymentTemplate.json#", "contentVersion": "1.0.0.0", "resources": resources}
        assert deploy(sandbox, made, f"fill{start}")["provisioningState"] == "Succeeded"


def test_a_live_factory_of_many_unknown_things_is_read_and_never_emptied(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    fill(sandbox, 1_600)
    words = main(tmp_path, item("pipelines", "P"))
    ran = planned(sandbox, tmp_path, *words)
    assert ran.code == 0, ran.text[-2000:]
    assert "1 to create, 0 to update, 0 to delete" in ran.text
    emptied = planned(sandbox, tmp_path, *words, "--delete-not-in-source", "--max-deletes", "100000")
    assert emptied.code == 3, emptied.text[-2000:]
    assert "delete-guard" in emptied.text
