import { fillParameters } from './route-path.ts';
import type { Route } from './route.ts';

/** Which methods a path takes; only asked when a request matched no route. */
export function routeMatcher(routes: readonly Pick<Route, 'method' | 'url'>[]): (path: string) => string[] {
  const patterns = routes.map((route) => ({
    method: route.method,
    pattern: new RegExp(`^${patternOf(route.url)}$`),
  }));
  return (path) => {
    const methods = new Set<string>();
    for (const { method, pattern } of patterns) {
      if (!pattern.test(path)) continue;
      methods.add(method);
      if (method === 'GET') methods.add('HEAD');
    }
    return [...methods].sort();
  };
}

const PLACE = '\0';

function patternOf(url: string): string {
  const filled = fillParameters(url, () => PLACE);
  return filled.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(PLACE, '[^/]+');
}
