import { t } from '@/i18n';
import type { Problem } from './types';

/** A refusal of the API, or the absence of an answer, in words for the person who asked. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: Problem['code'];
  readonly field: string | undefined;
  readonly limit: string | undefined;
  readonly requestId: string | undefined;
  /** Seconds the server asked to wait, when it did. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    super(problem.detail);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code;
    this.field = problem.field ?? undefined;
    this.limit = problem.limit ?? undefined;
    this.requestId = problem.request_id;
    this.retryAfter = retryAfter;
  }
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' && value !== null && 'detail' in value && typeof value.detail === 'string'
  );
}

function fallbackDetail(status: number): string {
  if (status === 413) return t('error.tooLarge');
  if (status === 429) return t('error.rateLimited');
  if (status >= 500) return t('error.server');
  return t('error.unexpected', { status: String(status) });
}

/** Reads `Retry-After` given in seconds; dates are not used by the API. */
function parseRetryAfter(value: string | null): number | undefined {
  const seconds = Number(value);
  return value && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/** Turns a response that is not a success, with its parsed body, into an error. */
export function errorFrom(
  response: { status: number; headers: { get(name: string): string | null } },
  body: unknown,
): ApiError {
  const retryAfter = parseRetryAfter(response.headers.get('retry-after'));
  if (isProblem(body)) {
    return new ApiError(
      { ...body, status: response.status, code: body.code ?? 'internal' },
      retryAfter,
    );
  }
  const requestId = response.headers.get('x-request-id') ?? undefined;
  return new ApiError(
    {
      status: response.status,
      code: 'internal',
      detail: fallbackDetail(response.status),
      request_id: requestId,
    },
    retryAfter,
  );
}

/** No answer at all: the server is down or the network is. */
export function networkError(): ApiError {
  return new ApiError({ status: 0, code: 'unavailable', detail: t('error.network') });
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** Any thrown thing as an error that can be shown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof TypeError) return networkError();
  return new ApiError({ status: 0, code: 'internal', detail: t('error.broken') });
}
