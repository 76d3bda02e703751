import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { createKey } from '@/features/settings/people-api';
import { usePermission } from '@/features/session/api';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ProblemBox } from '@/ui/problem';
import { ta } from './words';

interface KeyProps {
  /** The flow's name, which the key is called after. */
  flow: string;
  /** The key that was made here; it is kept nowhere. */
  made: string | null;
  onMade: (secret: string) => void;
}

/** Makes a key that may run flows, which then stands in the examples until the page is left. */
export function KeyForExamples({ flow, made, onMade }: KeyProps) {
  const mayCreate = usePermission('keys.write');
  const create = useMutation({
    mutationFn: () => createKey({ name: ta('api.key.name', { name: flow }).slice(0, 100), scopes: ['run'] }),
    onSuccess: ({ secret }) => onMade(secret),
  });
  return (
    <div className="mb-8 rounded-lg border border-line bg-surface px-4 py-3">
      <div className="flex flex-wrap items-center gap-3">
        <KeyRound size={16} aria-hidden="true" className="shrink-0 text-fg-2" />
        <p className="min-w-0 flex-1 basis-60" role="status">
          <span className="font-medium">{made ? ta('api.key.made') : ta('api.key')}</span>{' '}
          <span className="text-fg-2">{made ? ta('api.key.made.text') : mayCreate ? ta('api.key.text') : ta('api.key.ask')}</span>
        </p>
        {mayCreate && !made && (
          <Button size="sm" busy={create.isPending} onClick={() => create.mutate()}>
            {ta('api.key.create')}
          </Button>
        )}
        {mayCreate && (
          <Link to="/settings/keys" className="rounded-sm text-12 text-accent hover:underline">
            {ta('api.key.all')}
          </Link>
        )}
      </div>
      {made && (
        <div className="mt-2.5 flex items-center gap-2 rounded-md border border-line-strong bg-surface-2 py-0.5 ps-3 pe-1">
          <code data-testid="api-key" className="min-w-0 flex-1 font-mono text-12 break-all">
            {made}
          </code>
          <CopyButton text={made} label={ta('api.key.copy')} />
        </div>
      )}
      {create.error && <ProblemBox error={create.error} className="mt-3" />}
    </div>
  );
}
