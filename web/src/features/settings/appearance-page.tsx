import { useMutation } from '@tanstack/react-query';
import { Monitor, Moon, Sun } from 'lucide-react';
import type { ReactNode } from 'react';
import { speakIn, useLanguage } from '@/i18n';
import { type Language, LANGUAGES } from '@/i18n/language';
import { setSingleKeys, useSingleKeys } from '@/features/shortcuts/single-keys';
import { cx } from '@/ui/cx';
import { Section } from '@/ui/page';
import { ProblemBox } from '@/ui/problem';
import { setTheme, type Theme, useTheme } from '@/ui/theme';
import { t } from './words';

const THEMES: { value: Theme; icon: typeof Sun }[] = [
  { value: 'light', icon: Sun },
  { value: 'dark', icon: Moon },
  { value: 'system', icon: Monitor },
];

export function AppearancePage() {
  const theme = useTheme();
  return (
    <>
      <Section title={t('theme.label')} lead={t('appearance.lead')}>
        <Choices
          name="theme"
          label={t('theme.label')}
          value={theme}
          onChange={(value) => setTheme(value as Theme)}
          options={THEMES.map(({ value, icon: Icon }) => ({
            value,
            text: (
              <>
                <Icon size={15} aria-hidden="true" />
                {t(`theme.${value}`)}
              </>
            ),
          }))}
        />
      </Section>
      <LanguageChoice />
      <SingleKeys />
    </>
  );
}

function LanguageChoice() {
  const spoken = useLanguage();
  const change = useMutation({ mutationFn: (tag: string) => speakIn(tag as Language) });
  return (
    <Section title={t('language.label')} lead={t('language.lead')}>
      <Choices
        name="language"
        label={t('language.label')}
        value={change.isPending ? change.variables : spoken}
        onChange={(tag) => change.mutate(tag)}
        options={LANGUAGES.map(({ tag, name }) => ({ value: tag, text: <span lang={tag}>{name}</span> }))}
      />
      {change.error && <ProblemBox error={change.error} className="mt-3" />}
    </Section>
  );
}

function SingleKeys() {
  const on = useSingleKeys();
  return (
    <Section title={t('keys.label')} lead={t('keys.lead')}>
      <label className="inline-flex items-start gap-2">
        <input
          type="checkbox"
          className="mt-[3px] size-3.5 accent-(--accent)"
          checked={on}
          onChange={(event) => setSingleKeys(event.target.checked)}
        />
        {t('keys.single')}
      </label>
    </Section>
  );
}

interface ChoicesProps {
  name: string;
  label: string;
  value: string;
  options: { value: string; text: ReactNode }[];
  onChange: (value: string) => void;
}

/** A few things of which one holds. */
function Choices({ name, label, value, options, onChange }: ChoicesProps) {
  return (
    <fieldset>
      <legend className="sr-only">{label}</legend>
      <div className="flex flex-wrap gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            className={cx(
              'flex h-9 cursor-pointer items-center gap-2 rounded-lg border px-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
              value === option.value ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface hover:bg-surface-2',
            )}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={value === option.value}
              onChange={() => onChange(option.value)}
            />
            {option.text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
