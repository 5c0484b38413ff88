import net, { type Socket } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { parseAuthority } from '../../../domain/crews/egress/egress-target.ts';
import { joinSockets } from '../../../domain/crews/egress/join-sockets.ts';
import { framingOf } from '../../../domain/kernel/http/body-framing.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import type { ProvenCaller } from '../caller/prove-caller.ts';
import type { Admitted, EgressGate } from './egress-gate.ts';
import type { EgressJournal } from './egress-journal.ts';
import { fixedLookup } from '../../../platform/guarded-http/fixed-lookup.ts';

export const CONNECT_TIMEOUT_MS = 30_000;
/** As long as common proxies leave a silent connection alone. */
export const IDLE_TIMEOUT_MS = 900_000;
const HALF_CLOSED_MS = 60_000;

/** Dials one of the admitted addresses. Rejects with `egress_failed` or the signal's reason. */
function dial({ target, addresses }: Admitted, signal: AbortSignal): Promise<Socket> {
  const { host, port } = target;
  const socket = net.connect({ host, port, lookup: fixedLookup(addresses), allowHalfOpen: true, signal });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error('connect timeout')), CONNECT_TIMEOUT_MS);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
    socket.on('error', (cause) => {
      clearTimeout(timer);
      reject(
        signal.aborted ? cause : new CrewshipError('egress_failed', `${host}:${port} cannot be reached`, { cause }),
      );
    });
  });
}

/** Opens `CONNECT host:port` and carries bytes until both sides have ended. Rejects before anything was answered. */
export async function openTunnel(
  deps: { readonly gate: EgressGate; readonly journal: Pick<EgressJournal, 'note'> },
  caller: ProvenCaller,
  connection: {
    readonly request: IncomingMessage;
    readonly socket: Socket;
    readonly head: Buffer;
    /** Whoever asks has gone. */
    readonly signal: AbortSignal;
    /** Called once the end of what is sent is the tunnel's own. */
    readonly stays: () => void;
  },
): Promise<void> {
  const { request, socket, head, signal, stays } = connection;
  // What follows is the tunnel's: a body before it would be read by nobody, or by the other side.
  framingOf(request);
  const target = parseAuthority(request.url ?? '', null);
  if (target === null) throw new CrewshipError('invalid_request', 'CONNECT takes host:port');
  const admitted = await deps.gate.admit(caller, target, signal);
  const upstream = await dial(admitted, signal);
  const { verdict } = admitted;
  deps.journal.note(caller, target, verdict, { connections: 1, bytesSent: 0, bytesReceived: 0 });
  upstream.once('close', () => {
    const bytes = { bytesSent: upstream.bytesWritten, bytesReceived: upstream.bytesRead };
    deps.journal.note(caller, target, verdict, { connections: 0, ...bytes });
  });
  stays();
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  if (head.length > 0) upstream.write(head);
  joinSockets(socket, upstream, { idleMs: IDLE_TIMEOUT_MS, halfClosedMs: HALF_CLOSED_MS });
}
