import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { ScanStatus, SkillSource } from './skill.ts';

type Named = { readonly skill_id: string; readonly slug: string };

export const skillEntries = {
  'skill.created': entryKind<
    Named & { readonly source: SkillSource; readonly version: number; readonly scan_status: ScanStatus }
  >(),
  /** `version` is another one when agents are told something else. */
  'skill.updated': entryKind<Named & { readonly version: number; readonly changed_fields: readonly string[] }>(),
  /** Beside the entry of its making or change. */
  'skill.imported': entryKind<
    Named & {
      readonly created: boolean;
      readonly version: number;
      readonly spdx_license: string | null;
      readonly unsafe_license: boolean;
    }
  >(),
  'skill.deleted': entryKind<Named>(),
  'skill.assigned': entryKind<Named & { readonly assignment_id: string }>(),
  'skill.unassigned': entryKind<Named & { readonly assignment_id: string }>(),
};
