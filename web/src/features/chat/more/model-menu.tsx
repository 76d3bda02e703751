import { BotMessageSquare } from 'lucide-react';
import { IconButton } from '@/ui/button';
import { Menu, MenuItem } from '@/ui/menu';
import { useChatModels } from './chat-models';
import { FoundModels, roleFor } from './model-items';
import { t } from './words';

/** Has another model answer the same question. */
export default function ModelMenu({ onChoose }: { onChoose: (model: string) => void }) {
  const models = useChatModels();
  if (models.length === 0) return null;
  return (
    <Menu
      align="start"
      side="top"
      role={roleFor(models)}
      trigger={
        <IconButton small label={t('models.another')}>
          <BotMessageSquare size={14} />
        </IconButton>
      }
    >
      <FoundModels models={models}>
        {({ id }) => (
          <MenuItem key={id} onSelect={() => onChoose(id)}>
            {id}
          </MenuItem>
        )}
      </FoundModels>
    </Menu>
  );
}
