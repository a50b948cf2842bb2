import { XMLParser } from 'fast-xml-parser';
import { GameStreamError } from '../errors.ts';

/** No reply of a host comes near this. */
export const MAX_XML_BYTES = 1024 * 1024;
export const MAX_XML_ELEMENTS = 20_000;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  ignoreDeclaration: true,
  parseTagValue: false,
  parseAttributeValue: false,
  // For the numeric references; DOCTYPE, which could define entities, is refused below.
  htmlEntities: true,
  isArray: () => true,
});

/** Children by name; a leaf is its text. */
type XmlNode = { [name: string]: (XmlNode | string)[] | string };

/** An element of a parsed reply. */
export class XmlElement {
  #node: XmlNode;

  constructor(node: XmlNode) {
    this.#node = node;
  }

  /** The text of the first child of that name, '' if it is empty, null if there is none. */
  text(name: string): string | null {
    const first = this.#list(name)[0];
    if (first === undefined) return null;
    if (typeof first === 'string') return first;
    return firstText(first['#text']) ?? '';
  }

  /** A decimal integer of at most 32 bits, or null if missing or anything else. */
  integer(name: string): number | null {
    const text = this.text(name);
    if (text === null || !/^-?\d{1,10}$/.test(text)) return null;
    const value = Number(text);
    return value >= -0x80000000 && value <= 0xffffffff ? value : null;
  }

  children(name: string): XmlElement[] {
    return this.#list(name)
      .filter((child) => typeof child !== 'string')
      .map((child) => new XmlElement(child));
  }

  #list(name: string): (XmlNode | string)[] {
    const list = Object.hasOwn(this.#node, name) ? this.#node[name] : undefined;
    return Array.isArray(list) ? list : [];
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
  const text = body.toString();
  if (/<!DOCTYPE/i.test(text)) throw new GameStreamError('HOST_BAD_REPLY', 'An XML reply that declares a type');
  let document: { root?: XmlNode[] };
  try {
    document = parser.parse(text);
  } catch (cause) {
    throw new GameStreamError('HOST_BAD_REPLY', 'The reply is not XML', { cause });
  }
  const node = document.root?.[0];
  const status = typeof node === 'object' ? firstText(node['@status_code']) : null;
  if (typeof node !== 'object' || status === null || !/^-?\d{1,10}$/.test(status)) {
    throw new GameStreamError('HOST_BAD_REPLY', 'The reply has no root element with a status code', {
      hint: 'Check that the address and port are those of a GameStream host.',
    });
  }
  return {
    statusCode: Number(status) | 0,
    statusMessage: firstText(node['@status_message']) ?? '',
    root: new XmlElement(node),
  };
}

/** The parser gives texts alone or in a list. */
function firstText(value: XmlNode[string] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value;
  return typeof text === 'string' ? text : null;
}

/** A child to write: name and text, or name and children of its own. */
export type XmlChild = [name: string, content: string | number | XmlChild[]];

/** A reply as Sunshine and Wolf write it: declaration, LF, one line without indentation, protocol/1 §3.2. */
export function replyXml(children: XmlChild[], attributes: [name: string, value: string][] = []): string {
  const all: [string, string][] = [['status_code', '200'], ...attributes];
  return writeDocument(all, children);
}

/** An XML error. `query` is the attribute Sunshine puts into its 401, protocol/1 §3.3. */
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
