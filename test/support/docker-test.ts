import { test } from 'vitest';
import { DOCKER_MISSING } from './test-services.ts';

/** A test that needs Docker, and perhaps more; where that is missing it is skipped and says why. */
export function dockerTest(name: string, run: () => unknown, timeoutMs?: number, alsoMissing?: string): void {
  test(
    // oxlint-disable-next-line vitest/valid-title -- the caller's is a string
    name,
    async ({ skip }) => {
      const missing = DOCKER_MISSING ?? alsoMissing;
      if (missing !== undefined) skip(missing);
      await run();
    },
    timeoutMs,
  );
}
