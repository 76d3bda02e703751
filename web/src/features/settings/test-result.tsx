import type { ProviderTest } from '@/api/types';
import { t, tn } from './words';
import { formatNumber } from '@/i18n/format';
import { Notice } from '@/ui/problem';

export function TestResult({ result }: { result: ProviderTest }) {
  if (!result.ok) return <Notice tone="bad">{result.message}</Notice>;
  const shown = result.models.slice(0, 8);
  const more = result.models.length - shown.length;
  return (
    <Notice tone="ok">
      <p className="num">
        {t('provider.test.ok', { ms: formatNumber(result.latency_ms), models: tn('count.models', result.models.length) })}
      </p>
      {shown.length > 0 && (
        <p className="mt-1 font-mono text-11 break-words text-fg-2">
          {shown.join(' · ')}
          {more > 0 && ` · ${t('provider.test.more', { count: more })}`}
        </p>
      )}
    </Notice>
  );
}
