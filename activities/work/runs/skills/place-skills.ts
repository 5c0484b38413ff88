import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type DeliveredSkill,
  type DeliveredSkills,
  skillDocument,
  SKILLS_FOLDER,
} from '../../../../domain/crews/skills/delivered-skill.ts';
import { isSkillPath } from '../../../../domain/crews/skills/skill-tree.ts';
import { type CrewHostDirs, checkedId, crewPaths } from '../../../crews/containers/crew-host-paths.ts';

/** What holds an attempt's skills, beside its input. */
export function skillsEntry(attemptId: string): string {
  return `${checkedId(attemptId)}.skills`;
}

/**
 * Where an attempt will have these skills in its container; null for none. The place follows from what they say: a
 * second try of the attempt, which may find other versions, does not change what a first one has started with.
 */
export function skillsOfAttempt(attemptId: string, skills: readonly DeliveredSkill[]): DeliveredSkills | null {
  if (skills.length === 0) return null;
  const hash = createHash('sha256');
  for (const skill of skills) {
    hash.update(JSON.stringify([skill.slug, skillDocument(skill), skill.files.length]));
    for (const { path: name, content, isExecutable } of skill.files) {
      hash.update(JSON.stringify([name, content.length, isExecutable])).update(content);
    }
  }
  return { root: `/inputs/${skillsEntry(attemptId)}/${hash.digest('hex').slice(0, 32)}`, skills };
}

/**
 * Writes an attempt's skills where agents read them and cannot change them: whole at once. The directory is the host's
 * alone, so nothing in it leads elsewhere. Idempotent.
 */
export async function placeSkills(
  dirs: CrewHostDirs,
  { crewId, attemptId }: { readonly crewId: string; readonly attemptId: string },
  { root, skills }: DeliveredSkills,
): Promise<void> {
  const parent = path.join(crewPaths(dirs, crewId).inputs, skillsEntry(attemptId));
  const target = path.join(parent, path.posix.basename(root));
  if (
    await stat(target).then(
      () => true,
      () => false,
    )
  )
    return;
  const staging = path.join(parent, `.${randomUUID()}`);
  try {
    for (const skill of skills) {
      const folder = path.join(staging, SKILLS_FOLDER, checkedId(skill.slug));
      await writeReadOnly(parent, path.join(folder, 'SKILL.md'), skillDocument(skill), false);
      for (const file of skill.files) {
        // Checked where it came in; here it becomes a path of the host's.
        if (!isSkillPath(file.path)) throw new TypeError('not a path of a skill');
        await writeReadOnly(parent, path.join(folder, file.path), file.content, file.isExecutable);
      }
    }
    await rename(staging, target);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    // Another try was faster.
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** Modes are set apart from the making, because the process's umask would take from them there. */
async function writeReadOnly(
  top: string,
  file: string,
  content: string | Uint8Array,
  isExecutable: boolean,
): Promise<void> {
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true });
  for (let made = folder; made.length >= top.length; made = path.dirname(made)) await chmod(made, 0o755);
  await writeFile(file, content, { flag: 'wx' });
  await chmod(file, isExecutable ? 0o555 : 0o444);
}

/** Removes what an attempt was given once it has ended. Idempotent. */
export async function discardSkills(
  dirs: CrewHostDirs,
  { crewId, attemptId }: { readonly crewId: string; readonly attemptId: string },
): Promise<void> {
  await rm(path.join(crewPaths(dirs, crewId).inputs, skillsEntry(attemptId)), { recursive: true, force: true });
}
