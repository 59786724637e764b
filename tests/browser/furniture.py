"""What stands on the stage before anybody enters: institutions, cases, recommendations, invitations and listings in every state."""

import people
from furniture_desk import Desk
from harness.places import ROOT
from harness.wait import eventually
from network import uscc
from papers import png

PRODUCT = {"name": "公共检测平台机时预约", "category": "testing", "pricing": "fixed", "price": 26000, "price_unit": "小时",
           "summary": "光谱、色谱、力学等设备对外开放，提供操作指导。", "contact_phone": "0578-2000001",
           "description": [{"type": "heading", "text": "服务内容", "level": 3}, {"type": "paragraph", "text": "提前一天预约即可到场使用。"},
                           {"type": "list", "items": ["光谱分析", "色谱分析", "力学试验"]}]}
QUALIFICATION = {"kind": "licence", "name": "检验检测机构资质认定证书", "number": "231101", "issuer": "浙江省市场监督管理局",
                 "issued_on": "2023-01-10", "expires_on": "2027-01-09"}
FIRST = "first password 9 of it"
REVIEWING = ("hangzhou", "longquan")  # a product is reviewed before it is listed there; elsewhere in this network it is not


class Furniture(Desk):
    def __init__(self, network, folder):
        self.network, self.folder = network, folder
        self.facts = {}

    def place(self):
        self.review_first()
        self.desks()
        self.centre()
        self.walkers()
        self.cases()
        self.review_desk()
        self.listings()
        self.invitations()
        self.enterprise()
        self.content()
        return self.facts

    def review_first(self):
        # Its staff sign in with two factors.
        file = self.folder / "suichang.yaml"
        file.write_text((ROOT / "config" / "platforms" / "suichang.yaml").read_text(encoding="utf-8") + "\nsign_in: {staff_second_factor: true}\n", encoding="utf-8")
        self.network.installation.ctl("platform", "update", file)
        # Sealed offers are opened at the deadline itself: nobody waits five minutes in a test.
        file = self.folder / "lishui.yaml"
        file.write_text((ROOT / "config" / "platforms" / "lishui.yaml").read_text(encoding="utf-8") +
                        "\nlifecycles: {demand: {extends: demand, transitions: {open_bids: {grace: 0}, nobody: {grace: 0}}}}\n", encoding="utf-8")
        self.network.installation.ctl("platform", "update", file)
        for slug in REVIEWING:
            file = self.folder / f"{slug}.yaml"
            file.write_text((ROOT / "config" / "platforms" / f"{slug}.yaml").read_text(encoding="utf-8") + "\nlisting: {review: before}\n", encoding="utf-8")
            self.network.installation.ctl("platform", "update", file)

    def desks(self):
        for slug in ("lishui", "zhejiang", "suichang", *REVIEWING):
            self.network.desk(slug)
        for slug in ("lishui", "zhejiang"):
            self.network.desk(slug, "platform_admin")
        self.network.desk("zhejiang", "reviewer", "b")
        self.network.desk("lishui", "system_admin")
        for role in ("system_admin", "security_admin", "audit_admin"):
            self.network.desk("zhejiang", role)

    def member(self, name, **profile):
        return self.network.member("lishui", "331102", name=name, **profile)

    def certified(self, visitor):
        """Its row at the city, once the city may act on it."""
        return eventually(lambda: self.network.certified("lishui", visitor), 10)

    def centre(self):
        """A member with products on the shelf, another that only registered, one that nobody has registered yet."""
        member = self.member("丽水云启检测认证有限公司", introduction="面向中小企业的公共检测服务机构。")
        self.facts["member"] = f"lishui{self.network.count}"
        self.network.join(member, "zhejiang")
        member.post("/api/v1/qualifications", QUALIFICATION).expect(201)
        made = [member.post("/api/v1/products", {**PRODUCT, **more}).expect(201).json for more in (
            {}, {"name": "日用陶瓷铅镉溶出量检测", "price": 48000, "price_unit": "样"}, {"name": "检测方案定制", "pricing": "negotiable", "price": None})]
        member.post("/api/v1/products/publish", {"products": [made[0]["id"]], "platforms": ["lishui", "zhejiang"]}).expect(200)
        self.hire(member, "lishui_clerk", ["products", "statistics"])
        for n, login in enumerate(("first_day_zh", "first_day_en")):  # have not chosen their password yet
            member.post("/api/v1/sub-accounts", {"user_name": login, "name": "新职员", "mobile": f"1380000991{n}", "permissions": ["products"], "password": FIRST}).expect(201)
        newcomer = self.network.register("lishui", "331121", name="青田海纳财税咨询有限公司")
        self.facts.update(product=made[0]["id"], newcomer=f"lishui{self.network.count}", newcomer_institution=newcomer.institution_id, uscc=uscc("331102"),
                          invited=uscc("331102"), fresh=uscc("331102"))

    def hire(self, owner, login, permissions):
        """A sub-account that has chosen its password."""
        owner.post("/api/v1/sub-accounts", {"user_name": login, "name": "职员", "mobile": "13800009901", "permissions": permissions, "password": FIRST}).expect(201)
        clerk = owner.at(owner.host)
        people.sign_in(clerk, login, FIRST).expect(200)
        clerk.post("/api/v1/auth/password", {"old_password": FIRST, "new_password": people.PASSWORD}).expect(204)
        self.facts["clerk"] = login

    def walkers(self):
        """Who acts in the walks, each in one test alone: to be recommended, invited, and one that lists its products on platforms that review.
        Nobody recommends the idle one."""
        walkers = {}
        for key, name in (("recommended", "丽水青禾技术服务有限公司"), ("withdrawn", "丽水望江管理咨询有限公司"), ("keys", "丽水键盘信息服务有限公司"),
                          ("idle", "丽水静观标准化服务有限公司"), ("beside", "丽水同行咨询有限公司")):
            walkers[key] = self.facts_of(self.member(name), name)
        for key, name in (("by_code", "缙云仙都设计服务有限公司"), ("by_link", "云和木玩检测服务有限公司"), ("counted", "云和计步咨询有限公司")):
            walkers[key] = self.facts_of(self.network.register("lishui", "331122", name=name), name)
        name = "丽水旧案咨询有限公司"
        walkers["barred"] = self.facts_of(self.member(name, penalty_free=False), name)  # ZJ-8 (6) bars it at the province
        seller = self.member("丽水百川数字化服务有限公司")
        walkers["seller"] = self.facts_of(seller, "丽水百川数字化服务有限公司")
        for slug in REVIEWING:
            self.network.join(seller, slug)
        for name in ("设备上云改造", "生产数据看板"):
            seller.post("/api/v1/products", {**PRODUCT, "name": name, "category": "digital"}).expect(201)
        self.facts["walkers"] = walkers
        # Seven for the city's and the reviewer's tasks, whose cost is counted.
        names = [f"丽水计数{n}号服务有限公司" for n in "一二三四五六七"]
        self.facts["recommendable"] = [self.facts_of(self.member(name), name) for name in names]

    def facts_of(self, visitor, name):
        return {"login": f"lishui{self.network.count}", "name": name, "uscc": visitor.uscc, "mobile": visitor.mobile, "id": visitor.institution_id}

    def cases(self):
        """At the province one case in each state, two that are overdue, and what two reviewers contend for."""
        cases, recommendations = {}, {}
        names = {"waiting": "丽水安澜环境检测有限公司", "supplement": "丽水启明知识产权服务有限公司", "refused": "丽水绿谷财税服务有限公司",
                 "overdue": "丽水瓯江物流咨询有限公司", "contested": "丽水松阳茶叶检测有限公司", "next": "丽水遂昌培训服务有限公司", "phone": "丽水庆元菌业技术服务有限公司"}
        for key, name in names.items():
            visitor = self.member(name)
            self.certified(visitor)
            sent = self.network.recommend("lishui", visitor).expect(201).json
            case = self.network.case("zhejiang", visitor.uscc)
            cases[key], recommendations[key] = {"id": case["id"], "name": name, "institution": visitor.institution_id}, sent["id"]
            if key == "supplement":
                self.ask(case, sent)
            elif key == "refused":
                self.network.fire("zhejiang", case, "refuse", reason="服务企业数不足，请补充后再次推荐。").expect(200)
        self.network.installation.sql(f"UPDATE entry_case SET due_on = '2026-01-05' WHERE id = UNHEX(REPLACE('{cases['overdue']['id']}', '-', ''))")
        desk = self.network.desk("zhejiang")
        cases["approved"] = {"id": desk.get("/api/v1/case-queue", query={"phase": "approved"}).expect(200).json["items"][0]["id"]}
        self.facts.update(cases=cases, recommendations=recommendations)

    def ask(self, case, sent):
        desk, city = self.network.desk("zhejiang"), self.network.desk("lishui")
        version = desk.get(f"/api/v1/cases/{case['id']}").etag
        desk.post(f"/api/v1/cases/{case['id']}/supplement", {"items": [
            {"addressee": "city", "item": "推荐理由", "question": "请补充近一年的服务案例。"},
            {"addressee": "institution", "item": "年报", "question": "请说明上年收入的构成。"}]}, if_match=version).expect(200)
        items = eventually(lambda: city.get("/api/v1/supplements", query={"case_id": case["id"]}).expect(200).json["items"], 10)
        self.facts["supplement"] = next(item["id"] for item in items if item["addressee"] == "city")
        eventually(lambda: city.get(f"/api/v1/recommendations/{sent['id']}").json["phase"] == "supplement", 10)

    def listings(self):
        """At the city a product that its desk once took down waits for review; one is late."""
        seller = self.member("丽水景宁畲药检测有限公司")
        desk, products, found = self.network.desk("lishui"), [], []
        for name in ("中药材重金属检测", "中药材农残检测"):
            products.append(seller.post("/api/v1/products", {**PRODUCT, "name": name}).expect(201).json["id"])
        publish = {"products": products, "platforms": ["lishui"]}
        seller.post("/api/v1/products/publish", publish).expect(200)
        for product in products:
            row = eventually(lambda: next(iter(desk.get("/api/v1/listings", query={"product_id": product, "phase": "active"}).expect(200).json["items"]), None), 10)
            version = desk.get(f"/api/v1/listings/{row['id']}").etag
            desk.post(f"/api/v1/listings/{row['id']}/events", {"event": "delist", "reason": "请补充检测资质范围。"}, if_match=version).expect(200)
            found.append(row["id"])
        seller.post("/api/v1/products/publish", publish).expect(200)
        eventually(lambda: len(desk.get("/api/v1/listings", query={"phase": "waiting"}).expect(200).json["items"]) == 2, 10)
        self.network.installation.sql(f"UPDATE listing SET due_on = '2026-01-05' WHERE id = UNHEX(REPLACE('{found[1]}', '-', ''))")
        self.facts["listing"] = found[0]

    def enterprise(self):
        """One that looks for services; it has sent nothing yet."""
        network = self.network
        people.register(network.server.client, network.sms, "lishui.localhost", uscc("331102"), "13857812001", "enterprise1",
                        "enterprise", name="丽水青瓷制造有限公司")
        self.facts["enterprise"] = "enterprise1"

    def content(self):
        """An event with one seat left, a call for projects that is open, a regulation with a file: what visitors see, and members take part in."""
        desk = self.network.desk("lishui")

        def publish(plural, **values):
            row = desk.post(f"/api/v1/{plural}", values).expect(201).json
            desk.post(f"/api/v1/{plural}/{row['id']}/events", {"event": "publish"}, if_match=1).expect(200)
            return row["id"]
        body = [{"type": "paragraph", "text": "请携带企业介绍材料。"}]
        event = publish("event-notices", title="数字化改造公开日", organiser="丽水市经信局", place="开发区体验中心", begins_at="2099-05-06T01:00:00.000Z",
                        register_until="2099-05-05T01:00:00.000Z", seats=1, body=body)
        call = publish("project-calls", title="技术改造贴息项目申报", opens_at="2026-01-01T01:00:00.000Z", closes_at="2099-01-01T01:00:00.000Z",
                       applicants="本地工业企业", how="在线填报", office="中小企业处", amount=50000000, body=body)
        regulation = publish("regulations", title="关于支持中小企业数字化改造的意见", issuer="丽水市人民政府", document_number="丽政发〔2026〕8 号",
                             issued_on="2026-01-05", body=body)
        self.upload(desk, "regulation", regulation, "attachment", "全文.png", png(), "image/png")
        publish("service-resources", name="材料检测实验室", kind="testing", provider="市质检院", body=body)
        self.facts["content"] = {"event": event, "call": call, "regulation": regulation}

    def invitations(self):
        """One open, one used, one revoked."""
        desk = self.network.desk("zhejiang")
        for name, event in (("待使用邀约机构", None), ("已撤销邀约机构", "revoke")):
            row = desk.post("/api/v1/invitations", {"uscc": uscc("331122"), "name": name, "contact_name": "王联系", "contact_mobile": "13900009999"}).expect(201).json
            if event:
                version = desk.get(f"/api/v1/invitations/{row['id']}").etag
                desk.post(f"/api/v1/invitations/{row['id']}/events", {"event": event, "reason": "不再需要"}, if_match=version).expect(200)
        guest = self.network.register("lishui", "331122", name="云和受邀设计有限公司")
        code = desk.post("/api/v1/invitations", {"uscc": guest.uscc, "name": "云和受邀设计有限公司", "contact_mobile": guest.mobile}).expect(201).json["code"]
        guest.post("/api/v1/invitations/redeem", {"code": code, "consent": True}).expect(200)
