import { createCrewship, type Crewship } from '../../clients/typescript/src/index.ts';

/** A client of a running API process, as strangers have one. */
export interface ApiClient {
  readonly crewship: Crewship;
  readonly workspaceId: string;
}

/** The first person of an empty instance. Nothing is repeated: a test sees the first answer, whatever it is. */
export async function bootstrap(baseUrl: string): Promise<ApiClient> {
  const stranger = createCrewship({ baseUrl, repeatForMs: 0 });
  const { cli_token: token, workspace_id: workspaceId } = await stranger.request('POST /api/v1/bootstrap', {
    body: { full_name: 'Ada Tester', email: 'ada@example.com', password: 'correct horse battery' },
  });
  return { crewship: createCrewship({ baseUrl, token, repeatForMs: 0 }), workspaceId };
}
