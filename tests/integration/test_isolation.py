"""Who reaches what, generated from the declarations: every route × role × own and other platform × own and other institution.
Nothing leaks, nothing answers 5xx, and answers are what the API's description says."""

import uuid

import pytest

import people
from answers import Description
from declarations import ROLES, Declarations
from network import Network, uscc

pytestmark = pytest.mark.timeout(600)
MARKER = "nobody-elses-business"
STAFF = ("system_admin", "security_admin", "audit_admin", "platform_admin", "reviewer")


class World:
    """On Lishui: a desk of every role, institution A with owner and staff, institution B, an enterprise. The same desks on Hangzhou, and institution C.
    Each record has a row of A's on Lishui."""

    def __init__(self, installation, server, sms):
        self.declarations, self.server = Declarations(), server
        self.network = network = Network(installation, server, sms, ("zhejiang", "hangzhou", "lishui"))
        self.visitor = network.visit("lishui")
        self.here = {role: network.desk("lishui", role) for role in STAFF}
        self.there = {role: network.desk("hangzhou", role) for role in STAFF}
        self.a, self.b, self.c = network.member("lishui", "331102"), network.member("lishui", "331102"), network.member("hangzhou", "330102")
        self.here.update(owner=self.a, staff=sub_account(self.a, network), public=network.visit("lishui"),
                         enterprise=people.register(server.client, sms, "lishui.localhost", uscc("331102"), "13912345678", "enterprise1", "enterprise"))
        self.here.update(guest=self.arrive(self.c, "lishui"))
        self.there.update(owner=self.c, guest=self.arrive(self.b, "hangzhou"))
        platform = int(installation.sql("SELECT id FROM tenant WHERE slug = 'lishui'")[0][0])
        self.installation, self.platform, self.rows, self.under = installation, platform, {}, {}
        for record in self.declarations.records:
            if record.name not in ("account", "institution"):
                self.plant(record)
        self.rows["institution"] = self.a.institution_id
        self.rows["account"] = self.a.get("/api/v1/account").expect(200).json["id"]
        self.description = Description(self.visitor.get("/api/v1/openapi.json").expect(200).json)

    def plant(self, record):
        """A row of A's, with the row that it lies under."""
        if record.name not in self.rows:
            parent = self.under[record.name] = self.plant(record.parent) if record.parent else None
            self.rows[record.name] = self.declarations.seed(self.installation, record, self.platform, self.a.institution_id, MARKER, parent=parent)
        return self.rows[record.name]

    def plant_on(self, record, side, holder, marker):
        """A row on one of whose sides the holder stands, and nobody on the others."""
        if side.of:
            parent = self.under[record.name] = self.plant_on(record.parent, record.parent.sides[side.of - 1], holder, marker)
            return self.declarations.seed(self.installation, record, self.platform, None, marker, {}, parent)
        parent = self.declarations.seed(self.installation, record.parent, self.platform, None, marker, {}) if record.parent else None
        self.under[record.name] = parent
        return self.declarations.seed(self.installation, record, self.platform, None, marker, {side.by.column: holder}, parent)

    def arrive(self, visitor, slug):
        """The person on another platform, where it is a guest."""
        token = visitor.post("/api/v1/auth/hand-off", {"to": slug}).expect(200).json["token"]
        guest = self.network.visit(slug)
        guest.post("/api/v1/auth/arrive", {"token": token}).expect(200)
        return guest

    def send(self, visitor, endpoint, **options):
        """The endpoint asked for A's row, with a body that fits."""
        path = self.declarations.path(endpoint, self.under[endpoint.record.name] if endpoint.under else self.rows.get(endpoint.record.name, self.a.institution_id))
        if endpoint.if_match:
            options.setdefault("if_match", 1)
        if endpoint.file:
            options.update(body=b"GIF89a", content_type="image/gif")
        return visitor.request(endpoint.method, path, self.declarations.request(endpoint), **options)

    def each(self, **wanted):
        """Endpoints with these attributes."""
        return [e for e in self.declarations.endpoints if all(getattr(e, key) == value for key, value in wanted.items())]


def sub_account(owner, network):
    made = {"user_name": "helper_1", "name": "李助理", "mobile": "13987654321", "password": people.PASSWORD}
    owner.post("/api/v1/sub-accounts", made).expect(201)
    visitor = network.visit("lishui")
    people.sign_in(visitor, "helper_1").expect(200)
    visitor.post("/api/v1/auth/password", {"old_password": people.PASSWORD, "new_password": people.PASSWORD + " again"}).expect(204)
    return visitor


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


