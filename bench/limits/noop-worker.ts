import path from 'node:path';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';

/** Process: a worker of workflows that do nothing. */
Runtime.install({
  shutdownSignals: [],
  logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
});
const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
const worker = await Worker.create({
  connection,
  taskQueue: 'bench-noop',
  workflowsPath: path.join(import.meta.dirname, 'noop-workflow.ts'),
});
const running = worker.run();
process.once('SIGTERM', () => worker.shutdown());
process.send?.({ type: 'ready' });
await running;
await connection.close();
process.disconnect?.();
