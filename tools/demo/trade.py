"""Enterprises of the demonstration: what they order, look for and complain of, each at another step."""
import datetime
import random

import contract
import data

API = '/api/v1'
BUYERS = [('丽水启明精密机械有限公司', '钱采购', 2001), ('丽水云和木玩制造有限公司', '孙经理', 2002)]
DEMANDS = [
    ('寻找产线数字化改造诊断服务', 'digital', '两条装配产线，希望在一个月内完成现场诊断，提交改造清单、预算和分期实施建议。', 3000000, 8000000),
    ('出口产品检测认证咨询', 'testing', '木制玩具出口欧盟，需要 EN71 检测方案和认证代办，附时间表与费用明细。', 500000, 2000000),
]
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


def serve(loader, buyer, seller, row, listing, until):
    """One order as far as that: accepted, delivered, approved, reviewed."""
    fire(seller, 'orders', row, 'accept', price=listing['price'] or 1500000, starts_on=day(loader, 3), ends_on=day(loader, 40))
    finish(buyer, seller, row, until)


def finish(buyer, seller, row, until):
    """From its acceptance on."""
    if until == 'accepted':
        return
    fire(seller, 'orders', row, 'deliver', result='已按约定完成，报告和清单已交付。')
    if until == 'delivered':
        return
    fire(buyer, 'orders', row, 'approve')
    if until == 'reviewed':
        fire(buyer, 'orders', row, 'review', score=5, comment='响应快，方案实用。')


def ask(loader, buyer, n):
    title, category, details, low, high = DEMANDS[n]
    row = buyer.post(f'{API}/demands', {'title': title, 'category': category, 'details': details, 'region_code': '331102', 'until': day(loader, 30),
                                        'budget_low': low, 'budget_high': high, **CONTACT}).expect().json
    fire(buyer, 'demands', row, 'submit')
    return row


def bid(one, demand, n):
    return one['client'].post(f'{API}/demands/{demand["id"]}/bids', {
        'price': 4500000 + n * 600000, 'days': 20 + 5 * n, 'proposal': '先到现场调研两天，再出诊断报告、改造清单和分期预算，并答疑一年。',
        'contact_phone': '0578-2118866'}).expect().json


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
        listing = self.listings[n]
        row = order(self.loader, buyer or self.buyer, listing, f'希望尽快联系，安排“{listing["name"]}”。')
        seller = self.sellers[listing['institution_id']]
        if until and signs:
            serve(self.loader, buyer or self.buyer, seller, row, listing, 'accepted')
            contract.contract(self.loader, buyer or self.buyer, seller, row, signs)
            finish(buyer or self.buyer, seller, row, until)
        elif until:
            serve(self.loader, buyer or self.buyer, seller, row, listing, until)
        return row

    def demand(self, n, bids, passes=True):
        row = ask(self.loader, self.other, n)
        if passes:
            fire(self.loader.staff['lishui', 'reviewer'], 'demands', row, 'pass')
        for k, one in enumerate(self.members[:bids]):
            bid(one, row, k)
        return row

    def complaint(self, order_row, resolve=False):
        row = complain(self.buyer, order_row, '约定进场日期已过，机构一直没有安排人员。')
        desk = self.loader.staff['lishui', 'reviewer']
        fire(desk, 'complaints', row, 'take_up')
        if resolve:
            fire(desk, 'complaints', row, 'resolve', decision='经核实，机构已重新安排进场并致歉，双方认可。')
