// Words of one page that few visitors open: they come with it.
export default {
  zh: {
    join: {
      title: '凭邀约码入驻',
      lead: '邀约码由省平台以短信发给贵机构联系人，绑定贵机构的统一社会信用代码，只能使用一次。',
      code: '邀约码',
      hint: '16 位字母和数字，不分大小写，可不输连字符；也可整段粘贴短信或链接',
      inviter: '邀约平台',
      province: '省平台',
      ownerOnly: '请由机构管理员使用邀约码。',
      consent: '同意向邀约平台共享机构资料',
      use: '使用邀约码入驻',
      again: '申请补发邀约码',
      signIn: '请用机构账号登录后继续，邀约码会保留在本页。',
      elsewhere: '账号在其他平台？请到注册时的平台使用：',
      redeemed: '已入驻，现在可以上架服务产品。',
      review: '已受理，等待审核。',
      sent: '已发出，请稍后在“我的平台”查看结果。',
      askedAgain: '已向邀约平台申请补发，新的邀约码将以短信发送。',
    },
  },
  en: {
    join: {
      title: 'Join by invitation',
      lead:
        'The province sends the code by SMS to your contact. It is bound to your unified social credit code and ' +
        'works once.',
      code: 'Invite code',
      hint: '16 letters and digits, in any case, with or without hyphens; the whole message or link may be pasted',
      inviter: 'Inviting platform',
      province: 'The province',
      ownerOnly: 'Only the institution administrator can use the code.',
      consent: 'I consent to sharing our profile with the inviting platform',
      use: 'Join with this code',
      again: 'Ask for a new code',
      signIn: 'Sign in with your institution account to go on; the code stays on this page.',
      elsewhere: 'Is your account on another platform? Use the code where you registered:',
      redeemed: 'Admitted. You can list products now.',
      review: 'Received, to be reviewed.',
      sent: 'Sent. Look at My platforms in a moment.',
      askedAgain: 'The platform was asked; a new code comes by SMS.',
    },
  },
}
