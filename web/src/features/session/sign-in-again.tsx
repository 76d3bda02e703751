import { useEffect, useId, useRef, useState } from 'react';
import { call, client } from '@/api/client';
import { queryClient } from '@/api/query-client';
import type { Me } from '@/api/types';
import { Button } from '@/ui/button';
import { Modal } from '@/ui/modal';
import { answerSignIn } from './again';
import { meQuery } from './api';
import { SignInForm } from './sign-in-form';
import { t } from './words';

const stay = () => {};

/** Signs in over the page as it stands, so that nothing that was typed on it is lost. */
export default function SignInAgain() {
  const id = useId();
  const [before] = useState(() => queryClient.getQueryData(meQuery.queryKey)?.user ?? null);
  const box = useRef<HTMLDivElement>(null);
  // The dialog gives the focus to its first field, which is filled in already.
  useEffect(() => box.current?.querySelector<HTMLInputElement>(before ? 'input[type="password"]' : 'input')?.focus(), [before]);
  const done = (me: Me) => {
    // Nothing of one person is shown to another, or saved by them.
    if (before && me.user?.id !== before.id) {
      location.assign('/');
      return;
    }
    queryClient.setQueryData(meQuery.queryKey, me);
    answerSignIn(true);
    void queryClient.invalidateQueries();
  };
  const leave = () => {
    queryClient.removeQueries({ queryKey: meQuery.queryKey });
    answerSignIn(false);
  };
  return (
    <Modal
      onClose={stay}
      labelledBy={id}
      className="animate-pop fixed inset-x-4 top-[12vh] bottom-auto mx-auto max-h-[80vh] w-auto max-w-[400px] overflow-y-auto rounded-xl border border-line bg-surface text-13 text-fg shadow-pop backdrop:bg-overlay"
    >
      <div ref={box} className="p-5">
        <h2 id={id} className="text-16 font-semibold">
          {t('again.title')}
        </h2>
        <p className="mt-1 mb-4 text-fg-2">{t('again.text')}</p>
        <SignInForm email={before?.email ?? ''} signIn={(email, password) => call(client.POST('/api/v1/session', { body: { email, password } }))} onDone={done} />
        <Button kind="ghost" size="sm" className="mt-2 w-full" onClick={leave}>
          {t('again.leave')}
        </Button>
      </div>
    </Modal>
  );
}
