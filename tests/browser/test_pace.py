"""How fast the publication matrix is with 1,000 products on 30 platforms: the server's pages, the first paint, and frames while somebody scrolls.
Said, not judged by the usual run: `QILIAN_PACE=1` begins it, alone on a quiet machine; docs/tasks.md says what it gave."""

import os
import subprocess
import sys
import time

import pytest

import people
import web
from harness.places import BUILD, ROOT

PRODUCTS, COPIES = 1000, 26


class Place:
    """What the benchmark's seed asks of an installation."""

    def __init__(self, installation):
        self.sql, self.ctl, self.folder = installation.sql, installation.ctl, installation.folder

    def value(self, statement):
        return self.sql(statement)[0][0]


def seed_shelves(place):
    sys.path.insert(0, str(ROOT / "tools" / "bench-src"))
    import seed
    seed.COPIES = COPIES
    seed.copy_platforms(place)
    ids = [int(row[0]) for row in place.sql("SELECT id FROM tenant ORDER BY id")]
    home = seed.platform_id(place, "lishui")
    seed.add_texts(place)
    seed.add_institutions(place, home, 1, 1, member_of=[one for one in ids if one != home])
    seed.add_products(place, 1, PRODUCTS, home, "1")
    for one in ids:
        seed.add_listings(place, 1, PRODUCTS, home, "1", "home" if one == home else one, f"{100 + one % 800:03x}")
    # As many states as there are, and an opinion to be shown.
    place.sql("""UPDATE listing SET phase = 'returned', live = 0, reason = '请补充收费依据和交付周期，并说明服务人员的资质。' WHERE MOD(CRC32(CONCAT(HEX(product_id), home_id)), 9) = 0;
        UPDATE listing SET phase = 'waiting', live = 0 WHERE MOD(CRC32(CONCAT(HEX(product_id), home_id)), 9) = 1;
        DELETE FROM listing_request WHERE MOD(CRC32(CONCAT(HEX(product_id), to_platform)), 9) = 2;""")
    seed.drop_texts(place)
    return seed.token(1), len(ids)


@pytest.mark.skipif(not os.environ.get("QILIAN_PACE"), reason="QILIAN_PACE=1 measures it")
@pytest.mark.timeout(900)
def test_pace(make_installation, folder):
    env = web.install(folder / "web.log")
    assert env and web.build(folder / "web.log"), (folder / "web.log").read_text()[-3000:]
    installation = make_installation()
    people.add_platforms(installation, "zhejiang", "hangzhou", "lishui", "suichang")
    token, platforms = seed_shelves(Place(installation))
    assert platforms == COPIES + 4
    server = installation.server()
    client = server.client("lishui.localhost")
    times = {}
    for name, query in (("first page", {"limit": 40}), ("next page", {"limit": 100}), ("counts", {"counts": "true", "limit": 1}),
                        ("returned", {"state": "returned", "limit": 40}), ("none", {"state": "none", "limit": 40})):
        found = []
        for _ in range(5):
            began = time.monotonic()
            answer = client.get("/api/v1/publication-matrix", query=query, headers={"Cookie": f"qilian_session={token}"}).expect(200)
            found.append(time.monotonic() - began)
        times[name] = (round(1000 * min(found)), len(answer.text.encode()))
    print("server, ms and bytes:", times)
    env = dict(env, QILIAN_PORT=str(server.port), QILIAN_TOKEN=token, QILIAN_OUTPUT=str(BUILD / "browser"))
    assert subprocess.run(["node", "pace.mjs"], cwd=ROOT / "tests" / "browser", env=env).returncode == 0
