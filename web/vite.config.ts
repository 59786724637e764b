import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import Components from 'unplugin-vue-components/vite'
import { ElementPlusResolver } from 'unplugin-vue-components/resolvers'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const api = process.env.QILIAN_API ?? 'http://127.0.0.1:8080'

/** What the PDF viewer fetches when a document needs it: character maps of Chinese fonts that are not embedded, and the
 * decoders of scans, in JavaScript, since the pages' policy lets nobody compile WebAssembly. */
const pdfParts: Plugin = {
  name: 'pdf-parts',
  apply: 'build',
  generateBundle() {
    const from = fileURLToPath(new URL('./node_modules/pdfjs-dist', import.meta.url))
    // in a folder of its version, since all of assets is kept for good
    const version = (JSON.parse(readFileSync(`${from}/package.json`, 'utf8')) as { version: string }).version
    const emit = (folder: string, wanted: RegExp) => {
      for (const name of readdirSync(`${from}/${folder}`).filter((n) => wanted.test(n)))
        this.emitFile({
          type: 'asset',
          fileName: `assets/pdf-${version}/${name}`,
          source: readFileSync(`${from}/${folder}/${name}`),
        })
    }
    emit('cmaps', /^(Uni|Adobe-|GB|ET|B5|Identity|UTF).*bcmap$/)
    emit('wasm', /_nowasm_fallback\.js$/)
  },
}

export default defineConfig({
  plugins: [
    pdfParts,
    // prettier breaks a line wherever there is a space: a break is one, as in HTML, and not nothing.
    vue({ template: { compilerOptions: { whitespace: 'preserve' } } }),
    // Element Plus components and their styles, on demand, only below the layouts that use them.
    Components({
      dirs: [],
      dts: false,
      resolvers: [ElementPlusResolver({ importStyle: process.env.VITEST ? false : 'css' })],
    }),
  ],
  // What nobody uses of Vue would weigh on every visitor of the portal.
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
  },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: ['chrome87', 'edge88', 'firefox79', 'safari14.1'],
    // The pages run under a policy without unsafe-*: nothing inline, no data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rollupOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          // A group of its own keeps Vue out of the Element Plus chunk, which the portal never loads.
          // What the portal's pages share compresses better in one piece.
          groups: [
            {
              name: 'shared',
              test: /src[\\/](app[\\/](site|store|session|money|colour|number|areas|barrier|compare)\.ts|api[\\/](portal|kept)\.ts|components[\\/]ProblemNote|views[\\/]portal[\\/](parts[\\/](?!BarrierBar|CategoryIcon|Open|Score)|PortalLayout))|plugin-vue_export-helper|preload-helper/,
              priority: 10,
            },
            { name: 'vue', test: /node_modules[\\/](@vue|vue|vue-router)[\\/]/, priority: 20 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': { target: api, changeOrigin: false } } },
  test: {
    environment: 'happy-dom',
    include: ['tests/unit/**/*.test.ts'],
    server: { deps: { inline: ['element-plus'] } },
  },
})
