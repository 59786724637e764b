"""What lets an account in, and its end: every way in × every event that ends them, here and on the platforms that were visited."""

import itertools
import re

import pytest
from harness import Wire
from harness.places import ROOT
from harness.wait import eventually, together

import people
from network import Network, uscc
from people import PASSWORD, ask_code, sign_in, token_of

NEW = "a boat on the river 8"
HERE, THERE, FURTHER = "lishui", "zhejiang", "hangzhou"


class World:
    def __init__(self, installation, server, sms):
        self.installation, self.server, self.sms, self.count = installation, server, sms, itertools.count(1)
        self.network = Network(installation, server, sms, (THERE, FURTHER, HERE))
        self.system, self.security = (self.network.desk(HERE, role) for role in ("system_admin", "security_admin"))
        self.platform = int(installation.sql(f"SELECT id FROM tenant WHERE slug = '{HERE}'")[0][0])

    def visit(self, slug=HERE):
        return self.network.visit(slug)

    def staff(self):
        number = next(self.count)
        name, mobile = f"access_{number}", f"137{number:08d}"
        made = self.system.post("/api/v1/accounts", {"user_name": name, "name": "审核员", "mobile": mobile}).expect(201).json
        self.security.put(f"/api/v1/accounts/{made['id']}/roles", {"roles": ["reviewer", "platform_admin"]}).expect(200)
        return self.enter(made, name, mobile, "staff")

    def enter(self, made, name, mobile, kind):
        visitor = self.visit()
        visitor.post("/api/v1/auth/link", {"token": token_of(made["link"]), "password": PASSWORD}).expect(200)
        visitor.user_name, visitor.mobile, visitor.id, visitor.kind = name, mobile, made["id"], kind
        return visitor

    def clerk(self):
        number = next(self.count)
        name, mobile = f"access_{number}", f"137{number:08d}"
        made = self.owner.post("/api/v1/sub-accounts", {"user_name": name, "mobile": mobile, "permissions": ["products"]}).expect(201).json
        return self.enter(made, name, mobile, "institution")

    @property
    def owner(self):
        if not hasattr(self, "_owner"):
            self._owner = self.network.member(HERE, "331102")
        return self._owner


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


# ---- The ways in: each answers a probe that says whether it still lets in ----

def session(world, person):
    other = world.visit()
    sign_in(other, person.user_name).expect(200)
    return lambda: other.get("/api/v1/account").status == 200


def arrive(world, person, slug):
    token = person.post("/api/v1/auth/hand-off", {"to": slug}).expect(200).json["token"]
    guest = world.visit(slug)
    guest.post("/api/v1/auth/arrive", {"token": token}).expect(200)
    return guest


def visit_elsewhere(world, person):
    guest = arrive(world, person, THERE)
    return lambda: guest.get("/api/v1/account").status == 200


def visit_further(world, person):
    guest = arrive(world, person, FURTHER)
    return lambda: guest.get("/api/v1/account").status == 200


def hand_off(world, person):
    """Given, and not yet used; each probe would use it up, so there are several."""
    tokens = [person.post("/api/v1/auth/hand-off", {"to": THERE}).expect(200).json["token"] for _ in range(12)]
    return lambda: world.visit(THERE).post("/api/v1/auth/arrive", {"token": tokens.pop()}).status == 200


def api_key(world, person):
    key = person.post("/api/v1/api-keys", {"name": "程序"}).expect(201).json["key"]
    return lambda: world.visit().get("/api/v1/account", headers={"Authorization": f"Bearer {key}"}).status == 200


def listen(visitor, **headers):
    """An open page's stream; answers the socket."""
    cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())} if visitor.cookies else {}
    wire = Wire(visitor.port)
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": f"{visitor.host}:{visitor.port}", **cookies, **headers}.items())
    wire.send(f"GET /api/v1/events HTTP/1.1\r\n{lines}Accept: text/event-stream\r\n\r\n")
    eventually(lambda: b"200 OK" in wire.arrived() and b"event: " in wire.arrived())
    return wire


def is_open(wire):
    return lambda: not wire.is_closed(0.05)


def open_page(world, person):
    other = world.visit()
    sign_in(other, person.user_name).expect(200)
    return is_open(listen(other))


def open_page_elsewhere(world, person):
    return is_open(listen(arrive(world, person, THERE)))


def open_page_by_key(world, person):
    key = person.post("/api/v1/api-keys", {"name": "程序"}).expect(201).json["key"]
    return is_open(listen(world.visit(), Authorization=f"Bearer {key}"))


