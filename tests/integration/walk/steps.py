"""What people do. A step is (name, number): the number seeds the choice of whom, where and what among what is there."""

import random
from concurrent.futures import ThreadPoolExecutor

from walk.world import CITIES, COUNTY, FIRST, PARENT, PROVINCE, network_of

PRODUCT = {"category": "innovation", "pricing": "fixed", "price": 250000, "summary": "为中小企业提供技术咨询"}
STEPS = {}


def step(weight):
    def keep(fn):
        STEPS[fn.__name__] = (weight, fn)
        return fn

    return keep


def plan(seed, length):
    """The steps of a seed. Most institutions begin as members at home with a product: there most begins to meet."""
    rng = random.Random(f"steps {seed}")
    names = [name for name, (weight, _) in STEPS.items() if weight]
    begun = [("begin", number) for number in range(2) if rng.random() < 0.8]
    return begun + [
        (name, rng.randrange(2**32)) for name in rng.choices(names, [STEPS[name][0] for name in names], k=length)
    ]


def take(walk, name, number):
    """The institutions are tried in turn until there is something to do."""
    if number % 8 == 0 and name not in (
        "begin",
        "rest",
        "publish",
    ):  # two hands at once, as when a button is pressed twice or two people act
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: act(walk, name, number), range(2)))
    else:
        act(walk, name, number)


def act(walk, name, number):
    rng = random.Random(number)
    everybody = (
        [walk.institutions[number]] if name == "begin" else rng.sample(walk.institutions, len(walk.institutions))
    )
    for one in everybody:
        said = STEPS[name][1](walk, one, rng)
        if said:
            walk.note(f"{name} {one.name} at {one.home}: {said}")
            return
    walk.note(f"{name}: nothing to do")


def told(answer):
    return f"{answer.status}" + (f" {answer.code}" if answer.code else "")


def fire(walk, visitor, plural, row_id, event, **form):
    read = walk.ask(visitor, "GET", f"/api/v1/{plural}/{row_id}")
    if read.status != 200:
        return f"{event} {plural} unread {told(read)}"
    answer = walk.ask(
        visitor, "POST", f"/api/v1/{plural}/{row_id}/events", {"event": event, **form}, if_match=read.etag
    )
    return f"{event} {plural} {row_id[:8]} {told(answer)}"


# ---- The institution ----


@step(0)
def begin(walk, one, rng):
    """A member of its home, with a product. Longer than a step of people: a walk without it is shorter, not other."""
    walk.ask(one.owner, "POST", "/api/v1/applications", {"platform": one.home, "statement": "申请入驻", "consent": True})
    walk.world.settle()
    desk = walk.reviewers[one.home][0]
    for row in walk.items(desk, "/api/v1/case-queue", q=one.uscc):
        fire(walk, desk, "cases", row["id"], "approve")
    made = walk.ask(one.owner, "POST", "/api/v1/products", {**PRODUCT, "name": "第一项服务"})
    if walk.seed % 2 and made.status == 201:  # every other walk begins with something on the shelf, or before a desk
        walk.ask(one.owner, "POST", "/api/v1/products/publish", {"products": [made.json["id"]], "platforms": [one.home]})
    walk.world.settle()
    return "member"


@step(10)
def apply(walk, one, rng):
    options = [
        o
        for o in walk.ask(one.owner, "GET", "/api/v1/join-options").json["platforms"]
        if o["standing"] not in ("active", "suspended", "applied", "supplement")
    ]
    if not options:
        return None
    to = rng.choice(options)["platform"]
    return f"to {to} " + told(
        walk.ask(one.owner, "POST", "/api/v1/applications", {"platform": to, "statement": "申请入驻", "consent": True})
    )


@step(3)
def withdraw_application(walk, one, rng):
    rows = [r for r in walk.items(one.owner, "/api/v1/applications") if r["phase"] in ("sent", "waiting", "supplement")]
    if rows:
        row = rng.choice(rows)
        return f"{row['to_platform']} " + told(
            walk.ask(one.owner, "POST", f"/api/v1/applications/{row['id']}/withdraw", {})
        )


@step(4)
def answer_supplement(walk, one, rng):
    rows = [r for r in walk.items(one.owner, "/api/v1/supplements") if r["state"] == "open"]
    if rows:
        return told(
            walk.ask(
                one.owner,
                "POST",
                f"/api/v1/supplements/{rng.choice(rows)['id']}/answer",
                {"answer": f"答复 {rng.randrange(1000)}"},
            )
        )


