import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { sendMessage, sendMessagesError } from './anthropic-messages.ts';
import { sendChatCompletion, sendChatError } from './openai-chat.ts';
import { type EmbeddingsRequest, sendEmbeddings } from './openai-embeddings.ts';
import { sendOdd } from './odd-turns.ts';
import {
  createPlayer,
  isOdd,
  type ModelRequest,
  type ModelRequestBody,
  readModelRequest,
  type Script,
} from './script.ts';

export interface RecordedRequest extends ModelRequest {
  readonly path: string;
  readonly headers: Readonly<http.IncomingHttpHeaders>;
  readonly body: unknown;
}

export interface LlmUpstream {
  readonly port: number;
  /** Base URLs as clients take them: Anthropic's without `/v1`, OpenAI's with it. */
  readonly anthropicUrl: string;
  readonly openaiUrl: string;
  readonly requests: readonly RecordedRequest[];
  /** The next conversations follow this script. */
  play(script: Script): void;
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : JSON.parse(text);
}

function hasKey(request: IncomingMessage): boolean {
  return request.headers['x-api-key'] !== undefined || request.headers.authorization !== undefined;
}

const NO_KEY = { status: 401, type: 'authentication_error', message: 'x-api-key is missing' } as const;

/**
 * A provider on loopback that speaks the real protocols and follows a script: Anthropic Messages at
 * `/anthropic/v1/messages`, OpenAI chat completions at `/openai/v1/chat/completions`, streamed or whole, and OpenAI
 * embeddings at `/openai/v1/embeddings`, the same vector for the same text. Any other
 * prefix works too, as a proxy may keep its own.
 */
export async function startLlmUpstream(script: Script, { port = 0 }: { port?: number } = {}): Promise<LlmUpstream> {
  let next = createPlayer(script);
  const requests: RecordedRequest[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const body = (await readBody(request)) as ModelRequestBody;
    const anthropic = path.endsWith('/v1/messages');
    if (request.method === 'POST' && path.endsWith('/v1/embeddings')) {
      const read = readModelRequest(body);
      requests.push({ ...read, path, headers: request.headers, body });
      if (!hasKey(request)) return sendChatError(response, { ...NO_KEY });
      const turn = next(read);
      if (isOdd(turn)) return sendOdd(response, turn);
      if ('error' in turn) return sendChatError(response, turn.error);
      return sendEmbeddings(response, body as EmbeddingsRequest);
    }
    if (request.method !== 'POST' || !(anthropic || path.endsWith('/v1/chat/completions'))) {
      if (path.endsWith('/v1/messages/count_tokens')) {
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":100}');
        return;
      }
      response.writeHead(request.method === 'HEAD' ? 200 : 404, { 'content-type': 'application/json' });
      response.end(request.method === 'HEAD' ? undefined : '{"type":"error","error":{"type":"not_found_error"}}');
      return;
    }
    const read = readModelRequest(body);
    requests.push({ ...read, path, headers: request.headers, body });
    if (!hasKey(request)) {
      return anthropic ? sendMessagesError(response, NO_KEY) : sendChatError(response, NO_KEY);
    }
    const turn = next(read);
    if (isOdd(turn)) return sendOdd(response, turn);
    if (anthropic) sendMessage(response, read, turn, requests.length);
    else sendChatCompletion(response, read, turn, requests.length);
  }

  const server = http.createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const listening = typeof address === 'object' && address !== null ? address.port : port;
  return {
    port: listening,
    anthropicUrl: `http://127.0.0.1:${listening}/anthropic`,
    openaiUrl: `http://127.0.0.1:${listening}/openai/v1`,
    requests,
    play: (scripted) => {
      next = createPlayer(scripted);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
