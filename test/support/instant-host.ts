import { Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { recordHostHeartbeat } from '../../commands/engine/hosts/host-heartbeat.ts';
import type { Database } from '../../db/kernel/database.ts';
import { sql } from '../../db/kernel/sql.ts';
import { recordExec } from '../../commands/engine/runs/begin-run.ts';
import { type RunReport, settleRunRow } from '../../commands/engine/runs/settle-run.ts';
import type { WorkflowAddress } from '../../domain/kernel/outbox/outbox-command.ts';
import { hostTaskQueue } from '../../platform/temporal/workflow-starter.ts';
import { readRunExecution } from '../../db/work/runs/read-run-execution.ts';

export interface InstantHost {
  readonly hostId: string;
  /** Gives a crew its place here with a container that is up. */
  adopt(crew: { readonly workspaceId: string; readonly crewId: string }): Promise<void>;
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 5_000;
/** That an attempt is still at it, as the real host says. */
const ALIVE_MS = 1_000;
const DONE: RunReport = { outcome: { kind: 'exited', exitCode: 0, result: 'ok' }, summary: 'done' };

let quiet = false;

/**
 * A host without Docker, whose agents are done as soon as they are started: its worker takes attempts from its task
 * queue and writes to their rows what the real one does. What is left is the engine.
 */
export async function startInstantHost(options: {
  db: Database;
  temporalAddress: string;
  namespace: string;
  hostId: string;
  slots: number;
}): Promise<InstantHost> {
  const { db, hostId } = options;
  const beat = () =>
    recordHostHeartbeat(db, { hostId, architecture: 'none', engineVersion: '0', slots: options.slots });
  await beat();
  if (!quiet) Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR') });
  quiet = true;
  const connection = await NativeConnection.connect({ address: options.temporalAddress });
  const worker = await Worker.create({
    connection,
    namespace: options.namespace,
    taskQueue: hostTaskQueue(hostId),
    maxConcurrentActivityTaskExecutions: options.slots * 2,
    activities: {
      async executeRun(address: WorkflowAddress): Promise<'settled' | 'not-started'> {
        const alive = setInterval(() => Context.current().heartbeat(), ALIVE_MS);
        try {
          return await execute(address);
        } finally {
          clearInterval(alive);
        }
      },
    },
  });
  async function execute(address: WorkflowAddress): Promise<'settled' | 'not-started'> {
    const execution = await readRunExecution(db, address);
    if (execution === null) return 'settled';
    const exec = { containerId: execution.containerId ?? hostId, execId: `exec-${address.id}` };
    if (execution.run.status === 'ADMITTED' && !(await recordExec(db, address, exec))) return 'not-started';
    await settleRunRow(db, address, DONE);
    return 'settled';
  }

  const running = worker.run();
  const beating = setInterval(() => void beat().catch(() => {}), HEARTBEAT_MS);
  return {
    hostId,
    async adopt(crew) {
      await db.transaction({ workspaceIds: [crew.workspaceId] }, (tx) =>
        tx.execute(sql`
          UPDATE crews SET host_id = ${hostId}, container_status = 'running', container_id = ${hostId}
          WHERE id = ${crew.crewId}`),
      );
    },
    async stop() {
      clearInterval(beating);
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
      await connection.close();
    },
  };
}
