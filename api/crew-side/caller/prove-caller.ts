import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { InternalTokens, TokenScope } from '../../../platform/internal-tokens/internal-tokens.ts';
import type { CrewConnections, CrewScope } from './crew-scope.ts';
import { runIsOver } from '../../../commands/engine/runs/count-opening.ts';
import type { FindLiveCrew } from './live-crews.ts';
import type { IsLiveRun } from './live-runs.ts';

function forbidden(message: string): CrewshipError {
  return new CrewshipError('forbidden', message);
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The crew's token and those of a few of its runs. */
const PROVEN_PER_CONNECTION = 16;

/**
 * Verifies a token once for each connection that brings it: what it proves depends on nothing but itself, and a
 * connection never learns what another one has proven. Tokens that prove nothing are not remembered.
 */
function rememberProven(tokens: Pick<InternalTokens, 'verify'>) {
  const connections = new WeakMap<Socket, Map<string, TokenScope>>();
  return (socket: Socket, token: string): TokenScope | null => {
    const known = connections.get(socket);
    const remembered = known?.get(token);
    if (remembered !== undefined) return remembered;
    const proven = tokens.verify(token);
    if (proven === null) return null;
    if (known === undefined) connections.set(socket, new Map([[token, proven]]));
    else {
      if (known.size >= PROVEN_PER_CONNECTION) known.clear();
      known.set(token, proven);
    }
    return proven;
  };
}

/** Who sends a message over a crew's socket. */
export interface ProvenCaller {
  readonly crew: CrewScope;
  /** Null: no run's token came with it. */
  readonly run: { readonly agentId: string; readonly runId: string } | null;
}

/** `ofEndedRuns`: the sidecar tells of a run, which may be over by then. */
export interface Asks {
  readonly ofEndedRuns?: boolean | undefined;
}

/** A token that may act for crews: a crew's, a workspace's, or the master. */
type CrewToken = Extract<TokenScope, { kind: 'crew' }>;

export type ProvenToken = CrewToken | Extract<TokenScope, { kind: 'workspace' }> | { readonly kind: 'master' };

export interface ProveCaller {
  /**
   * Who calls over a crew's socket (docs/contracts/internal-ipc.md, Proof of the caller): the crew is proven twice, by
   * the socket the connection came through and by `X-Internal-Token`. Throws `unauthenticated` for a missing or bad
   * token or one of a generation that has passed, `forbidden` for one of another crew, or of another kind than a
   * crew's. Whether the crew takes the token is asked once a connection, whether its run lives each time.
   */
  onSocket(message: IncomingMessage, asks?: Asks): ProvenCaller | Promise<ProvenCaller>;
  /** Whether the crew of this token is live and takes it, now. Throws `unauthenticated`, `forbidden`. */
  requireTaken(token: CrewToken): Promise<void>;
  /** What `X-Internal-Token` proves by itself. Throws `unauthenticated`. */
  tokenOf(message: IncomingMessage): ProvenToken;
  /**
   * Agent and run are claimed by `X-Run-Token` and never reach beyond the crew. Throws `forbidden`, and
   * `unauthenticated` for a run that is over.
   */
  runOf(message: IncomingMessage, crew: CrewScope, asks?: Asks): ProvenCaller['run'] | Promise<ProvenCaller['run']>;
}

export function createProveCaller(deps: {
  readonly tokens: Pick<InternalTokens, 'verify' | 'isMaster'>;
  readonly connections: Pick<CrewConnections, 'crewOf'>;
  readonly findLiveCrew: FindLiveCrew;
  readonly isLiveRun: IsLiveRun;
}): ProveCaller {
  /** Tokens that their crew has taken, by connection: a generation's connections end with its sidecars. */
  const taken = new WeakMap<Socket, CrewToken>();
  const verify = rememberProven(deps.tokens);

  function tokenOf(message: IncomingMessage): ProvenToken {
    const token = headerOf(message, 'x-internal-token');
    if (token === undefined) throw new CrewshipError('unauthenticated', 'X-Internal-Token is missing');
    const proven = verify(message.socket, token);
    if (proven === null) {
      if (deps.tokens.isMaster(token)) return { kind: 'master' };
      throw new CrewshipError('unauthenticated', 'X-Internal-Token is not a token of this instance');
    }
    if (proven.kind === 'agent' || proven.kind === 'run') {
      throw new CrewshipError('unauthenticated', 'X-Internal-Token takes the crew’s token');
    }
    return proven;
  }

  function runOf(message: IncomingMessage, crew: CrewScope, asks: Asks = {}) {
    const token = headerOf(message, 'x-run-token');
    if (token === undefined) return null;
    const claimed = verify(message.socket, token);
    if (claimed?.kind !== 'run' || claimed.workspaceId !== crew.workspaceId || claimed.crewId !== crew.crewId) {
      throw forbidden('X-Run-Token is not that of a run of this crew');
    }
    return asks.ofEndedRuns === true ? claimed : requireLive(claimed);
  }

  async function requireLive<Run extends { readonly runId: string }>(run: Run): Promise<Run> {
    if (await deps.isLiveRun(run.runId)) return run;
    throw runIsOver();
  }

  async function requireTaken({ workspaceId, crewId, generation }: CrewToken): Promise<void> {
    const crew = await deps.findLiveCrew(crewId, generation);
    if (crew?.workspaceId !== workspaceId) throw forbidden('the token’s crew does not exist');
    if (generation === undefined ? !crew.takesIntegratorTokens : crew.generation !== generation) {
      throw new CrewshipError('unauthenticated', 'X-Internal-Token is not taken by its crew any more');
    }
  }

  return {
    tokenOf,
    runOf,
    requireTaken,
    onSocket(message, asks) {
      const proven = tokenOf(message);
      if (proven.kind === 'master') throw forbidden('the master token is not taken on a crew’s socket');
      const crew = deps.connections.crewOf(message.socket);
      const isTheirs = proven.kind === 'crew' && proven.crewId === crew?.crewId;
      if (crew === null || !isTheirs || proven.workspaceId !== crew.workspaceId) {
        throw forbidden('the token is not that of this socket’s crew');
      }
      const run = runOf(message, crew, asks);
      const isTaken = taken.get(message.socket) === proven;
      if (isTaken && !(run instanceof Promise)) return { crew, run };
      return Promise.all([run, isTaken ? undefined : requireTaken(proven)]).then(([known]) => {
        taken.set(message.socket, proven);
        return { crew, run: known };
      });
    },
  };
}