def password_link(world, person):
    if person.kind == "staff":
        link = world.system.post(f"/api/v1/accounts/{person.id}/password-link").expect(201).json["link"]
    else:
        link = world.owner.post(f"/api/v1/sub-accounts/{person.id}/password", {}).expect(200).json["link"]
    return lambda: world.visit().post("/api/v1/auth/link/look", {"token": token_of(link)}).status == 200


def external_identity(world, person):
    world.installation.sql(f"INSERT INTO external_identity VALUES ({world.platform}, 'zj96871', 'somebody-{person.id}', UNHEX(REPLACE('{person.id}', '-', '')), NOW(3))")
    return lambda: bool(world.installation.sql(f"SELECT 1 FROM external_identity WHERE subject = 'somebody-{person.id}'"))


SESSIONS = (session, visit_elsewhere, visit_further, hand_off, open_page, open_page_elsewhere)
KEYS = (*SESSIONS, api_key, open_page_by_key)
LINKS = (*KEYS, password_link)
ALL = (*LINKS, external_identity)


# ---- The events: what ends how much ----

def state(value):
    def happen(world, person):
        world.system.post(f"/api/v1/accounts/{person.id}/state", {"state": value, "reason": "离职"}).expect(200)
    happen.__name__ = value
    return happen


def loses_a_role(world, person):
    world.security.put(f"/api/v1/accounts/{person.id}/roles", {"roles": ["reviewer"], "reason": "转岗"}).expect(200)


def loses_all_roles(world, person):
    world.security.put(f"/api/v1/accounts/{person.id}/roles", {"roles": []}).expect(200)


def second_factor_is_taken_away(world, person):
    world.security.post(f"/api/v1/accounts/{person.id}/totp-reset").expect(204)


def resets_by_code(world, person):
    code = ask_code(world.visit(), world.sms, person.mobile, "reset")
    world.visit().post("/api/v1/auth/password-reset", {"mobile": person.mobile, "code": code, "kind": person.kind, "password": NEW}).expect(204)


def resets_by_link(world, person):
    link = world.system.post(f"/api/v1/accounts/{person.id}/password-link").expect(201).json["link"]
    world.visit().post("/api/v1/auth/link", {"token": token_of(link), "password": NEW}).expect(200)


def changes_the_password(world, person):
    person.post("/api/v1/auth/password", {"old_password": PASSWORD, "new_password": NEW}).expect(204)


def must_change_it(world, person):
    world.owner.post(f"/api/v1/sub-accounts/{person.id}/password", {"password": NEW}).expect(200)


def is_deleted(world, person):
    world.owner.delete(f"/api/v1/sub-accounts/{person.id}").expect(204)


def ends_other_sessions(world, person):
    person.post("/api/v1/auth/sessions/end-others").expect(204)


EVENTS = [("staff", state("disabled"), ALL), ("staff", state("closed"), ALL), ("staff", loses_a_role, KEYS), ("staff", loses_all_roles, KEYS),
          ("staff", second_factor_is_taken_away, KEYS), ("staff", resets_by_code, ALL), ("staff", resets_by_link, ALL),
          ("staff", changes_the_password, LINKS), ("staff", ends_other_sessions, SESSIONS),
          ("clerk", resets_by_code, ALL), ("clerk", must_change_it, ALL), ("clerk", is_deleted, ALL)]


@pytest.mark.parametrize("who, happen, ended", EVENTS, ids=[f"{who} {happen.__name__}" for who, happen, _ in EVENTS])
def test_an_event_ends_every_way_in(world, who, happen, ended):
    person = getattr(world, who)()
    probes = {way.__name__: way(world, person) for way in ALL}
    closed = [name for name, lets_in in probes.items() if not lets_in()]
    assert not closed, f"these did not let in to begin with: {closed}"
    happen(world, person)
    for way in ended:
        eventually(lambda: not probes[way.__name__](), 1)
    if happen is ends_other_sessions:
        assert probes["api_key"]() and person.get("/api/v1/account").status == 200


