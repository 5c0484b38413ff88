import type { FastifyRequest } from 'fastify';
import type { AuthMethod, Role } from '../../../domain/kernel/access/authority.ts';

export interface Membership {
  readonly id: string;
  readonly slug: string;
  readonly role: Role;
}

/** What a verified credential says of its bearer. */
export interface Bearer {
  readonly userId: string;
  readonly email: string;
  readonly method: AuthMethod;
  readonly tokenId: string | null;
  readonly sessionId: string | null;
  readonly scopes: readonly string[] | null;
  readonly isInstanceOperator: boolean;
  readonly boundWorkspaceId: string | null;
  readonly homeWorkspaceId: string | null;
  readonly memberships: readonly Membership[];
  /** Whether this may be older than the database; if so `reload` reads it again. */
  readonly isCached: boolean;
  reload(): Promise<Bearer>;
}

/**
 * One way to prove who is calling. Authenticators are asked in order; `null` means "no credential of my kind here".
 * A credential of its kind that is not valid is refused with `unauthenticated`.
 */
export interface Authenticator {
  authenticate(request: FastifyRequest): Bearer | null | Promise<Bearer | null>;
}

/** An authenticator that need not ask the database each time. */
export interface RememberingAuthenticator extends Authenticator {
  /** Forgets what is known of a person's credentials: something of theirs changed. */
  forgetUser(userId: string): void;
  /** Forgets everything: changes may have been missed. */
  forgetAll(): void;
}
