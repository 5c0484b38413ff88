/** A client of a running API process, as a stranger would write one. */
export interface ApiClient {
  readonly token: string;
  readonly workspaceId: string;
  call<Body>(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }>;
}

export async function callApi<Body>(
  baseUrl: string,
  token: string | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Body }> {
  const response = await fetch(new URL(path, baseUrl), {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as Body };
}

/** The first person of an empty instance. */
export async function bootstrap(baseUrl: string): Promise<ApiClient> {
  const { status, body } = await callApi<{ cli_token: string; workspace_id: string }>(
    baseUrl,
    null,
    'POST',
    '/api/v1/bootstrap',
    { full_name: 'Ada Tester', email: 'ada@example.com', password: 'correct horse battery' },
  );
  if (status !== 201) throw new Error(`bootstrap answered ${status}: ${JSON.stringify(body)}`);
  return {
    token: body.cli_token,
    workspaceId: body.workspace_id,
    call: (method, path, payload) => callApi(baseUrl, body.cli_token, method, path, payload),
  };
}
