"""Walks many seeds, replays one, makes a failing one shorter."""

from concurrent.futures import ThreadPoolExecutor

from walk import oracle, steps
from walk.world import Walk

LENGTH = 24
HANDS = 4  # walks that go on at the same time
TRIES = 2  # a shorter walk that fails once in so many tries is a failing one: steps and readers race


def take(walk, plan):
    for name, number in plan:
        steps.take(walk, name, number)
    return walk


def batch(world, seeds, length=LENGTH):
    """Faults of these seeds: {seed: [what is wrong]}."""
    walks = [Walk(world, seed) for seed in seeds]  # one after the other: registration waits for its text message
    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(lambda walk: take(walk, steps.plan(walk.seed, length)), walks))
    world.settle()
    return oracle.look(world, walks)


def replay(world, seed, plan):
    """The faults of one plan, by the people of its seed but with institutions of its own; and what was done."""
    walk = Walk(world, seed)
    take(walk, plan)
    world.settle()
    return oracle.look(world, [walk]).get(seed, []), walk.notes


def kinds(faults):
    """The rules that were broken, without names and numbers."""
    return {fault.split(":", 1)[0] for fault in faults}


def shrink(world, seed, faults, length=LENGTH):
    """The shortest plan found that breaks one of the same rules, its faults and what was done; None if it never fails again."""

    def fails(plan):
        for _ in range(TRIES):
            found, notes = replay(world, seed, plan)
            if kinds(found) & kinds(faults):
                return found, notes
        return None

    plan = steps.plan(seed, length)
    best = fails(plan)
    if not best:
        return None
    size = len(plan) // 2
    while size:
        at = 0
        while at < len(plan):
            shorter = plan[:at] + plan[at + size :]
            found = fails(shorter)
            if found:
                plan, best = shorter, found
            else:
                at += size
        size //= 2
    return plan, *best
