"""The Zhejiang network with its desks and institutions, for tests of what crosses platforms."""

import random

import people
from harness import eventually

PLATFORMS = ("zhejiang", "hangzhou", "lishui", "longquan", "suichang")
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FULL = {"organisation_type": "enterprise", "registered_on": "2015-03-01", "registered_capital": 500000000, "annual_income": 900000000,
        "insured_staff": 30, "full_time_staff": 30, "qualified_staff": 27, "enterprises_served": 150, "penalty_free": True,
        "fixed_premises": True, "contact_name": "王联系", "address": "人民路 1 号", "introduction": "为中小企业提供服务。",
        "service_phone": "0578-2000000", "legal_representative": "赵法人"}


def uscc(region="331102", rng=random.Random(7)):
    """A code that holds (GB 32100, GB 11714)."""
    while True:
        organisation = "".join(rng.choice("ABCDEFGHJKLMNPQRTUWXY0123456789") for _ in range(8))
        total = sum(ORGANISATION.index(c) * w for c, w in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2)))
        check = 11 - total % 11
        if check == 10:
            continue  # X, rare and no concern here
        body = f"91{region}{organisation}{0 if check == 11 else check}"
        rest = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body)) % 31
        return body + ALPHABET[(31 - rest) % 31]


class Network:
    """Platforms, a desk on each, institutions with their owners."""

    def __init__(self, installation, server, sms, slugs=PLATFORMS):
        self.installation, self.server, self.sms = installation, server, sms
        people.add_platforms(installation, *slugs)
        self.desks, self.count = {}, 0
        for slug in slugs:
            eventually(lambda: self.visit(slug).get("/api/v1/uscc", query={"uscc": "1"}).code != "unknown-host")

    def visit(self, slug):
        return self.server.client(f"{slug}.localhost")

    def desk(self, slug, role="reviewer", name=""):
        """Signed in as somebody of the platform's staff."""
        key = (slug, role, name)
        if key not in self.desks:
            link = self.installation.ctl("admin", "link", "--platform", slug, "--role", role)["link"]
            visitor = self.visit(slug)
            user = f"{role}_{name or 'a'}"
            visitor.post("/api/v1/auth/link", {"token": people.token_of(link), "user_name": user, "name": f"{slug} {user}",
                                               "password": people.PASSWORD}).expect(200)
            self.desks[key] = visitor
        return self.desks[key]

    def register(self, slug, region, **profile):
        """An institution that has registered on a platform and filled in its profile."""
        self.count += 1
        code, number = uscc(region), self.count
        mobile = f"139{number:08d}"
        visitor = people.register(lambda host: self.server.client(host), self.sms, f"{slug}.localhost", code, mobile,
                                  f"{slug}{number}", region_code=region)
        visitor.uscc, visitor.mobile, visitor.home = code, mobile, slug
        row = visitor.get(f"/api/v1/institutions/{visitor.institution_id}").expect(200)
        values = {**FULL, "contact_mobile": mobile, "contact_email": f"{slug}{number}@example.cn", **profile}
        visitor.patch(f"/api/v1/institutions/{visitor.institution_id}", values, if_match=row.etag).expect(200)
        return visitor

    def member(self, slug, region, **profile):
        """One that its home platform has admitted."""
        visitor = self.register(slug, region, **profile)
        self.join(visitor, slug)
        return visitor

    def join(self, visitor, slug):
        """Applies to a platform, which approves."""
        sent = visitor.post("/api/v1/applications", {"platform": slug, "statement": "申请入驻", "consent": True}).expect(201).json
        case = self.case(slug, visitor.uscc)
        self.approve(slug, case)
        eventually(lambda: visitor.get(f"/api/v1/applications/{sent['id']}").expect(200).json["phase"] == "approved")
        eventually(lambda: self.standing(visitor, slug) == "active")

    def standing(self, visitor, slug):
        """The institution's standing on a platform, as its home shows it."""
        options = visitor.get("/api/v1/join-options").expect(200).json["platforms"]
        return next(option["standing"] for option in options if option["platform"] == slug)

    def case(self, slug, code):
        """The open case of an institution, once it is there."""
        return eventually(lambda: next((row for row in self.queue(slug) if row["uscc"] == code and row["phase"] in ("waiting", "supplement")), None))

    def queue(self, slug, **query):
        return self.desk(slug).get("/api/v1/case-queue", query={"limit": 200, **query}).expect(200).json["items"]

    def fire(self, slug, case, event, desk=None, **form):
        desk = desk or self.desk(slug)
        version = desk.get(f"/api/v1/cases/{case['id']}").expect(200).etag
        return desk.post(f"/api/v1/cases/{case['id']}/events", {"event": event, **form}, if_match=version)

    def approve(self, slug, case):
        return self.fire(slug, case, "approve").expect(200)

    def certified(self, slug, visitor):
        """The institution's row in a platform's list of certified institutions."""
        rows = self.desk(slug).get("/api/v1/certified-institutions", query={"q": visitor.uscc}).expect(200).json["items"]
        return rows[0] if rows else None

    def recommend(self, slug, visitor, **figures):
        values = {"institution_id": visitor.institution_id, "annual_income": 900000000, "insured_staff": 30, "qualified_staff": 27,
                  "enterprises_served": 150, "reason": "服务能力突出", **figures}
        return self.desk(slug).post("/api/v1/recommendations", values)
