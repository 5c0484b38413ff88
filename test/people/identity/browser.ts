import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import type { TestApi } from '../../support/test-api.ts';

/** A browser: keeps cookies as one does, by name, and sends them back. */
export interface Browser {
  readonly cookies: Map<string, string>;
  send(options: InjectOptions): Promise<LightMyRequestResponse>;
  /** Fills in the sign-in form with the token of this browser. */
  signIn(fields: Record<string, string>, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
}

export function openBrowser(api: Pick<TestApi, 'call'>, host = 'crewship.example'): Browser {
  const cookies = new Map<string, string>();
  async function send(options: InjectOptions): Promise<LightMyRequestResponse> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await api.call(null, {
      ...options,
      headers: { host, ...(cookie === '' ? {} : { cookie }), ...options.headers },
    });
    for (const written of [response.headers['set-cookie'] ?? []].flat()) {
      const [pair, ...attributes] = written.split('; ');
      const at = pair!.indexOf('=');
      if (attributes.includes('Max-Age=0')) cookies.delete(pair!.slice(0, at));
      else cookies.set(pair!.slice(0, at), pair!.slice(at + 1));
    }
    return response;
  }
  return {
    cookies,
    send,
    async signIn(fields, headers = {}) {
      const { csrfToken } = (await send({ method: 'GET', url: '/api/auth/csrf' })).json<{ csrfToken: string }>();
      return send({
        method: 'POST',
        url: '/api/auth/callback/credentials',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        payload: new URLSearchParams({ csrfToken, ...fields }).toString(),
      });
    },
  };
}
