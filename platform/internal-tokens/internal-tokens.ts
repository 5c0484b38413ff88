import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { PORTS_KEY_CONTEXT } from '../../domain/crews/sidecar/crew-ports.ts';

/**
 * Tokens of the internal API (docs/contracts/internal-ipc.md, Proof of the caller). Each names its scope and carries a
 * MAC of it under the instance's master, so nothing is stored and nothing can be widened:
 *
 * - `wsv1.<workspace>.<mac>`, `crwv1.<workspace>.<crew>.<mac>`, `agtv1.<workspace>.<agent>.<mac>`
 * - `crwv2.<workspace>.<crew>.<generation>.<mac>`: a crew's as long as its container is of this generation. What our
 * own
 *   sidecars have.
 * - `runv1.<workspace>.<crew>.<agent>.<run>.<mac>`: an agent token extended by its run; it says which run is asking,
 *   and is worth nothing without the crew's socket and token.
 */
export type TokenScope =
  | { readonly kind: 'workspace'; readonly workspaceId: string }
  /** Without a generation: for as long as the crew takes such tokens. */
  | { readonly kind: 'crew'; readonly workspaceId: string; readonly crewId: string; readonly generation?: number }
  | { readonly kind: 'agent'; readonly workspaceId: string; readonly agentId: string }
  | {
      readonly kind: 'run';
      readonly workspaceId: string;
      readonly crewId: string;
      readonly agentId: string;
      readonly runId: string;
    };

const FORMATS = {
  workspace: { prefix: 'wsv1', context: 'crewship internal-token workspace binding v1' },
  crew: { prefix: 'crwv1', context: 'crewship internal-token crew binding v1' },
  generation: { prefix: 'crwv2', context: 'crewship internal-token crew generation binding v2' },
  agent: { prefix: 'agtv1', context: 'crewship internal-token agent binding v1' },
  run: { prefix: 'runv1', context: 'crewship internal-token run binding v1' },
} as const;
const ID = /^[A-Za-z0-9_-]{2,64}$/;
const GENERATION = /^(0|[1-9]\d{0,9})$/;
const MASTER_CONTEXT = 'crewship internal-token master derivation v1';

function idsOf(scope: TokenScope): readonly string[] {
  switch (scope.kind) {
    case 'workspace':
      return [scope.workspaceId];
    case 'crew':
      return [scope.workspaceId, scope.crewId, ...(scope.generation === undefined ? [] : [String(scope.generation)])];
    case 'agent':
      return [scope.workspaceId, scope.agentId];
    case 'run':
      return [scope.workspaceId, scope.crewId, scope.agentId, scope.runId];
  }
}

function scopeOf(kind: keyof typeof FORMATS, ids: readonly string[]): TokenScope | null {
  const [workspaceId = '', second = '', third = '', fourth = ''] = ids;
  switch (kind) {
    case 'workspace':
      return ids.length === 1 ? { kind, workspaceId } : null;
    case 'crew':
      return ids.length === 2 ? { kind, workspaceId, crewId: second } : null;
    case 'generation':
      return ids.length === 3 && GENERATION.test(third)
        ? { kind: 'crew', workspaceId, crewId: second, generation: Number(third) }
        : null;
    case 'agent':
      return ids.length === 2 ? { kind, workspaceId, agentId: second } : null;
    case 'run':
      return ids.length === 4 ? { kind, workspaceId, crewId: second, agentId: third, runId: fourth } : null;
  }
}

/** A generation is a number, of one digit and more; all others are ids. */
function areIds(kind: keyof typeof FORMATS, ids: readonly string[]): boolean {
  return ids.every((id, place) => (kind === 'generation' && place === 2 ? GENERATION : ID).test(id));
}

export interface InternalTokens {
  issue(scope: TokenScope): string;
  /**
   * The scope a token proves, or null. Compares MACs in constant time, under the current master and the previous one.
   */
  verify(token: string): TokenScope | null;
  /** Whether this is the master itself. */
  isMaster(token: string): boolean;
  /** What proves to a crew's sidecar that the host asks for a port: under each master that its token may be of. */
  portsKeys(crew: {
    readonly workspaceId: string;
    readonly crewId: string;
    readonly generation: number;
  }): readonly string[];
}

/** `masters`: the current one first, then the one it replaced, accepted for a while after a change. */
export function createInternalTokens(masters: readonly [string, ...string[]]): InternalTokens {
  if (masters.some((master) => master.length < 32))
    throw new Error('an internal token master has at least 32 characters');

  function mac(master: string, kind: keyof typeof FORMATS, ids: readonly string[]): Buffer {
    return createHmac('sha256', master)
      .update([FORMATS[kind].context, ...ids].join('\0'))
      .digest();
  }

  function issueUnder(master: string, scope: TokenScope): string {
    const ids = idsOf(scope);
    const format = scope.kind === 'crew' && scope.generation !== undefined ? 'generation' : scope.kind;
    if (!areIds(format, ids)) throw new Error(`an id of a ${scope.kind} token is malformed`);
    return [FORMATS[format].prefix, ...ids, mac(master, format, ids).toString('hex')].join('.');
  }

  return {
    issue: (scope) => issueUnder(masters[0], scope),
    portsKeys: ({ workspaceId, crewId, generation }) =>
      masters.flatMap((master) =>
        // The second is of a sidecar that an older release started, until it is replaced.
        [{ generation }, {}].map((by) =>
          createHmac('sha256', issueUnder(master, { kind: 'crew', workspaceId, crewId, ...by }))
            .update(PORTS_KEY_CONTEXT)
            .digest('hex'),
        ),
      ),
    verify(token) {
      if (token.length > 512) return null;
      const [prefix, ...rest] = token.split('.');
      const given = rest.pop();
      const kind = (Object.keys(FORMATS) as (keyof typeof FORMATS)[]).find((name) => FORMATS[name].prefix === prefix);
      if (kind === undefined || given === undefined || !/^[0-9a-f]{64}$/.test(given)) return null;
      if (!areIds(kind, rest)) return null;
      const scope = scopeOf(kind, rest);
      if (scope === null) return null;
      const bytes = Buffer.from(given, 'hex');
      return masters.some((master) => timingSafeEqual(mac(master, kind, rest), bytes)) ? scope : null;
    },
    isMaster(token) {
      const digest = (text: string) => createHash('sha256').update(text).digest();
      return masters.some((master) => timingSafeEqual(digest(master), digest(token)));
    },
  };
}

/** The master, when none is set: derived from the encryption key, so that every process of an instance has the same. */
export function deriveMaster(encryptionKey: string): string {
  return createHmac('sha256', encryptionKey).update(MASTER_CONTEXT).digest('hex');
}

/** Identifies a token without telling it: shown on the sidecar's health. */
export function tokenFingerprint(token: string): string {
  return createHmac('sha256', token).update('crewship internal-token fingerprint v1\0').digest('hex').slice(0, 12);
}
