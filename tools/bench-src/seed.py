"""Data to measure on, put straight into the tables. For measuring only: nothing is checked, numbers and codes are made up.

1,000 platforms: a province, two cities and a county from config/platforms, and 996 copies of the county with names, hosts and policies
of their own. Each copy is the home of one institution with 100 products, all of them on the province's shelf.
"""

import hashlib
import random
import time

import yaml

from place import ROOT

COPIES = 996
PRODUCTS = 100  # of each institution
TEXTS = 5000  # different products, as far as their words go
PROVINCE, FIRST_COPY = "zhejiang", 1001

CATEGORIES = ("policy", "finance", "innovation", "digital", "talent", "market", "management", "legal", "tax", "property", "testing",
              "startup", "design", "logistics", "green", "other")
REGIONS = ("330102", "330105", "330106", "330108", "330203", "330302", "330402", "330502", "330602", "330702", "330802", "330902",
           "331002", "331102", "331121", "331122", "331123", "331124", "331181")
OBJECTS = ("中小企业", "制造业企业", "外贸企业", "专精特新企业", "科技型企业", "小微企业", "农产品企业", "软件企业", "初创团队", "产业集群", "园区企业", "工业企业")
WORKS = ("数字化转型诊断", "智能工厂规划", "融资对接", "知识产权代理", "税务筹划", "法律顾问", "人才招聘", "品牌设计", "检验检测", "碳排放核算", "供应链优化",
         "市场开拓", "管理咨询", "高新技术企业认定辅导", "政策申报", "信息安全评估", "云平台迁移", "两化融合贯标", "专利检索分析", "出口退税代办", "合同审查", "员工培训",
         "绿色工厂创建", "质量管理体系认证", "工业互联网应用", "数据治理", "电商运营", "股权激励设计", "财务共享", "设备联网改造")
ENDINGS = ("服务", "方案", "套餐", "咨询", "项目", "专项服务")
SENTENCES = ("由资深顾问团队上门调研，出具书面报告", "按月跟踪进度并提供整改建议", "支持线上线下结合的交付方式", "已服务本地企业三百余家，客户满意度高", "提供全过程档案管理，资料可追溯",
             "结合行业特点制定实施路线图", "协助准备申报材料并跟进评审", "提供一年免费答疑", "费用透明，签约后分阶段支付", "可与现有系统对接，减少重复录入",
             "由持证工程师负责现场实施", "根据企业规模分级定价", "完成后组织验收与培训", "配备专属客户经理", "重点解决生产排程与库存积压问题",
             "帮助企业降低能耗与运营成本", "对接银行、担保和创投机构", "覆盖全省各地市与县区", "遵守保密约定，保护企业商业秘密", "提供中英文双语材料")


def uuid_sql(kind, number, platform):
    """An id in the form of version 7: rising with the number, its end as good as random."""
    return f"UNHEX(CONCAT('018F',LPAD(HEX({number}),8,'0'),'7{kind}8',LEFT(SHA1(CONCAT({number},'-',{platform})),15)))"


def uuid_text(kind, number, platform):
    digits = f"018f{number:08x}7{kind}8{hashlib.sha1(f'{number}-{platform}'.encode()).hexdigest()[:15]}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


INSTITUTION, PRODUCT, LISTING, MEMBERSHIP, ACCOUNT, SESSION, OWN_LISTING = "001", "002", "003", "004", "005", "006", "007"


def quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


# ---- Platforms ----

def add_platforms(place):
    """The other city reviews what is to be listed there, which the network's policy would let through."""
    folder = ROOT / "config" / "platforms"
    city = place.folder / "hangzhou.yaml"
    city.write_text(yaml.safe_dump({**yaml.safe_load((folder / "hangzhou.yaml").read_text(encoding="utf-8")), "listing": {"review": "before"}},
                                   allow_unicode=True, sort_keys=False), encoding="utf-8")
    for file in (folder / "zhejiang.yaml", city, folder / "lishui.yaml", folder / "suichang.yaml"):
        place.ctl("platform", "add", file)
    copy_platforms(place)


