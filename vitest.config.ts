import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Kills all of a stack of its own again and again: alone, as it needs the machine and others' tests need their time.
 */
const STORM = 'test/faults/everything-killed.test.ts';

/**
 * `unit`: rules on their own, beside their sources. `integration`: what needs Postgres, Redis, Temporal or Docker.
 * `storm`: after all of these.
 */
export default defineConfig({
  test: {
    // Files share two cores with the services they talk to.
    maxWorkers: 2,
    retry: 0,
    // What a file imports is read once a worker, not once a file: files share modules, and so have no state in them.
    isolate: false,
    unstubGlobals: true,
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
          exclude: [...configDefaults.exclude, STORM],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      { test: { name: 'storm', include: [STORM], sequence: { groupOrder: 1 } } },
    ],
  },
});
