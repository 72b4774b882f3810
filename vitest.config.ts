import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    isolate: false,
    // The tests mostly wait; vitest's own choice on two cores is one worker, which takes twice as long.
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
