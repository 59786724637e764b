"""What desks of the demonstration tell their members: regulations and resources from the first day on, events and calls for projects that have come and
gone, and those that are open now; the province's goes down to its cities, a city's up."""
import datetime

API = '/api/v1'
REGULATIONS = [
    ('关于进一步支持中小企业数字化转型的若干意见', '{name}主管部门', '{short}企〔{year}〕12 号', -700, -670, None, '对完成数字化诊断和改造的中小企业给予分档补助，优先支持首次改造。'),
    ('中小企业服务机构服务规范（试行）', '{name}主管部门', '{short}企〔{year}〕3 号', -1100, -1090, -40, '规定服务机构的受理、合同、验收和投诉处理要求。'),
    ('中小企业服务机构服务规范', '{name}主管部门', '{short}企〔{year}〕31 号', -60, 30, None, '替代试行规范，增加服务时限和评价公开的要求。'),
]
RESOURCES = [
    ('材料与零部件检测实验室', 'testing', '省级公共检测中心', '金相、拉伸、盐雾、光谱；首次检测免收委托费。'),
    ('中小企业培训教室', 'training', '企业服务中心', '60 座，工作日免费预约，需提前三天。'),
    ('首台套设备共享车间', 'laboratory', '产业技术研究院', '五轴加工中心、三坐标测量机，按小时计费。'),
]
PAST_EVENTS = [('工业互联网标识解析培训', '企业服务中心三楼会议室', 40), ('政企面对面：融资专场', '行政服务中心报告厅', 80)]
EVENTS = [('中小企业数字化改造公开日', '开发区工业互联网体验中心', 30, 12), ('专精特新企业申报辅导会', '企业服务中心 201 教室', 3, 6)]


def paragraphs(*texts):
    return [{'type': 'paragraph', 'text': text} for text in texts]


