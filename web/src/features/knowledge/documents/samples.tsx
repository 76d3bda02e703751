import { Link } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import { useState } from 'react';
import type { Document } from '@/api/types';
import { asApiError } from '@/api/errors';
import { language } from '@/i18n/language';
import { Button } from '@/ui/button';
import { toast } from '@/ui/toast';
import { t } from '../words';
import type { NamedFile } from './folders';

/** A few small documents that belong together, and what may be asked of them. */
export interface Samples {
  files: { type: string; text: string }[];
}

/** What is asked, and what the documents are called, is known before they are fetched. */
const KNOWN = {
  en: { question: 'When are the pears picked?', names: ['orchard-handbook.md', 'harvest-calendar.csv', 'visitors-questions.html'] },
  'zh-CN': { question: '梨什么时候采收？', names: ['果园手册.md', '采收日历.csv', '访客常见问题.html'] },
};
const NAMES = new Set(Object.values(KNOWN).flatMap(({ names }) => names));

const fetchSamples = {
  en: () => import('./samples.en'),
  'zh-CN': () => import('./samples.zh-CN'),
};

/** Whether there is nothing but samples here. */
export const isSamples = (documents: readonly Document[]): boolean => documents.length > 0 && documents.every(({ name }) => NAMES.has(name));

/** Adds the sample documents as if somebody had chosen them as files. */
export function TrySamples({ onFiles }: { onFiles: (files: NamedFile[]) => void }) {
  const [busy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    try {
      const { files } = (await fetchSamples[language()]()).default;
      const { names } = KNOWN[language()];
      onFiles(files.map(({ type, text }, at) => ({ name: names[at] ?? '', file: new File([text], names[at] ?? '', { type }) })));
    } catch (error) {
      toast.error(asApiError(error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button className="self-center" busy={busy} onClick={() => void add()}>
      <FlaskConical size={14} />
      {t('samples.try')}
    </Button>
  );
}

/** What the samples are, and a question to search them for. */
export function SamplesNote({ knowledgeBaseId }: { knowledgeBaseId: string }) {
  const { question } = KNOWN[language()];
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-accent-line bg-accent-soft px-3 py-2">
      <span className="min-w-0 flex-1 basis-60">{t('samples.text')}</span>
      <Link to="/knowledge/$id/search" params={{ id: knowledgeBaseId }} search={{ q: question }} className="rounded-sm font-medium text-accent hover:underline">
        {t('samples.ask', { question })}
      </Link>
    </p>
  );
}
