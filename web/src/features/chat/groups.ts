import { t } from './more/words';
import type { Conversation } from '@/api/types';

export interface Group {
  title: string;
  items: Conversation[];
}

const DAY = 86_400_000;
type Key = `group.${'today' | 'yesterday' | 'week' | 'month' | 'older'}`;

const BUCKETS: { key: Key; days: number }[] = [
  { key: 'group.today', days: 0 },
  { key: 'group.yesterday', days: 1 },
  { key: 'group.week', days: 7 },
  { key: 'group.month', days: 30 },
];

/** Conversations by how long ago they were last used, in the reader's own days. */
export function groupByDate(conversations: Conversation[], now: Date): Group[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const groups = new Map<Key, Conversation[]>();
  for (const conversation of conversations) {
    const time = new Date(conversation.updated_at).getTime();
    const bucket = BUCKETS.find(({ days }) => time >= midnight - days * DAY);
    const key: Key = bucket?.key ?? 'group.older';
    groups.set(key, [...(groups.get(key) ?? []), conversation]);
  }
  return [...groups].map(([key, items]) => ({ title: t(key), items }));
}
