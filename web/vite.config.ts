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

export default defineConfig({
  plugins: [onlyWoff2, react(), tailwindcss()],
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
      output: {
        // One file for the small parts every page uses, instead of thirty.
        codeSplitting: {
          groups: [{ name: 'parts', test: /src\/(ui|i18n|api)\/(?!toaster)|lucide-react|@tanstack\/react-query/, minShareCount: 3 }],
        },
      },
    },
  },
  test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/i18n/test-setup.ts'] },
});
