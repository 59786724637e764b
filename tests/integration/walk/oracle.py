"""What must hold once readers are idle, whatever was done in whatever order. Written from the requirements and the
tables alone: nothing here asks the server whether it agrees with itself. Each rule answers rows of (institution, what is wrong)."""

import collections
import json

import yaml

from harness import ROOT

RULES = []
OPEN = "('sent', 'waiting', 'supplement', 'withdrawing')"


def rule(fn):
    RULES.append(fn)
    return fn


def query(name, statement):
    """A rule that is one statement: hex of the institution, words."""

    def look(world):
        return [(row[0].lower(), f"{name}: {row[1]}") for row in world.installation.sql(statement)]

    look.__name__ = name
    return rule(look)


# ---- Standing, case, sources, recommendation, application, invitation agree ----

query(
    "a member's case is closed",
    """
    SELECT HEX(c.institution_id), CONCAT(t.slug, ' case ', c.number, ' is ', c.phase,
      ' while the institution is ', m.phase, ' there')
    FROM entry_case c JOIN tenant t ON t.id = c.platform_id
    JOIN membership m ON m.platform_id = c.platform_id AND m.home_id = c.platform_id
      AND m.institution_id = c.institution_id
    WHERE c.phase IN ('waiting', 'supplement') AND m.phase NOT IN ('applied', 'supplement')""",
)

query(
    "who stands as applied has an open case",
    """
    SELECT HEX(m.institution_id), CONCAT(t.slug, ' membership is ', m.phase, ' and no case is open')
    FROM membership m JOIN tenant t ON t.id = m.platform_id
    LEFT JOIN entry_case c ON c.platform_id = m.platform_id AND c.institution_id = m.institution_id
      AND c.phase IN ('waiting', 'supplement')
    WHERE m.home_id = m.platform_id AND m.phase IN ('applied', 'supplement') AND c.id IS NULL""",
)

query(
    "an open case has an active source",
    """
    SELECT HEX(c.institution_id), CONCAT(t.slug, ' case ', c.number, ' is open without a source')
    FROM entry_case c JOIN tenant t ON t.id = c.platform_id
    LEFT JOIN case_source s ON s.platform_id = c.platform_id AND s.case_id = c.id AND s.state = 'active'
    WHERE c.phase IN ('waiting', 'supplement') AND s.id IS NULL""",
)

query(
    "a closed case has no active source",
    """
    SELECT HEX(c.institution_id), CONCAT(t.slug, ' case ', c.number, ' is ', c.phase,
      ' with an active source of way ', s.way)
    FROM entry_case c JOIN tenant t ON t.id = c.platform_id JOIN case_source s ON s.platform_id = c.platform_id
      AND s.case_id = c.id
    WHERE c.phase NOT IN ('waiting', 'supplement') AND s.state = 'active'""",
)

query(
    "a recommendation is open as long as its case",
    f"""
    SELECT HEX(r.institution_id), CONCAT(t.slug, ' recommendation is ', r.phase, ', its case at ', p.slug,
      ' is ', COALESCE(c.phase, 'nowhere'),
                                         ', its source ', COALESCE(s.state, 'missing'))
    FROM recommendation r JOIN tenant t ON t.id = r.platform_id JOIN tenant p ON p.id = r.to_platform
    LEFT JOIN case_source s ON s.platform_id = r.to_platform AND s.id = r.id
    LEFT JOIN entry_case c ON c.platform_id = r.to_platform AND c.id = s.case_id
    WHERE r.phase IN {OPEN} AND (c.id IS NULL OR c.phase NOT IN ('waiting', 'supplement') OR s.state <> 'active')""",
)

query(
    "an application is open as long as its case",
    f"""
    SELECT HEX(a.institution_id), CONCAT(t.slug, ' application is ', a.phase, ', its case at ', p.slug,
      ' is ', COALESCE(c.phase, 'nowhere'),
                                         ', its source ', COALESCE(s.state, 'missing'))
    FROM application a JOIN tenant t ON t.id = a.platform_id JOIN tenant p ON p.id = a.to_platform
    LEFT JOIN case_source s ON s.platform_id = a.to_platform AND s.id = a.id
    LEFT JOIN entry_case c ON c.platform_id = a.to_platform AND c.id = s.case_id
    WHERE a.phase IN {OPEN} AND (c.id IS NULL OR c.phase NOT IN ('waiting', 'supplement') OR s.state <> 'active')""",
)

