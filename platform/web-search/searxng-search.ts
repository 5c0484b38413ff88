import { z } from 'zod';
import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { GuardedClient } from '../guarded-http/guarded-client.ts';

export interface SearchHit {
  readonly url: string;
  readonly title: string;
}

/** Finds pages on the web. */
export interface WebSearch {
  /** Those of one question, the best first. Throws `egress_failed` where the provider does not answer as it should. */
  search(
    query: string,
    options: { readonly baseUrl: string; readonly share: string; readonly signal: AbortSignal },
  ): Promise<readonly SearchHit[]>;
}

const TIMEOUT_MS = 20_000;
const LIMIT_BYTES = 2 * 1_024 * 1_024;
const MOST_HITS = 50;

const answerSchema = z.object({ results: z.array(z.unknown()) });
const hitSchema = z.object({ url: z.string().max(2_048), title: z.string().catch('') });

/** A server that answers as SearXNG does: `GET /search?q=…&format=json`. */
export function createSearxngSearch(client: Pick<GuardedClient, 'send'>): WebSearch {
  return {
    async search(query, { baseUrl, share, signal }) {
      const url = new URL(`${baseUrl.replace(/\/+$/, '')}/search`);
      url.search = new URLSearchParams({ q: query, format: 'json' }).toString();
      const answer = await client.send({
        url: url.href,
        headers: { accept: 'application/json' },
        ...{ timeoutMs: TIMEOUT_MS, limitBytes: LIMIT_BYTES, share, signal },
      });
      if (answer.status !== 200) {
        answer.discard();
        throw new CrewshipError('egress_failed', `${url.host} answered with status ${answer.status}`, {
          extensions: { host: url.host, reason: 'answer' },
        });
      }
      return hitsOf(await answer.text(), url.host);
    },
  };
}

function hitsOf(text: string, host: string): SearchHit[] {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    said = null;
  }
  const answer = answerSchema.safeParse(said);
  if (!answer.success) {
    throw new CrewshipError('egress_failed', `${host} answered what is no list of results`, {
      extensions: { host, reason: 'answer' },
    });
  }
  return answer.data.results.slice(0, MOST_HITS).flatMap((result) => hitSchema.safeParse(result).data ?? []);
}
