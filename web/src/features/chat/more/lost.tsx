import { t } from './words';

/** Says that the server is away while an answer is being written. */
export function Lost() {
  return (
    <p role="alert" className="mt-2 text-12 text-warn">
      {t('chat.lost')}
    </p>
  );
}
