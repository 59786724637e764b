// The sections of an institution's profile where the platform has no form of its own.
import type { SectionSpec } from '@/forms/types'

export const PROFILE: SectionSpec[] = [
  {
    zh: '基本信息',
    en: 'Basic data',
    fields: [
      'name',
      'short_name',
      'organisation_type',
      'region_code',
      'address',
      'registered_on',
      'registered_capital',
      'legal_representative',
    ],
  },
  {
    zh: '联系方式与介绍',
    en: 'Contact and introduction',
    fields: [
      'contact_name',
      'contact_mobile',
      'contact_email',
      'service_phone',
      'website',
      'categories',
      'introduction',
    ],
  },
  {
    zh: '经营与人员',
    en: 'Business and staff',
    fields: [
      'annual_income',
      'insured_staff',
      'full_time_staff',
      'qualified_staff',
      'enterprises_served',
      'penalty_free',
      'fixed_premises',
    ],
  },
]
