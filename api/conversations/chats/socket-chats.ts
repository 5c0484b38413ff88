import { z } from 'zod';
import { postMessage } from '../../../commands/conversations/chats/post-message.ts';
import { readFooting, type WaitedChat } from '../../../db/conversations/chats/sessions-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { sql } from '../../../db/kernel/sql.ts';
import type { Identity } from '../../../db/people/identity/find-identity.ts';
import { chatFrame } from '../../../domain/conversations/chats/chat-frame.ts';
import { type Action, type Actor, type Role, roleAllows } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, notFound } from '../../../domain/kernel/errors/crewship-error.ts';
import type { JsonObject } from '../../../domain/kernel/json/json-value.ts';
import { ID_PATTERN } from '../../../domain/kernel/schemas/fields.ts';
import { scopesAllow } from '../../../domain/people/identity/scopes.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { RequestLimiter } from '../../http/limits/request-limiter.ts';
import { mayRead } from '../../http/streams/access-watch.ts';
import type { SocketCaller, SocketChats } from '../../http/streams/socket-chats.ts';
import type { Waiters } from '../../http/waits/waiters.ts';
import { newMessageBody } from './agent-chat-schemas.ts';
import { cancelTurnAs } from './cancel-turn-as.ts';
import { followChat } from './follow-chat.ts';

const sessionPayload = z.object({ session_id: z.string().regex(ID_PATTERN) });

/** Chats on sockets, by the rules of the routes: docs/contracts/conversations.md, The chat's channel. */
export function createSocketChats(deps: {
  readonly database: Pick<Database, 'reads' | 'transaction'>;
  readonly chatWaiters: Pick<Waiters<WaitedChat>, 'wait'>;
  readonly requests: RequestLimiter;
}): SocketChats {
  const { database, requests } = deps;

  /** The workspace of a chat that is one of the asker's; null for every other one. */
  async function workspaceOf(identity: Identity, chatId: string): Promise<string | null> {
    const mine = identity.memberships.map(({ id }) => id).filter((id) => mayRead(identity, id));
    if (mine.length === 0 || !ID_PATTERN.test(chatId)) return null;
    const row = await database.reads.maybeOne<{ workspace_id: string }>(
      mine.sort(),
      sql`SELECT workspace_id FROM chats WHERE id = ${chatId} AND mode <> 'MISSION' AND deleted_at IS NULL`,
    );
    return row !== null && mine.includes(row.workspace_id) ? row.workspace_id : null;
  }

  /** As a route decides whether its caller may call it: the workspace, the scope, the role. */
  async function authorise(caller: SocketCaller, chatId: string, action: Action) {
    const { identity } = caller;
    requests.admit(`user:${identity.user_id}`);
    const workspaceId = await workspaceOf(identity, chatId);
    if (workspaceId === null) throw notFound('session');
    if (!scopesAllow(identity.scopes, 'chat:write')) {
      throw new CrewshipError('forbidden', 'the token lacks the scope chat:write');
    }
    const role: Role = identity.memberships.find(({ id }) => id === workspaceId)!.role;
    if (!roleAllows(role, { action })) throw new CrewshipError('forbidden', 'this takes the role MEMBER');
    return { workspaceId, userId: identity.user_id, role, actor: actorOf(caller) };
  }

  return {
    async find(identity, chatId) {
      if (!scopesAllow(identity.scopes, 'chat:read')) return null;
      const workspaceId = await workspaceOf(identity, chatId);
      if (workspaceId === null) return null;
      const viewer = { workspaceId, userId: identity.user_id };
      const footing = await readFooting(database.reads, viewer, chatId);
      return footing === null ? null : { workspaceId, chatId, newest: footing.event_seq };
    },

    mayFollow: (identity, workspaceId) => mayRead(identity, workspaceId) && scopesAllow(identity.scopes, 'chat:read'),

    async follow({ workspaceId, chatId }, { userId, after, sink, signal }) {
      const end = await followChat(
        { reads: database.reads, chatWaiters: deps.chatWaiters },
        {
          ...{ viewer: { workspaceId, userId }, chatId, after, jobId: null, forever: true, signal },
          send: (events) => sink.send(events.map((event) => chatFrame(chatId, event))),
        },
      );
      return end === 'revoked' ? 'revoked' : 'gone';
    },

    async send(caller, payload) {
      const { session_id: chatId } = parsed(sessionPayload, payload);
      const { session_id: _, ...rest } = payload as JsonObject;
      const { content, metadata, max_turns: maxTurns } = parsed(newMessageBody, rest);
      const { workspaceId, userId, actor } = await authorise(caller, chatId, 'participate');
      const message = {
        ...{ workspaceId, userId, chatId, content },
        metadata: (metadata ?? {}) as JsonObject,
        maxTurns: maxTurns ?? null,
      };
      const posted = await database.transaction(
        { workspaceIds: [workspaceId], requestId: actor.requestId ?? undefined },
        (tx) => postMessage(tx, message, actor),
      );
      return { session_id: chatId, ...posted };
    },

    async cancel(caller, payload) {
      const { session_id: chatId } = parsed(sessionPayload, payload);
      const { workspaceId, userId, role, actor } = await authorise(caller, chatId, 'participate');
      const { job_id, status } = await database.transaction(
        { workspaceIds: [workspaceId], requestId: actor.requestId ?? undefined },
        (tx) => cancelTurnAs(tx, { workspaceId, userId, role, actor }, { chatId }, null),
      );
      return { session_id: chatId, job_id, status };
    },
  };
}

/** What a frame carries. Throws `invalid_request` that names the member and its rule. */
function parsed<Schema extends z.ZodType>(schema: Schema, payload: unknown): z.output<Schema> {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new CrewshipError('invalid_request', `${['payload', ...path].join('.')} ${message}`);
}

function actorOf({ identity, address, userAgent }: SocketCaller): Actor {
  const isSession = identity.kind === 'session';
  return {
    type: 'user',
    id: identity.user_id,
    authMethod: isSession ? 'session' : identity.kind === 'api_key' ? 'api_key' : 'cli_token',
    tokenId: isSession ? null : identity.credential_id,
    sessionId: isSession ? identity.credential_id : null,
    requestId: newId(),
    address,
    userAgent,
  };
}
