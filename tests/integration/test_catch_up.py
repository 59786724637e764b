"""Catching up with a long log: its order, each entry once, what cannot be applied, and two servers at it at the same time."""

import json

import pytest

from harness import eventually
from network import ALPHABET, ORGANISATION, Network

INSTITUTIONS = 1200  # more than two batches hold, so that each comes again in a later one
PAYLOAD = {"attachments": [], "qualifications": [], "institution": {
    "type": "social_service", "organisation_type": "enterprise", "region_code": "331102", "contact_mobile": "13800000000",
    "created_at": "2026-01-01T08:00:00.000Z", "updated_at": "2026-01-01T08:00:00.000Z"}}


@pytest.fixture(scope="module")
def network(installation, server, sms_server):
    return Network(installation, server, sms_server, ("zhejiang", "hangzhou", "lishui"))


def code(source, number):
    """One that holds, of its own for each institution (GB 32100, GB 11714)."""
    organisation = f"{source % 10}{number:07d}"
    check = 11 - sum(ORGANISATION.index(c) * w for c, w in zip(organisation, (3, 7, 9, 10, 5, 8, 4, 2))) % 11
    body = "91331102" + organisation + {10: "X", 11: "0"}.get(check, str(check))
    rest = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body)) % 31
    return body + ALPHABET[(31 - rest) % 31]


class Log:
    """Profiles that a platform's log holds for another, straight in the tables: entry n (0 …) is of institution n % INSTITUTIONS, but every
    eleventh of the one before it."""

    def __init__(self, network, source, reader):
        self.sql = network.installation.sql
        self.source, self.reader = (int(self.sql(f"SELECT id FROM tenant WHERE slug = '{slug}'")[0][0]) for slug in (source, reader))
        self.base = 0

    @staticmethod
    def record(n):
        return (n - 1 if n % 11 == 10 else n) % INSTITUTIONS

    def payload(self, n):
        number = self.record(n)
        made = json.loads(json.dumps(PAYLOAD))
        made["institution"].update(id=f"00000000-0000-7000-8000-{self.source:04x}{number:08x}", uscc=code(self.source, number),
                                   name=f"机构 {number}", version=n + 1, introduction=str(n))
        return json.dumps(made, ensure_ascii=False, sort_keys=True)

    def add(self, count, special=None):
        """special: payloads of some entries, as SQL."""
        rows = ",".join(f"({n}, {(special or {}).get(n) or self.quoted(n)}, '{code(self.source, self.record(n))}')" for n in range(count))
        self.sql(f"""
            CREATE OR REPLACE TABLE test_log (n INT PRIMARY KEY, payload MEDIUMTEXT NULL, uscc CHAR(18) NOT NULL); INSERT INTO test_log VALUES {rows};
            START TRANSACTION; SELECT seq + 1 INTO @base FROM head WHERE platform_id = {self.source} FOR UPDATE;
            INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, at, commitment, leaf, salt, payload)
              SELECT {self.source}, @base + n, 1, 'institution.profile', 'institution',
              UNHEX(CONCAT('00000000000070008000', LPAD(HEX({self.source}), 4, '0'), LPAD(HEX(IF(n % 11 = 10, n - 1, n) % {INSTITUTIONS}), 8, '0'))), 1,
              UTC_TIMESTAMP(3), REPEAT('c', 32), REPEAT('l', 32), REPEAT('s', 16), payload FROM test_log;
            INSERT INTO log_address (reader, platform_id, seq) SELECT {self.reader}, {self.source}, @base + n FROM test_log;
            INSERT IGNORE INTO identity (network_id, uscc, institution_id, home, name, created_at)
              SELECT network, uscc,
              UNHEX(CONCAT('00000000000070008000', LPAD(HEX({self.source}), 4, '0'), LPAD(HEX(IF(n % 11 = 10, n - 1, n) % {INSTITUTIONS}), 8, '0'))),
              id, '机构', UTC_TIMESTAMP(3) FROM test_log JOIN tenant WHERE id = {self.source};
            UPDATE head SET seq = seq + {count} WHERE platform_id = {self.source}; COMMIT; DROP TABLE test_log""")
        self.base = int(self.sql(f"SELECT MAX(seq) FROM log_address WHERE platform_id = {self.source} AND reader = {self.reader}")[0][0]) - count + 1

    def quoted(self, n):
        return "'" + self.payload(n).replace("'", "''") + "'"

    def is_read(self):
        return self.sql(f"SELECT c.seq >= (SELECT MAX(a.seq) FROM log_address a WHERE a.reader = c.platform_id AND a.platform_id = c.source) "
                        f"FROM log_cursor c WHERE c.platform_id = {self.reader} AND c.source = {self.source}") == [["1"]]

    def copies(self):
        """Of each institution the entry that its copy was made of, by what it says and by what it says it is."""
        rows = self.sql(f"SELECT CONV(HEX(SUBSTR(id, 13)), 16, 10), introduction, CAST(home_seq AS SIGNED) - {self.base} FROM institution "
                        f"WHERE platform_id = {self.reader} AND home_id = {self.source} AND LEFT(id, 8) = UNHEX('0000000000007000')")
        return {int(record): (int(said), int(seq)) for record, said, seq in rows}

    def parked(self):
        return [int(row[0]) - self.base for row in self.sql(
            f"SELECT seq FROM log_parked WHERE platform_id = {self.reader} AND source = {self.source} ORDER BY seq")]


