import { entryKind } from '../../kernel/journal/entry-kind.ts';
import type { LogLevel } from './log-level.ts';

export const adminEntries = {
  'instance.log_level_changed': entryKind<{ readonly level: LogLevel; readonly ttl_seconds: number }>(),
};