query(
    "an open recommendation has its ground",
    """
    SELECT HEX(r.institution_id), CONCAT(t.slug, ' recommendation is ', r.phase,
      ', and the institution is a member neither there nor below')
    FROM recommendation r JOIN tenant t ON t.id = r.platform_id
    WHERE r.phase IN ('sent', 'waiting', 'supplement') AND NOT EXISTS (
      SELECT 1 FROM membership m JOIN tenant b ON b.id = m.platform_id
      WHERE m.home_id = m.platform_id AND m.institution_id = r.institution_id AND m.phase = 'active'
        AND t.id IN (b.id, b.parent))""",
)

query(
    "what was withdrawn is answered",
    """
    SELECT HEX(x.institution_id), CONCAT(t.slug, ' ', x.what, ' still waits for ', p.slug, ' to hear that it is withdrawn')
    FROM (SELECT platform_id, institution_id, to_platform, phase, 'application' AS what FROM application UNION ALL
          SELECT platform_id, institution_id, to_platform, phase, 'recommendation' FROM recommendation) x
    JOIN tenant t ON t.id = x.platform_id JOIN tenant p ON p.id = x.to_platform
    WHERE x.phase = 'withdrawing'""",
)

# ZJ-4, ZJ-7: the province is for members of a city.
query(
    "an open application has its ground",
    """
    SELECT HEX(a.institution_id), CONCAT(t.slug, ' application to ', p.slug, ' is ', a.phase,
      ', and the institution is a member of no ', IF(a.way = 'join', 'platform', 'city'))
    FROM application a JOIN tenant t ON t.id = a.platform_id JOIN tenant p ON p.id = a.to_platform
    WHERE a.phase IN ('sent', 'waiting', 'supplement') AND a.to_platform <> a.platform_id
      AND (a.way = 'join' OR (a.way = 'self' AND p.slug = 'zhejiang')) AND NOT EXISTS (
      SELECT 1 FROM membership m JOIN tenant b ON b.id = m.platform_id
      WHERE m.home_id = m.platform_id AND m.institution_id = a.institution_id AND m.phase = 'active'
        AND (a.way = 'join' OR b.level = 'city'))""",
)

query(
    "nobody is told refused who was admitted",
    """
    SELECT HEX(x.institution_id), CONCAT(x.what, ' says ', x.phase, ' of a case that ended ', c.phase, ' at ', t.slug)
    FROM (SELECT id, institution_id, to_platform, phase, 'application' AS what FROM application UNION ALL
          SELECT id, institution_id, to_platform, phase, 'recommendation' FROM recommendation) x
    JOIN case_source s ON s.platform_id = x.to_platform AND s.id = x.id AND s.state = 'decided'
    JOIN entry_case c ON c.platform_id = x.to_platform AND c.id = s.case_id JOIN tenant t ON t.id = x.to_platform
    WHERE (x.phase = 'approved') <> (c.phase = 'approved')""",
)

query(
    "a redeemed code has made a member",
    """
    SELECT HEX(d.institution_id), CONCAT(t.slug, ' took a code, and the institution was never admitted there')
    FROM invitation i JOIN tenant t ON t.id = i.platform_id JOIN identity d ON d.uscc = i.uscc
      AND d.network_id = t.network
    LEFT JOIN membership m ON m.platform_id = i.platform_id AND m.home_id = i.platform_id AND m.uscc = i.uscc
    WHERE i.phase = 'redeemed' AND m.id IS NULL""",
)

query(
    "a member has no open invitation",
    """
    SELECT HEX(m.institution_id), CONCAT(t.slug, ' invitation is ', i.phase, ' and the institution is a member')
    FROM invitation i JOIN tenant t ON t.id = i.platform_id
    JOIN membership m ON m.platform_id = i.platform_id AND m.home_id = i.platform_id AND m.uscc = i.uscc
      AND m.phase = 'active'
    WHERE i.phase IN ('issued', 'delivered', 'opened') AND i.created_at < m.since""",
)

query(
    "one open invitation for an institution",
    """
    SELECT HEX(d.institution_id), CONCAT(t.slug, ' has ', COUNT(*), ' open invitations')
    FROM invitation i JOIN tenant t ON t.id = i.platform_id JOIN identity d ON d.uscc = i.uscc
      AND d.network_id = t.network
    WHERE i.phase IN ('issued', 'delivered', 'opened')
      GROUP BY i.platform_id, i.uscc, d.institution_id, t.slug HAVING COUNT(*) > 1""",
)

