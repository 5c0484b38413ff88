import { configDefaults, defineConfig } from 'vitest/config';

/** `unit`: rules on their own, beside their sources. `integration`: what needs Postgres, Redis, Temporal or Docker. */
export default defineConfig({
  test: {
    // Files share two cores with the services they talk to.
    maxWorkers: 2,
    retry: 0,
    slowTestThreshold: 2_000,
    projects: [
      {
        test: {
          name: 'unit',
          setupFiles: ['test/support/property-seed.ts'],
          include: ['**/*.test.ts'],
          exclude: [...configDefaults.exclude, '.crewship/**', 'test/**'],
          testTimeout: 10_000,
          hookTimeout: 10_000,
        },
      },
      {
        test: {
          name: 'integration',
          setupFiles: ['test/support/property-seed.ts'],
          include: ['test/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
