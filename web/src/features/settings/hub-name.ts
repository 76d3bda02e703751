import type { ApiError } from '@/api/errors';

/** `OWNER/MODEL`, or `OWNER/MODEL@REVISION`, as the server reads it. */
const HUB_NAME = /^([\w-][\w.-]{0,95})\/([\w-][\w.-]{0,95})(?:@[\w-][\w.-]{0,95})?$/;
/** What a model may be called here. */
const CALLED = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** What a model of the hub is called here unless somebody says otherwise; nothing when the text is no such name. */
export function shortName(text: string): string | null {
  return HUB_NAME.exec(text.trim())?.[2] ?? null;
}

export const mayBeCalled = (name: string) => CALLED.test(name);

/** Seconds as a clock shows them: "0:07", "12:30". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** Whether the line ended before the server had answered; the model may or may not be there. */
export const brokeOff = ({ status }: ApiError) => status === 0 || status === 504;
