import { Pencil } from 'lucide-react';
import SavePrompt from '@/features/prompts/save-prompt';
import { IconButton } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { t } from './words';

/** What can be done with a question. */
export function QuestionTools({ text, onEdit }: { text: string; onEdit: () => void }) {
  return (
    <>
      <IconButton small label={t('chat.edit')} onClick={onEdit}>
        <Pencil size={14} />
      </IconButton>
      <CopyButton text={text} label={t('chat.copyQuestion')} />
      <SavePrompt text={text} />
    </>
  );
}
