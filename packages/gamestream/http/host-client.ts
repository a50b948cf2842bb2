import type { App, ClientIdentity, LaunchReply, LaunchRequest, ServerInfo } from './types.ts';

export interface HostClientOptions {
  address: string;
  httpPort?: number;
  httpsPort?: number;
  identity?: ClientIdentity;
  hostCertificate?: string;
  uniqueId?: string;
}

export class HostClient {
  readonly address: string;
  constructor(options: HostClientOptions) {
    this.address = options.address;
  }
  serverInfo(_options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<ServerInfo> {
    throw new Error('not yet');
  }
  appList(): Promise<App[]> {
    throw new Error('not yet');
  }
  boxArt(_appId: number): Promise<{ contentType: string; data: Buffer }> {
    throw new Error('not yet');
  }
  launch(_request: LaunchRequest, _options: { signal?: AbortSignal } = {}): Promise<LaunchReply> {
    throw new Error('not yet');
  }
  resume(_request: LaunchRequest, _options: { signal?: AbortSignal } = {}): Promise<LaunchReply> {
    throw new Error('not yet');
  }
  cancel(_options: { signal?: AbortSignal } = {}): Promise<void> {
    throw new Error('not yet');
  }
}
