import { CrewshipError } from '../../domain/kernel/errors/crewship-error.ts';
import type { GuardedClient } from '../guarded-http/guarded-client.ts';
import { answerOfThread } from '../threads/answer-of-thread.ts';
import type { RobotsQuestion } from './robots-thread.ts';

/** How a site's rules call us. */
const ROBOT_NAME = 'crewship';

const TIMEOUT_MS = 5_000;
/** As much of a site's rules as RFC 9309 wants read; what follows does not count. */
const READ_BYTES = 512_000;

/** Rules are patterns of somebody else's: enough of them keep a thread for longer than anybody waits. */
const PROGRAM = new URL('./robots-thread.ts', import.meta.url);
const LIMITS = { timeoutMs: 1_000, memoryMb: 64 };

type Rules = (page: string, signal: AbortSignal) => boolean | Promise<boolean>;
const ALL: Rules = () => true;
const NOTHING: Rules = () => false;

/** What sites let robots read, asked once of each by whoever holds this. */
export interface RobotsRules {
  mayRead(url: string, signal: AbortSignal): Promise<boolean>;
}

/** A site that does not say (404) lets all be read, one that can't be asked nothing: RFC 9309. */
export function createRobotsRules(client: Pick<GuardedClient, 'send'>, share: string): RobotsRules {
  const known = new Map<string, Promise<Rules>>();

  async function ask(origin: string, signal: AbortSignal): Promise<Rules> {
    const url = `${origin}/robots.txt`;
    try {
      const answer = await client.send({ url, timeoutMs: TIMEOUT_MS, limitBytes: READ_BYTES * 2, share, signal });
      if (answer.status >= 200 && answer.status < 300) {
        const text = await beginningOf(answer.body());
        // Rules that are not done with are kept to as if they forbade it.
        return async (page, reading) => {
          const data: RobotsQuestion = { url, text, page, robot: ROBOT_NAME };
          return (await answerOfThread<boolean>(PROGRAM, { data, ...LIMITS, signal: reading })) ?? false;
        };
      }
      answer.discard();
      return answer.status >= 400 && answer.status < 500 ? ALL : NOTHING;
    } catch (error) {
      // An address that nothing is sent to is refused for the page itself, by that name.
      if (!(error instanceof CrewshipError)) throw error;
      return error.code === 'address_refused' ? ALL : NOTHING;
    }
  }

  return {
    async mayRead(url, signal) {
      const { origin } = new URL(url);
      const rules = known.get(origin) ?? ask(origin, signal);
      known.set(origin, rules);
      return (await rules)(url, signal);
    },
  };
}

async function beginningOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    read.push(piece);
    bytes += piece.length;
    if (bytes >= READ_BYTES) break;
  }
  return Buffer.concat(read).subarray(0, READ_BYTES).toString('utf8');
}
