import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { resolvePart } from '../../deploy/local/services/part.ts';
import { temporalServerFlags } from '../../deploy/local/services/temporal-flags.ts';
import { checkTemporal } from '../../deploy/local/services/temporal-protocol.ts';
import { temporalWays } from '../../deploy/local/services/temporal-ways.ts';
import { findFreePort } from '../../deploy/local/supervision/free-port.ts';
import { eventually } from './test-crew.ts';

export interface OwnTemporal {
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * A Temporal server of the test's own with other settings than the stack's (`key=value` of its dynamic configuration).
 * null where Temporal is had in another way than as a program to run here.
 */
export async function startOwnTemporal(dynamicConfig: readonly string[]): Promise<OwnTemporal | null> {
  const ways = temporalWays({ ...process.env, TEMPORAL_ADDRESS: undefined }, () => {});
  const { value: source } = await resolvePart('temporal', ways, () => {});
  if (source.kind !== 'server') return null;
  const directory = await mkdtemp(path.join(os.tmpdir(), 'crewship-temporal-'));
  const [port, uiPort] = [await findFreePort(), await findFreePort()];
  const flags = temporalServerFlags({
    ip: '127.0.0.1',
    port,
    uiPort,
    databaseFile: path.join(directory, 'temporal.db'),
  });
  const settings = dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]);
  const child = spawn(source.command, [...flags, ...settings], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: directory },
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const address = `127.0.0.1:${port}`;
  const isUp = () =>
    checkTemporal(address).then(
      () => true,
      () => false,
    );
  await eventually(isUp, (up) => up, 60_000);
  return {
    address,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      await rm(directory, { recursive: true, force: true });
    },
  };
}
