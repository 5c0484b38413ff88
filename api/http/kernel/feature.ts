import type { FamilyRules } from '../../../domain/kernel/realtime/events-of-entry.ts';
import type { Route } from './route.ts';

/** Makes routes of what they need; `createMissionRoutes` is one. */
export type RouteMaker = (deps: never) => Route[];

/** All that a feature brings to the API. Its `x-feature.ts` declares it, and `api/features.ts` lists it. */
export interface Feature {
  /** Name of the feature’s folder, in every layer. */
  readonly name: string;
  /** For the public listener. */
  readonly routes?: readonly RouteMaker[];
  /** For crews' sidecars. */
  readonly sidecarRoutes?: readonly RouteMaker[];
  /** What sockets hear of its journal entries. */
  readonly events?: FamilyRules;
  /** What the path parameters that the feature introduces name, as its 404 calls it: `{ missionId: 'mission' }`. */
  readonly pathRows?: PathRows;
  /** The same for those that name something in paths for sidecars only. */
  readonly sidecarPathRows?: PathRows;
}

/** What is named, by the name of the path parameter. */
export type PathRows = Readonly<Record<string, string>>;

/** Declares a feature; what its routes need follows from their makers. */
export function defineFeature<const F extends Feature>(feature: F): F {
  return feature;
}

/** What all these makers together need. */
type NeedsOf<Maker> = (Maker extends (deps: infer Needs) => Route[] ? (needs: Needs) => void : never) extends (
  needs: infer All,
) => void
  ? All
  : never;

type MakersOf<F, List extends 'routes' | 'sidecarRoutes'> =
  F extends Readonly<Record<List, readonly (infer Maker)[]>> ? Maker : never;

/** What the public routes of these features need. */
export type PublicDeps<F extends Feature> = NeedsOf<MakersOf<F, 'routes'>>;

/** What the routes of these features for sidecars need. */
export type InternalDeps<F extends Feature> = NeedsOf<MakersOf<F, 'sidecarRoutes'>>;

/** Every route of the public listener: a route of no feature does not exist. */
export function publicRoutes<F extends Feature>(features: readonly F[], deps: PublicDeps<F>): Route[] {
  return features.flatMap(({ routes = [] }) => make(routes, deps));
}

/** Every route that crews' sidecars may call: a route of no feature does not exist. */
export function internalRoutes<F extends Feature>(features: readonly F[], deps: InternalDeps<F>): Route[] {
  return features.flatMap(({ sidecarRoutes = [] }) => make(sidecarRoutes, deps));
}

function make(makers: readonly RouteMaker[], deps: unknown): Route[] {
  // Those who pass them have been asked for what all makers need.
  return makers.flatMap((maker) => maker(deps as never));
}
