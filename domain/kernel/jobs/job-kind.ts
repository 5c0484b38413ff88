import type { Action } from '../access/authority.ts';
import type { JsonObject } from '../json/json-value.ts';
import type { Fields } from '../schemas/fields.ts';
import type { ObjectSchema } from '../schemas/zod.ts';

/** What a job is about, as other rows name it. */
export interface JobSubject {
  readonly type: string;
  readonly id: string;
}

/** The least that somebody must be: a role by what it may do, and the scope of a token that has scopes. */
export interface JobAuthority {
  readonly action: Action;
  readonly scope: string;
}

/**
 * A kind of job, declared by the family whose work it is; `domain/work/jobs/job-kinds.ts` lists them. What it takes and
 * leaves is said by schemas, made with a library that is handed in. Its steps are taken by a program in `workflows/`.
 */
export interface JobKind<Step extends string = string> {
  /** `<family>.<verb>`, or one word. */
  readonly name: string;
  /** For the API's document: what it does. */
  readonly description: string;
  /** Who may ask for one by `POST /agent-jobs`. Null: it begins by a route of its own, or by itself. */
  readonly startedBy: JobAuthority | null;
  /** Who sees those of others. Whoever asked for a job, and those who manage the workspace, see it always. */
  readonly seenBy: JobAuthority;
  /** Who cancels those of others; likewise. */
  readonly cancelledBy: JobAuthority;
  readonly input: (fields: Fields) => ObjectSchema;
  readonly result: (fields: Fields) => ObjectSchema;
  /** What a job of this input is about. */
  readonly subjectOf?: (input: JsonObject) => JobSubject | null;
  /**
   * How long one may take from the moment it may begin, unless whoever asks says less. Null only where another workflow
   * moves it and keeps the time.
   */
  readonly deadlineMs: number | null;
  /** `job`: its own workflow takes its steps. `own`: the workflow of another row moves it. */
  readonly driver: 'job' | 'own';
  /** In their order; at least one. */
  readonly steps: readonly Step[];
}
