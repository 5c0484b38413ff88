import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What listens on a port of all addresses of a namespace, and says so once it does. */
const LISTENER = `
  const server = require('node:net').createServer((socket) => socket.on('error', () => {}).end('here'));
  server.listen({ port: Number(process.argv[1]), host: '::', backlog: 128 }, () => console.log('listening'));`;

/**
 * A network that ends where it begins: a namespace that is all the world to another one. Whatever that one sends, to
 * whichever address, comes here or nowhere.
 */
export interface TestWorld {
  /** Something listens on the port of each address of the world, and of each of the namespace that it belongs to. */
  close(): Promise<void>;
}

/** The world's side of the link, and the namespace's. */
export const LINK = { world: ['192.0.2.2', '2001:db8:77::2'], host: ['192.0.2.1', '2001:db8:77::1'] } as const;

export async function createTestWorld(options: {
  /** The namespace that gets a way out, to this world alone. */
  readonly namespaceFile: string;
  readonly addresses: readonly string[];
  /** More addresses of the namespace's own, as public ones of a host. */
  readonly hostAddresses: readonly string[];
  readonly port: number;
}): Promise<TestWorld> {
  const id = randomBytes(3).toString('hex');
  const name = `crewship-world-${id}`;
  const worldFile = `/run/netns/${name}`;
  const [outer, inner] = [`tw${id}a`, `tw${id}b`];
  const inside = (file: string, ...argv: string[]) => run('nsenter', [`--net=${file}`, ...argv]);
  const add = (file: string, address: string, device: string) => {
    const isV6 = address.includes(':');
    const argv = ['addr', 'add', `${address}/${isV6 ? 128 : 32}`, 'dev', device, ...(isV6 ? ['nodad'] : [])];
    return inside(file, 'ip', ...argv);
  };
  const listeners: ChildProcess[] = [];
  const gone: Promise<unknown>[] = [];

  await run('ip', ['netns', 'add', name]);
  await inside(worldFile, 'ip', 'link', 'set', 'lo', 'up');
  await inside(worldFile, 'ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner);
  await inside(worldFile, 'ip', 'link', 'set', inner, 'netns', options.namespaceFile);
  const sides = [
    { file: worldFile, device: outer, own: LINK.world, other: LINK.host },
    { file: options.namespaceFile, device: inner, own: LINK.host, other: LINK.world },
  ];
  for (const { file, device, own, other } of sides) {
    await inside(file, 'ip', 'addr', 'add', `${own[0]}/30`, 'dev', device);
    await inside(file, 'ip', 'addr', 'add', `${own[1]}/64`, 'dev', device, 'nodad');
    await inside(file, 'ip', 'link', 'set', device, 'up');
    await inside(file, 'ip', 'route', 'add', 'default', 'via', other[0]);
    await inside(file, 'ip', '-6', 'route', 'add', 'default', 'via', other[1]);
  }
  for (const address of options.addresses) await add(worldFile, address, 'lo');
  for (const address of options.hostAddresses) await add(options.namespaceFile, address, 'lo');
  for (const file of [worldFile, options.namespaceFile]) {
    const child = spawn('nsenter', [`--net=${file}`, process.execPath, '-e', LISTENER, String(options.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    listeners.push(child);
    gone.push(once(child, 'exit'));
    await once(child.stdout, 'data');
  }
  return {
    async close() {
      for (const child of listeners) child.kill('SIGKILL');
      await Promise.all(gone);
      await run('ip', ['netns', 'delete', name]);
    },
  };
}
