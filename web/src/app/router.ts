// Every route is loaded when first visited. `wants` says who may open it: the server decides, this only saves a detour.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { areaOf } from '@/app/areas'
import { samePage, whenTall } from '@/app/attend'
import { useSession } from '@/app/session'
import { useWorkWords } from '@/i18n'

const portal: RouteRecordRaw = {
  path: '/',
  component: () => import('@/views/portal/PortalLayout.vue'),
  children: [
    { path: '', name: 'home', component: () => import('@/views/portal/HomeView.vue'), meta: { title: 'home' } },
    {
      path: 'services',
      name: 'services',
      component: () => import('@/views/portal/ServicesView.vue'),
      meta: { title: 'services' },
    },
    {
      path: 'services/:id',
      name: 'service',
      component: () => import('@/views/portal/ServiceView.vue'),
      meta: { title: 'service' },
    },
    {
      path: 'institutions',
      name: 'institutions',
      component: () => import('@/views/portal/InstitutionsView.vue'),
      meta: { title: 'institutions' },
    },
    {
      path: 'institutions/:id',
      name: 'shop',
      component: () => import('@/views/portal/ShopView.vue'),
      meta: { title: 'shop' },
    },
    {
      path: 'notices',
      name: 'notices',
      component: () => import('@/views/portal/NoticesView.vue'),
      meta: { title: 'notices' },
    },
    {
      path: 'notices/:id',
      name: 'notice',
      component: () => import('@/views/portal/NoticeView.vue'),
      meta: { title: 'notices' },
    },
    {
      path: 'compare',
      name: 'compare',
      component: () => import('@/views/portal/CompareView.vue'),
      meta: { title: 'compare' },
    },
    {
      path: 'open/:plural',
      name: 'open',
      component: () => import('@/views/portal/OpenListView.vue'),
    },
    {
      path: 'open/:plural/:id',
      name: 'open-one',
      component: () => import('@/views/portal/OpenView.vue'),
    },
    {
      path: 'privacy',
      name: 'privacy',
      component: () => import('@/views/portal/StatementView.vue'),
      meta: { title: 'privacy' },
    },
    {
      path: 'accessibility',
      name: 'accessibility',
      component: () => import('@/views/portal/StatementView.vue'),
      meta: { title: 'accessibility' },
    },
    {
      path: 'verify/:code?',
      name: 'verify',
      component: () => import('@/views/portal/VerifyView.vue'),
      meta: { title: 'verify' },
    },
    { path: 'join', name: 'join', component: () => import('@/views/portal/JoinView.vue'), meta: { title: 'join' } },
    {
      path: 'join-by-code',
      name: 'join-by-code',
      component: () => import('@/views/portal/JoinByCodeView.vue'),
      meta: { title: 'joinByCode' },
    },
    {
      path: 'sign-in',
      name: 'sign-in',
      component: () => import('@/views/account/SignInView.vue'),
      meta: { title: 'signIn' },
    },
    {
      path: 'register',
      name: 'register',
      component: () => import('@/views/account/RegisterView.vue'),
      meta: { title: 'register' },
    },
    {
      path: 'reset',
      name: 'reset',
      component: () => import('@/views/account/ResetView.vue'),
      meta: { title: 'reset' },
    },
    {
      path: 'welcome',
      name: 'welcome',
      component: () => import('@/views/account/WelcomeView.vue'),
      meta: { title: 'welcome' },
    },
    {
      path: 'required',
      name: 'required',
      component: () => import('@/views/account/RequiredView.vue'),
      meta: { title: 'required' },
    },
    {
      path: 'hand-off',
      name: 'hand-off',
      component: () => import('@/views/account/HandOffView.vue'),
      meta: { title: 'signIn' },
    },
  ],
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    portal,
    {
      path: '/:rest(.*)*',
      component: () => import('@/views/portal/PortalLayout.vue'),
      children: [{ path: '', name: 'missing', component: () => import('@/views/portal/MissingView.vue') }],
    },
  ],
  scrollBehavior: (to, from, saved) =>
    saved
      ? whenTall(saved)
      : to.hash
        ? { el: to.hash }
        : // A list that is filtered, or opens a row over itself, stays where it is; a visitor's begins anew.
          samePage(to, from) && areaOf(to.path)
          ? false
          : { top: 0 },
})

let working = false
router.beforeEach(async (to) => {
  // Visitors of the portal do not load the list of what lies behind it.
  if (!working && areaOf(to.path)) {
    const work = import('./work').then((w) => {
      w.layout().catch(() => undefined)
      return w.work
    }) // the frame is fetched beside what the guard asks for
    const [routes] = await Promise.all([work, useSession().load(), useWorkWords()])
    for (const route of routes) router.addRoute(route)
    working = true
    return to.fullPath
  }
  const wants = to.matched.map((r) => r.meta.wants).find(Boolean)
  if (!wants) return true
  const session = useSession()
  await session.load()
  await useWorkWords()
  if (!session.account) return { name: 'sign-in', query: { then: to.fullPath } }
  if (session.account.needs) return { name: 'required', query: { then: to.fullPath } }
  // Administrators have no to-do: they begin with the first page that is theirs.
  if (to.name === 'desk' && !session.has('platform_admin', 'reviewer')) {
    const { menus } = await import('@/app/menus')
    const first = menus.find((m) => m.area === 'desk' && session.has(...m.roles))
    if (first && first.path !== '/desk') return first.path
  }
  return true
})
