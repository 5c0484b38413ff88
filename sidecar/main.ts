import http from 'node:http';
import readline from 'node:readline';
import { LONGEST_QUERY_SECONDS } from '../domain/work/peers/peer-request.ts';
import { parseIpcConfig } from '../domain/crews/sidecar/ipc-config.ts';
import { readBody } from '../platform/http/read-body.ts';
import { PORTS_DIR_PATH } from '../domain/crews/sidecar/crew-ports.ts';
import { createPortsServer } from './ports/ports-server.ts';
import { drainOthers } from './drain-others.ts';
import { createSidecarServer } from './sidecar-server.ts';

/**
 * The process beside the agents of a crew, in a container of its own that shares the network of theirs. Run as `serve
 * <instance>` it reads its configuration as one line of JSON from standard input, says `ready` when it listens, and
 * prints nothing more; SIGTERM makes it drain. Run as
 * `health <port>` it asks the sidecar that is running and prints its answer, as `retire <instance>` it sends all others
 * away.
 */
// Longer than the longest call that an agent may be waiting in.
const DRAIN_TIMEOUT_MS = (LONGEST_QUERY_SECONDS + 35) * 1_000;
const HEALTH_TIMEOUT_MS = 3_000;
const HEALTH_LIMIT_BYTES = 4_096;

async function serve(): Promise<void> {
  const input = readline.createInterface({ input: process.stdin });
  const { promise: firstLine, resolve, reject } = Promise.withResolvers<string>();
  input.once('line', resolve).once('close', () => reject(new Error('no configuration on standard input')));
  const config = parseIpcConfig(JSON.parse(await firstLine));
  input.close();
  process.stdin.destroy();
  // Whoever started us lets go of the streams once we are ready; that must not end us.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});

  const server = createSidecarServer(config);
  try {
    await server.listen();
  } catch (error) {
    // Shared by sidecars, and with nobody else: it is a program of the crew's that has it.
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') process.stdout.write('port taken\n');
    throw error;
  }
  const ports = createPortsServer(config);
  // A container from before there was such a directory works without: its ports are not reached.
  await ports.listen(PORTS_DIR_PATH).catch(() => {});
  let draining: Promise<void> | undefined;
  const drain = async (): Promise<void> => {
    await Promise.all([server.drain(DRAIN_TIMEOUT_MS), ports.drain(DRAIN_TIMEOUT_MS)]);
    process.exit(0);
  };
  // Told again while it drains, it goes on: the default would cut what it waits for.
  process.on('SIGTERM', () => (draining ??= drain()));
  process.stdout.write('ready\n');
}

async function health(port: number): Promise<void> {
  const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http.get({ host: '127.0.0.1', port, path: '/health', signal, agent: false }, resolve).once('error', reject);
  const response = await promise;
  process.stdout.write(await readBody(response, HEALTH_LIMIT_BYTES));
  if (response.statusCode !== 200) process.exitCode = 1;
}

async function main(): Promise<void> {
  const [command, argument = ''] = process.argv.slice(2);
  if (command === 'health') await health(Number(argument));
  else if (command === 'retire') await drainOthers(argument);
  else await serve();
}

main().catch((error: unknown) => {
  // The parse error of the configuration could quote it, and with it the token: only the kind of error is named.
  process.stderr.write(`sidecar: ${error instanceof TypeError ? error.message : (error as Error).name}\n`);
  process.exit(1);
});
