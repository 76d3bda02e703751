import { BookMarked } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { withWords } from '@/i18n';
import { IconButton } from '@/ui/button';
import { toast } from '@/ui/toast';
import { tp } from './words';

const PromptDialog = lazy(withWords(async () => ({ default: (await import('./prompt-dialog')).PromptDialog })));

/** Keeps a question as a prompt. */
export default function SavePrompt({ text }: { text: string }) {
  const [saving, setSaving] = useState(false);
  return (
    <>
      <IconButton small label={tp('prompts.save')} onClick={() => setSaving(true)}>
        <BookMarked size={14} />
      </IconButton>
      <Suspense>
        {saving && <PromptDialog text={text} onClose={() => setSaving(false)} onKept={() => toast.success(tp('prompts.saved'))} />}
      </Suspense>
    </>
  );
}
