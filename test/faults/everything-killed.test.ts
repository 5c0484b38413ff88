import path from 'node:path';
import { expect } from 'vitest';
import { localDataDir } from '../../deploy/local/data-dir.ts';
import { dockerTest } from '../support/docker-test.ts';
import { TEST_DOCKER_HOST, TEST_RUNTIME_IMAGE } from '../support/test-services.ts';
import { runFaultStorm, SMALL_STORM } from './storm/fault-storm.ts';
import { formatReport } from './storm/format-report.ts';

/**
 * The same kills in every run, so that a red build is the change's doing; another one is for looking for new faults.
 */
const SEED = Number(process.env.CREWSHIP_TEST_STORM_SEED ?? 1);

dockerTest(
  'missions settle, each attempt runs once and the journal tells of it all, whatever is killed with -9 meanwhile',
  async () => {
    const lines: string[] = [];
    const report = await runFaultStorm({
      seed: SEED,
      size: SMALL_STORM,
      dataDir: path.join(localDataDir(process.env), 'test-faults'),
      env: { ...process.env, DOCKER_HOST: TEST_DOCKER_HOST, CREWSHIP_RUNTIME_IMAGE: TEST_RUNTIME_IMAGE },
      log: (line) => lines.push(line),
    }).catch((error: unknown) => {
      console.log(lines.join('\n'));
      throw error;
    });
    if (report.violations.length > 0) console.log(lines.join('\n'));
    console.log(formatReport(report));
    expect(report.violations).toEqual([]);
    expect(report.kills.length).toBeGreaterThanOrEqual(SMALL_STORM.kills);
  },
  600_000,
);
