// Words of what is counted, beside the pages that show it.
import { add } from '@/i18n'

const words = {
  zh: { counts: { title: '业务统计', state: '状态', number: '数量', none: '暂无记录' } },
  en: { counts: { title: 'Business', state: 'State', number: 'Number', none: 'None yet' } },
}
add('zh', words.zh)
add('en', words.en)
export default words