@step(4)
def redeem(walk, one, rng):
    if one.codes:
        inviter, code = rng.choice(one.codes)
        return f"at {inviter} " + told(
            walk.ask(
                one.owner, "POST", "/api/v1/invitations/redeem", {"code": code, "consent": True, "platform": inviter}
            )
        )


@step(4)
def rename(walk, one, rng):
    name = f"{one.name[:9]}改名{one.renamed + 1}"
    for who in (one.owner, reviewer(walk, one.home, rng)):  # a member's name is changed by its home's desk
        read = walk.ask(who, "GET", f"/api/v1/institutions/{one.id}")
        answer = walk.ask(who, "PATCH", f"/api/v1/institutions/{one.id}", {"name": name}, if_match=read.etag)
        if answer.status == 200:
            one.renamed, one.name = one.renamed + 1, name
            break
    return told(answer)


@step(3)
def edit_profile(walk, one, rng):
    read = walk.ask(one.owner, "GET", f"/api/v1/institutions/{one.id}")
    if read.status == 200:
        return told(
            walk.ask(
                one.owner,
                "PATCH",
                f"/api/v1/institutions/{one.id}",
                {"introduction": f"简介 {rng.randrange(1000)}"},
                if_match=read.etag,
            )
        )


@step(4)
def add_qualification(walk, one, rng):
    return told(
        walk.ask(
            one.owner,
            "POST",
            "/api/v1/qualifications",
            {
                "kind": "licence",
                "name": f"证书{rng.randrange(1000)}",
                "number": "231101",
                "issuer": "市场监督管理局",
                "issued_on": "2023-01-10",
                "expires_on": "2030-01-09",
            },
        )
    )


@step(3)
def delete_qualification(walk, one, rng):
    rows = walk.items(one.owner, "/api/v1/qualifications")
    if rows:
        row = rng.choice(rows)
        return told(walk.ask(one.owner, "DELETE", f"/api/v1/qualifications/{row['id']}", if_match=row["version"]))


def products(walk, one):
    return [r for r in walk.items(one.owner, "/api/v1/products") if r["phase"] != "deleted"]


@step(5)
def create_product(walk, one, rng):
    return told(walk.ask(one.owner, "POST", "/api/v1/products", {**PRODUCT, "name": f"服务{rng.randrange(10 ** 6)}"}))


@step(4)
def edit_product(walk, one, rng):
    rows = products(walk, one)
    if rows:
        row = rng.choice(rows)
        change = rng.choice(
            (
                {"price": rng.randrange(100, 10**6)},
                {"summary": f"改 {rng.randrange(1000)}"},
                {"name": f"服务改{rng.randrange(10 ** 6)}"},
                {"contact_phone": f"0571-{rng.randrange(10 ** 7, 10 ** 8)}"},
            )
        )
        return f"{list(change)[0]} " + told(
            walk.ask(one.owner, "PATCH", f"/api/v1/products/{row['id']}", change, if_match=row["version"])
        )


@step(8)
def publish(walk, one, rng):
    rows = products(walk, one)
    if rows:
        there = [m["home"] for m in walk.items(one.owner, "/api/v1/memberships") if m["phase"] == "active"]
        slugs = (
            rng.sample(there, min(len(there), rng.randint(1, 3)))
            if there and rng.random() < 0.85
            else rng.sample(network_of(one.home), 1)
        )
        row = rng.choice(rows)
        body = {"products": [row["id"]], "platforms": slugs}
        if rng.random() < 0.3:
            body["overrides"] = [{"product": row["id"], "platform": slugs[0], "price": rng.randrange(100, 10**6)}]
        answer = walk.ask(one.owner, "POST", "/api/v1/products/publish", body)
        if (
            answer.status == 200
            and "overrides" in body
            and any(r["platform"] == slugs[0] and not r["problem"] for r in answer.json["results"])
        ):
            walk.world.own_prices[row["id"].replace("-", ""), slugs[0]] = body["overrides"][0]["price"]
        return f"on {','.join(slugs)}{' at a price of its own' if 'overrides' in body else ''} " + told(answer)


