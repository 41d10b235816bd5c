import { defineConfig } from '@playwright/test';

/** A headless browser names itself, and would be counted as a robot. */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

export default defineConfig({
  testDir: 'specs',
  outputDir: 'test-results',
  reporter: [['list']],
  forbidOnly: Boolean(process.env.CI),
  timeout: 120_000,
  expect: { timeout: 20_000 },
  workers: 2,
  // On a loaded machine a browser may be too late once; the test is then named as flaky.
  retries: process.env.CI ? 1 : 0,
  use: {
    browserName: 'chromium',
    locale: 'en-GB',
    timezoneId: 'Europe/Helsinki',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 20_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      // The browser of the system; none is downloaded.
      executablePath: process.env.LUOTSI_CHROMIUM ?? '/usr/bin/chromium',
      // Sites under test have real names and live on this machine.
      // The user agent of a page does not reach the requests that outlive it; the browser's does.
      // Nor does a driven browser say that it is driven, but where a test wants it to.
      args: [
        '--host-resolver-rules=MAP *.example 127.0.0.1',
        `--user-agent=${USER_AGENT}`,
        '--disable-blink-features=AutomationControlled',
      ],
    },
  },
});
