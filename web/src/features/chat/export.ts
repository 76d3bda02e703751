import { queryClient } from '@/api/query-client';
import { call, client } from '@/api/client';
import type { ConversationWithMessages, Message } from '@/api/types';
import { formatDateTime } from '@/i18n/format';
import { conversationQuery } from './api';
import { placeOf } from './place';
import { t } from './more/words';

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function sources({ citations }: Message): string[] {
  if (citations.length === 0) return [];
  const lines = citations.map((citation) => {
    const place = placeOf(citation);
    return `- [${citation.number}] ${oneLine(citation.document_name)}${place ? `, ${oneLine(place)}` : ''}`;
  });
  return [`**${t('chat.export.sources')}**\n\n${lines.join('\n')}`];
}

function files({ attachments }: Message): string[] {
  if (attachments.length === 0) return [];
  return [`**${t('chat.export.files')}**\n\n${attachments.map(({ name }) => `- ${oneLine(name)}`).join('\n')}`];
}

/** A conversation as Markdown: who said what, when, and what answers are based on. */
export function asMarkdown(conversation: ConversationWithMessages): string {
  const parts = conversation.messages.flatMap((message) => [
    `## ${message.role === 'user' ? t('chat.export.you') : oneLine(message.model ?? conversation.flow_name)} · ${formatDateTime(message.created_at)}`,
    message.error ? `${message.text}\n\n> ${oneLine(message.error.message)}`.trim() : message.text,
    ...files(message),
    ...sources(message),
  ]);
  return `${[`# ${oneLine(conversation.title || t('chat.untitled'))}`, ...parts].join('\n\n')}\n`;
}

/** A name of a file without what file systems refuse or read as a path. */
export function fileName(title: string, ending: string): string {
  const name = oneLine(title.replaceAll(/[\p{Cc}\\/:*?"<>|]/gu, ' ')).replace(/^[.\s]+/, '').slice(0, 80).trim();
  return `${name || 'conversation'}.${ending}`;
}

/** The branch that is shown, for reading. */
async function markdownOf(id: string) {
  const conversation = await queryClient.fetchQuery({ ...conversationQuery(id), staleTime: 0 });
  return { title: conversation.title, text: asMarkdown(conversation), type: 'text/markdown', ending: 'md' };
}

/** All branches, for importing. */
async function jsonOf(id: string) {
  const file = await call(client.GET('/api/v1/conversations/{id}/export', { params: { path: { id } } }));
  return { title: file.title, text: JSON.stringify(file, null, 2), type: 'application/json', ending: 'json' };
}

/** Saves a conversation as a file. */
export async function saveConversation(form: 'markdown' | 'json', id: string): Promise<void> {
  const { title, text, type, ending } = await (form === 'json' ? jsonOf(id) : markdownOf(id));
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName(title, ending);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
