import { type AttributeEventForOptions, SaxesParser, type SaxesStartTagPlain } from 'saxes';
import { GameStreamError } from '../errors.ts';

/** No reply of a host comes near these limits. */
export const MAX_XML_BYTES = 1024 * 1024;
export const MAX_XML_ELEMENTS = 20_000;
const MAX_DEPTH = 16;
const MAX_ATTRIBUTES = 16;
const MAX_NAME_LENGTH = 128;
const MAX_TEXT_LENGTH = 16 * 1024;
const MAX_TOLERATED_ERRORS = 1_000;

/** Errors that hosts make inside texts; the text stays readable. */
const TOLERATED_ERRORS =
  /(disallowed character|undefined entity|malformed character entity|"]]>" is disallowed in char data|text data outside of root node|XML declaration .*)\.$/;

/** An element of a parsed reply. */
export class XmlElement {
  readonly #name: string;
  readonly #children: XmlElement[] = [];
  #text = '';

  constructor(name: string) {
    this.#name = name;
  }

  /** The text of the first child of that name, '' if it is empty, null if there is none. */
  text(name: string): string | null {
    const child = this.#children.find((one) => one.#name === name);
    return child === undefined ? null : child.#text.trim();
  }

  /** A decimal integer of at most 32 bits, or null if missing or anything else. */
  integer(name: string): number | null {
    const text = this.text(name);
    if (text === null || !/^-?\d{1,10}$/.test(text)) return null;
    const value = Number(text);
    return value >= -0x80000000 && value <= 0xffffffff ? value : null;
  }

  children(name: string): XmlElement[] {
    return this.#children.filter((child) => child.#name === name);
  }

  /** While the reply is being parsed. */
  append(content: XmlElement | string): void {
    if (content instanceof XmlElement) this.#children.push(content);
    else this.#text += content;
    if (this.#text.length > MAX_TEXT_LENGTH) throw tooMuch('text');
  }
}

/** A reply of a host, protocol/1 §3.2. */
export interface XmlReply {
  /** 200 is the only success. Signed: GFE sends 4294967295 for -1. */
  statusCode: number;
  statusMessage: string;
  root: XmlElement;
}

/** Parses `<root status_code="N" status_message="text">`. Throws HOST_BAD_REPLY. */
export function parseReply(body: Buffer | string): XmlReply {
  if (body.length > MAX_XML_BYTES) throw new GameStreamError('HOST_BAD_REPLY', `An XML reply of ${body.length} bytes`);
  const document = readDocument(body.toString());
  const status = document.attributes.get('status_code') ?? '';
  if (document.name !== 'root' || !/^-?\d{1,10}$/.test(status)) {
    throw new GameStreamError('HOST_BAD_REPLY', 'The reply has no root element with a status code', {
      hint: 'Check that the address and port are those of a GameStream host.',
    });
  }
  return {
    statusCode: Number(status) | 0,
    statusMessage: document.attributes.get('status_message') ?? '',
    root: document.root,
  };
}

interface XmlDocument {
  name: string;
  /** Of the root alone; attributes of other elements mean nothing. */
  attributes: ReadonlyMap<string, string>;
  root: XmlElement;
}

/** Stops at the first limit exceeded, so that a hostile reply costs little time. */
function readDocument(text: string): XmlDocument {
  const parser = new SaxesParser();
  const attributes = new Map<string, string>();
  const open: XmlElement[] = [];
  let first: { name: string; root: XmlElement } | null = null;
  let elements = 0;
  let attributesOfElement = 0;
  let toleratedErrors = 0;

  parser.on('opentagstart', ({ name }: SaxesStartTagPlain) => {
    attributesOfElement = 0;
    const element = new XmlElement(shortName(name));
    if (++elements > MAX_XML_ELEMENTS) throw tooMuch('elements');
    if (open.push(element) > MAX_DEPTH) throw tooMuch('depth');
    open.at(-2)?.append(element);
    first ??= { name, root: element };
  });
  parser.on('attribute', ({ name, value }: AttributeEventForOptions<object>) => {
    if (++attributesOfElement > MAX_ATTRIBUTES) throw tooMuch('attributes');
    if (value.length > MAX_TEXT_LENGTH) throw tooMuch('text');
    shortName(name);
    if (elements === 1) attributes.set(name, value);
  });
  parser.on('closetag', () => void open.pop());
  const append = (content: string) => open.at(-1)?.append(content);
  parser.on('text', append);
  parser.on('cdata', append);
  // It could define entities, and no host sends one.
  parser.on('doctype', () => {
    throw new GameStreamError('HOST_BAD_REPLY', 'The XML reply declares a document type');
  });
  parser.on('error', (cause) => {
    if (!TOLERATED_ERRORS.test(cause.message))
      throw new GameStreamError('HOST_BAD_REPLY', 'The reply is not XML', { cause });
    if (++toleratedErrors > MAX_TOLERATED_ERRORS) throw tooMuch('errors');
  });
  parser.write(tidy(text)).close();
  if (first === null) throw new GameStreamError('HOST_BAD_REPLY', 'The reply is not XML');
  return { ...(first as { name: string; root: XmlElement }), attributes };
}

/** Drops control characters and escapes a lone &, for whose end the parser would search past the next tags. */
function tidy(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  const printable = text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '');
  return printable.includes('<![CDATA[') ? printable : printable.replace(/&(?!#?\w{1,32};)/g, '&amp;');
}

function shortName(name: string): string {
  if (name.length > MAX_NAME_LENGTH) throw tooMuch('name');
  return name;
}

function tooMuch(what: 'elements' | 'depth' | 'attributes' | 'name' | 'text' | 'errors'): GameStreamError {
  return new GameStreamError('HOST_BAD_REPLY', `The XML reply exceeds a limit: ${what}`);
}

/** A child to write: name and text, or name and children. */
export type XmlChild = [name: string, content: string | number | XmlChild[]];

/** A reply as Sunshine and Wolf write it: declaration, LF, one line without indentation, protocol/1 §3.2. */
export function replyXml(children: XmlChild[], attributes: [name: string, value: string][] = []): string {
  const all: [string, string][] = [['status_code', '200'], ...attributes];
  return writeDocument(all, children);
}

/** An XML error. `query` is the attribute Sunshine adds to its 401, protocol/1 §3.3. */
export function errorXml(statusCode: number, message?: string, query?: string): string {
  const attributes: [string, string][] = [['status_code', String(statusCode)]];
  if (query !== undefined) attributes.push(['query', query]);
  if (message !== undefined) attributes.push(['status_message', message]);
  return writeDocument(attributes, []);
}

function writeDocument(attributes: [string, string][], children: XmlChild[]): string {
  const head = attributes.map(([name, value]) => ` ${name}="${escapeText(value)}"`).join('');
  const body = children.length === 0 ? `<root${head}/>` : `<root${head}>${children.map(writeChild).join('')}</root>`;
  return `<?xml version="1.0" encoding="utf-8"?>\n${body}`;
}

function writeChild([name, content]: XmlChild): string {
  const text = Array.isArray(content) ? content.map(writeChild).join('') : escapeText(String(content));
  return text === '' ? `<${name}/>` : `<${name}>${text}</${name}>`;
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}
