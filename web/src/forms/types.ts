// What the server declares of a field (schema/records, and the platform's form): GET /meta.
export interface Choice {
  code: string
  zh: string
  en: string
}
export interface FieldSpec {
  name: string
  type:
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
    | 'secret'
    | 'json'
    | 'blocks'
    | 'list'
    | 'object'
  of?: string
  zh: string
  en: string
  help_zh?: string
  help_en?: string
  required?: boolean
  min?: number
  max?: number
  pattern?: string
  unit?: 'wan'
  values?: Choice[]
  hidden?: boolean
  writable?: boolean
  show_if?: { field: string; eq: string }
}
export interface SectionSpec {
  zh: string
  en: string
  fields: string[]
}
export type FormValues = Record<string, unknown>
export type Faults = Record<string, string>
