import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseAuthority } from '../../../domain/crews/egress/egress-target.ts';
import { forwardedHeaders } from '../../../domain/crews/egress/forwarded-headers.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ProvenCaller } from '../caller/prove-caller.ts';
import type { EgressGate } from './egress-gate.ts';
import type { EgressJournal } from './egress-journal.ts';
import { fixedLookup } from '../../../platform/guarded-http/fixed-lookup.ts';
import { exchange, passBody } from './exchange.ts';

const HOST = new Set(['host']);

/** Carries `GET http://host/…`, asked for as of a proxy. Rejects with the product's errors. */
export async function carryPlainRequest(
  deps: { readonly gate: EgressGate; readonly journal: Pick<EgressJournal, 'note'> },
  caller: ProvenCaller,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : null;
  if (url === null || url.protocol !== 'http:') {
    throw new CrewshipError('invalid_request', 'a proxy request names an http:// address; for https there is CONNECT');
  }
  const target = parseAuthority(url.host, 80);
  if (target === null) throw new CrewshipError('invalid_request', 'the address names no host');
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the client has gone')));
  const { verdict, addresses } = await deps.gate.admit(caller, target, gone.signal);
  const hop = {
    host: target.host,
    port: target.port,
    path: `${url.pathname}${url.search}`,
    headers: { ...forwardedHeaders(request.headers, HOST), host: url.host },
    lookup: fixedLookup(addresses),
    agent: false,
  } as const;
  const { answer, bytes } = await exchange(request, response, hop, `${target.host}:${target.port}`);
  response.once('close', () => deps.journal.note(caller, target, verdict, { connections: 1, ...bytes() }));
  response.writeHead(answer.statusCode ?? 502, forwardedHeaders(answer.headers, new Set()));
  await passBody(answer, response);
}
