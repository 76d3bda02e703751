import { useQuery } from '@tanstack/react-query';
import { Library } from 'lucide-react';
import { Menu } from '@/ui/menu';
import { basesQuery, saidBases } from './bases';
import { chipProps, Found, MenuCheck, roleFor } from './model-items';
import { t, tn } from './words';

interface PickerProps {
  /** Slugs; none for what the flow says. */
  chosen: string[];
  onChange: (chosen: string[]) => void;
}

/** Which knowledge bases the next questions are answered from: those that the flow names, or others. */
export default function KnowledgePicker({ chosen, onChange }: PickerProps) {
  const bases = useQuery(basesQuery).data ?? [];
  if (bases.length < 2 && chosen.length === 0) return null;
  const said = saidBases(chosen, bases, (count) => tn('bases.many', count));
  const toggle = (slug: string) => onChange(chosen.includes(slug) ? chosen.filter((one) => one !== slug) : [...chosen, slug]);
  return (
    <Menu
      side="top"
      role={roleFor(bases)}
      trigger={
        <button type="button" {...chipProps(t('bases.choose'), said)}>
          <Library size={16} className="shrink-0" aria-hidden="true" />
          {said && <span className="truncate">{said}</span>}
        </button>
      }
    >
      <p aria-hidden="true" className="px-2 py-1.5 text-12 text-fg-3">
        {t('bases.title')}
      </p>
      <Found
        title={t('bases.title')}
        search={t('bases.search')}
        items={bases}
        textOf={({ name, slug }) => `${name} ${slug}`}
        own={<MenuCheck label={t('bases.flow')} checked={chosen.length === 0} onClick={() => onChange([])} />}
      >
        {({ slug, name }) => <MenuCheck key={slug} label={name} checked={chosen.includes(slug)} onClick={() => toggle(slug)} />}
      </Found>
    </Menu>
  );
}