def test_open_pages_end_with_the_session_that_opened_them_and_with_no_other(world):
    """Signed out, ended from the list of sessions, a key revoked: each cuts its own at once; all others stay."""
    person = world.staff()
    second, third = world.visit(), world.visit()
    for visitor in (second, third):
        sign_in(visitor, person.user_name).expect(200)
    kept, leaves, ended = (listen(visitor) for visitor in (person, second, third))
    made = person.post("/api/v1/api-keys", {"name": "程序"}).expect(201).json
    by_key = listen(world.visit(), Authorization=f"Bearer {made['key']}")
    second.post("/api/v1/auth/sign-out").expect(204)
    assert leaves.is_closed(1)
    own = next(one for one in third.get("/api/v1/auth/sessions").expect(200).json["items"] if one["this"])
    person.delete(f"/api/v1/auth/sessions/{own['id']}").expect(204)
    assert ended.is_closed(1)
    person.delete(f"/api/v1/api-keys/{made['id']}").expect(204)
    assert by_key.is_closed(1)
    person.post("/api/v1/auth/password", {"old_password": PASSWORD, "new_password": NEW}).expect(204)
    assert not kept.is_closed(1)
    assert b"event: end" not in kept.buffer and person.get("/api/v1/account").status == 200


def test_an_end_is_no_end_for_ever(world):
    """Who signs in again after it goes everywhere again."""
    person = world.staff()
    guest = arrive(world, person, THERE)
    changes_the_password(world, person)
    eventually(lambda: guest.get("/api/v1/account").status == 401, 2)
    again = arrive(world, person, THERE)
    assert again.get("/api/v1/account").status == 200
    person.post("/api/v1/auth/sessions/end-others").expect(204)
    eventually(lambda: again.get("/api/v1/account").status == 401, 2)


def test_a_granted_claim_ends_what_the_former_owner_had(world):
    owner = world.network.member(HERE, "331102")
    owner.user_name = f"{HERE}{world.network.count}"
    probes = [way(world, owner) for way in KEYS]
    claimant = world.visit()
    ask = {"kind": "claim", "user_name": "claimant_a", "password": PASSWORD, "person_name": "真负责人", "mobile": "13655550001", "uscc": owner.uscc,
           "code": ask_code(claimant, world.sms, "13655550001", "register"), "statement": "我是法定代表人"}
    request = claimant.post("/api/v1/registration/identity-request", ask).expect(201).json["request_id"]
    assert all(probe() for probe in probes)
    owner.post(f"/api/v1/identity-requests/{request}/events", {"event": "object", "reason": "不认识此人"}, if_match=1).expect(200)
    world.network.desk(HERE).post(f"/api/v1/identity-requests/{request}/events", {"event": "approve", "reason": "以营业执照为准"}, if_match=2).expect(200)
    for lets_in in probes:
        eventually(lambda: not lets_in(), 2)


def test_proven_before_and_used_after_an_end_opens_nothing(world):
    """Sign-ins with the old password race with its reset: whatever they met, none is open afterwards."""
    for _ in range(3):
        person = world.staff()
        visitors = [world.visit() for _ in range(6)]
        link = world.system.post(f"/api/v1/accounts/{person.id}/password-link").expect(201).json["link"]

        def act(i):
            if i == 6:
                return world.visit().post("/api/v1/auth/link", {"token": token_of(link), "password": NEW}).status
            return sign_in(visitors[i], person.user_name).status
        answers = together(7, act)
        assert answers[6] == 200, answers
        assert [v.get("/api/v1/account").status for v in visitors] == [401] * 6, answers


# ---- What a key and a visitor may not ----

def test_a_key_gives_no_other_way_in(world):
    person = world.staff()
    key = person.post("/api/v1/api-keys", {"name": "程序"}).expect(201).json["key"]
    program = {"Authorization": f"Bearer {key}"}
    for method, path, body in (("POST", "/api/v1/auth/hand-off", {"to": THERE}), ("POST", "/api/v1/api-keys", {"name": "另一把"}),
                               ("POST", "/api/v1/auth/password", {"old_password": PASSWORD, "new_password": NEW}),
                               ("POST", "/api/v1/auth/totp/enrol", {"password": PASSWORD}), ("PATCH", "/api/v1/account", {"mobile": "13600000000", "code": "123456"}),
                               ("POST", "/api/v1/auth/sessions/end-others", None)):
        world.visit().request(method, path, body, headers=program).refused(403, "api-key-session")
    world.visit().get("/api/v1/case-queue", headers=program).expect(200)


def test_every_way_to_a_further_way_in_wants_a_session():
    """By hand, so that a flag forgotten in a declaration is missed here."""
    from declarations import Declarations
    wanted = {"api_key_create", "api_key_revoke", "auth_hand_off", "auth_password", "auth_totp_enrol", "auth_totp_confirm", "auth_totp_remove",
              "auth_provider_start", "auth_provider_return", "auth_provider_bind", "auth_provider_unbind", "auth_end_others", "auth_end_session",
              "account_create", "account_set_roles", "account_password_link", "account_totp_reset", "account_change_me", "account_create_sub",
              "account_change_sub", "account_delete_sub", "account_reset_sub", "erasure_erase"}
    assert {e.name for e in Declarations().endpoints if e.session_only} == wanted


