"""FOREIGN: inputs of other tools' deployment tasks that no option of ours stands behind, and what becomes of each.

Sources: the task.json files of those tasks, and Microsoft's reference of `AzureResourceManagerTemplateDeployment@3`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ecluse.options.rows import PLAN


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value of such an input comes to.

    `note` is told (`""`: there is nothing to tell); `refused` makes it a problem with `note` as the remedy;
    `command` is what is done instead of a deployment; `reads` are those of the input's neighbours that count.
    """

    note: str = ""
    warning: bool = False
    refused: bool = False
    command: str = ""
    reads: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Foreign:
    """One input: its values (any case, blanks don't count), or `anything` that it may hold.

    `neighbours` are the options that it chooses between, by name; `unsaid` is what its own task takes it for when a
    step leaves it out, where that makes a difference.
    """

    name: str
    values: Mapping[str, Meaning] = field(default_factory=dict)
    anything: Meaning | None = None
    neighbours: frozenset[str] = frozenset()
    unsaid: str = ""

    def meaning(self, value: str) -> Meaning | None:
        """What a value comes to; None: it is none of this input's."""
        means = {_bare(each): meaning for each, meaning in self.values.items()}
        return means.get(_bare(value), self.anything)


def _bare(word: str) -> str:
    return "".join(word.split()).casefold()


_ON_THE_AGENT = Meaning(
    "give the file itself: put it on the agent before this step (checkout, or an artifact)", refused=True
)
_ONLY_A_GROUP = Meaning(
    "a data factory is in a resource group: deploymentScope 'Resource Group', or leave it out", refused=True
)

_ROWS = (
    Foreign(
        "FilteringType",
        {
            "None": Meaning(),
            "Inline": Meaning(reads=frozenset({"filter"})),
            "FilePath": Meaning(reads=frozenset({"filter_file"})),
        },
        neighbours=frozenset({"filter", "filter_file"}),
        unsaid="None",
    ),
    Foreign(
        "StageType",
        {"Stage": Meaning(reads=frozenset({"stage"})), "FilePath": Meaning(reads=frozenset({"config"}))},
        neighbours=frozenset({"stage", "config"}),
        unsaid="Stage",
    ),
    Foreign(
        "IsDryRun",
        {"true": Meaning("the plan is made and shown; nothing is written", command=PLAN), "false": Meaning()},
    ),
    Foreign(
        "IncrementalDeployment",
        {
            "true": Meaning(
                "every deployment is incremental: it is compared with the live factory, and needs no stored state"
            ),
            "false": Meaning(
                "every deployment is incremental: what does not differ from the live factory is not deployed"
            ),
        },
    ),
    Foreign(
        "IncrementalDeploymentStorageUri",
        anything=Meaning("is not used: no state is stored, so a storage account and its rights are not needed"),
    ),
    Foreign(
        "DoNotStopStartExcludedTriggers",
        {
            "true": Meaning(),
            "false": Meaning("triggers that the filter excludes are never stopped or started", warning=True),
        },
    ),
    Foreign(
        "DoNotDeleteExcludedObjects",
        {"true": Meaning(), "false": Meaning("objects that the filter excludes are never deleted", warning=True)},
    ),
    Foreign(
        "deploymentMode",
        {
            "Incremental": Meaning(),
            "Validation": Meaning("the plan is made and shown; nothing is written", command=PLAN),
            "Complete": Meaning(
                "it would delete everything else in the resource group; use Incremental, and deleteNotInSource for what"
                " the source no longer has",
                refused=True,
            ),
        },
    ),
    Foreign(
        "deploymentScope",
        {"Resource Group": Meaning(), "Subscription": _ONLY_A_GROUP, "Management Group": _ONLY_A_GROUP},
    ),
    Foreign(
        "action",
        {
            "Create Or Update Resource Group": Meaning("the resource group must be there; it is not created"),
            "DeleteRG": Meaning("this task deletes no resource group", refused=True),
        },
    ),
    Foreign("templateLocation", {"Linked artifact": Meaning(), "URL of the file": _ON_THE_AGENT}),
    Foreign("csmFileLink", anything=_ON_THE_AGENT),
    Foreign("csmParametersFileLink", anything=_ON_THE_AGENT),
    Foreign("subscriptionId", anything=Meaning("the subscription is that of the service connection", warning=True)),
    Foreign("subscriptionName", anything=Meaning("the subscription is that of the service connection", warning=True)),
    Foreign("deploymentName", anything=Meaning("is not used: each run names its deployments itself")),
    Foreign(
        "deploymentOutputs",
        anything=Meaning("a template's outputs are not read; the variable is not set", warning=True),
    ),
)

FOREIGN: Mapping[str, Foreign] = MappingProxyType({row.name.casefold(): row for row in _ROWS})
"""All such inputs by their name in lower case."""

ELSEWHERE = frozenset(
    {
        "command",
        "azuresubscription",
        "connectedservicename",
        "connectedservicenamearm",
        "azureresourcemanagerconnection",
        "triggers",
        "alltriggers",
        "configvariables",
        "workingdirectory",
        "pythonpath",
    }
)
"""Inputs, in lower case, that are no options: what to do, the service connection, and what the launcher needs."""
