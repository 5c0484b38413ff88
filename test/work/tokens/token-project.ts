import { randomBytes } from 'node:crypto';
import type { Project } from '../../../domain/work/projects/project.ts';
import type { Role } from '../../../domain/kernel/access/authority.ts';
import type { TestApi, TestOwner, TestUser } from '../../support/test-api.ts';

export interface ShownRequest {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
  readonly ledger_seq: number | null;
  readonly from_address: string | null;
  readonly to_address: string | null;
}

/** A private project with a token, its people by role, and a treasury. */
export interface TokenProject {
  readonly id: string;
  readonly url: string;
  readonly admin: TestOwner;
  readonly owner: TestUser;
  readonly second: TestUser;
  readonly editor: TestUser;
  readonly viewer: TestUser;
  readonly treasury: string;
  wallet(fields?: object): Promise<string>;
  request(who: TestUser, wish: object): Promise<ShownRequest>;
  balances(): Promise<Record<string, string>>;
}

export const newAddress = () => `0x${randomBytes(20).toString('hex')}`;

export async function addTokenProject(api: TestApi, tokenization: object = {}): Promise<TokenProject> {
  const admin = await api.addOwner();
  const member = (role: Role) => api.addMember(admin.workspaceId, role);
  const [owner, second] = [await member('MANAGER'), await member('MEMBER')];
  const [editor, viewer] = [await member('MEMBER'), await member('VIEWER')];
  const members = [
    { user_id: second.id, role: 'owner' },
    { user_id: editor.id, role: 'editor' },
    { user_id: viewer.id, role: 'viewer' },
  ];
  const { id } = await owner.post<Project>('/projects', { name: 'Units', visibility: 'private', members });
  const url = `/projects/${id}/tokenization`;
  await admin.patch(`/projects/${id}`, { tokenization: { name: 'Unit', symbol: 'UNIT', ...tokenization } });
  async function wallet(fields: object = {}): Promise<string> {
    const made = await owner.put<{ address: string }>(`${url}/wallets/${newAddress()}`, fields, 201);
    return made.address;
  }
  return {
    ...{ id, url, admin, owner, second, editor, viewer, wallet },
    treasury: await wallet({ owner_type: 'treasury' }),
    request: (who, wish) => who.post<ShownRequest>(`${url}/token-requests`, { reason: 'planned', ...wish }),
    async balances() {
      const { items } = await owner.get<{ items: { address: string; balance: string }[] }>(`${url}/wallets?limit=100`);
      return Object.fromEntries(items.map(({ address, balance }) => [address, balance]));
    },
  };
}
