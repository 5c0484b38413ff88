import { IncomingMessage, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';

/** A request as an agent would have made it to the sidecar itself, with the headers that say who calls. */
export function innerRequest(
  headers: IncomingHttpHeaders,
  body: object,
  own: Readonly<Record<string, string>> = {},
): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  for (const name of ['x-run-token', 'x-request-id']) {
    if (headers[name] !== undefined) request.headers[name] = headers[name];
  }
  Object.assign(request.headers, own);
  request.push(JSON.stringify(body));
  request.push(null);
  return request;
}
