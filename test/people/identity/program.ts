import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { sql } from '../../../db/kernel/sql.ts';
import { createPasswords } from '../../../platform/crypto/passwords.ts';
import type { TestApi, TestUser } from '../../support/test-api.ts';

export const PASSWORD = 'correct horse battery';
let hash: Promise<string> | undefined;

/** What signing in answers. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: string;
  readonly expires_in: number;
  readonly user: Readonly<Record<string, unknown>>;
}

export interface Person extends TestUser {
  readonly email: string;
  readonly username: string;
}

/** Gives somebody the password of all of these tests; what they are called. */
export async function givePassword<User extends TestUser>(api: TestApi, user: User): Promise<User & Person> {
  hash ??= createPasswords().hash(PASSWORD);
  const made = await hash;
  const names = await api.database.systemTransaction({}, (tx) =>
    tx.one<{ email: string; username: string }>(
      sql`UPDATE users SET password_hash = ${made} WHERE id = ${user.id} RETURNING email, username`,
    ),
  );
  return { ...user, ...names };
}

export function post(
  api: TestApi,
  url: string,
  payload: object | undefined,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  const options: InjectOptions = { method: 'POST', url: `/api/v1/auth/${url}`, headers };
  return api.call(null, payload === undefined ? options : { ...options, payload });
}

/** Signs somebody in as a program does it. */
export async function logIn(api: TestApi, person: Pick<Person, 'email'>, workspaceId?: string): Promise<Tokens> {
  const named = workspaceId === undefined ? {} : { workspace_id: workspaceId };
  const answer = await post(api, 'login', { username: person.email, password: PASSWORD, ...named });
  if (answer.statusCode !== 200) throw new Error(`signing in: ${answer.statusCode} ${answer.body}`);
  return answer.json<Tokens>();
}

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
