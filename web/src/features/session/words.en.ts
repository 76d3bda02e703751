export default {
  'login.title': 'Sign in',
  'login.submit': 'Sign in',
  'login.wait': 'Try again in {seconds} s',
  'login.help': 'Forgot your password? Ask an owner or admin of your workspace.',
  'again.title': 'Sign in again',
  'again.text': 'Your session has ended. Your work is kept on this page: sign in, and it goes on where it stopped.',
  'again.leave': 'Leave this page instead',
} as const;
