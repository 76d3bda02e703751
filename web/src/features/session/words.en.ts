export default {
  'login.title': 'Sign in',
  'login.submit': 'Sign in',
  'login.wait': 'Try again in {seconds} s',
  'login.help': 'Forgot your password? Ask an owner or admin of your workspace.',
} as const;
