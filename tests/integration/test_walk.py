"""The seeded random walk (walk/): QILIAN_SEED=17 walks that seed alone, QILIAN_SEEDS=1000 so many; QILIAN_SHRINK=0 tells
what fails as it was walked."""

import os

import pytest

from harness import LONG
from walk import run, steps
from walk.world import World

SEEDS = int(os.environ.get("QILIAN_SEEDS") or (10000 if LONG else 60))
SHRINK = os.environ.get("QILIAN_SHRINK") != "0"
PART, BATCH = 40, 10
pytestmark = pytest.mark.timeout(60 + PART * 30)


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


def story(seed, plan, faults, notes):
    return "\n".join(
        [
            f"seed {seed}: {len(plan)} steps break: {', '.join(sorted(run.kinds(faults)))}",
            *(f"  {note}" for note in notes),
            "is left with",
            *(f"  {fault}" for fault in faults),
            f"plan {plan}",
        ]
    )


def parts():
    """Ranges of seeds, so that a fault is told early and a part can be walked alone: -k 1-40."""
    chosen = os.environ.get("QILIAN_SEED")
    if chosen:
        return [range(int(chosen), int(chosen) + 1)]
    return [range(first, min(first + PART, SEEDS + 1)) for first in range(1, SEEDS + 1, PART)]


@pytest.mark.parametrize("seeds", parts(), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_whatever_is_done_in_whatever_order_holds_together(world, seeds):
    """The first seed that fails is told as the shortest walk that breaks the same rule."""
    for first in range(0, len(seeds), BATCH):
        faults = run.batch(world, seeds[first : first + BATCH])
        for seed, found in faults.items():
            if not SHRINK:
                assert False, story(seed, steps.plan(seed, run.LENGTH), found, ())
            shorter = run.shrink(world, seed, found)
            again = f"seed {seed} failed, and not when it was walked again:\n" + "\n".join(found)
            assert False, story(seed, *shorter) if shorter else again


def test_a_walk_does_something():
    """Every step has its turn in the seeds that are walked here."""
    taken = {name for seed in range(1, 201) for name, _ in steps.plan(seed, run.LENGTH)}
    assert taken == set(steps.STEPS)
