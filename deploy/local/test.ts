import path from 'node:path';
import { parseCLI, startVitest } from 'vitest/node';
import { installAgentClis } from './agent-clis.ts';
import { type CheckResult, listChecks, runChecks } from './checks/run-checks.ts';
import { localDataDir } from './data-dir.ts';
import { installPythonTools } from './python-tools.ts';
import { type PartName, partNames } from './services/part.ts';
import { type RunningServices, startServices } from './services/start-services.ts';
import { onStopSignals } from './stop-signals.ts';
import { createTestSummary, formatTestSummary } from './test-summary.ts';

/**
 * `npm test [-- filter… vitest options…]`: the checks that read the sources, then the parts that tests need, once, then
 * all tests. A check counts as a test; with a filter the checks are left out.
 */
const dataDir = path.join(localDataDir(process.env), 'test');
/**
 * Without Docker or a registry their tests are skipped, naming the reason; without any other part nothing is tested.
 */
const optional: readonly PartName[] = ['docker', 'image', 'registry'];
/** Test databases are thrown away: what a crash of the machine would lose is not worth the flushes. */
const THROW_AWAY_POSTGRES = 'fsync=off,synchronous_commit=off,full_page_writes=off,max_connections=400';

const stopping = new AbortController();
onStopSignals(
  () => stopping.abort(),
  () => process.exit(130),
);

async function runStaticChecks(args: readonly string[]): Promise<CheckResult[]> {
  if (args.length > 0) return [];
  // The unit tests are part of what follows.
  return runChecks(
    listChecks().filter(({ name }) => name !== 'unit'),
    stopping.signal,
  );
}

async function runTests(services: RunningServices, checks: readonly CheckResult[], args: readonly string[]) {
  const clisMissing = await installAgentClis((line) => console.log(line));
  if (clisMissing !== undefined) process.env.CREWSHIP_TEST_AGENT_CLIS_MISSING = clisMissing;
  const pythonMissing = await installPythonTools((line) => console.log(line));
  if (pythonMissing !== undefined) process.env.CREWSHIP_TEST_PYTHON_MISSING = pythonMissing;
  Object.assign(process.env, testEnvironment(services));
  const { reporter, summary } = createTestSummary(checks);
  const { filter, options } = parseCLI(['vitest', 'run', ...args]);
  const vitest = await startVitest('test', filter, { ...options, watch: false, reporters: ['default', reporter] });
  stopping.signal.addEventListener('abort', () => void vitest.cancelCurrentRun('keyboard-input'));
  await vitest.close();
  await services.stop();
  console.log(formatTestSummary(summary));
  return summary.failed === 0 && summary.passed > 0 && !stopping.signal.aborted ? 0 : 1;
}

function testEnvironment(services: RunningServices): Record<string, string> {
  const missing = services.missing.docker ?? services.missing.image;
  const urls = {
    CREWSHIP_TEST_DATABASE_URL: services.databaseUrl,
    CREWSHIP_TEST_REDIS_URL: services.redisUrl,
    CREWSHIP_TEST_TEMPORAL_ADDRESS: services.temporalAddress,
    CREWSHIP_TEST_DOCKER_HOST: missing ? undefined : services.dockerHost,
    CREWSHIP_TEST_RUNTIME_IMAGE: missing ? undefined : services.runtimeImage,
    CREWSHIP_TEST_FILTER_IMAGE: services.filterImage,
    CREWSHIP_TEST_DOCKER_MISSING: missing,
    CREWSHIP_TEST_REGISTRY: services.registry,
    CREWSHIP_TEST_REGISTRY_MISSING: services.missing.registry,
  };
  return Object.fromEntries(Object.entries(urls).flatMap(([name, url]) => (url === undefined ? [] : [[name, url]])));
}

try {
  const env = { CREWSHIP_POSTGRES_SETTINGS: THROW_AWAY_POSTGRES, ...process.env };
  const args = process.argv.slice(2);
  const checks = await runStaticChecks(args);
  stopping.signal.throwIfAborted();
  const services = await startServices({ dataDir, parts: partNames, optional, log: (line) => console.log(line), env });
  process.exit(await runTests(services, checks, args));
} catch (error) {
  console.error((error as Error).message);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