@step(3)
def delist(walk, one, rng):
    rows = products(walk, one)
    if rows:
        slug = rng.choice(network_of(one.home))
        return f"on {slug} " + told(
            walk.ask(
                one.owner,
                "POST",
                "/api/v1/products/delist",
                {"products": [rng.choice(rows)["id"]], "platforms": [slug]},
            )
        )


@step(1)
def delete_product(walk, one, rng):
    rows = products(walk, one)
    if rows:
        return told(walk.ask(one.owner, "POST", f"/api/v1/products/{rng.choice(rows)['id']}/delete", {}))


@step(1)
def leave(walk, one, rng):
    rows = [r for r in walk.items(one.owner, "/api/v1/memberships") if r["phase"] in ("active", "suspended")]
    if rows:
        row = rng.choice(rows)
        return f"{row['home']} " + told(walk.ask(one.owner, "POST", f"/api/v1/memberships/{row['id']}/leave", {}))


@step(2)
def decide_correction(walk, one, rng):
    rows = [r for r in walk.items(one.owner, "/api/v1/corrections") if r["phase"] == "waiting"]
    if rows:
        row, event = rng.choice(rows), rng.choice(("accept", "refuse"))
        return fire(walk, one.owner, "corrections", row["id"], event, **({"reason": "不符"} if event == "refuse" else {}))


# ---- Desks ----


def reviewer(walk, slug, rng):
    return rng.choice(walk.reviewers[slug])


def cases(walk, one, rng, *phases):
    """An open case of the institution at one of the platforms, with its reviewer."""
    found = []
    for slug in network_of(one.home):
        desk = reviewer(walk, slug, rng)
        found += [
            (slug, desk, row) for row in walk.items(desk, "/api/v1/case-queue", q=one.uscc) if row["phase"] in phases
        ]
    return found


@step(12)
def decide(walk, one, rng):
    found = cases(walk, one, rng, "waiting", "supplement")
    if found:
        slug, desk, row = rng.choice(found)
        # What waits for a supplement cannot be approved; it is tried all the same.
        event = rng.choice(
            ("approve", "approve", "approve", "refuse")
            if row["phase"] == "waiting"
            else ("refuse", "refuse", "refuse", "approve")
        )
        return f"{slug} " + fire(
            walk, desk, "cases", row["id"], event, **({"reason": "材料不足"} if event == "refuse" else {})
        )


@step(2)
def claim(walk, one, rng):
    found = cases(walk, one, rng, "waiting", "supplement")
    if found:
        slug, desk, row = rng.choice(found)
        return f"{slug} " + told(
            walk.ask(desk, "POST", f"/api/v1/cases/{row['id']}/{rng.choice(('claim', 'release'))}", {})
        )


@step(6)
def ask_supplement(walk, one, rng):
    found = cases(walk, one, rng, "waiting", "supplement")
    if found:
        slug, desk, row = rng.choice(found)
        read = walk.ask(desk, "GET", f"/api/v1/cases/{row['id']}")
        items = [
            # A city can be asked where one recommends.
            {
                "addressee": rng.choice(("institution", "institution", "institution", "city")),
                "item": "年报",
                "question": "请补充上年年报。",
            }
            for _ in range(rng.randint(1, 2))
        ]
        return f"{slug} " + told(
            walk.ask(desk, "POST", f"/api/v1/cases/{row['id']}/supplement", {"items": items}, if_match=read.etag)
        )


@step(1)
def resume(walk, one, rng):
    found = cases(walk, one, rng, "supplement")
    if found:
        slug, desk, row = rng.choice(found)
        return f"{slug} " + fire(walk, desk, "cases", row["id"], "resume")


@step(4)
def standing(walk, one, rng):
    slug = rng.choice([r["home"] for r in walk.items(one.owner, "/api/v1/memberships")] or [one.home])
    rows = [r for r in walk.items(walk.admins[slug], "/api/v1/memberships", institution_id=one.id) if r["home"] == slug]
    if rows:
        # Now and then what its standing does not allow is tried.
        event = rng.choice(
            ("suspend", "suspend", "remove", "resume")
            if rows[0]["phase"] == "active"
            else ("resume", "resume", "remove", "suspend")
        )
        return f"{slug} " + fire(
            walk,
            walk.admins[slug],
            "memberships",
            rows[0]["id"],
            event,
            **({} if event == "resume" else {"reason": "年检"}),
        )


