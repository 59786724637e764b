"""Starts the stage and lets Playwright loose on it. QILIAN_SCREENS: takes the screenshots of docs/screens instead."""

import os

import pytest

from stage import Stage


@pytest.mark.timeout(1500)
def test_pages(make_installation, sms_server, folder):
    words = ["--project=screens"] if os.environ.get("QILIAN_SCREENS") else ["--project=tests", *os.environ.get("QILIAN_BROWSER", "").split()]
    assert Stage(make_installation, sms_server, folder).play(*words) == 0
