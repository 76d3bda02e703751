import type { Complete } from '@/i18n/words';
import type en from './words.en';

const words = {
  'login.title': '登录',
  'login.submit': '登录',
  'login.wait': '{seconds} 秒后再试',
  'login.help': '忘记密码？请联系工作区的所有者或管理员。',
  'again.title': '重新登录',
  'again.text': '会话已结束。你的内容仍保留在此页面上：登录后即可继续。',
  'again.leave': '离开此页面',
} as const;

export default words satisfies Complete<typeof en, typeof words, 'other'>;
