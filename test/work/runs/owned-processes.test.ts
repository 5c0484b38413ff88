import { rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { expect } from 'vitest';
import { sql } from '../../../db/kernel/sql.ts';
import {
  cancelMission,
  lockMissionOf,
  restartMission,
  startMission,
} from '../../../commands/engine/missions/mission-commands.ts';
import { connectDocker } from '../../../deploy/local/services/docker-address.ts';
import { orchestratorActor } from '../../../domain/kernel/access/authority.ts';
import { dockerTest } from '../../support/docker-test.ts';
import { eventually } from '../../support/test-crew.ts';
import { TEST_DOCKER_HOST } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';

const suite = useCrew();
const { run, view, finished, appended, lines } = suite;

/** Since 6.12 a process can be kept from signalling any but its own. */
const [major = 0, minor = 0] = os.release().split('.').map(Number);
const SCOPES_SIGNALS = major > 6 || (major === 6 && minor >= 12);

async function containerId(): Promise<string> {
  const row = await suite.engine.db.systemReads.maybeOne<{ container_id: string }>(
    [],
    sql`SELECT container_id FROM crews WHERE id = ${suite.crew.crewId}`,
  );
  return row!.container_id;
}

/** Names and arguments of all that runs in the crew's container. */
async function processes(): Promise<string> {
  const argv = ['/bin/sh', '-c', "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"];
  const exec = { containerId: await containerId(), argv, user: '1001:1001' } as const;
  return (await suite.engine.docker.runExec(exec, { timeoutMs: 10_000 })).stdout;
}

async function change(missionId: string, how: typeof restartMission): Promise<void> {
  await suite.engine.db.transaction({ workspaceIds: [suite.crew.workspaceId] }, async (tx) => {
    await how(tx, await lockMissionOf(tx, suite.crew.crewId, missionId), orchestratorActor());
  });
}

const cancel: typeof restartMission = (tx, mission, actor) => cancelMission(tx, mission, null, actor);
const start: typeof restartMission = async (tx, mission, actor) => {
  await startMission(tx, mission, actor);
};

async function runOf(missionId: string) {
  return suite.engine.db.systemReads.any<{
    id: string;
    status: string;
    error_code: string | null;
    error_message: string | null;
  }>(
    [],
    sql`SELECT id, status, error_code, error_message FROM runs WHERE mission_id = ${missionId} ORDER BY created_at`,
  );
}

dockerTest('a cancelled attempt has no process left, whatever it did to get away', async () => {
  const away = `env -i PATH=$PATH setsid sh -c 'echo away >>/workspace/away; sleep 5151; :'`;
  const missionId = await run({
    away: { agent: 'builder', description: `shell (${away} >/dev/null 2>&1 &)\nsleep 60000` },
  });
  await appended('away');
  await change(missionId, cancel);
  await eventually(
    () => view(missionId),
    ({ runs }) => runs[0]!.status === 'CANCELLED',
  );
  expect(await processes()).not.toContain('515' + '1');
});

dockerTest('what an attempt leaves behind ends with it', async () => {
  const missionId = await run({
    left: { agent: 'builder', description: 'shell nohup sleep 6161 >/dev/null 2>&1 & exit 0' },
  });
  expect(await finished(missionId)).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
  expect(await processes()).not.toContain('616' + '1');
});

dockerTest('an attempt starts when the one before it is gone, however many places its agent has', async () => {
  const missionId = await run({
    again: { agent: 'builder', description: 'alone /workspace/again\nwait-for /workspace/again-go' },
  });
  await appended('again');
  await change(missionId, cancel);
  await change(missionId, restartMission);
  await change(missionId, start);
  await eventually(
    () => lines('again'),
    (found) => found.length === 2,
  );
  expect((await lines('again')).map((line) => line.split(' ')[1])).toEqual(['alone', 'alone']);
  await writeFile(suite.workspace('again-go'), '');
  const { runs } = await finished(missionId);
  expect(runs.map(({ status }) => status)).toEqual(['CANCELLED', 'COMPLETED']);
  expect(runs[1]!.predecessor_id).toBe(runs[0]!.id);
});

dockerTest('an attempt that ran out of memory says so, with the limit and the setting', async () => {
  const script = 'exec /opt/crewship/bin/node -e "const a=[];for(;;)a.push(Buffer.alloc(2e7,1))"';
  const missionId = await run({ greedy: { agent: 'builder', description: `shell ${script}` } });
  expect((await finished(missionId)).status).toBe('FAILED');
  const [only] = await runOf(missionId);
  expect(only).toMatchObject({ status: 'FAILED', error_code: 'out_of_memory' });
  expect(only!.error_message).toMatch(/512 MB.*container_memory_mb/);
  const entry = await suite.engine.db.systemReads.maybeOne<{ payload: unknown }>(
    [],
    sql`SELECT payload FROM journal_entries
      WHERE workspace_id = ${suite.crew.workspaceId} AND entry_type = 'container.limit_hit'`,
  );
  expect(entry?.payload).toEqual({ run_id: only!.id, limit: 'out_of_memory' });
});

dockerTest('an attempt that ends by a signal, or with a full disk, says so', async () => {
  const killed = await run({ killed: { agent: 'builder', description: 'shell kill -SEGV $$' } });
  expect((await finished(killed)).status).toBe('FAILED');
  expect(await runOf(killed)).toMatchObject([
    { error_code: 'killed_by_signal', error_message: 'ended by SIGSEGV (exit code 139)' },
  ]);
  const full = await run({ full: { agent: 'builder', description: 'shell head -c 200000000 /dev/zero >/tmp/full' } });
  expect((await finished(full)).status).toBe('FAILED');
  expect((await runOf(full))[0]).toMatchObject({ error_code: 'disk_full', error_message: /\/tmp/ });
  const tidy = await run({ tidy: { agent: 'builder', description: 'shell rm /tmp/full' } });
  expect((await finished(tidy)).status).toBe('REVIEW');
});

dockerTest('an attempt that kills all that it can ends alone, and its neighbour goes on', async () => {
  const neighbour = await run({
    neighbour: {
      agent: 'lead',
      description: 'append /workspace/neighbour\nwait-for /workspace/neighbour-go',
    },
  });
  await appended('neighbour');
  const wild = await run({ wild: { agent: 'builder', description: 'shell kill -9 -1; kill -9 $$' } });
  expect((await finished(wild)).runs).toMatchObject([{ status: 'FAILED', error_code: 'killed_by_signal' }]);
  if (!SCOPES_SIGNALS) return;
  await writeFile(suite.workspace('neighbour-go'), '');
  expect(await finished(neighbour)).toMatchObject({ status: 'REVIEW', runs: [{ status: 'COMPLETED' }] });
});

dockerTest('finished work stays finished, whatever its agent removes', async () => {
  const missionId = await run({
    tidy: {
      agent: 'builder',
      description: 'append /workspace/effects\nshell rm -rf "$CREWSHIP_RUN_DIR" /runs/* /records/* 2>/dev/null || true',
    },
  });
  expect((await finished(missionId)).runs).toMatchObject([{ status: 'COMPLETED' }]);
  expect(await lines('effects')).toHaveLength(1);
});

dockerTest('an attempt in a frozen container is ended all the same', async () => {
  const missionId = await run({
    frozen: { agent: 'builder', description: 'append /workspace/frozen\nsleep 60000' },
  });
  await appended('frozen');
  const container = connectDocker(TEST_DOCKER_HOST).getContainer(await containerId());
  await container.pause();
  try {
    await change(missionId, cancel);
    await eventually(
      () => view(missionId),
      ({ runs }) => runs[0]!.status === 'CANCELLED',
    );
  } finally {
    await container.unpause();
  }
});

dockerTest(
  'a container that is lost while it starts is started again',
  async () => {
    const docker = connectDocker(TEST_DOCKER_HOST);
    await docker.getContainer(await containerId()).remove({ force: true });
    const label = `crewship.crew=${suite.crew.crewId}`;
    const missionId = await run({ later: { agent: 'builder', description: 'append /workspace/later' } });
    for (let removed = 0; removed < 2; removed += 1) {
      const [made] = await eventually(
        async () =>
          (await docker.listContainers({ all: true, filters: { label: [label] } })).filter(
            ({ Labels }) => Labels['crewship.sidecar'] === undefined,
          ),
        (found) => found.length > 0,
      );
      await docker
        .getContainer(made!.Id)
        .remove({ force: true })
        .catch(() => {});
    }
    expect((await finished(missionId)).status).toBe('REVIEW');
    await rm(suite.workspace('later'));
  },
  60_000,
);

dockerTest(
  'a task whose container is removed again and again is not failed for it, nor its agent blamed',
  async () => {
    const missionId = await run({
      patient: { agent: 'builder', description: 'append /workspace/patient\nwait-for /workspace/patient-go' },
    });
    for (let begun = 1; begun <= 3; begun += 1) {
      await eventually(
        () => lines('patient').catch(() => []),
        (found) => found.length === begun,
      );
      await suite.engine.docker.removeContainer(await containerId());
    }
    await writeFile(suite.workspace('patient-go'), '');
    const { status, runs } = await finished(missionId);
    expect([status, runs.map(({ error_code: code, iteration }) => [code, iteration])]).toEqual([
      'REVIEW',
      [...Array.from({ length: 3 }, () => ['lost', 1]), [null, 1]],
    ]);
    expect((await runOf(missionId))[0]!.error_message).toContain('killed or removed from outside');
    const agent = await suite.engine.db.systemReads.maybeOne<{ consecutive_failures: number }>(
      [],
      sql`SELECT consecutive_failures FROM agents WHERE id = ${suite.crew.agents.builder!}`,
    );
    expect(agent?.consecutive_failures).toBe(0);
  },
  90_000,
);
