"""The README's walk through the main job, pasted as it stands."""

import re
import subprocess

from harness import ROOT


def test_the_walk_works_as_written(demonstration, tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    script = re.search(r"## Five minutes.*?```sh\n(.*?)```", text, re.S).group(1)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo-password").write_text(demonstration.password)
    script = script.replace(":8080", f":{demonstration.servers[0].port}")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    lines = done.stdout.splitlines()
    assert lines[1] == "sent" and lines[4] == "approved" and "redeemed" in lines
    assert int(lines[-1]) > 0
