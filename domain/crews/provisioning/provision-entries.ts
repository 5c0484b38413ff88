import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { BuildStep } from './build-spec.ts';

type OfJob = { readonly job_id: string };
type Failure = { readonly error_code: string; readonly error: string };

export const provisionEntries = {
  'provisioning.queued': entryKind<
    OfJob & {
      readonly config_hash: string;
      readonly reason: string;
      readonly fresh: boolean;
      readonly build_id: string | null;
    }
  >(),
  'provisioning.building': entryKind<
    OfJob & { readonly config_hash: string; readonly host_id: string; readonly n: number }
  >(),
  'provisioning.step': entryKind<OfJob & { readonly step: number; readonly total: number; readonly name: BuildStep }>(),
  'provisioning.complete': entryKind<
    OfJob & {
      readonly cached_image: string | null;
      readonly image_id: string | null;
      readonly config_hash: string;
      readonly built: boolean;
      readonly source?: string | null;
    }
  >(),
  'provisioning.failed': entryKind<OfJob & Failure>(),
  'provisioning.cancelled': entryKind<OfJob & (Failure | { readonly reason: string })>(),
  /** In the instance's stream, once a build. */
  'provisioning.build_failed': entryKind<{
    readonly host_id: string;
    readonly config_hash: string;
    readonly n: number;
    readonly step: BuildStep | null;
    readonly error_code: string;
  }>(),
  'provisioning.image_removed': entryKind<{
    readonly tag: string | null;
    readonly config_hash: string;
    readonly image_id: string;
    readonly host_id: string;
    readonly reason: 'requested' | 'unreferenced';
  }>(),
};
