import { EventFeed, type EventOptions } from './event-feed.ts';
import { bytesOf, textOf } from './fetch.ts';
import { type PairingStep, pairingSteps } from './pairing.ts';
import { type ApiOptions, type CallOptions, type Given, type OperationName, type Parts, Requests } from './requests.ts';
import { readScreenshot, type Screenshot, type ScreenshotOptions, screenshotQuery } from './screenshot.ts';
import type * as types from './types.ts';

/** A batch may wait for pictures, for the controls, and as long as the model wants. */
const ACTIONS_TIMEOUT_MS = 600_000;

/** The operations that answer with JSON or nothing. */
export type JsonOperationName = {
  [Name in OperationName]: types.Operations[Name]['answer'] extends types.Raw ? never : Name;
}[OperationName];

export interface StartOptions extends CallOptions {
  /** false: answer at once; the status of the streamer shows the outcome. */
  wait?: boolean | undefined;
}

export interface AppImage {
  /** Content type. */
  type: string;
  data: Uint8Array<ArrayBuffer>;
}

/** A Moonshare server: one method for each request of its API. All reject with ApiError, or with the reason of their signal. */
export class MoonshareApi {
  readonly #requests: Requests;

  constructor(options: ApiOptions) {
    this.#requests = new Requests(options);
  }

