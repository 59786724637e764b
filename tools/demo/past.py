"""The clock of a demonstration that is loaded with a past: that of its database, moved on from step to step.

Servers judge everything by the database's clock (core/clock.h), so what is done through the API while that stands at a day of last
year has happened on that day: rows, logs and deadlines say so by the real rules, and nothing is written over afterwards."""
import datetime
import glob
import http.client
import os
import re
import time
from pathlib import Path

PATIENCE = 30


def library():
    """libfaketime, None where it is not installed."""
    return next(iter(glob.glob('/usr/lib/*/faketime/libfaketimeMT.so.1')), None)


def environment(path):
    """For a MariaDB whose clock the file moves."""
    return {'LD_PRELOAD': library(), 'FAKETIME_TIMESTAMP_FILE': str(path), 'FAKETIME_NO_CACHE': '1', 'FAKETIME_DONT_FAKE_MONOTONIC': '1'}


def write(path, seconds):
    unfinished = Path(path).with_suffix('.new')
    unfinished.write_text(f'{seconds:+d}\n')
    os.replace(unfinished, path)


class Clock:
    def __init__(self, path, admin_port):
        """Without a path there is no past: everything happens now."""
        self.path, self.admin_port, self.behind = path, admin_port, 0

    def to(self, days):
        """So many days ago, on the working day before it, in China's office hours; never back. Waits until the server has heard."""
        if not self.path:
            return
        now = datetime.datetime.now(datetime.timezone.utc)
        then = (now - datetime.timedelta(days=days)).replace(hour=1 + days % 7, minute=days * 13 % 60)
        while then.weekday() > 4 or then > now:
            then -= datetime.timedelta(days=1)
        behind = int((now - then).total_seconds())
        if self.behind == 0 or behind < self.behind:
            self._set(behind)

    def now(self):
        if self.path and self.behind:
            self._set(0)

    def today(self):
        """In China."""
        return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=self.behind) + datetime.timedelta(hours=8)).date()

    def _set(self, behind):
        self.behind = behind
        write(self.path, -behind)
        end = time.monotonic() + PATIENCE
        while abs(self._off() - behind) > 5:
            if time.monotonic() > end:
                raise SystemExit('the server does not hear the clock of its database')
            time.sleep(0.05)

    def _off(self):
        """Seconds that the server's own clock is ahead of the database's, as it has heard."""
        admin = http.client.HTTPConnection('127.0.0.1', self.admin_port, timeout=10)
        admin.request('GET', '/metrics')
        said = admin.getresponse().read().decode()
        admin.close()
        return int(re.search(r'^qilian_clock_off_seconds (-?\d+)', said, re.M).group(1))
