export interface Channel {
  sendMessage(text: string): boolean;
  sendMessageBinary(data: Uint8Array): boolean;
}

/** Sends. On a connection that breaks in this moment the library throws; that it broke is told elsewhere. */
export function say(channel: Channel, message: string | Uint8Array): void {
  try {
    if (typeof message === 'string') channel.sendMessage(message);
    else channel.sendMessageBinary(message);
  } catch {}
}
