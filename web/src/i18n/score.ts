// What an institution is worth and what enterprises wrote of it.
import { add } from '@/i18n'

const words = {
  zh: {
    score: {
      whole: '综合评分（满分 100）',
      review: '评价（占 50%）',
      reviewSays: '{buyers} 家企业的 {n} 条评价，每家企业只计一次',
      completion: '履约（占 25%）',
      completionSays: '已验收 {done} 单，失效或中途离开 {failed} 单',
      response: '响应（占 15%）',
      responseSays: '{answered} 单中有 {prompt} 单在三天内答复',
      complaint: '投诉（占 10%）',
      complaintSays: '已接 {taken} 单，成立或未答复的投诉 {upheld} 件',
      none: '暂无评分：还没有订单和评价。',
      how:
        '评价来自在本平台完成的订单，双方互不可见地写完后才公开；' +
        '平台和机构都不能删除评价，隐藏须注明依据，隐藏的评价不计分。',
      noReviews: '暂无评价。',
      stars: '{n} 分（满分 5 分）',
      mark: '{what} {n} 分',
      comma: '，',
      response_score: '响应',
      quality_score: '质量',
      time_score: '按期',
      price_score: '价格',
      followUp: '追加评价',
      reply: '机构回复：',
      hidden: {
        illegal: '该评价含违法内容，已隐藏。',
        personal: '该评价含个人信息，已隐藏。',
        other_order: '该评价与订单无关，已隐藏。',
        fake: '该评价经查实为虚假，已隐藏。',
      },
    },
  },
  en: {
    score: {
      whole: 'Composite score of 100',
      review: 'Reviews (half)',
      reviewSays: '{n} by {buyers} enterprises, each of which counts once',
      completion: 'Completion (a quarter)',
      completionSays: '{done} orders accepted, {failed} lapsed or left',
      response: 'Response (15 %)',
      responseSays: '{prompt} of {answered} orders answered within three days',
      complaint: 'Complaints (10 %)',
      complaintSays: '{upheld} upheld or left unanswered, {taken} orders taken',
      none: 'No score yet: there are no orders and reviews.',
      how:
        'Reviews are of orders made on this platform and shown once both sides have written, unseen by each other. ' +
        'Nobody can delete one; one is hidden for a stated reason only, and does not count then.',
      noReviews: 'No reviews yet.',
      stars: '{n} of 5',
      mark: '{what} {n}',
      comma: ', ',
      response_score: 'response',
      quality_score: 'quality',
      time_score: 'on time',
      price_score: 'price',
      followUp: 'Follow-up',
      reply: 'The institution replied:',
      hidden: {
        illegal: 'Hidden: it is illegal.',
        personal: 'Hidden: it holds personal data.',
        other_order: 'Hidden: it is not about this order.',
        fake: 'Hidden: it was proven to be fake.',
      },
    },
  },
}
add('zh', words.zh)
add('en', words.en)
export default words
