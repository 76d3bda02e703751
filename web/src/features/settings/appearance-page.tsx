import { Monitor, Moon, Sun } from 'lucide-react';
import { t } from '@/i18n';
import { cx } from '@/ui/cx';
import { Section } from '@/ui/page';
import { setTheme, type Theme, useTheme } from '@/ui/theme';

const THEMES: { value: Theme; icon: typeof Sun }[] = [
  { value: 'light', icon: Sun },
  { value: 'dark', icon: Moon },
  { value: 'system', icon: Monitor },
];

export function AppearancePage() {
  const theme = useTheme();
  return (
    <Section title={t('settings.appearance')} lead={t('theme.lead')}>
      <fieldset>
        <legend className="sr-only">{t('theme.label')}</legend>
        <div className="flex flex-wrap gap-2">
          {THEMES.map(({ value, icon: Icon }) => (
            <label
              key={value}
              className={cx(
                'flex h-9 cursor-pointer items-center gap-2 rounded-lg border px-3 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
                theme === value ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface hover:bg-surface-2',
              )}
            >
              <input
                type="radio"
                name="theme"
                className="sr-only"
                checked={theme === value}
                onChange={() => setTheme(value)}
              />
              <Icon size={15} aria-hidden="true" />
              {t(`theme.${value}`)}
            </label>
          ))}
        </div>
      </fieldset>
    </Section>
  );
}
