// Words of the to-do page: they come with it.
export default {
  zh: {
    todos: {
      late: '逾期',
      today: '今天到期',
      later: '等待我',
      all: '全部待办',
      figures: '待办数',
      none: '没有符合条件的待办事项。',
      due: { invitation: '有效期至 {day}' },
      noDue: '无期限',
      mine: '我已领取',
    },
  },
  en: {
    todos: {
      late: 'Overdue',
      today: 'Due today',
      later: 'Waiting for me',
      all: 'All that waits',
      figures: 'How much waits',
      none: 'Nothing that waits matches.',
      due: { invitation: 'Valid until {day}' },
      noDue: 'No deadline',
      mine: 'Claimed by me',
    },
  },
}