def complain(found):
    assert not found, f"{len(found)} of them:\n" + "\n".join(found[:40])


def told(e, who, response):
    return f"{e.method} {e.path} ({e.name}) by {who}: {response.status} {response.text[:200]}"


def test_roles_that_are_not_named_are_refused(world):
    found = []
    for e in world.declarations.endpoints:
        for role in ROLES:
            if world.declarations.allows(e, role):
                continue
            response = world.send(world.here[role], e)
            if response.status != (401 if role == "public" else 403) or MARKER in response.text:
                found.append(told(e, role, response))
    complain(found)


def test_a_session_opens_nothing_on_another_platform(world):
    found = []
    for role in ("owner", "reviewer", "system_admin"):
        stranger = world.network.visit("hangzhou")
        stranger.cookies = dict(world.here[role].cookies)
        for e in world.declarations.endpoints:
            if world.declarations.allows(e, role) and not world.declarations.allows(e, "public"):
                response = world.send(stranger, e)
                if response.status != 401 or MARKER in response.text:
                    found.append(told(e, role, response))
    complain(found)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://hangzhou.localhost"}, {"Origin": "http://lishui.localhost.evil.example"},
                                     {"Origin": None, "Sec-Fetch-Site": "cross-site"}, {"Origin": None, "Sec-Fetch-Site": "same-site"}],
                         ids=lambda headers: " ".join(str(value) for value in headers.values()))
def test_a_foreign_origin_writes_nothing(world, headers):
    """A page of somebody else's cannot write with the cookie of whoever looks at it."""
    found = []
    for e in world.declarations.endpoints:
        role = next((role for role in ("owner", "reviewer", "system_admin", "security_admin") if world.declarations.allows(e, role)), None)
        if e.method == "GET" or not role:
            continue
        response = world.send(world.here[role], e, headers=headers)
        if response.status != 403 or response.code != "foreign-origin":
            found.append(told(e, role, response))
    complain(found)


def test_the_desk_does_see_the_marker(world):
    """Else the tests below would prove nothing."""
    shown = [e.record.name for e in world.each(verb="get") if world.declarations.allows(e, "reviewer")
             and MARKER in world.send(world.here["reviewer"], e).text]
    assert len(shown) >= 4, shown


@pytest.mark.parametrize("who", ["owner of another institution", "enterprise", "guest"])
def test_another_institution_finds_nothing(world, who):
    role, visitor = ("owner", world.b) if who.startswith("owner") else (who, world.here[who])
    complain(strangers(world, role, visitor, lambda e: e.load and e.record.sides))


@pytest.mark.parametrize("role", STAFF + ("owner", "guest"))
def test_another_platform_finds_nothing(world, role):
    complain(strangers(world, role, world.there[role], lambda e: e.load))


def strangers(world, role, visitor, is_bound):
    """Answers to somebody with the right role who asks for another's row: 404 where the row is loaded, elsewhere no leak."""
    found = []
    for e in world.declarations.endpoints:
        if not world.declarations.allows(e, role) or e.record.name == "auth":
            continue
        response = world.send(visitor, e)
        early = e.method != "GET" and response.status in (400, 422)
        bad = is_bound(e) and response.status != 404 and not early
        if bad or MARKER in response.text or response.status >= 500:
            found.append(told(e, role, response))
    return found


SIDES = ("owner", "staff", "enterprise", "guest")


def lets(checker, endpoint, n, side, role):
    """Whether it lets in somebody of that role who stands on the n-th side."""
    return bool(checker.bits[role] & side.roles & (~0 if endpoint.who[1] >> n & 1 else endpoint.who[0]))


def identity(visitor, side):
    return visitor.get("/api/v1/account").expect(200).json["id"] if side.account else getattr(visitor, "institution_id", None)


def sides():
    for record in Declarations().records:
        for n, side in enumerate(record.sides):
            if record.owner != "id" and (side.by or side.of and not record.parent.sides[side.of - 1].anybody):
                yield pytest.param(record.name, n, id=f"{record.name}-{side.name}")


