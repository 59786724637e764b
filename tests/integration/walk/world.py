"""The platforms of a walk, their desks, and the institutions that belong to one seed."""

import random

from harness import ROOT, eventually
from network import Network

PROVINCE, CITIES, COUNTY = "zhejiang", ("lishui", "hangzhou"), "longquan"
FIRST = (PROVINCE, *CITIES, COUNTY)
SECOND = ("hunan", "changsha")
PLATFORMS = FIRST + SECOND
REVIEWING = (
    "hangzhou",
    "longquan",
)  # a product is reviewed before it is listed there; elsewhere in this network it is not
PARENT = {"lishui": PROVINCE, "hangzhou": PROVINCE, COUNTY: "lishui", "changsha": "hunan"}
REGION = {"lishui": "331102", "hangzhou": "330106", COUNTY: "331181", "changsha": "430102"}


def network_of(slug):
    return FIRST if slug in FIRST else SECOND


class World:
    """Made once; walks share its desks and never its institutions."""

    def __init__(self, installation, server, sms):
        self.installation, self.server, self.sms = installation, server, sms
        self.network = Network(installation, server, sms, PLATFORMS)
        for slug in REVIEWING:
            file = installation.folder / f"{slug}.yaml"
            file.write_text(
                (ROOT / "config" / "platforms" / f"{slug}.yaml").read_text(encoding="utf-8")
                + "\nlisting: {review: before}\n",
                encoding="utf-8",
            )
            installation.ctl("platform", "update", file)
        self.admins = {slug: self.network.desk(slug, "platform_admin") for slug in PLATFORMS}
        self.reviewers = {
            slug: [self.network.desk(slug), self.network.desk(slug, "reviewer", "b")] for slug in PLATFORMS
        }
        self.ids = {slug: int(number) for slug, number in installation.sql("SELECT slug, id FROM tenant")}
        self.slugs = {number: slug for slug, number in self.ids.items()}
        self.own_prices = {}  # (product, platform): the price that its institution set for that platform last

    def settle(self, patience=60):
        """Every reader is at the head of what is meant for it, and no job that is due waits."""
        eventually(self._is_settled, patience, 0.05)

    def _is_settled(self):
        behind = self.installation.sql(
            "SELECT COUNT(*) FROM log_address a "
            "LEFT JOIN log_cursor c ON c.platform_id = a.reader AND c.source = a.platform_id "
            "WHERE a.seq > COALESCE(c.seq, 0) UNION ALL "
            "SELECT COUNT(*) FROM job WHERE parked = 0 AND run_at <= UTC_TIMESTAMP(3) "
            "UNION ALL SELECT COUNT(*) FROM notice WHERE state = 'queued'"
        )
        return all(count == "0" for (count,) in behind)

    def institution(self, home):
        """One that has registered at home with a full profile; nothing else has happened to it."""
        visitor = self.network.register(home, REGION[home], name=f"漫步机构{self.network.count + 1:05d}")
        visitor.name = f"漫步机构{self.network.count:05d}"
        return Institution(visitor, home)


class Institution:
    """An owner signed in at home, and what it holds in its hands: codes that it was sent."""

    def __init__(self, visitor, home):
        self.owner, self.home, self.id, self.uscc, self.name = (
            visitor,
            home,
            visitor.institution_id,
            visitor.uscc,
            visitor.name,
        )
        self.codes = []  # (province, code)
        self.renamed = 0

    @property
    def hex(self):
        return self.id.replace("-", "")


class Walk:
    """One seed's people and what they did; `note` keeps it readable when the walk fails."""

    def __init__(self, world, seed):
        self.world, self.seed, self.notes, self.broken = world, seed, [], []
        rng = random.Random(f"people {seed}")
        homes = [rng.choice(("lishui", COUNTY, "lishui", "hangzhou")), rng.choice(("hangzhou", "lishui"))]
        if rng.random() < 0.25:
            homes.append("changsha")
        # Each walk has hands of its own: two threads never share a connection.
        self.reviewers = {slug: [desk.copy() for desk in desks] for slug, desks in world.reviewers.items()}
        self.admins = {slug: desk.copy() for slug, desk in world.admins.items()}
        self.institutions = [world.institution(home) for home in homes]

    def note(self, text):
        self.notes.append(text)

    def ask(self, visitor, method, path, data=None, **options):
        """A request as people send it; anything but an answer with a reason is a fault of the server."""
        answer = visitor.request(method, path, data, **options)
        if answer.status >= 500 and answer.status not in (503, 507):
            self.broken.append(f"{method} {path} answered {answer.status}: {answer.body[:300]!r}")
        return answer

    def items(self, visitor, path, **query):
        answer = self.ask(visitor, "GET", path, query={"limit": 100, **query})
        return answer.json["items"] if answer.status == 200 else []
