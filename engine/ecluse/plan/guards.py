"""What a plan refuses before anything is written: each guard gives the problems that it finds, all at once."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from shlex import quote

from ecluse.arm.spelling import by_name_alone
from ecluse.configure.override import csv_row, object_row
from ecluse.errors import Code, Notice, Problem
from ecluse.jsontree import Deferred, Json, Missing, Path, VaultSecret, leaves, spell
from ecluse.model.graph import circles, graph
from ecluse.model.names import counted
from ecluse.model.objects import BUILT_IN, AdfObject, ObjectRef, Reference
from ecluse.plan.changes import SENT
from ecluse.plan.inputs import PlanInputs
from ecluse.plan.normalise import sendable
from ecluse.plan.plan import Change


def target_problems(inputs: PlanInputs) -> Iterator[Problem]:
    """The target is missing, can't be made, or is somebody's workshop."""
    target, live, options = inputs.target, inputs.live, inputs.options
    if not live.exists and not options.create:
        yield Problem(
            Code.FACTORY_MISSING,
            f"the factory {target.factory} does not exist in resource group {target.resource_group}",
            "check the name, or add --create (with --location) to make it",
        )
    if not live.exists and options.create and not target.location:
        yield Problem(
            Code.FACTORY_MISSING,
            f"the factory {target.factory} can't be created without a location",
            "add --location, e.g. --location westeurope",
        )
    if live.git and not options.allow_git_linked:
        repository = "/".join(
            str(live.git[key]) for key in ("accountName", "projectName", "repositoryName") if live.git.get(key)
        )
        yield Problem(
            Code.FACTORY_GIT_LINKED,
            f"the factory {target.factory} is linked to git ({repository}): people edit and publish there, and a "
            "deployment changes what is live without changing the repository, so the next publish undoes it",
            "deploy to a factory without git (uat, prod), or add --allow-git-linked if that is what you want",
        )


def name_notices(inputs: PlanInputs) -> Iterator[Notice]:
    """A factory is to be made, and nobody may see whether another one has its name."""
    if inputs.live.unseen:
        told = "not checked before the deployment: whether another resource group has a factory of this name"
        yield Notice(Code.PREFLIGHT, f"{told}: {inputs.live.unseen}")


def missing_values(sent: dict[ObjectRef, AdfObject]) -> Iterator[Problem]:
    """Parameters that nobody gave a value and that what is sent needs: each once, with the first place that does."""
    found: dict[str, list[Problem]] = {}
    for at, each in sent.items():
        waits = any(isinstance(value, Missing) for _, value in each.survey.withheld)
        for path, value in leaves(sendable(at.kind, each.body)) if waits else ():
            if isinstance(value, Missing):
                found.setdefault(value.parameter.casefold(), []).append(_missing_value(at, each, path, value))
    for first, *others in found.values():
        more = f"; {counted(len(others), 'more place')} {'needs' if len(others) == 1 else 'need'} it" if others else ""
        yield replace(first, message=first.message + more)


def vault_with_rest(sent: dict[ObjectRef, AdfObject], inputs: PlanInputs) -> Iterator[Problem]:
    """Key Vault references of a parameter file, in what is sent by other ways than an ARM deployment.

    Only that fetches what they refer to.
    """
    for at, each in sent.items():
        by_rest = inputs.options.method == "rest" or not at.kind.by_arm
        for path, value in each.survey.withheld if by_rest else ():
            if isinstance(value, VaultSecret):
                way_out = "deploy with --method arm, or" if at.kind.by_arm else "ARM writes no object of this kind;"
                yield Problem(
                    Code.METHOD,
                    f"{spell(path[1:])} comes from a Key Vault reference in a parameter file, which only ARM can fetch",
                    f"{way_out} give the value itself with the config row {object_row(at, path[1:], '$Env:VARIABLE')}",
                    where=each.where,
                    subject=str(at),
                )


def deferred_with_rest(sent: dict[ObjectRef, AdfObject], inputs: PlanInputs) -> Iterator[Problem]:
    """Expressions that only Azure can evaluate, in what is sent by other ways than an ARM deployment."""
    for at, each in sent.items():
        by_rest = inputs.options.method == "rest" or not at.kind.by_arm
        waits = by_rest and any(isinstance(value, Deferred) for _, value in each.survey.withheld)
        for path, value in leaves(sendable(at.kind, each.body)) if waits else ():
            if isinstance(value, Deferred):
                row = object_row(at, path, "VALUE")
                yield Problem(
                    Code.METHOD,
                    f"{spell(path)} is an expression with {value.function}, which only ARM can evaluate",
                    (f"deploy with --method arm, or give the value itself: {row}" if at.kind.by_arm else "")
                    or f"objects of this kind are not written by ARM; give the value itself with the config row {row}",
                    where=each.where,
                    subject=str(at),
                )


def asked_by_name(sent: dict[ObjectRef, AdfObject]) -> Iterator[Problem]:
    """Expressions that ask a resource of the source's template by its name alone: what is sent has only objects."""
    for at, each in sent.items():
        for path, value in each.survey.withheld:
            function = by_name_alone(value) if isinstance(value, Deferred) else ""
            if function:
                row = object_row(at, path[1:], "VALUE")
                yield Problem(
                    Code.ARM_FUNCTION,
                    f"{spell(path[1:])} names a resource by name alone in {function}: ARM looks for it in the deployed "
                    "template, and what Ecluse deploys holds nothing but the factory's objects",
                    f"name it by resourceId('TYPE', 'NAME') in the template, or give the value itself: {row}",
                    where=each.where,
                    subject=str(at),
                )


