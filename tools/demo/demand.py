"""Demands of the demonstration's enterprises and what came of them: ordered, waiting for a winner, being evaluated, open, without a winner, set aside;
demands addressed to one institution; certifications."""
import datetime
import time

import picture
from trade import API, CONTACT, fire

DEMANDS = [
    ('寻找产线数字化改造诊断服务', 'digital', '两条装配产线，希望在一个月内完成现场诊断，提交改造清单、预算和分期实施建议。', 3000000, 8000000),
    ('出口产品检测认证咨询', 'testing', '木制玩具出口欧盟，需要 EN71 检测方案和认证代办，附时间表与费用明细。', 500000, 2000000),
    ('车间班组长管理培训', 'talent', '30 名班组长，两天集中授课加一个月在岗辅导，需提供讲师简历和课程大纲。', 2000000, 5000000),
    ('节能诊断与空压机改造方案', 'green', '现有空压机 6 台，希望先做能耗监测，再给出改造方案和投资回收测算。', 1000000, 4000000),
    ('高新技术企业认定辅导', 'policy', '今年首次申报，需梳理知识产权、研发费用归集和成果转化材料。', 1500000, 3000000),
]
INQUIRIES = [('想了解数字化诊断的费用和周期', '两条产线，60 人，想先电话沟通再决定是否上门。'), ('咨询专利布局方案', '三个新产品准备上市，想了解专利布局和费用。'),
             ('新员工劳动合同合规咨询', '去年新增 40 人，想请机构检查劳动合同文本。')]
PATIENCE = 60


class Demands:
    def __init__(self, trade):
        self.trade, self.loader, self.members = trade, trade.loader, trade.members
        self.desk = self.loader.staff['lishui', 'reviewer']

    def closes_in(self, days):
        """17:00 of a day in China, by the clock of the demonstration."""
        day = self.loader.clock.today() + datetime.timedelta(days=days)
        return f'{day.isoformat()}T09:00:00.000Z'

    def publish(self, n, days, offers=0, passes=True, buyer=None):
        title, category, details, low, high = DEMANDS[n]
        buyer = buyer or self.trade.other
        row = buyer.post(f'{API}/demands', {'title': title, 'category': category, 'details': details, 'region_code': '331102', 'closes_at': self.closes_in(days),
                                            'delivery': '书面报告及现场讲解', 'budget_low': low, 'budget_high': high, **CONTACT}).expect().json
        fire(buyer, 'demands', row, 'submit', voluntary='free')
        if passes:
            fire(self.desk, 'demands', row, 'pass')
        row['buyer'] = buyer
        row['offers'] = [self.offer(one, row, k) for k, one in enumerate(self.members[:offers])]
        return row

    def offer(self, one, row, k):
        bid = one['client'].post(f'{API}/demands/{row["id"]}/bids', {
            'price': (row['budget_low'] + row['budget_high']) // 2 + k * 150000, 'days': 20 + 5 * k,
            'proposal': '先到现场调研两天，再出诊断报告、改造清单和分期预算，并答疑一年。', 'contact_phone': '0578-2118866'}).expect().json
        fire(one['client'], 'bids', bid, 'submit')
        bid['client'] = one['client']
        return bid

    def question(self, row, text, answer=None):
        asked = self.members[0]['client'].post(f'{API}/demands/{row["id"]}/demand_questions', {'question': text}).expect().json
        if answer:
            fire(row['buyer'], 'demand_questions', asked, 'answer', answer=answer)

    def has_opened(self, row):
        """Whether its deadline is over; without a past it is not."""
        end = time.monotonic() + (PATIENCE if self.loader.clock.path else 0)
        while True:
            phase = row['buyer'].get(f'{API}/demands/{row["id"]}').expect().json['phase']
            if phase != 'active' or time.monotonic() > end:
                return phase == 'evaluating'
            time.sleep(0.3)

    def award(self, row, confirm=True):
        if not self.has_opened(row):
            return
        fire(row['buyer'], 'bids', row['offers'][0], 'award', reason='方案具体，报价合理，团队有同类案例。')
        if confirm:
            fire(row['offers'][0]['client'], 'bids', row['offers'][0], 'confirm')

    def give_up(self, row):
        if self.has_opened(row):
            fire(row['buyer'], 'demands', row, 'give_up', cause='none_fit', reason='报价方均没有本地驻场人员。')

    def set_aside(self, row):
        fire(row['buyer'], 'demands', row, 'set_aside', cause='need_gone', reason='项目资金调整，本年度不再实施。')

    def inquire(self, n, until=None):
        title, details = INQUIRIES[n]
        one = self.members[n % len(self.members)]
        row = self.trade.buyer.post(f'{API}/inquiries', {'title': title, 'details': details, 'addressee_id': one['id'], **CONTACT}).expect().json
        fire(self.trade.buyer, 'inquiries', row, 'send')
        for event in ('read', 'contact') if until else ():
            fire(one['client'], 'inquiries', row, event)
        if until == 'agreed':
            fire(one['client'], 'inquiries', row, 'conclude', outcome='agreed', note='已约定下周上门。')

    def certify(self, buyer, passes, **figures):
        row = buyer.post(f'{API}/certifications', {
            'capacity': 'enterprise', 'industry': 'industry', 'established_on': '2014-06-18', 'legal_representative': '钱启明', 'address': '丽水市莲都区水阁工业区 18 号',
            'contact_name': '钱采购', 'contact_phone': '0578-2115588', 'introduction': '精密机械零件加工，主要客户在长三角。', **figures}).expect().json
        self.loader.upload({'client': buyer}, 'certification', row['id'], 'licence', '营业执照.png', picture.certificate('营业执照'))
        fire(buyer, 'certifications', row, 'submit')
        if passes:
            fire(self.desk, 'certifications', row, 'pass')
