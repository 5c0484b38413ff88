import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';

export interface StreamEvent {
  readonly event: string;
  readonly id: number | null;
  readonly data: { readonly position: number; readonly summary: string; readonly entry_type: string } & Record<
    string,
    unknown
  >;
}

/** An event stream as a program reads it: over a real connection, remembering the last id. */
export interface EventStreamClient {
  readonly events: StreamEvent[];
  /** Positions of the entries received, in the order of arrival. */
  positions(): number[];
  lastEventId(): number | null;
  /** Resolves when the server or `kill` has ended the connection. */
  readonly ended: Promise<void>;
  pause(): void;
  resume(): void;
  /** Cuts the connection, as a lost network does. */
  kill(): void;
}

export async function openEventStream(options: {
  port: number;
  token: string;
  path?: string;
  lastEventId?: number | null;
}): Promise<EventStreamClient> {
  const headers: Record<string, string> = { authorization: `Bearer ${options.token}`, accept: 'text/event-stream' };
  if (options.lastEventId !== undefined && options.lastEventId !== null) {
    headers['last-event-id'] = String(options.lastEventId);
  }
  let request!: ClientRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request = httpRequest(
      { host: '127.0.0.1', port: options.port, path: options.path ?? '/api/v1/journal/stream', headers, agent: false },
      resolve,
    );
    request.once('error', reject).end();
  });
  request.on('error', () => {});
  if (response.statusCode !== 200) {
    response.resume();
    throw new Error(`the stream answered ${response.statusCode}`);
  }
  const events: StreamEvent[] = [];
  let lastId: number | null = options.lastEventId ?? null;
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    rest += text;
    for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
      const fields = new Map<string, string>();
      for (const line of rest.slice(0, end).split('\n')) {
        const colon = line.indexOf(': ');
        if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 2));
      }
      rest = rest.slice(end + 2);
      const id = fields.get('id');
      if (id !== undefined) lastId = Number(id);
      const data = fields.get('data');
      if (data === undefined) continue;
      events.push({
        event: fields.get('event') ?? 'message',
        id: id === undefined ? null : Number(id),
        data: JSON.parse(data) as StreamEvent['data'],
      });
    }
  });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  response.on('error', () => {});
  response.on('close', resolve);
  return {
    events,
    positions: () => events.filter(({ event }) => event === 'message').map(({ data }) => data.position),
    lastEventId: () => lastId,
    ended,
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    kill: () => void request.destroy(),
  };
}