def copy_platforms(place):
    renamed = "REPLACE(REPLACE({}, '遂昌县企业服务平台', CONCAT('遂昌县企业服务平台', seq, '号')), 'suichang.localhost', CONCAT('p', seq, '.localhost'))"
    place.sql(f"""
        CREATE TEMPORARY TABLE copy AS SELECT seq, {FIRST_COPY} - 1 + seq AS id, UNHEX(SHA2({renamed.format('d.document')}, 256)) AS hash,
          {renamed.format('d.document')} AS document, {renamed.format('v.source')} AS source, t.*
        FROM (SELECT network, parent, level, kind, region_code, policy_hash, id AS original FROM tenant WHERE slug = 'suichang') t
        JOIN policy_document d ON d.hash = t.policy_hash JOIN policy_version v ON v.tenant = t.original JOIN seq_1_to_{COPIES};
        INSERT INTO policy_document (hash, document, created_at) SELECT hash, document, UTC_TIMESTAMP(3) FROM copy;
        INSERT INTO policy_version (tenant, version, hash, source, created_at, created_by)
          SELECT id, 1, hash, source, UTC_TIMESTAMP(3), 'bench' FROM copy;
        INSERT INTO tenant (id, network, parent, slug, level, kind, region_code, number_code, name_zh, name_en, policy_hash, policy_version,
          created_at) SELECT id, network, parent, CONCAT('p', seq), level, kind, region_code, CONCAT('7', LPAD(seq, 5, '0')),
          CONCAT('遂昌县企业服务平台', seq, '号'), CONCAT('Suichang ', seq), hash, 1, UTC_TIMESTAMP(3) FROM copy;
        INSERT INTO tenant_host (host, tenant, main) SELECT CONCAT('p', seq, '.localhost'), id, 1 FROM copy;""")


def platform_id(place, slug):
    return int(place.value(f"SELECT id FROM tenant WHERE slug = '{slug}'"))


# ---- Institutions with their people ----

def add_institutions(place, home, first, count, member_of=()):
    """On one platform, or (home NULL) one on each copy. Members of their home and of the platforms named. Each has an owner who is
    signed in: token(n)."""
    at = f"{home}" if home else f"{FIRST_COPY} + n - {first}"
    rows = f"(SELECT seq AS n FROM seq_{first}_to_{first + count - 1}) s"
    institution = uuid_sql(INSTITUTION, "n", 0)
    place.sql(f"""
        INSERT INTO institution (platform_id, id, home_id, uscc, name, type, organisation_type, region_code, address, registered_on,
          registered_capital, contact_name, service_phone, introduction, annual_income, insured_staff, full_time_staff, qualified_staff,
          enterprises_served, penalty_free, fixed_premises, created_at, updated_at)
        SELECT {at}, {institution}, {at}, CONCAT('91331100', LPAD(n, 10, '0')), CONCAT('丽水第', n, '企业服务有限公司'), 'social_service',
          'enterprise', '331102', '中山街 1 号', '2015-03-01', 500000000, '王联系', '0578-2000000', '为中小企业提供服务。', 900000000, 30, 30, 27, 150, 1, 1,
          UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM {rows};
        INSERT INTO identity (network_id, uscc, institution_id, home, name, created_at)
        SELECT (SELECT network FROM tenant WHERE slug = '{PROVINCE}'), CONCAT('91331100', LPAD(n, 10, '0')), {institution}, {at},
          CONCAT('丽水第', n, '企业服务有限公司'), UTC_TIMESTAMP(3) FROM {rows};
        INSERT INTO account (platform_id, id, user_name, name, kind, institution_id, home, created_at, updated_at)
        SELECT {at}, {uuid_sql(ACCOUNT, 'n', 0)}, CONCAT('owner', n), '李经办', 'institution', {institution}, {at}, UTC_TIMESTAMP(3),
          UTC_TIMESTAMP(3) FROM {rows};
        INSERT INTO account_role (platform_id, account_id, role, granted_at)
        SELECT {at}, {uuid_sql(ACCOUNT, 'n', 0)}, 'owner', UTC_TIMESTAMP(3) FROM {rows};
        INSERT INTO session (platform_id, token_hash, id, account_id, created_at, seen_at, expires_at)
        SELECT {at}, UNHEX(SHA2(CONCAT('bench-', n), 256)), {uuid_sql(SESSION, 'n', 0)}, {uuid_sql(ACCOUNT, 'n', 0)}, UTC_TIMESTAMP(3),
          UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY FROM {rows};""")
    for on in (at, *member_of):
        add_memberships(place, at, on, rows, copies=on != at)


