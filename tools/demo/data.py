"""What the demonstration is made of: invented organisations with valid codes, people, products. Always the same."""
import datetime
import random

ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'


def check_organisation(body):
    """GB 11714: the ninth character of an organisation code."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    value = lambda c: int(c) if c.isdigit() else ord(c) - 55
    d = 11 - sum(w * value(c) for w, c in zip(weights, body)) % 11
    return 'X' if d == 10 else '0' if d == 11 else str(d)


def uscc(rng, kind, region):
    """GB 32100. `kind` is department and category: 91 company, 52 private non-enterprise unit, 51 association."""
    body = 'MA' + ''.join(rng.choice('0123456789ABCDEFGHJKLMNPQRTUWXY') for _ in range(6))
    if kind.startswith('5'):
        body = 'MJ' + body[2:]
    code = kind + region + body + check_organisation(body)
    s = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return code + ALPHABET[(31 - s % 31) % 31]


CITIES = {
    'hangzhou': ('杭州', '330100', ['330106', '330108', '330110']),
    'lishui': ('丽水', '331100', ['331102', '331121', '331122', '331127']),
    'longquan': ('龙泉', '331181', ['331181']),
    'suichang': ('遂昌', '331123', ['331123']),
    'changsha': ('长沙', '430100', ['430102', '430104', '430105']),
    'changsha-cluster': ('长沙', '430100', ['430121']),
}

BRANDS = '云启 智汇 恒信 绿源 同创 博远 华信 易联 正和 知行 卓越 安泰 瓯江 山越 青瓷 龙渊 明道 天衡 智造 远航 聚力 创想 科锐 惠企 汇才 海纳 沐阳 木林 竹海 汤显'.split()

# category: what the firm does, its type, and its products (name, price in yuan or None, unit, summary)
TRADES = {
    'property': ('知识产权服务', 'social_service', [
        ('商标注册全程代理', 1200, '件', '近似查询、类别规划、申请递交与审查意见答复，官费另计。'),
        ('发明专利撰写与申请', 4800, '件', '由执业专利代理师撰写，含一次审查意见答复。'),
        ('知识产权贯标辅导', None, None, '按 GB/T 29490 建立管理体系，辅导至取得认证。')]),
    'legal': ('律师事务所', 'social_service', [
        ('企业常年法律顾问', 20000, '年', '合同审查、规章制度、用工合规，每季度一次上门体检。'),
        ('劳动用工合规体检', 3600, '次', '对照现行法规逐项检查劳动合同、考勤与薪酬制度，出具整改清单。')]),
    'tax': ('财税咨询', 'social_service', [
        ('小微企业代理记账', 300, '月', '专人对接，按月报税，提供经营数据简报。'),
        ('研发费用加计扣除辅导', 8000, '项', '梳理研发项目与费用归集，准备留存备查资料。')]),
    'digital': ('数字科技', 'saas_service', [
        ('中小企业数字化诊断', 6800, '次', '对照评测指标现场诊断，出具现状画像与改造路线图。'),
        ('轻量化生产管理系统', 19800, '年', '排产、报工、质检、追溯，三周上线，适合离散制造企业。'),
        ('设备上云与能耗监测', None, None, '加装采集终端，实时监测设备与能耗，异常自动告警。')]),
    'testing': ('检测认证', 'social_service', [
        ('日用陶瓷铅镉溶出量检测', 480, '样', '按国家标准检测，五个工作日出具带 CMA 标识的报告。'),
        ('公共检测平台机时预约', 260, '小时', '光谱、色谱、力学等设备对外开放，提供操作指导。')]),
    'talent': ('人才服务', 'social_service', [
        ('新任班组长实训营', 1980, '人', '两天集中授课与一个月岗位跟踪，案例来自本地企业。'),
        ('紧缺岗位猎聘', None, None, '技术与管理岗位定向寻访，入职满三个月结算。')]),
    'finance': ('融资服务', 'social_service', [
        ('知识产权质押融资对接', None, None, '评估、担保与银行一站对接，平均放款周期 20 个工作日。'),
        ('供应链票据服务', None, None, '协助核心企业开立票据，上下游快速贴现。')]),
    'management': ('管理咨询', 'social_service', [
        ('精益生产现场改善', 36000, '项', '驻场八周，目标在制品下降两成，效果与费用挂钩。'),
        ('质量管理体系辅导', 12000, '项', '按 GB/T 19001 建立体系，辅导至取得证书。')]),
    'design': ('创意设计', 'social_service', [
        ('产品外观与包装设计', 15000, '款', '三套方案比选，含两轮修改与打样跟进。'),
        ('企业标志设计', 2280, '套', '含标志规范与常用应用，一周交付初稿。')]),
    'policy': ('企业服务中心', 'government_service', [
        ('惠企政策匹配与申报指导', 0, '次', '按企业画像匹配可申报政策，免费指导材料准备。'),
        ('政策直通车专场', 0, '场', '部门负责人到园区现场解读，收集并跟踪企业诉求。')]),
    'green': ('节能环保', 'social_service', [
        ('工业节能诊断', 5000, '次', '测试主要用能设备，提出节能改造方案与投资回收期。')]),
    'startup': ('创业孵化', 'social_service', [
        ('创业导师一对一辅导', 600, '次', '从商业模式到股权设计，导师来自企业一线。'),
        ('共享办公工位', 500, '月', '含注册地址、会议室与基础行政服务。')]),
}

FAMILY = '王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹'
GIVEN = '建国 丽华 晓明 志强 秀英 海燕 文博 雨桐 俊杰 思远 佳宁 子涵 国庆 春梅 浩然 静怡 立新 红梅 永康 雪松'.split()


def person(rng):
    return rng.choice(FAMILY) + rng.choice(GIVEN)


def mobile(n):
    """Invented numbers, none twice."""
    return f'1380578{n:04d}' if n < 10000 else f'139{n:08d}'


def blocks(name, summary, place):
    return [
        {'type': 'heading', 'level': 3, 'text': '服务内容'},
        {'type': 'paragraph', 'text': f'{summary}面向{place}及周边中小企业，由专人全程跟进。'},
        {'type': 'heading', 'level': 3, 'text': '服务流程'},
        {'type': 'list', 'ordered': True, 'items': ['线上或电话沟通需求', '签订服务协议，明确交付内容与时限', '实施并按节点反馈', '交付成果，企业确认后评价']},
        {'type': 'paragraph', 'text': f'“{name}”按约定时限交付，未达约定结果可申请退款。'},
    ]


# category: kind, name and issuer of the certificate that such a firm has beside its licence
CERTIFICATES = {
    'legal': ('practice_licence', '律师事务所执业许可证', '{province}司法厅'),
    'testing': ('testing', '检验检测机构资质认定证书（CMA）', '{province}市场监督管理局'),
    'digital': ('software', '软件企业证书', '{province}软件行业协会'),
    'policy': ('demonstration_platform', '省级中小企业公共服务示范平台', '{province}经济和信息化厅'),
}


def qualifications(rng, one, province):
    """Valid today, and a year ago; one in six runs out within the month, so that there is something to be reminded of."""
    today = datetime.date.today()
    kind, name, issuer = CERTIFICATES.get(one['category'], ('quality_system', '质量管理体系认证证书（GB/T 19001）', '中质认证中心'))
    left = rng.choice([12, 200, 320, 540, 700, 900])
    return [
        {'kind': 'business_licence', 'name': '营业执照', 'number': one['uscc'], 'issuer': f'{one["place"]}市市场监督管理局', 'issued_on': one['profile']['registered_on']},
        {'kind': kind, 'name': name, 'number': f'{rng.randint(100000, 999999)}', 'issuer': issuer.format(province=province),
         'issued_on': str(today - datetime.timedelta(1461 - left)), 'expires_on': str(today + datetime.timedelta(left))},
    ]


# Not everybody could be recommended as they are: below a figure, or with one that was never filled in.
UNEVEN = {
    ('lishui', 8): ({}, ['enterprises_served']),
    ('lishui', 9): ({}, ['insured_staff', 'full_time_staff', 'qualified_staff']),
    ('longquan', 2): ({'annual_income': 156000000}, []),
    ('longquan', 3): ({'insured_staff': 7, 'full_time_staff': 7, 'qualified_staff': 4}, []),
    ('suichang', 2): ({}, ['annual_income']),
}


def institutions():
    """Every institution with its home, its profile and its products."""
    rng, papers = random.Random(20260301), random.Random(20260302)
    trades = list(TRADES.items())
    counts = {'hangzhou': 9, 'lishui': 12, 'longquan': 5, 'suichang': 4, 'changsha': 8, 'changsha-cluster': 4}
    brands = iter(BRANDS + [a + b for a in '新金永大中' for b in '诚达辉盛源泰'])
    out, n = [], 0
    for home, count in counts.items():
        place, city, counties = CITIES[home]
        for k in range(count):
            category, (trade, kind, products) = trades[n * 5 % len(trades)]
            brand = next(brands)
            legal = category == 'legal'
            public = kind == 'government_service'
            name = (f'浙江{brand}律师事务所' if legal and city.startswith('33') else f'湖南{brand}律师事务所' if legal
                    else f'{place}{brand}中小企业服务中心' if public else f'{place}{brand}{trade}有限公司')
            if category == 'green':
                name = f'{place}{brand}节能环保行业协会'
            code = uscc(rng, '31' if legal else '52' if public else '51' if category == 'green' else '91', counties[k % len(counties)])
            staff = rng.randint(11, 60)
            out.append({
                'home': home, 'uscc': code, 'name': name, 'category': category,
                'type': kind if home.startswith('changsha') or kind != 'saas_service' else 'social_service',
                'organisation_type': 'partnership' if legal else 'private_non_enterprise' if public else 'association' if category == 'green' else 'enterprise',
                'region_code': counties[k % len(counties)], 'person': person(rng), 'mobile': mobile(n + 1), 'place': place,
                'profile': {
                    'address': f'{place}市{rng.choice(["人民路", "中山街", "创新大道", "城东路", "花园路"])}{rng.randint(1, 399)}号',
                    'registered_on': f'{rng.randint(2008, 2022)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}',
                    'registered_capital': rng.choice([50, 100, 200, 500, 1000]) * 1000000, 'legal_representative': person(rng),
                    'service_phone': f'0{"571" if home == "hangzhou" else "731" if city.startswith("43") else "578"}-8{rng.randint(1000000, 9999999)}',
                    'introduction': f'{name}专注{trade}，服务{place}及周边中小企业，团队稳定，流程规范，收费公开。',
                    'annual_income': rng.randint(210, 2600) * 1000000, 'insured_staff': staff, 'full_time_staff': staff,
                    'qualified_staff': staff - rng.randint(0, staff // 4), 'enterprises_served': rng.randint(100, 600),
                    'penalty_free': True, 'fixed_premises': True, 'categories': [category],
                },
                'products': [
                    {'name': p, 'category': category, 'industries': rng.sample('CFGILM', 2), 'region_code': city,
                     'pricing': 'negotiable' if price is None else 'fixed', 'summary': summary, 'description': blocks(p, summary, place),
                     **({} if price is None else {'price': price * 100, 'price_unit': unit})}
                    for p, price, unit, summary in products],
            })
            out[-1]['qualifications'] = qualifications(papers, out[-1], '浙江省' if city.startswith('33') else '湖南省')
            n += 1
    for (home, k), (changed, left_out) in UNEVEN.items():
        profile = [one for one in out if one['home'] == home][k]['profile']
        profile.update(changed)
        for name in left_out:
            del profile[name]
    return out


ANNOUNCEMENTS = [
    ('关于开展{year}年度中小企业服务月活动的通知', '面向全体会员企业，集中开展政策、融资、数字化和人才四类公益服务。'),
    ('平台服务机构入驻指南（新版）', '说明自主申报、平台推荐、邀约入驻三种方式的条件和材料。'),
    ('关于征集数字化转型优秀服务产品的公告', '入选产品将在平台首页推荐展示，并优先参加供需对接。'),
]

if __name__ == '__main__':
    for one in institutions():
        print(one['home'], one['uscc'], one['name'], len(one['products']))
