import type { TestApi } from '../test-api.ts';
import { type Caller, createCaller } from './caller.ts';

/** Somebody as a person who signed in, where a key of theirs does not do. */
export function signedIn(api: TestApi, user: { readonly id: string }, workspaceId?: string): Caller {
  let token: Promise<string> | null = null;
  return createCaller(async (request) => {
    token ??= api.signIn(user.id).then(({ jwt }) => jwt);
    const { url } = request;
    if (typeof url !== 'string') throw new TypeError('callers name paths');
    const named = workspaceId === undefined ? '' : `${url.includes('?') ? '&' : '?'}workspace_id=${workspaceId}`;
    return api.call(await token, { ...request, url: `${url}${named}` });
  });
}
