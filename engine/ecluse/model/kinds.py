"""KINDS: one row per kind of factory object. Whoever needs to know about kinds reads the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ecluse.model.names import NETWORKS, OBJECTS, RUNTIMES, Naming

PROVIDER = "Microsoft.DataFactory/factories"
API_VERSION = "2018-06-01"  # the only stable one; templates name it, and so do calls


@dataclass(frozen=True, slots=True)
class Switch:
    """What can be started and stopped: how an object of the kind tells whether it runs, and what people call it.

    `state` is the property that holds its state; `on` is the word for one that runs, "" where none is known: then it
    is any that neither `off` nor `passing` (on its way to another state) names. `asked`: the state is told by a call of
    its own. `fires`: it fires pipelines, so a deployment may stop it for their sake, and a source says whether it is
    to run; any other is stopped only when it changes or goes.
    """

    noun: str
    state: str
    off: str
    on: str = ""
    passing: tuple[str, ...] = ()
    asked: bool = False
    fires: bool = False

    def runs(self, word: object) -> bool:
        """Whether this word of Azure's says that the object runs."""
        return word == self.on if self.on else word not in ("", None, self.off, *self.passing)


@dataclass(frozen=True, slots=True, eq=False)  # there is one of each
class Kind:
    """One kind of object.

    `word` is what users write in filters and configurations; `folder` the collaboration branch's folder;
    `arm_type` the ARM type below the factory; `collection` the REST collection below the factory;
    `reference` the `type` of a reference node that points at this kind ("" when nothing does).
    """

    word: str
    folder: str
    arm_type: str
    collection: str
    reference: str = ""
    by_arm: bool = True  # deployed in the ARM template; otherwise through an API of its own
    fixed_name: str = ""  # Azure knows one object of this kind, by this name
    naming: Naming = OBJECTS  # the names that Azure takes
    hides_secrets: bool = False  # Azure leaves secret-looking properties out of its answers, not only SecureStrings
    delete_by_name_only: bool = False  # deleted only when `--delete-kinds` names it
    deletable: bool = True  # whether Azure has a way to delete one
    frozen: tuple[str, ...] = ()  # paths below `properties` that Azure lets nobody change once the object exists
    switch: Switch | None = None  # None: there is nothing to start or stop


_ROWS = (
    Kind(
        word="integrationRuntime",
        folder="integrationRuntime",
        arm_type="integrationRuntimes",
        collection="integrationRuntimes",
        reference="IntegrationRuntimeReference",
        naming=RUNTIMES,
        hides_secrets=True,
        # "Updating property type is not supported." (azure-behaviours: section 4). Terraform's provider makes a runtime
        # anew where what it is linked to differs; what Azure itself says to that is not known.
        frozen=("type", "typeProperties.linkedInfo.resourceId"),
        delete_by_name_only=True,
    ),
    Kind(
        word="managedVirtualNetwork",
        folder="managedVirtualNetwork",
        arm_type="managedVirtualNetworks",
        collection="managedVirtualNetworks",
        reference="ManagedVirtualNetworkReference",
        naming=NETWORKS,
        deletable=False,  # Microsoft's description of the API has no such operation
    ),
    Kind(
        word="managedPrivateEndpoint",
        folder="managedVirtualNetwork/default/managedPrivateEndpoint",
        arm_type="managedVirtualNetworks/managedPrivateEndpoints",
        # ADF allows one managed virtual network, named "default" (Azure docs: managed virtual network).
        collection="managedVirtualNetworks/default/managedPrivateEndpoints",
        naming=NETWORKS,
        # "A managed private endpoint to the data source already exist." (azure-behaviours: section 4)
        frozen=("privateLinkResourceId", "groupId"),
        delete_by_name_only=True,
    ),
    Kind(
        word="credential",
        folder="credential",
        arm_type="credentials",
        collection="credentials",
        reference="CredentialReference",
        hides_secrets=True,
        delete_by_name_only=True,
    ),
    Kind(
        word="linkedService",
        folder="linkedService",
        arm_type="linkedServices",
        collection="linkedservices",
        reference="LinkedServiceReference",
        hides_secrets=True,
    ),
    Kind(
        word="dataset",
        folder="dataset",
        arm_type="datasets",
        collection="datasets",
        reference="DatasetReference",
    ),
    Kind(
        word="dataflow",
        folder="dataflow",
        arm_type="dataflows",
        collection="dataflows",
        reference="DataFlowReference",
    ),
    Kind(
        word="pipeline",
        folder="pipeline",
        arm_type="pipelines",
        collection="pipelines",
        reference="PipelineReference",
    ),
    Kind(
        word="adfcdc",  # a change data capture
        folder="adfcdc",
        arm_type="adfcdcs",
        collection="adfcdcs",
        # The specification has `Stopped` and no other word; those of a passing state are assumed, and none of a running
        # one is relied on.
        switch=Switch("change data capture", "status", "Stopped", passing=("Starting", "Stopping"), asked=True),
    ),
    Kind(
        word="trigger",
        folder="trigger",
        arm_type="triggers",
        collection="triggers",
        reference="TriggerReference",
        switch=Switch("trigger", "runtimeState", "Stopped", on="Started", fires=True),
    ),
    Kind(
        word="globalParameters",
        folder="globalParameters",
        arm_type="globalParameters",
        collection="globalParameters",
        by_arm=False,
        fixed_name="default",
        delete_by_name_only=True,  # the whole set; `--global-parameters replace` takes single ones out
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType({row.word.casefold(): row for row in _ROWS})
"""All kinds, by their word in lower case, in the order in which people read them: what is needed comes first."""

BY_REFERENCE: Mapping[str, Kind] = MappingProxyType({row.reference: row for row in _ROWS if row.reference})
"""The kind that a reference node of this `type` points at."""

BY_ARM_TYPE: Mapping[str, Kind] = MappingProxyType({f"{PROVIDER}/{row.arm_type}".casefold(): row for row in _ROWS})
"""The kind of an ARM resource type, which templates write in any case."""

FACTORY_WORD = "factory"
"""What users write to address the factory itself; it is no object of the factory, so it has no row."""
