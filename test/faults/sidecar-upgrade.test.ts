import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { sql } from '../../db/kernel/sql.ts';
import { createInternalTokens } from '../../platform/internal-tokens/internal-tokens.ts';
import { instanceOf } from '../../sidecar/drain-others.ts';
import { bootstrap } from '../support/api-client.ts';
import { dockerTest } from '../support/docker-test.ts';
import { eventually } from '../support/test-crew.ts';
import { createTestEngine, type ProcessName } from '../support/test-engine.ts';
import { DOCKER_MISSING } from '../support/test-services.ts';
import { createAskingCrew } from './asking-crew.ts';
import { perFile } from '../support/world/per-file.ts';

const MASTERS = ['first', 'second'].map((name) => `${name}-master-of-the-instance`.padEnd(40, '.'));

const engine = perFile(
  () =>
    createTestEngine({
      processes: ['api', 'control', 'docker-host'],
      env: { CREWSHIP_INTERNAL_TOKEN: MASTERS[0]! },
    }),
  { unless: DOCKER_MISSING },
);
const client = perFile(() => bootstrap(engine.apiUrl), { unless: DOCKER_MISSING });
const crew = perFile(() => createAskingCrew(engine, client), { unless: DOCKER_MISSING });

interface Row {
  container_id: string;
  sidecar_exec_id: string;
  sidecar_file: string;
  sidecar_token_fp: string;
  sidecar_outdated: boolean;
  sidecar_restarts: number;
}

async function readRow(): Promise<Row> {
  const row = await engine.db.reads.maybeOne<Row>(
    [client.workspaceId],
    sql`
      SELECT container_id, sidecar_exec_id, sidecar_file, sidecar_token_fp, sidecar_outdated, sidecar_restarts
      FROM crews WHERE id = ${crew.crewId}`,
  );
  return row!;
}

/** The sidecars that run beside the crew's container, by exec. */
async function running(): Promise<string[]> {
  const { container_id: containerId } = await readRow();
  const found: string[] = [];
  const crewContainer = await engine.docker.inspectContainer(containerId);
  for (const execId of (await engine.docker.inspectContainer(`${crewContainer?.name}-sidecar`))?.execIds ?? []) {
    const exec = await engine.docker.inspectExec(execId);
    if (exec?.running === true && instanceOf(exec.argv) !== null) found.push(execId);
  }
  return found;
}

/** What the sidecar that answers now says of itself. */
async function health(): Promise<{ token_fp: string; pid: number }> {
  const { container_id: containerId, sidecar_file: file } = await readRow();
  const probe = ['/opt/crewship/bin/node', `/opt/crewship/runtime/${file}`, 'health', '9119'];
  const { stdout } = await engine.docker.runExec(
    { containerId, argv: probe, user: '1001:1001' },
    { timeoutMs: 20_000 },
  );
  return JSON.parse(stdout) as { token_fp: string; pid: number };
}

/** One sidecar and no more, the one that the row names, with nothing left to do. */
async function settledAfter(before: Row): Promise<Row> {
  await eventually(
    async () => ({ row: await readRow(), execs: await running() }),
    ({ row, execs }) =>
      row.sidecar_exec_id !== before.sidecar_exec_id &&
      !row.sidecar_outdated &&
      execs.length === 1 &&
      execs[0] === row.sidecar_exec_id,
    60_000,
  );
  return readRow();
}

async function restart(name: ProcessName, env: Record<string, string> = {}): Promise<void> {
  await engine.processes.get(name)!.stop();
  await engine.start(name, env);
}

/** As if the sidecar that runs came from an older release. */
async function pretendOlderProgram(): Promise<void> {
  await engine.db.transaction({ workspaceIds: [client.workspaceId] }, (tx) =>
    tx.execute(sql`UPDATE crews SET sidecar_file = 'sidecar-0000000000000000.mjs' WHERE id = ${crew.crewId}`),
  );
}

const staleEntries = () =>
  engine.db.reads.any<{ payload: Record<string, unknown> }>(
    [client.workspaceId],
    sql`SELECT payload FROM journal_entries WHERE entry_type = 'sidecar.stale' ORDER BY ts`,
  );

