import { CrewshipError, invalidField } from '../../domain/kernel/errors/crewship-error.ts';
import type { GuardedClient, OutboundAnswer } from '../guarded-http/guarded-client.ts';
import { type Packet, readPackets, textOf, writePackets } from './pkt-line.ts';
import { type GitObject, PackTooLargeError, readPack } from './read-pack.ts';

export interface GitFile {
  readonly path: string;
  readonly content: Buffer;
  readonly isExecutable: boolean;
}

export interface GitTree {
  /** The id of the commit. */
  readonly revision: string;
  /** Regular files, in the order of their paths. Links and other repositories are none. */
  readonly files: readonly GitFile[];
}

const TIMEOUT_MS = 60_000;
const REFS_BYTES = 1_024 * 1_024;
const PACK_BYTES = 32 * 1_024 * 1_024;
const LIMITS = { maxObjects: 20_000, maxObjectBytes: 16 * 1_024 * 1_024, maxBytes: 96 * 1_024 * 1_024 };
const MAX_DEPTH = 16;
const MAX_FILES = 10_000;
const OID = /^[0-9a-f]{40}$/;
const REF = /^(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[A-Za-z0-9_][A-Za-z0-9._/@+-]{0,199}$/;

/**
 * The files of a repository at a branch, a tag or a commit, without its history: git's own protocol (version 2) through
 * the guarded client, and all of it in memory; no program of git's runs and nothing is written. Throws
 * `invalid_request` for a URL or ref that is none, `address_refused`, `egress_failed`, `not_found` for a missing ref.
 */
export async function fetchGitTree(
  client: Pick<GuardedClient, 'send'>,
  repository: { readonly url: string; readonly ref: string | undefined; readonly share: string },
): Promise<GitTree> {
  const { ref } = repository;
  if (ref !== undefined && !REF.test(ref))
    throw invalidField('git_ref', 'must be the name of a branch or tag, or a commit');
  const base = repository.url.replace(/\/+$/, '');
  const endsAt = performance.now() + TIMEOUT_MS;
  const host = URL.canParse(base) ? new URL(base).host : '';
  const refused = (reason: string, what: string, cause?: unknown) =>
    new CrewshipError('egress_failed', `${host} ${what}`, { extensions: { host, reason }, cause });

  async function ask(path: string, limitBytes: number, body?: Buffer): Promise<Packet[]> {
    const service = 'git-upload-pack';
    const answer: OutboundAnswer = await client.send({
      url: `${base}${path}`,
      headers: {
        'git-protocol': 'version=2',
        accept: body === undefined ? `application/x-${service}-advertisement` : `application/x-${service}-result`,
        ...(body === undefined ? {} : { 'content-type': `application/x-${service}-request` }),
      },
      ...(body === undefined ? {} : { method: 'POST' as const, body }),
      timeoutMs: Math.max(1, Math.ceil(endsAt - performance.now())),
      limitBytes,
      share: repository.share,
    });
    if (answer.status !== 200) {
      answer.discard();
      throw refused('answer', `answered with status ${answer.status}: no repository that everybody may read`);
    }
    const bytes = await answer.bytes();
    try {
      return [...readPackets(bytes)];
    } catch (error) {
      throw refused('answer', 'answered what is not git’s', error);
    }
  }

  const offered = textsOf(await ask('/info/refs?service=git-upload-pack', REFS_BYTES));
  if (!offered.includes('version 2')) throw refused('answer', 'does not speak version 2 of git’s protocol');
  if (offered.some((text) => text.startsWith('object-format=') && text !== 'object-format=sha1')) {
    throw refused('answer', 'names objects in a way that is not known');
  }
  const command = '/git-upload-pack';
  const wanted = ref === undefined ? ['HEAD'] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  const listed = textsOf(
    await ask(
      command,
      REFS_BYTES,
      writePackets(['command=ls-refs', 'delimiter', 'peel', ...wanted.map((name) => `ref-prefix ${name}`), 'flush']),
    ),
  );
  const revision = ref !== undefined && OID.test(ref) ? ref : revisionOf(listed, wanted);
  if (revision === null) {
    throw new CrewshipError('not_found', ref === undefined ? 'the repository is empty' : 'git_ref not found');
  }
  const sent = await ask(
    command,
    PACK_BYTES,
    writePackets([
      'command=fetch',
      'delimiter',
      'no-progress',
      'ofs-delta',
      'deepen 1',
      `want ${revision}`,
      'done',
      'flush',
    ]),
  );
  try {
    const objects = await readPack(packOf(sent), LIMITS);
    return { revision, files: filesOf(objects, revision) };
  } catch (error) {
    if (error instanceof PackTooLargeError) throw refused('too_large', 'has a repository that is too large', error);
    if (error instanceof CrewshipError) throw error;
    throw refused('answer', 'answered what is no pack of git’s', error);
  }
}

const textsOf = (packets: readonly Packet[]): string[] =>
  packets.flatMap((packet) => (packet.kind === 'data' ? [textOf(packet.data)] : []));

/** The commit of the first of the names that is there; of a tag with words of its own, what it names. */
function revisionOf(lines: readonly string[], names: readonly string[]): string | null {
  for (const name of names) {
    const line = lines.map((text) => text.split(' ')).find(([, found]) => found === name);
    if (line === undefined) continue;
    const peeled = line.find((word) => word.startsWith('peeled:'))?.slice('peeled:'.length);
    const oid = peeled ?? line[0]!;
    if (OID.test(oid)) return oid;
  }
  return null;
}

/** What the side band of data holds, once the part of the pack has begun. */
function packOf(packets: readonly Packet[]): Buffer {
  const begin = packets.findIndex((packet) => packet.kind === 'data' && textOf(packet.data) === 'packfile');
  if (begin === -1) throw new TypeError('no pack');
  const pieces = packets.slice(begin + 1).flatMap((packet) => {
    if (packet.kind !== 'data') return [];
    if (packet.data[0] === 3) throw new TypeError('the other side failed');
    return packet.data[0] === 1 ? [packet.data.subarray(1)] : [];
  });
  return Buffer.concat(pieces);
}

function filesOf(objects: ReadonlyMap<string, GitObject>, revision: string): GitFile[] {
  const object = (oid: string, type: GitObject['type']): Buffer => {
    const found = objects.get(oid);
    if (found?.type !== type) throw new TypeError(`no ${type}`);
    return found.data;
  };
  const tree = /^tree ([0-9a-f]{40})\n/.exec(object(revision, 'commit').toString('latin1'))?.[1];
  if (tree === undefined) throw new TypeError('no tree');
  const files: GitFile[] = [];
  const walk = (oid: string, prefix: string, depth: number): void => {
    for (const { mode, name, oid: child } of entriesOf(object(oid, 'tree'))) {
      const path = `${prefix}${name}`;
      if (mode === '40000' && depth < MAX_DEPTH) walk(child, `${path}/`, depth + 1);
      if (mode !== '100644' && mode !== '100755') continue;
      files.push({ path, content: object(child, 'blob'), isExecutable: mode === '100755' });
      if (files.length > MAX_FILES) throw new PackTooLargeError(`more than ${MAX_FILES} files`);
    }
  };
  walk(tree, '', 1);
  return files;
}

function* entriesOf(tree: Buffer): Generator<{ mode: string; name: string; oid: string }> {
  let at = 0;
  while (at < tree.length) {
    const blank = tree.indexOf(0x20, at);
    const end = tree.indexOf(0, blank + 1);
    if (blank === -1 || end === -1 || end + 21 > tree.length) throw new TypeError('no tree');
    const name = tree.toString('utf8', blank + 1, end);
    if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new TypeError('no name');
    yield { mode: tree.toString('latin1', at, blank), name, oid: tree.toString('hex', end + 1, end + 21) };
    at = end + 21;
  }
}