query(
    "supplements end with their case",
    """
    SELECT HEX(s.institution_id), CONCAT(t.slug, ' supplement is open, its case ', c.phase, ' at ', h.slug)
    FROM supplement s JOIN tenant t ON t.id = s.platform_id JOIN tenant h ON h.id = s.home_id
    JOIN entry_case c ON c.platform_id = s.home_id AND c.id = s.case_id
    WHERE s.state = 'open' AND c.phase NOT IN ('waiting', 'supplement')""",
)


# ---- The shelf ----

query(
    "only members are on a shelf",
    """
    SELECT HEX(l.institution_id), CONCAT(t.slug, ' shows ', l.product_number, ' of an institution that is ',
      COALESCE(m.phase, 'unknown'), ' there')
    FROM listing l JOIN tenant t ON t.id = l.platform_id
    LEFT JOIN membership m ON m.platform_id = l.platform_id AND m.home_id = l.platform_id
      AND m.institution_id = l.institution_id
    WHERE l.home_id = l.platform_id AND l.live = 1 AND COALESCE(m.phase, '') <> 'active'""",
)

query(
    "what is deleted is on no shelf",
    """
    SELECT HEX(l.institution_id), CONCAT(t.slug, ' has ', l.product_number,
      ' ', l.phase, ', live ', l.live, ', deleted at its home')
    FROM listing l JOIN tenant t ON t.id = l.platform_id JOIN product p ON p.platform_id = l.product_home
      AND p.id = l.product_id
    WHERE l.home_id = l.platform_id AND p.phase = 'deleted' AND (l.live = 1 OR l.phase IN ('waiting', 'active'))""",
)

query(
    "what its institution took off is off",
    """
    SELECT HEX(q.institution_id), CONCAT(t.slug, ' still has it ', l.phase, ', live ', l.live)
    FROM listing_request q JOIN listing l ON l.platform_id = q.to_platform AND l.home_id = q.to_platform
      AND l.product_id = q.product_id
    JOIN tenant t ON t.id = q.to_platform WHERE q.wanted = 'delisted' AND q.refusal IS NULL AND (l.live = 1
      OR l.phase = 'waiting')""",
)

query(
    "an open request was answered",
    """
    SELECT HEX(q.institution_id), CONCAT(t.slug, ' never answered request ', q.sent_count)
    FROM listing_request q JOIN tenant t ON t.id = q.to_platform
    LEFT JOIN listing l ON l.platform_id = q.platform_id AND l.home_id = q.to_platform AND l.product_id = q.product_id
    WHERE q.wanted = 'listed' AND q.refused_count < q.sent_count AND COALESCE(l.request_count, 0) < q.sent_count""",
)

query(
    "how often a product is listed",
    """
    SELECT HEX(p.institution_id), CONCAT(p.number, ' counts ', p.listed, ', is on ', COUNT(l.id))
    FROM product p LEFT JOIN listing l ON l.product_id = p.id AND l.home_id = l.platform_id AND l.live = 1
    GROUP BY p.platform_id, p.id, p.institution_id, p.number, p.listed HAVING p.listed <> COUNT(l.id)""",
)

query(
    "a live product is as its home says",
    """
    SELECT HEX(l.institution_id), CONCAT(t.slug, ' shows version ', l.live_version,
      ' and reviews ', l.pending_version, ' of ', l.product_number, ', which is at ', p.version)
    FROM listing l JOIN tenant t ON t.id = l.platform_id JOIN product p ON p.platform_id = l.product_home
      AND p.id = l.product_id
    JOIN listing_request q ON q.platform_id = p.platform_id AND q.product_id = p.id AND q.to_platform = l.platform_id
    WHERE l.home_id = l.platform_id AND l.live = 1 AND p.phase <> 'deleted' AND q.wanted = 'listed'
      AND GREATEST(l.live_version, l.pending_version) < q.sent_version""",
)


@rule
def what_differs_on_a_platform_stays(world):
    """A price that an institution set for one platform holds there until it sets another."""
    rows = world.installation.sql(
        "SELECT LOWER(HEX(q.product_id)), t.slug, HEX(q.institution_id), COALESCE(q.overrides, '{}') "
        "FROM listing_request q JOIN tenant t ON t.id = q.to_platform"
    )
    kept = {(row[0], row[1]): (row[2].lower(), json.loads(row[3].replace("\\\\", "\\"))) for row in rows}
    return [
        (kept[key][0], f"what differs stays: {key[1]} was told {price}, its home keeps {kept[key][1].get('price')}")
        for key, price in world.own_prices.items()
        if key in kept and kept[key][1].get("price") != price
    ]


