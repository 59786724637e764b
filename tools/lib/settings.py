"""Settings files as tools/run and the integration tests need them: config/qilian.yaml with a few values changed."""

import base64
import contextlib
import json
import os

import yaml

from build import ROOT


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


def local(database_socket, user, database, port, admin_port, folder):
    """Everything under one folder, MariaDB by its socket, plain HTTP on loopback: the demonstration's way."""
    return merge(ports(port, admin_port), {
        "mode": "demonstration",
        **{f"{name}_folder": str(ROOT / path) for name, path in (("config", "config"), ("schema", "schema"), ("web", "web/dist"))},
        "keys_file": str(keys(folder / "keys")),
        "public": {"scheme": "http", "port": 0},
        "database": {"hosts": [str(database_socket)], "user": user, "name": database},
        "files": {"folder": str(folder / "files")},
        "limits": {"drain_time": "0s"},  # nobody stands in front
    })


def ports(port, admin_port):
    return {"http": {"bind": "127.0.0.1", "port": port}, "admin": {"bind": "127.0.0.1", "port": admin_port}}


def keys(path):
    """A new installation's keys: one that seals, one for blind indexes. Made once, since what they sealed needs them for ever."""
    if not path.exists():
        lines = [f"{name}:{base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip('=')}\n" for name in ("1", "index")]
        unfinished = path.with_name(path.name + ".tmp")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
    return path
