import type { Authority } from '../../../domain/kernel/access/authority.ts';

export type Audience = 'public' | 'internal';

/** How callers of either listener say who they are: one of an audience's schemes is enough for its operations. */
export const SECURITY_SCHEMES = {
  public: {
    cliToken: { type: 'http', scheme: 'bearer', description: 'CLI token, `crewship_cli_…` or `crewship_admin_…`' },
    crewosApiKey: {
      type: 'apiKey',
      in: 'header',
      name: 'X-CrewOS-API-Key',
      description: 'API key, `crewos_…`; `Authorization: Bearer` takes it too',
    },
    accessToken: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'Access token of a session, of `POST /api/v1/auth/login`',
    },
    sessionCookie: {
      type: 'apiKey',
      in: 'cookie',
      name: 'authjs.session-token',
      description: 'Session of a browser; writes must come from a page of the instance’s own origin',
    },
    secureSessionCookie: {
      type: 'apiKey',
      in: 'cookie',
      name: '__Secure-authjs.session-token',
      description: 'The same where people reach the instance by HTTPS',
    },
  },
  internal: {
    internalToken: { type: 'apiKey', in: 'header', name: 'X-Internal-Token', description: 'The crew’s credential' },
  },
} as const;

/** Shown by programs that were given them, not by a person who signed in. */
const HANDED_OUT: ReadonlySet<string> = new Set(['cliToken', 'crewosApiKey']);

/** The security schemes of an operation, each of which is enough; none where nobody has to say who they are. */
export function credentialsOf(authority: Authority): Readonly<Record<string, readonly never[]>>[] {
  if (authority.access === 'public') return [];
  const schemes = SECURITY_SCHEMES[authority.access === 'internal' ? 'internal' : 'public'];
  const isInteractive = 'interactive' in authority && authority.interactive === true;
  const isRefused = (name: string) =>
    (isInteractive && HANDED_OUT.has(name)) || ('notByKey' in authority && name === 'crewosApiKey');
  const names = Object.keys(schemes).filter((name) => !isRefused(name));
  return names.map((name) => ({ [name]: [] }));
}