def newest(numbers):
    return {Log.record(n): (n, n) for n in numbers}


def counted(*servers):
    """Entries that the servers say they have applied, and parked."""
    lines = [line.split() for server in servers for line in server.admin("/metrics").expect(200).text.splitlines() if not line.startswith("#")]
    return tuple(sum(int(float(line[1])) for line in lines if line[0] == f"qilian_federation_{what}_total") for what in ("applied", "parked"))


def test_a_long_log_is_applied_in_order_and_once(network, server):
    log, before = Log(network, "lishui", "zhejiang"), counted(server)
    log.add(3700)
    eventually(log.is_read, 60, 0.1)
    assert log.copies() == newest(range(3700))
    assert log.parked() == []
    assert counted(server) == (before[0] + 3700, before[1])
    sealed = network.installation.sql(f"SELECT COUNT(DISTINCT contact_mobile_sealed), COUNT(DISTINCT contact_mobile_index) FROM institution "
                                      f"WHERE platform_id = {log.reader} AND LEFT(id, 8) = UNHEX('0000000000007000')")
    assert sealed == [[str(INSTITUTIONS), "1"]]


def test_what_cannot_be_applied_is_parked_wherever_it_stands(network, server):
    """In the middle of what was read ahead; what comes later for the same record waits behind it, and all else flows. An erased one is passed."""
    log, before = Log(network, "hangzhou", "zhejiang"), counted(server)
    broken, nothing, erased = 730, 1555, 1100
    log.add(2600, {broken: "'{\"institution\":'", nothing: "'{\"qualifications\":[]}'", erased: "NULL"})
    eventually(log.is_read, 120, 0.2)
    parked = [n for n in range(2600) if any(n >= bad and Log.record(n) == Log.record(bad) for bad in (broken, nothing))]
    assert len(parked) > 2 and log.parked() == parked
    assert log.copies() == newest(n for n in range(2600) if n not in parked and n != erased)
    assert counted(server) == (before[0] + 2600 - len(parked), before[1] + len(parked))


def test_two_servers_at_the_same_log(network, installation, server):
    """Each moves the cursor under the other, again and again."""
    other = installation.server("b")
    log, before = Log(network, "lishui", "hangzhou"), counted(server, other)
    for total in (2300, 2300, 1100):
        log.add(total)
        eventually(log.is_read, 120, 0.1)
        assert log.copies() == {**log.copies(), **newest(range(total))}
    assert log.parked() == []
    assert counted(server, other) == (before[0] + 5700, before[1])


def test_a_database_too_slow_for_a_whole_batch(network, installation, server):
    """What does not fit into the time of one transaction is applied in smaller parts, not tried for ever."""
    server.stop()
    slow = installation.server("slow", settings={"database": {"query_deadline": "1s"}})
    log = Log(network, "lishui", "hangzhou")
    installation.sql("CREATE TRIGGER slow BEFORE INSERT ON institution FOR EACH ROW SET NEW.introduction = IF(SLEEP(0.004), NULL, NEW.introduction)")
    try:
        log.add(1200)
        eventually(log.is_read, 90, 0.2)
    finally:
        installation.sql("DROP TRIGGER slow")
    assert log.parked() == [] and log.copies() == {**log.copies(), **newest(range(1200))}
    slow.stop()
    server.start()
