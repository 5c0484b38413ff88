import { globSync } from 'node:fs';
import path from 'node:path';
import { features } from '../../api/features.ts';
import type { Feature, PathRows } from '../../api/http/kernel/feature.ts';
import type { Route } from '../../api/http/kernel/route.ts';
import { fillParameters, parametersOf } from '../../api/http/kernel/route-path.ts';
import type { Query } from '../../db/kernel/sql.ts';
import { newId } from '../../platform/ids/ids.ts';
import { type ApiCrew, expectStatus } from './mission-crew.ts';
import type { InternalCrew } from './sidecar-api.ts';
import type { TestApi } from './test-api.ts';

/** A crew and its workspace, in which rows are made that paths can name. */
export interface RowWorld<Crew extends ApiCrew = ApiCrew> {
  readonly api: TestApi;
  readonly crew: Crew;
  /** The id of this crew's row that a path parameter names; the row is made when it is first asked for. */
  id(parameter: string): Promise<string>;
  /** Makes a row as the workspace's owner and returns its id. */
  post(url: string, payload: object, status?: number): Promise<string>;
  /** Makes a row of the workspace past the API and returns its id, a new one unless it is given. */
  insert(statement: (id: string) => Query, id?: string): Promise<string>;
}

type RowMaker<Crew extends ApiCrew> = (world: RowWorld<Crew>) => string | Promise<string>;
type RowMakers<Rows, Crew extends ApiCrew> = { readonly [Parameter in keyof Rows]: RowMaker<Crew> };

/** A maker for each path parameter that the feature declares. */
type MakersOf<F> = (F extends { readonly pathRows: infer Rows }
  ? { readonly pathRows: RowMakers<Rows, ApiCrew> }
  : object) &
  (F extends { readonly sidecarPathRows: infer Rows }
    ? { readonly sidecarPathRows: RowMakers<Rows, InternalCrew> }
    : object);

interface FeatureRows {
  readonly feature: Feature;
  readonly pathRows?: RowMakers<PathRows, ApiCrew>;
  readonly sidecarPathRows?: RowMakers<PathRows, InternalCrew>;
}

/**
 * Says how tests make one live row of each kind that the feature's path parameters name. It stands in
 * `test/<area>/<feature>/<feature>-rows.ts`, where the tests that walk all routes find it.
 */
export function definePathRows<F extends Feature>(feature: F, makers: MakersOf<F>): FeatureRows {
  return { feature, ...makers };
}

const TESTS = path.resolve(import.meta.dirname, '..');

/** The makers by parameter, of public paths and of sidecars'. Throws when a declared parameter has none. */
async function loadMakers() {
  const files = globSync('*/*/*-rows.ts', { cwd: TESTS });
  const modules = await Promise.all(files.map((file) => import(path.join(TESTS, file)) as Promise<object>));
  const loaded = modules.flatMap((module) => Object.values(module) as FeatureRows[]);
  const ofPublic = new Map<string, RowMaker<ApiCrew>>();
  const ofSidecars = new Map<string, RowMaker<InternalCrew>>();
  for (const feature of features as readonly Feature[]) {
    const rows = loaded.find((one) => one.feature === feature);
    for (const parameter of Object.keys(feature.pathRows ?? {})) {
      ofPublic.set(parameter, rows?.pathRows?.[parameter] ?? withoutMaker(feature, parameter));
    }
    for (const parameter of Object.keys(feature.sidecarPathRows ?? {})) {
      ofSidecars.set(parameter, rows?.sidecarPathRows?.[parameter] ?? withoutMaker(feature, parameter));
    }
  }
  return { ofPublic, ofSidecars: new Map<string, RowMaker<InternalCrew>>([...ofPublic, ...ofSidecars]) };
}

function withoutMaker({ name }: Feature, parameter: string): never {
  throw new Error(`test/*/${name}/${name}-rows.ts makes no row for :${parameter}, which ${name}-feature.ts declares`);
}

function undeclared(parameter: string): never {
  throw new Error(`no feature declares what :${parameter} names: its pathRows are in x-feature.ts`);
}

/** One row of each kind that these public routes' paths name, by the name of the path parameter. */
export async function makePathRows(
  own: Pick<RowWorld, 'api' | 'crew'>,
  routes: readonly Route[],
): Promise<Record<string, string>> {
  return makeRows(own, routes, (await loadMakers()).ofPublic);
}

/** One row of each kind that these routes' paths for sidecars name, by the name of the path parameter. */
export async function makeSidecarPathRows(
  own: Pick<RowWorld<InternalCrew>, 'api' | 'crew'>,
  routes: readonly Route[],
): Promise<Record<string, string>> {
  return makeRows(own, routes, (await loadMakers()).ofSidecars);
}

async function makeRows<Crew extends ApiCrew>(
  { api, crew }: Pick<RowWorld<Crew>, 'api' | 'crew'>,
  routes: readonly Route[],
  makers: ReadonlyMap<string, RowMaker<Crew>>,
): Promise<Record<string, string>> {
  const made = new Map<string, Promise<string>>();
  const world: RowWorld<Crew> = {
    api,
    crew,
    id(parameter) {
      const maker = makers.get(parameter) ?? undeclared(parameter);
      const id = made.get(parameter) ?? Promise.resolve(maker(world));
      made.set(parameter, id);
      return id;
    },
    async post(url, payload, status = 201) {
      const answer = await api.call(crew.owner.token, { method: 'POST', url, payload });
      return expectStatus<{ id: string }>(answer, status).id;
    },
    async insert(statement, id = newId()) {
      await api.database.transaction({ workspaceIds: [crew.workspaceId] }, (tx) => tx.execute(statement(id)));
      return id;
    },
  };
  const ids: Record<string, string> = {};
  for (const parameter of routes.flatMap(({ url }) => parametersOf(url))) ids[parameter] = await world.id(parameter);
  return ids;
}

/** What a public path names, in the words that its 404 uses. */
export function wordsOf(url: string): string[] {
  const declared = new Map(features.flatMap(({ pathRows }: Feature) => Object.entries(pathRows ?? {})));
  return parametersOf(url).map((parameter) => declared.get(parameter) ?? undeclared(parameter));
}

/** A path with its parameters filled in. */
export function fillPath(url: string, ids: Readonly<Record<string, string>>): string {
  return fillParameters(url, (name) => ids[name] ?? undeclared(name));
}
