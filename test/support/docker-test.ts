import { test } from 'vitest';
import { DOCKER_MISSING } from './test-services.ts';

/** A test that needs Docker; where there is none it is skipped and says why. */
export function dockerTest(name: string, run: () => unknown, timeoutMs?: number): void {
  test(
    // oxlint-disable-next-line vitest/valid-title -- the caller's is a string
    name,
    async ({ skip }) => {
      if (DOCKER_MISSING !== undefined) skip(DOCKER_MISSING);
      await run();
    },
    timeoutMs,
  );
}
