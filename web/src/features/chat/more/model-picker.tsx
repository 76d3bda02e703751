import { Bot } from 'lucide-react';
import { Menu } from '@/ui/menu';
import { cx } from '@/ui/cx';
import { useChatModels } from './chat-models';
import { FoundModels, ModelChoice, OwnModel, roleFor } from './model-items';
import { t, tn } from './words';

/** The most models one question is put to. */
const MOST = 4;

interface PickerProps {
  /** The flow that is asked. */
  flow: string | undefined;
  chosen: string[];
  onChange: (chosen: string[]) => void;
}

/** Which models answer the next questions: the flow's own, another, or several beside each other. */
export default function ModelPicker({ flow, chosen, onChange }: PickerProps) {
  const models = useChatModels();
  if (models.length === 0) return null;
  const said = chosen.length > 1 ? tn('models.many', chosen.length) : (chosen[0]?.split('/').at(-1) ?? '');
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id].slice(-MOST));
  return (
    <Menu
      side="top"
      role={roleFor(models)}
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
      <FoundModels models={models} own={<OwnModel flow={flow} checked={chosen.length === 0} onClick={() => onChange([])} />}>
        {({ id }) => <ModelChoice key={id} label={id} checked={chosen.includes(id)} onClick={() => toggle(id)} />}
      </FoundModels>
    </Menu>
  );
}