@pytest.mark.parametrize("name, n", sides())
def test_a_row_is_there_for_its_side_alone(world, name, n):
    """One row on each side, tried on every address of the record as whoever stands there, by each role, and as everybody else."""
    record = next(one for one in world.declarations.records if one.name == name)
    side, checker, found = record.sides[n], world.declarations.checker, []
    for role in SIDES:
        holder = world.here[role]
        stands = checker.bits[role] & side.roles and identity(holder, side)
        marker = uuid.uuid4().hex
        row = world.rows[name] = world.plant_on(record, side, stands or uuid.uuid4(), marker)
        for e in world.each(record=record):
            if stands and e.verb == "get" and (world.send(holder, e).status == 200) != lets(checker, e, n, side, role):
                found.append(told(e, role, world.send(holder, e)))
            for other, visitor in strangers_of(world, holder):
                if not e.load and e.verb not in ("list", "export"):
                    continue
                response = world.send(visitor, e)
                refused = response.status in (401, 403, 404) or e.method != "GET" and response.status in (400, 422)
                if marker in response.text or str(row) in response.text or e.load and not refused:
                    found.append(told(e, f"{other}, not the {role} of {side.name}", response))
    del world.rows[name] # it may have met another by a unique key
    world.plant(record)
    complain(found)


def sealed():
    return [pytest.param(record.name, code, id=f"{record.name}-{code}") for record in Declarations().records if record.sealed
            for i, (code, _, _) in enumerate(record.phases) if record.sealed[0] >> i & 1]


@pytest.mark.parametrize("name, phase", sealed())
def test_what_is_sealed_is_there_for_one_side_alone(world, name, phase):
    """Not for the other side, nor for the desk of this platform, by whatever address."""
    record = next(one for one in world.declarations.records if one.name == name)
    side, marker, found = record.sides[record.sealed[1]], uuid.uuid4().hex, []
    others = {other.by.column: world.here["enterprise"].institution_id for other in (record.parent.sides if record.parent else []) if other.by}
    parent = record.parent and world.declarations.seed(world.installation, record.parent, world.platform, None, marker, others)
    world.under[name] = parent
    row = world.rows[name] = world.declarations.seed(
        world.installation, record, world.platform, None, marker, {side.by.column: world.a.institution_id}, parent, phase)
    get = next(e for e in world.each(record=record) if e.verb == "get")
    assert marker in world.send(world.a, get).expect(200).text, "whose it is"
    for role in ("enterprise", "reviewer", "platform_admin", "public"):
        for e in world.each(record=record):
            response = world.send(world.here[role], e)
            refused = response.status in (401, 403, 404) or e.method != "GET" and response.status in (400, 422)
            if marker in response.text or str(row) in response.text or e.load and not refused:
                found.append(told(e, role, response))
    del world.rows[name]
    world.plant(record)
    complain(found)


def strangers_of(world, holder):
    """Whoever is confined, or on another platform, and of another organisation than the holder."""
    of = lambda visitor: getattr(visitor, "institution_id", visitor)
    for role in SIDES:
        if of(world.here[role]) != of(holder) and (role != "staff" or holder is not world.a) and (role != "owner" or holder is not world.here["staff"]):
            yield role, world.here[role]
    yield "owner of another institution", world.b
    yield "public", world.here["public"]
    for role in ("owner", "reviewer", "platform_admin"):
        yield f"{role} of another platform", world.there[role]


def test_visitors_see_nothing_that_is_not_public(world):
    found = []
    for e in world.each(method="GET"):
        response = world.send(world.here["public"], e)
        if MARKER in response.text or response.status >= 500:
            found.append(told(e, "a visitor", response))
    complain(found)


def test_owners_read_their_own(world):
    found = []
    for record in world.declarations.records:
        for e in world.each(record=record, verb="get"):
            if record.owner is not None and any(lets(world.declarations.checker, e, n, side, "owner") for n, side in enumerate(record.sides)
                                                if not side.of and not side.account and not side.anybody):
                response = world.send(world.a, e)
                if response.status != 200 or str(world.rows[record.name]) not in response.text:
                    found.append(told(e, "owner", response))
    complain(found)


def test_answers_are_as_described(world):
    """Reads by all who may, then writes that mostly fail: none answers 5xx, and each is as the description says."""
    found = []
    for e in sorted(world.declarations.endpoints, key=lambda e: e.method != "GET"):
        if e.record.name in ("auth", "account") and e.method != "GET":
            continue
        for role in ROLES:
            if not world.declarations.allows(e, role):
                continue
            response = world.send(world.here[role], e)
            faults = world.description.faults(response, e.method, e.path.replace("...}", "}"))
            if response.status >= 500 or response.status == 401 or faults:
                found.append(f"{told(e, role, response)} {faults}")
                break
    complain(found)
