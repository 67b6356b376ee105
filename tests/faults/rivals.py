"""Three deployers at once on one factory, some of which are killed at any time."""

import random
import signal
import subprocess
import time

from tests.ecluse_command import command, environment
from tests.faults.lab import BrokenError, Lab, demand
from tests.faults.trial import Verdict

DEPLOYERS = 3
LONGEST_SECONDS = 3.0
_PATIENCE_SECONDS = 120


def rivalry(lab: Lab, seed: int) -> Verdict:
    """One round; `seed` decides who is killed when, and whether the machine is lost, too."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    lab.live()
    said: list[str] = []
    try:
        said += _round(lab, chance)
        if chance.random() < 0.5:
            lab.new_machine()
        code, text = lab.ecluse("deploy", *lab.release)
        demand(code == 0, f"the next deployment ends with {code}:", text)
        lab.well("-- the next deployment said:", text)
    except BrokenError as error:
        return Verdict(struck=True, broken="\n".join(map(str, (error, *said))))
    return Verdict(struck=True)


def _round(lab: Lab, chance: random.Random) -> list[str]:
    """Start all, on one machine or each on its own, and kill some; none ends with a trigger astray."""
    machines = [lab.journal, *(lab.folder / f"machine-{each}" for each in range(1, DEPLOYERS))]
    apart = chance.random() < 0.5
    deployers = [
        subprocess.Popen(
            command("deploy", *lab.release, "--journal-folder", machines[each if apart else 0]),
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for each in range(DEPLOYERS)
    ]
    for each in chance.sample(deployers, chance.randrange(DEPLOYERS)):
        time.sleep(chance.uniform(0, LONGEST_SECONDS))
        each.kill()
    said = []
    for each in deployers:
        text = each.communicate(timeout=_PATIENCE_SECONDS)[0]
        said.append(f"-- a deployer ended with {each.returncode}:\n{text}")
    good = (0, -signal.SIGKILL)
    demand(all(each.returncode in good for each in deployers), "a deployer that was left alone failed", *said)
    return said
