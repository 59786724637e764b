export default {
  app: { choose: '请选择', skip: '跳到正文', loading: '正在载入…', retry: '重试', moveAway: '将机构迁移到其他平台', stuck: { network: '网络不通，页面没有打开；本页内容仍在。', updated: '系统已更新，请重新载入后继续；未提交的内容已保存为草稿。' }, more: '显示更多', save: '保存', cancel: '取消', ok: '确定', close: '关闭', required: '必填', waiting: '项待办', requestId: '请求编号', table: '列表', selectAll: '全选', select: '选择 {name}', empty: '暂无内容。', new: '新', restored: '已恢复您上次未提交的内容。', discard: '清除' },
  account: {
    ended: '登录已过期', endedText: '请重新登录。页面上填写的内容不会丢失。', login: '用户名或手机号', password: '密码', mobile: '手机号', code: '短信验证码', sendCode: '获取验证码', sentCode: '验证码已发送，5 分钟内有效。', wait: '{n} 秒后可重发',
    byPassword: '密码登录', byCode: '短信登录', kind: '账号类型', kinds: { visitor: '来访账号', staff: '平台人员', institution: '服务机构', enterprise: '企业' }, totp: '动态口令（验证器应用中的 6 位数字）', totpAlong: '动态口令（已绑定的请一并填写，6 位数字）', signIn: '登录', noAccount: '还没有账号？', forgot: '忘记密码',
    orWith: '或使用', welcomeTitle: '启用账号', welcomeText: '此链接只能使用一次。请设置用户名和密码。', userName: '用户名', name: '姓名', passwordHint: '至少 8 个字符，越长越安全；不必混用各类字符，但不能是常见密码。', activate: '启用', linkBad: '链接已失效', arriving: '正在为您登录…', reset: '重置密码', newPassword: '新密码', resetDone: '密码已重置，请用新密码登录。',
  },
  register: { who: '注册为', institution: '提供服务，可入驻并上架服务产品', enterprise: '寻找服务', organisation: '机构信息', person: '经办人与账号', name: '机构名称', type: '机构类型', organisationType: '组织类型', belongs: '所属平台', belongsHint: '由所属平台审核，通过后在省平台展示。', outside: '外省机构（选择所在省份）', province: '所在省份', email: '电子邮箱（选填）', consent: '我已阅读并同意平台收集和使用上述信息，用于注册、审核与联系。', registered: '该代码已登记。请到所属平台登录，或申请认领、加入：', suggest: '是否为 {code}？' },
  title: { joinByCode: '凭邀约码入驻', home: '首页', services: '服务产品', service: '服务产品', institutions: '服务机构', shop: '机构商铺', notices: '平台公告', join: '机构入驻', signIn: '登录', register: '注册', welcome: '启用账号', required: '请先完成这一步', reset: '重置密码', todo: '待办', cases: '入驻受理', case: '受理件', certified: '已认证机构', listingReview: '上架审核', invitations: '邀约' },
  portal: {
    demonstration: '演示环境：所有机构、人员与数据均为虚构', menu: '菜单', join: '机构入驻', elder: '大字版', desk: '工作台', center: '机构中心', signOut: '退出登录',
    siteFailed: '暂时无法载入平台信息，请刷新页面重试。', network: '网络内其他平台', contact: '联系我们', hotline: '服务热线', administrator: '平台管理员',
    missing: '页面不存在', missingHint: '该页面可能已下架或地址有误。', slogan: '为中小企业找到合适的服务', search: '搜索', searchHint: '搜服务、机构或编号，如：公共检测', institutionHint: '搜机构名称或简介',
    figures: '共 {services} 项在架服务', categories: '服务类别', newest: '最新上架', emptyShelf: '本平台还没有上架的服务。服务机构入驻后即可发布。', all: '查看全部服务', noNotices: '暂无公告。',
    joinLead: '服务机构入驻后，可将一个服务产品同时上架到多个平台，由各平台分别审核。', joinHow: '了解如何入驻', joinProvince: '省级服务机构申报', joinProvinceLead: '符合入驻条件的服务机构可通过以下方式成为省级服务机构，面向全省企业提供服务。',
    waySelf: '自主申报', waySelfProvince: '已入驻任一地市平台的机构，可在机构中心“我的平台”中填写申报表，由省平台审核，结果以短信通知联系人。', waySelfCity: '注册并填写机构资料后提交，由本平台审核，结果以短信通知联系人。',
    wayRecommendation: '平台推荐', wayRecommendationText: '由所在地市平台的管理员推荐，通过后直接入驻，无需邀约码。', wayInvitation: '邀约入驻', wayInvitationText: '收到省平台短信发来的邀约码后，在机构中心输入即可入驻。',
    toCenter: '进入机构中心办理', registerInstitution: '注册为服务机构', firstCity: '尚未入驻地市平台？', firstCityText: '自主申报需先入驻一个地市平台。请选择所在地的平台注册，审核通过后再来申报；持有邀约码的机构不受此限。',
    filters: '筛选', category: '类别', region: '地区', industry: '行业', price: '价格', free: '免费', negotiable: '面议', above: '{n} 元以上', between: '{low}–{high} 元', sort: '排序', sorts: { relevance: '最相关', newest: '最新', price: '价格从低到高', down_price: '价格从高到低' },
    found: '共 {n} 项', clear: '清除条件', nothing: '没有符合条件的内容。请减少条件，或换一个词再试。', any: '不限', listings: '在架服务 {n} 项', noListings: '该机构暂无在架服务。',
    number: '服务编号', provider: '服务机构', phone: '咨询电话', published: '上架日期', details: '服务详情', pictureN: '第 {n} 张图片', uscc: '统一社会信用代码', address: '地址', website: '网站', since: '入驻日期', qualifications: '资质', until: '有效期至 {day}',
  },
}
