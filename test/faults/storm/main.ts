import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { localDataDir } from '../../../deploy/local/data-dir.ts';
import { onStopSignals } from '../../../deploy/local/stop-signals.ts';
import { openProcessRecords } from '../../../deploy/local/supervision/process-records.ts';
import { FULL_STORM, runFaultStorm, SMALL_STORM } from './fault-storm.ts';
import { formatReport } from './format-report.ts';

/** `npm run test:faults [-- --full] [-- --seed <number>]`: the small storm, or the full one. */
const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: { full: { type: 'boolean', default: false }, seed: { type: 'string' } },
});
const seed = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
if (!Number.isSafeInteger(seed)) {
  console.error('--seed takes a whole number');
  process.exit(2);
}
const dataDir = path.join(localDataDir(process.env), 'faults');
const resultFile = path.join(localDataDir(process.env), 'faults-result.json');

const kill = () => {
  openProcessRecords(path.join(dataDir, 'processes')).killAll();
  process.exit(130);
};
// What is left is removed by the next run: an interrupted storm has nothing to end in order.
onStopSignals(kill, kill);

try {
  const size = values.full ? FULL_STORM : SMALL_STORM;
  const report = await runFaultStorm({ seed, size, dataDir, env: process.env, log: (line) => console.log(line) });
  writeFileSync(resultFile, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`\n${formatReport(report)}\nthe result as JSON is in ${resultFile}`);
  process.exit(report.violations.length === 0 ? 0 : 1);
} catch (error) {
  console.error(`seed ${seed}: the storm could not be carried out\n${(error as Error).stack}`);
  process.exit(1);
}
