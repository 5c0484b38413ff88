import type { FastifyRequest } from 'fastify';
import { verifyEmail } from '../../../commands/people/accounts/account-commands.ts';
import { requestReset, resetPassword } from '../../../commands/people/accounts/password-commands.ts';
import { signUp } from '../../../commands/people/accounts/sign-up.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findLink } from '../../../db/people/accounts/find-link.ts';
import { findPersonByName } from '../../../db/people/identity/find-person.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { PASSWORD_LINKS } from '../../../domain/people/accounts/account-rules.ts';
import type { KeyRing } from '../../../platform/crypto/key-ring.ts';
import type { Passwords } from '../../../platform/crypto/passwords.ts';
import { hashToken } from '../../http/auth/cli-token.ts';
import type { AttemptLimiter } from '../../http/limits/attempt-limiter.ts';
import { personDigest } from '../identity/attempt-of.ts';
import { atEvenTimes } from './even-times.ts';
import { newLinkToken } from './link-token.ts';

export interface AccountDeps {
  readonly database: Pick<Database, 'systemReads' | 'systemTransaction'>;
  readonly keyRing: Pick<KeyRing, 'seal' | 'digest'>;
  readonly passwords: Pick<Passwords, 'hash' | 'verify'>;
  readonly attempts: AttemptLimiter;
  readonly allowSignup: boolean;
  /** Whether the instance sends mails; without it nothing pretends to be sent. */
  readonly sendsMail: boolean;
  /** What a person may do changed. */
  readonly forgetUser: (userId: string) => void;
}

/** The request behind what anybody may ask. */
export interface Asking {
  readonly request: FastifyRequest;
  readonly actor: Actor;
}

/** What is said to everybody who signs up, whatever came of it. */
export function signUpMessage(sendsMail: boolean): string {
  return sendsMail
    ? 'If this address can be used, a mail with the next step is on its way to it.'
    : 'If this address had no account, it has one now: sign in.';
}

export const FORGOT_MESSAGE = 'If this address has an account, a mail with a link is on its way to it.';

/** What everybody may ask of accounts, by the API and by pages alike: docs/contracts/accounts.md. */
export interface Accounts {
  /** Throws for what is wrong with the invitation; tells nothing of the address, also not by its time. */
  signUp(
    asked: {
      readonly fullName: string;
      readonly email: string;
      readonly password: string;
      readonly invitation: string | null;
    },
    asking: Asking,
  ): Promise<void>;
  /** Tells nothing of the address, also not by its time. Throws `unavailable` where no mails are sent. */
  forgot(email: string, asking: Asking): Promise<void>;
  /** Sets the password of whose link it is. Throws `invalid_request` for a link that counts for nothing. */
  reset(asked: { readonly token: string; readonly newPassword: string }, asking: Asking): Promise<void>;
  /** Confirms the address of whose link it is. Throws `invalid_request` for a link that counts for nothing. */
  verify(token: string, asking: Asking): Promise<void>;
}

const DEAD_LINK = 'is unknown, was used already, or its time is over';

export function createAccounts(deps: AccountDeps): Accounts {
  const { database, keyRing, attempts, sendsMail } = deps;

  async function refuseLink({ actor }: Asking): Promise<never> {
    await attempts.count('authentication', actor.address);
    throw invalidField('token', DEAD_LINK);
  }

  return {
    async signUp({ fullName, email, password, invitation }, { request, actor }) {
      if (!deps.allowSignup) throw new CrewshipError('forbidden', 'nobody signs up to this instance by themselves');
      await attempts.count('signup', actor.address);
      await atEvenTimes(async () => {
        const passwordHash = await deps.passwords.hash(password);
        const verification = sendsMail ? newLinkToken() : null;
        const invitationHash = invitation === null ? null : hashToken(invitation);
        const asked = { fullName, email, passwordHash, invitationHash, verification };
        try {
          await database.systemTransaction({ requestId: request.id }, (tx) => signUp(tx, keyRing, asked, actor));
        } catch (error) {
          // Only an address without an account meets it, so it is the operator's to know.
          if (!(error instanceof CrewshipError) || error.code !== 'license_limit') throw error;
          request.log.warn({ err: error, request_id: request.id }, 'somebody could not sign up: the license is full');
        }
      });
    },

    async forgot(email, { request, actor }) {
      if (!sendsMail) throw new CrewshipError('unavailable', 'this instance sends no mails: ask an administrator');
      await attempts.count('forgot', actor.address);
      await atEvenTimes(async () => {
        const person = await findPersonByName(database.systemReads, email);
        if (person === null || person.is_disabled) return;
        const asked = { userId: person.id, email: person.email, link: newLinkToken() };
        await database.systemTransaction({ requestId: request.id }, (tx) => requestReset(tx, keyRing, asked, actor));
      });
    },

    async reset({ token, newPassword }, asking) {
      const { request, actor } = asking;
      attempts.refuseIfOver('authentication', actor.address);
      const tokenHash = hashToken(token);
      // Cheap refusal first: hashing a password is expensive on purpose.
      const link = await findLink(database.systemReads, PASSWORD_LINKS, tokenHash);
      if (link === null) return refuseLink(asking);
      const passwordHash = await deps.passwords.hash(newPassword);
      const change = { tokenHash, passwordHash, nameDigest: personDigest(keyRing, link.user_id), sendsMail };
      const done = await database.systemTransaction({ requestId: request.id }, (tx) =>
        resetPassword(tx, keyRing, change, actor),
      );
      if (done === null) return refuseLink(asking);
      deps.forgetUser(done.userId);
    },

    async verify(token, asking) {
      const { request, actor } = asking;
      attempts.refuseIfOver('authentication', actor.address);
      const done = await database.systemTransaction({ requestId: request.id }, (tx) =>
        verifyEmail(tx, hashToken(token), actor),
      );
      if (done === null) return refuseLink(asking);
      deps.forgetUser(done.userId);
    },
  };
}
