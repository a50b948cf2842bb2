/** A server-sent event. */
export interface Message {
  /** null: it has none. */
  id: string | null;
  data: string;
}

/** Characters of the data of one event. */
const LARGEST_DATA = 1_000_000;

/** Puts server-sent events together from the lines of a stream, as the HTML standard has it; without the names, which our data has too. */
export class ServerSentReader {
  #id: string | null = null;
  #data: string[] = [];
  #size = 0;

  /** The event that this line ends, or null. Throws RangeError if its data are too long. */
  read(line: string): Message | null {
    if (line === '') return this.#end();
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id' && !value.includes('\0')) this.#id = value;
    if (field === 'data') {
      this.#size += value.length;
      if (this.#size > LARGEST_DATA) throw new RangeError('sent an event that is too long');
      this.#data.push(value);
    }
    return null;
  }

  #end(): Message | null {
    const message = this.#data.length === 0 ? null : { id: this.#id, data: this.#data.join('\n') };
    [this.#id, this.#data, this.#size] = [null, [], 0];
    return message;
  }
}
