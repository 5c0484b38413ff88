import { onStopSignals } from './stop-signals.ts';
import { listChecks, runChecks } from './checks/run-checks.ts';

/** `npm run check [-- name…]`: what needs no service, in less than a minute: all `check:` scripts of package.json. */
const wanted = process.argv.slice(2);
const checks = listChecks().filter(({ name }) => wanted.length === 0 || wanted.includes(name));
if (checks.length === 0) {
  console.error(
    `no such check; there are ${listChecks()
      .map(({ name }) => name)
      .join(', ')}`,
  );
  process.exit(1);
}

const stopping = new AbortController();
onStopSignals(
  () => stopping.abort(),
  () => process.exit(130),
);

const since = performance.now();
const results = await runChecks(checks, stopping.signal);
const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
const seconds = ((performance.now() - since) / 1_000).toFixed(1);
console.log(
  failed.length === 0 ? `All is well after ${seconds} s.` : `Failed: ${failed.join(', ')} (after ${seconds} s).`,
);
process.exit(failed.length === 0 ? 0 : 1);