# ---- Copies: equal to their home, and nowhere else ----

# A platform hears of an institution while it is above its home, has it as a member, decides on it or recommends it.
REACH = """(h.parent = t.id OR t.id = (SELECT parent FROM tenant WHERE id = h.parent)
    OR EXISTS (SELECT 1 FROM membership r WHERE r.platform_id = t.id AND r.home_id = t.id
      AND r.institution_id = {id} AND r.phase IN ('applied', 'supplement', 'active', 'suspended'))
    OR EXISTS (SELECT 1 FROM entry_case r WHERE r.platform_id = t.id AND r.institution_id = {id}
      AND r.phase IN ('waiting', 'supplement'))
    OR EXISTS (SELECT 1 FROM recommendation r WHERE r.platform_id = t.id AND r.institution_id = {id}
      AND r.phase IN ('sent', 'waiting', 'supplement', 'withdrawing')))"""


def copies(table, columns, institution="institution_id", of="home_id"):
    """of: the column that says where the institution is at home, which is where the reach begins."""
    reach = REACH.format(id=f"c.{institution}")
    same = " AND ".join(f"o.{column} <=> c.{column}" for column in columns)
    query(
        f"copies of {table}",
        f"""
        SELECT HEX(c.{institution}), CONCAT(t.slug,
          ' holds another {table} than its home, of an institution of ', h.slug)
        FROM {table} c JOIN tenant t ON t.id = c.platform_id JOIN tenant h ON h.id = c.{of}
        LEFT JOIN {table} o ON o.platform_id = c.home_id AND o.id = c.id
        WHERE c.home_id <> c.platform_id AND (t.id = h.id OR {reach}) AND (o.id IS NULL OR NOT ({same}))""",
    )


copies("membership", ("phase", "way", "until"), of="institution_home")
copies("listing", ("phase", "live", "live_version", "name", "price", "pending_version"), of="product_home")
copies("qualification", ("name", "number", "expires_on"))
copies(
    "institution",
    ("name", "address", "introduction", "type", "organisation_type", "contact_mobile_hint"),
    institution="id",
)

query(
    "a name is one name",
    f"""
    SELECT HEX(x.institution_id), CONCAT(t.slug, ' ', x.what, ' says ', x.name, ', the institution is called ', i.name)
    FROM (SELECT platform_id, institution_id, name, 'membership' AS what FROM membership UNION ALL
          SELECT platform_id, institution_id, institution_name, 'listing' FROM listing UNION ALL
          SELECT platform_id, institution_id, institution_name, 'supplement' FROM supplement
            WHERE state = 'open' UNION ALL
          SELECT platform_id, institution_id, name, 'open case' FROM entry_case
            WHERE phase IN ('waiting', 'supplement') UNION ALL
          SELECT platform_id, institution_id, name, 'open recommendation' FROM recommendation
            WHERE phase IN ('sent', 'waiting', 'supplement')) x
    JOIN tenant t ON t.id = x.platform_id JOIN institution i ON i.id = x.institution_id
      AND i.platform_id = i.home_id JOIN tenant h ON h.id = i.home_id
    WHERE x.name <> i.name AND (t.id = h.id OR {REACH.format(id='x.institution_id')})""",
)

query(
    "the network's directory knows the name",
    """
    SELECT HEX(d.institution_id), CONCAT('the directory says ', d.name, ', the institution is called ', i.name)
    FROM identity d JOIN institution i ON i.id = d.institution_id AND i.platform_id = i.home_id
      WHERE d.name <> i.name""",
)

query(
    "no copy crosses networks",
    """
    SELECT HEX(i.id), CONCAT(t.slug, ' holds a copy of an institution of ', h.slug)
    FROM institution i JOIN tenant t ON t.id = i.platform_id JOIN tenant h ON h.id = i.home_id
      WHERE t.network <> h.network""",
)

