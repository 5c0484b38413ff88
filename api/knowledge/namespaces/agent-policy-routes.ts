import { z } from 'zod';
import { saveDocument } from '../../../commands/kernel/config-documents/save-document.ts';
import { resolveAgent } from '../../../db/crews/agents/agents-store.ts';
import { listAgentPolicies, unknownNamespaces } from '../../../db/knowledge/namespaces/namespaces-store.ts';
import { DOCUMENT_KINDS } from '../../../domain/instance/config-documents/document-kinds.ts';
import { createDocumentRegistry } from '../../../domain/instance/config-documents/document-registry.ts';
import { invalidField } from '../../../domain/kernel/errors/crewship-error.ts';
import { AGENT_POLICY } from '../../../domain/knowledge/namespaces/agent-policy-kind.ts';
import { pageHeaders } from '../../http/kernel/pagination.ts';
import { defineRoute, ok, type Route } from '../../http/kernel/route.ts';
import { namespacesQuery, policiesAnswer, policyAnswer, policyBody, policyParams } from './namespace-schemas.ts';
import type { KnowledgeDeps } from './on-knowledge.ts';

const registry = createDocumentRegistry(z, DOCUMENT_KINDS);

/** What agents reach of a workspace’s knowledge: docs/contracts/knowledge.md, Agents. */
export function createAgentPolicyRoutes({ database }: KnowledgeDeps): Route[] {
  const common = {
    tags: ['Administration'],
    authority: { access: 'member', action: 'manage', scope: 'workspace:admin' },
  } as const;
  const url = '/api/v1/auth/agent-namespace-policies';
  return [
    defineRoute({
      ...common,
      method: 'GET',
      url,
      operationId: 'listAgentPolicies',
      summary: 'List which namespaces of knowledge agents reach',
      description: 'Of agents of which something was said; the others read `team` and write nothing.',
      query: namespacesQuery,
      responses: { 200: policiesAnswer },
      handler: async (ctx) => {
        const { limit, offset } = ctx.query;
        const page = await listAgentPolicies(database.reads, ctx.workspace.id, ctx.query);
        const body = { items: page.rows, total: page.total, limit, offset };
        return ok(body, pageHeaders(ctx.request.url, ctx.query, page));
      },
    }),
    defineRoute({
      ...common,
      method: 'PUT',
      url: `${url}/:agentId`,
      operationId: 'putAgentPolicy',
      summary: 'Say which namespaces of knowledge an agent reaches, in place of what was said',
      description: 'Earlier versions are kept.',
      params: policyParams,
      body: policyBody,
      responses: { 200: policyAnswer },
      errors: ['version_conflict', 'ambiguous_reference'],
      handler: async (ctx) => {
        const { version, ...body } = ctx.body;
        const agent = await resolveAgent(database.reads, ctx.workspace.id, ctx.params.agentId);
        const unknown = await unknownNamespaces(database.reads, ctx.workspace.id, [...body.read, ...body.write]);
        for (const list of ['read', 'write'] as const) {
          const index = body[list].findIndex((name) => unknown.includes(name));
          if (index >= 0) throw invalidField(`${list}.${index}`, 'is no namespace of the workspace');
        }
        return ctx.write(async (tx) => {
          const ref = { workspaceId: ctx.workspace.id, kind: AGENT_POLICY, key: agent.id };
          const saved = await saveDocument(tx, registry, { ...ref, body, version, actor: ctx.actor });
          const named = { agent_id: agent.id, agent_name: agent.slug };
          return ok({ ...named, ...body, version: saved.version, updated_at: saved.updatedAt });
        });
      },
    }),
  ];
}
