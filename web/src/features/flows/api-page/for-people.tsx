import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ExternalLink } from 'lucide-react';
import { usePermission } from '@/features/session/api';
import { buttonClass } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { Section } from '@/ui/page';
import { sharesQuery } from '../share-page/api';
import { buttonTag } from '../share-page/snippet';
import { ta } from './words';

/** People use a flow, too: on a page of its own, or in another site. */
export function ForPeople({ slug }: { slug: string }) {
  const mayWrite = usePermission('flows.write');
  const { data: shares } = useQuery({ ...sharesQuery(slug), enabled: mayWrite });
  if (!mayWrite) return null;
  const open = shares?.find(({ enabled }) => enabled);
  return (
    <Section
      title={ta('api.share')}
      lead={open ? ta('api.share.embed') : ta('api.share.text')}
      actions={
        open && (
          <>
            <a href={`/s/${open.token}`} target="_blank" rel="noreferrer" className={buttonClass('secondary', 'sm')}>
              <ExternalLink size={13} aria-hidden="true" />
              {ta('api.share.open')}
            </a>
            <Link to="/flows/$id/share" params={{ id: slug }} search={{ share: open.id }} className={buttonClass('secondary', 'sm')}>
              {ta('api.share.set')}
            </Link>
          </>
        )
      }
    >
      {open ? (
        <Snippet text={buttonTag({ origin: location.origin, token: open.token, name: open.settings.name, colour: open.settings.colour ?? null })} />
      ) : (
        <Link to="/flows/$id/share" params={{ id: slug }} search={{ share: shares?.length === 0 ? 'new' : undefined }} className={buttonClass()}>
          {ta('api.share.go')}
        </Link>
      )}
    </Section>
  );
}

function Snippet({ text }: { text: string }) {
  return (
    <div className="relative">
      <pre
        // A long line scrolls, also with the keyboard.
        tabIndex={0}
        aria-label={ta('api.share.snippet')}
        data-testid="api-embed"
        dir="ltr"
        className="scroll-thin overflow-x-auto rounded-lg border border-line bg-surface-2 py-3 ps-4 pe-11 font-mono text-12"
      >
        {text}
      </pre>
      <span className="absolute top-1.5 end-1.5">
        <CopyButton text={text} label={ta('api.share.copy')} />
      </span>
    </div>
  );
}
