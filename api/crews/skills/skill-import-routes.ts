import { fieldsOfDraft, skillDraft, skillQuestion } from '../../../commands/crews/skills/generate-skill.ts';
import { keepSkill, readSkill } from '../../../commands/crews/skills/import-skill.ts';
import { createSkill, slugTaken } from '../../../commands/crews/skills/skill-commands.ts';
import { skillsOfTree } from '../../../commands/crews/skills/skills-of-tree.ts';
import type { LlmClient } from '../../../commands/money/llm/llm-client.ts';
import { readOwnSlugs } from '../../../db/crews/skills/skills-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { MAX_SKILL_CONTENT_BYTES } from '../../../domain/crews/skills/skill.ts';
import { CrewshipError, invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { skillSlugRefusal } from '../../../domain/crews/skills/skill-slug.ts';
import { fetchGitTree } from '../../../platform/git/fetch-git-tree.ts';
import type { GuardedClient } from '../../../platform/guarded-http/guarded-client.ts';
import type { OutboundPlace } from '../../../platform/guarded-http/guarded-dispatcher.ts';
import { placeOf } from '../../../platform/guarded-http/outbound-place.ts';
import { createImportPlaces } from './import-places.ts';
import { created, defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import {
  bulkImportAnswer,
  bulkImportBody,
  generateBody,
  generatedAnswer,
  importBody,
  importedAnswer,
  importParams,
} from './skill-import-schemas.ts';

const FETCH_MS = 20_000;

/** Skills that come from elsewhere: docs/contracts/skills.md, Imports. */
export function createSkillImportRoutes(deps: {
  readonly database: Pick<Database, 'reads'>;
  readonly outbound: Pick<GuardedClient, 'send'>;
  readonly outboundAllowed: readonly OutboundPlace[];
  readonly llm: Pick<LlmClient, 'completeObject'>;
}): Route[] {
  const { outbound, llm } = deps;
  const { reads } = deps.database;
  const places = createImportPlaces();
  const tags = ['Skills'];
  const write = { access: 'member', action: 'create', scope: 'skills:write' } as const;
  const base = '/api/v1/workspaces/:workspaceId/skills';

  /** What nobody may change on its way: https, but for the operator's own places. */
  function refuseOpen(field: string, url: string): void {
    const { host, port } = placeOf(url);
    if (url.startsWith('https:')) return;
    if (deps.outboundAllowed.some((place) => place.host === host && place.port === port)) return;
    throw invalidField(field, 'must be an https URL');
  }

  async function fetchDocument(url: string, share: string): Promise<string> {
    refuseOpen('url', url);
    const answer = await outbound.send({
      url,
      headers: { accept: 'text/markdown,text/plain,*/*' },
      ...{ timeoutMs: FETCH_MS, limitBytes: MAX_SKILL_CONTENT_BYTES, share },
    });
    if (answer.status !== 200) {
      answer.discard();
      const host = new URL(answer.url).host;
      const extensions = { host, reason: 'answer' };
      throw new CrewshipError('egress_failed', `${host} answered with status ${answer.status}`, { extensions });
    }
    return answer.text();
  }

  return [
    defineRoute({
      method: 'POST',
      url: `${base}/import`,
      operationId: 'importSkill',
      summary: 'Make a skill of a SKILL.md that is given or fetched',
      description:
        'Of one that came from the same URL before, another state of it. A license that is not permissive, or not ' +
        'known, is a 400 that names `license`.',
      tags,
      authority: write,
      params: importParams,
      body: importBody,
      responses: { 201: importedAnswer },
      errors: ['conflict', 'limit_reached', 'address_refused', 'egress_failed'],
      isLongLived: true,
      handler: async (ctx) => {
        const earlier = await ctx.earlier();
        if (earlier !== null) return earlier;
        return places.share(ctx.workspace.id, async () => {
          const { url = null, content, allow_unsafe_license: allowUnsafe } = ctx.body;
          const document = content ?? (await fetchDocument(url!, ctx.workspace.id));
          const origin = { source: url === null ? 'CUSTOM' : 'URL', url, revision: null } as const;
          const read = readSkill(document, { files: [], license: null, origin }, allowUnsafe);
          const caller = { workspaceId: ctx.workspace.id, role: ctx.workspace.role, userId: ctx.principal.userId };
          return ctx.write(async (tx) => {
            const kept = await keepSkill(tx, caller, read, ctx.actor);
            const { id, name, slug } = kept.skill;
            return created({ skill_id: id, name, slug, created: kept.created });
          });
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${base}/bulk-import`,
      operationId: 'importSkills',
      summary: 'Make skills of the folders with a SKILL.md in a git repository',
      description:
        'Read by git’s protocol over https, without its history; links and other repositories in it are left out. ' +
        'What cannot be taken is in `skipped`, with why. All that can is taken at once, or nothing.',
      tags,
      authority: write,
      params: importParams,
      body: bulkImportBody,
      responses: { 200: bulkImportAnswer },
      errors: ['conflict', 'limit_reached', 'address_refused', 'egress_failed', 'not_found'],
      isLongLived: true,
      handler: async (ctx) => {
        const earlier = await ctx.earlier();
        if (earlier !== null) return earlier;
        return places.shareRepository(ctx.workspace.id, async () => {
          const { git_url: url, git_ref: ref, paths, vendor = null, dry_run: isDry } = ctx.body;
          refuseOpen('git_url', url);
          const tree = await fetchGitTree(outbound, { url, ref, share: ctx.workspace.id });
          const allowUnsafe = ctx.body.allow_unsafe_license;
          const read = await skillsOfTree(tree, { url, paths, vendor, allowUnsafe });
          const own = await readOwnSlugs(
            reads,
            ctx.workspace.id,
            read.skills.map(({ slug }) => slug),
          );
          // A slug that another skill of the workspace has is its own.
          const isTaken = (skill: (typeof read.skills)[number]) =>
            own.some(({ slug, source_url: from }) => slug === skill.slug && from !== skill.origin.url);
          const taken = read.skills.filter(isTaken);
          const skipped = [
            ...read.skipped,
            ...taken.map(({ path, slug }) => ({ path, slug, reason: 'another skill of the workspace has this slug' })),
          ];
          const said = {
            source: { url, revision: tree.revision },
            dry_run: isDry,
            total_found: read.found,
            skipped,
            truncated: read.truncated,
          };
          const caller = { workspaceId: ctx.workspace.id, role: ctx.workspace.role, userId: ctx.principal.userId };
          const wanted = read.skills.filter((skill) => !isTaken(skill));
          return ctx.write(async (tx) => {
            const imported = [];
            for (const skill of wanted) {
              const { path, slug, fields } = skill;
              const kept = isDry ? null : await keepSkill(tx, caller, skill, ctx.actor);
              imported.push({
                ...{ path, slug, name: fields.name },
                skill_id: kept?.skill.id ?? null,
                created: kept?.created ?? null,
              });
            }
            return ok({ ...said, total_imported: isDry ? 0 : imported.length, imported });
          });
        });
      },
    }),
    defineRoute({
      method: 'POST',
      url: `${base}/generate`,
      operationId: 'generateSkill',
      summary: 'Have a model write a skill',
      description:
        'The model is what the configuration of models says for the purpose `skill`. The skill is EXPERIMENTAL, of ' +
        'the source GENERATED, and given to nobody.',
      tags,
      authority: { ...write, capability: 'skill.create' },
      params: importParams,
      body: generateBody,
      responses: { 201: generatedAnswer },
      errors: [
        'conflict',
        'limit_reached',
        'llm_not_configured',
        'llm_failed',
        'credential_missing',
        'budget_exceeded',
      ],
      isLongLived: true,
      handler: async (ctx) => {
        const earlier = await ctx.earlier();
        if (earlier !== null) return earlier;
        return places.share(ctx.workspace.id, async () => {
          const { slug, prompt } = ctx.body;
          const refusal = skillSlugRefusal(slug);
          if (refusal !== null) throw invalidField('slug', refusal);
          const caller = { workspaceId: ctx.workspace.id, role: ctx.workspace.role, userId: ctx.principal.userId };
          // A model is not paid for what cannot be kept.
          if ((await readOwnSlugs(reads, caller.workspaceId, [slug])).length > 0) {
            throw slugTaken(slug);
          }
          const { workspaceId, userId } = caller;
          const asking = { workspaceId, userId, purpose: 'skill', requestId: ctx.requestId };
          const { value } = await llm.completeObject(asking, skillQuestion(prompt), skillDraft);
          const fields = { ...fieldsOfDraft(value), slug };
          const origin = { source: 'GENERATED', url: null, revision: null } as const;
          return ctx.write(async (tx) => {
            const skill = await createSkill(tx, caller, fields, ctx.actor, origin);
            const { id, content, scan_status: status, scan_findings: findings, description_quality: quality } = skill;
            const scanned = { scan_status: status, scan_reason: findings.length === 0 ? null : findings.join(', ') };
            return created({ skill_id: id, slug, content, ...scanned, description_quality: quality });
          });
        });
      },
    }),
  ];
}
