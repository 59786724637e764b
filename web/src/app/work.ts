// What lies behind the sign-in: the workbench, the institution centre and the enterprises' area. The router adds it
// when it is first wanted.
import type { RouteRecordRaw } from 'vue-router'

/** Everybody's messages, in each area. */
const messages = (area: string): RouteRecordRaw => ({
  path: 'records/messages',
  name: `${area}-messages`,
  component: () => import('@/views/MessagesView.vue'),
  meta: { title: 'messages' },
})

/** Whatever the server declares, drawn from /meta alone. */
const records = (area: string): RouteRecordRaw => ({
  path: 'records/:plural/:id?',
  name: `${area}-records`,
  component: () => import('@/views/records/RecordsView.vue'),
  meta: { keep: true },
})

const desk: RouteRecordRaw[] = [
  { path: '', name: 'desk', component: () => import('@/views/desk/TodoView.vue'), meta: { title: 'todo' } },
  {
    path: 'cases',
    name: 'desk-cases',
    component: () => import('@/views/desk/CasesView.vue'),
    meta: { title: 'cases' },
  },
  {
    path: 'cases/:id',
    name: 'desk-case',
    component: () => import('@/views/desk/CaseView.vue'),
    meta: { title: 'case' },
  },
  {
    path: 'listings/:id?',
    name: 'desk-listings',
    component: () => import('@/views/desk/ListingsView.vue'),
    meta: { title: 'listingReview', keep: true },
  },
  {
    path: 'invitations',
    name: 'desk-invitations',
    component: () => import('@/views/desk/InvitationsView.vue'),
    meta: { title: 'invitations' },
  },
  {
    path: 'institutions',
    name: 'desk-certified',
    component: () => import('@/views/desk/CertifiedView.vue'),
    meta: { title: 'certified' },
  },
  {
    path: 'institutions/:id',
    name: 'desk-institution',
    component: () => import('@/views/desk/InstitutionView.vue'),
    meta: { title: 'institution' },
  },
  // A correction is shown where what stands is: on the institution's page.
  {
    path: 'corrections/:id',
    name: 'desk-correction',
    component: () => import('@/views/desk/InstitutionView.vue'),
    beforeEnter: async (to) =>
      `/desk/institutions/${(await (await import('@/api/records')).rowOf<{ institution_id: string }>('corrections', String(to.params.id))).institution_id}`,
    meta: { title: 'institution' },
  },
  {
    path: 'recommendations/:id?',
    name: 'desk-recommendations',
    component: () => import('@/views/desk/RecommendationsView.vue'),
    meta: { title: 'recommendations', keep: true },
  },
  {
    path: 'supplements/:id',
    name: 'desk-supplement',
    component: () => import('@/views/desk/SupplementView.vue'),
    meta: { title: 'supplement' },
  },
  {
    path: 'memberships/:id?',
    name: 'desk-memberships',
    component: () => import('@/views/records/RecordsView.vue'),
    meta: { title: 'memberships', keep: true, record: 'memberships', own: true },
  },
  {
    path: 'announcements/:id?',
    name: 'desk-announcements',
    component: () => import('@/views/records/RecordsView.vue'),
    meta: { title: 'announcements', keep: true, record: 'announcements' },
  },
  {
    path: 'notices/:id?',
    name: 'desk-notices',
    component: () => import('@/views/records/RecordsView.vue'),
    meta: { title: 'noticeLog', keep: true, record: 'notices' },
  },
  messages('desk'),
  records('desk'),
  { path: 'sync', name: 'desk-sync', component: () => import('@/views/desk/SyncView.vue'), meta: { title: 'sync' } },
  {
    path: 'figures',
    name: 'desk-figures',
    component: () => import('@/views/desk/FiguresView.vue'),
    meta: { title: 'figures' },
  },
  {
    path: 'staff/:id?',
    name: 'desk-staff',
    component: () => import('@/views/desk/StaffView.vue'),
    meta: { title: 'staff', keep: true },
  },
  {
    path: 'settings',
    name: 'desk-settings',
    component: () => import('@/views/desk/SettingsView.vue'),
    meta: { title: 'settings' },
  },
  {
    path: 'regions',
    name: 'desk-regions',
    component: () => import('@/views/desk/RegionsView.vue'),
    meta: { title: 'regions' },
  },
  {
    path: 'audit',
    name: 'desk-audit',
    component: () => import('@/views/desk/AuditView.vue'),
    meta: { title: 'audit' },
  },
  {
    path: 'account',
    name: 'desk-account',
    component: () => import('@/views/institution/AccountView.vue'),
    meta: { title: 'deskAccount' },
  },
]

const center: RouteRecordRaw[] = [
  {
    path: '',
    name: 'center',
    component: () => import('@/views/institution/OverviewView.vue'),
    meta: { title: 'centerHome' },
  },
  {
    path: 'profile',
    name: 'center-profile',
    component: () => import('@/views/institution/ProfileView.vue'),
    meta: { title: 'centerProfile' },
  },
  {
    path: 'qualifications',
    name: 'center-qualifications',
    component: () => import('@/views/institution/QualificationsView.vue'),
    meta: { title: 'centerQualifications' },
  },
  {
    path: 'platforms',
    name: 'center-platforms',
    component: () => import('@/views/institution/PlatformsView.vue'),
    meta: { title: 'centerPlatforms' },
  },
  {
    path: 'products',
    name: 'center-products',
    component: () => import('@/views/institution/ProductsView.vue'),
    meta: { title: 'centerProducts' },
  },
  {
    path: 'products/:id',
    name: 'center-product',
    component: () => import('@/views/institution/ProductView.vue'),
    meta: { title: 'centerProduct' },
  },
  {
    path: 'matrix',
    name: 'center-matrix',
    component: () => import('@/views/institution/MatrixView.vue'),
    meta: { title: 'centerMatrix' },
  },
  {
    path: 'statistics',
    name: 'center-statistics',
    component: () => import('@/views/institution/StatisticsView.vue'),
    meta: { title: 'centerStatistics' },
  },
  {
    path: 'people',
    name: 'center-people',
    component: () => import('@/views/institution/PeopleView.vue'),
    meta: { title: 'centerPeople' },
  },
  messages('center'),
  records('center'),
  {
    path: 'account',
    name: 'center-account',
    component: () => import('@/views/institution/AccountView.vue'),
    meta: { title: 'centerAccount' },
  },
]

const enterprise: RouteRecordRaw[] = [
  {
    path: '',
    name: 'enterprise',
    component: () => import('@/views/enterprise/EnterpriseView.vue'),
    meta: { title: 'enterpriseHome' },
  },
  {
    path: 'profile',
    name: 'enterprise-profile',
    component: () => import('@/views/enterprise/EnterpriseProfileView.vue'),
    meta: { title: 'enterpriseProfile' },
  },
  messages('enterprise'),
  records('enterprise'),
  {
    path: 'account',
    name: 'enterprise-account',
    component: () => import('@/views/institution/AccountView.vue'),
    meta: { title: 'enterpriseAccount' },
  },
]

export const layout = () => import('@/app/ElLayout.vue')
export const work: RouteRecordRaw[] = [
  { path: '/center', children: center, component: layout, meta: { wants: 'institution' } },
  { path: '/desk', children: desk, component: layout, meta: { wants: 'staff' } },
  { path: '/enterprise', children: enterprise, component: layout, meta: { wants: 'enterprise' } },
]
