/** Written by `npm run openapi` from docs/openapi.json, and compared by `npm run check`. */

/** What each operation takes and gives, by its method and path. */
export interface Operations {
  /** Find the instance as an A2A agent */
  'GET /.well-known/agent-card.json': {
    readonly answer: {
      readonly capabilities: {
        readonly extendedAgentCard?: boolean;
        readonly pushNotifications?: boolean;
        readonly streaming?: boolean;
      } & { readonly [name: string]: unknown };
      readonly defaultInputModes: readonly string[];
      readonly defaultOutputModes: readonly string[];
      readonly description: string;
      readonly name: string;
      readonly securityRequirements: readonly ({ readonly [name: string]: unknown })[];
      readonly securitySchemes: { readonly [name: string]: { readonly [name: string]: unknown } };
      /** JWS over the canonical card, by a key that `jku` publishes */
      readonly signatures?: readonly {
        readonly protected: string;
        readonly signature: string;
      }[];
      readonly skills: readonly ({
        readonly description: string;
        readonly id: string;
        readonly name: string;
        readonly tags: readonly string[];
      } & { readonly [name: string]: unknown })[];
      /** where the protocol is spoken, the preferred one first */
      readonly supportedInterfaces: readonly ({
        readonly protocolBinding: string;
        readonly protocolVersion: string;
        readonly url: string;
      } & { readonly [name: string]: unknown })[];
      /** of the instance */
      readonly version: string;
    } & { readonly [name: string]: unknown };
  };
  /** Get the public keys that verify what the instance signed */
  'GET /.well-known/jwks.json': {
    readonly answer: {
      readonly keys: readonly {
        readonly alg: 'EdDSA';
        readonly crv: 'Ed25519';
        readonly kid: string;
        readonly kty: 'OKP';
        readonly use: 'sig';
        readonly x: string;
      }[];
    };
  };
  /** Speak A2A by JSON-RPC */
  'POST /a2a/v1': {
    readonly body: {
      readonly id?: string | number | null;
      readonly jsonrpc: '2.0';
      /** SendMessage, GetTask, … */
      readonly method: string;
      readonly params?: { readonly [name: string]: unknown };
    } & { readonly [name: string]: unknown };
    readonly answer: {
      readonly id: string | number | null;
      readonly jsonrpc: string;
    } & { readonly [name: string]: unknown };
    readonly events: true;
  };
  /** Get the card of the agents that the caller may talk to */
  'GET /a2a/v1/extendedAgentCard': {
    readonly answer: {
      readonly capabilities: {
        readonly extendedAgentCard?: boolean;
        readonly pushNotifications?: boolean;
        readonly streaming?: boolean;
      } & { readonly [name: string]: unknown };
      readonly defaultInputModes: readonly string[];
      readonly defaultOutputModes: readonly string[];
      readonly description: string;
      readonly name: string;
      readonly securityRequirements: readonly ({ readonly [name: string]: unknown })[];
      readonly securitySchemes: { readonly [name: string]: { readonly [name: string]: unknown } };
      /** JWS over the canonical card, by a key that `jku` publishes */
      readonly signatures?: readonly {
        readonly protected: string;
        readonly signature: string;
      }[];
      readonly skills: readonly ({
        readonly description: string;
        readonly id: string;
        readonly name: string;
        readonly tags: readonly string[];
      } & { readonly [name: string]: unknown })[];
      /** where the protocol is spoken, the preferred one first */
      readonly supportedInterfaces: readonly ({
        readonly protocolBinding: string;
        readonly protocolVersion: string;
        readonly url: string;
      } & { readonly [name: string]: unknown })[];
      /** of the instance */
      readonly version: string;
    } & { readonly [name: string]: unknown };
  };
  /** Send a message, and wait for its task to be over or to ask for something */
  'POST /a2a/v1/message:send': {
    readonly body: {
      readonly configuration?: { readonly [name: string]: unknown };
      readonly message: {
        readonly messageId: string;
        readonly parts: readonly ({ readonly [name: string]: unknown })[];
      } & { readonly [name: string]: unknown };
      /** `agent`: who answers; `project_id`: of a new session */
      readonly metadata?: { readonly [name: string]: unknown };
    } & { readonly [name: string]: unknown };
    readonly answer: {
      /** A2A Task */
      readonly task: {
        readonly contextId: string;
        readonly id: string;
        readonly status: { readonly [name: string]: unknown };
      } & { readonly [name: string]: unknown };
    } & { readonly [name: string]: unknown };
  };
  /** Send a message, and follow its task */
  'POST /a2a/v1/message:stream': {
    readonly body: {
      readonly configuration?: { readonly [name: string]: unknown };
      readonly message: {
        readonly messageId: string;
        readonly parts: readonly ({ readonly [name: string]: unknown })[];
      } & { readonly [name: string]: unknown };
      /** `agent`: who answers; `project_id`: of a new session */
      readonly metadata?: { readonly [name: string]: unknown };
    } & { readonly [name: string]: unknown };
    readonly events: true;
  };
  /** List tasks, the one that changed last first */
  'GET /a2a/v1/tasks': {
    readonly query?: {
      readonly contextId?: string;
      readonly status?: string;
      /** default: 50 */
      readonly pageSize?: number;
      readonly pageToken?: string;
      readonly historyLength?: number;
      readonly statusTimestampAfter?: string;
      readonly includeArtifacts?: 'true' | 'false';
    };
    readonly answer: {
      readonly nextPageToken: string;
      readonly pageSize: number;
      readonly tasks: readonly ({
        readonly contextId: string;
        readonly id: string;
        readonly status: { readonly [name: string]: unknown };
      } & { readonly [name: string]: unknown })[];
      readonly totalSize: number;
    } & { readonly [name: string]: unknown };
  };
  /** Get a task */
  'GET /a2a/v1/tasks/{turnId}': {
    readonly params: {
      readonly turnId: string;
    };
    readonly query?: {
      /** newest messages to return; default: all */
      readonly historyLength?: number;
    };
    readonly answer: {
      readonly contextId: string;
      readonly id: string;
      readonly status: { readonly [name: string]: unknown };
    } & { readonly [name: string]: unknown };
  };
  /** List who is called back about a task */
  'GET /a2a/v1/tasks/{turnId}/pushNotificationConfigs': {
    readonly params: {
      readonly turnId: string;
    };
    readonly answer: { readonly [name: string]: unknown };
  };
  /** Have somebody called back about a task */
  'POST /a2a/v1/tasks/{turnId}/pushNotificationConfigs': {
    readonly params: {
      readonly turnId: string;
    };
    readonly body?: { readonly [name: string]: unknown } | null;
    readonly answer: { readonly [name: string]: unknown };
  };
  /** Have nobody called back about a task */
  'DELETE /a2a/v1/tasks/{turnId}/pushNotificationConfigs/{configId}': {
    readonly params: {
      readonly turnId: string;
      readonly configId: string;
    };
    readonly answer: { readonly [name: string]: unknown };
  };
  /** Get who is called back about a task */
  'GET /a2a/v1/tasks/{turnId}/pushNotificationConfigs/{configId}': {
    readonly params: {
      readonly turnId: string;
      readonly configId: string;
    };
    readonly answer: { readonly [name: string]: unknown };
  };
  /** Cancel a task */
  'POST /a2a/v1/tasks/{turnId}:cancel': {
    readonly params: {
      readonly turnId: string;
    };
    readonly body?: { readonly [name: string]: unknown } | null;
    readonly answer: {
      readonly contextId: string;
      readonly id: string;
      readonly status: { readonly [name: string]: unknown };
    } & { readonly [name: string]: unknown };
  };
  /** Follow a task that goes on */
  'GET /a2a/v1/tasks/{turnId}:subscribe': {
    readonly params: {
      readonly turnId: string;
    };
    readonly events: true;
  };
  /** Follow a task that goes on */
  'POST /a2a/v1/tasks/{turnId}:subscribe': {
    readonly params: {
      readonly turnId: string;
    };
    readonly body?: { readonly [name: string]: unknown } | null;
    readonly events: true;
  };
  /** Sign in a browser with e-mail and password */
  'POST /api/auth/callback/credentials': {
    readonly body: {
      /** where the browser goes next: a path of this instance; anything else is the home page */
      readonly callbackUrl?: string;
      /** of `GET /api/auth/csrf` */
      readonly csrfToken: string;
      /** or the username */
      readonly email: string;
      /** an answer in JSON instead of a redirect */
      readonly json?: boolean;
      readonly password: string;
      /** `false`: the same */
      readonly redirect?: boolean;
    };
    readonly answer: {
      /** `CredentialsSignin` */
      readonly error: string | null;
      readonly ok: boolean;
      /** 401 when name and password do not belong together */
      readonly status: number;
      /** where the browser goes next */
      readonly url: string;
    };
  };
  /** Get the token that a sign-in form carries */
  'GET /api/auth/csrf': {
    readonly answer: {
      /** 64 hex characters */
      readonly csrfToken: string;
    };
  };
  /** What an error code of signing in means */
  'GET /api/auth/error': {
    readonly query?: {
      readonly error?: string;
    };
    readonly answer: {
      readonly error: string;
      readonly message: string;
    };
  };
  /** List the ways to sign in with a browser */
  'GET /api/auth/providers': {
    readonly answer: { readonly [name: string]: {
        readonly callbackUrl: string;
        readonly id: string;
        readonly name: string;
        readonly signinUrl: string;
        readonly type: string;
      } };
  };
  /** Who is signed in with this browser */
  'GET /api/auth/session': {
    readonly answer: {
      /** RFC 3339, UTC */
      readonly expires?: string;
      readonly user?: {
        readonly avatar_url: string | null;
        readonly email: string;
        readonly id: string;
        readonly name: string;
      };
    };
  };
  /** Go to the page where people sign in */
  'GET /api/auth/signin': {
    readonly query?: {
      /** where the browser goes next: a path of this instance; anything else is the home page */
      readonly callbackUrl?: string;
    };
    readonly answer: never;
  };
  /** Sign out a browser */
  'POST /api/auth/signout': {
    readonly body?: {
      /** where the browser goes next: a path of this instance; anything else is the home page */
      readonly callbackUrl?: string;
      readonly csrfToken?: string;
      readonly json?: boolean;
      readonly redirect?: boolean;
    } | null;
    readonly answer: {
      readonly url: string;
    };
  };
  /** Begin the thirty days of a browser’s session anew */
  'POST /api/auth/token/refresh': {
    readonly answer: {
      /** RFC 3339, UTC */
      readonly expires: string;
      readonly ok: true;
    };
  };
  /** Whether the API answers */
  'GET /api/health': {
    readonly answer: {
      readonly status: 'ok';
    };
  };
  /** Assignments, peer conversations and escalations across crews, newest first */
  'GET /api/v1/activity': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly crew_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_id: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string | null;
      /** slug of the agent that speaks */
      readonly from: string | null;
      readonly id: string;
      readonly mission_id: string | null;
      readonly status: string | null;
      readonly summary: string;
      /** slug of the agent that is spoken to; null: people */
      readonly to: string | null;
      readonly type: 'assignment' | 'peer_conversation' | 'escalation';
    }[];
  };
  /** Show how many answers of models are kept, and how often they were there */
  'GET /api/v1/admin/cache': {
    readonly answer: {
      /** by hits, at most 100 */
      readonly by_agent: readonly {
        /** null: calls for no agent */
        readonly agent_id: string | null;
        readonly bytes: number;
        readonly entries: number;
        readonly hits: number;
        readonly misses: number;
      }[];
      readonly bytes: number;
      readonly entries: number;
      /** hits of all that was looked up, 0 to 1; 0 where nothing was */
      readonly hit_rate: number;
      readonly hits: number;
      readonly misses: number;
    };
  };
  /** Drop kept answers of models */
  'POST /api/v1/admin/cache/invalidate': {
    readonly body: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      readonly all?: true;
      /** its name, or `provider/name` */
      readonly model?: string;
      /** answers to prompts that held words of it */
      readonly namespace?: string;
      readonly older_than_s?: number;
    };
    readonly answer: {
      readonly invalidated: number;
    };
  };
  /** List the deliveries of everybody in the workspace, newest first */
  'GET /api/v1/admin/deliveries': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: 'pending' | 'sending' | 'failed' | 'delivered' | 'dead' | 'skipped' | 'digested';
      readonly channel?: 'email' | 'webhook';
      readonly channel_id?: string;
      readonly notification_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** in all */
        readonly attempts: number;
        /** `staggered`: nobody had answered by the first channel */
        readonly cause: 'direct' | 'staggered';
        readonly channel: 'email' | 'webhook';
        /** of a webhook */
        readonly channel_id: string | null;
        /** why it failed, died or was skipped */
        readonly code: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** the delivery that tells it with others */
        readonly digest_id: string | null;
        /** when it is looked at next; null: it is settled */
        readonly due_at: string | null;
        /** also of the message: `webhook-id`, or in the mail’s `Message-ID` */
        readonly id: string;
        readonly notification_id: string | null;
        readonly purpose: 'notification' | 'digest' | 'test';
        /** of the receiver’s last answer */
        readonly response_status: number | null;
        readonly settled_at: string | null;
        readonly status: 'pending' | 'sending' | 'failed' | 'delivered' | 'dead' | 'skipped' | 'digested';
        /** of the notification */
        readonly type: string | null;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly user_id: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Ask for anybody’s delivery again, under its id */
  'POST /api/v1/admin/deliveries/{deliveryId}/replay': {
    readonly params: {
      readonly deliveryId: string;
    };
    readonly answer: {
      /** in all */
      readonly attempts: number;
      /** `staggered`: nobody had answered by the first channel */
      readonly cause: 'direct' | 'staggered';
      readonly channel: 'email' | 'webhook';
      /** of a webhook */
      readonly channel_id: string | null;
      /** why it failed, died or was skipped */
      readonly code: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the delivery that tells it with others */
      readonly digest_id: string | null;
      /** when it is looked at next; null: it is settled */
      readonly due_at: string | null;
      /** also of the message: `webhook-id`, or in the mail’s `Message-ID` */
      readonly id: string;
      readonly notification_id: string | null;
      readonly purpose: 'notification' | 'digest' | 'test';
      /** of the receiver’s last answer */
      readonly response_status: number | null;
      readonly settled_at: string | null;
      readonly status: 'pending' | 'sending' | 'failed' | 'delivered' | 'dead' | 'skipped' | 'digested';
      /** of the notification */
      readonly type: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly user_id: string;
    };
  };
  /** What the instance depends on, what waits in it, and this process */
  'GET /api/v1/admin/health': {
    readonly answer: {
      readonly checks: { readonly [name: string]: {
          readonly detail?: string;
          readonly ms: number;
          /** without it no request is accepted */
          readonly required: boolean;
          readonly status: 'ok' | 'down';
        } };
      readonly process: {
        readonly heap_used_mb: number;
        readonly resident_mb: number;
        readonly uptime_seconds: number;
      };
      readonly queues: {
        /** commands that were refused for good */
        readonly outbox_parked: number;
        /** commands that are to be carried out */
        readonly outbox_pending: number;
        /** runs that wait for a place */
        readonly runs_queued: number;
      };
      readonly status: 'ok' | 'degraded' | 'down';
    };
  };
  /** Get the newest checkpoint of the instance’s own journal */
  'GET /api/v1/admin/instance-journal/checkpoint': {
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Erase who somebody was from the journals of all workspaces */
  'POST /api/v1/admin/instance-journal/erase': {
    readonly body: {
      readonly actor_id: string;
      readonly actor_type: 'user' | 'agent';
    };
    readonly answer: {
      /** that no longer name them */
      readonly entries: number;
    };
  };
  /** The instance’s own journal with what proves it, as lines of JSON */
  'GET /api/v1/admin/instance-journal/export.ndjson': {
    readonly query?: {
      /** only after this position */
      readonly after?: number;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Get the keys that checkpoints of the instance’s own journal are verified with */
  'GET /api/v1/admin/instance-journal/keys': {
    readonly answer: {
      /** `<name>+<id>+<base64>`, as verifiers of signed notes take them */
      readonly keys: readonly string[];
      readonly origin: string;
    };
  };
  /** Hold the instance’s own journal against its log */
  'GET /api/v1/admin/instance-journal/verify': {
    readonly query?: {
      /** a checkpoint of before, the whole note: finds truncation and forks */
      readonly kept?: string;
    };
    readonly answer: {
      /** the newest, a signed note */
      readonly checkpoint: string | null;
      /** the first 100 */
      readonly faults: readonly {
        /** the last position up to which all was well */
        readonly after: number | null;
        readonly detail: string;
        readonly entry_id: string | null;
        readonly kind: 'edited' | 'missing' | 'reordered' | 'inserted' | 'log_changed' | 'bad_signature' | 'truncated' | 'forked';
        readonly position: number | null;
      }[];
      /** entries that are sealed */
      readonly size: number;
      /** entries that wait to be sealed */
      readonly unsealed: number;
      readonly valid: boolean;
    };
  };
  /** Hold the workspace’s whole journal against its log */
  'GET /api/v1/admin/journal/verify': {
    readonly query?: {
      readonly workspace_id?: string;
      /** a checkpoint of before, the whole note: finds truncation and forks */
      readonly kept?: string;
    };
    readonly answer: {
      /** the newest, a signed note */
      readonly checkpoint: string | null;
      /** the first 100 */
      readonly faults: readonly {
        /** the last position up to which all was well */
        readonly after: number | null;
        readonly detail: string;
        readonly entry_id: string | null;
        readonly kind: 'edited' | 'missing' | 'reordered' | 'inserted' | 'log_changed' | 'bad_signature' | 'truncated' | 'forked';
        readonly position: number | null;
      }[];
      /** entries that are sealed */
      readonly size: number;
      /** entries that wait to be sealed */
      readonly unsealed: number;
      readonly valid: boolean;
    };
  };
  /** What the workspace lets the keeper decide by itself */
  'GET /api/v1/admin/keeper/governance': {
    readonly answer: {
      readonly auto_lease_seconds: number;
      readonly deny_notify_min_risk: number;
      /** whether it watches, and tells people of denials */
      readonly enabled: boolean;
      /** 0: the tiers decide; 1–4: people, from that tier on; 5: never */
      readonly escalate_from: number;
      readonly gov_model_credential_id: string | null;
      readonly gov_model_id: string | null;
      /** of the model that judges: `PUT /admin/llm-config` sets it */
      readonly gov_model_provider: string | null;
      /** tiers 3 and 4 need a grant or a binding */
      readonly hard_gate: boolean;
      readonly judge_timeout_seconds: number;
      readonly require_second_approver: boolean;
      readonly security_contact_user_id: string | null;
      readonly watch_presets: readonly string[];
      readonly watch_spec: string | null;
    };
  };
  /** Say what the keeper may decide by itself */
  'PUT /api/v1/admin/keeper/governance': {
    readonly body: {
      readonly auto_lease_seconds?: number;
      readonly deny_notify_min_risk?: number;
      /** whether it watches, and tells people of denials */
      readonly enabled?: boolean;
      /** 0: the tiers decide; 1–4: people, from that tier on; 5: never */
      readonly escalate_from?: number;
      /** tiers 3 and 4 need a grant or a binding */
      readonly hard_gate?: boolean;
      readonly judge_timeout_seconds?: number;
      readonly require_second_approver?: boolean;
      readonly security_contact_user_id?: string | null;
      readonly watch_presets?: readonly ('credentials' | 'egress' | 'memory' | 'destructive' | 'secret_files')[];
      readonly watch_spec?: string | null;
    };
    readonly answer: {
      readonly auto_lease_seconds: number;
      readonly deny_notify_min_risk: number;
      /** whether it watches, and tells people of denials */
      readonly enabled: boolean;
      /** 0: the tiers decide; 1–4: people, from that tier on; 5: never */
      readonly escalate_from: number;
      readonly gov_model_credential_id: string | null;
      readonly gov_model_id: string | null;
      /** of the model that judges: `PUT /admin/llm-config` sets it */
      readonly gov_model_provider: string | null;
      /** tiers 3 and 4 need a grant or a binding */
      readonly hard_gate: boolean;
      readonly judge_timeout_seconds: number;
      readonly require_second_approver: boolean;
      readonly security_contact_user_id: string | null;
      readonly watch_presets: readonly string[];
      readonly watch_spec: string | null;
    };
  };
  /** Delete the requests that are over */
  'DELETE /api/v1/admin/keeper/requests': {
    readonly answer: {
      readonly deleted: number;
    };
  };
  /** List what agents asked the keeper for, newest first */
  'GET /api/v1/admin/keeper/requests': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_id: string;
      readonly agent_name: string;
      readonly command: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly credential_id: string;
      readonly credential_name: string;
      readonly crew_id: string;
      readonly decided_at: string | null;
      readonly decided_by: string | null;
      readonly decision: 'PENDING' | 'ALLOW' | 'DENY' | 'ESCALATE' | 'DUPLICATE_SUPPRESSED';
      readonly exit_code: number | null;
      readonly id: string;
      readonly intent: string;
      /** provider/model that was asked */
      readonly judge_profile: string | null;
      /** what the judge was asked, its beginning */
      readonly ollama_prompt: string | null;
      /** what the judge answered, its beginning */
      readonly ollama_raw_response: string | null;
      readonly reason: string | null;
      readonly request_type: 'access' | 'execute';
      readonly risk_score: number | null;
      readonly run_id: string | null;
      readonly security_level: number;
    }[];
  };
  /** List the steps of a request, in their order */
  'GET /api/v1/admin/keeper/requests/{requestId}/events': {
    readonly params: {
      readonly requestId: string;
    };
    readonly answer: readonly {
      readonly actor_id: string | null;
      readonly actor_type: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly reason: string | null;
      readonly risk_score: number | null;
      readonly seq: number;
      readonly state: string;
    }[];
  };
  /** Decide what the judge would not */
  'POST /api/v1/admin/keeper/requests/{requestId}/resolve': {
    readonly params: {
      readonly requestId: string;
    };
    readonly body: {
      /** where it was decided, in the decider’s words */
      readonly adjudicator?: string | null;
      readonly decision: 'ALLOW' | 'DENY';
      readonly reason?: string | null;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly decided_at: string;
      readonly decision: 'ALLOW' | 'DENY' | 'ESCALATE';
      readonly reason: string;
      readonly request_id: string;
    };
  };
  /** Show which models Crewship’s own calls go to */
  'GET /api/v1/admin/llm-config': {
    readonly answer: {
      /** null: neither the workspace nor the instance has one */
      readonly default: {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url: string | null;
        /** null: the instance’s key */
        readonly credential_id: string | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
      } | null;
      readonly embeddings: {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url: string | null;
        /** null: the instance’s key */
        readonly credential_id: string | null;
        readonly dimensions: number | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
      } | null;
      /** the first that matches counts */
      readonly routes: readonly {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url: string | null;
        /** null: the instance’s key */
        readonly credential_id: string | null;
        readonly fallbacks: readonly {
          /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
          readonly base_url: string | null;
          /** null: the instance’s key */
          readonly credential_id: string | null;
          /** as the provider names it */
          readonly model: string;
          readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
        }[];
        readonly match: {
          readonly agent?: string;
          readonly purpose?: string;
          readonly role?: string;
        };
        readonly max_tokens: number | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
        readonly temperature: number | null;
      }[];
      readonly source: 'workspace' | 'instance' | 'none';
      readonly updated_at: string | null;
      /** of the workspace’s own; 0: it has none, and what is shown is the instance’s */
      readonly version: number;
    };
  };
  /** Say which models Crewship’s own calls go to, in place of all that was said */
  'PUT /api/v1/admin/llm-config': {
    readonly body: {
      readonly default: {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url?: string | null;
        /** null: the instance’s key */
        readonly credential_id?: string | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
      };
      readonly embeddings?: {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url?: string | null;
        /** null: the instance’s key */
        readonly credential_id?: string | null;
        readonly dimensions?: number | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
      } | null;
      /** the first that matches counts */
      readonly routes?: readonly {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url?: string | null;
        /** null: the instance’s key */
        readonly credential_id?: string | null;
        readonly fallbacks?: readonly {
          /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
          readonly base_url?: string | null;
          /** null: the instance’s key */
          readonly credential_id?: string | null;
          /** as the provider names it */
          readonly model: string;
          readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
        }[];
        readonly match: {
          readonly agent?: string;
          readonly purpose?: string;
          readonly role?: string;
        };
        readonly max_tokens?: number | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
        readonly temperature?: number | null;
      }[];
      /** the one that was read; 0 where the workspace has none */
      readonly version: number;
    };
    readonly answer: {
      /** null: neither the workspace nor the instance has one */
      readonly default: {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url: string | null;
        /** null: the instance’s key */
        readonly credential_id: string | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
      } | null;
      readonly embeddings: {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url: string | null;
        /** null: the instance’s key */
        readonly credential_id: string | null;
        readonly dimensions: number | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
      } | null;
      /** the first that matches counts */
      readonly routes: readonly {
        /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
        readonly base_url: string | null;
        /** null: the instance’s key */
        readonly credential_id: string | null;
        readonly fallbacks: readonly {
          /** with its version, of a server that speaks OpenAI’s protocol; of `openai_compatible` only */
          readonly base_url: string | null;
          /** null: the instance’s key */
          readonly credential_id: string | null;
          /** as the provider names it */
          readonly model: string;
          readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
        }[];
        readonly match: {
          readonly agent?: string;
          readonly purpose?: string;
          readonly role?: string;
        };
        readonly max_tokens: number | null;
        /** as the provider names it */
        readonly model: string;
        readonly provider: 'anthropic' | 'openai' | 'openai_compatible';
        readonly temperature: number | null;
      }[];
      readonly source: 'workspace' | 'instance' | 'none';
      readonly updated_at: string | null;
      /** of the workspace’s own; 0: it has none, and what is shown is the instance’s */
      readonly version: number;
    };
  };
  /** List the models that a price is known of */
  'GET /api/v1/admin/llm-config/catalog': {
    readonly query?: {
      /** of this one alone */
      readonly provider?: string;
    };
    readonly answer: {
      readonly models: readonly {
        readonly model: string;
        readonly prices: {
          /** US dollars for a million tokens */
          readonly cache_creation: string;
          /** US dollars for a million tokens */
          readonly cached_input: string;
          /** US dollars for a million tokens */
          readonly input: string;
          /** US dollars for a million tokens */
          readonly output: string;
        };
        readonly provider: string;
        /** where the prices were read, and when */
        readonly source: string;
      }[];
    };
  };
  /** Show the workspace’s budgets, of money and of tokens, with what is spent of them */
  'GET /api/v1/admin/llm-config/token-budget': {
    readonly answer: {
      readonly budgets: readonly {
        readonly id: string;
        /** US dollars with six decimals, or tokens */
        readonly limit: string;
        readonly mode: 'soft' | 'tiered' | 'hard';
        /** set aside for calls under way */
        readonly reserved: string;
        readonly scope: 'workspace' | 'crew' | 'agent' | 'user' | 'project';
        readonly scope_id: string;
        /** in the present window */
        readonly spent: string;
        readonly state: 'ok' | 'warning' | 'exceeded';
        readonly unit: 'usd' | 'tokens';
        readonly window: 'hour' | 'day' | 'week' | 'month';
      }[];
      /** grows with every change of a budget, whichever way it was made; 0: there was none */
      readonly version: number;
    };
  };
  /** Set the workspace’s budgets, in place of all that it has */
  'PUT /api/v1/admin/llm-config/token-budget': {
    readonly body: {
      /** one a scope, window and unit */
      readonly budgets: readonly {
        /** US dollars, up to six decimals, or whole tokens */
        readonly limit: string | number;
        /** soft warns from 80 %, hard refuses at 100 %, tiered does both */
        readonly mode: 'soft' | 'tiered' | 'hard';
        readonly scope: 'workspace' | 'crew' | 'agent' | 'user' | 'project';
        /** may be left out for the workspace itself */
        readonly scope_id?: string;
        /** tokens are those of every kind, also of calls that a plan pays */
        readonly unit: 'usd' | 'tokens';
        /** UTC, weeks from Monday */
        readonly window: 'hour' | 'day' | 'week' | 'month';
      }[];
      /** the one that was read */
      readonly version: number;
    };
    readonly answer: {
      readonly budgets: readonly {
        readonly id: string;
        /** US dollars with six decimals, or tokens */
        readonly limit: string;
        readonly mode: 'soft' | 'tiered' | 'hard';
        /** set aside for calls under way */
        readonly reserved: string;
        readonly scope: 'workspace' | 'crew' | 'agent' | 'user' | 'project';
        readonly scope_id: string;
        /** in the present window */
        readonly spent: string;
        readonly state: 'ok' | 'warning' | 'exceeded';
        readonly unit: 'usd' | 'tokens';
        readonly window: 'hour' | 'day' | 'week' | 'month';
      }[];
      /** grows with every change of a budget, whichever way it was made; 0: there was none */
      readonly version: number;
    };
  };
  /** Sum up calls of models by day, model, agent, user, project or purpose */
  'GET /api/v1/admin/llm-usage/summary': {
    readonly query?: {
      readonly workspace_id?: string;
      /** RFC 3339; default: 30 days before `to` */
      readonly from?: string;
      /** RFC 3339, exclusive, at most 366 days after `from`; default: now */
      readonly to?: string;
      readonly group_by?: 'day' | 'model' | 'agent' | 'user' | 'project' | 'purpose';
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly from: string;
      readonly group_by: 'day' | 'model' | 'agent' | 'user' | 'project' | 'purpose';
      /** days in their order, others from the most expensive; at most 400 */
      readonly groups: readonly {
        /** calls whose answer was kept, or whose provider had at least half as much cached as it read */
        readonly cache_hits: number;
        readonly calls: number;
        /** US dollars, six decimals, as text: never a float */
        readonly cost_usd: string;
        readonly input_tokens: number;
        /** the UTC day, `provider/model`, an id or a purpose; null: calls of which none is known */
        readonly key: string | null;
        readonly output_tokens: number;
      }[];
      /** RFC 3339, UTC */
      readonly to: string;
      readonly totals: {
        /** calls whose answer was kept, or whose provider had at least half as much cached as it read */
        readonly cache_hits: number;
        readonly calls: number;
        /** US dollars, six decimals, as text: never a float */
        readonly cost_usd: string;
        readonly input_tokens: number;
        readonly output_tokens: number;
      };
    };
  };
  /** What all processes log at least */
  'GET /api/v1/admin/log-level': {
    readonly answer: {
      /** when each process goes back to its own; null: nobody set one */
      readonly expires_at: string | null;
      /** what processes log at least; of the API’s configuration where nobody set one */
      readonly level: string;
    };
  };
  /** Set what all processes log at least, for a while */
  'PUT /api/v1/admin/log-level': {
    readonly body: {
      readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
      readonly ttl_seconds?: number;
    };
    readonly answer: {
      /** when each process goes back to its own; null: nobody set one */
      readonly expires_at: string | null;
      /** what processes log at least; of the API’s configuration where nobody set one */
      readonly level: string;
    };
  };
  /** What waits to be done, in numbers */
  'GET /api/v1/admin/queue/stats': {
    readonly answer: {
      readonly jobs: {
        readonly by_kind: { readonly [name: string]: number };
        readonly by_status: { readonly [name: string]: number };
      };
      readonly outbox: {
        /** commands that are not carried out yet */
        readonly depth: number;
        /** how long the oldest of them waits; null: there is none */
        readonly oldest_s: number | null;
        /** commands that were refused for good and wait for an operator */
        readonly parked: number;
      };
      /** null: Redis is away */
      readonly queues: readonly {
        readonly active: number;
        readonly delayed: number;
        readonly failed: number;
        readonly name: string;
        readonly waiting: number;
      }[] | null;
      readonly workflows: {
        /** null: the engine is away */
        readonly running: number | null;
      };
    };
  };
  /** Settings that guard the instance, and what to look at */
  'GET /api/v1/admin/security-posture': {
    readonly answer: {
      readonly egress_to_private_networks: boolean;
      /** people reach it by an https address */
      readonly https: boolean;
      /** sidecars may call from public addresses */
      readonly internal_open_to_any: boolean;
      readonly production: boolean;
      readonly signup_open: boolean;
      readonly trusted_proxies: boolean;
      readonly warnings: readonly {
        readonly key: string;
        readonly message: string;
        readonly severity: 'notice' | 'warn';
      }[];
    };
  };
  /** List the providers of sign-in with their settings, without their secrets */
  'GET /api/v1/admin/sso-providers': {
    readonly answer: readonly {
      readonly allowed_domains: readonly string[];
      /** what the provider is told to lead back to */
      readonly callback_url: string | null;
      readonly client_id: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly has_client_secret: boolean;
      readonly id: string;
      readonly is_enabled: boolean;
      readonly issuer: string;
      readonly name: string;
      readonly role: 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      readonly trusts_email: boolean;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string | null;
    }[];
  };
  /** Remove a provider of sign-in */
  'DELETE /api/v1/admin/sso-providers/{ssoProviderId}': {
    readonly params: {
      readonly ssoProviderId: string;
    };
    readonly answer: undefined;
  };
  /** Set a provider of sign-in, new or not */
  'PUT /api/v1/admin/sso-providers/{ssoProviderId}': {
    readonly params: {
      readonly ssoProviderId: string;
    };
    readonly body: {
      /** of addresses; none: any address that is known */
      readonly allowed_domains?: readonly string[];
      readonly client_id: string;
      /** kept sealed and never shown; left out: the one that is there stays; null: none */
      readonly client_secret?: string | null;
      readonly is_enabled?: boolean;
      readonly issuer: string;
      readonly name: string;
      /** as what; without workspace and role nobody gets an account */
      readonly role?: 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      /** whether a verified address of it leads to the account that has this address already */
      readonly trusts_email?: boolean;
      /** where somebody without an account becomes a member */
      readonly workspace_id?: string | null;
    };
    readonly answer: {
      readonly allowed_domains: readonly string[];
      /** what the provider is told to lead back to */
      readonly callback_url: string | null;
      readonly client_id: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly has_client_secret: boolean;
      readonly id: string;
      readonly is_enabled: boolean;
      readonly issuer: string;
      readonly name: string;
      readonly role: 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      readonly trusts_email: boolean;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string | null;
    };
  };
  /** Numbers of the workspace */
  'GET /api/v1/admin/stats': {
    readonly answer: {
      readonly agents: number;
      readonly crews: number;
      /** runs that hold a place */
      readonly running: number;
      readonly users: number;
      readonly workspaces: 1;
    };
  };
  /** List the people of the workspace, oldest member first */
  'GET /api/v1/admin/users': {
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly avatar_url: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly email: string;
      readonly full_name: string;
      readonly id: string;
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly workspace: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      };
    }[];
  };
  /** The workspace with what is in it, as an array of one */
  'GET /api/v1/admin/workspaces': {
    readonly answer: readonly {
      readonly _count_agents: number;
      readonly _count_crews: number;
      readonly _count_members: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly id: string;
      readonly name: string;
      readonly slug: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    }[];
  };
  /** List jobs, newest first */
  'GET /api/v1/agent-jobs': {
    readonly query?: {
      readonly workspace_id?: string;
      /** of these kinds, comma-separated */
      readonly kind?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      readonly project_id?: string;
      readonly parent_id?: string;
      /** only those that the caller asked for */
      readonly mine?: 'true' | 'false';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** how often it was taken up */
        readonly attempt: number;
        readonly cancel_requested_at: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** who asked for it; null: the product itself */
        readonly created_by: string | null;
        /** when it fails for lack of time */
        readonly deadline_at: string | null;
        /** why it failed, or is ending */
        readonly error: {
          readonly code: string;
          readonly detail: string | null;
        } | null;
        readonly finished_at: string | null;
        /** stalled: nobody was at work on it for 60 s; lost: the engine had no record of it */
        readonly health: 'ok' | 'waiting' | 'stalled' | 'lost';
        /** when somebody was at work on it last */
        readonly heartbeat_at: string | null;
        readonly id: string;
        readonly kind: string;
        /** the job that it is a part of */
        readonly parent_id: string | null;
        readonly progress: {
          readonly message: string | null;
          readonly percent: number | null;
          /** steps that are done */
          readonly step: number;
          readonly total: number;
        };
        readonly project_id: string | null;
        /** as its kind says; null unless completed */
        readonly result: { readonly [name: string]: unknown } | null;
        /** from when it may begin; null: from the beginning */
        readonly run_at: string | null;
        readonly started_at: string | null;
        readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
        /** what it is about */
        readonly subject: {
          readonly id: string;
          readonly type: string;
        } | null;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Start a job */
  'POST /api/v1/agent-jobs': {
    readonly body: {
      /** seconds that it may take from when it may begin; default: as the kind says */
      readonly deadline_s?: number | null;
      /** what it is to be done with, as the kind says; at most 256 KiB */
      readonly input: {
        /** who answers: id, slug or name */
        readonly agent?: string;
        readonly message: string;
        /** a session that the caller may write to */
        readonly session_id: string;
      } | {
        /** a PENDING task with an agent, of no mission */
        readonly task_id: string;
      } | Record<string, never> | {
        /** of this one alone, by its id */
        readonly agent?: string;
        /** default: 7 days before `to` */
        readonly from?: string;
        /** what was seen less often is no finding */
        readonly min_evidence?: number;
        /** default: now */
        readonly to?: string;
      } | {
        /** who is talked to; default: who answers by default */
        readonly agent?: string | null;
        /** a run that this one is compared with */
        readonly baseline_run_id?: string | null;
        readonly repeat?: number;
        readonly scenario_ids?: readonly string[];
        /** those with any of these; neither ids nor tags: all */
        readonly tags?: readonly string[];
      } | {
        /** default: the newest */
        readonly base_revision?: number;
        /** what a model is to do; without them no model is asked */
        readonly instructions?: string;
        readonly reference_token: string;
      } | {
        readonly project_id: string;
        /** what the project is about, for the model that makes a plan of it; or template */
        readonly prompt?: string;
        /** the name of a template that comes with the product; or prompt */
        readonly template?: string;
      } | {
        /** for whom it is: routes and budgets of models count as for its own calls */
        readonly agent?: string | null;
        /** pages of these and of what is below them alone; none: of any */
        readonly allowed_domains?: readonly string[];
        readonly max_pages?: number;
        /** into which approved pages go */
        readonly namespace: string;
        readonly questions?: readonly string[];
        /** pages with a lower score are rejected */
        readonly reject_below?: number | null;
        readonly topic: string;
        /** pages that are read in any case, before those that are found */
        readonly urls?: readonly string[];
      } | {
        /** counts what it would find, and keeps nothing of it */
        readonly dry_run?: boolean;
        /** most findings that it makes anew */
        readonly max_proposals?: number;
        /** quick: by rows alone; full: a model proposes, too */
        readonly mode?: 'quick' | 'full';
        readonly namespace: string;
      } | {
        readonly file_id: string;
      } | {
        /** all that the caller writes, at most 1000, those changed longest ago first */
        readonly all?: true;
        readonly file_ids?: readonly string[];
        /** also those that were read well by the readers that there are now */
        readonly force?: boolean;
        /** all of this one alone */
        readonly namespace?: string;
      };
      /** what is to be done; see docs/contracts/jobs.md, Kinds */
      readonly kind: string;
      /** from when it may begin, at most 30 days ahead; default: at once */
      readonly run_at?: string | null;
    };
    readonly answer: {
      /** how often it was taken up */
      readonly attempt: number;
      readonly cancel_requested_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** who asked for it; null: the product itself */
      readonly created_by: string | null;
      /** when it fails for lack of time */
      readonly deadline_at: string | null;
      /** why it failed, or is ending */
      readonly error: {
        readonly code: string;
        readonly detail: string | null;
      } | null;
      readonly finished_at: string | null;
      /** stalled: nobody was at work on it for 60 s; lost: the engine had no record of it */
      readonly health: 'ok' | 'waiting' | 'stalled' | 'lost';
      /** when somebody was at work on it last */
      readonly heartbeat_at: string | null;
      readonly id: string;
      readonly kind: string;
      /** the job that it is a part of */
      readonly parent_id: string | null;
      readonly progress: {
        readonly message: string | null;
        readonly percent: number | null;
        /** steps that are done */
        readonly step: number;
        readonly total: number;
      };
      readonly project_id: string | null;
      /** as its kind says; null unless completed */
      readonly result: { readonly [name: string]: unknown } | null;
      /** from when it may begin; null: from the beginning */
      readonly run_at: string | null;
      readonly started_at: string | null;
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      /** what it is about */
      readonly subject: {
        readonly id: string;
        readonly type: string;
      } | null;
    };
  };
  /** Say how a job is, or wait for its end */
  'GET /api/v1/agent-jobs/{jobId}': {
    readonly params: {
      readonly jobId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** seconds to wait for the end of a job that is not over */
      readonly wait_s?: number;
    };
    readonly answer: {
      /** how often it was taken up */
      readonly attempt: number;
      readonly cancel_requested_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** who asked for it; null: the product itself */
      readonly created_by: string | null;
      /** when it fails for lack of time */
      readonly deadline_at: string | null;
      /** why it failed, or is ending */
      readonly error: {
        readonly code: string;
        readonly detail: string | null;
      } | null;
      readonly finished_at: string | null;
      /** stalled: nobody was at work on it for 60 s; lost: the engine had no record of it */
      readonly health: 'ok' | 'waiting' | 'stalled' | 'lost';
      /** when somebody was at work on it last */
      readonly heartbeat_at: string | null;
      readonly id: string;
      readonly kind: string;
      /** the job that it is a part of */
      readonly parent_id: string | null;
      readonly progress: {
        readonly message: string | null;
        readonly percent: number | null;
        /** steps that are done */
        readonly step: number;
        readonly total: number;
      };
      readonly project_id: string | null;
      /** as its kind says; null unless completed */
      readonly result: { readonly [name: string]: unknown } | null;
      /** from when it may begin; null: from the beginning */
      readonly run_at: string | null;
      readonly started_at: string | null;
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      /** what it is about */
      readonly subject: {
        readonly id: string;
        readonly type: string;
      } | null;
    };
  };
  /** Cancel a job */
  'POST /api/v1/agent-jobs/{jobId}/cancel': {
    readonly params: {
      readonly jobId: string;
    };
    readonly body?: {
      /** shown with the job’s events */
      readonly reason?: string | null;
    } | null;
    readonly answer: {
      /** how often it was taken up */
      readonly attempt: number;
      readonly cancel_requested_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** who asked for it; null: the product itself */
      readonly created_by: string | null;
      /** when it fails for lack of time */
      readonly deadline_at: string | null;
      /** why it failed, or is ending */
      readonly error: {
        readonly code: string;
        readonly detail: string | null;
      } | null;
      readonly finished_at: string | null;
      /** stalled: nobody was at work on it for 60 s; lost: the engine had no record of it */
      readonly health: 'ok' | 'waiting' | 'stalled' | 'lost';
      /** when somebody was at work on it last */
      readonly heartbeat_at: string | null;
      readonly id: string;
      readonly kind: string;
      /** the job that it is a part of */
      readonly parent_id: string | null;
      readonly progress: {
        readonly message: string | null;
        readonly percent: number | null;
        /** steps that are done */
        readonly step: number;
        readonly total: number;
      };
      readonly project_id: string | null;
      /** as its kind says; null unless completed */
      readonly result: { readonly [name: string]: unknown } | null;
      /** from when it may begin; null: from the beginning */
      readonly run_at: string | null;
      readonly started_at: string | null;
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      /** what it is about */
      readonly subject: {
        readonly id: string;
        readonly type: string;
      } | null;
    };
  };
  /** List what happened to a job, in order */
  'GET /api/v1/agent-jobs/{jobId}/events': {
    readonly params: {
      readonly jobId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** only events after this one */
      readonly after_seq?: number;
      readonly limit?: number;
    };
    readonly answer: {
      readonly events: readonly {
        readonly actor: {
          readonly id: string | null;
          readonly type: string;
        };
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly data: { readonly [name: string]: unknown };
        readonly message: string | null;
        /** from 1, without gaps, in the order of their commits */
        readonly seq: number;
        readonly type: 'queued' | 'started' | 'progress' | 'waiting' | 'resumed' | 'cancelling' | 'completed' | 'failed' | 'cancelled' | 'lost';
      }[];
      /** `after_seq` of the next reading */
      readonly next_seq: number;
    } | undefined;
    readonly events: true;
  };
  /** List agents, newest first */
  'GET /api/v1/agents': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly crew_id?: string;
      /** in the name or slug */
      readonly q?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_role: 'AGENT' | 'LEAD';
      readonly avatar_seed: string | null;
      readonly avatar_style: string | null;
      /** open: its next tasks fail at once */
      readonly circuit: {
        /** tasks that its attempts have ended in failure, one after another */
        readonly consecutive_failures: number;
        readonly opened_at: string | null;
        /** from when one attempt is let through */
        readonly retry_at: string | null;
        readonly state: 'closed' | 'open' | 'half_open';
      };
      readonly cli_adapter: 'COMMAND' | 'CLAUDE_CODE' | 'OPENCODE' | 'CODEX_CLI' | 'GEMINI_CLI' | 'CURSOR_CLI' | 'FACTORY_DROID';
      readonly command: readonly string[] | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_user_id: string | null;
      readonly crew: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      readonly crew_id: string | null;
      readonly description: string | null;
      readonly id: string;
      readonly lead_mode: 'active' | 'passive' | null;
      readonly llm_model: string | null;
      readonly llm_provider: 'ANTHROPIC' | 'OPENAI' | 'GOOGLE' | 'CURSOR' | 'FACTORY' | 'OLLAMA' | null;
      readonly max_concurrent_runs: number;
      readonly memory_enabled: boolean;
      readonly name: string;
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly role_title: string | null;
      readonly slug: string;
      readonly status: 'IDLE' | 'RUNNING' | 'ERROR' | 'PENDING_REVIEW';
      readonly system_prompt: string | null;
      readonly timeout_seconds: number;
      readonly tool_profile: 'MINIMAL' | 'CODING' | 'FULL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly webhook_secret_set: boolean;
      readonly workspace_id: string;
    }[];
  };
  /** Create an agent */
  'POST /api/v1/agents': {
    readonly body: {
      readonly agent_role?: 'AGENT' | 'LEAD';
      readonly avatar_seed?: string | null;
      readonly avatar_style?: string | null;
      /** COMMAND, CLAUDE_CODE and OPENCODE run; runs of the others fail with adapter_unavailable */
      readonly cli_adapter?: 'COMMAND' | 'CLAUDE_CODE' | 'OPENCODE' | 'CODEX_CLI' | 'GEMINI_CLI' | 'CURSOR_CLI' | 'FACTORY_DROID';
      /** argv of the COMMAND adapter, run without a shell */
      readonly command?: readonly string[] | null;
      readonly crew_id?: string | null;
      readonly description?: string | null;
      readonly lead_mode?: 'active' | 'passive' | null;
      readonly llm_model?: string | null;
      readonly llm_provider?: 'ANTHROPIC' | 'OPENAI' | 'GOOGLE' | 'CURSOR' | 'FACTORY' | 'OLLAMA' | null;
      readonly max_concurrent_runs?: number;
      readonly memory_enabled?: boolean;
      readonly name: string;
      readonly role_title?: string | null;
      readonly slug: string;
      readonly system_prompt?: string | null;
      readonly timeout_seconds?: number;
      readonly tool_profile?: 'MINIMAL' | 'CODING' | 'FULL';
    };
    readonly answer: {
      readonly agent_role: 'AGENT' | 'LEAD';
      readonly avatar_seed: string | null;
      readonly avatar_style: string | null;
      /** open: its next tasks fail at once */
      readonly circuit: {
        /** tasks that its attempts have ended in failure, one after another */
        readonly consecutive_failures: number;
        readonly opened_at: string | null;
        /** from when one attempt is let through */
        readonly retry_at: string | null;
        readonly state: 'closed' | 'open' | 'half_open';
      };
      readonly cli_adapter: 'COMMAND' | 'CLAUDE_CODE' | 'OPENCODE' | 'CODEX_CLI' | 'GEMINI_CLI' | 'CURSOR_CLI' | 'FACTORY_DROID';
      readonly command: readonly string[] | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_user_id: string | null;
      readonly crew: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      readonly crew_id: string | null;
      readonly description: string | null;
      readonly id: string;
      readonly lead_mode: 'active' | 'passive' | null;
      readonly llm_model: string | null;
      readonly llm_provider: 'ANTHROPIC' | 'OPENAI' | 'GOOGLE' | 'CURSOR' | 'FACTORY' | 'OLLAMA' | null;
      readonly max_concurrent_runs: number;
      readonly memory_enabled: boolean;
      readonly name: string;
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly role_title: string | null;
      readonly slug: string;
      readonly status: 'IDLE' | 'RUNNING' | 'ERROR' | 'PENDING_REVIEW';
      readonly system_prompt: string | null;
      readonly timeout_seconds: number;
      readonly tool_profile: 'MINIMAL' | 'CODING' | 'FULL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly webhook_secret_set: boolean;
      readonly workspace_id: string;
    };
  };
  /** Find the agents of the workspace as an A2A agent’s skills */
  'GET /api/v1/agents/agent-card': {
    readonly answer: {
      readonly capabilities: {
        readonly extendedAgentCard?: boolean;
        readonly pushNotifications?: boolean;
        readonly streaming?: boolean;
      } & { readonly [name: string]: unknown };
      readonly defaultInputModes: readonly string[];
      readonly defaultOutputModes: readonly string[];
      readonly description: string;
      readonly name: string;
      readonly securityRequirements: readonly ({ readonly [name: string]: unknown })[];
      readonly securitySchemes: { readonly [name: string]: { readonly [name: string]: unknown } };
      /** JWS over the canonical card, by a key that `jku` publishes */
      readonly signatures?: readonly {
        readonly protected: string;
        readonly signature: string;
      }[];
      readonly skills: readonly ({
        readonly description: string;
        readonly id: string;
        readonly name: string;
        readonly tags: readonly string[];
      } & { readonly [name: string]: unknown })[];
      /** where the protocol is spoken, the preferred one first */
      readonly supportedInterfaces: readonly ({
        readonly protocolBinding: string;
        readonly protocolVersion: string;
        readonly url: string;
      } & { readonly [name: string]: unknown })[];
      /** of the instance */
      readonly version: string;
    } & { readonly [name: string]: unknown };
  };
  /** Delete an agent */
  'DELETE /api/v1/agents/{agentId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly answer: undefined;
  };
  /** Get an agent */
  'GET /api/v1/agents/{agentId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly answer: {
      readonly agent_role: 'AGENT' | 'LEAD';
      readonly avatar_seed: string | null;
      readonly avatar_style: string | null;
      /** open: its next tasks fail at once */
      readonly circuit: {
        /** tasks that its attempts have ended in failure, one after another */
        readonly consecutive_failures: number;
        readonly opened_at: string | null;
        /** from when one attempt is let through */
        readonly retry_at: string | null;
        readonly state: 'closed' | 'open' | 'half_open';
      };
      readonly cli_adapter: 'COMMAND' | 'CLAUDE_CODE' | 'OPENCODE' | 'CODEX_CLI' | 'GEMINI_CLI' | 'CURSOR_CLI' | 'FACTORY_DROID';
      readonly command: readonly string[] | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_user_id: string | null;
      readonly crew: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      readonly crew_id: string | null;
      readonly description: string | null;
      readonly id: string;
      readonly lead_mode: 'active' | 'passive' | null;
      readonly llm_model: string | null;
      readonly llm_provider: 'ANTHROPIC' | 'OPENAI' | 'GOOGLE' | 'CURSOR' | 'FACTORY' | 'OLLAMA' | null;
      readonly max_concurrent_runs: number;
      readonly memory_enabled: boolean;
      readonly name: string;
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly role_title: string | null;
      readonly slug: string;
      readonly status: 'IDLE' | 'RUNNING' | 'ERROR' | 'PENDING_REVIEW';
      readonly system_prompt: string | null;
      readonly timeout_seconds: number;
      readonly tool_profile: 'MINIMAL' | 'CODING' | 'FULL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly webhook_secret_set: boolean;
      readonly workspace_id: string;
    };
  };
  /** Change the fields that are given */
  'PATCH /api/v1/agents/{agentId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly body: {
      readonly agent_role?: 'AGENT' | 'LEAD';
      readonly avatar_seed?: string | null;
      readonly avatar_style?: string | null;
      /** COMMAND, CLAUDE_CODE and OPENCODE run; runs of the others fail with adapter_unavailable */
      readonly cli_adapter?: 'COMMAND' | 'CLAUDE_CODE' | 'OPENCODE' | 'CODEX_CLI' | 'GEMINI_CLI' | 'CURSOR_CLI' | 'FACTORY_DROID';
      /** argv of the COMMAND adapter, run without a shell */
      readonly command?: readonly string[] | null;
      readonly crew_id?: string | null;
      readonly description?: string | null;
      readonly lead_mode?: 'active' | 'passive' | null;
      readonly llm_model?: string | null;
      readonly llm_provider?: 'ANTHROPIC' | 'OPENAI' | 'GOOGLE' | 'CURSOR' | 'FACTORY' | 'OLLAMA' | null;
      readonly max_concurrent_runs?: number;
      readonly memory_enabled?: boolean;
      readonly name?: string;
      readonly role_title?: string | null;
      readonly slug?: string;
      readonly system_prompt?: string | null;
      readonly timeout_seconds?: number;
      readonly tool_profile?: 'MINIMAL' | 'CODING' | 'FULL';
    };
    readonly answer: {
      readonly agent_role: 'AGENT' | 'LEAD';
      readonly avatar_seed: string | null;
      readonly avatar_style: string | null;
      /** open: its next tasks fail at once */
      readonly circuit: {
        /** tasks that its attempts have ended in failure, one after another */
        readonly consecutive_failures: number;
        readonly opened_at: string | null;
        /** from when one attempt is let through */
        readonly retry_at: string | null;
        readonly state: 'closed' | 'open' | 'half_open';
      };
      readonly cli_adapter: 'COMMAND' | 'CLAUDE_CODE' | 'OPENCODE' | 'CODEX_CLI' | 'GEMINI_CLI' | 'CURSOR_CLI' | 'FACTORY_DROID';
      readonly command: readonly string[] | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_user_id: string | null;
      readonly crew: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      readonly crew_id: string | null;
      readonly description: string | null;
      readonly id: string;
      readonly lead_mode: 'active' | 'passive' | null;
      readonly llm_model: string | null;
      readonly llm_provider: 'ANTHROPIC' | 'OPENAI' | 'GOOGLE' | 'CURSOR' | 'FACTORY' | 'OLLAMA' | null;
      readonly max_concurrent_runs: number;
      readonly memory_enabled: boolean;
      readonly name: string;
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly role_title: string | null;
      readonly slug: string;
      readonly status: 'IDLE' | 'RUNNING' | 'ERROR' | 'PENDING_REVIEW';
      readonly system_prompt: string | null;
      readonly timeout_seconds: number;
      readonly tool_profile: 'MINIMAL' | 'CODING' | 'FULL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly webhook_secret_set: boolean;
      readonly workspace_id: string;
    };
  };
  /** List the chats with an agent that the caller may see, the one that was talked in last first */
  'GET /api/v1/agents/{agentId}/chats': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_id: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly ended_at: string | null;
      readonly id: string;
      /** RFC 3339, UTC */
      readonly last_activity_at: string;
      readonly message_count: number;
      /** GROUP: others are in it, and the agent answers who mentions it */
      readonly mode: 'CHAT' | 'GROUP';
      readonly origin: 'UI' | 'CLI' | 'WEBHOOK' | 'CRON' | 'AGENT';
      /** RFC 3339, UTC */
      readonly started_at: string;
      readonly status: 'active' | 'closed' | 'archived';
      readonly title: string | null;
      /** of others, since the caller read it; 100: that many or more */
      readonly unread_count: number;
      readonly workspace_id: string;
    }[];
  };
  /** Begin a chat with an agent */
  'POST /api/v1/agents/{agentId}/chats': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly body?: {
      /** default: UI of a browser’s session, else CLI */
      readonly origin?: 'UI' | 'CLI' | 'WEBHOOK' | 'CRON' | 'AGENT';
      /** the caller’s own name of the chat: the same name is the same chat */
      readonly session_id?: string;
      readonly title?: string;
    } | null;
    readonly answer: {
      readonly id: string;
    };
  };
  /** Delete a chat, and the files that were put into it */
  'DELETE /api/v1/agents/{agentId}/chats/{chatId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly chatId: string;
    };
    readonly answer: undefined;
  };
  /** Give a chat another title */
  'PATCH /api/v1/agents/{agentId}/chats/{chatId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly chatId: string;
    };
    readonly body: {
      readonly title: string;
    };
    readonly answer: {
      readonly agent_id: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly ended_at: string | null;
      readonly id: string;
      /** RFC 3339, UTC */
      readonly last_activity_at: string;
      readonly message_count: number;
      /** GROUP: others are in it, and the agent answers who mentions it */
      readonly mode: 'CHAT' | 'GROUP';
      readonly origin: 'UI' | 'CLI' | 'WEBHOOK' | 'CRON' | 'AGENT';
      /** RFC 3339, UTC */
      readonly started_at: string;
      readonly status: 'active' | 'closed' | 'archived';
      readonly title: string | null;
      /** of others, since the caller read it; 100: that many or more */
      readonly unread_count: number;
      readonly workspace_id: string;
    };
  };
  /** List the files of a chat, oldest first */
  'GET /api/v1/agents/{agentId}/chats/{chatId}/attachments': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly chatId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** where the agent finds it in the turn that it goes with */
      readonly agent_path: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly filename: string;
      readonly id: string;
      /** the message that took it along */
      readonly message_id: string | null;
      readonly mime: string;
      /** below the directory of the turn’s files */
      readonly path: string;
      readonly sha256: string;
      readonly size: number;
      readonly uploaded_by: string;
    }[];
  };
  /** Put a file into a chat, for one’s next message */
  'POST /api/v1/agents/{agentId}/chats/{chatId}/attachments': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly chatId: string;
    };
    readonly answer: {
      /** where the agent finds it in the turn that it goes with */
      readonly agent_path: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly filename: string;
      readonly id: string;
      /** the message that took it along */
      readonly message_id: string | null;
      readonly mime: string;
      /** below the directory of the turn’s files */
      readonly path: string;
      readonly sha256: string;
      readonly size: number;
      readonly uploaded_by: string;
    };
  };
  /** Take a file back that was not sent yet */
  'DELETE /api/v1/agents/{agentId}/chats/{chatId}/attachments/{attachmentId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly chatId: string;
      readonly attachmentId: string;
    };
    readonly answer: undefined;
  };
  /** Take a file of a chat */
  'GET /api/v1/agents/{agentId}/chats/{chatId}/attachments/{attachmentId}/download': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly chatId: string;
      readonly attachmentId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Say that one has read all that is there */
  'PUT /api/v1/agents/{agentId}/chats/{chatId}/read': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly chatId: string;
    };
    readonly answer: {
      readonly chat_id: string;
      /** RFC 3339, UTC */
      readonly last_read_at: string;
    };
  };
  /** Let an agent that failed several times in a row work again at once */
  'POST /api/v1/agents/{agentId}/circuit/reset': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly answer: {
      readonly agent_role: 'AGENT' | 'LEAD';
      readonly avatar_seed: string | null;
      readonly avatar_style: string | null;
      /** open: its next tasks fail at once */
      readonly circuit: {
        /** tasks that its attempts have ended in failure, one after another */
        readonly consecutive_failures: number;
        readonly opened_at: string | null;
        /** from when one attempt is let through */
        readonly retry_at: string | null;
        readonly state: 'closed' | 'open' | 'half_open';
      };
      readonly cli_adapter: 'COMMAND' | 'CLAUDE_CODE' | 'OPENCODE' | 'CODEX_CLI' | 'GEMINI_CLI' | 'CURSOR_CLI' | 'FACTORY_DROID';
      readonly command: readonly string[] | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_user_id: string | null;
      readonly crew: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      readonly crew_id: string | null;
      readonly description: string | null;
      readonly id: string;
      readonly lead_mode: 'active' | 'passive' | null;
      readonly llm_model: string | null;
      readonly llm_provider: 'ANTHROPIC' | 'OPENAI' | 'GOOGLE' | 'CURSOR' | 'FACTORY' | 'OLLAMA' | null;
      readonly max_concurrent_runs: number;
      readonly memory_enabled: boolean;
      readonly name: string;
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly role_title: string | null;
      readonly slug: string;
      readonly status: 'IDLE' | 'RUNNING' | 'ERROR' | 'PENDING_REVIEW';
      readonly system_prompt: string | null;
      readonly timeout_seconds: number;
      readonly tool_profile: 'MINIMAL' | 'CODING' | 'FULL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly webhook_secret_set: boolean;
      readonly workspace_id: string;
    };
  };
  /** Say what an agent finds in each of its slots */
  'GET /api/v1/agents/{agentId}/credential-bindings': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly answer: {
      readonly agent_id: string;
      readonly slots: readonly {
        readonly credential_id: string;
        readonly credential_name: string;
        readonly slot: string;
        readonly source: 'explicit' | 'binding' | 'crew';
      }[];
      /** slots whose credential does not work now */
      readonly warnings?: readonly string[];
    };
  };
  /** List what an agent has: its own grants, then its crew’s credentials */
  'GET /api/v1/agents/{agentId}/credentials': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly answer: readonly {
      readonly agent_id: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly credential_id: string;
      readonly credential_name: string;
      readonly credential_provider: string;
      readonly credential_status: 'PENDING' | 'PENDING_APPROVAL' | 'ACTIVE' | 'RATE_LIMITED' | 'EXPIRED' | 'ERROR' | 'REVOKED' | 'REJECTED';
      readonly credential_type: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      readonly env_var_name: string | null;
      readonly expired: boolean;
      readonly expires_at: string | null;
      readonly grant_source: 'explicit' | 'binding' | 'crew';
      readonly id: string;
      readonly lease_issued_at: string | null;
      readonly lease_source: 'manual' | 'keeper_allow' | 'escalation_approve' | null;
      readonly priority: number;
      /** of a lease that ends with this run */
      readonly run_id: string | null;
    }[];
  };
  /** Give an agent a credential, for a while or without end */
  'POST /api/v1/agents/{agentId}/credentials': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly body: {
      readonly credential_id: string;
      readonly env_var_name: string;
      readonly priority?: number;
      /** 0: without end */
      readonly ttl_seconds?: number;
    };
    readonly answer: {
      readonly id: string;
    };
  };
  /** Take a credential back from an agent */
  'DELETE /api/v1/agents/{agentId}/credentials/{assignmentId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly assignmentId: string;
    };
    readonly answer: undefined;
  };
  /** Let an agent begin nothing more for now */
  'POST /api/v1/agents/{agentId}/pause': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly body?: {
      /** what becomes of attempts that run: `end` ends them, to run once more afterwards */
      readonly running?: 'continue' | 'end';
    } | null;
    readonly answer: {
      /** attempts that were asked to end; each is run once more when the pause is over */
      readonly ended: number;
      readonly id: string;
      readonly paused_at: string | null;
    };
  };
  /** List the runs of one agent, newest first */
  'GET /api/v1/agents/{agentId}/runs': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_id: string | null;
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly attempt_no: number;
      readonly chat_id: string | null;
      /** which configuration it was started with, by its kind */
      readonly config_versions: { readonly [name: string]: {
          readonly key: string;
          readonly version: number;
        } };
      /** US dollars, six decimals, as text: never a float */
      readonly cost_usd: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string | null;
      readonly crew_name: string | null;
      /** what its directory takes on its host; null: not measured yet, or trimmed */
      readonly disk_bytes: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      readonly exit_code: number | null;
      readonly finished_at: string | null;
      readonly id: string;
      readonly iteration: number;
      readonly metadata: { readonly [name: string]: unknown };
      readonly mission_id: string | null;
      readonly model: string | null;
      /** the run of the same task before this one */
      readonly predecessor_id: string | null;
      /** planning: the lead makes the tasks of a mission that was started without any */
      readonly purpose: 'work' | 'planning';
      readonly started_at: string | null;
      readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
      readonly task_id: string | null;
      readonly token_count: number;
      readonly trigger_type: 'USER' | 'MISSION' | 'ASSIGNMENT' | 'QUERY' | 'WEBHOOK' | 'CRON' | 'CHAT' | 'JOB';
      readonly triggered_by: string | null;
      readonly workspace_id: string;
    }[];
  };
  /** List the skills that an agent has: at most 50 */
  'GET /api/v1/agents/{agentId}/skills': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly answer: readonly {
      readonly agent_id: string;
      readonly config: { readonly [name: string]: string };
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      /** false: a flagged version waits for an administrator to give it */
      readonly enabled: boolean;
      readonly id: string;
      /** what the agent is told: the workspace’s of the same slug, if there is one */
      readonly skill: {
        readonly description: string;
        readonly id: string;
        readonly name: string;
        readonly runtime: 'INSTRUCTIONS' | 'SCRIPT';
        readonly slug: string;
        readonly version: number;
      };
      readonly skill_id: string;
    }[];
  };
  /** Give an agent a skill */
  'POST /api/v1/agents/{agentId}/skills': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly body: {
      /** settings by name that the agent is told with the skill */
      readonly config?: { readonly [name: string]: string };
      readonly skill_id: string;
    };
    readonly answer: {
      readonly already_assigned: boolean;
      readonly id: string;
    };
  };
  /** Take a skill from an agent */
  'DELETE /api/v1/agents/{agentId}/skills/{skillId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
      readonly skillId: string;
    };
    readonly answer: undefined;
  };
  /** Let an agent go on */
  'POST /api/v1/agents/{agentId}/unpause': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly answer: {
      /** attempts that were asked to end; each is run once more when the pause is over */
      readonly ended: number;
      readonly id: string;
      readonly paused_at: string | null;
    };
  };
  /** Give an agent a new webhook secret, shown once */
  'POST /api/v1/agents/{agentId}/webhook-secret/rotate': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly rotated_at: string;
      /** shown once */
      readonly webhook_secret: string | null;
    };
  };
  /** List approvals, newest first */
  'GET /api/v1/approvals': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: 'pending' | 'approved' | 'denied' | 'timeout' | 'cancelled' | 'all';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly count: number;
      readonly rows: readonly {
        /** the person that the run works for */
        readonly ActsFor: string | null;
        readonly AgentID: string | null;
        /** when its agent had the decision */
        readonly ConsumedAt: string | null;
        /** RFC 3339, UTC */
        readonly CreatedAt: string;
        readonly CrewID: string | null;
        readonly DecidedAt: string | null;
        readonly DecidedBy: string | null;
        readonly DecisionComment: string | null;
        /** members of the payload that may be changed while approving, and what by */
        readonly Editable: { readonly [name: string]: 'members' | 'amount' | 'text' | 'any' };
        /** what was changed */
        readonly Edits: { readonly [name: string]: unknown } | null;
        /** whoever the run works for does not approve it */
        readonly FourEyes: boolean;
        /** how its agent goes on: sync waits */
        readonly GateMode: 'none' | 'async' | 'sync';
        readonly ID: string;
        /** autonomy_gate: an agent made the subject; task_completion: its result waits; tool_call, cost_threshold, destructive_op, target_environment, custom: an agent asks to be allowed it; others may come */
        readonly Kind: string;
        readonly MissionID: string | null;
        /** why it ended so, where the status does not say it */
        readonly Outcome: 'changes_requested' | 'autonomy' | 'trust_grant' | 'no_second_approver' | 'run_over' | null;
        readonly Payload: { readonly [name: string]: unknown };
        readonly Reason: string;
        readonly RequestedBy: string | null;
        readonly RequiredAuthority: 'create' | 'manage' | 'operator';
        readonly RunID: string | null;
        readonly SelfApproved: boolean;
        readonly Status: 'pending' | 'approved' | 'denied' | 'timeout' | 'cancelled';
        readonly SubjectID: string;
        readonly SubjectType: string;
        readonly TimeoutAt: string | null;
        readonly TimeoutSecs: 0;
        readonly WorkspaceID: string;
      }[];
      readonly status: string;
    };
  };
  /** Decide several, each by itself: a result for each */
  'POST /api/v1/approvals/decide': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly body: {
      readonly items: readonly {
        readonly comment?: string | null;
        /** with approved: members of the payload as they are allowed, of those that `Editable` names */
        readonly edits?: { readonly [name: string]: unknown } | null;
        readonly id: string;
        /** with denied, and a comment that says which */
        readonly outcome?: 'changes_requested' | null;
        readonly status: 'approved' | 'denied';
      }[];
    };
    readonly answer: {
      readonly results: readonly {
        /** why not, as the error of a single decision has it */
        readonly code: string | null;
        readonly id: string;
        readonly ok: boolean;
        /** that it has now; null where the caller may not know */
        readonly status: 'pending' | 'approved' | 'denied' | 'timeout' | 'cancelled' | null;
      }[];
    };
  };
  /** Get an approval */
  'GET /api/v1/approvals/{approvalId}': {
    readonly params: {
      readonly approvalId: string;
    };
    readonly answer: {
      /** the person that the run works for */
      readonly ActsFor: string | null;
      readonly AgentID: string | null;
      /** when its agent had the decision */
      readonly ConsumedAt: string | null;
      /** RFC 3339, UTC */
      readonly CreatedAt: string;
      readonly CrewID: string | null;
      readonly DecidedAt: string | null;
      readonly DecidedBy: string | null;
      readonly DecisionComment: string | null;
      /** members of the payload that may be changed while approving, and what by */
      readonly Editable: { readonly [name: string]: 'members' | 'amount' | 'text' | 'any' };
      /** what was changed */
      readonly Edits: { readonly [name: string]: unknown } | null;
      /** whoever the run works for does not approve it */
      readonly FourEyes: boolean;
      /** how its agent goes on: sync waits */
      readonly GateMode: 'none' | 'async' | 'sync';
      readonly ID: string;
      /** autonomy_gate: an agent made the subject; task_completion: its result waits; tool_call, cost_threshold, destructive_op, target_environment, custom: an agent asks to be allowed it; others may come */
      readonly Kind: string;
      readonly MissionID: string | null;
      /** why it ended so, where the status does not say it */
      readonly Outcome: 'changes_requested' | 'autonomy' | 'trust_grant' | 'no_second_approver' | 'run_over' | null;
      readonly Payload: { readonly [name: string]: unknown };
      readonly Reason: string;
      readonly RequestedBy: string | null;
      readonly RequiredAuthority: 'create' | 'manage' | 'operator';
      readonly RunID: string | null;
      readonly SelfApproved: boolean;
      readonly Status: 'pending' | 'approved' | 'denied' | 'timeout' | 'cancelled';
      readonly SubjectID: string;
      readonly SubjectType: string;
      readonly TimeoutAt: string | null;
      readonly TimeoutSecs: 0;
      readonly WorkspaceID: string;
    };
  };
  /** Withdraw an approval: what waits for it stays as it is */
  'POST /api/v1/approvals/{approvalId}/cancel': {
    readonly params: {
      readonly approvalId: string;
    };
    readonly body?: {
      readonly reason?: string | null;
    } | null;
    readonly answer: {
      readonly cancelled_by: string | null;
      readonly status: 'cancelled';
    };
  };
  /** Approve or deny: what follows from it is done with it */
  'POST /api/v1/approvals/{approvalId}/decide': {
    readonly params: {
      readonly approvalId: string;
    };
    readonly body: {
      readonly comment?: string | null;
      /** with approved: members of the payload as they are allowed, of those that `Editable` names */
      readonly edits?: { readonly [name: string]: unknown } | null;
      /** with denied, and a comment that says which */
      readonly outcome?: 'changes_requested' | null;
      readonly status: 'approved' | 'denied';
    };
    readonly answer: {
      readonly decided_by: string | null;
      readonly status: 'approved' | 'denied';
    };
  };
  /** Take a file that a run published */
  'GET /api/v1/attachments/{referenceToken}/download': {
    readonly params: {
      readonly referenceToken: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** which one; default: the newest */
      readonly revision?: number;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Tidy the layout of an HTML file into another revision */
  'POST /api/v1/attachments/{referenceToken}/layout-cleanup': {
    readonly params: {
      readonly referenceToken: string;
    };
    readonly body?: {
      /** default: the newest */
      readonly base_revision?: number;
      /** what a model is to do; without them no model is asked */
      readonly instructions?: string;
    } | null;
    readonly answer: {
      readonly job_id: string;
    };
  };
  /** Save another revision of an HTML file */
  'POST /api/v1/attachments/{referenceToken}/revisions': {
    readonly params: {
      readonly referenceToken: string;
    };
    readonly body: {
      /** what it was made from: the newest */
      readonly base_revision: number;
      /** at most 2 MiB */
      readonly html: string;
      readonly note?: string | null;
    };
    readonly answer: {
      /** what was taken out before it was kept */
      readonly removed: readonly {
        readonly count: number;
        /** of an attribute: its element’s and its own */
        readonly name: string;
        readonly what: 'element' | 'attribute' | 'style';
      }[];
      readonly revision: number;
      readonly sha256: string;
    };
  };
  /** Read the HTML of a file that a run published */
  'GET /api/v1/attachments/{referenceToken}/source': {
    readonly params: {
      readonly referenceToken: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** which one; default: the newest */
      readonly revision?: number;
    };
    readonly answer: {
      /** whether the caller may save another revision */
      readonly editable: boolean;
      /** as it is kept: show it in a frame that may run nothing */
      readonly html: string;
      readonly revision: number;
      readonly sha256: string;
      /** when this revision was made */
      readonly updated_at: string;
    };
  };
  /** List what people did, newest first */
  'GET /api/v1/audit': {
    readonly query?: {
      /** type of the journal entry, as member.role_change */
      readonly action?: string;
      readonly entity_type?: string;
      readonly entity_id?: string;
      readonly user_id?: string;
      readonly date_from?: string;
      /** before this moment */
      readonly date_to?: string;
      /** in the summary, the action or the id */
      readonly search?: string;
      readonly source?: 'workspace' | 'crews' | 'credentials' | 'keeper';
      readonly page?: number;
      /** from `Link` of the page before, in place of `page` */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: {
      readonly data: readonly {
        readonly action: string;
        readonly auth_method: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly entity_id: string | null;
        readonly entity_type: string | null;
        readonly id: string;
        readonly ip_address: string | null;
        readonly metadata: { readonly [name: string]: unknown };
        readonly request_id: string | null;
        readonly summary: string;
        readonly user_agent: string | null;
        /** null also for who is no member any more */
        readonly user_email: string | null;
        readonly user_id: string | null;
        readonly user_name: string | null;
        readonly workspace_id: string;
      }[];
      readonly pagination: {
        readonly limit: number;
        readonly page: number;
        /** at most 10000 */
        readonly total: number;
        readonly total_pages: number;
      };
    };
  };
  /** List what people did, newest first, as far back as one reads */
  'GET /api/v1/audit/events': {
    readonly query?: {
      readonly actor_type?: 'user' | 'keeper';
      readonly user_id?: string;
      /** type of the journal entry, as member.role_change */
      readonly action?: string;
      readonly entity_type?: string;
      readonly entity_id?: string;
      /** the API key that it was done with */
      readonly api_key_id?: string;
      readonly from?: string;
      /** before this moment */
      readonly to?: string;
      /** in the summary, the action or the id */
      readonly q?: string;
      /** `next_cursor` of the page before */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: {
      readonly items: readonly {
        readonly action: string;
        readonly actor_type: 'user' | 'keeper';
        /** of the API key that it was done with */
        readonly api_key_id: string | null;
        readonly auth_method: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly entity_id: string | null;
        readonly entity_type: string | null;
        readonly id: string;
        readonly ip_address: string | null;
        readonly metadata: { readonly [name: string]: unknown };
        readonly request_id: string | null;
        readonly summary: string;
        readonly user_agent: string | null;
        /** null also for who is no member any more */
        readonly user_email: string | null;
        readonly user_id: string | null;
        readonly user_name: string | null;
      }[];
      /** null: this is the last page */
      readonly next_cursor: string | null;
    };
  };
  /** The same as CSV */
  'GET /api/v1/audit/events/export.csv': {
    readonly query?: {
      readonly actor_type?: 'user' | 'keeper';
      readonly user_id?: string;
      /** type of the journal entry, as member.role_change */
      readonly action?: string;
      readonly entity_type?: string;
      readonly entity_id?: string;
      /** the API key that it was done with */
      readonly api_key_id?: string;
      readonly from?: string;
      /** before this moment */
      readonly to?: string;
      /** in the summary, the action or the id */
      readonly q?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** What people did as CSV, newest first */
  'GET /api/v1/audit/export.csv': {
    readonly query?: {
      /** type of the journal entry, as member.role_change */
      readonly action?: string;
      readonly entity_type?: string;
      readonly entity_id?: string;
      readonly user_id?: string;
      readonly date_from?: string;
      /** before this moment */
      readonly date_to?: string;
      /** in the summary, the action or the id */
      readonly search?: string;
      readonly source?: 'workspace' | 'crews' | 'credentials' | 'keeper';
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Hold segments of the workspace’s audit against its log */
  'GET /api/v1/audit/integrity': {
    readonly query?: {
      readonly workspace_id?: string;
      /** the first that is read; a segment is 256 entries */
      readonly from_segment?: number;
      /** the last that is read; default: the newest */
      readonly to_segment?: number;
    };
    readonly answer: {
      /** entries that were read, of those that are sealed */
      readonly entries: number;
      readonly first_break: {
        /** the last position up to which all was well */
        readonly after: number | null;
        readonly detail: string;
        readonly entry_id: string | null;
        readonly kind: 'edited' | 'missing' | 'reordered' | 'inserted' | 'log_changed' | 'bad_signature' | 'truncated' | 'forked';
        readonly position: number | null;
        readonly segment: number | null;
      } | null;
      /** no break was found */
      readonly ok: boolean;
      /** segments that were read */
      readonly segments: number;
      /** the newest checkpoint; null: nothing is sealed yet */
      readonly tip: {
        /** base64 */
        readonly root: string;
        /** sealed entries */
        readonly seq: number;
        /** RFC 3339, UTC */
        readonly signed_at: string;
      } | null;
    };
  };
  /** List which namespaces of knowledge agents reach */
  'GET /api/v1/auth/agent-namespace-policies': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly agent_id: string;
        /** its slug */
        readonly agent_name: string;
        /** namespaces that the agent reads */
        readonly read: readonly string[];
        readonly review_required: boolean;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly version: number;
        /** namespaces that it writes, and reads */
        readonly write: readonly string[];
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Say which namespaces of knowledge an agent reaches, in place of what was said */
  'PUT /api/v1/auth/agent-namespace-policies/{agentId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agentId: string;
    };
    readonly body: {
      /** namespaces that the agent reads */
      readonly read: readonly string[];
      /** whether what it writes waits for a review */
      readonly review_required?: boolean;
      /** the one that was read; 0 where nothing was said of the agent */
      readonly version: number;
      /** namespaces that it writes, and reads */
      readonly write: readonly string[];
    };
    readonly answer: {
      readonly agent_id: string;
      /** its slug */
      readonly agent_name: string;
      /** namespaces that the agent reads */
      readonly read: readonly string[];
      readonly review_required: boolean;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      /** namespaces that it writes, and reads */
      readonly write: readonly string[];
    };
  };
  /** List one’s own API keys, newest first */
  'GET /api/v1/auth/api-keys': {
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
      readonly include_revoked?: 'true' | 'false';
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly expires_at: string | null;
        readonly id: string;
        /** to the minute */
        readonly last_used_at: string | null;
        readonly name: string;
        /** how the key begins: it names this row */
        readonly prefix: string;
        readonly revoked_at: string | null;
        readonly scopes: readonly string[] | null;
        readonly workspace_id: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Create an API key */
  'POST /api/v1/auth/api-keys': {
    readonly body: {
      /** in the future; none: it lives until it is revoked */
      readonly expires_at?: string | null;
      readonly name: string;
      /** `<resource>:read`, `:write` or `:*`; none: all that its maker may do */
      readonly scopes?: readonly string[] | null;
      /** where the key works; default: where this session does */
      readonly workspace_id?: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly expires_at: string | null;
      readonly id: string;
      /** shown once; null when the answer is replayed for an Idempotency-Key */
      readonly key: string | null;
      /** to the minute */
      readonly last_used_at: string | null;
      readonly name: string;
      /** how the key begins: it names this row */
      readonly prefix: string;
      readonly revoked_at: string | null;
      readonly scopes: readonly string[] | null;
      readonly workspace_id: string;
    };
  };
  /** Revoke one of one’s own API keys */
  'DELETE /api/v1/auth/api-keys/{keyId}': {
    readonly params: {
      readonly keyId: string;
    };
    readonly answer: undefined;
  };
  /** Create a CLI token */
  'POST /api/v1/auth/cli-token': {
    readonly body: {
      readonly expires_in_seconds?: number | null;
      readonly name?: string;
      /** none: the full role */
      readonly scopes?: readonly string[] | null;
      /** `ADMIN`: for an OWNER who signed in; lives at most a week, and each use is audited */
      readonly tier?: 'STANDARD' | 'ADMIN';
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly expires_at: string | null;
      readonly id: string;
      readonly name: string;
      readonly scopes: readonly string[] | null;
      readonly tier: 'STANDARD' | 'ADMIN';
      /** shown once; null when the answer is replayed for an Idempotency-Key */
      readonly token: string | null;
    };
  };
  /** Whether the token of this request is valid, and whose it is */
  'GET /api/v1/auth/cli-token/validate': {
    readonly answer: {
      readonly user_email: string;
      readonly user_id: string;
      readonly valid: true;
    };
  };
  /** List one’s own CLI tokens, newest first */
  'GET /api/v1/auth/cli-tokens': {
    readonly answer: {
      readonly data: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly expires_at: string | null;
        readonly id: string;
        readonly last_used_at: string | null;
        readonly name: string;
        readonly revoked_at: string | null;
        readonly scopes: readonly string[] | null;
        readonly tier: 'STANDARD' | 'ADMIN';
      }[];
    };
  };
  /** Revoke one of one’s own CLI tokens */
  'DELETE /api/v1/auth/cli-tokens/{tokenId}': {
    readonly params: {
      readonly tokenId: string;
    };
    readonly answer: undefined;
  };
  /** Have a link sent by which to choose a new password */
  'POST /api/v1/auth/forgot': {
    readonly body: {
      readonly email: string;
    };
    readonly answer: {
      readonly message: string;
      readonly ok: true;
    };
  };
  /** Sign in a program with username or e-mail and password */
  'POST /api/v1/auth/login': {
    readonly body: {
      readonly password: string;
      /** or the e-mail address, in any case */
      readonly username: string;
      /** id or slug of the workspace; not needed by those who are in one only */
      readonly workspace_id?: string;
    };
    readonly answer: {
      /** a JWT, shown as `Authorization: Bearer …` */
      readonly access_token: string;
      /** seconds until the access token is over */
      readonly expires_in: 900;
      /** takes the next pair, once; null when it is in the cookie that the answer sets */
      readonly refresh_token: string | null;
      readonly token_type: 'bearer';
      readonly user: {
        /** of the API key that the request was made with */
        readonly api_key_id: string | null;
        readonly auth_method: 'session' | 'jwt' | 'cli_token' | 'api_key';
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
        /** of the team’s knowledge; at most 500, of projects the newest */
        readonly namespaces: readonly {
          /** who writes also reads */
          readonly access: 'read' | 'write';
          readonly name: string;
        }[];
        /** in the team, as it is now */
        readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
        /** null: the full role */
        readonly scopes: readonly string[] | null;
        /** the workspace; null for somebody who is in none */
        readonly team: {
          readonly id: string;
          readonly name: string;
          readonly slug: string;
        } | null;
        readonly username: string;
        readonly workspace_id: string | null;
      };
    };
  };
  /** End the session of this request */
  'POST /api/v1/auth/logout': {
    readonly body?: {
      /** of another of one’s own sessions, which ends too */
      readonly refresh_token?: string;
    } | null;
    readonly answer: undefined;
  };
  /** End all of one’s own sessions, of browsers and programs */
  'POST /api/v1/auth/logout-all': {
    readonly answer: {
      /** how many sessions ended */
      readonly revoked: number;
    };
  };
  /** Who the caller is, in which team, with which role and namespaces */
  'GET /api/v1/auth/me': {
    readonly answer: {
      /** of the API key that the request was made with */
      readonly api_key_id: string | null;
      readonly auth_method: 'session' | 'jwt' | 'cli_token' | 'api_key';
      readonly email: string;
      readonly full_name: string;
      readonly id: string;
      /** of the team’s knowledge; at most 500, of projects the newest */
      readonly namespaces: readonly {
        /** who writes also reads */
        readonly access: 'read' | 'write';
        readonly name: string;
      }[];
      /** in the team, as it is now */
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      /** null: the full role */
      readonly scopes: readonly string[] | null;
      /** the workspace; null for somebody who is in none */
      readonly team: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      readonly username: string;
      readonly workspace_id: string | null;
    };
  };
  /** What became of one’s own code */
  'GET /api/v1/auth/pair/poll': {
    readonly query: {
      /** `XXXX-XXXX`, in any case, the hyphen may be missing */
      readonly code: string;
    };
    readonly answer: {
      readonly adapter_hint: string | null;
      readonly expires_at: string | null;
      readonly status: 'pending' | 'consumed' | 'expired';
    };
  };
  /** Take a code for a CLI token */
  'POST /api/v1/auth/pair/redeem': {
    readonly body: {
      /** the program that is paired */
      readonly adapter_hint?: string | null;
      /** `XXXX-XXXX`, in any case, the hyphen may be missing */
      readonly code: string;
    };
    readonly answer: {
      readonly cli_token: string;
      readonly email: string;
      readonly user_id: string;
    };
  };
  /** Get a code by which a program gets a CLI token of one’s own */
  'POST /api/v1/auth/pair/start': {
    readonly body: {
      /** the program that is paired */
      readonly adapter_hint?: string | null;
    };
    readonly answer: {
      /** shown once; null when the answer is replayed for an Idempotency-Key */
      readonly code: string | null;
      /** RFC 3339, UTC */
      readonly expires_at: string;
    };
  };
  /** Take a refresh token for the next pair */
  'POST /api/v1/auth/refresh': {
    readonly body?: {
      /** without it the cookie of a browser that signed in is taken */
      readonly refresh_token?: string;
    } | null;
    readonly answer: {
      /** a JWT, shown as `Authorization: Bearer …` */
      readonly access_token: string;
      /** seconds until the access token is over */
      readonly expires_in: 900;
      /** takes the next pair, once; null when it is in the cookie that the answer sets */
      readonly refresh_token: string | null;
      readonly token_type: 'bearer';
      readonly user: {
        /** of the API key that the request was made with */
        readonly api_key_id: string | null;
        readonly auth_method: 'session' | 'jwt' | 'cli_token' | 'api_key';
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
        /** of the team’s knowledge; at most 500, of projects the newest */
        readonly namespaces: readonly {
          /** who writes also reads */
          readonly access: 'read' | 'write';
          readonly name: string;
        }[];
        /** in the team, as it is now */
        readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
        /** null: the full role */
        readonly scopes: readonly string[] | null;
        /** the workspace; null for somebody who is in none */
        readonly team: {
          readonly id: string;
          readonly name: string;
          readonly slug: string;
        } | null;
        readonly username: string;
        readonly workspace_id: string | null;
      };
    };
  };
  /** Choose a password by the token of a link */
  'POST /api/v1/auth/reset': {
    readonly body: {
      readonly new_password: string;
      readonly token: string;
    };
    readonly answer: {
      readonly ok: true;
    };
  };
  /** List where one is signed in, the most recently used first */
  'GET /api/v1/auth/sessions': {
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly id: string;
      readonly ip: string | null;
      /** whether this request was made with it */
      readonly is_current: boolean;
      /** to the minute */
      readonly last_used_at: string;
      readonly user_agent: string | null;
    }[];
  };
  /** Sign out somewhere */
  'POST /api/v1/auth/sessions/{authSessionId}/revoke': {
    readonly params: {
      readonly authSessionId: string;
    };
    readonly answer: {
      readonly id: string;
      readonly is_current: boolean;
      readonly ok: true;
    };
  };
  /** Make an account with a workspace of one’s own */
  'POST /api/v1/auth/signup': {
    readonly body: {
      readonly email: string;
      readonly full_name: string;
      /** an invitation that is redeemed with it */
      readonly invitation_token?: string | null;
      readonly password: string;
    };
    readonly answer: {
      readonly message: string;
      readonly ok: true;
    };
  };
  /** List the providers that people may sign in by */
  'GET /api/v1/auth/sso/providers': {
    readonly answer: {
      readonly providers: readonly {
        readonly id: string;
        readonly login_url: string;
        readonly name: string;
        readonly type: 'oidc';
      }[];
    };
  };
  /** Come back from a provider */
  'GET /api/v1/auth/sso/{ssoProviderId}/callback': {
    readonly params: {
      readonly ssoProviderId: string;
    };
    readonly query?: {
      readonly code?: string;
      readonly state?: string;
      readonly iss?: string;
      readonly error?: string;
    };
    readonly answer: never;
  };
  /** Go to a provider to sign in */
  'GET /api/v1/auth/sso/{ssoProviderId}/start': {
    readonly params: {
      readonly ssoProviderId: string;
    };
    readonly query?: {
      readonly callbackUrl?: string;
    };
    readonly answer: never;
  };
  /** List what the workspaces that the caller manages say of their agents’ tools */
  'GET /api/v1/auth/tool-config': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** the workspace */
        readonly team_id: string;
        /** every tool that there is, with what holds for it */
        readonly tools: readonly {
          /** async: people are asked and it goes on; sync: it waits */
          readonly approval: 'none' | 'async' | 'sync';
          readonly enabled: boolean;
          readonly limits: {
            /** calls of all agents of the workspace within 60 minutes */
            readonly per_hour: number | null;
            /** calls of one attempt */
            readonly per_run: number | null;
          };
          readonly name: string;
        }[];
        readonly updated_at: string | null;
        readonly updated_by: string | null;
        /** 0: nothing was said yet */
        readonly version: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Say which tools agents of a workspace have, in place of what was said */
  'PUT /api/v1/auth/tool-config/{workspaceId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly workspaceId: string;
    };
    readonly body: {
      readonly tools: readonly {
        /** async: people are asked and it goes on; sync: it waits */
        readonly approval?: 'none' | 'async' | 'sync';
        readonly enabled: boolean;
        readonly limits?: {
          /** calls of all agents of the workspace within 60 minutes */
          readonly per_hour?: number | null;
          /** calls of one attempt */
          readonly per_run?: number | null;
        };
        readonly name: string;
      }[];
      /** the one that was read */
      readonly version?: number;
    };
    readonly answer: {
      /** the workspace */
      readonly team_id: string;
      /** every tool that there is, with what holds for it */
      readonly tools: readonly {
        /** async: people are asked and it goes on; sync: it waits */
        readonly approval: 'none' | 'async' | 'sync';
        readonly enabled: boolean;
        readonly limits: {
          /** calls of all agents of the workspace within 60 minutes */
          readonly per_hour: number | null;
          /** calls of one attempt */
          readonly per_run: number | null;
        };
        readonly name: string;
      }[];
      readonly updated_at: string | null;
      readonly updated_by: string | null;
      /** 0: nothing was said yet */
      readonly version: number;
    };
  };
  /** List the people of the workspace, the oldest member first */
  'GET /api/v1/auth/users': {
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
      readonly workspace_id?: string;
      readonly role?: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      /** inactive: switched off in this workspace; disabled: their account is, and this is its home */
      readonly status?: 'active' | 'inactive' | 'disabled';
      /** part of a name or address, in any case */
      readonly q?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
        /** this workspace is the account’s home */
        readonly identity_managed_here: boolean;
        /** in this workspace */
        readonly is_active: boolean;
        /** the account; null where it is managed elsewhere */
        readonly is_disabled: boolean | null;
        /** of sessions that are known; null also where it is managed elsewhere */
        readonly last_login_at: string | null;
        /** their name is closed to some who try to sign in; null also where it is managed elsewhere */
        readonly locked_until: string | null;
        /** the team’s, those of the 100 newest projects that the person is a member of, and what was granted */
        readonly namespaces: readonly {
          /** who writes also reads */
          readonly access: 'read' | 'write';
          readonly name: string;
        }[];
        readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
        readonly username: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Change a person’s place in the workspace, or their account */
  'PATCH /api/v1/auth/users/{userId}': {
    readonly params: {
      readonly userId: string;
    };
    readonly body: {
      readonly full_name?: string;
      /** in this workspace; false ends what of theirs works in it */
      readonly is_active?: boolean;
      /** their account, in every workspace; true ends all credentials */
      readonly is_disabled?: boolean;
      /** of knowledge, in place of all that were granted; projects open theirs by their roles */
      readonly namespaces?: readonly {
        readonly access: 'read' | 'write';
        /** name of a namespace */
        readonly name: string;
      }[];
      readonly role?: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly username?: string;
    };
    readonly answer: {
      readonly email: string;
      readonly full_name: string;
      readonly id: string;
      /** this workspace is the account’s home */
      readonly identity_managed_here: boolean;
      /** in this workspace */
      readonly is_active: boolean;
      /** the account; null where it is managed elsewhere */
      readonly is_disabled: boolean | null;
      /** of sessions that are known; null also where it is managed elsewhere */
      readonly last_login_at: string | null;
      /** their name is closed to some who try to sign in; null also where it is managed elsewhere */
      readonly locked_until: string | null;
      /** the team’s, those of the 100 newest projects that the person is a member of, and what was granted */
      readonly namespaces: readonly {
        /** who writes also reads */
        readonly access: 'read' | 'write';
        readonly name: string;
      }[];
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly username: string;
    };
  };
  /** Forget a person’s failed attempts to sign in */
  'POST /api/v1/auth/users/{userId}/unlock': {
    readonly params: {
      readonly userId: string;
    };
    readonly body?: {
      readonly reason?: string;
    } | null;
    readonly answer: {
      readonly email: string;
      readonly full_name: string;
      readonly id: string;
      /** this workspace is the account’s home */
      readonly identity_managed_here: boolean;
      /** in this workspace */
      readonly is_active: boolean;
      /** the account; null where it is managed elsewhere */
      readonly is_disabled: boolean | null;
      /** of sessions that are known; null also where it is managed elsewhere */
      readonly last_login_at: string | null;
      /** their name is closed to some who try to sign in; null also where it is managed elsewhere */
      readonly locked_until: string | null;
      /** the team’s, those of the 100 newest projects that the person is a member of, and what was granted */
      readonly namespaces: readonly {
        /** who writes also reads */
        readonly access: 'read' | 'write';
        readonly name: string;
      }[];
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly username: string;
    };
  };
  /** Confirm an e-mail address by the token of a link */
  'POST /api/v1/auth/verify-email': {
    readonly body: {
      readonly token: string;
    };
    readonly answer: {
      readonly ok: true;
    };
  };
  /** Make the first user, their workspace and a CLI token, and sign them in */
  'POST /api/v1/bootstrap': {
    readonly body: {
      readonly email: string;
      readonly full_name: string;
      readonly password: string;
      /** the operator’s `CREWSHIP_SETUP_TOKEN`; not asked of who comes from the API’s own machine */
      readonly setup_token?: string;
    };
    readonly answer: {
      /** shown once */
      readonly cli_token: string;
      readonly email: string;
      readonly user_id: string;
      readonly workspace_id: string;
    };
  };
  /** List the images that hosts hold for crews, newest first */
  'GET /api/v1/cache/images': {
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly images: readonly {
        /** the whole of it: what the image is; the tag is its name */
        readonly config_hash: string;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly host_id: string;
        /** crews of this workspace */
        readonly referenced_by_crew_ids: readonly string[];
        readonly size_bytes: number;
        readonly tag: string;
      }[];
    };
  };
  /** Remove a cached image from the hosts that hold it */
  'DELETE /api/v1/cache/images/{tag}': {
    readonly params: {
      readonly tag: string;
    };
    readonly query?: {
      /** on this host only */
      readonly host_id?: string;
    };
    readonly answer: undefined;
  };
  /** List capability gaps, those seen last first */
  'GET /api/v1/capability-gaps/findings': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: string;
      readonly severity?: string;
      readonly category?: string;
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      /** part of the title */
      readonly q?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly agent_id: string | null;
        readonly category: 'missing_tool' | 'missing_knowledge' | 'missing_permission' | 'low_quality' | 'repeated_failure' | 'unanswered';
        /** the newest 20 of what was seen */
        readonly evidence: readonly {
          readonly id: string;
          readonly type: 'run' | 'journal_entry' | 'escalation' | 'validation_log';
        }[];
        /** RFC 3339, UTC */
        readonly first_seen_at: string;
        readonly id: string;
        /** RFC 3339, UTC */
        readonly last_seen_at: string;
        readonly note: string | null;
        /** in the newest report that saw it */
        readonly occurrences: number;
        readonly severity: 'low' | 'medium' | 'high' | 'critical';
        readonly status: 'open' | 'acknowledged' | 'in_progress' | 'resolved' | 'dismissed';
        /** that was made of it, where the caller sees its project */
        readonly task_id: string | null;
        readonly title: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Make a task of a capability gap */
  'POST /api/v1/capability-gaps/findings/{gapFindingId}/create-task': {
    readonly params: {
      readonly gapFindingId: string;
    };
    readonly body?: {
      readonly agent?: string | null;
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id?: string | null;
      readonly reviewer_id?: string | null;
      /** default: the finding’s */
      readonly title?: string | null;
    } | null;
    readonly answer: {
      readonly finding: {
        readonly agent_id: string | null;
        readonly category: 'missing_tool' | 'missing_knowledge' | 'missing_permission' | 'low_quality' | 'repeated_failure' | 'unanswered';
        /** the newest 20 of what was seen */
        readonly evidence: readonly {
          readonly id: string;
          readonly type: 'run' | 'journal_entry' | 'escalation' | 'validation_log';
        }[];
        /** RFC 3339, UTC */
        readonly first_seen_at: string;
        readonly id: string;
        /** RFC 3339, UTC */
        readonly last_seen_at: string;
        readonly note: string | null;
        /** in the newest report that saw it */
        readonly occurrences: number;
        readonly severity: 'low' | 'medium' | 'high' | 'critical';
        readonly status: 'open' | 'acknowledged' | 'in_progress' | 'resolved' | 'dismissed';
        /** that was made of it, where the caller sees its project */
        readonly task_id: string | null;
        readonly title: string;
      };
      readonly task: {
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly approval_required: boolean;
        readonly approval_status: string | null;
        readonly approved_at: string | null;
        readonly approved_by: string | null;
        readonly assigned_agent_id: string | null;
        readonly assignment_id: string | null;
        /** its agent begins as soon as nothing is before it */
        readonly auto_start: boolean;
        readonly completed_at: string | null;
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly crew_id: string | null;
        /** task ids as a JSON array in a string */
        readonly depends_on: string;
        readonly description: string | null;
        /** YYYY-MM-DD */
        readonly due_date: string | null;
        readonly duration_ms: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        /** US dollars */
        readonly estimated_cost: number;
        readonly evaluation_notes: string | null;
        readonly evaluation_status: string | null;
        readonly handoff_context: { readonly [name: string]: unknown } | null;
        readonly id: string;
        readonly issue_id: string | null;
        readonly iteration: number;
        /** the job that runs its agent, or did last */
        readonly job_id: string | null;
        readonly labels: readonly string[];
        readonly max_iterations: number | null;
        /** null: a task that people manage */
        readonly mission_id: string | null;
        readonly needs_review: boolean;
        readonly output_path: string | null;
        readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
        readonly project_id: string | null;
        readonly result_summary: string | null;
        readonly review: {
          readonly at: string | null;
          readonly by: string | null;
          readonly note: string | null;
          readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
        };
        readonly reviewer_id: string | null;
        /** the latest attempt */
        readonly run_id: string | null;
        readonly started_at: string | null;
        readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
        readonly task_order: number;
        readonly title: string;
        readonly token_count: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        /** counts what people change of it; transitions do not */
        readonly version: number;
      };
    };
  };
  /** Put a capability gap into another state */
  'POST /api/v1/capability-gaps/findings/{gapFindingId}/status': {
    readonly params: {
      readonly gapFindingId: string;
    };
    readonly body: {
      readonly note?: string | null;
      readonly status: 'open' | 'acknowledged' | 'in_progress' | 'resolved' | 'dismissed';
    };
    readonly answer: {
      readonly agent_id: string | null;
      readonly category: 'missing_tool' | 'missing_knowledge' | 'missing_permission' | 'low_quality' | 'repeated_failure' | 'unanswered';
      /** the newest 20 of what was seen */
      readonly evidence: readonly {
        readonly id: string;
        readonly type: 'run' | 'journal_entry' | 'escalation' | 'validation_log';
      }[];
      /** RFC 3339, UTC */
      readonly first_seen_at: string;
      readonly id: string;
      /** RFC 3339, UTC */
      readonly last_seen_at: string;
      readonly note: string | null;
      /** in the newest report that saw it */
      readonly occurrences: number;
      readonly severity: 'low' | 'medium' | 'high' | 'critical';
      readonly status: 'open' | 'acknowledged' | 'in_progress' | 'resolved' | 'dismissed';
      /** that was made of it, where the caller sees its project */
      readonly task_id: string | null;
      readonly title: string;
    };
  };
  /** List reports of capability gaps, newest first */
  'GET /api/v1/capability-gaps/reports': {
    readonly query?: {
      readonly workspace_id?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly agent_id: string | null;
        /** findings by severity; null: it is not done */
        readonly counts: {
          readonly critical: number;
          readonly high: number;
          readonly low: number;
          readonly medium: number;
        } | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly id: string;
        readonly job_id: string;
        readonly min_evidence: number;
        readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
        readonly summary: string;
        readonly window: {
          /** RFC 3339, UTC */
          readonly from: string;
          /** RFC 3339, UTC */
          readonly to: string;
        };
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Make a report of capability gaps */
  'POST /api/v1/capability-gaps/reports/run': {
    readonly body?: {
      /** of this one alone */
      readonly agent?: string;
      /** default: 7 days before `to` */
      readonly from?: string;
      /** what was seen less often is no finding */
      readonly min_evidence?: number;
      /** default: now; at most 90 days after `from` */
      readonly to?: string;
    } | null;
    readonly answer: {
      readonly job_id: string;
      readonly report_id: string;
    };
  };
  /** Get a report of capability gaps with its findings, as they are now */
  'GET /api/v1/capability-gaps/reports/{gapReportId}': {
    readonly params: {
      readonly gapReportId: string;
    };
    readonly answer: {
      readonly agent_id: string | null;
      /** findings by severity; null: it is not done */
      readonly counts: {
        readonly critical: number;
        readonly high: number;
        readonly low: number;
        readonly medium: number;
      } | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly findings: readonly {
        readonly agent_id: string | null;
        readonly category: 'missing_tool' | 'missing_knowledge' | 'missing_permission' | 'low_quality' | 'repeated_failure' | 'unanswered';
        /** the newest 20 of what was seen */
        readonly evidence: readonly {
          readonly id: string;
          readonly type: 'run' | 'journal_entry' | 'escalation' | 'validation_log';
        }[];
        /** RFC 3339, UTC */
        readonly first_seen_at: string;
        readonly id: string;
        /** RFC 3339, UTC */
        readonly last_seen_at: string;
        readonly note: string | null;
        /** in the newest report that saw it */
        readonly occurrences: number;
        readonly severity: 'low' | 'medium' | 'high' | 'critical';
        readonly status: 'open' | 'acknowledged' | 'in_progress' | 'resolved' | 'dismissed';
        /** that was made of it, where the caller sees its project */
        readonly task_id: string | null;
        readonly title: string;
      }[];
      readonly id: string;
      readonly job_id: string;
      readonly min_evidence: number;
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      readonly summary: string;
      readonly window: {
        /** RFC 3339, UTC */
        readonly from: string;
        /** RFC 3339, UTC */
        readonly to: string;
      };
    };
  };
  /** Places of the hosts, how many are used and awaited, and images being built */
  'GET /api/v1/capacity': {
    readonly answer: {
      readonly builds: {
        readonly running: number;
        readonly waiting: number;
      };
      readonly hosts: readonly {
        readonly capacity: number;
        readonly id: string;
        readonly in_use: number;
        readonly live: boolean;
        readonly status: 'up' | 'draining' | 'lost';
        /** runs of all workspaces that wait for a place */
        readonly waiting: number;
        /** runs that wait for people or other agents, without a place */
        readonly waiting_for_answers: number;
      }[];
      readonly workspace: {
        readonly in_use: number;
        readonly waiting: number;
      };
    };
  };
  /** Write to an agent, and wait for its answer */
  'POST /api/v1/chat': {
    readonly body?: {
      /** who answers; default: the session’s, project’s or workspace’s */
      readonly agent?: string;
      readonly message: string;
      /** free, at most 8 KiB; in a form its JSON */
      readonly metadata?: { readonly [name: string]: unknown };
      /** of a new session */
      readonly project_id?: string;
      /** default: a new session */
      readonly session_id?: string;
      /** seconds to wait for the end of the turn; then 202 */
      readonly wait_s?: number;
    } | null;
    readonly answer: {
      readonly error: {
        readonly code: string;
      } | null;
      /** what the turn tells, also as server-sent events */
      readonly events_url: string;
      readonly finish_reason: 'stop' | 'length' | 'cancelled' | 'waiting' | 'error' | null;
      /** of the kind chat.turn */
      readonly job_id: string;
      /** the answer, once it is there */
      readonly message: {
        /** what the turn published */
        readonly artifacts: readonly {
          readonly kind: 'html' | 'pdf' | 'docx' | 'image' | 'csv' | 'other';
          readonly mime: string;
          readonly name: string;
          /** names it in the paths of attachments */
          readonly reference_token: string;
          /** the newest */
          readonly revision: number;
          readonly size_bytes: number;
          readonly title: string | null;
        }[];
        readonly content: string;
        readonly id: string;
        readonly role: 'assistant';
      } | null;
      /** the newest attempt of the agent */
      readonly run_id: string;
      readonly session_id: string;
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      readonly usage: {
        readonly cached_input_tokens: number;
        /** US dollars, six decimals */
        readonly cost_usd: string;
        readonly input_tokens: number;
        readonly output_tokens: number;
      } | null;
    };
  };
  /** Cancel a turn */
  'POST /api/v1/chat/cancel': {
    readonly body: {
      readonly job_id?: string;
      /** shown with the job’s events */
      readonly reason?: string | null;
      readonly run_id?: string;
      readonly session_id?: string;
    };
    readonly answer: {
      readonly job_id: string;
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
    };
  };
  /** Write to an agent, and read along */
  'POST /api/v1/chat/stream': {
    readonly body?: {
      /** who answers; default: the session’s, project’s or workspace’s */
      readonly agent?: string;
      readonly message: string;
      /** free, at most 8 KiB; in a form its JSON */
      readonly metadata?: { readonly [name: string]: unknown };
      /** what becomes of the turn */
      readonly on_disconnect?: 'continue' | 'cancel';
      /** of a new session */
      readonly project_id?: string;
      /** default: a new session */
      readonly session_id?: string;
    } | null;
    readonly events: true;
  };
  /** List the messages of a chat, oldest first */
  'GET /api/v1/chats/{chatId}/messages': {
    readonly params: {
      readonly chatId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly messages: readonly {
        /** who answered */
        readonly agent_id: string | null;
        /** what the turn published */
        readonly artifacts: readonly {
          readonly kind: 'html' | 'pdf' | 'docx' | 'image' | 'csv' | 'other';
          readonly mime: string;
          readonly name: string;
          /** names it in the paths of attachments */
          readonly reference_token: string;
          /** the newest */
          readonly revision: number;
          readonly size_bytes: number;
          readonly title: string | null;
        }[];
        readonly author_user_id: string | null;
        readonly content: string;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly finish_reason: 'stop' | 'length' | 'cancelled' | 'waiting' | 'error' | null;
        readonly id: string;
        /** the turn */
        readonly job_id: string | null;
        readonly role: 'user' | 'assistant';
        readonly run_id: string | null;
        /** in its session, from 1 */
        readonly seq: number;
      }[];
    };
  };
  /** Say something in a chat */
  'POST /api/v1/chats/{chatId}/messages': {
    readonly params: {
      readonly chatId: string;
    };
    readonly body: {
      readonly content: string;
      /** steps that the agent may take, where its tool counts them */
      readonly max_turns?: number;
      /** free, at most 8 KiB */
      readonly metadata?: { readonly [name: string]: unknown };
    };
    readonly answer: {
      /** the turn that answers it; null: it is among people */
      readonly job_id: string | null;
      readonly message_id: string;
      readonly run_id: string | null;
    };
  };
  /** List who is in a chat: its owner, and whom they let in */
  'GET /api/v1/chats/{chatId}/participants': {
    readonly params: {
      readonly chatId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly added_by: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly name: string;
      readonly role: 'owner' | 'member' | 'viewer';
      readonly user_id: string;
    }[];
  };
  /** Let somebody into a chat */
  'POST /api/v1/chats/{chatId}/participants': {
    readonly params: {
      readonly chatId: string;
    };
    readonly body: {
      /** member: reads and writes */
      readonly role?: 'member' | 'viewer';
      readonly user_id: string;
    };
    readonly answer: {
      readonly added_by: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly name: string;
      readonly role: 'owner' | 'member' | 'viewer';
      readonly user_id: string;
    };
  };
  /** Let somebody out of a chat, or leave it */
  'DELETE /api/v1/chats/{chatId}/participants/{userId}': {
    readonly params: {
      readonly chatId: string;
      readonly userId: string;
    };
    readonly answer: undefined;
  };
  /** Say something into the turn that is under way */
  'POST /api/v1/chats/{chatId}/steer': {
    readonly params: {
      readonly chatId: string;
    };
    readonly body: {
      readonly message: string;
    };
    readonly answer: {
      readonly job_id: string;
      readonly message_id: string;
      readonly run_id: string;
    };
  };
  /** Follow a chat, a frame of its channel a line */
  'GET /api/v1/chats/{chatId}/stream': {
    readonly params: {
      readonly chatId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** only frames after this one; default: the turn under way from its beginning, else what comes */
      readonly last_seq?: number;
      /** go on when no turn is under way */
      readonly follow?: string;
      /** with follow: seconds without a frame to its end */
      readonly idle?: number;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Delete a checkpoint */
  'DELETE /api/v1/checkpoints/{checkpointId}': {
    readonly params: {
      readonly checkpointId: string;
    };
    readonly answer: undefined;
  };
  /** Get a checkpoint */
  'GET /api/v1/checkpoints/{checkpointId}': {
    readonly params: {
      readonly checkpointId: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** the checkpoint that the mission was forked from */
      readonly fork_of: string | null;
      readonly id: string;
      /** the newest entry of the mission’s journal then */
      readonly journal_cursor: string;
      readonly label: string | null;
      readonly mission_id: string;
      readonly state: {
        /** digest of each agent’s memory, by its slug */
        readonly agent_memory: { readonly [name: string]: string };
        readonly crew_container_id: string | null;
        readonly meta: { readonly [name: string]: unknown };
        readonly open_assignments: readonly string[];
        /** ids of the tasks that had not ended, in their order */
        readonly pending_tasks: readonly string[];
      };
      readonly workspace_id: string;
    };
  };
  /** Make a new mission in PLANNING that begins at a checkpoint */
  'POST /api/v1/checkpoints/{checkpointId}/fork': {
    readonly params: {
      readonly checkpointId: string;
    };
    readonly body?: {
      readonly label?: string | null;
    } | null;
    readonly answer: {
      readonly new_checkpoint_id: string;
      readonly new_mission_id: string;
    };
  };
  /** Tell what has happened to the mission since a checkpoint */
  'POST /api/v1/checkpoints/{checkpointId}/restore': {
    readonly params: {
      readonly checkpointId: string;
    };
    readonly answer: {
      readonly checkpoint: {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly crew_id: string | null;
        /** the checkpoint that the mission was forked from */
        readonly fork_of: string | null;
        readonly id: string;
        /** the newest entry of the mission’s journal then */
        readonly journal_cursor: string;
        readonly label: string | null;
        readonly mission_id: string;
        readonly state: {
          /** digest of each agent’s memory, by its slug */
          readonly agent_memory: { readonly [name: string]: string };
          readonly crew_container_id: string | null;
          readonly meta: { readonly [name: string]: unknown };
          readonly open_assignments: readonly string[];
          /** ids of the tasks that had not ended, in their order */
          readonly pending_tasks: readonly string[];
        };
        readonly workspace_id: string;
      };
      /** how many there are */
      readonly divergence_count: number;
      readonly journal_cursor: string;
      /** entries of the mission since the cursor, oldest first, up to 1,000: `<entry type> at <entry id>` */
      readonly warn_divergence: readonly string[];
    };
  };
  /** End a rotation’s grace: the old value is gone */
  'DELETE /api/v1/credential-rotations/{rotationId}': {
    readonly params: {
      readonly rotationId: string;
    };
    readonly answer: {
      readonly status: 'ACTIVE' | 'EXPIRED' | 'CANCELLED';
    };
  };
  /** List credentials by type, newest first; never their values */
  'GET /api/v1/credentials': {
    readonly query?: {
      readonly workspace_id?: string;
      /** part of the name or description */
      readonly search?: string;
      readonly tag?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly _count_agent_credentials: number;
      readonly account_email: string | null;
      readonly account_label: string | null;
      readonly agent_ids: readonly string[];
      /** in the order of `agent_ids` */
      readonly agent_names: readonly string[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_actor_id: string | null;
      readonly created_by_actor_type: 'user' | 'agent' | 'system';
      readonly crew_ids: readonly string[];
      readonly description: string | null;
      /** of an ENDPOINT_URL, without what it is called with */
      readonly endpoint_url: string | null;
      readonly id: string;
      readonly last_checked_at: string | null;
      readonly last_error: string | null;
      readonly last_used_at: string | null;
      readonly name: string;
      readonly provider: string;
      readonly scope: 'WORKSPACE' | 'CREW';
      /** the keeper’s tier */
      readonly security_level: 1 | 2 | 3 | 4;
      readonly security_level_label: 'low' | 'medium' | 'high' | 'critical';
      readonly sensitivity: 'STANDARD' | 'RESTRICTED' | 'SEALED';
      readonly status: 'PENDING' | 'PENDING_APPROVAL' | 'ACTIVE' | 'RATE_LIMITED' | 'EXPIRED' | 'ERROR' | 'REVOKED' | 'REJECTED';
      readonly tags: readonly string[];
      /** whether somebody can be asked if it works */
      readonly testable: boolean;
      readonly token_expires_at: string | null;
      readonly type: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly username: string | null;
      readonly workspace_id: string;
    }[];
  };
  /** Store a credential */
  'POST /api/v1/credentials': {
    readonly body: {
      readonly account_email?: string | null;
      readonly account_label?: string | null;
      /** any crew makes the scope CREW */
      readonly crew_ids?: readonly string[];
      readonly description?: string | null;
      readonly name: string;
      /** a placeholder whose value comes later */
      readonly pending?: boolean;
      /** free, e.g. ANTHROPIC, OPENAI, GITHUB; REGISTRY: account_label is the registry’s host */
      readonly provider?: string;
      /** sealed when it is stored and never shown */
      readonly refresh_token?: string;
      readonly scope?: 'WORKSPACE' | 'CREW';
      /** the keeper’s tier */
      readonly security_level?: 1 | 2 | 3 | 4;
      readonly tags?: readonly string[];
      readonly token_expires_at?: string | null;
      readonly type?: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      readonly username?: string | null;
      /** sealed when it is stored and never shown */
      readonly value?: string;
    };
    readonly answer: {
      readonly _count_agent_credentials: number;
      readonly account_email: string | null;
      readonly account_label: string | null;
      readonly agent_ids: readonly string[];
      /** in the order of `agent_ids` */
      readonly agent_names: readonly string[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_actor_id: string | null;
      readonly created_by_actor_type: 'user' | 'agent' | 'system';
      readonly crew_ids: readonly string[];
      readonly description: string | null;
      /** of an ENDPOINT_URL, without what it is called with */
      readonly endpoint_url: string | null;
      readonly id: string;
      readonly last_checked_at: string | null;
      readonly last_error: string | null;
      readonly last_used_at: string | null;
      readonly name: string;
      readonly provider: string;
      readonly scope: 'WORKSPACE' | 'CREW';
      /** the keeper’s tier */
      readonly security_level: 1 | 2 | 3 | 4;
      readonly security_level_label: 'low' | 'medium' | 'high' | 'critical';
      readonly sensitivity: 'STANDARD' | 'RESTRICTED' | 'SEALED';
      readonly status: 'PENDING' | 'PENDING_APPROVAL' | 'ACTIVE' | 'RATE_LIMITED' | 'EXPIRED' | 'ERROR' | 'REVOKED' | 'REJECTED';
      readonly tags: readonly string[];
      /** whether somebody can be asked if it works */
      readonly testable: boolean;
      readonly token_expires_at: string | null;
      readonly type: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly username: string | null;
      readonly workspace_id: string;
    };
  };
  /** List which credential is bound to which slot */
  'GET /api/v1/credentials/bindings': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly credential_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly bindings: readonly {
        readonly agent_id: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly credential_id: string;
        readonly credential_name: string;
        readonly crew_id: string | null;
        readonly id: string;
        readonly scope: 'WORKSPACE' | 'CREW' | 'AGENT';
        readonly slot: string;
      }[];
    };
  };
  /** Bind a credential to a slot of the workspace, a crew or an agent */
  'POST /api/v1/credentials/bindings': {
    readonly body: {
      /** with the scope AGENT */
      readonly agent_id?: string | null;
      readonly credential_id: string;
      /** with the scope CREW */
      readonly crew_id?: string | null;
      readonly scope: 'WORKSPACE' | 'CREW' | 'AGENT';
      readonly slot: string;
    };
    readonly answer: {
      readonly agent_id: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly credential_id: string;
      readonly credential_name: string;
      readonly crew_id: string | null;
      readonly id: string;
      readonly scope: 'WORKSPACE' | 'CREW' | 'AGENT';
      readonly slot: string;
    };
  };
  /** Take a credential from a slot */
  'DELETE /api/v1/credentials/bindings/{bindingId}': {
    readonly params: {
      readonly bindingId: string;
    };
    readonly answer: undefined;
  };
  /** The variable that a provider’s own tools read */
  'GET /api/v1/credentials/default-env-var': {
    readonly query: {
      readonly workspace_id?: string;
      readonly provider: string;
      readonly type?: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
    };
    readonly answer: {
      readonly env_var: string;
      readonly testable: boolean;
    };
  };
  /** Whether people of the workspace may be shown values */
  'GET /api/v1/credentials/reveal-policy': {
    readonly answer: {
      readonly enabled: boolean;
      readonly workspace_id: string;
    };
  };
  /** Say whether people of the workspace may be shown values */
  'PUT /api/v1/credentials/reveal-policy': {
    readonly body: {
      readonly enabled: boolean;
    };
    readonly answer: {
      readonly enabled: boolean;
      readonly workspace_id: string;
    };
  };
  /** Ask a provider whether a key works; nothing is stored */
  'POST /api/v1/credentials/test': {
    readonly body: {
      readonly provider?: string;
      readonly type?: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      /** sealed when it is stored and never shown */
      readonly value: string;
    };
    readonly answer: {
      readonly error: 'refused' | 'rate_limited' | 'unreachable' | 'timeout' | 'address_refused' | 'unexpected' | null;
      /** of the provider’s answer */
      readonly status: number | null;
      /** false: nobody is known who could be asked, and nothing was */
      readonly supported: boolean;
      /** null: it was not found out */
      readonly valid: boolean | null;
    };
  };
  /** Delete a credential: what it held is scrubbed at once */
  'DELETE /api/v1/credentials/{credentialId}': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly answer: undefined;
  };
  /** Get a credential; never its value */
  'GET /api/v1/credentials/{credentialId}': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly answer: {
      readonly _count_agent_credentials: number;
      readonly account_email: string | null;
      readonly account_label: string | null;
      readonly agent_ids: readonly string[];
      /** in the order of `agent_ids` */
      readonly agent_names: readonly string[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_actor_id: string | null;
      readonly created_by_actor_type: 'user' | 'agent' | 'system';
      readonly crew_ids: readonly string[];
      readonly description: string | null;
      /** of an ENDPOINT_URL, without what it is called with */
      readonly endpoint_url: string | null;
      readonly id: string;
      readonly last_checked_at: string | null;
      readonly last_error: string | null;
      readonly last_used_at: string | null;
      readonly name: string;
      readonly provider: string;
      readonly scope: 'WORKSPACE' | 'CREW';
      /** the keeper’s tier */
      readonly security_level: 1 | 2 | 3 | 4;
      readonly security_level_label: 'low' | 'medium' | 'high' | 'critical';
      readonly sensitivity: 'STANDARD' | 'RESTRICTED' | 'SEALED';
      readonly status: 'PENDING' | 'PENDING_APPROVAL' | 'ACTIVE' | 'RATE_LIMITED' | 'EXPIRED' | 'ERROR' | 'REVOKED' | 'REJECTED';
      readonly tags: readonly string[];
      /** whether somebody can be asked if it works */
      readonly testable: boolean;
      readonly token_expires_at: string | null;
      readonly type: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly username: string | null;
      readonly workspace_id: string;
    };
  };
  /** Change what is not secret */
  'PATCH /api/v1/credentials/{credentialId}': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly body: {
      readonly account_email?: string | null;
      readonly account_label?: string | null;
      /** any crew makes the scope CREW */
      readonly crew_ids?: readonly string[];
      readonly description?: string | null;
      readonly name?: string;
      /** free, e.g. ANTHROPIC, OPENAI, GITHUB; REGISTRY: account_label is the registry’s host */
      readonly provider?: string;
      readonly scope?: 'WORKSPACE' | 'CREW';
      /** the keeper’s tier */
      readonly security_level?: 1 | 2 | 3 | 4;
      readonly tags?: readonly string[];
      readonly token_expires_at?: string | null;
      readonly username?: string | null;
    };
    readonly answer: {
      readonly _count_agent_credentials: number;
      readonly account_email: string | null;
      readonly account_label: string | null;
      readonly agent_ids: readonly string[];
      /** in the order of `agent_ids` */
      readonly agent_names: readonly string[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_actor_id: string | null;
      readonly created_by_actor_type: 'user' | 'agent' | 'system';
      readonly crew_ids: readonly string[];
      readonly description: string | null;
      /** of an ENDPOINT_URL, without what it is called with */
      readonly endpoint_url: string | null;
      readonly id: string;
      readonly last_checked_at: string | null;
      readonly last_error: string | null;
      readonly last_used_at: string | null;
      readonly name: string;
      readonly provider: string;
      readonly scope: 'WORKSPACE' | 'CREW';
      /** the keeper’s tier */
      readonly security_level: 1 | 2 | 3 | 4;
      readonly security_level_label: 'low' | 'medium' | 'high' | 'critical';
      readonly sensitivity: 'STANDARD' | 'RESTRICTED' | 'SEALED';
      readonly status: 'PENDING' | 'PENDING_APPROVAL' | 'ACTIVE' | 'RATE_LIMITED' | 'EXPIRED' | 'ERROR' | 'REVOKED' | 'REJECTED';
      readonly tags: readonly string[];
      /** whether somebody can be asked if it works */
      readonly testable: boolean;
      readonly token_expires_at: string | null;
      readonly type: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly username: string | null;
      readonly workspace_id: string;
    };
  };
  /** Change what is not secret */
  'PUT /api/v1/credentials/{credentialId}': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly body: {
      readonly account_email?: string | null;
      readonly account_label?: string | null;
      /** any crew makes the scope CREW */
      readonly crew_ids?: readonly string[];
      readonly description?: string | null;
      readonly name?: string;
      /** free, e.g. ANTHROPIC, OPENAI, GITHUB; REGISTRY: account_label is the registry’s host */
      readonly provider?: string;
      readonly scope?: 'WORKSPACE' | 'CREW';
      /** the keeper’s tier */
      readonly security_level?: 1 | 2 | 3 | 4;
      readonly tags?: readonly string[];
      readonly token_expires_at?: string | null;
      readonly username?: string | null;
    };
    readonly answer: {
      readonly _count_agent_credentials: number;
      readonly account_email: string | null;
      readonly account_label: string | null;
      readonly agent_ids: readonly string[];
      /** in the order of `agent_ids` */
      readonly agent_names: readonly string[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by_actor_id: string | null;
      readonly created_by_actor_type: 'user' | 'agent' | 'system';
      readonly crew_ids: readonly string[];
      readonly description: string | null;
      /** of an ENDPOINT_URL, without what it is called with */
      readonly endpoint_url: string | null;
      readonly id: string;
      readonly last_checked_at: string | null;
      readonly last_error: string | null;
      readonly last_used_at: string | null;
      readonly name: string;
      readonly provider: string;
      readonly scope: 'WORKSPACE' | 'CREW';
      /** the keeper’s tier */
      readonly security_level: 1 | 2 | 3 | 4;
      readonly security_level_label: 'low' | 'medium' | 'high' | 'critical';
      readonly sensitivity: 'STANDARD' | 'RESTRICTED' | 'SEALED';
      readonly status: 'PENDING' | 'PENDING_APPROVAL' | 'ACTIVE' | 'RATE_LIMITED' | 'EXPIRED' | 'ERROR' | 'REVOKED' | 'REJECTED';
      readonly tags: readonly string[];
      /** whether somebody can be asked if it works */
      readonly testable: boolean;
      readonly token_expires_at: string | null;
      readonly type: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly username: string | null;
      readonly workspace_id: string;
    };
  };
  /** List what happened to a credential, newest first */
  'GET /api/v1/credentials/{credentialId}/audit': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** of the page before: its `Link` with `rel="next"` has it */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly actor_id: string | null;
      readonly actor_type: string;
      readonly agent_id: string | null;
      /** CREATED, USE, ROTATE, TEST, REVEAL, REVOKE, LEASED and others */
      readonly event_type: string;
      readonly id: string;
      readonly ip_address: string | null;
      /** what the entry of the journal says; never a value */
      readonly metadata: { readonly [name: string]: unknown };
      /** RFC 3339, UTC */
      readonly occurred_at: string;
    }[];
  };
  /** List the fields of a credential; no secret one’s value */
  'GET /api/v1/credentials/{credentialId}/fields': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly is_secret: boolean;
      readonly key: string;
      readonly ordinal: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** null for what is secret */
      readonly value: string | null;
    }[];
  };
  /** Add a field to a credential, sealed by itself */
  'POST /api/v1/credentials/{credentialId}/fields': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly body: {
      /** false: anybody who sees the credential sees the field */
      readonly is_secret?: boolean;
      readonly key: string;
      /** the place in the list */
      readonly ordinal?: number;
      /** sealed when it is stored and never shown */
      readonly value: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly is_secret: boolean;
      readonly key: string;
      readonly ordinal: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** null for what is secret */
      readonly value: string | null;
    };
  };
  /** Delete a field of a credential, and what is kept of values it had */
  'DELETE /api/v1/credentials/{credentialId}/fields/{fieldKey}': {
    readonly params: {
      readonly credentialId: string;
      readonly fieldKey: string;
    };
    readonly answer: undefined;
  };
  /** Replace a field of a credential */
  'PUT /api/v1/credentials/{credentialId}/fields/{fieldKey}': {
    readonly params: {
      readonly credentialId: string;
      readonly fieldKey: string;
    };
    readonly body: {
      /** false: anybody who sees the credential sees the field */
      readonly is_secret?: boolean;
      /** the place in the list */
      readonly ordinal?: number;
      /** sealed when it is stored and never shown */
      readonly value: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly is_secret: boolean;
      readonly key: string;
      readonly ordinal: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** null for what is secret */
      readonly value: string | null;
    };
  };
  /** Show a person a value, once it is journalled that they are */
  'POST /api/v1/credentials/{credentialId}/reveal': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly body: {
      /** the key of a field to be shown instead of the value */
      readonly field?: string;
      readonly reason: string;
    };
    readonly answer: {
      readonly credential_id: string;
      readonly journal_entry_id: string;
      readonly name: string;
      /** RFC 3339, UTC */
      readonly revealed_at: string;
      readonly sensitivity: 'STANDARD' | 'RESTRICTED' | 'SEALED';
      readonly type: 'AI_CLI_TOKEN' | 'API_KEY' | 'CLI_TOKEN' | 'SECRET' | 'GENERIC_SECRET' | 'OAUTH2' | 'USERPASS' | 'SSH_KEY' | 'CERTIFICATE' | 'ENDPOINT_URL';
      readonly value: string;
    };
  };
  /** Replace a credential’s value, or a part of it */
  'POST /api/v1/credentials/{credentialId}/rotate': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly body: {
      /** null takes it away */
      readonly endpoint_auth_token?: string | null;
      readonly endpoint_base_url?: string;
      /** all of them; an empty object takes them away */
      readonly endpoint_headers?: { readonly [name: string]: string };
      /** the key of a secret field that `value` replaces */
      readonly field?: string;
      /** how long the old value may still be tried */
      readonly grace_seconds?: number;
      /** what `value` replaces */
      readonly part?: 'value' | 'refresh_token';
      /** the new value, or the new one of `part` or `field` */
      readonly value?: string;
    };
    readonly answer: {
      readonly cancelled_at: string | null;
      readonly credential_id: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly grace_seconds: number;
      readonly id: string;
      readonly old_value_gone: boolean;
      /** value, refresh_token, or field:<key> */
      readonly part: string;
      /** RFC 3339, UTC */
      readonly rotated_at: string;
      readonly rotated_by: string | null;
      readonly status: 'ACTIVE' | 'EXPIRED' | 'CANCELLED';
    };
  };
  /** List the rotations of a credential, newest first */
  'GET /api/v1/credentials/{credentialId}/rotations': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly cancelled_at: string | null;
      readonly credential_id: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly grace_seconds: number;
      readonly id: string;
      readonly old_value_gone: boolean;
      /** value, refresh_token, or field:<key> */
      readonly part: string;
      /** RFC 3339, UTC */
      readonly rotated_at: string;
      readonly rotated_by: string | null;
      readonly status: 'ACTIVE' | 'EXPIRED' | 'CANCELLED';
    }[];
  };
  /** Say how a credential’s value may be shown to people */
  'PUT /api/v1/credentials/{credentialId}/sensitivity': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly body: {
      readonly sensitivity: 'STANDARD' | 'RESTRICTED' | 'SEALED';
    };
    readonly answer: {
      readonly credential_id: string;
      readonly previous: 'STANDARD' | 'RESTRICTED' | 'SEALED';
      readonly sensitivity: 'STANDARD' | 'RESTRICTED' | 'SEALED';
    };
  };
  /** Ask a provider whether a stored credential works */
  'POST /api/v1/credentials/{credentialId}/test': {
    readonly params: {
      readonly credentialId: string;
    };
    readonly answer: {
      readonly error: 'refused' | 'rate_limited' | 'unreachable' | 'timeout' | 'address_refused' | 'unexpected' | null;
      /** of the provider’s answer */
      readonly status: number | null;
      /** false: nobody is known who could be asked, and nothing was */
      readonly supported: boolean;
      /** null: it was not found out */
      readonly valid: boolean | null;
    };
  };
  /** List connections between crews */
  'GET /api/v1/crew-connections': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly crew_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly direction: 'bidirectional' | 'unidirectional';
      readonly from_crew_id: string;
      readonly from_crew_name: string;
      readonly from_crew_slug: string;
      readonly id: string;
      readonly status: 'active';
      readonly to_crew_id: string;
      readonly to_crew_name: string;
      readonly to_crew_slug: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    }[];
  };
  /** Connect two crews, so that they may write to each other */
  'POST /api/v1/crew-connections': {
    readonly body: {
      readonly direction?: 'bidirectional' | 'unidirectional';
      readonly from_crew_id: string;
      readonly to_crew_id: string;
    };
    readonly answer: {
      readonly id: string;
    };
  };
  /** End a connection between crews */
  'DELETE /api/v1/crew-connections/{connectionId}': {
    readonly params: {
      readonly connectionId: string;
    };
    readonly answer: undefined;
  };
  /** List crews, newest first */
  'GET /api/v1/crews': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly _count: {
        readonly agents: number;
      };
      readonly allowed_domains: readonly string[];
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly avatar_style: string | null;
      /** the image that was built of its configuration */
      readonly cached_image: string | null;
      readonly color: string | null;
      /** of its configuration; null: it has none */
      readonly config_hash: string | null;
      readonly container_cpus: number;
      readonly container_error: string | null;
      readonly container_memory_mb: number;
      readonly container_status: 'stopped' | 'starting' | 'running' | 'error';
      readonly container_ttl_hours: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly description: string | null;
      readonly devcontainer_config: string | null;
      readonly escalation_config: {
        readonly auto_approve_threshold?: number;
        readonly notify_threshold?: number;
        readonly require_approval_below?: number;
      } | null;
      /** made by an agent and not approved: nothing runs in it */
      readonly held: boolean;
      readonly host_id: string | null;
      /** lost: nothing of the crew goes on until the host is back or the crew is moved; full: no attempt begins until there is room on its disk; null: no host yet */
      readonly host_status: 'up' | 'draining' | 'lost' | 'full' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_prefix: string | null;
      readonly max_concurrent_runs: number;
      readonly max_ephemeral_agents: number;
      readonly mise_config: string | null;
      readonly name: string;
      readonly network_mode: 'free' | 'restricted';
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly runtime_image: string | null;
      readonly slug: string;
      readonly takes_integrator_tokens: boolean;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    }[];
  };
  /** Create a crew */
  'POST /api/v1/crews': {
    readonly body: {
      /** host or `*.host`; scheme, port and path are dropped; kept only in restricted mode */
      readonly allowed_domains?: readonly string[];
      /** what its agents may do without a person; raising it takes ADMIN */
      readonly autonomy_level?: 'strict' | 'guided' | 'trusted' | 'full';
      readonly avatar_style?: string | null;
      readonly color?: 'blue' | 'emerald' | 'violet' | 'amber' | 'rose' | 'cyan' | 'lime' | 'fuchsia' | null;
      /** 0: the default */
      readonly container_cpus?: number;
      /** 0: the default */
      readonly container_memory_mb?: number;
      /** idle hours until the container stops; 0: never; null: the default */
      readonly container_ttl_hours?: number | null;
      readonly description?: string | null;
      /** JSON with comments: image, features, lifecycle commands, mounts, mise and more; 403 when it is privileged and the workspace does not allow that */
      readonly devcontainer_config?: string | null;
      readonly escalation_config?: {
        readonly auto_approve_threshold?: number;
        readonly notify_threshold?: number;
        readonly require_approval_below?: number;
      } | null;
      readonly icon?: string | null;
      readonly issue_prefix?: string | null;
      readonly max_concurrent_runs?: number;
      readonly max_ephemeral_agents?: number;
      /** JSON or TOML of tools and env; the same as `mise` in devcontainer_config, and not beside it */
      readonly mise_config?: string | null;
      readonly name: string;
      readonly network_mode?: 'free' | 'restricted';
      readonly runtime_image?: string | null;
      readonly slug: string;
      /** whether sidecars of your own may speak for it with `crwv1` tokens; changing it takes ADMIN */
      readonly takes_integrator_tokens?: boolean;
    };
    readonly answer: {
      readonly _count: {
        readonly agents: number;
      };
      readonly allowed_domains: readonly string[];
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly avatar_style: string | null;
      /** the image that was built of its configuration */
      readonly cached_image: string | null;
      readonly color: string | null;
      /** of its configuration; null: it has none */
      readonly config_hash: string | null;
      readonly container_cpus: number;
      readonly container_error: string | null;
      readonly container_memory_mb: number;
      readonly container_status: 'stopped' | 'starting' | 'running' | 'error';
      readonly container_ttl_hours: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly description: string | null;
      readonly devcontainer_config: string | null;
      readonly escalation_config: {
        readonly auto_approve_threshold?: number;
        readonly notify_threshold?: number;
        readonly require_approval_below?: number;
      } | null;
      /** made by an agent and not approved: nothing runs in it */
      readonly held: boolean;
      readonly host_id: string | null;
      /** lost: nothing of the crew goes on until the host is back or the crew is moved; full: no attempt begins until there is room on its disk; null: no host yet */
      readonly host_status: 'up' | 'draining' | 'lost' | 'full' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_prefix: string | null;
      readonly max_concurrent_runs: number;
      readonly max_ephemeral_agents: number;
      readonly mise_config: string | null;
      readonly name: string;
      readonly network_mode: 'free' | 'restricted';
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly runtime_image: string | null;
      readonly slug: string;
      readonly takes_integrator_tokens: boolean;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly warnings: readonly string[];
      readonly workspace_id: string;
    };
  };
  /** Delete a crew, its agents with it */
  'DELETE /api/v1/crews/{crewId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: undefined;
  };
  /** Get a crew */
  'GET /api/v1/crews/{crewId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      readonly _count: {
        readonly agents: number;
      };
      readonly allowed_domains: readonly string[];
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly avatar_style: string | null;
      /** the image that was built of its configuration */
      readonly cached_image: string | null;
      readonly color: string | null;
      /** of its configuration; null: it has none */
      readonly config_hash: string | null;
      readonly container_cpus: number;
      readonly container_error: string | null;
      readonly container_memory_mb: number;
      readonly container_status: 'stopped' | 'starting' | 'running' | 'error';
      readonly container_ttl_hours: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly description: string | null;
      readonly devcontainer_config: string | null;
      readonly escalation_config: {
        readonly auto_approve_threshold?: number;
        readonly notify_threshold?: number;
        readonly require_approval_below?: number;
      } | null;
      /** made by an agent and not approved: nothing runs in it */
      readonly held: boolean;
      readonly host_id: string | null;
      /** lost: nothing of the crew goes on until the host is back or the crew is moved; full: no attempt begins until there is room on its disk; null: no host yet */
      readonly host_status: 'up' | 'draining' | 'lost' | 'full' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_prefix: string | null;
      readonly max_concurrent_runs: number;
      readonly max_ephemeral_agents: number;
      readonly mise_config: string | null;
      readonly name: string;
      readonly network_mode: 'free' | 'restricted';
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly runtime_image: string | null;
      readonly slug: string;
      readonly takes_integrator_tokens: boolean;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** Change the fields that are given */
  'PATCH /api/v1/crews/{crewId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly body: {
      /** host or `*.host`; scheme, port and path are dropped; kept only in restricted mode */
      readonly allowed_domains?: readonly string[];
      /** what its agents may do without a person; raising it takes ADMIN */
      readonly autonomy_level?: 'strict' | 'guided' | 'trusted' | 'full';
      readonly avatar_style?: string | null;
      readonly color?: 'blue' | 'emerald' | 'violet' | 'amber' | 'rose' | 'cyan' | 'lime' | 'fuchsia' | null;
      /** 0: the default */
      readonly container_cpus?: number;
      /** 0: the default */
      readonly container_memory_mb?: number;
      /** idle hours until the container stops; 0: never; null: the default */
      readonly container_ttl_hours?: number | null;
      readonly description?: string | null;
      /** JSON with comments: image, features, lifecycle commands, mounts, mise and more; 403 when it is privileged and the workspace does not allow that */
      readonly devcontainer_config?: string | null;
      readonly escalation_config?: {
        readonly auto_approve_threshold?: number;
        readonly notify_threshold?: number;
        readonly require_approval_below?: number;
      } | null;
      readonly icon?: string | null;
      readonly issue_prefix?: string | null;
      readonly max_concurrent_runs?: number;
      readonly max_ephemeral_agents?: number;
      /** JSON or TOML of tools and env; the same as `mise` in devcontainer_config, and not beside it */
      readonly mise_config?: string | null;
      readonly name?: string;
      readonly network_mode?: 'free' | 'restricted';
      readonly runtime_image?: string | null;
      readonly slug?: string;
      /** whether sidecars of your own may speak for it with `crwv1` tokens; changing it takes ADMIN */
      readonly takes_integrator_tokens?: boolean;
    };
    readonly answer: {
      readonly _count: {
        readonly agents: number;
      };
      readonly allowed_domains: readonly string[];
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly avatar_style: string | null;
      /** the image that was built of its configuration */
      readonly cached_image: string | null;
      readonly color: string | null;
      /** of its configuration; null: it has none */
      readonly config_hash: string | null;
      readonly container_cpus: number;
      readonly container_error: string | null;
      readonly container_memory_mb: number;
      readonly container_status: 'stopped' | 'starting' | 'running' | 'error';
      readonly container_ttl_hours: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly description: string | null;
      readonly devcontainer_config: string | null;
      readonly escalation_config: {
        readonly auto_approve_threshold?: number;
        readonly notify_threshold?: number;
        readonly require_approval_below?: number;
      } | null;
      /** made by an agent and not approved: nothing runs in it */
      readonly held: boolean;
      readonly host_id: string | null;
      /** lost: nothing of the crew goes on until the host is back or the crew is moved; full: no attempt begins until there is room on its disk; null: no host yet */
      readonly host_status: 'up' | 'draining' | 'lost' | 'full' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_prefix: string | null;
      readonly max_concurrent_runs: number;
      readonly max_ephemeral_agents: number;
      readonly mise_config: string | null;
      readonly name: string;
      readonly network_mode: 'free' | 'restricted';
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly runtime_image: string | null;
      readonly slug: string;
      readonly takes_integrator_tokens: boolean;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly warnings: readonly string[];
      readonly workspace_id: string;
    };
  };
  /** Change the fields that are given */
  'PUT /api/v1/crews/{crewId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly body: {
      /** host or `*.host`; scheme, port and path are dropped; kept only in restricted mode */
      readonly allowed_domains?: readonly string[];
      /** what its agents may do without a person; raising it takes ADMIN */
      readonly autonomy_level?: 'strict' | 'guided' | 'trusted' | 'full';
      readonly avatar_style?: string | null;
      readonly color?: 'blue' | 'emerald' | 'violet' | 'amber' | 'rose' | 'cyan' | 'lime' | 'fuchsia' | null;
      /** 0: the default */
      readonly container_cpus?: number;
      /** 0: the default */
      readonly container_memory_mb?: number;
      /** idle hours until the container stops; 0: never; null: the default */
      readonly container_ttl_hours?: number | null;
      readonly description?: string | null;
      /** JSON with comments: image, features, lifecycle commands, mounts, mise and more; 403 when it is privileged and the workspace does not allow that */
      readonly devcontainer_config?: string | null;
      readonly escalation_config?: {
        readonly auto_approve_threshold?: number;
        readonly notify_threshold?: number;
        readonly require_approval_below?: number;
      } | null;
      readonly icon?: string | null;
      readonly issue_prefix?: string | null;
      readonly max_concurrent_runs?: number;
      readonly max_ephemeral_agents?: number;
      /** JSON or TOML of tools and env; the same as `mise` in devcontainer_config, and not beside it */
      readonly mise_config?: string | null;
      readonly name?: string;
      readonly network_mode?: 'free' | 'restricted';
      readonly runtime_image?: string | null;
      readonly slug?: string;
      /** whether sidecars of your own may speak for it with `crwv1` tokens; changing it takes ADMIN */
      readonly takes_integrator_tokens?: boolean;
    };
    readonly answer: {
      readonly _count: {
        readonly agents: number;
      };
      readonly allowed_domains: readonly string[];
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly avatar_style: string | null;
      /** the image that was built of its configuration */
      readonly cached_image: string | null;
      readonly color: string | null;
      /** of its configuration; null: it has none */
      readonly config_hash: string | null;
      readonly container_cpus: number;
      readonly container_error: string | null;
      readonly container_memory_mb: number;
      readonly container_status: 'stopped' | 'starting' | 'running' | 'error';
      readonly container_ttl_hours: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly description: string | null;
      readonly devcontainer_config: string | null;
      readonly escalation_config: {
        readonly auto_approve_threshold?: number;
        readonly notify_threshold?: number;
        readonly require_approval_below?: number;
      } | null;
      /** made by an agent and not approved: nothing runs in it */
      readonly held: boolean;
      readonly host_id: string | null;
      /** lost: nothing of the crew goes on until the host is back or the crew is moved; full: no attempt begins until there is room on its disk; null: no host yet */
      readonly host_status: 'up' | 'draining' | 'lost' | 'full' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_prefix: string | null;
      readonly max_concurrent_runs: number;
      readonly max_ephemeral_agents: number;
      readonly mise_config: string | null;
      readonly name: string;
      readonly network_mode: 'free' | 'restricted';
      /** since when it begins nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly runtime_image: string | null;
      readonly slug: string;
      readonly takes_integrator_tokens: boolean;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly warnings: readonly string[];
      readonly workspace_id: string;
    };
  };
  /** Make the crew’s container anew */
  'POST /api/v1/crews/{crewId}/container-restart': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      /** attempts that were running */
      readonly restarted: number;
    };
  };
  /** Get what a crew takes on its host’s disk */
  'GET /api/v1/crews/{crewId}/disk': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      /** null: not measured yet */
      readonly disk_bytes: number | null;
      /** those that keep something of it: its own, and those that it was moved from */
      readonly hosts: readonly {
        /** null: not measured yet */
        readonly disk_bytes: number | null;
        readonly host_id: string;
        readonly measured_at: string | null;
        readonly over_limit: boolean;
      }[];
      /** the twenty that take most */
      readonly largest_runs: readonly {
        readonly disk_bytes: number;
        readonly run_id: string;
      }[];
      readonly measured_at: string | null;
    };
  };
  /** Delete the crew’s escalations that are over */
  'DELETE /api/v1/crews/{crewId}/escalations': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      readonly deleted: number;
    };
  };
  /** List escalations of a crew, newest first */
  'GET /api/v1/crews/{crewId}/escalations': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** an unknown status matches nothing */
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** when that attempt said so */
      readonly acknowledged_at: string | null;
      readonly action: 'approve' | 'reject' | 'redirect' | null;
      readonly agent_gave_up_at: string | null;
      readonly agent_id: string | null;
      /** until when people may answer */
      readonly answer_deadline_at: string;
      readonly cancel_reason: string | null;
      readonly chat_id: string | null;
      readonly context: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly credential_id: string | null;
      readonly crew_id: string;
      /** when the agent stops waiting; the question stays open */
      readonly deadline_at: string;
      /** when that attempt had it */
      readonly delivered_at: string | null;
      /** what the answer did when it came */
      readonly delivery: 'waiter' | 'running_task' | 'next_task' | 'none' | null;
      /** the attempt that a late answer belongs to */
      readonly delivery_run_id: string | null;
      readonly from_name: string;
      readonly from_slug: string;
      readonly id: string;
      readonly metadata: { readonly [name: string]: unknown } | null;
      readonly mission_id: string | null;
      readonly reason: string;
      readonly redirect_to: string | null;
      readonly resolution: string | null;
      readonly resolved_at: string | null;
      readonly resolved_by: string | null;
      readonly run_id: string | null;
      readonly status: 'PENDING' | 'RESOLVED' | 'EXPIRED' | 'CANCELLED';
      readonly task_id: string | null;
      readonly type: 'TEXT' | 'CREDENTIAL' | 'LINK';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    }[];
  };
  /** List a directory of a crew */
  'GET /api/v1/crews/{crewId}/files': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly query?: {
      /** begins with workspace, output or crew; `.`, where nothing is said, lists these */
      readonly path?: string;
    };
    readonly answer: {
      /** of a directory, by name: regular files and directories, up to 1,000 */
      readonly entries: readonly {
        readonly is_dir: boolean;
        readonly name: string;
        readonly size: number;
      }[];
      readonly is_dir: boolean;
      readonly path: string;
      /** of a file, in bytes; 0 for a directory */
      readonly size: number;
      /** the directory holds more */
      readonly truncated: boolean;
    };
  };
  /** Delete a file of a crew, or a directory with all below it */
  'DELETE /api/v1/crews/{crewId}/files/delete': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly query: {
      /** begins with workspace, output or crew, and names something in it */
      readonly path: string;
    };
    readonly answer: {
      readonly status: 'deleting';
    } | undefined;
  };
  /** Make an issue in a crew’s backlog */
  'POST /api/v1/crews/{crewId}/issues': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly body: {
      /** a member or an agent of the workspace; "" or null: nobody */
      readonly assignee_id?: string | null;
      /** default: what assignee_id names */
      readonly assignee_type?: 'user' | 'agent' | null;
      readonly description?: string | null;
      /** YYYY-MM-DD or RFC 3339; "" or null: none */
      readonly due_date?: string | null;
      readonly estimate?: number | null;
      /** ids; in place of those that it has */
      readonly labels?: readonly string[];
      /** of its project */
      readonly milestone_id?: string | null;
      /** its id or identifier */
      readonly parent_issue_id?: string | null;
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id?: string | null;
      readonly sort_order?: number;
      readonly title: string;
    };
    readonly answer: {
      readonly assignee_id: string | null;
      readonly assignee_type: 'user' | 'agent' | null;
      readonly authored_via: 'user_api' | 'agent_tool_call';
      readonly comment_count: number;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: {
        readonly id: string | null;
        readonly name: string | null;
        readonly type: 'user' | 'agent';
      };
      readonly crew_id: string;
      readonly crew_name: string;
      readonly crew_slug: string;
      /** the mission that works on it, or did last */
      readonly current_mission_id: string | null;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly estimate: number | null;
      readonly id: string;
      readonly identifier: string;
      readonly labels: readonly {
        readonly color: string;
        readonly id: string;
        readonly name: string;
      }[];
      readonly lead_agent_id: string | null;
      readonly milestone_id: string | null;
      readonly mission_type: 'issue';
      /** within its prefix */
      readonly number: number;
      readonly parent_issue_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly project_name: string | null;
      readonly sort_order: number;
      readonly status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      readonly sub_issues_count: number;
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** Delete an issue that is in BACKLOG or CANCELLED */
  'DELETE /api/v1/crews/{crewId}/issues/{issueRef}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly answer: undefined;
  };
  /** Get an issue of a crew */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly answer: {
      readonly assignee_id: string | null;
      readonly assignee_type: 'user' | 'agent' | null;
      readonly authored_via: 'user_api' | 'agent_tool_call';
      readonly comment_count: number;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: {
        readonly id: string | null;
        readonly name: string | null;
        readonly type: 'user' | 'agent';
      };
      readonly crew_id: string;
      readonly crew_name: string;
      readonly crew_slug: string;
      /** the mission that works on it, or did last */
      readonly current_mission_id: string | null;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly estimate: number | null;
      readonly id: string;
      readonly identifier: string;
      readonly labels: readonly {
        readonly color: string;
        readonly id: string;
        readonly name: string;
      }[];
      readonly lead_agent_id: string | null;
      readonly milestone_id: string | null;
      readonly mission_type: 'issue';
      /** within its prefix */
      readonly number: number;
      readonly parent_issue_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly project_name: string | null;
      readonly sort_order: number;
      readonly status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      readonly sub_issues_count: number;
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** Change an issue, or move it */
  'PATCH /api/v1/crews/{crewId}/issues/{issueRef}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly body: {
      /** a member or an agent of the workspace; "" or null: nobody */
      readonly assignee_id?: string | null;
      /** default: what assignee_id names */
      readonly assignee_type?: 'user' | 'agent' | null;
      readonly description?: string | null;
      /** YYYY-MM-DD or RFC 3339; "" or null: none */
      readonly due_date?: string | null;
      readonly estimate?: number | null;
      /** ids; in place of those that it has */
      readonly labels?: readonly string[];
      /** of its project */
      readonly milestone_id?: string | null;
      /** its id or identifier */
      readonly parent_issue_id?: string | null;
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id?: string | null;
      readonly sort_order?: number;
      readonly status?: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      readonly title?: string;
    };
    readonly answer: {
      readonly assignee_id: string | null;
      readonly assignee_type: 'user' | 'agent' | null;
      readonly authored_via: 'user_api' | 'agent_tool_call';
      readonly comment_count: number;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: {
        readonly id: string | null;
        readonly name: string | null;
        readonly type: 'user' | 'agent';
      };
      readonly crew_id: string;
      readonly crew_name: string;
      readonly crew_slug: string;
      /** the mission that works on it, or did last */
      readonly current_mission_id: string | null;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly estimate: number | null;
      readonly id: string;
      readonly identifier: string;
      readonly labels: readonly {
        readonly color: string;
        readonly id: string;
        readonly name: string;
      }[];
      readonly lead_agent_id: string | null;
      readonly milestone_id: string | null;
      readonly mission_type: 'issue';
      /** within its prefix */
      readonly number: number;
      readonly parent_issue_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly project_name: string | null;
      readonly sort_order: number;
      readonly status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      readonly sub_issues_count: number;
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** List what happened to an issue, newest first */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}/activity': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly action: string;
      readonly actor_id: string | null;
      readonly actor_name: string | null;
      readonly actor_type: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** ids, states and lengths */
      readonly details: { readonly [name: string]: unknown };
      readonly id: string;
      /** the issue */
      readonly mission_id: string;
    }[];
  };
  /** List the files that are attached to an issue, oldest first */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}/attachments': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly content_type: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly filename: string;
      readonly id: string;
      /** the issue */
      readonly owner_id: string;
      readonly owner_type: 'issue';
      readonly sha256: string;
      readonly size_bytes: number;
      readonly uploaded_by_id: string | null;
      readonly uploaded_by_name: string | null;
      readonly uploaded_by_type: 'user';
      readonly workspace_id: string;
    }[];
  };
  /** Attach a file to an issue */
  'POST /api/v1/crews/{crewId}/issues/{issueRef}/attachments': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly answer: {
      readonly content_type: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly filename: string;
      readonly id: string;
      /** the issue */
      readonly owner_id: string;
      readonly owner_type: 'issue';
      readonly sha256: string;
      readonly size_bytes: number;
      readonly uploaded_by_id: string | null;
      readonly uploaded_by_name: string | null;
      readonly uploaded_by_type: 'user';
      readonly workspace_id: string;
    };
  };
  /** Take a file from an issue */
  'DELETE /api/v1/crews/{crewId}/issues/{issueRef}/attachments/{issueAttachmentId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
      readonly issueAttachmentId: string;
    };
    readonly answer: undefined;
  };
  /** Take a file that is attached to an issue */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}/attachments/{issueAttachmentId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
      readonly issueAttachmentId: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** List the pull and merge requests of an issue */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}/code-links': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly author: string | null;
      /** with whose rights it was read last */
      readonly credential_id: string | null;
      readonly host: string;
      readonly id: string;
      readonly kind: 'pull_request' | 'merge_request';
      /** why it did not since then */
      readonly last_sync_error: 'no_credential' | 'credential_rejected' | 'credential_forbidden' | 'rate_limited' | 'provider_unavailable' | 'cross_host_redirect' | 'not_found' | null;
      /** when its host said how it stands */
      readonly last_synced_at: string;
      readonly number: number;
      /** of GitLab all groups above the repository */
      readonly owner: string;
      readonly provider: 'github' | 'gitlab';
      readonly remote_merged_at: string | null;
      readonly repo: string;
      readonly source_branch: string | null;
      readonly state: 'OPEN' | 'DRAFT' | 'MERGED' | 'CLOSED';
      readonly target_branch: string | null;
      readonly title: string;
      readonly url: string;
    }[];
  };
  /** Link a pull or merge request to an issue */
  'POST /api/v1/crews/{crewId}/issues/{issueRef}/code-links': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly body: {
      /** of a pull request or a merge request */
      readonly url: string;
    };
    readonly answer: {
      readonly author: string | null;
      /** with whose rights it was read last */
      readonly credential_id: string | null;
      readonly host: string;
      readonly id: string;
      readonly kind: 'pull_request' | 'merge_request';
      /** why it did not since then */
      readonly last_sync_error: 'no_credential' | 'credential_rejected' | 'credential_forbidden' | 'rate_limited' | 'provider_unavailable' | 'cross_host_redirect' | 'not_found' | null;
      /** when its host said how it stands */
      readonly last_synced_at: string;
      readonly number: number;
      /** of GitLab all groups above the repository */
      readonly owner: string;
      readonly provider: 'github' | 'gitlab';
      readonly remote_merged_at: string | null;
      readonly repo: string;
      readonly source_branch: string | null;
      readonly state: 'OPEN' | 'DRAFT' | 'MERGED' | 'CLOSED';
      readonly target_branch: string | null;
      readonly title: string;
      readonly url: string;
    };
  };
  /** Take a pull or merge request from an issue */
  'DELETE /api/v1/crews/{crewId}/issues/{issueRef}/code-links/{codeLinkId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
      readonly codeLinkId: string;
    };
    readonly answer: undefined;
  };
  /** Ask the host how a pull or merge request stands */
  'POST /api/v1/crews/{crewId}/issues/{issueRef}/code-links/{codeLinkId}/refresh': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
      readonly codeLinkId: string;
    };
    readonly answer: {
      readonly author: string | null;
      /** with whose rights it was read last */
      readonly credential_id: string | null;
      readonly host: string;
      readonly id: string;
      readonly kind: 'pull_request' | 'merge_request';
      /** why it did not since then */
      readonly last_sync_error: 'no_credential' | 'credential_rejected' | 'credential_forbidden' | 'rate_limited' | 'provider_unavailable' | 'cross_host_redirect' | 'not_found' | null;
      /** when its host said how it stands */
      readonly last_synced_at: string;
      readonly number: number;
      /** of GitLab all groups above the repository */
      readonly owner: string;
      readonly provider: 'github' | 'gitlab';
      readonly remote_merged_at: string | null;
      readonly repo: string;
      readonly source_branch: string | null;
      readonly state: 'OPEN' | 'DRAFT' | 'MERGED' | 'CLOSED';
      readonly target_branch: string | null;
      readonly title: string;
      readonly url: string;
    };
  };
  /** List what was said of an issue, oldest first */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}/comments': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly author_id: string;
      readonly author_name: string | null;
      readonly author_type: 'user' | 'agent';
      readonly body: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly id: string;
      /** the issue */
      readonly mission_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    }[];
  };
  /** Comment on an issue */
  'POST /api/v1/crews/{crewId}/issues/{issueRef}/comments': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly body: {
      /** `@name` mentions an agent by its slug, or a member */
      readonly body: string;
    };
    readonly answer: {
      readonly author_id: string;
      readonly author_name: string | null;
      readonly author_type: 'user' | 'agent';
      readonly body: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly id: string;
      /** the issue */
      readonly mission_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** List how an issue is to others */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}/relations': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly id: string;
      /** as seen from this issue */
      readonly relation_type: 'blocks' | 'blocked_by' | 'relates_to' | 'duplicate_of' | 'duplicated_by';
      /** this issue */
      readonly source_id: string;
      readonly target_id: string;
      readonly target_identifier: string;
      readonly target_status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      readonly target_title: string;
    }[];
  };
  /** Say how an issue is to another */
  'POST /api/v1/crews/{crewId}/issues/{issueRef}/relations': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly body: {
      readonly relation_type: 'blocks' | 'blocked_by' | 'relates_to' | 'duplicate_of';
      /** its id or identifier */
      readonly target_identifier: string;
    };
    readonly answer: {
      readonly id: string;
      readonly status: 'ok';
    };
  };
  /** Accept the result of an issue, or ask for changes */
  'POST /api/v1/crews/{crewId}/issues/{issueRef}/review': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly body: {
      readonly action: 'approve' | 'request_changes';
      readonly comment?: string | null;
      /** the slug of an agent of the crew */
      readonly reassign_to?: string;
    };
    readonly answer: {
      readonly action: 'approve' | 'request_changes';
      readonly status: 'ok';
    };
  };
  /** List the runs of an issue’s missions, newest first */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}/runs': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_name: string | null;
      readonly duration_ms: number | null;
      readonly ended_at: string | null;
      readonly error_message: string | null;
      readonly id: string;
      readonly result_summary: string | null;
      readonly started_at: string | null;
      readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
      readonly task: string | null;
    }[];
  };
  /** Start an issue: a mission of its own works on it */
  'POST /api/v1/crews/{crewId}/issues/{issueRef}/start': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly body?: Record<string, never> | null;
    readonly answer: {
      readonly identifier: string;
      readonly status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
    };
  };
  /** Give an issue up: its mission is cancelled and its agents are stopped */
  'POST /api/v1/crews/{crewId}/issues/{issueRef}/stop': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly body?: Record<string, never> | null;
    readonly answer: {
      readonly identifier: string;
      readonly status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
    };
  };
  /** List the issues below an issue */
  'GET /api/v1/crews/{crewId}/issues/{issueRef}/subtasks': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly issueRef: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly assignee_id: string | null;
      readonly assignee_type: 'user' | 'agent' | null;
      readonly authored_via: 'user_api' | 'agent_tool_call';
      readonly comment_count: number;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: {
        readonly id: string | null;
        readonly name: string | null;
        readonly type: 'user' | 'agent';
      };
      readonly crew_id: string;
      readonly crew_name: string;
      readonly crew_slug: string;
      /** the mission that works on it, or did last */
      readonly current_mission_id: string | null;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly estimate: number | null;
      readonly id: string;
      readonly identifier: string;
      readonly labels: readonly {
        readonly color: string;
        readonly id: string;
        readonly name: string;
      }[];
      readonly lead_agent_id: string | null;
      readonly milestone_id: string | null;
      readonly mission_type: 'issue';
      /** within its prefix */
      readonly number: number;
      readonly parent_issue_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly project_name: string | null;
      readonly sort_order: number;
      readonly status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      readonly sub_issues_count: number;
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    }[];
  };
  /** List the members of a crew, oldest first */
  'GET /api/v1/crews/{crewId}/members': {
    readonly params: {
      readonly crewId: string;
    };
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      readonly id: string;
      /** null: the role in the workspace */
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      readonly user: {
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
      };
      readonly user_id: string;
    }[];
  };
  /** Put a member of the workspace into a crew */
  'POST /api/v1/crews/{crewId}/members': {
    readonly params: {
      readonly crewId: string;
    };
    readonly body: {
      readonly role?: 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      readonly user_id: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      readonly id: string;
      /** null: the role in the workspace */
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      readonly user: {
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
      };
      readonly user_id: string;
    };
  };
  /** Take a member out of a crew */
  'DELETE /api/v1/crews/{crewId}/members/{memberId}': {
    readonly params: {
      readonly crewId: string;
      readonly memberId: string;
    };
    readonly answer: undefined;
  };
  /** Give a member another role in a crew, or none */
  'PATCH /api/v1/crews/{crewId}/members/{memberId}': {
    readonly params: {
      readonly crewId: string;
      readonly memberId: string;
    };
    readonly body: {
      /** "" or null clears it */
      readonly role: 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | '' | null;
    };
    readonly answer: {
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      readonly status: 'updated';
    };
  };
  /** List missions of a crew, newest first */
  'GET /api/v1/crews/{crewId}/missions': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly query?: {
      /** in the title, or in that of one of its tasks */
      readonly q?: string;
      readonly workspace_id?: string;
      readonly status?: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** since when its time does not count: paused, or waiting for people only; the deadline moves on by that long */
      readonly clock_stopped_at: string | null;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      /** when the mission fails for lack of time; null unless IN_PROGRESS */
      readonly deadline_at: string | null;
      readonly description: string | null;
      readonly failure_reason: string | null;
      readonly id: string;
      /** `MIS-<n>`, counted in the workspace: taken wherever the id is */
      readonly identifier: string;
      readonly lead_agent_id: string;
      readonly lead_agent_name: string;
      readonly lead_agent_slug: string;
      readonly paused_at: string | null;
      readonly plan: string | null;
      /** the lead makes the tasks of a mission that was started without any */
      readonly planning: {
        /** 2: the first plan was refused */
        readonly iteration: number;
        /** why the first plan was refused */
        readonly problems: readonly string[];
        readonly run_id: string | null;
      } | null;
      readonly started_at: string | null;
      readonly status: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
      readonly task_stats: {
        readonly awaiting_approval: number;
        readonly blocked: number;
        readonly cancelled: number;
        readonly completed: number;
        readonly failed: number;
        readonly in_progress: number;
        readonly pending: number;
        readonly skipped: number;
        readonly total: number;
      };
      /** only when asked for */
      readonly tasks?: readonly {
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly approval_required: boolean;
        readonly approval_status: string | null;
        readonly approved_at: string | null;
        readonly approved_by: string | null;
        readonly assigned_agent_id: string | null;
        readonly assignment_id: string | null;
        readonly completed_at: string | null;
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** task ids as a JSON array in a string */
        readonly depends_on: string;
        readonly description: string | null;
        readonly duration_ms: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        /** US dollars */
        readonly estimated_cost: number;
        readonly evaluation_notes: string | null;
        readonly evaluation_status: string | null;
        readonly handoff_context: { readonly [name: string]: unknown } | null;
        readonly id: string;
        readonly iteration: number;
        readonly max_iterations: number | null;
        readonly mission_id: string;
        readonly needs_review: boolean;
        readonly output_path: string | null;
        readonly result_summary: string | null;
        /** the latest attempt */
        readonly run_id: string | null;
        readonly started_at: string | null;
        readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
        readonly task_order: number;
        readonly title: string;
        readonly token_count: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
      }[];
      readonly timeout_seconds: number;
      readonly title: string;
      /** US dollars */
      readonly total_estimated_cost: number;
      readonly total_token_count: number;
      readonly trace_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** why it begins nothing: it, its crew or its workspace is paused */
      readonly waiting_for: {
        readonly detail: 'workspace_paused' | 'crew_paused' | 'mission_paused';
        readonly kind: 'clock';
        /** RFC 3339, UTC */
        readonly since: string;
      } | null;
      readonly workflow_template: string | null;
      readonly workspace_id: string;
    }[];
  };
  /** Create a mission in PLANNING */
  'POST /api/v1/crews/{crewId}/missions': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly body: {
      readonly description?: string | null;
      /** the LEAD of this crew */
      readonly lead_agent_id: string;
      /** default: two hours */
      readonly timeout_seconds?: number | null;
      readonly title: string;
      readonly workflow_template?: string | null;
    };
    readonly answer: {
      /** since when its time does not count: paused, or waiting for people only; the deadline moves on by that long */
      readonly clock_stopped_at: string | null;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      /** when the mission fails for lack of time; null unless IN_PROGRESS */
      readonly deadline_at: string | null;
      readonly description: string | null;
      readonly failure_reason: string | null;
      readonly id: string;
      /** `MIS-<n>`, counted in the workspace: taken wherever the id is */
      readonly identifier: string;
      readonly lead_agent_id: string;
      readonly lead_agent_name: string;
      readonly lead_agent_slug: string;
      readonly paused_at: string | null;
      readonly plan: string | null;
      /** the lead makes the tasks of a mission that was started without any */
      readonly planning: {
        /** 2: the first plan was refused */
        readonly iteration: number;
        /** why the first plan was refused */
        readonly problems: readonly string[];
        readonly run_id: string | null;
      } | null;
      readonly started_at: string | null;
      readonly status: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
      readonly task_stats: {
        readonly awaiting_approval: number;
        readonly blocked: number;
        readonly cancelled: number;
        readonly completed: number;
        readonly failed: number;
        readonly in_progress: number;
        readonly pending: number;
        readonly skipped: number;
        readonly total: number;
      };
      /** only when asked for */
      readonly tasks?: readonly {
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly approval_required: boolean;
        readonly approval_status: string | null;
        readonly approved_at: string | null;
        readonly approved_by: string | null;
        readonly assigned_agent_id: string | null;
        readonly assignment_id: string | null;
        readonly completed_at: string | null;
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** task ids as a JSON array in a string */
        readonly depends_on: string;
        readonly description: string | null;
        readonly duration_ms: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        /** US dollars */
        readonly estimated_cost: number;
        readonly evaluation_notes: string | null;
        readonly evaluation_status: string | null;
        readonly handoff_context: { readonly [name: string]: unknown } | null;
        readonly id: string;
        readonly iteration: number;
        readonly max_iterations: number | null;
        readonly mission_id: string;
        readonly needs_review: boolean;
        readonly output_path: string | null;
        readonly result_summary: string | null;
        /** the latest attempt */
        readonly run_id: string | null;
        readonly started_at: string | null;
        readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
        readonly task_order: number;
        readonly title: string;
        readonly token_count: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
      }[];
      readonly timeout_seconds: number;
      readonly title: string;
      /** US dollars */
      readonly total_estimated_cost: number;
      readonly total_token_count: number;
      readonly trace_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** why it begins nothing: it, its crew or its workspace is paused */
      readonly waiting_for: {
        readonly detail: 'workspace_paused' | 'crew_paused' | 'mission_paused';
        readonly kind: 'clock';
        /** RFC 3339, UTC */
        readonly since: string;
      } | null;
      readonly workflow_template: string | null;
      readonly workspace_id: string;
    };
  };
  /** Delete a mission that is PLANNING or CANCELLED, with its tasks */
  'DELETE /api/v1/crews/{crewId}/missions/{missionId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly answer: undefined;
  };
  /** Get a mission with its tasks */
  'GET /api/v1/crews/{crewId}/missions/{missionId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly answer: {
      /** since when its time does not count: paused, or waiting for people only; the deadline moves on by that long */
      readonly clock_stopped_at: string | null;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      /** when the mission fails for lack of time; null unless IN_PROGRESS */
      readonly deadline_at: string | null;
      readonly description: string | null;
      readonly failure_reason: string | null;
      readonly id: string;
      /** `MIS-<n>`, counted in the workspace: taken wherever the id is */
      readonly identifier: string;
      readonly lead_agent_id: string;
      readonly lead_agent_name: string;
      readonly lead_agent_slug: string;
      readonly paused_at: string | null;
      readonly plan: string | null;
      /** the lead makes the tasks of a mission that was started without any */
      readonly planning: {
        /** 2: the first plan was refused */
        readonly iteration: number;
        /** why the first plan was refused */
        readonly problems: readonly string[];
        readonly run_id: string | null;
      } | null;
      readonly started_at: string | null;
      readonly status: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
      readonly task_stats: {
        readonly awaiting_approval: number;
        readonly blocked: number;
        readonly cancelled: number;
        readonly completed: number;
        readonly failed: number;
        readonly in_progress: number;
        readonly pending: number;
        readonly skipped: number;
        readonly total: number;
      };
      /** only when asked for */
      readonly tasks?: readonly {
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly approval_required: boolean;
        readonly approval_status: string | null;
        readonly approved_at: string | null;
        readonly approved_by: string | null;
        readonly assigned_agent_id: string | null;
        readonly assignment_id: string | null;
        readonly completed_at: string | null;
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** task ids as a JSON array in a string */
        readonly depends_on: string;
        readonly description: string | null;
        readonly duration_ms: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        /** US dollars */
        readonly estimated_cost: number;
        readonly evaluation_notes: string | null;
        readonly evaluation_status: string | null;
        readonly handoff_context: { readonly [name: string]: unknown } | null;
        readonly id: string;
        readonly iteration: number;
        readonly max_iterations: number | null;
        readonly mission_id: string;
        readonly needs_review: boolean;
        readonly output_path: string | null;
        readonly result_summary: string | null;
        /** the latest attempt */
        readonly run_id: string | null;
        readonly started_at: string | null;
        readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
        readonly task_order: number;
        readonly title: string;
        readonly token_count: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
      }[];
      readonly timeout_seconds: number;
      readonly title: string;
      /** US dollars */
      readonly total_estimated_cost: number;
      readonly total_token_count: number;
      readonly trace_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** why it begins nothing: it, its crew or its workspace is paused */
      readonly waiting_for: {
        readonly detail: 'workspace_paused' | 'crew_paused' | 'mission_paused';
        readonly kind: 'clock';
        /** RFC 3339, UTC */
        readonly since: string;
      } | null;
      readonly workflow_template: string | null;
      readonly workspace_id: string;
    };
  };
  /** Change the fields that are given; move the mission by hand */
  'PATCH /api/v1/crews/{crewId}/missions/{missionId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly body: {
      readonly description?: string | null;
      readonly plan?: string | null;
      readonly status?: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
      readonly title?: string;
    };
    readonly answer: {
      /** since when its time does not count: paused, or waiting for people only; the deadline moves on by that long */
      readonly clock_stopped_at: string | null;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      /** when the mission fails for lack of time; null unless IN_PROGRESS */
      readonly deadline_at: string | null;
      readonly description: string | null;
      readonly failure_reason: string | null;
      readonly id: string;
      /** `MIS-<n>`, counted in the workspace: taken wherever the id is */
      readonly identifier: string;
      readonly lead_agent_id: string;
      readonly lead_agent_name: string;
      readonly lead_agent_slug: string;
      readonly paused_at: string | null;
      readonly plan: string | null;
      /** the lead makes the tasks of a mission that was started without any */
      readonly planning: {
        /** 2: the first plan was refused */
        readonly iteration: number;
        /** why the first plan was refused */
        readonly problems: readonly string[];
        readonly run_id: string | null;
      } | null;
      readonly started_at: string | null;
      readonly status: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
      readonly task_stats: {
        readonly awaiting_approval: number;
        readonly blocked: number;
        readonly cancelled: number;
        readonly completed: number;
        readonly failed: number;
        readonly in_progress: number;
        readonly pending: number;
        readonly skipped: number;
        readonly total: number;
      };
      /** only when asked for */
      readonly tasks?: readonly {
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly approval_required: boolean;
        readonly approval_status: string | null;
        readonly approved_at: string | null;
        readonly approved_by: string | null;
        readonly assigned_agent_id: string | null;
        readonly assignment_id: string | null;
        readonly completed_at: string | null;
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** task ids as a JSON array in a string */
        readonly depends_on: string;
        readonly description: string | null;
        readonly duration_ms: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        /** US dollars */
        readonly estimated_cost: number;
        readonly evaluation_notes: string | null;
        readonly evaluation_status: string | null;
        readonly handoff_context: { readonly [name: string]: unknown } | null;
        readonly id: string;
        readonly iteration: number;
        readonly max_iterations: number | null;
        readonly mission_id: string;
        readonly needs_review: boolean;
        readonly output_path: string | null;
        readonly result_summary: string | null;
        /** the latest attempt */
        readonly run_id: string | null;
        readonly started_at: string | null;
        readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
        readonly task_order: number;
        readonly title: string;
        readonly token_count: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
      }[];
      readonly timeout_seconds: number;
      readonly title: string;
      /** US dollars */
      readonly total_estimated_cost: number;
      readonly total_token_count: number;
      readonly trace_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** why it begins nothing: it, its crew or its workspace is paused */
      readonly waiting_for: {
        readonly detail: 'workspace_paused' | 'crew_paused' | 'mission_paused';
        readonly kind: 'clock';
        /** RFC 3339, UTC */
        readonly since: string;
      } | null;
      readonly workflow_template: string | null;
      readonly workspace_id: string;
    };
  };
  /** Cancel a mission that is not over, and say why */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/cancel': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly body?: {
      /** kept in the journal */
      readonly reason?: string | null;
    } | null;
    readonly answer: {
      readonly id: string;
      readonly status: 'CANCELLED';
    };
  };
  /** Copy a mission and its tasks into a new one in PLANNING */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/clone': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly answer: {
      readonly id: string;
      readonly status: 'PLANNING';
    };
  };
  /** Start nothing more for now */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/pause': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly answer: {
      readonly deadline_at: string | null;
      readonly id: string;
      readonly paused_at: string | null;
      readonly status: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
    };
  };
  /** Put an ended mission back to PLANNING */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/restart': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly answer: {
      readonly id: string;
      readonly status: 'PLANNING';
    };
  };
  /** Let a failed mission go on: FAILED to IN_PROGRESS */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/resume': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly answer: {
      readonly id: string;
      /** tasks that will run again */
      readonly reset_tasks: number;
      readonly status: 'IN_PROGRESS';
    };
  };
  /** Start a mission: PLANNING to IN_PROGRESS */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/start': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly answer: {
      readonly id: string;
      readonly status: 'IN_PROGRESS';
    };
  };
  /** List the tasks of a mission in their order */
  'GET /api/v1/crews/{crewId}/missions/{missionId}/tasks': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly query?: {
      /** in the title */
      readonly q?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly iteration: number;
      readonly max_iterations: number | null;
      readonly mission_id: string;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly result_summary: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    }[];
  };
  /** Add a task to a mission that is PLANNING or IN_PROGRESS */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/tasks': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly body: {
      /** a person approves the result, unless its confidence reaches the crew’s auto_approve_threshold */
      readonly approval_required?: boolean;
      /** null: the mission’s lead */
      readonly assigned_agent_id?: string | null;
      /** ids of tasks of this mission */
      readonly depends_on?: readonly string[];
      readonly description?: string | null;
      /** a failed task is tried again while it has iterations left */
      readonly max_iterations?: number | null;
      readonly task_order?: number;
      readonly title: string;
    };
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly iteration: number;
      readonly max_iterations: number | null;
      readonly mission_id: string;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly result_summary: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** Change the fields that are given; move the task by hand */
  'PATCH /api/v1/crews/{crewId}/missions/{missionId}/tasks/{taskId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
      readonly taskId: string;
    };
    readonly body: {
      /** until the task is done */
      readonly approval_required?: boolean;
      readonly assigned_agent_id?: string | null;
      /** task ids as a JSON array in a string; not together with status */
      readonly depends_on?: string;
      readonly description?: string | null;
      readonly error_message?: string | null;
      /** US dollars */
      readonly estimated_cost?: number;
      readonly max_iterations?: number | null;
      readonly output_path?: string | null;
      readonly result_summary?: string | null;
      readonly status?: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly title?: string;
      readonly token_count?: number;
    };
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly iteration: number;
      readonly max_iterations: number | null;
      readonly mission_id: string;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly result_summary: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** Accept the result of a task: AWAITING_APPROVAL to COMPLETED */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/tasks/{taskId}/approve': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
      readonly taskId: string;
    };
    readonly body?: {
      /** kept with the decision */
      readonly comment?: string | null;
    } | null;
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly iteration: number;
      readonly max_iterations: number | null;
      readonly mission_id: string;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly result_summary: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** Refuse the result of a task: AWAITING_APPROVAL to FAILED */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/tasks/{taskId}/reject': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
      readonly taskId: string;
    };
    readonly body?: {
      /** kept with the decision */
      readonly comment?: string | null;
    } | null;
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly iteration: number;
      readonly max_iterations: number | null;
      readonly mission_id: string;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly result_summary: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** Let a paused mission go on */
  'POST /api/v1/crews/{crewId}/missions/{missionId}/unpause': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly missionId: string;
    };
    readonly answer: {
      readonly deadline_at: string | null;
      readonly id: string;
      readonly paused_at: string | null;
      readonly status: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
    };
  };
  /** Give a crew another Docker host */
  'POST /api/v1/crews/{crewId}/move': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly body: {
      readonly host_id?: string;
    };
    readonly answer: {
      readonly crew_id: string;
      /** null: it had no host yet */
      readonly from_host_id: string | null;
      /** what the crew has under these paths stays on the old host; on the new one they begin empty */
      readonly left_behind: readonly string[];
      /** attempts that ended with the lost host; their successors name them */
      readonly lost_run_ids: readonly string[];
      readonly message: string;
      /** attempts that waited there and wait on the new host now */
      readonly moved_runs: number;
      readonly to_host_id: string;
    };
  };
  /** Let a crew’s agents begin nothing more for now */
  'POST /api/v1/crews/{crewId}/pause': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly body?: {
      /** what becomes of attempts that run: `end` ends them, to run once more afterwards */
      readonly running?: 'continue' | 'end';
    } | null;
    readonly answer: {
      /** attempts that were asked to end; each is run once more when the pause is over */
      readonly ended: number;
      readonly id: string;
      readonly paused_at: string | null;
    };
  };
  /** Get how much a crew’s agents may do by themselves */
  'GET /api/v1/crews/{crewId}/policy': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly behavior_mode: 'warn' | 'block';
      readonly crew_id: string;
      readonly reason: string | null;
      readonly set_at: string | null;
      readonly set_by_user_id: string | null;
    };
  };
  /** Say how much a crew’s agents may do by themselves */
  'PUT /api/v1/crews/{crewId}/policy': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly body: {
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly behavior_mode: 'warn' | 'block';
      /** required for full */
      readonly reason?: string | null;
    };
    readonly answer: {
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly behavior_mode: 'warn' | 'block';
      readonly crew_id: string;
      readonly reason: string | null;
      readonly set_at: string | null;
      readonly set_by_user_id: string | null;
    };
  };
  /** List the ports that agents of a crew have exposed, newest first */
  'GET /api/v1/crews/{crewId}/port-expose': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: 'active' | 'revoked' | 'expired';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_id: string;
      readonly chat_id: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      readonly description: string | null;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly first_accessed_at: string | null;
      readonly id: string;
      readonly port: number;
      readonly revoke_reason: string | null;
      readonly revoked_at: string | null;
      readonly revoked_by: string | null;
      readonly status: 'active' | 'revoked' | 'expired';
    }[];
  };
  /** Close an exposed port: its address leads nowhere, and what is under way is cut */
  'POST /api/v1/crews/{crewId}/port-expose/{exposureId}/revoke': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
      readonly exposureId: string;
    };
    readonly body?: {
      readonly reason?: string | null;
    } | null;
    readonly answer: {
      readonly agent_id: string;
      readonly chat_id: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      readonly description: string | null;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly first_accessed_at: string | null;
      readonly id: string;
      readonly port: number;
      readonly revoke_reason: string | null;
      readonly revoked_at: string | null;
      readonly revoked_by: string | null;
      readonly status: 'active' | 'revoked' | 'expired';
    };
  };
  /** Who follows a crew on a socket now */
  'GET /api/v1/crews/{crewId}/presence': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly users: readonly {
        /** RFC 3339, UTC */
        readonly last_seen_at: string;
        readonly name: string;
        readonly user_id: string;
      }[];
    };
  };
  /** Say what image a crew has and how far its provisioning is */
  'GET /api/v1/crews/{crewId}/provision': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      /** agents whose container was made from an older image */
      readonly agents_pending_restart: number;
      /** tag of the last image that was made for the crew */
      readonly cached_image: string | null;
      /** RFC 3339, UTC */
      readonly completed_at?: string;
      /** key of the configuration as it is now; null when nothing is to be built, or no host was chosen yet */
      readonly config_hash: string | null;
      readonly devcontainer_config: string | null;
      /** why it failed */
      readonly error?: string;
      /** last lines of the build, at most 50 */
      readonly log_tail?: readonly string[];
      readonly message?: string;
      /** the features of the build in the order of their installation, once it has found them */
      readonly resolved_features?: readonly {
        /** of its manifest */
        readonly digest: string;
        readonly ref: string;
        /** as its publisher says; empty when it says none */
        readonly version: string;
      }[];
      /** RFC 3339, UTC */
      readonly started_at?: string;
      /** idle: no job and no image; completed: the image exists and no job is open */
      readonly status: 'idle' | 'pending' | 'running' | 'completed' | 'failed';
      readonly step?: number;
      readonly steps?: readonly ('validate' | 'pull-base' | 'install-features' | 'install-mise' | 'snapshot' | 'tag')[];
      readonly total?: number;
    };
  };
  /** Make a crew’s image, or find it in its host’s cache */
  'POST /api/v1/crews/{crewId}/provision': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      readonly message: string;
      readonly status: 'started';
    };
  };
  /** End a crew’s provisioning */
  'POST /api/v1/crews/{crewId}/provision/cancel': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      readonly message: string;
      readonly status: 'idle' | 'completed';
    };
  };
  /** Make a crew’s image anew, past the cache */
  'POST /api/v1/crews/{crewId}/rebuild': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      readonly message: string;
      readonly status: 'started';
    };
  };
  /** End the crew’s agents and start them again */
  'POST /api/v1/crews/{crewId}/restart-agents': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      /** attempts that were running */
      readonly restarted: number;
    };
  };
  /** Let a crew’s agents go on */
  'POST /api/v1/crews/{crewId}/unpause': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly answer: {
      /** attempts that were asked to end; each is run once more when the pause is over */
      readonly ended: number;
      readonly id: string;
      readonly paused_at: string | null;
    };
  };
  /** Whether work is carried out */
  'GET /api/v1/crewshipd': {
    readonly answer: {
      readonly engine: {
        readonly status: 'ok' | 'down' | 'unknown';
      };
      readonly hosts: {
        readonly live: number;
        readonly total: number;
      };
      readonly queues: {
        /** commands that were refused for good */
        readonly outbox_parked: number;
        /** commands that are to be carried out */
        readonly outbox_pending: number;
        /** runs that wait for a place */
        readonly runs_queued: number;
      };
      readonly status: 'ok' | 'degraded';
      readonly uptime_seconds: number;
      readonly version: string;
    };
  };
  /** Count escalations that can still be answered */
  'GET /api/v1/escalations/pending-count': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly count: number;
    };
  };
  /** Expire what is past the people’s time */
  'POST /api/v1/escalations/sweep-expired': {
    readonly answer: {
      readonly expired: number;
    };
  };
  /** Withdraw an escalation; the agent goes on without an answer */
  'POST /api/v1/escalations/{escalationId}/cancel': {
    readonly params: {
      readonly escalationId: string;
    };
    readonly body?: {
      readonly reason?: string | null;
    } | null;
    readonly answer: {
      readonly id: string;
      readonly status: 'CANCELLED';
    };
  };
  /** Answer an escalation */
  'PATCH /api/v1/escalations/{escalationId}/resolve': {
    readonly params: {
      readonly escalationId: string;
    };
    readonly body: {
      readonly action?: 'approve' | 'reject' | 'redirect';
      /** with the action `redirect` only */
      readonly redirect_to?: string | null;
      readonly resolution: string;
    };
    readonly answer: {
      readonly action: 'approve' | 'reject' | 'redirect';
      /** RFC 3339, UTC */
      readonly agent_gave_up_at?: string;
      readonly agent_still_waiting: boolean;
      /** what the answer does */
      readonly delivery: {
        /** waiter: the agent was waiting. running_task: the attempt that runs its task can still ask for it. next_task: the mission’s next attempt gets it. none: nobody is left to use it */
        readonly kind: 'waiter' | 'running_task' | 'next_task' | 'none';
        readonly run_id?: string;
        readonly task_id?: string;
      };
      readonly id: string;
      readonly note?: string;
      readonly status: 'RESOLVED';
    };
  };
  /** Compute whether a mission is worse than another */
  'POST /api/v1/eval/regression': {
    readonly body: {
      /** the generation of the mission; default: the newest that has ended */
      readonly baseline_generation?: number;
      readonly baseline_mission_id: string;
      /** the generation of the mission; default: the newest that has ended */
      readonly candidate_generation?: number;
      readonly candidate_mission_id: string;
    };
    readonly answer: {
      readonly run_id: string;
      readonly status: 'queued';
    };
  };
  /** Compute what a mission did, from its journal */
  'POST /api/v1/eval/replay': {
    readonly body: {
      /** the generation of the mission; default: the newest that has ended */
      readonly generation?: number;
      readonly mission_id: string;
      /** recorded with the evaluation; 0 is the server’s default */
      readonly seed?: number;
    };
    readonly answer: {
      readonly run_id: string;
      readonly status: 'queued';
    };
  };
  /** List evaluations, newest first */
  'GET /api/v1/eval/runs': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      /** rows in this answer */
      readonly count: number;
      readonly limit: number;
      readonly rows: readonly {
        /** of a regression; else empty */
        readonly baseline_mission_id: string;
        /** of a regression; else empty */
        readonly candidate_mission_id: string;
        readonly cost_usd: number;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string;
        readonly id: string;
        readonly kind: 'replay' | 'regression';
        /** of a replay; else empty */
        readonly mission_id: string;
        /** of a regression: at least one metric crossed its threshold */
        readonly regressed: boolean;
        /** what came of it, for people; of a failed one why */
        readonly result: string;
        readonly seed: number;
        /** `sha256:` and the digest of the sequence of steps and tools, the candidate’s of a regression */
        readonly seed_signature: string;
        readonly status: 'queued' | 'running' | 'completed' | 'failed';
        readonly tokens: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly workspace_id: string;
      }[];
    };
  };
  /** Get an evaluation */
  'GET /api/v1/eval/runs/{evalRunId}': {
    readonly params: {
      readonly evalRunId: string;
    };
    readonly answer: {
      /** of a regression; else empty */
      readonly baseline_mission_id: string;
      /** of a regression; else empty */
      readonly candidate_mission_id: string;
      readonly cost_usd: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string;
      readonly id: string;
      readonly kind: 'replay' | 'regression';
      /** of a replay; else empty */
      readonly mission_id: string;
      /** of a regression: at least one metric crossed its threshold */
      readonly regressed: boolean;
      /** what came of it, for people; of a failed one why */
      readonly result: string;
      readonly seed: number;
      /** `sha256:` and the digest of the sequence of steps and tools, the candidate’s of a regression */
      readonly seed_signature: string;
      readonly status: 'queued' | 'running' | 'completed' | 'failed';
      readonly tokens: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** Cancel an evaluation */
  'POST /api/v1/eval/runs/{evalRunId}/cancel': {
    readonly params: {
      readonly evalRunId: string;
    };
    readonly answer: {
      /** of a regression; else empty */
      readonly baseline_mission_id: string;
      /** of a regression; else empty */
      readonly candidate_mission_id: string;
      readonly cost_usd: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string;
      readonly id: string;
      readonly kind: 'replay' | 'regression';
      /** of a replay; else empty */
      readonly mission_id: string;
      /** of a regression: at least one metric crossed its threshold */
      readonly regressed: boolean;
      /** what came of it, for people; of a failed one why */
      readonly result: string;
      readonly seed: number;
      /** `sha256:` and the digest of the sequence of steps and tools, the candidate’s of a regression */
      readonly seed_signature: string;
      readonly status: 'queued' | 'running' | 'completed' | 'failed';
      readonly tokens: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** Get all that an evaluation found */
  'GET /api/v1/eval/runs/{evalRunId}/report': {
    readonly params: {
      readonly evalRunId: string;
    };
    readonly answer: {
      readonly baseline: {
        readonly generation: number;
        readonly metrics: {
          readonly convergence_ratio: number;
          readonly failure_modes: readonly ('tool_loop' | 'budget_runaway' | 'guardrail_cascade' | 'escalation_loop')[];
          readonly hallucinations: number;
          readonly steps_to_goal: number;
          readonly tool_call_count: number;
          readonly tool_success_rate: number;
          readonly total_cost_usd: number;
          readonly total_tokens: number;
        };
        readonly signature: string;
        readonly steps: number;
      } | null;
      readonly candidate: {
        readonly generation: number;
        readonly metrics: {
          readonly convergence_ratio: number;
          readonly failure_modes: readonly ('tool_loop' | 'budget_runaway' | 'guardrail_cascade' | 'escalation_loop')[];
          readonly hallucinations: number;
          readonly steps_to_goal: number;
          readonly tool_call_count: number;
          readonly tool_success_rate: number;
          readonly total_cost_usd: number;
          readonly total_tokens: number;
        };
        readonly signature: string;
        readonly steps: number;
      } | null;
      readonly comparison: readonly {
        readonly baseline: number;
        readonly candidate: number;
        readonly change: string | null;
        readonly metric: string;
        /** as `result` names it */
        readonly name: string;
        /** not_compared: the baseline is 0 */
        readonly outcome: 'passed' | 'tripped' | 'not_compared';
        readonly threshold: number;
      }[] | null;
      /** the first step that the two do not share; null where they are the same */
      readonly divergence: {
        /** null: this one has ended */
        readonly baseline: {
          readonly entry_id: string;
          readonly tool: string;
          /** RFC 3339, UTC */
          readonly ts: string;
          readonly type: string;
        } | null;
        /** null: this one has ended */
        readonly candidate: {
          readonly entry_id: string;
          readonly tool: string;
          /** RFC 3339, UTC */
          readonly ts: string;
          readonly type: string;
        } | null;
        readonly step: number;
      } | null;
      readonly mission: {
        readonly generation: number;
        readonly metrics: {
          readonly convergence_ratio: number;
          readonly failure_modes: readonly ('tool_loop' | 'budget_runaway' | 'guardrail_cascade' | 'escalation_loop')[];
          readonly hallucinations: number;
          readonly steps_to_goal: number;
          readonly tool_call_count: number;
          readonly tool_success_rate: number;
          readonly total_cost_usd: number;
          readonly total_tokens: number;
        };
        readonly signature: string;
        readonly steps: number;
      } | null;
      readonly run: {
        /** of a regression; else empty */
        readonly baseline_mission_id: string;
        /** of a regression; else empty */
        readonly candidate_mission_id: string;
        readonly cost_usd: number;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string;
        readonly id: string;
        readonly kind: 'replay' | 'regression';
        /** of a replay; else empty */
        readonly mission_id: string;
        /** of a regression: at least one metric crossed its threshold */
        readonly regressed: boolean;
        /** what came of it, for people; of a failed one why */
        readonly result: string;
        readonly seed: number;
        /** `sha256:` and the digest of the sequence of steps and tools, the candidate’s of a regression */
        readonly seed_signature: string;
        readonly status: 'queued' | 'running' | 'completed' | 'failed';
        readonly tokens: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly workspace_id: string;
      };
      readonly thresholds: {
        readonly cost_rise: number;
        readonly hallucinations_rise: number;
        readonly steps_rise: number;
        readonly tool_success_drop: number;
      };
    };
  };
  /** Get what an evaluation found as Markdown */
  'GET /api/v1/eval/runs/{evalRunId}/report.md': {
    readonly params: {
      readonly evalRunId: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Get what an evaluation found as JUnit XML */
  'GET /api/v1/eval/runs/{evalRunId}/report.xml': {
    readonly params: {
      readonly evalRunId: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Get what each case of a suite of evaluations came to */
  'GET /api/v1/eval/suite-runs/{evalSuiteRunId}': {
    readonly params: {
      readonly evalSuiteRunId: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      /** null: not all are over */
      readonly failed: number | null;
      readonly id: string;
      readonly label: string | null;
      /** null: not all are over */
      readonly passed: number | null;
      /** null: not all are over */
      readonly regressed: number | null;
      readonly results: readonly {
        readonly candidate_mission_id: string;
        readonly case: string;
        readonly eval_run_id: string;
        readonly regressed: boolean;
        readonly result: string;
        readonly status: 'queued' | 'running' | 'completed' | 'failed';
      }[];
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      readonly suite_id: string;
    };
  };
  /** List suites of evaluations by name */
  'GET /api/v1/eval/suites': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly cases: readonly {
          readonly baseline_generation: number | null;
          readonly baseline_mission_id: string;
          readonly name: string;
        }[];
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly id: string;
        readonly name: string;
        readonly thresholds: {
          readonly cost_rise: number;
          readonly hallucinations_rise: number;
          readonly steps_rise: number;
          readonly tool_success_drop: number;
        } | null;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly version: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Make a suite of evaluations */
  'POST /api/v1/eval/suites': {
    readonly body: {
      readonly cases: readonly {
        /** null: the newest that has ended */
        readonly baseline_generation?: number | null;
        readonly baseline_mission_id: string;
        readonly name: string;
      }[];
      readonly name: string;
      /** null: the workspace’s at the time of a run */
      readonly thresholds?: {
        readonly cost_rise: number;
        readonly hallucinations_rise: number;
        readonly steps_rise: number;
        readonly tool_success_drop: number;
      } | null;
    };
    readonly answer: {
      readonly cases: readonly {
        readonly baseline_generation: number | null;
        readonly baseline_mission_id: string;
        readonly name: string;
      }[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly id: string;
      readonly name: string;
      readonly thresholds: {
        readonly cost_rise: number;
        readonly hallucinations_rise: number;
        readonly steps_rise: number;
        readonly tool_success_drop: number;
      } | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
    };
  };
  /** Delete a suite of evaluations; its runs stay */
  'DELETE /api/v1/eval/suites/{evalSuiteId}': {
    readonly params: {
      readonly evalSuiteId: string;
    };
    readonly answer: undefined;
  };
  /** Get a suite of evaluations */
  'GET /api/v1/eval/suites/{evalSuiteId}': {
    readonly params: {
      readonly evalSuiteId: string;
    };
    readonly answer: {
      readonly cases: readonly {
        readonly baseline_generation: number | null;
        readonly baseline_mission_id: string;
        readonly name: string;
      }[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly id: string;
      readonly name: string;
      readonly thresholds: {
        readonly cost_rise: number;
        readonly hallucinations_rise: number;
        readonly steps_rise: number;
        readonly tool_success_drop: number;
      } | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
    };
  };
  /** Change a suite of evaluations */
  'PATCH /api/v1/eval/suites/{evalSuiteId}': {
    readonly params: {
      readonly evalSuiteId: string;
    };
    readonly body: {
      /** in place of those that it has */
      readonly cases?: readonly {
        /** null: the newest that has ended */
        readonly baseline_generation?: number | null;
        readonly baseline_mission_id: string;
        readonly name: string;
      }[];
      readonly name?: string;
      readonly thresholds?: {
        readonly cost_rise: number;
        readonly hallucinations_rise: number;
        readonly steps_rise: number;
        readonly tool_success_drop: number;
      } | null;
      /** the one that was read */
      readonly version?: number;
    };
    readonly answer: {
      readonly cases: readonly {
        readonly baseline_generation: number | null;
        readonly baseline_mission_id: string;
        readonly name: string;
      }[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly id: string;
      readonly name: string;
      readonly thresholds: {
        readonly cost_rise: number;
        readonly hallucinations_rise: number;
        readonly steps_rise: number;
        readonly tool_success_drop: number;
      } | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
    };
  };
  /** Hold a suite of evaluations against candidates */
  'POST /api/v1/eval/suites/{evalSuiteId}/run': {
    readonly params: {
      readonly evalSuiteId: string;
    };
    readonly body: {
      readonly candidates: readonly {
        readonly case: string;
        /** default: the newest that has ended */
        readonly generation?: number;
        readonly mission_id: string;
      }[];
      /** what the candidates are, as people say it: a release */
      readonly label?: string | null;
    };
    readonly answer: {
      readonly job_id: string;
      readonly suite_run_id: string;
    };
  };
  /** List what a suite of evaluations came to over time, newest first */
  'GET /api/v1/eval/suites/{evalSuiteId}/runs': {
    readonly params: {
      readonly evalSuiteId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        /** null: not all are over */
        readonly failed: number | null;
        readonly id: string;
        readonly label: string | null;
        /** null: not all are over */
        readonly passed: number | null;
        /** null: not all are over */
        readonly regressed: number | null;
        readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
        readonly suite_id: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Let another system talk to an agent */
  'POST /api/v1/external/chat': {
    readonly body: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      /** the caller’s own name of the conversation, to find it again */
      readonly external_id?: string;
      readonly message?: string;
      /** the last one is the user’s and is answered; those before it are kept in a new session only */
      readonly messages?: readonly {
        readonly content: string;
        readonly role: 'user' | 'assistant';
      }[];
      /** free, at most 8 KiB */
      readonly metadata?: { readonly [name: string]: unknown };
      readonly project_id?: string;
      readonly session_id?: string;
      /** seconds to wait for the end of the turn; then 202 */
      readonly wait_s?: number;
    };
    readonly answer: {
      readonly error: {
        readonly code: string;
      } | null;
      /** what the turn tells, also as server-sent events */
      readonly events_url: string;
      readonly finish_reason: 'stop' | 'length' | 'cancelled' | 'waiting' | 'error' | null;
      /** of the kind chat.turn */
      readonly job_id: string;
      /** the answer, once it is there */
      readonly message: {
        /** what the turn published */
        readonly artifacts: readonly {
          readonly kind: 'html' | 'pdf' | 'docx' | 'image' | 'csv' | 'other';
          readonly mime: string;
          readonly name: string;
          /** names it in the paths of attachments */
          readonly reference_token: string;
          /** the newest */
          readonly revision: number;
          readonly size_bytes: number;
          readonly title: string | null;
        }[];
        readonly content: string;
        readonly id: string;
        readonly role: 'assistant';
      } | null;
      /** the answer’s text */
      readonly reply: string | null;
      /** the newest attempt of the agent */
      readonly run_id: string;
      readonly session_id: string;
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      readonly usage: {
        readonly cached_input_tokens: number;
        /** US dollars, six decimals */
        readonly cost_usd: string;
        readonly input_tokens: number;
        readonly output_tokens: number;
      } | null;
    };
  };
  /** Let another system talk to an agent, and read along */
  'POST /api/v1/external/chat/stream': {
    readonly body: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      /** the caller’s own name of the conversation, to find it again */
      readonly external_id?: string;
      readonly message?: string;
      /** the last one is the user’s and is answered; those before it are kept in a new session only */
      readonly messages?: readonly {
        readonly content: string;
        readonly role: 'user' | 'assistant';
      }[];
      /** free, at most 8 KiB */
      readonly metadata?: { readonly [name: string]: unknown };
      readonly project_id?: string;
      readonly session_id?: string;
    };
    readonly events: true;
  };
  /** List the devcontainer features that a crew may install */
  'GET /api/v1/features/catalog': {
    readonly query?: {
      /** part of a name, description or category, in any case */
      readonly search?: string;
    };
    readonly answer: {
      readonly features: readonly {
        readonly category: 'languages' | 'tools' | 'cloud' | 'databases';
        readonly description: string;
        /** name of a Lucide icon */
        readonly icon: string;
        readonly name: string;
        /** what stands in devcontainer_config.features */
        readonly ref: string;
        /** what it adds to an image, about; empty when nobody measured */
        readonly size_hint: string;
      }[];
    };
  };
  /** Count what people think of answers */
  'GET /api/v1/feedback/metrics': {
    readonly query?: {
      readonly workspace_id?: string;
      /** default: 30 days before `to` */
      readonly from?: string;
      /** default: now */
      readonly to?: string;
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      readonly project_id?: string;
      readonly group_by?: 'day' | 'agent' | 'project';
    };
    readonly answer: {
      readonly groups: readonly {
        readonly key: string | null;
        readonly negative: number;
        readonly positive: number;
        readonly total: number;
      }[];
      readonly negative: number;
      readonly positive: number;
      /** of those that are not neutral; null without any */
      readonly positive_rate: number | null;
      readonly total: number;
    };
  };
  /** List Docker hosts */
  'GET /api/v1/hosts': {
    readonly answer: readonly {
      readonly architecture: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** how many crews have it */
      readonly crews: number;
      /** the file system of the host’s data; null: not known yet */
      readonly disk: {
        readonly free_bytes: number;
        /** no attempt begins until there is room */
        readonly low: boolean;
        /** the file system keeps quotas of projects */
        readonly quotas: boolean;
        readonly total_bytes: number;
      } | null;
      /** what crews take of it, as far as it was measured */
      readonly disk_bytes: number;
      readonly engine_version: string;
      readonly id: string;
      /** RFC 3339, UTC */
      readonly last_heartbeat_at: string;
      /** its worker was heard from lately */
      readonly live: boolean;
      readonly slots: {
        readonly capacity: number;
        readonly in_use: number;
      };
      /** draining: crews that have it keep it, and none is given it */
      readonly status: 'up' | 'draining' | 'lost';
    }[];
  };
  /** Keep a Docker host from being given crews, or end that */
  'PATCH /api/v1/hosts/{hostId}': {
    readonly params: {
      readonly hostId: string;
    };
    readonly body: {
      readonly status: 'up' | 'draining';
    };
    readonly answer: {
      readonly architecture: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** how many crews have it */
      readonly crews: number;
      /** the file system of the host’s data; null: not known yet */
      readonly disk: {
        readonly free_bytes: number;
        /** no attempt begins until there is room */
        readonly low: boolean;
        /** the file system keeps quotas of projects */
        readonly quotas: boolean;
        readonly total_bytes: number;
      } | null;
      /** what crews take of it, as far as it was measured */
      readonly disk_bytes: number;
      readonly engine_version: string;
      readonly id: string;
      /** RFC 3339, UTC */
      readonly last_heartbeat_at: string;
      /** its worker was heard from lately */
      readonly live: boolean;
      readonly slots: {
        readonly capacity: number;
        readonly in_use: number;
      };
      /** draining: crews that have it keep it, and none is given it */
      readonly status: 'up' | 'draining' | 'lost';
    };
  };
  /** Delete items for everybody, but those that still hold something up */
  'DELETE /api/v1/inbox': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly state?: 'unread' | 'read' | 'resolved' | 'active' | 'all';
      readonly kind?: 'waitpoint' | 'escalation' | 'failed_run' | 'message' | 'job' | 'budget';
      /** made before */
      readonly before?: string;
    };
    readonly answer: {
      readonly deleted: number;
    };
  };
  /** List what is for the caller, by role or by name, newest first */
  'GET /api/v1/inbox': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly state?: 'unread' | 'read' | 'resolved' | 'active' | 'all';
      readonly kind?: 'waitpoint' | 'escalation' | 'failed_run' | 'message' | 'job' | 'budget';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly count: number;
      readonly rows: readonly {
        /** the lowest role that it is for; null: one person */
        readonly audience_role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
        /** it leaves only when what it is about is settled */
        readonly blocking: boolean;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly crew_id: string | null;
        readonly id: string;
        readonly kind: 'waitpoint' | 'escalation' | 'failed_run' | 'message' | 'job' | 'budget';
        readonly priority: 'low' | 'normal' | 'high' | 'urgent';
        readonly read_at: string | null;
        readonly resolved_action: 'approved' | 'rejected' | 'retried' | 'cancelled' | null;
        readonly resolved_at: string | null;
        readonly resolved_by_user_id: string | null;
        readonly sender_id: string | null;
        readonly sender_name: string | null;
        readonly sender_type: 'agent' | 'user' | 'system' | null;
        /** of what it is about; `subject_type` says what that is */
        readonly source_id: string;
        /** for the caller */
        readonly state: 'unread' | 'read' | 'resolved';
        readonly subject_id: string;
        readonly subject_type: string;
        readonly target_role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
        readonly target_user_id: string | null;
        readonly title: string;
        readonly type: string;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly workspace_id: string;
      }[];
      readonly unread_count: number;
    };
  };
  /** The same for several, with a result for each */
  'POST /api/v1/inbox/bulk': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly body: {
      /** the newest hundred that match */
      readonly filter?: {
        /** made before */
        readonly before?: string;
        readonly kind?: 'waitpoint' | 'escalation' | 'failed_run' | 'message' | 'job' | 'budget';
        readonly state?: 'unread' | 'read' | 'resolved' | 'active' | 'all';
      };
      readonly ids?: readonly string[];
      readonly state: 'unread' | 'read' | 'resolved';
    };
    readonly answer: {
      readonly results: readonly {
        readonly code: 'not_found' | 'conflict' | null;
        readonly id: string;
        readonly ok: boolean;
      }[];
    };
  };
  /** Count what the caller has not read */
  'GET /api/v1/inbox/count': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly unread_count: number;
    };
  };
  /** Get an item; one that is not for the caller is the 404 of a missing one */
  'GET /api/v1/inbox/{itemId}': {
    readonly params: {
      readonly itemId: string;
    };
    readonly answer: {
      /** the lowest role that it is for; null: one person */
      readonly audience_role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      /** it leaves only when what it is about is settled */
      readonly blocking: boolean;
      readonly body_md: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string | null;
      readonly id: string;
      readonly kind: 'waitpoint' | 'escalation' | 'failed_run' | 'message' | 'job' | 'budget';
      readonly payload: { readonly [name: string]: unknown };
      readonly priority: 'low' | 'normal' | 'high' | 'urgent';
      readonly read_at: string | null;
      readonly resolved_action: 'approved' | 'rejected' | 'retried' | 'cancelled' | null;
      readonly resolved_at: string | null;
      readonly resolved_by_user_id: string | null;
      readonly sender_id: string | null;
      readonly sender_name: string | null;
      readonly sender_type: 'agent' | 'user' | 'system' | null;
      /** of what it is about; `subject_type` says what that is */
      readonly source_id: string;
      /** for the caller */
      readonly state: 'unread' | 'read' | 'resolved';
      readonly subject_id: string;
      readonly subject_type: string;
      readonly target_role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      readonly target_user_id: string | null;
      readonly title: string;
      readonly type: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** Say that the caller has read an item, has not, or puts it away */
  'PATCH /api/v1/inbox/{itemId}': {
    readonly params: {
      readonly itemId: string;
    };
    readonly body: {
      readonly state: 'unread' | 'read' | 'resolved';
    };
    readonly answer: {
      /** the lowest role that it is for; null: one person */
      readonly audience_role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      /** it leaves only when what it is about is settled */
      readonly blocking: boolean;
      readonly body_md: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string | null;
      readonly id: string;
      readonly kind: 'waitpoint' | 'escalation' | 'failed_run' | 'message' | 'job' | 'budget';
      readonly payload: { readonly [name: string]: unknown };
      readonly priority: 'low' | 'normal' | 'high' | 'urgent';
      readonly read_at: string | null;
      readonly resolved_action: 'approved' | 'rejected' | 'retried' | 'cancelled' | null;
      readonly resolved_at: string | null;
      readonly resolved_by_user_id: string | null;
      readonly sender_id: string | null;
      readonly sender_name: string | null;
      readonly sender_type: 'agent' | 'user' | 'system' | null;
      /** of what it is about; `subject_type` says what that is */
      readonly source_id: string;
      /** for the caller */
      readonly state: 'unread' | 'read' | 'resolved';
      readonly subject_id: string;
      readonly subject_type: string;
      readonly target_role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER' | null;
      readonly target_user_id: string | null;
      readonly title: string;
      readonly type: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** Become a member by an invitation’s token */
  'POST /api/v1/invitations/redeem': {
    readonly body: {
      readonly token: string;
    };
    readonly answer: {
      readonly member_id: string;
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly slug: string;
      readonly workspace_id: string;
    };
  };
  /** List issues of all crews */
  'GET /api/v1/issues': {
    readonly query?: {
      readonly workspace_id?: string;
      /** comma-separated */
      readonly status?: string;
      /** comma-separated */
      readonly priority?: string;
      readonly project_id?: string;
      readonly crew_id?: string;
      readonly assignee_id?: string;
      /** a label by name, in any case */
      readonly label?: string;
      /** part of the title */
      readonly search?: string;
      /** newest first, most urgent first, or by sort_order */
      readonly sort?: 'created_at' | 'updated_at' | 'priority' | 'sort_order';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly assignee_id: string | null;
      readonly assignee_type: 'user' | 'agent' | null;
      readonly authored_via: 'user_api' | 'agent_tool_call';
      readonly comment_count: number;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: {
        readonly id: string | null;
        readonly name: string | null;
        readonly type: 'user' | 'agent';
      };
      readonly crew_id: string;
      readonly crew_name: string;
      readonly crew_slug: string;
      /** the mission that works on it, or did last */
      readonly current_mission_id: string | null;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly estimate: number | null;
      readonly id: string;
      readonly identifier: string;
      readonly labels: readonly {
        readonly color: string;
        readonly id: string;
        readonly name: string;
      }[];
      readonly lead_agent_id: string | null;
      readonly milestone_id: string | null;
      readonly mission_type: 'issue';
      /** within its prefix */
      readonly number: number;
      readonly parent_issue_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly project_name: string | null;
      readonly sort_order: number;
      readonly status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      readonly sub_issues_count: number;
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    }[];
  };
  /** Change many issues alike */
  'PATCH /api/v1/issues/bulk': {
    readonly body: {
      /** ids or identifiers */
      readonly ids: readonly string[];
      readonly updates: {
        /** a member or an agent of the workspace; "" or null: nobody */
        readonly assignee_id?: string | null;
        /** default: what assignee_id names */
        readonly assignee_type?: 'user' | 'agent' | null;
        /** ids; in place of those that it has */
        readonly labels?: readonly string[];
        readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
        readonly project_id?: string | null;
        readonly status?: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      };
    };
    readonly answer: {
      /** in the order of ids */
      readonly results: readonly {
        readonly code: string | null;
        readonly detail: string | null;
        /** as it was asked for */
        readonly id: string;
        readonly ok: boolean;
      }[];
      readonly updated: number;
    };
  };
  /** Get an issue by its identifier or id */
  'GET /api/v1/issues/{issueRef}': {
    readonly params: {
      readonly issueRef: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly assignee_id: string | null;
      readonly assignee_type: 'user' | 'agent' | null;
      readonly authored_via: 'user_api' | 'agent_tool_call';
      readonly comment_count: number;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: {
        readonly id: string | null;
        readonly name: string | null;
        readonly type: 'user' | 'agent';
      };
      readonly crew_id: string;
      readonly crew_name: string;
      readonly crew_slug: string;
      /** the mission that works on it, or did last */
      readonly current_mission_id: string | null;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly estimate: number | null;
      readonly id: string;
      readonly identifier: string;
      readonly labels: readonly {
        readonly color: string;
        readonly id: string;
        readonly name: string;
      }[];
      readonly lead_agent_id: string | null;
      readonly milestone_id: string | null;
      readonly mission_type: 'issue';
      /** within its prefix */
      readonly number: number;
      readonly parent_issue_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly project_name: string | null;
      readonly sort_order: number;
      readonly status: 'BACKLOG' | 'TODO' | 'IN_PROGRESS' | 'REVIEW' | 'DONE' | 'FAILED' | 'CANCELLED' | 'DUPLICATE';
      readonly sub_issues_count: number;
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly workspace_id: string;
    };
  };
  /** List journal entries, newest first */
  'GET /api/v1/journal': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly crew_id?: string;
      readonly crew_ids?: string;
      readonly agent_id?: string;
      readonly agent_ids?: string;
      readonly mission_id?: string;
      readonly trace_id?: string;
      /** a run’s id is its trace id */
      readonly run_id?: string;
      readonly entry_type?: string;
      readonly exclude_entry_type?: string;
      readonly severity?: string;
      readonly actor_type?: string;
      readonly priority?: string;
      readonly since?: string;
      readonly until?: string;
      /** a phrase: its words, one after the other, in the summary or in a text of the payload; case does not matter */
      readonly q?: string;
      readonly limit?: number;
      /** `next_cursor` of the page before */
      readonly cursor?: string;
    };
    readonly answer: {
      /** entries on this page */
      readonly count: number;
      readonly entries: readonly {
        readonly actor_id: string | null;
        readonly actor_type: 'agent' | 'user' | 'system' | 'keeper' | 'sidecar' | 'orchestrator';
        readonly agent_id: string | null;
        readonly crew_id: string | null;
        readonly entry_type: string;
        readonly expires_at: string | null;
        readonly id: string;
        readonly mission_id: string | null;
        readonly payload: { readonly [name: string]: unknown };
        /** place in the workspace’s gap-free sequence; null for a moment after commit */
        readonly position: number | null;
        readonly priority: 'normal' | 'high' | 'pin' | 'permanent';
        readonly refs: { readonly [name: string]: unknown };
        readonly request_id: string | null;
        readonly severity: 'info' | 'notice' | 'warn' | 'error';
        readonly span_id: string | null;
        readonly summary: string;
        readonly target_id: string | null;
        readonly target_type: string | null;
        readonly task_id: string | null;
        readonly trace_id: string | null;
        /** RFC 3339, UTC */
        readonly ts: string;
        readonly workspace_id: string;
      }[];
      readonly next_cursor: string | null;
    };
  };
  /** Get the newest checkpoint of the workspace’s journal */
  'GET /api/v1/journal/checkpoint': {
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Count journal entries */
  'GET /api/v1/journal/count': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly crew_id?: string;
      readonly crew_ids?: string;
      readonly agent_id?: string;
      readonly agent_ids?: string;
      readonly mission_id?: string;
      readonly trace_id?: string;
      /** a run’s id is its trace id */
      readonly run_id?: string;
      readonly entry_type?: string;
      readonly exclude_entry_type?: string;
      readonly severity?: string;
      readonly actor_type?: string;
      readonly priority?: string;
      readonly since?: string;
      readonly until?: string;
      /** a phrase: its words, one after the other, in the summary or in a text of the payload; case does not matter */
      readonly q?: string;
    };
    readonly answer: {
      readonly total: number;
    };
  };
  /** The workspace’s journal as CSV, oldest first */
  'GET /api/v1/journal/export.csv': {
    readonly query?: {
      readonly workspace_id?: string;
      /** only after this position */
      readonly after?: number;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** The workspace’s journal with what proves it, as lines of JSON */
  'GET /api/v1/journal/export.ndjson': {
    readonly query?: {
      readonly workspace_id?: string;
      /** only after this position */
      readonly after?: number;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Prove that the workspace’s journal begins with what it was before */
  'GET /api/v1/journal/log/consistency': {
    readonly query: {
      readonly workspace_id?: string;
      readonly from: number;
      /** default: of the newest checkpoint */
      readonly size?: number;
    };
    readonly answer: {
      readonly from: number;
      /** SHA-256, base64 */
      readonly from_root_hash: string;
      /** RFC 6962, 2.1.2 */
      readonly hashes: readonly string[];
      /** SHA-256, base64 */
      readonly root_hash: string;
      readonly size: number;
    };
  };
  /** Prove that an entry is in the workspace’s journal */
  'GET /api/v1/journal/log/inclusion': {
    readonly query: {
      readonly workspace_id?: string;
      readonly position: number;
      /** of the log that the leaf is proven to be in; default: of the newest checkpoint */
      readonly size?: number;
    };
    readonly answer: {
      /** RFC 6962, 2.1.1 */
      readonly hashes: readonly string[];
      /** SHA-256, base64 */
      readonly leaf_hash: string;
      /** position − 1 */
      readonly leaf_index: number;
      readonly position: number;
      /** SHA-256, base64 */
      readonly root_hash: string;
      readonly size: number;
    };
  };
  /** Get the keys that checkpoints of the workspace’s journal are verified with */
  'GET /api/v1/journal/log/keys': {
    readonly answer: {
      /** `<name>+<id>+<base64>`, as verifiers of signed notes take them */
      readonly keys: readonly string[];
      readonly origin: string;
    };
  };
  /** Get hashes of the workspace’s journal */
  'GET /api/v1/journal/log/tile': {
    readonly query: {
      readonly workspace_id?: string;
      readonly level: number;
      readonly tile: number;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Follow the journal as server-sent events */
  'GET /api/v1/journal/stream': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly crew_id?: string;
      readonly crew_ids?: string;
      readonly agent_id?: string;
      readonly agent_ids?: string;
      readonly mission_id?: string;
      readonly trace_id?: string;
      /** a run’s id is its trace id */
      readonly run_id?: string;
      readonly entry_type?: string;
      readonly exclude_entry_type?: string;
      readonly severity?: string;
      readonly actor_type?: string;
      readonly priority?: string;
      readonly since?: string;
      readonly until?: string;
      readonly q?: string;
    };
    readonly events: true;
  };
  /** Get a journal entry */
  'GET /api/v1/journal/{entryId}': {
    readonly params: {
      readonly entryId: string;
    };
    readonly answer: {
      readonly actor_id: string | null;
      readonly actor_type: 'agent' | 'user' | 'system' | 'keeper' | 'sidecar' | 'orchestrator';
      readonly agent_id: string | null;
      readonly crew_id: string | null;
      readonly entry_type: string;
      readonly expires_at: string | null;
      readonly id: string;
      readonly mission_id: string | null;
      readonly payload: { readonly [name: string]: unknown };
      /** place in the workspace’s gap-free sequence; null for a moment after commit */
      readonly position: number | null;
      readonly priority: 'normal' | 'high' | 'pin' | 'permanent';
      readonly refs: { readonly [name: string]: unknown };
      readonly request_id: string | null;
      readonly severity: 'info' | 'notice' | 'warn' | 'error';
      readonly span_id: string | null;
      readonly summary: string;
      readonly target_id: string | null;
      readonly target_type: string | null;
      readonly task_id: string | null;
      readonly trace_id: string | null;
      /** RFC 3339, UTC */
      readonly ts: string;
      readonly workspace_id: string;
    };
  };
  /** List entries of knowledge, without their contents */
  'GET /api/v1/knowledge': {
    readonly query?: {
      readonly workspace_id?: string;
      /** name of a namespace */
      readonly namespace?: string;
      /** the namespace of this project */
      readonly project_id?: string;
      readonly status?: string;
      readonly kind?: string;
      readonly tag?: string;
      readonly file_id?: string;
      /** part of the title */
      readonly q?: string;
      readonly updated_since?: string;
      /** `title` ascends, the others begin with the newest */
      readonly sort?: 'updated' | 'created' | 'title';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly expires_at: string | null;
        /** what it was made from */
        readonly file_id: string | null;
        /** path of its folder in the project; null: of no project */
        readonly folder: string | null;
        readonly id: string;
        readonly kind: 'page' | 'note' | 'fact';
        readonly namespace: string;
        readonly project_id: string | null;
        /** of the title, one of its namespace */
        readonly slug: string;
        readonly source: {
          readonly type: string;
          readonly url: string | null;
        } | null;
        readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
        readonly summary: string | null;
        readonly tags: readonly string[];
        readonly title: string;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly version: number;
        readonly visibility: 'visible' | 'hidden';
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Write an entry into a namespace */
  'POST /api/v1/knowledge': {
    readonly body: {
      readonly confidence?: number | null;
      /** Markdown; `[[Title]]` links to the entry of that title */
      readonly content: string;
      /** stale from then on */
      readonly expires_at?: string | null;
      readonly kind?: 'page' | 'note' | 'fact';
      readonly links?: readonly {
        readonly rationale?: string | null;
        readonly relation: 'related' | 'parent' | 'cites' | 'supports' | 'contradicts' | 'supersedes' | 'duplicates' | 'depends_on';
        readonly to_entry_id: string;
        readonly weight?: number;
      }[];
      /** name of a namespace */
      readonly namespace: string;
      readonly source?: {
        readonly type: string;
        readonly url?: string | null;
      } | null;
      /** where reviews are required, what is published waits */
      readonly status?: 'draft' | 'published';
      readonly summary?: string | null;
      readonly tags?: readonly string[];
      readonly title: string;
      /** hidden: for who writes in the namespace */
      readonly visibility?: 'visible' | 'hidden';
    };
    readonly answer: {
      readonly confidence: number | null;
      /** as it was written */
      readonly content: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly expires_at: string | null;
      /** what it was made from */
      readonly file_id: string | null;
      /** path of its folder in the project; null: of no project */
      readonly folder: string | null;
      readonly id: string;
      readonly kind: 'page' | 'note' | 'fact';
      readonly namespace: string;
      readonly project_id: string | null;
      /** of the title, one of its namespace */
      readonly slug: string;
      readonly source: {
        readonly type: string;
        readonly url: string | null;
      } | null;
      readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
      readonly summary: string | null;
      readonly tags: readonly string[];
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'visible' | 'hidden';
    };
  };
  /** Delete a file with the entries that were made of it */
  'DELETE /api/v1/knowledge/files': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly file_id?: string;
      /** name of a namespace */
      readonly namespace?: string;
      /** after its folder, if it is in one */
      readonly filename?: string;
    };
    readonly answer: {
      readonly entries_deleted: number;
      readonly file_id: string;
    };
  };
  /** List files that knowledge is made from, newest first */
  'GET /api/v1/knowledge/files': {
    readonly query?: {
      readonly workspace_id?: string;
      /** name of a namespace */
      readonly namespace?: string;
      /** the namespace of this project */
      readonly project_id?: string;
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly entry_count: number;
        /** why its newest content was not read */
        readonly error: {
          readonly code: string;
          readonly detail: string;
        } | null;
        readonly filename: string;
        /** in its project; "" is the root */
        readonly folder: string;
        /** by its content */
        readonly format: 'pdf' | 'docx' | 'pptx' | 'xlsx' | 'odt' | 'rtf' | 'html' | 'markdown' | 'text' | 'csv' | 'json';
        readonly id: string;
        /** which reads it, or has read it last */
        readonly job_id: string | null;
        readonly mime: string;
        readonly namespace: string;
        readonly project_id: string | null;
        readonly sha256: string;
        readonly size_bytes: number;
        readonly source_url: string | null;
        /** of the newest content; what was made of the one before is found until then */
        readonly status: 'uploaded' | 'extracting' | 'indexing' | 'ready' | 'failed';
        /** RFC 3339, UTC */
        readonly updated_at: string;
        /** counts its contents */
        readonly version: number;
        /** whether what was made of it is found */
        readonly visible: boolean;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Let what was made of a file be found, or not */
  'PATCH /api/v1/knowledge/files/visibility': {
    readonly body: {
      readonly file_id: string;
      readonly visible: boolean;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly entry_count: number;
      /** why its newest content was not read */
      readonly error: {
        readonly code: string;
        readonly detail: string;
      } | null;
      readonly filename: string;
      /** in its project; "" is the root */
      readonly folder: string;
      /** by its content */
      readonly format: 'pdf' | 'docx' | 'pptx' | 'xlsx' | 'odt' | 'rtf' | 'html' | 'markdown' | 'text' | 'csv' | 'json';
      readonly id: string;
      /** which reads it, or has read it last */
      readonly job_id: string | null;
      readonly mime: string;
      readonly namespace: string;
      readonly project_id: string | null;
      readonly sha256: string;
      readonly size_bytes: number;
      readonly source_url: string | null;
      /** of the newest content; what was made of the one before is found until then */
      readonly status: 'uploaded' | 'extracting' | 'indexing' | 'ready' | 'failed';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts its contents */
      readonly version: number;
      /** whether what was made of it is found */
      readonly visible: boolean;
    };
  };
  /** Take a file, a page of the web or a text into a namespace, and make entries of it */
  'POST /api/v1/knowledge/ingest': {
    readonly body?: {
      /** name of a namespace */
      readonly namespace: string;
      /** whose namespace it is, if it is a project’s */
      readonly project_id?: string;
      readonly tags?: readonly string[];
      /** Markdown, or any other text, of at most 1 MiB */
      readonly text?: string;
      /** of the entries; default: what the file is called */
      readonly title?: string | null;
      readonly url?: string;
      /** hidden: for who writes in the namespace */
      readonly visibility?: 'visible' | 'hidden';
    } | null;
    readonly answer: {
      readonly file_id: string;
      /** which reads it, or has read it */
      readonly job_id: string | null;
    };
  };
  /** List the namespaces of knowledge that the caller reaches */
  'GET /api/v1/knowledge/namespaces': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** the caller’s; who writes also reads */
        readonly access: 'read' | 'write';
        /** that the caller sees */
        readonly entry_count: number;
        readonly name: string;
        /** whether what is written into it waits for a review */
        readonly review_required: boolean;
        readonly title: string;
        readonly version: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Change the title of a namespace, or whether what is written into it is reviewed */
  'PATCH /api/v1/knowledge/namespaces/{namespaceName}': {
    readonly params: {
      /** name of a namespace */
      readonly namespaceName: string;
    };
    readonly body: {
      readonly review_required?: boolean;
      readonly title?: string;
      /** the one that was read */
      readonly version: number;
    };
    readonly answer: {
      /** the caller’s; who writes also reads */
      readonly access: 'read' | 'write';
      readonly name: string;
      /** whether what is written into it waits for a review */
      readonly review_required: boolean;
      readonly title: string;
    };
  };
  /** Gather what answers a question, for a prompt */
  'POST /api/v1/knowledge/retrieve': {
    readonly body: {
      /** no more than this agent may read */
      readonly agent?: string;
      /** links to follow */
      readonly depth?: number;
      readonly max_entries?: number;
      /** of the context, as they are estimated */
      readonly max_tokens?: number;
      /** default: all that the caller reaches */
      readonly namespaces?: readonly string[];
      /** the namespace of this project */
      readonly project_id?: string;
      readonly query: string;
      /** links to follow; default: all */
      readonly relations?: readonly ('related' | 'parent' | 'cites' | 'supports' | 'contradicts' | 'supersedes' | 'duplicates' | 'depends_on')[];
    };
    readonly answer: {
      readonly citations: readonly {
        readonly entry_id: string;
        readonly namespace: string;
        /** of its piece in the context */
        readonly number: number;
        readonly title: string;
        /** of its source */
        readonly url: string | null;
        readonly version: number;
      }[];
      /** for a prompt: each piece numbered, in a fence that was made for this answer */
      readonly context: string;
      readonly entries: readonly {
        /** links away from what the question found */
        readonly hop: number;
        readonly id: string;
        /** entries over which it was reached, itself the last */
        readonly path: readonly string[];
        readonly score: number;
        readonly title: string;
      }[];
      /** estimated, rather too many */
      readonly tokens: number;
      /** entries were left out of the context */
      readonly truncated: boolean;
    };
  };
  /** Find entries by their words and titles */
  'POST /api/v1/knowledge/search': {
    readonly body: {
      readonly kind?: 'page' | 'note' | 'fact';
      readonly limit?: number;
      readonly mode?: 'hybrid' | 'text' | 'semantic';
      /** default: all that the caller reaches */
      readonly namespaces?: readonly string[];
      /** the namespace of this project */
      readonly project_id?: string;
      readonly query: string;
      /** entries that have all of them */
      readonly tags?: readonly string[];
    };
    readonly answer: {
      readonly hits: readonly {
        /** what of the entry was found */
        readonly chunk_id: string;
        readonly entry: {
          readonly confidence: number | null;
          /** RFC 3339, UTC */
          readonly created_at: string;
          readonly created_by: string | null;
          readonly expires_at: string | null;
          /** what it was made from */
          readonly file_id: string | null;
          /** path of its folder in the project; null: of no project */
          readonly folder: string | null;
          readonly id: string;
          readonly kind: 'page' | 'note' | 'fact';
          readonly namespace: string;
          readonly project_id: string | null;
          /** of the title, one of its namespace */
          readonly slug: string;
          readonly source: {
            readonly type: string;
            readonly url: string | null;
          } | null;
          readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
          readonly summary: string | null;
          readonly tags: readonly string[];
          readonly title: string;
          /** RFC 3339, UTC */
          readonly updated_at: string;
          readonly version: number;
          readonly visibility: 'visible' | 'hidden';
        };
        /** what of it has the words */
        readonly highlights: readonly string[];
        /** 0 to 1 */
        readonly score: number;
      }[];
      /** `text`: words and titles, whatever was asked for */
      readonly mode_used: 'hybrid' | 'text' | 'semantic';
      readonly took_ms: number;
    };
  };
  /** List research on the web, newest first */
  'GET /api/v1/knowledge/web-research/runs': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly namespace?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly agent_id: string | null;
        readonly allowed_domains: readonly string[];
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly finished_at: string | null;
        readonly id: string;
        readonly job_id: string;
        readonly max_pages: number;
        readonly namespace: string;
        readonly planned_by: 'model' | 'words' | null;
        /** what is searched for; null: it is not planned yet */
        readonly queries: readonly string[] | null;
        readonly questions: readonly string[];
        readonly reject_below: number | null;
        readonly stats: {
          readonly candidates: number;
          readonly ingested: number;
          readonly pending: number;
        };
        /** of its job; `waiting`: pages wait for decisions */
        readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
        readonly topic: string;
        readonly urls: readonly string[];
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Find pages on the web about a topic, for people to decide about */
  'POST /api/v1/knowledge/web-research/runs': {
    readonly body: {
      /** for whom it is: its routes and budgets of models count */
      readonly agent?: string;
      /** pages of these and of what is below them alone; none: of any */
      readonly allowed_domains?: readonly string[];
      readonly max_pages?: number;
      /** into which approved pages go */
      readonly namespace: string;
      readonly questions?: readonly string[];
      /** pages with a lower score are rejected */
      readonly reject_below?: number | null;
      readonly topic: string;
      /** pages that are read in any case, before those that are found */
      readonly urls?: readonly string[];
    };
    readonly answer: {
      readonly job_id: string;
      readonly run_id: string;
    };
  };
  /** Get research on the web with the pages that it found */
  'GET /api/v1/knowledge/web-research/runs/{researchRunId}': {
    readonly params: {
      readonly researchRunId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** of candidates, comma-separated */
      readonly status?: string;
    };
    readonly answer: {
      readonly agent_id: string | null;
      readonly allowed_domains: readonly string[];
      readonly candidates: readonly {
        readonly decided_at: string | null;
        readonly decided_by: string | null;
        readonly entry_id: string | null;
        readonly excerpt: string;
        readonly id: string;
        /** words: no model is configured, or none answered */
        readonly judged_by: 'model' | 'words' | null;
        readonly note: string | null;
        /** of its score, or why it is blocked or was not ingested */
        readonly reason: string;
        /** 0 to 1; null: it is not judged */
        readonly score: number | null;
        readonly status: 'pending' | 'approved' | 'rejected' | 'ingested' | 'ingest_failed' | 'expired' | 'duplicate' | 'blocked';
        readonly title: string;
        readonly url: string;
        readonly verdict: 'relevant' | 'partial' | 'irrelevant' | null;
      }[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly finished_at: string | null;
      readonly id: string;
      readonly job_id: string;
      readonly max_pages: number;
      readonly namespace: string;
      readonly planned_by: 'model' | 'words' | null;
      /** what is searched for; null: it is not planned yet */
      readonly queries: readonly string[] | null;
      readonly questions: readonly string[];
      readonly reject_below: number | null;
      readonly stats: {
        readonly candidates: number;
        readonly ingested: number;
        readonly pending: number;
      };
      /** of its job; `waiting`: pages wait for decisions */
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      readonly topic: string;
      readonly urls: readonly string[];
    };
  };
  /** Approve and reject pages that research found */
  'POST /api/v1/knowledge/web-research/runs/{researchRunId}/batch': {
    readonly params: {
      readonly researchRunId: string;
    };
    readonly body: {
      readonly decisions: readonly {
        readonly candidate_id: string;
        readonly decision: 'approve' | 'reject';
        readonly note?: string;
        readonly tags?: readonly string[];
        /** of the entry; default: the page’s */
        readonly title?: string;
      }[];
    };
    readonly answer: {
      readonly results: readonly {
        readonly candidate_id: string;
        /** why not */
        readonly code: 'not_found' | 'not_judged' | 'not_pending' | 'repeated' | null;
        readonly ok: boolean;
      }[];
    };
  };
  /** List what waits for people about entries, the newest first */
  'GET /api/v1/knowledge/wiki-governance': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly namespace?: string;
      readonly queue?: 'review' | 'quarantine' | 'orphan' | 'broken_link' | 'duplicate' | 'contradiction' | 'stale' | 'missing_page' | 'proposed_link';
      /** of findings; entries wait while they are `open` */
      readonly status?: 'open' | 'resolved' | 'dismissed';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly entry: {
          readonly id: string;
          readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
          readonly title: string;
        };
        readonly evidence: { readonly [name: string]: unknown };
        readonly id: string;
        readonly namespace: string;
        /** the other entry that it is about */
        readonly other: {
          readonly id: string;
          readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
          readonly title: string;
        } | null;
        readonly queue: 'review' | 'quarantine' | 'orphan' | 'broken_link' | 'duplicate' | 'contradiction' | 'stale' | 'missing_page' | 'proposed_link';
        readonly status: 'open' | 'resolved' | 'dismissed';
        readonly type: 'finding' | 'entry';
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly queues: readonly {
        readonly count: number;
        readonly name: 'review' | 'quarantine' | 'orphan' | 'broken_link' | 'duplicate' | 'contradiction' | 'stale' | 'missing_page' | 'proposed_link';
      }[];
      readonly total: number;
    };
  };
  /** Do something about findings and entries, or undo it */
  'POST /api/v1/knowledge/wiki-governance/actions': {
    readonly body: {
      readonly action: 'approve' | 'reject' | 'merge' | 'archive' | 'restore' | 'quarantine' | 'release' | 'refresh' | 'dismiss' | 'undo';
      /** for undo: what an action’s results name */
      readonly action_ids?: readonly string[];
      readonly entry_ids?: readonly string[];
      /** of findings, and of entries that wait in a queue */
      readonly item_ids?: readonly string[];
      readonly reason?: string;
      /** for merge: the entry that takes the others in */
      readonly target_id?: string;
    };
    readonly answer: {
      readonly results: readonly {
        /** by which it is undone */
        readonly action_id: string | null;
        /** why not */
        readonly code: 'not_found' | 'forbidden' | 'wrong_state' | 'not_applicable' | 'too_long' | 'changed_since' | 'repeated' | null;
        readonly id: string;
        readonly ok: boolean;
      }[];
    };
  };
  /** Show entries and the active links between them */
  'GET /api/v1/knowledge/wiki-graph': {
    readonly query: {
      readonly workspace_id?: string;
      /** name of a namespace */
      readonly namespace: string;
      /** entry of the namespace from which to go; without it all of the namespace */
      readonly root?: string;
      /** steps from the root */
      readonly depth?: number;
      readonly relation?: string;
      /** most nodes */
      readonly limit?: number;
    };
    readonly answer: {
      readonly edges: readonly {
        readonly from: string;
        readonly id: string;
        readonly relation: 'related' | 'parent' | 'cites' | 'supports' | 'contradicts' | 'supersedes' | 'duplicates' | 'depends_on';
        readonly to: string;
        readonly weight: number;
      }[];
      readonly nodes: readonly {
        readonly id: string;
        readonly kind: 'page' | 'note' | 'fact';
        readonly namespace: string;
        readonly slug: string;
        readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
        readonly title: string;
      }[];
      readonly stats: {
        readonly edges: number;
        readonly nodes: number;
        /** nodes without an edge that is shown */
        readonly unlinked: number;
      };
      /** nodes or edges were left out */
      readonly truncated: boolean;
    };
  };
  /** List looks through namespaces, newest first */
  'GET /api/v1/knowledge/wiki-meditation/runs': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly namespace?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly dry_run: boolean;
        readonly finished_at: string | null;
        readonly id: string;
        readonly job_id: string;
        readonly max_proposals: number;
        readonly mode: 'quick' | 'full';
        readonly namespace: string;
        /** findings that are new by it */
        readonly proposals: number;
        readonly started_at: string | null;
        readonly stats: {
          readonly entries: number;
          /** by kind, those that were known included */
          readonly findings: { readonly [name: string]: number };
        };
        readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Look through a namespace for what is to be done about its entries */
  'POST /api/v1/knowledge/wiki-meditation/trigger': {
    readonly body: {
      /** counts what it would find, and keeps nothing of it */
      readonly dry_run?: boolean;
      /** most findings that it makes anew */
      readonly max_proposals?: number;
      /** quick: by rows alone; full: a model proposes, too */
      readonly mode?: 'quick' | 'full';
      readonly namespace: string;
    };
    readonly answer: {
      readonly job_id: string;
      readonly run_id: string;
    };
  };
  /** Delete an entry with its versions and links */
  'DELETE /api/v1/knowledge/{knowledgeId}': {
    readonly params: {
      readonly knowledgeId: string;
    };
    readonly answer: undefined;
  };
  /** Get an entry, as it is or as it was in a version */
  'GET /api/v1/knowledge/{knowledgeId}': {
    readonly params: {
      readonly knowledgeId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** as it was then */
      readonly version?: number;
    };
    readonly answer: {
      readonly confidence: number | null;
      /** as it was written */
      readonly content: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly expires_at: string | null;
      /** what it was made from */
      readonly file_id: string | null;
      /** path of its folder in the project; null: of no project */
      readonly folder: string | null;
      readonly id: string;
      readonly kind: 'page' | 'note' | 'fact';
      readonly namespace: string;
      readonly project_id: string | null;
      /** of the title, one of its namespace */
      readonly slug: string;
      readonly source: {
        readonly type: string;
        readonly url: string | null;
      } | null;
      readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
      readonly summary: string | null;
      readonly tags: readonly string[];
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'visible' | 'hidden';
    };
  };
  /** Put a whole entry in place of the version that was read */
  'PUT /api/v1/knowledge/{knowledgeId}': {
    readonly params: {
      readonly knowledgeId: string;
    };
    readonly body: {
      readonly confidence?: number | null;
      /** Markdown; `[[Title]]` links to the entry of that title */
      readonly content: string;
      /** stale from then on */
      readonly expires_at?: string | null;
      readonly kind?: 'page' | 'note' | 'fact';
      readonly source?: {
        readonly type: string;
        readonly url?: string | null;
      } | null;
      readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
      readonly summary?: string | null;
      readonly tags?: readonly string[];
      readonly title: string;
      /** the one that was read */
      readonly version: number;
      /** hidden: for who writes in the namespace */
      readonly visibility?: 'visible' | 'hidden';
    };
    readonly answer: {
      readonly confidence: number | null;
      /** as it was written */
      readonly content: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly expires_at: string | null;
      /** what it was made from */
      readonly file_id: string | null;
      /** path of its folder in the project; null: of no project */
      readonly folder: string | null;
      readonly id: string;
      readonly kind: 'page' | 'note' | 'fact';
      readonly namespace: string;
      readonly project_id: string | null;
      /** of the title, one of its namespace */
      readonly slug: string;
      readonly source: {
        readonly type: string;
        readonly url: string | null;
      } | null;
      readonly status: 'draft' | 'pending_review' | 'published' | 'stale' | 'quarantined' | 'archived';
      readonly summary: string | null;
      readonly tags: readonly string[];
      readonly title: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'visible' | 'hidden';
    };
  };
  /** Take the file that an entry was made from */
  'GET /api/v1/knowledge/{knowledgeId}/file': {
    readonly params: {
      readonly knowledgeId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** List the links from and to an entry whose other end the caller sees */
  'GET /api/v1/knowledge/{knowledgeId}/links': {
    readonly params: {
      readonly knowledgeId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      readonly direction?: 'in' | 'out' | 'both';
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly from_entry_id: string;
        readonly id: string;
        readonly origin: 'human' | 'agent' | 'ingest' | 'meditation';
        readonly rationale: string | null;
        readonly relation: 'related' | 'parent' | 'cites' | 'supports' | 'contradicts' | 'supersedes' | 'duplicates' | 'depends_on';
        readonly status: 'proposed' | 'active' | 'rejected';
        readonly to_entry_id: string;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly weight: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Link an entry to another */
  'POST /api/v1/knowledge/{knowledgeId}/links': {
    readonly params: {
      readonly knowledgeId: string;
    };
    readonly body: {
      readonly rationale?: string | null;
      readonly relation: 'related' | 'parent' | 'cites' | 'supports' | 'contradicts' | 'supersedes' | 'duplicates' | 'depends_on';
      readonly to_entry_id: string;
      readonly weight?: number;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly from_entry_id: string;
      readonly id: string;
      readonly origin: 'human' | 'agent' | 'ingest' | 'meditation';
      readonly rationale: string | null;
      readonly relation: 'related' | 'parent' | 'cites' | 'supports' | 'contradicts' | 'supersedes' | 'duplicates' | 'depends_on';
      readonly status: 'proposed' | 'active' | 'rejected';
      readonly to_entry_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly weight: number;
    };
  };
  /** Delete a link from an entry */
  'DELETE /api/v1/knowledge/{knowledgeId}/links/{linkId}': {
    readonly params: {
      readonly knowledgeId: string;
      readonly linkId: string;
    };
    readonly answer: undefined;
  };
  /** Change a link from an entry, or decide on a proposed one */
  'PATCH /api/v1/knowledge/{knowledgeId}/links/{linkId}': {
    readonly params: {
      readonly knowledgeId: string;
      readonly linkId: string;
    };
    readonly body: {
      readonly rationale?: string | null;
      readonly relation?: 'related' | 'parent' | 'cites' | 'supports' | 'contradicts' | 'supersedes' | 'duplicates' | 'depends_on';
      readonly status?: 'proposed' | 'active' | 'rejected';
      readonly weight?: number;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly from_entry_id: string;
      readonly id: string;
      readonly origin: 'human' | 'agent' | 'ingest' | 'meditation';
      readonly rationale: string | null;
      readonly relation: 'related' | 'parent' | 'cites' | 'supports' | 'contradicts' | 'supersedes' | 'duplicates' | 'depends_on';
      readonly status: 'proposed' | 'active' | 'rejected';
      readonly to_entry_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly weight: number;
    };
  };
  /** List the labels of a workspace by name */
  'GET /api/v1/labels': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly color: string;
      readonly id: string;
      readonly label_group: string | null;
      readonly name: string;
    }[];
  };
  /** Make a label; its name is taken once, in any case */
  'POST /api/v1/labels': {
    readonly body: {
      readonly color: string;
      readonly label_group?: string | null;
      readonly name: string;
    };
    readonly answer: {
      readonly color: string;
      readonly id: string;
      readonly label_group: string | null;
      readonly name: string;
    };
  };
  /** Delete a label, and take it off all issues */
  'DELETE /api/v1/labels/{labelId}': {
    readonly params: {
      readonly labelId: string;
    };
    readonly answer: undefined;
  };
  /** Change a label */
  'PATCH /api/v1/labels/{labelId}': {
    readonly params: {
      readonly labelId: string;
    };
    readonly body: {
      readonly color?: string;
      readonly label_group?: string | null;
      readonly name?: string;
    };
    readonly answer: {
      readonly color: string;
      readonly id: string;
      readonly label_group: string | null;
      readonly name: string;
    };
  };
  /** List MCP tool calls, newest first */
  'GET /api/v1/mcp-tool-calls': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly agent_id?: string;
      readonly server_id?: string;
      /** an unknown status matches nothing */
      readonly status?: string;
      readonly since?: string;
      readonly until?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_id: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      readonly duration_ms: number | null;
      readonly error_message: string | null;
      readonly id: string;
      readonly mcp_server_id: string;
      readonly mcp_server_scope: 'workspace' | 'crew' | 'agent';
      readonly status: 'success' | 'error' | 'denied' | 'timeout';
      readonly tool_name: string;
      readonly workspace_id: string;
    }[];
  };
  /** Delete a milestone; its issues stay */
  'DELETE /api/v1/milestones/{milestoneId}': {
    readonly params: {
      readonly milestoneId: string;
    };
    readonly answer: undefined;
  };
  /** Change a milestone, or its place */
  'PATCH /api/v1/milestones/{milestoneId}': {
    readonly params: {
      readonly milestoneId: string;
    };
    readonly body: {
      readonly description?: string | null;
      readonly name?: string;
      readonly position?: number;
      readonly status?: 'active' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date?: string | null;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly description: string | null;
      /** issues that are DONE */
      readonly done_count: number;
      readonly id: string;
      readonly issue_count: number;
      readonly name: string;
      readonly position: number;
      readonly project_id: string;
      readonly status: 'active' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** Count missions and tasks, and what the last 24 hours brought */
  'GET /api/v1/mission-metrics': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      /** PLANNING, IN_PROGRESS or REVIEW */
      readonly active_missions: number;
      /** from the first start, of missions completed in the last 24 hours; null: none was */
      readonly avg_completion_time_ms: number | null;
      readonly completed_24h: number;
      readonly failed_24h: number;
      readonly tasks_completed_24h: number;
      readonly tasks_failed_24h: number;
      /** US dollars, of tasks that ended in the last 24 hours */
      readonly total_cost_24h: number;
      readonly total_missions: number;
      /** of tasks that ended in the last 24 hours */
      readonly total_tokens_24h: number;
    };
  };
  /** List missions of the workspace, newest first */
  'GET /api/v1/missions': {
    readonly query?: {
      /** in the title, or in that of one of its tasks */
      readonly q?: string;
      readonly workspace_id?: string;
      readonly status?: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
      readonly include_tasks?: 'true' | 'false';
    };
    readonly answer: readonly {
      /** since when its time does not count: paused, or waiting for people only; the deadline moves on by that long */
      readonly clock_stopped_at: string | null;
      readonly completed_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string;
      /** when the mission fails for lack of time; null unless IN_PROGRESS */
      readonly deadline_at: string | null;
      readonly description: string | null;
      readonly failure_reason: string | null;
      readonly id: string;
      /** `MIS-<n>`, counted in the workspace: taken wherever the id is */
      readonly identifier: string;
      readonly lead_agent_id: string;
      readonly lead_agent_name: string;
      readonly lead_agent_slug: string;
      readonly paused_at: string | null;
      readonly plan: string | null;
      /** the lead makes the tasks of a mission that was started without any */
      readonly planning: {
        /** 2: the first plan was refused */
        readonly iteration: number;
        /** why the first plan was refused */
        readonly problems: readonly string[];
        readonly run_id: string | null;
      } | null;
      readonly started_at: string | null;
      readonly status: 'PLANNING' | 'IN_PROGRESS' | 'REVIEW' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
      readonly task_stats: {
        readonly awaiting_approval: number;
        readonly blocked: number;
        readonly cancelled: number;
        readonly completed: number;
        readonly failed: number;
        readonly in_progress: number;
        readonly pending: number;
        readonly skipped: number;
        readonly total: number;
      };
      /** only when asked for */
      readonly tasks?: readonly {
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly approval_required: boolean;
        readonly approval_status: string | null;
        readonly approved_at: string | null;
        readonly approved_by: string | null;
        readonly assigned_agent_id: string | null;
        readonly assignment_id: string | null;
        readonly completed_at: string | null;
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** task ids as a JSON array in a string */
        readonly depends_on: string;
        readonly description: string | null;
        readonly duration_ms: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        /** US dollars */
        readonly estimated_cost: number;
        readonly evaluation_notes: string | null;
        readonly evaluation_status: string | null;
        readonly handoff_context: { readonly [name: string]: unknown } | null;
        readonly id: string;
        readonly iteration: number;
        readonly max_iterations: number | null;
        readonly mission_id: string;
        readonly needs_review: boolean;
        readonly output_path: string | null;
        readonly result_summary: string | null;
        /** the latest attempt */
        readonly run_id: string | null;
        readonly started_at: string | null;
        readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
        readonly task_order: number;
        readonly title: string;
        readonly token_count: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
      }[];
      readonly timeout_seconds: number;
      readonly title: string;
      /** US dollars */
      readonly total_estimated_cost: number;
      readonly total_token_count: number;
      readonly trace_id: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** why it begins nothing: it, its crew or its workspace is paused */
      readonly waiting_for: {
        readonly detail: 'workspace_paused' | 'crew_paused' | 'mission_paused';
        readonly kind: 'clock';
        /** RFC 3339, UTC */
        readonly since: string;
      } | null;
      readonly workflow_template: string | null;
      readonly workspace_id: string;
    }[];
  };
  /** List the checkpoints of a mission, newest first */
  'GET /api/v1/missions/{missionId}/checkpoints': {
    readonly params: {
      readonly missionId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return, 1 to 200; anything else: 50 */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly checkpoints: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly crew_id: string | null;
        /** the checkpoint that the mission was forked from */
        readonly fork_of: string | null;
        readonly id: string;
        /** the newest entry of the mission’s journal then */
        readonly journal_cursor: string;
        readonly label: string | null;
        readonly mission_id: string;
        readonly state: {
          /** digest of each agent’s memory, by its slug */
          readonly agent_memory: { readonly [name: string]: string };
          readonly crew_container_id: string | null;
          readonly meta: { readonly [name: string]: unknown };
          readonly open_assignments: readonly string[];
          /** ids of the tasks that had not ended, in their order */
          readonly pending_tasks: readonly string[];
        };
        readonly workspace_id: string;
      }[];
      /** checkpoints on this page */
      readonly count: number;
      readonly mission_id: string;
    };
  };
  /** Record where a mission stands */
  'POST /api/v1/missions/{missionId}/checkpoints': {
    readonly params: {
      readonly missionId: string;
    };
    readonly body?: {
      readonly label?: string | null;
    } | null;
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** the checkpoint that the mission was forked from */
      readonly fork_of: string | null;
      readonly id: string;
      /** the newest entry of the mission’s journal then */
      readonly journal_cursor: string;
      readonly label: string | null;
      readonly mission_id: string;
      readonly state: {
        /** digest of each agent’s memory, by its slug */
        readonly agent_memory: { readonly [name: string]: string };
        readonly crew_container_id: string | null;
        readonly meta: { readonly [name: string]: unknown };
        readonly open_assignments: readonly string[];
        /** ids of the tasks that had not ended, in their order */
        readonly pending_tasks: readonly string[];
      };
      readonly workspace_id: string;
    };
  };
  /** List the caller’s notifications, newest first */
  'GET /api/v1/notifications': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly unread?: 'true' | 'false';
      readonly type?: 'approval.requested' | 'task.review' | 'keeper_escalated' | 'keeper_denied' | 'review.assigned' | 'mention' | 'agent.made' | 'escalation.opened' | 'run.failed' | 'job.failed' | 'job.completed' | 'budget.warning' | 'budget.exceeded';
      readonly since?: string;
      readonly include_dismissed?: 'true' | 'false';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly blocking: boolean;
        readonly body: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly dismissed_at: string | null;
        readonly id: string;
        readonly priority: 'low' | 'normal' | 'high' | 'urgent';
        readonly read_at: string | null;
        readonly subject: {
          readonly id: string;
          readonly type: string;
        };
        readonly title: string;
        readonly type: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** List the caller’s receivers of webhooks, oldest first */
  'GET /api/v1/notifications/channels': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** why it was switched off by itself: its receiver answered 410, or deliveries died one after the other */
      readonly disabled_reason: 'gone' | 'failing' | null;
      readonly enabled: boolean;
      /** deliveries that died one after the other */
      readonly failures: number;
      /** of the body: `{type, timestamp, data}` as Standard Webhooks has it, or a CloudEvent in JSON */
      readonly format: 'standard' | 'cloudevents';
      readonly id: string;
      readonly name: string;
      /** until when the secret before the newest signs beside it */
      readonly old_secret_until: string | null;
      /** `whpk_…`, what checks Ed25519; null for a shared secret */
      readonly public_key: string | null;
      readonly signature: 'hmac-sha256' | 'ed25519';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly url: string;
    }[];
  };
  /** Name a receiver of webhooks for the caller’s notifications */
  'POST /api/v1/notifications/channels': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly body: {
      /** of the body: `{type, timestamp, data}` as Standard Webhooks has it, or a CloudEvent in JSON */
      readonly format?: 'standard' | 'cloudevents';
      readonly name: string;
      /** `v1` with a shared secret, or `v1a` which the public key checks */
      readonly signature?: 'hmac-sha256' | 'ed25519';
      /** where messages are posted: a public address, or one that the operator allows */
      readonly url: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** why it was switched off by itself: its receiver answered 410, or deliveries died one after the other */
      readonly disabled_reason: 'gone' | 'failing' | null;
      readonly enabled: boolean;
      /** deliveries that died one after the other */
      readonly failures: number;
      /** of the body: `{type, timestamp, data}` as Standard Webhooks has it, or a CloudEvent in JSON */
      readonly format: 'standard' | 'cloudevents';
      readonly id: string;
      readonly name: string;
      /** until when the secret before the newest signs beside it */
      readonly old_secret_until: string | null;
      /** `whpk_…`, what checks Ed25519; null for a shared secret */
      readonly public_key: string | null;
      /** `whsec_…`, shown this once; null for Ed25519, whose public key is enough */
      readonly secret: string | null;
      readonly signature: 'hmac-sha256' | 'ed25519';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly url: string;
    };
  };
  /** Delete one of the caller’s receivers; what was to go there is skipped */
  'DELETE /api/v1/notifications/channels/{channelId}': {
    readonly params: {
      readonly channelId: string;
    };
    readonly answer: undefined;
  };
  /** Get one of the caller’s receivers */
  'GET /api/v1/notifications/channels/{channelId}': {
    readonly params: {
      readonly channelId: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** why it was switched off by itself: its receiver answered 410, or deliveries died one after the other */
      readonly disabled_reason: 'gone' | 'failing' | null;
      readonly enabled: boolean;
      /** deliveries that died one after the other */
      readonly failures: number;
      /** of the body: `{type, timestamp, data}` as Standard Webhooks has it, or a CloudEvent in JSON */
      readonly format: 'standard' | 'cloudevents';
      readonly id: string;
      readonly name: string;
      /** until when the secret before the newest signs beside it */
      readonly old_secret_until: string | null;
      /** `whpk_…`, what checks Ed25519; null for a shared secret */
      readonly public_key: string | null;
      readonly signature: 'hmac-sha256' | 'ed25519';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly url: string;
    };
  };
  /** Change one of the caller’s receivers, or switch it on again */
  'PATCH /api/v1/notifications/channels/{channelId}': {
    readonly params: {
      readonly channelId: string;
    };
    readonly body: {
      readonly enabled?: boolean;
      /** of the body: `{type, timestamp, data}` as Standard Webhooks has it, or a CloudEvent in JSON */
      readonly format?: 'standard' | 'cloudevents';
      readonly name?: string;
      /** where messages are posted: a public address, or one that the operator allows */
      readonly url?: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** why it was switched off by itself: its receiver answered 410, or deliveries died one after the other */
      readonly disabled_reason: 'gone' | 'failing' | null;
      readonly enabled: boolean;
      /** deliveries that died one after the other */
      readonly failures: number;
      /** of the body: `{type, timestamp, data}` as Standard Webhooks has it, or a CloudEvent in JSON */
      readonly format: 'standard' | 'cloudevents';
      readonly id: string;
      readonly name: string;
      /** until when the secret before the newest signs beside it */
      readonly old_secret_until: string | null;
      /** `whpk_…`, what checks Ed25519; null for a shared secret */
      readonly public_key: string | null;
      readonly signature: 'hmac-sha256' | 'ed25519';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly url: string;
    };
  };
  /** Make another secret; the one before it signs beside it for a day */
  'POST /api/v1/notifications/channels/{channelId}/rotate-secret': {
    readonly params: {
      readonly channelId: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** why it was switched off by itself: its receiver answered 410, or deliveries died one after the other */
      readonly disabled_reason: 'gone' | 'failing' | null;
      readonly enabled: boolean;
      /** deliveries that died one after the other */
      readonly failures: number;
      /** of the body: `{type, timestamp, data}` as Standard Webhooks has it, or a CloudEvent in JSON */
      readonly format: 'standard' | 'cloudevents';
      readonly id: string;
      readonly name: string;
      /** until when the secret before the newest signs beside it */
      readonly old_secret_until: string | null;
      /** `whpk_…`, what checks Ed25519; null for a shared secret */
      readonly public_key: string | null;
      /** `whsec_…`, shown this once; null for Ed25519, whose public key is enough */
      readonly secret: string | null;
      readonly signature: 'hmac-sha256' | 'ed25519';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly url: string;
    };
  };
  /** Send a message that says that it is a test, once */
  'POST /api/v1/notifications/channels/{channelId}/test': {
    readonly params: {
      readonly channelId: string;
    };
    readonly answer: {
      /** in all */
      readonly attempts: number;
      /** `staggered`: nobody had answered by the first channel */
      readonly cause: 'direct' | 'staggered';
      readonly channel: 'email' | 'webhook';
      /** of a webhook */
      readonly channel_id: string | null;
      /** why it failed, died or was skipped */
      readonly code: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the delivery that tells it with others */
      readonly digest_id: string | null;
      /** when it is looked at next; null: it is settled */
      readonly due_at: string | null;
      /** also of the message: `webhook-id`, or in the mail’s `Message-ID` */
      readonly id: string;
      readonly notification_id: string | null;
      readonly purpose: 'notification' | 'digest' | 'test';
      /** of the receiver’s last answer */
      readonly response_status: number | null;
      readonly settled_at: string | null;
      readonly status: 'pending' | 'sending' | 'failed' | 'delivered' | 'dead' | 'skipped' | 'digested';
      /** of the notification */
      readonly type: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** List what left the instance for the caller, and what did not, newest first */
  'GET /api/v1/notifications/deliveries': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: 'pending' | 'sending' | 'failed' | 'delivered' | 'dead' | 'skipped' | 'digested';
      readonly channel?: 'email' | 'webhook';
      readonly channel_id?: string;
      readonly notification_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** in all */
        readonly attempts: number;
        /** `staggered`: nobody had answered by the first channel */
        readonly cause: 'direct' | 'staggered';
        readonly channel: 'email' | 'webhook';
        /** of a webhook */
        readonly channel_id: string | null;
        /** why it failed, died or was skipped */
        readonly code: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** the delivery that tells it with others */
        readonly digest_id: string | null;
        /** when it is looked at next; null: it is settled */
        readonly due_at: string | null;
        /** also of the message: `webhook-id`, or in the mail’s `Message-ID` */
        readonly id: string;
        readonly notification_id: string | null;
        readonly purpose: 'notification' | 'digest' | 'test';
        /** of the receiver’s last answer */
        readonly response_status: number | null;
        readonly settled_at: string | null;
        readonly status: 'pending' | 'sending' | 'failed' | 'delivered' | 'dead' | 'skipped' | 'digested';
        /** of the notification */
        readonly type: string | null;
        /** RFC 3339, UTC */
        readonly updated_at: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Get one of the caller’s deliveries */
  'GET /api/v1/notifications/deliveries/{deliveryId}': {
    readonly params: {
      readonly deliveryId: string;
    };
    readonly answer: {
      /** in all */
      readonly attempts: number;
      /** `staggered`: nobody had answered by the first channel */
      readonly cause: 'direct' | 'staggered';
      readonly channel: 'email' | 'webhook';
      /** of a webhook */
      readonly channel_id: string | null;
      /** why it failed, died or was skipped */
      readonly code: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the delivery that tells it with others */
      readonly digest_id: string | null;
      /** when it is looked at next; null: it is settled */
      readonly due_at: string | null;
      /** also of the message: `webhook-id`, or in the mail’s `Message-ID` */
      readonly id: string;
      readonly notification_id: string | null;
      readonly purpose: 'notification' | 'digest' | 'test';
      /** of the receiver’s last answer */
      readonly response_status: number | null;
      readonly settled_at: string | null;
      readonly status: 'pending' | 'sending' | 'failed' | 'delivered' | 'dead' | 'skipped' | 'digested';
      /** of the notification */
      readonly type: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** Ask for one of the caller’s deliveries again, under its id */
  'POST /api/v1/notifications/deliveries/{deliveryId}/replay': {
    readonly params: {
      readonly deliveryId: string;
    };
    readonly answer: {
      /** in all */
      readonly attempts: number;
      /** `staggered`: nobody had answered by the first channel */
      readonly cause: 'direct' | 'staggered';
      readonly channel: 'email' | 'webhook';
      /** of a webhook */
      readonly channel_id: string | null;
      /** why it failed, died or was skipped */
      readonly code: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the delivery that tells it with others */
      readonly digest_id: string | null;
      /** when it is looked at next; null: it is settled */
      readonly due_at: string | null;
      /** also of the message: `webhook-id`, or in the mail’s `Message-ID` */
      readonly id: string;
      readonly notification_id: string | null;
      readonly purpose: 'notification' | 'digest' | 'test';
      /** of the receiver’s last answer */
      readonly response_status: number | null;
      readonly settled_at: string | null;
      readonly status: 'pending' | 'sending' | 'failed' | 'delivered' | 'dead' | 'skipped' | 'digested';
      /** of the notification */
      readonly type: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** How the caller is told of what in this workspace */
  'GET /api/v1/notifications/preferences': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly channels: {
        readonly email: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available: boolean;
          readonly enabled: boolean;
        };
        readonly in_app: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available: boolean;
          readonly enabled: boolean;
        };
        readonly webhook: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available: boolean;
          readonly enabled: boolean;
        };
      };
      readonly digest: {
        readonly at: string;
        readonly every: 'hour' | 'day';
        readonly time_zone: string;
      } | null;
      readonly quiet_hours: {
        /** on which they begin; 1 is Monday */
        readonly days: readonly number[];
        readonly from: string;
        readonly time_zone: string;
        readonly to: string;
      } | null;
      readonly staggering: {
        readonly after_minutes: number;
        readonly channel: 'email' | 'webhook';
      } | null;
      /** of every type there is */
      readonly types: { readonly [name: string]: readonly ('in_app' | 'email' | 'webhook')[] };
      /** 0: nothing was written yet */
      readonly version: number;
    };
  };
  /** Say how the caller is told of what, as a whole */
  'PUT /api/v1/notifications/preferences': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly body: {
      readonly channels?: {
        readonly email?: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available?: boolean;
          readonly enabled?: boolean;
        };
        readonly in_app?: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available?: boolean;
          readonly enabled?: true;
        };
        readonly webhook?: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available?: boolean;
          readonly enabled?: boolean;
        };
      };
      readonly digest?: {
        readonly at?: string;
        readonly every: 'hour' | 'day';
        readonly time_zone: string;
      } | null;
      readonly quiet_hours?: {
        /** on which they begin; 1 is Monday */
        readonly days?: readonly number[];
        readonly from: string;
        readonly time_zone: string;
        readonly to: string;
      } | null;
      readonly staggering?: {
        readonly after_minutes: number;
        readonly channel: 'email' | 'webhook';
      } | null;
      /** the channels of each type; one that is left out is shown in the app */
      readonly types?: { readonly [name: string]: readonly ('in_app' | 'email' | 'webhook')[] };
      /** the one that was read; 0 where nothing was written yet */
      readonly version: number;
    };
    readonly answer: {
      readonly channels: {
        readonly email: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available: boolean;
          readonly enabled: boolean;
        };
        readonly in_app: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available: boolean;
          readonly enabled: boolean;
        };
        readonly webhook: {
          /** whether the instance delivers by it; not looked at when it is written */
          readonly available: boolean;
          readonly enabled: boolean;
        };
      };
      readonly digest: {
        readonly at: string;
        readonly every: 'hour' | 'day';
        readonly time_zone: string;
      } | null;
      readonly quiet_hours: {
        /** on which they begin; 1 is Monday */
        readonly days: readonly number[];
        readonly from: string;
        readonly time_zone: string;
        readonly to: string;
      } | null;
      readonly staggering: {
        readonly after_minutes: number;
        readonly channel: 'email' | 'webhook';
      } | null;
      /** of every type there is */
      readonly types: { readonly [name: string]: readonly ('in_app' | 'email' | 'webhook')[] };
      /** 0: nothing was written yet */
      readonly version: number;
    };
  };
  /** Say that the caller has read all of them, or all of a type or from before a time */
  'POST /api/v1/notifications/read-all': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly body?: {
      readonly before?: string;
      readonly type?: 'approval.requested' | 'task.review' | 'keeper_escalated' | 'keeper_denied' | 'review.assigned' | 'mention' | 'agent.made' | 'escalation.opened' | 'run.failed' | 'job.failed' | 'job.completed' | 'budget.warning' | 'budget.exceeded';
    } | null;
    readonly answer: {
      readonly updated: number;
    };
  };
  /** Count what the caller has not read, and what holds something up */
  'GET /api/v1/notifications/unread-count': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly blocking: number;
      readonly unread: number;
    };
  };
  /** Put it away, for the caller alone */
  'POST /api/v1/notifications/{notificationId}/dismiss': {
    readonly params: {
      readonly notificationId: string;
    };
    readonly answer: {
      readonly blocking: boolean;
      readonly body: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly dismissed_at: string | null;
      readonly id: string;
      readonly priority: 'low' | 'normal' | 'high' | 'urgent';
      readonly read_at: string | null;
      readonly subject: {
        readonly id: string;
        readonly type: string;
      };
      readonly title: string;
      readonly type: string;
    };
  };
  /** Say that the caller has read it; repeating it changes nothing */
  'POST /api/v1/notifications/{notificationId}/read': {
    readonly params: {
      readonly notificationId: string;
    };
    readonly answer: {
      readonly blocking: boolean;
      readonly body: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly dismissed_at: string | null;
      readonly id: string;
      readonly priority: 'low' | 'normal' | 'high' | 'urgent';
      readonly read_at: string | null;
      readonly subject: {
        readonly id: string;
        readonly type: string;
      };
      readonly title: string;
      readonly type: string;
    };
  };
  /** Say that the caller has begun */
  'POST /api/v1/onboarding/complete': {
    readonly answer: {
      readonly status: 'completed';
    };
  };
  /** Make a first crew with an agent and the key it calls its model with */
  'POST /api/v1/onboarding/setup': {
    readonly body: {
      readonly agent_name: string;
      readonly cli_adapter?: 'CLAUDE_CODE' | 'OPENCODE' | 'CODEX_CLI' | 'GEMINI_CLI' | 'CURSOR_CLI' | 'FACTORY_DROID';
      readonly credential_name?: string;
      readonly credential_value?: string;
      readonly crew_name: string;
      /** refused: this instance has no templates */
      readonly crew_template_slug?: string;
      readonly llm_model?: string | null;
      readonly llm_provider?: 'ANTHROPIC' | 'OPENAI' | 'GOOGLE' | 'CURSOR' | 'FACTORY' | 'OLLAMA';
      readonly preferred_language?: string | null;
      readonly telemetry_opt_in?: boolean;
      /** the caller’s own workspace gets this name */
      readonly workspace_name?: string;
    };
    readonly answer: {
      readonly agent_id: string;
      readonly credential_id: string | null;
      readonly crew_id: string;
      readonly workspace_id: string;
    };
  };
  /** Whether the caller has begun */
  'GET /api/v1/onboarding/status': {
    readonly answer: {
      readonly completed: boolean;
    };
  };
  /** Say how the instance does, and what the workspace’s agents are at */
  'GET /api/v1/orchestrator/status': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly agents: {
        readonly error: number;
        readonly running: number;
        readonly total: number;
      };
      /** parts of the instance that do not answer */
      readonly degraded: readonly string[];
      readonly jobs: {
        readonly queued: number;
        readonly running: number;
        readonly waiting: number;
      };
      readonly queues: {
        /** attempts that wait for a place */
        readonly runs_waiting: number;
        /** of sessions, under way */
        readonly turns: number;
      };
      readonly status: 'ok' | 'degraded' | 'down';
      readonly version: string;
    };
  };
  /** List parked commands, the latest first */
  'GET /api/v1/outbox/parked': {
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly attempts: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** why it was refused */
      readonly error_code: string | null;
      readonly id: string;
      readonly kind: 'workflow' | 'wake';
      /** RFC 3339, UTC */
      readonly parked_at: string;
      readonly request_id: string | null;
      /** workflow id, or topic and id of those to wake */
      readonly target: string;
      readonly workspace_id: string | null;
    }[];
  };
  /** Try parked commands again */
  'POST /api/v1/outbox/parked/retry': {
    readonly body: {
      readonly command_ids: readonly string[];
    };
    readonly answer: {
      readonly retried: number;
    };
  };
  /** List budgets with what is spent of them, newest first */
  'GET /api/v1/paymaster/budgets': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly enabled: boolean;
      readonly id: string;
      /** US dollars, six decimals, as text: never a float */
      readonly limit_usd: string;
      readonly mode: 'soft' | 'tiered' | 'hard';
      /** beyond the limit: a call that cost more than was set aside, or was reported too late */
      readonly overspent_usd: string;
      readonly period_start: string | null;
      /** US dollars, six decimals, as text: never a float */
      readonly remaining_usd: string;
      /** set aside for calls under way */
      readonly reserved_usd: string;
      readonly resets_at: string | null;
      readonly scope_id: string;
      readonly scope_kind: 'workspace' | 'crew' | 'mission' | 'agent' | 'user' | 'project';
      /** in the present window */
      readonly spent_usd: string;
      readonly state: 'ok' | 'warning' | 'exceeded';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** spent of the limit */
      readonly util_pct: number;
      readonly window: 'hour' | 'day' | 'week' | 'month' | 'mission';
      readonly workspace_id: string;
    }[];
  };
  /** Set a limit for a scope and a window */
  'POST /api/v1/paymaster/budgets': {
    readonly body: {
      readonly enabled?: boolean;
      /** US dollars, up to six decimals, best as text */
      readonly limit_usd: string | number;
      /** soft warns from 80 %, hard refuses at 100 %, tiered does both */
      readonly mode?: 'soft' | 'tiered' | 'hard';
      /** may be left out for the workspace itself */
      readonly scope_id?: string;
      readonly scope_kind: 'workspace' | 'crew' | 'mission' | 'agent' | 'user' | 'project';
      /** UTC, weeks from Monday; `mission` is a mission’s whole life */
      readonly window: 'hour' | 'day' | 'week' | 'month' | 'mission';
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly enabled: boolean;
      readonly id: string;
      /** US dollars, six decimals, as text: never a float */
      readonly limit_usd: string;
      readonly mode: 'soft' | 'tiered' | 'hard';
      /** beyond the limit: a call that cost more than was set aside, or was reported too late */
      readonly overspent_usd: string;
      readonly period_start: string | null;
      /** US dollars, six decimals, as text: never a float */
      readonly remaining_usd: string;
      /** set aside for calls under way */
      readonly reserved_usd: string;
      readonly resets_at: string | null;
      readonly scope_id: string;
      readonly scope_kind: 'workspace' | 'crew' | 'mission' | 'agent' | 'user' | 'project';
      /** in the present window */
      readonly spent_usd: string;
      readonly state: 'ok' | 'warning' | 'exceeded';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** spent of the limit */
      readonly util_pct: number;
      readonly window: 'hour' | 'day' | 'week' | 'month' | 'mission';
      readonly workspace_id: string;
    };
  };
  /** Delete a budget */
  'DELETE /api/v1/paymaster/budgets/{budgetId}': {
    readonly params: {
      readonly budgetId: string;
    };
    readonly answer: undefined;
  };
  /** Get a budget with what is spent of it */
  'GET /api/v1/paymaster/budgets/{budgetId}': {
    readonly params: {
      readonly budgetId: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly enabled: boolean;
      readonly id: string;
      /** US dollars, six decimals, as text: never a float */
      readonly limit_usd: string;
      readonly mode: 'soft' | 'tiered' | 'hard';
      /** beyond the limit: a call that cost more than was set aside, or was reported too late */
      readonly overspent_usd: string;
      readonly period_start: string | null;
      /** US dollars, six decimals, as text: never a float */
      readonly remaining_usd: string;
      /** set aside for calls under way */
      readonly reserved_usd: string;
      readonly resets_at: string | null;
      readonly scope_id: string;
      readonly scope_kind: 'workspace' | 'crew' | 'mission' | 'agent' | 'user' | 'project';
      /** in the present window */
      readonly spent_usd: string;
      readonly state: 'ok' | 'warning' | 'exceeded';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** spent of the limit */
      readonly util_pct: number;
      readonly window: 'hour' | 'day' | 'week' | 'month' | 'mission';
      readonly workspace_id: string;
    };
  };
  /** Change a budget’s limit or mode, or switch it off or on */
  'PATCH /api/v1/paymaster/budgets/{budgetId}': {
    readonly params: {
      readonly budgetId: string;
    };
    readonly body: {
      readonly enabled?: boolean;
      /** US dollars, up to six decimals, best as text */
      readonly limit_usd?: string | number;
      readonly mode?: 'soft' | 'tiered' | 'hard';
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly enabled: boolean;
      readonly id: string;
      /** US dollars, six decimals, as text: never a float */
      readonly limit_usd: string;
      readonly mode: 'soft' | 'tiered' | 'hard';
      /** beyond the limit: a call that cost more than was set aside, or was reported too late */
      readonly overspent_usd: string;
      readonly period_start: string | null;
      /** US dollars, six decimals, as text: never a float */
      readonly remaining_usd: string;
      /** set aside for calls under way */
      readonly reserved_usd: string;
      readonly resets_at: string | null;
      readonly scope_id: string;
      readonly scope_kind: 'workspace' | 'crew' | 'mission' | 'agent' | 'user' | 'project';
      /** in the present window */
      readonly spent_usd: string;
      readonly state: 'ok' | 'warning' | 'exceeded';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** spent of the limit */
      readonly util_pct: number;
      readonly window: 'hour' | 'day' | 'week' | 'month' | 'mission';
      readonly workspace_id: string;
    };
  };
  /** What each agent spent for a crew in a window; 24 hours without one */
  'GET /api/v1/paymaster/spend/by-agent/{crewId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly crewId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** 1h, 24h, 7d or 30d, back from now */
      readonly range?: string;
      /** RFC 3339; wins over `range` */
      readonly since?: string;
      /** RFC 3339, exclusive; now without it */
      readonly until?: string;
    };
    readonly answer: {
      readonly crew_id: string;
      readonly rows: readonly {
        readonly agent_id: string;
        readonly call_count: number;
        /** US dollars, six decimals, as text: never a float */
        readonly cost_usd: string;
        readonly input_tokens: number;
        readonly output_tokens: number;
      }[];
      /** RFC 3339, UTC */
      readonly since: string;
      /** RFC 3339, UTC */
      readonly until: string;
    };
  };
  /** What each crew spent in a window; 24 hours without one */
  'GET /api/v1/paymaster/spend/by-crew': {
    readonly query?: {
      readonly workspace_id?: string;
      /** 1h, 24h, 7d or 30d, back from now */
      readonly range?: string;
      /** RFC 3339; wins over `range` */
      readonly since?: string;
      /** RFC 3339, exclusive; now without it */
      readonly until?: string;
    };
    readonly answer: {
      readonly rows: readonly {
        readonly call_count: number;
        /** US dollars, six decimals, as text: never a float */
        readonly cost_usd: string;
        readonly crew_id: string;
        readonly input_tokens: number;
        readonly output_tokens: number;
      }[];
      /** RFC 3339, UTC */
      readonly since: string;
      /** RFC 3339, UTC */
      readonly until: string;
    };
  };
  /** What a mission has spent in its whole life */
  'GET /api/v1/paymaster/spend/by-mission/{missionId}': {
    readonly params: {
      readonly missionId: string;
    };
    readonly answer: {
      readonly mission_id: string;
      readonly row: {
        readonly call_count: number;
        /** US dollars, six decimals, as text: never a float */
        readonly cost_usd: string;
        readonly first_ts: string | null;
        readonly input_tokens: number;
        readonly last_ts: string | null;
        readonly mission_id: string;
        readonly output_tokens: number;
      };
    };
  };
  /** Calls under plans, which cost no money; of 30 days without a window */
  'GET /api/v1/paymaster/subscriptions': {
    readonly query?: {
      readonly workspace_id?: string;
      /** 1h, 24h, 7d or 30d, back from now */
      readonly range?: string;
      /** RFC 3339; wins over `range` */
      readonly since?: string;
      /** RFC 3339, exclusive; now without it */
      readonly until?: string;
    };
    readonly answer: {
      readonly rows: readonly {
        readonly call_count: number;
        readonly input_tokens: number;
        /** RFC 3339, UTC */
        readonly last_ts: string;
        readonly output_tokens: number;
        readonly provider: string;
        readonly subscription_plan: string;
      }[];
      /** RFC 3339, UTC */
      readonly since: string;
      /** RFC 3339, UTC */
      readonly until: string;
    };
  };
  /** The agents that spent most; in 24 hours without a window */
  'GET /api/v1/paymaster/top-spenders': {
    readonly query?: {
      readonly workspace_id?: string;
      /** 1h, 24h, 7d or 30d, back from now */
      readonly range?: string;
      /** RFC 3339; wins over `range` */
      readonly since?: string;
      /** 1 to 100; 10 otherwise */
      readonly limit?: string;
    };
    readonly answer: {
      readonly limit: number;
      readonly rows: readonly {
        readonly call_count: number;
        /** US dollars, six decimals, as text: never a float */
        readonly cost_usd: string;
        readonly scope_id: string;
        readonly scope_kind: 'agent';
      }[];
      /** RFC 3339, UTC */
      readonly since: string;
    };
  };
  /** Show what is done for agents’ attempts, and what people are asked about */
  'GET /api/v1/pipeline-policy': {
    readonly answer: {
      /** the first that matches counts, and of it and what else asks people the stricter */
      readonly approval_rules: readonly {
        readonly match: {
          /** of `cost_estimate_usd` */
          readonly cost_usd_over?: number;
          /** in any case, of `environment` or `env` */
          readonly environment?: string;
          /** what the argument `path` begins with */
          readonly path?: string;
          readonly tool?: string;
        };
        readonly mode: 'none' | 'async' | 'sync';
        readonly required_role: 'ADMIN';
      }[];
      /** more tries of a retrieve that says nothing of it */
      readonly retries: number;
      /** every answer is reviewed, and not only what did not pass */
      readonly review_required: boolean;
      readonly steps: readonly {
        readonly enabled: boolean;
        readonly id: string;
        /** retrieve: what is known goes into the prompt; run: the agent works */
        readonly kind: 'retrieve' | 'run' | 'validate' | 'review';
        readonly retries: number | null;
        readonly timeout_s: number | null;
      }[];
      /** of steps that say nothing of it */
      readonly timeouts_s: {
        readonly retrieve: number | null;
        readonly review: number | null;
        readonly run: number | null;
        readonly validate: number | null;
      };
      readonly updated_at: string | null;
      readonly updated_by: string | null;
      readonly validation: {
        readonly checks: readonly ({
          readonly kind: 'not_empty';
        } | {
          readonly kind: 'length';
          /** characters */
          readonly max: number;
          /** characters */
          readonly min: number;
        } | {
          readonly kind: 'json_schema';
          readonly schema: { readonly [name: string]: unknown };
        } | {
          readonly kind: 'citations_resolve';
        } | {
          readonly kind: 'no_secrets';
        } | {
          readonly kind: 'no_personal_data';
        } | {
          readonly kind: 'language';
          /** ISO 639-1 */
          readonly languages: readonly string[];
        } | {
          readonly kind: 'banned_terms';
          readonly terms: readonly string[];
        } | {
          readonly kind: 'rubric';
        })[];
        readonly judge: {
          /** how many score it; the routes of `llm` tell them by `role` judge-<n> */
          readonly judges: number;
          /** what a good content is */
          readonly rubric: string;
        } | null;
        readonly pass_score: number;
      } | null;
      /** 0: nothing was said yet, and this is what holds */
      readonly version: number;
    };
  };
  /** Say what is done for agents’ attempts, in place of what was said */
  'PUT /api/v1/pipeline-policy': {
    readonly body: {
      /** the first that matches counts, and of it and what else asks people the stricter */
      readonly approval_rules?: readonly {
        readonly match: {
          /** of `cost_estimate_usd` */
          readonly cost_usd_over?: number;
          /** in any case, of `environment` or `env` */
          readonly environment?: string;
          /** what the argument `path` begins with */
          readonly path?: string;
          readonly tool?: string;
        };
        readonly mode: 'none' | 'async' | 'sync';
        readonly required_role?: 'ADMIN';
      }[];
      /** more tries of a retrieve that says nothing of it */
      readonly retries?: number;
      /** every answer is reviewed, and not only what did not pass */
      readonly review_required?: boolean;
      readonly steps: readonly {
        readonly enabled: boolean;
        readonly id: string;
        /** retrieve: what is known goes into the prompt; run: the agent works */
        readonly kind: 'retrieve' | 'run' | 'validate' | 'review';
        readonly retries?: number | null;
        readonly timeout_s?: number | null;
      }[];
      /** of steps that say nothing of it */
      readonly timeouts_s?: {
        readonly retrieve?: number | null;
        readonly review?: number | null;
        readonly run?: number | null;
        readonly validate?: number | null;
      };
      readonly validation?: {
        readonly checks?: readonly ({
          readonly kind: 'not_empty';
        } | {
          readonly kind: 'length';
          /** characters */
          readonly max?: number;
          /** characters */
          readonly min?: number;
        } | {
          readonly kind: 'json_schema';
          readonly schema: { readonly [name: string]: unknown };
        } | {
          readonly kind: 'citations_resolve';
        } | {
          readonly kind: 'no_secrets';
        } | {
          readonly kind: 'no_personal_data';
        } | {
          readonly kind: 'language';
          /** ISO 639-1 */
          readonly languages: readonly string[];
        } | {
          readonly kind: 'banned_terms';
          readonly terms: readonly string[];
        } | {
          readonly kind: 'rubric';
        })[];
        readonly judge?: {
          /** how many score it; the routes of `llm` tell them by `role` judge-<n> */
          readonly judges?: number;
          /** what a good content is */
          readonly rubric: string;
        } | null;
        readonly pass_score?: number;
      } | null;
      /** the one that was read */
      readonly version?: number;
    };
    readonly answer: {
      /** the first that matches counts, and of it and what else asks people the stricter */
      readonly approval_rules: readonly {
        readonly match: {
          /** of `cost_estimate_usd` */
          readonly cost_usd_over?: number;
          /** in any case, of `environment` or `env` */
          readonly environment?: string;
          /** what the argument `path` begins with */
          readonly path?: string;
          readonly tool?: string;
        };
        readonly mode: 'none' | 'async' | 'sync';
        readonly required_role: 'ADMIN';
      }[];
      /** more tries of a retrieve that says nothing of it */
      readonly retries: number;
      /** every answer is reviewed, and not only what did not pass */
      readonly review_required: boolean;
      readonly steps: readonly {
        readonly enabled: boolean;
        readonly id: string;
        /** retrieve: what is known goes into the prompt; run: the agent works */
        readonly kind: 'retrieve' | 'run' | 'validate' | 'review';
        readonly retries: number | null;
        readonly timeout_s: number | null;
      }[];
      /** of steps that say nothing of it */
      readonly timeouts_s: {
        readonly retrieve: number | null;
        readonly review: number | null;
        readonly run: number | null;
        readonly validate: number | null;
      };
      readonly updated_at: string | null;
      readonly updated_by: string | null;
      readonly validation: {
        readonly checks: readonly ({
          readonly kind: 'not_empty';
        } | {
          readonly kind: 'length';
          /** characters */
          readonly max: number;
          /** characters */
          readonly min: number;
        } | {
          readonly kind: 'json_schema';
          readonly schema: { readonly [name: string]: unknown };
        } | {
          readonly kind: 'citations_resolve';
        } | {
          readonly kind: 'no_secrets';
        } | {
          readonly kind: 'no_personal_data';
        } | {
          readonly kind: 'language';
          /** ISO 639-1 */
          readonly languages: readonly string[];
        } | {
          readonly kind: 'banned_terms';
          readonly terms: readonly string[];
        } | {
          readonly kind: 'rubric';
        })[];
        readonly judge: {
          /** how many score it; the routes of `llm` tell them by `role` judge-<n> */
          readonly judges: number;
          /** what a good content is */
          readonly rubric: string;
        } | null;
        readonly pass_score: number;
      } | null;
      /** 0: nothing was said yet, and this is what holds */
      readonly version: number;
    };
  };
  /** List the policies of all crews, by the crews’ names */
  'GET /api/v1/policies': {
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly autonomy_level: 'strict' | 'guided' | 'trusted' | 'full';
      readonly behavior_mode: 'warn' | 'block';
      readonly crew_id: string;
      readonly crew_name: string;
      readonly reason: string | null;
      readonly set_at: string | null;
      readonly set_by_user_id: string | null;
    }[];
  };
  /** List the projects that the caller may see */
  'GET /api/v1/projects': {
    readonly query?: {
      readonly workspace_id?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      /** ascending */
      readonly sort?: 'name' | 'created_at' | 'updated_at';
      /** part of the name */
      readonly q?: string;
      /** only those in the archive, or only others; default: all */
      readonly archived?: 'true' | 'false';
      /** instead: discoverable projects that the caller may not see, by id, name and owner */
      readonly requestable?: 'true' | 'false';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly ({
      readonly archived_at: string | null;
      readonly color: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      /** who answers in its sessions where nobody else is named */
      readonly default_agent_id: string | null;
      /** null in lists to who passes by their role and has not entered it yet */
      readonly description: string | null;
      readonly discoverable: boolean;
      /** issues that are DONE */
      readonly done_count: number;
      /** the 50 newest of those who entered it by their role in the workspace; null to who is no owner */
      readonly entered_by: readonly {
        /** RFC 3339, UTC */
        readonly entered_at: string;
        readonly full_name: string;
        readonly user_id: string;
      }[] | null;
      readonly health: 'on_track' | 'at_risk' | 'off_track' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_count: number;
      readonly lead_id: string | null;
      readonly lead_name: string | null;
      readonly lead_type: 'user' | 'agent' | null;
      readonly member_count: number;
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'owner';
      readonly name: string;
      /** of its knowledge */
      readonly namespace: string;
      /** who made it while they own it, else who has owned it longest */
      readonly owner_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** percent of its issues that are DONE */
      readonly progress: number;
      readonly slug: string;
      /** YYYY-MM-DD */
      readonly start_date: string | null;
      readonly status: 'backlog' | 'planned' | 'in_progress' | 'paused' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date: string | null;
      /** null: it has no token */
      readonly tokenization: {
        readonly allow_direct: boolean;
        readonly decimals: number;
        readonly four_eyes: boolean;
        /** base units; null: no cap */
        readonly max_supply: string | null;
        readonly name: string;
        readonly paused: boolean;
        readonly symbol: string;
      } | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'workspace' | 'private';
      readonly workspace_id: string;
    } | {
      readonly id: string;
      readonly my_role: null;
      readonly name: string;
      readonly owner: {
        readonly full_name: string;
        readonly id: string;
      } | null;
    })[];
  };
  /** Make a project that the caller owns */
  'POST /api/v1/projects': {
    readonly body: {
      readonly color?: string;
      readonly description?: string | null;
      /** whether those who may not see it are told its name and may ask for access */
      readonly discoverable?: boolean;
      readonly health?: 'on_track' | 'at_risk' | 'off_track' | null;
      readonly icon?: string | null;
      /** a member or an agent of the workspace, as lead_type says; "" or null: nobody */
      readonly lead_id?: string | null;
      readonly lead_type?: 'user' | 'agent' | null;
      /** besides the caller, who owns it */
      readonly members?: readonly {
        readonly role: 'viewer' | 'editor' | 'owner';
        readonly user_id: string;
      }[];
      readonly name: string;
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** what a job of the kind project.scaffold puts into it */
      readonly scaffold?: {
        /** what the project is about, for the model that makes a plan of it; or template */
        readonly prompt?: string;
        /** the name of a template that comes with the product; or prompt */
        readonly template?: string;
      };
      /** YYYY-MM-DD */
      readonly start_date?: string | null;
      readonly status?: 'backlog' | 'planned' | 'in_progress' | 'paused' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date?: string | null;
      /** private: a 404 to all but its members, OWNER and ADMIN */
      readonly visibility?: 'workspace' | 'private';
    };
    readonly answer: {
      readonly archived_at: string | null;
      readonly color: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      /** who answers in its sessions where nobody else is named */
      readonly default_agent_id: string | null;
      /** null in lists to who passes by their role and has not entered it yet */
      readonly description: string | null;
      readonly discoverable: boolean;
      /** issues that are DONE */
      readonly done_count: number;
      /** the 50 newest of those who entered it by their role in the workspace; null to who is no owner */
      readonly entered_by: readonly {
        /** RFC 3339, UTC */
        readonly entered_at: string;
        readonly full_name: string;
        readonly user_id: string;
      }[] | null;
      readonly health: 'on_track' | 'at_risk' | 'off_track' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_count: number;
      readonly lead_id: string | null;
      readonly lead_name: string | null;
      readonly lead_type: 'user' | 'agent' | null;
      readonly member_count: number;
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'owner';
      readonly name: string;
      /** of its knowledge */
      readonly namespace: string;
      /** who made it while they own it, else who has owned it longest */
      readonly owner_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** percent of its issues that are DONE */
      readonly progress: number;
      /** the job that puts something into it; null: none */
      readonly scaffold_job_id: string | null;
      readonly slug: string;
      /** YYYY-MM-DD */
      readonly start_date: string | null;
      readonly status: 'backlog' | 'planned' | 'in_progress' | 'paused' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date: string | null;
      /** null: it has no token */
      readonly tokenization: {
        readonly allow_direct: boolean;
        readonly decimals: number;
        readonly four_eyes: boolean;
        /** base units; null: no cap */
        readonly max_supply: string | null;
        readonly name: string;
        readonly paused: boolean;
        readonly symbol: string;
      } | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'workspace' | 'private';
      readonly workspace_id: string;
    };
  };
  /** Delete a project */
  'DELETE /api/v1/projects/{projectId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly answer: undefined;
  };
  /** Get a project */
  'GET /api/v1/projects/{projectId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly answer: {
      readonly archived_at: string | null;
      readonly color: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      /** who answers in its sessions where nobody else is named */
      readonly default_agent_id: string | null;
      /** null in lists to who passes by their role and has not entered it yet */
      readonly description: string | null;
      readonly discoverable: boolean;
      /** issues that are DONE */
      readonly done_count: number;
      /** the 50 newest of those who entered it by their role in the workspace; null to who is no owner */
      readonly entered_by: readonly {
        /** RFC 3339, UTC */
        readonly entered_at: string;
        readonly full_name: string;
        readonly user_id: string;
      }[] | null;
      readonly health: 'on_track' | 'at_risk' | 'off_track' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_count: number;
      readonly lead_id: string | null;
      readonly lead_name: string | null;
      readonly lead_type: 'user' | 'agent' | null;
      readonly member_count: number;
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'owner';
      readonly name: string;
      /** of its knowledge */
      readonly namespace: string;
      /** who made it while they own it, else who has owned it longest */
      readonly owner_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** percent of its issues that are DONE */
      readonly progress: number;
      readonly slug: string;
      /** YYYY-MM-DD */
      readonly start_date: string | null;
      readonly status: 'backlog' | 'planned' | 'in_progress' | 'paused' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date: string | null;
      /** null: it has no token */
      readonly tokenization: {
        readonly allow_direct: boolean;
        readonly decimals: number;
        readonly four_eyes: boolean;
        /** base units; null: no cap */
        readonly max_supply: string | null;
        readonly name: string;
        readonly paused: boolean;
        readonly symbol: string;
      } | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'workspace' | 'private';
      readonly workspace_id: string;
    };
  };
  /** Change a project */
  'PATCH /api/v1/projects/{projectId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body: {
      readonly color?: string;
      /** who answers in its sessions where nobody else is named */
      readonly default_agent?: string | null;
      readonly description?: string | null;
      /** whether those who may not see it are told its name and may ask for access */
      readonly discoverable?: boolean;
      readonly health?: 'on_track' | 'at_risk' | 'off_track' | null;
      readonly icon?: string | null;
      /** a member or an agent of the workspace, as lead_type says; "" or null: nobody */
      readonly lead_id?: string | null;
      readonly lead_type?: 'user' | 'agent' | null;
      readonly name?: string;
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** YYYY-MM-DD */
      readonly start_date?: string | null;
      readonly status?: 'backlog' | 'planned' | 'in_progress' | 'paused' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date?: string | null;
      /** the project’s token; what is left out stays, a new one needs name and symbol */
      readonly tokenization?: {
        /** default false; set by OWNER and ADMIN of the workspace */
        readonly allow_direct?: boolean;
        /** default 18; stays as it is once there is an entry */
        readonly decimals?: number;
        /** default true; taken back by OWNER and ADMIN of the workspace */
        readonly four_eyes?: boolean;
        /** base units; null: no cap */
        readonly max_supply?: string | null;
        readonly name?: string;
        readonly paused?: boolean;
        /** stays as it is once there is an entry */
        readonly symbol?: string;
      };
      /** the version that was read; with another one at hand nothing is changed */
      readonly version?: number;
      /** private: a 404 to all but its members, OWNER and ADMIN */
      readonly visibility?: 'workspace' | 'private';
    };
    readonly answer: {
      readonly archived_at: string | null;
      readonly color: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      /** who answers in its sessions where nobody else is named */
      readonly default_agent_id: string | null;
      /** null in lists to who passes by their role and has not entered it yet */
      readonly description: string | null;
      readonly discoverable: boolean;
      /** issues that are DONE */
      readonly done_count: number;
      /** the 50 newest of those who entered it by their role in the workspace; null to who is no owner */
      readonly entered_by: readonly {
        /** RFC 3339, UTC */
        readonly entered_at: string;
        readonly full_name: string;
        readonly user_id: string;
      }[] | null;
      readonly health: 'on_track' | 'at_risk' | 'off_track' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_count: number;
      readonly lead_id: string | null;
      readonly lead_name: string | null;
      readonly lead_type: 'user' | 'agent' | null;
      readonly member_count: number;
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'owner';
      readonly name: string;
      /** of its knowledge */
      readonly namespace: string;
      /** who made it while they own it, else who has owned it longest */
      readonly owner_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** percent of its issues that are DONE */
      readonly progress: number;
      readonly slug: string;
      /** YYYY-MM-DD */
      readonly start_date: string | null;
      readonly status: 'backlog' | 'planned' | 'in_progress' | 'paused' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date: string | null;
      /** null: it has no token */
      readonly tokenization: {
        readonly allow_direct: boolean;
        readonly decimals: number;
        readonly four_eyes: boolean;
        /** base units; null: no cap */
        readonly max_supply: string | null;
        readonly name: string;
        readonly paused: boolean;
        readonly symbol: string;
      } | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'workspace' | 'private';
      readonly workspace_id: string;
    };
  };
  /** List requests to be let into a project, newest first */
  'GET /api/v1/projects/{projectId}/access-requests': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly decision: {
          /** RFC 3339, UTC */
          readonly decided_at: string;
          readonly decided_by: string | null;
          readonly note: string | null;
          /** what was given */
          readonly role: 'viewer' | 'editor' | 'owner' | null;
        } | null;
        readonly id: string;
        readonly message: string | null;
        readonly project_id: string;
        /** what was asked for */
        readonly role: 'viewer' | 'editor';
        readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled';
        readonly user: {
          readonly email: string;
          readonly full_name: string;
          readonly id: string;
        };
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Ask to be let into a project, or for a higher role in it */
  'POST /api/v1/projects/{projectId}/access-requests': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body?: {
      readonly message?: string | null;
      readonly role?: 'viewer' | 'editor';
    } | null;
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
        /** what was given */
        readonly role: 'viewer' | 'editor' | 'owner' | null;
      } | null;
      readonly id: string;
      readonly message: string | null;
      readonly project_id: string;
      /** what was asked for */
      readonly role: 'viewer' | 'editor';
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled';
      readonly user: {
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
      };
    };
  };
  /** Approve, reject or cancel a request to be let into a project */
  'PATCH /api/v1/projects/{projectId}/access-requests/{accessRequestId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      readonly accessRequestId: string;
    };
    readonly body: {
      readonly note?: string | null;
      /** what is given; default: what was asked for */
      readonly role?: 'viewer' | 'editor';
      readonly status: 'approved' | 'rejected' | 'cancelled';
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
        /** what was given */
        readonly role: 'viewer' | 'editor' | 'owner' | null;
      } | null;
      readonly id: string;
      readonly message: string | null;
      readonly project_id: string;
      /** what was asked for */
      readonly role: 'viewer' | 'editor';
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled';
      readonly user: {
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
      };
    };
  };
  /** Put a project into the archive, or take it out */
  'POST /api/v1/projects/{projectId}/archive': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body?: {
      /** false: out of the archive */
      readonly archived?: boolean;
    } | null;
    readonly answer: {
      readonly archived_at: string | null;
      readonly color: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      /** who answers in its sessions where nobody else is named */
      readonly default_agent_id: string | null;
      /** null in lists to who passes by their role and has not entered it yet */
      readonly description: string | null;
      readonly discoverable: boolean;
      /** issues that are DONE */
      readonly done_count: number;
      /** the 50 newest of those who entered it by their role in the workspace; null to who is no owner */
      readonly entered_by: readonly {
        /** RFC 3339, UTC */
        readonly entered_at: string;
        readonly full_name: string;
        readonly user_id: string;
      }[] | null;
      readonly health: 'on_track' | 'at_risk' | 'off_track' | null;
      readonly icon: string | null;
      readonly id: string;
      readonly issue_count: number;
      readonly lead_id: string | null;
      readonly lead_name: string | null;
      readonly lead_type: 'user' | 'agent' | null;
      readonly member_count: number;
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'owner';
      readonly name: string;
      /** of its knowledge */
      readonly namespace: string;
      /** who made it while they own it, else who has owned it longest */
      readonly owner_id: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** percent of its issues that are DONE */
      readonly progress: number;
      readonly slug: string;
      /** YYYY-MM-DD */
      readonly start_date: string | null;
      readonly status: 'backlog' | 'planned' | 'in_progress' | 'paused' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date: string | null;
      /** null: it has no token */
      readonly tokenization: {
        readonly allow_direct: boolean;
        readonly decimals: number;
        readonly four_eyes: boolean;
        /** base units; null: no cap */
        readonly max_supply: string | null;
        readonly name: string;
        readonly paused: boolean;
        readonly symbol: string;
      } | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'workspace' | 'private';
      readonly workspace_id: string;
    };
  };
  /** List the documents of a project, newest first */
  'GET /api/v1/projects/{projectId}/documents': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** those in this folder itself; "" is the root */
      readonly folder?: string;
      readonly status?: string;
      /** part of the name */
      readonly q?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        /** why its newest content was not read */
        readonly error: {
          readonly code: string;
          readonly detail: string;
        } | null;
        /** "" is the root */
        readonly folder: string;
        readonly id: string;
        /** which reads it, or has read it last */
        readonly job_id: string | null;
        readonly mime: string;
        readonly name: string;
        readonly sha256: string;
        readonly size_bytes: number;
        /** of the newest content; what was made of the one before is found until then */
        readonly status: 'uploaded' | 'extracting' | 'indexing' | 'ready' | 'failed';
        /** counts its contents */
        readonly version: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Read documents of a project again */
  'POST /api/v1/projects/{projectId}/documents/reingest': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body: {
      readonly all?: true;
      readonly document_ids?: readonly string[];
      /** also those that were read well by the readers that there are now */
      readonly force?: boolean;
    };
    readonly answer: {
      readonly job_ids: readonly string[];
    };
  };
  /** Add documents to a project */
  'POST /api/v1/projects/{projectId}/documents/upload': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly answer: {
      readonly documents: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        /** why its newest content was not read */
        readonly error: {
          readonly code: string;
          readonly detail: string;
        } | null;
        /** "" is the root */
        readonly folder: string;
        readonly id: string;
        /** which reads it, or has read it last */
        readonly job_id: string | null;
        readonly mime: string;
        readonly name: string;
        readonly sha256: string;
        readonly size_bytes: number;
        /** of the newest content; what was made of the one before is found until then */
        readonly status: 'uploaded' | 'extracting' | 'indexing' | 'ready' | 'failed';
        /** counts its contents */
        readonly version: number;
      }[];
      /** of those whose content is new */
      readonly job_ids: readonly string[];
    };
  };
  /** List changes of folders that were proposed, newest first */
  'GET /api/v1/projects/{projectId}/folder-updates': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly approval_id: string;
        /** of the folder when it was proposed; of create and of the one above */
        readonly base_version: number;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly decided_at: string | null;
        readonly decided_by: string | null;
        /** of file_document: what is to be in the folder */
        readonly document_id: string | null;
        readonly id: string;
        /** of rename and move: where it is to be */
        readonly new_path: string | null;
        /** of who decided */
        readonly note: string | null;
        readonly operation: 'create' | 'rename' | 'move' | 'delete' | 'file_document';
        /** the folder; of create the one that is to be */
        readonly path: string;
        /** an agent */
        readonly proposed_by: string | null;
        readonly reason: string | null;
        /** conflict: the folder changed before anybody decided */
        readonly status: 'proposed' | 'applied' | 'rejected' | 'conflict';
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Make a change of folders that was proposed */
  'POST /api/v1/projects/{projectId}/folder-updates/{folderUpdateId}/approve': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      readonly folderUpdateId: string;
    };
    readonly body?: {
      readonly note?: string | null;
    } | null;
    readonly answer: {
      /** as it is then; null: it was deleted */
      readonly folder: {
        /** in it, not below it */
        readonly document_count: number;
        readonly id: string;
        readonly name: string;
        /** null: the root */
        readonly parent_id: string | null;
        /** from the root, `/`: `/Specs/Drafts` */
        readonly path: string;
        /** another one whenever its path is another */
        readonly version: number;
      } | null;
      readonly update: {
        readonly approval_id: string;
        /** of the folder when it was proposed; of create and of the one above */
        readonly base_version: number;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly decided_at: string | null;
        readonly decided_by: string | null;
        /** of file_document: what is to be in the folder */
        readonly document_id: string | null;
        readonly id: string;
        /** of rename and move: where it is to be */
        readonly new_path: string | null;
        /** of who decided */
        readonly note: string | null;
        readonly operation: 'create' | 'rename' | 'move' | 'delete' | 'file_document';
        /** the folder; of create the one that is to be */
        readonly path: string;
        /** an agent */
        readonly proposed_by: string | null;
        readonly reason: string | null;
        /** conflict: the folder changed before anybody decided */
        readonly status: 'proposed' | 'applied' | 'rejected' | 'conflict';
      };
    };
  };
  /** Reject a change of folders that was proposed */
  'POST /api/v1/projects/{projectId}/folder-updates/{folderUpdateId}/reject': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      readonly folderUpdateId: string;
    };
    readonly body: {
      readonly reason: string;
    };
    readonly answer: {
      readonly approval_id: string;
      /** of the folder when it was proposed; of create and of the one above */
      readonly base_version: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decided_at: string | null;
      readonly decided_by: string | null;
      /** of file_document: what is to be in the folder */
      readonly document_id: string | null;
      readonly id: string;
      /** of rename and move: where it is to be */
      readonly new_path: string | null;
      /** of who decided */
      readonly note: string | null;
      readonly operation: 'create' | 'rename' | 'move' | 'delete' | 'file_document';
      /** the folder; of create the one that is to be */
      readonly path: string;
      /** an agent */
      readonly proposed_by: string | null;
      readonly reason: string | null;
      /** conflict: the folder changed before anybody decided */
      readonly status: 'proposed' | 'applied' | 'rejected' | 'conflict';
    };
  };
  /** List the folders of a project, by their paths */
  'GET /api/v1/projects/{projectId}/folders': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** id or path of the folder below which; default: all, with the root */
      readonly parent?: string;
      /** levels below that folder */
      readonly depth?: number;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** in it, not below it */
        readonly document_count: number;
        readonly id: string;
        readonly name: string;
        /** null: the root */
        readonly parent_id: string | null;
        /** from the root, `/`: `/Specs/Drafts` */
        readonly path: string;
        /** another one whenever its path is another */
        readonly version: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** List the members of a project, oldest first */
  'GET /api/v1/projects/{projectId}/members': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** RFC 3339, UTC */
        readonly added_at: string;
        readonly email: string;
        readonly full_name: string;
        readonly role: 'viewer' | 'editor' | 'owner';
        readonly user_id: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Take a member out of a project */
  'DELETE /api/v1/projects/{projectId}/members/{memberUserId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      readonly memberUserId: string;
    };
    readonly answer: undefined;
  };
  /** Give a member of the workspace a role in a project */
  'PATCH /api/v1/projects/{projectId}/members/{memberUserId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      readonly memberUserId: string;
    };
    readonly body: {
      readonly role: 'viewer' | 'editor' | 'owner';
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly added_at: string;
      readonly email: string;
      readonly full_name: string;
      readonly role: 'viewer' | 'editor' | 'owner';
      readonly user_id: string;
    };
  };
  /** List the milestones of a project in their order */
  'GET /api/v1/projects/{projectId}/milestones': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly description: string | null;
      /** issues that are DONE */
      readonly done_count: number;
      readonly id: string;
      readonly issue_count: number;
      readonly name: string;
      readonly position: number;
      readonly project_id: string;
      readonly status: 'active' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    }[];
  };
  /** Add a milestone to a project */
  'POST /api/v1/projects/{projectId}/milestones': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body: {
      readonly description?: string | null;
      readonly name: string;
      readonly status?: 'active' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date?: string | null;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly description: string | null;
      /** issues that are DONE */
      readonly done_count: number;
      readonly id: string;
      readonly issue_count: number;
      readonly name: string;
      readonly position: number;
      readonly project_id: string;
      readonly status: 'active' | 'completed' | 'cancelled';
      /** YYYY-MM-DD */
      readonly target_date: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** List what jobs of the kind project.scaffold made, those of the newest job first */
  'GET /api/v1/projects/{projectId}/scaffold-items': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: string;
      readonly kind?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** id of the folder, the entry of knowledge or the task */
        readonly created_ref: string | null;
        readonly error: string | null;
        readonly id: string;
        readonly job_id: string;
        readonly kind: 'folder' | 'document' | 'task';
        /** of the folder, or of that in which the document is; of a task the root */
        readonly path: string;
        /** proposed: not made yet; skipped: it was there */
        readonly status: 'proposed' | 'created' | 'skipped' | 'failed';
        readonly title: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Count a project’s issues by status, agent and label */
  'GET /api/v1/projects/{projectId}/stats': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly answer: {
      readonly by_assignee: readonly {
        readonly agent_id: string;
        readonly agent_name: string;
        readonly completed: number;
        readonly total: number;
      }[];
      readonly by_label: readonly {
        readonly color: string;
        readonly count: number;
        readonly label_name: string;
      }[];
      readonly by_status: { readonly [name: string]: number };
      /** those that are DONE */
      readonly completed_issues: number;
      readonly crews: readonly {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      }[];
      readonly total_issues: number;
    };
  };
  /** List the workspace’s members by name, and whether each is in the project */
  'GET /api/v1/projects/{projectId}/team-users': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** part of the name or the address */
      readonly q?: string;
      /** without those who are members of the project */
      readonly exclude_members?: 'true' | 'false';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly email: string;
        readonly full_name: string;
        /** of the project */
        readonly is_member: boolean;
        /** in the workspace */
        readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
        readonly user_id: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Whether a project’s token can be used, and what it lacks */
  'GET /api/v1/projects/{projectId}/tokenization/status': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      /** where its units are */
      readonly backend: 'ledger';
      readonly checks: readonly {
        readonly detail: string;
        readonly id: 'token_configured' | 'treasury_wallet' | 'approvers' | 'project_active' | 'below_cap';
        readonly ok: boolean;
      }[];
      readonly ready: boolean;
      readonly token: {
        readonly allow_direct: boolean;
        readonly decimals: number;
        readonly four_eyes: boolean;
        /** base units; null: no cap */
        readonly max_supply: string | null;
        readonly name: string;
        readonly paused: boolean;
        readonly symbol: string;
      } | null;
    };
  };
  /** List what was asked of a project’s token, newest first */
  'GET /api/v1/projects/{projectId}/tokenization/token-requests': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      /** of these kinds, comma-separated */
      readonly type?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** base units */
        readonly amount: string;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly decision: {
          readonly approved: boolean;
          /** RFC 3339, UTC */
          readonly decided_at: string;
          readonly decided_by: string | null;
          readonly note: string | null;
        } | null;
        /** asked for, approved and executed by one person in one step */
        readonly direct: boolean;
        /** why the ledger refused it */
        readonly error: string | null;
        readonly executed_at: string | null;
        readonly executed_by: string | null;
        /** until when it can be decided */
        readonly expires_at: string | null;
        readonly from_address: string | null;
        readonly id: string;
        /** of its entry in the ledger */
        readonly ledger_seq: number | null;
        readonly reason: string;
        readonly requested_by: string;
        readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled' | 'expired' | 'executing' | 'executed' | 'failed';
        readonly to_address: string | null;
        readonly type: 'mint' | 'transfer' | 'burn';
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Ask for units of a token to be made, moved or destroyed */
  'POST /api/v1/projects/{projectId}/tokenization/token-requests': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body: {
      /** base units, as text: 1 to 78 digits, above 0 */
      readonly amount: string;
      /** until when it can be decided */
      readonly expires_at?: string | null;
      /** of a transfer or a burn */
      readonly from_address?: string | null;
      readonly reason: string;
      /** of a mint or a transfer */
      readonly to_address?: string | null;
      readonly type: 'mint' | 'transfer' | 'burn';
    };
    readonly answer: {
      /** base units */
      readonly amount: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        readonly approved: boolean;
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
      } | null;
      /** asked for, approved and executed by one person in one step */
      readonly direct: boolean;
      /** why the ledger refused it */
      readonly error: string | null;
      readonly executed_at: string | null;
      readonly executed_by: string | null;
      /** until when it can be decided */
      readonly expires_at: string | null;
      readonly from_address: string | null;
      readonly id: string;
      /** of its entry in the ledger */
      readonly ledger_seq: number | null;
      readonly reason: string;
      readonly requested_by: string;
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled' | 'expired' | 'executing' | 'executed' | 'failed';
      readonly to_address: string | null;
      readonly type: 'mint' | 'transfer' | 'burn';
    };
  };
  /** Approve a request that is open, or one that failed */
  'POST /api/v1/projects/{projectId}/tokenization/token-requests/{tokenRequestId}/approve': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      readonly tokenRequestId: string;
    };
    readonly body?: {
      readonly note?: string | null;
    } | null;
    readonly answer: {
      /** base units */
      readonly amount: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        readonly approved: boolean;
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
      } | null;
      /** asked for, approved and executed by one person in one step */
      readonly direct: boolean;
      /** why the ledger refused it */
      readonly error: string | null;
      readonly executed_at: string | null;
      readonly executed_by: string | null;
      /** until when it can be decided */
      readonly expires_at: string | null;
      readonly from_address: string | null;
      readonly id: string;
      /** of its entry in the ledger */
      readonly ledger_seq: number | null;
      readonly reason: string;
      readonly requested_by: string;
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled' | 'expired' | 'executing' | 'executed' | 'failed';
      readonly to_address: string | null;
      readonly type: 'mint' | 'transfer' | 'burn';
    };
  };
  /** Execute an approved request, once */
  'POST /api/v1/projects/{projectId}/tokenization/token-requests/{tokenRequestId}/execute': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      readonly tokenRequestId: string;
    };
    readonly answer: {
      /** base units */
      readonly amount: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        readonly approved: boolean;
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
      } | null;
      /** asked for, approved and executed by one person in one step */
      readonly direct: boolean;
      /** why the ledger refused it */
      readonly error: string | null;
      readonly executed_at: string | null;
      readonly executed_by: string | null;
      /** until when it can be decided */
      readonly expires_at: string | null;
      readonly from_address: string | null;
      readonly id: string;
      /** of its entry in the ledger */
      readonly ledger_seq: number | null;
      readonly reason: string;
      readonly requested_by: string;
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled' | 'expired' | 'executing' | 'executed' | 'failed';
      readonly to_address: string | null;
      readonly type: 'mint' | 'transfer' | 'burn';
    };
  };
  /** Reject a request that is open, or withdraw one’s own */
  'POST /api/v1/projects/{projectId}/tokenization/token-requests/{tokenRequestId}/reject': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      readonly tokenRequestId: string;
    };
    readonly body: {
      readonly reason: string;
    };
    readonly answer: {
      /** base units */
      readonly amount: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        readonly approved: boolean;
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
      } | null;
      /** asked for, approved and executed by one person in one step */
      readonly direct: boolean;
      /** why the ledger refused it */
      readonly error: string | null;
      readonly executed_at: string | null;
      readonly executed_by: string | null;
      /** until when it can be decided */
      readonly expires_at: string | null;
      readonly from_address: string | null;
      readonly id: string;
      /** of its entry in the ledger */
      readonly ledger_seq: number | null;
      readonly reason: string;
      readonly requested_by: string;
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled' | 'expired' | 'executing' | 'executed' | 'failed';
      readonly to_address: string | null;
      readonly type: 'mint' | 'transfer' | 'burn';
    };
  };
  /** Destroy units of a token */
  'POST /api/v1/projects/{projectId}/tokenization/token/burn': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body: {
      /** base units, as text: 1 to 78 digits, above 0 */
      readonly amount: string;
      /** an address as EIP-55 writes it, or in letters of one case */
      readonly from_address: string;
      readonly reason: string;
    };
    readonly answer: {
      /** base units */
      readonly amount: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        readonly approved: boolean;
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
      } | null;
      /** asked for, approved and executed by one person in one step */
      readonly direct: boolean;
      /** why the ledger refused it */
      readonly error: string | null;
      readonly executed_at: string | null;
      readonly executed_by: string | null;
      /** until when it can be decided */
      readonly expires_at: string | null;
      readonly from_address: string | null;
      readonly id: string;
      /** of its entry in the ledger */
      readonly ledger_seq: number | null;
      readonly reason: string;
      readonly requested_by: string;
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled' | 'expired' | 'executing' | 'executed' | 'failed';
      readonly to_address: string | null;
      readonly type: 'mint' | 'transfer' | 'burn';
    };
  };
  /** Read a token’s ledger in its order */
  'GET /api/v1/projects/{projectId}/tokenization/token/entries': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** only those after it */
      readonly after_seq?: number;
      /** most items to return */
      readonly limit?: number;
    };
    readonly answer: {
      readonly items: readonly {
        readonly amount: string;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** null: the units were made */
        readonly from_address: string | null;
        readonly hash: string;
        readonly prev_hash: string;
        readonly request_id: string;
        readonly seq: number;
        /** null: the units were destroyed */
        readonly to_address: string | null;
      }[];
      /** `after_seq` of what comes next */
      readonly next_seq: number;
    };
  };
  /** Make units of a token */
  'POST /api/v1/projects/{projectId}/tokenization/token/mint': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body: {
      /** base units, as text: 1 to 78 digits, above 0 */
      readonly amount: string;
      readonly reason: string;
      /** an address as EIP-55 writes it, or in letters of one case */
      readonly to_address: string;
    };
    readonly answer: {
      /** base units */
      readonly amount: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        readonly approved: boolean;
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
      } | null;
      /** asked for, approved and executed by one person in one step */
      readonly direct: boolean;
      /** why the ledger refused it */
      readonly error: string | null;
      readonly executed_at: string | null;
      readonly executed_by: string | null;
      /** until when it can be decided */
      readonly expires_at: string | null;
      readonly from_address: string | null;
      readonly id: string;
      /** of its entry in the ledger */
      readonly ledger_seq: number | null;
      readonly reason: string;
      readonly requested_by: string;
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled' | 'expired' | 'executing' | 'executed' | 'failed';
      readonly to_address: string | null;
      readonly type: 'mint' | 'transfer' | 'burn';
    };
  };
  /** A project’s token: supply, holders, head of the ledger */
  'GET /api/v1/projects/{projectId}/tokenization/token/status': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly decimals: number;
      /** wallets that have units */
      readonly holders: number;
      /** head of the ledger; 0 and zeros: it has no entry */
      readonly last: {
        readonly hash: string;
        readonly seq: number;
      };
      readonly max_supply: string | null;
      readonly name: string;
      readonly paused: boolean;
      readonly symbol: string;
      /** base units */
      readonly total_supply: string;
    };
  };
  /** Move units of a token */
  'POST /api/v1/projects/{projectId}/tokenization/token/transfer': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly body: {
      /** base units, as text: 1 to 78 digits, above 0 */
      readonly amount: string;
      /** an address as EIP-55 writes it, or in letters of one case */
      readonly from_address: string;
      readonly reason: string;
      /** an address as EIP-55 writes it, or in letters of one case */
      readonly to_address: string;
    };
    readonly answer: {
      /** base units */
      readonly amount: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        readonly approved: boolean;
        /** RFC 3339, UTC */
        readonly decided_at: string;
        readonly decided_by: string | null;
        readonly note: string | null;
      } | null;
      /** asked for, approved and executed by one person in one step */
      readonly direct: boolean;
      /** why the ledger refused it */
      readonly error: string | null;
      readonly executed_at: string | null;
      readonly executed_by: string | null;
      /** until when it can be decided */
      readonly expires_at: string | null;
      readonly from_address: string | null;
      readonly id: string;
      /** of its entry in the ledger */
      readonly ledger_seq: number | null;
      readonly reason: string;
      readonly requested_by: string;
      readonly status: 'pending' | 'approved' | 'rejected' | 'cancelled' | 'expired' | 'executing' | 'executed' | 'failed';
      readonly to_address: string | null;
      readonly type: 'mint' | 'transfer' | 'burn';
    };
  };
  /** Book a token’s ledger again from its first entry, and compare */
  'GET /api/v1/projects/{projectId}/tokenization/token/verify': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      /** entries that were read */
      readonly entries: number;
      /** what is wrong */
      readonly fault: 'chain' | 'balances' | 'supply' | 'head' | null;
      /** the first that does not follow from those before it */
      readonly first_break: number | null;
      readonly ok: boolean;
    };
  };
  /** List a project’s wallets, oldest first */
  'GET /api/v1/projects/{projectId}/tokenization/wallets': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** as EIP-55 writes it */
        readonly address: string;
        /** base units */
        readonly balance: string;
        readonly label: string | null;
        readonly owner_id: string | null;
        readonly owner_type: 'user' | 'agent' | 'treasury' | 'external';
        readonly status: 'active' | 'frozen';
        readonly treasury: boolean;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Make a wallet, or change what is given of one */
  'PUT /api/v1/projects/{projectId}/tokenization/wallets/{walletAddress}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly projectId: string;
      /** an address */
      readonly walletAddress: string;
    };
    readonly body: {
      readonly label?: string | null;
      /** of a user or an agent of the workspace */
      readonly owner_id?: string | null;
      /** default external; one wallet is the treasury */
      readonly owner_type?: 'user' | 'agent' | 'treasury' | 'external';
      /** default active */
      readonly status?: 'active' | 'frozen';
      /** true: the same as `owner_type` treasury */
      readonly treasury?: boolean;
    };
    readonly answer: {
      /** as EIP-55 writes it */
      readonly address: string;
      /** base units */
      readonly balance: string;
      readonly label: string | null;
      readonly owner_id: string | null;
      readonly owner_type: 'user' | 'agent' | 'treasury' | 'external';
      readonly status: 'active' | 'frozen';
      readonly treasury: boolean;
    };
  };
  /** List what prompts of agents say beside who they are */
  'GET /api/v1/prompt-standards': {
    readonly query?: {
      readonly workspace_id?: string;
      /** of this one alone, or `default` */
      readonly agent?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly agent_id: string | null;
        /** the agent’s slug; `default`: for agents without one of their own */
        readonly agent_name: string;
        readonly content: string;
        readonly enabled: boolean;
        readonly rules: readonly {
          readonly id: string;
          readonly severity: 'info' | 'warning' | 'error';
          readonly text: string;
        }[];
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly updated_by: string | null;
        readonly version: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Say what prompts of an agent say, in place of what they said */
  'PUT /api/v1/prompt-standards/{agentId}': {
    readonly params: {
      /** an agent, or `default` */
      readonly agentId: string;
    };
    readonly body: {
      readonly content: string;
      readonly enabled?: boolean;
      readonly rules?: readonly {
        readonly id: string;
        readonly severity?: 'info' | 'warning' | 'error';
        readonly text: string;
      }[];
      /** the one that was read; 0 where there is none */
      readonly version?: number;
    };
    readonly answer: {
      readonly agent_id: string | null;
      /** the agent’s slug; `default`: for agents without one of their own */
      readonly agent_name: string;
      readonly content: string;
      readonly enabled: boolean;
      readonly rules: readonly {
        readonly id: string;
        readonly severity: 'info' | 'warning' | 'error';
        readonly text: string;
      }[];
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly updated_by: string | null;
      readonly version: number;
    };
  };
  /** Take back how two issues are to each other */
  'DELETE /api/v1/relations/{relationId}': {
    readonly params: {
      readonly relationId: string;
    };
    readonly answer: undefined;
  };
  /** List items of the review queue that the caller sees */
  'GET /api/v1/review/queue': {
    readonly query?: {
      readonly workspace_id?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      readonly kind?: string;
      /** a user */
      readonly assignee?: string;
      /** that the caller submitted; false: only those of others */
      readonly mine?: string;
      readonly project_id?: string;
      /** newest, most urgent or first due first */
      readonly sort?: 'created_at' | 'priority' | 'due_at';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** the decision in the list of approvals; a task’s item has the task’s */
        readonly approval_id: string;
        readonly assignee_id: string | null;
        readonly attachments: readonly {
          readonly index: number;
          readonly mime: string;
          readonly name: string;
          readonly size_bytes: number;
        }[];
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly decision: {
          /** RFC 3339, UTC */
          readonly at: string;
          readonly by: string | null;
          readonly note: string | null;
          readonly verdict: 'approved' | 'rejected';
        } | null;
        readonly due_at: string | null;
        readonly id: string;
        readonly kind: string;
        readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
        readonly project_id: string | null;
        /** 0 to 1, of the newest validation of the same content */
        readonly score: number | null;
        readonly session_id: string | null;
        /** quarantined: open, and kept from agents; cancelled: what it was about is over */
        readonly status: 'pending' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
        readonly subject: {
          readonly id: string;
          readonly type: 'message' | 'task' | 'external';
        } | null;
        readonly submitted_by: string;
        readonly title: string;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Submit something for review */
  'POST /api/v1/review/queue': {
    readonly body: {
      /** default: whoever may decide it */
      readonly assignee_id?: string | null;
      /** reference tokens; the files go with it as they are now */
      readonly attachments?: readonly string[];
      /** default: the message, or the result of the task */
      readonly content?: string | null;
      readonly due_at?: string | null;
      /** what the caller calls such items */
      readonly kind: string;
      readonly metadata?: { readonly [name: string]: unknown };
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** default: that of the subject or the session */
      readonly project_id?: string | null;
      /** whose record goes with it, as it is now */
      readonly session_id?: string | null;
      /** what it is about; an external one is the caller’s own name of it */
      readonly subject?: {
        readonly id: string;
        readonly type: 'message' | 'task' | 'external';
      } | null;
      readonly title: string;
    };
    readonly answer: {
      /** the decision in the list of approvals; a task’s item has the task’s */
      readonly approval_id: string;
      readonly assignee_id: string | null;
      readonly attachments: readonly {
        readonly index: number;
        readonly mime: string;
        readonly name: string;
        readonly size_bytes: number;
      }[];
      readonly content: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        /** RFC 3339, UTC */
        readonly at: string;
        readonly by: string | null;
        readonly note: string | null;
        readonly verdict: 'approved' | 'rejected';
      } | null;
      readonly due_at: string | null;
      /** oldest first */
      readonly history: readonly {
        readonly action: 'submitted' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
        /** RFC 3339, UTC */
        readonly at: string;
        readonly by: string | null;
        readonly note: string | null;
      }[];
      readonly id: string;
      readonly kind: string;
      readonly metadata: { readonly [name: string]: unknown };
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      /** 0 to 1, of the newest validation of the same content */
      readonly score: number | null;
      readonly session_id: string | null;
      /** quarantined: open, and kept from agents; cancelled: what it was about is over */
      readonly status: 'pending' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
      readonly subject: {
        readonly id: string;
        readonly type: 'message' | 'task' | 'external';
      } | null;
      readonly submitted_by: string;
      readonly title: string;
    };
  };
  /** Decide several items, each by itself: a result for each */
  'POST /api/v1/review/queue/batch': {
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly body: {
      readonly items: readonly {
        readonly decision: 'approve' | 'reject' | 'quarantine';
        readonly id: string;
        /** the reason, where it is not approved */
        readonly note?: string | null;
      }[];
    };
    readonly answer: {
      readonly results: readonly {
        /** why not, as the error of a single decision has it */
        readonly code: string | null;
        readonly id: string;
        readonly ok: boolean;
        /** that it has now; null where the caller may not know */
        readonly status: 'pending' | 'quarantined' | 'approved' | 'rejected' | 'cancelled' | null;
      }[];
    };
  };
  /** Count the items that the caller sees, and how long they wait */
  'GET /api/v1/review/queue/stats': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly project_id?: string;
    };
    readonly answer: {
      /** the 50 kinds with most items */
      readonly by_kind: { readonly [name: string]: number };
      readonly by_status: {
        readonly approved: number;
        readonly cancelled: number;
        readonly pending: number;
        readonly quarantined: number;
        readonly rejected: number;
      };
      /** from submission to decision */
      readonly median_decision_s: number | null;
      readonly oldest_pending_s: number | null;
    };
  };
  /** Get an item of the review queue with its content and what became of it */
  'GET /api/v1/review/queue/{reviewItemId}': {
    readonly params: {
      readonly reviewItemId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      /** the decision in the list of approvals; a task’s item has the task’s */
      readonly approval_id: string;
      readonly assignee_id: string | null;
      readonly attachments: readonly {
        readonly index: number;
        readonly mime: string;
        readonly name: string;
        readonly size_bytes: number;
      }[];
      readonly content: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        /** RFC 3339, UTC */
        readonly at: string;
        readonly by: string | null;
        readonly note: string | null;
        readonly verdict: 'approved' | 'rejected';
      } | null;
      readonly due_at: string | null;
      /** oldest first */
      readonly history: readonly {
        readonly action: 'submitted' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
        /** RFC 3339, UTC */
        readonly at: string;
        readonly by: string | null;
        readonly note: string | null;
      }[];
      readonly id: string;
      readonly kind: string;
      readonly metadata: { readonly [name: string]: unknown };
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      /** 0 to 1, of the newest validation of the same content */
      readonly score: number | null;
      readonly session_id: string | null;
      /** quarantined: open, and kept from agents; cancelled: what it was about is over */
      readonly status: 'pending' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
      readonly subject: {
        readonly id: string;
        readonly type: 'message' | 'task' | 'external';
      } | null;
      readonly submitted_by: string;
      readonly title: string;
    };
  };
  /** Approve an item that is open, also one in quarantine */
  'POST /api/v1/review/queue/{reviewItemId}/approve': {
    readonly params: {
      readonly reviewItemId: string;
    };
    readonly body?: {
      readonly note?: string | null;
    } | null;
    readonly answer: {
      /** the decision in the list of approvals; a task’s item has the task’s */
      readonly approval_id: string;
      readonly assignee_id: string | null;
      readonly attachments: readonly {
        readonly index: number;
        readonly mime: string;
        readonly name: string;
        readonly size_bytes: number;
      }[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        /** RFC 3339, UTC */
        readonly at: string;
        readonly by: string | null;
        readonly note: string | null;
        readonly verdict: 'approved' | 'rejected';
      } | null;
      readonly due_at: string | null;
      readonly id: string;
      readonly kind: string;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      /** 0 to 1, of the newest validation of the same content */
      readonly score: number | null;
      readonly session_id: string | null;
      /** quarantined: open, and kept from agents; cancelled: what it was about is over */
      readonly status: 'pending' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
      readonly subject: {
        readonly id: string;
        readonly type: 'message' | 'task' | 'external';
      } | null;
      readonly submitted_by: string;
      readonly title: string;
    };
  };
  /** Take a file that was submitted with an item, as it was then */
  'GET /api/v1/review/queue/{reviewItemId}/attachments/{attachmentIndex}/download': {
    readonly params: {
      readonly reviewItemId: string;
      /** from 0 */
      readonly attachmentIndex: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Keep what an item is about from agents and searches until it is approved */
  'POST /api/v1/review/queue/{reviewItemId}/quarantine': {
    readonly params: {
      readonly reviewItemId: string;
    };
    readonly body: {
      readonly reason: string;
    };
    readonly answer: {
      /** the decision in the list of approvals; a task’s item has the task’s */
      readonly approval_id: string;
      readonly assignee_id: string | null;
      readonly attachments: readonly {
        readonly index: number;
        readonly mime: string;
        readonly name: string;
        readonly size_bytes: number;
      }[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        /** RFC 3339, UTC */
        readonly at: string;
        readonly by: string | null;
        readonly note: string | null;
        readonly verdict: 'approved' | 'rejected';
      } | null;
      readonly due_at: string | null;
      readonly id: string;
      readonly kind: string;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      /** 0 to 1, of the newest validation of the same content */
      readonly score: number | null;
      readonly session_id: string | null;
      /** quarantined: open, and kept from agents; cancelled: what it was about is over */
      readonly status: 'pending' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
      readonly subject: {
        readonly id: string;
        readonly type: 'message' | 'task' | 'external';
      } | null;
      readonly submitted_by: string;
      readonly title: string;
    };
  };
  /** Reject an item that is open */
  'POST /api/v1/review/queue/{reviewItemId}/reject': {
    readonly params: {
      readonly reviewItemId: string;
    };
    readonly body: {
      readonly reason: string;
    };
    readonly answer: {
      /** the decision in the list of approvals; a task’s item has the task’s */
      readonly approval_id: string;
      readonly assignee_id: string | null;
      readonly attachments: readonly {
        readonly index: number;
        readonly mime: string;
        readonly name: string;
        readonly size_bytes: number;
      }[];
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly decision: {
        /** RFC 3339, UTC */
        readonly at: string;
        readonly by: string | null;
        readonly note: string | null;
        readonly verdict: 'approved' | 'rejected';
      } | null;
      readonly due_at: string | null;
      readonly id: string;
      readonly kind: string;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      /** 0 to 1, of the newest validation of the same content */
      readonly score: number | null;
      readonly session_id: string | null;
      /** quarantined: open, and kept from agents; cancelled: what it was about is over */
      readonly status: 'pending' | 'quarantined' | 'approved' | 'rejected' | 'cancelled';
      readonly subject: {
        readonly id: string;
        readonly type: 'message' | 'task' | 'external';
      } | null;
      readonly submitted_by: string;
      readonly title: string;
    };
  };
  /** Read the session that was submitted with an item, up to then */
  'GET /api/v1/review/queue/{reviewItemId}/transcript': {
    readonly params: {
      readonly reviewItemId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      readonly format?: 'json' | 'markdown' | 'text';
      /** with the calls of tools */
      readonly include_tools?: string;
    };
    readonly answer: string;
  };
  /** List agent runs, newest first, with the day’s figures */
  'GET /api/v1/runs': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
      readonly agent_id?: string;
      readonly mission_id?: string;
      readonly trigger?: 'USER' | 'MISSION' | 'ASSIGNMENT' | 'QUERY' | 'WEBHOOK' | 'CRON' | 'CHAT' | 'JOB';
      readonly tag?: string;
      /** an alternative to `offset`, from 1 */
      readonly page?: number;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly data: readonly {
        readonly agent_id: string | null;
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly attempt_no: number;
        readonly chat_id: string | null;
        /** which configuration it was started with, by its kind */
        readonly config_versions: { readonly [name: string]: {
            readonly key: string;
            readonly version: number;
          } };
        /** US dollars, six decimals, as text: never a float */
        readonly cost_usd: string;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly crew_id: string | null;
        readonly crew_name: string | null;
        /** what its directory takes on its host; null: not measured yet, or trimmed */
        readonly disk_bytes: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        readonly exit_code: number | null;
        readonly finished_at: string | null;
        readonly id: string;
        readonly iteration: number;
        readonly metadata: { readonly [name: string]: unknown };
        readonly mission_id: string | null;
        readonly model: string | null;
        /** the run of the same task before this one */
        readonly predecessor_id: string | null;
        /** planning: the lead makes the tasks of a mission that was started without any */
        readonly purpose: 'work' | 'planning';
        readonly started_at: string | null;
        readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
        readonly task_id: string | null;
        readonly token_count: number;
        readonly trigger_type: 'USER' | 'MISSION' | 'ASSIGNMENT' | 'QUERY' | 'WEBHOOK' | 'CRON' | 'CHAT' | 'JOB';
        readonly triggered_by: string | null;
        readonly workspace_id: string;
      }[];
      readonly pagination: {
        readonly limit: number;
        readonly page: number;
        readonly total: number;
        readonly total_pages: number;
      };
      readonly stats: {
        readonly failed: number;
        readonly running: number;
        readonly today: number;
      };
    };
  };
  /** Count runs of a window by outcome, trigger, model, crew and agent */
  'GET /api/v1/runs/insights': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly window?: '24h' | '7d' | '30d';
    };
    readonly answer: {
      /** the eight with most runs */
      readonly by_crew: readonly {
        /** failed or timed out */
        readonly failed: number;
        readonly id: string;
        readonly name: string;
        readonly total: number;
      }[];
      /** `unknown`: the run named no model */
      readonly by_model: readonly {
        /** failed or timed out */
        readonly failed: number;
        readonly key: string;
        readonly total: number;
      }[];
      readonly by_trigger: readonly {
        /** failed or timed out */
        readonly failed: number;
        readonly key: string;
        readonly total: number;
      }[];
      /** of runs that have ended */
      readonly duration: {
        readonly p50_ms: number | null;
        readonly p95_ms: number | null;
      };
      /** the eight with most runs */
      readonly top_agents: readonly {
        readonly crew_name: string | null;
        /** failed or timed out */
        readonly failed: number;
        readonly id: string;
        readonly name: string;
        readonly total: number;
      }[];
      readonly totals: {
        /** failed or timed out */
        readonly failed: number;
        readonly running: number;
        readonly succeeded: number;
        readonly total: number;
      };
      /** the window holds more runs than are looked at; the newest are */
      readonly truncated: boolean;
      readonly window: '24h' | '7d' | '30d';
    };
  };
  /** Get a run */
  'GET /api/v1/runs/{runId}': {
    readonly params: {
      readonly runId: string;
    };
    readonly answer: {
      readonly agent_id: string | null;
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      /** what it published */
      readonly artifacts: readonly {
        readonly kind: 'html' | 'pdf' | 'docx' | 'image' | 'csv' | 'other';
        readonly mime: string;
        readonly name: string;
        /** names it in the paths of attachments */
        readonly reference_token: string;
        /** the newest */
        readonly revision: number;
        readonly size_bytes: number;
        readonly title: string | null;
      }[];
      readonly attempt_no: number;
      readonly chat_id: string | null;
      /** which configuration it was started with, by its kind */
      readonly config_versions: { readonly [name: string]: {
          readonly key: string;
          readonly version: number;
        } };
      /** US dollars, six decimals, as text: never a float */
      readonly cost_usd: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string | null;
      readonly crew_name: string | null;
      /** what its directory takes on its host; null: not measured yet, or trimmed */
      readonly disk_bytes: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      readonly exit_code: number | null;
      readonly finished_at: string | null;
      readonly id: string;
      readonly iteration: number;
      readonly metadata: { readonly [name: string]: unknown };
      readonly mission_id: string | null;
      readonly model: string | null;
      /** the run of the same task before this one */
      readonly predecessor_id: string | null;
      /** planning: the lead makes the tasks of a mission that was started without any */
      readonly purpose: 'work' | 'planning';
      readonly started_at: string | null;
      readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
      readonly task_id: string | null;
      readonly token_count: number;
      readonly trigger_type: 'USER' | 'MISSION' | 'ASSIGNMENT' | 'QUERY' | 'WEBHOOK' | 'CRON' | 'CHAT' | 'JOB';
      readonly triggered_by: string | null;
      readonly workspace_id: string;
    };
  };
  /** Read what a run writes, piece by piece */
  'GET /api/v1/runs/{runId}/events': {
    readonly params: {
      readonly runId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** most events of a page */
      readonly limit?: number;
      /** `next_cursor` of the page before: events after it */
      readonly cursor?: string;
      /** begin with the newest so many */
      readonly tail?: number;
      /** server-sent events, as with `Accept: text/event-stream` */
      readonly follow?: string;
    };
    readonly answer: {
      readonly events: readonly {
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** bytes of the text */
        readonly length: number;
        /** where it begins in what the run wrote, in bytes before scrubbing */
        readonly offset: number;
        readonly text: string;
      }[];
      /** null: nothing is stored after these, yet */
      readonly next_cursor: string | null;
      /** as it was when the events were read: an ended run gets no more */
      readonly run: {
        readonly error_code: string | null;
        readonly exit_code: number | null;
        readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
      };
    } | undefined;
    readonly events: true;
  };
  /** Read what a run wrote, as text */
  'GET /api/v1/runs/{runId}/output': {
    readonly params: {
      readonly runId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** List the processes of a run, those that it left running too */
  'GET /api/v1/runs/{runId}/processes': {
    readonly params: {
      readonly runId: string;
    };
    readonly answer: {
      /** in the control groups of the run; none before it begins and after all of it is gone */
      readonly processes: readonly {
        /** left behind by the run’s command, as it serves a port that the run opened */
        readonly kept: boolean;
        readonly memory_bytes: number;
        /** as the process calls itself: what an agent says */
        readonly name: string;
        /** as the crew’s container counts */
        readonly pid: number;
      }[];
      readonly run_id: string;
      readonly truncated: boolean;
    };
  };
  /** List the tools that mise can pin for a crew */
  'GET /api/v1/runtimes/catalog': {
    readonly query?: {
      /** part of a name, description or category, in any case */
      readonly search?: string;
    };
    readonly answer: {
      readonly runtimes: readonly {
        /** asdf, cargo, npm, pipx, github; empty: mise chooses */
        readonly backends: readonly string[];
        readonly category: 'languages' | 'tools' | 'cloud' | 'databases';
        readonly default_version: string;
        readonly description: string;
        /** name of a Lucide icon */
        readonly icon: string;
        readonly name: string;
        /** what stands in mise.tools */
        readonly tool: string;
        /** newest first; empty when only mise knows */
        readonly versions: readonly string[];
      }[];
    };
  };
  /** List the sessions that the caller may see, the one that was talked in last first */
  'GET /api/v1/sessions': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: 'active' | 'closed' | 'archived';
      readonly project_id?: string;
      /** whose own agent this is */
      readonly agent?: string;
      /** those that the caller owns; false: those of others */
      readonly mine?: string;
      /** those of others that the caller sees; false: one’s own */
      readonly shared?: string;
      /** part of the title */
      readonly q?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** who answers unless a message says otherwise; null: the project’s or workspace’s default */
        readonly agent: {
          readonly id: string;
          readonly name: string;
          readonly slug: string;
        } | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        /** the number of the newest event */
        readonly event_seq: number;
        readonly external_id: string | null;
        readonly id: string;
        readonly last_message_at: string | null;
        readonly message_count: number;
        readonly metadata: { readonly [name: string]: unknown };
        /** what the caller may do in it */
        readonly my_role: 'viewer' | 'editor' | 'manager' | 'owner';
        /** null: agents talk among themselves */
        readonly owner_id: string | null;
        readonly project_id: string | null;
        readonly status: 'active' | 'closed' | 'archived';
        readonly summary: string | null;
        readonly title: string | null;
        /** the turn that is under way */
        readonly turn_job_id: string | null;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        readonly version: number;
        readonly visibility: 'private' | 'project' | 'workspace';
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Begin a session that the caller owns */
  'POST /api/v1/sessions': {
    readonly body?: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      /** free, at most 8 KiB */
      readonly metadata?: { readonly [name: string]: unknown };
      readonly project_id?: string;
      readonly title?: string;
      /** default: private */
      readonly visibility?: 'private' | 'project';
    } | null;
    readonly answer: {
      /** who answers unless a message says otherwise; null: the project’s or workspace’s default */
      readonly agent: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the number of the newest event */
      readonly event_seq: number;
      readonly external_id: string | null;
      readonly id: string;
      readonly last_message_at: string | null;
      readonly message_count: number;
      readonly metadata: { readonly [name: string]: unknown };
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'manager' | 'owner';
      /** null: agents talk among themselves */
      readonly owner_id: string | null;
      readonly project_id: string | null;
      readonly status: 'active' | 'closed' | 'archived';
      readonly summary: string | null;
      readonly title: string | null;
      /** the turn that is under way */
      readonly turn_job_id: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'private' | 'project' | 'workspace';
    };
  };
  /** Get a session with its messages */
  'GET /api/v1/sessions/{sessionId}': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** only messages after this one */
      readonly after_seq?: number;
      readonly messages_limit?: number;
    };
    readonly answer: {
      /** who answers unless a message says otherwise; null: the project’s or workspace’s default */
      readonly agent: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the number of the newest event */
      readonly event_seq: number;
      readonly external_id: string | null;
      readonly id: string;
      readonly last_message_at: string | null;
      readonly message_count: number;
      readonly messages: readonly {
        /** who answered */
        readonly agent_id: string | null;
        /** what the turn published */
        readonly artifacts: readonly {
          readonly kind: 'html' | 'pdf' | 'docx' | 'image' | 'csv' | 'other';
          readonly mime: string;
          readonly name: string;
          /** names it in the paths of attachments */
          readonly reference_token: string;
          /** the newest */
          readonly revision: number;
          readonly size_bytes: number;
          readonly title: string | null;
        }[];
        readonly author_user_id: string | null;
        readonly content: string;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly finish_reason: 'stop' | 'length' | 'cancelled' | 'waiting' | 'error' | null;
        readonly id: string;
        /** the turn */
        readonly job_id: string | null;
        readonly role: 'user' | 'assistant';
        readonly run_id: string | null;
        /** in its session, from 1 */
        readonly seq: number;
      }[];
      readonly metadata: { readonly [name: string]: unknown };
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'manager' | 'owner';
      /** `after_seq` of the next reading */
      readonly next_seq: number;
      /** null: agents talk among themselves */
      readonly owner_id: string | null;
      readonly project_id: string | null;
      readonly status: 'active' | 'closed' | 'archived';
      readonly summary: string | null;
      readonly title: string | null;
      /** the turn that is under way */
      readonly turn_job_id: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'private' | 'project' | 'workspace';
    };
  };
  /** Change a session, or open a closed one again */
  'PATCH /api/v1/sessions/{sessionId}': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly body: {
      readonly agent?: string | null;
      /** free, at most 8 KiB */
      readonly metadata?: { readonly [name: string]: unknown };
      /** opens a closed one again */
      readonly status?: 'active';
      readonly title?: string | null;
      /** the version that was read */
      readonly version?: number;
      /** project: who is in its project sees it too */
      readonly visibility?: 'private' | 'project';
    };
    readonly answer: {
      /** who answers unless a message says otherwise; null: the project’s or workspace’s default */
      readonly agent: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the number of the newest event */
      readonly event_seq: number;
      readonly external_id: string | null;
      readonly id: string;
      readonly last_message_at: string | null;
      readonly message_count: number;
      readonly metadata: { readonly [name: string]: unknown };
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'manager' | 'owner';
      /** null: agents talk among themselves */
      readonly owner_id: string | null;
      readonly project_id: string | null;
      readonly status: 'active' | 'closed' | 'archived';
      readonly summary: string | null;
      readonly title: string | null;
      /** the turn that is under way */
      readonly turn_job_id: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'private' | 'project' | 'workspace';
    };
  };
  /** Put a session away for good */
  'POST /api/v1/sessions/{sessionId}/archive': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly answer: {
      /** who answers unless a message says otherwise; null: the project’s or workspace’s default */
      readonly agent: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the number of the newest event */
      readonly event_seq: number;
      readonly external_id: string | null;
      readonly id: string;
      readonly last_message_at: string | null;
      readonly message_count: number;
      readonly metadata: { readonly [name: string]: unknown };
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'manager' | 'owner';
      /** null: agents talk among themselves */
      readonly owner_id: string | null;
      readonly project_id: string | null;
      readonly status: 'active' | 'closed' | 'archived';
      readonly summary: string | null;
      readonly title: string | null;
      /** the turn that is under way */
      readonly turn_job_id: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'private' | 'project' | 'workspace';
    };
  };
  /** Close a session: it is read on, and takes no messages */
  'POST /api/v1/sessions/{sessionId}/close': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly body?: {
      readonly summary?: string | null;
    } | null;
    readonly answer: {
      /** who answers unless a message says otherwise; null: the project’s or workspace’s default */
      readonly agent: {
        readonly id: string;
        readonly name: string;
        readonly slug: string;
      } | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** the number of the newest event */
      readonly event_seq: number;
      readonly external_id: string | null;
      readonly id: string;
      readonly last_message_at: string | null;
      readonly message_count: number;
      readonly metadata: { readonly [name: string]: unknown };
      /** what the caller may do in it */
      readonly my_role: 'viewer' | 'editor' | 'manager' | 'owner';
      /** null: agents talk among themselves */
      readonly owner_id: string | null;
      readonly project_id: string | null;
      readonly status: 'active' | 'closed' | 'archived';
      readonly summary: string | null;
      readonly title: string | null;
      /** the turn that is under way */
      readonly turn_job_id: string | null;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly version: number;
      readonly visibility: 'private' | 'project' | 'workspace';
    };
  };
  /** Take all that is kept of a session, as a zip */
  'GET /api/v1/sessions/{sessionId}/export': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Say what one thinks of a message */
  'POST /api/v1/sessions/{sessionId}/feedback': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly body: {
      readonly comment?: string | null;
      readonly message_id: string;
      readonly rating: number;
      readonly signal?: 'helpful' | 'not_helpful' | 'inaccurate' | 'unsafe' | 'edit' | 'regenerate';
      readonly tags?: readonly string[];
    };
    readonly answer: {
      readonly comment: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly id: string;
      readonly message_id: string;
      readonly rating: number;
      readonly signal: 'helpful' | 'not_helpful' | 'inaccurate' | 'unsafe' | 'edit' | 'regenerate' | null;
      readonly tags: readonly string[];
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly user_id: string;
    };
  };
  /** Read what the turns of a session told */
  'GET /api/v1/sessions/{sessionId}/replay': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** only events after this one */
      readonly after_seq?: number;
      readonly limit?: number;
    };
    readonly answer: {
      readonly events: readonly {
        readonly data: { readonly [name: string]: unknown };
        /** the turn; null: a message that began none */
        readonly job_id: string | null;
        readonly run_id: string | null;
        /** in the session, from 1 */
        readonly seq: number;
        /** RFC 3339, UTC */
        readonly ts: string;
        readonly type: 'message.posted' | 'turn.started' | 'message.delta' | 'tool.started' | 'tool.finished' | 'approval.required' | 'artifact.created' | 'progress' | 'usage' | 'message.completed' | 'turn.completed' | 'turn.failed' | 'turn.cancelled';
      }[];
      /** `after_seq` of the next reading */
      readonly next_seq: number;
    } | undefined;
    readonly events: true;
  };
  /** List a session’s shares, newest first */
  'GET /api/v1/sessions/{sessionId}/shares': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: 'pending' | 'accepted' | 'revoked' | 'expired';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly accepted_by: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string;
        /** RFC 3339, UTC */
        readonly expires_at: string;
        readonly id: string;
        /** null: who has the link */
        readonly invitee: {
          readonly email: string | null;
          readonly user_id: string | null;
        } | null;
        /** a viewer reads, an editor writes too */
        readonly role: 'viewer' | 'editor';
        readonly status: 'pending' | 'accepted' | 'revoked' | 'expired';
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Share a session with a person, an address or who has a link */
  'POST /api/v1/sessions/{sessionId}/shares': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly body: {
      readonly email?: string;
      /** at most 30 days ahead; default: 7 days */
      readonly expires_at?: string;
      readonly link?: true;
      readonly role?: 'viewer' | 'editor';
      readonly user_id?: string;
    };
    readonly answer: {
      readonly accepted_by: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly id: string;
      /** null: who has the link */
      readonly invitee: {
        readonly email: string | null;
        readonly user_id: string | null;
      } | null;
      /** a viewer reads, an editor writes too */
      readonly role: 'viewer' | 'editor';
      readonly status: 'pending' | 'accepted' | 'revoked' | 'expired';
      /** what a link or a mail carries, shown once; null for a person’s share */
      readonly token: string | null;
    };
  };
  /** Revoke a share, or leave a session that was shared */
  'DELETE /api/v1/sessions/{sessionId}/shares/{shareId}': {
    readonly params: {
      readonly sessionId: string;
      readonly shareId: string;
    };
    readonly answer: undefined;
  };
  /** Accept a share */
  'POST /api/v1/sessions/{sessionId}/shares/{shareId}/accept': {
    readonly params: {
      readonly sessionId: string;
      readonly shareId: string;
    };
    readonly body?: {
      readonly token?: string;
    } | null;
    readonly answer: {
      readonly accepted_by: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly id: string;
      /** null: who has the link */
      readonly invitee: {
        readonly email: string | null;
        readonly user_id: string | null;
      } | null;
      /** a viewer reads, an editor writes too */
      readonly role: 'viewer' | 'editor';
      readonly status: 'pending' | 'accepted' | 'revoked' | 'expired';
    };
  };
  /** Read a session as a document */
  'GET /api/v1/sessions/{sessionId}/transcript': {
    readonly params: {
      readonly sessionId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      readonly format?: 'json' | 'markdown' | 'text';
      /** with the calls of tools */
      readonly include_tools?: string;
    };
    readonly answer: string;
  };
  /** List skills that the workspace sees: official ones first, then by name */
  'GET /api/v1/skills': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly category?: 'CODING' | 'AUTOMATION' | 'DATA' | 'DEVOPS' | 'SUPPORT' | 'SALES' | 'WRITING' | 'RESEARCH' | 'PM' | 'DESIGN' | 'SECURITY' | 'FINANCE' | 'OPS' | 'CUSTOM';
      readonly source?: 'BUNDLED' | 'GENERATED' | 'CUSTOM' | 'URL';
      readonly maturity?: 'OFFICIAL' | 'CURATED' | 'COMMUNITY' | 'EXPERIMENTAL';
      readonly runtime?: 'INSTRUCTIONS' | 'SCRIPT';
      readonly vendor?: string;
      /** part of a name, a slug or a description, or a tag */
      readonly search?: string;
      /** whether an agent has it */
      readonly installed?: '0' | '1' | 'true' | 'false';
      /** that this agent has: its id, slug or name */
      readonly agent?: string;
      /** the same, by the agent’s id */
      readonly installed_for_agent_id?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly agent_count: number;
      readonly author: string | null;
      readonly category: 'CODING' | 'AUTOMATION' | 'DATA' | 'DEVOPS' | 'SUPPORT' | 'SALES' | 'WRITING' | 'RESEARCH' | 'PM' | 'DESIGN' | 'SECURITY' | 'FINANCE' | 'OPS' | 'CUSTOM';
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly description: string;
      readonly description_quality: 'GOOD' | 'FAIR' | 'POOR';
      readonly display_name: string | null;
      readonly homepage: string | null;
      readonly icon: string | null;
      readonly id: string;
      /** agents that have it, the first 20 */
      readonly installed_on: readonly {
        readonly agent_id: string;
        readonly agent_name: string;
        readonly agent_slug: string;
        readonly crew_id: string | null;
      }[];
      readonly maturity: 'OFFICIAL' | 'CURATED' | 'COMMUNITY' | 'EXPERIMENTAL';
      readonly name: string;
      /** the version that its author gives it */
      readonly release: string | null;
      /** SCRIPT: files stand beside its instructions */
      readonly runtime: 'INSTRUCTIONS' | 'SCRIPT';
      readonly scan_status: 'CLEAN' | 'FLAGGED';
      /** whose it is; the instance’s are read only */
      readonly scope: 'instance' | 'workspace';
      readonly slug: string;
      readonly source: 'BUNDLED' | 'GENERATED' | 'CUSTOM' | 'URL';
      readonly spdx_license: string | null;
      readonly tags: readonly string[];
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly vendor: string | null;
      /** of what agents are told */
      readonly version: number;
    }[];
  };
  /** Make a skill of the workspace */
  'POST /api/v1/skills': {
    readonly body: {
      /** places that it calls; the crew’s policy decides */
      readonly allowed_domains?: readonly string[];
      /** tools that it needs */
      readonly allowed_tools?: readonly string[];
      readonly author?: string | null;
      readonly category?: 'CODING' | 'AUTOMATION' | 'DATA' | 'DEVOPS' | 'SUPPORT' | 'SALES' | 'WRITING' | 'RESEARCH' | 'PM' | 'DESIGN' | 'SECURITY' | 'FINANCE' | 'OPS' | 'CUSTOM';
      readonly changelog?: string | null;
      /** instructions, Markdown */
      readonly content: string;
      /** variables that its credentials are delivered in */
      readonly credential_requirements?: readonly string[];
      /** slugs of skills that it builds on */
      readonly dependencies?: readonly string[];
      /** what it does and when to use it: all that agents read at first */
      readonly description: string;
      readonly display_name?: string | null;
      /** text files that stand beside the instructions; a change replaces all of them */
      readonly files?: readonly {
        readonly content: string;
        readonly is_executable?: boolean;
        readonly path: string;
      }[];
      readonly homepage?: string | null;
      readonly icon?: string | null;
      /** identifier of SPDX, or its name */
      readonly license?: string | null;
      readonly maturity?: 'CURATED' | 'COMMUNITY' | 'EXPERIMENTAL';
      readonly name: string;
      /** the version that its author gives it */
      readonly release?: string | null;
      /** of the name if it is not given */
      readonly slug?: string;
      readonly tags?: readonly string[];
      readonly vendor?: string | null;
    };
    readonly answer: {
      readonly agent_count: number;
      readonly allowed_domains: readonly string[];
      readonly allowed_tools: readonly string[];
      readonly author: string | null;
      readonly category: 'CODING' | 'AUTOMATION' | 'DATA' | 'DEVOPS' | 'SUPPORT' | 'SALES' | 'WRITING' | 'RESEARCH' | 'PM' | 'DESIGN' | 'SECURITY' | 'FINANCE' | 'OPS' | 'CUSTOM';
      readonly changelog: string | null;
      readonly content: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly credential_requirements: readonly string[];
      readonly dependencies: readonly string[];
      readonly description: string;
      readonly description_quality: 'GOOD' | 'FAIR' | 'POOR';
      readonly display_name: string | null;
      readonly files: readonly {
        readonly is_executable: boolean;
        readonly path: string;
        readonly size_bytes: number;
      }[];
      readonly homepage: string | null;
      readonly icon: string | null;
      readonly id: string;
      /** agents that have it, the first 20 */
      readonly installed_on: readonly {
        readonly agent_id: string;
        readonly agent_name: string;
        readonly agent_slug: string;
        readonly crew_id: string | null;
      }[];
      /** as its author writes it */
      readonly license: string | null;
      readonly maturity: 'OFFICIAL' | 'CURATED' | 'COMMUNITY' | 'EXPERIMENTAL';
      readonly name: string;
      /** the version that its author gives it */
      readonly release: string | null;
      /** SCRIPT: files stand beside its instructions */
      readonly runtime: 'INSTRUCTIONS' | 'SCRIPT';
      readonly scan_findings: readonly string[];
      readonly scan_status: 'CLEAN' | 'FLAGGED';
      /** whose it is; the instance’s are read only */
      readonly scope: 'instance' | 'workspace';
      readonly slug: string;
      readonly source: 'BUNDLED' | 'GENERATED' | 'CUSTOM' | 'URL';
      readonly source_revision: string | null;
      readonly source_url: string | null;
      readonly spdx_license: string | null;
      readonly tags: readonly string[];
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly vendor: string | null;
      /** of what agents are told */
      readonly version: number;
    };
  };
  /** Find the skills that fit what is to be done, and who has them */
  'GET /api/v1/skills/discovery': {
    readonly query?: {
      readonly workspace_id?: string;
      /** what is to be done */
      readonly q?: string;
      /** what this agent has */
      readonly agent?: string;
      readonly limit?: number;
    };
    readonly answer: {
      /** when the youngest of what is told was; null where nothing is */
      readonly generated_at: string | null;
      readonly skills: readonly {
        /** that have it, the first 20 */
        readonly agents: readonly {
          readonly agent_id: string;
          readonly agent_name: string;
          readonly agent_slug: string;
          readonly crew_id: string | null;
        }[];
        readonly description: string;
        readonly id: string;
        readonly name: string;
        /** from 0 to 1; 1 where nothing was asked */
        readonly score: number;
        readonly slug: string;
        readonly tags: readonly string[];
      }[];
    };
  };
  /** Get a skill with its instructions, as it is or as it was in a version */
  'GET /api/v1/skills/{skillId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly skillId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      /** as agents were told it then */
      readonly version?: number;
    };
    readonly answer: {
      readonly agent_count: number;
      readonly allowed_domains: readonly string[];
      readonly allowed_tools: readonly string[];
      readonly author: string | null;
      readonly category: 'CODING' | 'AUTOMATION' | 'DATA' | 'DEVOPS' | 'SUPPORT' | 'SALES' | 'WRITING' | 'RESEARCH' | 'PM' | 'DESIGN' | 'SECURITY' | 'FINANCE' | 'OPS' | 'CUSTOM';
      readonly changelog: string | null;
      readonly content: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly credential_requirements: readonly string[];
      readonly dependencies: readonly string[];
      readonly description: string;
      readonly description_quality: 'GOOD' | 'FAIR' | 'POOR';
      readonly display_name: string | null;
      readonly files: readonly {
        readonly is_executable: boolean;
        readonly path: string;
        readonly size_bytes: number;
      }[];
      readonly homepage: string | null;
      readonly icon: string | null;
      readonly id: string;
      /** agents that have it, the first 20 */
      readonly installed_on: readonly {
        readonly agent_id: string;
        readonly agent_name: string;
        readonly agent_slug: string;
        readonly crew_id: string | null;
      }[];
      /** as its author writes it */
      readonly license: string | null;
      readonly maturity: 'OFFICIAL' | 'CURATED' | 'COMMUNITY' | 'EXPERIMENTAL';
      readonly name: string;
      /** the version that its author gives it */
      readonly release: string | null;
      /** SCRIPT: files stand beside its instructions */
      readonly runtime: 'INSTRUCTIONS' | 'SCRIPT';
      readonly scan_findings: readonly string[];
      readonly scan_status: 'CLEAN' | 'FLAGGED';
      /** whose it is; the instance’s are read only */
      readonly scope: 'instance' | 'workspace';
      readonly slug: string;
      readonly source: 'BUNDLED' | 'GENERATED' | 'CUSTOM' | 'URL';
      readonly source_revision: string | null;
      readonly source_url: string | null;
      readonly spdx_license: string | null;
      readonly tags: readonly string[];
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly vendor: string | null;
      /** of what agents are told */
      readonly version: number;
    };
  };
  /** Change the fields that are given */
  'PATCH /api/v1/skills/{skillId}': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly skillId: string;
    };
    readonly body: {
      /** places that it calls; the crew’s policy decides */
      readonly allowed_domains?: readonly string[];
      /** tools that it needs */
      readonly allowed_tools?: readonly string[];
      readonly author?: string | null;
      readonly category?: 'CODING' | 'AUTOMATION' | 'DATA' | 'DEVOPS' | 'SUPPORT' | 'SALES' | 'WRITING' | 'RESEARCH' | 'PM' | 'DESIGN' | 'SECURITY' | 'FINANCE' | 'OPS' | 'CUSTOM';
      readonly changelog?: string | null;
      /** instructions, Markdown */
      readonly content?: string;
      /** variables that its credentials are delivered in */
      readonly credential_requirements?: readonly string[];
      /** slugs of skills that it builds on */
      readonly dependencies?: readonly string[];
      /** what it does and when to use it: all that agents read at first */
      readonly description?: string;
      readonly display_name?: string | null;
      /** text files that stand beside the instructions; a change replaces all of them */
      readonly files?: readonly {
        readonly content: string;
        readonly is_executable?: boolean;
        readonly path: string;
      }[];
      readonly homepage?: string | null;
      readonly icon?: string | null;
      /** identifier of SPDX, or its name */
      readonly license?: string | null;
      readonly maturity?: 'CURATED' | 'COMMUNITY' | 'EXPERIMENTAL';
      readonly name?: string;
      /** the version that its author gives it */
      readonly release?: string | null;
      readonly tags?: readonly string[];
      readonly vendor?: string | null;
    };
    readonly answer: {
      readonly agent_count: number;
      readonly allowed_domains: readonly string[];
      readonly allowed_tools: readonly string[];
      readonly author: string | null;
      readonly category: 'CODING' | 'AUTOMATION' | 'DATA' | 'DEVOPS' | 'SUPPORT' | 'SALES' | 'WRITING' | 'RESEARCH' | 'PM' | 'DESIGN' | 'SECURITY' | 'FINANCE' | 'OPS' | 'CUSTOM';
      readonly changelog: string | null;
      readonly content: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly credential_requirements: readonly string[];
      readonly dependencies: readonly string[];
      readonly description: string;
      readonly description_quality: 'GOOD' | 'FAIR' | 'POOR';
      readonly display_name: string | null;
      readonly files: readonly {
        readonly is_executable: boolean;
        readonly path: string;
        readonly size_bytes: number;
      }[];
      readonly homepage: string | null;
      readonly icon: string | null;
      readonly id: string;
      /** agents that have it, the first 20 */
      readonly installed_on: readonly {
        readonly agent_id: string;
        readonly agent_name: string;
        readonly agent_slug: string;
        readonly crew_id: string | null;
      }[];
      /** as its author writes it */
      readonly license: string | null;
      readonly maturity: 'OFFICIAL' | 'CURATED' | 'COMMUNITY' | 'EXPERIMENTAL';
      readonly name: string;
      /** the version that its author gives it */
      readonly release: string | null;
      /** SCRIPT: files stand beside its instructions */
      readonly runtime: 'INSTRUCTIONS' | 'SCRIPT';
      readonly scan_findings: readonly string[];
      readonly scan_status: 'CLEAN' | 'FLAGGED';
      /** whose it is; the instance’s are read only */
      readonly scope: 'instance' | 'workspace';
      readonly slug: string;
      readonly source: 'BUNDLED' | 'GENERATED' | 'CUSTOM' | 'URL';
      readonly source_revision: string | null;
      readonly source_url: string | null;
      readonly spdx_license: string | null;
      readonly tags: readonly string[];
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly vendor: string | null;
      /** of what agents are told */
      readonly version: number;
    };
  };
  /** List the versions of a skill that are kept, newest first: at most 50 */
  'GET /api/v1/skills/{skillId}/versions': {
    readonly params: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly skillId: string;
    };
    readonly answer: readonly {
      readonly changed_by: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly description: string;
      readonly name: string;
      /** of all that agents are told, files included */
      readonly sha256: string;
      readonly version: number;
    }[];
  };
  /** Whether the parts of Crewship that call models themselves could */
  'GET /api/v1/system/aux-status': {
    readonly answer: {
      readonly subsystems: readonly {
        /** what is missing; empty where nothing is */
        readonly detail: string;
        /** the model has a key that would work */
        readonly healthy: boolean;
        readonly id: 'keeper' | 'embeddings';
        readonly label: string;
        readonly model: string | null;
        readonly provider: string | null;
        /** nobody is called to find out */
        readonly reachable: null;
        readonly source: 'explicit' | 'fallback' | 'unconfigured';
        readonly timeout_ms: number;
      }[];
    };
  };
  /** How the keeper is set up, and what it decided */
  'GET /api/v1/system/keeper': {
    readonly answer: {
      readonly allow_count: number;
      readonly deny_count: number;
      readonly enabled: boolean;
      readonly escalate_count: number;
      /** whether there is a model that can be asked */
      readonly gatekeeper_configured: boolean;
      readonly gov_model_credential_id: string | null;
      readonly gov_model_id: string | null;
      /** of the model that judges: `PUT /admin/llm-config` sets it */
      readonly gov_model_provider: string | null;
      readonly model: string | null;
      readonly model_source: 'workspace' | 'instance' | null;
      /** null: it was not looked at */
      readonly ollama_online: boolean | null;
      readonly ollama_probed: boolean;
      /** of a judge that is the workspace’s own server */
      readonly ollama_url: string | null;
      readonly secret_count: number;
      readonly signals: readonly ('allow_rate_collapsed' | 'judge_failure_spike')[];
      readonly total_requests: number;
    };
  };
  /** What the instance is licensed for */
  'GET /api/v1/system/license': {
    readonly answer: {
      readonly edition: string;
      readonly features: readonly string[];
      readonly license_id: string | null;
      readonly licensee_org: string | null;
      readonly max_agents_per_crew: number | null;
      /** of the instance; null: any number */
      readonly max_crews: number | null;
      /** people with a membership in any workspace */
      readonly max_members: number | null;
    };
  };
  /** Whether containers can be run, and by what version */
  'GET /api/v1/system/runtime': {
    readonly answer: {
      /** a host could take work now */
      readonly available: boolean;
      readonly runtime?: 'docker';
      /** for the instance operator */
      readonly runtimes?: readonly {
        readonly architecture: string;
        readonly engine_version: string;
        readonly host_id: string;
        /** its worker was heard from lately */
        readonly in_use: boolean;
        readonly status: 'up' | 'draining' | 'lost';
      }[];
      /** of the process that answers */
      readonly uptime_seconds: number;
      /** of Crewship */
      readonly version: string;
    };
  };
  /** Whether the instance waits for its first user */
  'GET /api/v1/system/setup-status': {
    readonly answer: {
      readonly allow_signup: boolean;
      readonly needs_bootstrap: boolean;
    };
  };
  /** The version that answers */
  'GET /api/v1/system/version': {
    readonly answer: {
      readonly build_time: string | null;
      readonly commit: string | null;
      readonly current: string;
      readonly dirty: boolean | null;
      /** null: nobody is asked for newer ones */
      readonly latest: string | null;
      readonly newer: boolean;
      /** the newest migration that this version has */
      readonly schema_version: string;
      readonly url: string | null;
    };
  };
  /** List tasks of missions and of none */
  'GET /api/v1/tasks': {
    readonly query?: {
      readonly workspace_id?: string;
      /** in these states, comma-separated */
      readonly status?: string;
      readonly project_id?: string;
      readonly mission_id?: string;
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      /** a user */
      readonly reviewer?: string;
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      /** YYYY-MM-DD */
      readonly due_before?: string;
      /** part of the title */
      readonly q?: string;
      /** newest, most urgent or first due first */
      readonly sort?: 'created_at' | 'updated_at' | 'priority' | 'due_date';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly approval_required: boolean;
        readonly approval_status: string | null;
        readonly approved_at: string | null;
        readonly approved_by: string | null;
        readonly assigned_agent_id: string | null;
        readonly assignment_id: string | null;
        /** its agent begins as soon as nothing is before it */
        readonly auto_start: boolean;
        readonly completed_at: string | null;
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly crew_id: string | null;
        /** task ids as a JSON array in a string */
        readonly depends_on: string;
        readonly description: string | null;
        /** YYYY-MM-DD */
        readonly due_date: string | null;
        readonly duration_ms: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        /** US dollars */
        readonly estimated_cost: number;
        readonly evaluation_notes: string | null;
        readonly evaluation_status: string | null;
        readonly handoff_context: { readonly [name: string]: unknown } | null;
        readonly id: string;
        readonly issue_id: string | null;
        readonly iteration: number;
        /** the job that runs its agent, or did last */
        readonly job_id: string | null;
        readonly labels: readonly string[];
        readonly max_iterations: number | null;
        /** null: a task that people manage */
        readonly mission_id: string | null;
        readonly needs_review: boolean;
        readonly output_path: string | null;
        readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
        readonly project_id: string | null;
        readonly result_summary: string | null;
        readonly review: {
          readonly at: string | null;
          readonly by: string | null;
          readonly note: string | null;
          readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
        };
        readonly reviewer_id: string | null;
        /** the latest attempt */
        readonly run_id: string | null;
        readonly started_at: string | null;
        readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
        readonly task_order: number;
        readonly title: string;
        readonly token_count: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        /** counts what people change of it; transitions do not */
        readonly version: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Make a task, of a project or of none, or one more of a mission */
  'POST /api/v1/tasks': {
    readonly body: {
      readonly agent?: string | null;
      readonly approval_required?: boolean;
      readonly auto_start?: boolean;
      readonly depends_on?: readonly string[];
      readonly description?: string | null;
      readonly due_date?: string | null;
      readonly issue_id?: string | null;
      readonly labels?: readonly string[];
      readonly max_iterations?: number | null;
      /** one more task of a mission */
      readonly mission_id?: string | null;
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id?: string | null;
      readonly reviewer_id?: string | null;
      readonly title: string;
    };
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      /** its agent begins as soon as nothing is before it */
      readonly auto_start: boolean;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly issue_id: string | null;
      readonly iteration: number;
      /** the job that runs its agent, or did last */
      readonly job_id: string | null;
      readonly labels: readonly string[];
      readonly max_iterations: number | null;
      /** null: a task that people manage */
      readonly mission_id: string | null;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly result_summary: string | null;
      readonly review: {
        readonly at: string | null;
        readonly by: string | null;
        readonly note: string | null;
        readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
      };
      readonly reviewer_id: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts what people change of it; transitions do not */
      readonly version: number;
    };
  };
  /** Say how a run is that goes on elsewhere */
  'PATCH /api/v1/tasks/agent-runs/{runId}': {
    readonly params: {
      readonly runId: string;
    };
    readonly body: {
      /** US dollars */
      readonly cost_usd?: number;
      readonly error_message?: string | null;
      readonly finished_at?: string;
      readonly output_summary?: string | null;
      readonly progress?: number;
      readonly status?: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
      readonly token_count?: number;
    };
    readonly answer: {
      readonly agent_id: string | null;
      /** of an agent that Crewship does not know */
      readonly agent_label: string | null;
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly attempt_no: number;
      readonly chat_id: string | null;
      /** which configuration it was started with, by its kind */
      readonly config_versions: { readonly [name: string]: {
          readonly key: string;
          readonly version: number;
        } };
      /** US dollars, six decimals, as text: never a float */
      readonly cost_usd: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string | null;
      readonly crew_name: string | null;
      /** what its directory takes on its host; null: not measured yet, or trimmed */
      readonly disk_bytes: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      readonly exit_code: number | null;
      readonly external_ref: string | null;
      readonly finished_at: string | null;
      readonly id: string;
      readonly iteration: number;
      readonly metadata: { readonly [name: string]: unknown };
      readonly mission_id: string | null;
      readonly model: string | null;
      readonly output_summary: string | null;
      /** the run of the same task before this one */
      readonly predecessor_id: string | null;
      /** percent */
      readonly progress: number | null;
      /** planning: the lead makes the tasks of a mission that was started without any */
      readonly purpose: 'work' | 'planning';
      readonly started_at: string | null;
      readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
      readonly task_id: string | null;
      readonly token_count: number;
      readonly trigger_type: 'USER' | 'MISSION' | 'ASSIGNMENT' | 'QUERY' | 'WEBHOOK' | 'CRON' | 'CHAT' | 'JOB';
      readonly triggered_by: string | null;
      readonly workspace_id: string;
    };
  };
  /** Delete a task of no mission that is not under way */
  'DELETE /api/v1/tasks/{taskId}': {
    readonly params: {
      readonly taskId: string;
    };
    readonly answer: undefined;
  };
  /** Get a task with its newest events, its dependencies and its runs */
  'GET /api/v1/tasks/{taskId}': {
    readonly params: {
      readonly taskId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
    };
    readonly answer: {
      readonly agent_name: string | null;
      /** the 50 newest */
      readonly agent_runs: readonly {
        readonly agent_id: string | null;
        /** of an agent that Crewship does not know */
        readonly agent_label: string | null;
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly attempt_no: number;
        readonly chat_id: string | null;
        /** which configuration it was started with, by its kind */
        readonly config_versions: { readonly [name: string]: {
            readonly key: string;
            readonly version: number;
          } };
        /** US dollars, six decimals, as text: never a float */
        readonly cost_usd: string;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly crew_id: string | null;
        readonly crew_name: string | null;
        /** what its directory takes on its host; null: not measured yet, or trimmed */
        readonly disk_bytes: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        readonly exit_code: number | null;
        readonly external_ref: string | null;
        readonly finished_at: string | null;
        readonly id: string;
        readonly iteration: number;
        readonly metadata: { readonly [name: string]: unknown };
        readonly mission_id: string | null;
        readonly model: string | null;
        readonly output_summary: string | null;
        /** the run of the same task before this one */
        readonly predecessor_id: string | null;
        /** percent */
        readonly progress: number | null;
        /** planning: the lead makes the tasks of a mission that was started without any */
        readonly purpose: 'work' | 'planning';
        readonly started_at: string | null;
        readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
        readonly task_id: string | null;
        readonly token_count: number;
        readonly trigger_type: 'USER' | 'MISSION' | 'ASSIGNMENT' | 'QUERY' | 'WEBHOOK' | 'CRON' | 'CHAT' | 'JOB';
        readonly triggered_by: string | null;
        readonly workspace_id: string;
      }[];
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      /** its agent begins as soon as nothing is before it */
      readonly auto_start: boolean;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      readonly dependencies: {
        /** what it waits for */
        readonly blocked_by: readonly {
          readonly id: string;
          readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
          readonly title: string;
        }[];
        /** what waits for it */
        readonly blocks: readonly {
          readonly id: string;
          readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
          readonly title: string;
        }[];
      };
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      /** the 50 newest, in their order */
      readonly events: readonly {
        readonly actor: {
          readonly id: string | null;
          readonly type: string;
        };
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly data: { readonly [name: string]: unknown };
        readonly message: string | null;
        /** from 1, in the order of their commits */
        readonly seq: number;
        readonly type: string;
      }[];
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly issue_id: string | null;
      readonly iteration: number;
      /** the job that runs its agent, or did last */
      readonly job_id: string | null;
      readonly labels: readonly string[];
      readonly max_iterations: number | null;
      /** null: a task that people manage */
      readonly mission_id: string | null;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly result_summary: string | null;
      readonly review: {
        readonly at: string | null;
        readonly by: string | null;
        readonly note: string | null;
        readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
      };
      readonly reviewer_id: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts what people change of it; transitions do not */
      readonly version: number;
    };
  };
  /** Change what is said of a task */
  'PATCH /api/v1/tasks/{taskId}': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body: {
      readonly agent?: string | null;
      readonly description?: string | null;
      readonly due_date?: string | null;
      readonly labels?: readonly string[];
      readonly max_iterations?: number | null;
      readonly priority?: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly reviewer_id?: string | null;
      readonly title?: string;
      /** the version that was read */
      readonly version?: number;
    };
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      /** its agent begins as soon as nothing is before it */
      readonly auto_start: boolean;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly issue_id: string | null;
      readonly iteration: number;
      /** the job that runs its agent, or did last */
      readonly job_id: string | null;
      readonly labels: readonly string[];
      readonly max_iterations: number | null;
      /** null: a task that people manage */
      readonly mission_id: string | null;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly result_summary: string | null;
      readonly review: {
        readonly at: string | null;
        readonly by: string | null;
        readonly note: string | null;
        readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
      };
      readonly reviewer_id: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts what people change of it; transitions do not */
      readonly version: number;
    };
  };
  /** Say that a run is for a task, or make one that goes on elsewhere */
  'POST /api/v1/tasks/{taskId}/agent-runs': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      /** an agent that Crewship does not know */
      readonly agent_label?: string;
      readonly external_ref?: string;
      readonly metadata?: { readonly [name: string]: unknown };
      /** a run that is there; alone */
      readonly run_id?: string;
      readonly started_at?: string;
    };
    readonly answer: {
      readonly agent_id: string | null;
      /** of an agent that Crewship does not know */
      readonly agent_label: string | null;
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly attempt_no: number;
      readonly chat_id: string | null;
      /** which configuration it was started with, by its kind */
      readonly config_versions: { readonly [name: string]: {
          readonly key: string;
          readonly version: number;
        } };
      /** US dollars, six decimals, as text: never a float */
      readonly cost_usd: string;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly crew_id: string | null;
      readonly crew_name: string | null;
      /** what its directory takes on its host; null: not measured yet, or trimmed */
      readonly disk_bytes: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      readonly exit_code: number | null;
      readonly external_ref: string | null;
      readonly finished_at: string | null;
      readonly id: string;
      readonly iteration: number;
      readonly metadata: { readonly [name: string]: unknown };
      readonly mission_id: string | null;
      readonly model: string | null;
      readonly output_summary: string | null;
      /** the run of the same task before this one */
      readonly predecessor_id: string | null;
      /** percent */
      readonly progress: number | null;
      /** planning: the lead makes the tasks of a mission that was started without any */
      readonly purpose: 'work' | 'planning';
      readonly started_at: string | null;
      readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMEOUT';
      readonly task_id: string | null;
      readonly token_count: number;
      readonly trigger_type: 'USER' | 'MISSION' | 'ASSIGNMENT' | 'QUERY' | 'WEBHOOK' | 'CRON' | 'CHAT' | 'JOB';
      readonly triggered_by: string | null;
      readonly workspace_id: string;
    };
  };
  /** Make a task wait for another */
  'POST /api/v1/tasks/{taskId}/dependencies': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body: {
      /** the task that must be done first */
      readonly blocks_task_id: string;
    };
    readonly answer: {
      readonly blocked_by_task_id: string;
      readonly task_id: string;
    };
  };
  /** Let a task go on without another */
  'DELETE /api/v1/tasks/{taskId}/dependencies/{blocksTaskId}': {
    readonly params: {
      readonly taskId: string;
      readonly blocksTaskId: string;
    };
    readonly answer: undefined;
  };
  /** List what happened to a task, in order */
  'GET /api/v1/tasks/{taskId}/events': {
    readonly params: {
      readonly taskId: string;
    };
    readonly query?: {
      readonly workspace_id?: string;
      readonly after_seq?: number;
      readonly limit?: number;
    };
    readonly answer: {
      readonly events: readonly {
        readonly actor: {
          readonly id: string | null;
          readonly type: string;
        };
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly data: { readonly [name: string]: unknown };
        readonly message: string | null;
        /** from 1, in the order of their commits */
        readonly seq: number;
        readonly type: string;
      }[];
      /** `after_seq` of the next reading */
      readonly next_seq: number;
    };
    readonly events: true;
  };
  /** Say something of a task: a comment, progress, or an event of one’s own */
  'POST /api/v1/tasks/{taskId}/events': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body: {
      readonly data?: { readonly [name: string]: unknown };
      readonly message?: string | null;
      readonly type: string;
    };
    readonly answer: {
      readonly actor: {
        readonly id: string | null;
        readonly type: string;
      };
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly data: { readonly [name: string]: unknown };
      readonly message: string | null;
      /** from 1, in the order of their commits */
      readonly seq: number;
      readonly type: string;
    };
  };
  /** Try a task once more that failed or was given up */
  'POST /api/v1/tasks/{taskId}/retry': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body?: {
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      readonly note?: string | null;
    } | null;
    readonly answer: {
      /** null: it waits for others, or has no agent */
      readonly job_id: string | null;
      readonly task: {
        readonly agent_name: string | null;
        readonly agent_slug: string | null;
        readonly approval_required: boolean;
        readonly approval_status: string | null;
        readonly approved_at: string | null;
        readonly approved_by: string | null;
        readonly assigned_agent_id: string | null;
        readonly assignment_id: string | null;
        /** its agent begins as soon as nothing is before it */
        readonly auto_start: boolean;
        readonly completed_at: string | null;
        readonly confidence: number | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly crew_id: string | null;
        /** task ids as a JSON array in a string */
        readonly depends_on: string;
        readonly description: string | null;
        /** YYYY-MM-DD */
        readonly due_date: string | null;
        readonly duration_ms: number | null;
        readonly error_code: string | null;
        readonly error_message: string | null;
        /** US dollars */
        readonly estimated_cost: number;
        readonly evaluation_notes: string | null;
        readonly evaluation_status: string | null;
        readonly handoff_context: { readonly [name: string]: unknown } | null;
        readonly id: string;
        readonly issue_id: string | null;
        readonly iteration: number;
        /** the job that runs its agent, or did last */
        readonly job_id: string | null;
        readonly labels: readonly string[];
        readonly max_iterations: number | null;
        /** null: a task that people manage */
        readonly mission_id: string | null;
        readonly needs_review: boolean;
        readonly output_path: string | null;
        readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
        readonly project_id: string | null;
        readonly result_summary: string | null;
        readonly review: {
          readonly at: string | null;
          readonly by: string | null;
          readonly note: string | null;
          readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
        };
        readonly reviewer_id: string | null;
        /** the latest attempt */
        readonly run_id: string | null;
        readonly started_at: string | null;
        readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
        readonly task_order: number;
        readonly title: string;
        readonly token_count: number;
        /** RFC 3339, UTC */
        readonly updated_at: string;
        /** counts what people change of it; transitions do not */
        readonly version: number;
      };
    };
  };
  /** Accept the result of a task: AWAITING_APPROVAL to COMPLETED */
  'POST /api/v1/tasks/{taskId}/review/approve': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body?: {
      readonly note?: string | null;
    } | null;
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      /** its agent begins as soon as nothing is before it */
      readonly auto_start: boolean;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly issue_id: string | null;
      readonly iteration: number;
      /** the job that runs its agent, or did last */
      readonly job_id: string | null;
      readonly labels: readonly string[];
      readonly max_iterations: number | null;
      /** null: a task that people manage */
      readonly mission_id: string | null;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly result_summary: string | null;
      readonly review: {
        readonly at: string | null;
        readonly by: string | null;
        readonly note: string | null;
        readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
      };
      readonly reviewer_id: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts what people change of it; transitions do not */
      readonly version: number;
    };
  };
  /** Keep others from deciding on a task */
  'POST /api/v1/tasks/{taskId}/review/block': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body: {
      readonly reason: string;
    };
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      /** its agent begins as soon as nothing is before it */
      readonly auto_start: boolean;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly issue_id: string | null;
      readonly iteration: number;
      /** the job that runs its agent, or did last */
      readonly job_id: string | null;
      readonly labels: readonly string[];
      readonly max_iterations: number | null;
      /** null: a task that people manage */
      readonly mission_id: string | null;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly result_summary: string | null;
      readonly review: {
        readonly at: string | null;
        readonly by: string | null;
        readonly note: string | null;
        readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
      };
      readonly reviewer_id: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts what people change of it; transitions do not */
      readonly version: number;
    };
  };
  /** Send the result of a task back: AWAITING_APPROVAL to PENDING, in the next iteration */
  'POST /api/v1/tasks/{taskId}/review/request-rework': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body: {
      readonly note: string;
    };
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      /** its agent begins as soon as nothing is before it */
      readonly auto_start: boolean;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly issue_id: string | null;
      readonly iteration: number;
      /** the job that runs its agent, or did last */
      readonly job_id: string | null;
      readonly labels: readonly string[];
      readonly max_iterations: number | null;
      /** null: a task that people manage */
      readonly mission_id: string | null;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly result_summary: string | null;
      readonly review: {
        readonly at: string | null;
        readonly by: string | null;
        readonly note: string | null;
        readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
      };
      readonly reviewer_id: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts what people change of it; transitions do not */
      readonly version: number;
    };
  };
  /** Move a task of no mission by hand, or say how it is */
  'PATCH /api/v1/tasks/{taskId}/status': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body: {
      readonly error_message?: string | null;
      readonly note?: string | null;
      readonly result_summary?: string | null;
      /** in any case; todo, done and in_review are PENDING, COMPLETED and AWAITING_APPROVAL */
      readonly status?: string;
    };
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      /** its agent begins as soon as nothing is before it */
      readonly auto_start: boolean;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly issue_id: string | null;
      readonly iteration: number;
      /** the job that runs its agent, or did last */
      readonly job_id: string | null;
      readonly labels: readonly string[];
      readonly max_iterations: number | null;
      /** null: a task that people manage */
      readonly mission_id: string | null;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly result_summary: string | null;
      readonly review: {
        readonly at: string | null;
        readonly by: string | null;
        readonly note: string | null;
        readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
      };
      readonly reviewer_id: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts what people change of it; transitions do not */
      readonly version: number;
    };
  };
  /** Move a task of no mission by hand */
  'POST /api/v1/tasks/{taskId}/status': {
    readonly params: {
      readonly taskId: string;
    };
    readonly body: {
      readonly error_message?: string | null;
      readonly note?: string | null;
      readonly result_summary?: string | null;
      /** in any case; todo, done and in_review are PENDING, COMPLETED and AWAITING_APPROVAL */
      readonly status: string;
    };
    readonly answer: {
      readonly agent_name: string | null;
      readonly agent_slug: string | null;
      readonly approval_required: boolean;
      readonly approval_status: string | null;
      readonly approved_at: string | null;
      readonly approved_by: string | null;
      readonly assigned_agent_id: string | null;
      readonly assignment_id: string | null;
      /** its agent begins as soon as nothing is before it */
      readonly auto_start: boolean;
      readonly completed_at: string | null;
      readonly confidence: number | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string | null;
      /** task ids as a JSON array in a string */
      readonly depends_on: string;
      readonly description: string | null;
      /** YYYY-MM-DD */
      readonly due_date: string | null;
      readonly duration_ms: number | null;
      readonly error_code: string | null;
      readonly error_message: string | null;
      /** US dollars */
      readonly estimated_cost: number;
      readonly evaluation_notes: string | null;
      readonly evaluation_status: string | null;
      readonly handoff_context: { readonly [name: string]: unknown } | null;
      readonly id: string;
      readonly issue_id: string | null;
      readonly iteration: number;
      /** the job that runs its agent, or did last */
      readonly job_id: string | null;
      readonly labels: readonly string[];
      readonly max_iterations: number | null;
      /** null: a task that people manage */
      readonly mission_id: string | null;
      readonly needs_review: boolean;
      readonly output_path: string | null;
      readonly priority: 'none' | 'low' | 'medium' | 'high' | 'urgent';
      readonly project_id: string | null;
      readonly result_summary: string | null;
      readonly review: {
        readonly at: string | null;
        readonly by: string | null;
        readonly note: string | null;
        readonly status: 'none' | 'requested' | 'approved' | 'rework' | 'blocked';
      };
      readonly reviewer_id: string | null;
      /** the latest attempt */
      readonly run_id: string | null;
      readonly started_at: string | null;
      readonly status: 'PENDING' | 'BLOCKED' | 'IN_PROGRESS' | 'AWAITING_APPROVAL' | 'COMPLETED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';
      readonly task_order: number;
      readonly title: string;
      readonly token_count: number;
      /** RFC 3339, UTC */
      readonly updated_at: string;
      /** counts what people change of it; transitions do not */
      readonly version: number;
    };
  };
  /** Play scenarios with an agent */
  'POST /api/v1/testing/run': {
    readonly body: {
      /** who is talked to; default: who answers by default */
      readonly agent?: string | null;
      /** a run that this one is compared with */
      readonly baseline_run_id?: string | null;
      readonly repeat?: number;
      readonly scenario_ids?: readonly string[];
      /** those with any of these; neither ids nor tags: all */
      readonly tags?: readonly string[];
    };
    readonly answer: {
      readonly job_id: string;
      readonly run_id: string;
    };
  };
  /** List runs of scenarios, newest first */
  'GET /api/v1/testing/runs': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly status?: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      readonly from?: string;
      readonly to?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** the agent’s id; null: who answers by default */
        readonly agent: string | null;
        readonly baseline_run_id: string | null;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string;
        readonly failed: number | null;
        readonly id: string;
        readonly job_id: string;
        /** null: it is not over, or was ended */
        readonly outcome: 'passed' | 'failed' | null;
        readonly passed: number | null;
        /** the job’s */
        readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
        readonly total: number;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Get a run of scenarios with what came of each, beside its baseline */
  'GET /api/v1/testing/runs/{testRunId}': {
    readonly params: {
      readonly testRunId: string;
    };
    readonly answer: {
      /** the agent’s id; null: who answers by default */
      readonly agent: string | null;
      readonly baseline_run_id: string | null;
      /** ids of scenarios, beside those of the baseline: one has passed where each attempt has */
      readonly comparison: {
        readonly newly_failed: readonly string[];
        readonly newly_passed: readonly string[];
        readonly not_compared: readonly string[];
      } | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string;
      readonly failed: number | null;
      readonly id: string;
      readonly job_id: string;
      /** null: it is not over, or was ended */
      readonly outcome: 'passed' | 'failed' | null;
      readonly passed: number | null;
      readonly results: readonly {
        readonly assertions: readonly {
          readonly detail: string;
          readonly kind: string;
          readonly passed: boolean;
          readonly step: number;
        }[];
        readonly attempt: number;
        readonly cost_usd: string;
        readonly duration_ms: number | null;
        /** why a turn did not begin, or did not end well */
        readonly error_code: string | null;
        readonly name: string;
        readonly scenario_id: string;
        /** a private session of who asked for the run */
        readonly session_id: string | null;
        readonly status: 'pending' | 'running' | 'passed' | 'failed' | 'error' | 'cancelled';
      }[];
      /** the job’s */
      readonly status: 'queued' | 'running' | 'waiting' | 'cancelling' | 'completed' | 'failed' | 'cancelled';
      readonly total: number;
    };
  };
  /** List the scenarios that there are, by their ids */
  'GET /api/v1/testing/scenarios': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly tag?: string;
      /** part of the id or the name */
      readonly q?: string;
    };
    readonly answer: {
      readonly items: readonly {
        /** how many are expected in all */
        readonly assertions: number;
        readonly enabled: boolean;
        readonly id: string;
        readonly name: string;
        readonly source: 'shipped' | 'workspace';
        readonly steps: readonly {
          readonly expect: readonly ({
            readonly kind: 'contains';
            /** in any case */
            readonly text: string;
          } | {
            readonly kind: 'not_contains';
            readonly text: string;
          } | {
            readonly kind: 'regex';
            /** of JavaScript, with the flag u; one that takes longer than a second does not match */
            readonly pattern: string;
          } | {
            readonly kind: 'json_schema';
            readonly schema: { readonly [name: string]: unknown };
          } | {
            readonly kind: 'tool_called';
            readonly tool: string;
          } | {
            readonly kind: 'max_cost_usd';
            readonly value: number;
          } | {
            readonly kind: 'max_duration_ms';
            readonly value: number;
          } | {
            readonly at_least: number;
            readonly judges: number;
            readonly kind: 'judge_score';
            readonly rubric: string;
          })[];
          readonly message: string;
        }[];
        readonly tags: readonly string[];
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
      /** of the workspace’s own; 0: it has none */
      readonly version: number;
    };
  };
  /** Say which scenarios the workspace has of its own, in place of those that it had */
  'PUT /api/v1/testing/scenarios': {
    readonly body: {
      readonly scenarios: readonly {
        readonly enabled?: boolean;
        readonly id: string;
        readonly name: string;
        readonly steps: readonly {
          readonly expect?: readonly ({
            readonly kind: 'contains';
            /** in any case */
            readonly text: string;
          } | {
            readonly kind: 'not_contains';
            readonly text: string;
          } | {
            readonly kind: 'regex';
            /** of JavaScript, with the flag u; one that takes longer than a second does not match */
            readonly pattern: string;
          } | {
            readonly kind: 'json_schema';
            readonly schema: { readonly [name: string]: unknown };
          } | {
            readonly kind: 'tool_called';
            readonly tool: string;
          } | {
            readonly kind: 'max_cost_usd';
            readonly value: number;
          } | {
            readonly kind: 'max_duration_ms';
            readonly value: number;
          } | {
            readonly at_least: number;
            readonly judges?: number;
            readonly kind: 'judge_score';
            readonly rubric: string;
          })[];
          readonly message: string;
        }[];
        readonly tags?: readonly string[];
      }[];
      /** the one that was read */
      readonly version?: number;
    };
    readonly answer: {
      readonly items: readonly {
        /** how many are expected in all */
        readonly assertions: number;
        readonly enabled: boolean;
        readonly id: string;
        readonly name: string;
        readonly source: 'shipped' | 'workspace';
        readonly steps: readonly {
          readonly expect: readonly ({
            readonly kind: 'contains';
            /** in any case */
            readonly text: string;
          } | {
            readonly kind: 'not_contains';
            readonly text: string;
          } | {
            readonly kind: 'regex';
            /** of JavaScript, with the flag u; one that takes longer than a second does not match */
            readonly pattern: string;
          } | {
            readonly kind: 'json_schema';
            readonly schema: { readonly [name: string]: unknown };
          } | {
            readonly kind: 'tool_called';
            readonly tool: string;
          } | {
            readonly kind: 'max_cost_usd';
            readonly value: number;
          } | {
            readonly kind: 'max_duration_ms';
            readonly value: number;
          } | {
            readonly at_least: number;
            readonly judges: number;
            readonly kind: 'judge_score';
            readonly rubric: string;
          })[];
          readonly message: string;
        }[];
        readonly tags: readonly string[];
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
      /** of the workspace’s own; 0: it has none */
      readonly version: number;
    };
  };
  /** List what agents are trusted with, newest first */
  'GET /api/v1/trust-grants': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly crew_id?: string;
      /** only those that count now */
      readonly live?: 'true' | 'false';
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** null: all agents of the crew */
      readonly agent_id: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly id: string;
      readonly kind: 'tool_call' | 'cost_threshold' | 'target_environment';
      readonly max_cost_usd: string | null;
      readonly max_uses: number;
      readonly reason: string;
      readonly revoked_at: string | null;
      readonly revoked_by: string | null;
      readonly status: 'live' | 'used_up' | 'expired' | 'revoked';
      /** null: any */
      readonly tool: string | null;
      readonly used: number;
    }[];
  };
  /** Trust agents with actions of a kind, so many and for so long */
  'POST /api/v1/trust-grants': {
    readonly body: {
      readonly agent_id?: string | null;
      readonly crew_id: string;
      readonly expires_in_seconds: number;
      readonly kind: 'tool_call' | 'cost_threshold' | 'target_environment';
      /** of one action, as it is estimated */
      readonly max_cost_usd?: number | null;
      readonly max_uses: number;
      readonly reason: string;
      /** as the payload names it */
      readonly tool?: string | null;
    };
    readonly answer: {
      /** null: all agents of the crew */
      readonly agent_id: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly id: string;
      readonly kind: 'tool_call' | 'cost_threshold' | 'target_environment';
      readonly max_cost_usd: string | null;
      readonly max_uses: number;
      readonly reason: string;
      readonly revoked_at: string | null;
      readonly revoked_by: string | null;
      readonly status: 'live' | 'used_up' | 'expired' | 'revoked';
      /** null: any */
      readonly tool: string | null;
      readonly used: number;
    };
  };
  /** End a grant before its time */
  'DELETE /api/v1/trust-grants/{grantId}': {
    readonly params: {
      readonly grantId: string;
    };
    readonly answer: {
      /** null: all agents of the crew */
      readonly agent_id: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly created_by: string | null;
      readonly crew_id: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly id: string;
      readonly kind: 'tool_call' | 'cost_threshold' | 'target_environment';
      readonly max_cost_usd: string | null;
      readonly max_uses: number;
      readonly reason: string;
      readonly revoked_at: string | null;
      readonly revoked_by: string | null;
      readonly status: 'live' | 'used_up' | 'expired' | 'revoked';
      /** null: any */
      readonly tool: string | null;
      readonly used: number;
    };
  };
  /** Change what one is called */
  'PATCH /api/v1/users/me': {
    readonly body: {
      readonly full_name?: string;
    };
    readonly answer: {
      readonly avatar_url: string | null;
      readonly email: string;
      readonly full_name: string;
      readonly id: string;
    };
  };
  /** Show no picture of oneself */
  'DELETE /api/v1/users/me/avatar': {
    readonly answer: {
      readonly avatar_url: string | null;
      readonly email: string;
      readonly full_name: string;
      readonly id: string;
    };
  };
  /** Show a picture of oneself */
  'POST /api/v1/users/me/avatar': {
    readonly answer: {
      readonly avatar_url: string | null;
      readonly email: string;
      readonly full_name: string;
      readonly id: string;
    };
  };
  /** Change one’s password */
  'POST /api/v1/users/me/password': {
    readonly body: {
      readonly current_password: string;
      readonly new_password: string;
    };
    readonly answer: {
      readonly sessions_revoked: number;
      readonly success: true;
    };
  };
  /** The picture of somebody who shares a workspace with the caller */
  'GET /api/v1/users/{userId}/avatar': {
    readonly params: {
      readonly userId: string;
    };
    readonly query?: {
      /** names the picture in addresses; not looked at */
      readonly v?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Show how the workspace validates contents */
  'GET /api/v1/validation/config': {
    readonly answer: {
      readonly checks: readonly ({
        readonly kind: 'not_empty';
      } | {
        readonly kind: 'length';
        /** characters */
        readonly max: number;
        /** characters */
        readonly min: number;
      } | {
        readonly kind: 'json_schema';
        readonly schema: { readonly [name: string]: unknown };
      } | {
        readonly kind: 'citations_resolve';
      } | {
        readonly kind: 'no_secrets';
      } | {
        readonly kind: 'no_personal_data';
      } | {
        readonly kind: 'language';
        /** ISO 639-1 */
        readonly languages: readonly string[];
      } | {
        readonly kind: 'banned_terms';
        readonly terms: readonly string[];
      } | {
        readonly kind: 'rubric';
      })[];
      readonly judge: {
        /** how many score it; the routes of `llm` tell them by `role` judge-<n> */
        readonly judges: number;
        /** what a good content is */
        readonly rubric: string;
      } | null;
      /** from which mean on a content passes */
      readonly pass_score: number;
      /** of the workspace’s own; 0: it has none */
      readonly version: number;
    };
  };
  /** Say how the workspace validates contents, in place of all that was said */
  'PUT /api/v1/validation/config': {
    readonly body: {
      readonly checks?: readonly ({
        readonly kind: 'not_empty';
      } | {
        readonly kind: 'length';
        /** characters */
        readonly max?: number;
        /** characters */
        readonly min?: number;
      } | {
        readonly kind: 'json_schema';
        readonly schema: { readonly [name: string]: unknown };
      } | {
        readonly kind: 'citations_resolve';
      } | {
        readonly kind: 'no_secrets';
      } | {
        readonly kind: 'no_personal_data';
      } | {
        readonly kind: 'language';
        /** ISO 639-1 */
        readonly languages: readonly string[];
      } | {
        readonly kind: 'banned_terms';
        readonly terms: readonly string[];
      } | {
        readonly kind: 'rubric';
      })[];
      readonly judge?: {
        /** how many score it; the routes of `llm` tell them by `role` judge-<n> */
        readonly judges?: number;
        /** what a good content is */
        readonly rubric: string;
      } | null;
      readonly pass_score?: number;
      /** the one that was read; 0 where the workspace has none */
      readonly version: number;
    };
    readonly answer: {
      readonly checks: readonly ({
        readonly kind: 'not_empty';
      } | {
        readonly kind: 'length';
        /** characters */
        readonly max: number;
        /** characters */
        readonly min: number;
      } | {
        readonly kind: 'json_schema';
        readonly schema: { readonly [name: string]: unknown };
      } | {
        readonly kind: 'citations_resolve';
      } | {
        readonly kind: 'no_secrets';
      } | {
        readonly kind: 'no_personal_data';
      } | {
        readonly kind: 'language';
        /** ISO 639-1 */
        readonly languages: readonly string[];
      } | {
        readonly kind: 'banned_terms';
        readonly terms: readonly string[];
      } | {
        readonly kind: 'rubric';
      })[];
      readonly judge: {
        /** how many score it; the routes of `llm` tell them by `role` judge-<n> */
        readonly judges: number;
        /** what a good content is */
        readonly rubric: string;
      } | null;
      /** from which mean on a content passes */
      readonly pass_score: number;
      /** of the workspace’s own; 0: it has none */
      readonly version: number;
    };
  };
  /** List what was validated, newest first */
  'GET /api/v1/validation/logs': {
    readonly query?: {
      readonly workspace_id?: string;
      readonly passed?: 'true' | 'false';
      /** id, or slug, or name in any case; two matches by name are a 409 */
      readonly agent?: string;
      readonly subject_type?: 'task';
      /** from then on */
      readonly from?: string;
      /** before then */
      readonly to?: string;
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: {
      readonly items: readonly {
        readonly agent_id: string | null;
        readonly checks: readonly {
          readonly detail: string;
          readonly id: string;
          readonly passed: boolean;
          /** 0 to 1; null: nothing gave one */
          readonly score: number | null;
        }[];
        readonly config_version: number;
        /** of what was validated, UTF-8 */
        readonly content_sha256: string;
        /** RFC 3339, UTC */
        readonly created_at: string;
        readonly created_by: string | null;
        readonly id: string;
        readonly judge: {
          /** the median of how sure they say they are */
          readonly confidence: number | null;
          readonly judges: readonly {
            readonly confidence: number;
            readonly model: string;
            readonly reason: string;
            readonly score: number;
          }[];
          /** people had better look */
          readonly low_confidence: boolean;
          /** the median of the judges’ */
          readonly score: number | null;
          /** their standard deviation */
          readonly spread: number | null;
          readonly status: 'scored' | 'timeout' | 'failed' | 'not_configured' | 'over_budget';
        } | null;
        readonly passed: boolean;
        /** 0 to 1; null: nothing gave one */
        readonly score: number | null;
        readonly subject: {
          readonly id: string;
          readonly type: 'task';
        } | null;
      }[];
      readonly limit: number;
      readonly offset: number;
      readonly total: number;
    };
  };
  /** Hold a content against checks, and ask judges where a check wants them */
  'POST /api/v1/validation/validate': {
    readonly body: {
      /** whose content it is */
      readonly agent?: string;
      /** instead of the workspace’s */
      readonly checks?: readonly ({
        readonly kind: 'not_empty';
      } | {
        readonly kind: 'length';
        /** characters */
        readonly max?: number;
        /** characters */
        readonly min?: number;
      } | {
        readonly kind: 'json_schema';
        readonly schema: { readonly [name: string]: unknown };
      } | {
        readonly kind: 'citations_resolve';
      } | {
        readonly kind: 'no_secrets';
      } | {
        readonly kind: 'no_personal_data';
      } | {
        readonly kind: 'language';
        /** ISO 639-1 */
        readonly languages: readonly string[];
      } | {
        readonly kind: 'banned_terms';
        readonly terms: readonly string[];
      } | {
        readonly kind: 'rubric';
      })[];
      readonly content?: string;
      /** what the content is about, and its sources */
      readonly context?: string;
      /** instead of the workspace’s; asked for by a check `rubric` */
      readonly judge?: {
        /** how many score it; the routes of `llm` tell them by `role` judge-<n> */
        readonly judges?: number;
        /** what a good content is */
        readonly rubric: string;
      };
      /** instead: the result of a task of a mission */
      readonly subject?: {
        readonly id: string;
        readonly type: 'task';
      };
    };
    readonly answer: {
      readonly checks: readonly {
        readonly detail: string;
        readonly id: string;
        readonly passed: boolean;
        /** 0 to 1; null: nothing gave one */
        readonly score: number | null;
      }[];
      /** null: none was asked */
      readonly judge: {
        /** the median of how sure they say they are */
        readonly confidence: number | null;
        readonly judges: readonly {
          readonly confidence: number;
          readonly model: string;
          readonly reason: string;
          readonly score: number;
        }[];
        /** people had better look */
        readonly low_confidence: boolean;
        /** the median of the judges’ */
        readonly score: number | null;
        /** their standard deviation */
        readonly spread: number | null;
        readonly status: 'scored' | 'timeout' | 'failed' | 'not_configured' | 'over_budget';
      } | null;
      readonly log_id: string;
      /** all checks did, and the mean is enough */
      readonly passed: boolean;
      /** the mean of the checks’ */
      readonly score: number | null;
    };
  };
  /** List the caller’s workspaces */
  'GET /api/v1/workspaces': {
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly _count: {
        readonly agents: number;
        readonly crews: number;
        readonly members: number;
      };
      /** its crews may ask for privileged containers; only the instance operator may allow it */
      readonly allow_privileged_credentials: boolean;
      /** 0: for ever */
      readonly audit_log_retention_days: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** 0: for ever */
      readonly credential_audit_retention_days: number;
      /** what the caller may besides their role */
      readonly currentUserCapabilities: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly currentUserRole: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      /** who answers in sessions where nobody else is named */
      readonly default_agent_id: string | null;
      readonly id: string;
      readonly logo_url: string | null;
      readonly name: string;
      /** since when its agents begin nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly preferred_language: string | null;
      /** null: runs are kept */
      readonly run_retention_days: number | null;
      readonly slug: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    }[];
  };
  /** Create a workspace; the caller becomes its OWNER */
  'POST /api/v1/workspaces': {
    readonly body: {
      readonly name: string;
      readonly preferred_language?: string | null;
      readonly slug: string;
    };
    readonly answer: {
      readonly _count: {
        readonly agents: number;
        readonly crews: number;
        readonly members: number;
      };
      /** its crews may ask for privileged containers; only the instance operator may allow it */
      readonly allow_privileged_credentials: boolean;
      /** 0: for ever */
      readonly audit_log_retention_days: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** 0: for ever */
      readonly credential_audit_retention_days: number;
      /** what the caller may besides their role */
      readonly currentUserCapabilities: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly currentUserRole: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      /** who answers in sessions where nobody else is named */
      readonly default_agent_id: string | null;
      readonly id: string;
      readonly logo_url: string | null;
      readonly name: string;
      /** since when its agents begin nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly preferred_language: string | null;
      /** null: runs are kept */
      readonly run_retention_days: number | null;
      readonly slug: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** Delete a workspace */
  'DELETE /api/v1/workspaces/{workspaceId}': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      /** the slug of the workspace, against mistakes */
      readonly confirm_slug: string;
    };
    readonly answer: undefined;
  };
  /** Get a workspace */
  'GET /api/v1/workspaces/{workspaceId}': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly answer: {
      readonly _count: {
        readonly agents: number;
        readonly crews: number;
        readonly members: number;
      };
      /** its crews may ask for privileged containers; only the instance operator may allow it */
      readonly allow_privileged_credentials: boolean;
      /** 0: for ever */
      readonly audit_log_retention_days: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** 0: for ever */
      readonly credential_audit_retention_days: number;
      /** what the caller may besides their role */
      readonly currentUserCapabilities: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly currentUserRole: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      /** who answers in sessions where nobody else is named */
      readonly default_agent_id: string | null;
      readonly id: string;
      readonly logo_url: string | null;
      readonly name: string;
      /** since when its agents begin nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly preferred_language: string | null;
      /** null: runs are kept */
      readonly run_retention_days: number | null;
      readonly slug: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** Change a workspace */
  'PATCH /api/v1/workspaces/{workspaceId}': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      readonly allow_privileged_credentials?: boolean;
      readonly audit_log_retention_days?: number;
      readonly credential_audit_retention_days?: number;
      /** who answers in sessions where nobody else is named */
      readonly default_agent?: string | null;
      readonly name?: string;
      readonly preferred_language?: string | null;
      readonly run_retention_days?: number | null;
      readonly slug?: string;
    };
    readonly answer: {
      readonly _count: {
        readonly agents: number;
        readonly crews: number;
        readonly members: number;
      };
      /** its crews may ask for privileged containers; only the instance operator may allow it */
      readonly allow_privileged_credentials: boolean;
      /** 0: for ever */
      readonly audit_log_retention_days: number;
      /** RFC 3339, UTC */
      readonly created_at: string;
      /** 0: for ever */
      readonly credential_audit_retention_days: number;
      /** what the caller may besides their role */
      readonly currentUserCapabilities: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly currentUserRole: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      /** who answers in sessions where nobody else is named */
      readonly default_agent_id: string | null;
      readonly id: string;
      readonly logo_url: string | null;
      readonly name: string;
      /** since when its agents begin nothing: `POST …/unpause` */
      readonly paused_at: string | null;
      readonly preferred_language: string | null;
      /** null: runs are kept */
      readonly run_retention_days: number | null;
      readonly slug: string;
      /** RFC 3339, UTC */
      readonly updated_at: string;
    };
  };
  /** List open invitations, newest first, without their tokens */
  'GET /api/v1/workspaces/{workspaceId}/invitations': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly accepted_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly email: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly id: string;
      readonly invited_by: string;
      readonly inviter: {
        readonly full_name: string;
        readonly id: string;
      } | null;
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly status: 'pending' | 'accepted' | 'revoked' | 'expired';
      readonly workspace_id: string;
    }[];
  };
  /** Invite an address */
  'POST /api/v1/workspaces/{workspaceId}/invitations': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      readonly email: string;
      readonly role?: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
    };
    readonly answer: {
      readonly accepted_at: string | null;
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly email: string;
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly id: string;
      /** where the invited person goes; null in a replayed answer and without CREWSHIP_PUBLIC_URL */
      readonly invite_url: string | null;
      readonly invited_by: string;
      readonly inviter: {
        readonly full_name: string;
        readonly id: string;
      } | null;
      /** whether a mail with it goes to the address; else pass it on yourself */
      readonly is_mailed: boolean;
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly status: 'pending' | 'accepted' | 'revoked' | 'expired';
      /** shown once; null when the answer is replayed for an Idempotency-Key */
      readonly token: string | null;
      readonly workspace_id: string;
    };
  };
  /** Take an invitation back */
  'DELETE /api/v1/workspaces/{workspaceId}/invitations/{invitationId}': {
    readonly params: {
      readonly workspaceId: string;
      readonly invitationId: string;
    };
    readonly answer: undefined;
  };
  /** List the members of a workspace, oldest first */
  'GET /api/v1/workspaces/{workspaceId}/members': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly id: string;
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly user: {
        readonly avatar_url: string | null;
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
      };
      readonly user_id: string;
      readonly workspace_id: string;
    }[];
  };
  /** Make a person with an account a member */
  'POST /api/v1/workspaces/{workspaceId}/members': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      readonly role?: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly user_id: string;
    };
    readonly answer: {
      /** RFC 3339, UTC */
      readonly created_at: string;
      readonly id: string;
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      /** RFC 3339, UTC */
      readonly updated_at: string;
      readonly user: {
        readonly avatar_url: string | null;
        readonly email: string;
        readonly full_name: string;
        readonly id: string;
      };
      readonly user_id: string;
      readonly workspace_id: string;
    };
  };
  /** List what each member may besides their role, oldest member first */
  'GET /api/v1/workspaces/{workspaceId}/members/capabilities': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly query?: {
      /** most items to return */
      readonly limit?: number;
      /** items to skip */
      readonly offset?: number;
      /** from `Link` of the page before: nothing comes twice or is left out, whatever is added or removed */
      readonly cursor?: string;
    };
    readonly answer: readonly {
      readonly capabilities: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly user_id: string;
    }[];
  };
  /** Make an account for somebody, and a member of them */
  'POST /api/v1/workspaces/{workspaceId}/members/provision': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      readonly email: string;
      /** default: what stands before the @ of the address */
      readonly full_name?: string;
      readonly role?: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
    };
    readonly answer: {
      readonly created_user: true;
      readonly email: string;
      /** until when the link counts */
      readonly expires_at: string;
      readonly is_mailed: boolean;
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      /** shown once to whoever made it, where the instance sends no mails; null where a mail brings it */
      readonly setup_url: string | null;
      readonly user_id: string;
    };
  };
  /** End a membership */
  'DELETE /api/v1/workspaces/{workspaceId}/members/{memberId}': {
    readonly params: {
      readonly workspaceId: string;
      readonly memberId: string;
    };
    readonly answer: undefined;
  };
  /** Give a member another role */
  'PATCH /api/v1/workspaces/{workspaceId}/members/{memberId}': {
    readonly params: {
      readonly workspaceId: string;
      readonly memberId: string;
    };
    readonly body: {
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
    };
    readonly answer: {
      readonly member_id: string;
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly status: 'updated';
    };
  };
  /** Get what a member may besides their role */
  'GET /api/v1/workspaces/{workspaceId}/members/{memberId}/capabilities': {
    readonly params: {
      readonly workspaceId: string;
      readonly memberId: string;
    };
    readonly answer: {
      readonly capabilities: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly user_id: string;
    };
  };
  /** Change what a member may besides their role */
  'PATCH /api/v1/workspaces/{workspaceId}/members/{memberId}/capabilities': {
    readonly params: {
      readonly workspaceId: string;
      readonly memberId: string;
    };
    readonly body: {
      readonly grant?: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly preset?: 'chat' | 'power' | 'admin';
      readonly revoke?: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly set?: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
    };
    readonly answer: {
      readonly capabilities: readonly ('chat' | 'routine.create' | 'routine.run' | 'skill.create' | 'credential.create' | 'credential.rotate' | 'issue.create' | 'memory.write' | 'page.create' | 'credentials:reveal')[];
      readonly role: 'OWNER' | 'ADMIN' | 'MANAGER' | 'MEMBER' | 'VIEWER';
      readonly user_id: string;
    };
  };
  /** Let all agents of the workspace begin nothing more for now */
  'POST /api/v1/workspaces/{workspaceId}/pause': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body?: {
      /** what becomes of attempts that run: `end` ends them, to run once more afterwards */
      readonly running?: 'continue' | 'end';
    } | null;
    readonly answer: {
      /** attempts that were asked to end; each is run once more when the pause is over */
      readonly ended: number;
      readonly id: string;
      readonly paused_at: string | null;
    };
  };
  /** Make skills of the folders with a SKILL.md in a git repository */
  'POST /api/v1/workspaces/{workspaceId}/skills/bulk-import': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      /** takes a license that is not permissive, or not known */
      readonly allow_unsafe_license?: boolean;
      /** says what would be taken, and takes nothing */
      readonly dry_run?: boolean;
      /** branch, tag or commit; the default branch where none is named */
      readonly git_ref?: string;
      /** https; of a repository that everybody may read */
      readonly git_url: string;
      /** folders to look in; everywhere where none is named */
      readonly paths?: readonly string[];
      readonly vendor?: string;
    };
    readonly answer: {
      readonly dry_run: boolean;
      readonly imported: readonly {
        /** null in a dry run */
        readonly created: boolean | null;
        readonly name: string;
        readonly path: string;
        /** null in a dry run */
        readonly skill_id: string | null;
        readonly slug: string;
      }[];
      readonly skipped: readonly {
        readonly path: string;
        readonly reason: string;
        readonly slug: string | null;
      }[];
      readonly source: {
        /** the commit */
        readonly revision: string;
        readonly url: string;
      };
      readonly total_found: number;
      readonly total_imported: number;
      /** there are more than 100 */
      readonly truncated: boolean;
    };
  };
  /** Have a model write a skill */
  'POST /api/v1/workspaces/{workspaceId}/skills/generate': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      /** what the skill is to teach */
      readonly prompt: string;
      readonly slug: string;
    };
    readonly answer: {
      readonly content: string;
      readonly description_quality: 'GOOD' | 'FAIR' | 'POOR';
      /** what the scan found */
      readonly scan_reason: string | null;
      readonly scan_status: 'CLEAN' | 'FLAGGED';
      readonly skill_id: string;
      readonly slug: string;
    };
  };
  /** Make a skill of a SKILL.md that is given or fetched */
  'POST /api/v1/workspaces/{workspaceId}/skills/import': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      /** takes a license that is not permissive, or not known */
      readonly allow_unsafe_license?: boolean;
      /** a SKILL.md */
      readonly content?: string;
      /** https; of a SKILL.md */
      readonly url?: string;
    };
    readonly answer: {
      /** false: the skill that came from there before was changed */
      readonly created: boolean;
      readonly name: string;
      readonly skill_id: string;
      readonly slug: string;
    };
  };
  /** Delete a skill of the workspace; agents have it no more */
  'DELETE /api/v1/workspaces/{workspaceId}/skills/{skillId}': {
    readonly params: {
      readonly workspaceId: string;
      readonly skillId: string;
    };
    readonly answer: {
      readonly deleted: boolean;
      readonly skill_id: string;
    };
  };
  /** Make another member OWNER; the caller becomes ADMIN */
  'POST /api/v1/workspaces/{workspaceId}/transfer-ownership': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly body: {
      /** a member; becomes OWNER */
      readonly user_id: string;
    };
    readonly answer: {
      readonly former_owner_user_id: string;
      readonly owner_user_id: string;
    };
  };
  /** Let all agents of the workspace go on */
  'POST /api/v1/workspaces/{workspaceId}/unpause': {
    readonly params: {
      readonly workspaceId: string;
    };
    readonly answer: {
      /** attempts that were asked to end; each is run once more when the pause is over */
      readonly ended: number;
      readonly id: string;
      readonly paused_at: string | null;
    };
  };
  /** Get a token for one’s own WebSocket */
  'GET /api/v1/ws-token': {
    readonly answer: {
      /** RFC 3339, UTC */
      readonly expires_at: string;
      readonly token: string;
    };
  };
  /** The page where people ask for a link to choose a new password */
  'GET /forgot': {
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Ask for a link to choose a new password */
  'POST /forgot': {
    readonly body: {
      readonly csrfToken?: string;
      readonly email?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** The same as readiness */
  'GET /health': {
    readonly answer: {
      readonly checks: { readonly [name: string]: {
          readonly detail?: string;
          readonly ms: number;
          /** without it no request is accepted */
          readonly required: boolean;
          readonly status: 'ok' | 'down';
        } };
      readonly status: 'ok' | 'degraded' | 'down';
    };
  };
  /** Whether the process is alive */
  'GET /health/live': {
    readonly answer: {
      readonly status: 'ok';
    };
  };
  /** Whether requests can be accepted, and which parts are down */
  'GET /health/ready': {
    readonly answer: {
      readonly checks: { readonly [name: string]: {
          readonly detail?: string;
          readonly ms: number;
          /** without it no request is accepted */
          readonly required: boolean;
          readonly status: 'ok' | 'down';
        } };
      readonly status: 'ok' | 'degraded' | 'down';
    };
  };
  /** The page where an invitation leads */
  'GET /invite': {
    readonly query?: {
      readonly token?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Become a member by an invitation */
  'POST /invite': {
    readonly body: {
      readonly csrfToken?: string;
      readonly token?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** The page where people sign in */
  'GET /login': {
    readonly query?: {
      /** where to go afterwards: a path of this instance */
      readonly callbackUrl?: string;
      readonly error?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** The page where a link to choose a password leads */
  'GET /reset': {
    readonly query?: {
      readonly token?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Choose a password by a link */
  'POST /reset': {
    readonly body: {
      readonly csrfToken?: string;
      readonly new_password?: string;
      readonly token?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** The page where people make an account */
  'GET /signup': {
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Make an account */
  'POST /signup': {
    readonly body: {
      readonly csrfToken?: string;
      readonly email?: string;
      readonly full_name?: string;
      readonly invitation_token?: string;
      readonly password?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** The page where a link to confirm an address leads */
  'GET /verify': {
    readonly query?: {
      readonly token?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
  /** Confirm an address by a link */
  'POST /verify': {
    readonly body: {
      readonly csrfToken?: string;
      readonly token?: string;
    };
    readonly answer: ReadableStream<Uint8Array>;
  };
}

/** What a refusal may say in `code`. */
export type ErrorCode =
  | 'address_refused'
  | 'already_bootstrapped'
  | 'ambiguous_reference'
  | 'approval_required'
  | 'budget_exceeded'
  | 'conflict'
  | 'credential_missing'
  | 'credential_refused'
  | 'crew_unreachable'
  | 'deadline_passed'
  | 'egress_denied'
  | 'egress_failed'
  | 'forbidden'
  | 'gone'
  | 'idempotency_key_in_use'
  | 'idempotency_mismatch'
  | 'interactive_required'
  | 'internal'
  | 'invalid_request'
  | 'kind_not_creatable'
  | 'license_limit'
  | 'limit_reached'
  | 'llm_failed'
  | 'llm_not_configured'
  | 'method_not_allowed'
  | 'no_default_agent'
  | 'no_live_host'
  | 'not_found'
  | 'nothing_to_steer'
  | 'payload_too_large'
  | 'precondition_failed'
  | 'query_failed'
  | 'range_not_satisfiable'
  | 'rate_limited'
  | 'search_not_configured'
  | 'session_not_active'
  | 'storage_full'
  | 'turn_in_progress'
  | 'unauthenticated'
  | 'unavailable'
  | 'unsupported_media_type'
  | 'upgrade_refused'
  | 'version_conflict'
  | 'workspace_required'
  | 'wrong_state';

/** Writes for which the API keeps no Idempotency-Key: nobody can repeat them safely. */
export const UNKEYED_WRITES: ReadonlySet<string> = new Set([
  'POST /api/auth/callback/credentials',
  'POST /api/auth/signout',
  'POST /api/auth/token/refresh',
  'POST /api/v1/auth/forgot',
  'POST /api/v1/auth/login',
  'POST /api/v1/auth/pair/redeem',
  'POST /api/v1/auth/refresh',
  'POST /api/v1/auth/reset',
  'POST /api/v1/auth/signup',
  'POST /api/v1/auth/verify-email',
  'POST /api/v1/bootstrap',
  'POST /forgot',
  'POST /invite',
  'POST /reset',
  'POST /signup',
  'POST /verify',
]);
