import { defineConfig } from '@playwright/test';
import base from '../playwright.config';

/** Other vendors' clients: `npm run test:clients` in `e2e`. */
export default defineConfig({
  ...base,
  testDir: '.',
  outputDir: '../test-results/clients',
  timeout: 90_000,
});
