import type { IncomingMessage } from 'node:http';

/**
 * Aborts when the client's connection closes. `release` when the request is answered: the connection lives on, and
 * would collect a listener with each request.
 */
export function clientGone(request: IncomingMessage): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const { socket } = request;
  const abort = () => controller.abort();
  if (socket.destroyed) abort();
  else socket.once('close', abort);
  return { signal: controller.signal, release: () => void socket.off('close', abort) };
}
