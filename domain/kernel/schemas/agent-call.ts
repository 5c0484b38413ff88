import { ID_PATTERN, type Fields } from './fields.ts';
import type { ObjectSchema } from './zod.ts';

/** What a request's headers say of its caller; undefined where they do not. */
export interface CallerContext {
  readonly agentId: string | undefined;
  readonly agentSlug: string | undefined;
  readonly chatId: string | undefined;
}

/**
 * A call that agents make through their crew's sidecar, which carries it to the API's internal route of the same path
 * and offers it as a tool. What follows from it: where the sidecar sends it, what the tool takes, the API's schema of
 * its body or query. Only `input` and `output` need the library of schemas; all else is there without it.
 */
export interface AgentCall {
  /** The tool's. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** `:id` stands for one segment. */
  readonly path: string;
  readonly title: string;
  /** For a model: what it does, when to use it, what comes back. */
  readonly description: string;
  /** For a model: what stands for `:id`. */
  readonly id?: string;
  /** Members of the body, or of the query, as the API takes them from anybody; none where it is left out. */
  readonly input?: (fields: Fields) => ObjectSchema;
  /** What a model and its user may expect of a call. */
  readonly effect: 'reads' | 'adds' | 'changes';
  /** Members that a tool may leave out: they are filled in from what the caller's headers say. */
  readonly defaults?: Readonly<Record<string, keyof CallerContext>>;
  /** The member that names the agent that acts. The run's token says it instead, where there is one. */
  readonly actorField?: string;
  /** Members of a query that go on, and bounds of their text: what a value means is the API's to judge. */
  readonly query?: Readonly<Record<string, RegExp>>;
  /**
   * What is not carried as its method says. `act`: a write that says all in its path. `wait`: a reading that is
   * answered when there is something to say. `query`: a write that is answered when another agent has answered.
   * `decision`: one that is answered when it is decided, and what was allowed is done. `answer`: one that waits as
   * `wait` does and takes what it waited for, once.
   */
  readonly carried?: 'act' | 'wait' | 'query' | 'decision' | 'answer';
  /** Default: 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** What the tool answers, where a client may rely on it. */
  readonly output?: (fields: Fields) => ObjectSchema;
  /** The tool that goes on with what this call answered: the first asks, the second waits. */
  readonly followUp?: { readonly name: string; readonly idFrom: string };
}

export const QUERY_BOUNDS = {
  id: ID_PATTERN,
  moment: /^[0-9TZ:.+-]{10,40}$/,
  limit: /^\d{1,3}$/,
  offset: /^\d{1,7}$/,
  word: /^[a-z]{1,16}$/,
} as const;
