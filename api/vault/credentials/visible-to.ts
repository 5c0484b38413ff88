import { type Principal, type Role, roleAllows } from '../../../domain/kernel/access/authority.ts';

/** Whose eyes count: members who create nothing see what every crew may use, and what is of their own crews. */
export function visibleTo(ctx: { readonly workspace: { readonly role: Role }; readonly principal: Principal }): {
  readonly seenBy: string | null;
} {
  return { seenBy: roleAllows(ctx.workspace.role, { action: 'create' }) ? null : (ctx.principal.userId ?? '') };
}
