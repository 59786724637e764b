"""What happened in the twelve months of the demonstration, in order. `loader.clock.to(n)` moves on to n days ago; without a clock that can
be moved the same happens at once, on the day of loading."""
import data
from content import Content
from demand import Demands
from trade import BUYERS, Trade, day

BEGINNING = 365
# By so many days ago that month's newcomers register at home; they are decided on a few days later.
MONTHS = [(350, 3), (318, 1), (286, 6), (254, 2), (222, 4), (190, 1), (158, 9), (126, 3), (94, 2), (62, 5)]
REASONS = ['服务能力强，企业评价好，建议吸纳为省级服务机构。', '在本地服务企业数量居前，团队专业。', '填补全省该类服务空白，推荐入驻。']
PROOF = {'addressee': 'institution', 'item': '参保人数证明', 'question': '请上传上月社保缴纳证明并说明专职人员情况。'}
OPINION = {'addressee': 'city', 'item': '推荐意见', 'question': '请补充该机构近一年服务本地企业的情况。'}
REVIEW_FIRST = ('suichang', 'changsha', 'changsha-cluster')
MEETS = '符合省级入驻条件。'


class Year:
    def __init__(self, loader, by, pool):
        self.loader, self.by, self.pool = loader, by, pool
        self.lishui, self.hangzhou, self.longquan, self.suichang = (by[slug] for slug in ('lishui', 'hangzhou', 'longquan', 'suichang'))
        self.trade = self.orders = self.demands = self.first = self.second = self.event = None
        self.content = Content(loader)

    # ---- At home ----

    def newcomers(self):
        """By month; the last of a larger platform has only registered, the one before it waits for its review."""
        months = [[] for _ in MONTHS]
        for slug, ones in self.by.items():
            settled = ones[:-2] if len(ones) > 4 else ones[:-1]
            for n, one in enumerate(settled):
                months[min(n * len(MONTHS) // len(settled), len(MONTHS) - 1)].append((slug, one))
        return months

    def arrive(self, pair):
        slug, one = pair
        self.loader.register(one)
        self.loader.apply(one, slug, '申请入驻本地平台，为中小企业提供服务。')

    def settle_in(self, pair):
        slug, one = pair
        self.loader.admit(slug, one)
        self.loader.products(one, [slug])

    def by_platform(self, work, pairs):
        """Platforms side by side, the institutions of one after each other: one reviewer has one session."""
        slugs = sorted({slug for slug, _ in pairs})
        list(self.pool.map(lambda slug: [work(pair) for pair in pairs if pair[0] == slug], slugs))

    def month(self, n, pairs):
        ago, takes = MONTHS[n]
        self.loader.clock.to(ago)
        self.by_platform(self.arrive, pairs)
        self.loader.clock.to(ago - takes)
        self.by_platform(self.settle_in, pairs)
        for slug in sorted({slug for slug, _ in pairs}):
            if slug in REVIEW_FIRST:
                self.loader.review_listings(slug)

    def people(self):
        """Who comes to Lishui's events."""
        buyers = zip((self.trade.buyer, self.trade.other), BUYERS)
        return [(client, name, person, data.mobile(number)) for client, (name, person, number) in buyers] + [
            (one['client'], one['name'], one['person'], one['mobile']) for one in self.lishui if one.get('member')][:2]

    # ---- At the province ----

    def recommend(self, one, n=0):
        return self.loader.recommend('lishui', one, REASONS[n % len(REASONS)])

    def admit(self, one, *more):
        self.loader.decide('zhejiang', one, 'approve', MEETS)
        self.loader.settle(one, 'zhejiang')
        self.loader.publish(one, ['zhejiang', *more])

    def after_month(self, n):
        act = getattr(self, f'after_{n}', None)
        if act:
            act()

    def after_1(self):
        """The first that was recommended, and joined a county and the neighbouring city as well: one product, four shelves."""
        one = self.lishui[0]
        self.recommend(one)
        self.loader.clock.to(MONTHS[1][0] - 8)
        self.admit(one)
        for slug in ('suichang', 'hangzhou'):
            self.loader.apply(one, slug, '为当地企业提供同样的服务。')
            self.loader.admit(slug, one)
        self.loader.publish(one, ['suichang', 'hangzhou'])
        self.loader.review_listings('suichang')

    def after_2(self):
        self.loader.apply(self.hangzhou[0], 'zhejiang', '申请成为省级服务机构。')
        self.loader.clock.to(MONTHS[2][0] - 14)
        self.admit(self.hangzhou[0])

    def after_3(self):
        self.recommend(self.lishui[1], 1)
        self.loader.apply(self.hangzhou[1], 'zhejiang', '申请成为省级服务机构。')
        self.loader.clock.to(MONTHS[3][0] - 9)
        self.admit(self.lishui[1])
        row = self.hangzhou[1]['client'].get('/api/v1/applications').expect().json['items'][0]
        self.hangzhou[1]['client'].post(f'/api/v1/applications/{row["id"]}/withdraw', {'reason': '资料有误，更正后再申请。'}).expect()

    def after_4(self):
        """Refused; asked again later."""
        self.recommend(self.lishui[3], 2)
        self.loader.clock.to(MONTHS[4][0] - 12)
        self.loader.decide('zhejiang', self.lishui[3], 'refuse', '上年度服务企业数证明不足，请完善后再次推荐。')

    def after_5(self):
        """A recommendation that the city cancelled; orders begin."""
        self.recommend(self.lishui[4], 1)
        self.loader.clock.to(MONTHS[5][0] - 4)
        row = self.loader.staff['lishui', 'admin'].get('/api/v1/recommendations', query={'limit': 1}).expect().json['items'][0]
        self.loader.staff['lishui', 'admin'].post(f'/api/v1/recommendations/{row["id"]}/withdraw', {'reason': '机构拟先扩充服务团队。'}).expect()
        self.trade = Trade(self.loader, [one for one in self.lishui if one.get('member')])
        self.trade.order(0, 'reviewed', signs='performed')
        self.demands = Demands(self.trade)
        self.demands.certify(self.trade.buyer, True, staff=86, income=4200000000, assets=3100000000)
        self.event = self.content.first_half(self.people())

    def after_6(self):
        self.recommend(self.lishui[2])
        self.loader.clock.to(MONTHS[6][0] - 13)
        self.admit(self.lishui[2])
        self.trade.complaint(self.trade.order(1, 'in_service', signs='voided'), 'resolved', solved='yes')
        self.trade.end(self.trade.order(6, 'in_service'))
        self.trade.order(0, 'reviewed', buyer=self.trade.other)
        self.first = self.demands.publish(1, 12, offers=2)
        self.content.attended('lishui', self.event)
        self.event = self.content.second_half(self.people())

    def after_7(self):
        """A code that nobody used, and one that was."""
        self.loader.invite('zhejiang', self.hangzhou[5])
        invitation = self.loader.invite('zhejiang', self.hangzhou[3])
        self.loader.clock.to(MONTHS[7][0] - 9)
        self.loader.redeem(self.hangzhou[3], invitation, 'zhejiang')
        self.loader.publish(self.hangzhou[3], ['zhejiang'])
        self.loader.standing('longquan', self.longquan[1], 'suspend', '年度资料未按时更新，更新后恢复。')
        changed = self.trade.order(2, 'in_service')
        self.trade.change(changed, price=1800000, ends_on=day(self.loader, 60))
        self.trade.order(1, 'reviewed', buyer=self.trade.other, signs='effective')
        self.trade.complaint(self.trade.order(7, 'in_service'), 'resolved', outcome='partly', solved='no')
        self.demands.award(self.first)
        self.second = self.demands.publish(2, 10, offers=2)
        self.content.attended('lishui', self.event)

    def after_8(self):
        self.loader.standing('suichang', self.suichang[1], 'remove', '连续三个月未提供服务。')
        self.loader.apply(self.hangzhou[2], 'zhejiang', '申请成为省级服务机构。')
        self.loader.clock.to(MONTHS[8][0] - 10)
        self.admit(self.hangzhou[2])
        self.demands.give_up(self.second)
        self.demands.publish(4, 6)
        self.trade.order(2, 'reviewed')
        self.trade.order(3, 'reviewed', buyer=self.trade.other)

    # ---- The last weeks ----

    def lately(self):
        """What waits: long overdue, overdue, asked for more and not answered, due, of today."""
        load = self.loader
        load.clock.to(40)
        self.demands.inquire(1, 'agreed')
        load.invite('zhejiang', self.lishui[7])
        load.clock.to(30)
        chosen = self.demands.publish(3, 8, offers=2)
        self.recommend(self.lishui[3], 2)
        load.clock.to(24)
        load.supplement('zhejiang', self.lishui[3], [PROOF, OPINION])
        load.apply(self.hangzhou[1], 'zhejiang', '资料已更正，再次申请成为省级服务机构。')
        # It was accepted by silence since.
        self.trade.order(3, 'delivered', signs='effective')
        load.clock.to(16)
        self.last_of_each('apply', -2)
        self.recommend(self.lishui[4])
        self.demands.publish(0, 10, offers=3)
        dropped = self.demands.publish(4, 30, offers=1)
        # Overdue: nobody at the desk has taken it up.
        self.trade.complaint(self.trade.order(1, 'in_service'), 'filed')
        load.apply(self.lishui[1], 'suichang', '为当地企业提供同样的服务。')
        load.clock.to(9)
        load.admit('suichang', self.lishui[1])
        load.decide('zhejiang', self.hangzhou[1], 'refuse', '资质证书已过有效期，更新后可再次申请。')
        self.recommend(self.lishui[5], 1)
        self.orders = self.trade.order(4, 'in_service', signs='buyer_agreed')
        self.trade.review_alone(self.trade.order(5, 'approved'), 1)
        self.trade.complaint(self.trade.order(0, 'in_service'), 'hearing')
        self.trade.change(self.trade.order(2, 'in_service'), agreed=False, ends_on=day(load, 75))
        self.demands.set_aside(dropped)
        self.demands.inquire(2, 'contacted')
        load.clock.to(4)
        self.demands.award(chosen, confirm=False)
        self.demands.inquire(0)
        self.last_of_each('register', -1)
        load.supplement('zhejiang', self.lishui[5], [PROOF])
        codes = [load.invite('zhejiang', one) for one in (self.hangzhou[7], self.lishui[-1])]
        load.fire('zhejiang', 'reviewer', 'invitations', codes[1]['id'], 'revoke', '改由地市推荐')

    def last_of_each(self, what, index):
        pairs = [(slug, ones[index]) for slug, ones in self.by.items() if len(ones) > 4 or index == -1]
        self.by_platform(self.arrive if what == 'apply' else lambda pair: self.loader.register(pair[1]), pairs)

    def today(self):
        load = self.loader
        load.clock.to(1)
        self.content.lately(self.people())
        self.recommend(self.lishui[6], 2)
        for one in self.hangzhou[5:7]:
            load.apply(one, 'zhejiang', '申请成为省级服务机构。')
        self.trade.complaint(self.orders, 'answered')
        self.trade.order(6, 'completed')
        self.trade.order(7, 'delivered')
        self.trade.end(self.trade.order(8, 'in_service'), agreed=False)
        self.trade.order(9, 'approved')
        load.publish(self.lishui[1], ['suichang'])
        load.revise(self.by['changsha'][0], 0, '增加到企业现场的服务，收费不变。')
        load.clock.now()
        self.trade.order(5, None, buyer=self.trade.other)
        self.demands.question(self.demands.publish(2, 20, offers=1), '培训是否可以安排在周末？', '可以，周六日均可。')
        self.demands.publish(1, 30, passes=False)
        self.demands.certify(self.trade.other, False, staff=35, income=900000000)
        load.move_home(self.longquan[0], 'lishui', '注册地址已迁至丽水市区，申请由丽水市平台服务。')


def tell(loader, by, pool):
    year = Year(loader, by, pool)
    for n, pairs in enumerate(year.newcomers()):
        year.month(n, pairs)
        year.after_month(n)
    year.lately()
    year.today()