def add_memberships(place, home, on, rows, copies):
    for reader in (on, home) if copies else (on,):
        place.sql(f"""
            INSERT INTO membership (platform_id, id, home_id, institution_id, institution_home, uscc, name, way, phase, step, policy_hash,
              since, created_at, updated_at)
            SELECT {reader}, {uuid_sql(MEMBERSHIP, 'n', on)}, {on}, {uuid_sql(INSTITUTION, 'n', 0)}, {home},
              CONCAT('91331100', LPAD(n, 10, '0')), CONCAT('丽水第', n, '企业服务有限公司'), 'self', 'active', 'active',
              (SELECT policy_hash FROM tenant WHERE id = {on}), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) FROM {rows};""")


def token(n):
    return f"bench-{n}"


def keep_signed_in(place):
    place.sql("UPDATE session SET seen_at = UTC_TIMESTAMP(3)")


# ---- Products and listings ----

def add_texts(place):
    """The words of TEXTS products: a name, a summary of some 60 characters, a description of some 220."""
    rng, rows = random.Random(11), []
    for n in range(TEXTS):
        name = f"{rng.choice(OBJECTS)}{rng.choice(WORKS)}{rng.choice(ENDINGS)}"
        summary = f"面向{rng.choice(OBJECTS)}的{name}，{rng.choice(SENTENCES)}，{rng.choice(SENTENCES)}。"
        blocks = [f'{{"text":"{"，".join(rng.sample(SENTENCES, 4))}。","type":"paragraph"}}' for _ in range(3)]
        rows.append(f"({n}, {quote(name)}, {quote(summary)}, {quote('[' + ','.join(blocks) + ']')})")
    place.sql("CREATE TABLE bench_text (i INT UNSIGNED PRIMARY KEY, name VARCHAR(120) NOT NULL, summary VARCHAR(300) NOT NULL, "
              "description TEXT NOT NULL); INSERT INTO bench_text VALUES " + ",".join(rows))


def drop_texts(place):
    place.sql("DROP TABLE bench_text")


def choice(values, number):
    return f"ELT(1 + MOD(CRC32({number} * 7919), {len(values)}), {', '.join(quote(value) for value in values)})"


def products_sql(first, count, home, institution):
    """A subquery with the columns of products first … first + count - 1; home and institution: SQL over n."""
    price = "IF(MOD(n, 5) = 0, NULL, 100 * (200 + MOD(CRC32(n), 80000)))"
    number = f"CONCAT('PX-', (SELECT number_code FROM tenant WHERE id = {home}), '-', n)"
    return f"""(SELECT n, {home} AS home, {uuid_sql(PRODUCT, 'n', 0)} AS id, {uuid_sql(INSTITUTION, institution, 0)} AS institution_id,
        {institution} AS institution, {number} AS number, t.name, t.summary, t.description, {choice(CATEGORIES, 'n')} AS category,
        {choice(REGIONS, '(n + 3)')} AS region_code, IF(MOD(n, 5) = 0, 'negotiable', 'fixed') AS pricing, {price} AS price,
        CONCAT('["', CHAR(65 + MOD(n, 18)), '"]') AS industries, UTC_TIMESTAMP(3) - INTERVAL MOD(CRC32(n * 31), 700 * 86400) SECOND AS at
        FROM (SELECT seq AS n FROM seq_{first}_to_{first + count - 1}) s JOIN bench_text t ON t.i = MOD(s.n, {TEXTS})) p"""


def add_products(place, first, count, home, institution):
    place.sql(f"""
        INSERT INTO product (platform_id, id, institution_id, number, name, category, industries, region_code, pricing, price, price_unit,
          summary, description, contact_phone, phase, step, created_at, updated_at)
        SELECT home, id, institution_id, number, name, category, industries, region_code, pricing, price, '元/次', summary, description,
          '0578-2000000', 'ready', 'ready', at, at FROM {products_sql(first, count, home, institution)};""")


