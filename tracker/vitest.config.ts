import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'https://shop.example/' } },
    setupFiles: ['tests/setup.ts'],
  },
});
