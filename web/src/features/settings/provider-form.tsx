import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Provider, ProviderKind } from '@/api/types';
import { t } from './words';
import { Button } from '@/ui/button';
import { DialogActions } from '@/ui/dialog';
import { Field, Input, Select } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { changeProvider, createProvider, probeProvider, VENDOR_URLS } from './models-api';
import { TestResult } from './test-result';

interface ProviderFormProps {
  /** The provider to change, or null to add one. */
  provider: Provider | null;
  onDone: () => void;
}

export function ProviderForm({ provider, onDone }: ProviderFormProps) {
  const [kind, setKind] = useState<ProviderKind>(provider?.kind ?? 'openai');
  const [name, setName] = useState(provider?.name ?? '');
  const [baseUrl, setBaseUrl] = useState(provider?.base_url ?? '');
  const [key, setKey] = useState('');
  const body = { name: name.trim(), base_url: baseUrl.trim() || undefined, api_key: key || undefined };
  const test = useMutation({
    mutationFn: () => probeProvider({ kind, base_url: body.base_url, api_key: body.api_key }),
  });
  const save = useMutation({
    mutationFn: () => (provider ? changeProvider(provider.id, body) : createProvider({ ...body, kind })),
    onSuccess: onDone,
  });
  // A stored key is not known here, so a changed connection can be tested only after saving.
  const canTest = !provider?.has_key || key !== '';
  return (
    <form
      className="flex flex-col gap-4"
      onChange={() => test.reset()}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {!provider && (
        <Field label={t('provider.kind')} hint={t('provider.kind.hint')}>
          {(ids) => (
            <Select {...ids} value={kind} onChange={(event) => setKind(event.target.value as ProviderKind)}>
              <option value="openai">{t('provider.kind.openaiLike')}</option>
              <option value="anthropic">{t('provider.kind.anthropic')}</option>
              <option value="ollama">{t('provider.kind.ollama')}</option>
              <option value="cohere">{t('provider.kind.cohere')}</option>
              <option value="jina">{t('provider.kind.jina')}</option>
              <option value="tei">{t('provider.kind.tei')}</option>
            </Select>
          )}
        </Field>
      )}
      <Field label={t('provider.name')} hint={t('provider.name.hint')}>
        {(ids) => (
          <Input {...ids} required placeholder={kind} value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
      <Field label={t('provider.baseUrl')} optional={t('field.optional')} hint={t('provider.baseUrl.hint')}>
        {(ids) => (
          <Input
            {...ids}
            type="url"
            className="font-mono"
            placeholder={VENDOR_URLS[kind]}
            value={baseUrl}
            onChange={(event) => setBaseUrl(event.target.value)}
          />
        )}
      </Field>
      <Field
        label={t('provider.key')}
        optional={t('field.optional')}
        hint={provider?.has_key ? t('provider.key.keep') : t('provider.key.hint')}
      >
        {(ids) => (
          <Input
            {...ids}
            type="password"
            autoComplete="off"
            className="font-mono"
            value={key}
            onChange={(event) => setKey(event.target.value)}
          />
        )}
      </Field>
      {test.data && <TestResult result={test.data} />}
      {(save.error ?? test.error) && <ProblemBox error={save.error ?? test.error} />}
      <DialogActions onCancel={onDone}>
        {canTest && (
          <Button busy={test.isPending} onClick={() => test.mutate()}>
            {t('provider.test')}
          </Button>
        )}
        <Button type="submit" kind="primary" busy={save.isPending} disabled={!name.trim()}>
          {provider ? t('action.save') : t('provider.add.submit')}
        </Button>
      </DialogActions>
    </form>
  );
}
