import { baseImageWays } from './services/base-image.ts';
import { dockerWays } from './services/docker.ts';
import { findDockerForContainers } from './services/docker-address.ts';
import { diagnose, formatDiagnoses } from './services/diagnosis.ts';
import { filterImageWays } from './services/filter-image.ts';
import { inspectWays } from './services/part.ts';
import { postgresWays } from './services/postgres-binaries.ts';
import { redisWays } from './services/redis-ways.ts';
import { temporalWays } from './services/temporal-ways.ts';

/** `npm run doctor`: what is found, what is missing and how to get it. Installs and starts nothing. */
const { env } = process;
const log = () => undefined;

async function inspectImage(waysOn: typeof baseImageWays) {
  const dockerHost = env.DOCKER_HOST ?? (await findDockerForContainers(env));
  if (dockerHost) return inspectWays(waysOn(env, log, dockerHost));
  const detail = 'seen once Docker runs; pulled or built at the first start';
  return [{ way: 'Docker', finding: { state: 'obtainable' as const, detail } }];
}

const node = { state: 'ready', detail: process.execPath, version: process.version } as const;
const parts = await Promise.all(
  (
    [
      ['postgres', inspectWays(postgresWays(env))],
      ['redis', inspectWays(redisWays(env, log))],
      ['temporal', inspectWays(temporalWays(env, log))],
      ['docker', inspectWays(dockerWays(env, log))],
      ['image', inspectImage(baseImageWays)],
      ['filter', inspectImage(filterImageWays)],
    ] as const
  ).map(async ([part, findings]) => diagnose(part, await findings)),
);
const diagnoses = [diagnose('node', [{ way: 'node', finding: node }]), ...parts];

console.log(formatDiagnoses(diagnoses));
const unobtainable = diagnoses.filter(({ canBeHad }) => !canBeHad).map(({ part }) => part);
console.log(
  unobtainable.length === 0
    ? 'Everything can be had: npm start installs what is missing.'
    : `Cannot be had here: ${unobtainable.join(', ')}.`,
);
process.exit(unobtainable.length === 0 ? 0 : 1);
