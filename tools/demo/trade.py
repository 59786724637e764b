"""Enterprises of the demonstration: what they order, look for and complain of, each at another step."""
import datetime
import random

import contract
import data

API = '/api/v1'
BUYERS = [('丽水启明精密机械有限公司', '钱采购', 2001), ('丽水云和木玩制造有限公司', '孙经理', 2002)]
CONTACT = {'contact_name': '钱采购', 'contact_mobile': '13805782001'}


def day(loader, ahead):
    return (loader.clock.today() + datetime.timedelta(days=ahead)).isoformat()


def register(loader, name, person, number):
    mobile = data.mobile(number)
    client = loader.client('lishui')
    client.post(f'{API}/auth/sms-code', {'mobile': mobile, 'use': 'register'}).expect()
    client.post(f'{API}/registration/enterprise', {
        'user_name': f'lishui{mobile[-4:]}', 'password': loader.password, 'person_name': person, 'mobile': mobile, 'code': loader.code_for('lishui', mobile),
        'uscc': data.uscc(random.Random(number), '91', '331102'), 'name': name, 'type': 'enterprise', 'organisation_type': 'enterprise',
        'region_code': '331102', 'consent': '2026-01'}).expect()
    return loader.remember(client, f'lishui{mobile[-4:]}')


def fire(client, plural, row, event, **form):
    version = client.get(f'{API}/{plural}/{row["id"]}').expect().json['version']
    client.post(f'{API}/{plural}/{row["id"]}/events', {'event': event, **form}, if_match=version).expect()


def order(loader, buyer, listing, requirements):
    row = buyer.post(f'{API}/orders', {'listing_id': listing['id'], 'quantity': 1, 'requirements': requirements, 'needed_by': day(loader, 60), **CONTACT}).expect().json
    fire(buyer, 'orders', row, 'apply')
    return row


PLAN = ['现场调研', '数据分析与诊断', '报告与答疑']
PRAISE = [(5, '响应快，方案实用，按期交付。'), (4, '报告详细，培训再多半天就更好了。'), (3, '结果可用，中间改过两次时间。')]


def work(loader, seller, row, ticked):
    """The seller's plan, so many steps of it done."""
    for n, name in enumerate(PLAN):
        step = seller.post(f'{API}/orders/{row["id"]}/order-steps', {'name': name, 'planned_on': day(loader, 10 * n + 5), 'asks_consent': n == 2}).expect().json
        if n < ticked:
            fire(seller, 'order-steps', step, 'finish', note='已按计划完成。')


def pay(loader, buyer, seller, row, fen, confirmed=True, **more):
    stated = buyer.post(f'{API}/orders/{row["id"]}/order-payments', {'amount': fen, 'paid_on': day(loader, 0), 'way': 'transfer', **more}).expect().json
    if confirmed:
        fire(seller, 'order-payments', stated, 'confirm')


def review(buyer, seller, row, n, both=True):
    """What each says of the other; they are shown once both have written."""
    score, text = PRAISE[n % len(PRAISE)]
    for client, form in ((buyer, {'score': score, 'quality_score': score, 'time_score': score, 'text': text}), (seller, {'score': 5, 'text': '需求清楚，配合及时。'}))[:2 if both else 1]:
        mine = client.get(f'{API}/reviews', query={'order_id': row['id'], 'phase': 'waiting'}).expect().json['items'][0]
        fire(client, 'reviews', mine, 'write', **form)


WAY = ('accepted', 'in_service', 'delivered', 'completed', 'approved', 'reviewed')


def accept(loader, seller, row, listing):
    fire(seller, 'orders', row, 'accept', price=listing['price'] or 1500000, starts_on=day(loader, 3), ends_on=day(loader, 40))


