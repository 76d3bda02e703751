import { useQuery } from '@tanstack/react-query';
import { t, tn } from './words';
import { Badge } from '@/ui/badge';
import { cx } from '@/ui/cx';
import { probeProvider } from './models-api';

const KNOWN = [
  { name: 'ollama', title: 'Ollama', url: 'http://localhost:11434/v1' },
  { name: 'lmstudio', title: 'LM Studio', url: 'http://localhost:1234/v1' },
  { name: 'vllm', title: 'vLLM', url: 'http://localhost:8000/v1' },
];

interface LocalServersProps {
  chosen: string;
  onChoose: (server: { name: string; url: string; models: string[] }) => void;
}

/** Looks for the usual model servers on the machine that runs Headwater. */
export function LocalServers({ chosen, onChoose }: LocalServersProps) {
  return (
    <div role="group" aria-label={t('provider.local.title')} className="grid gap-2 sm:grid-cols-3">
      {KNOWN.map((server) => (
        <LocalServer key={server.name} server={server} active={chosen === server.url} onChoose={onChoose} />
      ))}
    </div>
  );
}

interface LocalServerProps {
  server: (typeof KNOWN)[number];
  active: boolean;
  onChoose: LocalServersProps['onChoose'];
}

function LocalServer({ server, active, onChoose }: LocalServerProps) {
  const probe = useQuery({
    queryKey: ['probe', server.url],
    queryFn: () => probeProvider({ kind: 'openai', base_url: server.url }),
    retry: false,
    staleTime: 10_000,
  });
  return (
    <button
      type="button"
      aria-pressed={active}
      onClick={() => onChoose({ ...server, models: probe.data?.models ?? [] })}
      className={cx(
        'flex flex-col items-start gap-1 rounded-lg border p-2.5 text-start transition-colors',
        active ? 'border-accent bg-accent-soft' : 'border-line-strong bg-surface hover:bg-surface-2',
      )}
    >
      <span className="font-medium">{server.title}</span>
      <span className="font-mono text-11 text-fg-2">{server.url.replace('http://', '')}</span>
      {probe.isPending && <Badge>{t('provider.local.looking')}</Badge>}
      {probe.data?.ok && <Badge tone="ok">{tn('count.models', probe.data.models.length)}</Badge>}
      {!probe.isPending && !probe.data?.ok && <Badge>{t('provider.local.none')}</Badge>}
    </button>
  );
}
