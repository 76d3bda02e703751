import { common, createLowlight } from 'lowlight';
import type { ReactNode } from 'react';

const lowlight = createLowlight(common);

type Part = ReturnType<typeof lowlight.highlight>['children'][number];

function draw(part: Part, key: number): ReactNode {
  if (part.type === 'text') return part.value;
  if (part.type !== 'element') return null;
  const names = part.properties.className;
  return (
    <span key={key} className={Array.isArray(names) ? names.join(' ') : undefined}>
      {part.children.map(draw)}
    </span>
  );
}

/** Code with its words coloured; as it is when the language is not known. */
export default function Highlight({ code, language }: { code: string; language: string }) {
  if (!lowlight.registered(language)) return code;
  return <>{lowlight.highlight(language, code).children.map(draw)}</>;
}