def add_listings(place, first, count, home, institution, on, kind):
    """On the shelf of `on`, with the home's request and its copy."""
    content = """CONCAT('{"category":"', category, '","contact_phone":"0578-2000000","description":', description, ',"industries":', industries,
        ',"name":"', name, '","number":"', number, '",', IF(price IS NULL, '', CONCAT('"price":', price, ',')), '"price_unit":"元/次","pricing":"',
        pricing, '","region_code":"', region_code, '","summary":"', summary, '","version":1}')"""
    rows = products_sql(first, count, home, institution)
    for reader in ("home",) if on == "home" else (on, "home"):
        place.sql(f"""
            INSERT INTO listing (platform_id, id, home_id, product_id, product_number, product_home, institution_id, institution_name, phase,
              step, policy_hash, live, live_version, name, category, region_code, pricing, price, content, request_count, submitted_at,
              decided_at, published_at, created_at, updated_at)
            SELECT {reader}, {uuid_sql(kind, 'n', 0)}, {on}, id, number, home, institution_id, CONCAT('丽水第', institution, '企业服务有限公司'),
              'active', 'active', (SELECT policy_hash FROM tenant WHERE tenant.id = {on}), 1, 1, name, category, region_code, pricing, price,
              {content}, 1, at, at, at, at, at FROM {rows};""")
    place.sql(f"""
        INSERT INTO listing_request (platform_id, product_id, to_platform, listing_id, institution_id, wanted, sent_version, sent_at)
        SELECT home, id, {on}, {uuid_sql(kind, 'n', 0)}, institution_id, 'listed', 1, at FROM {rows};""")


def count_products(place):
    place.sql("""
        UPDATE product p JOIN (SELECT platform_id, product_id, COUNT(*) AS n FROM listing WHERE live = 1 GROUP BY platform_id, product_id) l
          ON l.platform_id = p.platform_id AND l.product_id = p.id SET p.listed = l.n;
        INSERT INTO product_count (platform_id, institution_id, home_id, created, listed)
          SELECT platform_id, institution_id, platform_id, COUNT(*), SUM(listed > 0) FROM product GROUP BY platform_id, institution_id;""")


def populate(place):
    """Institution n (1 …) is at home on the n-th copy; its products are 100 (n - 1) + 1 … 100 n. Four at the first copy have more."""
    add_platforms(place)
    add_texts(place)
    province = platform_id(place, PROVINCE)
    add_institutions(place, None, 1, COPIES, member_of=(province,))
    total = COPIES * PRODUCTS
    home, institution = f"({FIRST_COPY} + (n - 1) DIV {PRODUCTS})", f"(1 + (n - 1) DIV {PRODUCTS})"
    for first in range(1, total + 1, 20000):
        count = min(20000, total + 1 - first)
        add_products(place, first, count, home, institution)
        add_listings(place, first, count, home, institution, province, LISTING)
    extra = 100000 - total
    add_products(place, total + 1, extra, str(FIRST_COPY), "1")
    add_listings(place, total + 1, extra, str(FIRST_COPY), "1", province, LISTING)
    count_products(place)
    drop_texts(place)
    introduce(place)


def introduce(place):
    """Each platform says in its log what it is, once in its life, and is heard: not while something is measured."""
    if not int(place.value("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'platform_profile'")):
        return
    place.start()
    try:
        end = time.monotonic() + 180
        while int(place.value("SELECT (SELECT COUNT(*) FROM tenant) - (SELECT COUNT(*) FROM platform_profile)")) > 0:
            if time.monotonic() > end:
                raise RuntimeError("the platforms' profiles were not heard within three minutes")
            time.sleep(0.2)
    finally:
        place.stop()


def token_hash(n):
    return hashlib.sha256(token(n).encode()).hexdigest()


# ---- Logs to catch up with ----

def add_log(place, source, kind, record_type, rows):
    """rows: a subquery with n (1 …), record_id and payload. Commitments and leaves are left empty: nobody verifies these. What the platform
    itself has written by now (platform.profile, which all have read) makes room: an entry's number is that of its row."""
    place.sql(f"""
        DELETE FROM log_address WHERE platform_id = {source};
        DELETE FROM log_entry WHERE platform_id = {source};
        INSERT INTO log_entry (platform_id, seq, epoch, kind, record_type, record_id, audience, actor_name, actor_role, client, at, commitment,
          leaf, addressed_to, salt, payload)
        SELECT {source}, n, 1, '{kind}', '{record_type}', record_id, 1, '李经办', 'owner', '127.0.0.1', UTC_TIMESTAMP(3), REPEAT('c', 32),
          REPEAT('l', 32), NULL, REPEAT('s', 16), payload FROM {rows};
        INSERT INTO head (platform_id, epoch, seq) SELECT {source}, 1, COUNT(*) FROM log_entry WHERE platform_id = {source}
          ON DUPLICATE KEY UPDATE seq = VALUES(seq);""")


