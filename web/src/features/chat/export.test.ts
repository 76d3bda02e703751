import { describe, expect, it } from 'vitest';
import type { ConversationWithMessages } from '@/api/types';
import { asMarkdown, fileName } from './export';

const conversation = {
  id: 'con_1',
  title: 'About\nkeys',
  flow_id: 'flow_1',
  flow_name: 'Ask the handbook',
  created_at: '2026-03-10T08:00:00Z',
  updated_at: '2026-03-10T08:00:00Z',
  messages: [
    { id: 'm1', role: 'user', text: 'Is a key needed?', attachments: [{ name: 'my\nkeys.pdf', kind: 'document', media_type: 'application/pdf', bytes: 3 }], citations: [], status: 'done', created_at: '2026-03-10T08:00:00Z' },
    {
      id: 'm2',
      role: 'assistant',
      text: 'No. [1]',
      attachments: [],
      citations: [
        { number: 1, document_id: 'd', document_name: 'guide.md', knowledge_base_id: 'k', chunk_id: 'c', page: 4, text: 'No key.', score: 1 },
      ],
      status: 'done',
      model: 'builtin/extractive',
      created_at: '2026-03-10T08:00:05Z',
    },
  ],
} as unknown as ConversationWithMessages;

describe('an exported conversation', () => {
  it('says who said what, and what the answer is based on', () => {
    const text = asMarkdown(conversation);
    expect(text.startsWith('# About keys\n\n## You · ')).toBe(true);
    expect(text).toContain('Is a key needed?\n\n**Files**\n\n- my keys.pdf\n');
    expect(text).toContain('## builtin/extractive · ');
    expect(text).toContain('No. [1]\n\n**Sources**\n\n- [1] guide.md, page 4\n');
  });

  it('has a name that is no path', () => {
    expect(fileName('../../etc/passwd', 'md')).not.toMatch(/[\\/]|^\./);
    expect(fileName('a: "b" <c>?', 'json')).toBe('a b c.json');
    expect(fileName('…\n', 'md')).toBe('….md');
    expect(fileName('///', 'md')).toBe('conversation.md');
  });
});
