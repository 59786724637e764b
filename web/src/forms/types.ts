// What the server declares of a field (schema/records, and the platform's form): GET /meta.
export interface Choice {
  code: string
  zh: string
  en: string
}
export type FieldType =
  | 'text'
  | 'longtext'
  | 'int'
  | 'uint'
  | 'money'
  | 'bool'
  | 'date'
  | 'time'
  | 'id'
  | 'file'
  | 'enum'
  | 'region'
  | 'uscc'
  | 'mobile'
  | 'email'
  | 'phone'
  | 'url'
  | 'platform'
  | 'hash'
  | 'secret'
  | 'invite_code'
  | 'digits'
  | 'json'
  | 'blocks'
  | 'list'
  | 'object'
  | 'term'
export interface FieldSpec {
  name: string
  type: FieldType
  of?: string
  zh: string
  en: string
  help_zh?: string
  help_en?: string
  required?: boolean
  min?: number
  max?: number
  pattern?: string
  /** wan: money in 10,000 yuan; second: a time at which something ends. */
  unit?: 'wan' | 'second'
  values?: Choice[]
  /** The platform's dictionary that a term is of. */
  terms?: string
  hidden?: boolean
  writable?: boolean
  /** Added by the platform's form: lies in the row's `extra`. */
  extra?: boolean
  show_if?: { field: string; eq: string }
}
export interface SectionSpec {
  zh: string
  en: string
  fields: string[]
}
export type Op = '<' | '<=' | '>' | '>=' | '=' | '!='
/** What fields say together: so many of a group, or one not after another. */
export interface Group {
  fields: string[]
  at_least: number
  at_most: number
}
export interface Comparison {
  left: string
  op: Op
  right: string
}
export interface Rules {
  groups?: Group[]
  compare?: Comparison[]
}
export type FormValues = Record<string, unknown>
export type Faults = Record<string, string>