def test_a_visitor_makes_no_key(world):
    guest = arrive(world, world.clerk(), THERE)
    guest.post("/api/v1/api-keys", {"name": "程序"}).refused(403, "api-key-visitor")


def test_a_key_rests_while_its_account_must_change_its_password(world):
    person = world.staff()
    lets_in = api_key(world, person)
    assert lets_in()
    for value in (1, 0):
        world.installation.sql(f"UPDATE account SET must_change = {value} WHERE id = UNHEX(REPLACE('{person.id}', '-', ''))")
        assert lets_in() == (not value)


# ---- Answers that are kept for a repeated request ----

def test_what_is_shown_once_is_kept_sealed(world):
    """Or answered once: a repetition says so."""
    person, desk = world.staff(), world.network.desk(THERE)
    asked = {"key": (person, "/api/v1/api-keys", {"name": "程序"}), "link": (world.system, "/api/v1/accounts", {"user_name": "kept_sealed", "name": "新人"}),
             "code": (desk, "/api/v1/invitations", {"uscc": uscc("331122"), "name": "受邀机构", "contact_mobile": "13655550002"})}
    secrets = []
    for member, (visitor, path, body) in asked.items():
        first, again = (visitor.post(path, body, key=f"kept-once-{member}") for _ in range(2))
        assert first.status in (200, 201) and again.status == first.status and again.body == first.body, (repr(first), repr(again))
        secrets.append(first.json[member])
    rows = str(world.installation.sql("SELECT op_key, answer FROM operation"))
    assert "kept-once-key" in rows and not [secret for secret in secrets if secret in rows or secret.split("#")[-1] in rows]


# ---- The list itself ----

# What names an account and lets nobody in.
NO_WAY = {"account_role": "what somebody may who is in", "case_view": "when somebody last looked", "consent": "what somebody agreed to",
          "account_visit": "where an end is told", "identity_request": "a wish that others decide on",
          "message": "what somebody reads who is in", "message_read": "the same", "message_seen": "the same", "operation": "an answer, to its own account alone",
          "recusal": "what somebody does not decide on", "vote": "given while the account could; it counts until the row moves on"}
NO_ACCOUNT = {"admin_link": "for a role, not for an account", "external": "a way to an identity provider and back; what it finds decides",
              "external_bind": "worth nothing without the password", "proof": "that a small computation was used",
              "hand_off": "a mark that it was used; hand-offs end by access_no",
              "sms_code": "of a mobile: who holds it may sign in after an end, too"}


def test_no_way_in_was_forgotten(world):
    """A table with an account in it, or a purpose of a one-time token, is ended by access.c or stands above with a reason."""
    ended = (ROOT / "tenants" / "account" / "access.c").read_text()
    tables = {row[0] for row in world.installation.sql("SELECT table_name FROM information_schema.columns WHERE table_schema = DATABASE() AND column_name = 'account_id'")}
    missing = [table for table in tables if table not in NO_WAY and not re.search(rf"FROM {table} WHERE platform_id = :p AND account_id = \?", ended)]
    assert not missing, missing
    sources = "\n".join(path.read_text() for folder in ("tenants", "federation") for path in (ROOT / folder).rglob("*.c"))
    purposes = set(re.findall(r'one_time_(?:issue|burn)\(\w+(?:->\w+)?, "(\w+)"', sources)) | {"sms_code"}
    assert len(purposes) > 6
    missing = [purpose for purpose in purposes if purpose not in NO_ACCOUNT and f"'{purpose}'" not in ended]
    assert not missing, missing


def test_cookies_follow_the_scheme_that_users_see(world):
    """Whatever a header says of it; and no neighbouring host name plants a session."""
    person = world.staff()
    server = world.installation.server(name="tls", settings={"public": {"scheme": "https", "port": 443}})
    visitor = server.client(f"{HERE}.localhost")
    visitor.origin = f"https://{visitor.authority}"
    answer = visitor.post("/api/v1/auth/sign-in", {"login": person.user_name, "password": PASSWORD}, headers={"X-Forwarded-Proto": "http"}).expect(200)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-qilian_session=") and "; Secure" in cookie and "; Path=/;" in cookie and "Domain" not in cookie
    visitor.get("/api/v1/account").expect(200)
    visitor.cookies = {"qilian_session": visitor.cookies["__Host-qilian_session"]}
    visitor.get("/api/v1/account").refused(401)
    server.stop()
