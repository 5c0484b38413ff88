import { expect, test } from 'vitest';
import { connectDocker } from '../../deploy/local/services/docker-address.ts';
import { startManagedContainer } from '../../deploy/local/services/managed-container.ts';
import { startServices } from '../../deploy/local/services/start-services.ts';
import { makeScratchDir, plainEnvironment } from './scratch-dir.ts';

test('a part in a container replaces the one a killed supervisor left, reports its end, and is gone after stop', async (context) => {
  const missing = process.env.CREWSHIP_TEST_DOCKER_MISSING;
  if (missing) return context.skip(missing);
  await using scratch = await makeScratchDir();
  const services = await startServices({
    dataDir: scratch.dir,
    parts: ['docker', 'image'],
    log: () => {},
    env: plainEnvironment({
      DOCKER_HOST: process.env.CREWSHIP_TEST_DOCKER_HOST,
      CREWSHIP_RUNTIME_IMAGE: process.env.CREWSHIP_TEST_RUNTIME_IMAGE,
    }),
  });
  const { dockerHost = '', runtimeImage: image = '' } = services;
  const start = (seconds: string) =>
    startManagedContainer(services.context, {
      name: 'sleeper',
      dockerHost,
      image,
      command: ['sleep', seconds],
      publish: {},
    });
  const container = connectDocker(dockerHost).getContainer(`crewship-${services.context.secrets.stackId}-sleeper`);

  const left = await start('600');
  const leftId = (await container.inspect()).Id;
  const unit = await start('601');
  expect((await container.inspect()).Id).not.toBe(leftId);
  await left.exited;

  await container.kill({ signal: 'SIGKILL' });
  expect(await unit.exited).toBe('exit code 137');
  await unit.stop();
  await expect(container.inspect()).rejects.toMatchObject({ statusCode: 404 });
  await services.stop();
}, 60_000);
