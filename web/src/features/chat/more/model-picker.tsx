import { Bot } from 'lucide-react';
import { Menu } from '@/ui/menu';
import { cx } from '@/ui/cx';
import { useChatModels } from './chat-models';
import { t, tn } from './words';

/** The most models one question is put to. */
const MOST = 4;

interface PickerProps {
  chosen: string[];
  onChange: (chosen: string[]) => void;
}

/** Which models answer the next questions: the flow's own, another, or several beside each other. */
export default function ModelPicker({ chosen, onChange }: PickerProps) {
  const models = useChatModels();
  if (models.length === 0) return null;
  const said = chosen.length > 1 ? tn('models.many', chosen.length) : (chosen[0]?.split('/').at(-1) ?? '');
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-MOST));
  const item = (key: string, label: string, checked: boolean, onClick: () => void) => (
    <button
      key={key}
      type="button"
      role="menuitemcheckbox"
      aria-checked={checked}
      tabIndex={-1}
      onClick={onClick}
      className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-start select-none hover:bg-surface-3 focus:bg-surface-3 focus:outline-none"
    >
      <span aria-hidden="true" className={cx('size-3.5 shrink-0 rounded-sm border', checked ? 'border-accent bg-accent' : 'border-line-strong')} />
      <span className="truncate">{label}</span>
    </button>
  );
  return (
    <Menu
      side="top"
      trigger={
        <button
          type="button"
          aria-label={said ? `${t('models.choose')}: ${said}` : t('models.choose')}
          title={t('models.choose')}
          className={cx(
            'flex h-8 max-w-40 shrink-0 items-center gap-1.5 rounded-lg px-2 text-12 transition-colors hover:bg-surface-3',
            said ? 'text-accent' : 'text-fg-3',
          )}
        >
          <Bot size={16} className="shrink-0" aria-hidden="true" />
          {said && <span className="truncate">{said}</span>}
        </button>
      }
    >
      <p aria-hidden="true" className="px-2 py-1.5 text-12 text-fg-3">
        {t('models.title')}
      </p>
      <div role="group" aria-label={t('models.title')} className="scroll-thin max-h-72 overflow-y-auto">
        {item('', t('models.flow'), chosen.length === 0, () => onChange([]))}
        {models.map(({ id }) => item(id, id, chosen.includes(id), () => toggle(id)))}
      </div>
    </Menu>
  );
}
