import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { MoonshareApi } from '@moonshare/api';
import { type CreatedToken, type Me, MoonshareError, meSchema } from '@moonshare/contract';
import { AddressSet } from '../../auth/address.ts';
import type { Config } from '../../config/settings.ts';
import { inOurWords, serverOf } from '../api-client.ts';
import { wantsLogin } from './check-web.ts';
import { type Finding, ok, problem, unknown } from './finding.ts';

/** An address that nobody has (RFC 5737), for a browser to claim. */
const FORGED = '192.0.2.1';
const TOKEN_SECONDS = 60;

interface Reply {
  status: number;
  body: IncomingMessage;
  /** The local address that this request was sent from. */
  from: string;
}

/**
 * What the server learns from a proxy in front of it: who the client is, whether over HTTPS, and whether answers arrive unbuffered. With
 * a token that is valid for a minute: the public address may be someone else's, who must not get the credentials.
 */
export async function checkProxy(config: Config, publicUrl: string, limitMs: number): Promise<Finding[]> {
  const check = `through ${publicUrl}`;
  const server = serverOf(config, { limitMs });
  let token: CreatedToken;
  try {
    token = await server.createToken({ name: 'doctor', scopes: ['streamers:read'], expires_in: TOKEN_SECONDS });
  } catch (error) {
    const said = `cannot check what it tells the server: ${MoonshareError.from(inOurWords(error)).message}`;
    return [unknown(check, said, 'Give this command MOONSHARE_CREDENTIALS, or a token with the scope admin.')];
  }
  try {
    const headers = { authorization: `Bearer ${token.token}` };
    const reply = await ask(`${publicUrl}/api/me`, { headers: { ...headers, 'x-forwarded-for': FORGED }, limitMs });
    // The WebSocket check has already reported that nobody answers.
    if (reply === null) return [];
    // Reported by the WebSocket check too; we do not know the credentials for that login.
    if (wantsLogin(reply.body)) return checkUserHeader(config, { check, publicUrl, server, limitMs });
    const said = await seen(config, { check, publicUrl, reply });
    const passed = await checkStream(check, { url: `${publicUrl}/api/events`, headers, limitMs });
    const named = await checkUserHeader(config, { check, publicUrl, server, limitMs });
    return [...said, passed, ...named];
  } finally {
    await server.revokeToken(token.id).catch(() => {});
  }
}

async function seen(
  { trustedProxies }: Config,
  { check, publicUrl, reply }: { check: string; publicUrl: string; reply: Reply },
): Promise<Finding[]> {
  const me = await readMe(reply);
  if (me === null) {
    const fix = `Make the proxy forward the path ${new URL(publicUrl).pathname} and the header Authorization.`;
    return [problem(check, `${publicUrl}/api/me answered ${reply.status}`, fix)];
  }
  return judge(me.seen, { check, publicUrl, oneOfOurs: new AddressSet(trustedProxies).has(reply.from) });
}

/** `oneOfOurs`: the request came from an address that counts as a trusted proxy, which may claim any address. */
export function judge(
  { address, https }: Me['seen'],
  { check, publicUrl, oneOfOurs }: { check: string; publicUrl: string; oneOfOurs: boolean },
): Finding[] {
  const findings: Finding[] = [];
  if (publicUrl.startsWith('https:') && !https) {
    const fix =
      'Put the address of the proxy into MOONSHARE_TRUSTED_PROXIES, and let it send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme).';
    findings.push(
      problem(check, 'the server does not learn that browsers use HTTPS, so its cookies are not limited to HTTPS', fix),
    );
  }
  const forwardedFor =
    'Let the proxy put the address of the browser into X-Forwarded-For (nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for).';
  if (oneOfOurs) {
    const fix = `From another machine, run: curl -H "Authorization: Bearer ..." ${publicUrl}/api/me shows it as seen.address.`;
    findings.push(unknown(check, 'cannot determine from here whether the server learns where browsers come from', fix));
  } else if (address === FORGED) {
    const said = 'a browser can claim any address, and so get around the limits on guessing';
    findings.push(problem(check, said, forwardedFor));
  } else findings.push(ok(check, `the server sees this machine as ${address}: check that this is its address`));
  return findings;
}

/** The first line of the event stream arrives at once, unless something holds it back. */
async function checkStream(
  check: string,
  options: { url: string; headers: Record<string, string>; limitMs: number },
): Promise<Finding> {
  const reply = await ask(options.url, options);
  const first = reply?.status === 200 ? await firstBytes(reply.body, options.limitMs) : false;
  reply?.body.destroy();
  if (first) return ok(check, 'forwards responses as they arrive');
  const fix =
    'Make the proxy forward the responses of /api/events and /api/pair without buffering (nginx: proxy_buffering off).';
  return problem(check, `holds events back (${reply === null ? 'no answer' : `answered ${reply.status}`})`, fix);
}

async function checkUserHeader(
  { proxyUserHeader }: Config,
  options: { check: string; publicUrl: string; server: MoonshareApi; limitMs: number },
): Promise<Finding[]> {
  if (proxyUserHeader === undefined) return [];
  const { users } = await options.server.listUsers().catch(() => ({ users: [] }));
  const [user] = users;
  if (user === undefined) return [];
  const reply = await ask(`${options.publicUrl}/api/me`, {
    headers: { [proxyUserHeader]: user.name },
    limitMs: options.limitMs,
  });
  const me = reply === null ? null : await readMe(reply);
  if (me === null) return [ok(options.check, `does not accept ${proxyUserHeader} from browsers`)];
  const fix = `Make the proxy set ${proxyUserHeader} itself on every request, or remove it.`;
  return [problem(options.check, `anyone who sends ${proxyUserHeader}: ${user.name} is let in as that user`, fix)];
}

/** null: no answer in time. */
async function ask(url: string, options: { headers: Record<string, string>; limitMs: number }): Promise<Reply | null> {
  const { promise, resolve } = Promise.withResolvers<Reply | null>();
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const sent = send(url, { headers: options.headers, agent: false, timeout: options.limitMs });
  sent.once('response', (body) =>
    resolve({ status: body.statusCode ?? 0, body, from: body.socket.localAddress ?? '' }),
  );
  sent.once('timeout', () => sent.destroy());
  sent.on('error', () => resolve(null));
  sent.end();
  return promise;
}

async function readMe({ status, body }: Reply): Promise<Me | null> {
  const said = await text(body).catch(() => '');
  if (status !== 200) return null;
  try {
    return meSchema.parse(JSON.parse(said));
  } catch {
    return null;
  }
}

async function firstBytes(body: IncomingMessage, limitMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), limitMs);
  body.once('data', () => resolve(true));
  body.once('error', () => resolve(false));
  body.once('end', () => resolve(false));
  const there = await promise;
  clearTimeout(timer);
  return there;
}
