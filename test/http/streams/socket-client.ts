import { WebSocket } from 'ws';
import type { TestApi } from '../../support/test-api.ts';

export interface SocketFrame {
  readonly type: string;
  readonly channel?: string;
  readonly payload: Record<string, unknown> | null;
  readonly seq?: number;
}

/** A socket as a program speaks it. */
export interface SocketClient {
  readonly frames: SocketFrame[];
  send(frame: object | string | Buffer): void;
  /** Frames of one type. */
  of(type: string, channel?: string): SocketFrame[];
  /** The close code, once closed. */
  readonly closed: Promise<number>;
  pause(): void;
  resume(): void;
  /** Cuts the connection, as a lost network does. */
  kill(): void;
}

/** Rejects with the status when the upgrade is refused. */
export async function openSocket(
  port: number,
  options: { origin?: string; path?: string; localAddress?: string } = {},
): Promise<SocketClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${options.path ?? '/ws'}`, {
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
  });
  const frames: SocketFrame[] = [];
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as SocketFrame));
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<number>();
  socket.on('close', onClosed);
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  socket.on('error', reject);
  socket.on('open', resolve);
  await opened;
  return {
    frames,
    send: (frame) => socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    of: (type, channel) => frames.filter((f) => f.type === type && (channel === undefined || f.channel === channel)),
    closed,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    kill: () => socket.terminate(),
  };
}

export async function socketToken(api: TestApi, token: string): Promise<string> {
  const response = await api.call(token, { method: 'GET', url: '/api/v1/ws-token' });
  return response.json<{ token: string }>().token;
}
