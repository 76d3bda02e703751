import { speak } from '@/i18n';

/** Words of what comes to the canvas and to the forms after their first sight. */
export const { t: tc, tn: tcn } = speak({
  en: () => import('./canvas-words.en'),
  'zh-CN': () => import('./canvas-words.zh-CN'),
});
