// Words of the pages of open records: they come with them.
import { add } from '@/i18n'

const words = {
  zh: {
    open: {
      files: '附件',
      mine: '我的办理',
      signIn: '登录后可办理：{what}',
      all: '全部',
      kinds: '内容类别',
    },
  },
  en: {
    open: {
      files: 'Attachments',
      mine: 'What I can do',
      signIn: 'Sign in for: {what}',
      all: 'All',
      kinds: 'Kinds',
    },
  },
}
add('zh', words.zh)
add('en', words.en)
export default words
