import type { BenchStack } from './bench-stack.ts';
import { atMost, type Figure } from './figure.ts';
import { percentile } from './percentile.ts';

const ATTEMPTS = 60;
/** The first make the helper and warm it up. */
const NOT_COUNTED = 10;

/**
 * What an attempt's control group costs it: from the daemon's word that its exec has started until its supervisor is in
 * the group and goes on, and from its end until the group is gone. What waits for the supervisor to appear is in it.
 */
export async function attemptGroup(bench: BenchStack): Promise<Figure[]> {
  const { dockerHost, runtimeImage } = bench.stack.services;
  process.env.CREWSHIP_TEST_RUNTIME_IMAGE = runtimeImage;
  // Loaded when it is its turn: it reads which image it takes when it is loaded.
  const { createDockerFixture, startCrew } = await import('../test/support/container-crew.ts');
  const { createAttemptExec, endAttempt, prepareAttempt } = await import(
    '../activities/work/runs/exec/attempt-exec.ts'
  );
  const fixture = await createDockerFixture({}, dockerHost);
  try {
    const crew = await startCrew(fixture);
    const { containerId } = crew;
    const { crewId } = crew.spec;
    const { attempts, docker } = fixture;
    const groupMs: number[] = [];
    const askedMs: number[] = [];
    for (let number = 0; number < ATTEMPTS; number += 1) {
      const attemptId = `attempt-${number}`;
      await prepareAttempt(attempts, { crewId, attemptId, input: '' });
      const command = ['/bin/true'];
      const exec = { containerId, attemptId, command, env: {}, outputLimitBytes: 1_024 };
      const { execId } = await createAttemptExec(attempts, exec);
      await docker.startExecDetached(execId);
      const started = performance.now();
      await attempts.groups.enter({ containerId, attemptId, isNew: true });
      const entered = performance.now();
      for await (const event of crew.follow(attemptId, execId)) if (event.kind === 'end') break;
      const ended = performance.now();
      await endAttempt(attempts, { containerId, attemptId, graceMs: 0 });
      await attempts.groups.remove({ containerId, attemptId });
      const removed = performance.now();
      await attempts.groups.list(containerId);
      const asked = performance.now();
      if (number < NOT_COUNTED) continue;
      groupMs.push(entered - started + removed - ended);
      askedMs.push(asked - removed);
    }
    return [
      atMost({
        name: 'attempt-group',
        value: percentile(groupMs, 50),
        unit: 'ms p50',
        target: 15,
        limit: percentile(askedMs, 50),
        limitName: 'one question to the host’s helper',
      }),
    ];
  } finally {
    await fixture.close();
  }
}
