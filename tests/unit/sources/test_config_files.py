"""Section 1 of the configuration contract: which files a stage means."""

from pathlib import Path

import pytest

from ecluse.errors import Code, Refused
from ecluse.sources.config_files import find_config, read_config, stages, unused_stages

HEADER = "type,name,path,value\n"


def config(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(HEADER)
    return folder


def found(root: Path, stage: str = "uat", folder: Path | None = None, source: str = "adf") -> list[str]:
    files = find_config(stage, folder, [Path(source)], root).files
    return [file.relative_to(root).as_posix() for file in files]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    config(tmp_path / "adf", "ARMTemplateForFactory.json")
    return tmp_path


def test_a_stage_is_looked_for_beside_the_source_and_in_the_working_directory(root: Path) -> None:
    config(root / "deployment", "config-uat.csv")
    assert found(root) == ["deployment/config-uat.csv"]
    config(root / "adf" / "deployment", "config-prod.csv")
    assert found(root, "prod") == ["adf/deployment/config-prod.csv"]
    assert found(root, "prod", source="adf/ARMTemplateForFactory.json") == ["adf/deployment/config-prod.csv"]
    said = find_config("prod", None, [Path("adf")], root).notices
    assert "config-prod.csv" in str(said[0])
    assert not said[0].warning


def test_a_stage_in_both_places_is_an_error_unless_they_are_one(root: Path) -> None:
    config(root / "deployment", "config-uat.csv")
    assert found(root, source=".") == ["deployment/config-uat.csv"]
    config(root / "adf" / "deployment", "config-uat.csv")
    with pytest.raises(Refused, match="is there twice") as refused:
        found(root)
    assert refused.value.problems[0].code is Code.CONFIG_AMBIGUOUS


def test_a_folder_may_be_named_and_then_only_it_counts(root: Path) -> None:
    config(root / "deployment", "config-uat.csv")
    config(root / "conf", "config-uat.csv")
    assert found(root, folder=Path("conf")) == ["conf/config-uat.csv"]
    with pytest.raises(Refused, match="there is no folder nope"):
        found(root, folder=Path("nope"))


def test_what_is_common_to_all_stages_comes_first(root: Path) -> None:
    config(root / "deployment", "config-uat.csv", "config-common.csv")
    assert found(root) == ["deployment/config-common.csv", "deployment/config-uat.csv"]
    assert found(root, "common") == ["deployment/config-common.csv"]


def test_known_names_are_found_in_any_case_and_two_that_differ_in_case_are_an_error(root: Path) -> None:
    folder = config(root / "Deployment", "Config-UAT.csv")
    assert found(root) == ["Deployment/Config-UAT.csv"]
    config(folder, "config-uat.csv")
    if len(list(folder.iterdir())) == 1:
        pytest.skip("this file system ignores case")
    with pytest.raises(Refused, match="differ only in case"):
        found(root)


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("uat", "there is no config-uat.csv and no config-uat.json in"),
        ("u/../t", "'u/../t' is no stage name"),
        ("u t", "'u t' is no stage name"),
        ("conf/none.csv", "there is no file conf/none.csv"),
        ("conf/none.json", "there is no file conf/none.json"),
    ],
)
def test_a_stage_without_file_is_an_error(root: Path, stage: str, said: str) -> None:
    config(root / "deployment", "config-prod.csv")
    with pytest.raises(Refused, match=said):
        found(root, stage)


def test_a_stage_may_be_written_in_json_and_so_may_what_is_common(root: Path) -> None:
    config(root / "deployment", "config-uat.json", "config-common.json")
    assert found(root) == ["deployment/config-common.json", "deployment/config-uat.json"]


@pytest.mark.parametrize("stage", ["uat", "common"])
def test_a_stage_in_both_forms_is_an_error(root: Path, stage: str) -> None:
    config(root / "deployment", "config-uat.csv", f"config-{stage}.csv", f"config-{stage}.json")
    with pytest.raises(Refused, match=f"stage {stage} is there twice: .*{stage}.csv and .*{stage}.json"):
        found(root)


def test_a_file_too_large_for_a_configuration_is_not_read(root: Path) -> None:
    file = root / "config-uat.csv"
    with file.open("wb") as out:
        out.truncate(50 * 1024 * 1024)
    with pytest.raises(Refused, match="the file has 52,428,800 bytes") as refused:
        read_config(file)
    assert refused.value.problems[0].code is Code.CONFIG_FORMAT


def test_the_stages_of_a_source_are_listed_without_what_is_common_to_them(root: Path) -> None:
    config(root / "adf" / "deployment", "config-uat.csv", "config-UAT2.JSON", "config-common.csv", "notes.csv")
    config(root / "deployment", "config-uat.json", "config-prod.csv", "config-.csv")
    assert stages(None, [Path("adf")], root) == ("prod", "uat", "UAT2")
    assert stages(Path("deployment"), [Path("adf")], root) == ("prod", "uat")


def test_a_value_that_ends_in_csv_is_a_path(root: Path) -> None:
    config(root / "conf", "mine.csv", "config-common.csv")
    assert found(root, "conf/mine.csv") == ["conf/mine.csv"]
    assert found(root, str(root / "conf" / "mine.csv")) == ["conf/mine.csv"]


def test_a_path_means_the_file_of_that_name_even_beside_one_in_another_case(root: Path) -> None:
    config(root / "conf", "mine.csv", "MINE.csv")
    assert found(root, "conf/MINE.csv") == ["conf/MINE.csv"]


def test_stages_that_nobody_asked_for_are_said(tmp_path: Path) -> None:
    folder = tmp_path / "deployment"
    folder.mkdir()
    (folder / "config-uat.csv").write_text("type,name,path,value\n")
    (notice,) = unused_stages(None, [tmp_path], tmp_path)
    assert notice.warning
    assert "config-uat.csv" in str(notice)
    assert unused_stages(None, [folder], folder) == ()
