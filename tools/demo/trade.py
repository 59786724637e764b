"""Enterprises of the demonstration: what they order, look for and complain of, each at another step."""
import datetime
import random

import data

API = '/api/v1'
BUYERS = [('丽水启明精密机械有限公司', '钱采购', 2001), ('丽水云和木玩制造有限公司', '孙经理', 2002)]
DEMANDS = [
    ('寻找产线数字化改造诊断服务', 'digital', '两条装配产线，希望在一个月内完成现场诊断，提交改造清单、预算和分期实施建议。', 3000000, 8000000),
    ('出口产品检测认证咨询', 'testing', '木制玩具出口欧盟，需要 EN71 检测方案和认证代办，附时间表与费用明细。', 500000, 2000000),
]
CONTACT = {'contact_name': '钱采购', 'contact_mobile': '13805782001'}


def day(ahead):
    return (datetime.date.today() + datetime.timedelta(days=ahead)).isoformat()


def register(loader, name, person, number):
    mobile = data.mobile(number)
    client = loader.client('lishui')
    client.post(f'{API}/auth/sms-code', {'mobile': mobile, 'use': 'register'}).expect()
    client.post(f'{API}/registration/enterprise', {
        'user_name': f'lishui{mobile[-4:]}', 'password': loader.password, 'person_name': person, 'mobile': mobile, 'code': loader.code_for('lishui', mobile),
        'uscc': data.uscc(random.Random(number), '91', '331102'), 'name': name, 'type': 'enterprise', 'organisation_type': 'enterprise',
        'region_code': '331102', 'consent': '2026-01'}).expect()
    return client


def fire(client, plural, row, event, **form):
    version = client.get(f'{API}/{plural}/{row["id"]}').expect().json['version']
    client.post(f'{API}/{plural}/{row["id"]}/events', {'event': event, **form}, if_match=version).expect()


def order(buyer, listing, requirements):
    row = buyer.post(f'{API}/orders', {'listing_id': listing['id'], 'quantity': 1, 'requirements': requirements, 'needed_by': day(60), **CONTACT}).expect().json
    fire(buyer, 'orders', row, 'apply')
    return row


def orders(buyer, listings, sellers):
    """One that waits, one under way, one delivered, one reviewed, and one complained of."""
    made = [order(buyer, listing, f'希望尽快联系，安排“{listing["name"]}”。') for listing in listings[:5]]
    for n, (row, listing) in enumerate(zip(made, listings)):
        seller = sellers[listing['institution_id']]
        if n >= 1:
            fire(seller, 'orders', row, 'accept', price=listing['price'] or 1500000, starts_on=day(3), ends_on=day(40))
        if n in (2, 3):
            fire(seller, 'orders', row, 'deliver', result='已按约定完成，报告和清单已交付。')
        if n == 3:
            fire(buyer, 'orders', row, 'approve')
            fire(buyer, 'orders', row, 'review', score=5, comment='响应快，方案实用。')
    return made


def demands(loader, buyer, institutions):
    rows = []
    for title, category, details, low, high in DEMANDS:
        row = buyer.post(f'{API}/demands', {'title': title, 'category': category, 'details': details, 'region_code': '331102', 'until': day(30),
                                            'budget_low': low, 'budget_high': high, **CONTACT}).expect().json
        fire(buyer, 'demands', row, 'submit')
        rows.append(row)
    fire(loader.staff['lishui', 'reviewer'], 'demands', rows[0], 'pass')
    for n, one in enumerate(institutions[:3]):
        one['client'].post(f'{API}/demands/{rows[0]["id"]}/bids', {'price': 4500000 + n * 600000, 'days': 20 + 5 * n,
                           'proposal': '先到现场调研两天，再出诊断报告、改造清单和分期预算，并答疑一年。', 'contact_phone': '0578-2118866'}).expect()


def load(loader, members):
    """members: institutions of Lishui that are members there, with products on its shelf."""
    buyer, other = (register(loader, *one) for one in BUYERS)
    sellers = {one['id']: one['client'] for one in members}
    rows = loader.staff['lishui', 'reviewer'].get(f'{API}/listings', query={'phase': 'active', 'limit': 200}).expect().json['items']
    listings = [row for row in rows if row['institution_id'] in sellers]
    made = orders(buyer, listings, sellers)
    order(other, listings[5], '请先电话沟通需求。')
    demands(loader, other, members)
    row = buyer.post(f'{API}/complaints', {'order_id': made[4]['id'], 'about': 'delay', 'facts': '约定进场日期已过，机构一直没有安排人员。',
                                           'wanted': '请机构尽快进场或说明原因。'}).expect().json
    fire(buyer, 'complaints', row, 'file')
    fire(loader.staff['lishui', 'reviewer'], 'complaints', row, 'take_up')
