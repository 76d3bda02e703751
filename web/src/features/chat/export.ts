import { queryClient } from '@/api/query-client';
import type { ConversationWithMessages, Message } from '@/api/types';
import { formatDateTime } from '@/i18n/format';
import { conversationQuery } from './api';
import { placeOf } from './place';
import { t } from './words';

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function sources({ citations }: Message): string[] {
  if (citations.length === 0) return [];
  const lines = citations.map((citation) => {
    const place = placeOf(citation);
    return `- [${citation.number}] ${oneLine(citation.document_name)}${place ? `, ${oneLine(place)}` : ''}`;
  });
  return [`**${t('chat.export.sources')}**\n\n${lines.join('\n')}`];
}

/** A conversation as Markdown: who said what, when, and what answers are based on. */
export function asMarkdown(conversation: ConversationWithMessages): string {
  const parts = conversation.messages.flatMap((message) => [
    `## ${message.role === 'user' ? t('chat.export.you') : oneLine(message.model ?? conversation.flow_name)} · ${formatDateTime(message.created_at)}`,
    message.error ? `${message.text}\n\n> ${oneLine(message.error.message)}`.trim() : message.text,
    ...sources(message),
  ]);
  return `${[`# ${oneLine(conversation.title || t('chat.untitled'))}`, ...parts].join('\n\n')}\n`;
}

/** A name of a file without what file systems refuse or read as a path. */
export function fileName(title: string, ending: string): string {
  const name = oneLine(title.replaceAll(/[\p{Cc}\\/:*?"<>|]/gu, ' ')).replace(/^[.\s]+/, '').slice(0, 80).trim();
  return `${name || 'conversation'}.${ending}`;
}

/** Saves a conversation as a file: for reading, or everything the API says of it. */
export async function saveConversation(form: 'markdown' | 'json', id: string): Promise<void> {
  const conversation = await queryClient.fetchQuery({ ...conversationQuery(id), staleTime: 0 });
  const [text, type, ending] =
    form === 'json'
      ? [JSON.stringify(conversation, null, 2), 'application/json', 'json']
      : [asMarkdown(conversation), 'text/markdown', 'md'];
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(conversation.title, ending);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
