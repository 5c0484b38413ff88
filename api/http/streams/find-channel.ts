import type { Identity } from '../../../db/people/identity/find-identity.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import { sql } from '../../../db/kernel/sql.ts';
import { scopesAllow } from '../../../domain/people/identity/scopes.ts';
import { CHANNEL_KINDS, type ChannelKind } from '../../../domain/kernel/realtime/realtime-event.ts';
import { mayFollow, mayRead } from './access-watch.ts';

/** What a token with scopes must cover to subscribe at all; each event asks for its own scope besides. */
const CHANNEL_SCOPE: Readonly<Record<ChannelKind, string | null>> = {
  workspace: null,
  crew: 'crews:read',
  files: 'crews:read',
  agent: 'agents:read',
  mission: 'missions:read',
  journal: 'journal:read',
  keeper: 'credentials:read',
};

const crewWith = (id: string) => sql`SELECT workspace_id FROM crews WHERE id = ${id} AND deleted_at IS NULL`;
/** What the channel of a row is about. */
const ROW_OF = {
  crew: crewWith,
  files: crewWith,
  agent: (id: string) => sql`SELECT workspace_id FROM agents WHERE id = ${id} AND deleted_at IS NULL`,
  mission: (id: string) => sql`SELECT workspace_id FROM missions WHERE id = ${id}`,
};

const CHANNEL = new RegExp(`^(${CHANNEL_KINDS.join('|')}):([A-Za-z0-9_-]{2,64})$`);

/**
 * The workspace of a channel that its asker may subscribe to; null for every other one: malformed, not offered,
 * deleted, unknown, foreign and out of scope are alike.
 */
export async function findChannel(reads: ReadPool, identity: Identity, channel: string): Promise<string | null> {
  const match = CHANNEL.exec(channel);
  if (match === null) return null;
  const kind = match[1] as ChannelKind;
  const id = match[2]!;
  const scope = CHANNEL_SCOPE[kind];
  if (scope !== null && !scopesAllow(identity.scopes, scope)) return null;
  if (kind === 'workspace' || kind === 'journal' || kind === 'keeper') {
    return mayFollow(identity, channel, id) ? id : null;
  }
  const mine = identity.memberships.map((membership) => membership.id).filter((one) => mayRead(identity, one));
  if (mine.length === 0) return null;
  const row = await reads.maybeOne<{ workspace_id: string }>(mine.sort(), ROW_OF[kind](id));
  return row !== null && mine.includes(row.workspace_id) ? row.workspace_id : null;
}
