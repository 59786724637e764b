"""What is measured. Each function takes the place (populated, qiliand not running) and the number of rounds, and returns rows of the
table: what, figure, limit or goal, verdict. Rounds of subject and limit alternate, so that what else the machine does meets both."""

import difflib
import subprocess
import sys
import time
import urllib.parse

import seed
from place import DATABASE, login, median, output_in_time, process, program, run_json, wait_for_number, wait_until

HOST = f"{seed.PROVINCE}.localhost"
LISTS = "/api/v1/portal/listings"


class Row:
    """figure and goal are texts; good: None where nothing was promised."""

    def __init__(self, what, figure, goal="", good=None, limit=""):
        self.what, self.figure, self.limit, self.goal, self.good = what, figure, limit, goal, good

    @property
    def verdict(self):
        return {None: "", True: "met", False: "missed"}[self.good]


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


# ---- Start and memory ----

def start(place, rounds):
    times, memory = [], []
    for _ in range(rounds):
        times.append(place.start())
        time.sleep(0.5)
        memory.append(place.memory_mb())
        place.stop()
    place.start()
    for n in range(1, seed.COPIES + 1):
        place.ask(place.request("GET", f"p{n}.localhost", "/api/v1/portal/site"))
    every = place.memory_mb()
    begun = time.monotonic()
    status, _ = place.ask(place.request("GET", HOST, f"{LISTS}?q=%E8%9E%8D%E8%B5%84"))
    first = time.monotonic() - begun
    after = place.memory_mb()
    place.stop()
    assert status == 200, status
    return [
        Row("Start with 1,000 platforms and 100,000 products, until it serves", f"{median(times):.2f} s", "≤ 2 s", median(times) <= 2),
        Row("Resident memory then", f"{median(memory):.0f} MB", "≤ 200 MB", median(memory) <= 200),
        Row("… after a request to each of 1,000 platforms (a policy each)", f"{every:.0f} MB", "≤ 200 MB", every <= 200),
        Row("… after the first search among 100,000 listings, which are then in memory", f"{after:.0f} MB"),
        Row("First search after a start (loads the shelf)", f"{first:.2f} s"),
    ]


# ---- A public list page ----

class Limit:
    """Bare evhttp with the same bytes and threads."""

    def __init__(self, place, body, threads):
        path, out = place.folder / "page.json", place.folder / "evhttp.out"
        path.write_bytes(body)
        out.write_bytes(b"")
        self.child = process.start([program("evhttp_limit"), threads, path], log=place.log, out=out)
        wait_until(lambda: out.read_text().strip())
        self.port = int(out.read_text())

    def stop(self):
        process.end(self.child, 5)


def cached(place, rounds):
    path, ours, theirs = f"{LISTS}?facets=true", [], []
    place.start()
    status, body = place.ask(place.request("GET", HOST, path))
    assert status == 200, body
    limit = Limit(place, body, 1)
    try:
        for _ in range(rounds):
            theirs.append(place.load("-c", 64, "-s", 2, limit.port, path)["per_second"])
            got = place.load("-c", 64, "-s", 2, "-h", f"{HOST}:{place.port}", place.port, path)
            assert not got["not_2xx"], got
            ours.append(got["per_second"])
    finally:
        limit.stop()
        place.stop()
    ratio = median([a / b for a, b in zip(ours, theirs)])
    return [Row(f"Cached public list page, {len(body) / 1000:.0f} kB, one loop thread, access log on", f"{number(median(ours))}/s",
                "≥ 100 %", ratio >= 1, f"{number(median(theirs))}/s bare evhttp; {ratio:.0%}")]


WORDS = ("融资", "税务", "诊断", "专利", "培训", "工厂", "咨询", "法律", "品牌", "检测", "设备", "数据", "外贸", "园区", "质量", "绿色")