@step(6)
def decide_listing(walk, one, rng):
    found = [
        (slug, desk, row)
        for slug in network_of(one.home)
        for desk in (reviewer(walk, slug, rng),)
        for row in walk.items(desk, "/api/v1/listings", institution_id=one.id)
    ]
    if found:
        slug, desk, row = rng.choice(found)
        event = rng.choice(
            ("approve", "approve", "return", "refuse")
            if row["phase"] == "waiting"
            else ("return", "delist", "refuse", "confirm")
        )
        return f"{slug} " + fire(
            walk, desk, "listings", row["id"], event, **({} if event in ("approve", "confirm") else {"reason": "请修改"})
        )


@step(8)
def recommend(walk, one, rng):
    slug = PARENT[COUNTY] if one.home == COUNTY else one.home
    if rng.random() < 0.2 and one.home in FIRST:
        slug = rng.choice(CITIES)  # another city, where it may be a member too
    return f"by {slug} " + told(
        walk.ask(
            reviewer(walk, slug, rng),
            "POST",
            "/api/v1/recommendations",
            {
                "institution_id": one.id,
                "annual_income": 900000000,
                "insured_staff": 30,
                "qualified_staff": 27,
                "enterprises_served": 150,
                "reason": "服务能力突出",
            },
        )
    )


def recommendations(walk, one, rng):
    return [
        (slug, desk, row)
        for slug in (CITIES if one.home in FIRST else ("changsha",))
        for desk in (reviewer(walk, slug, rng),)
        for row in walk.items(desk, "/api/v1/recommendations", uscc=one.uscc)
        if row["phase"] in ("sent", "waiting", "supplement")
    ]


@step(3)
def withdraw_recommendation(walk, one, rng):
    found = recommendations(walk, one, rng)
    if found:
        slug, desk, row = rng.choice(found)
        return f"{slug} " + told(walk.ask(desk, "POST", f"/api/v1/recommendations/{row['id']}/withdraw", {}))


@step(3)
def answer_at_city(walk, one, rng):
    found = [
        (slug, desk, row)
        for slug in CITIES
        for desk in (reviewer(walk, slug, rng),)
        for row in walk.items(desk, "/api/v1/supplements", state="open")
        if row["institution_id"] == one.id
    ]
    if found:
        slug, desk, row = rng.choice(found)
        return f"{slug} " + told(walk.ask(desk, "POST", f"/api/v1/supplements/{row['id']}/answer", {"answer": "已核实"}))


@step(5)
def invite(walk, one, rng):
    slug = PROVINCE if one.home in FIRST else "hunan"
    answer = walk.ask(
        reviewer(walk, slug, rng),
        "POST",
        "/api/v1/invitations",
        {"uscc": one.uscc, "name": one.name, "contact_name": "王联系", "contact_mobile": one.owner.mobile},
    )
    if answer.status == 201:
        one.codes.append((slug, answer.json["code"]))
    return told(answer)


@step(1)
def revoke_or_reissue(walk, one, rng):
    slug = PROVINCE if one.home in FIRST else "hunan"
    desk = reviewer(walk, slug, rng)
    rows = [r for r in walk.items(desk, "/api/v1/invitations") if r["uscc"] == one.uscc]
    if not rows:
        return None
    row = rng.choice(rows)
    if rng.random() < 0.5:
        return fire(walk, desk, "invitations", row["id"], "revoke")
    answer = walk.ask(desk, "POST", f"/api/v1/invitations/{row['id']}/reissue", {})
    if answer.status in (200, 201) and answer.json.get("code"):
        one.codes.append((slug, answer.json["code"]))
    return "reissue " + told(answer)


@step(2)
def correct(walk, one, rng):
    slug = rng.choice([s for s in network_of(one.home) if s != one.home])
    return f"by {slug} " + told(
        walk.ask(
            reviewer(walk, slug, rng),
            "POST",
            "/api/v1/corrections",
            {"institution_id": one.id, "changes": {"address": f"人民路 {rng.randrange(1000)} 号"}, "reason": "与登记不符"},
        )
    )


@step(5)
def rest(walk, one, rng):
    """What is under way arrives; without it, steps overtake one another."""
    walk.world.settle()
    return "settled"
