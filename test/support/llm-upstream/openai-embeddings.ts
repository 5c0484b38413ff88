import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

export interface EmbeddingsRequest {
  readonly model?: string;
  readonly input?: string | readonly string[];
  readonly dimensions?: number;
}

const DIMENSIONS = 8;

/** A vector of length 1 that follows from the text alone. */
function vectorOf(text: string, dimensions: number): number[] {
  const numbers = Array.from({ length: dimensions }, (_, index) => {
    const digest = createHash('sha256').update(`${index} ${text}`).digest();
    return digest.readInt32BE(0) / 2 ** 31;
  });
  const length = Math.hypot(...numbers);
  return numbers.map((number) => number / length);
}

/** OpenAI's embeddings, as many as there are texts. */
export function sendEmbeddings(response: ServerResponse, request: EmbeddingsRequest): void {
  const texts = [request.input ?? []].flat();
  const tokens = texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      object: 'list',
      model: request.model,
      data: texts.map((text, index) => ({
        object: 'embedding',
        index,
        embedding: vectorOf(text, request.dimensions ?? DIMENSIONS),
      })),
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    }),
  );
}
