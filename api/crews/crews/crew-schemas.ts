import { z } from 'zod';
import { AUTONOMY_LEVELS } from '../../../domain/crews/autonomy/autonomy.ts';
import {
  CREW_COLORS,
  DEFAULT_CONTAINER_CPUS,
  DEFAULT_CONTAINER_MEMORY_MB,
  DEFAULT_CONTAINER_TTL_HOURS,
  NETWORK_MODES,
  normaliseDomain,
} from '../../../domain/crews/crews/crew.ts';
import {
  checkDevcontainerConfig,
  MAX_DEVCONTAINER_CONFIG_BYTES,
} from '../../../domain/crews/provisioning/devcontainer-config.ts';
import { checkMiseConfig, MAX_MISE_CONFIG_BYTES } from '../../../domain/crews/provisioning/mise-config.ts';
import type { FieldError } from '../../../domain/kernel/errors/crewship-error.ts';
import { clearableField, idField, nameField, refField, slugField, timeField } from '../../http/kernel/fields.ts';
import { pageQuery } from '../../http/kernel/pagination.ts';

const threshold = z.number().min(0).max(1).optional();

const escalationConfig = z
  .strictObject({ auto_approve_threshold: threshold, notify_threshold: threshold, require_approval_below: threshold })
  .refine(
    (config) =>
      config.auto_approve_threshold === undefined ||
      config.require_approval_below === undefined ||
      config.auto_approve_threshold > config.require_approval_below,
    { path: ['auto_approve_threshold'], message: 'must be above require_approval_below' },
  );

const allowedDomains = z
  .array(z.string().min(1).max(300))
  .max(200)
  .transform((domains, context) => {
    const hosts = domains.map((domain, index) => {
      const host = normaliseDomain(domain);
      if (host === null) context.addIssue({ code: 'custom', path: [index], message: 'is no host name or *.host' });
      return host ?? '';
    });
    return [...new Set(hosts)];
  })
  .describe('host or `*.host`; scheme, port and path are dropped; kept only in restricted mode');

/** A text with rules of its own, kept as it was written. `""` and null clear it. */
function configText(maxBytes: number, check: (text: string) => readonly FieldError[], description: string) {
  return clearableField(maxBytes)
    .superRefine((text, context) => {
      for (const { path, message } of text === null ? [] : check(text)) {
        context.addIssue({ code: 'custom', path: path === '' ? [] : [path], message });
      }
    })
    .describe(description);
}

const optionalMembers = {
  description: clearableField(2_000).optional(),
  color: z.enum(CREW_COLORS).nullable().optional(),
  icon: clearableField(64).optional(),
  avatar_style: clearableField(64).optional(),
  container_memory_mb: z
    .int()
    .min(0)
    .max(262_144)
    .refine((value) => value === 0 || value >= 6, 'must be 0 or at least 6')
    .transform((value) => (value === 0 ? DEFAULT_CONTAINER_MEMORY_MB : value))
    .describe('0: the default')
    .optional(),
  container_cpus: z
    .number()
    .min(0)
    .max(512)
    .refine((value) => value === 0 || value >= 0.01, 'must be 0 or at least 0.01')
    .transform((value) => (value === 0 ? DEFAULT_CONTAINER_CPUS : value))
    .describe('0: the default')
    .optional(),
  container_ttl_hours: z
    .number()
    .min(0)
    .max(87_600)
    .nullable()
    .transform((value) => value ?? DEFAULT_CONTAINER_TTL_HOURS)
    .describe('idle hours until the container stops; 0: never; null: the default')
    .optional(),
  network_mode: z.enum(NETWORK_MODES).optional(),
  allowed_domains: allowedDomains.optional(),
  runtime_image: clearableField(255)
    .pipe(
      z
        .string()
        .regex(/^[a-zA-Z0-9][a-zA-Z0-9._/:@-]*$/, 'must be an image reference')
        .nullable(),
    )
    .optional(),
  devcontainer_config: configText(
    MAX_DEVCONTAINER_CONFIG_BYTES,
    (text) => checkDevcontainerConfig(text).problems,
    'JSON with comments: image, features, lifecycle commands, mounts, mise and more; 403 when it is privileged and ' +
      'the workspace does not allow that',
  ).optional(),
  mise_config: configText(
    MAX_MISE_CONFIG_BYTES,
    checkMiseConfig,
    'JSON or TOML of tools and env; the same as `mise` in devcontainer_config, and not beside it',
  ).optional(),
  escalation_config: escalationConfig.nullable().optional(),
  issue_prefix: clearableField(10).optional(),
  max_ephemeral_agents: z.int().min(0).max(100).optional(),
  max_concurrent_runs: z.int().min(1).max(1_000).optional(),
  autonomy_level: z
    .enum(AUTONOMY_LEVELS)
    .describe('what its agents may do without a person; raising it takes ADMIN')
    .optional(),
  takes_integrator_tokens: z
    .boolean()
    .describe('whether sidecars of your own may speak for it with `crwv1` tokens; changing it takes ADMIN')
    .optional(),
};

export const newCrewBody = z.strictObject({ name: nameField(2, 100), slug: slugField, ...optionalMembers });
export const crewPatchBody = z.strictObject({
  name: nameField(2, 100).optional(),
  slug: slugField.optional(),
  ...optionalMembers,
});

export const crewAnswer = z.object({
  id: z.string(),
  workspace_id: z.string(),
  host_id: z.string().nullable(),
  host_status: z
    .enum(['up', 'draining', 'lost', 'full'])
    .nullable()
    .describe(
      'lost: nothing of the crew goes on until the host is back or the crew is moved; full: no attempt begins until ' +
        'there is room on its disk; null: no host yet',
    ),
  name: z.string(),
  slug: z.string(),
  description: z.string().nullable(),
  color: z.string().nullable(),
  icon: z.string().nullable(),
  avatar_style: z.string().nullable(),
  container_memory_mb: z.int(),
  container_cpus: z.number(),
  container_ttl_hours: z.number(),
  network_mode: z.enum(NETWORK_MODES),
  allowed_domains: z.array(z.string()),
  runtime_image: z.string().nullable(),
  devcontainer_config: z.string().nullable(),
  mise_config: z.string().nullable(),
  config_hash: z.string().nullable().describe('of its configuration; null: it has none'),
  cached_image: z.string().nullable().describe('the image that was built of its configuration'),
  escalation_config: z
    .object({ auto_approve_threshold: threshold, notify_threshold: threshold, require_approval_below: threshold })
    .nullable(),
  issue_prefix: z.string().nullable(),
  max_ephemeral_agents: z.int(),
  max_concurrent_runs: z.int(),
  autonomy_level: z.enum(AUTONOMY_LEVELS),
  takes_integrator_tokens: z.boolean(),
  held: z.boolean().describe('made by an agent and not approved: nothing runs in it'),
  paused_at: timeField.nullable().describe('since when it begins nothing: `POST …/unpause`'),
  container_status: z.enum(['stopped', 'starting', 'running', 'error']),
  container_error: z.string().nullable(),
  created_by: z.string().nullable(),
  created_at: timeField,
  updated_at: timeField,
  _count: z.object({ agents: z.int() }),
});

export const changedCrewAnswer = crewAnswer.extend({ warnings: z.array(z.string()) });
export const crewParams = z.object({ crewId: refField });
export const crewListQuery = z.object({ workspace_id: idField.optional(), ...pageQuery({ defaultLimit: 100 }) });
