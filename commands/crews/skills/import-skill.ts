import { sql } from '../../../db/kernel/sql.ts';
import type { Tx } from '../../../db/kernel/transaction.ts';
import { isPermissive, spdxOf } from '../../../domain/crews/skills/judge-skill.ts';
import type { Skill, SkillFields, SkillFile } from '../../../domain/crews/skills/skill.ts';
import { fieldsOfMembers } from '../../../domain/crews/skills/skill-members.ts';
import type { Actor } from '../../../domain/kernel/access/authority.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { skillSlugRefusal } from '../../../domain/crews/skills/skill-slug.ts';
import { slugFromName } from '../../../domain/people/workspaces/slug.ts';
import { readFrontMatter } from '../../../platform/front-matter/front-matter.ts';
import { checkSkill, createSkill, type SkillCaller, type SkillOrigin, updateSkill } from './skill-commands.ts';

/** A skill as it was read from somewhere, not yet kept. */
export interface ReadSkill {
  readonly fields: SkillFields;
  readonly slug: string;
  readonly files: readonly SkillFile[];
  readonly origin: SkillOrigin;
  /** Whether its license binds what is made with it, or is not known. */
  readonly isUnsafe: boolean;
}

/**
 * Reads a SKILL.md with what stands beside it. `license`: what the files around it say where it says nothing that is
 * known. Throws `invalid_request` for what is no skill, holds a secret, or has a license that `allowUnsafe` does not
 * let pass.
 */
export function readSkill(
  document: string,
  around: { readonly files: readonly SkillFile[]; readonly license: string | null; readonly origin: SkillOrigin },
  allowUnsafe: boolean,
): ReadSkill {
  const read = readFrontMatter(document);
  if (read === null)
    throw invalidField('content', 'must be Markdown, with plain YAML between lines of dashes above it');
  const { slug: named, ...given } = fieldsOfMembers(read.members, read.body);
  const license = spdxOf(given.license) === null && around.license !== null ? around.license : given.license;
  const fields = { ...given, license };
  const slug = named ?? slugFromName(fields.name, '');
  const refusal = skillSlugRefusal(slug);
  if (refusal !== null) throw invalidField('content', `\`name\` makes no slug: it ${refusal}`);
  checkSkill(fields, around.files);
  const isUnsafe = !isPermissive(spdxOf(license));
  if (isUnsafe && !allowUnsafe) {
    throw invalidField(
      'license',
      `${license === null ? 'none is named' : 'is not a permissive one'}: allow_unsafe_license takes it`,
    );
  }
  return { fields, slug, files: around.files, origin: around.origin, isUnsafe };
}

/**
 * Keeps a skill that was read. One that came from the same place before is changed by it; of any other the slug is
 * taken. Throws `conflict`, `limit_reached`.
 */
export async function keepSkill(
  tx: Tx,
  caller: SkillCaller,
  { fields, slug, files, origin, isUnsafe }: ReadSkill,
  actor: Actor,
): Promise<{ readonly skill: Skill; readonly created: boolean }> {
  const earlier =
    origin.url === null
      ? null
      : await tx.maybeOne<{ id: string }>(sql`
        SELECT id FROM skills WHERE workspace_id = ${caller.workspaceId} AND slug = ${slug}
          AND source_url = ${origin.url} AND deleted_at IS NULL`);
  const skill =
    earlier === null
      ? await createSkill(tx, caller, { ...fields, slug, files }, actor, origin)
      : await updateSkill(tx, caller, earlier.id, { ...fields, files }, actor, { revision: origin.revision });
  tx.journal({
    type: 'skill.imported',
    severity: isUnsafe ? 'warn' : 'info',
    actor,
    workspaceId: caller.workspaceId,
    targetType: 'skill',
    targetId: skill.id,
    summary: `skill ${slug} imported`,
    payload: {
      skill_id: skill.id,
      slug,
      created: earlier === null,
      version: skill.version,
      spdx_license: skill.spdx_license,
      unsafe_license: isUnsafe,
    },
  });
  return { skill, created: earlier === null };
}
