import type { Database } from '../../../db/kernel/database.ts';
import { listHosts } from '../../../db/crews/hosts/list-hosts.ts';
import { expectedMigrations } from '../../../db/instance/health/schema-version.ts';
import { readCapacity, readQueues } from '../../../db/instance/system/read-capacity.ts';
import { HOST_ALIVE_MS } from '../../../domain/crews/hosts/host.ts';
import type { License } from '../../../domain/instance/license/license.ts';
import { CrewshipError } from '../../../domain/kernel/errors/crewship-error.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { checkReadiness, type ReadinessProbe } from '../health/check-readiness.ts';
import {
  capacityAnswer,
  crewshipdAnswer,
  crewshipdAway,
  licenseAnswer,
  runtimeAnswer,
  versionAnswer,
} from './system-schemas.ts';

/** What was built, and when. */
export interface Build {
  readonly version: string;
  readonly commit: string | null;
  readonly time: string | null;
}

const uptimeSeconds = () => Math.floor(process.uptime());

/** What the instance is and can do: docs/contracts/system.md. */
export function createSystemRoutes(deps: {
  readonly database: Pick<Database, 'systemReads'>;
  readonly probes: readonly ReadinessProbe[];
  readonly license: License;
  readonly build: Build;
}): Route[] {
  const { systemReads } = deps.database;
  const tags = ['System'];
  const user = { access: 'user' } as const;
  const member = { access: 'member', action: 'read', scope: 'workspace:read' } as const;
  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/system/runtime',
      operationId: 'getRuntime',
      summary: 'Whether containers can be run, and by what version',
      description: 'The hosts and their engines are for the instance operator.',
      tags,
      authority: user,
      responses: { 200: runtimeAnswer },
      handler: async (ctx) => {
        const hosts = await listHosts(systemReads);
        const common = {
          available: hosts.some(({ status, live }) => live && status === 'up'),
          version: deps.build.version,
          uptime_seconds: uptimeSeconds(),
        };
        if (!ctx.principal.isInstanceOperator) return ok(common);
        const runtimes = hosts.map((host) => ({
          host_id: host.id,
          engine_version: host.engine_version,
          architecture: host.architecture,
          status: host.status,
          in_use: host.live,
        }));
        return ok({ ...common, runtime: 'docker' as const, runtimes });
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/system/license',
      operationId: 'getLicense',
      summary: 'What the instance is licensed for',
      tags,
      authority: user,
      responses: { 200: licenseAnswer },
      handler: () => ok(deps.license),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/system/version',
      operationId: 'getVersion',
      summary: 'The version that answers',
      tags,
      authority: user,
      responses: { 200: versionAnswer },
      handler: () =>
        ok({
          current: deps.build.version,
          latest: null,
          newer: false,
          url: null,
          commit: deps.build.commit,
          build_time: deps.build.time,
          dirty: null,
          schema_version: expectedMigrations.at(-1) ?? '',
        }),
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/crewshipd',
      operationId: 'getCrewshipd',
      summary: 'Whether work is carried out',
      description: '503 with `status: unreachable` without Postgres or any live host; `degraded` while a part is down.',
      tags,
      authority: member,
      responses: { 200: crewshipdAnswer, 503: crewshipdAway },
      handler: async () => {
        try {
          const [hosts, queues, { status, checks }] = await Promise.all([
            listHosts(systemReads),
            readQueues(systemReads),
            checkReadiness(deps.probes),
          ]);
          const live = hosts.filter((host) => host.live).length;
          if (live === 0 || status === 'down')
            return { status: 503 as const, body: { status: 'unreachable' as const } };
          return ok({
            status,
            version: deps.build.version,
            uptime_seconds: uptimeSeconds(),
            hosts: { total: hosts.length, live },
            engine: { status: checks.temporal?.status ?? ('unknown' as const) },
            queues,
          });
        } catch (error) {
          if (!(error instanceof CrewshipError) || error.code !== 'unavailable') throw error;
          return { status: 503 as const, body: { status: 'unreachable' as const } };
        }
      },
    }),
    defineRoute({
      method: 'GET',
      url: '/api/v1/capacity',
      operationId: 'getCapacity',
      summary: 'Places of the hosts, how many are used and awaited, and images being built',
      tags,
      authority: member,
      responses: { 200: capacityAnswer },
      handler: async (ctx) => ok(await readCapacity(systemReads, HOST_ALIVE_MS, ctx.workspace.id)),
    }),
  ];
}