  /** Any operation by its name, e.g. `GET /api/streamers/{id}`. The answer is not checked: it is as the server sends it. */
  async request<Name extends JsonOperationName>(
    name: Name,
    given: Given<Name>,
    options?: CallOptions,
  ): Promise<types.Operations[Name]['answer']> {
    return (await this.#requests.json(name, given as Parts, options)) as types.Operations[Name]['answer'];
  }

  /** Starts a streamer, and answers when its session with the host is up. Not repeated if the connection fails: `ensureStreamer` is. */
  createStreamer(streamer: types.CreateStreamer, options?: StartOptions): Promise<types.StreamerInfo> {
    return this.request('POST /api/streamers', { query: waitQuery(options), body: streamer }, options);
  }

  /** Starts a streamer unless it runs already; it also comes back after a restart of the server. */
  ensureStreamer(id: string, streamer: types.EnsureStreamer, options?: StartOptions): Promise<types.StreamerInfo> {
    return this.request(
      'PUT /api/streamers/{id}',
      { params: { id }, query: waitQuery(options), body: streamer },
      options,
    );
  }

  /** All streamers that the caller may see. */
  listStreamers(options?: CallOptions): Promise<types.StreamerList> {
    return this.request('GET /api/streamers', {}, options);
  }

  /** One streamer, with the statistics of its process and of each viewer. */
  streamer(id: string, options?: CallOptions): Promise<types.StreamerDetail> {
    return this.request('GET /api/streamers/{id}', { params: { id } }, options);
  }

  /** Changes the bitrate while it runs. Throws HOST_CANNOT: most hosts cannot. */
  changeStreamer(id: string, change: types.ChangeStreamer, options?: CallOptions): Promise<types.StreamerInfo> {
    return this.request('PATCH /api/streamers/{id}', { params: { id }, body: change }, options);
  }

  /** Ends a streamer: its viewers, its host session, its process. */
  async endStreamer(id: string, options?: CallOptions): Promise<void> {
    await this.request('DELETE /api/streamers/{id}', { params: { id } }, options);
  }

  /** Types and points. What is held down is released 10 s after the last request, or with `release: true`. */
  sendInput(id: string, input: types.Input, options?: CallOptions): Promise<types.InputAnswer> {
    return this.request('POST /api/streamers/{id}/input', { params: { id }, body: input }, options);
  }

  /**
   * Does what a model wants done, in order, in the words of Anthropic's or OpenAI's computer tools; stops at the first that fails, as its
   * answer says. Throws CONTROL_TAKEN.
   */
  act(id: string, actions: types.Actions, options?: CallOptions): Promise<types.ActionsAnswer> {
    return this.request(
      'POST /api/streamers/{id}/actions',
      { params: { id }, body: actions },
      { timeoutMs: ACTIONS_TIMEOUT_MS, ...options },
    );
  }

  /** The newest picture of the stream. */
  async screenshot(id: string, picture: ScreenshotOptions = {}, options?: CallOptions): Promise<Screenshot> {
    const given = { params: { id }, query: screenshotQuery(picture) };
    return this.#requests.send('GET /api/streamers/{id}/screenshot', given, options, (reply) =>
      readScreenshot(this.#requests.base, reply),
    );
  }

  /** Answers when the picture has changed, or has stopped changing. Throws WAIT_TIMEOUT. */
  waitForPicture(id: string, until: types.WaitRequest, options?: CallOptions): Promise<types.WaitAnswer> {
    return this.request('POST /api/streamers/{id}/wait', { params: { id }, body: until }, options);
  }

  /** Removes a viewer. Someone who used a link can come back with it; revoke the link to keep them out. */
  async removeViewer(id: string, peerId: string, options?: CallOptions): Promise<void> {
    await this.request('DELETE /api/streamers/{id}/peers/{peer}', { params: { id, peer: peerId } }, options);
  }

  /** Changes what a viewer may do, until it joins anew. */
  changeViewer(
    id: string,
    peerId: string,
    change: types.ChangePeer,
    options?: CallOptions,
  ): Promise<types.StreamerInfo> {
    return this.request(
      'PATCH /api/streamers/{id}/peers/{peer}',
      { params: { id, peer: peerId }, body: change },
      options,
    );
  }

  /** A token for a viewer, for pages that must not have the credentials. */
  createPeerToken(id: string, token: types.PeerTokenRequest = {}, options?: CallOptions): Promise<types.PeerToken> {
    return this.request('POST /api/streamers/{id}/token', { params: { id }, body: token }, options);
  }

  /** Who is there, people and agents, and what they hold. */
  listParticipants(id: string, options?: CallOptions): Promise<types.ParticipantList> {
    return this.request('GET /api/streamers/{id}/participants', { params: { id } }, options);
  }

  /** Who has the controls, and who wants them. */
  control(id: string, options?: CallOptions): Promise<types.ControlState> {
    return this.request('GET /api/streamers/{id}/control', { params: { id } }, options);
  }

  /** Changes the control policy; what is absent stays as it is. */
  changeControl(id: string, change: types.ChangeControl, options?: CallOptions): Promise<types.ControlState> {
    return this.request('PUT /api/streamers/{id}/control', { params: { id }, body: change }, options);
  }

  /** Asks for, gives, refuses, takes or releases the controls, as an agent. Throws CONTROL_TAKEN, CONTROL_DENIED. */
  controlAction(id: string, action: types.ControlAction, options?: CallOptions): Promise<types.ControlState> {
    return this.request('POST /api/streamers/{id}/control', { params: { id }, body: action }, options);
  }

  /** The join links of a streamer, without their addresses. */
  listLinks(id: string, options?: CallOptions): Promise<types.LinkList> {
    return this.request('GET /api/streamers/{id}/links', { params: { id } }, options);
  }

  /** Makes a join link for people. Only this answer has its address. */
  createLink(id: string, link: types.CreateLink, options?: CallOptions): Promise<types.CreatedLink> {
    return this.request('POST /api/streamers/{id}/links', { params: { id }, body: link }, options);
  }

  /** Revokes a join link; viewers who used it are removed. */
  async revokeLink(id: string, link: number, options?: CallOptions): Promise<void> {
    await this.request('DELETE /api/streamers/{id}/links/{link}', { params: { id, link } }, options);
  }

  /** Vouches for a browser: the first to open the address, within a minute, opens your links for vouched browsers. */
  createVoucher(options?: CallOptions): Promise<types.Voucher> {
    return this.request('POST /api/vouchers', {}, options);
  }

  /** In that browser; throws UNAUTHORIZED if the voucher has been used, or has expired. */
  async redeemVoucher(voucher: string, options?: CallOptions): Promise<void> {
    await this.request('POST /api/vouchers/redeem', { body: { voucher } }, { retries: 0, ...options });
  }

  /** The users that a streamer is shared with. */
  listShares(id: string, options?: CallOptions): Promise<types.ShareList> {
    return this.request('GET /api/streamers/{id}/shares', { params: { id } }, options);
  }

  /** Shares a streamer with a user. Throws USER_NOT_FOUND. */
  share(id: string, user: string, share: types.ShareStreamer, options?: CallOptions): Promise<types.ShareInfo> {
    return this.request('PUT /api/streamers/{id}/shares/{name}', { params: { id, name: user }, body: share }, options);
  }

  /** Stops sharing a streamer with a user, who is removed. */
  async endShare(id: string, user: string, options?: CallOptions): Promise<void> {
    await this.request('DELETE /api/streamers/{id}/shares/{name}', { params: { id, name: user } }, options);
  }

  /** The sessions of the older generation of callers. */
  listLegacySessions(options?: CallOptions): Promise<types.LegacySessionList> {
    return this.request('GET /api/sessions', {}, options);
  }

  /** All hosts. */
  listHosts(options?: CallOptions): Promise<types.HostList> {
    return this.request('GET /api/hosts', {}, options);
  }

  /** Hosts that announce themselves on the local network. */
  discoverHosts(options?: CallOptions): Promise<types.DiscoveredHostList> {
    return this.request('GET /api/hosts/discovered', {}, options);
  }

  /** One host. `refresh`: ask it now. */
  host(hostId: number, refresh = false, options?: CallOptions): Promise<types.HostAnswer> {
    return this.request('GET /api/host', { query: { host_id: hostId, force_refresh: refresh } }, options);
  }

  /** Adds a host. */
  addHost(host: types.AddHost, options?: CallOptions): Promise<types.HostAnswer> {
    return this.request('PUT /api/host', { body: host }, options);
  }

  /** Forgets a host. */
  async removeHost(hostId: number, options?: CallOptions): Promise<void> {
    await this.request('DELETE /api/host', { query: { host_id: hostId } }, options);
  }

  /** Forgets the pairings with a host. */
  unpairHost(hostId: number, options?: CallOptions): Promise<types.HostAnswer> {
    return this.request('POST /api/host/unpair', { body: { host_id: hostId } }, options);
  }

  /** Wakes a host, by Wake on LAN. */
  async wakeHost(hostId: number, options?: CallOptions): Promise<void> {
    await this.request('POST /api/host/wake', { body: { host_id: hostId } }, options);
  }

  /** Ends the app that runs on a host, if no streamer uses it. */
  cancelHostApp(hostId: number, options?: CallOptions): Promise<types.Success> {
    return this.request('POST /api/host/cancel', { body: { host_id: hostId } }, options);
  }

  /** The apps of a host. `refresh`: ask it now. */
  listApps(hostId: number, refresh = false, options?: CallOptions): Promise<types.AppList> {
    return this.request('GET /api/apps', { query: { host_id: hostId, force_refresh: refresh } }, options);
  }

  /** The picture of an app; a neutral one where the host has none. */
  async appImage(hostId: number, appId: number, options?: CallOptions): Promise<AppImage> {
    const query = { host_id: hostId, app_id: appId };
    return this.#requests.send('GET /api/app/image', { query }, options, async (reply) => ({
      type: reply.headers.get('content-type') ?? '',
      data: await bytesOf(reply),
    }));
  }

  /** Pairs a host: first the PIN that a person has to enter there, then the outcome. Ending the loop ends the pairing. */
  pair(hostId: number, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<PairingStep, void> {
    return pairingSteps(this.#requests, hostId, signal);
  }

  /** The pairing with a host: how many streamers can run there, and the outcome of the last attempt. */
  pairingInfo(hostId: number, options?: CallOptions): Promise<types.PairingInfo> {
    return this.request('GET /api/pair/{host_id}', { params: { host_id: hostId } }, options);
  }

  /** Throws UNAUTHORIZED unless the server knows the caller. */
  async authenticate(options?: CallOptions): Promise<void> {
    await this.request('GET /api/authenticate', {}, options);
  }

  /** Logs in, in a browser: the session is a cookie. Throws LOGIN_FAILED, RATE_LIMITED. */
  logIn(login: types.Login, options?: CallOptions): Promise<types.LoginAnswer> {
    return this.request('POST /api/login', { body: login }, options);
  }

  /** Ends the login of this browser. */
  async logOut(options?: CallOptions): Promise<void> {
    await this.request('POST /api/logout', {}, options);
  }

  /** Who the caller is. */
  me(options?: CallOptions): Promise<types.Me> {
    return this.request('GET /api/me', {}, options);
  }

  /** Changes the password of whoever is logged in; their other sessions end. */
  changePassword(change: types.ChangePassword, options?: CallOptions): Promise<types.LoginAnswer> {
    // Done twice, the second time would have the wrong password.
    return this.request('PUT /api/me/password', { body: change }, { retries: 0, ...options });
  }

  /** All users. */
  listUsers(options?: CallOptions): Promise<types.UserList> {
    return this.request('GET /api/users', {}, options);
  }

  /** Creates a user. */
  createUser(user: types.CreateUser, options?: CallOptions): Promise<types.UserInfo> {
    return this.request('POST /api/users', { body: user }, options);
  }

  /** Changes the role or password of a user; their sessions end. */
  changeUser(name: string, change: types.ChangeUser, options?: CallOptions): Promise<types.UserInfo> {
    return this.request('PATCH /api/users/{name}', { params: { name }, body: change }, options);
  }

  /** Removes a user. */
  async removeUser(name: string, options?: CallOptions): Promise<void> {
    await this.request('DELETE /api/users/{name}', { params: { name } }, options);
  }

  /** API tokens: the caller's own, or all for an admin. */
  listTokens(options?: CallOptions): Promise<types.TokenList> {
    return this.request('GET /api/tokens', {}, options);
  }

  /** Makes an API token. Only this answer contains it. */
  createToken(token: types.CreateToken, options?: CallOptions): Promise<types.CreatedToken> {
    return this.request('POST /api/tokens', { body: token }, options);
  }

  /** Revokes an API token. */
  async revokeToken(id: number, options?: CallOptions): Promise<void> {
    await this.request('DELETE /api/tokens/{id}', { params: { id } }, options);
  }

  /** Who is sent events. Admins only, like everything about webhooks. */
  listWebhooks(options?: CallOptions): Promise<types.WebhookList> {
    return this.request('GET /api/webhooks', {}, options);
  }

  /** Has events sent to an address. Only this answer has the secret that they are signed with. */
  createWebhook(webhook: types.CreateWebhook, options?: CallOptions): Promise<types.CreatedWebhook> {
    return this.request('POST /api/webhooks', { body: webhook }, options);
  }

  /** What it has not been sent is forgotten. */
  async removeWebhook(id: number, options?: CallOptions): Promise<void> {
    await this.request('DELETE /api/webhooks/{id}', { params: { id } }, options);
  }

  /** What became of the last events, newest first. */
  listWebhookDeliveries(id: number, options?: CallOptions): Promise<types.WebhookDeliveryList> {
    return this.request('GET /api/webhooks/{id}/deliveries', { params: { id } }, options);
  }

  /** Every change of state from now on; see `EventFeed`. */
  events(options: EventOptions = {}): EventFeed {
    return new EventFeed(this.#requests, options);
  }

  /** Metrics in the format of Prometheus. */
  async metrics(options?: CallOptions): Promise<string> {
    return this.#requests.send('GET /metrics', {}, options, textOf);
  }

  /** The process of the server is alive. */
  alive(options?: CallOptions): Promise<types.Status> {
    return this.request('GET /healthz', {}, options);
  }

  /** The server is ready for requests. Throws NOT_READY, SHUTTING_DOWN, STORE_UNWRITABLE. */
  ready(options?: CallOptions): Promise<types.Status> {
    return this.request('GET /readyz', {}, options);
  }

  /** Backs up the database to the server's own disk. */
  backUp(options?: CallOptions): Promise<types.Backup> {
    return this.request('POST /api/backup', {}, options);
  }

  /** The OpenAPI document. */
  async description(options?: CallOptions): Promise<Record<string, unknown>> {
    return (await this.#requests.json('GET /api/openapi.json', {}, options)) as Record<string, unknown>;
  }
}

function waitQuery(options: StartOptions | undefined) {
  return { wait: options?.wait };
}
