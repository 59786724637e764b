"""The seeded random walk (walk/): QILIAN_SEED=17 walks that seed alone, QILIAN_SEEDS=1000 so many."""

import os

import pytest

from harness import LONG
from walk import run, steps
from walk.world import World

SEEDS = int(os.environ.get("QILIAN_SEEDS") or (10000 if LONG else 200))
BATCH = 10
pytestmark = pytest.mark.timeout(60 + SEEDS * 6)


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


def story(seed, plan, faults, notes):
    return "\n".join(
        [
            f"seed {seed}: {len(plan)} steps",
            *(f"  {note}" for note in notes),
            "is left with",
            *(f"  {fault}" for fault in faults),
            f"plan {plan}",
        ]
    )


def test_whatever_is_done_in_whatever_order_holds_together(world):
    """The first seed that fails is told as the shortest walk that breaks the same rule."""
    chosen = os.environ.get("QILIAN_SEED")
    seeds = [int(chosen)] if chosen else range(1, SEEDS + 1)
    for first in range(0, len(seeds), BATCH):
        faults = run.batch(world, seeds[first : first + BATCH])
        for seed, found in faults.items():
            shorter = run.shrink(world, seed, found)
            assert False, (
                story(seed, *shorter)
                if shorter
                else f"seed {seed} failed, and not when it was walked again:\n" + "\n".join(found)
            )


def test_a_walk_does_something():
    """Every step has its turn in the seeds that are walked here."""
    taken = {name for seed in range(1, 201) for name, _ in steps.plan(seed, run.LENGTH)}
    assert taken == set(steps.STEPS)
