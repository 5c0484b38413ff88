import { CrewshipError, invalidField } from '../../domain/kernel/errors/crewship-error.ts';
import type { GuardedClient, OutboundAnswer } from '../guarded-http/guarded-client.ts';
import { answerOfThread } from '../threads/answer-of-thread.ts';
import type { GitFile } from './files-of-answer.ts';
import type { GitFilesAnswer } from './git-files-thread.ts';
import { PackTooLargeError } from './pack-too-large-error.ts';
import { readPackets, textOf, writePackets } from './pkt-line.ts';

export interface GitTree {
  /** The id of the commit. */
  readonly revision: string;
  /** Regular files, in the order of their paths. Links and other repositories are none. */
  readonly files: readonly GitFile[];
}

const TIMEOUT_MS = 60_000;
const REFS_BYTES = 1_024 * 1_024;
const PACK_BYTES = 32 * 1_024 * 1_024;
const THREAD = new URL('./git-files-thread.ts', import.meta.url);
/** What a pack at its limits needs less than a tenth of. */
const READ_MS = 20_000;
/** Beside the objects, which are limited by their octets. */
const READ_MEMORY_MB = 256;
const OID = /^[0-9a-f]{40}$/;
const REF = /^(?!.*(\.\.|\/\/|@\{|\.lock(\/|$)))[A-Za-z0-9_][A-Za-z0-9._/@+-]{0,199}$/;

/**
 * The files of a repository at a branch, a tag or a commit, without its history: git's own protocol (version 2) through
 * the guarded client, and all of it in memory; no program of git's runs and nothing is written. What is sent is read on
 * a thread of its own, within a time: nobody else waits for it. Throws `invalid_request` for a URL or ref that is none,
 * `address_refused`, `egress_failed`, `not_found` for a missing ref.
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
  const tooLarge = (cause: unknown) => refused('too_large', 'has a repository that is too large', cause);

  async function ask(path: string, limitBytes: number, body?: Buffer): Promise<Buffer> {
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
    return answer.bytes();
  }

  async function askLines(path: string, body?: Buffer): Promise<string[]> {
    const bytes = await ask(path, REFS_BYTES, body);
    try {
      const lines: string[] = [];
      for (const packet of readPackets(bytes)) if (packet.kind === 'data') lines.push(textOf(packet.data));
      return lines;
    } catch (error) {
      if (error instanceof PackTooLargeError) throw tooLarge(error);
      throw refused('answer', 'answered what is not git’s', error);
    }
  }

  const offered = await askLines('/info/refs?service=git-upload-pack');
  if (!offered.includes('version 2')) throw refused('answer', 'does not speak version 2 of git’s protocol');
  if (offered.some((text) => text.startsWith('object-format=') && text !== 'object-format=sha1')) {
    throw refused('answer', 'names objects in a way that is not known');
  }
  const command = '/git-upload-pack';
  const wanted = ref === undefined ? ['HEAD'] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
  const listed = await askLines(
    command,
    writePackets(['command=ls-refs', 'delimiter', 'peel', ...wanted.map((name) => `ref-prefix ${name}`), 'flush']),
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
  const read = await readApart(sent, revision);
  if (read === null) throw tooLarge(undefined);
  if (read.kind === 'too_large') throw tooLarge(read.reason);
  if (read.kind === 'unreadable') throw refused('answer', 'answered what is no pack of git’s', read.reason);
  const contents = Buffer.from(read.contents.buffer);
  const files = read.files.map(({ path, from, to, isExecutable }) => {
    return { path, content: contents.subarray(from, to), isExecutable };
  });
  return { revision, files };
}

function readApart(sent: Buffer, revision: string): Promise<GitFilesAnswer | null> {
  // Of its own, so that it can be handed over: a short buffer is a part of one that others have parts of.
  const answer = new Uint8Array(sent);
  return answerOfThread<GitFilesAnswer>(THREAD, {
    data: { answer, revision },
    transferred: [answer.buffer],
    memoryMb: READ_MEMORY_MB,
    timeoutMs: READ_MS,
  });
}

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
