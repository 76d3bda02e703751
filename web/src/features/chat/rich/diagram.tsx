import mermaid from 'mermaid';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { t } from '../words';

let drawn = 0;

/** Draws one diagram after the other: Mermaid has one state for all. */
let turn: Promise<unknown> = Promise.resolve();

interface Drawing {
  url: string;
  width: number;
  height: number;
}

async function draw(source: string, dark: boolean): Promise<Drawing> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    theme: dark ? 'dark' : 'neutral',
    fontFamily: 'system-ui, sans-serif',
    // Words as SVG text: an SVG in an image shows no HTML.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    maxTextSize: 4000,
    maxEdges: 150,
  });
  drawn += 1;
  const { svg } = await mermaid.render(`diagram-${drawn}`, source);
  const picture = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  const [, , width, height] = (picture.getAttribute('viewBox') ?? '').split(/\s+/).map(Number);
  if (!width || !height || width > 8000 || height > 8000) throw new Error('the diagram has no size to be shown in');
  // A picture has a size of its own; Mermaid gives it that of its column.
  picture.setAttribute('width', String(width));
  picture.setAttribute('height', String(height));
  picture.removeAttribute('style');
  const text = new XMLSerializer().serializeToString(picture);
  // As an image it can neither run scripts, nor load anything, nor paint beside itself.
  return { url: URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' })), width, height };
}

const isDark = () => document.documentElement.dataset.theme === 'dark';

/** The theme on the screen, which may also follow the system. */
function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}

/** A diagram as a picture; nothing until it is drawn, and nothing when it cannot be. */
export default function Diagram({ source }: { source: string }) {
  const dark = useSyncExternalStore(watchTheme, isDark);
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useEffect(() => {
    let left = false;
    let made: Drawing | null = null;
    // While the answer grows, the diagram is not whole yet.
    const timer = setTimeout(() => {
      turn = turn
        .then(() => draw(source, dark))
        .then((next) => {
          made = next;
          if (left) URL.revokeObjectURL(next.url);
          else setDrawing(next);
        })
        .catch(() => setDrawing(null));
    }, 400);
    return () => {
      left = true;
      clearTimeout(timer);
      if (made) URL.revokeObjectURL(made.url);
    };
  }, [source, dark]);
  if (!drawing) return null;
  return (
    <img
      src={drawing.url}
      width={Math.round(drawing.width)}
      height={Math.round(drawing.height)}
      alt={t('chat.diagram')}
      className="mx-auto h-auto max-w-full py-3"
    />
  );
}
