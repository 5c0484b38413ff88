import type { IncomingMessage, ServerResponse } from 'node:http';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { forwardHeld, forwardRequest, type NextHop } from '../../../platform/http/forward-request.ts';
import { CONNECT_TIMEOUT_MS, IDLE_TIMEOUT_MS } from './tunnel.ts';

/**
 * Passes a request on, its body as it comes or as it is `held`, and resolves with the head of the answer; whoever asked
 * and went away takes the request with it. `bytes` counts bodies, `to` names the other side in errors. Rejects with
 * `invalid_request` before anything is sent, and with `egress_failed`.
 */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  hop: NextHop,
  to: string,
  held?: Buffer,
): Promise<{ answer: IncomingMessage; bytes: () => { bytesSent: number; bytesReceived: number } }> {
  let bytesSent = held?.length ?? 0;
  let bytesReceived = 0;
  let isReached = false;
  const upstream = held === undefined ? forwardRequest(request, hop) : forwardHeld(request.method ?? 'POST', held, hop);
  if (held === undefined) {
    request.on('data', (chunk: Buffer) => {
      bytesSent += chunk.length;
    });
  }
  return new Promise((resolve, reject) => {
    const connecting = setTimeout(() => upstream.destroy(new Error('connect timeout')), CONNECT_TIMEOUT_MS);
    const reached = () => {
      isReached = true;
      clearTimeout(connecting);
    };
    upstream.once('socket', (socket) => (socket.connecting ? socket.once('connect', reached) : reached()));
    upstream.setTimeout(IDLE_TIMEOUT_MS, () => upstream.destroy(new Error('idle timeout')));
    upstream.once('error', (cause) => {
      clearTimeout(connecting);
      const message = `${to} ${isReached ? 'did not answer' : 'cannot be reached'}`;
      // Whoever pays for the request wants to know whether it was made.
      reject(new CrewshipError('egress_failed', message, { extensions: { reached: isReached }, cause }));
    });
    upstream.once('response', (answer) => {
      answer.on('data', (chunk: Buffer) => {
        bytesReceived += chunk.length;
      });
      // The body flows when it is piped, not before.
      answer.pause();
      resolve({ answer, bytes: () => ({ bytesSent, bytesReceived }) });
    });
    response.once('close', () => {
      clearTimeout(connecting);
      if (!response.writableFinished) upstream.destroy();
    });
  });
}

/**
 * Passes the body of an answer on at the pace of its reader, its head at once. Rejects when the other side breaks off.
 */
export function passBody(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    answer.once('error', reject);
    response.once('close', resolve);
    response.flushHeaders();
    answer.pipe(response);
  });
}
