"""The menus that an owner gives to a sub-account bind, for reading as for writing, at home and where it visits (DX-14)."""

import pytest

import people
from declarations import Declarations
from network import Network

HOME, OTHER = "lishui", "zhejiang"


class World:
    def __init__(self, installation, server, sms):
        self.installation, self.declarations = installation, Declarations()
        self.network = Network(installation, server, sms, (OTHER, HOME))
        self.owner = self.network.member(HOME, "331102")
        self.bits = self.declarations.checker.menu_bits
        self.people = {menu: self.hire(f"clerk_{menu}", [menu]) for menu in self.bits}
        self.people[None] = self.hire("clerk_without", [])

    def hire(self, name, menus):
        number = len(getattr(self, "people", {})) + int.from_bytes(name.encode(), "big") % 10 ** 7
        made = self.owner.post("/api/v1/sub-accounts", {"user_name": name, "mobile": f"1361{number % 10 ** 7:07d}", "permissions": menus}).expect(201).json
        visitor = self.network.visit(HOME)
        visitor.post("/api/v1/auth/link", {"token": people.token_of(made["link"]), "password": people.PASSWORD}).expect(200)
        return visitor

    def reads(self):
        """What staff of an institution may read by a menu: (endpoint, bits of which one will do)."""
        return [(e, e.menus or e.reads) for e in self.declarations.endpoints
                if e.method == "GET" and self.declarations.allows(e, "staff") and (e.menus or e.reads)]


# Whom one works for, what waits, and what is one's own; attachments and the to-do look at menus themselves.
FREE = {"account_me", "api_key_list", "application_options", "attachment_content", "attachment_of", "auth_sessions", "event_stream",
        "institution_get", "institution_history", "institution_mine", "lookup_all", "message_inbox", "message_list", "message_unread", "workbench_todo",
        "workbench_todo_counts"} | {
    # a person's own seats and saved calls, whatever of the institution's work is theirs
    *(f"event_registration_{verb}" for verb in ("get", "history", "list", "list_under")), *(f"saved_call_{verb}" for verb in ("get", "list", "list_under"))}


@pytest.fixture(scope="module")
def world(installation, server, sms_server):
    return World(installation, server, sms_server)


def barred(visitor, world, e):
    return visitor.get(world.declarations.path(e, world.owner.institution_id)).code == "no-menu"


def test_reads_go_by_menus(world):
    found, names = [], {e.record.name for e, _ in world.reads()}
    assert {"product", "qualification", "application", "supplement", "correction", "statistics", "membership", "listing"} <= names, names
    for e, wanted in world.reads():
        for menu, visitor in world.people.items():
            refused = not wanted & world.bits.get(menu, 0)
            if barred(visitor, world, e) != refused:
                found.append(f"{e.method} {e.path} by one with {menu}: {'read' if refused else 'refused'}")
        if barred(world.owner, world, e):
            found.append(f"{e.method} {e.path} by the owner: refused")
    assert not found, found


def test_what_is_read_without_a_menu_is_meant_so():
    """By hand: a record of the institution's work that somebody forgets to name a menu for is missed here."""
    checker = Declarations().checker
    free = {e.name for e in checker.endpoints if e.method == "GET" and e.roles & checker.bits["staff"] and not (e.menus or e.reads)
            and not e.roles & checker.bits["public"]}
    assert free == FREE, free ^ FREE


def test_files_go_with_their_record(world):
    paper = world.owner.post("/api/v1/qualifications", {"kind": "licence", "name": "资质证书", "number": "1", "issuer": "市场监管局", "issued_on": "2024-01-01",
                                                        "expires_on": "2030-01-01"}).expect(201).json["id"]
    query = {"record_type": "qualification", "record_id": paper}
    world.people["qualifications"].get("/api/v1/attachments", query=query).expect(200)
    world.people["products"].get("/api/v1/attachments", query=query).refused(403, "no-menu")


def test_messages_to_the_institution_go_by_the_menu(world):
    count = lambda visitor: len(visitor.get("/api/v1/messages").expect(200).json["items"])
    assert count(world.owner) > 0 and count(world.people["messages"]) == count(world.owner)
    assert count(world.people["products"]) == 0 and world.people["products"].get("/api/v1/messages/unread").expect(200).json["unread"] == 0
    message = world.owner.get("/api/v1/messages").json["items"][0]["id"]
    world.people["products"].post(f"/api/v1/messages/{message}/read").refused(404)


def test_menus_travel_with_the_visitor(world):
    def arrive(visitor):
        token = visitor.post("/api/v1/auth/hand-off", {"to": OTHER}).expect(200).json["token"]
        guest = world.network.visit(OTHER)
        guest.post("/api/v1/auth/arrive", {"token": token}).expect(200)
        return guest
    bare, full = arrive(world.people[None]), arrive(world.owner)
    assert bare.get("/api/v1/session").json["account"]["permissions"] == [] and full.get("/api/v1/session").json["account"]["permissions"] is None
    for e in world.declarations.endpoints:
        if e.method == "GET" and world.declarations.allows(e, "guest") and (e.menus or e.reads):
            assert barred(bare, world, e) and not barred(full, world, e), e.path
