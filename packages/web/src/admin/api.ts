import {
  type CreatedLink,
  createdLinkSchema,
  type createLinkSchema,
  type LinkInfo,
  type LoginAnswer,
  linkInfoSchema,
  loginAnswerSchema,
  type Me,
  meSchema,
  parseJson,
  type Role,
  type ShareInfo,
  type StreamerDetail,
  type StreamerInfo,
  shareInfoSchema,
  streamerDetailSchema,
  streamerInfoSchema,
  type UndetailedHost,
  undetailedHostSchema,
} from '@moonshare/contract';
import { z } from 'zod';
import { badReply, refusal, unreachable } from './api-error.ts';

/** The server ends a streamer within 7 s and waits for a host some seconds; waiting longer than this is pointless. */
const ANSWER_LIMIT_MS = 20_000;

/** One that others were shown a moment ago will do. */
const PREVIEW = new URLSearchParams({ max_edge: '480', quality: '60', max_age_ms: '4000' });

const streamersSchema = z.object({ streamers: z.array(streamerInfoSchema) });
const hostsSchema = z.object({ hosts: z.array(undetailedHostSchema) });
const linksSchema = z.object({ links: z.array(linkInfoSchema) });
const sharesSchema = z.object({ shares: z.array(shareInfoSchema) });

export type NewLink = z.input<typeof createLinkSchema>;

/** The REST API as this page uses it; the browser adds the session cookie. Every call throws ApiError. */
export class AdminApi {
  readonly #base: URL;

  /** `base` includes the path prefix and ends with a slash. */
  constructor(base: URL) {
    this.#base = base;
  }

  get eventsAddress(): URL {
    return this.#address('events');
  }

  /** Throws UNAUTHORIZED if nobody is logged in. */
  me(): Promise<Me> {
    return this.#call(meSchema, 'GET', 'me');
  }

  /** Throws LOGIN_FAILED, and RATE_LIMITED with `retryAfter`. */
  logIn(user: string, password: string): Promise<LoginAnswer> {
    return this.#call(loginAnswerSchema, 'POST', 'login', { user, password });
  }

  logOut(): Promise<void> {
    return this.#do('POST', 'logout');
  }

  async streamers(): Promise<StreamerInfo[]> {
    return (await this.#call(streamersSchema, 'GET', 'streamers')).streamers;
  }

  streamer(id: string): Promise<StreamerDetail> {
    return this.#call(streamerDetailSchema, 'GET', streamerPath(id));
  }

  /** A small picture of the stream. Throws DECODER_MISSING where the server cannot make one. */
  async preview(id: string): Promise<Blob> {
    let response: Response;
    try {
      response = await fetch(this.#address(`${streamerPath(id)}/screenshot?${PREVIEW}`), {
        cache: 'no-store',
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      });
      if (response.ok) return await response.blob();
    } catch {
      throw unreachable();
    }
    throw refusal(response, parseJson(await response.text()) ?? null);
  }

  endStreamer(id: string): Promise<void> {
    return this.#do('DELETE', streamerPath(id));
  }

  removeViewer(id: string, peerId: string): Promise<void> {
    return this.#do('DELETE', `${streamerPath(id)}/peers/${encodeURIComponent(peerId)}`);
  }

  /** Throws FORBIDDEN if the account of the viewer allows less. */
  setRole(id: string, peerId: string, role: Role): Promise<void> {
    return this.#do('PATCH', `${streamerPath(id)}/peers/${encodeURIComponent(peerId)}`, { role });
  }

  async hosts(): Promise<UndetailedHost[]> {
    return (await this.#call(hostsSchema, 'GET', 'hosts')).hosts;
  }

  async links(id: string): Promise<LinkInfo[]> {
    return (await this.#call(linksSchema, 'GET', `${streamerPath(id)}/links`)).links;
  }

  makeLink(id: string, link: NewLink): Promise<CreatedLink> {
    return this.#call(createdLinkSchema, 'POST', `${streamerPath(id)}/links`, link);
  }

  revokeLink(id: string, link: number): Promise<void> {
    return this.#do('DELETE', `${streamerPath(id)}/links/${link}`);
  }

  async shares(id: string): Promise<ShareInfo[]> {
    return (await this.#call(sharesSchema, 'GET', `${streamerPath(id)}/shares`)).shares;
  }

  /** Throws USER_NOT_FOUND. */
  share(id: string, user: string, role: Role): Promise<ShareInfo> {
    return this.#call(shareInfoSchema, 'PUT', sharePath(id, user), { role });
  }

  endShare(id: string, user: string): Promise<void> {
    return this.#do('DELETE', sharePath(id, user));
  }

  #address(path: string): URL {
    return new URL(`api/${path}`, this.#base);
  }

  async #call<T extends z.ZodType>(form: T, method: string, path: string, body?: unknown): Promise<z.output<T>> {
    const answer = form.safeParse(await this.#request(method, path, body));
    if (!answer.success) throw badReply();
    return answer.data;
  }

  async #do(method: string, path: string, body?: unknown): Promise<void> {
    await this.#request(method, path, body);
  }

  /** The body of a successful response; null if there was none. */
  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#address(path), {
        method,
        cache: 'no-store',
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch {
      throw unreachable();
    }
    const answer = parseJson(text) ?? null;
    if (!response.ok) throw refusal(response, answer);
    return answer;
  }
}

function streamerPath(id: string): string {
  return `streamers/${encodeURIComponent(id)}`;
}

function sharePath(id: string, user: string): string {
  return `${streamerPath(id)}/shares/${encodeURIComponent(user)}`;
}
