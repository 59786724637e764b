"""Whether one platform, one account or one visitor that does what waits or computes for long, as fast as it can, holds up the others
(core/http/lane.h). The others are 16 owners on 16 platforms who read and write at an even rate; all come from one address, which is the worse for
them. Quiet rounds and rounds under each kind of greed alternate; p99 is compared with the quiet round before it."""

import json
import os
import struct
import subprocess
import time
import zlib
from pathlib import Path

import seed
from figures import HOST, Row, add_written, patches
from place import ROOT, median, output_in_time, program

RATE, SECONDS, GREEDY, SIGN_INS = 60, 4, 16, 6
VISITED, UPLOADER, REDEEMER = 901, 902, 904  # platforms p901 …, and the institutions on them
AUTHORS = "suichang"
STAFF = {"exporter": (600001, "reviewer"), "author": (600002, "system_admin")}


def add_staff(place, platform, number, role):
    account = seed.uuid_sql(seed.ACCOUNT, str(number), 0)
    place.sql(f"""
        INSERT INTO account (platform_id, id, user_name, name, kind, home, created_at, updated_at)
          VALUES ({platform}, {account}, 'staff{number}', '李经办', 'staff', {platform}, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3));
        INSERT INTO account_role (platform_id, account_id, role, granted_at) VALUES ({platform}, {account}, '{role}', UTC_TIMESTAMP(3));
        INSERT INTO session (platform_id, token_hash, id, account_id, created_at, seen_at, expires_at)
          VALUES ({platform}, UNHEX(SHA2('{seed.token(number)}', 256)), {seed.uuid_sql(seed.SESSION, str(number), 0)}, {account}, UTC_TIMESTAMP(3),
            UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY);""")


