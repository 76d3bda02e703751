import { Bot } from 'lucide-react';
import { Menu } from '@/ui/menu';
import { useChatModels } from './chat-models';
import { chipProps, FoundModels, MenuCheck, OwnModel, roleFor } from './model-items';
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
        <button type="button" {...chipProps(t('models.choose'), said)}>
          <Bot size={16} className="shrink-0" aria-hidden="true" />
          {said && <span className="truncate">{said}</span>}
        </button>
      }
    >
      <p aria-hidden="true" className="px-2 py-1.5 text-12 text-fg-3">
        {t('models.title')}
      </p>
      <FoundModels models={models} own={<OwnModel flow={flow} checked={chosen.length === 0} onClick={() => onChange([])} />}>
        {({ id }) => <MenuCheck key={id} label={id} checked={chosen.includes(id)} onClick={() => toggle(id)} />}
      </FoundModels>
    </Menu>
  );
}
