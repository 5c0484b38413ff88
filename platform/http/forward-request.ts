import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { pipeline, type Transform } from 'node:stream';
import { type BodyFraming, framingHeaders, framingOf } from '../../domain/kernel/http/body-framing.ts';

/** Where a request goes on to. `headers` say all but where the body ends. */
export interface NextHop extends Omit<RequestOptions, 'headers' | 'method' | 'protocol'> {
  readonly protocol?: 'http:' | 'https:';
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * The one way in which a request that came is passed on: its method, the given headers, and a body whose end is said by
 * us in one way, so that the next hop reads one request and no other. Throws `invalid_request`, before anything is
 * sent, for one that could be read in two ways. A body that breaks off takes the request with it; its errors are the
 * answer's.
 */
export function forwardRequest(request: IncomingMessage, hop: NextHop, through?: Transform): ClientRequest {
  const { method = 'GET' } = request;
  const framing = framingOf(request);
  const sent = open(method, hop, framing);
  if (framing.kind === 'none') {
    request.resume();
    sent.end();
  } else if (through === undefined) pipeline(request, sent, () => {});
  else pipeline(request, through, sent, () => {});
  return sent;
}

/** The same of a request whose body is held: its framing was judged when it was read. */
export function forwardHeld(method: string, body: Buffer, hop: NextHop): ClientRequest {
  return open(method, hop, { kind: 'length', bytes: body.length }).end(body);
}

function open(method: string, { protocol = 'http:', headers, ...hop }: NextHop, framing: BodyFraming): ClientRequest {
  const others = Object.entries(headers).filter(([name]) => name !== 'content-length' && name !== 'transfer-encoding');
  const sent = (protocol === 'https:' ? https : http).request({
    ...hop,
    protocol,
    method,
    headers: { ...Object.fromEntries(others), ...framingHeaders(framing, method) } as Record<string, string>,
  });
  // Nobody has asked for another protocol. Node would leave the request without an answer and without an error.
  sent.once('upgrade', (_answer, socket) => {
    socket.destroy();
    sent.emit('error', new Error('the other side changed to another protocol'));
  });
  return sent;
}