def picture(width=1600, height=1200):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes((x * y) & 255 for x in range(width * 3)) for y in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def long_policy():
    """170 kB with a fault in each line: the slowest to check for its length."""
    text = (ROOT / "config" / "platforms" / f"{AUTHORS}.yaml").read_text(encoding="utf-8")
    return "\n".join([text, "categories:", *(f"  c{n:06d}: 1" for n in range((170000 - len(text)) // 13)), ""])


def sign_ins(place, platforms, count):
    for n in range(count):
        host = f"p{platforms[n % len(platforms)]}.localhost"
        yield place.request("POST", host, "/api/v1/auth/sign-in", body={"login": f"guess{platforms[0]}x{n}", "password": "wrong word 9"})


def uploads(place, count):
    product = seed.uuid_text(seed.PRODUCT, 1 + (UPLOADER - 1) * seed.PRODUCTS, 0)
    host, body = f"p{UPLOADER}.localhost", picture()
    path = f"/api/v1/attachments?record_type=product&record_id={product}&purpose=picture&file_name=a.png"
    head = [f"PUT {path} HTTP/1.1", f"Host: {host}:{place.port}", f"Cookie: qilian_session={seed.token(UPLOADER)}",
            f"Origin: http://{host}:{place.port}", "Content-Type: image/png", f"Content-Length: {len(body)}", "", ""]
    return ["\r\n".join(head).encode() + body] * count


def policy_check(place):
    return place.request("POST", f"{AUTHORS}.localhost", "/api/v1/platform/policy/check", token=seed.token(STAFF["author"][0]),
                         body={"source": long_policy(), "version": 1})


def greeds(place):
    """name: requests that one of them repeats without a pause."""
    export = place.request("GET", HOST, "/api/v1/listings/export.csv", token=seed.token(STAFF["exporter"][0]))
    redeem = place.request("POST", f"p{REDEEMER}.localhost", "/api/v1/invitations/redeem", token=seed.token(REDEEMER),
                           body={"code": "0000-0000-0000-0000", "platform": seed.PROVINCE, "consent": True})
    return {
        "a visitor who tries passwords": list(sign_ins(place, [VISITED], 2000)),
        "an account that uploads pictures of 2 megapixels": uploads(place, 4),
        "an administrator who has settings of 170 kB checked": [policy_check(place)],
        "a reviewer who exports 100,000 listings": [export],
        "an owner who redeems codes": [redeem],
    }


def others(place, rounds):
    """Reads and writes of 16 owners, in turn."""
    for n, patch in enumerate(patches(place, rounds)):
        owner = n // 50 % 16 + 1
        yield place.request("GET", f"p{owner}.localhost", "/api/v1/products?limit=20", token=seed.token(owner))
        yield patch


def lane_seconds(place, name):
    """Processor time that the threads of a lane have taken so far."""
    ticks = 0
    for task in Path(f"/proc/{place.child.pid}/task").iterdir():
        if (task / "comm").read_text().startswith(name):
            ticks += sum(map(int, (task / "stat").read_text().rsplit(")", 1)[1].split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def check_policy_time(place):
    """Of one check alone, from request to answer, and the processor time of it."""
    request = policy_check(place)
    begun, before = time.monotonic(), lane_seconds(place, "policy")
    status, body = place.ask(request)
    took = time.monotonic() - begun
    assert status == 200, (status, body)
    return took, lane_seconds(place, "policy") - before


class Greedy:
    def __init__(self, place, file):
        self.child = subprocess.Popen([str(program("load")), "-c", str(GREEDY), "-s", str(SECONDS + 1), "-f", str(file), str(place.port)],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def finish(self):
        return json.loads(output_in_time(self.child) or "{}")


def p99(place, file, rate, check):
    got = place.load("-c", 16, "-r", rate, "-s", SECONDS, "-f", file, place.port)
    assert not check or not got["not_2xx"] and not got["errors"], got
    return got["p99_ms"]


def compare(place, rounds, file, rate, greedy_file, check=True):
    """Medians of p99 quiet and under the greed, and of their ratio; what the greedy one got."""
    quiet, under, greed = [], [], {}
    for _ in range(rounds):
        quiet.append(p99(place, file, rate, check))
        greedy = Greedy(place, greedy_file)
        under.append(p99(place, file, rate, check))
        greed = greedy.finish()
    return median(quiet), median(under), median([a / b for a, b in zip(under, quiet)]), greed


def row(what, quiet, under, ratio, greed):
    away = f"{greed.get('per_second', 0):.0f}/s, {greed.get('not_2xx', 0)} of {greed.get('requests', 0)} refused"
    return Row(what, f"p99 {under:.1f} ms, {ratio - 1:+.0%}", "< +50 %", ratio < 1.5, f"quiet: {quiet:.1f} ms; the greedy one got {away}")


def fairness(place, rounds):
    add_written(place)
    add_staff(place, seed.platform_id(place, seed.PROVINCE), *STAFF["exporter"])
    add_staff(place, seed.platform_id(place, AUTHORS), *STAFF["author"])
    place.write_settings({"limits": {"export_rows": 100000}, "sms": {"proof_after": 1000000}})
    place.start()
    rows = []
    try:
        file = place.requests("others", others(place, 20))
        place.load("-c", 16, "-r", RATE, "-s", 2, "-f", file, place.port)
        times = [check_policy_time(place) for _ in range(max(3, rounds))]
        took, busy = (median([one[i] for one in times]) for i in (0, 1))
        rows.append(Row("Checking settings of 170 kB with a fault in each line", f"{took:.2f} s", "≤ 0.3 s", took <= 0.3, f"processor: {busy:.2f} s"))
        for name, made in greeds(place).items():
            greedy = place.requests("greedy", made)
            seed.keep_signed_in(place)
            rows.append(row(f"Others' reads and writes ({2 * RATE}/s on 16 platforms) beside {name}", *compare(place, rounds, file, 2 * RATE, greedy)))
        greedy = place.requests("greedy", sign_ins(place, [VISITED], 2000))
        honest = place.requests("sign-ins", sign_ins(place, list(range(1, 17)), 400))
        rows.append(row(f"Others' sign-ins ({SIGN_INS}/s on 16 platforms) beside a visitor who tries passwords",
                        *compare(place, rounds, honest, SIGN_INS, greedy, check=False)))
    finally:
        place.stop()
        place.write_settings()
    return rows