def searches(count, begin):
    """No two alike, so that none is answered from the cache: a word of two characters, a price range, and one of category, region, both."""
    for n in range(begin, begin + count):
        query = {"q": WORDS[n % len(WORDS)], "price_min": 20000 + n, "facets": "true", "limit": 20}
        if n % 3 != 1:
            query["category"] = seed.CATEGORIES[n % len(seed.CATEGORIES)]
        if n % 3 != 0:
            query["region"] = ("330100", "331100", "330000")[n // 3 % 3]
        yield f"{LISTS}?{urllib.parse.urlencode(query)}"


def search(place, rounds):
    place.start()
    at = iter(range(0, 10**9, 100000))

    def run(name, count, *words):
        made = (place.request("GET", HOST, path) for path in searches(count, next(at)))
        got = place.load(*words, "-f", place.requests(name, made), place.port)
        assert not got["not_2xx"] and not got["errors"], got
        return got

    try:
        run("warm", 50, "-c", 1, "-n", 50)
        most = median([run("most", 5000, "-c", 4, "-s", 2)["per_second"] for _ in range(rounds)])
        rate = max(1, int(most / 2))
        runs = [run("search", rate * 5, "-c", 32, "-r", rate, "-s", 5) for _ in range(rounds)]
    finally:
        place.stop()
    p50, p99 = (median([one[key] for one in runs]) for key in ("p50_ms", "p99_ms"))
    return [Row(f"Uncached search with filters and counts among 100,000 listings, at {rate}/s (half of the most)",
                f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", "p99 ≤ 50 ms", p99 <= 50, f"most: {number(most)}/s")]


# ---- Authenticated writes ----

WRITERS, OWN = 16, 50  # institutions on the first copies, products of each that are listed nowhere
FIRST_WRITTEN = 200001
POOL = 8  # connections, on both sides


def written_products():
    for n in range(WRITERS * OWN):
        yield n // OWN + 1, FIRST_WRITTEN + n


def add_written(place):
    """Listed nowhere: a write of theirs has no echo on other shelves that would be work beside the statements."""
    if place.value(f"SELECT COUNT(*) FROM product WHERE id = {seed.uuid_sql(seed.PRODUCT, FIRST_WRITTEN, 0)}") == "0":
        seed.add_texts(place)
        seed.add_products(place, FIRST_WRITTEN, WRITERS * OWN, f"({seed.FIRST_COPY} + (n - {FIRST_WRITTEN}) DIV {OWN})",
                          f"(1 + (n - {FIRST_WRITTEN}) DIV {OWN})")
        seed.drop_texts(place)
        place.sql(f"DELETE FROM product_count WHERE platform_id BETWEEN {seed.FIRST_COPY} AND {seed.FIRST_COPY + WRITERS - 1}")


def patches(place, rounds):
    """Products in turn, a new price each time."""
    for turn in range(rounds):
        for institution, product in written_products():
            yield place.request("PATCH", f"p{institution}.localhost", f"/api/v1/products/{seed.uuid_text(seed.PRODUCT, product, 0)}",
                                token=seed.token(institution), headers=("If-Match: *",),
                                body={"pricing": "fixed", "price": 1000 * (turn + 1) + product % 997 + int(time.time()) % 1000 * 100000})


def bare_products(place):
    path = place.folder / "products"
    with open(path, "w", encoding="ascii") as file:
        for institution, product in written_products():
            ids = (seed.uuid_text(kind, n, 0).replace("-", "") for kind, n in
                   ((seed.PRODUCT, product), (seed.INSTITUTION, institution), (seed.ACCOUNT, institution)))
            print(seed.FIRST_COPY - 1 + institution, *ids, seed.token_hash(institution), file=file)
    return path


def statements_of(place, request):
    """What the server sends to the database for one request, in order and each once."""
    path = place.folder / "general.log"
    place.sql(f"SET GLOBAL general_log_file = '{path}'; SET GLOBAL general_log = 1")
    status, body = place.ask(request)
    place.sql("SET GLOBAL general_log = 0")
    assert status == 200, body
    lines = [line.split("\t")[-2:] for line in path.read_text(encoding="utf-8").splitlines()]
    path.unlink()
    runs = [(words[0].split()[-2], words[0].split()[-1], words[1]) for words in lines if len(words) == 2 and len(words[0].split()) >= 2]
    worker = next(connection for connection, _, text in runs if text.startswith("SELECT s.id, s.account_id"))
    return [text for connection, what, text in runs if connection == worker and what == "Execute"]


def writes(place, rounds):
    add_written(place)
    bare = [program("writes_limit"), place.mariadb.socket, login(), DATABASE, POOL, 3, bare_products(place)]
    place.write_settings({"http": {"workers": POOL}})
    place.start()
    ours, theirs = [], []
    try:
        made = place.requests("writes", patches(place, 20))
        place.load("-c", 2 * POOL, "-s", 1, "-f", made, place.port)
        expected = subprocess.run([program("writes_limit"), "--statements"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        sent = statements_of(place, next(patches(place, 1)))
        difference = list(difflib.unified_diff(expected, sent, "writes_limit.c", "sent by the server", lineterm="", n=0))
        if difference:
            print(*difference, sep="\n", file=sys.stderr)
        for _ in range(rounds):
            theirs.append(run_json(bare)["per_second"])
            got = place.load("-c", 2 * POOL, "-s", 3, "-f", place.requests("writes", patches(place, 20)), place.port)
            assert not got["not_2xx"] and not got["errors"], got
            ours.append(got["per_second"])
    finally:
        place.stop()
        place.write_settings()
    ratio = median([a / b for a, b in zip(ours, theirs)])
    note = "; NOT the same statements any more" if difference else ""
    return [Row(f"Authenticated writes (PATCH of an own product), {POOL} connections, {WRITERS} platforms", f"{number(median(ours))}/s", "≥ 70 %",
                ratio >= 0.7, f"{number(median(theirs))}/s bare C client, {len(expected)} statements and COMMIT{note}; {ratio:.0%}")]


# ---- From publishing to the desk of another platform ----

HOME, DESK = "lishui", "hangzhou"
PUBLISHERS, EACH = 100, 60
FIRST_PUBLISHER, FIRST_PUBLISHED = 5001, 300001
PUBLISH_RATE, PUBLISH_SECONDS = 200, 5


def add_publishers(place):
    home, desk = seed.platform_id(place, HOME), seed.platform_id(place, DESK)
    seed.add_institutions(place, home, FIRST_PUBLISHER, PUBLISHERS, member_of=(desk,))
    seed.add_texts(place)
    seed.add_products(place, FIRST_PUBLISHED, PUBLISHERS * EACH, str(home), f"({FIRST_PUBLISHER} + (n - {FIRST_PUBLISHED}) DIV {EACH})")
    seed.drop_texts(place)
    return desk


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def publish_round(place, desk, products):
    """Milliseconds from the moment that each request was due until the listing was seen waiting for review."""
    log, made = place.folder / "publish.log", []
    for product in products:
        publisher = FIRST_PUBLISHER + (product - FIRST_PUBLISHED) // EACH
        made.append(place.request("POST", f"{HOME}.localhost", "/api/v1/products/publish", token=seed.token(publisher),
                                  body={"products": [seed.uuid_text(seed.PRODUCT, product, 0)], "platforms": [DESK]}))
    with open(place.folder / "watch.out", "w", encoding="ascii") as out:
        watch = subprocess.Popen([program("watch"), place.mariadb.socket, login(), DATABASE, str(desk)], stdin=subprocess.PIPE, stdout=out)
    wait_until(lambda: (place.folder / "watch.out").read_text())
    got = place.load("-c", 32, "-r", PUBLISH_RATE, "-n", len(made), "-l", log, "-f", place.requests("publish", made), place.port)
    assert not got["not_2xx"] and not got["errors"], got
    time.sleep(2)
    output_in_time(watch)
    seen = {product.lower(): int(at) for at, product in (line.split() for line in (place.folder / "watch.out").read_text().splitlines()[1:])}
    due = {int(words[0]): int(words[1]) for words in map(str.split, log.read_text().splitlines())}
    taken = [seen.get(seed.uuid_text(seed.PRODUCT, product, 0).replace("-", "")) for product in products]
    assert None not in taken, f"{taken.count(None)} of {len(taken)} were not waiting two seconds later"
    return [(at - due[i]) / 1000 for i, at in enumerate(taken)], got


def publish(place, rounds):
    desk, products = add_publishers(place), iter(range(FIRST_PUBLISHED, FIRST_PUBLISHED + PUBLISHERS * EACH))
    size, waits, answers = PUBLISH_RATE * PUBLISH_SECONDS, [], []
    place.start()
    try:
        publish_round(place, desk, [next(products) for _ in range(size // 2)])
        for _ in range(min(rounds, 5)):
            waited, answered = publish_round(place, desk, [next(products) for _ in range(size)])
            waits.append(waited)
            answers.append(answered)
    finally:
        place.stop()
    p50, p99 = (median([percentile(one, share) for one in waits]) for share in (0.5, 0.99))
    first, last = (median([one[key] for one in answers]) for key in ("p50_ms", "p99_ms"))
    return [Row(f"Published → waiting for review on another platform, {PUBLISH_RATE}/s", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
                "p50 ≤ 20 ms, p99 ≤ 100 ms", p50 <= 20 and p99 <= 100, f"answer to the institution: p50 {first:.1f} ms, p99 {last:.1f} ms")]


# ---- Catching up ----

PROFILES = 200000
READER = seed.FIRST_COPY + 900  # and the ones after it, a fresh one for each round


def wait_read(place, reader, sources, goal, pause=0.1):
    """Until a reader is at the end of the logs. It goes on past an entry that it refuses, after trying it for seconds: the first is an error."""
    which = f"platform_id = {reader} AND source IN ({', '.join(map(str, sources))})"

    def applied():
        seq, refused = place.sql(f"SELECT COALESCE(SUM(seq), 0), (SELECT MIN(error) FROM log_parked WHERE {which}) FROM log_cursor WHERE {which}")[0]
        assert refused == "NULL", f"platform {reader} refuses entries: {refused}"
        return int(seq)

    wait_for_number(applied, goal, pause=pause)


def catch(place, reader, sources, total):
    """Seconds from the start of qiliand until a reader has applied all of the logs."""
    for source in sources:
        seed.address_log(place, source, reader)
    place.start()
    begun = time.time()
    try:
        wait_read(place, reader, sources, total)
        ended = float(place.value(f"SELECT UNIX_TIMESTAMP(MAX(updated_at)) FROM log_cursor WHERE platform_id = {reader}"))
    finally:
        place.stop()
    return ended - begun


def copy_inside(place, reader, other):
    """The limit: the same rows put into the same table by the database alone, in one statement."""
    columns = [row[0] for row in place.sql("SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
                                           "table_name = 'institution' AND column_name <> 'platform_id' ORDER BY ordinal_position")]
    names = ", ".join(columns)
    begun = time.monotonic()
    place.sql(f"INSERT INTO institution (platform_id, {names}) SELECT {other}, {names} FROM institution WHERE platform_id = {reader}")
    return time.monotonic() - begun


def catch_up(place, rounds):
    rounds, fresh, rows = min(rounds, 3), iter(range(READER, READER + 90)), []
    one, many = [seed.FIRST_COPY + 800], [seed.FIRST_COPY + 810 + i for i in range(4)]
    seed.add_profile_log(place, one[0], 1000000, PROFILES)
    for i, source in enumerate(many):
        seed.add_profile_log(place, source, 2000000 + 100000 * i, PROFILES // len(many))
    for sources, what in ((one, "one log"), (many, "four logs")):
        times, limits = [], []
        for _ in range(rounds):
            reader = next(fresh)
            times.append(catch(place, reader, sources, PROFILES))
            limits.append(copy_inside(place, reader, next(fresh)))
        rate, limit = PROFILES / median(times), PROFILES / median(limits)
        rows.append(Row(f"Catch-up of 200,000 profiles never seen, {what}", f"{number(rate)}/s", "≥ 30,000/s", rate >= 30000,
                        f"{number(limit)}/s INSERT … SELECT inside MariaDB; {rate / limit:.0%}"))
    return rows


REQUESTS, REQUESTING = 10000, 100  # listings asked for, by so many institutions
FIRST_REQUESTING, FIRST_REQUESTED, REQUEST_SOURCE = 6001, 400001, seed.FIRST_COPY + 820


def listings(place, rounds):
    """One round: the shelf can be caught up with once."""
    province = seed.platform_id(place, seed.PROVINCE)
    institution = f"({FIRST_REQUESTING} + (n - {FIRST_REQUESTED}) DIV {REQUESTS // REQUESTING})"
    seed.add_institutions(place, REQUEST_SOURCE, FIRST_REQUESTING, REQUESTING, member_of=(province,))
    seed.add_texts(place)
    seed.add_products(place, FIRST_REQUESTED, REQUESTS, str(REQUEST_SOURCE), institution)
    seed.add_request_log(place, REQUEST_SOURCE, FIRST_REQUESTED, REQUESTS, institution)
    seed.drop_texts(place)
    place.start()
    try:
        place.ask(place.request("GET", HOST, next(searches(1, 7 * 10**8))))
        seed.address_log(place, REQUEST_SOURCE, province)
        cursor = f"FROM log_cursor WHERE platform_id = {province} AND source = {REQUEST_SOURCE}"
        wait_until(lambda: place.value(f"SELECT seq {cursor}"), pause=0.01)
        begun, before = time.time(), int(place.value(f"SELECT seq {cursor}"))
        made = (place.request("GET", HOST, path) for path in searches(1000, 8 * 10**8))
        found = place.load("-c", 8, "-r", 5, "-s", 4, "-f", place.requests("lag", made), place.port)
        # Not until it is at the last of them: the source goes on writing, of what became of its products, and the cursor passes.
        wait_read(place, province, [REQUEST_SOURCE], REQUESTS, 0.05)
        listed = (f"FROM listing WHERE platform_id = {province} AND product_home = {REQUEST_SOURCE} AND live = 1 "
                  f"AND id >= {seed.uuid_sql(seed.LISTING, FIRST_REQUESTED, 0)}")
        live = place.value(f"SELECT COUNT(*) {listed}")
        ended = float(place.value(f"SELECT UNIX_TIMESTAMP(MAX(created_at)) {listed}"))
    finally:
        place.stop()
    assert live == str(REQUESTS), f"{live} of {REQUESTS} are on the shelf"
    return [Row(f"Catch-up of {REQUESTS:,} listings, each checked, put on the shelf, logged and reported to its home", f"{number((REQUESTS - before) / (ended - begun))}/s",
                limit="searches meanwhile: p50 {p50_ms:.0f} ms, p99 {p99_ms:.0f} ms".format(**found)),
            Row("Index lag: what is committed and not yet found", "none: a search takes in what its log's head names before it answers")]
