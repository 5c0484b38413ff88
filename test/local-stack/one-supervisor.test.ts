import { expect, test } from 'vitest';
import { startServices } from '../../deploy/local/services/start-services.ts';
import { makeScratchDir, plainEnvironment } from './scratch-dir.ts';

test('a second supervisor on the same folder is refused with who holds it and what to do, and harms nothing', async () => {
  await using scratch = await makeScratchDir();
  const start = () => startServices({ dataDir: scratch.dir, parts: ['redis'], log: () => {}, env: plainEnvironment() });
  const services = await start();
  await expect(start()).rejects.toThrow(
    new RegExp(`in use by another local stack: process ${process.pid} .*CREWSHIP_DATA_DIR`),
  );
  await services.stop();
  await (await start()).stop();
}, 60_000);
