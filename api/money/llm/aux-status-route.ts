import { z } from 'zod';
import { readEffectiveDocument } from '../../../db/instance/config-documents/config-documents-store.ts';
import { listSettings } from '../../../db/instance/settings/settings-store.ts';
import type { Database } from '../../../db/kernel/database.ts';
import { findWorkingCredentials } from '../../../db/money/llm/model-credentials.ts';
import { getGovernance } from '../../../db/vault/keeper/keeper-governance-store.ts';
import { INSTANCE_KEYS, type LlmConfig, modelsFor, type ModelTarget } from '../../../domain/money/llm/llm-config.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';

const auxAnswer = z.object({
  subsystems: z.array(
    z.object({
      id: z.enum(['keeper', 'embeddings']),
      label: z.string(),
      provider: z.string().nullable(),
      model: z.string().nullable(),
      timeout_ms: z.int(),
      source: z.enum(['explicit', 'fallback', 'unconfigured']),
      healthy: z.boolean().describe('the model has a key that would work'),
      detail: z.string().describe('what is missing; empty where nothing is'),
      reachable: z.null().describe('nobody is called to find out'),
    }),
  ),
});

type Subsystem = z.input<typeof auxAnswer>['subsystems'][number];
type Chosen = { readonly target: ModelTarget; readonly isExplicit: boolean } | null;

const EMBEDDING_TIMEOUT_MS = 60_000;

/** The parts of the control plane that call models themselves: docs/contracts/system.md, Runtime and daemon. */
export function createAuxStatusRoute(deps: { readonly database: Pick<Database, 'reads' | 'systemReads'> }): Route[] {
  const { database } = deps;

  async function keysOf(workspaceId: string, chosen: readonly Chosen[], isOwn: boolean) {
    const ids = chosen.flatMap((one) => one?.target.credential_id ?? []);
    const [working, settings] = await Promise.all([
      findWorkingCredentials(database.reads, workspaceId, ids),
      listSettings(database, null),
    ]);
    const instanceKeys = new Set(settings.map(({ key }) => key));
    return ({ provider, credential_id: credentialId }: ModelTarget): string => {
      if (credentialId !== null) return isOwn && working.has(credentialId) ? '' : 'its credential does not work';
      if (provider === 'openai_compatible' || instanceKeys.has(INSTANCE_KEYS[provider])) return '';
      return 'neither it nor the instance has a key';
    };
  }

  return [
    defineRoute({
      method: 'GET',
      url: '/api/v1/system/aux-status',
      operationId: 'getAuxStatus',
      summary: 'Whether the parts of Crewship that call models themselves could',
      tags: ['System'],
      authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
      responses: { 200: auxAnswer },
      handler: async (ctx) => {
        const { id } = ctx.workspace;
        const [found, { judge_timeout_seconds: judgeSeconds }] = await Promise.all([
          readEffectiveDocument(database, { workspaceId: id, kind: 'llm', key: '' }),
          getGovernance(database.reads, id),
        ]);
        // What was written passed the schema.
        const config = (found?.body ?? null) as unknown as LlmConfig | null;
        const judge = config === null ? null : modelsFor(config, { purpose: 'keeper' });
        const keeper: Chosen = judge === null ? null : { target: judge.targets[0]!, isExplicit: judge.isRouted };
        const embeddings: Chosen =
          (config?.embeddings ?? null) === null ? null : { target: config!.embeddings!, isExplicit: true };
        const missingOf = await keysOf(id, [keeper, embeddings], found?.source === 'workspace');
        const shown = (part: Pick<Subsystem, 'id' | 'label' | 'timeout_ms'>, chosen: Chosen): Subsystem => {
          const detail = chosen === null ? 'no model is configured' : missingOf(chosen.target);
          return {
            ...part,
            provider: chosen?.target.provider ?? null,
            model: chosen?.target.model ?? null,
            source: chosen === null ? 'unconfigured' : chosen.isExplicit ? 'explicit' : 'fallback',
            healthy: detail === '',
            detail,
            reachable: null,
          };
        };
        return ok({
          subsystems: [
            shown({ id: 'keeper', label: 'Keeper', timeout_ms: judgeSeconds * 1_000 }, keeper),
            shown({ id: 'embeddings', label: 'Embeddings', timeout_ms: EMBEDDING_TIMEOUT_MS }, embeddings),
          ],
        });
      },
    }),
  ];
}
