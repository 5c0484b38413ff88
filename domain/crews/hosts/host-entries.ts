import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { Host } from './host.ts';

type Lost = { readonly last_heartbeat_at: string };
type Back = { readonly lost_at: string };
type Disk = { readonly total_bytes: number; readonly free_bytes: number };
type OfHost = { readonly host_id: string };

/** `host.*` are the instance's, `crew.*` those of each crew of a host. */
export const hostEntries = {
  'host.status_change': entryKind<{ readonly from: Host['status']; readonly to: Host['status'] }>(),
  'host.lost': entryKind<Lost>(),
  'host.back': entryKind<Back>(),
  /** It has so little room on its disk that no attempt begins there; `disk_ok`: it has room again. */
  'host.disk_low': entryKind<Disk>(),
  'host.disk_ok': entryKind<Disk>(),
  'crew.host_disk_low': entryKind<OfHost & Disk>(),
  'crew.host_disk_ok': entryKind<OfHost & Disk>(),
  'crew.host_lost': entryKind<OfHost & Lost>(),
  'crew.host_back': entryKind<OfHost & Back>(),
  'crew.moved': entryKind<{
    readonly from_host_id: string | null;
    readonly to_host_id: string;
    readonly lost_run_ids: readonly string[];
    readonly moved_runs: number;
    readonly generation: number;
  }>(),
};
