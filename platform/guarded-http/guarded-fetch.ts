import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { GuardedClient, OutboundRequest } from './guarded-client.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * `fetch` through the guarded client, for libraries that are given one: whole bodies only, no redirects, and the
 * product's errors where a library would expect a TypeError.
 */
export function createGuardedFetch(
  client: Pick<GuardedClient, 'send'>,
  limits: Pick<OutboundRequest, 'timeoutMs' | 'limitBytes' | 'share'>,
): typeof fetch {
  return async (input, init = {}) => {
    const method = (init.method ?? 'GET').toUpperCase();
    const body = init.body instanceof URLSearchParams ? init.body.toString() : init.body;
    if (input instanceof Request || !METHODS.has(method)) throw new TypeError('a request of a kind that is not sent');
    if (body != null && typeof body !== 'string' && !(body instanceof Uint8Array)) {
      throw new TypeError('a body of a kind that is not sent');
    }
    const answer = await client.send({
      url: String(input),
      method: method as NonNullable<OutboundRequest['method']>,
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(body == null ? {} : { body }),
      redirects: 0,
      ...limits,
      signal: init.signal ?? undefined,
    });
    if (answer.status < 200) throw new CrewshipError('egress_failed', `the answer's status is ${answer.status}`);
    const headers = new Headers();
    for (const [name, value] of Object.entries(answer.headers)) {
      for (const each of [value].flat()) headers.append(name, each);
    }
    if (method === 'HEAD' || [204, 205, 304].includes(answer.status)) {
      answer.discard();
      return new Response(null, { status: answer.status, headers });
    }
    return new Response(ReadableStream.from(answer.body()), { status: answer.status, headers });
  };
}
