#!/usr/bin/python3
"""Loads the demonstration through the API of a running qiliand, the way people would: links, registrations, applications,
recommendations, reviews, invitations, publications. So whatever it leaves behind has come about by the real rules.

usage: load.py --settings FILE --ctl QILIANCTL --port N [--password-file FILE] [--clock FILE --admin-port N]
                                                             load; with a past of twelve months where the file moves the
                                                             database's clock and the server says what it has heard (past.py)
       load.py --accounts --port N --password-file FILE                            print addresses and sign-ins

The password of all demonstration accounts is made anew for each installation and kept in the password file.
"""
import argparse
import json
import secrets
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'lib'))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import content  # noqa: E402
import data  # noqa: E402
import past  # noqa: E402
import picture  # noqa: E402
import story  # noqa: E402
import trade  # noqa: E402
from client import Client  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
API = '/api/v1'
# Parents first.
PLATFORMS = ['zhejiang', 'hangzhou', 'lishui', 'longquan', 'suichang', 'hunan', 'changsha', 'changsha-cluster']
PROVINCE = {'hangzhou': 'zhejiang', 'lishui': 'zhejiang', 'longquan': 'zhejiang', 'suichang': 'zhejiang', 'changsha': 'hunan', 'changsha-cluster': 'hunan'}
STAFF = [('platform_admin', 'admin', '平台管理员'), ('reviewer', 'reviewer', '审核员'), ('system_admin', 'system', '系统管理员'),
         ('security_admin', 'security', '安全管理员'), ('audit_admin', 'audit', '审计管理员')]
PATIENCE = 30


class Person(Client):
    """Signs in again when the session has ended meanwhile."""

    login = None

    def request(self, method, path, *words, **options):
        answer = super().request(method, path, *words, **options)
        if answer.status == 401 and self.login and not path.startswith(f'{API}/auth/'):
            self.cookies.clear()
            super().request('POST', f'{API}/auth/sign-in', self.login).expect()
            answer = super().request(method, path, *words, **options)
        return answer


