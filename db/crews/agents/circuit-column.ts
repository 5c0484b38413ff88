import { CIRCUIT_COOL_DOWN_MS } from '../../../domain/crews/agents/circuit.ts';
import { type Fragment, sql } from '../../kernel/sql.ts';

const coolDown = sql.fragment`${CIRCUIT_COOL_DOWN_MS} * interval '1 millisecond'`;
const rfc3339 = sql.fragment`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

/** The agent's circuit as the API shows it; the table's alias is `a`. */
export const circuitColumn: Fragment = sql.fragment`
  jsonb_build_object(
    'state', CASE WHEN a.circuit_opened_at IS NULL THEN 'closed'
      WHEN a.circuit_opened_at + ${coolDown} <= now() THEN 'half_open' ELSE 'open' END,
    'consecutive_failures', a.consecutive_failures,
    'opened_at', to_char(a.circuit_opened_at AT TIME ZONE 'UTC', ${rfc3339}),
    'retry_at', to_char((a.circuit_opened_at + ${coolDown}) AT TIME ZONE 'UTC', ${rfc3339})
  ) AS circuit`;
