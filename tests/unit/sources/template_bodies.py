"""Templates for tests of sources: resources as ADF writes them, and the masters and deployments around them."""

import json
from pathlib import Path
from typing import Any

from ecluse.plan.plan import Target

TARGET = Target("sub", "rg", "adf-uat", "westeurope")
MAIN = "ARMTemplateForFactory.json"
MASTER = "ArmTemplate_master.json"
CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
_FACTORY_ID = "[concat('Microsoft.DataFactory/factories/', parameters('factoryName'))]"
_FACTORY_NAME = {"type": "string", "metadata": "Data Factory name", "defaultValue": "adf-dev"}


def item(kind: str, name: str, *needs: str, **properties: Any) -> dict[str, Any]:
    """A resource as ADF writes it; `needs` as `type/name`."""
    return {
        "name": f"[concat(parameters('factoryName'), '/{name}')]",
        "type": f"Microsoft.DataFactory/factories/{kind}",
        "apiVersion": "2018-06-01",
        "properties": properties,
        "dependsOn": [f"[concat(variables('factoryId'), '/{each}')]" for each in needs],
    }


def template(*resources: Any, parameters: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A template with the parameter `factoryName` and the variable `factoryId`."""
    return {
        "$schema": "http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"factoryName": _FACTORY_NAME} | (parameters or {}),
        "variables": {"factoryId": _FACTORY_ID},
        "resources": list(resources),
    } | more


def linking(number: int, **parameters: Any) -> dict[str, Any]:
    """A deployment of `ArmTemplate_<number>.json` as ADF's master has it."""
    uri = f"[concat(parameters('containerUri'), '/ArmTemplate_{number}.json', parameters('containerSasToken'))]"
    return deploying(f"adf-dev_ArmTemplate_{number}", templateLink={"uri": uri}, **parameters)


def deploying(name: str, *, properties: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A deployment of a `template` or a `templateLink`; other words are parameters that it hands down."""
    kept = {key: more.pop(key) for key in ("template", "templateLink") if key in more}
    handed = {"factoryName": "[parameters('factoryName')]"} | more
    return {
        "name": name,
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2018-02-01",
        "properties": {
            "mode": "incremental",
            **kept,
            "parameters": {key: {"value": value} for key, value in handed.items()},
            **(properties or {}),
        },
    }


def write(folder: Path, **files: Any) -> Path:
    """Files by name without `.json`, as JSON; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    return folder
