import type { ServerResponse } from 'node:http';

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
}

/** A request that is refused, and how. */
export class RequestProblem extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

export function badRequest(detail: string): RequestProblem {
  return new RequestProblem({ status: 400, code: 'bad_request', title: 'Bad request', detail });
}

/** Answers with RFC 7807 problem details, unless an answer has begun; then the connection is cut. */
export function sendProblem(response: ServerResponse, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = problemBody(problem);
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

export function problemBody({ status, code, title, detail }: Problem): string {
  return JSON.stringify({ type: 'about:blank', title, status, detail, code });
}

export const EGRESS_DENIED = { status: 403, code: 'egress_denied', title: 'This does not leave the crew' };
