import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startStackProcess } from '../../deploy/local/process-group.ts';
import { startServices } from '../../deploy/local/services/start-services.ts';
import { makeScratchDir, plainEnvironment } from './scratch-dir.ts';

const options = (root: string) => ({ root, env: plainEnvironment(), healthUrl: 'http://127.0.0.1:1/' });

test('a process of ours is ready when it says so, is restarted when it dies, and ends on stop', async () => {
  await using scratch = await makeScratchDir();
  await writeFile(
    path.join(scratch.dir, 'worker.mjs'),
    `process.send({ type: 'ready' }); setInterval(() => {}, 1_000); process.on('SIGTERM', () => process.exit(0));`,
  );
  const restarted = Promise.withResolvers<void>();
  const log = (line: string) => {
    if (line === 'worker: healthy again') restarted.resolve();
  };
  const services = await startServices({ dataDir: scratch.dir, parts: [], log, env: plainEnvironment() });
  const spec = { name: 'worker', entry: 'worker.mjs', readiness: 'message', stopGroup: 1 } as const;
  const worker = await startStackProcess(services.context, spec, options(scratch.dir));
  const first = worker.pid();
  process.kill(first ?? 0, 'SIGKILL');
  await restarted.promise;
  expect(worker.pid()).not.toBe(first);
  await worker.stop();
  expect(worker.pid()).toBeUndefined();
  expect(services.context.records.listLive()).toEqual([]);
  await services.stop();
}, 30_000);

test('a process that ends at once fails the start with the end of its log', async () => {
  await using scratch = await makeScratchDir();
  await writeFile(path.join(scratch.dir, 'broken.mjs'), `console.error('the port is a word'); process.exit(3);`);
  const services = await startServices({ dataDir: scratch.dir, parts: [], log: () => {}, env: plainEnvironment() });
  const spec = { name: 'broken', entry: 'broken.mjs', readiness: 'message', stopGroup: 1 } as const;
  const attempt = startStackProcess(services.context, spec, options(scratch.dir));
  await expect(attempt).rejects.toThrow(/ended before it was healthy \(exit code 3\)[\s\S]*the port is a word/);
  await services.stop();
}, 30_000);
