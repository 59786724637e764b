// Words of what comes between the first factor and the page: the way home, external identities, what must be done first. They come with those pages.
export default {
  zh: { enter: {
    going: '您的账号注册在“{name}”，正在带您前往…', visiting: '您从“{name}”来访，账号和机构事务请在那里办理。', goHome: '前往{name}',
    bindTitle: '绑定已有账号', bindLead: '此外部身份还没有绑定账号。请用已有账号登录一次，以后即可直接用它登录。', bindCancel: '不绑定，用其他方式登录', bindRegister: '还没有账号？先注册，再在“我的账号”中绑定。',
    refused: '外部身份登录已取消，您可以重试或用其他方式登录。', refusals: { 'link-void': '外部身份登录已过期，或不是从本浏览器发起，请重新开始。', 'external-identity': '身份提供方暂时无法完成登录，请稍后再试或用其他方式登录。', 'identity-taken': '该外部身份已绑定到另一账号。', 'account-disabled': '该账号已停用或注销，请联系平台管理员。', other: '外部身份登录未能完成，请重试或用其他方式登录。' },
    required: '请先完成这一步', needPassword: '密码由他人设置或已到期。请设置只有您自己知道的新密码，然后继续。', needTotp: '本平台要求双因素登录。请用手机上的验证器应用绑定动态口令，然后继续。',
    oldPassword: '当前密码', save: '保存并继续', begin: '开始绑定', scan: '用验证器应用扫描二维码，再输入显示的 6 位数字。无法扫描时输入密钥：', code: '6 位数字', confirm: '确认并继续', readOn: '在此之前，您可以浏览本网站的公开内容。',
    identities: '外部身份', identitiesLead: '绑定后可直接用外部身份登录，不必输入密码。', bound: '已绑定', bind: '绑定', unbind: '解除绑定', boundDone: '已绑定。', unboundDone: '已解除绑定。',
  } },
  en: { enter: {
    going: 'Your account is at home on {name}; taking you there…', visiting: 'You visit from {name}; your account and your institution’s affairs are there.', goHome: 'Go to {name}',
    bindTitle: 'Bind an account', bindLead: 'This identity is bound to no account yet. Sign in once with yours; from then on the identity is enough.', bindCancel: 'Do not bind; sign in another way', bindRegister: 'No account yet? Register first, then bind the identity under My account.',
    refused: 'Signing in with the external identity was cancelled. Try again, or another way.', refusals: { 'link-void': 'The sign-in has expired, or was not begun in this browser. Begin again.', 'external-identity': 'The identity provider could not complete the sign-in. Try later, or another way.', 'identity-taken': 'This identity is bound to another account already.', 'account-disabled': 'This account is disabled or closed; ask the platform’s administrator.', other: 'The sign-in could not be completed. Try again, or another way.' },
    required: 'One step first', needPassword: 'Somebody else set your password, or it has expired. Choose a new one that you alone know, then go on.', needTotp: 'This platform asks for two factors. Set up an authenticator app on your telephone, then go on.',
    oldPassword: 'Current password', save: 'Save and go on', begin: 'Begin', scan: 'Scan the code with an authenticator app, then enter its 6 digits. If you cannot scan, enter the secret:', code: '6 digits', confirm: 'Confirm and go on', readOn: 'Until then you can read what is public on this site.',
    identities: 'External identities', identitiesLead: 'Once bound, an external identity signs you in without a password.', bound: 'bound', bind: 'Bind', unbind: 'Unbind', boundDone: 'Bound.', unboundDone: 'Unbound.',
  } },
}
