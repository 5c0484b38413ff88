import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect } from 'vitest';
import { dockerTest } from '../../support/docker-test.ts';
import { DOCKER_MISSING } from '../../support/test-services.ts';
import { useCrew } from '../../support/use-crew.ts';
import { outcome } from '../../support/world/caller.ts';
import { createKeeperEngine, type KeeperWorld, openKeeperWorld } from './keeper-world.ts';

let made: Awaited<ReturnType<typeof createKeeperEngine>>;
let world: KeeperWorld;
const suite = useCrew({
  async createEngine() {
    made = await createKeeperEngine();
    return made.engine;
  },
});

beforeAll(async () => {
  if (DOCKER_MISSING !== undefined) return;
  // Its container stays up when the mission is over.
  await suite.finished(await suite.run({ up: { agent: 'lead' } }));
  world = await openKeeperWorld(made, suite.crew);
}, 120_000);
afterAll(() => made?.upstream.close());

const place = (name: string, content: string) => writeFile(suite.workspace(name), content);

dockerTest(
  'an allowed command has the secret, and its agent the output without it; the same again is refused',
  async () => {
    world.say('ALLOW');
    const wait = 'echo x > /workspace/at-work; while [ ! -e /workspace/go ]; do sleep 0.1; done';
    await place('deploy.sh', `${wait}; echo "with $DEPLOY"; exit 4`);
    const running = world.execute('sh deploy.sh');
    await suite.appended('at-work');
    expect(outcome(await world.execute('sh deploy.sh'))).toEqual([409, 'conflict']);
    await place('go', '');
    const answer = await running;
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { decision: 'ALLOW', reason: 'said', output: 'with [REDACTED:keeper-secret]\n', exit_code: 4 },
    ]);
    expect((await world.requests()).map(({ decision }) => decision)).toEqual(['ALLOW', 'DUPLICATE_SUPPRESSED']);
    world.say('DENY');
    const denied = await world.execute('sh deploy.sh now');
    expect([denied.status, denied.body]).toMatchObject([200, { decision: 'DENY', output: null, exit_code: null }]);
  },
);

dockerTest('a command whose host dies is not run again, and its agent hears that nobody knows', async () => {
  world.say('ALLOW');
  await place('once.sh', 'echo x >> /workspace/ran; exec sleep 300');
  const running = world.execute('sh once.sh');
  await suite.appended('ran');
  await suite.engine.processes.get('docker-host')!.kill();
  const answer = await running;
  expect([...outcome(answer), answer.body.reason]).toEqual([502, 'crew_unreachable', 'host_silent']);
  expect((await world.requests()).at(-1)).toMatchObject({ decision: 'ALLOW', execution: 'failed', output: null });
});

dockerTest('the next worker of that host ends what was left, and runs nothing of it again', async () => {
  await suite.engine.start('docker-host');
  expect(await suite.engine.docker.listContainers({ 'crewship.keeper': suite.engine.stackId })).toEqual([]);
  expect((await world.execute('true')).body).toMatchObject({ decision: 'ALLOW', exit_code: 0, output: '' });
  expect(await suite.lines('ran')).toEqual(['x']);
});
