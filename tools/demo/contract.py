"""Contracts over the orders of the demonstration, each at another step: drafted, in force, performed, void."""
import datetime
import hashlib

API = '/api/v1'
CLAUSE = '按订单约定完成服务，交付报告、清单和相关资料各一份，并答疑三个月。'


def day(loader, ahead):
    return (loader.clock.today() + datetime.timedelta(days=ahead)).isoformat()


def fire(client, plural, row, event, **form):
    version = client.get(f'{API}/{plural}/{row["id"]}').expect().json['version']
    client.post(f'{API}/{plural}/{row["id"]}/events', {'event': event, **form}, if_match=version).expect()


def number(n):
    """An invoice of 20 digits (year, region, channel, serial)."""
    return f'26332{n:015}'


def instalments(loader, seller, row):
    """Half before, half after: the first is due in the past of whoever looks today."""
    first, = seller.get(f'{API}/contracts/{row["id"]}/contract-payments').expect().json['items']
    half = row['total'] // 2
    seller.patch(f'{API}/contract-payments/{first["id"]}', {'name': '首付款', 'amount': half, 'pay_on': day(loader, 10)}, if_match=first['version']).expect()
    seller.post(f'{API}/contracts/{row["id"]}/contract-payments', {'name': '验收合格后付清', 'amount': row['total'] - half, 'pay_on': day(loader, 70)}).expect()


def contract(loader, buyer, seller, order_row, until):
    """One contract as far as that step."""
    row = seller.post(f'{API}/contracts', {'order_id': order_row['id'], 'seller_agent': '周经理', 'scope': CLAUSE}).expect().json
    if row['total'] > 1:
        instalments(loader, seller, row)
    if until == 'drafting':
        return row
    fire(seller, 'contracts', row, 'send')
    version = buyer.get(f'{API}/contracts/{row["id"]}').expect().json['version']
    buyer.patch(f'{API}/contracts/{row["id"]}', {'buyer_agent': '钱采购', 'buyer_kind': 'sme', 'delivery_address': '丽水市莲都区绿谷大道 238 号'}, if_match=version).expect()
    if until == 'buyer_part':
        return row
    fire(buyer, 'contracts', row, 'complete')
    fire(buyer, 'contracts', row, 'buyer_agrees')
    if until == 'buyer_agreed':
        return row
    fire(seller, 'contracts', row, 'seller_concludes')
    if until == 'agreed':
        return row
    if until == 'voided':
        fire(buyer, 'contracts', row, 'void', reason='项目计划调整，双方同意另行安排。')
        return row
    paper = seller.get(f'{API}/contracts/{row["id"]}/contract.pdf').expect().body
    seller.put(f'{API}/attachments', body=paper, content_type='application/pdf', query={
        'record_type': 'contract', 'record_id': row['id'], 'purpose': 'scan', 'file_name': f'{row["number"]} 签署件.pdf'}).expect()
    fire(seller, 'contracts', row, 'upload')
    fire(seller, 'contracts', row, 'submit')
    if until == 'submitted':
        return row
    fire(buyer, 'contracts', row, 'confirm')
    net = row['total'] * 100 // 106
    serial = int(hashlib.sha256(row['number'].encode()).hexdigest()[:8], 16)
    seller.post(f'{API}/contracts/{row["id"]}/contract-invoices', {'number': number(serial), 'issued_on': day(loader, 0), 'amount': max(net, 1), 'tax': row['total'] - net}).expect()
    if until == 'performed':
        fire(buyer, 'contracts', row, 'perform')
    return row
