import path from 'node:path';
import { localDataDir } from './data-dir.ts';
import { startStack } from './stack.ts';
import { onStopSignals } from './stop-signals.ts';
import { openProcessRecords } from './supervision/process-records.ts';

/** `npm start`: the stack in the foreground, until Ctrl-C. */
const startedAt = Date.now();
const log = (line: string) => console.log(line);
const stopRequest = Promise.withResolvers<void>();
const dataDir = localDataDir(process.env);
let started = false;

onStopSignals(
  () => {
    if (!started) log('Stopping as soon as the start is through (Ctrl-C again kills at once)…');
    stopRequest.resolve();
  },
  () => {
    log('Forced: killing every process of the stack.');
    openProcessRecords(path.join(dataDir, 'processes')).killAll();
    process.exit(130);
  },
);

try {
  const stack = await startStack({ dataDir, log });
  started = true;
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  log('');
  log(`Crewship is up after ${seconds} s.`);
  log(`  API          ${stack.apiUrl}/api/v1`);
  log(`  API docs     ${stack.docsUrl}`);
  if (stack.temporalUiUrl) log(`  Temporal UI  ${stack.temporalUiUrl}`);
  log(`  data, logs   ${stack.services.context.dataDir}`);
  log('Ctrl-C stops it; the data stays.');
  await stopRequest.promise;
  log('');
  log('Stopping (Ctrl-C again kills at once)…');
  await stack.stop();
  log('Everything is stopped.');
  process.exit(0);
} catch (error) {
  console.error(`\nThe stack could not ${started ? 'stop' : 'start'} properly:\n${(error as Error).message}`);
  process.exit(1);
}
