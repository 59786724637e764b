// Words of the audit log's page: they come with it.
import { add } from '@/i18n'

const words = {
  zh: {
    audit: {
      find: '机构、编号或人员',
      findHint: '机构名称或统一社会信用代码、受理件或产品编号、操作人姓名',
      type: '记录类型',
      kind: '事件',
      person: '操作人',
      about: '对象',
      says: '内容',
      anyone: '不限',
      seq: '第 {n} 条',
      server: '系统自动',
      from: '来自 {address}',
      ofPerson: '的全部操作',
      ofRecord: '该记录的全部日志',
      ofInstitution: '该机构的全部日志',
      thisRecord: '只看这条记录',
      thisPerson: '只看这名操作人',
      gone: '记录已不在本平台',
      sent: '已发往其他平台，内容不在此显示',
      public: '已向全网公布，内容不在此显示',
      nothing: '—',
    },
  },
  en: {
    audit: {
      find: 'Institution, number or person',
      findHint: 'Name or code of an institution, number of a case or service, name of who acted',
      type: 'Type of record',
      kind: 'Event',
      person: 'By',
      about: 'About',
      says: 'What it says',
      anyone: 'Any',
      seq: 'No. {n}',
      server: 'The server',
      from: 'from {address}',
      ofPerson: '– everything done',
      ofRecord: '– all entries of this record',
      ofInstitution: '– all entries of this institution',
      thisRecord: 'This record only',
      thisPerson: 'This person only',
      gone: 'The record is no longer here',
      sent: 'Sent to other platforms; what it holds is not shown here',
      public: 'Announced to the network; what it holds is not shown here',
      nothing: '—',
    },
  },
}
add('zh', words.zh)
add('en', words.en)
export default words
