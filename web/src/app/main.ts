import '@/app/older'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { savedLang, setLang } from '@/i18n'
import { restoreElderMode } from '@/app/elder'
import { useSite } from '@/app/site'
import App from './App.vue'
import { router } from './router'
import { watchArrivals } from '@/app/stuck'
import { attend } from '@/app/attend'
import '@/styles/colours.css'
import '@/styles/base.css'
import '@/styles/print.css'

restoreElderMode()
watchArrivals(router)
attend(router)
// The language, and the platform's name and colours, are known before the first page is drawn, so that nothing
// flickers or moves. Code
// and data come at the same time; who has to wait long for the data sees the page without them.
const PATIENCE_MS = 3000
setLang(savedLang()).then(async () => {
  const app = createApp(App).use(createPinia()).use(router)
  await Promise.race([
    useSite().load(),
    new Promise((resolve) => {
      setTimeout(resolve, PATIENCE_MS)
    }),
  ])
  app.mount('#app')
})
