import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The server that the pages under development talk to. */
const SERVER = process.env.HEADWATER_URL ?? 'http://127.0.0.1:3000';

/** Every browser that runs the app reads woff2; the other forms of the formula fonts stay out. */
const onlyWoff2: Plugin = {
  name: 'only-woff2',
  enforce: 'pre',
  transform: {
    filter: { id: /katex[^?]*\.css$/ },
    handler: (css) => css.replaceAll(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)/g, ''),
  },
};

/**
 * The canvas has the d3 packages to itself. Diagrams use all of them, and one copy for both would
 * bring scales and colour spaces along with every flow that is opened. It does without transitions.
 */
const STILL = fileURLToPath(new URL('./src/features/editor/no-transitions.ts', import.meta.url));
const canvasOwnsD3: Plugin = {
  name: 'canvas-owns-d3',
  apply: 'build',
  enforce: 'pre',
  async resolveId(id, importer) {
    if (!id.startsWith('d3-') || !/@xyflow|\?canvas$/.test(importer ?? '')) return null;
    if (/^d3-(transition|interpolate)$/.test(id)) return `${STILL}?canvas`;
    const found = await this.resolve(id, importer?.replace(/\?canvas$/, ''), { skipSelf: true });
    return found && { ...found, id: `${found.id}?canvas` };
  },
};

export default defineConfig({
  plugins: [canvasOwnsD3, onlyWoff2, react(), tailwindcss()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    port: 5173,
    proxy: { '/api': { target: SERVER, changeOrigin: false } },
  },
  build: {
    target: 'es2022',
    // The binary serves a strict content security policy; data: URLs would need an exception.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    rolldownOptions: {
      // The app, and the page of a share, which strangers load.
      input: ['index.html', 'share.html'],
      output: {
        // One file for what every page uses, instead of thirty, but not for what ratings need: React is in
        // it, too, since packed together they are smaller.
        codeSplitting: {
          groups: [
            { name: 'parts', test: /src\/(ui|i18n|api)\/(?!toaster|progress|windowed-list|page\.|badge|upload)|lucide-react(?!.*(?:thumbs-|message-square-text|icons\/(?:trash-2|play|circle-check|external-link|download|circle-alert|braces|tags|key-round|sliders-horizontal|pause|ungroup|log-in|database|wrench|share-2|rotate-ccw|git-compare-arrows|globe|bot|file-text)\.))|@tanstack\/react-query|node_modules\/(react|react-dom|scheduler)\//, minShareCount: 3 },
            // Pictures that neither the chat nor the frame has.
            { name: 'pictures', test: /lucide-react\/dist\/esm\/icons\/(trash-2|play|circle-check|external-link|download|circle-alert|braces|tags|key-round|sliders-horizontal|pause|ungroup|log-in|database|wrench|share-2|rotate-ccw|git-compare-arrows|globe|bot|file-text)\./, minShareCount: 3 },
            // What the frame shares with the palette, and its pictures; alone each of them hardly compresses.
            { name: 'frame', test: /features\/shortcuts\/(keys|single-keys)|lucide-react\/dist\/esm\/icons\/(gauge|library|search|waypoints|zap)\./, minShareCount: 2 },
            // What the chat and a shared page have in common.
            { name: 'talk', test: /src\/features\/chat\/(composer|drafts|use-stick-to-end|links|words\.ts)/ },
          ],
        },
      },
    },
  },
  test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/i18n/test-setup.ts'] },
});
