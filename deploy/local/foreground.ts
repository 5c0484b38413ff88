import path from 'node:path';
import { localDataDir } from './data-dir.ts';
import type { Log } from './services/part.ts';
import { type RunningStack, startStack } from './stack.ts';
import { onStopSignals } from './stop-signals.ts';
import { openProcessRecords } from './supervision/process-records.ts';

/**
 * The stack in the foreground, until Ctrl-C; ends the process. `whileUp` runs beside it until its signal; its failure
 * takes the stack down.
 */
export async function runInForeground(
  whileUp?: (stack: RunningStack, log: Log, signal: AbortSignal) => Promise<void>,
): Promise<never> {
  const startedAt = Date.now();
  const log = (line: string) => console.log(line);
  const stopping = new AbortController();
  const stopRequest = Promise.withResolvers<void>();
  const dataDir = localDataDir(process.env);
  let started = false;

  onStopSignals(
    () => {
      if (!started) log('Stopping as soon as the start is through (Ctrl-C again kills at once)…');
      stopping.abort();
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
    const beside = whileUp?.(stack, log, stopping.signal);
    beside?.catch((error: Error) => log(error.message)).finally(stopRequest.resolve);
    await stopRequest.promise;
    log('');
    log('Stopping (Ctrl-C again kills at once)…');
    stopping.abort();
    await stack.stop();
    log('Everything is stopped.');
    process.exit(0);
  } catch (error) {
    console.error(`\nThe stack could not ${started ? 'stop' : 'start'} properly:\n${(error as Error).message}`);
    process.exit(1);
  }
}
