import type { JsonObject } from '../../kernel/json/json-value.ts';
import type { InboxItem } from '../inbox/inbox.ts';
import { plainName } from '../mail/mail-text.ts';
import type { DeliveryCause, DeliveryPurpose, WebhookFormat } from './delivery.ts';

/** What a delivery tells: items as its person sees them at this moment, and nothing that they would not be shown. */
export interface Told {
  readonly deliveryId: string;
  readonly purpose: DeliveryPurpose;
  readonly cause: DeliveryCause;
  readonly workspace: { readonly id: string; readonly name: string };
  /** One, the newest of a digest, or none of a test. */
  readonly items: readonly InboxItem[];
  /** How many there are. */
  readonly total: number;
  readonly at: Date;
  /** The instance's public address; null: it has none. */
  readonly publicUrl: string | null;
}

/** Items that a digest tells one by one. */
export const DIGEST_ITEMS = 50;

function linkTo(item: InboxItem, publicUrl: string | null): string | null {
  if (publicUrl === null) return null;
  const link = new URL(`/api/v1/inbox/${item.id}`, new URL(publicUrl).origin);
  link.searchParams.set('workspace_id', item.workspace_id);
  return link.href;
}

function lineOf(item: InboxItem): string {
  const sender = plainName(item.sender_name ?? '');
  return sender === '' ? item.title : `${item.title} (${sender})`;
}

/** A delivery as a mail. */
export function deliveryMail(told: Told): { readonly subject: string; readonly text: string } {
  const workspace = plainName(told.workspace.name) || 'a workspace';
  const why = `You get this as your notification preferences in the workspace "${workspace}" say so.`;
  const [first] = told.items;
  if (told.purpose === 'test' || first === undefined) {
    return { subject: `[${workspace}] A test`, text: `This is a test of your notifications.\n\n${why}\n` };
  }
  if (told.purpose === 'notification') {
    const link = linkTo(first, told.publicUrl);
    const late = told.cause === 'staggered' ? ['Nobody has answered it yet.'] : [];
    const parts = [`${lineOf(first)}.`, ...late, ...(link === null ? [] : [link]), why];
    return { subject: `[${workspace}] ${first.title}`, text: `${parts.join('\n\n')}\n` };
  }
  const lines = told.items.map((item) => {
    const link = linkTo(item, told.publicUrl);
    return `- ${lineOf(item)}, ${item.created_at}${link === null ? '' : `\n  ${link}`}`;
  });
  const more = told.total > lines.length ? [`And ${told.total - lines.length} more.`] : [];
  const count = told.total === 1 ? '1 notification' : `${told.total} notifications`;
  return { subject: `[${workspace}] ${count}`, text: `${[lines.join('\n'), ...more, why].join('\n\n')}\n` };
}

function itemData(item: InboxItem, publicUrl: string | null): JsonObject {
  const { id, type, title, priority, blocking, created_at } = item;
  return {
    ...{ id, type, title, priority, blocking, created_at },
    subject: { type: item.subject_type, id: item.subject_id },
    sender: item.sender_id === null ? null : { type: item.sender_type, id: item.sender_id, name: item.sender_name },
    url: linkTo(item, publicUrl),
  };
}

/** A delivery as the body of a webhook. */
export function deliveryBody(told: Told, format: WebhookFormat): { contentType: string; body: string } {
  const [first] = told.items;
  const type = told.purpose === 'notification' ? first!.type : `notification.${told.purpose}`;
  const items = told.items.map((item) => itemData(item, told.publicUrl));
  const data: JsonObject = {
    workspace: { id: told.workspace.id, name: told.workspace.name },
    ...(told.purpose === 'notification' ? { cause: told.cause, notification: items[0]! } : {}),
    ...(told.purpose === 'digest' ? { total: told.total, notifications: items } : {}),
  };
  const time = told.at.toISOString();
  if (format === 'standard') {
    return { contentType: 'application/json', body: JSON.stringify({ type, timestamp: time, data }) };
  }
  const source = `/api/v1/workspaces/${told.workspace.id}`;
  const event: JsonObject = {
    specversion: '1.0',
    id: told.deliveryId,
    source: told.publicUrl === null ? source : new URL(source, new URL(told.publicUrl).origin).href,
    type: `crewship.${type}`,
    time,
    ...(told.purpose === 'notification' ? { subject: `${first!.subject_type}/${first!.subject_id}` } : {}),
    datacontenttype: 'application/json',
    data,
  };
  return { contentType: 'application/cloudevents+json', body: JSON.stringify(event) };
}
