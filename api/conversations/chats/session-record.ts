import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { listMessages, listTurnEvents } from '../../../db/conversations/chats/read-conversation.ts';
import { listRuns } from '../../../db/work/runs/list-runs.ts';
import type { ChatViewer } from '../../../db/conversations/chats/sessions-store.ts';
import type { ReadPool } from '../../../db/kernel/read-pool.ts';
import type { ChatMessage, Session } from '../../../domain/conversations/chats/chat.ts';
import type { TurnEvent } from '../../../domain/conversations/chats/turn-event.ts';

const PAGE = 200;

/** Whose record it is, and who reads it: each page is read in the sight of the workspace. */
export interface RecordedSession {
  readonly reads: ReadPool;
  readonly viewer: ChatViewer;
  readonly session: Session;
  /** The last message of it; what was said later is not told. */
  readonly untilSeq?: number;
}

async function* messagesOf({ reads, viewer, session, untilSeq }: RecordedSession): AsyncGenerator<ChatMessage> {
  const chat = { workspaceId: viewer.workspaceId, id: session.id };
  for (let afterSeq = 0; ; ) {
    const page = await listMessages(reads, chat, { afterSeq, limit: PAGE, untilSeq });
    yield* page;
    if (page.length < PAGE) return;
    afterSeq = page.at(-1)!.seq;
  }
}

async function* eventsOf({ reads, viewer, session }: RecordedSession): AsyncGenerator<TurnEvent> {
  const chat = { workspaceId: viewer.workspaceId, id: session.id };
  for (let afterSeq = 0; ; ) {
    const page = await listTurnEvents(reads, chat, { afterSeq, limit: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    afterSeq = page.at(-1)!.seq;
  }
}

/** Calls of tools by the turn that they were made in. */
async function toolCalls(record: RecordedSession): Promise<ReadonlyMap<string, readonly TurnEvent[]>> {
  const calls = new Map<string, TurnEvent[]>();
  for await (const event of eventsOf(record)) {
    if (event.type !== 'tool.started' || event.job_id === null) continue;
    const known = calls.get(event.job_id);
    if (known === undefined) calls.set(event.job_id, [event]);
    else known.push(event);
  }
  return calls;
}

type Format = 'json' | 'markdown' | 'text';

const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  text: 'text/plain; charset=utf-8',
};

const NO_CALLS: ReadonlyMap<string, readonly TurnEvent[]> = new Map();

/** A conversation, a page at a time, oldest message first. */
export function transcriptOf(
  record: RecordedSession,
  options: { readonly format: Format; readonly withTools: boolean },
): { readonly mediaType: string; readonly body: Readable } {
  const { format } = options;
  const { title, id } = record.session;

  async function* write(): AsyncGenerator<string> {
    const calls = options.withTools ? await toolCalls(record) : NO_CALLS;
    let count = 0;
    if (format === 'json') yield `{"session":${JSON.stringify(record.session)},"messages":[`;
    if (format === 'markdown') yield `# ${(title ?? id).replaceAll('\n', ' ')}\n`;
    for await (const message of messagesOf(record)) {
      const tools = message.role === 'assistant' && message.job_id !== null ? (calls.get(message.job_id) ?? []) : [];
      if (format === 'json') {
        const told = options.withTools ? { ...message, tools: tools.map(({ data }) => data) } : message;
        yield `${count === 0 ? '' : ','}${JSON.stringify(told)}`;
      } else yield spoken(message, tools, format);
      count += 1;
    }
    if (format === 'json') yield ']}';
  }

  return { mediaType: MEDIA_TYPES[format], body: Readable.from(write(), { objectMode: false }) };
}

function spoken(message: ChatMessage, tools: readonly TurnEvent[], format: 'markdown' | 'text'): string {
  const who = message.role === 'user' ? 'User' : 'Agent';
  const [open, close] = format === 'markdown' ? ['- `', '`'] : ['  [', ']'];
  const called = tools
    .map(({ data }) => `${open}${data.tool as string}${close} ${data.arguments as string}\n`)
    .join('');
  const published = message.artifacts
    .map(({ name, reference_token: token }) => `${open}${name}${close} /api/v1/attachments/${token}/download\n`)
    .join('');
  return format === 'markdown'
    ? `\n## ${who}, ${message.created_at}\n\n${called === '' ? '' : `${called}\n`}${message.content}\n` +
        (published === '' ? '' : `\n${published}`)
    : `[${message.created_at}] ${who}:\n${called}${message.content}\n${published}\n`;
}

/** A zip of all that is kept of a session, written as it is read: messages, events, runs, and what is in it. */
export function zipOf(record: RecordedSession): Readable {
  const zip = new ZipFile();
  const out = new PassThrough();
  const fail = (error: unknown) => {
    out.destroy(error instanceof Error ? error : new Error('the zip broke', { cause: error }));
  };
  zip.on('error', fail);
  const counts = { messages: 0, events: 0, runs: 0 };

  async function* lines<Row>(rows: AsyncIterable<Row>, what: keyof typeof counts): AsyncGenerator<string> {
    for await (const row of rows) {
      counts[what] += 1;
      yield `${JSON.stringify(row)}\n`;
    }
  }
  async function* runs() {
    const { workspaceId, userId } = record.viewer;
    for (let offset = 0; ; offset += PAGE) {
      const filter = { chatId: record.session.id };
      const page = await listRuns(record.reads, { workspaceId, userId }, filter, { limit: PAGE, offset });
      yield* page;
      if (page.length < PAGE) return;
    }
  }
  /** Counted by then: entries are written one after the other. */
  async function* manifest(): AsyncGenerator<string> {
    const { id, title, status, created_at } = record.session;
    yield JSON.stringify({ format: 1, session: { id, title, status, created_at }, counts }, null, 2);
  }
  const add = (name: string, content: AsyncGenerator<string>) => {
    zip.addReadStreamLazy(name, (done) => {
      const stream = Readable.from(content, { objectMode: false });
      stream.on('error', fail);
      done(null, stream);
    });
  };
  add('messages.jsonl', lines(messagesOf(record), 'messages'));
  add('events.jsonl', lines(eventsOf(record), 'events'));
  add('runs.jsonl', lines(runs(), 'runs'));
  add('manifest.json', manifest());
  zip.end();
  zip.outputStream.on('error', fail).pipe(out);
  return out;
}
