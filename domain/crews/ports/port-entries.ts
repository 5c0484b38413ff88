import { entryKind } from '../../kernel/journal/entry-kind.ts';

type Port = { readonly id: string; readonly port: number };

/** What people wrote stays in the row. */
export const portEntries = {
  'port_expose.created': entryKind<Port & { readonly expires_at: string }>(),
  'port_expose.accessed': entryKind<Port>(),
  'port_expose.revoked': entryKind<Port>(),
  'port_expose.expired': entryKind<Port>(),
};
