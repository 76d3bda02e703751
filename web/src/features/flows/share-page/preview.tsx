import { ArrowUp } from 'lucide-react';
import { type CSSProperties, useState } from 'react';
import { Button } from '@/ui/button';
import type { ShareSettings } from './api';
import { accentOf } from './colour';
import { th } from './words';

// The app's own tokens as each theme has them; the preview shows one theme within the other.
const SURFACES = {
  light: { '--bg': 'oklch(0.985 0.002 255)', '--surface': 'oklch(1 0 0)', '--line': 'oklch(0.915 0.007 255)', '--text': 'oklch(0.22 0.012 255)', '--text-2': 'oklch(0.42 0.012 255)', '--text-3': 'oklch(0.53 0.012 255)', '--accent': 'oklch(0.52 0.17 258)', '--accent-fg': 'oklch(1 0 0)' },
  dark: { '--bg': 'oklch(0.165 0.008 255)', '--surface': 'oklch(0.195 0.009 255)', '--line': 'oklch(0.275 0.011 255)', '--text': 'oklch(0.955 0.004 255)', '--text-2': 'oklch(0.78 0.008 255)', '--text-3': 'oklch(0.66 0.01 255)', '--accent': 'oklch(0.7 0.14 258)', '--accent-fg': 'oklch(0.165 0.02 258)' },
};

/** The page as visitors will see it, while it is being set. */
export function Preview({ settings, kind }: { settings: ShareSettings; kind: 'chat' | 'task' }) {
  const [theme, setTheme] = useState<'light' | 'dark'>(() => (document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light'));
  const own = settings.colour ? accentOf(settings.colour)?.[theme] : null;
  const style = { ...SURFACES[theme], ...(own ? { '--accent': own.colour, '--accent-fg': own.text } : {}), colorScheme: theme } as CSSProperties;
  return (
    <section aria-label={th('share.preview')} className="lg:sticky lg:top-0 lg:self-start">
      <div className="mb-2 flex items-center gap-2">
        <h2 className="flex-1 text-14 font-semibold">{th('share.preview')}</h2>
        <div role="group" aria-label={th('share.preview')} className="flex gap-1">
          {(['light', 'dark'] as const).map((one) => (
            <Button key={one} size="sm" kind={one === theme ? 'secondary' : 'ghost'} aria-pressed={one === theme} onClick={() => setTheme(one)}>
              {th(`share.preview.${one}`)}
            </Button>
          ))}
        </div>
      </div>
      <div data-testid="preview" style={style} className="flex h-[440px] flex-col overflow-hidden rounded-xl border border-line bg-bg text-fg">
        <div className="flex h-11 shrink-0 items-center gap-2 border-b border-line bg-surface px-3">
          <span className="size-2.5 shrink-0 rounded-full bg-accent" />
          <p className="truncate text-14 font-semibold">{settings.name}</p>
        </div>
        <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-hidden p-4">
          {settings.greeting && (
            <p dir="auto" className="text-14 break-words whitespace-pre-wrap">
              {settings.greeting}
            </p>
          )}
          {kind === 'chat' &&
            (settings.starters ?? []).slice(0, 6).map((question) => (
              <p key={question} dir="auto" className="rounded-lg border border-line bg-surface px-3 py-2 break-words text-fg-2">
                {question}
              </p>
            ))}
        </div>
        {kind === 'chat' && (
          <div className="m-3 flex items-center gap-2 rounded-xl border border-line bg-surface p-2 ps-3 text-fg-3">
            <span className="flex-1 truncate">{th('share.preview.ask')}</span>
            <span className="flex size-7 items-center justify-center rounded-lg bg-accent text-accent-fg">
              <ArrowUp size={15} aria-hidden="true" />
            </span>
          </div>
        )}
      </div>
    </section>
  );
}