query(
    "copies are where a reach says so",
    """
    SELECT HEX(i.id), CONCAT(t.slug,
      ' holds a copy; the institution neither is nor was there, nor asked, and it is no platform above')
    FROM institution i JOIN tenant t ON t.id = i.platform_id JOIN tenant h ON h.id = i.home_id
    LEFT JOIN tenant a ON a.id = h.parent LEFT JOIN tenant b ON b.id = a.parent
    WHERE i.home_id <> i.platform_id AND t.id NOT IN (COALESCE(a.id, 0), COALESCE(b.id, 0))
      AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.platform_id = i.platform_id AND m.institution_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM entry_case c WHERE c.platform_id = i.platform_id AND c.institution_id = i.id)
      AND NOT EXISTS (SELECT 1 FROM recommendation r WHERE r.platform_id = i.platform_id
        AND r.institution_id = i.id)""",
)

query(
    "a correction is answered",
    """
    SELECT HEX(c.institution_id), CONCAT(t.slug, ' correction is ', c.phase, ', at home it is ',
      COALESCE(o.phase, 'nowhere'))
    FROM correction c JOIN tenant t ON t.id = c.platform_id
    LEFT JOIN correction o ON o.id = c.id AND o.platform_id = c.home_id
    WHERE c.platform_id <> c.home_id AND (o.phase <> c.phase
      OR (o.id IS NULL AND c.phase NOT IN ('refused', 'withdrawn')))""",
)

query(
    "nothing is parked",
    """
    SELECT HEX(p.record_id), CONCAT(t.slug, ' parked ', p.kind, ': ', p.error) FROM log_parked p
      JOIN tenant t ON t.id = p.platform_id""",
)


# ---- Who is told ----

REPEATED = ("sms_code", "overdue", "qualification_expiring")  # by their nature sent again


@rule
def told_once(world):
    """A text goes once to a telephone or a mailbox about one event of one record."""
    rows = world.installation.sql(
        "SELECT COALESCE(HEX(x.institution_id), ''), t.slug, n.template, n.recipient_hint, COALESCE(HEX(n.record_id), ''), "
        "n.variables "
        "FROM notice n JOIN tenant t ON t.id = n.platform_id "
        "LEFT JOIN (SELECT id, institution_id FROM entry_case UNION SELECT id, institution_id "
        "FROM application UNION SELECT id, institution_id FROM recommendation "
        "UNION SELECT id, institution_id FROM membership UNION SELECT id, institution_id "
        "FROM listing) x ON x.id = n.record_id"
    )
    counts = collections.Counter((row[2], row[3], row[4], row[5]) for row in rows if row[2] not in REPEATED and row[4])
    seen = {(row[2], row[3], row[4], row[5]): (row[0].lower(), row[1]) for row in rows}
    # A listing may be returned twice for the same reason, so what repeats is held against what happened.
    return [
        (seen[key][0], f"told twice: {seen[key][1]} sent {key[0]} {count} times to {key[1]} about one record")
        for key, count in counts.items()
        if count > 1 and count > happened(world, key[0], key[2])
    ]


def events():
    """Which events a text may tell of: an institution that applies and withdraws twice is told twice."""
    told = collections.defaultdict(set)
    for path in (ROOT / "config" / "lifecycles").glob("*.yaml"):
        for transition in yaml.safe_load(path.read_text(encoding="utf-8"))["transitions"]:
            for notice in transition.get("notices", ()):
                told[notice["template"]].add(transition["event"])
    return told


EVENTS = events()


def happened(world, template, record):
    """How often what a text tells of is in the log; 1 where no single event stands behind it."""
    kinds = " OR ".join(f"kind LIKE '%.{event}'" for event in sorted(EVENTS.get(template, ())))
    if not kinds:
        return 1
    rows = world.installation.sql(f"SELECT COUNT(*) FROM log_entry WHERE record_id = UNHEX('{record}') AND ({kinds})")
    return max(1, int(rows[0][0]))


query(
    "who was decided on is told",
    """
    SELECT HEX(c.institution_id), CONCAT(t.slug, ' case ', c.number, ' ended ', c.phase,
      ' and the institution has no message of it')
    FROM entry_case c JOIN tenant t ON t.id = c.platform_id
    WHERE c.phase IN ('approved', 'refused') AND NOT EXISTS (  -- who used a code was told by the page
      SELECT 1 FROM invitation i WHERE i.platform_id = c.platform_id AND i.uscc = c.uscc AND i.phase = 'redeemed'
      AND i.redeemed_at BETWEEN c.decided_at - INTERVAL 2 SECOND AND c.decided_at + INTERVAL 2 SECOND) AND NOT EXISTS (
      SELECT 1 FROM message m WHERE m.institution_id = c.institution_id
        AND m.created_at >= c.decided_at - INTERVAL 1 SECOND
        AND m.title LIKE CONCAT('%', ELT(1 + (c.phase = 'refused'), '通过', '未通过'), '%'))""",
)

