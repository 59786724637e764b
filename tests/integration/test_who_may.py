"""Who may do what matters most, written down a second time and by hand. The isolation tests read the declarations, so that a role added to one of them by
mistake is what they then expect; here it is a difference. Whoever means it changes the line below, in the same commit, and says why."""

import re

import yaml

from declarations import ROLES, Declarations
from harness import ROOT

OPERATIONS = """
POST   /api/v1/accounts                         system_admin
PATCH  /api/v1/accounts/{id}                    system_admin
POST   /api/v1/accounts/{id}/state              system_admin
PUT    /api/v1/accounts/{id}/roles              security_admin
POST   /api/v1/accounts/{id}/password-link      system_admin
POST   /api/v1/accounts/{id}/unlock             system_admin
POST   /api/v1/accounts/{id}/totp-reset         security_admin
GET    /api/v1/accounts                         system_admin security_admin
GET    /api/v1/accounts/{id}                    system_admin security_admin
GET    /api/v1/accounts/export.csv              system_admin security_admin
GET    /api/v1/accounts/export.xlsx             system_admin security_admin
GET    /api/v1/staff-grants                     system_admin security_admin
GET    /api/v1/audit                            audit_admin
GET    /api/v1/audit/export.csv                 audit_admin
GET    /api/v1/audit/export.xlsx                audit_admin
GET    /api/v1/audit/verify                     audit_admin
GET    /api/v1/audit/words                      audit_admin
POST   /api/v1/sub-accounts                     owner
PATCH  /api/v1/sub-accounts/{id}                owner
DELETE /api/v1/sub-accounts/{id}                owner
POST   /api/v1/sub-accounts/{id}/password       owner
POST   /api/v1/erasures                         security_admin
POST   /api/v1/unmask                           platform_admin reviewer owner
POST   /api/v1/announcements                    platform_admin
PATCH  /api/v1/announcements/{id}               platform_admin
POST   /api/v1/announcements/{id}/events        platform_admin reviewer
POST   /api/v1/announcements/events             platform_admin reviewer
POST   /api/v1/event-notices                    platform_admin reviewer
PATCH  /api/v1/event-notices/{id}               platform_admin reviewer
POST   /api/v1/event-notices/{id}/events        platform_admin reviewer
POST   /api/v1/event-notices/{id}/event-registrations owner staff enterprise
POST   /api/v1/event-registrations/{id}/events  platform_admin reviewer owner staff enterprise
GET    /api/v1/event-registrations/export.csv   platform_admin reviewer
POST   /api/v1/project-calls                    platform_admin reviewer
POST   /api/v1/project-calls/{id}/events        platform_admin reviewer
POST   /api/v1/project-calls/{id}/saved-calls   owner staff enterprise
GET    /api/v1/saved-calls                      owner staff enterprise
POST   /api/v1/regulations                      platform_admin reviewer
POST   /api/v1/regulations/{id}/events          platform_admin reviewer
POST   /api/v1/service-resources                platform_admin reviewer
POST   /api/v1/service-resources/{id}/events    platform_admin reviewer
POST   /api/v1/applications                     owner
POST   /api/v1/asked/{id}/withdraw               platform_admin reviewer owner staff enterprise
POST   /api/v1/applications/{id}/withdraw       owner
POST   /api/v1/cases/{id}/events                platform_admin reviewer
POST   /api/v1/cases/events                     platform_admin reviewer
POST   /api/v1/cases/{id}/claim                 platform_admin reviewer
POST   /api/v1/cases/{id}/reassign              platform_admin
POST   /api/v1/cases/{id}/judge                 platform_admin reviewer
POST   /api/v1/cases/{id}/judgements            platform_admin reviewer
GET    /api/v1/cases/{id}/place                 platform_admin reviewer
POST   /api/v1/cases/{id}/supplement            platform_admin reviewer
POST   /api/v1/cases/decide                     platform_admin reviewer
GET    /api/v1/cases/{id}                       platform_admin reviewer
GET    /api/v1/case-queue                       platform_admin reviewer
POST   /api/v1/corrections                      platform_admin reviewer
POST   /api/v1/corrections/{id}/events          platform_admin reviewer owner staff
GET    /api/v1/institutions                     platform_admin reviewer
GET    /api/v1/institutions/export.csv          platform_admin reviewer
GET    /api/v1/institutions/export.xlsx         platform_admin reviewer
PATCH  /api/v1/institutions/{id}                platform_admin reviewer owner staff enterprise
POST   /api/v1/institutions/accept-uscc         platform_admin reviewer
POST   /api/v1/identity-requests/{id}/events    platform_admin reviewer owner
POST   /api/v1/invitations                      platform_admin reviewer
POST   /api/v1/invitations/import               platform_admin reviewer
POST   /api/v1/invitations/{id}/reissue         platform_admin reviewer
POST   /api/v1/invitations/{id}/events          platform_admin reviewer
POST   /api/v1/invitations/redeem               owner
POST   /api/v1/invitations/request-again        owner
POST   /api/v1/listings/decide                  platform_admin reviewer
POST   /api/v1/memberships/{id}/leave           owner
PUT    /api/v1/regions/{code}                   system_admin
PUT    /api/v1/calendar/{day}                   system_admin
POST   /api/v1/notices/{id}/again               system_admin platform_admin
POST   /api/v1/platform/policy                  system_admin platform_admin
POST   /api/v1/platform/policy/check            system_admin platform_admin
POST   /api/v1/products                         owner staff
PATCH  /api/v1/products/{id}                    owner staff
POST   /api/v1/products/publish                 owner staff
POST   /api/v1/products/delist                  owner staff
POST   /api/v1/products/{id}/delete             owner staff
POST   /api/v1/qualifications                   owner staff
DELETE /api/v1/qualifications/{id}              owner staff
POST   /api/v1/recommendations                  platform_admin reviewer
POST   /api/v1/recommendations/batch            platform_admin reviewer
POST   /api/v1/recommendations/{id}/withdraw    platform_admin reviewer
POST   /api/v1/supplements/{id}/answer          platform_admin reviewer owner staff
"""

