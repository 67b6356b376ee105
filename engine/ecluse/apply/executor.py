"""Carry a plan out: validate, stop, write, delete, start. Whatever fails, what was stopped is started again.

The order is the plan's. This module knows what follows what; `triggers` knows how triggers are stopped and come
back, `pause` what the journal is told about that, `deployment` how one ARM deployment is seen through, `objects` how
objects are written and deleted one by one.
"""

from ecluse.apply import deployment, objects, pause, triggers
from ecluse.apply.pause import NotBegun
from ecluse.apply.ports import ObjectDone, Outcome, Phase, PhaseBegan, PhaseEnded
from ecluse.apply.run import Ports, Run
from ecluse.errors import Cancelled, EcluseError, refuse_any
from ecluse.plan.plan import Plan
from ecluse.plan.steps import CreateFactory, DeployTemplate, StartTrigger


def apply(plan: Plan, ports: Ports, *, name: str, parallel: int = 8) -> Outcome:
    """Carry out `plan` and give the outcome; what fails on the way stands in the outcome's problems.

    `name` names this run in deployments and in the journal; `parallel` bounds the calls at once.
    Raises `Refused` when Azure refuses before anything was written.
    """
    run = Run(plan, ports, name, parallel)
    run.record.touched.extend(plan.unfinished.triggers)
    run.record.open_runs.extend(plan.unfinished.runs)
    began = ports.clock.now()
    _before_the_first_write(run)
    try:
        _change(run)
    except NotBegun:
        raise  # nothing was written; what is unfinished is the other run's now
    except EcluseError as error:
        run.fail(error)
        _say_a_cancel(run)
    except BaseException:
        # A defect of ours must not leave triggers behind, either.
        _bring_back(run)
        raise
    if run.record.problems and plan.only_switches:
        triggers.note_unstopped(run)
    elif run.record.problems:
        _bring_back(run)
    else:
        triggers.start_all(run, Phase.START, run.steps(StartTrigger))
    paused = {step.ref for step in run.record.touched}
    if not any(each.ref in paused for each in run.record.astray):  # a first start that failed brings nothing back
        pause.over(run)
    return run.outcome(ports.clock.now() - began)


def _say_a_cancel(run: Run) -> None:
    """A call that is given up because of a cancel fails with what Azure said last: the cancel is told, too."""
    if run.record.cancelled:
        return
    try:
        run.go_on()
    except Cancelled as error:
        run.fail(error)


def _before_the_first_write(run: Run) -> None:
    """ARM checks the deployments. A factory that does not exist yet has to be made before ARM can."""
    refuse_any(run.plan.obstacles)
    if not run.steps(CreateFactory):
        _validate(run)


def _change(run: Run) -> None:
    """Everything that writes, in the plan's order. Raises the first `EcluseError`; each step may be cancelled."""
    for earlier in run.plan.unfinished.runs:
        deployment.end_earlier(run, earlier)
    pause.begin(run)
    _create(run)
    objects.put_all(run)
    for step in run.steps(DeployTemplate):
        run.go_on()
        deployment.deploy(run, step)
    objects.delete_all(run)
    pause.before_the_starts(run)


def _create(run: Run) -> None:
    steps = run.steps(CreateFactory)
    for step in steps:
        run.go_on()
        run.tell(PhaseBegan(Phase.CREATE, 1))
        run.ports.azure.create_factory(step.body)
        run.tell(ObjectDone(Phase.CREATE, run.plan.target.factory, "created"))
        run.tell(PhaseEnded(Phase.CREATE))
    if steps:
        _validate(run)


def _validate(run: Run) -> None:
    for step in run.steps(DeployTemplate):
        run.go_on()
        run.tell(PhaseBegan(Phase.VALIDATE, len(step.refs)))
        run.ports.azure.validate_deployment(run.deployment_name(step), step)
        run.tell(PhaseEnded(Phase.VALIDATE, "ARM accepts the deployment"))


def _bring_back(run: Run) -> None:
    """Start all that a stop was sent to, whatever the options say, if it still exists."""
    starts = [StartTrigger(step.ref, step.event, step.level) for step in run.record.touched]
    triggers.start_all(run, Phase.RESTORE, sorted(starts, key=lambda step: step.level))
