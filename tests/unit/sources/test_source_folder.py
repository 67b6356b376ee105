"""A collaboration branch's folders: which files are objects, which name counts, which factory file is meant."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ecluse.errors import Code, Problem, Refused, Where
from ecluse.jsontree import Missing
from ecluse.model.kinds import KINDS
from ecluse.model.objects import ref
from ecluse.plan.plan import Target
from ecluse.sources.loaded import Loaded
from ecluse.sources.parameters import read_inputs
from ecluse.sources.source import read
from tests.unit.sources.folder_files import body, put

TARGET = Target("sub", "rg", "adf-uat", "westeurope")
PRIVATE = "managedVirtualNetwork/default/managedPrivateEndpoint"


def load(root: Path, files: Mapping[str, Any], factory_file: str = "") -> Loaded:
    return read(put(root, files), TARGET, None, factory_file)


def objects(loaded: Loaded) -> list[str]:
    return [str(at) for at in loaded.factory.objects]


def said(loaded: Loaded, *, warning: bool = True) -> list[str]:
    return [notice.message for notice in loaded.notices if notice.warning is warning]


def refused(root: Path, files: Mapping[str, Any], factory_file: str = "") -> tuple[Problem, ...]:
    with pytest.raises(Refused) as error:
        load(root, files, factory_file)
    assert all(problem.where and problem.remedy for problem in error.value.problems)
    return error.value.problems


# --- objects ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.word)
@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_each_kind_has_its_folder_in_any_case(kind: Any, case: Any, tmp_path: Path) -> None:
    name = kind.fixed_name or "default"
    path = "/".join(map(case, kind.folder.split("/")))
    loaded = load(tmp_path, {f"{path}/{name}": body(name, a=1), "pipeline/P": body("P")})
    each = loaded.factory.objects[ref(kind.word, name)]
    assert each.body == {"name": name, "properties": {"a": 1}}
    assert each.where == Where(str(tmp_path / path / f"{name}.json"))
    assert said(loaded) == []


def test_a_source_says_what_it_was_taken_for(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"pipeline/P": body("P"), "dataset/D": body("D")})
    assert loaded.described == f"folders of JSON (a collaboration branch) in {tmp_path} with 2 objects"
    assert (loaded.folder, loaded.source_name) == (tmp_path, "")


def test_the_order_of_files_and_keys_is_kept(tmp_path: Path) -> None:
    files = {f"pipeline/{name}": body(name, z=1, a=2, Z=3) for name in "CAB"}
    loaded = load(tmp_path, files)
    assert objects(loaded) == ["pipeline.A", "pipeline.B", "pipeline.C"]
    assert list(loaded.factory.objects[ref("pipeline", "A")].properties) == ["z", "a", "Z"]


def test_what_studio_writes_beside_name_and_properties_is_no_part_of_the_object(tmp_path: Path) -> None:
    written = {**body("P"), "type": "Microsoft.DataFactory/factories/pipelines", "etag": "x"}
    assert load(tmp_path, {"pipeline/P": written}).factory.objects[ref("pipeline", "P")].body == body("P")


def test_a_text_in_brackets_is_a_text(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"dataset/D": body("D", tableName="[dbo].[T]", also="[concat('a')]")})
    assert loaded.factory.objects[ref("dataset", "D")].properties["also"] == "[concat('a')]"


def test_the_name_inside_counts_and_another_file_name_is_a_warning(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"pipeline/PL-Load": body("PL_Load")})
    assert objects(loaded) == ["pipeline.PL_Load"]
    assert said(loaded) == ["the object in this file has the name 'PL_Load', which counts"]


@pytest.mark.parametrize(
    "content", [{"properties": {"a": 1}}, {"name": "", "properties": {"a": 1}}, {"name": None, "properties": {"a": 1}}]
)
def test_an_object_without_a_name_has_its_files_and_that_is_a_warning(content: Any, tmp_path: Path) -> None:
    loaded = load(tmp_path, {"pipeline/PL Load": content})
    assert loaded.factory.objects[ref("pipeline", "PL Load")].body == body("PL Load", a=1)
    assert said(loaded) == ["the object in this file has no `name`: that of the file counts, 'PL Load'"]


def test_two_objects_of_one_name_are_refused_with_both_files(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, {"pipeline/a": body("load"), "pipeline/b": body("LOAD"), "Pipeline/c": body("P")})
    assert (problem.code, problem.subject) == (Code.DUPLICATE_OBJECT, "pipeline.LOAD")
    assert str(problem.where).endswith("b.json")
    assert "a.json" in problem.message


def test_a_managed_network_needs_no_properties(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"managedVirtualNetwork/default": {"name": "default"}, f"{PRIVATE}/E": body("E")})
    assert objects(loaded) == ["managedVirtualNetwork.default", "managedPrivateEndpoint.E"]


@pytest.mark.parametrize(
    ("file", "content", "what"),
    [
        ("pipeline/P", [], "the JSON is no object"),
        ("pipeline/P", {"name": 5, "properties": {}}, "its `name` is no text"),
        ("linkedService/L", {"type": "AzureBlobStorage", "typeProperties": {}}, "its `typeProperties` stands where"),
        ("pipeline/arm", {"$schema": "s", "resources": []}, "this looks like an ARM template"),
        ("pipeline/P", {"name": "P"}, "it has no `properties`"),
        ("pipeline/P", {"name": "P", "properties": []}, "it has no `properties`"),
        ("pipeline/P", {**body("P"), "type": "Microsoft.DataFactory/factories/triggers"}, "stands in the folder"),
        ("pipeline/P", body("P", type="ScheduleTrigger"), "is a trigger (ScheduleTrigger)"),
        ("pipeline/P", body("P", type="AzureBlob"), "is of type 'AzureBlob', and a pipeline has none"),
        ("dataset/P", body("P", activities=[]), "it stands in the folder dataset and is a pipeline"),
    ],
)
def test_a_file_that_is_no_object_of_its_folders_kind_is_refused(
    file: str, content: Any, what: str, tmp_path: Path
) -> None:
    (problem,) = refused(tmp_path, {file: content})
    assert problem.code is Code.OBJECT_INVALID
    assert what in problem.message


def test_a_type_at_odds_with_the_folder_is_told_with_its_line(tmp_path: Path) -> None:
    text = '{"name": "P",\n "properties": {},\n "type": "Microsoft.DataFactory/factories/triggers"}'
    (problem,) = refused(tmp_path, {"pipeline/P": text})
    assert str(problem.where).endswith("P.json:3")


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (body("P", type="TumblingWindowTrigger"), "move it into trigger/"),
        ({**body("P"), "type": "Microsoft.DataFactory/factories/dataflows"}, "move it into dataflow/"),
        ({**body("P"), "type": "Microsoft.DataFactory/factories/others"}, "correct the file, or move it out"),
    ],
)
def test_an_object_among_others_is_refused_with_the_folder_that_it_belongs_into(
    content: Any, remedy: str, tmp_path: Path
) -> None:
    (problem,) = refused(tmp_path, {"pipeline/P": content})
    assert problem.remedy.startswith(remedy)


def test_bad_json_and_a_key_twice_are_told_together_with_their_places(tmp_path: Path) -> None:
    twice = '{"name": "P",\n "properties": {"deep": {"a": 1,\n  "a": 2}}}'
    found = refused(tmp_path, {"pipeline/P": twice, "dataset/D": "{", "dataset/E": body("E")})
    assert [(each.code, str(each.where).rpartition("/")[2]) for each in found] == [
        (Code.JSON_INVALID, "D.json:1:2"),
        (Code.JSON_DUPLICATE_KEY, "P.json:3:3"),
    ]


def test_an_encrypted_credential_is_dropped_and_its_place_kept(tmp_path: Path) -> None:
    typed = {"connectionString": "server=x", "encryptedCredential": "eyJTRUNSRVQi"}
    loaded = load(tmp_path, {"linkedService/L": body("L", typeProperties=typed)})
    kept = loaded.factory.objects[ref("linkedService", "L")].properties["typeProperties"]
    assert isinstance(kept["encryptedCredential"], Missing)
    assert kept == {"connectionString": "server=x", "encryptedCredential": ""}


# --- what is not loaded ----------------------------------------------------------------------------------------------


def test_what_is_not_loaded_is_named_once(tmp_path: Path) -> None:
    for name in (
        ".git/config",
        ".vscode/x.json",
        "docs/a.txt",
        "README.md",
        "pipeline/notes.txt",
        "pipeline/old/X.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    for name in ("publish_config.json", "arm-template-parameters-definition.json"):
        (tmp_path / name).write_text('{"userName": "=", "username": "="')  # not even read
    files = {"pipeline/P": body("P"), "pipeline/~P": body("P"), "trigger/~T": "{broken", "piplines/X": body("X")}
    loaded = load(tmp_path, files)
    assert objects(loaded) == ["pipeline.P"]
    assert said(loaded) == [
        "backup copies (their names begin with ~) are not loaded: pipeline/~P.json, trigger/~T.json",
        "the folder piplines is not loaded: objects of this kind are looked for in pipeline/",
        "folders below a kind's are not loaded (Data Factory Studio writes none): pipeline/old",
    ]
    assert said(loaded, warning=False) == ["no objects of a factory, not loaded: docs, README.md, pipeline/notes.txt"]


def test_a_template_beside_the_folders_is_named_with_the_way_to_it(tmp_path: Path) -> None:
    template = {"resources": [{"type": "Microsoft.DataFactory/factories", "name": "adf-uat"}]}
    loaded = load(tmp_path, {"pipeline/P": body("P"), "ARMTemplateForFactory": template})
    assert objects(loaded) == ["pipeline.P"]
    (warning,) = said(loaded)
    assert "ARMTemplateForFactory.json beside them is not (give that file as --source" in warning
    assert read(tmp_path / "ARMTemplateForFactory.json", TARGET).described.startswith("ARM template")


def test_a_synapse_workspace_is_called_one(tmp_path: Path) -> None:
    of_both = {
        "pipeline/P": body("P"),
        "linkedService/L": {**body("L"), "type": "Microsoft.Synapse/workspaces/linkedservices"},
    }
    loaded = load(tmp_path, {**of_both, "notebook/N": body("N"), "sqlscript/S": body("S")})
    assert objects(loaded) == ["linkedService.L", "pipeline.P"]
    (warning,) = said(loaded)
    assert warning.startswith("sqlscript: this looks like a workspace of Azure Synapse Analytics, not like")


def test_a_file_in_place_of_a_kinds_folder_is_named(tmp_path: Path) -> None:
    put(tmp_path, {"pipeline/P": body("P")})
    (tmp_path / "Dataset").write_text("../shared/dataset")  # what a link is where git makes none
    loaded = load(tmp_path, {})
    assert said(loaded) == ["Dataset: objects are looked for in a folder of this name, and this is none"]


# --- the factory file ------------------------------------------------------------------------------------------------

PARAMETERS = {"env": {"type": "string", "value": "dev"}}
FACTORY = {"location": "northeurope", "identity": {"type": "SystemAssigned"}}


def test_without_a_factory_file_there_are_no_settings(tmp_path: Path) -> None:
    assert load(tmp_path, {"pipeline/P": body("P")}).factory.resource == {}


def test_the_only_factory_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"factory/adf-dev": {**FACTORY, **body("adf-dev", globalParameters=PARAMETERS, x=1)}})
    assert loaded.source_name == "adf-dev"
    assert loaded.factory.resource == {
        "identity": {"type": "SystemAssigned"},
        "location": "westeurope",
        "properties": {"x": 1},
    }
    assert loaded.factory.objects[ref("globalParameters", "default")].properties == PARAMETERS


def test_a_factory_file_without_properties_is_one(tmp_path: Path) -> None:
    assert load(tmp_path, {"factory/adf-dev": {"name": "adf-dev"}}).factory.objects == {}


def test_of_several_factory_files_the_targets_is_taken(tmp_path: Path) -> None:
    files = {f"factory/{name}": body(name) for name in ("adf-dev", "ADF-UAT", "adf-prod")}
    loaded = load(tmp_path, files)
    assert loaded.source_name == "ADF-UAT"
    assert said(loaded, warning=False) == [
        "of 3 factory files this one is taken (--factory-file names another)",
    ]


@pytest.mark.parametrize("wanted", ["adf-dev", "ADF-DEV", "dev-file", "dev-file.json"])
def test_the_option_chooses_a_factory_file(wanted: str, tmp_path: Path) -> None:
    files = {"factory/dev-file": body("adf-dev"), "factory/adf-uat": body("adf-uat")}
    assert load(tmp_path, files, wanted).source_name == "adf-dev"


def test_several_factory_files_of_other_names_are_refused_with_the_option(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, {"factory/adf-a": body("adf-a"), "factory/adf-b": body("adf-b")})
    assert "adf-a.json, adf-b.json" in problem.message
    assert "--factory-file" in problem.remedy


def test_a_factory_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, {"factory/adf-a": body("adf-a")}, "adf-x")
    assert (problem.code, problem.subject) == (Code.OPTION_VALUE, "--factory-file")
    assert "there is adf-a.json" in problem.message


def test_global_parameters_of_their_own_win_over_the_factorys(tmp_path: Path) -> None:
    own = {"env": {"type": "string", "value": "own"}}
    for name, content in (("default", body("default", **own)), ("adf-dev_GlobalParameters", own)):
        files = {"factory/f": body("f", globalParameters=PARAMETERS), f"globalParameters/{name}": content}
        loaded = load(tmp_path / name, files)
        assert loaded.factory.objects[ref("globalParameters", "default")].properties == own


# --- what it is ------------------------------------------------------------------------------------------------------


def test_parameters_of_a_template_are_refused(tmp_path: Path) -> None:
    put(tmp_path, {"pipeline/P": body("P")})
    with pytest.raises(Refused, match="--set a: these give values to a template's parameters"):
        read(tmp_path, TARGET, read_inputs(sets=[("a", "1")]))


def test_a_folder_of_objects_comes_before_a_template_in_a_folder_below(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"pipeline/P": body("P"), "build/ARMTemplateForFactory": {"resources": []}})
    assert objects(loaded) == ["pipeline.P"]
