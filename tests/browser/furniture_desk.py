"""What the reviewer's desk is tried with: cases of one city to go through, one with heavy data, one whose supplements are answered, one that an institution
asked for itself."""

import json

from harness.wait import eventually
from papers import pdf, png

LONG = "丽水" + "绿谷生态产品价值实现与中小企业数字化服务联合" * 5 + "研究院有限责任公司"
CITY = ("hangzhou", "330102")


class Desk:
    """To be mixed into Furniture."""

    def review_desk(self):
        self.facts["desk"] = {"list": [self.to_review(f"杭州审核{n}号服务有限公司") for n in "一二三四五六七"], "heavy": self.heavy(), "answers": self.answers(),
                              "self": self.self_applied()}

    def to_review(self, name, **figures):
        visitor = self.network.member(*CITY, name=name)
        eventually(lambda: self.network.certified(CITY[0], visitor), 10)
        self.network.recommend(CITY[0], visitor, **figures).expect(201)
        return self.case_of(visitor, name)

    def case_of(self, visitor, name):
        case = self.network.case("zhejiang", visitor.uscc)
        return {"id": case["id"], "number": case["number"], "name": name, "login": f"{visitor.home}{self.network.count}", "institution": visitor.institution_id}

    def upload(self, visitor, record, row, purpose, name, body, kind):
        visitor.put("/api/v1/attachments", body=body, content_type=kind,
                    query={"record_type": record, "record_id": row, "purpose": purpose, "file_name": name}).expect(201)

    def heavy(self):
        """A name of 119 characters, sixty conditions, thirty documents."""
        visitor = self.member(LONG[:119])
        own = visitor.institution_id
        papers = pdf(["营业执照", "第二页", "第三页"])
        self.upload(visitor, "institution", own, "evidence", "1 营业执照.pdf", papers, "application/pdf")
        self.upload(visitor, "institution", own, "evidence", "2 场地照片.png", png(), "image/png")
        for n in range(3, 31):
            self.upload(visitor, "institution", own, "evidence", f"{n} " + "证明材料" * (1 + n % 12) + ".pdf", papers, "application/pdf")
        self.certified(visitor)
        self.network.recommend("lishui", visitor).expect(201)
        found = self.case_of(visitor, LONG[:119])
        row = self.network.desk("zhejiang").get(f"/api/v1/cases/{found['id']}/detail").expect(200).json
        more = [{"id": f"more_{n}", "group": 5, "zh": f"第 {n} 项：" + "具有完善的管理制度和服务质量保证" * (1 + n % 3), "en": f"Item {n}: orderly management and assured quality",
                 "mode": "informs", "state": ("judgement", "met", "failed", "not_stated")[n % 4], "blocks": False, "facts": []} for n in range(60 - len(row["conditions"]))]
        text = json.dumps(row["conditions"] + more, ensure_ascii=False).replace("\\", "\\\\").replace("'", "''")
        self.network.installation.sql(f"UPDATE entry_case SET conditions = '{text}' WHERE id = UNHEX(REPLACE('{found['id']}', '-', ''))")
        return found

    def answers(self):
        """Asked of both: the city and the institution have an item each to answer, with documents."""
        name = "丽水补正检测技术有限公司"
        visitor = self.member(name)
        self.certified(visitor)
        self.network.recommend("lishui", visitor, annual_income=100000000).expect(201)
        found = self.case_of(visitor, name)
        desk, city = self.network.desk("zhejiang"), self.network.desk("lishui")
        version = desk.get(f"/api/v1/cases/{found['id']}").etag
        desk.post(f"/api/v1/cases/{found['id']}/supplement", {"items": [
            {"addressee": "city", "item": "推荐意见", "question": "请核实年营业收入并附审计报告。"},
            {"addressee": "institution", "item": "社保缴纳证明", "question": "请上传上月社保缴纳证明。"}]}, if_match=version).expect(200)
        items = eventually(lambda: len(rows := city.get("/api/v1/supplements", query={"case_id": found["id"]}).expect(200).json["items"]) == 2 and rows, 10)
        found["item"] = next(item["id"] for item in items if item["addressee"] == "city")
        return found

    def self_applied(self):
        name = "丽水自荐信息服务有限公司"
        visitor = self.member(name)
        visitor.post("/api/v1/applications", {"platform": "zhejiang", "statement": "申请成为省级服务机构", "consent": True}).expect(201)
        return self.case_of(visitor, name)
