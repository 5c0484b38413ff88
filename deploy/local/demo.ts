import path from 'node:path';
import type { Crewship } from '../../clients/typescript/src/index.ts';
import { localDataDir } from './data-dir.ts';
import { explainFailure } from './demo/explain-failure.ts';
import { installAgents } from './demo/install-agents.ts';
import { createShopMission } from './demo/shop-mission.ts';
import { runMission } from './demo/run-mission.ts';
import { signIn } from './demo/sign-in.ts';
import { type RunningStack, startStack, toolsDir } from './stack.ts';
import { onStopSignals } from './stop-signals.ts';
import { openProcessRecords } from './supervision/process-records.ts';

/** `npm run demo [-- --keep]`: the stack, a mission from its first request to its result, and the stack down again. */
const KEEP = process.argv.slice(2).includes('--keep');
const MISSION_DEADLINE_MS = 180_000;
const startedAt = Date.now();
const log = (line: string) => console.log(line);
const dataDir = localDataDir(process.env);
const stopping = new AbortController();

/** The first Ctrl-C ends the demo. */
class InterruptedError extends Error {}

onStopSignals(
  () => {
    log('\nStopping (Ctrl-C again kills at once)…');
    stopping.abort(new InterruptedError('interrupted'));
  },
  () => {
    openProcessRecords(path.join(dataDir, 'processes')).killAll();
    process.exit(130);
  },
);

const secondsSinceStart = () => ((Date.now() - startedAt) / 1_000).toFixed(1);

function missionDeadline(): AbortSignal {
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort(new Error(`the mission was not done after ${MISSION_DEADLINE_MS / 1_000} s`));
  }, MISSION_DEADLINE_MS);
  timer.unref();
  return timeout.signal;
}

async function showMission(stack: RunningStack, programsDir: string): Promise<void> {
  const { crewship, authHeaderFile } = await signIn(stack.apiUrl, stack.services.context.dataDir, log);
  const shop = await createShopMission(crewship, programsDir);
  log(`crew ${shop.crewSlug}: a LEAD, two agents and a mission of four tasks\n`);
  await runMission(crewship, shop, { signal: AbortSignal.any([stopping.signal, missionDeadline()]), log });
  log('');
  log(`API docs      ${stack.docsUrl}`);
  if (stack.temporalUiUrl) {
    const query = encodeURIComponent(`CrewshipMissionId="${shop.missionId}"`);
    log(`Temporal UI   ${stack.temporalUiUrl}/namespaces/default/workflows?query=${query}`);
  }
  if (KEEP) await offerAnotherMission(stack, crewship, programsDir, authHeaderFile);
  else log('The links answer while the stack is up: `npm run demo -- --keep` leaves it up.');
}

async function offerAnotherMission(
  stack: RunningStack,
  crewship: Crewship,
  programsDir: string,
  authHeaderFile: string,
) {
  const next = await createShopMission(crewship, programsDir);
  const auth = `-H @${authHeaderFile}`;
  log('\nThe stack stays up until Ctrl-C. Start another mission yourself:');
  log(`  curl -X POST ${stack.apiUrl}/api/v1/crews/${next.crewId}/missions/${next.missionId}/start ${auth}`);
  log('see its question, and answer it:');
  log(`  curl '${stack.apiUrl}/api/v1/crews/${next.crewId}/escalations?status=PENDING' ${auth}`);
  log(`  curl -X PATCH ${stack.apiUrl}/api/v1/escalations/<id>/resolve ${auth} \\`);
  log(`    -H 'content-type: application/json' -d '{"resolution": "roll back"}'`);
}

async function stop(stack: RunningStack): Promise<boolean> {
  try {
    await stack.stop();
    return true;
  } catch (error) {
    console.error(`\nNot everything could be stopped: ${(error as Error).message}`);
    return false;
  }
}

async function main(): Promise<number> {
  const directory = toolsDir(dataDir);
  const stack = await startStack({ dataDir, log, env: { ...process.env, CREWSHIP_TOOLS_DIR: directory } });
  log(`the stack is up after ${secondsSinceStart()} s: ${stack.apiUrl}`);
  let exitCode = 0;
  try {
    stopping.signal.throwIfAborted();
    await showMission(stack, await installAgents(directory));
    if (KEEP) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
  } catch (error) {
    exitCode = error instanceof InterruptedError ? 130 : 1;
    if (exitCode === 1) {
      console.error(`\nThe demo failed: ${(error as Error).message}`);
      console.error(await explainFailure(error, stack, startedAt));
    }
  }
  if (!(await stop(stack))) return 1;
  if (exitCode === 0) log(`done in ${secondsSinceStart()} s; everything is stopped, the data is in ${dataDir}`);
  return exitCode;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(`\nThe stack could not start:\n${(error as Error).message}`);
  process.exit(1);
}
