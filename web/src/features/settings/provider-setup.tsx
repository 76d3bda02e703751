import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { ProviderKind } from '@/api/types';
import { t } from './words';
import { Button } from '@/ui/button';
import { Field, Input, Select } from '@/ui/field';
import { ProblemBox } from '@/ui/problem';
import { LocalServers } from './local-servers';
import { createProvider, probeProvider, setDefaultModel, VENDOR_URLS } from './models-api';
import { TestResult } from './test-result';

export type Preset = 'vendor' | 'local';

interface ProviderSetupProps {
  preset: Preset;
  onSaved: () => void;
}

/** Connects a provider in one go: try the connection, choose a model, make it the default. */
export function ProviderSetup({ preset, onSaved }: ProviderSetupProps) {
  const [kind, setKind] = useState<ProviderKind>('openai');
  const [name, setName] = useState<string | null>(null);
  const [baseUrl, setBaseUrl] = useState('');
  const [key, setKey] = useState('');
  const [model, setModel] = useState('');
  const finalName = (name ?? (preset === 'local' ? 'server' : kind)).trim();
  const connection = { kind, base_url: baseUrl.trim() || undefined, api_key: key || undefined };

  const test = useMutation({
    mutationFn: () => probeProvider(connection),
    onSuccess: (result) => {
      if (result.ok && !model && result.models[0]) setModel(result.models[0]);
    },
  });
  const save = useMutation({
    mutationFn: async () => {
      await createProvider({ ...connection, name: finalName });
      if (model.trim()) await setDefaultModel(`${finalName}/${model.trim()}`);
    },
    onSuccess: onSaved,
  });
  const touch = () => test.reset();

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {preset === 'local' && (
        <LocalServers
          chosen={baseUrl}
          onChoose={(server) => {
            setBaseUrl(server.url);
            setName(server.name);
            setModel(server.models[0] ?? '');
            touch();
          }}
        />
      )}
      {preset === 'vendor' && (
        <Field label={t('provider.kind')}>
          {(ids) => (
            <Select
              {...ids}
              value={kind}
              onChange={(event) => {
                setKind(event.target.value as ProviderKind);
                touch();
              }}
            >
              <option value="openai">{t('provider.kind.openai')}</option>
              <option value="anthropic">{t('provider.kind.anthropic')}</option>
            </Select>
          )}
        </Field>
      )}
      <Field
        label={t('provider.baseUrl')}
        optional={preset === 'vendor' ? t('field.optional') : undefined}
        hint={preset === 'local' ? t('provider.baseUrl.localHint') : t('provider.baseUrl.hint')}
      >
        {(ids) => (
          <Input
            {...ids}
            type="url"
            className="font-mono"
            required={preset === 'local'}
            placeholder={preset === 'local' ? 'http://localhost:11434/v1' : VENDOR_URLS[kind]}
            value={baseUrl}
            onChange={(event) => {
              setBaseUrl(event.target.value);
              touch();
            }}
          />
        )}
      </Field>
      <Field
        label={t('provider.key')}
        optional={preset === 'local' ? t('field.optional') : undefined}
        hint={t('provider.key.hint')}
      >
        {(ids) => (
          <Input
            {...ids}
            type="password"
            autoComplete="off"
            className="font-mono"
            value={key}
            onChange={(event) => {
              setKey(event.target.value);
              touch();
            }}
          />
        )}
      </Field>
      <div className="flex flex-wrap gap-4">
        <Field label={t('provider.name')} hint={t('provider.name.hint')} className="min-w-44 flex-1">
          {(ids) => (
            <Input {...ids} required value={name ?? finalName} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
        <Field label={t('provider.model')} hint={t('provider.model.hint')} className="min-w-44 flex-1">
          {(ids) => (
            <>
              <Input
                {...ids}
                required
                list="probed-models"
                value={model}
                onChange={(event) => setModel(event.target.value)}
              />
              <datalist id="probed-models">
                {test.data?.models.map((id) => <option key={id} value={id} />)}
              </datalist>
            </>
          )}
        </Field>
      </div>
      {test.data && <TestResult result={test.data} />}
      {(test.error ?? save.error) && <ProblemBox error={test.error ?? save.error} />}
      <div className="flex gap-2">
        <Button type="submit" kind="primary" size="lg" busy={save.isPending}>
          {t('provider.saveDefault')}
        </Button>
        <Button size="lg" busy={test.isPending} onClick={() => test.mutate()}>
          {t('provider.test')}
        </Button>
      </div>
    </form>
  );
}
