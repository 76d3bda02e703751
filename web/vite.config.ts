import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** The server that the pages under development talk to. */
const SERVER = process.env.HEADWATER_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react(), tailwindcss()],
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
