"""No code outside federation/sync reads or writes rows of a platform other than its scope, but what stands here with its reason.

The lists may only become shorter: a place that is not in them is a fault, and so is a number that is higher than what the sources need. Two things
make a statement reach across: a scope of all platforms (db_all_platforms(), or DB_ACROSS() around its text), and a scope made of another platform's
number (db_platform(), platform_scope(), services_call(), federation_call()).
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("core", "tenants", "federation")
ACROSS = re.compile(r"\b(db_all_platforms|DB_ACROSS|db_platform|platform_scope|services_call|federation_call)\s*\(")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)

# Reads logs and copies on behalf of readers: the one place that a source interface will stand in for.
FREE = ("federation/sync/", "core/db/")

# Knows rows of another platform, and has to ask it when owners part.
KNOWS = {
    "tenants/account/account_directory.c": (4, "one directory of accounts: whoever signs in at another platform than theirs; then a hand-off asks"),
    "tenants/platform/platform_plan.c": (2, "a change above counts what it takes from those below, whose settings it writes; one administrator's"),
}

# Works for every platform of this server in turn, each as itself or its rows by its own number: stays, on each owner's server for its own.
SERVES = {
    "core/record/call.c": (1, "a call's own platform"),
    "core/work/job.c": (1, "a job's own platform"),
    "core/work/journal.c": (3, "logs by number, and all heads, for sync and for caches"),
    "core/work/journal_proof.c": (1, "a log by number, for its own audit"),
    "core/work/operation.c": (1, "expired operations go, whosever they are"),
    "tenants/desk/by_itself.c": (3, "which platforms have rows that wait for their parent, each asked as itself"),
    "tenants/desk/chase.c": (1, "the desk's own platform"),
    "tenants/desk/event.c": (3, "whose live connections may stay: of this server's own"),
    "tenants/desk/silence.c": (1, "the row's own platform"),
    "tenants/desk/sweep.c": (6, "what has expired is nobody's; a file may be shared by platforms"),
    "tenants/desk/workbench.c": (2, "which platforms have something overdue, each asked as itself"),
    "tenants/institution/qualification.c": (2, "which platforms have something to remind of, each asked as itself"),
    "tenants/notice/notice.c": (2, "one sender for all notices, each as its platform"),
    "tenants/platform/limit.c": (1, "limits over all platforms have a number of their own"),
    "tenants/platform/platform.c": (2, "the directory: tenants with what was heard of them"),
    "tenants/platform/platform.h": (2, "platform_scope() itself"),
    "tenants/platform/platform_profile.c": (1, "its own log"),
    "tenants/platform/platform_store.c": (3, "the platform that is changed: its own log"),
    "tenants/platform/services.c": (2, "services_call() itself"),
    "tenants/platform/services.h": (1, "services_call() itself"),
    "tenants/portal/portal_page.c": (1, "the portal's own platform"),
    "federation/entry/grounds.c": (7, "what rests on platforms that said they are closed, each row as its own platform"),
    "federation/entry/invitation.c": (4, "what became of invitations, each as its platform"),
    "federation/entry/supplement_chase.c": (3, "what nobody answered, each as its platform"),
    "federation/exchange/directory.c": (2, "what was said to all and not heard; who has not said it"),
    "federation/exchange/views.c": (2, "shelves that have something to tell, each as itself"),
}


def count(text):
    return len(ACROSS.findall(COMMENT.sub(" ", text)))


def allowed(path):
    return KNOWS.get(path, (0,))[0] + SERVES.get(path, (0,))[0]


def faults(sources):
    """sources: path → text."""
    for path, text in sorted(sources.items()):
        if path.startswith(FREE):
            continue
        found, most = count(text), allowed(path)
        if found > most:
            yield f"{path}: {found} scopes of other platforms, {most} are known: ask by an entry, or say in tests/unit/test_sql_across.py why not"
        elif found < most:
            yield f"{path}: {found} scopes of other platforms are left, write that into tests/unit/test_sql_across.py (it says {most})"
    for path in sorted({*KNOWS, *SERVES} - set(sources)):
        yield f"{path} is no more: take it out of tests/unit/test_sql_across.py"


def check_itself():
    assert count("db_select(db, db_all_platforms(\"why\"), x); /* db_platform( */") == 1
    assert list(faults({"tenants/desk/new.c": "db_platform(other, 1)"}))[0].startswith("tenants/desk/new.c: 1 scopes")
    assert not [one for one in faults({"federation/sync/any.c": "db_platform(other, 1)"}) if "any.c" in one]


def main():
    check_itself()
    sources = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
               for floor in FLOORS for path in (ROOT / floor).rglob("*.[ch]")}
    found = list(faults(sources))
    print("\n".join(found) if found else f"{sum(most for most, _ in KNOWS.values())} places know another platform's rows")
    sys.exit(bool(found))


main()
