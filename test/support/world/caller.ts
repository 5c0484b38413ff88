import type { InjectOptions, LightMyRequestResponse } from 'fastify';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface Answer<Body> {
  readonly status: number;
  readonly headers: LightMyRequestResponse['headers'];
  readonly body: Body;
}

/**
 * Someone who calls the public API. Paths may leave out `/api/v1`. What is named by its verb gives the answer's body
 * and fails the test with it when the status is another than the one expected.
 */
export interface Caller {
  /** The answer, whatever it is. */
  send(method: Method, path: string, payload?: object): Promise<LightMyRequestResponse>;
  /** Its status and its body, whatever they are; null for an empty body. */
  ask<Body = ReturnType<JSON['parse']>>(method: Method, path: string, payload?: object): Promise<Answer<Body>>;
  get<Body>(path: string, status?: number): Promise<Body>;
  post<Body>(path: string, payload?: object, status?: number): Promise<Body>;
  /** A POST that changes what is there, answered with 200. */
  act<Body>(path: string, payload?: object): Promise<Body>;
  patch<Body>(path: string, payload?: object, status?: number): Promise<Body>;
  put<Body>(path: string, payload?: object, status?: number): Promise<Body>;
  delete<Body>(path: string, status?: number): Promise<Body>;
}

export function createCaller(request: (options: InjectOptions) => Promise<LightMyRequestResponse>): Caller {
  const send = (method: Method, path: string, payload?: object) =>
    request({
      method,
      url: /^\/(api|a2a)\//.test(path) ? path : `/api/v1${path}`,
      ...(payload === undefined ? {} : { payload }),
    });
  const verb =
    (method: Method, usual: number) =>
    async <Body>(path: string, payload?: object, status = usual) =>
      expectStatus<Body>(await send(method, path, payload), status);
  const bare =
    (method: Method, usual: number) =>
    async <Body>(path: string, status = usual) =>
      expectStatus<Body>(await send(method, path), status);
  return {
    send,
    async ask<Body>(method: Method, path: string, payload?: object) {
      const { statusCode: status, headers, body } = await send(method, path, payload);
      return { status, headers, body: (body === '' ? null : JSON.parse(body)) as Body };
    },
    get: bare('GET', 200),
    post: verb('POST', 201),
    act: verb('POST', 200),
    patch: verb('PATCH', 200),
    put: verb('PUT', 200),
    delete: bare('DELETE', 204),
  };
}

/** The answer's body. Fails the test with it when the status is another. */
export function expectStatus<Body>(response: LightMyRequestResponse, status: number): Body {
  if (response.statusCode !== status) {
    throw new Error(`expected ${status}, got ${response.statusCode}: ${response.body}`);
  }
  return (status === 204 ? undefined : response.json<Body>()) as Body;
}

/** What matters of a refusal: its status and its code. */
export function outcome(answer: {
  readonly status: number;
  readonly body: Record<string, unknown>;
}): [number, unknown] {
  return [answer.status, answer.body.code];
}
