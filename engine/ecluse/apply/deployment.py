"""See one ARM deployment through: send it, watch it, and never leave it running when we go."""

from collections.abc import Callable
from functools import partial

from ecluse.apply.ports import DeploymentState, DeploymentStatus, ObjectDone, Phase, PhaseBegan, PhaseEnded, Remark
from ecluse.apply.run import Run, deployment_prefix
from ecluse.errors import Code, EcluseError, Failed, Problem, Refused
from ecluse.model.names import counted
from ecluse.plan.steps import DeployTemplate

PATIENCE_SECONDS = 600.0
"""How long a deployment that we cancelled or lost sight of may take to reach a final state."""

_OF_ANOTHER_RUN = DeployTemplate(0, (), {}, {})


def deploy(run: Run, step: DeployTemplate) -> None:
    """Deploy and wait. Raises `Failed` with what failed per object, or `Cancelled`.

    Before it raises, the deployment has reached a final state (or `PATIENCE_SECONDS` have passed, which is said):
    a trigger that is started while ARM still writes would be refused or overwritten.
    """
    name = run.deployment_name(step)
    run.record.deployments.append(name)
    total = len(run.steps(DeployTemplate))
    which = f", {step.number} of {total}" if total > 1 else ""
    run.tell(PhaseBegan(Phase.DEPLOY, len(step.refs), f"deployment {name}{which}"))
    try:
        run.ports.azure.begin_deployment(name, step)
        status = _watch(run, name, step)
    except Refused:
        raise  # ARM took none of it: nothing runs
    except BaseException:  # a defect of ours, too: what ARM writes while triggers start would be refused
        _put_down(run, name, partial(_look, run, name, step))
        raise
    if status.state is not DeploymentState.SUCCEEDED:
        raise Failed(run.ports.azure.deployment_problems(name, step) or _without_details(name, status))
    run.tell(PhaseEnded(Phase.DEPLOY, f"{counted(len(step.refs), 'object')} written"))


def _watch(run: Run, name: str, step: DeployTemplate) -> DeploymentStatus:
    while True:
        run.go_on()
        status = _look(run, name, step)
        if status.state is not DeploymentState.RUNNING:
            return status
        run.ports.clock.wait(run.ports.poll_seconds)


def _look(run: Run, name: str, step: DeployTemplate) -> DeploymentStatus:
    """One look; what is newly written goes into the record and to whoever watches."""
    status = run.ports.azure.deployment_status(name, step)
    known = frozenset(run.record.written)
    new = [at for at in status.written if at not in known]
    run.record.written.extend(new)
    for at in new:
        run.tell(ObjectDone(Phase.DEPLOY, str(at), "written"))
    return status


def end_earlier(run: Run, earlier: str) -> None:
    """See the deployments of an earlier run to their end: what ARM still writes can't be started or written."""
    prefix = deployment_prefix(run.plan.target.factory_id, earlier)
    for name in run.ports.azure.running_deployments(prefix):
        _put_down(run, name, partial(run.ports.azure.deployment_status, name, _OF_ANOTHER_RUN))
        run.go_on()


def _put_down(run: Run, name: str, look: Callable[[], DeploymentStatus]) -> None:
    """Cancel the deployment and read it until its state is final."""
    run.tell(Remark(f"cancelling deployment {name}", warning=True))
    deadline = run.ports.clock.now() + PATIENCE_SECONDS
    asked, last = False, "it could not be read"
    while run.ports.clock.now() < deadline:
        try:
            if not asked:
                run.ports.azure.cancel_deployment(name)
                asked = True
            status = look()
        except Refused:
            return  # ARM knows no such deployment: it never began
        except EcluseError as error:
            last = str(error)
        else:
            if status.state is not DeploymentState.RUNNING:
                run.tell(Remark(f"deployment {name}: {status.state}"))
                return
            last = f"its last state was {status.state}"
        run.ports.clock.pause(run.ports.poll_seconds)
    run.record.problems.append(
        Problem(
            Code.DEPLOYMENT_FAILED,
            f"deployment {name} did not end within {PATIENCE_SECONDS:.0f} seconds: {last}",
            "look at it in the portal (resource group, Deployments) and check the triggers when it has ended",
        )
    )


def _without_details(name: str, status: DeploymentStatus) -> Problem:
    return Problem(
        Code.DEPLOYMENT_FAILED,
        f"deployment {name} ended as {status.state} and ARM gives no details",
        "look at it in the portal: resource group, Deployments",
    )
