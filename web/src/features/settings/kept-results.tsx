import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call, client } from '@/api/client';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/dialog';
import { Section } from '@/ui/page';
import { tv, tvn } from './values-words';

const clear = async () => (await call(client.DELETE('/api/v1/result-cache'))).removed;

/** Results that nodes with `cache` use again; forgotten, they call again. */
export function KeptResults() {
  const [asking, setAsking] = useState(false);
  const forget = useMutation({
    mutationFn: clear,
    onSuccess: () => setAsking(false),
  });
  return (
    <Section title={tv('kept.title')} lead={tv('kept.lead')}>
      <Button onClick={() => setAsking(true)}>{tv('kept.forget')}</Button>
      {forget.data !== undefined && (
        <p role="status" data-testid="kept-removed" className="mt-2 text-fg-2">
          {forget.data === 0 ? tv('kept.nothing') : tvn('kept.removed', forget.data)}
        </p>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={tv('kept.title.ask')}
        text={tv('kept.text')}
        action={tv('kept.action')}
        busy={forget.isPending}
        error={forget.error}
        onConfirm={() => forget.mutate()}
      />
    </Section>
  );
}
