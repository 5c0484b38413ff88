import { describeAuthority } from '../../../api/http/kernel/openapi.ts';
import type { Route } from '../../../api/http/kernel/route.ts';
import { fillParameters } from '../../../api/http/kernel/route-path.ts';
import type { DeclaredRoutes } from './declared-routes.ts';

const HEAD = '| operation | id | who | file |\n|---|---|---|---|';

/** A page that names each operation’s file; `fileOf` has them by operation id, from the root of the checkout. */
export function routeIndex(routes: DeclaredRoutes, fileOf: ReadonlyMap<string, string>): string {
  return `# Routes

Each operation of the API and the file that declares it. Written by \`npm run openapi\` and compared by
\`npm run check\`; what the operations take and answer is in [openapi.json](openapi.json) and
[openapi.internal.json](openapi.internal.json).

## Public

${table(routes.public, fileOf)}

## Internal

What crews’ sidecars call; no public listener serves it.

${table(routes.internal, fileOf)}
`;
}

function table(routes: readonly Route[], fileOf: ReadonlyMap<string, string>): string {
  const lines = routes
    .map((route) => ({
      ...route,
      path: fillParameters(route.url, (name) => `{${name}}`),
      file: fileOf.get(route.operationId)!,
    }))
    .toSorted((a, b) => (`${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1))
    .map(({ method, path, operationId, authority, file }) => {
      const scope = 'scope' in authority && authority.scope !== undefined ? `, scope \`${authority.scope}\`` : '';
      const who = `${describeAuthority(authority)}${scope}`;
      return `| \`${method} ${path}\` | ${operationId} | ${who} | [${file.replace(/^api\//, '')}](../${file}) |`;
    });
  return [HEAD, ...lines].join('\n');
}
