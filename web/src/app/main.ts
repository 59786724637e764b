import '@/app/older'
import { createApp } from 'vue'
import { savedLang, setLang } from '@/i18n'
import { restoreBarrierFree } from '@/app/barrier'
import { takeOver } from '@/app/served'
import { useSite } from '@/app/site'
import App from './App.vue'
import { router } from './router'
import { watchArrivals } from '@/app/stuck'
import { attend } from '@/app/attend'
import { watchBack } from '@/app/arrival'
import '@/styles/colours.css'
import '@/styles/base.css'
import '@/styles/served.css'
import '@/styles/contrast.css'
import '@/styles/print.css'

restoreBarrierFree()
watchArrivals(router)
attend(router)
watchBack(router)
// The language, and the platform's name and colours, are known before the first page is drawn, so that nothing
// flickers or moves. Code
// and data come at the same time; who has to wait long for the data sees the page without them.
const PATIENCE_MS = 3000
setLang(savedLang()).then(async () => {
  const app = createApp(App).use(router)
  await Promise.race([
    useSite().load(),
    new Promise((resolve) => {
      setTimeout(resolve, PATIENCE_MS)
    }),
  ])
  await takeOver(app, router)
})
