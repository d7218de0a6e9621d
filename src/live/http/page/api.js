// Asks kvlag: the control API, the protocol of a client at a PoP, and the stream of states.

const KEPT = 'kvlag-token';
/** How often a server that does not answer is asked again. */
const PATIENCE_MS = 2000;

const token = () => sessionStorage.getItem(KEPT);

const authorised = (headers) => (token() === null ? headers : { ...headers, Authorization: `Bearer ${token()}` });

/** Asks for the token until it is right; gives the response. */
async function asked(path, options = {}) {
  for (;;) {
    const response = await fetch(path, { ...options, headers: authorised(options.headers ?? {}) });
    if (response.status !== 401) return response;
    await askForToken();
  }
}

function askForToken() {
  const dialog = document.getElementById('token-dialog');
  const input = document.getElementById('token');
  document.getElementById('token-wrong').hidden = token() === null;
  input.value = '';
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      sessionStorage.setItem(KEPT, input.value);
      resolve();
    }, { once: true });
  });
}

async function json(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(body.errors?.[0]?.message ?? `${response.status} ${response.statusText}`);
  return body;
}

export const get = async (path) => json(await asked(path));

export async function post(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  return json(await asked(path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) }));
}

/** As bytes of UTF-8, which is what kvlag reads; headers have no other letters. */
const inHeader = (text) => String.fromCharCode(...new TextEncoder().encode(text));

/** What a Worker at a PoP would ask: `method` is GET, PUT or DELETE. */
export async function asClient({ pop, namespace, key, method, cacheTtl, value }) {
  const query = new URLSearchParams({ urlencoded: 'true' });
  if (cacheTtl !== undefined) query.set('cache_ttl', cacheTtl);
  const headers = { 'X-KV-Pop': inHeader(pop), 'X-KV-Namespace': inHeader(namespace) };
  const response = await asked(`/${encodeURIComponent(key)}?${query}`, { method, headers, body: value });
  const told = (of) => numbers(response.headers.get(`x-kvlag-${of}`));
  return {
    status: response.status,
    reason: response.statusText,
    cache: response.headers.get('cf-cache-status'),
    read: told('read'),
    write: told('write'),
    text: await response.text(),
  };
}

/** What "number=15, version=1" says; `null` where nothing is said. */
function numbers(told) {
  if (told === null) return null;
  const pairs = told.split(', ').map((pair) => pair.split('='));
  return Object.fromEntries(pairs.map(([name, text]) => [name, Number(text)]));
}

/**
 * The states of the session, of a key from some reads and writes on. `hear` gets each; `lose` is told when the server
 * is gone, with whether it said farewell. Gives what ends it.
 */
export function listen({ key, namespace, readsFrom, writesFrom }, hear, lose) {
  const query = new URLSearchParams({ every_ms: 250, reads_from: readsFrom, writes_from: writesFrom });
  if (key !== null) query.set('key', key);
  query.set('namespace', namespace);
  if (token() !== null) query.set('token', token());
  const source = new EventSource(`/api/events?${query}`);
  source.addEventListener('state', (event) => hear(JSON.parse(event.data)));
  source.addEventListener('over', () => {
    source.close();
    lose(true);
  });
  // It would try again by itself, but from where it began, and without end.
  source.addEventListener('error', () => {
    source.close();
    lose(false);
  });
  return () => source.close();
}

/** Waits until a server answers again; gives its world. */
export async function comesBack() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    try {
      return await get('/api/world');
    } catch {
      // Nobody is there yet.
    }
  }
}
