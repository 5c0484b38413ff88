import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { isSettledView, type MissionView, readMission } from './mission-view.ts';
import {
  createTestCrew,
  createTestMission,
  eventually,
  startTestMission,
  type TestCrew,
  type TestTask,
} from './test-crew.ts';
import { createTestEngine, type TestEngine } from './test-engine.ts';
import { DOCKER_MISSING } from './test-services.ts';

/** One engine with one crew of two agents (lead, builder), shared by the tests of a file. */
export interface CrewSuite {
  readonly engine: TestEngine;
  readonly crew: TestCrew;
  /** A file of the crew's /workspace as the host sees it. */
  workspace(file: string): string;
  lines(file: string): Promise<string[]>;
  /** In bytes; 0 for a file that is not there. */
  size(file: string): Promise<number>;
  /** Waits until something stands in the file. */
  appended(file: string): Promise<unknown>;
  /** Creates and starts a mission of these tasks. */
  run(
    tasks: Readonly<Record<string, TestTask>>,
    options?: { timeoutMs?: number; description?: string; requestId?: string },
  ): Promise<string>;
  view(missionId: string): Promise<MissionView>;
  /** Waits until the mission is settled. */
  finished(missionId: string): Promise<MissionView>;
}

export function useCrew(
  options: {
    timeoutSeconds?: number;
    concurrency?: number;
    /** Settings of the engine's processes, where the default engine is used. */
    env?: Record<string, string>;
    createEngine?: () => Promise<TestEngine>;
  } = {},
): CrewSuite {
  const {
    env = {},
    createEngine = () => createTestEngine({ processes: ['control', 'docker-host'], env }),
    ...crewOptions
  } = options;
  let engine: TestEngine | undefined;
  let crew: TestCrew | undefined;

  beforeAll(async () => {
    if (DOCKER_MISSING !== undefined) return;
    engine = await createEngine();
    crew = await createTestCrew(engine.db, {
      ...crewOptions,
      agents: { lead: ['worker.mjs'], builder: ['worker.mjs'] },
    });
  });
  afterAll(() => engine?.close());

  const suite: CrewSuite = {
    get engine() {
      return engine!;
    },
    get crew() {
      return crew!;
    },
    workspace: (file) =>
      path.join(suite.engine.dataDir, 'hosts', suite.engine.stackId, 'crews', suite.crew.crewId, 'workspace', file),
    lines: async (file) => (await readFile(suite.workspace(file), 'utf8')).trim().split('\n'),
    size: (file) =>
      stat(suite.workspace(file)).then(
        (found) => found.size,
        () => 0,
      ),
    appended: (file) =>
      eventually(
        () => suite.size(file),
        (bytes) => bytes > 0,
      ),
    async run(tasks, { requestId, ...mission } = {}) {
      // The tests of a file share agents, which many of them make fail.
      await suite.engine.db.transaction({ workspaceIds: [suite.crew.workspaceId] }, (tx) =>
        tx.execute(sql`UPDATE agents SET consecutive_failures = 0, circuit_opened_at = NULL`),
      );
      const { missionId } = await createTestMission(suite.engine.db, suite.crew, tasks, mission);
      await startTestMission(suite.engine.db, suite.crew, missionId, requestId ?? null);
      return missionId;
    },
    view: (missionId) => readMission(suite.engine.db, suite.crew.workspaceId, missionId),
    finished: (missionId) => eventually(() => suite.view(missionId), isSettledView, 40_000),
  };
  return suite;
}
