import { getDocument, type PDFDocumentProxy, type PDFPageProxy, PDFWorker, TextLayer } from 'pdfjs-dist';
// What Vite makes of a worker is a class, which the file itself does not have.
// oxlint-disable-next-line import/default
import Port from 'pdfjs-dist/build/pdf.worker.min.mjs?worker';
import { type Size, sharpness } from './layout';

/** An image with more pixels than this is left out, whatever the file says about itself. */
const LARGEST_IMAGE = 100_000_000;

/** A PDF that is open. Whoever opened it closes it. */
export interface Pdf {
  pages: number;
  first: Size;
  sizeOf: (page: number) => Promise<Size>;
  draw: (page: number, canvas: HTMLCanvasElement, width: number, signal: AbortSignal) => Promise<void>;
  write: (page: number, box: HTMLElement, signal: AbortSignal) => Promise<Written>;
  close: () => void;
}

/** The texts of a page, and the elements that have them. */
export interface Written {
  texts: readonly string[];
  elements: readonly HTMLElement[];
}

const sizeOf = (page: PDFPageProxy): Size => {
  const { width, height } = page.getViewport({ scale: 1 });
  return { width, height };
};

/** Draws a page as wide as told, with as many pixels as the screen has. */
async function draw(file: PDFDocumentProxy, number: number, canvas: HTMLCanvasElement, width: number, signal: AbortSignal): Promise<void> {
  const page = await file.getPage(number);
  signal.throwIfAborted();
  const scale = width / page.getViewport({ scale: 1 }).width;
  const shown = page.getViewport({ scale });
  const viewport = page.getViewport({ scale: scale * sharpness(shown, window.devicePixelRatio || 1) });
  // Drawn aside first: a page that is drawn anew for another zoom does not go blank.
  const drawn = document.createElement('canvas');
  drawn.width = Math.max(1, Math.floor(viewport.width));
  drawn.height = Math.max(1, Math.floor(viewport.height));
  const canvasContext = drawn.getContext('2d', { alpha: false });
  if (!canvasContext) throw new Error('There is no memory for another page.');
  const task = page.render({ canvasContext, viewport });
  signal.addEventListener('abort', () => task.cancel(), { once: true });
  await task.promise;
  signal.throwIfAborted();
  canvas.width = drawn.width;
  canvas.height = drawn.height;
  canvas.getContext('2d', { alpha: false })?.drawImage(drawn, 0, 0);
  drawn.width = 0;
}

/** Lays a page's text over it, unseen, to be selected and found. */
async function write(file: PDFDocumentProxy, number: number, box: HTMLElement, signal: AbortSignal): Promise<Written> {
  const page = await file.getPage(number);
  const textContentSource = await page.getTextContent();
  signal.throwIfAborted();
  box.replaceChildren();
  const layer = new TextLayer({ textContentSource, container: box, viewport: page.getViewport({ scale: 1 }) });
  signal.addEventListener('abort', () => layer.cancel(), { once: true });
  await layer.render();
  signal.throwIfAborted();
  return { texts: layer.textContentItemsStr as string[], elements: layer.textDivs };
}

/** Opens a file; nothing else is fetched, and nothing in it is run. */
export async function openPdf(data: Uint8Array): Promise<Pdf> {
  const port = new Port();
  const worker = new PDFWorker({ port } as never);
  const task = getDocument({
    data,
    worker,
    isEvalSupported: false,
    enableXfa: false,
    disableAutoFetch: true,
    disableRange: true,
    disableStream: true,
    useWorkerFetch: false,
    maxImageSize: LARGEST_IMAGE,
    verbosity: 0,
  });
  const close = () => {
    void task.destroy().finally(() => {
      worker.destroy();
      port.terminate();
    });
  };
  const broken = new Promise<never>((_, reject) => {
    port.addEventListener('error', () => reject(new Error('The PDF reader could not be started.')), { once: true });
  });
  try {
    const file = await Promise.race([task.promise, broken]);
    return {
      pages: file.numPages,
      first: sizeOf(await file.getPage(1)),
      sizeOf: async (page) => sizeOf(await file.getPage(page)),
      draw: (page, canvas, width, signal) => draw(file, page, canvas, width, signal),
      write: (page, box, signal) => write(file, page, box, signal),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