def serve(loader, buyer, seller, row, listing, until, n=0):
    """One order from its acceptance as far as that, with its plan and the first payment."""
    price = listing['price'] or 1500000
    far = WAY.index(until)
    if far >= 1:
        fire(seller, 'orders', row, 'begin')
        work(loader, seller, row, 1 if far == 1 else 3)
        pay(loader, buyer, seller, row, price * 3 // 10, confirmed=far > 1)
    if far >= 2:
        fire(seller, 'orders', row, 'deliver', result='已按约定完成，报告和清单已交付。')
    if far >= 3:
        fire(buyer, 'orders', row, 'done')
    if far >= 4:
        fire(buyer, 'orders', row, 'approve')
        pay(loader, buyer, seller, row, price - price * 3 // 10)
    if far >= 5:
        review(buyer, seller, row, n)


def complain(buyer, order_row, facts):
    row = buyer.post(f'{API}/complaints', {'order_id': order_row['id'], 'about': 'delay', 'facts': facts, 'wanted': '请机构尽快进场或说明原因。'}).expect().json
    fire(buyer, 'complaints', row, 'file')
    return row


class Trade:
    """What two enterprises of Lishui did in the year, bit by bit."""

    def __init__(self, loader, members):
        """members: institutions of Lishui that are members there, with products on its shelf."""
        self.loader, self.members = loader, members
        self.buyer, self.other = (register(loader, *one) for one in BUYERS)
        self.sellers = {one['id']: one['client'] for one in members}
        rows = loader.staff['lishui', 'reviewer'].get(f'{API}/listings', query={'phase': 'active', 'limit': 200}).expect().json['items']
        self.listings = [row for row in rows if row['institution_id'] in self.sellers]

    def order(self, n, until, buyer=None, signs=None):
        """signs: how far its contract goes; None: it has none."""
        listing = self.listings[n % len(self.listings)]
        buyer = buyer or self.buyer
        row = order(self.loader, buyer, listing, f'希望尽快联系，安排“{listing["name"]}”。')
        seller = self.sellers[listing['institution_id']]
        if until:
            accept(self.loader, seller, row, listing)
            if signs:
                contract.contract(self.loader, buyer, seller, row, signs)
            serve(self.loader, buyer, seller, row, listing, until, n)
        return row

    def seller_of(self, row):
        return self.sellers[row['institution_id']]

    def change(self, row, agreed=True, **what):
        """The seller wants it otherwise."""
        made = self.seller_of(row).post(f'{API}/orders/{row["id"]}/order-changes', {'why': '企业增加了一条产线，工作量随之增加。', **what}).expect().json
        if agreed:
            fire(self.buyer, 'order-changes', made, 'agree')

    def end(self, row, agreed=True):
        made = self.buyer.post(f'{API}/orders/{row["id"]}/order-endings', {
            'why': '产线停产检修，项目不再继续。', 'delivered': '完成现场调研和初步诊断。', 'settled': 300000}).expect().json
        if agreed:
            fire(self.seller_of(row), 'order-endings', made, 'agree')

    def review_alone(self, row, n):
        """Sealed still: the other side has not written."""
        review(self.buyer, self.seller_of(row), row, n, both=False)

    def complaint(self, order_row, until='hearing', outcome='agreed', solved=None):
        """Filed; taken up; answered; resolved, with what the complainant says of it."""
        row = complain(self.buyer, order_row, '约定进场日期已过，机构一直没有安排人员。')
        desk = self.loader.staff['lishui', 'reviewer']
        if until == 'filed':
            return
        fire(desk, 'complaints', row, 'take_up')
        if until == 'hearing':
            return
        fire(self.seller_of(order_row), 'complaints', row, 'answer', statement='人员因集中排期延误，已安排下周一进场，并减免部分费用。')
        if until == 'answered':
            return
        fire(desk, 'complaints', row, 'resolve', outcome=outcome, decision='经核实，机构已重新安排进场并致歉。')
        if solved:
            fire(self.buyer, 'complaints', row, 'verdict', solved=solved, solved_note='已进场，服务正常。' if solved == 'yes' else '进场后只来了一天。')