class Loader:
    def __init__(self, settings, ctl, port, password, clock):
        self.settings, self.ctl_path, self.port, self.password, self.clock = settings, ctl, port, password, clock
        self.staff = {}
        self.reviewed = 0

    def ctl(self, *words):
        done = subprocess.run([self.ctl_path, '--settings', self.settings, '--json', *words], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f'qilianctl {" ".join(words)}: {done.stderr or done.stdout}')
        return json.loads(done.stdout) if done.stdout.strip() else None

    def client(self, platform):
        return Person(self.port, f'{platform}.localhost', keep_alive=True, repeats=4)

    def remember(self, client, user):
        client.login = {'login': user, 'password': self.password}
        return client

    # ---- Platforms and their people ----

    def platforms(self):
        there = {row['slug'] for row in self.ctl('platform', 'list') or []}
        for slug in PLATFORMS:
            if slug not in there:
                self.ctl('platform', 'add', str(ROOT / 'config' / 'platforms' / f'{slug}.yaml'), '--demonstration')
        # A running server follows within a quarter of a second.
        end = time.monotonic() + PATIENCE
        for slug in PLATFORMS:
            while self.client(slug).get(f'{API}/portal/site').status != 200 and time.monotonic() < end:
                time.sleep(0.05)

    def people(self, slug):
        for role, user, name in STAFF:
            token = self.ctl('admin', 'link', '--platform', slug, '--role', role)['link'].split('#', 1)[1]
            client = self.client(slug)
            client.post(f'{API}/auth/link', {'token': token, 'user_name': user, 'name': name, 'password': self.password}).expect()
            self.staff[slug, user] = self.remember(client, user)

    # ---- Institutions ----

    def code_for(self, slug, mobile):
        """What the telephone would show: the outbox of the demonstration."""
        tail = mobile[-4:]
        admin = self.staff[slug, 'admin']
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for notice in admin.get(f'{API}/notices', query={'limit': 50}).expect().json['items']:
                text = notice.get('text') or ''
                if (notice.get('recipient_hint') or '').endswith(tail) and notice['template'] == 'sms_code' and any(c.isdigit() for c in text):
                    return next(part for part in ''.join(c if c.isdigit() else ' ' for c in text).split() if len(part) == 6)
            time.sleep(0.05)
        raise SystemExit(f'no code arrived for {mobile} on {slug}')

    def register(self, one):
        slug = one['home']
        client = self.client(slug)
        client.post(f'{API}/auth/sms-code', {'mobile': one['mobile'], 'use': 'register'}).expect()
        code = self.code_for(slug, one['mobile'])
        one['user'] = f'{slug.replace("-", "")}{one["mobile"][-4:]}'
        client.post(f'{API}/registration/institution', {
            'user_name': one['user'], 'password': self.password, 'person_name': one['person'], 'mobile': one['mobile'], 'code': code,
            'uscc': one['uscc'], 'name': one['name'], 'type': one['type'], 'organisation_type': one['organisation_type'],
            'region_code': one['region_code'], 'consent': '2026-01'}).expect()
        mine = client.get(f'{API}/institution').expect()
        body = mine.json.get('institution', mine.json)
        one['id'] = body['id']
        client.patch(f'{API}/institutions/{one["id"]}', {**one['profile'], 'contact_name': one['person'], 'contact_mobile': one['mobile']},
                     if_match=body['version']).expect()
        one['client'] = self.remember(client, one['user'])
        self.qualifications(one)

    def apply(self, one, platform, statement):
        return one['client'].post(f'{API}/applications', {'platform': platform, 'statement': statement, 'consent': True}).expect().json

    def cases(self, slug, user='reviewer', phase='waiting'):
        return self.staff[slug, user].get(f'{API}/case-queue', query={'phase': phase, 'limit': 200}).expect().json['items']

    def case_of(self, slug, one):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for row in self.cases(slug):
                if row['uscc'] == one['uscc']:
                    return row
            time.sleep(0.05)
        raise SystemExit(f'no case of {one["name"]} on {slug}')

    def decide(self, slug, one, event, reason=None):
        row = self.case_of(slug, one)
        reviewer = self.staff[slug, 'reviewer']
        reviewer.post(f'{API}/cases/{row["id"]}/claim', {}).expect()
        detail = reviewer.get(f'{API}/cases/{row["id"]}/detail').expect().json
        version = detail['case']['version']
        for condition in detail['conditions'] or []:
            if condition.get('state') == 'judgement':
                version = reviewer.post(f'{API}/cases/{row["id"]}/judge', {'condition': condition['id'], 'result': 'met', 'reason': '材料核实'},
                                        if_match=version).expect().json['version']
        reviewer.post(f'{API}/cases/{row["id"]}/events', {'event': event, **({'reason': reason} if reason else {})}, if_match=version).expect()

    def settle(self, one, platform):
        """Until the institution's home knows that it is a member of the platform."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            rows = one['client'].get(f'{API}/memberships').expect().json['items']
            if any(row['home'] == platform and row['phase'] == 'active' for row in rows):
                return
            time.sleep(0.05)
        raise SystemExit(f'{one["name"]} is not a member of {platform}: {rows}')

    # ---- Products ----

    def upload(self, one, record_type, record_id, purpose, file_name, png):
        return one['client'].put(f'{API}/attachments', body=png, content_type='image/png', query={
            'record_type': record_type, 'record_id': record_id, 'purpose': purpose, 'file_name': file_name}).expect().json['id']

    def qualifications(self, one):
        for qualification in one['qualifications']:
            made = one['client'].post(f'{API}/qualifications', qualification).expect().json
        self.upload(one, 'qualification', made['id'], 'certificate', '证书扫描件.png', picture.certificate(one['uscc']))

    def products(self, one, platforms):
        ids = []
        for product in one['products']:
            made = one['client'].post(f'{API}/products', product).expect().json
            cover = self.upload(one, 'product', made['id'], 'picture', 'cover.png', picture.cover(one['category'], f'{one["uscc"]} {product["name"]}'))
            one['client'].patch(f'{API}/products/{made["id"]}', {'pictures': [{'id': cover, 'size': 'medium'}]}, if_match=made['version']).expect()
            ids.append(made['id'])
        if platforms:
            one['client'].post(f'{API}/products/publish', {'products': ids, 'platforms': platforms}).expect()
        one['product_ids'] = ids

    def revise(self, one, n, more):
        """A product that is shown gets another summary: a version to be reviewed where that comes first."""
        path = f'{API}/products/{one["product_ids"][n]}'
        row = one['client'].get(path).expect().json
        one['client'].patch(path, {'summary': row['summary'] + more}, if_match=row['version']).expect()

    def publish(self, one, platforms):
        one['client'].post(f'{API}/products/publish', {'products': one['product_ids'], 'platforms': platforms}).expect()

    def review_listings(self, slug):
        """Approves what waits, and returns one in seven."""
        reviewer = self.staff[slug, 'reviewer']
        end = time.monotonic() + 3
        rows = []
        while time.monotonic() < end and not rows:
            rows = reviewer.get(f'{API}/listings', query={'phase': 'waiting', 'limit': 200}).expect().json['items']
            time.sleep(0.1)
        for row in rows:
            self.reviewed += 1
            event = {'event': 'return', 'reason': '请补充服务流程和收费说明。'} if self.reviewed % 7 == 5 else {'event': 'approve'}
            reviewer.post(f'{API}/listings/{row["id"]}/events', event, if_match=row['version']).expect()

    # ---- What a story is told with ----

    def admit(self, slug, one):
        self.decide(slug, one, 'approve', '资料齐全，予以通过。')
        self.settle(one, slug)
        one['member'] = True

    def announce(self, slug):
        admin = self.staff[slug, 'admin']
        for title, summary in data.ANNOUNCEMENTS:
            row = admin.post(f'{API}/announcements', {'title': title.format(year=self.clock.today().year), 'summary': summary,
                             'body': [{'type': 'paragraph', 'text': summary}, {'type': 'paragraph', 'text': '详情请致电平台服务热线。'}]}).expect().json
            admin.post(f'{API}/announcements/{row["id"]}/events', {'event': 'publish'}, if_match=row['version']).expect()

    def recommend(self, slug, one, reason):
        form = self.staff[slug, 'admin'].post(f'{API}/recommendations', {
            'institution_id': one['id'], 'reason': reason, **{k: one['profile'][k] for k in ('annual_income', 'insured_staff', 'qualified_staff', 'enterprises_served')}})
        return form.expect().json

    def supplement(self, slug, one, items):
        row = self.case_of(slug, one)
        self.staff[slug, 'reviewer'].post(f'{API}/cases/{row["id"]}/supplement', {'items': items}, if_match=row['version']).expect()

    def invite(self, slug, one, message='诚邀贵机构入驻省平台。'):
        return self.staff[slug, 'reviewer'].post(f'{API}/invitations', {
            'uscc': one['uscc'], 'name': one['name'], 'contact_name': one['person'], 'contact_mobile': one['mobile'], 'message': message}).expect().json

    def redeem(self, one, invitation, slug):
        one['client'].post(f'{API}/invitations/redeem', {'code': invitation['code'], 'platform': slug, 'consent': True}).expect()
        self.settle(one, slug)

    def fire(self, slug, user, plural, row_id, event, reason=None):
        client = self.staff[slug, user]
        row = client.get(f'{API}/{plural}/{row_id}').expect().json
        client.post(f'{API}/{plural}/{row_id}/events', {'event': event, **({'reason': reason} if reason else {})}, if_match=row['version']).expect()

    def standing(self, slug, one, event, reason):
        """The desk suspends or removes a member."""
        rows = self.staff[slug, 'admin'].get(f'{API}/memberships', query={'limit': 200}).expect().json['items']
        self.fire(slug, 'admin', 'memberships', next(row['id'] for row in rows if row['institution_id'] == one['id'] and row['home'] == slug), event, reason)

    def move_home(self, one, platform, reason):
        """An institution asks to move; it waits at that platform's desk."""
        asked = one['client'].post(f'{API}/transfers', {'platform': platform, 'reason': reason, 'consent': True}).expect().json
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.staff[platform, 'reviewer'].get(f'{API}/transfers/{asked["id"]}').status == 200:
                return
            time.sleep(0.05)
        raise SystemExit(f'the transfer of {one["name"]} did not reach {platform}')

    def look(self, slug):
        """Visitors, so that statistics have something to show."""
        visitor = self.client(slug)
        for n, row in enumerate(visitor.get(f'{API}/portal/listings', query={'limit': 50}).expect().json['items']):
            for _ in range(n * 7 % 11):
                visitor.get(f'{API}/portal/listings/{row["id"]}').expect()

    def run(self):
        by = {}
        for one in data.institutions():
            by.setdefault(one['home'], []).append(one)
        self.clock.to(story.BEGINNING)
        self.platforms()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.people, PLATFORMS))
            list(pool.map(self.announce, PLATFORMS))
            list(pool.map(content.Content(self).shelf, PLATFORMS))
            story.tell(self, by, pool)
        for slug in PLATFORMS:
            self.look(slug)
        return by


