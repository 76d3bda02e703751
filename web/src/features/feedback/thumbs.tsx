import { useMutation } from '@tanstack/react-query';
import { MessageSquareText, ThumbsDown, ThumbsUp } from 'lucide-react';
import { useState } from 'react';
import { t } from '@/i18n';
import { IconButton } from '@/ui/button';
import { cx } from '@/ui/cx';
import { Dialog, DialogForm } from '@/ui/dialog';
import { Field, Textarea } from '@/ui/field';
import { toast } from '@/ui/toast';
import { type Feedback, type Given, rate, type Rating } from './api';
import { tf } from './words';

/** The reasons that are offered; a rating may have others, which programs gave it. */
export const REASONS = {
  up: ['correct', 'helpful', 'well_sourced'],
  down: ['incorrect', 'incomplete', 'unsupported', 'off_topic', 'unclear', 'harmful', 'slow'],
} as const;

type Offered = (typeof REASONS)[Rating][number];
const OFFERED = new Set<string>([...REASONS.up, ...REASONS.down]);

/** A reason in the language of the page, where it is one of those that are offered. */
export const reasonName = (reason: string) => (OFFERED.has(reason) ? tf(`reason.${reason as Offered}`) : reason);

interface ThumbsProps {
  run: string;
  own: Feedback | undefined;
  /** The conversation that shows the answer. */
  conversation: string | null;
}

/** Rates a run with one click; a second click on the same takes it back. A bad rating is asked why. */
export function Thumbs({ run, own, conversation }: ThumbsProps) {
  const [why, setWhy] = useState<Rating | null>(null);
  const send = useMutation({
    mutationFn: (given: Given | null) => rate(run, given, conversation),
    onError: (error) => toast.error(error.message),
  });
  const rating = send.isPending ? send.variables?.rating : own?.rating;
  const press = (pressed: Rating) => {
    if (send.isPending) return;
    const taken = own?.rating === pressed;
    send.mutate(taken ? null : { rating: pressed, reasons: [], comment: '' });
    if (!taken && pressed === 'down') setWhy('down');
  };
  return (
    <span className="flex shrink-0 items-center" data-testid="thumbs" data-rating={rating ?? ''}>
      <Thumb pressed={rating === 'up'} label={tf('rate.up')} onPress={() => press('up')} rating="up" />
      <Thumb pressed={rating === 'down'} label={tf('rate.down')} onPress={() => press('down')} rating="down" />
      {own && (
        <IconButton small label={tf('rate.more')} onClick={() => setWhy(own.rating)}>
          <MessageSquareText size={14} />
        </IconButton>
      )}
      <span role="status" className="sr-only">
        {send.isSuccess && tf(send.variables ? 'rate.kept' : 'rate.removed')}
      </span>
      {why && <Why run={run} rating={why} own={own?.rating === why ? own : undefined} conversation={conversation} onClose={() => setWhy(null)} />}
    </span>
  );
}

export const PICTURES = { up: ThumbsUp, down: ThumbsDown };

function Thumb({ rating, pressed, label, onPress }: { rating: Rating; pressed: boolean; label: string; onPress: () => void }) {
  const Picture = PICTURES[rating];
  return (
    <IconButton small label={label} aria-pressed={pressed} onClick={onPress} className={cx(pressed && (rating === 'up' ? 'text-ok!' : 'text-bad!'))}>
      <Picture size={14} fill={pressed ? 'currentColor' : 'none'} fillOpacity={0.2} />
    </IconButton>
  );
}

interface WhyProps {
  run: string;
  rating: Rating;
  own: Feedback | undefined;
  conversation: string | null;
  onClose: () => void;
}

/** What else is to be said of a rating that is kept already. */
function Why({ run, rating, own, conversation, onClose }: WhyProps) {
  const [reasons, setReasons] = useState<string[]>(own?.reasons ?? []);
  const [comment, setComment] = useState(own?.comment ?? '');
  const send = useMutation({ mutationFn: () => rate(run, { rating, reasons, comment }, conversation), onSuccess: onClose });
  const offered = [...REASONS[rating], ...reasons.filter((reason) => !(REASONS[rating] as readonly string[]).includes(reason))];
  const toggle = (reason: string) => setReasons(reasons.includes(reason) ? reasons.filter((one) => one !== reason) : [...reasons, reason]);
  return (
    <Dialog open onOpenChange={onClose} title={tf('rate.title')}>
      <DialogForm action={t('action.save')} sending={{ ...send, mutate: () => send.mutate() }} onCancel={onClose}>
        <fieldset>
          <legend className="mb-1.5 font-medium">{tf('rate.reasons')}</legend>
          <div className="flex flex-wrap gap-2">
            {offered.map((reason) => (
              <button
                key={reason}
                type="button"
                aria-pressed={reasons.includes(reason)}
                onClick={() => toggle(reason)}
                className={cx(
                  'rounded-full border px-3 py-1 transition-colors',
                  reasons.includes(reason) ? 'border-accent bg-accent-soft text-fg' : 'border-line-strong bg-surface text-fg-2 hover:bg-surface-3',
                )}
              >
                {reasonName(reason)}
              </button>
            ))}
          </div>
        </fieldset>
        <Field label={tf('rate.comment')} hint={tf('rate.comment.hint')}>
          {(ids) => <Textarea {...ids} rows={3} maxLength={4000} value={comment} onChange={(event) => setComment(event.target.value)} />}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
