/** The API refused a request; the message is what its problem details say. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(request: string, status: number, problem: { code?: string; detail?: string; request_id?: string }) {
    const detail = problem.detail ?? 'no problem details';
    super(
      `${request} answered ${status} ${problem.code ?? ''}: ${detail} (request ${problem.request_id ?? 'unknown'})`,
    );
    this.status = status;
    this.code = problem.code ?? '';
  }
}

export interface ApiClient {
  /** One JSON request to a path such as `/api/v1/crews`. Rejects with {@link ApiProblem} unless the answer is a 2xx. */
  call<Answer>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer>;
}

const REQUEST_TIMEOUT_MS = 15_000;

/** A client of the public API like any other: a base URL and, once there is one, a bearer token. */
export function createApiClient(baseUrl: string, token?: string): ApiClient {
  return {
    async call<Answer>(method: string, path: string, body?: object) {
      const response = await fetch(`${baseUrl}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      if (!response.ok) throw new ApiProblem(`${method} ${path}`, response.status, parseProblem(text));
      return (text === '' ? null : JSON.parse(text)) as Answer;
    },
  };
}

function parseProblem(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    return { detail: text.slice(0, 200) };
  }
}
