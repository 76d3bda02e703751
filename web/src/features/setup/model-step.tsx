import { useMutation } from '@tanstack/react-query';
import { Box, KeyRound, Server } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { BUILT_IN, setDefaultModel } from '@/features/settings/models-api';
import { type Preset, ProviderSetup } from '@/features/settings/provider-setup';
import { t } from './words';
import { Button } from '@/ui/button';
import { cx } from '@/ui/cx';
import { ProblemBox } from '@/ui/problem';

type Choice = 'builtin' | Preset;

export function ModelStep({ onDone }: { onDone: () => void }) {
  const [choice, setChoice] = useState<Choice>('builtin');
  const useBuiltIn = useMutation({ mutationFn: () => setDefaultModel(BUILT_IN), onSuccess: onDone });

  return (
    <div className="flex flex-col gap-5">
      <div>
        <h1 className="text-20 font-semibold tracking-[-0.01em]">{t('setup.model.title')}</h1>
        <p className="mt-1 text-fg-2">{t('setup.model.lead')}</p>
      </div>
      <fieldset className="flex flex-col gap-2">
        <legend className="sr-only">{t('setup.model.title')}</legend>
        <Option
          value="builtin"
          chosen={choice}
          onChoose={setChoice}
          icon={<Box size={16} />}
          title={t('setup.model.builtin')}
          text={t('setup.model.builtin.text')}
        />
        <Option
          value="vendor"
          chosen={choice}
          onChoose={setChoice}
          icon={<KeyRound size={16} />}
          title={t('setup.model.vendor')}
          text={t('setup.model.vendor.text')}
        />
        <Option
          value="local"
          chosen={choice}
          onChoose={setChoice}
          icon={<Server size={16} />}
          title={t('setup.model.local')}
          text={t('setup.model.local.text')}
        />
      </fieldset>
      {choice === 'builtin' ? (
        <>
          {useBuiltIn.error && <ProblemBox error={useBuiltIn.error} />}
          <Button
            kind="primary"
            size="lg"
            className="self-start"
            busy={useBuiltIn.isPending}
            onClick={() => useBuiltIn.mutate()}
          >
            {t('setup.continue')}
          </Button>
        </>
      ) : (
        <div className="flex flex-col gap-5">
          <ProviderSetup key={choice} preset={choice} onSaved={onDone} />
          <Button kind="ghost" className="self-start" onClick={onDone}>
            {t('setup.model.later')}
          </Button>
        </div>
      )}
    </div>
  );
}

interface OptionProps {
  value: Choice;
  chosen: Choice;
  onChoose: (choice: Choice) => void;
  icon: ReactNode;
  title: string;
  text: string;
}

function Option({ value, chosen, onChoose, icon, title, text }: OptionProps) {
  const active = value === chosen;
  return (
    <label
      className={cx(
        'flex cursor-pointer gap-3 rounded-lg border p-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
        active ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface hover:bg-surface-2',
      )}
    >
      <input
        type="radio"
        name="model-choice"
        className="sr-only"
        checked={active}
        onChange={() => onChoose(value)}
      />
      <span className={cx('mt-0.5', active ? 'text-accent' : 'text-fg-3')} aria-hidden="true">
        {icon}
      </span>
      <span>
        <span className="block font-medium">{title}</span>
        <span className="block text-fg-2">{text}</span>
      </span>
    </label>
  );
}
