import { Link } from '@tanstack/react-router';
import { buttonClass } from '@/ui/button';
import { Notice } from '@/ui/problem';
import { t } from './words';

/** A conversation that is not there, or not the reader's: the way back to those that are. */
export default function MissingConversation() {
  return (
    <Notice tone="warn">
      <p className="text-fg">{t('missing.text')}</p>
      <Link to="/chat" className={`${buttonClass('secondary', 'sm')} mt-2`}>
        {t('missing.back')}
      </Link>
    </Notice>
  );
}
