import { speak } from '@/i18n';

export const { t: tm } = speak({
  en: () => import('./models-words.en'),
  'zh-CN': () => import('./models-words.zh-CN'),
});
