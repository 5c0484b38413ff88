import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Tx } from '../../../db/kernel/transaction.ts';
import type { Actor, Authority, InternalPrincipal, Principal, Role } from '../../../domain/kernel/access/authority.ts';
import type { Deprecated } from '../headers/deprecation.ts';
import type { ErrorCode } from '../../../domain/kernel/errors/crewship-error.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Success statuses and the schema of each one's body; 204 has `z.null()`. */
export type Responses = Readonly<Record<number, z.ZodType>>;

/** A body as stores give it: rows are read-only, schemas describe what is written. */
type ReadOnly<Value> = Value extends (infer Item)[]
  ? readonly ReadOnly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: ReadOnly<Value[Key]> }
    : Value;

/** A header of several values, as `set-cookie`, is written as often. */
export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What a handler answers: one of the declared statuses with its body. */
export type RouteResult<R extends Responses> = {
  [Status in keyof R]: {
    readonly status: Status;
    readonly body: ReadOnly<z.input<R[Status]>>;
    readonly headers?: ResponseHeaders;
  };
}[keyof R];

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** Who asks on a route of this authority: nobody known on public routes, a crew on internal ones. */
type PrincipalOf<A extends Authority> = A extends { access: 'public' }
  ? null
  : A extends { access: 'internal' }
    ? InternalPrincipal
    : Principal;

/** What a handler is given: the validated request and who asks. No credential, no Fastify. */
export interface RequestContext<P, Q, B, A extends Authority, R extends Responses> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly principal: PrincipalOf<A>;
  /** The request's workspace; null on routes without one. */
  readonly workspace: A extends { access: 'member' } ? { readonly id: string; readonly role: Role } : null;
  /** Workspaces the caller's credential may enter. */
  readonly memberWorkspaceIds: readonly string[];
  /** Recorded with every journal entry of this request. */
  readonly actor: Actor;
  readonly requestId: string;
  /** Refuses with `precondition_failed` when `If-Match` names another state; to be called with the row locked. */
  ifMatch(schema: z.ZodType, current: unknown): void;
  /** For what the kernel does not cover: sockets of long polls, raw headers, logging. */
  readonly request: FastifyRequest;
  /**
   * The answer that this request had before under its Idempotency-Key; null for the first. For handlers that do
   * something dear before they write: `write` answers a repetition by itself. Throws `idempotency_mismatch`.
   */
  earlier(): Promise<RouteResult<R> | null>;
  /**
   * The request's one transaction: of the application login in the request's workspace, or of the system login on
   * routes without one and those that say `asSystem`. Its callback returns the route's answer, which is stored with the
   * write when the caller gave an Idempotency-Key.
   */
  write(handler: (tx: Tx) => Promise<RouteResult<R>>): Promise<RouteResult<R>>;
}

export interface RouteDefinition<
  P extends z.ZodType | undefined,
  Q extends z.ZodType | undefined,
  B extends z.ZodType | undefined,
  R extends Responses,
  A extends Authority,
> {
  readonly method: Method;
  /** Fastify's form: `/api/v1/crews/:crewId`. */
  readonly url: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly authority: A;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly responses: R;
  /** Refusals beyond those that the method and authority imply; documented in OpenAPI. */
  readonly errors?: readonly ErrorCode[];
  /** `tooLarge`: what a larger body is refused with where it is not `payload_too_large`. */
  readonly limits?: { readonly bodyBytes?: number; readonly tooLarge?: ErrorCode };
  /** Members of the answer that are shown once: null in the stored answer of an Idempotency-Key. */
  readonly secretMembers?: readonly string[];
  /** Media type of the successful answer when it is not JSON; its body is then a stream. */
  readonly contentType?: string;
  /** Takes application/x-www-form-urlencoded beside JSON: the fields of a page's form. */
  readonly takesForm?: true;
  /** Takes multipart/form-data, whose parts the handler reads from the request as they come. */
  readonly isUpload?: true;
  /** GET of one resource: answered with an `ETag`, or 304 to who has it already. Its writes honour `If-Match`. */
  readonly hasETag?: true;
  /**
   * Changes people and credentials, which belong to no workspace: its transaction is the system login's, and its
   * commands name the workspace in each statement.
   */
  readonly asSystem?: true;
  /** Waits for something or streams: has limits of its own, and may take as long as it likes. */
  readonly isLongLived?: true;
  /** Answers with server-sent events instead to who asks for them. */
  readonly hasEvents?: true;
  /** Says how this process is: answered whatever its load. */
  readonly isProbe?: true;
  readonly deprecated?: Deprecated;
  /** Speaks another protocol: what is refused in its words, and null for what is a problem document all the same. */
  readonly refusesAs?: (thrown: unknown) => { readonly status: number; readonly body: object } | null;
  readonly handler: (
    ctx: RequestContext<Parsed<P>, Parsed<Q>, Parsed<B>, A, R>,
  ) => Promise<RouteResult<R>> | RouteResult<R>;
}

/** A route whose types are forgotten: what registries and tests walk over. */
export interface Route {
  readonly method: Method;
  readonly url: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly authority: Authority;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly responses: Responses;
  readonly errors?: readonly ErrorCode[];
  readonly limits?: { readonly bodyBytes?: number; readonly tooLarge?: ErrorCode };
  readonly secretMembers?: readonly string[];
  /** Media type of the successful answer when it is not JSON; its body is then a stream. */
  readonly contentType?: string;
  readonly isUpload?: true;
  readonly hasETag?: true;
  readonly asSystem?: true;
  readonly isLongLived?: true;
  readonly hasEvents?: true;
  readonly isProbe?: true;
  readonly deprecated?: Deprecated;
  readonly takesForm?: true;
  readonly refusesAs?: (thrown: unknown) => { readonly status: number; readonly body: object } | null;
  readonly handler: (ctx: never) => Promise<AnyResult> | AnyResult;
}

export interface AnyResult {
  readonly status: number | string | symbol;
  readonly body: unknown;
  readonly headers?: ResponseHeaders;
}

/** Declares a route as data; types of the context and answer follow from its schemas. */
export function defineRoute<
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  const R extends Responses = Responses,
  const A extends Authority = Authority,
>(definition: RouteDefinition<P, Q, B, R, A>): Route {
  return definition as unknown as Route;
}

export function ok<Body>(body: Body, headers: ResponseHeaders = {}) {
  return { status: 200 as const, body, headers };
}

export function created<Body>(body: Body, headers: ResponseHeaders = {}) {
  return { status: 201 as const, body, headers };
}

export function accepted<Body>(body: Body) {
  return { status: 202 as const, body };
}

export function noContent(headers: ResponseHeaders = {}) {
  return { status: 204 as const, body: null, headers };
}
