import type { z } from 'zod';
import { findProfile } from '../../../db/people/identity/find-profile.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import type { AuthMethod } from '../../../domain/kernel/access/authority.ts';
import { unauthenticated } from '../../../domain/kernel/errors/crewship-error.ts';
import type { meAnswer } from './program-schemas.ts';

/** How the credential of a request is told to its holder. */
export interface ShownCredential {
  readonly userId: string | null;
  readonly method: AuthMethod;
  readonly tokenId: string | null;
  readonly scopes: readonly string[] | null;
}

/** Who somebody is, in which team and with what, as it is now. */
export async function describeMe(
  systemReads: ReadPool,
  shown: ShownCredential,
  workspaceId: string | null,
): Promise<z.input<typeof meAnswer>> {
  const { userId, method, tokenId, scopes } = shown;
  const profile = userId === null ? null : await findProfile(systemReads, userId, workspaceId);
  if (profile === null || method === 'internal') throw unauthenticated('invalid_token', 'there is nobody behind this');
  return {
    ...profile,
    team: profile.team,
    workspace_id: profile.team?.id ?? null,
    namespaces: [...profile.namespaces],
    scopes: scopes === null ? null : [...scopes],
    auth_method: method,
    api_key_id: method === 'api_key' ? tokenId : null,
  };
}