def missing_factory_values(body: Mapping[str, Json]) -> Iterator[Problem]:
    """The same for the factory resource, where it is to be created."""
    for path, value in leaves(dict(body)):
        if isinstance(value, Missing):
            yield Problem(
                Code.PARAMETER_MISSING,
                f"the factory's {spell(path)} comes from the template parameter {value.parameter!r} without value",
                f"give it with --set {quote(f'{value.parameter}=VALUE')}, or a --parameters file",
            )
        elif isinstance(value, Deferred):
            yield Problem(
                Code.METHOD,
                f"the factory's {spell(path)} is an expression with {value.function}, which only ARM can evaluate, and "
                "the factory is not made by ARM",
                "create the factory first, or put the value itself in place of the expression",
            )


def _missing_value(at: ObjectRef, each: AdfObject, path: Path, value: Missing) -> Problem:
    by_option = f"--set {quote(f'{value.parameter}=@env:VARIABLE' if value.secure else f'{value.parameter}=VALUE')}"
    row = object_row(at, path, "$Env:VARIABLE" if value.secure else "VALUE")
    vault = ", or a Key Vault reference in a --parameters file" if value.secure else ", or a --parameters file"
    return Problem(
        Code.PARAMETER_MISSING,
        f"{spell(path)} comes from the template parameter {value.parameter!r}, which has no value",
        f"give it with the config row {row}, with {by_option}{vault}",
        where=each.where,
        subject=str(at),
    )


def missing_references(inputs: PlanInputs, changes: tuple[Change, ...]) -> Iterator[Problem]:
    """References of what is sent to what will not be there, with the rule that left it out."""
    actions = {change.ref: change.action for change in changes}
    for change in changes:
        if change.action not in SENT:
            continue
        for reference in inputs.source.objects[change.ref].references:
            # What is live, would be deleted and is still needed is told by the deletions' own guard.
            there = actions.get(reference.ref) in SENT or reference.ref in inputs.live.factory.objects
            if not there and reference.ref not in BUILT_IN:
                yield Problem(
                    Code.REFERENCE_MISSING,
                    f"{spell(reference.path[1:])} refers to {reference.ref}, {_absence(reference.ref, inputs)}",
                    _reference_remedy(change.ref, reference, inputs),
                    where=change.where,
                    subject=str(change.ref),
                )


def _absence(at: ObjectRef, inputs: PlanInputs) -> str:
    if at in inputs.source.objects:
        return f"which is not in the target and is left out here: {inputs.scope.reason(at)}"
    return "which is neither in the source nor in the target"


def _reference_remedy(of: ObjectRef, reference: Reference, inputs: PlanInputs) -> str:
    at = reference.ref
    if at in inputs.source.objects:
        return f"include it with all that it needs (--filter {quote(f'+{at}++')}), or deploy it first"
    if at in inputs.renamed:
        new = inputs.renamed[at]
        rows = [each.override.origin for each in inputs.applied if each.ref == new and each.path == ("name",)]
        row = csv_row(of.kind.word, of.name, f"{spell(reference.path[1:])}.referenceName", new.name)
        return f"{rows[-1]} renames it to {new.name} and leaves references as they are; add the row {row}"
    return "correct the reference, or deploy what is missing first (--missing-reference warn leaves it to Azure)"


def cycles(sent: dict[ObjectRef, AdfObject]) -> Iterator[Problem]:
    """Circles among what is sent: Azure could write none of it first."""
    for found in circles(graph(sent.values())):
        yield Problem(
            Code.REFERENCE_CYCLE,
            "these objects need each other in a circle: " + " → ".join(map(str, found)),
            "break the circle: one of these references has to go",
            where=sent[found[0]].where,
            subject=str(found[0]),
        )


def as_notices(problems: Iterator[Problem]) -> tuple[Notice, ...]:
    """Problems that an option turned into warnings."""
    return tuple(Notice(problem.code, f"{problem}", None) for problem in problems)
