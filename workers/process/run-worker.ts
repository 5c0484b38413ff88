import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { connectNative, installTemporalRuntime } from './connect-native.ts';
import type { WorkerProcess } from './open-process.ts';
import { safeFailures } from './safe-failures.ts';

/** How long activities may take to notice a shutdown; a run's process goes on without its worker. */
const SHUTDOWN_GRACE = '2s';
const SHUTDOWN_FORCE = '5s';

/**
 * Runs the process's Temporal workers, one for each of its queues, as its first phase to stop. Resolves once they poll.
 */
export async function runWorker(
  worker: WorkerProcess,
  ...queues: readonly Omit<WorkerOptions, 'connection' | 'namespace' | 'identity'>[]
): Promise<void> {
  installTemporalRuntime(worker.log);
  const giveUp = new AbortController();
  let connection: NativeConnection | undefined;
  const temporalWorkers: Worker[] = [];
  const running: Promise<void>[] = [];
  worker.shutdown.addPhase('temporal worker', async () => {
    giveUp.abort();
    for (const temporalWorker of temporalWorkers) {
      if (temporalWorker.getState() === 'RUNNING') temporalWorker.shutdown();
    }
    await Promise.all(running);
    await connection?.close();
  });
  try {
    connection = await connectNative(worker.config.TEMPORAL_ADDRESS, worker.log, giveUp.signal);
  } catch (error) {
    // Told to stop while Temporal was away: the shutdown under way ends the process in its own order.
    if (giveUp.signal.aborted) return new Promise(() => {});
    throw error;
  }
  for (const options of queues) {
    const temporalWorker = await Worker.create({
      ...options,
      connection,
      namespace: worker.config.TEMPORAL_NAMESPACE,
      identity: `${worker.name}@${process.pid}`,
      shutdownGraceTime: SHUTDOWN_GRACE,
      shutdownForceTime: SHUTDOWN_FORCE,
      interceptors: { activity: [safeFailures(worker.log)] },
    });
    temporalWorkers.push(temporalWorker);
    const run = temporalWorker.run();
    running.push(run);
    run.catch((error: unknown) => {
      worker.log.fatal({ err: error }, 'temporal worker failed');
      process.exit(1);
    });
  }
}