# Who moves a record, beyond the server itself. What is not named here nobody but the server may.
EVENTS = {
    "demand": {"submit": "buyer", "take_back": "buyer", "return": "platform_admin reviewer", "refuse": "platform_admin reviewer",
               "pass": "platform_admin reviewer", "lengthen": "buyer", "give_up": "buyer", "set_aside": "buyer platform_admin"},
    "announcement": {"publish": "platform_admin", "withdraw": "platform_admin"},
    "application": {"withdraw": "owner"},
    "transfer": {"accept": "reviewer platform_admin", "refuse": "reviewer platform_admin", "withdraw": "owner platform_admin"},
    "correction": {"accept": "owner staff reviewer platform_admin", "refuse": "owner staff reviewer platform_admin", "withdraw": "reviewer platform_admin"},
    "entry_case": {"approve": "reviewer platform_admin", "refuse": "reviewer platform_admin", "ask": "reviewer platform_admin", "resume": "reviewer platform_admin"},
    "identity_request": {"object": "owner", "approve": "reviewer platform_admin owner", "refuse": "reviewer platform_admin owner"},
    "invitation": {"revoke": "reviewer platform_admin"},
    "listing": {"approve": "reviewer platform_admin", "confirm": "reviewer platform_admin", "return": "reviewer platform_admin",
                "refuse": "reviewer platform_admin", "delist": "reviewer platform_admin"},
    "membership": {"suspend": "platform_admin", "resume": "platform_admin", "remove": "platform_admin"},
    "product": {"finish": "owner staff", "delete": "owner staff"},
    "recommendation": {"withdraw": "reviewer platform_admin"},
}

# Roles that touch no business data may never stand in a line above with one that decides on it (three administrators, 等保).
ADMINISTRATORS = {"system_admin", "security_admin", "audit_admin"}


def by_hand():
    for line in OPERATIONS.strip().splitlines():
        method, path, *roles = line.split()
        yield method, path, set(roles)


def test_operations_are_open_to_whom_they_were_meant_for():
    declarations = Declarations()
    declared = {(e.method, e.path): {role for role in ROLES if declarations.allows(e, role)} for e in declarations.endpoints}
    wrong = [f"{method} {path}: declared {sorted(declared.get((method, path), ['nothing']))}, meant {sorted(roles)}"
             for method, path, roles in by_hand() if declared.get((method, path)) != roles]
    assert not wrong, "\n".join(wrong)
    assert len(list(by_hand())) >= 50


def test_no_visitor_changes_anything_but_by_a_door_made_for_it():
    """Everything that writes and is open to a visitor: doors before a sign-in, each with a limit or a token of its own."""
    declarations = Declarations()
    doors = re.compile(r"/api/v1/(auth|registration)/|/api/v1/invitations/opened$")
    open_ones = {f"{e.method} {e.path}" for e in declarations.endpoints
                 if e.method != "GET" and declarations.allows(e, "public") and not doors.match(e.path)}
    assert not open_ones


def test_administrators_decide_no_business():
    deciding = [(method, path) for method, path, roles in by_hand()
                if roles & ADMINISTRATORS and re.search(r"/(cases|listings|memberships|recommendations|applications|invitations|products|institutions)", path)]
    assert not deciding


def transitions(node):
    if isinstance(node, dict) and "event" in node:
        yield node
    elif isinstance(node, (dict, list)):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from transitions(inner)


def test_events_are_fired_by_whom_they_were_meant_for():
    groups = yaml.safe_load((ROOT / "schema" / "roles.yaml").read_text(encoding="utf-8"))["groups"]
    wrong, seen = [], set()
    for path in sorted((ROOT / "config" / "lifecycles").glob("*.yaml")):
        for one in transitions(yaml.safe_load(path.read_text(encoding="utf-8"))):
            roles = {inner for role in one.get("roles", ()) for inner in groups.get(role, [role])} - {"server"}
            meant = set(EVENTS.get(path.stem, {}).get(one["event"], "").split())
            seen.add((path.stem, one["event"]))
            if roles != meant:
                wrong.append(f"{path.name} {one['event']} from {one.get('from')}: declared {sorted(roles)}, meant {sorted(meant)}")
    assert not wrong, "\n".join(wrong)
    gone = {(record, event) for record, events in EVENTS.items() for event in events} - seen
    assert not gone, gone
