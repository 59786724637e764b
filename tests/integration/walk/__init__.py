"""A seeded random walk over a small network: everybody does anything in any order, and an oracle of its own looks at
what is left.

    world.py   the platforms, their desks, and the institutions of one walk
    steps.py   what people can do; a step is a name and a number that picks whom and what
    oracle.py  what must hold once readers are idle, read from the tables and from what people are shown
    run.py     walks many seeds, replays one, makes a failing one shorter

A step that finds nothing to act on does nothing, so any part of a walk is a walk: that makes shrinking possible.
"""