class Content:
    def __init__(self, loader):
        self.loader = loader

    def at(self, days, hours=0):
        """In so many days by the demonstration's clock."""
        now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=self.loader.clock.behind)
        then = (now + datetime.timedelta(days=days)).replace(hour=1, minute=0, second=0) + datetime.timedelta(hours=hours)
        return then.strftime('%Y-%m-%dT%H:%M:%S.000Z')

    def day(self, days):
        return None if days is None else (self.loader.clock.today() + datetime.timedelta(days=days)).isoformat()

    def put(self, slug, plural, values, *events):
        desk = self.loader.staff[slug, 'admin']
        row = desk.post(f'{API}/{plural}', values).expect().json
        for event in ('publish', *events):
            version = desk.get(f'{API}/{plural}/{row["id"]}').expect().json['version']
            desk.post(f'{API}/{plural}/{row["id"]}/events', {'event': event}, if_match=version).expect()
        return row

    def shelf(self, slug):
        """Regulations and resources of a platform."""
        name = self.loader.client(slug).get(f'{API}/portal/site').expect().json['name']['zh']
        for title, issuer, number, issued, effective, expires, summary in REGULATIONS:
            when = self.loader.clock.today() + datetime.timedelta(days=issued)
            self.put(slug, 'regulations', {
                'title': title, 'issuer': issuer.format(name=name[:3].removesuffix('中')), 'document_number': number.format(short=name[:1], year=when.year),
                'issued_on': self.day(issued), 'effective_on': self.day(effective), 'expires_on': self.day(expires), 'summary': summary,
                'body': paragraphs(summary, '各地可结合实际制定实施细则。')})
        for title, kind, provider, conditions in RESOURCES:
            self.put(slug, 'service-resources', {'name': title, 'kind': kind, 'provider': provider, 'conditions': conditions, 'contact_phone': '0578-2118866',
                                                 'body': paragraphs('预约后由提供单位在一个工作日内联系。')})

    def event(self, slug, title, place, seats, ahead, *events):
        return self.put(slug, 'event-notices', {
            'title': title, 'organiser': '中小企业服务中心', 'place': place, 'begins_at': self.at(ahead, 1), 'ends_at': self.at(ahead, 4),
            'register_until': self.at(ahead - 1), 'seats': seats, 'contact_phone': '0578-2118866', 'summary': f'{title}，免费参加，名额有限。',
            'body': paragraphs('请携带企业介绍材料。', '如不能参加，请及时退出报名，把名额留给其他企业。')}, *events)

    def call(self, slug, title, opens, closes, *events):
        return self.put(slug, 'project-calls', {
            'title': title, 'opens_at': self.at(opens), 'closes_at': self.at(closes, 9), 'applicants': '在本地注册、上年度营业收入 2000 万元以上的工业企业。',
            'amount': 50000000, 'how': '登录申报系统填报，审核通过后提交一份盖章的纸质材料。', 'documents': '申报书、上年度审计报告、改造合同与发票。',
            'office': '中小企业发展处', 'contact_phone': '0578-2118866', 'body': paragraphs('逾期不予受理。')}, *events)

    def join(self, client, event, organisation, person, mobile, then=None):
        row = client.post(f'{API}/event-notices/{event["id"]}/event-registrations',
                          {'organisation': organisation, 'contact_name': person, 'contact_mobile': mobile}).expect().json
        if then:
            version = client.get(f'{API}/event-registrations/{row["id"]}').expect().json['version']
            client.post(f'{API}/event-registrations/{row["id"]}/events', {'event': then}, if_match=version).expect()
        return row

    def attended(self, slug, event):
        desk = self.loader.staff[slug, 'admin']
        for row in desk.get(f'{API}/event-registrations', query={'event_notice_id': event['id'], 'phase': 'registered'}).expect().json['items']:
            desk.post(f'{API}/event-registrations/{row["id"]}/events', {'event': 'attend'}, if_match=row['version']).expect()

    def first_half(self, people):
        """people: who takes part in Lishui: (client, organisation, person, mobile)."""
        title, place, seats = PAST_EVENTS[0]
        event = self.event('lishui', title, place, seats, 9)
        for one in people:
            self.join(one[0], event, *one[1:])
        self.call('zhejiang', '省级中小企业数字化改造项目申报（第一批）', 0, 30)
        return event

    def second_half(self, people):
        title, place, seats = PAST_EVENTS[1]
        event = self.event('lishui', title, place, seats, 8)
        for n, one in enumerate(people):
            self.join(one[0], event, *one[1:], then='withdraw' if n == 1 else None)
        self.call('lishui', '市级专精特新企业奖励申报', 1, 25)
        return event

    def lately(self, people):
        """Open now: with seats, full, not open yet, about to close; the province's shown in all its cities."""
        (title, place, seats, ahead), full = EVENTS[0], EVENTS[1]
        event = self.event('zhejiang', title, place, seats, ahead, 'send_down')
        event = self.event('lishui', title.replace('公开日', '丽水专场'), place, seats, ahead + 3, 'send_up')
        small = self.event('lishui', full[0], full[1], full[2], full[3])
        for n, one in enumerate(people):
            self.join(one[0], event, *one[1:])
            if n < full[2]:
                self.join(one[0], small, *one[1:])
        closing = self.call('lishui', '中小企业服务券申领', -20, 2, 'send_up')
        self.call('lishui', '技术改造贴息项目申报', -3, 40)
        self.call('zhejiang', '省级中小企业数字化改造项目申报（第二批）', 10, 45, 'send_down')
        for one in people[:2]:
            one[0].post(f'{API}/project-calls/{closing["id"]}/saved-calls', {}).expect()
        draft = self.loader.staff['lishui', 'admin']
        draft.post(f'{API}/regulations', {'title': '关于开展中小企业服务月活动的通知', 'issuer': '丽水市经济和信息化局', 'issued_on': self.day(0)}).expect()
