import type { EgressFilter } from '../../containers/egress-filter.ts';
import { LABEL } from '../../containers/crew-container-options.ts';
import type { BuildSpec } from '../../../../domain/crews/provisioning/build-spec.ts';
import type { FeatureMetadata } from '../../../../domain/crews/provisioning/feature-metadata.ts';
import type { FeatureOptions } from '../../../../domain/crews/provisioning/read-devcontainer-config.ts';
import type { DockerClient } from '../../../../platform/docker/docker-client.ts';
import type { CaBundle } from '../../../../platform/provisioning/ca-bundle.ts';
import type { OciClient, RegistryCredentials } from '../../../../platform/oci/oci-client.ts';
import type { RegistryPlaces } from '../../../../platform/oci/registry-places.ts';
import type { RegistryMirrors } from '../../../../platform/oci/oci-reference.ts';

/** What the operator decides about builds on this host. */
export interface BuildSettings {
  readonly stackId: string;
  readonly mirrors: RegistryMirrors;
  /** `always`: a base image is pulled although it is here, so that nobody gets what only others may read. */
  readonly pullPolicy: 'always' | 'missing';
  readonly memoryMb: number;
  readonly cpus: number;
  /** Mounted while it builds, and no part of the image. */
  readonly caBundle: CaBundle;
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` of builds; no part of the image. */
  readonly proxyEnv?: Readonly<Record<string, string>>;
  /** More of the same for mise: mirrors of its sources. */
  readonly miseEnv?: Readonly<Record<string, string>>;
  /** IPv4 network that builds' own networks are cut from. */
  readonly networkPool: string;
}

export interface BuildDeps {
  readonly docker: DockerClient;
  readonly registry: OciClient;
  readonly registryPlaces: RegistryPlaces;
  /** mise on this host, mounted while tools are installed; undefined: crews that pin tools can't be built here. */
  readonly mise: { readonly binary: string } | undefined;
  readonly settings: BuildSettings;
  readonly egressFilter: Pick<EgressFilter, 'ensure'>;
}

export interface BuildTarget {
  /** Of this one build: the next build of the same hash has another. */
  readonly buildId: string;
  readonly configHash: string;
  readonly spec: BuildSpec;
}

/** What every step is called with. */
export interface BuildRun {
  /** Ends the call, by rejecting with its reason, and not what runs in the container: the next call follows it. */
  readonly signal: AbortSignal;
  /** A line of output, scrubbed. A step that is called again gives its lines again from its first one. */
  readonly onLog: (line: string) => void;
  /** By the host that they are sent to (`ghcr.io`, `127.0.0.1:5000`). */
  readonly credentials?: RegistryCredentials;
}

/** A feature to install, as it was found: plain JSON, so that the steps after `validate` may be given it from a row. */
export interface ResolvedFeature {
  /** With the version that was asked for. */
  readonly ref: string;
  /** Of its manifest. */
  readonly digest: string;
  /** As given, without defaults. */
  readonly options: FeatureOptions;
  readonly metadata: FeatureMetadata;
}

export type BuildErrorCode =
  /** The configuration asks for what cannot be had: the message names it. */
  | 'invalid_config'
  | 'feature_not_found'
  | 'feature_cycle'
  | 'invalid_feature'
  | 'image_not_found'
  | 'wrong_architecture'
  | 'registry_denied'
  | 'registry_unavailable'
  | 'mise_missing'
  /** Something that ran in the container ended with another code than 0: the log has its words. */
  | 'feature_failed'
  | 'mise_failed'
  | 'post_create_failed'
  /** The container, or what ran in it, was killed: the build begins again with `install-features`. */
  | 'container_lost';

const RETRYABLE: readonly BuildErrorCode[] = ['registry_unavailable', 'container_lost'];

/** A build cannot go on. The message is for people and quotes nothing that ran in the container. */
export class BuildError extends Error {
  readonly code: BuildErrorCode;
  /** Whether the same call may succeed later. `container_lost`: after `install-features` again. */
  readonly retryable: boolean;

  constructor(code: BuildErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options);
    this.name = 'BuildError';
    this.code = code;
    this.retryable = options.retryable ?? RETRYABLE.includes(code);
  }
}

export const BUILD_LABEL = {
  /** `provision` on build containers; empty on images, which inherit it. */
  temp: 'crewship.temp',
  build: LABEL.build,
  configHash: 'crewship.config_hash',
  stack: 'crewship.stack',
  /** `ImageExtras` as JSON. */
  extras: 'crewship.image',
} as const;
