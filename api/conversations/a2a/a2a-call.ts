import type { Readable } from 'node:stream';
import type { AgentCard } from '@a2a-js/sdk';
import type { FastifyRequest } from 'fastify';
import {
  answerCameTooLate,
  type Resolution,
  resolveEscalation,
} from '../../../commands/engine/escalations/close-escalation.ts';
import { listCardAgents } from '../../../db/crews/agents/card-agents.ts';
import type { Turn } from '../../../db/conversations/chats/read-turn.ts';
import type { Database } from '../../../db/kernel/database.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import {
  type Action,
  type Actor,
  type Principal,
  type Role,
  roleAllows,
} from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { scopesAllow } from '../../../domain/people/identity/scopes.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import { ok } from '../../http/kernel/route.ts';
import { lastEventId, streamCredential } from '../../http/streams/event-stream.ts';
import { clientGone } from '../../http/waits/client-gone.ts';
import { pumpEvents } from '../../http/streams/pump-events.ts';
import { cancelTurnAs } from '../chats/cancel-turn-as.ts';
import { type TurnDeps, viewerOf, writeMessage } from '../chats/turn-calls.ts';
import { baseOf, extendedCard, publicCard, signedCard } from './agent-card.ts';
import { type AgentCardDeps, MAX_CARD_AGENTS } from './agent-card-routes.ts';
import type { A2ACall } from './a2a-requests.ts';

export interface A2ADeps extends TurnDeps, AgentCardDeps {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
  readonly keyRing: Pick<KeyRing, 'seal'>;
}

/** What a route of the protocol knows of its request. */
export interface A2AContext {
  readonly workspace: { readonly id: string; readonly role: Role };
  readonly principal: Principal;
  readonly actor: Actor;
  readonly requestId: string;
  readonly request: FastifyRequest;
  write(handler: (tx: Tx) => Promise<never>): Promise<{ readonly body: unknown }>;
}

/** What an operation takes, where the route it comes by asks for less. */
export interface Needs {
  readonly action: Action;
  readonly scope: string;
}

/** Throws `forbidden`. */
export function refuseUnless({ workspace, principal }: A2AContext, { action, scope }: Needs): void {
  if (!roleAllows(workspace.role, { action })) {
    throw new CrewshipError('forbidden', `the role ${workspace.role} may not do this`);
  }
  if (!scopesAllow(principal.scopes, scope)) throw new CrewshipError('forbidden', `the token lacks the scope ${scope}`);
}

const MAX_ANSWER_CHARACTERS = 20_000;

const ANSWERING: Needs = { action: 'create', scope: 'escalations:write' };
export const READING_AGENTS: Needs = { action: 'read', scope: 'agents:read' };

/** One request of the protocol while it is carried out. */
export interface OpenCall extends A2ACall {
  /** It was answered, or is answered by its stream. */
  done(): void;
  /** What the protocol has no words for is thrown, and so becomes a problem document. */
  rethrow(): void;
  /** Updates as server-sent events, once the first one is known. */
  stream<Update>(updates: AsyncGenerator<Update, void, undefined>, how: StreamedAs<Update>): Promise<Streamed>;
}

interface StreamedAs<Update> {
  readonly data: (update: Update) => unknown;
  /** The answer to what goes wrong; null: it ends without words. */
  readonly error: (thrown: unknown) => unknown;
}

type Streamed = { readonly body: Readable } | { readonly failed: unknown };

export function openCall(deps: A2ADeps, ctx: A2AContext): OpenCall {
  const viewer = viewerOf(ctx);
  const base = baseOf(ctx.request, deps.publicUrl);
  const { version } = deps.build;
  const client = clientGone(ctx.request.raw);
  const closed = new AbortController();
  let isStreamed = false;
  let eventId: number | null = null;
  let refusal: unknown;

  return {
    viewer,
    base,
    signal: AbortSignal.any([client.signal, closed.signal]),
    after: lastEventId(ctx.request.headers['last-event-id']),
    publicCard: () => publicCard(base, version),
    async extendedCard(): Promise<AgentCard> {
      refuseUnless(ctx, READING_AGENTS);
      const agents = await listCardAgents(deps.database.reads, ctx.workspace.id, MAX_CARD_AGENTS);
      return signedCard(deps, extendedCard(base, version, agents), base);
    },
    async begin(written): Promise<Turn> {
      const begun = await ctx.write(async (tx) => ok(await writeMessage(tx, viewer, written, ctx.actor)) as never);
      return begun.body as Turn;
    },
    cancel: (jobId) =>
      deps.database.transaction({ workspaceIds: [viewer.workspaceId], requestId: ctx.requestId }, async (tx) => {
        const { wasOver } = await cancelTurnAs(
          tx,
          { ...viewer, role: ctx.workspace.role, actor: ctx.actor },
          { jobId },
          null,
        );
        return !wasOver;
      }),
    async answer(escalationId, text) {
      refuseUnless(ctx, ANSWERING);
      if (text.length > MAX_ANSWER_CHARACTERS) {
        throw invalidField('message.parts', `must have at most ${MAX_ANSWER_CHARACTERS} characters together`);
      }
      const { userId: resolvedBy } = ctx.principal;
      const answer: Resolution = { resolution: text, action: 'approve', redirectTo: null, resolvedBy };
      const scope = { workspaceIds: [viewer.workspaceId], requestId: ctx.requestId };
      // What is found to be too late is expired by the same transaction, which has to commit.
      const result = await deps.database.transaction(scope, (tx) =>
        resolveEscalation(tx, deps.keyRing, escalationId, answer, ctx.actor),
      );
      if (result.kind === 'expired') throw answerCameTooLate();
    },
    tells(id) {
      eventId = id;
    },
    refused(error) {
      refusal ??= error;
    },
    done() {
      if (!isStreamed) client.release();
    },
    rethrow() {
      if (refusal !== undefined) throw refusal;
    },
    async stream(updates, how) {
      const events = updates[Symbol.asyncIterator]();
      let first: Awaited<ReturnType<typeof events.next>>;
      try {
        first = await events.next();
      } catch (failed) {
        return { failed };
      }
      let body: Readable;
      try {
        body = pumpEvents(
          deps.realtime,
          { workspaceId: viewer.workspaceId, credentialId: streamCredential(ctx.principal) },
          events,
          {
            first,
            text(update) {
              const id = eventId === null ? '' : `id: ${eventId}\n`;
              return `${id}data: ${JSON.stringify(how.data(update))}\n\n`;
            },
            onClose() {
              closed.abort();
              client.release();
            },
            onError(error, stream) {
              if (stream.hasEnded) return;
              if (refusal !== undefined) deps.log.warn({ err: error }, 'a task could not be followed');
              const last = how.error(error);
              if (last !== null) stream.push(`data: ${JSON.stringify(last)}\n\n`);
            },
          },
        );
        isStreamed = true;
      } catch (error) {
        // No place for another client: nobody follows.
        closed.abort();
        throw error;
      }
      return { body };
    },
  };
}
