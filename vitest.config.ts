import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    isolate: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