def accounts(port, password, file):
    print(f'\n演示密码 / password of the demonstration accounts: {password}   ({file})\n')
    for slug in PLATFORMS:
        print(f'  http://{slug}.localhost:{port}/')
    print('\n  每个平台的工作人员 / staff of each platform:')
    for role, user, name in STAFF:
        print(f'    {user:10}{name} / {role.replace("_admin", " administrator").replace("_", " ")}')
    shown = {}
    for n, one in enumerate(data.institutions()):
        shown.setdefault(one['home'], []).append(f'{one["home"].replace("-", "")}{one["mobile"][-4:]}')
    print('\n  机构管理员 / administrators of institutions, each on the platform named in the user name:')
    for slug, users in shown.items():
        print(f'    {slug}: {" ".join(users[:4])} …')
    print('\n  企业 / enterprises:\n    lishui: ' + ' '.join(f'lishui{data.mobile(number)[-4:]}' for _, _, number in trade.BUYERS))
    print()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--settings')
    parser.add_argument('--ctl')
    parser.add_argument('--port', type=int, required=True)
    parser.add_argument('--password-file', required=True)
    parser.add_argument('--clock')
    parser.add_argument('--admin-port', type=int)
    parser.add_argument('--accounts', action='store_true')
    chosen = parser.parse_args()
    file = Path(chosen.password_file)
    if not file.exists() or not file.stat().st_size:  # empty after a kill at the wrong moment
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(12) + '\n', encoding='ascii')
    password = file.read_text(encoding='ascii').strip()
    if chosen.accounts:
        accounts(chosen.port, password, file)
        return
    Loader(chosen.settings, chosen.ctl, chosen.port, password, past.Clock(chosen.clock, chosen.admin_port)).run()


if __name__ == '__main__':
    main()
