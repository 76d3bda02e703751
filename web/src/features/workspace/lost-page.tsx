import { Link } from '@tanstack/react-router';
import { t } from '@/i18n';
import { buttonClass } from '@/ui/button';
import { Mark } from '@/ui/mark';
import { useDocumentTitle } from '@/ui/use-document-title';

export function LostPage() {
  useDocumentTitle(t('lost.title'));
  return (
    <main className="flex min-h-full flex-col items-center px-4 pt-[20vh] text-center">
      <Mark size={32} />
      <h1 className="mt-4 text-20 font-semibold">{t('lost.title')}</h1>
      <p className="mt-1 text-fg-2">{t('lost.text')}</p>
      <Link to="/" className={`${buttonClass('primary')} mt-5`}>
        {t('lost.home')}
      </Link>
    </main>
  );
}
