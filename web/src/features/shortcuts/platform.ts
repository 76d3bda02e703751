/** Whether the keyboard has a command key. */
export const isApple = (): boolean => /Mac|iPhone|iPad/.test(navigator.platform);
