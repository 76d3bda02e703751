import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, client, listenToRefusals, listenToSignedOut } from './client';

/** A server whose session has ended until somebody signs in. */
function server() {
  const seen: string[] = [];
  let open = false;
  const refusal = { status: 401, code: 'unauthenticated', detail: 'Sign in.' };
  const fetch = async (request: Request) => {
    seen.push(`${request.method} ${await request.text()}`);
    return open ? Response.json({ id: 'ws_1' }) : Response.json(refusal, { status: 401 });
  };
  vi.stubGlobal('fetch', fetch);
  return { seen, fetch, signIn: () => (open = true) };
}

type Fetch = (request: Request) => Promise<Response>;
const create = (fetch: Fetch) =>
  call(client.POST('/api/v1/workspaces', { baseUrl: 'http://localhost', body: { name: 'Typed with care' }, fetch }));

afterEach(() => {
  vi.unstubAllGlobals();
  listenToSignedOut(async () => false);
  listenToRefusals(() => {});
});

describe('a session that has ended', () => {
  it('holds a request until somebody signed in, and sends it once more as it was', async () => {
    const { seen, fetch, signIn } = server();
    listenToSignedOut(async () => signIn());
    await expect(create(fetch)).resolves.toEqual({ id: 'ws_1' });
    expect(seen).toEqual(['POST {"name":"Typed with care"}', 'POST {"name":"Typed with care"}']);
  });

  it('refuses the request when nobody does, and tells the router', async () => {
    const { seen, fetch } = server();
    const told = vi.fn();
    listenToRefusals(told);
    await expect(create(fetch)).rejects.toMatchObject({ status: 401 });
    expect(seen).toHaveLength(1);
    expect(told).toHaveBeenCalledOnce();
  });

  it('does not ask again for what signing in itself says', async () => {
    const { fetch } = server();
    const ask = vi.fn(async () => true);
    listenToSignedOut(ask);
    await expect(call(client.POST('/api/v1/session', { baseUrl: 'http://localhost', body: { email: 'a', password: 'b' }, fetch }))).rejects.toMatchObject({ status: 401 });
    expect(ask).not.toHaveBeenCalled();
  });
});
