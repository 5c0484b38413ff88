import { access, readFile } from 'node:fs/promises';

const WANTED_NOFILE = 65_536;

/** Open files that a process of an agent begins with; it may raise them itself, to the hard limit. */
export const AGENT_OPEN_FILES = 8_192;

/**
 * The most open files a crew's process may ask for: 65,536, or this process's own hard limit where that is lower. A
 * daemon without CAP_SYS_RESOURCE can't raise limits and refuses to start a container that asks for more than its own;
 * on such hosts it was started under the same limits as we.
 */
export async function readNofileHardLimit(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  const hard = /^Max open files\s+\S+\s+(\d+|unlimited)/m.exec(limits)?.[1];
  return hard === undefined || hard === 'unlimited' ? WANTED_NOFILE : Math.min(WANTED_NOFILE, Number(hard));
}

/**
 * Whether this host's kernel (5.14 and newer) can hand connections that a closing listener has not taken to another one
 * of its port. Without it a connection made at that very moment is reset: measured, two of 600 a second when a sidecar
 * is replaced, and none of 18,000 with it.
 */
export async function canMigrateConnections(): Promise<boolean> {
  return access('/proc/sys/net/ipv4/tcp_migrate_req').then(
    () => true,
    () => false,
  );
}
