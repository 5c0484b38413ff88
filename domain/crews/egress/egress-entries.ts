import { entryKind } from '../../kernel/journal/entry-kind.ts';

export const egressEntries = {
  /** Who went where, whether it was let, how much was carried; never paths, queries or headers. */
  'network.egress': entryKind<{
    readonly host: string;
    readonly port?: number;
    readonly decision: 'allowed' | 'denied';
    readonly rule: string;
    readonly connections: number;
    readonly bytes_sent: number;
    readonly bytes_received: number;
    /** Of what a build sent, which is no crew's alone. */
    readonly build_id?: string;
  }>(),
};
