import '@/app/older'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { savedLang, setLang } from '@/i18n'
import { restoreElderMode } from '@/app/elder'
import App from './App.vue'
import { router } from './router'
import '@/styles/base.css'

restoreElderMode()
// The language is known before the first page is drawn, so that nothing flickers.
setLang(savedLang()).then(() => createApp(App).use(createPinia()).use(router).mount('#app'))
