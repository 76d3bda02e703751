import mermaid from 'mermaid';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { Button } from '@/ui/button';
import { t as tl } from '../more/words';
import { t } from '../words';

let drawn = 0;

/** Draws one diagram after the other: Mermaid has one state for all. */
let turn: Promise<unknown> = Promise.resolve();

interface Drawing {
  url: string;
  width: number;
  height: number;
}

const MARGIN = 8;

/** Takes out what a picture does not need: nothing in it is to act, even while it is measured. */
function strip(picture: SVGSVGElement): void {
  for (const node of picture.querySelectorAll('script, foreignObject, image, a, animate, set')) node.remove();
  for (const node of [picture, ...picture.querySelectorAll('*')]) {
    for (const name of node.getAttributeNames()) if (/^on|href$/i.test(name)) node.removeAttribute(name);
  }
}

/** Where the picture has something drawn; what Mermaid says of it leaves out how its boxes were moved. */
function measure(picture: SVGSVGElement): { x: number; y: number; width: number; height: number } {
  const bench = document.body.appendChild(document.createElement('div'));
  bench.style.cssText = 'position:fixed;inset:0;overflow:hidden;visibility:hidden;pointer-events:none';
  bench.ariaHidden = 'true';
  bench.append(picture);
  const { x, y, width, height } = picture.getBBox();
  bench.remove();
  return { x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN, height: height + 2 * MARGIN };
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
  const picture = document.importNode(new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement, true);
  if (!(picture instanceof SVGSVGElement)) throw new Error('the diagram is no picture');
  strip(picture);
  const { x, y, width, height } = measure(picture);
  if (!width || !height || width > 8000 || height > 8000) throw new Error('the diagram has no size to be shown in');
  // A picture has a size of its own; Mermaid gives it that of its column.
  picture.setAttribute('width', String(width));
  picture.setAttribute('height', String(height));
  picture.setAttribute('viewBox', `${x} ${y} ${width} ${height}`);
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

interface DiagramProps {
  source: string;
  /** The source as code. */
  children: ReactNode;
}

/** A diagram as a picture, with its source on request; only the source until it is drawn, and when it cannot be. */
export default function Diagram({ source, children }: DiagramProps) {
  const dark = useSyncExternalStore(watchTheme, isDark);
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const [open, setOpen] = useState(false);
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
  if (!drawing) return children;
  return (
    <>
      <img
        src={drawing.url}
        width={Math.round(drawing.width)}
        height={Math.round(drawing.height)}
        alt={t('chat.diagram')}
        className="mx-auto h-auto max-w-full py-3"
      />
      <Button size="sm" kind="ghost" aria-expanded={open} className="mx-1 mb-1 font-sans" onClick={() => setOpen(!open)}>
        {tl(open ? 'diagram.hide' : 'diagram.show')}
      </Button>
      {open && children}
    </>
  );
}
