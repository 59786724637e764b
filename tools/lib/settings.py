"""Settings files as tools/run and the integration tests need them: config/qilian.yaml with a few values changed."""

import contextlib
import json

import yaml


def merge(*layers):
    """Later layers win; mappings are merged, everything else is replaced."""
    result = {}
    for layer in layers:
        for name, value in layer.items():
            both = isinstance(value, dict) and isinstance(result.get(name), dict)
            result[name] = merge(result[name], value) if both else value
    return result


def compose(base, changes):
    """The text of a settings file: what the file `base` says, changed."""
    with open(base, encoding="utf-8") as file:
        return yaml.safe_dump(merge(yaml.safe_load(file) or {}, changes), allow_unicode=True, sort_keys=False)


def is_ready(output):
    """Whether qiliand has printed the line that says so: {"event": "ready", …}."""
    for line in output.splitlines():
        with contextlib.suppress(ValueError):
            if "ready" in json.loads(line).values():
                return True
    return False