def address_log(place, source, reader):
    """Nothing is sent twice: a reader that is to be measured gets the log when its turn comes."""
    place.sql(f"INSERT INTO log_address (reader, platform_id, seq) SELECT {reader}, {source}, seq FROM log_entry WHERE platform_id = {source}")


def add_profile_log(place, source, first, count):
    """Profiles of institutions first … on platform `source`, one entry each, as institution_announce() sends them (0.9 kB). Readers refuse
    those of whom the register does not say that this is their home."""
    institution = uuid_sql(INSTITUTION, f"({first} - 1 + seq)", 0)
    place.sql(f"""
        INSERT INTO identity (network_id, uscc, institution_id, home, name, created_at)
        SELECT (SELECT network FROM tenant WHERE id = {source}), CONCAT('91331100', LPAD({first} - 1 + seq, 10, '0')), {institution}, {source},
          CONCAT('丽水第', {first} - 1 + seq, '企业服务有限公司'), UTC_TIMESTAMP(3) FROM seq_1_to_{count};""")
    payload = f"""CONCAT('{{"attachments":[],"institution":{{"address":"中山街 1 号","annual_income":900000000,"categories":["finance","digital"],',
        '"contact_email":"li@example.cn","contact_mobile":"138', LPAD(seq, 8, '0'), '","contact_name":"王联系","created_at":"2026-01-01T08:00:00.000Z",',
        '"enterprises_served":150,"extra":null,"fixed_premises":true,"full_time_staff":30,"id":"', INSERT(INSERT(INSERT(INSERT(LOWER(HEX({institution})),
        21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-'), '","insured_staff":30,"introduction":"为中小企业提供服务。","legal_representative":"赵法人",',
        '"logo":null,"name":"丽水第', {first} - 1 + seq, '企业服务有限公司","organisation_type":"enterprise","penalty_free":true,"qualified_staff":27,',
        '"region_code":"331102","registered_capital":500000000,"registered_on":"2015-03-01","service_phone":"0578-2000000","short_name":"企服",',
        '"type":"social_service","updated_at":"2026-01-02T08:00:00.000Z","uscc":"91331100', LPAD({first} - 1 + seq, 10, '0'), '","uscc_override":null,',
        '"version":2,"website":"https://example.cn"}},"qualifications":[]}}')"""
    add_log(place, source, "institution.profile", "institution",
            f"(SELECT seq AS n, {institution} AS record_id, {payload} AS payload FROM seq_1_to_{count}) p")


def add_request_log(place, source, first, count, institution):
    """Products first … of institutions on `source`, asked onto another shelf: listing.requested, as product_request() sends it (1.6 kB)."""
    content = """CONCAT('{"category":"', category, '","contact_phone":"0578-2000000","description":', description, ',"industries":', industries,
        ',"name":"', name, '","number":"', number, '",', IF(price IS NULL, '', CONCAT('"price":', price, ',')), '"price_unit":"元/次","pricing":"',
        pricing, '","region_code":"', region_code, '","summary":"', summary, '","version":1}')"""

    def text(expression):
        return f"INSERT(INSERT(INSERT(INSERT(LOWER(HEX({expression})), 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')"

    payload = f"""CONCAT('{{"attachments":[],"content":', {content}, ',"count":1,"home_approved":0,"institution_home":{source},"institution_id":"',
        {text('institution_id')}, '","institution_name":"丽水第', institution, '企业服务有限公司","listing_id":"', {text(uuid_sql(LISTING, 'n', 0))},
        '","overrides":null,"product_id":"', {text('id')}, '","product_number":"', number, '","uscc":"91331100', LPAD(institution, 10, '0'),
        '","version":1}}')"""
    rows = products_sql(first, count, str(source), institution)
    add_log(place, source, "listing.requested", "product", f"(SELECT n - {first} + 1 AS n, id AS record_id, {payload} AS payload FROM {rows}) q")
