"""How big a run is: the sizes that the aims are for, and a small one that shows that all works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """`chain`, `growth`, `files`, `deployed` count objects; `puts` are made one by one; the best of `tries` counts."""

    chain: int = 10_000
    growth: int = 1_000
    files: tuple[int, int] = (1_000, 5_000)
    deployed: int = 3_000
    changed: int = 10
    deleted: int = 300
    puts: int = 100
    tries: int = 3
    starts: int = 15
    latency: str = "read=0.1,list=0.1,poll=0.1,write=0.3,step=0.3/100"


FULL = Scale()
SMALL = Scale(
    chain=200,
    growth=50,
    files=(50, 100),
    deployed=60,
    changed=3,
    deleted=5,
    puts=3,
    tries=1,
    starts=1,
    latency="read=0.001,list=0.001,poll=0.001,write=0.001,step=0.001/100",
)
