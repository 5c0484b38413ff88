import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEM_HEADER } from '../../../domain/crews/egress/forwarded-headers.ts';
import { PROBLEM_CONTENT_TYPE, toProblem } from '../../http/errors/problem.ts';
import { toCrewshipError } from '../../http/errors/to-crewship-error.ts';
import { requestIdOf } from '../../http/kernel/request-id.ts';

function answerOf(request: IncomingMessage, thrown: unknown) {
  const error = toCrewshipError(thrown);
  const requestId = requestIdOf(request);
  // An address may hold a secret; nothing of it is repeated.
  const problem = toProblem(error, { url: request.url?.startsWith('/') === true ? request.url : '', requestId });
  const body = JSON.stringify(problem);
  const headers = {
    'content-type': PROBLEM_CONTENT_TYPE,
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-request-id': requestId,
    // Tells our word from that of the other side.
    [PROBLEM_HEADER]: error.code,
    connection: 'close',
  };
  return { error, status: problem.status, title: problem.title, headers, body };
}

/** Answers with the problem of what was thrown, unless an answer has begun; then the connection is cut. */
export function sendEgressProblem(request: IncomingMessage, response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers, body } = answerOf(request, thrown);
  response.writeHead(status, headers).end(body);
}

/** The same on the socket of a CONNECT, which has no response. */
export function sendTunnelProblem(request: IncomingMessage, socket: Duplex, thrown: unknown): void {
  const { status, title, headers, body } = answerOf(request, thrown);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n${body}`);
}
