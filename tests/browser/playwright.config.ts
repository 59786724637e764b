import { defineConfig } from '@playwright/test'

const output = process.env.QILIAN_OUTPUT ?? '/tmp/qilian-browser'
export default defineConfig({
  testDir: '.',
  outputDir: `${output}/results`,
  workers: 1,
  timeout: 60_000,
  // Two stages share two processors. Who fails once and passes again is listed as flaky.
  retries: 1,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['junit', { outputFile: `${output}/junit.xml` }]],
  projects: [
    { name: 'tests', testIgnore: 'screens.spec.ts' },
    { name: 'screens', testMatch: 'screens.spec.ts' },
  ],
  use: {
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    contextOptions: { reducedMotion: 'reduce' },
    viewport: { width: 1440, height: 900 },
    // A trace of each test takes a third of its time; when one is wanted: tools/test browser --trace retain-on-failure.
    screenshot: 'only-on-failure',
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage'],
    },
  },
})