dockerTest(
  'a new master: the next sidecar answers from then on, and who waits on the one before gets the answer from it',
  async () => {
    const asked = await crew.ask();
    const before = await readRow();
    expect((await health()).token_fp).toBe(before.sidecar_token_fp);
    const rotated = { CREWSHIP_INTERNAL_TOKEN: MASTERS[1]!, CREWSHIP_INTERNAL_TOKEN_PREVIOUS: MASTERS[0]! };
    await restart('api', rotated);
    await restart('docker-host', rotated);
    const now = await eventually(readRow, (row) => row.sidecar_exec_id !== before.sidecar_exec_id);
    expect(now.sidecar_token_fp).not.toBe(before.sidecar_token_fp);
    await eventually(health, ({ token_fp: fp }) => fp === now.sidecar_token_fp);
    await eventually(readRow, (row) => !row.sidecar_outdated);
    expect((await health()).token_fp).toBe(now.sidecar_token_fp);
    // The one before is there for the sake of the agent that waits on it.
    expect((await running()).toSorted()).toEqual([before.sidecar_exec_id, now.sidecar_exec_id].toSorted());
    expect((await crew.answer(asked.escalationId, 'blue')).status).toBe('RESOLVED');
    const mission = await crew.finished(asked.missionId);
    expect(mission.tasks[0]).toMatchObject({ status: 'COMPLETED', result_summary: 'RESOLVED: blue' });
    expect(mission.runs).toHaveLength(1);
    const after = await settledAfter(before);
    expect(after).toMatchObject({ sidecar_exec_id: now.sidecar_exec_id, sidecar_restarts: 0 });
    expect((await staleEntries()).map(({ payload }) => payload)).toMatchObject([
      { program_changed: false, token_changed: true },
    ]);

    // The former master has gone: all that is there goes on.
    const current = { CREWSHIP_INTERNAL_TOKEN: MASTERS[1]! };
    await restart('api', current);
    await restart('docker-host', current);
    const next = await crew.ask();
    await crew.answer(next.escalationId, 'red');
    expect((await crew.finished(next.missionId)).tasks[0]).toMatchObject({ result_summary: 'RESOLVED: red' });
    expect((await readRow()).sidecar_exec_id).toBe(after.sidecar_exec_id);
  },
  150_000,
);

dockerTest(
  'a host that is killed while it replaces a sidecar has exactly one when it is back, wherever it was',
  async () => {
    const env = { CREWSHIP_INTERNAL_TOKEN: MASTERS[1]! };
    const asked = await crew.ask();
    const waitedOn = await readRow();
    const moments: readonly ((before: Row) => Promise<unknown>)[] = [
      () => eventually(readRow, (row) => row.sidecar_outdated),
      (before) =>
        eventually(running, (execs) =>
          execs.some((id) => id !== before.sidecar_exec_id && id !== waitedOn.sidecar_exec_id),
        ),
      (before) => eventually(readRow, (row) => row.sidecar_exec_id !== before.sidecar_exec_id),
    ];
    for (const moment of moments) {
      const before = await readRow();
      await engine.processes.get('docker-host')!.kill();
      await pretendOlderProgram();
      await engine.start('docker-host', env);
      await moment(before);
      await engine.processes.get('docker-host')!.kill();
      await engine.start('docker-host', env);
      await eventually(
        async () => ({ row: await readRow(), execs: await running() }),
        ({ row, execs }) =>
          row.sidecar_exec_id !== before.sidecar_exec_id &&
          !row.sidecar_outdated &&
          execs.every((id) => id === row.sidecar_exec_id || id === waitedOn.sidecar_exec_id) &&
          execs.includes(row.sidecar_exec_id),
        90_000,
      );
    }
    await crew.answer(asked.escalationId, 'green');
    expect((await crew.finished(asked.missionId)).tasks[0]).toMatchObject({ result_summary: 'RESOLVED: green' });
    await settledAfter(waitedOn);
  },
  300_000,
);

/** Payloads are bytes: read as the text that they are. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member instanceof Uint8Array) return Buffer.from(member).toString('utf8');
    if (
      typeof member === 'object' &&
      member !== null &&
      'type' in member &&
      'data' in member &&
      member.type === 'Buffer'
    ) {
      return Buffer.from(member.data as number[]).toString('utf8');
    }
    return typeof member === 'bigint' ? String(member) : member;
  });
}

dockerTest('the tokens of crews are in no history, no row and no log', async () => {
  const scope = { kind: 'crew', workspaceId: client.workspaceId, crewId: crew.crewId } as const;
  const crewTokens = MASTERS.flatMap((master) =>
    [scope, ...[0, 1, 2, 3].map((generation) => ({ ...scope, generation }))].map((each) =>
      createInternalTokens([master]).issue(each),
    ),
  );
  const secrets = [...MASTERS, ...crewTokens.map((token) => token.split('.').at(-1)!)];
  const texts: string[] = [];
  const { client: temporal } = engine.temporal;
  for await (const { workflowId, runId } of temporal.workflow.list()) {
    texts.push(textOf(await temporal.workflow.getHandle(workflowId, runId).fetchHistory()));
  }
  expect(texts.some((text) => text.includes('restartSidecar'))).toBe(true);
  for (const table of ['journal_entries', 'crews', 'runs', 'run_events', 'escalations', 'tasks'] as const) {
    const name = sql.identifier([table]);
    const rows = await engine.db.reads.any<{ text: string }>(
      [client.workspaceId],
      sql`SELECT to_jsonb(${name})::text AS text FROM ${name}`,
    );
    texts.push(...rows.map(({ text }) => text));
  }
  for (const process of ['api', 'control', 'docker-host'] as const) {
    texts.push(await readFile(engine.logFile(process), 'utf8'));
  }
  expect(texts.length).toBeGreaterThan(50);
  for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
});