query(
    "a city hears of its recommendation",
    """
    SELECT HEX(r.institution_id), CONCAT(t.slug, ' recommendation ended ', r.phase,
      ' and its desk has no message of it')
    FROM recommendation r JOIN tenant t ON t.id = r.platform_id
    WHERE r.phase IN ('approved', 'refused', 'withdrawn') AND NOT EXISTS (
      SELECT 1 FROM message m WHERE m.platform_id = r.platform_id AND m.role IS NOT NULL AND m.record_id = r.id)""",
)


query(
    "a message names the platform",
    """
    SELECT HEX(m.institution_id), CONCAT(t.slug, ' wrote: ', m.title, ' / ', LEFT(m.body, 80))
    FROM message m JOIN tenant t ON t.id = m.platform_id
    WHERE m.institution_id IS NOT NULL
      AND m.record_type IN ('entry_case', 'application', 'membership', 'listing', 'supplement', 'correction')
      AND NOT EXISTS (SELECT 1 FROM tenant n WHERE m.body LIKE CONCAT('%', n.name_zh, '%'))""",
)

query(
    "a message is there in both languages",
    """
    SELECT HEX(m.institution_id), CONCAT(t.slug, ' wrote in English: ', m.title_en, ' / ', LEFT(m.body_en, 80))
    FROM message m JOIN tenant t ON t.id = m.platform_id
    WHERE m.institution_id IS NOT NULL AND (m.title_en = '' OR m.body_en = '' OR m.title_en = m.title
      OR m.body_en = m.body)""",
)


# ---- What people are shown ----

PLURAL = {
    "entry_case": "cases",
    "listing": "listings",
    "listing_inspection": "listings",
    "identity_request": "identity-requests",
    "supplement": "supplements",
    "recommendation": "recommendations",
    "correction": "corrections",
    "application": "applications",
    "membership": "memberships",
    "invitation": "invitations",
}


def shown(world, walk):
    """Every to-do of these people can be opened by whom it is shown to, and something can be done with it there."""
    faults, mine = [], {one.id: one for one in walk.institutions}
    people = [(f"{slug} reviewer", desk) for slug, desks in walk.reviewers.items() for desk in desks[:1]]
    people += [(f"{slug} administrator", admin) for slug, admin in walk.admins.items()]
    people += [(f"owner of {one.name}", one.owner) for one in walk.institutions]
    for who, visitor in people:
        for item in walk.items(visitor, "/api/v1/workbench/todo", box="waiting"):
            plural = PLURAL.get(item["type"].removesuffix("_answered"))
            if not plural:
                continue
            answer = walk.ask(visitor, "GET", f"/api/v1/{plural}/{item['id']}")
            row = answer.json if answer.status == 200 else {}
            owner = row.get("institution_id")
            if owner is not None and owner not in mine:
                continue
            if answer.status != 200:
                faults.append(
                    (None, f"to-do of {who}: {item['type']} {item['name']} cannot be opened: {answer.status}")
                )
            elif item["type"] == "supplement" and row["state"] != "open":
                faults.append((owner, f"to-do of {who}: a supplement that is {row['state']}"))
            elif (
                "actions" in row
                and item["type"] not in ("supplement", "supplement_answered", "invitation")
                and not row["actions"]
            ):
                faults.append(
                    (
                        owner,
                        f"to-do of {who}: {item['type']} {item['name']} is {row.get('phase')}: nothing can be done with it",
                    )
                )
    return faults


def look(world, walks):
    """Every fault of these walks: {seed: [what is wrong]}."""
    owner = {one.hex: walk.seed for walk in walks for one in walk.institutions}
    found = {walk.seed: list(walk.broken) for walk in walks}
    for check in RULES:
        for institution, words in check(world):
            if institution in owner:
                found[owner[institution]].append(words)
            elif not institution and len(walks) == 1:
                found[walks[0].seed].append(words)
    for walk in walks:
        found[walk.seed] += [words for _, words in shown(world, walk)]
    return {seed: sorted(set(words)) for seed, words in found.items() if words}
