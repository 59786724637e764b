// Words of the page of messages: they come with it.
import { add } from '@/i18n'

const words = {
  zh: {
    title: { messages: '消息' },
    inbox: {
      lead: '平台告知您和您所在机构的事项。',
      all: '全部',
      unread: '未读',
      onlyUnread: '只看未读',
      readAll: '全部标为已读',
      allRead: '已全部标为已读。',
      kinds: '类别',
      none: '没有消息。',
      noneUnread: '没有未读消息。',
      open: '前往办理',
      isUnread: '未读：',
    },
  },
  en: {
    title: { messages: 'Messages' },
    inbox: {
      lead: 'What the platform tells you and your institution.',
      all: 'All',
      unread: 'Unread',
      onlyUnread: 'Unread only',
      readAll: 'Mark all as read',
      allRead: 'All are marked as read.',
      kinds: 'Kinds',
      none: 'No messages.',
      noneUnread: 'No unread messages.',
      open: 'Open',
      isUnread: 'Unread: ',
    },
  },
}
add('zh', words.zh)
add('en', words.en)
export default words
